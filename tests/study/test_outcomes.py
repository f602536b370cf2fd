"""Statistics of a comparison, against values worked out by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from sim.study import outcomes
from sim.study.outcomes import Sample

KEYS = tuple((draw, replicate) for draw in range(8) for replicate in range(4))


def sample(deaths: object, **more: object) -> Sample:
    values = {"civilian_deaths": deaths, **more}
    return Sample(KEYS, {name: np.asarray(v, dtype=np.float64) for name, v in values.items()})


BASE = 1000.0 + 100.0 * np.arange(32)


def test_an_effect_is_paired_and_keeps_its_two_uncertainties_apart() -> None:
    by_draw = np.repeat([-80.0, -90.0, -100.0, -110.0, -120.0, -130.0, -140.0, -150.0], 4)
    noise = np.tile([-3.0, 3.0, -1.0, 1.0], 8)
    found = outcomes.effect(sample(BASE + by_draw + noise), sample(BASE), "civilian_deaths")
    assert found is not None
    assert found.mean == pytest.approx(-115.0)
    # standard error of 8 draw means with spacing 10, and t(7) at 95 % = 1.894579 (any t table)
    half = 1.894579 * math.sqrt(600.0 / 8.0)
    assert found.mc_low == pytest.approx(-115.0 - half, rel=1e-5)
    assert found.mc_high == pytest.approx(-115.0 + half, rel=1e-5)
    assert found.param_low == pytest.approx(np.quantile(np.arange(-150.0, -79.0, 10.0), 0.05))
    assert found.told_apart


def test_more_replicates_do_not_shrink_the_parameter_range() -> None:
    effects = np.array([-10.0, -200.0])
    keys = [tuple((draw, r) for draw in range(2) for r in range(n)) for n in (2, 50)]
    ranges = []
    for some in keys:
        base = np.zeros(len(some))
        policy = np.array([effects[draw] for draw, _ in some])
        found = outcomes.effect(
            Sample(some, {"civilian_deaths": policy}),
            Sample(some, {"civilian_deaths": base}),
            "civilian_deaths",
        )
        assert found is not None
        ranges.append((found.param_low, found.param_high))
    assert ranges[0] == ranges[1]
    assert ranges[0][0] < -180.0


def test_an_incomplete_last_draw_weighs_by_its_runs() -> None:
    keys = ((0, 0), (0, 1), (0, 2), (1, 0))
    found = outcomes.effect(
        Sample(keys, {"civilian_deaths": np.array([4.0, 4.0, 4.0, 8.0])}),
        Sample(keys, {"civilian_deaths": np.zeros(4)}), "civilian_deaths",
    )  # fmt: skip
    assert found is not None
    assert found.mean == 5.0


def test_runs_that_failed_on_one_side_are_left_out_of_the_pairs() -> None:
    policy = Sample(KEYS[1:], {"civilian_deaths": BASE[1:] - 7.0})
    found = outcomes.effect(policy, sample(BASE), "civilian_deaths")
    assert found is not None
    assert found.mean == pytest.approx(-7.0)


def test_days_that_never_come_are_absent_and_json_has_no_nan() -> None:
    days = np.where(np.arange(32) % 4 == 0, np.nan, 12.0)
    told = outcomes.distribution(days)
    assert told == {"mean": 12.0, "median": 12.0, "q05": 12.0, "q95": 12.0, "defined": 0.75}
    never = outcomes.distribution(np.full(3, np.nan))
    assert never == {"mean": None, "median": None, "q05": None, "q95": None, "defined": 0.0}
    gone = outcomes.difference(
        sample(BASE, onset_day=days), sample(BASE, onset_day=days + np.nan), "onset_day"
    )
    assert set(gone) == {"mean", "mc_low", "mc_high", "param_low", "param_high", "q05", "q50", "q95"}
    assert set(gone.values()) == {None}
    one = outcomes.difference(
        Sample(((0, 0),), {"x": np.ones(1)}), Sample(((0, 0),), {"x": np.zeros(1)}), "x"
    )  # one run has a mean and no interval
    assert (one["mean"], one["mc_low"], one["mc_high"]) == (1.0, None, None)
    json.dumps([told, never, gone, one], allow_nan=False)


def test_quantile_differences_are_those_of_the_marginals_not_of_the_pairs() -> None:
    told = outcomes.difference(sample(BASE[::-1]), sample(BASE), "civilian_deaths")
    assert (told["mean"], told["q05"], told["q50"], told["q95"]) == (0.0, 0.0, 0.0, 0.0)


def test_harm_is_counted_in_draws_not_in_runs() -> None:
    shift = np.zeros(32)
    shift[:4] = [-1.0, -1.0, -1.0, 9.0]  # one bad run makes this draw's mean effect harmful
    shift[4:8] = [1.0, 1.0, 1.0, -9.0]  # three bad runs, and the mean effect is good
    assert outcomes.share_harmful(sample(BASE + shift), sample(BASE)) == 1 / 8


def test_pairing_is_reported_as_the_correlation_of_the_pairs() -> None:
    assert outcomes.correlation(sample(BASE + 5), sample(BASE), "civilian_deaths") == pytest.approx(1.0)
    assert outcomes.correlation(sample(BASE[::-1]), sample(BASE), "civilian_deaths") == pytest.approx(-1.0)
    assert outcomes.correlation(sample(BASE * 0), sample(BASE), "civilian_deaths") is None


def wobble(size: float) -> np.ndarray:
    return size * np.repeat([1.0, -1.0] * 4, 4)


def test_policies_that_cannot_be_told_apart_are_grouped_and_the_groups_may_overlap() -> None:
    samples = {
        "none": sample(BASE),
        "same": sample(BASE + wobble(30)),
        "better": sample(BASE - 300 + wobble(5)),
        "as_good": sample(BASE - 301 - wobble(5)),
    }
    assert outcomes.indistinguishable(samples) == [["none", "same"], ["better", "as_good"]]
    chain = {"a": sample(BASE), "b": sample(BASE - 8 + wobble(20)), "c": sample(BASE - 16)}
    assert outcomes.indistinguishable(chain) == [["a", "b"], ["b", "c"]]


def test_the_headline_is_the_fixed_sentence() -> None:
    told = outcomes.lives_saved(
        {"none": sample(BASE), "good": sample(BASE - 1234 + wobble(100))}, "none",
        {"none": "nothing", "good": "a police mission"}, None,
    )  # fmt: skip
    assert told["headline"] == (
        "In this model, under these assumptions, 1,200 fewer simulated civilians die under a police mission "
        "than under nothing (range of lives saved: 1,100 to 1,300; structural range: not estimated, "
        "one model structure). "
        "No historical data observe this counterfactual; hindcast skill: not scored, this "
        "theatre has no observed data."
    )
    assert told["policies"]["good"]["mean"] == 1234.0
    assert told["policies"]["good"]["mc_low"] < 1234.0 < told["policies"]["good"]["mc_high"]


def test_the_headline_prints_no_order_between_policies_that_are_alike() -> None:
    samples = {
        "none": sample(BASE), "a": sample(BASE - 300 + wobble(50)), "b": sample(BASE - 310 - wobble(50)),
        "vague": sample(BASE - 250 + wobble(900)),
    }  # fmt: skip
    headline = outcomes.lives_saved(samples, "none", {}, None)["headline"]
    assert "300 to 310 fewer simulated civilians die than under none with a and b" in headline
    assert "which the model cannot tell apart" in headline
    assert "The model cannot tell a and b from vague." in headline


def test_without_a_difference_no_number_is_claimed() -> None:
    told = outcomes.lives_saved({"none": sample(BASE), "x": sample(BASE + wobble(50))}, "none", {}, None)
    assert "no option can be told apart from none" in told["headline"]
    assert "cannot be told apart" in told["policies"]["x"]["sentence"]
    worse = outcomes.lives_saved({"none": sample(BASE), "x": sample(BASE + 50)}, "none", {}, None)
    assert "no option saves lives, and more die under x than under none" in worse["headline"]


def test_skill_below_a_simple_baseline_is_said_before_any_number() -> None:
    samples = {"none": sample(BASE), "good": sample(BASE - 500)}
    losing = {"crps": 0.7, "crps_flat": 0.59, "crps_last12": 0.57, "crps_persistence": 0.54}
    headline = outcomes.lives_saved(samples, "none", {}, losing)["headline"]
    assert headline.startswith("This model's hindcast skill is below that of a simple baseline.")
    assert "CRPS 0.70 against 0.54 of one-step persistence" in headline
    winning = outcomes.lives_saved(samples, "none", {}, {**losing, "crps": 0.5})["headline"]
    assert winning.startswith("In this model")
