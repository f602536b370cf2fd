"""Each pitfall of these families happens by the mechanism, and the better design of the same instrument avoids it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from sim.actors.organisation import ArmedLeadership, rung_of_harm
from sim.engine.model import Model
from sim.ground.draw import run_key
from sim.interventions.base import NONE, Policy
from sim.interventions.registry import read_policy
from sim.scenario.theatre import Theatre
from sim.world.levers import Levers
from sim.world.report import field_report
from sim.world.world import MASS, RESTRAIN
from tests.interventions.cases import sahra

AT_ONCE = {"value": 0, "low": 0, "high": 0, "source": "chosen for a test", "grade": "assumption"}
WHO = "coalition"  # the rebels, who can go either way


def policy(*asked: dict[str, Any]) -> Policy:
    """Instruments of the catalogue, decided on the first day and at work at once."""
    steps = [{"lead_days": AT_ONCE, "announced": False, "duration_days": None, **one} for one in asked]
    return read_policy({"name": "tried", "title": "t", "instruments": steps}, sahra())


def told(model_policy: Policy, days: int, theatre: Theatre | None = None, **parameters: float) -> Model:
    model = Model(theatre or sahra("advance"), model_policy, parameters, run_key(4, 0, 0))
    model.walk(days)
    return model


@cache
def country() -> Model:
    """The country after a month in which nothing was done."""
    return told(NONE, 30)


def levers_at(age: int, *asked: dict[str, Any]) -> Levers:
    model = country()
    levers = Levers.at_rest(len(model.setting.index.places), len(model.setting.index.actors))
    for step in policy(*asked).steps:
        step.instrument.apply(levers, age)
    return levers


def pull(levers: Levers, who: str = WHO) -> float:
    """How much likelier, in log units, the leaders move from restraint to mass violence than they would back."""
    model = country()
    leader: ArmedLeadership = next(one for one in model.leaders if one.name == who)
    field = field_report(model.world, model.setting.capital, model.setting.people)
    worth = leader.utilities(field, levers)
    return (worth[MASS] - worth[RESTRAIN]) / leader.par.ladder_tau


def change(age: int, *asked: dict[str, Any]) -> float:
    """What the instruments change in that pull."""
    return pull(levers_at(age, *asked)) - pull(levers_at(age))


def test_symbolic_measures_deter_no_one() -> None:
    """A statement is worth less than a twentieth of a freeze that reaches what leaders own."""
    statement = change(60, {"instrument": "condemnation"})
    freeze = change(600, {"instrument": "asset_freeze", "severity": 0.7, "exposure": 0.9, "busting": 0.2})
    assert freeze < 0.0
    assert 0.0 <= -statement < -freeze / 20


def test_busted_sanctions_do_not_bite() -> None:
    kept, busted = (change(600, {"instrument": "asset_freeze", "busting": share}) for share in (0.1, 0.9))
    assert kept < 5 * busted < 0.0


def test_supporters_rally_before_sanctions_bite() -> None:
    """Behaviour 7: in the first week the measure pushes leaders on; when it bites it holds them back."""
    blunt = {"instrument": "asset_freeze", "rally": 0.2}
    assert change(3, blunt) > 0.0 > change(600, blunt)
    quiet = {**blunt, "rally": 0.0, "bite_days": 60}
    assert change(3, quiet) <= 0.0


def test_conditions_that_nobody_believes_restrain_nobody() -> None:
    believed, not_believed = (
        change(400, {"instrument": "budget_support_on_conditions", "conditional": 1, "credibility": share})
        for share in (0.9, 0.05)
    )
    assert believed < 10 * not_believed < 0.0


def army_kills() -> Theatre:
    """The theatre with an army in mass violence and nobody else who harms."""
    theatre = sahra("advance")
    actors = tuple(replace(one, intent=MASS if one.name == "army" else RESTRAIN) for one in theatre.actors)
    return replace(theatre, actors=actors)


def lesson_of(asked: dict[str, Any]) -> float:
    """What leaders have learnt in two months from whom outsiders pay."""
    model = told(policy(asked), 60, army_kills(), ladder_rate=1e-300)  # who harms goes on, who does not does not begin
    assert rung_of_harm(model.world.actors.intent)[model.setting.own].any(), "nobody harms: nothing to learn"
    lessons = {leader.mind.get("lesson", 0.0) for leader in model.leaders}
    return max(lessons, key=abs)


def test_a_reward_to_violators_teaches_that_violence_pays() -> None:
    """The same money on conditions, or to those who hold back, does not."""
    guilty, clean = ["army"], [one.name for one in army_kills().actors if one.kind == "rebel" and not one.latent]
    reward = {"instrument": "aid_inducement", "gain": 0.3}
    assert lesson_of({**reward, "conditional": 0, "targets": guilty}) > 0.0
    assert lesson_of({**reward, "conditional": 1, "targets": guilty}) == 0.0
    assert lesson_of({**reward, "conditional": 0, "targets": clean}) < 0.0


def test_an_embargo_harms_people_and_cuts_ties_and_a_selective_one_hardly() -> None:
    def after(name: str) -> tuple[float, float, float]:
        model = told(policy({"instrument": name}), 150)
        inside = model.world.places.inside == 1
        hardship = float(model.world.places.hardship[inside].mean())
        levers = model.levers
        return hardship, float(model.world.cells.contact.mean()), float(levers.loot.min())

    base = told(NONE, 150)
    hardship = float(base.world.places.hardship[base.world.places.inside == 1].mean())
    ties = float(base.world.cells.contact.mean())
    blunt, aimed = after("comprehensive_embargo"), after("selective_embargo")
    assert blunt[0] - hardship > 3 * (aimed[0] - hardship) > 0.0
    assert ties - blunt[1] > 3 * (ties - aimed[1]) > 0.0
    assert aimed[2] < 1.0, "and it does take the loot"


def factional(ideology: float, instability: float) -> Theatre:
    """The country with other politics."""
    theatre = sahra("advance")
    other = {"exclusionary_ideology": ideology, "regime_instability": instability}
    return replace(
        theatre, risk={name: replace(one, value=other.get(name, one.value)) for name, one in theatre.risk.items()}
    )


def trigger_of_polling(theatre: Theatre, *before: dict[str, Any]) -> float:
    """Largest trigger that two weeks of polling add, against the same country without polling."""
    polling = {"instrument": "early_elections", "stakes": 1, "decided_on": {"day": 14}, "duration_days": 14}
    both = [told(policy(*before, *asked), 22, theatre) for asked in ((polling,), ())]
    return float((both[0].world.places.trigger - both[1].world.places.trigger).max())


def test_elections_trigger_where_politics_is_factional() -> None:
    """Behaviour 12: the same polling does nothing where politics is not, and less once power is shared."""
    torn = factional(0.9, 0.9)
    shared = {"instrument": "power_sharing", "inclusion": 0.6, "decided_on": {"date": "2028-01-01"}}
    assert trigger_of_polling(factional(0.0, 0.9)) == 0.0
    assert trigger_of_polling(torn) > 2 * trigger_of_polling(torn, shared) > 0.0


def test_liberalisation_feeds_factions_before_it_calms() -> None:
    """Behaviour 12: turmoil and louder voices first, institutions later; a slow opening has neither."""
    quick = {"instrument": "democracy_support", "turmoil": 0.8, "opens": 0.6}
    slow = {"instrument": "democracy_support", "turmoil": 0, "opens": 0}
    first, last = levers_at(14, quick), levers_at(1800, quick)
    assert first.instability.max() > 1.5
    assert first.incitement.max() > 1.5
    assert last.instability[country().setting.own].max() < 1.0
    assert last.incitement.max() < 1.05
    gentle = levers_at(14, slow)
    assert gentle.instability.max() <= 1.0
    assert gentle.incitement.max() == 1.0
    threats = [told(policy(asked), 120) for asked in (quick, slow)]
    felt = [float(np.mean([leader.mind["threat"] for leader in model.leaders])) for model in threats]
    assert felt[0] > felt[1]


def test_when_foreigners_leave_atrocity_costs_less() -> None:
    gone = {"instrument": "evacuation_of_foreigners"}
    assert change(30, gone) > 0.0
    stays = {"instrument": "civilian_monitoring", "witnesses": 0.5}
    assert change(60, stays) < 0.0
    assert change(60, gone, {**stays, "witnesses": 0.9}) < change(60, gone), "those who stay make up for those who go"
    less, same = told(policy(gone), 30).world.places, country().world.places
    assert (less.access <= same.access).all()
    assert less.access.sum() < same.access.sum(), "and less becomes known"


@pytest.mark.parametrize("side", [0.0, 0.8])
def test_relief_that_is_one_sides_work_is_refused_where_killers_hold(side: float) -> None:
    model = told(
        policy({"instrument": "relief_with_the_military", "people_covered": 2_000_000, "politicised": side}), 90
    )
    actors, places = model.world.actors, model.world.places
    inside = places.inside == 1
    grip = (actors.control @ (rung_of_harm(actors.intent) * model.setting.own))[inside]
    assert grip.max() > 0.3
    assert grip.min() < 0.01
    met = places.relief[inside]
    if side == 0.0:
        assert np.ptp(met) == 0.0, "nobody's work is let through everywhere"
    else:
        assert met[grip.argmax()] < 0.8 * met[grip.argmin()]


def test_fighters_go_home_when_their_leaders_feel_safe() -> None:
    """Demobilisation without security: the same offer, taken by fewer."""
    offer = {"instrument": "reintegration", "release_per_year": 5, "pool": 0.9, "ramp_days": 1}

    def left(instability: float) -> float:
        theatre = factional(0.3, instability)
        with_offer, without = told(policy(offer), 60, theatre), told(NONE, 60, theatre)
        return float(with_offer.world.actors.strength.sum() / without.world.actors.strength.sum())

    assert left(0.0) < left(1.0) < 1.0


def test_a_charge_stands_in_the_way_of_a_deal() -> None:
    model = country()
    field = field_report(model.world, model.setting.capital, model.setting.people)
    index = model.setting.index.actors
    talks = {"instrument": "mediation_manipulation"}

    def chance(*asked: dict[str, Any]) -> float:
        return model.mediators.chance(
            field, levers_at(400, talks, *asked), model.world.key, index.index("army"), index.index(WHO)
        )

    assert 0.0 < chance({"instrument": "icc_referral"}) < chance()
    assert change(400, {"instrument": "icc_referral"}) < 0.0, "and it does cost"


def test_a_suspended_fund_pays_for_nothing_else() -> None:
    """Its own programmes rest and cost nothing meanwhile; those of the fund that asks no host go on."""

    def running(*asked: dict[str, Any]) -> tuple[Levers, dict[str, float]]:
        model = told(policy(*asked), 200)
        return model.levers, model.policy_desk.file["euros"]

    support, rights = {"instrument": "budget_support_on_conditions"}, {"instrument": "free_press"}
    stop = {"instrument": "aid_suspension", "pay": 0, "hardship": 0, "rally": 0, "cost": 0}
    levers, euros = running(support, rights)
    stopped, spent = running(support, rights, stop)
    alone, only = running(rights)
    assert levers.elite_gain.any()
    assert not stopped.elite_gain.any()
    assert alone.counter_speech.any() or (alone.incitement != 1.0).any()
    assert spent.get("eu_edf", 0.0) == 0.0 < euros["eu_edf"]
    assert spent["eu_eidhr"] == only["eu_eidhr"] > 0.0
    np.testing.assert_array_equal(stopped.counter_speech, alone.counter_speech)
