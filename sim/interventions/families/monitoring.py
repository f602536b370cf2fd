"""Outside eyes: monitors, investigators and envoys who come, or foreigners who leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import Programme, ramped
from sim.interventions.reading import Reader, per_day, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Monitoring(Programme):
    """More (or, negative, less) becomes known, and leaders know that they are seen (or no longer are)."""

    places: tuple[int, ...]
    witnesses: float
    reports: float
    ramp: float

    def apply(self, levers: Levers, age: int) -> None:
        """Witnesses and observation of the places."""
        here = ramped(age, self.ramp)
        for place in self.places:
            levers.witnesses[place] += self.witnesses * here
            levers.observation[place] += self.reports * here


def monitoring(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Monitoring:
    return Monitoring(
        **common,
        places=read_places(reader, "places", theatre, index, where),
        witnesses=reader.number("witnesses", -1, 1, 0.0),
        reports=reader.number("reports", -1, 1, 0.0),
        ramp=reader.number("ramp_days", 1, 3660, 14),
        per_day=per_day(reader, common),
    )
