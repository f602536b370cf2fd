"""Bennett 2008, JASSS 11(4)7: accuracy before effectiveness, and a tipping point in accuracy."""

from __future__ import annotations

from functools import cache

import numpy as np

from experiments.replications.claim import THREE_ERRORS, Claim, far_apart
from sim.classics.bennett import Inputs, Insurgency, insurgency
from sim.ground.draw import run_key

SEEDS = 30
CAP = 3000  # attacks
DEFAULT, HALF = 0.8, 0.4
ACCURACIES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)


@cache
def runs(accuracy: float, effectiveness: float) -> tuple[Insurgency, ...]:
    """With the paper's other defaults; the same seeds for every pair."""
    inputs = Inputs(accuracy=accuracy, effectiveness=effectiveness)
    return tuple(insurgency(inputs, run_key(2008, 0, seed), CAP) for seed in range(SEEDS))


def attacks(accuracy: float, effectiveness: float) -> np.ndarray:
    return np.array([one.attacks for one in runs(accuracy, effectiveness)], dtype=float)


def recruits(accuracy: float, effectiveness: float) -> np.ndarray:
    """People who were insurgents at some time (removed, or left at the end), over those who were on the first day."""
    return np.array(
        [(one.removed + one.left) / max(one.started, 1) for one in runs(accuracy, effectiveness)], dtype=float
    )


def claims() -> list[Claim]:
    """All of them compare the defaults (0.8) with half of them."""
    return [careful_or_effective(), lengths(), recruiting(), tipping()]


def careful_or_effective() -> Claim:
    """The trade-off itself."""
    careful, effective = attacks(DEFAULT, HALF), attacks(HALF, DEFAULT)
    return Claim(
        "better careful than effective",
        "keeping the number of new insurgents down outweighs missing some insurgents (conclusion)",
        f"attacks until the end, accurate ({DEFAULT}) but ineffective ({HALF}) against the reverse; {SEEDS} runs each",
        "accuracy wins",
        f"{careful.mean():.0f} against {effective.mean():.0f}",
        THREE_ERRORS,
        far_apart(careful, effective),
    )


def lengths() -> Claim:
    """From the defaults, half the one or half the other."""
    base = attacks(DEFAULT, DEFAULT)
    clumsy, feeble = np.log(attacks(HALF, DEFAULT) / base), np.log(attacks(DEFAULT, HALF) / base)
    return Claim(
        "accuracy counts more",
        "accuracy is more important for the long-term defeat of insurgency than effectiveness (abstract)",
        f"times longer when accuracy, or effectiveness, is halved from {DEFAULT}; geometric mean, {SEEDS} pairs",
        "accuracy more",
        f"{np.exp(clumsy.mean()):.1f} and {np.exp(feeble.mean()):.1f} times",
        THREE_ERRORS,
        far_apart(feeble, clumsy),
    )


def recruiting() -> Claim:
    """The mechanism: harm makes insurgents."""
    clumsy, feeble = recruits(HALF, DEFAULT), recruits(DEFAULT, HALF)
    return Claim(
        "harm recruits",
        "with many injuries governments do the work of insurgents for them (conclusion)",
        f"people who ever were insurgents, over those of the first day; accuracy or effectiveness {HALF}; {SEEDS} runs",
        "accuracy decides",
        f"{clumsy.mean():.1f} times with accuracy {HALF}, {feeble.mean():.1f} times with effectiveness {HALF}",
        THREE_ERRORS,
        far_apart(feeble, clumsy),
    )


def tipping() -> Claim:
    """Length along accuracy, effectiveness at its default."""
    means = np.array([attacks(accuracy, DEFAULT).mean() for accuracy in ACCURACIES])
    growth = means[1:] / means[:-1]
    first = int(np.argmax(growth >= 1.25)) if (growth >= 1.25).any() else len(growth)
    at = ACCURACIES[first] if first < len(growth) else float("nan")
    course = ", ".join(f"{accuracy}: {mean:.0f}" for accuracy, mean in zip(ACCURACIES, means, strict=True))
    return Claim(
        "a tipping point",
        "there may be a critical accuracy below which the length of insurgencies increases dramatically (abstract)",
        f"mean attacks as accuracy falls, and where 0.1 less first adds a quarter; {SEEDS} runs each",
        "a critical value, which one could not be read",
        f"{course}; below {at}",
        "from 1 down to it hardly longer (less than half), at 0.2 four times as long as there",
        bool(first < len(growth) and means[first] < 1.5 * means[0] and means[-1] > 4.0 * means[first]),
    )
