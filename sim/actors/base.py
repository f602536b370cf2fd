"""Institutions: a few dozen agents that observe a report, decide, and emit orders. They never touch the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mesa


@dataclass(frozen=True)
class Climb:
    """Leaders move to a rung of the ladder."""

    actor: int
    rung: int


@dataclass(frozen=True)
class Covet:
    """How much leaders want each place, float64 [place]."""

    actor: int
    prize: Any


@dataclass(frozen=True)
class Recruit:
    """New fighters, shared over the organisation's units; negative people go home."""

    actor: int
    people: int


@dataclass(frozen=True)
class Muster:
    """Active men of its constituency in a place organise under the actor."""

    actor: int
    place: int
    people: int


@dataclass(frozen=True)
class Split:
    """About half of the actor's units leave it for a splinter."""

    actor: int
    splinter: int


@dataclass(frozen=True)
class Seize:
    """The actor takes over the state; what is left of the state's own forces falls apart by `share`."""

    actor: int
    fallen: tuple[int, ...]
    share: float


@dataclass(frozen=True)
class Truce:
    """Two actors stop fighting each other as far as `hold` in 0..1."""

    actor: int
    other: int
    hold: float


@dataclass(frozen=True)
class Broker:
    """Moderates keep peace inside a group: share in 0..1; group or place -1 means all."""

    group: int
    place: int
    share: float


@dataclass(frozen=True)
class Speak:
    """Incitement reaching a group: share in 0..1 before reach of media; group or place -1 means all."""

    group: int
    place: int
    share: float


@dataclass(frozen=True)
class Shock:
    """A triggering event in a place, of a size in 0..1."""

    place: int
    size: float


@dataclass(frozen=True)
class Begin:
    """An outside body starts the step of its policy with that number: decided on `day`."""

    step: int
    day: int


@dataclass(frozen=True)
class Lift:
    """An outside body ends the step of its policy with that number on `day`; before its first effect, it breaks a threat."""

    step: int
    day: int


Order = Climb | Covet | Recruit | Muster | Split | Seize | Truce | Broker | Speak | Shock | Begin | Lift


class Institution(mesa.Agent):
    """An organisation with a stable number and a memory of plain values (`mind`, saved with the world)."""

    def __init__(self, model: Any, number: int, name: str, mind: dict[str, Any]) -> None:
        super().__init__(model)
        self.number = number
        self.name = name
        self.mind = mind

    def step(self) -> None:
        """Observe, decide, and leave the orders with the model."""
        self.model.submit(self.decide(self.model.report_for(self)))

    def decide(self, report: Any) -> list[Order]:
        """Orders of today; subclasses answer."""
        raise NotImplementedError
