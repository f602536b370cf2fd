"""Splitting on a process whose probabilities are known, and on the model against plain runs."""

from __future__ import annotations

import numpy as np
import pytest

from sim.ground.check import BadInput, FailedWork
from sim.study.branch import Run, fork
from sim.study.rare import estimate, probability


class Counter:
    """Poisson(0.5) events a step for 20 steps: the total is Poisson(10)."""

    def __init__(self, rng: np.random.Generator, score: int = 0, steps: int = 0) -> None:
        self.rng, self.total, self.steps = rng, score, steps

    @property
    def score(self) -> float:
        return float(self.total)

    @property
    def time(self) -> int:
        return self.steps

    @property
    def over(self) -> bool:
        return self.steps >= 20

    def step(self) -> None:
        self.total += int(self.rng.poisson(0.5))
        self.steps += 1

    def fork(self, stage: int, number: int) -> Counter:
        return Counter(np.random.default_rng([2, stage, number]), self.total, self.steps)


def start(stage: int, number: int) -> Counter:
    return Counter(np.random.default_rng([1, stage, number]))


@pytest.mark.parametrize("target", [15, 22, 30])
def test_the_known_probability_is_found_with_a_smaller_variance(target: int) -> None:
    """P(Poisson(10) >= 15, 22, 30) = 8.3e-2, 7.0e-4, 2.1e-7; the interval of 20 repetitions holds it at 99.9 %.

    Three standard errors, so that a right estimate fails once in hundreds of seeds; the seed is fixed.
    """
    from scipy.stats import poisson

    exact = float(poisson.sf(target - 1, 10.0))
    found = estimate(start, float(target), walkers=400, repetitions=20, whole=20)
    error = (found.high - found.low) / 2 / 1.729  # Student's t, 19 degrees of freedom, 95 %
    assert abs(found.probability - exact) < 3.9 * error
    assert error < 0.5 * exact
    assert found.levels[-1] == target
    if target >= 22:
        assert found.gain is not None
        assert found.gain > (5 if target == 22 else 1000)


def test_what_cannot_be_reached_is_told() -> None:
    class Flat(Counter):
        def step(self) -> None:
            self.steps += 1

        def fork(self, stage: int, number: int) -> Counter:
            return Flat(self.rng, self.total, self.steps)

    with pytest.raises(FailedWork, match="no walker climbs"):
        estimate(lambda s, n: Flat(np.random.default_rng(0)), 5.0, walkers=10, repetitions=2, whole=20)
    for wrong in ({"deaths": 0}, {"deaths": 10, "walkers": 3}, {"deaths": 10, "repetitions": 1}):
        with pytest.raises(BadInput, match="cannot be used"):
            probability("sahra", days=30, **wrong)  # type: ignore[arg-type]


# --------------------------------------------------------------------------------------------------- on the model


@pytest.fixture(scope="module")
def trunk() -> Run:
    from sim.ground.draw import run_key
    from sim.interventions.base import NONE
    from sim.scenario.read import read_theatre

    run = Run(read_theatre("sahra"), NONE, None, run_key(1, 0, 0), 60)
    run.advance(25)
    return run


def test_a_run_that_was_stopped_and_copied_is_the_same_run(trunk: Run) -> None:
    """On day 25, which is no weekly meeting: levers, lead times and the recorder go with it."""
    from sim.engine.model import simulate
    from sim.interventions.base import NONE

    whole = simulate(trunk.theatre, NONE, seed=1, days=60)
    for _ in range(2):
        copied = trunk.fork()
        copied.advance(60)
        assert copied.result().digest == whole.digest
        assert repr(copied.result().outcomes) == repr(whole.outcomes)
    assert trunk.day == 25


def test_a_policy_that_is_under_way_goes_on_in_a_copy() -> None:
    from sim.engine.model import simulate
    from sim.ground.draw import run_key
    from sim.interventions.registry import load_policy
    from sim.scenario.read import read_theatre

    theatre = read_theatre("sahra")
    policy = load_policy("preventive_deployment", theatre)
    run = Run(theatre, policy, None, run_key(1, 0, 0), 90)
    run.advance(47)
    copied = run.fork()
    copied.advance(90)
    whole = simulate(theatre, policy, seed=1, days=90)
    assert copied.result().digest == whole.digest
    assert copied.result().outcomes["euros_un"] == whole.outcomes["euros_un"] > 0


def test_futures_differ_and_policies_share_them(trunk: Run) -> None:
    tree = fork("sahra", day=25, policies=["none", "preventive_deployment"], futures=4, days=90, seed=1)
    none, sent = (tree.futures[name] for name in ("none", "preventive_deployment"))
    assert len(set(none["civilian_deaths"])) > 1
    assert min(none["civilian_deaths"]) >= tree.so_far == trunk.deaths
    assert sent["euros_un"].min() > 0
    assert "euros_un" not in none
    assert tree.effect("none").mean == 0.0
    again = fork("sahra", day=25, policies=["none"], futures=4, days=90, seed=1)
    assert (again.futures["none"]["civilian_deaths"] == none["civilian_deaths"]).all()
    # a policy of day 0 is decided on the day of the fork, so with a lead of 30 days or more nothing has moved by day 50
    early = fork("sahra", day=25, policies=["none", "preventive_deployment"], futures=2, days=50, seed=1)
    assert early.effect("preventive_deployment").mean == 0.0
    for wrong in ({"day": 90}, {"day": -1}, {"futures": 0}, {"policies": []}):
        with pytest.raises(BadInput):
            fork("sahra", **{"day": 10, "policies": ["none"], "days": 90, **wrong})  # type: ignore[arg-type]


def test_the_command_prints_probability_gain_and_plain_runs(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    from sim.cli import main

    words = ["study", "rare", "sahra", "deaths=5", "days=30", "walkers=8", "repetitions=2", "check=8"]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "5 civilian deaths or more" in told
    assert "of 8: " in told
    assert "not evidence about the world" in told
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"probability", "gain", "levels", "shares", "plain"} <= set(found)
    assert found["plain"]["low"] <= found["plain"]["reached"] / 8 <= found["plain"]["high"]
    for wrong in (["deaths=0"], ["deths=5"], []):
        assert main(["study", "rare", "sahra", *wrong]) == 2
    capsys.readouterr()


def test_the_command_forks_a_run_and_tells_the_paired_effect(capsys: pytest.CaptureFixture[str]) -> None:
    from sim.cli import main

    words = ["study", "fork", "sahra", "day=10", "policies=[none,preventive_deployment]", "futures=2", "days=40"]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "day 10" in told
    assert "against none: " in told
    assert main(["study", "fork", "sahra", "policies=[none]"]) == 2
    assert "no day is named" in capsys.readouterr().err


@pytest.mark.validate
def test_splitting_agrees_with_plain_runs_of_the_model() -> None:
    """1,500 plain runs of 120 days against splitting, for deaths that about one run in twenty reaches."""
    from sim.engine.model import simulate
    from sim.interventions.base import NONE
    from sim.scenario.read import read_theatre

    theatre = read_theatre("sahra")
    plain = np.array([
        simulate(theatre, NONE, seed=9, draw=0, replicate=n, days=120).outcomes["civilian_deaths"] for n in range(1500)
    ])  # fmt: skip
    target = int(np.quantile(plain, 0.95))
    share = float(np.mean(plain >= target))
    found = probability("sahra", "none", deaths=target, days=120, walkers=48, repetitions=8, seed=2)
    error = np.hypot(np.sqrt(share * (1 - share) / 1500), (found.high - found.low) / 2 / 1.895)
    assert abs(found.probability - share) < 3.0 * error, (found, share)
    assert error < 0.5 * share
