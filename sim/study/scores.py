"""Scores of probabilistic forecasts, and the simple baselines that a forecast has to beat.

Everything works on plain arrays. Monthly deaths are scored as log1p, on which a factor counts alike at 30 and
at 1,000. CRPS and interval score are in units of log1p deaths, lower is better (Gneiting and Raftery 2007).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
CLASSES = (1, 25, 100, 1000)
"""Lower bounds of the classes of monthly deaths after the first (0): 1-24, 25-99, 100-999, 1,000 and more; those of the
Markov chain of country-years in UCDP's data."""


def crps_ensemble(members: ArrayLike, observed: float, *, fair: bool = False) -> float:
    """CRPS of an ensemble `members` [m >= 1] against one `observed` value: E|X - y| - E|X - X'| / 2.

    Plain, the ensemble itself is the forecast. `fair`, it is a sample of the forecast, and the score does not
    depend on its size on average (Ferro 2014); m >= 2, members drawn independently.
    """
    x = np.sort(np.asarray(members, dtype=np.float64))
    m = len(x)
    if m < (2 if fair else 1):
        raise ValueError(f"an ensemble of {m} has no {'fair ' if fair else ''}CRPS")
    # sum over pairs of |x_i - x_j| from the order statistics, each pair counted twice
    apart = 2.0 * float(np.sum((2.0 * np.arange(m) - m + 1.0) * x))
    pairs = m * (m - 1) if fair else m * m
    return float(np.mean(np.abs(x - observed))) - apart / (2.0 * pairs)


def crps_normal(mean: float, sd: float, observed: float) -> float:
    """CRPS of the normal distribution (`sd` > 0); of a lognormal when all three are logarithms."""
    z = (observed - mean) / sd
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return sd * (z * math.erf(z / math.sqrt(2.0)) + 2.0 * density - 1.0 / math.sqrt(math.pi))


def interval_score(low: ArrayLike, high: ArrayLike, observed: ArrayLike, level: float = 0.9) -> float:
    """Mean interval score of central `level` intervals: width, plus 2 / (1 - level) times each miss."""
    lower, upper, seen = (np.asarray(a, dtype=np.float64) for a in (low, high, observed))
    miss = np.maximum(lower - seen, 0.0) + np.maximum(seen - upper, 0.0)
    return float(np.mean(upper - lower + 2.0 / (1.0 - level) * miss))


def class_of(deaths: ArrayLike) -> NDArray[np.int64]:
    """Number of the class of `CLASSES` that each count of deaths lies in, rounded to whole people."""
    return np.searchsorted(CLASSES, np.round(np.asarray(deaths, float)), side="right")


def log_score(counts: ArrayLike, observed: int) -> float:
    """Minus the log probability, in nats, of the `observed` class, lower is better (Good 1952).

    `counts` [classes] say how often a forecast of so many members, or so many equal parts of a distribution, holds
    each. Half a member is added to every class (Jeffreys), so that no forecast is certain beyond its size.
    """
    held = np.asarray(counts, float)
    return -math.log((held[observed] + 0.5) / (held.sum() + 0.5 * len(held)))


def _log_ensemble(deaths: Any, seen: float) -> float:
    counts = np.bincount(class_of(deaths), minlength=len(CLASSES) + 1)
    return log_score(counts, int(class_of(seen)))


def _log_normal(mean: float, sd: float, months: int, seen: float) -> float:
    """The log score of a normal distribution of log1p deaths that rests on `months` months."""
    bounds = [NormalDist(mean, sd).cdf(math.log1p(bound - 0.5)) for bound in CLASSES]
    return log_score(np.diff([0.0, *bounds, 1.0]) * months, int(class_of(seen)))


def month_scores(ensemble: ArrayLike, observed: ArrayLike) -> dict[str, float]:
    """All scores of simulated against observed monthly deaths, on log1p.

    `ensemble` [runs, months] and `observed` [months] are deaths >= 0. Keys: crps (plain), crps_fair (NaN for one
    run), log_score (of the classes of `CLASSES`), covered_50, covered_90 (shares of months), mean_width and
    interval_score of the 90 % band, bias (mean of median minus observed: positive when the model kills too many).
    """
    simulated, seen = np.log1p(np.asarray(ensemble, float)), np.log1p(np.asarray(observed, float))
    q05, q25, q50, q75, q95 = np.quantile(simulated, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    several = simulated.shape[0] > 1
    told = [_log_ensemble(column, y) for column, y in zip(np.asarray(ensemble, float).T, np.asarray(observed, float),
                                                          strict=True)]  # fmt: skip
    return {
        "crps": _mean_crps(simulated.T, seen),
        "crps_fair": _mean_crps(simulated.T, seen, fair=True) if several else math.nan,
        "log_score": float(np.mean(told)),
        "covered_50": float(np.mean((q25 <= seen) & (seen <= q75))),
        "covered_90": float(np.mean((q05 <= seen) & (seen <= q95))),
        "mean_width": float(np.mean(q95 - q05)),
        "interval_score": interval_score(q05, q95, seen),
        "bias": float(np.mean(q50 - seen)),
    }


def _mean_crps(ensembles: Any, observed: Any, *, fair: bool = False) -> float:
    return float(np.mean([crps_ensemble(x, float(y), fair=fair) for x, y in zip(ensembles, observed, strict=True)]))


def rank_correlation(simulated: ArrayLike, observed: ArrayLike) -> float:
    """Spearman's rank correlation with mean ranks for ties; NaN when either side is constant."""
    from scipy.stats import rankdata

    a, b = rankdata(np.asarray(simulated, float)), rankdata(np.asarray(observed, float))
    if a.std() == 0.0 or b.std() == 0.0:
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])


def relative_difference(simulated: ArrayLike, observed: ArrayLike) -> float:
    """Averaged relative difference: mean of |simulated - observed| / observed over times with observed > 0."""
    model, seen = np.asarray(simulated, float), np.asarray(observed, float)
    known = seen > 0
    return float(np.mean(np.abs(model - seen)[known] / seen[known])) if known.any() else math.nan


def share_distance(simulated: Mapping[str, float], observed: Mapping[str, float]) -> float:
    """Total variation distance, 0 (equal) .. 1, between the shares of two tables of amounts >= 0.

    1 when one of the tables holds nothing.
    """
    a, b = math.fsum(simulated.values()), math.fsum(observed.values())
    if a <= 0.0 or b <= 0.0:
        return 1.0
    names = {*simulated, *observed}
    return 0.5 * math.fsum(abs(simulated.get(n, 0.0) / a - observed.get(n, 0.0) / b) for n in names)


# ------------------------------------------------------------------------------------------------ baselines


def baseline_scores(before: Sequence[float], scored: Sequence[float]) -> dict[str, float]:
    """Mean CRPS on log1p, and log score (``log_`` in place of ``crps_``), of three forecasts that need no model.

    `before` are the monthly deaths of the training months, in order, the last one just before the first of
    `scored`; at least 13 of them.

    - ``crps_flat``: one lognormal for every month, with mean and sd of the training months;
    - ``crps_last12``: the last twelve training months as an ensemble, the same for every month;
    - ``crps_persistence``: the month before (observed, so it sees what no forecast from the start can see), with
      the spread of the steps from month to month in training.

    Spreads are predictive: the sample sd (n - 1) x sqrt(1 + 1/n), as the level is an estimate too.
    """
    if len(before) < 13:
        raise ValueError(f"{len(before)} months before the first scored one: 13 are needed")
    trained, seen = np.log1p(np.asarray(before, float)), np.log1p(np.asarray(scored, float))
    previous = np.concatenate([trained[-1:], seen[:-1]])
    flat, steps = _predictive_sd(trained), _predictive_sd(np.diff(trained))
    known, dead = len(trained), np.asarray(scored, float)
    return {
        "log_flat": float(np.mean([_log_normal(float(trained.mean()), flat, known, y) for y in dead])),
        "log_last12": float(np.mean([_log_ensemble(np.asarray(before, float)[-12:], y) for y in dead])),
        "log_persistence": float(
            np.mean([_log_normal(x, steps, known, y) for x, y in zip(previous, dead, strict=True)])
        ),
        "crps_flat": float(np.mean([crps_normal(float(trained.mean()), flat, y) for y in seen])),
        "crps_last12": _mean_crps([trained[-12:]] * len(seen), seen),
        "crps_persistence": float(np.mean([crps_normal(x, steps, y) for x, y in zip(previous, seen, strict=True)])),
    }


def structural_scores(forecast: Sequence[tuple[float, float]], scored: Sequence[float]) -> dict[str, float]:
    """``crps_structural`` and ``log_structural`` of a regression's forecast: (mean, sd > 0) of log1p deaths a month.

    Its log score is that of the distribution itself, as it rests on many thousands of country-months.
    """
    many = 10_000
    pairs = list(zip(forecast, np.asarray(scored, float), strict=True))
    return {
        "crps_structural": float(np.mean([crps_normal(mean, sd, math.log1p(y)) for (mean, sd), y in pairs])),
        "log_structural": float(np.mean([_log_normal(mean, sd, many, y) for (mean, sd), y in pairs])),
    }


def _predictive_sd(values: Any) -> float:
    spread = float(np.std(values, ddof=1)) * math.sqrt(1.0 + 1.0 / len(values))
    return max(spread, 1e-9)  # a training series of zeros is a forecast of exactly zero
