"""Scores and rivals against their definitions, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim.study.displacement.folder import read_benchmark
from sim.study.displacement.rivals import rescaled, rivals
from sim.study.displacement.scoring import covered, crps, relative_difference, scaled_error
from tests.study.displacement.folders import PUBLISHED, TWO_RIVERS, needs_published

# targets of the benchmark, as published with the yardstick: averaged relative differences of the unfitted rules
PUBLISHED_RULES = {
    "mali2012": {"gravity": 0.429, "nearest_3": 0.418, "equal": 1.075, "flat_share": 0.398},
    "burundi2015": {"gravity": 0.389, "nearest_3": 0.402, "equal": 0.749, "flat_share": 0.363},
    "car2013": {"gravity": 0.849, "nearest_3": 1.037, "equal": 0.784, "flat_share": 0.918},
    "syria2013": {"gravity": 0.328, "nearest_3": 0.361, "equal": 0.487, "flat_share": 0.613},
    "nigeria2022_adm2": {"gravity": 0.591, "nearest_3": 0.493, "equal": 0.534, "flat_share": 0.008},
}


def test_relative_difference_is_the_mean_of_daily_sums_over_the_daily_total() -> None:
    observed = np.array([[0.0, 0.0], [10.0, 30.0], [50.0, 50.0]])
    simulated = np.array([[5.0, 5.0], [20.0, 20.0], [50.0, 50.0]])
    assert relative_difference(simulated, observed) == pytest.approx((20.0 / 40.0 + 0.0) / 2.0)
    assert relative_difference(simulated, observed, first_day=2) == 0.0
    assert np.isnan(relative_difference(simulated, np.zeros((3, 2))))


def test_crps_of_one_run_is_the_relative_difference_and_spread_lowers_it() -> None:
    observed = np.array([[10.0, 30.0], [50.0, 50.0]])
    one = np.array([[20.0, 20.0], [40.0, 60.0]])
    other = 2.0 * observed - one  # errs as much to the other side
    assert crps(one[None], observed) == pytest.approx(relative_difference(one, observed))
    assert crps(np.stack([one, other]), observed) == pytest.approx(relative_difference(one, observed) / 2.0)


def test_coverage_counts_camp_days_with_people_in_camps() -> None:
    observed = np.array([[0.0, 0.0], [1.0, 9.0]])
    runs = np.array([[[0.0, 0.0], [0.0, 5.0]], [[0.0, 0.0], [2.0, 6.0]]])
    assert covered(runs, observed) == 0.5


def test_scaled_error_is_the_ratio_to_the_naive_forecast() -> None:
    observed = np.array([[0.0], [10.0], [20.0]])
    assert scaled_error(observed + 1.0, observed - 4.0, observed, 1) == pytest.approx(0.25)
    assert scaled_error(observed + 1.0, observed, observed, 1) is None


def test_rescaling_keeps_proportions_and_leaves_empty_days_empty() -> None:
    found = rescaled(np.array([[0.0, 0.0], [1.0, 3.0]]), np.array([7.0, 8.0]))
    assert found.tolist() == [[0.0, 0.0], [2.0, 6.0]]


def test_rules_by_hand() -> None:
    """Day 1 of Two Rivers: only Aron (20,000) is in conflict, the border to Cira is shut and so is Southcamp."""
    conflict, observed = read_benchmark(TWO_RIVERS, TWO_RIVERS)
    found = rivals(conflict, observed)
    new = observed.total[1] - observed.total[0]
    for name in ("gravity", "nearest_3", "nearest_1"):
        assert found[name][1].tolist() == pytest.approx(observed.people[0] + [new, 0.0, 0.0])
    # Day 25: Aron and Belt; by road Aron is 200, 180 and 200 km from the camps, Belt 280, 260 and 120.
    gravity = np.array([2e4 / 200 + 5e4 / 280, 2e4 / 180 + 5e4 / 260, 2e4 / 200 + 5e4 / 120])
    new = observed.total[25] - observed.total[24]
    arrived = found["gravity"][25] - found["gravity"][24]
    assert arrived == pytest.approx(new * gravity / gravity.sum())
    assert found["equal"][25] == pytest.approx(np.full(3, observed.total[25] / 3.0))
    assert found["flat_share"][50] == pytest.approx(observed.people[30] / observed.total[30] * observed.total[50])
    assert found["persistence"][50] == pytest.approx(observed.people[30])


def test_the_nearest_camp_takes_all_of_a_zone() -> None:
    conflict, observed = read_benchmark(TWO_RIVERS, TWO_RIVERS)
    found = rivals(conflict, observed)["nearest_1"]
    arrived = (found[25] - found[24]) / (observed.total[25] - observed.total[24])
    assert arrived == pytest.approx([0.0, 2.0 / 7.0, 5.0 / 7.0])


@needs_published
@pytest.mark.parametrize("name", PUBLISHED_RULES)
def test_the_rules_reproduce_the_published_table(name: str) -> None:
    """Tolerance 0.005: the yardstick itself reproduces the table to 0.004, and the table is rounded."""
    conflict, observed = read_benchmark(PUBLISHED / name, PUBLISHED / name)
    found = rivals(conflict, observed)
    for rule, wanted in PUBLISHED_RULES[name].items():
        first = 30 if rule == "flat_share" else 0
        assert relative_difference(found[rule], observed.people, first) == pytest.approx(wanted, abs=0.005), rule
