"""Forces: data behind them, coming and going, losses, will, hand-over, command, consent."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import yaml

from sim.engine.deploy import whole_people
from sim.engine.model import Model, simulate
from sim.ground.check import BadInput
from sim.ground.draw import run_key
from sim.ground.paths import shipped
from sim.interventions.base import Policy
from sim.interventions.families.force import Force
from sim.interventions.families.force_approaches import MARO, RULES, WITHOUT_PRESENCE, Task
from sim.interventions.families.force_profiles import POSTED, approaches, completed, forces
from sim.interventions.registry import load_policy, read_policy, varied
from sim.scenario import Theatre, read_theatre
from sim.world.situation import Situation
from sim.world.world import MASS, RESTRAIN
from tests.interventions.cases import ARRIVES, ENDS, LASTS, SEED, nothing_done, raw_policy, sahra, tell

SAFE = ["Dalgo", "Torvane"]
LOUD = 6  # a run in which tens of thousands flee
NEEDS: dict[str, dict[str, Any]] = {"safe_areas": {"places": SAFE}, "partner_enabling": {"partner": "army"}}
FIVE = ("separation", "stabilisation", "prevention", "evacuation", "humanitarian")


def force(kind: str = "framework_operation", **changes: Any) -> dict[str, Any]:
    """An instrument of a policy file: a force that arrives at once."""
    step = {"instrument": "force", "name": "force", "force": kind, "size": 600, "ramp_days": 1, "interests": 1}
    return {**step, **changes}


def sent(*steps: dict[str, Any], **given: Any) -> Policy:
    """The policy that sends them, decided and arriving on the days of the battery."""
    return read_policy(raw_policy(*steps, **given), sahra())


def only(policy: Policy) -> Force:
    """Its first instrument."""
    made = policy.steps[0].instrument
    assert isinstance(made, Force)
    return made


# ---- data


def test_the_forces_of_the_catalogue_are_there() -> None:
    wanted = {
        "battlegroup", "battlegroup_maro", "gendarmerie", "police", "response_team", "framework_operation", "eu_force",
        "un_mission", "african_union", "nato_force", "air_patrols", "offshore_presence", "observers", "national",
    }  # fmt: skip
    assert wanted == set(forces())
    assert {*MARO, "corridor", "escort", *WITHOUT_PRESENCE} == set(RULES) == set(approaches())
    assert len(MARO) == 7


@pytest.mark.parametrize("kind", sorted(forces()))
def test_a_force_needs_no_more_than_its_name(kind: str) -> None:
    """Everything else comes from its file, within the ranges that stand there."""
    raw = {"instrument": "force", "force": kind, "places": ["capital"]}
    step = {"name": "t", "title": "t", "instruments": [raw]}
    made, numbers = only(read_policy(step, sahra())), forces()[kind].numbers
    assert made.size == numbers["size"].value
    assert made.lead.value == numbers["decide_days"].value + numbers["deploy_days"].value
    assert made.ramp == math.ceil(made.size / numbers["lift_per_day"].value)
    assert made.per_person_day == numbers["cost_per_person_day_eur"].value
    assert made.payer == forces()[kind].words["payer"]


@pytest.mark.parametrize("folder", ["force", "approach"])
def test_what_the_files_say_is_read(folder: str) -> None:
    """A key that no reader takes would be a promise; each file is tried in a policy, which refuses unknown keys."""
    for path in sorted((shipped("configs") / folder).glob("*.yaml")):
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        kind = {"air_patrol": "air_patrols", "offshore": "offshore_presence"}.get(path.stem, "un_mission")
        given = force(path.stem) if folder == "force" else force(kind, approach=path.stem, **NEEDS.get(path.stem, {}))
        full = completed({**given, "places": SAFE}, "here")
        unread = {key for key in raw if isinstance(raw[key], dict)} - set(full) - {"decide_days", "deploy_days"}
        assert unread <= {"standby", "gap_days"} | ({"lead_days"} if "lead_days" in given else set())
        assert only(sent({**given, "places": SAFE})).size == 600


def test_studies_draw_what_a_policy_leaves_out() -> None:
    policy = sent(force(approach="saturation"))
    drawn = [only(varied(policy, sahra(), n)) for n in (0, 1, 2)]
    assert drawn[0] == only(policy)
    assert len({made.roe for made in drawn}) == len({made.posture.mobile for made in drawn}) == 3


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"approach": "saturate"}, "did you mean 'saturation'"),
        ({"approach": "safe_areas"}, "every place is declared"),
        ({"approach": "partner_enabling"}, "partner: [organisation]"),
        ({"approach": "oil_spot", "partner": "army"}, "with partner"),
        ({"approach": "oil_spot", "actor": "regional_force"}, "not under the policy's command"),
        ({"places": ["capital"], "takes_over": "nobody"}, "takes_over is 'nobody'"),
        ({"approach": "oil_spot", "entry": "Atlantis"}, "no place 'Atlantis'"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_refused_before_the_first_day(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says.replace("[", r"\[")):
        Model(sahra(), sent(force(**changes)), None, run_key(SEED, 0, 0))


# ---- coming and staying


def test_a_gap_in_the_roster_costs_days() -> None:
    lead = {"value": 3, "low": 3, "high": 3, "source": "chosen for a test", "grade": "assumption"}
    for filled, delay in ((1, 0), (0, 20)):
        step = force(places=["capital"], lead_days=lead, standby=filled, gap_days=20)
        model = Model(sahra(), sent(step), None, run_key(SEED, 0, 0))
        assert model.policy_desk.leads == [3 + delay]


def test_a_policy_that_states_its_lead_time_has_no_roster() -> None:
    assert "standby" not in completed({**force(), "lead_days": {}}, "here")
    assert {"standby", "gap_days", "lead_days"} <= set(completed(force(), "here"))


def test_supplies_end_a_stay() -> None:
    bare = only(sent(force("battlegroup", places=["capital"], resupplied=False), duration=None))
    full = only(sent(force("battlegroup", places=["capital"]), duration=None))
    assert (bare.duration, full.duration) == (30, 120)
    assert only(sent(force("un_mission", places=["capital"]), duration=None)).duration is None


def test_it_arrives_in_pieces_as_its_lift_allows() -> None:
    told = tell(sent(force("framework_operation", places=["capital"], ramp_days=0, lift_per_day=100)), ARRIVES + 8)
    assert told.people[ARRIVES : ARRIVES + 7] == [100, 200, 300, 400, 500, 600, 600]


def _shoot(share: float, day: int, name: str = "expedition_1") -> Any:
    """Every unit of a force loses a share on a morning, as in a clash."""

    def meddle(model: Model) -> None:
        if model.world.day == day:
            units, a = model.world.units, model.setting.index.actors.index(name)
            for u in np.flatnonzero((units.actor == a) & (units.strength > 0)):
                dead = int(units.strength[u] * share)
                units.strength[u] -= dead
                model.world.actors.killed[a] += dead

    return meddle


def test_losses_are_not_sent_again() -> None:
    told = tell(sent(force(places=["capital"])), ARRIVES + 15, meddle=_shoot(0.5, ARRIVES + 2))
    assert told.people[ARRIVES + 1] == 600
    assert max(told.people[ARRIVES + 3 :]) <= 300


@pytest.mark.parametrize(("interests", "stays"), [(0, False), (1, True)])
def test_losses_beyond_its_will_take_a_force_home_unless_interests_hold_it(interests: float, stays: bool) -> None:
    """Half of the force lost is fifty times what is tolerated: a will so strong is drawn once in 10**21 runs."""
    step = force(places=["capital"], interests=interests, casualties_tolerated=0.01)
    told = tell(sent(step), ENDS, meddle=_shoot(0.5, ARRIVES + 2))
    assert (told.people[ARRIVES + 10] > 0) is stays
    paid = told.result.outcomes["euros_member_states"]
    assert (paid < 590 * 600 * LASTS) is not stays


def test_costs_beyond_its_will_do_the_same() -> None:
    told = tell(sent(force(places=["capital"], interests=0, cost_tolerated_eur=1000)), ENDS)
    assert told.people[ARRIVES] == 600
    assert told.people[ARRIVES + 8] == 0


def test_what_was_really_done_is_not_weighed() -> None:
    step = force(places=["capital"], interests=0, cost_tolerated_eur=1000)
    told = tell(sent(step, name="factual_test"), ENDS)
    assert all(told.people[ARRIVES:ENDS])


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_reinforced_force_keeps_its_own(share: float) -> None:
    """The regional mission is in three places; 600 join it, both lose alike, and the survivors of the 600 leave."""
    step = force("african_union", actor="regional_force", places=["Kessira", "Dalgo"])
    index = Model(sahra(), sent(step), None, run_key(SEED, 0, 0)).setting.index
    a = index.actors.index("regional_force")

    def count(model: Model) -> int:
        return int(model.world.units.strength[model.world.units.actor == a].sum())

    people = {}

    def meddle(model: Model) -> None:
        _shoot(share, ARRIVES + 2, "regional_force")(model)
        people[model.world.day] = count(model)

    tell(sent(step), ENDS + 2, meddle=meddle)
    own = people[ARRIVES]
    assert people[ARRIVES + 1] == own + 600
    gone = people[ENDS] - people[ENDS + 1]
    assert gone == pytest.approx(600 * people[ENDS] / (own + 600), abs=3), "they die as often as those beside them"
    assert people[ENDS + 1] == pytest.approx(own * people[ENDS] / (own + 600), abs=3)


# ---- hand-over


def _relay(second_lead: int) -> Policy:
    def lead(days: int) -> dict[str, Any]:
        return {"value": days, "low": days, "high": days, "source": "chosen for a test", "grade": "assumption"}

    first = force(name="first", places=["Dalgo"], lead_days=lead(5), duration_days=LASTS)
    second = force(
        "un_mission", name="second", places=["capital"], takes_over="first", size=900, ramp_days=9,
        lead_days=lead(second_lead), duration_days=60,
    )  # fmt: skip
    return sent(first, second)


def test_a_force_that_takes_over_keeps_the_people() -> None:
    """Re-hatting: on its first day the new force has the old one's people where they were, and the old one is gone."""
    told = tell(_relay(LASTS), ARRIVES + LASTS + 5)
    over = ARRIVES + LASTS - 5
    assert told.people[over - 1] == pytest.approx(600, abs=30)
    assert told.people[over] == pytest.approx(700, abs=30), "and the first of its own pieces of 100"
    assert told.people[over + 8] == pytest.approx(900, abs=30), "no more than its size"
    world, index = told.model.world, told.model.setting.index
    first, second = (index.actors.index(f"expedition_{n}") for n in (1, 2))
    assert not world.units.strength[world.units.actor == first].any()
    assert world.actors.strength[index.places.index("Dalgo"), second] > 0


def test_a_force_that_leaves_before_the_hand_over_leaves_a_gap() -> None:
    told = tell(_relay(LASTS + 15), ARRIVES + LASTS + 20)
    assert not any(told.people[ENDS : ENDS + 8])
    assert told.people[ENDS + 10] == 100


# ---- command: rules, by hand


def _view(**changes: Any) -> Situation:
    """Four places on a line, a day apart; two organisations, the first hostile to the second and blamed."""
    at = np.arange(4.0)
    near = np.abs(at[:, None] - at[None, :])
    hostile = np.array([[0.0, 1.0], [0.0, 0.0]])
    view = Situation(
        np.ones(4, dtype=bool), np.array([False, False, False, True]), np.array([4e4, 2e4, 1e4, 1e4]), np.zeros(4),
        np.zeros(4), np.array([[0.0, 300.0], [0.0, 0.0], [300.0, 0.0], [0.0, 0.0]]), np.array([1.0, 0.0]), hostile,
        near, near == 1.0,
    )  # fmt: skip
    return replace(view, **changes)


def _task(people: int, **changes: Any) -> Task:
    return replace(Task(people, 20.0, (0, 1, 2, 3), 0, (), np.ones(4), 3.0), **changes)


def test_saturation_goes_everywhere_by_population() -> None:
    assert RULES["saturation"](_view(), _task(800)).tolist() == [400, 200, 100, 100]


def test_an_oil_spot_holds_in_full_and_spreads_when_quiet() -> None:
    """40,000 people need 800: with 1,000 it goes on to the next place, unless the first is not quiet."""
    assert RULES["oil_spot"](_view(), _task(1000)).tolist() == [800, 200, 0, 0]
    burning = _view(killed=np.array([10.0, 0.0, 0.0, 0.0]))
    assert RULES["oil_spot"](burning, _task(1000)).tolist() == [1000, 0, 0, 0]
    assert RULES["oil_spot"](_view(), _task(500, entry=3)).tolist() == [0, 100, 200, 200]


def test_separation_stands_between_the_sides() -> None:
    """Sides in places 0 and 2: most stand between them or beside them, fewest behind."""
    placed = RULES["separation"](_view(), _task(1000))
    assert placed[:3].sum() > 0.8 * placed.sum()
    assert placed[3] == placed.min()


def test_safe_areas_stand_only_where_declared() -> None:
    crowded = _view(displaced=np.array([0.0, 0.0, 3e4, 0.0]))
    assert RULES["safe_areas"](crowded, _task(600, area=(1, 2))).tolist() == [0, 200, 400, 0]


def test_partner_enabling_stands_beside_the_partner() -> None:
    assert RULES["partner_enabling"](_view(), _task(50, partners=(1,))).tolist() == [50, 0, 0, 0]


def test_containment_stays_out_of_the_fire_and_stands_around_it() -> None:
    burning = _view(killed=np.array([0.0, 50.0, 0.0, 0.0]))
    assert RULES["containment"](burning, _task(600)).tolist() == [200, 0, 200, 200]


def test_defeat_goes_where_the_perpetrators_are_believed_to_be() -> None:
    assert RULES["defeat"](_view(), _task(900)).tolist() == [0, 0, 900, 0]
    assert RULES["defeat"](_view(blamed=np.zeros(2)), _task(900)).tolist() == [900, 0, 0, 0], "nobody blamed: it waits"


def test_closed_places_are_left_alone() -> None:
    for name in MARO:
        placed = RULES[name](_view(), _task(600, open=np.array([1.0, 0.0, 1.0, 1.0]), partners=(1,)))
        assert placed[1] == 0.0, name
        assert placed.sum() == pytest.approx(600)


def test_people_are_whole() -> None:
    assert whole_people(np.array([0.5, 0.25, 0.25]), 7).tolist() == [3, 2, 2]
    assert whole_people(np.zeros(3), 7).tolist() == [0, 0, 0]


# ---- command: in runs


def _commanded(approach: str, **changes: Any) -> Policy:
    kind = {"air_patrol": "air_patrols", "offshore": "offshore_presence"}.get(approach, "framework_operation")
    return sent(force(kind, **{"approach": approach, "size": 2000, **NEEDS.get(approach, {}), **changes}))


@pytest.mark.parametrize("approach", sorted(RULES))
def test_an_approach_leaves_no_trace_before_and_nothing_without_people(approach: str) -> None:
    none = tell(_commanded(approach, size=0), ARRIVES + 20)
    assert none.arrays == nothing_done().arrays[: ARRIVES + 20]
    told = tell(_commanded(approach, credibility=0.0), ARRIVES + 20)
    assert told.arrays[: ARRIVES + 1] == nothing_done().arrays[: ARRIVES + 1]
    if approach != "offshore":
        assert told.arrays != nothing_done().arrays[: ARRIVES + 20]


@pytest.mark.parametrize("approach", ["oil_spot", "defeat", "air_patrol"])
def test_days_one_by_one_and_at_once_are_the_same(approach: str) -> None:
    policy = _commanded(approach, ramp_days=9)
    assert simulate(sahra(), policy, seed=SEED, days=60).digest == tell(policy).model.world.digest()


@pytest.mark.parametrize("approach", sorted(RULES))
def test_nobody_is_lost_on_the_road_and_all_go_home(approach: str) -> None:
    told = tell(_commanded(approach), ENDS + 2)
    present = 0 if approach in WITHOUT_PRESENCE else 2000
    index, world = told.model.setting.index, told.model.world
    a = index.actors.index("expedition_1")
    assert told.people[ARRIVES] == present
    assert told.people[ENDS - 1] + int(world.actors.killed[a]) == present
    assert told.people[ENDS + 1] == 0
    assert not world.actors.air[:, a].any()
    assert not world.places.haven.any()


def test_newcomers_know_little_and_learn() -> None:
    told = {day: tell(_commanded("saturation"), ARRIVES + day).model for day in (2, 29)}
    knows = [float(m.world.actors.isr[m.setting.index.actors.index("expedition_1")]) for m in told.values()]
    assert knows[0] < 0.1 < knows[1] < forces()["framework_operation"].numbers["isr"].value


def test_better_intelligence_answers_more_attacks() -> None:
    """Stakeholder understanding is reach, where locals tell little."""

    def protected(isr: float) -> float:
        told = tell(_commanded("safe_areas", isr=isr, legitimacy=0.2), ARRIVES + 25)
        return float(told.model.world.cells.protection.sum())

    assert protected(0.9) > 1.1 * protected(0.0)


def test_mobile_people_answer_calls_from_the_places_around() -> None:
    def covered(mobile: float) -> np.ndarray:
        told = tell(_commanded("safe_areas", mobile=mobile, places=["Kessira"]), ARRIVES + 10)
        return told.model.world.cells.protection.mean(axis=1)

    index = tell(_commanded("safe_areas"), 1).model.setting.index
    home, near, far = (index.places.index(name) for name in ("Kessira", "Ambele", "Karrad"))
    still, moving = covered(0.0), covered(0.8)
    assert moving[near] > still[near]
    assert moving[home] < still[home], "nobody is in two places"
    assert moving[far] == pytest.approx(still[far], abs=1e-3)


STILL = {"ladder_rate": 1e-300}  # leaders stay on their rungs


def _staying(rung: int) -> Theatre:
    """The theatre with the state's leaders on that rung."""
    theatre = read_theatre("sahra", "advance")
    state = ("state", "guard", "police")
    actors = tuple(replace(one, intent=rung) if one.kind in state else one for one in theatre.actors)
    return replace(theatre, actors=actors)


def _received(consent: str, rung: int) -> tuple[float, float, float]:
    """Legitimacy, mobility and mean access of a force, where the state's leaders stay on a rung."""
    policy = _commanded("saturation", consent=consent)
    model = tell(policy, ENDS, theatre=_staying(rung), parameters=STILL).model
    a = model.setting.index.actors.index("expedition_1")
    all_of_it = model.world.actors
    return float(all_of_it.legitimacy[a]), float(all_of_it.mobile[a]), float(all_of_it.allowed[:, a].mean())


def test_a_force_without_consent_loses_legitimacy_mobility_and_access() -> None:
    """Pitfall: the same force with the host's consent keeps all three."""
    without, welcome = _received("none", RESTRAIN), _received("host", RESTRAIN)
    assert all(one < other for one, other in zip(without, welcome, strict=True))


def test_a_host_that_harms_lets_nobody_near_and_a_mandate_opens_a_part() -> None:
    """Pitfall: consent is the host's to withdraw; a host that harms nobody leaves a mandate nothing to open."""
    harming, mandated = _received("host", MASS), _received("un", MASS)
    assert harming[1] < mandated[1]
    assert harming[2] < mandated[2] < _received("un", RESTRAIN)[2]


def test_a_war_against_one_side_costs_legitimacy() -> None:
    def standing(**changes: Any) -> float:
        model = tell(_commanded("separation", **changes), ENDS).model
        return float(model.world.actors.legitimacy[model.setting.index.actors.index("expedition_1")])

    assert standing(against=["army"]) < standing()


def test_a_declared_safe_area_draws_the_threatened() -> None:
    """Summed over towns and runs that share their draws, more gather where safety is declared and believed.

    Danger in these towns is .2 to .3, so that there is little to discount: a few in a hundred more are to be expected.
    """
    theatre = _staying(MASS)

    def gathered(town: str, seed: int, declared: float) -> int:
        step = force(approach="safe_areas", places=[town], declared=declared, size=300)
        policy = read_policy(raw_policy(step, duration=100), theatre)
        model = tell(policy, 80, theatre=theatre, seed=seed, parameters=STILL).model
        return int(model.world.cells.away[model.setting.index.places.index(town)].sum())

    tried = [(town, seed) for town in ("Kessira", "Port Duma", "Ambele", "Lower Tessa") for seed in (3, LOUD, 8)]
    assert sum(gathered(*one, 0.9) for one in tried) > 1.02 * sum(gathered(*one, 0.0) for one in tried)


def test_aircraft_strike_columns_and_hold_no_ground() -> None:
    theatre = _staying(MASS)
    step = force("air_patrols", approach="air_patrol", size=4000)
    told, quiet = (
        tell(policy, 60, theatre=theatre, parameters=STILL).model.world
        for policy in (read_policy(raw_policy(step, lead=0), theatre), load_policy("none", theatre))
    )
    own = told.actors.outsider == 0
    assert told.actors.killed[own].sum() > quiet.actors.killed[own].sum()
    assert told.actors.killed[~own].sum() <= quiet.actors.killed[~own].sum()


@pytest.mark.parametrize("name", FIVE)
@pytest.mark.parametrize("theatre", ["sahra", "car_2013"])
def test_the_five_planning_scenarios_run(name: str, theatre: str) -> None:
    here = read_theatre(theatre)
    policy = load_policy(f"eu_scenario_{name}", here)
    assert any(isinstance(step.instrument, Force) for step in policy.steps)
    assert simulate(here, policy, seed=SEED, days=30).outcomes["civilian_deaths"] >= 0
    assert POSTED not in approaches()


def test_the_page_shows_what_the_files_say() -> None:
    """`python -m experiments.forces 64` makes its tables anew."""
    from experiments.forces import __main__ as study

    text = study.PAGE.read_text(encoding="utf-8")
    assert study.forces_table() in text
    assert study.approaches_table() in text
