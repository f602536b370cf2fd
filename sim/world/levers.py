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
    reward: Any  # [a] what outsiders hand to the leaders whatever these do, added
    pay: Any  # [a] income factor
    loot: Any  # [a] factor on what looted goods bring
    arms: Any  # [a] inflow-of-arms factor
    hardship: Any  # [p] livelihoods lost, added (programmes take away)
    contact: Any  # [p] contact and trade between groups, added
    relief: Any  # [p] share of needs met, added
    politicised: Any  # [p] how far humanitarian action is seen as one side's, added
    incitement: Any  # [p] factor on the reach of incitement
    counter_speech: Any  # [p] share of incitement answered, added
    brokerage: Any  # [p] in-group policing, added
    accountability: Any  # [a] perceived chance of being punished, added
    impunity: Any  # [a] factor on what past impunity takes off the cost
    exclusion: Any  # [a] factor on the worth of exclusionary ideology
    instability: Any  # [a] factor on the instability that leaders feel
    vote: Any  # [p] polling under way, added
    discipline: Any  # [a] added
    cohesion: Any  # [a] factor on how well leaders hold their organisation together
    release: Any  # [a] fighters who are offered a way home, share a year, added
    pool: Any  # [a] factor on what places under control yield in recruits
    deterrence: Any  # [a, h] perceived chance of defeat by forces announced, by how soon they are there, added
    guarantee: Any  # [a] guarantees to a deal that binds the actor, added
    talks: Any  # [a] mediation effort that the actor takes part in, added
    reassurance: Any  # [a] how far the other sides' strength and aims are laid open to it, added
    observation: Any  # [p] what becomes known, added to access
    witnesses: Any  # [p] outsiders who see and are believed, added (their leaving takes away)
    acceptance: Any  # [p] goodwill of locals toward outside forces, added
    exit: Any  # [p] transport out for the threatened, people a day, added
    border: Any  # [p] openness of an outside place, factor
    room: Any  # [p] people for whom an outside place has room, added
    haven: Any  # [p] how far the threatened are told that it is a safe area, added

    @classmethod
    def at_rest(cls, places: int, actors: int) -> Levers:
        """Levers that move nothing."""
        return cls(*(lever.copy() for lever in _resting(places, actors)))


FACTORS = {"pay", "loot", "arms", "impunity", "exclusion", "instability", "cohesion", "pool", "incitement", "border"}
BY_PLACE = {
    "hardship", "contact", "relief", "politicised", "incitement", "counter_speech", "brokerage", "vote",
    "observation", "witnesses", "acceptance", "exit", "border", "room", "haven",
}  # fmt: skip


@lru_cache(maxsize=8)
def _resting(places: int, actors: int) -> tuple[Any, ...]:
    return tuple(
        np.full(
            (actors, len(HORIZONS)) if one.name == "deterrence" else places if one.name in BY_PLACE else actors,
            1.0 if one.name in FACTORS else 0.0,
        )
        for one in fields(Levers)
    )
