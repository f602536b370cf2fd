"""A small stand-in for the engine: cheap, deterministic, with the same face. Not a model of anything."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.ground.check import BadInput
from sim.ground.parameters import Parameter
from sim.study.run import Engine

PARAMETERS = {
    "violence": Parameter("violence", 0.5, 0.1, 1.0, "share", "how violent", "stand-in for tests"),
    "fixed": Parameter("fixed", 2.0, 2.0, 2.0, "days", "never sampled", "stand-in for tests", "derived"),
}
EFFECT = {
    "none": 0.0,
    "protect": 0.5,
    "useless": 0.0,
    "harm": -0.5,
    "factual_rule": 0.2,
    "broken": 0.3,
    "killer": 0.1,
}


@dataclass(frozen=True)
class FakePolicy:
    name: str
    title: str
    parts: tuple[tuple[float, int], ...]
    summary: str = "summary"
    assumption: str = "assumption"
    decided_on: str = "day 10"
    cost: float = 0.0

    def delayed(self, days: int) -> FakePolicy:
        return replace(self, parts=tuple((effect, delay + days) for effect, delay in self.parts))

    def combined(self, other: FakePolicy) -> FakePolicy:
        name, cost = f"{self.name}+{other.name}", self.cost + other.cost
        return replace(self, name=name, parts=self.parts + other.parts, cost=cost)

    def share_saved(self, days: int) -> float:
        return sum(effect * max(0, days - 10 - delay) / days for effect, delay in self.parts)


@dataclass(frozen=True)
class FakeResult:
    outcomes: dict[str, float]
    weekly: dict[str, Any]
    monthly: dict[str, Any]
    places: dict[str, Any]
    digest: str


SIZED = ("preventive_deployment",)
"""Policies whose file says a size: the more, the fewer deaths, at 1,000 euros each."""


def _size(name: str, theatre: Any) -> float:
    if name in theatre.policies:
        return float(theatre.policies[name]["instruments"][0]["size"]["value"])
    return 1100.0


def load_policy(name: str, theatre: Any) -> FakePolicy:
    first, _, others = name.partition("+")
    if others:
        return load_policy(first, theatre).combined(load_policy(others, theatre))
    if name.partition("[")[0] in SIZED:
        size = float(_size(name, theatre))
        return FakePolicy(name, name.title(), ((0.5 * size / 2000.0, 0),), cost=1000.0 * size)
    if name not in EFFECT:
        raise BadInput(f"there is no policy {name!r}", where="policy", instead="did you mean 'protect'?")
    return FakePolicy(name, name.title(), ((EFFECT[name], 0),))


def simulate(
    theatre: Any,
    policy: FakePolicy,
    *,
    parameters: dict[str, float],
    seed: int,
    draw: int = 0,
    replicate: int = 0,
    days: int | None = None,
    decision: str = "instant",
) -> FakeResult:
    """`days` - 10 - delay days of protection scale deaths; draws come from (seed, draw, replicate) alone.

    A policy that institutions decide comes 20 days later.
    """
    policy = policy if decision == "instant" else policy.delayed(20)
    days = days or theatre.days
    knobs = json.loads(os.environ.get("FAKE_ENGINE", "{}"))
    time.sleep(knobs.get("seconds", 0.0))
    if policy.name == "broken" and (draw, replicate) == (0, 1):
        raise ArithmeticError("a share became 1.7")
    if policy.name == "killer" and (draw, replicate) == (1, 0) and days > 2:
        os._exit(9)
    if knobs.get("poison") == [policy.name, draw, replicate] and days > 2:
        os._exit(9)
    if "log" in knobs and days > 2:
        with Path(knobs["log"]).open("a") as file:
            file.write(f"{policy.name} {policy.parts[0][1]} {draw} {replicate}\n")
    rng = np.random.default_rng([seed, draw, replicate])
    weeks, months = -(-days // 7), (theatre.start.month - 1 + days // 31) + 1
    shape = (months, len(theatre.prefectures), len(theatre.actors))
    true = rng.poisson(20 * parameters["violence"], shape) * (rng.random(shape) < 0.2)
    true = np.floor(true * (1.0 - policy.share_saved(days))).astype(np.int32)
    deaths = float(true.sum())
    share = np.full((weeks, shape[1]), deaths / (weeks * shape[1]), np.float32)
    at_place = np.zeros(len(theatre.places), np.int64)
    at_place[0] = int(deaths)
    outcomes = {
        "civilian_deaths": deaths, "indirect_deaths": deaths // 5, "displaced_internal": 10 * deaths,
        "displaced_peak": 12 * deaths, "refugees_abroad": deaths, "trapped": 3.0,
        "onset_day": 12.0 + draw if rng.random() < 0.7 else float("nan"), "peak_day": 20.0,
        "mass_killing": float(deaths >= 1000), "reported_deaths": deaths // 2,
    }  # fmt: skip
    if policy.share_saved(days):
        outcomes["euros_eu"] = 1000.0 + policy.cost
    return FakeResult(
        outcomes,
        {"deaths": share, "displaced": 10 * share, "refugees": np.arange(weeks, dtype=np.float32)},
        {"deaths_reported": true // 2, "deaths_true": true, "refugees": np.arange(months, dtype=np.int64)},
        {"deaths": at_place, "displaced": 10 * at_place},
        hashlib.sha256(json.dumps(outcomes).encode()).hexdigest(),
    )


ENGINE = Engine(
    simulate="tests.study.fake_engine:simulate",
    load_policy="tests.study.fake_engine:load_policy",
    parameters="tests.study.fake_engine:PARAMETERS",
    version="stand-in",
)
