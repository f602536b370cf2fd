"""Targeted sanctions: travel bans and asset freezes on leaders."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sim.interventions.base import Instrument
from sim.interventions.reading import Reader, read_actors
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class TargetedSanctions(Instrument):
    """Travel bans and asset freezes: slow bite 1 - exp(-age / bite), busted in part, a rally for the first months."""

    targets: tuple[int, ...]
    severity: float
    bite: float
    busting: float
    per_day: float

    @property
    def ripens(self) -> int:
        """When two thirds of the bite is there."""
        return round(self.bite)

    @property
    def is_promise(self) -> bool:
        """Whether they would hurt."""
        return self.severity > 0.0 and self.busting < 1.0

    @property
    def against(self) -> tuple[int, ...]:
        """Their targets."""
        return self.targets

    def foreseen(self, levers: Levers, days_to_effect: int, belief: Any) -> None:
        """A threat of sanctions costs as far as it is believed, and less the longer the bite is off."""
        near = math.exp(-days_to_effect / self.bite)
        for actor in self.targets:
            levers.elite_cost[actor] += belief[actor] * self.severity * (1.0 - self.busting) * near

    def apply(self, levers: Levers, age: int) -> None:
        """Elite cost and pay of the targets."""
        bite = self.severity * (1.0 - math.exp(-(age + 1.0) / self.bite)) * (1.0 - self.busting)
        rally = 0.1 * self.severity * math.exp(-age / 60.0)
        for actor in self.targets:
            levers.elite_cost[actor] += bite
            levers.elite_gain[actor] -= rally
            levers.pay[actor] *= 1.0 - 0.3 * bite

    def cost(self, age: int) -> float:
        """Administration."""
        return self.per_day


def targeted_sanctions(
    reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any
) -> TargetedSanctions:
    return TargetedSanctions(
        **common,
        targets=read_actors(reader, "targets", theatre, index, where),
        severity=reader.number("severity", 0, 1),
        bite=reader.number("bite_days", 1, 3660),
        busting=reader.number("busting", 0, 1),
        per_day=reader.number("cost_eur_per_day", 0, 1e9, 0),
    )
