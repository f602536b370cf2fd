"""Searching among protective policies: which combination and dose of them leaves the least harm within stated limits.

Candidates are the study's policies with values of their levers, inside the ranges that the policies' files give sources
for. They are suggested by a tree-structured Parzen estimator (Bergstra et al. 2011) of optuna, an extra. What is
minimised is a harm (`sim.study.harm`) or money; nothing else can be named. The least of many noisy means is too good to
be true, so the best few meet the baseline again on points that the search has not seen, and only those are told.

What comes next follows from the finished runs alone, so an interrupted search goes on where it was.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sim.ground.check import BadInput
from sim.study import outcomes
from sim.study.campaign import reach
from sim.study.folder import StudyFolder
from sim.study.harm import ALL_COST
from sim.study.outcomes import Keys, Sample
from sim.study.study import Arm, arm_of

FINALISTS = 3
"""Candidates that meet the baseline again."""
DECIMALS = 3
"""A lever without a step is tried in this many significant digits: finer ones are not told apart."""


def look(study: StudyFolder, points: int) -> dict[str, Any]:
    """How far a search has come: `more` candidates to try, or points that arms need `next`, or neither when it is over.

    Candidates are compared at the first `points`.
    """
    asked, objective = study.plan.study["search"], study.plan.study["answer"]["objective"]
    samples = study.samples(study.plan.cases[0])
    labels = [arm.label for arm in study.plan.arms]
    scored = _scores(study, samples, points)
    had = reach(study.plan)
    fresh = max(had.values()) <= points  # no finalist has met the baseline again yet
    found: dict[str, Any] = {
        "trials": len(labels),
        "wanted_trials": int(asked["trials"]),
        "within_limits": sum(_sound(score) for score in scored.values()),
        "more": len(labels) < asked["trials"] and fresh and next(_untried(study), None) is not None,
        "decided": False,
        "next": {},
    }
    if found["more"]:
        return found
    sound = {label: score for label, score in scored.items() if _sound(score) and label != labels[0]}
    best = sorted(sound, key=lambda label: sound[label][0])[:FINALISTS]
    whole = points + int(asked["confirm"])
    need = {labels.index(label): whole for label in (labels[0], *best)} if best else {}
    if any(had[arm] < count for arm, count in need.items()):
        return {**found, "next": need}
    return {**found, "decided": True, **(_confirmed(samples, labels[0], best, objective, points) if best else {})}


Score = tuple[float, dict[str, float]]
"""Mean harm, and by how much each limit is exceeded (0 or less: it is held)."""


def _scores(study: StudyFolder, samples: Mapping[str, Sample], points: int) -> dict[str, Score]:
    asked, objective = study.plan.study["search"], study.plan.study["answer"]["objective"]
    return {name: _score(sample, objective, asked["within"], points) for name, sample in samples.items()}


def _score(sample: Sample, objective: str, within: Mapping[str, float], points: int) -> Score:
    first = Keys.of(sample.keys).draws < points
    means = {name: float(np.nanmean(values[first])) for name, values in sample.values.items() if first.any()}
    means[ALL_COST] = sum(value for name, value in means.items() if name.startswith("euros_"))
    return means.get(objective, math.nan), {name: means.get(name, 0.0) - most for name, most in within.items()}


def _sound(score: Score) -> bool:
    return math.isfinite(score[0]) and all(excess <= 0.0 for excess in score[1].values())


def _confirmed(
    samples: Mapping[str, Sample], baseline: str, best: Sequence[str], objective: str, points: int
) -> dict[str, Any]:
    """What the finalists do on points that the search did not use."""
    fresh = {name: _after(samples[name], objective, points) for name in (baseline, *best)}
    told = {name: outcomes.effect(fresh[name], fresh[baseline], objective) for name in best}
    order = sorted(best, key=lambda name: told[name].mean)
    alike = [
        name for name in order[1:] if not outcomes.effect(fresh[name], fresh[order[0]], objective).told_apart
    ]  # fmt: skip
    keys = ("mean", "mc_low", "mc_high")
    return {
        "confirmed": order,
        "fresh": {name: {key: outcomes.as_json(getattr(told[name], key)) for key in keys} for name in order},
        "fresh_points": told[order[0]].draws,
        "not_told_apart": [order[0], *alike] if alike else [],
    }


def _after(sample: Sample, objective: str, points: int) -> Sample:
    keys = Keys.of(sample.keys)
    fresh = keys.draws >= points
    return Sample(Keys(keys.draws[fresh], keys.replicates[fresh]), {objective: sample.values[objective][fresh]})


# ------------------------------------------------------------------------------------------------- what to try next


def suggest(study: StudyFolder, points: int) -> list[Arm]:
    """The next arms to try, all new: at least one where `look` wants more. Raises BadInput without optuna."""
    optuna, asked = _optuna(), study.plan.study["search"]
    scored = _scores(study, study.samples(study.plan.cases[0]), points)
    count = min(int(asked["batch"]), int(asked["trials"]) - len(study.plan.arms))
    levers, arms = study.plan.study["levers"], study.plan.arms
    policies = _policies(study)
    seed, at_random = (study.plan.seed + len(arms)) % 2**32, 2 * len(policies) + 4
    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True, n_startup_trials=at_random)
    search = optuna.create_study(sampler=sampler, direction="minimize")
    for arm in arms[1:]:
        if arm.label in scored and math.isfinite(scored[arm.label][0]):
            search.add_trial(_past(optuna, arm, scored[arm.label], policies, levers))
    known = {arm.label for arm in arms}
    found: list[Arm] = []
    for _ in range(20 * count):  # what has been tried already is suggested again, more and more often
        if len(found) == count:
            break
        arm = _ask(search.ask(), policies, levers)
        if arm.label not in known:
            known.add(arm.label)
            found.append(arm)
    return found or [arm for arm, _ in zip(_untried(study), range(count), strict=False)]


def _policies(study: StudyFolder) -> list[str]:
    return [name for name in study.plan.study["policies"] if name != study.plan.study["baseline"]]


def _untried(study: StudyFolder) -> Iterator[Arm]:
    """Candidates that have not been tried, one by one; of a lever without a step only its ends."""
    known = {arm.label for arm in study.plan.arms}
    for policy in _policies(study):
        levers = levers_of(policy, study.plan.study["levers"])
        for values in itertools.product(*map(_values, levers.values())):
            chosen = dict(zip(levers, values, strict=True))
            arm = arm_of(policy, int(chosen.pop("delay_days", 0)), chosen)
            if arm.label not in known:
                yield arm


def _values(values: Any) -> list[float]:
    if not isinstance(values, Mapping):
        return list(values)
    low, high, step = values["low"], values["high"], values["step"]
    return [low, high] if not step else [low + step * i for i in range(int((high - low) / step + 1e-9) + 1)]


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise BadInput("optuna is not installed", where="search", instead="pip install 'forestall[search]'") from None
    import warnings

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    return optuna


def levers_of(policy: str, levers: Mapping[str, Any]) -> dict[str, Any]:
    """Levers of a policy or of the parts of one: key (PATH, of a part PART.PATH, or delay_days) -> what it may be.

    Several policies that run together are decided together: their delay is that of the whole, else of the first part
    that has one.
    """
    found: dict[str, Any] = {}
    for name in dict.fromkeys((policy, *policy.split("+"))):
        for key, values in levers.items():
            base, _, path = key.partition(".")
            if base == name and path == "delay_days":
                found.setdefault(path, values)
            elif base == name:
                found[path if name == policy else f"{name}.{path}"] = values
    return found


def _ask(trial: Any, policies: Sequence[str], levers: Mapping[str, Any]) -> Arm:
    policy = trial.suggest_categorical("policy", policies)
    chosen: dict[str, float] = {}
    for key, values in levers_of(policy, levers).items():
        name = f"{policy}:{key}"
        if not isinstance(values, Mapping):
            chosen[key] = trial.suggest_categorical(name, list(values))
        elif key == "delay_days":
            chosen[key] = trial.suggest_int(name, values["low"], values["high"], step=int(values["step"]))
        else:
            value = trial.suggest_float(name, values["low"], values["high"], step=values["step"] or None)
            chosen[key] = value if values["step"] else float(f"{value:.{DECIMALS}g}")
    return arm_of(policy, int(chosen.pop("delay_days", 0)), chosen)


def _past(optuna: Any, arm: Arm, score: Score, policies: Sequence[str], levers: Mapping[str, Any]) -> Any:
    """An arm that was tried, as optuna knows it; levers that it left as written are no part of it."""
    made = optuna.distributions
    params: dict[str, Any] = {"policy": arm.base}
    spaces: dict[str, Any] = {"policy": made.CategoricalDistribution(policies)}
    for key, values in levers_of(arm.base, levers).items():
        value = arm.delay_days if key == "delay_days" else arm.levers.get(key)
        name = f"{arm.base}:{key}"
        if not isinstance(values, Mapping):
            if value in values:
                spaces[name], params[name] = made.CategoricalDistribution(list(values)), value
        elif value is not None and values["low"] <= value <= values["high"]:
            if key == "delay_days":
                spaces[name] = made.IntDistribution(values["low"], values["high"], step=int(values["step"]))
            else:
                spaces[name] = made.FloatDistribution(values["low"], values["high"], step=values["step"] or None)
            params[name] = value
    return optuna.trial.create_trial(
        params=params, distributions=spaces, value=score[0], constraints=score[1]
    )  # fmt: skip
