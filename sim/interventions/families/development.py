"""Development: jobs, services and shared markets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import GrowingProgramme, ripened
from sim.interventions.reading import Reader, per_day, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Development(GrowingProgramme):
    """Livelihoods gained and ties between groups, slowly; poor people are cheaper to recruit."""

    places: tuple[int, ...]
    livelihoods: float
    contact: float

    def apply(self, levers: Levers, age: int) -> None:
        """Hardship and contact of the places."""
        here = ripened(age, self.ramp)
        for place in self.places:
            levers.hardship[place] -= self.livelihoods * here
            levers.contact[place] += self.contact * here


def development(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Development:
    return Development(
        **common,
        places=read_places(reader, "places", theatre, index, where),
        livelihoods=reader.number("livelihoods", 0, 1, 0.0),
        contact=reader.number("contact", 0, 1, 0.0),
        ramp=reader.number("ramp_days", 1, 3660, 365),
        per_day=per_day(reader, common),
    )
