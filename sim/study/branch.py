"""One run carried to a day, and the many futures that can follow from it under several policies.

tree = fork("sahra", day=120, policies=["none", "preventive_deployment"], futures=32, days=365, seed=1)
tree.effect("preventive_deployment").mean
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.ground.check import BadInput
from sim.study import outcomes

if TYPE_CHECKING:
    from sim.interventions.base import Policy
    from sim.scenario.theatre import Theatre

Floats = NDArray[np.float64]


class Run:
    """A run of the model that can be stopped on any morning, copied, and carried on with other random numbers.

    `key` is that of `sim.ground.draw.run_key`; the horizon is `days`.
    """

    def __init__(
        self, theatre: Theatre, policy: Policy, parameters: Mapping[str, float] | None, key: Any, days: int
    ) -> None:
        from sim.engine.model import Model
        from sim.engine.record import Recorder

        self.theatre, self.policy, self.parameters = theatre, policy, parameters
        self.root, self.days = key, days
        self.model = Model(theatre, policy, parameters, key)
        self.recorder = Recorder(theatre, self.model.setting.index, days)

    @property
    def day(self) -> int:
        """Days that have passed."""
        return int(self.model.world.day)

    @property
    def over(self) -> bool:
        """Whether the last day has passed."""
        return self.day >= self.days

    @property
    def deaths(self) -> int:
        """Civilians killed so far."""
        return int(self.model.world.cells.killed.sum())

    def advance(self, days: int) -> None:
        """Go on for so many days, or to the end."""
        for _ in range(min(days, self.days - self.day)):
            self.recorder.see(self.model.world)
            self.model.step()

    def fork(self, key: Any = None, policy: Policy | None = None) -> Run:
        """An independent run in the same state, with the random numbers of `key` from now on.

        Without a key it goes on as this one would. Another `policy` starts afresh today: what this one has decided is
        forgotten, so it is for runs under `none`.
        """
        from sim.engine.model import Model

        other = copy.copy(self)
        world = self.model.world.copy()
        if policy is not None:
            from sim.world.world import POLICY_FILE

            world.minds.pop(POLICY_FILE, None)
            other.policy = _from_today(policy, self.day)
        if key is not None:
            world.key = np.array(key, dtype=np.uint32)
        # what a run is made of was drawn with its first key, and stays
        other.model = Model(self.theatre, other.policy, self.parameters, self.root, world=world)
        other.model.levers = copy.deepcopy(self.model.levers)
        if policy is None:
            other.model.policy_desk.leads = list(self.model.policy_desk.leads)
        other.recorder = copy.copy(self.recorder)
        for name in ("displaced", "refugees", "national"):
            setattr(other.recorder, name, copy.deepcopy(getattr(self.recorder, name)))
        return other

    def result(self) -> Any:
        """The `RunResult`, after the last day."""
        return self.recorder.result(self.model.world)


def _from_today(policy: Policy, today: int) -> Policy:
    """The policy with decisions that fall on a past day taken today instead."""
    steps = tuple(
        step if step.decision.day is None or step.decision.day + step.decision.delay >= today
        else replace(step, decision=replace(step.decision, day=today, delay=0))
        for step in policy.steps
    )  # fmt: skip
    return replace(policy, steps=steps)


@dataclass(frozen=True)
class Tree:
    """Futures from one day: ``futures[policy][outcome]`` [futures], future i of all policies sharing random numbers.

    `so_far` are the deaths on that day, and `baseline` the first of the policies.
    """

    day: int
    days: int
    baseline: str
    so_far: int
    futures: Mapping[str, Mapping[str, Floats]]

    def effect(self, policy: str, outcome: str = "civilian_deaths") -> outcomes.Effect:
        """The paired effect of a policy against the baseline, over the futures of this one history."""
        mine, theirs = (self.futures[name][outcome] for name in (policy, self.baseline))
        known = np.isfinite(mine) & np.isfinite(theirs)
        return outcomes.paired((mine - theirs)[known], np.arange(len(mine))[known])


def fork(
    theatre: Theatre | str | Path,
    *,
    day: int,
    policies: Sequence[str],
    futures: int = 32,
    days: int | None = None,
    seed: int = 1,
    draw: int = 0,
    replicate: int = 0,
    parameters: Mapping[str, float] | None = None,
) -> Tree:
    """Carry the run (seed, draw, replicate) under no policy to `day`, then on to `days` in `futures` ways a policy.

    Policies decided before that day are decided on it. Equal arguments give equal bits. Raises BadInput for a day
    outside the run, no policy, or fewer than one future.
    """
    from sim.ground.draw import run_key
    from sim.interventions.base import NONE
    from sim.interventions.registry import load_policy
    from sim.scenario.read import read_theatre

    if isinstance(theatre, (str, Path)):
        theatre = read_theatre(theatre)
    horizon = days or theatre.days
    if not 0 <= day < horizon:
        raise BadInput(f"day {day} is outside the run", where="day", instead=f"0 to {horizon - 1}")
    if futures < 1 or not policies:
        raise BadInput("nothing would follow", where="futures", instead="futures=32 and at least one policy")
    chosen = {name: load_policy(name, theatre) for name in policies}
    trunk = Run(theatre, NONE, parameters, run_key(seed, draw, replicate), horizon)
    trunk.advance(day)
    found: dict[str, dict[str, list[float]]] = {name: {} for name in chosen}
    for name, policy in chosen.items():
        for number in range(futures):
            # draws of a study are counted from 0, so these keys belong to no run of one
            branch = trunk.fork(run_key(seed, 2**32 - 1, number), policy)
            branch.advance(horizon)
            for outcome, value in branch.result().outcomes.items():
                found[name].setdefault(outcome, []).append(value)
    arrays = {name: {o: np.array(values) for o, values in row.items()} for name, row in found.items()}
    return Tree(day, horizon, next(iter(chosen)), trunk.deaths, arrays)
