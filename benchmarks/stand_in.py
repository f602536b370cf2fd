"""Two small engines for measuring what a study adds to its runs: Epstein's rebellion, and one that computes nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.classics.epstein import Inputs, Society
from sim.classics.lattice import diamond
from sim.ground.draw import run_key
from sim.ground.parameters import Parameter
from sim.study.harm import HARMS
from sim.study.run import Engine

PARAMETERS = {
    "legitimacy": Parameter("legitimacy", 0.82, 0.82, 0.82, "share", "of the regime", "Epstein 2002, Run 2", "derived"),
}
REBELLION = Inputs(vision=7.0, legitimacy=0.82, term=30, cops=0.04, side=40)
"""40 x 40 is the size of the paper and of Mesa's example."""


@dataclass(frozen=True)
class Ended:
    """What a study keeps of a run."""

    outcomes: dict[str, float]
    digest: str
    weekly: dict[str, Any] = field(default_factory=dict)
    monthly: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Any] = field(default_factory=dict)


def load_policy(name: str, theatre: Any) -> str:
    """Both engines know policies by name only."""
    return name


def rebellion(
    theatre: Any, policy: str, *, parameters: dict[str, float], seed: int, draw: int, replicate: int, days: int
) -> Ended:
    """`days` ticks of Epstein's Model I."""
    series = Society(REBELLION, run_key(seed, draw, replicate), np.round, diamond(7)).run(days)
    peak = float(series[:, 0].max())
    return Ended({"participation_peak": peak}, hashlib.sha256(series.tobytes()).hexdigest())


def nothing(
    theatre: Any, policy: str, *, parameters: dict[str, float], seed: int, draw: int, replicate: int, days: int
) -> Ended:
    """Outcomes out of a hash, so that only the study itself costs time."""
    digest = hashlib.sha256(f"{policy} {seed} {draw} {replicate}".encode()).hexdigest()
    bits = int(digest[:12], 16)
    saved = 0 if policy == "none" else bits % 97
    return Ended({name: float((bits >> i) % 1000 - saved) for i, name in enumerate(HARMS)}, digest)


def engine(name: str) -> Engine:
    """One of the two, as a study takes it."""
    here = "benchmarks.stand_in"
    return Engine(f"{here}:{name}", f"{here}:load_policy", f"{here}:PARAMETERS", version=f"stand-in {name}")
