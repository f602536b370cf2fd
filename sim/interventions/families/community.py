"""Peace work among people: local leaders, committees, schools, liaison teams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import GrowingProgramme, ripened
from sim.interventions.reading import Reader, per_day, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Community(GrowingProgramme):
    """Local hands: in-group policing, contact between groups, rumours answered, news passed on, goodwill."""

    places: tuple[int, ...]
    policing: float
    contact: float
    answer: float
    reports: float
    acceptance: float

    def apply(self, levers: Levers, age: int) -> None:
        """Brokerage, contact, counter-speech, observation and acceptance of the places."""
        here = ripened(age, self.ramp)
        for place in self.places:
            levers.brokerage[place] += self.policing * here
            levers.contact[place] += self.contact * here
            levers.counter_speech[place] += self.answer * here
            levers.observation[place] += self.reports * here
            levers.acceptance[place] += self.acceptance * here


def community(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Community:
    return Community(
        **common,
        places=read_places(reader, "places", theatre, index, where),
        policing=reader.number("policing", 0, 1, 0.0),
        contact=reader.number("contact", 0, 1, 0.0),
        answer=reader.number("answer", 0, 1, 0.0),
        reports=reader.number("reports", 0, 1, 0.0),
        acceptance=reader.number("acceptance", 0, 1, 0.0),
        ramp=reader.number("ramp_days", 1, 3660, 30),
        per_day=per_day(reader, common),
    )
