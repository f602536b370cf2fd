"""Levers: the only things an instrument can move. One array or number for each channel of the catalogue.

At rest every lever has a value that changes nothing; `Levers.at_rest` is that state, and the engine rebuilds levers
from it each week (or on a day when an instrument begins or ends), so a lifted instrument leaves no trace but its past.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np

HORIZONS = np.array([7, 15, 30, 60, 120, 240, 480])
"""Days within which an announced force is there; what is further off counts as the last."""


def horizon(days: float) -> int:
    """The number of the horizon within which those days fall."""
    return min(int(np.searchsorted(HORIZONS, days)), len(HORIZONS) - 1)


@dataclass
class Levers:
    """Shapes: a = actors, p = places, h = horizons. Sums add up; factors multiply."""

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
    deterrence: Any  # [a, h] perceived chance of defeat by forces announced, by how soon they are there, added
    guarantee: Any  # [a] guarantees to a deal that binds the actor, added
    talks: Any  # [a] mediation effort that the actor takes part in, added
    observation: Any  # [p] what becomes known, added to access
    exit: Any  # [p] transport out for the threatened, people a day, added
    border: Any  # [p] openness of an outside place, factor

    @classmethod
    def at_rest(cls, places: int, actors: int) -> Levers:
        """Levers that move nothing."""
        return cls(*(lever.copy() for lever in _resting(places, actors)))


AT_REST = {"pay": 1.0, "arms": 1.0, "incitement": 1.0, "border": 1.0}  # the others: 0
BY_PLACE = {"hardship", "relief", "incitement", "counter_speech", "brokerage", "observation", "exit", "border"}


@lru_cache(maxsize=8)
def _resting(places: int, actors: int) -> tuple[Any, ...]:
    return tuple(
        np.full(
            (actors, len(HORIZONS)) if one.name == "deterrence" else places if one.name in BY_PLACE else actors,
            AT_REST.get(one.name, 0.0),
        )
        for one in fields(Levers)
    )
