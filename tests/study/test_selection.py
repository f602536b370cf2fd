"""Choosing among options: published cases, and the probability of being right that the procedures promise."""

from __future__ import annotations

import numpy as np
import pytest

from sim.study.selection import kn, ocba, probability_correct


def test_ocba_gives_the_shares_of_the_textbook() -> None:
    """Chen and Lee, Stochastic Simulation Optimization (2010), p. 49: an additional budget of 50."""
    found = ocba(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([1.0, 1.0, 9.0, 9.0, 4.0]), 50)
    assert found.sum() == 50
    assert found.tolist() == [11, 9, 19, 9, 2]


def test_ocba_holds_the_ratios_of_its_theorem() -> None:
    """Chen et al. 2000, theorem 1: N_i / N_j = (s_i / d_i)^2 / (s_j / d_j)^2, N_b = s_b sqrt(sum N_i^2 / s_i^2)."""
    means, var = np.array([5.0, 1.0, 2.0, 7.0]), np.array([4.0, 2.0, 3.0, 8.0])
    found = ocba(means, var, 10_000_000) / 1.0
    gap = means - 1.0
    assert found[0] / found[2] == pytest.approx((var[0] / gap[0] ** 2) / (var[2] / gap[2] ** 2), rel=1e-4)
    others = [0, 2, 3]
    assert found[1] == pytest.approx(np.sqrt(var[1] * (found[others] ** 2 / var[others]).sum()), rel=1e-4)


def test_ocba_spends_the_budget_whatever_it_is_given() -> None:
    for means, var in (([1.0, 1.0, 1.0], [1.0, 1.0, 1.0]), ([0.0, 1.0], [0.0, 0.0]), ([3.0], [1.0])):
        assert ocba(np.array(means), np.array(var), 17).sum() == 17


def followed(rng: np.random.Generator, means: list[float], correlation: float, first: int = 10) -> tuple[str, int]:
    """The option that KN chooses from normal options of unit variance, and the observations it took."""
    shared = rng.standard_normal(6000)
    samples = {
        str(i): mean + np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * rng.standard_normal(6000)
        for i, mean in enumerate(means)
    }
    found = kn(samples, first, 1.0 / np.sqrt(first), 0.95)
    assert found.decided
    return found.still_in[0], len(means) * first + sum(n - first for n in (*found.dropped.values(), found.looked_at))


@pytest.mark.parametrize("correlation", [0.0, 0.5])
@pytest.mark.parametrize("options", [2, 5])
def test_kn_chooses_the_best_as_often_as_it_promises(options: int, correlation: float) -> None:
    """Kim and Nelson 2001, slippage configuration: the best is better by the indifference 1/sqrt(n0), n0 = 10.

    300 repetitions; with a true probability of 0.95, fewer than 0.915 would come out in less than 1 % of tests.
    """
    rng = np.random.default_rng(7)
    means = [0.0] + [1.0 / np.sqrt(10.0)] * (options - 1)
    chosen = [followed(rng, means, correlation) for _ in range(300)]
    assert np.mean([name == "0" for name, _ in chosen]) >= 0.915


def test_kn_needs_fewer_observations_with_common_random_numbers_and_when_means_lie_apart() -> None:
    rng = np.random.default_rng(3)
    gap = 1.0 / np.sqrt(10.0)

    def effort(means: list[float], correlation: float) -> float:
        return float(np.mean([followed(rng, means, correlation)[1] for _ in range(60)]))

    slippage = effort([0.0, gap, gap, gap], 0.0)
    assert effort([0.0, gap, gap, gap], 0.7) < 0.6 * slippage
    assert effort([0.0, gap, 2 * gap, 3 * gap], 0.0) < slippage


def test_kn_says_when_observations_run_out() -> None:
    rng = np.random.default_rng(1)
    found = kn({name: rng.standard_normal(12) for name in "ab"}, 10, 0.01, 0.95)
    assert not found.decided
    assert found.still_in == ("a", "b")
    assert found.looked_at == 12


def test_the_bound_of_being_right_is_a_lower_bound() -> None:
    rng = np.random.default_rng(5)
    means, var, counts = np.array([0.0, 0.3, 0.5]), np.array([1.0, 2.0, 1.0]), np.array([40, 40, 40])
    drawn = means + rng.standard_normal((20_000, 3)) * np.sqrt(var / counts)
    right = np.mean(drawn.argmin(axis=1) == 0)
    bound = probability_correct(means, var, counts)
    assert bound <= right + 0.01
    assert bound > right - 0.08
