"""A policy causes nothing before it is decided, and a policy that holds nothing causes nothing at all."""

from __future__ import annotations

import pytest

from sim.interventions.base import NONE, Policy
from tests.engine.cases import arrays_of, days_of, run, sahra, start, with_force

DAYS, SEED = 60, 3


def test_a_policy_without_instruments_is_none() -> None:
    empty = Policy("empty", "Nothing under another name")
    assert run(start(sahra(), empty, SEED), DAYS) == run(start(sahra(), NONE, SEED), DAYS)


def test_a_policy_decided_after_the_last_day_is_none() -> None:
    assert run(start(sahra(), with_force(sahra(), DAYS), SEED), DAYS) == run(start(sahra(), NONE, SEED), DAYS)


def test_a_force_of_nobody_is_none() -> None:
    assert run(start(sahra(), with_force(sahra(), 10, size=0), SEED), DAYS) == run(start(sahra(), NONE, SEED), DAYS)


@pytest.mark.parametrize("decided", [7, 24, 40])
def test_no_array_changes_before_the_decision(decided: int) -> None:
    """Every array, every morning, whole world; afterwards something does change."""
    nothing = [arrays_of(world) for world in days_of(start(sahra(), NONE, SEED), DAYS)]
    policy = with_force(sahra(), decided)
    moved = None
    for day, world in enumerate(days_of(start(sahra(), policy, SEED), DAYS)):
        differs = [name for name, digest in arrays_of(world).items() if digest != nothing[day][name]]
        if differs and moved is None:
            moved = day
        if day < decided:
            assert not differs, f"day {day}: {', '.join(differs)}"
    assert moved is not None, "the policy never did anything"
    assert moved >= decided
