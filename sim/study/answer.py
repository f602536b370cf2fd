"""What a study answers, from its finished runs alone: outcomes, differences, robustness, what the answer hangs on.

Everything is arithmetic of the model under the study's assumptions; no interval here holds the model's own error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ground.check import BadInput
from sim.study import discovery, outcomes, robustness, sensitivity, store
from sim.study.design import Points
from sim.study.folder import StudyFolder
from sim.study.harm import HARMS
from sim.study.outcomes import Sample
from sim.study.sequential import decided
from sim.study.study import Case

Floats = NDArray[np.float64]

SIDE_EFFECTS: tuple[str, ...] = ("civilian_deaths", "indirect_deaths", "displaced_peak", "intervener_deaths")
"""The harms beside cost in which arms are compared without weighing one against another."""


def answer(study: StudyFolder) -> dict[str, Any]:
    """The content of answer.json, which is written too. Raises FailedWork when no run is finished."""
    found = {
        "schema_version": 1,
        "name": study.plan.study["name"],
        "question": study.plan.study["question"],
        "objective": study.plan.study["answer"]["objective"],
        "note": "simulated; excludes model error",
        "cases": {case.name: _case(study, case) for case in study.plan.cases},
        "decision": decided(study),
    }
    store.write_json(study.folder / "answer.json", found)
    return found


def _case(study: StudyFolder, case: Case) -> dict[str, Any]:
    asked = study.plan.study["answer"]
    objective = asked["objective"]
    samples = study.samples(case)
    baseline = study.plan.arms[0].label
    if baseline not in samples:
        baseline = next(iter(samples))
    names, draws, means = outcomes.point_means(samples, objective)
    found: dict[str, Any] = {
        "runs": sum(len(sample.keys) for sample in samples.values()),
        "planned": study.plan.runs,
        "baseline": baseline,
        "arms": {name: _arm(sample, samples[baseline]) for name, sample in samples.items()},
        "not_told_apart": outcomes.indistinguishable(samples),
        "points_compared": len(draws),
    }
    if len(draws):
        told = (study, case, names, draws, means)
        found["robustness"] = _robustness(samples, names, draws, means, baseline, asked, study.plan.seed)
        found["sensitivity"] = _or_absent(lambda: _sensitivity(*told, baseline))
        found["discovery"] = _or_absent(lambda: _discovery(*told, asked))
    return found


def _or_absent(part: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A part of the answer, or why it is absent: a missing extra must not cost the rest."""
    try:
        return part()
    except BadInput as error:
        return {"absent": f"{error.problem.what}: {error.problem.instead}"}


def _arm(sample: Sample, against: Sample) -> dict[str, Any]:
    told = [name for name in HARMS if name in sample.values]
    return {
        "runs": len(sample.keys),
        "outcomes": {name: outcomes.distribution(sample.values[name]) for name in told},
        "difference": {name: outcomes.difference(sample, against, name) for name in told},
        "p_harm": outcomes.share_harmful(sample, against),
        "euros": float(_euros(sample).mean()),
        "pairing": {name: outcomes.correlation(sample, against, name) for name in told},
    }


def _euros(sample: Sample) -> Floats:
    paid = [values for name, values in sample.values.items() if name.startswith("euros_")]
    return np.asarray(np.sum(paid, axis=0)) if paid else np.zeros(len(sample.keys))


def _robustness(
    samples: Mapping[str, Sample], names: Sequence[str], draws: Any, means: Floats, baseline: str,
    asked: Mapping[str, Any], seed: int,
) -> dict[str, Any]:  # fmt: skip
    told: dict[str, Any] = {"arms": robustness.table(names, means, baseline, seed)}
    told["minimax_regret"] = robustness.minimax_regret(names, means)
    if "acceptable" in asked:
        limits = asked["acceptable"]
        inside = {}
        for outcome in limits:
            _, where, values = outcomes.point_means(samples, outcome)
            inside[outcome] = values[np.isin(where, draws)]
        share = robustness.satisficing(inside, limits)
        told["acceptable"] = {"limits": limits, "share": dict(zip(names, share.tolist(), strict=True))}
    harms = np.array([
        [float(np.nanmean(samples[name].values.get(h, np.zeros(1)))) for h in SIDE_EFFECTS]
        + [float(_euros(samples[name]).mean())]
        for name in names
    ])  # fmt: skip
    told["pareto"] = {"in": [*SIDE_EFFECTS, "euros"], "arms": [names[i] for i in robustness.pareto(harms)]}
    told["frontier"] = robustness.frontier(names, harms[:, -1], means.mean(axis=0))
    return told


def _sensitivity(
    study: StudyFolder, case: Case, names: Sequence[str], draws: Any, means: Floats, baseline: str
) -> dict[str, Any]:
    design = study.plan.study["design"]
    kind = design.get("kind", "draws")
    if kind not in ("sobol", "morris"):
        return {"absent": f"a {kind} design has no Sobol or Morris indices"}
    if len(draws) < study.plan.draws:
        return {"absent": f"{study.plan.draws - len(draws)} points are not finished: the indices need every one"}
    points = study.points(case)
    ranked = sensitivity.ranks(means)
    against = means[:, list(names).index(baseline)]
    told: dict[str, Any] = {"design": kind, "outcome": {}, "difference": {}, "rank": {}}
    for i, name in enumerate(names):
        told["outcome"][name] = _indices(points, means[:, i], design, study.plan.seed)
        if name != baseline:
            told["difference"][name] = _indices(points, means[:, i] - against, design, study.plan.seed)
        told["rank"][name] = _indices(points, ranked[:, i], design, study.plan.seed)
    return told


def _indices(points: Points, values: Floats, design: Mapping[str, Any], seed: int) -> dict[str, Any] | None:
    seed %= 2**31
    if design.get("kind") == "morris":
        return sensitivity.morris(points.names, points.unit, values, seed=seed)
    return sensitivity.sobol(points.names, values, second_order=bool(design.get("second_order")), seed=seed)


def _discovery(
    study: StudyFolder, case: Case, names: Sequence[str], draws: Any, means: Floats, asked: Mapping[str, Any]
) -> dict[str, Any]:
    if "fails_above" not in asked:
        return {"absent": "the study file says no fails_above"}
    values = _uncertain(study, case)[draws]
    told: dict[str, Any] = {"fails_above": asked["fails_above"], "arms": {}}
    for i, name in enumerate(names):
        fails = means[:, i] > asked["fails_above"]
        why = discovery.too_few(fails)
        if why:
            told["arms"][name] = {"fails": float(fails.mean()), "absent": why}
            continue
        told["arms"][name] = {
            "fails": float(fails.mean()),
            "prim": discovery.prim(case.uncertain, values, fails),
            "cart": discovery.cart(case.uncertain, values, fails, study.plan.seed),
        }
    return told


def _uncertain(study: StudyFolder, case: Case) -> Floats:
    return study.points(case).values


# ------------------------------------------------------------------------------------------------------ in words


def lines(found: Mapping[str, Any]) -> list[str]:
    """The answer as lines for a terminal."""
    said = [
        f"{found['name']}: {found['question']}".rstrip(": "),
        f"simulated; excludes model error ({found['objective']})",
    ]
    for name, case in found["cases"].items():
        said.append(
            f"{name}: {case['runs']:,} of {case['planned']:,} runs, {case['points_compared']:,} points compared"
        )
        width = max(len(arm) for arm in case["arms"])
        for arm, row in case["arms"].items():
            said.append(f"  {arm:<{width}}  {_line(row, found['objective'], arm == case['baseline'])}")
        for group in case["not_told_apart"]:
            said.append(f"  not told apart in civilian deaths: {', '.join(group)}")
        said += [f"  {line}" for line in _robust_lines(case.get("robustness", {}))]
        said += [f"  {line}" for line in _sensitivity_lines(case.get("sensitivity", {}), case["baseline"])]
        said += [f"  {line}" for line in _discovery_lines(case.get("discovery", {}))]
    return said + _decision_lines(found["decision"])


def _decision_lines(told: Mapping[str, Any]) -> list[str]:
    if not told:
        return []
    if "wanted" in told:
        width = "not known" if told["half_width"] is None else f"{told['half_width']:,.1f}"
        ending = "reached" if told["decided"] else "not reached" if told["next"] else "not reached within the budget"
        return [f"{told['what']}: {width} at {told['points']:,} points, {told['wanted']:,g} wanted: {ending}"]
    if told["decided"]:
        least = f"where it is better by {told['indifference']:g} or more, " if "indifference" in told else ""
        return [f"least harm: {told['chosen']}; {least}with probability {told['confidence']:g} ({told['method']})"]
    return [f"{told['method']}: not decided" + ("" if told["next"] else " within the budget")]


def _line(row: Mapping[str, Any], objective: str, baseline: bool) -> str:
    mean = row["outcomes"].get(objective, {}).get("mean")
    told = "not defined" if mean is None else f"{mean:>12,.1f}"
    change = row["difference"].get(objective, {})
    if baseline or change.get("mean") is None:
        return told
    if change["mc_low"] is None:
        return f"{told}  {change['mean']:+,.1f}"
    return f"{told}  {change['mean']:+,.1f} ({change['mc_low']:+,.1f} to {change['mc_high']:+,.1f} Monte Carlo)"


def _robust_lines(told: Mapping[str, Any]) -> list[str]:
    if not told:
        return []
    least = told["minimax_regret"]
    rows = [told["arms"][name] for name in least]
    share = sum(row["minimax_regret_share"] for row in rows)
    said = [f"least largest regret: {' = '.join(least)}, {rows[0]['largest_regret']:,.1f} (in {share:.0%} of resampled "
            "points)"]  # fmt: skip
    for arm, share in told.get("acceptable", {}).get("share", {}).items():
        said.append(f"acceptable at {share:.0%} of points: {arm}")
    return said


def _sensitivity_lines(told: Mapping[str, Any], baseline: str) -> list[str]:
    if "design" not in told:
        quiet = not told or "has no Sobol" in told["absent"]
        return [] if quiet else [f"sensitivity: {told['absent']}"]
    key = "total" if told["design"] == "sobol" else "mu_star"
    said = []
    for what, rows in (("outcome", {baseline: told["outcome"].get(baseline)}), ("difference", told["difference"])):
        for arm, indices in rows.items():
            if indices:
                top = sorted(indices[key].items(), key=lambda item: -item[1])[:3]
                names = ", ".join(f"{name} {value:.2g} (+-{indices[key + '_conf'][name]:.1g})" for name, value in top)
                said.append(f"the {what} of {arm} hangs on: {names} ({key.replace('_', ' ')})")
    return said


def _discovery_lines(told: Mapping[str, Any]) -> list[str]:
    said = [f"where it fails: {told['absent']}"] if "installed" in told.get("absent", "") else []
    for arm, row in told.get("arms", {}).items():
        if "prim" in row:
            limits = "; ".join(f"{n} {v['low']:.3g} to {v['high']:.3g}" for n, v in row["prim"]["limits"].items())
            said.append(
                f"{arm} fails at {row['fails']:.0%} of points; of those, {row['prim']['coverage']:.0%} lie where "
                f"{limits or 'nothing is restricted'} (there {row['prim']['density']:.0%} fail)"
            )
    return said
