"""Granovetter's thresholds: exact results of the paper, all of them fast enough for every run of the tests."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.replications import granovetter as replication
from sim.classics.granovetter import crowd, equilibrium, rioters


def test_the_paper_is_reproduced() -> None:
    """Each claim carries its tolerance and the reason for it (experiments/replications/granovetter.py)."""
    claims = replication.claims()
    assert len(claims) == 5
    assert [claim.name for claim in claims if not claim.reproduced] == []


@pytest.mark.parametrize("seed", range(5))
def test_the_end_is_the_least_fixed_point(seed: int) -> None:
    """Nobody who takes part has a threshold above the number of rioters; nobody else has one at or below it."""
    thresholds = np.random.default_rng(seed).normal(30.0, 15.0, 200)
    course = rioters(thresholds)
    assert course == sorted(set(course))
    assert (thresholds <= course[-1]).sum() == course[-1]
    assert all((thresholds <= fewer).sum() > fewer for fewer in range(course[-1]))


def test_a_large_even_crowd_is_the_endless_one() -> None:
    """100,000 people at even quantiles end within a tenth of a percent of the recursion."""
    for sd in (8.0, 11.0, 13.0, 40.0):
        end = rioters(crowd(100_000, 25_000.0, 1000.0 * sd))[-1] / 1000.0
        assert end == pytest.approx(equilibrium(25.0, sd), abs=0.1)
