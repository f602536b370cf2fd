"""Ways out for the threatened."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import Programme
from sim.interventions.reading import Reader, per_day, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Evacuation(Programme):
    """Convoys and airlift: blocked ways out are opened for the threatened, as far as escorts reach."""

    places: tuple[int, ...]
    opening: float

    def apply(self, levers: Levers, age: int) -> None:
        """Exits of the places."""
        for place in self.places:
            levers.exit[place] = max(levers.exit[place], self.opening)


def evacuation(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Evacuation:
    places = read_places(reader, "from", theatre, index, where)
    reader.names("to", ())
    groups = {index.groups[index.group(name, where)] for name in reader.names("groups", index.groups)}
    names = {index.places[place] for place in places}
    threatened = sum(row.people for row in theatre.population if row.place in names and row.group in groups)
    monthly = 30.0 * reader.number("capacity_per_day", 0, 1e6)
    return Evacuation(
        **common, places=places, opening=1.0 - math.exp(-monthly / max(threatened, 1)), per_day=per_day(reader, common)
    )
