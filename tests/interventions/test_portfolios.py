"""The portfolios that ship: those that planners asked for are there, fit every theatre, and act only when decided."""

from __future__ import annotations

import pytest

from sim.engine.model import simulate
from sim.interventions.base import NONE
from sim.interventions.registry import load_policy
from sim.scenario import read_theatre
from sim.study.policy import check_policy, described, lines
from tests.interventions.cases import PORTFOLIOS, ROOT, SHIPPED, nothing_done, sahra, tell

ASKED_FOR = {
    "late_and_symbolic", "sanctions_first", "kenya_mediation", "unpredep", "artemis", "safe_area_unguarded",
    "safe_area_guarded", "air_only", "strong_police", "structural_package", "comprehensive", "observers",
    "arms_embargo", "relief", "evacuation", "jamming_and_counter_speech", "bluffed_threat", "conditional_aid",
    "au_then_un", "robust_un_mission", "icc",
}  # fmt: skip
LATE = 400
EVERY = pytest.mark.parametrize("name", PORTFOLIOS)


def test_those_that_were_asked_for_are_there() -> None:
    assert set(SHIPPED) >= ASKED_FOR


@pytest.mark.parametrize("theatre", ["sahra", "car_2013"])
def test_every_file_passes_its_own_check_and_says_what_it_takes(theatre: str) -> None:
    here = read_theatre(theatre)
    for name in SHIPPED:
        policy, problems = check_policy(str(ROOT / f"configs/policy/{name}.yaml"), here)
        assert problems == []
        assert policy is not None
        told = described(policy, here)
        assert len(told["steps"]) == len(policy.steps) > 0
        assert lines(told)[-1] == "no problem found"
        assert all(euros >= 0.0 for euros in told["euros_if_all_runs"].values())


@EVERY
def test_decided_after_the_end_it_is_nothing(name: str) -> None:
    """Rules, events and thresholds included."""
    late = load_policy(name, sahra()).delayed(LATE)
    assert tell(late).whole == nothing_done().whole


@EVERY
def test_the_same_twice_is_the_same(name: str) -> None:
    runs = [simulate(sahra(), load_policy(name, sahra()), seed=3, days=150) for _ in range(2)]
    assert runs[0].digest == runs[1].digest
    assert runs[0].outcomes["civilian_deaths"] == runs[1].outcomes["civilian_deaths"]


def test_the_rules_of_the_portfolios_come_true_somewhere() -> None:
    """A portfolio whose rules never fire would pass every other test."""
    nothing = {name: simulate(read_theatre(name), NONE, seed=3).digest for name in ("sahra", "car_2013")}
    for name in PORTFOLIOS:
        moved = [simulate(read_theatre(at), load_policy(name, read_theatre(at)), seed=3).digest for at in nothing]
        assert moved != list(nothing.values()), name
