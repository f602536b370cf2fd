"""Scores of a forecaster, against answers known by hand or from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from sim.warning.scoring import Logistic, area, brier, precision_at, roc
from sim.warning.structural import log_odds


def test_a_perfect_a_blind_and_a_reversed_forecaster() -> None:
    came = [False, False, True, True]
    assert area([1, 2, 3, 4], came) == 1.0
    assert area([4, 3, 2, 1], came) == 0.0
    assert area([5, 5, 5, 5], came) == 0.5
    assert np.isnan(area([1, 2], [False, False]))


def test_the_area_is_the_rank_statistic() -> None:
    """Mann-Whitney U over the product of the counts, ties included."""
    rng = np.random.default_rng(2)
    scores = rng.integers(0, 20, 400) / 2.0
    came = rng.random(400) < 0.05 + 0.02 * scores / 10
    u = mannwhitneyu(scores[came], scores[~came]).statistic
    assert area(scores, came) == pytest.approx(u / (came.sum() * (~came).sum()))
    alarms, hits = roc(scores, came)
    assert (np.diff(alarms) >= 0).all()
    assert (np.diff(hits) >= 0).all()
    assert (alarms[-1], hits[-1]) == (1.0, 1.0)


def test_precision_counts_ties_in_proportion() -> None:
    assert precision_at([3, 2, 1], [True, False, True], 1) == 1.0
    assert precision_at([3, 2, 1], [True, False, True], 2) == 0.5
    assert precision_at([1, 1, 1, 1], [True, False, False, False], 2) == 0.25
    assert precision_at([1, 2], [True, True], 10) == 1.0
    assert np.isnan(precision_at([], [], 3))


def test_brier_of_the_base_rate() -> None:
    """p (1 - p) when everybody gets the base rate."""
    came = np.arange(100) < 5
    assert brier(np.full(100, 0.05), came) == pytest.approx(0.05 * 0.95)
    assert brier(came.astype(float), came) == 0.0


def test_the_logistic_recovers_what_made_the_events() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(5.0, 2.0, 20_000)
    came = rng.random(20_000) < 1.0 / (1.0 + np.exp(-(-6.0 + 0.8 * x)))
    fitted = Logistic.fit(x, came)
    assert fitted.slope == pytest.approx(0.8, abs=0.06)
    assert fitted.base == pytest.approx(-6.0, abs=0.35)
    assert fitted.chance(x).mean() == pytest.approx(came.mean(), abs=0.005)


def test_the_logistic_stays_finite_where_a_score_separates_or_says_nothing() -> None:
    came = np.arange(40) >= 35
    for scores in (np.arange(40.0), np.zeros(40)):
        chances = Logistic.fit(scores, came).chance(scores)
        assert np.isfinite(chances).all()
        assert ((chances > 0.0) & (chances < 1.0)).all()


def test_the_base_of_published_log_odds_is_fitted_and_no_slope() -> None:
    """As many expected as came, in the order that the weights give."""
    scores = np.linspace(-1.0, 2.0, 300)
    came = np.arange(300) % 20 == 0
    fitted = Logistic.based(scores, came)
    assert fitted.slope == 1.0
    assert fitted.chance(scores).sum() == pytest.approx(came.sum(), abs=1.0)
    assert 0.0 < Logistic.based(scores, np.zeros(300, dtype=bool)).chance(scores).mean() < 0.01


def test_the_structural_model_has_the_published_ratios() -> None:
    """Early Warning Project 2025: 1.58 where there was a mass killing before, 2.59 for all discriminated against."""
    assert np.exp(log_odds({"risk:past_atrocities": 1.0})) == pytest.approx(1.58)
    assert np.exp(log_odds({"risk:exclusionary_ideology": 1.0})) == pytest.approx(2.59)
    assert log_odds({}) == 0.0
