"""Disarmament, demobilisation and reintegration: a way home for fighters, and fewer who join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import GrowingProgramme, ripened
from sim.interventions.reading import Reader, per_day, read_actors
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Demobilisation(GrowingProgramme):
    """Fighters are offered a way home and take it as far as their leaders feel safe; fewer join; arms are handed in."""

    targets: tuple[int, ...]
    release: float
    pool: float
    arms: float

    def apply(self, levers: Levers, age: int) -> None:
        """Release, recruits and arms of the targets."""
        here = ripened(age, self.ramp)
        for actor in self.targets:
            levers.release[actor] += self.release * here
            levers.pool[actor] *= 1.0 - self.pool * here
            levers.arms[actor] *= 1.0 - self.arms * here


def demobilisation(
    reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any
) -> Demobilisation:
    return Demobilisation(
        **common,
        targets=read_actors(reader, "targets", theatre, index, where),
        release=reader.number("release_per_year", 0, 10, 0.0),
        pool=reader.number("pool", 0, 1, 0.0),
        arms=reader.number("arms", 0, 1, 0.0),
        ramp=reader.number("ramp_days", 1, 3660, 90),
        per_day=per_day(reader, common),
    )
