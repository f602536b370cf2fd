"""Refuge: knowing the way out, and a place at the end of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import Programme, ramped
from sim.interventions.reading import Reader, per_day, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Refuge(Programme):
    """Threatened people learn which roads are watched, and find room at the end of them."""

    places: tuple[int, ...]
    known: float
    outside: tuple[int, ...]
    people: int
    ramp: float

    def apply(self, levers: Levers, age: int) -> None:
        """Exits of the places; room of the outside places, shared evenly."""
        here = ramped(age, self.ramp)
        for place in self.places:
            levers.exit[place] += self.known * here * (1.0 - min(levers.exit[place], 1.0))
        for place in self.outside:
            levers.room[place] += self.people * here / len(self.outside)


def refuge(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Refuge:
    return Refuge(
        **common,
        places=read_places(reader, "places", theatre, index, where, ()),
        known=reader.number("known", 0, 1, 0.0),
        outside=read_places(reader, "outside", theatre, index, where, (), inside=False),
        people=reader.whole("people", 0, 10_000_000, 0),
        ramp=reader.number("ramp_days", 1, 3660, 14),
        per_day=per_day(reader, common),
    )
