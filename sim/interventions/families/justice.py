"""Justice: the chance of being punished, at home or abroad, and the end of past impunity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import GrowingProgramme, ripened
from sim.interventions.reading import Reader, per_day, read_actors
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Justice(GrowingProgramme):
    """Leaders expect to answer for what they do; past impunity ends. A charge stands in the way of a deal."""

    targets: tuple[int, ...]
    chance: float
    impunity: float
    deal_cost: float

    def apply(self, levers: Levers, age: int) -> None:
        """Accountability and impunity of the targets; what a deal can promise them."""
        here = ripened(age, self.ramp)
        for actor in self.targets:
            levers.accountability[actor] += self.chance * here
            levers.impunity[actor] *= 1.0 - self.impunity * here
            levers.guarantee[actor] -= self.deal_cost * here


def justice(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Justice:
    return Justice(
        **common,
        targets=read_actors(reader, "targets", theatre, index, where),
        chance=reader.number("chance", 0, 1, 0.0),
        impunity=reader.number("impunity", 0, 1, 0.0),
        deal_cost=reader.number("deal_cost", 0, 1, 0.0),
        ramp=reader.number("ramp_days", 1, 3660, 180),
        per_day=per_day(reader, common),
    )
