"""How far two samples are apart: Kolmogorov-Smirnov and Wasserstein distances with bootstrapped intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

RESAMPLES, CONFIDENCE = 400, 0.9
Sample = Sequence[Sequence[float]]
"""Values by unit that is resampled whole: a country or year of the record, a theatre of runs."""


@dataclass(frozen=True)
class Distance:
    """Both distances with intervals; Wasserstein in decades for values on a log scale, else in their own unit."""

    ks: tuple[float, float, float]
    wasserstein: tuple[float, float, float]
    observed: int
    simulated: int


def on_scale(values: Any, scale: str) -> Any:
    """float64 array, its logarithm to 10 for a log scale."""
    some = np.asarray(values, dtype=float)
    return np.log10(some) if scale == "log" else some


def distance(observed: Sample, simulated: Sample, scale: str, seed: int = 7) -> Distance | None:
    """The distance between the pooled values of two samples; None where one is empty.

    Intervals: units of both sides are resampled whole, so that a country of a thousand events is one observation.
    """
    sides = [[on_scale(unit, scale) for unit in side if len(unit)] for side in (observed, simulated)]
    if not all(sides):
        return None
    pooled = [np.concatenate(side) for side in sides]
    grid = np.unique(np.concatenate(pooled))
    counts = [np.array([np.bincount(np.searchsorted(grid, unit), minlength=grid.size) for unit in side]) for side in sides]
    rng = np.random.default_rng(seed)
    drawn = [
        on_grid(grid, *(side[rng.integers(0, len(side), len(side))].sum(axis=0) for side in counts))
        for _ in range(RESAMPLES)
    ]
    tail = 50.0 * (1.0 - CONFIDENCE)
    low, high = np.percentile(np.array(drawn), [tail, 100.0 - tail], axis=0)
    figures = (ks(*pooled), float(stats.wasserstein_distance(*pooled)))
    both = [(figure, float(low[n]), float(high[n])) for n, figure in enumerate(figures)]
    return Distance(both[0], both[1], pooled[0].size, pooled[1].size)


def on_grid(grid: Any, one: Any, other: Any) -> tuple[float, float]:
    """Both distances of two samples given as counts [value of `grid`]: what scipy says of the values, faster."""
    gap = np.abs(np.cumsum(one) / one.sum() - np.cumsum(other) / other.sum())
    return float(gap.max()), float((gap[:-1] * np.diff(grid)).sum())


def ks(one: Any, other: Any) -> float:
    """Largest difference of the two cumulative distributions, 0..1."""
    return float(stats.ks_2samp(one, other, method="asymp").statistic)
