"""Arms embargoes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import Programme
from sim.interventions.reading import Reader, read_actors, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class ArmsEmbargo(Programme):
    """Arms and foreign fighters come in more slowly, as far as neighbours comply; civilians feel a little of it."""

    targets: tuple[int, ...]
    compliance: float
    places: tuple[int, ...]

    def apply(self, levers: Levers, age: int) -> None:
        """Arms inflow of the targets; hardship along the border."""
        grip = self.compliance * min((age + 1.0) / 60.0, 1.0)
        for actor in self.targets:
            levers.arms[actor] *= 1.0 - grip
        for place in self.places:
            levers.hardship[place] += 0.02 * grip


def arms_embargo(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> ArmsEmbargo:
    return ArmsEmbargo(
        **common,
        targets=read_actors(reader, "targets", theatre, index, where),
        compliance=reader.number("compliance", 0, 1),
        places=read_places(reader, "places", theatre, index, where, ()),
        per_day=reader.number("cost_eur_per_day", 0, 1e9, 0),
    )
