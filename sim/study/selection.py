"""Choosing the least harmful of several options by simulation, with a stated probability of being right.

Two procedures, both for minimising a mean: KN, which samples options together and drops those that are clearly worse
(Kim and Nelson 2001, ACM TOMACS 11: 251-273), and OCBA, which spends a budget where it helps most (Chen, Lin, Yuecesan
and Chick 2000, Discrete Event Dynamic Systems 10: 251-270).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FIRST_STAGE = 10
"""Fewest observations of each option before anything is said: KN's variances rest on them."""


@dataclass(frozen=True)
class Kept:
    """What KN has decided: the options still in, and after how many observations each other one was dropped."""

    still_in: tuple[str, ...]
    dropped: Mapping[str, int]
    looked_at: int

    @property
    def decided(self) -> bool:
        """Whether one option is left."""
        return len(self.still_in) == 1


def kn(samples: Mapping[str, Floats], first: int, indifference: float, confidence: float) -> Kept:
    """Follow the KN procedure along paired observations [n] of each option; lists of options still in may be longer.

    Observation i of every option shares its random numbers (the procedure holds under that). `first` (>= 2) is the size
    of the first stage, whose variances are used throughout; `indifference` (> 0) the smallest difference of means that
    matters. When the best mean is at least that far below the others, the option that is left is the best one with
    probability `confidence` or more, for normal observations. It looks at each further observation of the options still
    in, as far as all of these have one.
    """
    names = list(samples)
    if len(names) == 1:
        return Kept((names[0],), {}, first)
    eta = 0.5 * ((2.0 * (1.0 - confidence) / (len(names) - 1)) ** (-2.0 / (first - 1)) - 1.0)
    h2 = 2.0 * eta * (first - 1)
    spread = {
        (a, b): float(np.var(samples[a][:first] - samples[b][:first], ddof=1)) for a in names for b in names if a != b
    }
    inside, dropped, seen = list(names), {}, first
    sums = {name: float(samples[name][:first].sum()) for name in names}
    while True:
        # how far a mean may lie above another one's before it is dropped
        slack = {
            pair: max(0.0, indifference / (2.0 * seen) * (h2 * s2 / indifference**2 - seen))
            for pair, s2 in spread.items()
        }
        worse = [
            a for a in inside
            if any(sums[a] / seen > sums[b] / seen + slack[a, b] for b in inside if b != a)
        ]  # fmt: skip
        for name in worse:
            inside.remove(name)
            dropped[name] = seen
        if len(inside) == 1 or any(len(samples[name]) <= seen for name in inside):
            return Kept(tuple(inside), dropped, seen)
        for name in inside:
            sums[name] += float(samples[name][seen])
        seen += 1


def ocba(means: Floats, variances: Floats, budget: int) -> NDArray[np.int64]:
    """How `budget` observations in all are best shared among options with such `means` and `variances` [options].

    The option with the smallest mean is taken for the best. Means nearer to it than a
    thousandth of their spread are taken to lie so far from it, so that ties share the budget. Sums to `budget`.
    """
    best = int(np.argmin(means))
    others = [i for i in range(len(means)) if i != best]
    if not others:
        return np.array([budget])
    scale = float(np.ptp(means)) or math.sqrt(float(np.max(variances))) or 1.0
    var = np.maximum(np.asarray(variances, dtype=np.float64), 1e-12 * scale**2)
    gap = np.maximum(means - means[best], 1e-3 * scale)
    share = np.zeros(len(means))
    share[others] = var[others] / gap[others] ** 2
    share[best] = math.sqrt(var[best] * float(np.sum(share[others] ** 2 / var[others])))
    exact = budget * share / share.sum()
    found: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    rest = np.argsort(found - exact, kind="stable")[: budget - int(found.sum())]
    found[rest] += 1
    return found


def probability_correct(means: Floats, variances: Floats, counts: Floats) -> float:
    """A lower bound of the probability that the smallest observed mean belongs to the best option (Bonferroni).

    `means`, `variances` and `counts` [options] of independent observations; the normal approximation of Chen et al.
    """
    from scipy.special import ndtr

    best = int(np.argmin(means))
    missed = 0.0
    for i in range(len(means)):
        if i != best:
            error = math.sqrt(variances[i] / counts[i] + variances[best] / counts[best])
            gap = float(means[i] - means[best])
            missed += 0.5 if error == 0.0 and gap == 0.0 else 0.0 if error == 0.0 else float(ndtr(-gap / error))
    return max(0.0, 1.0 - missed)
