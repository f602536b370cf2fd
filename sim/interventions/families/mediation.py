"""Good offices, talks and the guarantees that hold a deal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.interventions.families.programme import Programme
from sim.interventions.reading import Reader, per_day, read_actors
from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.levers import Levers


@dataclass(frozen=True)
class Mediation(Programme):
    """Good offices and talks between the named parties, with the guarantees the mediator can give."""

    parties: tuple[int, ...]
    effort: float
    guarantee: float
    leverage: float
    reassurance: float

    def apply(self, levers: Levers, age: int) -> None:
        """Talks, guarantees, what is laid open, and what restraint is worth while one is at the table."""
        for actor in self.parties:
            levers.talks[actor] += self.effort
            levers.guarantee[actor] += self.guarantee * self.effort
            levers.elite_cost[actor] += 0.2 * self.leverage * self.effort
            levers.reassurance[actor] += self.reassurance * self.effort


def mediation(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Mediation:
    reader.take("mediator", str, "")
    return Mediation(
        **common,
        parties=read_actors(reader, "parties", theatre, index, where),
        effort=reader.number("effort", 0, 1, 1.0),
        guarantee=reader.number("guarantee", 0, 1, 0.0),
        leverage=reader.number("leverage", 0, 1, 0.0),
        reassurance=reader.number("reassurance", 0, 1, 0.0),
        per_day=per_day(reader, common),
    )
