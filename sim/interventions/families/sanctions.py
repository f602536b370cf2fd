"""Pressure on leaders: sanctions and diplomatic measures that make atrocity cost them something."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import Programme, ripened
from sim.interventions.reading import Reader, per_day, read_actors
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Pressure(Programme):
    """Costs to leaders by what they own or value abroad, as far as it is in reach; slow, and busted in part.

    Cost = severity x (1 - exp(-age / bite)) x (1 - busting) x credibility x exposure. Supporters rally at first.
    """

    targets: tuple[int, ...]
    severity: float
    bite: float
    busting: float
    credibility: float
    exposure: float
    rally: float
    rally_days: float
    pay: float

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
        """Elite cost and pay of the targets; the rally."""
        bite = self.severity * ripened(age, self.bite) * (1.0 - self.busting) * self.credibility * self.exposure
        rally = self.rally * self.severity * math.exp(-age / self.rally_days)
        for actor in self.targets:
            levers.elite_cost[actor] += bite
            levers.elite_gain[actor] -= rally
            levers.pay[actor] *= 1.0 - self.pay * bite


def pressure(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Pressure:
    return Pressure(
        **common,
        targets=read_actors(reader, "targets", theatre, index, where),
        severity=reader.number("severity", 0, 1),
        bite=reader.number("bite_days", 1, 3660),
        busting=reader.number("busting", 0, 1, 0.0),
        credibility=reader.number("credibility", 0, 1, 1.0),
        exposure=reader.number("exposure", 0, 1, 1.0),
        rally=reader.number("rally", 0, 1, 0.0),
        rally_days=reader.number("rally_days", 1, 3660, 60),
        pay=reader.number("pay", 0, 1, 0.0),
        per_day=per_day(reader, common),
    )


def targeted_sanctions(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Pressure:
    return Pressure(
        **common,
        targets=read_actors(reader, "targets", theatre, index, where),
        severity=reader.number("severity", 0, 1),
        bite=reader.number("bite_days", 1, 3660),
        busting=reader.number("busting", 0, 1),
        credibility=1.0,
        exposure=1.0,
        rally=reader.number("rally", 0, 1, 0.1),
        rally_days=reader.number("rally_days", 1, 3660, 60),
        pay=reader.number("pay", 0, 1, 0.3),
        per_day=reader.number("cost_eur_per_day", 0, 1e9, 0),
    )
