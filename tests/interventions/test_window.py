"""Inside its window an instrument acts; before, after and without a dose it leaves every bit as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.model import Model, simulate
from sim.interventions.base import NONE, Decision, Policy
from sim.interventions.families.force import Force
from sim.interventions.registry import load_policy, read_policy
from sim.scenario import read_theatre
from tests.interventions.cases import (
    ARRIVES,
    CASES,
    DAYS,
    DECIDED,
    ENDS,
    LASTS,
    NOTHING,
    POLICIES,
    SEED,
    at_fixed_days,
    emptied,
    nothing_done,
    one,
    raw_policy,
    sahra,
    same_outcomes,
    story,
    tell,
    with_instruments,
    without_announcement,
)  # fmt: skip

EVERY = pytest.mark.parametrize("name", list(POLICIES))
FORCES = [name for name, policy in POLICIES.items() if any(isinstance(s.instrument, Force) for s in policy.steps)]

PROMISES = [name for name, policy in POLICIES.items() if any(s.instrument.is_promise for s in policy.steps)]
FORESEEN = {"deterrence", "elite_cost"}


def test_nothing_done_twice_is_the_same() -> None:
    assert tell(NONE).whole == nothing_done().whole
    assert len(set(nothing_done().arrays)) == DAYS, "a world that stands still would pass every test below"


@EVERY
def test_the_same_policy_twice_is_the_same(name: str) -> None:
    assert tell(POLICIES[name]).whole == story(name).whole


@EVERY
def test_nothing_moves_before_it_is_decided(name: str) -> None:
    """Memory of institutions included: the policy is in nobody's mind either."""
    assert story(name).whole[: DECIDED + 1] == nothing_done().whole[: DECIDED + 1]


@EVERY
def test_no_array_moves_before_the_first_effect_without_announcement(name: str) -> None:
    told = tell(with_instruments(POLICIES[name], without_announcement), ARRIVES + 1)
    assert told.arrays == nothing_done().arrays[: ARRIVES + 1]
    assert not any(told.levers[:ARRIVES])


@EVERY
def test_levers_move_in_the_window_and_only_there(name: str) -> None:
    told = story(name)
    assert told.first_moved() == (DECIDED if name in PROMISES else ARRIVES)
    assert all(names <= FORESEEN for names in told.levers[:ARRIVES]), "what is not there yet can only be reckoned with"
    assert all(told.levers[ARRIVES:ENDS])
    assert not any(told.levers[ENDS:])


@EVERY
def test_what_was_lifted_is_lifted_from_the_places_too(name: str) -> None:
    places = story(name).model.world.places
    assert np.array_equal(places.access, places.base_access)
    assert (places.border == 1.0).all()
    for column in (places.escort, places.relief, places.hardship_added):
        assert not column.any()


@pytest.mark.parametrize("name", FORCES)
def test_a_force_comes_and_goes(name: str) -> None:
    people = story(name).people
    assert not any(people[:ARRIVES])
    assert all(people[ARRIVES:ENDS])
    assert not any(people[ENDS:])


def test_a_force_driven_from_its_place_goes_home_too() -> None:
    def drive_out(model: Model) -> None:
        units = model.world.units
        sent = model.setting.index.actors.index("expedition_1")
        if model.world.day == ENDS - 5:
            elsewhere = model.setting.index.places.index("Merrow")
            units.place[(units.actor == sent) & (units.strength > 0)] = elsewhere

    told = tell(one("force"), meddle=drive_out)
    assert told.people[ENDS - 1] > 0
    assert not any(told.people[ENDS:])


def test_small_parties_of_a_force_are_not_disbanded() -> None:
    """Thirty people over three weeks and three places: parties of one."""
    told = tell(one("force", size=30, ramp_days=21, places=["Port Duma", "Ambele", "Lower Tessa"]), ENDS)
    lost = int(told.model.world.actors.killed[told.model.setting.index.actors.index("expedition_1")])
    assert told.people[ENDS - 1] + lost == 30


@pytest.mark.parametrize("family", list(CASES))
def test_no_dose_is_no_policy(family: str) -> None:
    """Written in the file as zero."""
    told = tell(one(family, **NOTHING[family]))
    assert told.arrays == nothing_done().arrays
    assert same_outcomes(told.result.outcomes, nothing_done().result.outcomes)


@EVERY
def test_an_emptied_policy_is_no_policy(name: str) -> None:
    told = tell(with_instruments(POLICIES[name], emptied))
    assert told.arrays == nothing_done().arrays
    assert same_outcomes(told.result.outcomes, nothing_done().result.outcomes)


def test_a_dose_is_not_nothing() -> None:
    """The two tests above would pass on an engine that hears no policy."""
    for family in ("force", "targeted_sanctions", "arms_embargo", "border_closure", "relief"):
        assert story(family).arrays[-1] != nothing_done().arrays[-1], family


@EVERY
def test_thirty_days_later_is_thirty_days_later(name: str) -> None:
    later = tell(POLICIES[name].delayed(30))
    assert later.first_moved() == story(name).first_moved() + 30
    first = [next((day for day, n in enumerate(told.people) if n), None) for told in (story(name), later)]
    assert first == ([ARRIVES, ARRIVES + 30] if name in FORCES else [None, None])
    assert later.whole[: DECIDED + 31] == nothing_done().whole[: DECIDED + 31]


def test_delays_add_up_and_the_file_is_left_alone() -> None:
    policy = one("force")
    assert policy.delayed(30) == policy.delayed(10).delayed(20)
    assert policy.delayed(0) == policy
    assert policy.steps[0].decision.delay == 0


def test_a_lead_time_is_drawn_once_a_run_within_its_range() -> None:
    days = {"value": 6, "low": 2, "high": 20, "source": "chosen for a test", "grade": "assumption"}
    policy = read_policy(raw_policy({**CASES["relief"], "lead_days": days}), sahra())
    first = [tell(policy, 40, seed=seed).first_moved() - DECIDED for seed in range(1, 13)]
    assert all(2 <= day <= 20 for day in first)
    assert len(set(first)) > 2
    assert tell(policy, 40, seed=1).first_moved() - DECIDED == first[0]


def _decided(policy: Policy, day: int) -> Policy:
    return with_instruments(policy, lambda made: made, Decision(day))


def test_what_was_decided_before_the_start_is_there_on_the_first_morning() -> None:
    """A force whose arrival lies before the start stands at full size from the first day, and leaves on its own day."""
    told = tell(_decided(one("force"), -15), 25)
    assert told.people[0] == 600
    assert told.people[19] > 0
    assert not any(told.people[20:]), "decided on day -15, there from -10, for 30 days"
    assert told.result.outcomes["euros_member_states"] == 20 * 600 * 590


def test_what_ended_before_the_start_is_nothing() -> None:
    told = tell(_decided(one("force"), -(LASTS + 6)), 20)
    assert told.arrays == nothing_done().arrays[:20]


@pytest.mark.parametrize(("stage", "there"), [("c_2013_09", False), ("d_2013_12", True)])
def test_a_date_before_a_later_start_has_come_true_by_then(stage: str, there: bool) -> None:
    """The battlegroup of the Central African theatre, decided on 1 November 2013, seen from two of its starts."""
    theatre = read_theatre("car_2013", stage)
    policy = load_policy("maro_battlegroup", theatre)
    assert policy.decided_on == "2013-11-01"
    told = tell(policy, 2, theatre=theatre)
    assert (told.people[0] == 1500) is there


def test_threads_and_calls_agree() -> None:
    policy = at_fixed_days(load_policy("preventive_deployment", sahra()))
    one_thread = simulate(sahra(), policy, seed=SEED, days=30)
    assert simulate(sahra(), policy, seed=SEED, days=30, threads=2).digest == one_thread.digest
    assert replace(policy) == policy
