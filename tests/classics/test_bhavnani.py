"""Norms within a group: what holds in every run, and two of the paper's findings on a few."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.classics.bhavnani import RANGES, Inputs, norm, taking_part
from sim.ground.draw import run_key

CALM = Inputs(error=0.0)


def test_defaults_lie_within_their_ranges() -> None:
    for name, (low, high) in RANGES.items():
        assert low <= getattr(Inputs(), name) <= high


@pytest.mark.parametrize("seed", range(4))
def test_without_punishment_everybody_does_as_he_likes(seed: int) -> None:
    """The share who take part is the share who prefer to, from the first period to the last."""
    course = taking_part(replace(CALM, punishment=0.0, extremists=0.3), run_key(seed, 0, 0), 50)
    assert np.ptp(course) == 0.0
    assert 0.15 < course[0] < 0.45  # binomial, n = 100: 3.3 standard errors around 0.3


@pytest.mark.parametrize(("entrepreneur", "share"), [(1e6, 1.0), (-1e6, 0.0)])
def test_an_almighty_entrepreneur_has_his_way(entrepreneur: float, share: float) -> None:
    course = taking_part(replace(CALM, entrepreneur=entrepreneur), run_key(1, 0, 0), 100)
    assert course[-1] == share


def test_quarters_do_not_meet() -> None:
    """With one member a quarter everybody meets only himself, and punishment confirms what he does."""
    course = taking_part(replace(CALM, quarters=100, punishment=50.0), run_key(1, 0, 0), 50)
    assert np.ptp(course) == 0.0


def test_norms_need_strong_punishment() -> None:
    """Findings 3 and 2: none of ten groups has a norm under weak punishment, all but a few under strong."""
    weak, strong = (
        [norm(Inputs(punishment=punishment), run_key(9, 0, seed)) for seed in range(10)] for punishment in (0.5, 2.5)
    )
    assert not any(weak)
    assert sum(map(abs, strong)) >= 7
