"""Regressions of the kinds that the studies of the ledger use, small: counts, fixed effects, matching, pairs.

Errors are robust to dependence within a cluster (a theatre); intervals are 95 %. `y` is float64 [observation], `x` is
float64 [observation, regressor], `cluster` is int64 [observation] with numbers 0 .. clusters - 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special, stats

CONFIDENCE = 0.95
RESAMPLES = 2000
LARGEST = 30.0  # of a linear predictor: beyond it an exponential says nothing
SEPARATED = 20.0  # a coefficient of log odds that only runs away


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval, from so many observations in so many clusters; NaN where the data say nothing."""

    figure: float
    low: float
    high: float
    rows: int
    clusters: int

    def through(self, change: Any) -> Estimate:
        """The same on another scale, by a monotone function."""
        low, high = sorted((float(change(self.low)), float(change(self.high))))
        return Estimate(float(change(self.figure)), low, high, self.rows, self.clusters)


def negative_binomial(y: Any, x: Any, cluster: Any) -> list[Estimate]:
    """Coefficients of log means, variance mean + a mean^2 with `a` by maximum likelihood (Cameron & Trivedi 1998: NB2)."""

    def loss(log_a: float) -> float:
        size, mean = np.exp(-log_a), np.exp(_predictor(x, _count(y, x, np.exp(log_a))))
        told = special.gammaln(y + size) - special.gammaln(size) - special.gammaln(y + 1.0)
        return -float((told + size * np.log(size / (size + mean)) + y * np.log(mean / (size + mean))).sum())

    a = float(np.exp(optimize.minimize_scalar(loss, bounds=(-5.0, 5.0), method="bounded", options={"xatol": 1e-3}).x))
    beta = _count(y, x, a)
    mean = np.exp(_predictor(x, beta))
    return _sandwich(beta, x * ((y - mean) / (1.0 + a * mean))[:, None], x, mean / (1.0 + a * mean), cluster)


def logit(y: Any, x: Any, cluster: Any) -> list[Estimate]:
    """Coefficients of log odds of a yes (1) or no (0), or of the share `y` of something."""
    return _logit(y, np.ones(len(y)), x, cluster)


def paired(treated: Any, control: Any, x: Any, cluster: Any) -> list[Estimate]:
    """Coefficients of log mean ratios in pairs that differ in the treatment `x` alone.

    The Poisson regression with a fixed effect for every pair, which is a binomial one of the treated share (Hausman,
    Hall & Griliches 1984); for yes and no it is the conditional logit. Pairs without an event, or with `x` zero, say
    nothing and are left out.
    """
    total = treated + control
    told = (total > 0.0) & (x != 0.0).any(axis=1)
    return _logit(treated[told] / total[told], total[told], x[told], cluster[told])


def fixed_effects(y: Any, x: Any, effects: Sequence[Any], cluster: Any, rounds: int = 200) -> list[Estimate]:
    """Least squares after taking out the means of every level of each of `effects` (int64 [observation] each)."""
    table = _demeaned(np.column_stack([y, x]), effects, rounds)
    y, x = table[:, 0], table[:, 1:]
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    return _sandwich(beta, x * (y - x @ beta)[:, None], x, np.ones(len(y)), cluster)


def moved_share(y: Any, own: Any, near: Any, effects: Sequence[Any], cluster: Any) -> Estimate:
    """What least squares say was added near the treated, over what they say was taken from the treated.

    `own` and `near` are 1 where an observation is treated, or near a treated one. Bootstrap over clusters; the effects
    have to lie within them.
    """
    table = _demeaned(np.column_stack([y, own, near]), effects, 200)
    cells = table[:, 1:, None] * table[:, None, 1:]
    count = int(cluster.max()) + 1
    gram, moment = np.zeros((count, 2, 2)), np.zeros((count, 2))
    np.add.at(gram, cluster, cells)
    np.add.at(moment, cluster, table[:, 1:] * table[:, :1])
    people = np.column_stack([np.bincount(cluster, one, count) for one in (own, near)])

    def share(weights: Any) -> float:
        beta = np.linalg.lstsq(np.tensordot(weights, gram, 1), weights @ moment, rcond=None)[0]
        taken, added = -beta[0] * (weights @ people[:, 0]), beta[1] * (weights @ people[:, 1])
        return float(added / taken) if taken > 0.0 else float("nan")

    return _bootstrap(share, count, len(y))


def ratio_of_sums(above: Any, below: Any, cluster: Any) -> Estimate:
    """Sum of one over sum of the other, bootstrap over clusters; no figure where what is below is not above zero."""
    count = int(cluster.max()) + 1
    up, down = np.bincount(cluster, above, count), np.bincount(cluster, below, count)

    def ratio(weights: Any) -> float:
        return float((weights @ up) / (weights @ down)) if weights @ down > 0.0 else float("nan")

    return _bootstrap(ratio, count, len(above))


def matched_ratio(y: Any, treated: Any, traits: Sequence[Any], cluster: Any) -> Estimate:
    """Mean of the treated over the mean of untreated observations with equal `traits`.

    Coarsened exact matching (Iacus, King & Porro 2012): strata without both are dropped, the untreated of a stratum
    get the weight of its treated.
    """
    stratum = np.unique(np.column_stack(traits), axis=0, return_inverse=True)[1].ravel()
    many, few = np.bincount(stratum, ~treated), np.bincount(stratum, treated)
    weight = np.divide(few, many, out=np.zeros(few.size), where=many > 0.0)[stratum]
    kept = (few > 0.0) & (many > 0.0)
    used = kept[stratum]
    both = ratio_of_sums(y * treated * used, y * ~treated * weight, cluster)
    return Estimate(both.figure, both.low, both.high, int(used.sum()), both.clusters)


# ---- what they share ----------------------------------------------------------------------------------------------


def _predictor(x: Any, beta: Any) -> Any:
    return np.clip(x @ beta, -LARGEST, LARGEST)


def _count(y: Any, x: Any, a: float) -> Any:
    """Coefficients at a given dispersion, by scoring with steps that cannot run away."""
    beta = np.zeros(x.shape[1])
    beta[int(np.argmax(x.std(axis=0) == 0.0))] = np.log(y.mean() + 1e-9) if (x.std(axis=0) == 0.0).any() else 0.0
    for _ in range(200):
        mean = np.exp(_predictor(x, beta))
        beta, step = _stepped(beta, x, (y - mean) / (1.0 + a * mean), mean / (1.0 + a * mean))
        if step < 1e-9:
            break
    return beta


def _logit(share: Any, total: Any, x: Any, cluster: Any) -> list[Estimate]:
    if not len(share) or np.linalg.matrix_rank(x) < x.shape[1]:
        return [Estimate(*(float("nan"),) * 3, len(share), 0)] * x.shape[1]
    beta = np.zeros(x.shape[1])
    for _ in range(200):
        chance = special.expit(_predictor(x, beta))
        beta, step = _stepped(beta, x, total * (share - chance), total * chance * (1.0 - chance))
        if step < 1e-9:
            break
    if np.abs(beta).max() > SEPARATED:  # the regressor tells yes from no without an error: no finite figure fits
        return [Estimate(*(float("nan"),) * 3, len(share), 0)] * x.shape[1]
    chance = special.expit(_predictor(x, beta))
    return _sandwich(beta, x * (total * (share - chance))[:, None], x, total * chance * (1.0 - chance), cluster)


def _stepped(beta: Any, x: Any, slope: Any, bend: Any) -> tuple[Any, float]:
    step = np.linalg.lstsq((x * bend[:, None]).T @ x, x.T @ slope, rcond=None)[0]
    size = float(np.abs(step).max())
    return beta + step * min(1.0, 2.0 / max(size, 1e-300)), size


def _sandwich(beta: Any, scores: Any, x: Any, bend: Any, cluster: Any) -> list[Estimate]:
    """Cluster-robust intervals (Liang & Zeger 1986), Student's with one degree of freedom less than clusters."""
    names, number = np.unique(cluster, return_inverse=True)
    summed = np.zeros((names.size, beta.size))
    np.add.at(summed, number, scores)
    bread = np.linalg.pinv((x * bend[:, None]).T @ x)
    spread = np.sqrt(np.diag(bread @ summed.T @ summed @ bread) * names.size / max(names.size - 1, 1))
    half = stats.t.ppf(0.5 + CONFIDENCE / 2.0, max(names.size - 1, 1)) * spread
    return [
        Estimate(float(b), float(b - h), float(b + h), len(scores), names.size)
        for b, h in zip(beta, half, strict=True)
    ]


def _demeaned(table: Any, effects: Sequence[Any], rounds: int) -> Any:
    table = np.array(table, dtype=float)
    for _ in range(rounds if len(effects) > 1 else 1):
        largest = 0.0
        for level in effects:
            size = np.bincount(level)
            for column in table.T:
                mean = (np.bincount(level, column) / np.maximum(size, 1))[level]
                column -= mean
                largest = max(largest, float(np.abs(mean).max()))
        if largest < 1e-9:
            break
    return table


def _bootstrap(statistic: Any, clusters: int, rows: int) -> Estimate:
    random = np.random.default_rng(7)
    drawn = random.multinomial(clusters, np.full(clusters, 1.0 / clusters), RESAMPLES).astype(float)
    found = np.array([statistic(weights) for weights in drawn])
    figure, tail = statistic(np.ones(clusters)), 50.0 * (1.0 - CONFIDENCE)
    if np.isnan(found).mean() > 0.01:
        return Estimate(figure, float("nan"), float("nan"), rows, clusters)
    low, high = np.nanpercentile(found, [tail, 100.0 - tail])
    return Estimate(figure, float(low), float(high), rows, clusters)
