"""Borders that neighbours shut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.base import Instrument
from sim.interventions.reading import Reader, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class BorderClosure(Instrument):
    """A neighbour shuts crossings: few get through."""

    places: tuple[int, ...]
    openness: float

    def apply(self, levers: Levers, age: int) -> None:
        """Openness of the outside places."""
        for place in self.places:
            levers.border[place] *= self.openness

    def cost(self, age: int) -> float:
        """No cost is put to it."""
        return 0.0


def border_closure(
    reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any
) -> BorderClosure:
    places = read_places(reader, "places", theatre, index, where, inside=False)
    return BorderClosure(**common, places=places, openness=reader.number("openness", 0, 1, 0.2))
