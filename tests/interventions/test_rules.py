"""Rules of a policy: when its steps begin, are lifted, follow one another, climb, are called off; and never before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.actors.decider import Foresight, OutsideBody
from sim.engine.model import Model, simulate
from sim.ground.check import BadInput
from sim.ground.draw import run_key
from sim.interventions.base import NEVER, Policy, Threshold
from sim.interventions.registry import examine, load_policy, read_policy
from sim.scenario import read_theatre
from sim.study.branch import Run
from sim.study.chain import check
from sim.world.report import PublicReport
from tests.interventions.cases import CASES, SEED, Story, nothing_done, raw_policy, sahra, tell

DAYS = 160
LOUD = 8  # a seed under which there is much to react to
NEWS = {"reported_deaths": 5, "within_days": 30}


def policy(*blocks: dict[str, Any], decided: dict[str, Any] | None = None, **keys: Any) -> Policy:
    """Relief, named a, b, c, ... in the order given, each with the keys of its block; lead 5, to the end."""
    named = [{**CASES["relief"], "name": "abcdef"[n], **block} for n, block in enumerate(blocks)]
    return read_policy({**raw_policy(*named, decided=decided, duration=None), **keys}, sahra())


def body_of(told: Story) -> dict[str, Any]:
    found: dict[str, Any] = told.model.policy_desk.file["body"]
    return found


def begun(told: Story) -> dict[int, int]:
    return {int(n): day for n, day in body_of(told)["begun"].items()}


def lifted(told: Story) -> dict[int, int]:
    return {int(n): day for n, day in body_of(told)["lifted"].items()}


# ---- what has been reported, counted by hand


def report(*rows: tuple[int, int], today: int) -> PublicReport:
    """`rows` = (day on which it was reported, deaths)."""
    days, deaths = (np.array([row[k] for row in rows], dtype=np.int64) for k in (0, 1))
    return PublicReport(today, deaths, days, np.zeros(len(rows), dtype=np.int64))


def first(told: PublicReport, rule: Threshold, gate: int = 0, since: int = 0, fresh: bool = True) -> int:
    step = replace(policy({}).steps[0], decision=replace(policy({}).steps[0].decision, day=None, when=rule))
    return Foresight(told, since, ("North",), [step]).first(rule, gate, fresh)


def by_hand(told: PublicReport, rule: Threshold, gate: int, until: int) -> int:
    """The same, day by day."""
    running = 0
    for day in range(gate, until):
        known = (told.days <= day) & (told.days > day - rule.within_days)
        holds = (told.deaths[known].sum() < rule.deaths) == rule.below
        running = running + 1 if holds else 0
        if running >= rule.for_days:
            return day
    return NEVER


@pytest.mark.parametrize("seed", range(40))
def test_the_day_on_which_a_threshold_holds_is_the_one_counted_by_hand(seed: int) -> None:
    """If nothing more is reported: what it says of the future is part of what keeps quiet days quiet."""
    dice = np.random.default_rng(seed)
    today = int(dice.integers(5, 80))
    told = report(*((int(d), int(n)) for d, n in zip(dice.integers(-20, today + 1, 12), dice.integers(1, 30, 12),
                                                     strict=True)), today=today)  # fmt: skip
    rule = Threshold(
        int(dice.integers(1, 80)), int(dice.integers(1, 60)), below=bool(seed % 2), for_days=int(dice.integers(1, 20))
    )
    gate = int(dice.integers(0, today + 90))
    assert first(told, rule, gate) == by_hand(told, rule, gate, today + 400)


def test_a_threshold_counts_one_prefecture_when_it_names_one() -> None:
    told = PublicReport(9, np.array([10, 10]), np.array([3, 6]), np.array([1, 0]))
    rule = Threshold(10, 30, "North")
    step = policy({}).steps[0]
    seen = Foresight(told, 0, ("North", "South"), [replace(step, decision=replace(step.decision, when=rule))])
    assert seen.first(rule, 0, fresh=True) == 6


# ---- sequence


def test_a_step_follows_another_by_what_became_of_it() -> None:
    lasts = {"duration_days": 20}
    told = tell(policy(
        {**lasts}, {"decided_on": {"after": "a"}}, {"decided_on": {"after": "a", "is": "in_force", "days": 3}},
        {"decided_on": {"after": "a", "is": "ended", "days": 2}}, decided={"day": 10},
    ), 60)  # fmt: skip
    assert begun(told) == {0: 10, 1: 10, 2: 10 + 5 + 3, 3: 10 + 5 + 20 + 2}


def test_a_force_is_complete_when_everybody_is_there() -> None:
    force = {**CASES["force"], "name": "a", "ramp_days": 12}
    raw = raw_policy(force, {**CASES["relief"], "name": "b", "decided_on": {"after": "a", "is": "complete"}}, lead=5,
                     duration=None)  # fmt: skip
    assert begun(tell(read_policy(raw, sahra()), 40)) == {0: 10, 1: 10 + 5 + 12}


def test_what_does_not_begin_is_followed_by_nothing() -> None:
    never = {"when": {"reported_deaths": 10_000_000}}
    told = tell(policy({"decided_on": never}, {"decided_on": {"after": "a"}}), DAYS)
    assert begun(told) == {}
    assert told.arrays == nothing_done(200).arrays[:DAYS]


def test_delay_moves_the_first_step_and_those_that_follow_it_once() -> None:
    chain = policy({}, {"decided_on": {"after": "a", "days": 7}}, decided={"day": 10})
    assert begun(tell(chain.delayed(30), 60)) == {0: 40, 1: 47}


def test_two_policies_keep_their_own_sequences() -> None:
    one = policy({}, {"decided_on": {"after": "a", "days": 4}}, decided={"day": 3})
    other = policy({}, {"decided_on": {"after": "a", "days": 9}}, decided={"day": 5}, name="other")
    assert begun(tell(one.combined(other), 30)) == {0: 3, 1: 7, 2: 5, 3: 14}


# ---- conditions, ladders, thresholds with hysteresis


def test_a_condition_is_waited_for() -> None:
    plain = begun(tell(policy({}, decided={"when": NEWS}), DAYS))
    waits = begun(tell(policy({"decided_on": {"day": 2, "if": NEWS}}), DAYS))
    assert plain[0] > 2
    assert waits == plain


def test_a_ladder_climbs_while_the_condition_persists() -> None:
    always = {"reported_deaths": 1, "within_days": 3660}
    rungs: dict[str, Any] = {"every_days": 12, "while": always, "steps": list("abc")}
    told = begun(tell(policy({}, {}, {}, decided={"when": NEWS}, ladder=rungs), DAYS))
    assert told == {0: told[0], 1: told[0] + 12, 2: told[0] + 24}
    calm = {**rungs, "while": {"reported_deaths": 10_000_000}}
    assert set(begun(tell(policy({}, {}, {}, decided={"when": NEWS}, ladder=calm), DAYS))) == {0}


def flicker(above: int, below: int, **more: Any) -> Policy:
    return policy({
        "decided_on": {"when": {"reported_deaths": above, "within_days": 20}}, "again": True, "lead_days": {
            "value": 0, "low": 0, "high": 0, "source": "chosen for a test", "grade": "assumption"},
        "lifted_on": {"when": {"reported_deaths_below": below, "within_days": 20, **more}},
    })  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_hysteresis_by_hand(seed: int) -> None:
    """Begun at 12 or more reported in 20 days, lifted after 5 mornings below 6, begun again: each day checked, though
    the body is asked on those days only on which it wants to be."""
    dice = np.random.default_rng(seed)
    rows = sorted((int(day), int(dice.integers(1, 9))) for day in dice.integers(0, 400, 45))
    body = Model(sahra(), flicker(12, 6, for_days=5), None, run_key(SEED, 0, 0)).body
    on, calm, expected, acts, looked = False, 0, [], [], 0
    due = 0
    for day in range(400):
        count = sum(deaths for when, deaths in rows if day - 20 < when <= day)
        calm = calm + 1 if on and count < 6 else 0
        if on and calm >= 5:
            on = False
        elif not on and count >= 12:
            on, calm = True, 0
        expected.append(on)
        news = any(when == day for when, _ in rows)
        assert body.looks(day, news) == (day >= due or (news and body.waits_for_reports()))
        if body.looks(day, news):
            looked += 1
            body.decide(report(*(row for row in rows if row[0] <= day), today=day))
        due = body.next_look(day)
        acts.append("0" in body.mind["begun"] and "0" not in body.mind["lifted"])
    assert acts == expected
    assert len(set(acts)) == 2, "nothing happened: take another seed"
    assert looked < 100


# ---- lifting


def test_what_is_lifted_stops_on_that_day_and_costs_nothing_more() -> None:
    told = tell(policy({"lifted_on": {"day": 40}, "cost": 365.0}, decided={"day": 10}), 80)
    acts = ["relief" in names for names in told.levers]
    assert [day for day, act in enumerate(acts) if act] == list(range(15, 40))
    assert told.result.outcomes["euros_un"] == 25 * 1.0


def test_a_lifted_force_goes_home() -> None:
    raw = raw_policy({**CASES["force"], "lifted_on": {"day": 30}}, duration=None)
    told = tell(read_policy(raw, sahra()), 50)
    assert all(told.people[15:30])
    assert not any(told.people[30:])


def test_the_first_of_several_exits_lifts() -> None:
    rules = [{"day": 90}, {"when": {"reported_deaths_below": 10_000, "for_days": 10}}]
    assert lifted(tell(policy({"lifted_on": rules}, decided={"day": 10}), 60)) == {0: 19}, "ten mornings: 10 to 19"


def test_a_threat_called_off_before_its_day_moves_nothing_but_what_is_expected() -> None:
    """A bluff: heard of from the decision to the day on which it is called off, and nobody comes."""
    raw = raw_policy({**CASES["force"], "name": "a", "lifted_on": {"after": "a", "days": 3}}, lead=8)
    told = tell(read_policy(raw, sahra()), 40)
    assert (begun(told), lifted(told)) == ({0: 10}, {0: 13})
    assert [day for day, names in enumerate(told.levers) if names] == [10, 11, 12]
    assert not any(told.people)
    assert told.result.outcomes.get("euros_member_states", 0.0) == 0.0


def test_hand_over_leaves_no_gap() -> None:
    first_force = {**CASES["force"], "name": "a", "lifted_on": {"after": "b", "is": "complete"}}
    second = {**CASES["force"], "name": "b", "decided_on": {"after": "a", "is": "in_force", "days": 5}, "ramp_days": 6}
    told = tell(read_policy(raw_policy(first_force, second, duration=None), sahra()), 60)
    assert lifted(told) == {0: 20 + 5 + 6}
    assert all(people >= 590 for people in told.people[20:34]), "until contributors have had enough"


# ---- events and warnings


def test_a_mass_incident_is_known_when_it_is_reported() -> None:
    told = tell(policy({}, decided={"event": "mass_incident", "deaths": 4}), 250)
    seen = told.model.policy_desk.public_report()
    assert begun(told) == {0: int(seen.days[(seen.deaths >= 4) & (seen.days >= 0)].min())}


def test_the_fall_of_the_capital_is_noticed_on_the_first_morning_of_a_week() -> None:
    def falls(model: Model) -> None:
        if model.world.day == 24:
            control = model.world.actors.control
            control[model.setting.capital] = 0.0
            control[model.setting.capital, model.setting.index.actors.index("coalition")] = 1.0

    wait = policy({}, {"decided_on": {"event": "capital_falls", "days": 3}}, decided={"event": "capital_falls"})
    assert begun(tell(wait, 40, meddle=falls)) == {0: 28, 1: 31}
    assert begun(tell(wait, 20)) == {}


@pytest.mark.parametrize(("event", "mind"), [("power_seized", ("in_power", 3)), ("truce", ("truces", {"0 3": 0.8}))])
def test_what_happened_before_the_first_look_is_no_news(event: str, mind: tuple[str, Any]) -> None:
    def happens(day: int) -> Any:
        def meddle(model: Model) -> None:
            if model.world.day == day:
                model.world.minds[mind[0]] = mind[1]

        return meddle

    wait = policy({}, decided={"event": event})
    assert begun(tell(wait, 40, meddle=happens(16))) == {0: 21}
    assert begun(tell(wait, 40, meddle=happens(0))) == {}


def test_a_level_of_warning_needs_somebody_who_warns() -> None:
    wait = policy({}, decided={"warning": 3})
    seen = simulate(sahra(), wait, seed=SEED, days=250, decision="eu_2012").chain[0].days
    low = simulate(sahra(), policy({}, decided={"warning": 0.1}), seed=SEED, days=250, decision="eu_2012").chain[0].days
    assert low.get("acceptance", 999) <= seen.get("acceptance", 999)
    with pytest.raises(BadInput, match="nobody warns"):
        check("instant", {"tried": wait})


def test_institutions_take_a_step_up_only_after_its_rule_came_true() -> None:
    """A rule that follows says when a step is put before them; with a far date they never see it."""
    late = policy({}, {"decided_on": {"after": "a", "is": "in_force", "days": 3000}}, decided={"day": 0})
    told = simulate(sahra(), late, seed=SEED, days=200, decision="reform_4").chain
    assert "decision" not in told[1].days


# ---- quiet days, branches, and nothing before


EVENTFUL = (
    "comprehensive", "ladder_of_response", "sanctions_on_and_off", "sanctions_first", "kenya_mediation", "au_then_un",
    "bluffed_threat", "conditional_aid", "early_elections",
)  # fmt: skip


@pytest.mark.parametrize("name", EVENTFUL)
def test_walking_over_quiet_days_is_the_same_as_stepping(name: str) -> None:
    key = run_key(LOUD, 0, 0)
    walked, stepped = (Model(sahra(), load_policy(name, sahra()), None, key) for _ in range(2))
    walked.walk(300)
    for _ in range(300):
        stepped.step()
    assert walked.world.digest() == stepped.world.digest()
    body = [dict(model.policy_desk.file["body"]) for model in (walked, stepped)]
    assert body[0] == body[1]
    assert body[0]["begun"], "nothing was begun: take another seed"
    assert walked.policy_desk.file["euros"] == stepped.policy_desk.file["euros"]


@pytest.mark.parametrize("name", ["comprehensive", "ladder_of_response", "sanctions_on_and_off"])
def test_a_branch_goes_on_as_the_trunk_would(name: str) -> None:
    trunk = Run(sahra(), load_policy(name, sahra()), None, run_key(SEED, 0, 0), 150)
    trunk.advance(75)
    branch = trunk.fork()
    for run in (trunk, branch):
        run.advance(75)
    assert branch.result().digest == trunk.result().digest
    assert branch.model.policy_desk.file["body"] == trunk.model.policy_desk.file["body"]


@pytest.mark.parametrize("name", EVENTFUL)
def test_nothing_moves_before_the_first_step_is_decided(name: str) -> None:
    told = tell(load_policy(name, sahra()), 120)
    days = begun(told).values()
    start = min(days) if days else 120
    assert told.whole[: start + 1] == nothing_done(200).whole[: min(start + 1, 120)]


def test_the_body_is_asked_only_when_something_may_come_of_it() -> None:
    model = Model(sahra(), policy({}, decided={"day": 50}), None, run_key(SEED, 0, 0))
    asked: list[int] = []
    decide = OutsideBody.decide
    model.body.decide = lambda report: asked.append(report.day) or decide(model.body, report)  # type: ignore[method-assign,func-returns-value]
    model.walk(100)
    assert asked == [0, 50]


# ---- what is refused


def refused(*blocks: dict[str, Any], **keys: Any) -> str:
    named = [{**CASES["relief"], "name": "abcdef"[n], **block} for n, block in enumerate(blocks)]
    _, problems = examine({**raw_policy(*named, duration=None), **keys}, sahra())
    return "\n".join(map(str, problems))


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        ([{"decided_on": {"after": "b"}}, {"decided_on": {"after": "a"}}], "can never begin"),
        ([{"decided_on": {"after": "a"}}], "can never begin"),
        ([{}, {"decided_on": {"after": "a", "is": "ended"}}], "can never begin"),
        ([{"decided_on": {"after": "aa"}}], "did you mean 'a'"),
        ([{"name": "x"}, {"name": "x"}, {"decided_on": {"after": "x"}}], "2 instruments are named"),
        ([{"decided_on": {"day": 20}, "lifted_on": {"day": 20}}], "lifted before it begins"),
        ([{"decided_on": {"after": "b", "is": "soon"}}, {}], "is is 'soon'"),
        ([{"decided_on": {"event": "peace"}}], "event is 'peace'"),
        ([{"decided_on": {"event": "mass_incident"}}], "'deaths' is missing"),
        ([{"decided_on": {"warning": 11}}], "warning is 11"),
        ([{"decided_on": {"day": 3, "days": 4}}], "unknown key 'days'"),
        ([{"decided_on": {"when": NEWS, "if": {"deaths": 3}}}], "'reported_deaths' is missing"),
        ([{"again": True}], "nothing lifts it"),
        ([{"again": True, "lifted_on": {"event": "truce"}}], "comes once"),
        ([{"again": True, "decided_on": {"when": NEWS}, "lifted_on": {"when": {
            "reported_deaths_below": 9, "within_days": 30}}}], "holds while what begins it holds"),
        ([{"lifted_on": {"after": "b", "is": "ended"}}, {}], "can never come true"),
    ],
)  # fmt: skip
def test_a_sequence_that_cannot_be_is_refused_in_words(blocks: list[dict[str, Any]], says: str) -> None:
    assert says in refused(*blocks)


@pytest.mark.parametrize(
    ("ladder", "says"),
    [
        ({"every_days": 30, "steps": ["a"]}, "two or more rungs"),
        ({"every_days": 30, "steps": ["a", "a"]}, "each once"),
        ({"every_days": 30, "steps": ["a", "z"]}, "no instrument is named 'z'"),
        ({"steps": ["a", "b"]}, "'every_days'"),
    ],
)  # fmt: skip
def test_a_ladder_that_cannot_be_is_refused_in_words(ladder: dict[str, Any], says: str) -> None:
    assert says in refused({}, {}, ladder=ladder)


def test_a_rung_has_one_rule() -> None:
    ladder = {"every_days": 9, "steps": ["a", "b"]}
    assert "a decided_on of its own" in refused({"decided_on": {"day": 3}}, {}, ladder=ladder)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    wrong = {"people_covered": -1, "colour": 3}, {"decided_on": {"day": 1, "event": "truce"}}, {"places": ["Rome"]}
    told = refused(*wrong)
    assert all(says in told for says in ("people_covered is -1", "'colour'", "2 ways to decide", "no place 'Rome'"))


def test_consent_that_is_needed_and_missing_is_refused() -> None:
    block = {"instrument": "mediation_facilitation", "consent": "none"}
    raw = {"name": "tried", "title": "A test", "instruments": [block]}
    assert "needs the consent of the host" in str(examine(raw, sahra())[1][0])
    raw["instruments"] = [{**block, "consent": "host"}]
    found, problems = examine(raw, sahra())
    assert not problems
    assert found is not None
    assert "consent" in found.steps[0].needs


def test_the_roles_stand_for_organisations_and_places_of_every_theatre() -> None:
    for name in ("sahra", "car_2013"):
        theatre = read_theatre(name)
        raw = raw_policy({**CASES["mediation"], "parties": ["state", "rebels"]},
                         {**CASES["relief"], "places": ["capital", "large_towns"]})  # fmt: skip
        talks, food = (step.instrument for step in read_policy(raw, theatre).steps)
        kinds = {theatre.actors[n].kind for n in talks.parties}  # type: ignore[attr-defined]
        assert kinds <= {"state", "guard", "police", "rebel", "foreign_rebel"}
        assert {"state", "rebel"} <= kinds
        assert len(food.places) == 6  # type: ignore[attr-defined]
