"""Statistics of a comparison, against values worked out by hand."""

from __future__ import annotations

import json
import math
from typing import Any

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
        ranges.append((found.param_low, found.param_high))
    assert ranges[0] == ranges[1]
    assert ranges[0][0] < -180.0


def test_an_incomplete_last_draw_weighs_by_its_runs() -> None:
    keys = ((0, 0), (0, 1), (0, 2), (1, 0))
    found = outcomes.effect(
        Sample(keys, {"civilian_deaths": np.array([4.0, 4.0, 4.0, 8.0])}),
        Sample(keys, {"civilian_deaths": np.zeros(4)}), "civilian_deaths",
    )  # fmt: skip
    assert found.mean == 5.0


def test_runs_that_failed_on_one_side_are_left_out_of_the_pairs() -> None:
    policy = Sample(KEYS[1:], {"civilian_deaths": BASE[1:] - 7.0})
    found = outcomes.effect(policy, sample(BASE), "civilian_deaths")
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


def test_one_draw_has_no_range_over_parameters() -> None:
    found = outcomes.paired(np.array([-4.0, -2.0, -1.0, -1.0, -2.0, 6.0]), np.array([0, 0, 1, 1, 2, 2]))
    assert (found.mean, found.worse, found.draws, found.sign) == (pytest.approx(-2 / 3), 1, 3, 0)
    # Student's t with 2 degrees of freedom: 2.92
    half = 2.919986 * np.std([-3, -1, 2], ddof=1) / np.sqrt(3)
    assert found.mc_high - found.mean == pytest.approx(half, rel=1e-5)
    alone = outcomes.paired(np.array([5.0]), np.array([0]))
    assert math.isnan(alone.mc_low)
    assert math.isnan(alone.param_low)


def test_told_apart_needs_the_interval_and_the_draws() -> None:
    assert outcomes.effect(sample(BASE - 500 + wobble(5)), sample(BASE)).sign == -1
    assert outcomes.effect(sample(BASE + 500 + wobble(5)), sample(BASE)).sign == 1
    assert outcomes.effect(sample(BASE + wobble(30)), sample(BASE)).sign == 0
    few = -1000.0 * (np.repeat(np.arange(8), 4) < 5)  # a clear mean, made by five draws of eight
    assert outcomes.effect(sample(BASE + few), sample(BASE)).mc_high < 0
    assert outcomes.effect(sample(BASE + few), sample(BASE)).sign == 0
    nothing = outcomes.effect(Sample((), {}), sample(BASE))
    assert (nothing.draws, nothing.sign, nothing.harm) == (0, 0, "not known")


def saved(samples: dict[str, Sample], titles: dict[str, str] | None = None, **hindcast: float) -> dict[str, Any]:
    return outcomes.lives_saved(samples, "none", titles or {}, hindcast or None)


def test_the_headline_is_the_fixed_sentence() -> None:
    told = saved({"none": sample(BASE), "good": sample(BASE - 1234 + wobble(100))}, {"good": "Police"})
    assert told["headline"] == told["sentence"] == (
        "In this model, under these assumptions, 1,200 fewer simulated civilians die under “Police” than under doing "
        "nothing (range: 1,100 to 1,300 fewer; structural range: not computed). No historical data observe this "
        "counterfactual; hindcast skill: not measured."
    )
    assert told["policies"]["good"]["mean"] == 1234.0
    assert told["policies"]["good"]["mc_low"] < 1234.0 < told["policies"]["good"]["mc_high"]


def test_the_headline_prints_no_order_between_policies_that_are_alike() -> None:
    samples = {
        "none": sample(BASE), "b": sample(BASE - 300 + wobble(50)), "a": sample(BASE - 310 - wobble(50)),
        "vague": sample(BASE - 250 + wobble(900)),
    }  # fmt: skip
    told = saved(samples)
    assert told["lead"] == ["a", "b"]
    alike = "about 300 fewer simulated civilians die under “a” or “b”, which the model cannot tell apart,"
    assert alike in told["headline"]
    assert "The model cannot tell “a” and “b” from “vague”. No historical data" in told["headline"]
    far = saved({**samples, "a": sample(BASE - 700 + wobble(900)), "b": sample(BASE - 300)})
    assert far["lead"] == ["b"]
    apart = saved({**samples, "a": sample(BASE - 700)})
    assert apart["lead"] == ["a"]


def test_what_was_done_is_a_reference_unless_it_stands_alone() -> None:
    both = {"none": sample(BASE), "factual_rule": sample(BASE - 900), "x": sample(BASE - 400)}
    told = saved(both)
    assert (told["options"], told["lead"]) == (["x"], ["x"])
    assert set(told["policies"]) == {"factual_rule", "x"}
    alone = saved({name: both[name] for name in ("none", "factual_rule")})
    assert alone["lead"] == ["factual_rule"]
    turned = outcomes.lives_saved(both, "factual_rule", {"factual_rule": "What was done"}, None)
    assert turned["options"] == ["x"]
    assert "500 more simulated civilians die under “x” than under “What was done”" in turned["headline"]


def test_without_a_difference_no_number_is_claimed() -> None:
    unclear = saved({"none": sample(BASE), "x": sample(BASE + wobble(50)), "y": sample(BASE + wobble(60))})
    assert "no option can be told apart from doing nothing" in unclear["headline"]
    worse = saved({"none": sample(BASE), "x": sample(BASE + 50)})
    assert "no option saves lives: 50 more simulated civilians die under “x” than" in worse["headline"]
    assert "there is no option to compare with doing nothing" in saved({"none": sample(BASE)})["headline"]


def test_skill_below_a_simple_forecast_is_said_before_any_number() -> None:
    samples = {"none": sample(BASE), "good": sample(BASE - 500)}
    rivals = {"crps_flat": 0.59, "crps_last12": 0.57, "crps_persistence": 0.54}
    losing = saved(samples, crps=0.7, **rivals)
    assert losing["headline"] == f"{losing['warning']} {losing['sentence']}"
    assert losing["warning"].startswith("In the hindcast this model does worse than a simple forecast")
    assert "below the best simple forecast (CRPS 0.70 against 0.54; lower is better)" in losing["headline"]
    winning = saved(samples, crps=0.5, **rivals)
    assert winning["headline"].startswith("In this model")
    assert winning["warning"] == ""


def test_the_finding_is_three_lines() -> None:
    told = saved({"none": sample(BASE), "good": sample(BASE - 500 + wobble(9))}, {"good": "Police"})
    card = {"title": "Police", "decided_on": {"date": "2013-01-02"}, "euros_by_payer": {"eu": 4.2e7}}
    rows = [{"delay_days": d, "saved_mean": s, "mc_low": s - 9, "mc_high": s + 9} for d, s in ((0, 500), (30, 100))]
    summary = {
        "lives_saved": told, "policies": {"none": {"title": "None"}, "good": card}, "baseline": "none",
        "timing": {"good": rows}, "hindcast": None, "assumption_share": 0.62,
    }  # fmt: skip
    assert outcomes.finding(summary) == [
        told["headline"],
        "By when, at what cost: “Police”, decided on 2013-01-02 (EU EUR 42 million): more than half of the effect is "
        "gone when it is decided 30 days later.",
        "How far to trust it: This model has not been scored against data here. Nothing shows that its numbers can be "
        "believed for this theatre; read them as the consequences of stated assumptions. 62 % of its numbers are "
        "assumptions.",
    ]
    scored = {**summary, "hindcast": {"sentence": "Scored well."}, "lives_saved": {**told, "lead": []}}
    assert outcomes.finding(scored)[1:] == [
        "By when, at what cost: no option is told apart from doing nothing as saving lives, so no deadline follows; "
        "the report says what each needs and costs.",
        "How far to trust it: Scored well. 62 % of its numbers are assumptions.",
    ]


def test_many_policies_that_are_alike_are_one_group() -> None:
    """Sixty that cannot be told apart: without a pivot the search would visit every subset of them."""
    names = [f"p{n}" for n in range(60)]
    near = {name: set(names) for name in names}
    assert outcomes._cliques(set(), set(names), set(), near) == [set(names)]
    near["p0"] -= {"p1"}
    near["p1"] -= {"p0"}
    found = outcomes._cliques(set(), set(names), set(), near)
    assert sorted(map(sorted, found)) == sorted(sorted(set(names) - {gone}) for gone in ("p0", "p1"))
