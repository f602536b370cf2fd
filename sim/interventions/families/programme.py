"""What most families share: a running cost, and effects that grow with time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.interventions.base import Instrument


@dataclass(frozen=True)
class Programme(Instrument):
    """An instrument with a running cost in EUR a day."""

    per_day: float

    def cost(self, age: int) -> float:
        """The same every day."""
        return self.per_day


@dataclass(frozen=True)
class GrowingProgramme(Programme):
    """A programme whose effect grows over `ramp` days."""

    ramp: float

    @property
    def ripens(self) -> int:
        """Its ramp."""
        return round(self.ramp)


def ripened(age: int, days: float) -> float:
    """Share of the full effect at that age, 0..1: slow measures approach it, two thirds after `days`."""
    return 1.0 - math.exp(-(age + 1.0) / days)


def ramped(age: int, days: float) -> float:
    """Share of the full effect at that age, 0..1: staff and money come in evenly over `days`."""
    return min((age + 1.0) / days, 1.0)
