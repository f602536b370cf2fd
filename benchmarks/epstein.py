"""Epstein's rebellion (2002, Model I) in our kernel and in Mesa's own example, in one run on one machine.

Both get the same torus, densities, parameters and view (Mesa's: 7 steps of a rook), and Mesa's rounding of C / A. An
activation is one actor's turn; those in jail are counted on both sides, for both pass over them, and the note says how
many they are. Of Mesa only the turns are timed (`agents.shuffle_do`), not its data collector; of ours the whole tick.
Both in seconds of the processor, so that other work on the machine takes time from neither.
"""

from __future__ import annotations

import statistics
import time
import warnings
from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks.measure import Result, result
from sim.classics.epstein import Inputs, Society
from sim.classics.lattice import diamond
from sim.ground.draw import run_key

AT_LEAST = 500.0  # times Mesa
INPUTS = Inputs(vision=7.0, legitimacy=0.82, term=30, cops=0.04, side=120)  # the paper's Run 2 on a larger torus
WARM, TICKS, ROUNDS = 20, 4, 5


def epstein() -> list[Result]:
    """Activations a second of 10,656 actors: ours, Mesa's, and how many times faster; medians of alternating rounds."""
    ours, theirs = Society(INPUTS, run_key(1, 0, 0), np.round, diamond(7)), _mesa()
    ours.run(WARM)
    for _ in range(WARM // TICKS):
        theirs.agents.shuffle_do("step")  # its neighbourhoods are computed once, in the first step
    fast, slow, jailed = [], [], []
    for _ in range(ROUNDS):
        start = time.process_time()
        series = ours.run(100 * TICKS)
        fast.append(100 * TICKS * int(ours.size[0]) / (time.process_time() - start))
        start = time.process_time()
        for _ in range(TICKS):
            theirs.agents.shuffle_do("step")
        slow.append(TICKS * len(theirs.agents) / (time.process_time() - start))
        theirs._update_counts()
        jailed.append((series[:, 3].mean() / ours.size[0], theirs.ARRESTED / len(theirs.agents)))
    here, there = statistics.median(fast), statistics.median(slow)
    inside = np.mean(jailed, axis=0)
    note = (
        f"activations a processor second of {int(ours.size[0]):,} actors, vision 7, one thread, median of {ROUNDS}; "
        f"{inside[0]:.0%} of ours and {inside[1]:.0%} of Mesa's in jail; the reference is Mesa {version('mesa')}"
    )
    return [
        result("epstein_activations_per_second", here, "1/s", there, "higher", note),
        result("epstein_times_mesa", here / there, "1", AT_LEAST, "higher", "the same two figures, divided"),
    ]


def _mesa() -> Any:
    """Mesa's own example with our inputs."""
    from mesa.examples.advanced.epstein_civil_violence.model import EpsteinCivilViolence

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Mesa 3.5 deprecates the `seed` that 3.3 needs
        return EpsteinCivilViolence(
            width=INPUTS.side,
            height=INPUTS.side,
            citizen_density=INPUTS.agents,
            cop_density=INPUTS.cops,
            citizen_vision=int(INPUTS.vision),
            cop_vision=int(INPUTS.vision),
            legitimacy=INPUTS.legitimacy,
            max_jail_term=INPUTS.term,
            active_threshold=INPUTS.threshold,
            arrest_prob_constant=INPUTS.k,
            max_iters=10**9,
            seed=1,
        )
