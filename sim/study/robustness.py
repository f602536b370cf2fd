"""How options fare across all points of a study, when nobody knows which point is the true one.

Everything is about harm, so that less is better: `means` [points, arms] is the mean harm of each arm at each point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 500


def regret(means: Floats) -> Floats:
    """How much harm an arm does beyond the least harmful one at the same point [points, arms] (Savage 1951)."""
    return np.asarray(means - means.min(axis=1, keepdims=True))


def table(names: Sequence[str], means: Floats, baseline: str, seed: int) -> dict[str, dict[str, float]]:
    """For each arm: mean and worst harm, mean and largest regret, the share of points with more harm than the
    baseline, and how often points drawn anew would make it the minimax-regret choice, which arms that tie share."""
    lost = regret(means)
    rng = np.random.default_rng([seed, 3])
    chosen = np.zeros(len(names))
    for _ in range(RESAMPLES):
        least = _least(lost[rng.integers(0, len(means), len(means))])
        chosen[least] += 1.0 / len(least)
    against = means[:, list(names).index(baseline)]
    return {
        name: {
            "mean": float(means[:, i].mean()),
            "worst": float(means[:, i].max()),
            "mean_regret": float(lost[:, i].mean()),
            "largest_regret": float(lost[:, i].max()),
            "worse_than_baseline": float(np.mean(means[:, i] > against)),
            "minimax_regret_share": float(chosen[i] / RESAMPLES),
        }
        for i, name in enumerate(names)
    }


def minimax_regret(names: Sequence[str], means: Floats) -> list[str]:
    """The arm whose largest regret is least, or all that tie."""
    return [names[i] for i in _least(regret(means))]


def _least(lost: Floats) -> NDArray[np.intp]:
    worst = lost.max(axis=0)
    return np.flatnonzero(worst == worst.min())


def satisficing(means: Mapping[str, Floats], limits: Mapping[str, float]) -> Floats:
    """Share of points [arms] at which an arm stays within every limit; ``means[outcome]`` [points, arms]."""
    within = [means[name] <= most for name, most in limits.items()]
    return np.asarray(np.mean(np.all(within, axis=0), axis=0))


def pareto(harms: Floats) -> list[int]:
    """The arms that no other arm betters in one harm without doing worse in another; `harms` [arms, harms]."""
    kept = []
    for i, row in enumerate(harms):
        beaten = (np.all(harms <= row, axis=1) & np.any(harms < row, axis=1)).any()
        if not beaten:
            kept.append(i)
    return kept


def frontier(names: Sequence[str], cost: Floats, harm: Floats) -> list[dict[str, Any]]:
    """What each further million can buy: arms by cost, each with less harm than all cheaper ones."""
    found: list[dict[str, Any]] = []
    for i in np.lexsort((harm, cost)):
        if not found or harm[i] < found[-1]["harm"]:
            found.append({"arm": names[i], "euros": float(cost[i]), "harm": float(harm[i])})
    return found
