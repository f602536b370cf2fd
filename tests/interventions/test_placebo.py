"""Policies that cannot save anybody save nobody."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sim.interventions.base import NONE, Decision, Policy
from sim.interventions.registry import load_policy, read_policy
from sim.scenario.theatre import Theatre
from tests.interventions.cases import (
    ARRIVES,
    CASES,
    NAMES,
    POLICIES,
    SEED,
    Story,
    at_fixed_days,
    emptied,
    nothing_done,
    one,
    raw_policy,
    sahra,
    same_outcomes,
    tell,
    with_instruments,
    without_announcement,
)  # fmt: skip

DAYS = 120


def deaths_before(told: Story, day: int) -> int:
    ledger, written = told.model.world.ledger, int(told.model.world.ledger.count[0])
    return int(ledger.deaths[:written][ledger.day[:written] < day].sum())


@pytest.mark.parametrize("name", list(POLICIES))
def test_after_the_horizon_nobody_is_saved(name: str) -> None:
    """The same policy, decided after the end: the run is equal to the bit, memory included."""
    after = with_instruments(POLICIES[name], lambda made: made, Decision(DAYS + 1))
    told = tell(after, DAYS)
    assert told.whole == nothing_done(DAYS).whole
    assert told.result.outcomes["civilian_deaths"] == nothing_done(DAYS).result.outcomes["civilian_deaths"]


@pytest.mark.parametrize("name", NAMES)
def test_after_the_last_death_nobody_is_saved(name: str) -> None:
    base = nothing_done(DAYS)
    ledger, written = base.model.world.ledger, int(base.model.world.ledger.count[0])
    last = int(ledger.day[:written].max())
    told = tell(at_fixed_days(load_policy(name, sahra()), decided=last + 1, lead=0), DAYS)
    total = deaths_before(base, DAYS)
    assert total > 0
    assert deaths_before(told, last + 1) == total, "all of them were dead already"
    assert total - deaths_before(told, DAYS) <= 0


@pytest.mark.parametrize("name", list(POLICIES))
def test_without_reach_nobody_is_saved(name: str) -> None:
    told = tell(with_instruments(POLICIES[name], emptied), DAYS)
    assert same_outcomes(told.result.outcomes, nothing_done(DAYS).result.outcomes)


def test_a_policy_against_nobody_saves_nobody() -> None:
    """Sanctions on an organisation that exists only as a possibility, while it has nobody."""
    told = tell(one("targeted_sanctions", targets=["gold_brigade"]), 40)
    totals = told.model.world.actors.strength.sum(axis=0)
    assert totals[told.model.setting.index.actors.index("gold_brigade")] == 0, "it has come to life: take another"
    assert deaths_before(told, 40) == deaths_before(nothing_done(DAYS), 40)


@pytest.mark.parametrize("name", list(POLICIES))
def test_without_announcement_only_deaths_after_arrival_can_be_saved(name: str) -> None:
    base, told = nothing_done(DAYS), tell(with_instruments(POLICIES[name], without_announcement), DAYS)
    assert deaths_before(told, ARRIVES) == deaths_before(base, ARRIVES)
    saved = deaths_before(base, DAYS) - deaths_before(told, DAYS)
    assert saved <= deaths_before(base, DAYS) - deaths_before(base, ARRIVES)


@cache
def quiet() -> Theatre:
    """The same country without anybody armed of its own, without hostility and without risk."""
    theatre = sahra()
    own = {actor.name for actor in theatre.actors if not actor.outsider}
    return replace(
        theatre,
        actors=tuple(
            replace(actor, intent=0, targets=(), hostile_to=(), exclusion=0.0, spoils=0.0) for actor in theatre.actors
        ),
        units=tuple(unit for unit in theatre.units if unit.actor not in own),
        control=(),
        relations=tuple(replace(relation, hostility=0.0, interdependence=1.0) for relation in theatre.relations),
        risk={name: replace(factor, value=float(name in MITIGATING)) for name, factor in theatre.risk.items()},
        institutions=tuple(one for one in theatre.institutions if one.stance != "hardliner"),
    )


MITIGATING = {"moderate_leadership", "peace_committees", "free_press", "cross_cutting_ties", "foreign_witnesses"}


@pytest.mark.parametrize("name", ["none", *NAMES])
def test_where_nobody_kills_nobody_is_saved(name: str) -> None:
    policy: Policy = NONE if name == "none" else at_fixed_days(load_policy(name, sahra()))
    told = tell(policy, DAYS, theatre=quiet())
    assert told.result.outcomes["civilian_deaths"] == 0
    assert told.result.outcomes["clashes"] == 0


def test_the_quiet_country_is_the_same_country() -> None:
    """Its silence comes from what was taken out: with it, there are deaths."""
    assert nothing_done(DAYS).result.outcomes["civilian_deaths"] > 0
    people = tell(NONE, 1, theatre=quiet()).model.world.people()
    assert sum(people.values()) == sum(nothing_done(DAYS).model.world.people().values())


def test_two_placebos_are_a_placebo() -> None:
    raw = raw_policy({**CASES["force"], "size": 0}, {**CASES["mediation"], "effort": 0})
    told = tell(read_policy(raw, sahra()), DAYS, seed=SEED)
    assert np.array_equal(told.arrays, nothing_done(DAYS).arrays)
