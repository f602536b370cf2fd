"""Scores against their definitions as integrals, and the three published baselines of 2014."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from scipy import integrate, stats

from sim.study import scores


def crps_by_integral(cdf: object, y: float, low: float, high: float) -> float:
    """The definition: the integral of (F(x) - 1{x >= y})^2."""
    below, _ = integrate.quad(lambda x: cdf(x) ** 2, low, y, limit=200)  # type: ignore[operator]
    above, _ = integrate.quad(lambda x: (1.0 - cdf(x)) ** 2, y, high, limit=200)  # type: ignore[operator]
    return below + above


@pytest.mark.parametrize("y", [-2.0, 0.3, 4.0, 9.5])
def test_crps_of_a_normal_is_the_integral(y: float) -> None:
    wanted = crps_by_integral(stats.norm(3.0, 1.7).cdf, y, -30.0, 40.0)
    assert scores.crps_normal(3.0, 1.7, y) == pytest.approx(wanted, abs=1e-7)


@pytest.mark.parametrize("y", [-1.0, 0.5, 2.0, 7.0])
def test_plain_crps_of_an_ensemble_is_the_integral_over_its_steps(y: float) -> None:
    members = [0.0, 0.0, 1.0, 2.5, 6.0]
    grid = np.unique([*members, y])
    wanted = sum(
        (b - a) * (np.mean(np.array(members) <= a) - (a >= y)) ** 2 for a, b in zip(grid[:-1], grid[1:], strict=True)
    )
    assert scores.crps_ensemble(members, y) == pytest.approx(wanted, abs=1e-12)


def test_fair_crps_of_small_samples_is_that_of_the_distribution() -> None:
    """Plain CRPS punishes a small sample; the fair one has the right mean at any size."""
    rng = np.random.default_rng(7)
    true = np.mean([scores.crps_normal(0.0, 1.0, y) for y in (-1.0, 0.0, 2.0)])
    draws = rng.normal(size=(6000, 4))
    fair, plain = (
        np.mean([scores.crps_ensemble(x, y, fair=f) for x in draws for y in (-1.0, 0.0, 2.0)]) for f in (True, False)
    )
    assert fair == pytest.approx(true, abs=0.01)
    assert plain > true + 0.1


def test_an_ensemble_of_one_scores_its_error_and_has_no_fair_score() -> None:
    assert scores.crps_ensemble([2.0], 5.0) == 3.0
    with pytest.raises(ValueError, match="fair"):
        scores.crps_ensemble([2.0], 5.0, fair=True)


def test_interval_score_charges_width_and_twenty_times_a_miss_at_ninety_percent() -> None:
    assert scores.interval_score([0.0], [2.0], [1.0]) == 2.0
    assert scores.interval_score([0.0], [2.0], [2.5]) == pytest.approx(2.0 + 20.0 * 0.5)
    assert scores.interval_score([0.0, 0.0], [2.0, 4.0], [1.0, -1.0]) == pytest.approx((2.0 + 4.0 + 20.0) / 2)


def test_a_calibrated_forecast_covers_what_it_says() -> None:
    rng = np.random.default_rng(3)
    ensemble, seen = np.expm1(rng.gamma(9.0, 0.5, (800, 600))), np.expm1(rng.gamma(9.0, 0.5, 600))
    found = scores.month_scores(ensemble, seen)
    assert found["covered_50"] == pytest.approx(0.5, abs=0.06)
    assert found["covered_90"] == pytest.approx(0.9, abs=0.04)
    assert abs(found["bias"]) < 0.2
    worse = scores.month_scores(4.0 * ensemble, seen)
    assert worse["crps"] > found["crps"]
    assert worse["bias"] > 1.0


def test_rank_correlation_is_spearmans() -> None:
    a, b = [0, 3, 3, 10, 4], [1, 2, 5, 9, 9]
    assert scores.rank_correlation(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)
    assert math.isnan(scores.rank_correlation([1, 1, 1], [1, 2, 3]))


def test_relative_difference_and_share_distance() -> None:
    assert scores.relative_difference([5.0, 30.0, 8.0], [10.0, 20.0, 0.0]) == 0.5
    assert scores.share_distance({"a": 1, "b": 1}, {"a": 5, "b": 5}) == 0.0
    assert scores.share_distance({"a": 1}, {"b": 3}) == 1.0
    assert scores.share_distance({"a": 3, "b": 1}, {"a": 1, "b": 1}) == pytest.approx(0.25)
    assert scores.share_distance({}, {"a": 1}) == 1.0


# ------------------------------------------------------------------------------- the baselines to beat on 2014


def one_sided(root: Path) -> dict[str, float]:
    with (root / "scenarios/car_2013/observed/history.csv").open(encoding="utf-8", newline="") as file:
        return {row["month"]: float(row["best"]) for row in csv.DictReader(file) if row["type"] == "one_sided"}


def test_the_three_published_baselines_of_2014(root: Path) -> None:
    """How each number is defined.

    Series: one-sided civilian deaths a month, best count, spread evenly over the days of each event. Training
    months 2012-12..2013-12 (13), scored 2014-01..2014-12 (12), CRPS of log1p deaths, mean over the months.
    Flat lognormal: mean and sample sd of the 13 log1p values, x sqrt(1 + 1/13). Last twelve: log1p of
    2013-01..2013-12 as an ensemble of 12, plain CRPS. Persistence: log1p of the observed month before, no drift,
    with the sample sd of the 12 training steps, x sqrt(1 + 1/12).
    """
    series = one_sided(root)
    trained = [n for month, n in series.items() if "2012-12" <= month <= "2013-12"]
    scored = [n for month, n in series.items() if "2014-01" <= month <= "2014-12"]
    assert (len(trained), len(scored)) == (13, 12)
    found = scores.baseline_scores(trained, scored)
    assert found["crps_flat"] == pytest.approx(0.59, abs=0.005)
    assert found["crps_last12"] == pytest.approx(0.57, abs=0.005)
    assert found["crps_persistence"] == pytest.approx(0.54, abs=0.005)


def test_baselines_need_a_year_and_a_month() -> None:
    with pytest.raises(ValueError, match="13 are needed"):
        scores.baseline_scores([1.0] * 12, [1.0])


# ------------------------------------------------------------------------------------------------ log score


def test_the_log_score_is_that_of_the_class() -> None:
    """Ten members, six in the class that came: (6 + 1/2) of (10 + 5/2)."""
    assert scores.class_of([0, 1, 24, 25, 99, 100, 999, 1000, 0.4]).tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 0]
    assert scores.log_score([0, 6, 4, 0, 0], 1) == pytest.approx(-math.log(6.5 / 12.5))
    found = scores.month_scores(np.array([[5.0]] * 6 + [[50.0]] * 4), [10.0])
    assert found["log_score"] == pytest.approx(-math.log(6.5 / 12.5))


def test_the_log_score_is_proper() -> None:
    """The expected score is least for the forecast that gives the true shares."""
    truth = np.array([0.1, 0.5, 0.2, 0.15, 0.05])
    honest = sum(p * scores.log_score(truth * 1000, k) for k, p in enumerate(truth))
    for other in ([0.2] * 5, [0.0, 1.0, 0.0, 0.0, 0.0], [0.05, 0.6, 0.2, 0.1, 0.05]):
        assert sum(p * scores.log_score(np.array(other) * 1000, k) for k, p in enumerate(truth)) > honest


def test_a_structural_forecast_is_scored_as_its_distribution() -> None:
    found = scores.structural_scores([(math.log1p(50), 0.5)] * 2, [50.0, 50.0])
    assert found["crps_structural"] == pytest.approx(scores.crps_normal(0, 0.5, 0))
    inside = NormalDist(math.log1p(50), 0.5)
    share = inside.cdf(math.log(100.5)) - inside.cdf(math.log(25.5))
    assert found["log_structural"] == pytest.approx(-math.log(share), abs=0.01)
