"""Equal runs have equal bits: on threads, in processes, in any order, by Mesa or bare, saved, copied, branched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim.engine.model import Model, simulate
from sim.engine.record import Recorder
from sim.ground.draw import run_key
from sim.interventions.base import NONE, Policy
from sim.world.index import index_of
from sim.world.world import POLICY_FILE, World
from tests.engine.cases import ROOT, arrays_of, run, sahra, start, with_force
from tests.engine.watch import policy as watched

DAYS, SEED = 80, 10
SPAWNED = """
import sys
from tests.engine.cases import sahra, with_force
from sim.engine.model import simulate
threads = int(sys.argv[1])
print(simulate(sahra(), with_force(sahra(), 20), seed=10, draw=2, replicate=1, days=80, threads=threads).digest)
"""


def forced() -> Policy:
    return with_force(sahra(), 20)


def outcome(policy: Policy, threads: int = 1, replicate: int = 1) -> str:
    return simulate(sahra(), policy, seed=SEED, draw=2, replicate=replicate, days=DAYS, threads=threads).digest


def spawned(threads: int) -> str:
    where = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "12345"}
    done = subprocess.run(
        [sys.executable, "-c", SPAWNED, str(threads)], env=where, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_do_not_show(threads: int) -> None:
    assert outcome(forced(), threads) == outcome(forced())


def test_another_process_gives_the_same_bits() -> None:
    """Another hash seed, another order of imports, two threads."""
    assert spawned(2) == outcome(forced())


def test_seeds_draws_and_policies_give_different_bits() -> None:
    """Otherwise the equalities above would be empty."""
    assert len({outcome(forced()), outcome(NONE), outcome(NONE, replicate=2)}) == 3


def test_runs_do_not_see_each_other() -> None:
    """Runs in turn, backwards, and two runs stepped alternately in one process."""
    alone = [outcome(NONE, replicate=n) for n in range(3)]
    assert [outcome(NONE, replicate=n) for n in (2, 1, 0)] == alone[::-1]
    models = [Model(sahra(), NONE, None, run_key(SEED, 2, n)) for n in range(3)]
    for _ in range(DAYS):
        for model in models:
            model.step()
    assert [model.world.digest() for model in models] == alone


def test_mesa_and_a_bare_loop_agree() -> None:
    """Mesa holds the institutions and wraps the step; it draws nothing and orders nothing."""
    driven, bare = start(sahra(), forced(), SEED), start(sahra(), forced(), SEED)
    for _ in range(DAYS):
        driven.step()
        bare.morning()
        bare.days_of_units_places_persons(bare.world.day + 1)
    assert driven.world.digest() == bare.world.digest()
    assert driven.steps == DAYS
    assert bare.steps == 0


@pytest.mark.parametrize("policy", [NONE, forced(), watched("on_reports"), watched("on_reports").delayed(9)])
@pytest.mark.parametrize("stride", [5, 30, DAYS])
def test_quiet_days_in_one_call_are_so_many_steps(policy: Policy, stride: int) -> None:
    """Also with a decision that waits for reports, a delay that runs out, forces that arrive, and daily costs."""
    stepped, walked = start(sahra(), policy, SEED), start(sahra(), policy, SEED)
    for day in range(0, DAYS, stride):
        run(stepped, min(stride, DAYS - day))
        walked.walk(min(day + stride, DAYS))
        assert walked.world.day == stepped.world.day
        assert walked.world.digest() == stepped.world.digest()
        assert walked.world.minds == stepped.world.minds, "what the policy decided, sent and spent"
    assert (len(stepped.world.minds[POLICY_FILE]["body"]["begun"]) > 0) == (policy is not NONE)


def test_the_recorder_misses_nothing_between_its_mornings() -> None:
    """Looking every morning gives the same tables as looking on the first mornings of weeks and months."""
    often, model = Recorder(sahra(), index_of(sahra()), DAYS), start(sahra(), forced(), SEED)
    for _ in range(DAYS):
        often.see(model.world)
        model.step()
    every = often.result(model.world)
    seldom = simulate(sahra(), forced(), seed=SEED, days=DAYS)
    for one, other in ((every.weekly, seldom.weekly), (every.monthly, seldom.monthly), (every.places, seldom.places)):
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[name], other[name]) for name in one)
    np.testing.assert_equal(every.outcomes, seldom.outcomes)


@pytest.mark.parametrize("day", [1, 28, 31])
def test_a_saved_run_ends_in_the_same_bits(day: int, tmp_path: Path) -> None:
    """Saved in the first week, on a day of meetings, and with a force half arrived in the middle of a week."""
    policy = forced()
    whole = run(start(sahra(), policy, SEED), DAYS)
    model = start(sahra(), policy, SEED)
    run(model, day)
    model.world.save(tmp_path / "world.npz")
    before = model.world.digest()
    loaded = World.load(tmp_path / "world.npz")
    assert loaded.digest() == before
    assert arrays_of(loaded) == arrays_of(model.world)
    assert run(Model(sahra(), policy, None, loaded.key, world=loaded), DAYS - day) == whole
    assert run(model, DAYS - day) == whole, "saving left a trace"


def test_a_copy_is_independent_and_equal() -> None:
    policy = forced()
    whole = run(start(sahra(), policy, SEED), DAYS)
    model = start(sahra(), policy, SEED)
    run(model, 40)
    copied, frozen = model.world.copy(), model.world.digest()
    run(model, 5)
    assert copied.digest() == frozen, "the copy moved with the original"
    assert run(Model(sahra(), policy, None, copied.key, world=copied), DAYS - 40) == whole
    assert run(model, DAYS - 45) == whole


def test_two_policies_branch_from_one_saved_world(tmp_path: Path) -> None:
    """Each branch ends as the uninterrupted run of its policy, which is decided after the day of the branch."""
    early, late = with_force(sahra(), 35), with_force(sahra(), 50)
    trunk = start(sahra(), NONE, SEED)
    run(trunk, 30)
    trunk.world.save(tmp_path / "trunk.npz")
    ends = set()
    for policy in (NONE, early, late):
        branch = World.load(tmp_path / "trunk.npz")
        ends.add(run(Model(sahra(), policy, None, branch.key, world=branch), DAYS - 30))
        assert branch.digest() == run(start(sahra(), policy, SEED), DAYS)
    assert len(ends) == 3
