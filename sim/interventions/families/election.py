"""Elections that outsiders press for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.base import Instrument
from sim.interventions.reading import Reader, per_day, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Election(Instrument):
    """Polling while it runs: how much it triggers depends on how factional and unstable politics then is."""

    places: tuple[int, ...]
    stakes: float
    per_day: float

    def apply(self, levers: Levers, age: int) -> None:
        """Polling in the places."""
        for place in self.places:
            levers.vote[place] += self.stakes

    def cost(self, age: int) -> float:
        """Ballots and registers."""
        return self.per_day


def election(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Election:
    return Election(
        **common,
        places=read_places(reader, "places", theatre, index, where),
        stakes=reader.number("stakes", 0, 1),
        per_day=per_day(reader, common),
    )
