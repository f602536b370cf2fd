"""A claim that a behaviour makes about the model, and what it is held against."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Measured:
    """A statistic with its 90 % interval over runs; `about` says in words what else was seen."""

    figure: float
    low: float
    high: float
    runs: int
    about: str = ""


@dataclass(frozen=True)
class Claim:
    """One part of a behaviour. It holds when the whole interval lies in `least` .. `most`; nothing else decides.

    `measure` runs the model; called with the keywords of an ablation it runs it without the mechanism. The first
    ablation must make the claim fail; the others show what each mechanism contributes. All but `fails` was written
    before anything was measured.
    """

    behaviour: int
    name: str
    paper: str
    family: str  # of scenarios, and the runs
    statistic: str
    reason: str  # of the tolerance
    measure: Callable[..., Measured]
    ablations: Mapping[str, Mapping[str, Any]]
    least: float = -math.inf
    most: float = math.inf
    hook: str = ""  # what stands in for something that the model does not have yet
    fails: str = ""  # why the model does not show it, where it does not

    def holds(self, found: Measured) -> bool:
        """Whether the interval lies within the tolerance; an interval that is not a number never does."""
        return bool(self.least <= found.low and found.high <= self.most)

    @property
    def tolerance(self) -> str:
        """The bounds, in words."""
        if math.isinf(self.least):
            return f"at most {self.most:g}"
        return f"at least {self.least:g}" if math.isinf(self.most) else f"{self.least:g} to {self.most:g}"

    @property
    def wording(self) -> str:
        """A digest of what is claimed: a result of another wording is no result."""
        said = (self.behaviour, self.name, self.paper, self.family, self.statistic, self.tolerance, self.reason)
        return hashlib.sha256(repr((*said, sorted(self.ablations))).encode()).hexdigest()[:16]
