"""Levers: the only things an instrument can move. One array or number for each channel of the catalogue.

At rest every lever has a value that changes nothing; `Levers.at_rest` is that state, and the engine rebuilds levers
from it each week (or on a day when an instrument begins or ends), so a lifted instrument leaves no trace but its past.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np


@dataclass
class Levers:
    """Shapes: a = actors, p = places, g = groups. Sums add up; factors multiply."""

    elite_cost: Any  # [a] expected cost of atrocity to the leaders, added
    elite_gain: Any  # [a] expected gain from restraint, added
    pay: Any  # [a] income factor
    arms: Any  # [a] inflow-of-arms factor
    hardship: Any  # [p] livelihoods lost, added
    relief: Any  # [p] share of needs met, added
    incitement: Any  # [p] factor on the reach of incitement
    counter_speech: Any  # [p] share of incitement answered, added
    brokerage: Any  # [p] in-group policing, added
    accountability: Any  # [a] perceived chance of being punished, added
    discipline: Any  # [a] added
    deterrence: Any  # [a] perceived chance of defeat if violence goes on, added
    guarantee: Any  # [a] guarantees to a deal that binds the actor, added
    talks: Any  # [a] mediation effort that the actor takes part in, added
    observation: Any  # [p] what becomes known, added to access
    exit: Any  # [p] transport out for the threatened, people a day, added
    border: Any  # [p] openness of an outside place, factor
    haven: Any  # [p] how far the threatened are told that it is a safe area, added

    @classmethod
    def at_rest(cls, places: int, actors: int) -> Levers:
        """Levers that move nothing."""
        return cls(*(lever.copy() for lever in _resting(places, actors)))


@lru_cache(maxsize=8)
def _resting(places: int, actors: int) -> tuple[Any, ...]:
    factors = {"pay", "arms", "incitement", "border"}
    by_place = {"hardship", "relief", "incitement", "counter_speech", "brokerage", "observation", "exit", "border"}
    by_place |= {"haven"}
    return tuple(
        np.full(places if one.name in by_place else actors, 1.0 if one.name in factors else 0.0)
        for one in fields(Levers)
    )
