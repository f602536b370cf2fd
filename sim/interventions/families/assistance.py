"""Help to an armed organisation or a state, or its withdrawal: money, arms, training, hold over the ranks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sim.interventions.families.catalogue import fund
from sim.interventions.families.programme import GrowingProgramme, ripened
from sim.interventions.reading import Reader, per_day, read_actors, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Assistance(GrowingProgramme):
    """Money, arms, discipline and cohesion given to an organisation, or (negative) taken away, over `ramp_days`.

    What is withdrawn from a state is felt by people too: livelihoods lost in the places, and a rally at first. A fund
    that is suspended (`funds`, its payer) pays for nothing else meanwhile.
    """

    targets: tuple[int, ...]
    pay: float
    arms: float
    discipline: float
    cohesion: float
    places: tuple[int, ...]
    hardship: float
    rally: float
    rally_days: float
    funds: tuple[str, ...]

    @property
    def suspends(self) -> tuple[str, ...]:
        """Payers whose other programmes rest while it is in force."""
        return self.funds

    def apply(self, levers: Levers, age: int) -> None:
        """Pay, arms, discipline and cohesion of the targets; hardship of the places."""
        here = ripened(age, self.ramp)
        for actor in self.targets:
            levers.pay[actor] *= 1.0 + self.pay * here
            levers.arms[actor] *= 1.0 + self.arms * here
            levers.discipline[actor] += self.discipline * here
            levers.cohesion[actor] *= 1.0 + self.cohesion * here
            levers.elite_gain[actor] -= self.rally * math.exp(-age / self.rally_days)
        for place in self.places:
            levers.hardship[place] += self.hardship * here


def assistance(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Assistance:
    return Assistance(
        **common,
        targets=read_actors(reader, "targets", theatre, index, where),
        pay=reader.number("pay", -1, 1, 0.0),
        arms=reader.number("arms", -1, 1, 0.0),
        discipline=reader.number("discipline", -1, 1, 0.0),
        cohesion=reader.number("cohesion", -1, 1, 0.0),
        places=read_places(reader, "places", theatre, index, where, ()),
        hardship=reader.number("hardship", 0, 1, 0.0),
        rally=reader.number("rally", 0, 1, 0.0),
        rally_days=reader.number("rally_days", 1, 3660, 60),
        ramp=reader.number("ramp_days", 1, 3660, 30),
        funds=tuple(fund(name, where).payer for name in reader.names("suspends", ())),
        per_day=per_day(reader, common),
    )
