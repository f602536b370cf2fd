"""Instruments and policies: frozen values. An instrument acts only through levers or through a declared transfer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sim.ground.check import BadInput
from sim.ground.reading import Graded
from sim.world.levers import Levers

NEVER = 1 << 30
PRESENCE = "presence"  # what a force does by being there, beside the levers


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

    @property
    def suspends(self) -> tuple[str, ...]:
        """Payers whose other programmes rest, and cost nothing, while it is in force."""
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
class Unread(Instrument):
    """In place of an instrument that was refused, while the rest of its file is read: it does nothing."""

    def apply(self, levers: Levers, age: int) -> None:
        """Nothing."""

    def cost(self, age: int) -> float:
        """Nothing."""
        return 0.0


@dataclass(frozen=True)
class Threshold:
    """Reports of deaths over the last `within_days` days, in one prefecture or all: `deaths` or more, or fewer.

    It holds when that was so on `for_days` mornings running.
    """

    deaths: int
    within_days: int = 30
    prefecture: str = ""
    below: bool = False
    for_days: int = 1


STATES = ("decided", "in_force", "complete", "ended")
"""What another step can have come to: decided, at its first effect, at its full effect, ended or lifted."""


@dataclass(frozen=True)
class After:
    """The day on which the step number `step` of the same policy is in one of `STATES`."""

    step: int
    state: str


EVENTS: Mapping[str, str] = {
    "capital_falls": "another side than before holds the capital",
    "power_seized": "an organisation takes over the state",
    "truce": "two organisations agree on a truce",
    "mass_incident": "one incident with so many deaths is reported",
}
"""Public events that a rule can wait for; all but the last are noticed on the first morning of a week."""


@dataclass(frozen=True)
class Decision:
    """When something is decided: the day on which one thing comes true, and `days` later.

    That thing is a `day` after the start, a threshold of reports (`when`), an `event` (with so many `deaths`), a level
    of `warning` of the institutions, or what became of another step (`after`). Then it waits for `only`, if there is
    one. `delay` is added by `Policy.delayed`.
    """

    day: int | None = None
    when: Threshold | None = None
    event: str = ""
    deaths: int = 0
    warning: float = 0.0
    after: After | None = None
    days: int = 0
    only: Threshold | None = None
    delay: int = 0
    text: str = ""

    @property
    def is_date(self) -> bool:
        """Whether it comes on a day known beforehand."""
        return self.day is not None and self.only is None

    def later(self, days: int) -> Decision:
        """The same `days` later; what follows another step moves with that step."""
        return self if self.after is not None else replace(self, delay=self.delay + days)

    @property
    def is_gate(self) -> bool:
        """Whether it waits for an event, a warning, another step or a condition: institutions take it up after that."""
        return bool(self.event or self.warning or self.after or self.only)

    @property
    def reads(self) -> bool:
        """Whether reports of deaths may bring it."""
        return self.when is not None or self.only is not None or self.event == "mass_incident"

    def moved(self, by: int) -> Decision:
        """The same in a policy in which every step stands `by` places further down."""
        return self if self.after is None else replace(self, after=replace(self.after, step=self.after.step + by))


@dataclass(frozen=True)
class Step:
    """One instrument of a policy with the rules that begin it and lift it.

    It is lifted when the first of `lifts` comes true, and `again` lets its rule begin it anew after that. Lifted before
    its first effect, it was a threat that nobody carried out. `factual`: what was really done needs nobody to decide
    it. `raw` is what its file says, where it has one. `mutes` names levers that it leaves at rest (`PRESENCE`: it sends
    nobody), to see what they do. `needs`: what it cannot be used without (consent, mandate, unanimity and the like).
    """

    instrument: Instrument
    decision: Decision
    factual: bool = False
    raw: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)
    lifts: tuple[Decision, ...] = ()
    again: bool = False
    mutes: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[Decision, ...]:
        """The rule that begins it, and those that lift it."""
        return (self.decision, *self.lifts)

    def with_rules(self, change: Callable[[Decision], Decision]) -> Step:
        """The same step with every rule changed."""
        return replace(self, decision=change(self.decision), lifts=tuple(change(rule) for rule in self.lifts))


@dataclass(frozen=True)
class Coded:
    """A rule written in Python: the class `name` in `source` (a file or a module), known by the digest of its text."""

    source: str
    name: str
    digest: str
    every_days: int
    made: Any = field(compare=False, repr=False)  # an object of that class
    delay: int = 0  # days by which what it reads is old


@dataclass(frozen=True)
class Policy:
    """A portfolio of instruments with the rules that start and lift them.

    Each entry of `rules` is a class that decides in place of the steps' own rules, and the numbers of its steps.
    """

    name: str
    title: str
    summary: str = ""
    assumption: str = ""
    decided_on: str = ""
    steps: tuple[Step, ...] = field(default=())
    rules: tuple[tuple[Coded, tuple[int, ...]], ...] = ()

    def delayed(self, days: int) -> Policy:
        """The same policy decided `days` days later (>= 0)."""
        if days < 0:
            raise BadInput(f"delay of {days} days", where=f"policy {self.name}", instead="0 or more days")
        steps = tuple(
            replace(
                step, decision=step.decision.later(days),
                lifts=tuple(rule if rule.day is None else rule.later(days) for rule in step.lifts),
            )
            for step in self.steps
        )  # fmt: skip
        rules = tuple((replace(rule, delay=rule.delay + days), numbers) for rule, numbers in self.rules)
        return replace(self, steps=steps, rules=rules)

    def combined(self, other: Policy) -> Policy:
        """Both policies together; BadInput when they send more expeditions than a run can hold."""
        taken, before = 1 + max((step.instrument.expedition for step in self.steps), default=-1), len(self.steps)
        moved = tuple(
            replace(step.with_rules(lambda rule: rule.moved(before)), instrument=step.instrument.renumbered(taken))
            for step in other.steps
        )
        return Policy(
            f"{self.name}+{other.name}",
            f"{self.title} and {other.title}",
            f"{self.summary} {other.summary}".strip(),
            " ".join(text for text in (self.assumption, other.assumption) if text),
            "; ".join(text for text in (self.decided_on, other.decided_on) if text),
            self.steps + moved,
            self.rules + tuple((rule, tuple(n + before for n in numbers)) for rule, numbers in other.rules),
        )


NONE = Policy("none", "Nothing is added", "Outside forces present on the first day stay as they were.")
