"""Speech: jamming, counter-speech, and a press that is opened to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import Programme, ramped
from sim.interventions.reading import Reader, per_day, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Speech(Programme):
    """Incitement kept off the air (`jam`), answered (`answer`), or given more reach with every other voice (`opens`).

    It can take away no more than media carry: what goes from mouth to mouth and by order stays.
    """

    places: tuple[int, ...]
    jam: float
    answer: float
    opens: float
    ramp: float

    def apply(self, levers: Levers, age: int) -> None:
        """Reach of incitement, and the share that is answered."""
        here = ramped(age, self.ramp)
        for place in self.places:
            levers.incitement[place] *= (1.0 - self.jam * here) * (1.0 + self.opens * here)
            levers.counter_speech[place] += self.answer * here


def speech(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Speech:
    return Speech(
        **common,
        places=read_places(reader, "places", theatre, index, where),
        jam=reader.number("jam", 0, 1, 0.0),
        answer=reader.number("answer", 0, 1, 0.0),
        opens=reader.number("opens", 0, 2, 0.0),
        ramp=reader.number("ramp_days", 1, 3660, 30),
        per_day=per_day(reader, common),
    )
