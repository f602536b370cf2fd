"""Insurgency against a clumsy or a careful army (Bennett 2008, JASSS 11(4)7).

Civilians and soldiers stand on a map with edges. A civilian whose anger exceeds both fear and an own threshold of
violence is a latent insurgent, and attacks a soldier in range when his turn comes. The soldier strikes back: with a
chance `effectiveness` the insurgent is removed, and each civilian around him is hurt with a chance 1 - `accuracy`. The
hurt fear more, and are angrier the more were hurt with them. It is over when no insurgent is left near a soldier.

The map, ranges, chances and the three equations are the paper's (Tables 1 and 2). Not in what could be read of it, so
assumed: 500 civilians and 100 soldiers, each on a cell of his own (as in a student replication); one attack a turn, by
an insurgent at random; a square neighbourhood; a strike hurts neither the attacker nor those who were removed before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.classics.draws import normals, uniforms

PLACES, ANGER, FEAR, THRESHOLD, CHOICE, HURT = range(10, 16)  # what a draw is for


@dataclass(frozen=True)
class Inputs:
    """The paper's defaults (Table 2), and what was assumed."""

    effectiveness: float = 0.8
    accuracy: float = 0.8
    side: int = 50  # cells
    reach: int = 3  # cells: of an insurgent who looks for a soldier, and of harm around him
    civilians: int = 500  # assumption
    soldiers: int = 100  # assumption
    anger: tuple[float, float] = (0.25, 0.125)  # mean and s.d. of the normal distribution, held within 0 .. 1
    fear: tuple[float, float] = (0.5, 0.25)
    threshold: tuple[float, float] = (0.5, 0.25)
    more_fear: float = 0.1  # equation 1
    more_anger: float = 0.05  # equation 2, for each who is hurt


@dataclass(frozen=True)
class Insurgency:
    """How it went: attacks until nobody attacks any more or the cap; insurgents removed; injuries; insurgents left."""

    attacks: int
    removed: int
    hurt: int
    left: int
    started: int  # insurgents on the first day


def insurgency(inputs: Inputs, key: Any, cap: int) -> Insurgency:
    """One run of at most `cap` attacks; `key` is uint32[2] (sim.ground.draw.run_key)."""
    around, exposed = _map(inputs, key)
    n = inputs.civilians
    anger, fear, threshold = (
        np.clip(mean + sd * normals(key, n, 0, draw), 0.0, 1.0)
        for (mean, sd), draw in ((inputs.anger, ANGER), (inputs.fear, FEAR), (inputs.threshold, THRESHOLD))
    )
    there = np.ones(n, dtype=bool)
    started = int(((anger > fear) & (anger > threshold)).sum())
    hurt_in_all = 0
    for attack in range(cap + 1):
        latent = there & (anger > fear) & (anger > threshold)
        ready = np.flatnonzero(latent & exposed)
        if ready.size == 0 or attack == cap:
            return Insurgency(attack, int((~there).sum()), hurt_in_all, int(latent.sum()), started)
        who, struck = uniforms(key, 2, attack, CHOICE)
        attacker = ready[int(who * ready.size)]
        there[attacker] = struck >= inputs.effectiveness
        hurt = around[attacker] & there & (uniforms(key, n, attack, HURT) < 1.0 - inputs.accuracy)
        number = int(hurt.sum())
        hurt_in_all += number
        fear[hurt] += inputs.more_fear * (1.0 - fear[hurt])
        anger[hurt] = np.minimum(anger[hurt] + inputs.more_anger * number * (1.0 - anger[hurt]), 1.0)
    raise AssertionError("the loop ends by itself")


def _map(inputs: Inputs, key: Any) -> tuple[Any, Any]:
    """(who is in reach of whom [civilian, civilian], without oneself; who reaches a soldier [civilian])."""
    lots = uniforms(key, inputs.side**2, 0, PLACES)
    cells = np.argsort(lots, kind="stable")[: inputs.civilians + inputs.soldiers]
    rows, columns = np.divmod(cells, inputs.side)
    apart = np.maximum(abs(rows[:, None] - rows), abs(columns[:, None] - columns))
    near = apart <= inputs.reach
    np.fill_diagonal(near, False)
    n = inputs.civilians
    return near[:n, :n], near[:n, n:].any(axis=1)
