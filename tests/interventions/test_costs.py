"""Costs are booked by payer, to the cent, for the days on which an instrument runs."""

from __future__ import annotations

from math import floor

import pytest

from sim.interventions.families.force import Force
from tests.interventions.cases import DAYS, DECIDED, LASTS, LEAD, POLICIES, one, story, tell


def test_a_force_by_hand() -> None:
    """600 people come in four steps over three places: 150, 300, 450, then 600 for the other 27 of 30 days."""
    person_days = 150 + 300 + 450 + 600 * (LASTS - 3)
    assert round(story("force").result.outcomes["euros_member_states"], 2) == 590.0 * person_days


@pytest.mark.parametrize(
    ("family", "payer", "euros"),
    [
        ("targeted_sanctions", "eu", 30 * 3000.5), ("arms_embargo", "un", 30 * 800.0), ("mediation", "eu", 640000.0),
        ("evacuation", "un", 100000.0), ("relief", "un", 5000000.25), ("border_closure", "unassigned", 0.0),
    ],
)  # fmt: skip
def test_a_family_by_hand(family: str, payer: str, euros: float) -> None:
    assert round(story(family).result.outcomes[f"euros_{payer}"], 2) == euros


@pytest.mark.parametrize("name", list(POLICIES))
def test_every_policy_pays_for_each_of_its_days(name: str) -> None:
    due: dict[str, float] = {}
    steps = POLICIES[name].steps
    taken_over = {getattr(step.instrument, "takes_over", "") for step in steps}
    for step in steps:
        made = step.instrument
        if made.name in taken_over:
            continue  # all begin on one day here: it is handed over before its first day is over
        for age in range(min(LASTS, DAYS - DECIDED - LEAD)):
            if isinstance(made, Force):
                there = floor(made.size * min((age + 1) / made.ramp, 1))
                assert sum(made.strength(age).values()) == there
                cost = made.per_person_day * there
            else:
                cost = made.cost(age)
            due[made.payer] = due.get(made.payer, 0.0) + cost
    outcomes = story(name).result.outcomes
    paid = {key.removeprefix("euros_"): value for key, value in outcomes.items() if key.startswith("euros_")}
    assert {payer: round(sum_, 2) for payer, sum_ in paid.items()} == {p: round(s, 2) for p, s in due.items()}


def test_nobody_pays_before_the_first_effect() -> None:
    for name in POLICIES:
        outcomes = tell(POLICIES[name], DECIDED + LEAD).result.outcomes
        assert not any(value for key, value in outcomes.items() if key.startswith("euros_")), name


def test_an_instrument_without_end_is_paid_to_the_last_day() -> None:
    told = tell(one("relief", duration_days=None, cost=365000), 40)
    assert round(told.result.outcomes["euros_un"], 2) == 1000.0 * (40 - DECIDED - LEAD)
