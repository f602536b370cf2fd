"""A policy that waits for deaths waits for reported deaths: outsiders do not know the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.interventions.base import NONE
from sim.interventions.registry import read_policy
from tests.interventions.cases import CASES, SEED, Story, nothing_done, raw_policy, sahra, tell

DAYS = 200
WITHIN = 30


def waiting(deaths: int, prefecture: str = "", within: int = WITHIN) -> Any:
    when: dict[str, Any] = {"reported_deaths": deaths, "within_days": within}
    if prefecture:
        when["prefecture"] = prefecture
    return read_policy(raw_policy(CASES["relief"], decided={"when": when}, lead=0, duration=None), sahra())


def first_day(told: Story, deaths: int, amounts: str, days: str, prefecture: int | None = None) -> int | None:
    """First morning on which the ledger's column reaches the number within the window, counted here by hand."""
    model = told.model
    ledger, written = model.world.ledger, int(model.world.ledger.count[0])
    amount, day, happened = (getattr(ledger, name)[:written].astype(int) for name in (amounts, days, "day"))
    if prefecture is not None:
        amount = amount * (model.world.places.prefecture[ledger.place[:written]] == prefecture)
    for today in range(len(told.whole)):
        known = (day <= today) & (day > today - WITHIN) & (happened < today)
        if amount[known].sum() >= deaths:
            return today
    return None


def most_reported() -> int:
    ledger, written = (model := nothing_done(DAYS).model).world.ledger, int(model.world.ledger.count[0])
    days, told = ledger.reported_day[:written], ledger.reported[:written]
    most = max(int(told[(days > day - WITHIN) & (days <= day)].sum()) for day in range(DAYS))
    assert most >= 10, "too quiet a run to test a trigger on: take another seed"
    return most


def half_of_what_was_reported() -> int:
    return most_reported() // 2


def test_it_begins_on_the_first_day_on_which_the_reports_reach_the_number() -> None:
    base = nothing_done(DAYS)
    for deaths in range(2, most_reported() + 1):
        reported = first_day(base, deaths, "reported", "reported_day")
        true = first_day(base, deaths, "deaths", "day")
        assert true is not None
        assert reported is not None
        if true < reported:
            break
    else:
        raise AssertionError("what happened was known at once in this run: take another seed")
    told = tell(waiting(deaths), DAYS)
    assert told.first_moved() == reported, f"the truth reached {deaths} on day {true}, and nobody knew"
    assert told.arrays[: reported + 1] == nothing_done(DAYS).arrays[: reported + 1]


def test_what_is_never_reported_moves_nobody() -> None:
    silent = {"detect_rate": 0.0}
    told = tell(waiting(1), DAYS, parameters=silent)
    assert told.result.outcomes["civilian_deaths"] > 0
    assert told.result.outcomes["reported_deaths"] == 0
    assert told.first_moved() == DAYS
    assert told.arrays == tell(NONE, DAYS, parameters=silent).arrays


def test_a_delay_counts_from_the_day_on_which_the_number_was_reached() -> None:
    deaths = most_reported() // 4
    prompt, late = tell(waiting(deaths), DAYS).first_moved(), tell(waiting(deaths).delayed(30), DAYS).first_moved()
    assert late == prompt + 30 < DAYS


def test_a_prefecture_looks_at_its_own_reports() -> None:
    base = nothing_done(DAYS)
    names = base.model.setting.index.prefectures
    ledger, written = base.model.world.ledger, int(base.model.world.ledger.count[0])
    where = base.model.world.places.prefecture[ledger.place[:written]]
    heard = np.bincount(where[where >= 0], weights=ledger.reported[:written][where >= 0], minlength=len(names))
    worst, least = int(heard.argmax()), int(heard.argmin())
    assert heard[worst] > heard[least]
    expected = first_day(base, 5, "reported", "reported_day", worst)
    assert tell(waiting(5, names[worst]), DAYS).first_moved() == expected
    assert tell(waiting(5, names[least]), DAYS).first_moved() == (
        first_day(base, 5, "reported", "reported_day", least) or DAYS
    )


def test_a_number_that_is_never_reached_is_no_policy() -> None:
    assert tell(waiting(10_000_000), 40).arrays == nothing_done(DAYS).arrays[:40]


@pytest.mark.parametrize("within", [1, 3660])
def test_a_longer_window_is_never_later(within: int) -> None:
    deaths = half_of_what_was_reported()
    usual, other = (tell(waiting(deaths, within=w), DAYS, seed=SEED).first_moved() for w in (WITHIN, within))
    assert other >= usual if within < WITHIN else other <= usual
