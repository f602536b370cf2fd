"""Food, water and care."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import Programme
from sim.interventions.reading import Reader, per_day, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Relief(Programme):
    """Food, water and care: needs met in the places reached, growing over two months."""

    places: tuple[int, ...]
    share_met: float
    politicised: float

    def apply(self, levers: Levers, age: int) -> None:
        """Share of needs met, and how far that is taken for one side's work."""
        for place in self.places:
            levers.relief[place] += self.share_met * min((age + 1.0) / 60.0, 1.0)
            levers.politicised[place] += self.politicised * min(self.share_met, 1.0)


def relief(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Relief:
    places = read_places(reader, "places", theatre, index, where)
    names = {index.places[place] for place in places}
    living = sum(row.people for row in theatre.population if row.place in names)
    covered = reader.number("people_covered", 0, 1e9)
    return Relief(
        **common,
        places=places,
        share_met=min(covered / max(living, 1), 1.0),
        politicised=reader.number("politicised", 0, 1, 0.0),
        per_day=per_day(reader, common),
    )
