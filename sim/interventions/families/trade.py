"""Trade: embargoes and bans that cut it, preferences and openness that widen it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import Programme, ripened
from sim.interventions.reading import Reader, per_day, read_actors, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Trade(Programme):
    """Trade cut by `cut` (negative: widened): income, loot that can be sold, livelihoods, ties between groups.

    What traders go around (`busting`) keeps the income of the armed, and costs people their livelihoods all the same.
    """

    targets: tuple[int, ...]
    places: tuple[int, ...]
    cut: float
    busting: float
    bite: float
    pay: float
    loot: float
    hardship: float
    contact: float
    rally: float
    rally_days: float

    @property
    def ripens(self) -> int:
        """When two thirds of the bite is there."""
        return round(self.bite)

    def apply(self, levers: Levers, age: int) -> None:
        """Pay and loot of the targets; hardship and contact in the places; the rally."""
        cut = self.cut * ripened(age, self.bite)
        kept = cut * (1.0 - self.busting)
        for actor in self.targets:
            levers.pay[actor] *= 1.0 - self.pay * kept
            levers.loot[actor] *= 1.0 - self.loot * kept
            levers.elite_gain[actor] -= self.rally * self.cut * math.exp(-age / self.rally_days)
        for place in self.places:
            levers.hardship[place] += self.hardship * cut
            levers.contact[place] -= self.contact * cut


def trade(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Trade:
    return Trade(
        **common,
        targets=read_actors(reader, "targets", theatre, index, where),
        places=read_places(reader, "places", theatre, index, where, ()),
        cut=reader.number("cut", -1, 1),
        busting=reader.number("busting", 0, 1, 0.0),
        bite=reader.number("bite_days", 1, 3660, 90),
        pay=reader.number("pay", 0, 1, 0.0),
        loot=reader.number("loot", 0, 1, 0.0),
        hardship=reader.number("hardship", 0, 1, 0.0),
        contact=reader.number("contact", 0, 1, 0.0),
        rally=reader.number("rally", 0, 1, 0.0),
        rally_days=reader.number("rally_days", 1, 3660, 60),
        per_day=per_day(reader, common),
    )
