"""The chain against what is known of it: each fact of the evidence as a claim about a distribution.

Sixty runs, each with its own draw of every number of `eu_2012` and its own luck; quantiles of sixty runs move by a few
days, which is what the tolerances allow for.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from sim.actors.bodies import Case
from tests.actors.crises import between, chains, creeping, headquarters, process, quiet, sudden


def quantiles(days: list[int]) -> tuple[float, float, float]:
    assert len(days) >= 10, "too few runs came so far: this test looks at nothing"
    low, middle, high = np.quantile(days, [0.05, 0.5, 0.95])
    return float(low), float(middle), float(high)


def test_the_union_plans_for_two_months_and_the_alliance_for_two_weeks() -> None:
    """Libya 2011: the Alliance made four plans in two weeks, the Union one in two months (Task Force report)."""
    union = between(chains("eu_force", sudden, eager=True), "mandate", "plan")
    alliance = between(chains("nato_force", sudden, eager=True), "mandate", "plan")
    low, middle, high = quantiles(union)
    assert 50 <= middle <= 70
    assert low < 60 < high
    low, middle, high = quantiles(alliance)
    assert 10 <= middle <= 18
    assert low < 14 < high


def test_a_framework_nation_is_there_a_week_after_the_mandate() -> None:
    """Artemis 2003: resolution 1484 on 30 May, first troops on 6 June."""
    low, middle, high = quantiles(between(chains("national", sudden, eager=True), "mandate", "arrival"))
    assert low <= 7 <= high
    assert 5 <= middle <= 10


def test_a_force_of_the_union_takes_two_to_four_months_from_the_mandate() -> None:
    """Chad, Central African Republic: 60 to 120 days; the middle half of runs lies there, and the tails go beyond."""
    days = between(chains("eu_force", sudden, eager=True), "mandate", "arrival")
    middle_half = np.quantile(days, [0.25, 0.75])
    assert 60 <= middle_half[0] <= middle_half[1] <= 140
    assert 60 <= np.median(days) <= 120


def test_a_mission_of_the_united_nations_needs_ten_months_to_full_strength() -> None:
    """Mean over ten months to the peak, twelve in Africa: first arrival, and the ramp of the shipped mission."""
    from sim.interventions.registry import load_policy
    from sim.scenario import read_theatre

    mission = load_policy("un_mission", read_theatre("sahra")).steps[0].instrument
    low, middle, high = quantiles(between(chains("un_mission", sudden, days=500), "decision", "arrival"))
    assert 270 <= middle + mission.ramp <= 365  # type: ignore[attr-defined]
    assert low + mission.ramp < 305 < high + mission.ramp  # type: ignore[attr-defined]


def test_sanctions_can_come_within_days_when_the_killing_is_in_the_news() -> None:
    """Libya 2011: names listed 2 days after resolution 1970, 13 days after the first shots (15 to 28 February)."""
    found = chains("targeted_sanctions", sudden, runs=80)
    low, _, high = quantiles(between(found, "decision", "arrival"))
    assert low <= 2 <= high
    from_start = [one.days["arrival"] - 60 for one in found if "arrival" in one.days]
    assert np.quantile(from_start, 0.05) <= 13 + 7, "the week is the step in which sources report"
    assert np.median(from_start) < 60


def test_trade_preferences_are_suspended_more_than_a_year_after_the_killing() -> None:
    """Sri Lanka: killings to May 2009, preferences suspended in August 2010."""
    found = chains("trade_preferences", sudden, runs=24, days=1000, eager=True)
    days = [one.days["arrival"] - one.days["sign"] for one in found if "arrival" in one.days]
    assert len(days) >= 10
    assert np.quantile(days, 0.05) > 365


def test_a_battlegroup_never_sent_in_n_occasions_is_rarely_and_not_never_wanted() -> None:
    """Beta(1, n + 1) over draws of n in 3..7 around 4: wanted in about one crisis of six, blocked in most of those."""
    wanted = 0
    for n in range(500):
        one = process("eu_2012", n)
        fac = headquarters(one, [], n).bodies["fac"]
        wanted += fac.wanted(one.path("battlegroup"), Case("here", 1.0, 1.0, 1.0, 0.0))
    chance = binomtest(wanted, 500).proportion_ci(0.99)
    assert chance.low < 1 / 6.5 < chance.high
    sent = sum("arrival" in one.days for one in chains("battlegroup", sudden))
    assert sent <= 10


def test_nothing_is_sent_where_nothing_happens() -> None:
    """No civilian is killed: no warning is accepted, whatever was drawn."""
    assert not [one for one in chains("targeted_sanctions", quiet) if "acceptance" in one.days]


def test_what_creeps_is_accepted_later_than_what_breaks_out() -> None:
    """Current crises crowd out emerging ones, and a weak signal is refused: the report's complaint."""
    sudden_days = between(chains("targeted_sanctions", sudden), "sign", "acceptance")
    creeping_runs = chains("targeted_sanctions", creeping)
    assert len(between(creeping_runs, "sign", "acceptance")) < len(sudden_days)
    assert np.median(between(creeping_runs, "sign", "acceptance")) > np.median(sudden_days) + 30


@pytest.mark.parametrize("path", ["targeted_sanctions", "eu_force", "un_mission", "mediation", "national"])
def test_stages_come_in_their_order(path: str) -> None:
    """Nothing is decided before it was believed, planned before it was mandated, or sent before there was a force."""
    order = (
        "sign", "warning", "acceptance", "agenda", "concept", "decision", "mandate", "plan", "force", "arrival",
        "effect",
    )  # fmt: skip
    for one in chains(path, sudden):
        days = [one.days[stage] for stage in order if stage in one.days]
        assert days == sorted(days)
        assert ("arrival" in one.days) == (one.rests == "")
        assert bool(one.rests) == bool(one.why)


def test_all_reforms_together_bring_help_sooner_and_oftener() -> None:
    """Not a fact but what the reforms are for: a creeping crisis, the same luck, before and after all six."""
    reformed = "+".join(f"reform_{n}" for n in range(1, 7))
    for path in ("eu_force", "mediation"):
        before, after = chains(path, creeping), chains(path, creeping, name=reformed)
        arrived = [sum("arrival" in one.days for one in found) for found in (before, after)]
        assert arrived[1] > arrived[0]
        believed = [np.median([one.days.get("acceptance", 365) for one in found]) for found in (before, after)]
        assert believed[1] < believed[0]
