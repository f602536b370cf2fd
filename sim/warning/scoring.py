"""Scores of a forecaster of rare events: can it tell them apart, and is it as sure as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

FITTING_STEPS = 50
RIDGE = 1e-3  # keeps the fit finite where a score separates perfectly


def roc(scores: Any, came: Any) -> tuple[Any, Any]:
    """(false alarm rate, hit rate) at every threshold, from strict to lax; equal scores are one threshold.

    `scores` float [n], `came` bool [n]. NaN where nothing, or everything, came.
    """
    order = np.argsort(-np.asarray(scores, dtype=float), kind="stable")
    score, hit = np.asarray(scores, dtype=float)[order], np.asarray(came, dtype=bool)[order]
    last = np.flatnonzero(np.append(np.diff(score) != 0.0, True))
    hits, alarms = np.cumsum(hit)[last], np.cumsum(~hit)[last]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.append(0.0, alarms / (~hit).sum()), np.append(0.0, hits / hit.sum())


def area(scores: Any, came: Any) -> float:
    """Area under `roc`: chance that an event had the higher score than a quiet year, ties half. NaN without both."""
    alarms, hits = roc(scores, came)
    return float(np.trapezoid(hits, alarms))


def precision_at(scores: Any, came: Any, count: int) -> float:
    """Share of the `count` highest scores in which it came; ties at the edge count in proportion. NaN without any."""
    score, hit = np.asarray(scores, dtype=float), np.asarray(came, dtype=float)
    count = min(count, score.size)
    if count <= 0:
        return float("nan")
    edge = np.sort(score)[-count]
    above, at = score > edge, score == edge
    rest = count - above.sum()
    return float((hit[above].sum() + rest * hit[at].mean()) / count)


def brier(chances: Any, came: Any) -> float:
    """Mean squared error of probabilities; 0 is perfect."""
    return float(np.mean((np.asarray(chances, dtype=float) - np.asarray(came, dtype=float)) ** 2))


@dataclass(frozen=True)
class Logistic:
    """Chance of an event from a score: 1 / (1 + exp(-(base + slope x score)))."""

    base: float
    slope: float

    def chance(self, scores: Any) -> Any:
        """Probabilities [n]."""
        return 1.0 / (1.0 + np.exp(-(self.base + self.slope * np.asarray(scores, dtype=float))))

    @classmethod
    def based(cls, scores: Any, came: Any) -> Logistic:
        """The base alone, for scores that are log odds already: as many expected as came (half a case at least)."""
        x, y = np.asarray(scores, dtype=float), np.asarray(came, dtype=float)
        wanted, low, high = (float(y.sum()) + 0.5) / (y.size + 1.0), -50.0, 50.0
        for _ in range(FITTING_STEPS):
            middle = (low + high) / 2.0
            low, high = (low, middle) if cls(middle, 1.0).chance(x).mean() > wanted else (middle, high)
        return cls((low + high) / 2.0, 1.0)

    @classmethod
    def fit(cls, scores: Any, came: Any) -> Logistic:
        """Maximum likelihood by Newton's method, with a little shrinkage of the slope."""
        x, y = np.asarray(scores, dtype=float), np.asarray(came, dtype=float)
        middle, scale = float(x.mean()), float(x.std()) or 1.0
        design = np.column_stack([np.ones_like(x), (x - middle) / scale])
        beta = np.zeros(2)
        for _ in range(FITTING_STEPS):
            p = 1.0 / (1.0 + np.exp(-design @ beta))
            slope = design.T @ (y - p) - RIDGE * x.size * np.array([RIDGE, 1.0]) * beta
            bend = (design * (p * (1.0 - p))[:, None]).T @ design + RIDGE * x.size * np.diag([RIDGE, 1.0])
            step = np.linalg.solve(bend, slope)
            beta = beta + np.clip(step, -2.0, 2.0)
        return cls(float(beta[0] - beta[1] * middle / scale), float(beta[1] / scale))
