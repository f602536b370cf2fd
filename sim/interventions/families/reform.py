"""Reform: institutions that make politics less of a fight for survival, over months to years."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import GrowingProgramme, ripened
from sim.interventions.reading import Reader, per_day, read_actors, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Reform(GrowingProgramme):
    """Less instability and a smaller prize for exclusion, slowly; opening up brings turmoil and louder voices first."""

    targets: tuple[int, ...]
    stability: float
    inclusion: float
    turmoil: float
    turmoil_days: float
    places: tuple[int, ...]
    opens: float

    def apply(self, levers: Levers, age: int) -> None:
        """Instability and worth of exclusion for the targets; reach of incitement in the places."""
        here = ripened(age, self.ramp)
        unsettled = self.turmoil * math.exp(-age / self.turmoil_days)
        for actor in self.targets:
            levers.instability[actor] *= (1.0 - self.stability * here) * (1.0 + unsettled)
            levers.exclusion[actor] *= 1.0 - self.inclusion * here
        for place in self.places:
            levers.incitement[place] *= 1.0 + self.opens * math.exp(-age / self.turmoil_days)


def reform(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Reform:
    return Reform(
        **common,
        targets=read_actors(reader, "targets", theatre, index, where),
        stability=reader.number("stability", 0, 1, 0.0),
        inclusion=reader.number("inclusion", 0, 1, 0.0),
        turmoil=reader.number("turmoil", 0, 2, 0.0),
        turmoil_days=reader.number("turmoil_days", 1, 3660, 365),
        places=read_places(reader, "places", theatre, index, where, ()),
        opens=reader.number("opens", 0, 2, 0.0),
        ramp=reader.number("ramp_days", 1, 3660, 365),
        per_day=per_day(reader, common),
    )
