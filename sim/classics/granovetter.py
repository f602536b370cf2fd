"""Thresholds of collective behaviour (Granovetter 1978, American Journal of Sociology 83, 1420-1443).

Everybody joins a riot when as many others take part as the own threshold says, and then stays. Who would join alone
(threshold 0) starts; how far it goes hangs on the whole distribution of thresholds and not on its mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from sim.classics.draws import normals


def rioters(thresholds: Any) -> list[int]:
    """How many take part at each step, from nobody until nobody joins; `thresholds` in persons."""
    sorted_, course = np.sort(thresholds), [0]
    while True:
        joined = int(np.searchsorted(sorted_, course[-1], side="right"))
        if joined == course[-1]:
            return course
        course.append(joined)


def equilibrium(mean: float, sd: float) -> float:
    """Share that takes part in an endless crowd with normal thresholds, in percent as are `mean` and `sd`.

    The paper's forward recursion r(t + 1) = F(r(t)) from 0; it stops when a step adds less than 1e-9.
    """
    before, now = -1.0, 0.0
    while now - before > 1e-9:
        before, now = now, 100.0 * float(ndtr((now - mean) / sd))
    return now


def crowd(people: int, mean: float, sd: float, key: Any = None) -> Any:
    """float64[people] normal thresholds: evenly over the distribution, or drawn at random with a key."""
    if key is None:
        return mean + sd * ndtri((np.arange(people) + 0.5) / people)
    return mean + sd * normals(key, people, 0, 0)
