"""Instruments and policies: frozen values. An instrument acts only through levers or through a declared transfer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sim.ground.check import BadInput
from sim.ground.reading import Graded
from sim.world.levers import Levers

NEVER = 1 << 30


Lead = Graded
"""Days from decision to the first effect."""


@dataclass(frozen=True)
class Transfer:
    """People that arrive or leave: `people` of the force `slot` at place number `place`; negative people leave."""

    slot: int
    place: int
    people: int
    vehicle: bool


@dataclass(frozen=True)
class Instrument(ABC):
    """One act of prevention or response. `age` counts days from its first effect; it ends after `duration` days."""

    name: str
    family: str
    lead: Lead
    duration: int | None
    payer: str
    decided_by: str  # path of the decision process that it takes; empty = by its kind
    sender: str  # whose word it is: who is believed the less when it is announced and does not come
    announced: bool  # whether leaders hear of it before its first effect

    @property
    def path(self) -> str:
        """The path of decision that it takes."""
        return self.decided_by or self.family

    @property
    def ripens(self) -> int:
        """Days from its first effect to its full one."""
        return 0

    def runs(self, age: int) -> bool:
        """Whether it is in force at that age."""
        return age >= 0 and (self.duration is None or age < self.duration)

    @property
    def expedition(self) -> int:
        """Number of the expedition it sends, 0 and up; -1 when it sends none, or reinforces a force of the theatre."""
        return -1

    def renumbered(self, by: int) -> Instrument:
        """The same with its expedition numbered `by` higher, so that two policies can stand side by side."""
        return self

    @abstractmethod
    def apply(self, levers: Levers, age: int) -> None:
        """Move levers as they are at that age; called only while it runs."""

    @property
    def believed_at_first(self) -> float | None:
        """How far its sender is believed before anybody here has seen it keep or break its word; None = not said."""
        return None

    @property
    def is_promise(self) -> bool:
        """Whether leaders take its announcement for a promise, to be kept or broken."""
        return False

    @property
    def against(self) -> tuple[int, ...]:
        """Organisations at which it is aimed as a punishment; empty = at no one in particular."""
        return ()

    def foreseen(self, levers: Levers, days_to_effect: int, belief: Any) -> None:  # noqa: B027
        """What is perceived of it between decision and first effect, as far as it is believed (`belief` [actor])."""

    def strength(self, age: int) -> dict[int, int]:
        """People wanted in the field at that age, by place number; empty for instruments without people."""
        return {}

    @abstractmethod
    def cost(self, age: int) -> float:
        """Constant 2013 EUR of one day at that age."""


@dataclass(frozen=True)
class Decision:
    """When a policy is decided: a day after the start, or the first day on which reports reach a threshold."""

    day: int | None
    reported_deaths: int = 0
    within_days: int = 30
    prefecture: str = ""
    delay: int = 0
    text: str = ""


@dataclass(frozen=True)
class Step:
    """One instrument of a policy with its own decision.

    `factual`: what was really done needs nobody to decide it. `raw` is what its file says, where it has one.
    """

    instrument: Instrument
    decision: Decision
    factual: bool = False
    raw: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Policy:
    """A portfolio of instruments with the rules that start them."""

    name: str
    title: str
    summary: str = ""
    assumption: str = ""
    decided_on: str = ""
    steps: tuple[Step, ...] = field(default=())

    def delayed(self, days: int) -> Policy:
        """The same policy decided `days` days later (>= 0)."""
        if days < 0:
            raise BadInput(f"delay of {days} days", where=f"policy {self.name}", instead="0 or more days")
        steps = tuple(
            replace(step, decision=replace(step.decision, delay=step.decision.delay + days)) for step in self.steps
        )
        return replace(self, steps=steps)

    def combined(self, other: Policy) -> Policy:
        """Both policies together; BadInput when they send more expeditions than a run can hold."""
        taken = 1 + max((step.instrument.expedition for step in self.steps), default=-1)
        moved = tuple(replace(step, instrument=step.instrument.renumbered(taken)) for step in other.steps)
        return Policy(
            f"{self.name}+{other.name}",
            f"{self.title} and {other.title}",
            f"{self.summary} {other.summary}".strip(),
            " ".join(text for text in (self.assumption, other.assumption) if text),
            "; ".join(text for text in (self.decided_on, other.decided_on) if text),
            self.steps + moved,
        )


NONE = Policy("none", "Nothing is added", "Outside forces present on the first day stay as they were.")
