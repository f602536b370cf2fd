"""How the families grow: the two curves they share."""

from __future__ import annotations

import math


def ripened(age: int, days: float) -> float:
    """Share of the full effect at that age, 0..1: slow measures approach it, two thirds after `days`."""
    return 1.0 - math.exp(-(age + 1.0) / days)


def ramped(age: int, days: float) -> float:
    """Share of the full effect at that age, 0..1: staff and money come in evenly over `days`."""
    return min((age + 1.0) / days, 1.0)
