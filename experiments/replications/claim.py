"""What a paper claims, what our independent implementation gives, and whether the claim stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Claim:
    """One published finding. `tolerance` says from where on it counts as reproduced, and why from there."""

    name: str
    says: str  # the paper's finding, and where it stands
    statistic: str  # what is measured, over how many runs
    published: str
    found: str
    tolerance: str
    reproduced: bool


def far_apart(low: Sequence[float], high: Sequence[float], errors: float = 3.0) -> bool:
    """Whether the mean of `high` lies above that of `low` by so many standard errors of the difference."""
    one, other = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    error = np.sqrt(one.var(ddof=1) / one.size + other.var(ddof=1) / other.size)
    return bool(other.mean() - one.mean() > errors * error)


THREE_ERRORS = "3 standard errors of the difference: chance alone exceeds that once in 700 comparisons"


def spread(values: Sequence[float]) -> str:
    """Mean, standard deviation and range, for the eye."""
    some = np.asarray(values, dtype=float)
    return f"mean {some.mean():.3g}, s.d. {some.std(ddof=1):.3g}, {some.min():.3g} to {some.max():.3g}"
