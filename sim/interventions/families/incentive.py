"""Incentives to leaders: aid, recognition, preferences, a perspective of membership."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import GrowingProgramme, ramped
from sim.interventions.reading import Reader, per_day, read_actors
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Incentive(GrowingProgramme):
    """What leaders may gain: as far as it hangs on restraint and is believed, restraint pays; the rest they just get.

    Whoever is rewarded teaches all leaders whether it was violence or restraint that paid.
    """

    targets: tuple[int, ...]
    gain: float
    conditional: float
    credibility: float
    pay: float

    def apply(self, levers: Levers, age: int) -> None:
        """Gain from restraint; the part without condition, and money."""
        offer = self.gain * ramped(age, self.ramp)
        for actor in self.targets:
            levers.elite_gain[actor] += offer * self.conditional * self.credibility
            levers.reward[actor] += offer * (1.0 - self.conditional)
            levers.pay[actor] *= 1.0 + self.pay * offer


def incentive(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Incentive:
    return Incentive(
        **common,
        targets=read_actors(reader, "targets", theatre, index, where),
        gain=reader.number("gain", 0, 1),
        conditional=reader.number("conditional", 0, 1),
        credibility=reader.number("credibility", 0, 1, 1.0),
        pay=reader.number("pay", 0, 1, 0.0),
        ramp=reader.number("ramp_days", 1, 3660, 1),
        per_day=per_day(reader, common),
    )
