"""Errors a user can act on, and the grade of evidence behind a number."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

GRADES: tuple[str, ...] = ("data", "seen", "report", "memory", "derived", "assumption")
"""How good the evidence for a number is:

- ``data``        a published data set, read by machine
- ``seen``        read in a page or an excerpt of a document
- ``report``      stated in a published report or study
- ``memory``      believed to be known, not checked; counted as an assumption
- ``derived``     computed from graded values
- ``assumption``  a judgement; it needs a range
"""

ASSUMED: frozenset[str] = frozenset({"assumption", "memory"})
"""The grades that a report counts as assumptions."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number comes from: a citation (or a reason) and one of `GRADES`."""

    text: str
    grade: str

    def __post_init__(self) -> None:
        if self.grade not in GRADES:
            raise ValueError(f"grade {self.grade!r} is none of {', '.join(GRADES)}")

    @property
    def is_assumption(self) -> bool:
        """True for `assumption` and for `memory`."""
        return self.grade in ASSUMED


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what, where (``file:line`` or a key), why it matters, what to write
    instead.
    """

    what: str
    where: str
    why: str = ""
    instead: str = ""

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.instead:
            lines.append(f"  instead: {self.instead}")
        return "\n".join(lines)


class _Told(Exception):
    """An error whose `str()` is a message for the user, never for a traceback."""

    def __init__(self, what: str, *, where: str, why: str = "", instead: str = "") -> None:
        self.problem = Problem(what, where, why, instead)
        super().__init__(str(self.problem))

    @classmethod
    def of(cls, problem: Problem) -> _Told:
        """The same problem as an error to raise."""
        return cls(problem.what, where=problem.where, why=problem.why, instead=problem.instead)

    def __reduce__(self) -> tuple[Callable[[type[_Told], Problem], _Told], tuple[Any, ...]]:
        # keyword-only arguments do not survive pickling between worker processes otherwise
        return _rebuild, (type(self), self.problem)


def _rebuild(kind: type[_Told], problem: Problem) -> _Told:
    return kind.of(problem)


class BadInput(_Told):
    """What the user gave cannot be used. The command line prints it and exits with 2."""


class FailedWork(_Told):
    """The input was fine and the work still failed. The command line prints it and exits with 1."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint for a misspelt `word`: ``did you mean 'x'?``, or the list of the known words when none is
    near.
    """
    names = sorted(set(known))
    near = get_close_matches(word[:100], names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    if not names:
        return "there is none to refer to; leave it empty or define one first"
    shown = ", ".join(names[:20])
    return f"use one of: {shown}" + (f" ... ({len(names)} in all)" if len(names) > 20 else "")
