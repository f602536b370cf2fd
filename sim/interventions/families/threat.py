"""Threats of force: ultimatums and shows of presence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import Programme
from sim.interventions.reading import Reader, per_day, read_actors
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers, horizon


@dataclass(frozen=True)
class Threat(Programme):
    """Defeat is announced to those who go on: it deters as far as it is believed, and hurries who has time."""

    targets: tuple[int, ...]
    weight: float
    credibility: float
    days_to_act: int

    def apply(self, levers: Levers, age: int) -> None:
        """Deterrence of the targets, by how soon the force could be there."""
        for actor in self.targets:
            levers.deterrence[actor, horizon(self.days_to_act)] += self.weight * self.credibility


def threat(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Threat:
    return Threat(
        **common,
        targets=read_actors(reader, "targets", theatre, index, where),
        weight=reader.number("weight", 0, 1),
        credibility=reader.number("credibility", 0, 1),
        days_to_act=reader.whole("days_to_act", 0, 3660, 30),
        per_day=per_day(reader, common),
    )
