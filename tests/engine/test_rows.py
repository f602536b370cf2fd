"""How many people a row stands for is a matter of speed: results agree within Monte Carlo error."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from sim.engine.model import simulate
from sim.interventions.base import NONE
from tests.engine.cases import sahra

RUNS, DAYS = 24, 90
OUTCOMES = ("civilian_deaths", "indirect_deaths", "displaced_peak")


@cache
def sample(people_per_row: int, first_seed: int) -> dict[str, np.ndarray]:
    runs = [simulate(sahra(people_per_row), NONE, seed=first_seed + n, days=DAYS).outcomes for n in range(RUNS)]
    return {name: np.log1p([one[name] for one in runs]) for name in OUTCOMES}


@pytest.mark.validate
@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("people_per_row", [10, 100])
def test_rows_of_one_ten_and_a_hundred_agree(people_per_row: int, outcome: str) -> None:
    """Means of log(1 + outcome), other seeds: within 4 standard errors of the difference (one in 16,000)."""
    fine, coarse = sample(1, 100)[outcome], sample(people_per_row, 500)[outcome]
    error = math.sqrt((fine.var(ddof=1) + coarse.var(ddof=1)) / RUNS)
    assert abs(fine.mean() - coarse.mean()) < 4 * error
    assert error < 0.5, "so few runs would agree with anything"
