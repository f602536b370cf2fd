"""Every risk factor and mitigator acts through a channel: a theatre with more of it is another theatre."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.engine.model import RunResult, simulate
from sim.interventions.base import NONE
from sim.scenario.read import read_theatre
from sim.scenario.theatre import MITIGATORS, RISK_FACTORS, Theatre

DAYS = 90
SEED = 3


@pytest.fixture(scope="module")
def sahra() -> Theatre:
    """The fictional country with fewer, larger rows."""
    return replace(read_theatre("sahra"), people_per_row=1000)


def with_factor(theatre: Theatre, name: str, value: float) -> Theatre:
    """The theatre with one factor at a value."""
    return replace(theatre, risk={**theatre.risk, name: replace(theatre.risk[name], value=value, low=None, high=None)})


def run(theatre: Theatre, *, days: int = DAYS, replicate: int = 0) -> RunResult:
    return simulate(theatre, NONE, seed=SEED, replicate=replicate, days=days)


@pytest.mark.parametrize("name", [*RISK_FACTORS, *MITIGATORS])
def test_every_factor_reaches_the_world(sahra: Theatre, name: str) -> None:
    """model.md: each factor has an own channel; a number that changes nothing would be a dead option."""
    none, full = with_factor(sahra, name, 0.0), with_factor(sahra, name, 1.0)
    # what moves only the leaders' rates need not turn a decision in every run
    assert any(run(none, replicate=r).digest != run(full, replicate=r).digest for r in range(6))


def mean_deaths(theatre: Theatre, runs: int = 6) -> float:
    return sum(run(theatre, days=180, replicate=r).outcomes["civilian_deaths"] for r in range(runs)) / runs


def test_all_risk_together_kills_and_none_does_not(sahra: Theatre) -> None:
    """The factors point the right way together: at their best hardly anybody dies, at their worst very many do.

    Ten to one is far inside what six runs can tell (observed: several hundred to one).
    """
    best, worst = sahra, sahra
    for name in RISK_FACTORS:
        best, worst = with_factor(best, name, 0.0), with_factor(worst, name, 1.0)
    for name in MITIGATORS:
        best, worst = with_factor(best, name, 1.0), with_factor(worst, name, 0.0)
    assert mean_deaths(worst) > 10.0 * max(mean_deaths(best), 1.0)
