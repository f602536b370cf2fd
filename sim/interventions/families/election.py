"""Elections that outsiders press for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import Programme
from sim.interventions.reading import Reader, per_day, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Election(Programme):
    """Polling while it runs: how much it triggers depends on how factional and unstable politics then is."""

    places: tuple[int, ...]
    stakes: float

    def apply(self, levers: Levers, age: int) -> None:
        """Polling in the places."""
        for place in self.places:
            levers.vote[place] += self.stakes


def election(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Election:
    return Election(
        **common,
        places=read_places(reader, "places", theatre, index, where),
        stakes=reader.number("stakes", 0, 1),
        per_day=per_day(reader, common),
    )
