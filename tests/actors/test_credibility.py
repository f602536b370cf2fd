"""Promises kept and broken are remembered, a bluff costs, and double standards teach those who are spared."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sim.actors.credibility import MEMORY, Promise, Records
from sim.engine.model import Model
from sim.ground.draw import run_key
from sim.ground.parameters import resolve
from sim.interventions.base import NONE
from sim.interventions.registry import read_policy
from sim.scenario import read_theatre
from sim.world.levers import Levers, horizon
from sim.world.report import field_report
from sim.world.world import MASS, RESTRAIN

PAR = resolve({})["Credibility"]
NOBODY = np.zeros(3)


def records() -> Records:
    return Records({}, PAR, 3)


def believed(one: Records, elsewhere: float | None = 0.4) -> float:
    return float(one.belief("eu", elsewhere).mean())


def weeks(one: Records, first: int, last: int, *promises: Promise, guilty: object = NOBODY) -> Records:
    """Weekly meetings on days first..last at which these promises stand."""
    for day in range(first, last + 1, 7):
        one.learn(day, 7, promises, guilty)
    return one


def test_who_has_promised_nothing_is_believed_as_conduct_elsewhere_says() -> None:
    one = weeks(records(), 0, 70)
    assert one.is_empty
    assert believed(one) == pytest.approx(0.4)
    assert believed(one, None) == pytest.approx(PAR.word_at_first)


def test_a_promise_kept_raises_belief_and_one_dropped_costs_more() -> None:
    kept = weeks(records(), 0, 28, Promise(0, "eu", 20))
    dropped = weeks(weeks(records(), 0, 14, Promise(0, "eu", 20)), 21, 28)
    assert believed(kept) > 0.4 > believed(dropped)
    assert 0.4 - believed(dropped) > 0.0
    assert dropped.minds[MEMORY]["counts"]["eu"][1][0] > 1.0
    assert believed(weeks(records(), 0, 14, Promise(0, "eu", 20))) == pytest.approx(0.4), "nothing is shown yet"


def test_a_promise_is_judged_once() -> None:
    once = weeks(records(), 0, 28, Promise(0, "eu", 20))
    again = weeks(records(), 0, 28, Promise(0, "eu", 20))
    for day in range(35, 70, 7):
        again.learn(day, 0, [Promise(0, "eu", 20)], NOBODY)
    assert believed(again) == pytest.approx(believed(once))


def test_each_delay_beyond_grace_counts_as_broken() -> None:
    late = records()
    for day, promised in ((0, 20), (7, 20), (14, 60), (21, 60), (28, 100)):
        late.learn(day, 7, [Promise(0, "eu", promised)], NOBODY)
    broken = late.minds[MEMORY]["counts"]["eu"][1][0]
    assert broken == pytest.approx(2 * PAR.bluff_counts, rel=0.05)
    slipped = records()
    for day, promised in ((0, 20), (7, 20 + int(PAR.grace_days) - 1)):
        slipped.learn(day, 7, [Promise(0, "eu", promised)], NOBODY)
    assert believed(slipped) == pytest.approx(0.4)


def test_bluffs_of_one_sender_say_nothing_of_another() -> None:
    one = weeks(weeks(records(), 0, 7, Promise(0, "eu", 20)), 14, 21)
    assert float(one.belief("un", 0.4).mean()) == pytest.approx(0.4)


def test_half_a_record_is_forgotten_in_its_half_life() -> None:
    one = weeks(weeks(records(), 0, 7, Promise(0, "eu", 20)), 14, 14)
    before = one.minds[MEMORY]["counts"]["eu"][1][0]
    one.learn(21, int(PAR.record_half_life), [], NOBODY)
    assert one.minds[MEMORY]["counts"]["eu"][1][0] == pytest.approx(before / 2)


def test_who_is_spared_while_others_are_punished_stops_believing() -> None:
    guilty = np.array([1.0, 1.0, 0.0])
    one = weeks(records(), 0, 364, Promise(0, "eu", -7, against=(0,)), guilty=guilty)
    belief = one.belief("eu", 0.4)
    assert belief[1] < belief[0]
    assert belief[0] == pytest.approx(belief[2])
    even = weeks(records(), 0, 364, Promise(0, "eu", -7, against=(0, 1)), guilty=guilty)
    assert np.ptp(even.belief("eu", 0.4)) == pytest.approx(0.0)


def test_memory_is_plain_and_can_be_carried_on() -> None:
    one = weeks(records(), 0, 14, Promise(0, "eu", 20))
    copy = Records(json.loads(json.dumps(one.minds)), PAR, 3)
    weeks(one, 21, 28)
    weeks(copy, 21, 28)
    assert one.minds == copy.minds


def pull_of_mass_killing(deterrence: float, arrival: float) -> float:
    """How much more mass killing is worth to the army of the fictional country than restraint."""
    model = Model(read_theatre("sahra"), NONE, None, run_key(1, 0, 0))
    model.walk(8)
    field = field_report(model.world, model.setting.capital, model.setting.people)
    leader = model.leaders[0]
    levers = Levers.at_rest(len(model.setting.index.places), len(model.setting.index.actors))
    levers.deterrence[leader.number, horizon(arrival)] = deterrence
    worth = leader.utilities(field, levers)
    return worth[MASS] - worth[RESTRAIN]


def test_a_credible_force_that_is_near_deters_and_one_that_comes_too_late_hastens() -> None:
    """The same announcement, by when it arrives: before the leaders could finish, or long after."""
    nothing = pull_of_mass_killing(0.0, 1.0)
    assert pull_of_mass_killing(0.5, 1.0) < nothing < pull_of_mass_killing(0.5, 300.0)
    assert pull_of_mass_killing(0.1, 1.0) > pull_of_mass_killing(0.5, 1.0), "less belief, less deterrence"


def test_after_a_bluff_the_next_announcement_is_believed_less_in_a_run() -> None:
    """The same force announced on day 70, after another of its sender was announced on day 0: it came, or did not."""
    came, bluffed = (announced_on_day_70(kept) for kept in (True, False))
    assert (bluffed.records.belief("member_states", 0.4) < 0.4).all()
    assert (came.records.belief("member_states", 0.4) > 0.4).all()
    soon = horizon(6)
    told = bluffed.levers.deterrence[:, soon] > 0.0
    assert told.any()
    assert (bluffed.levers.deterrence[told, soon] < came.levers.deterrence[told, soon]).all()


def announced_on_day_70(kept: bool) -> Model:
    raw = {
        "instrument": "force", "force": "battlegroup", "size": 1500, "places": ["capital"], "posture": "protect",
        "cost_per_person_day_eur": 590, "payer": "member_states", "ramp_days": 5, "credibility": 0.4,
    }  # fmt: skip
    lead = {"value": 14, "low": 14, "high": 14, "source": "test", "grade": "assumption"}
    policy = read_policy(
        {
            "name": "two", "title": "two", "decided_on": {"day": 0},
            "instruments": [
                {**raw, "name": "first", "lead_days": lead, "duration_days": 20},
                {**raw, "name": "second", "lead_days": lead, "decided_on": {"day": 70}},
            ],
        },
        read_theatre("sahra"),
    )  # fmt: skip
    model = Model(read_theatre("sahra"), policy, None, run_key(1, 0, 0))
    model.walk(7)
    if not kept:  # its date is put off for ever, and nobody comes
        model.policy_desk.file["body"]["begun"]["0"] = 100_000
    model.walk(78)
    return model
