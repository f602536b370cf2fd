"""Studies that grow until they are sure enough: a difference known to a named width, or an option chosen.

What is decided follows from the finished runs alone, so an interrupted sequence goes on where it was. Observations are
the means over replicates at each point; points follow one another in the order of the design. Looking again and again
at an interval makes it hold a little less often than it says (Chow and Robbins 1965 for the limit); the first look is
at `FIRST_STAGE` points or more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sim.study import outcomes, search
from sim.study.campaign import add_arms, grow_arms, reach
from sim.study.folder import StudyFolder
from sim.study.run import Engine
from sim.study.selection import FIRST_STAGE, kn, ocba, probability_correct
from sim.study.study import Case

GROWTH = 2.0
"""A study at most doubles before it looks again: its first guess of the spread is rough."""


def carry_on(study: StudyFolder, compute: Callable[[], Any], engine: Engine) -> dict[str, Any]:
    """Grow and `compute` a study with `stop`, `select` or `search` until it is decided or its budget is spent.

    The last content of `decided`. A study with none of them is computed once, and the result is {}.
    """
    while True:
        compute()
        before = study.plan.runs
        found = grow(study, engine)
        if study.plan.runs == before:
            return found


def grow(study: StudyFolder, engine: Engine) -> dict[str, Any]:
    """Plan what such a study wants next, from the runs that are finished; the content of `decided` before."""
    found = decided(study)
    if found.get("more"):
        add_arms(study, search.suggest(study, _first_points(study)), _first_points(study), engine)
    elif found and not found["decided"] and found["next"]:
        grow_arms(study, found["next"], engine)
    return found


def decided(study: StudyFolder) -> dict[str, Any]:
    """How far a study with `stop`, `select` or `search` has come, and how many points each arm needs `next` ({}: no
    more); a search may want `more` candidates instead."""
    if study.plan.study["stop"]:
        return _narrow(study)
    if study.plan.study["search"]:
        return search.look(study, _first_points(study))
    return _select(study) if study.plan.study["select"] else {}


def _first_points(study: StudyFolder) -> int:
    """Points of the first wave: those at which a search compares."""
    return study.plan.waves[0].draws[1]


def _budget_left(study: StudyFolder, most: float) -> int:
    """Runs that the study may still have."""
    return max(0, int(most) - study.plan.runs * len(study.plan.cases))


def _replicates(study: StudyFolder) -> int:
    return max(wave.replicates[1] for wave in study.plan.waves)


def _narrow(study: StudyFolder) -> dict[str, Any]:
    asked = study.plan.study["stop"]
    points = int(study.plan.study["design"].get("points", 64))
    width = max(_width(study, case, asked["policy"], asked["outcome"]) for case in study.plan.cases)
    found: dict[str, Any] = {
        "what": f"half the 90 % interval of {asked['policy']} against {study.plan.study['baseline']} in "
        f"{asked['outcome']}",
        "half_width": width if math.isfinite(width) else None,
        "wanted": asked["half_width"],
        "points": points,
        "decided": width <= asked["half_width"] and points >= FIRST_STAGE,
        "next": {},
    }
    each = len(study.plan.arms) * _replicates(study) * len(study.plan.cases)
    room = points + _budget_left(study, asked["at_most"]) // each
    need = (
        GROWTH * points if not math.isfinite(width) else points * min(GROWTH, 1.1 * (width / asked["half_width"]) ** 2)
    )
    wanted = min(max(math.ceil(need), points + 1, FIRST_STAGE), room)
    if not found["decided"] and wanted > points:
        found["next"] = dict.fromkeys(range(len(study.plan.arms)), wanted)
    return found


def _width(study: StudyFolder, case: Case, policy: str, outcome: str) -> float:
    """The widest half interval of the arms of a policy; infinite when there is none yet."""
    samples = study.samples(case)
    against = samples.get(study.plan.arms[0].label)
    arms = [arm.label for arm in study.plan.arms if arm.base == policy]
    if against is None or any(label not in samples for label in arms):
        return math.inf
    found = [outcomes.effect(samples[label], against, outcome) for label in arms]
    widths = [(one.mc_high - one.mc_low) / 2.0 for one in found]
    return max(widths) if all(math.isfinite(width) for width in widths) else math.inf


def _select(study: StudyFolder) -> dict[str, Any]:
    asked = study.plan.study["select"]
    samples = study.samples(study.plan.cases[0])
    means = {}
    for name, sample in samples.items():
        _, draws, values = outcomes.point_means({name: sample}, asked["objective"])
        means[name] = values[:, 0] if len(draws) else np.zeros(0)
    labels = [arm.label for arm in study.plan.arms]
    fewest = min((len(means.get(label, ())) for label in labels), default=0)
    if fewest < FIRST_STAGE:
        need = dict.fromkeys(range(len(labels)), FIRST_STAGE)
        return {"decided": False, "method": asked["method"], "next": _affordable(study, need, asked["at_most"])}
    return (_kn if asked["method"] == "kn" else _ocba)(study, asked, labels, means)


def _kn(study: StudyFolder, asked: Any, labels: list[str], means: dict[str, Any]) -> dict[str, Any]:
    kept = kn({label: means[label] for label in labels}, FIRST_STAGE, asked["indifference"], asked["confidence"])
    more = max(kept.looked_at + 1, math.ceil(1.25 * kept.looked_at))
    need = {labels.index(name): more for name in kept.still_in}
    return {
        "method": "KN (Kim and Nelson 2001)",
        "decided": kept.decided,
        "chosen": kept.still_in[0] if kept.decided else None,
        "still_in": list(kept.still_in),
        "dropped_after": dict(kept.dropped),
        "confidence": asked["confidence"],
        "indifference": asked["indifference"],
        "next": {} if kept.decided else _affordable(study, need, asked["at_most"]),
    }


def _ocba(study: StudyFolder, asked: Any, labels: list[str], means: dict[str, Any]) -> dict[str, Any]:
    counts = np.array([len(means[label]) for label in labels])
    mean = np.array([means[label].mean() for label in labels])
    variance = np.array([means[label].var(ddof=1) for label in labels])
    sure = probability_correct(mean, variance, counts)
    total = int(math.ceil(1.25 * counts.sum()))
    wanted = np.maximum(counts, ocba(mean, variance, total))
    need = {i: int(count) for i, count in enumerate(wanted)}
    done = sure >= asked["confidence"]
    return {
        "method": "OCBA (Chen et al. 2000)",
        "decided": done,
        "chosen": labels[int(np.argmin(mean))] if done else None,
        "probability_correct": sure,
        "confidence": asked["confidence"],
        "points": dict(zip(labels, counts.tolist(), strict=True)),
        "next": {} if done else _affordable(study, need, asked["at_most"]),
    }


def _affordable(study: StudyFolder, need: dict[int, int], most: float) -> dict[int, int]:
    """What of `need` (arm -> points) the budget of runs allows; what is short is short for all arms alike."""
    had = reach(study.plan)
    more = {arm: count - had[arm] for arm, count in need.items() if count > had[arm]}
    left = _budget_left(study, most) // _replicates(study)
    total = sum(more.values())
    part = {arm: count if total <= left else count * left // total for arm, count in more.items()}
    return {arm: had[arm] + count for arm, count in part.items() if count}
