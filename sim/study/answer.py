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
from sim.study.outcomes import Keys, Sample
from sim.study.sequential import decided
from sim.study.study import Case

Floats = NDArray[np.float64]

SIDE_EFFECTS: tuple[str, ...] = ("civilian_deaths", "indirect_deaths", "displaced_peak", "intervener_deaths")
"""The harms beside cost in which arms are compared without weighing one against another."""


def answer(study: StudyFolder) -> dict[str, Any]:
    """The content of answer.json, which is written too. Raises FailedWork when no run is finished."""
    objective = study.plan.study["answer"]["objective"]
    cases: dict[str, Any] = {}
    light: dict[str, dict[str, Sample]] = {}
    for case in study.plan.cases:
        samples = study.samples(case, lambda name: name in HARMS or name.startswith("euros_"))
        cases[case.name] = _case(study, case, samples)
        nothing = np.zeros(0)
        light[case.name] = {
            name: Sample(one.keys, {objective: one.values.get(objective, nothing)}) for name, one in samples.items()
        }
    found = {
        "schema_version": 1,
        "name": study.plan.study["name"],
        "question": study.plan.study["question"],
        "objective": objective,
        "note": "simulated; excludes model error",
        "cases": cases,
        "theories": _theories(study, light, objective),
        "decisions": _decisions(study, light, objective),
        "decision": decided(study),
    }
    store.write_json(study.folder / "answer.json", found)
    return found


def _alike(study: StudyFolder, *keys: str) -> list[list[Case]]:
    """Cases that are the same in `keys`, where there are several of them."""
    groups: dict[tuple[str, ...], list[Case]] = {}
    for case in study.plan.cases:
        groups.setdefault(tuple(getattr(case, key) for key in keys), []).append(case)
    return [group for group in groups.values() if len(group) > 1]


def _theories(study: StudyFolder, light: Mapping[str, Mapping[str, Sample]], objective: str) -> list[dict[str, Any]]:
    """For each scenario and decision process: every arm's difference under each theory, and the range over theories."""
    told = []
    for group in _alike(study, "scenario", "decision"):
        found: dict[str, dict[str, Any]] = {}
        for case in group:
            samples = light[case.name]
            against = samples.get(study.plan.arms[0].label)
            for name, sample in samples.items():
                if against is not None and sample is not against:
                    one = outcomes.effect(sample, against, objective)
                    found.setdefault(name, {})[case.theory] = {"mean": outcomes.as_json(one.mean), "sign": one.sign}
        arms = {}
        for name, rows in found.items():
            means = [row["mean"] for row in rows.values() if row["mean"] is not None]
            signs = {row["sign"] for row in rows.values()}
            arms[name] = {
                "by_theory": rows, "low": min(means, default=None), "high": max(means, default=None),
                "one_sign": signs in ({-1}, {1}),
            }  # fmt: skip
        told.append({"scenario": group[0].scenario, "decision": group[0].decision, "arms": arms})
    return told


def _decisions(study: StudyFolder, light: Mapping[str, Mapping[str, Sample]], objective: str) -> list[dict[str, Any]]:
    """For each scenario and theory: how much more harm each arm has under a decision process than under the first."""
    told = []
    for first, *others in _alike(study, "scenario", "theory"):
        arms: dict[str, dict[str, Any]] = {}
        for case in others:
            for name, sample in light[case.name].items():
                if name in light[first.name]:
                    one = outcomes.effect(sample, light[first.name][name], objective)
                    arms.setdefault(name, {})[case.decision] = _interval(one)
        told.append({"scenario": first.scenario, "theory": first.theory, "against": first.decision, "arms": arms})
    return told


def _interval(one: outcomes.Effect) -> dict[str, Any]:
    return {key: outcomes.as_json(getattr(one, key)) for key in ("mean", "mc_low", "mc_high")} | {"sign": one.sign}


def _case(study: StudyFolder, case: Case, samples: Mapping[str, Sample]) -> dict[str, Any]:
    asked = study.plan.study["answer"]
    objective = asked["objective"]
    baseline = study.plan.arms[0].label
    if baseline not in samples:
        baseline = next(iter(samples))
    names, draws, means = outcomes.point_means(samples, objective)
    shared = {name: _at(sample, draws) for name, sample in samples.items()}  # what is set side by side met one fate
    found: dict[str, Any] = {
        "runs": sum(len(sample.keys) for sample in samples.values()),
        "planned": study.plan.runs,
        "baseline": baseline,
        "arms": {name: _arm(sample, samples[baseline]) for name, sample in samples.items()},
        "not_told_apart": outcomes.indistinguishable(samples),
        "points_compared": len(draws),
        "timing": _timing(study, shared, baseline, objective) if len(draws) else {},
    }
    if "budgets" in asked and len(draws):
        found["budgets"] = _budgets(shared, objective, asked["budgets"])
    if len(draws):
        told = (study, case, names, draws, means)
        found["robustness"] = _robustness(shared, names, draws, means, baseline, asked, study.plan.seed)
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


def _at(sample: Sample, draws: Any) -> Sample:
    """The runs of a sample at some parameter sets: arms may have runs at different ones."""
    keys = Keys.of(sample.keys)
    rows = np.isin(keys.draws, draws)
    if rows.all():
        return sample
    values = {name: column[rows] for name, column in sample.values.items()}
    return Sample(Keys(keys.draws[rows], keys.replicates[rows]), values)


def _timing(
    study: StudyFolder, samples: Mapping[str, Sample], baseline: str, objective: str
) -> dict[str, dict[str, Any]]:
    """For each policy with several delays: what each delay does, which is least harmful, and how long it can wait.

    `least_harm` lists the delays that are not told apart from the one with the least mean; `protects_until` is the
    longest delay that is still told apart from the baseline as less harmful, None when none is; `waiting` the
    difference of the longest delay from the shortest.
    """
    delays: dict[str, dict[int, Sample]] = {}
    for arm in study.plan.arms:
        if arm.label in samples and arm.label != baseline:
            delays.setdefault(arm.policy, {})[arm.delay_days] = samples[arm.label]
    found = {}
    for policy, by_delay in delays.items():
        if len(by_delay) < 2:
            continue
        rows = {day: outcomes.effect(sample, samples[baseline], objective) for day, sample in sorted(by_delay.items())}
        best = min(rows, key=lambda day: rows[day].mean)
        alike = [
            day for day in rows
            if day == best or not outcomes.effect(by_delay[day], by_delay[best], objective).told_apart
        ]  # fmt: skip
        first, last = min(rows), max(rows)
        found[policy] = {
            "delays": [{"delay_days": day, **_interval(one)} for day, one in rows.items()],
            "least_harm": alike,
            "protects_until": max((day for day, one in rows.items() if one.sign < 0), default=None),
            "waiting": {
                "from": first, "to": last, **_interval(outcomes.effect(by_delay[last], by_delay[first], objective))
            },
        }  # fmt: skip
    return found


def _budgets(samples: Mapping[str, Sample], objective: str, budgets: Sequence[float]) -> list[dict[str, Any]]:
    """For each sum of money the arm with the least mean harm among those that cost no more, and which are like it."""
    cost = {name: float(_euros(sample).mean()) for name, sample in samples.items()}
    harm = {name: float(np.nanmean(sample.values[objective])) for name, sample in samples.items()
            if objective in sample.values}  # fmt: skip
    told = []
    for euros in budgets:
        can = [name for name in harm if cost[name] <= euros]
        best = min(can, key=lambda name: (harm[name], cost[name]), default=None)
        alike = [
            name for name in can
            if best is not None and not outcomes.effect(samples[name], samples[best], objective).told_apart
        ]  # fmt: skip
        row = {"euros": euros, "least_harm": best, "not_told_apart": alike}
        told.append(row | ({} if best is None else {"harm": harm[best], "cost": cost[best]}))
    return told


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
        best = found["decision"].get("confirmed", ())  # a search has tried more arms than anybody would read
        shown = {case["baseline"], *best} if best else set(case["arms"])
        width = max(map(len, shown))
        for arm, row in case["arms"].items():
            if arm not in shown:
                continue
            runs = "" if row["runs"] == case["arms"][case["baseline"]]["runs"] else f"  [{row['runs']:,} runs]"
            said.append(f"  {arm:<{width}}  {_line(row, found['objective'], arm == case['baseline'])}{runs}")
        for group in case["not_told_apart"] if not best else ():
            said.append(f"  not told apart in civilian deaths: {', '.join(group)}")
        said += [f"  {line}" for line in _timing_lines(case["timing"], case["baseline"])]
        said += [f"  {line}" for line in _budget_lines(case.get("budgets", []))]
        said += [f"  {line}" for line in _robust_lines(case.get("robustness", {}))]
        said += [f"  {line}" for line in _sensitivity_lines(case.get("sensitivity", {}), case["baseline"])]
        said += [f"  {line}" for line in _discovery_lines(case.get("discovery", {}))]
    return said + _across_lines(found) + _decision_lines(found["decision"])


def _timing_lines(told: Mapping[str, Any], baseline: str) -> list[str]:
    said = []
    for policy, row in told.items():
        days = ", ".join(map(str, row["least_harm"]))
        until = row["protects_until"]
        late = (
            f"not told apart from {baseline} at any" if until is None else f"less harm than {baseline} up to {until}"
        )
        wait = row["waiting"]
        more = "not told apart" if wait["sign"] == 0 else f"{wait['mean']:+,.1f}"
        said.append(
            f"timing of {policy}: least harm when decided {days} days later; {late}; "
            f"from {wait['from']} to {wait['to']} days: {more}"
        )
    return said


def _budget_lines(told: Sequence[Mapping[str, Any]]) -> list[str]:
    said = []
    for row in told:
        if row["least_harm"] is None:
            said.append(f"for {row['euros']:,.0f} euros: nothing costs so little")
            continue
        others = [name for name in row["not_told_apart"] if name != row["least_harm"]]
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        like = f"; not told apart: {', '.join(others[:5])}{more}" if others else ""
        told_of = f"{row['harm']:,.1f}, {row['cost']:,.0f} euros"
        said.append(f"for {row['euros']:,.0f} euros: {row['least_harm']} ({told_of}){like}")
    return said


def _across_lines(found: Mapping[str, Any]) -> list[str]:
    said = []
    for group in found["theories"]:
        for arm, row in group["arms"].items():
            if row["low"] is not None:
                agree = "every theory tells the same sign" if row["one_sign"] else "the theories do not agree on a sign"
                said.append(f"over theories, {arm}: {row['low']:+,.1f} to {row['high']:+,.1f}; {agree}")
    for group in found["decisions"]:
        for arm, rows in group["arms"].items():
            for decision, row in rows.items():
                if row["mean"] is not None and arm != "none":
                    same = "" if row["sign"] else " (not told apart)"
                    said.append(f"decided by {decision} and not {group['against']}, {arm}: {row['mean']:+,.1f}{same}")
    return said


def _decision_lines(told: Mapping[str, Any]) -> list[str]:
    if not told:
        return []
    if "trials" in told:
        return _search_lines(told)
    if "wanted" in told:
        width = "not known" if told["half_width"] is None else f"{told['half_width']:,.1f}"
        ending = "reached" if told["decided"] else "not reached" if told["next"] else "not reached within the budget"
        return [f"{told['what']}: {width} at {told['points']:,} points, {told['wanted']:,g} wanted: {ending}"]
    if told["decided"]:
        least = f"where it is better by {told['indifference']:g} or more, " if "indifference" in told else ""
        return [f"least harm: {told['chosen']}; {least}with probability {told['confidence']:g} ({told['method']})"]
    return [f"{told['method']}: not decided" + ("" if told["next"] else " within the budget")]


def _search_lines(told: Mapping[str, Any]) -> list[str]:
    tried = f"{told['trials']} of {told['wanted_trials']} policies tried"
    said = [f"search: {tried}, {told['within_limits']} within the limits"]
    for name in told.get("confirmed", []):
        row = told["fresh"][name]
        said.append(f"  on {told['fresh_points']} fresh points, {name}: {row['mean']:+,.1f} "
                    f"({row['mc_low']:+,.1f} to {row['mc_high']:+,.1f}) against the baseline")  # fmt: skip
    if told.get("not_told_apart", []):
        said.append(f"  not told apart there: {', '.join(told['not_told_apart'])}")
    if told["decided"] and not told.get("confirmed"):
        said.append("  none is within the limits")
    return said


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
