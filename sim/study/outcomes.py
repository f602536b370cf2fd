"""Outcomes and their statistics: distributions, differences between policies, and what may be said of them.

Differences are policy minus baseline, so a negative difference in deaths means lives saved. Days that never
come (`onset_day` of a quiet run) are NaN; every statistic is over the runs in which they are defined.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ground.check import ASSUMED
from sim.ground.parameters import Parameter
from sim.study import words

Floats = NDArray[np.float64]
Key = tuple[int, int]
"""(draw, replicate) of a run: runs of two policies with equal keys share their random numbers."""

REFERENCES = ("none", "factual_rule", "factual_dated")
"""What options are compared with: doing nothing, and what outsiders really did."""
SIGN_SHARE = 0.75
INDISTINGUISHABLE = (
    "Two policies are told apart when the 90 % Monte Carlo interval of their mean difference in civilian "
    f"deaths excludes zero and at least {100 * SIGN_SHARE:.0f} % of the parameter draws agree on its sign. "
    "Policies in one group are not told apart; no order between them is stated."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome of a run: how to name it, in which unit, and what it counts."""

    name: str
    label: str
    unit: str
    meaning: str


OUTCOMES: dict[str, Outcome] = {
    row[0]: Outcome(*row)
    for row in (
        ("civilian_deaths", "civilians killed", "people", "civilians killed by violence, reported or not"),
        ("men_killed", "men killed", "people", "men of fighting age among the civilians killed"),
        ("indirect_deaths", "indirect deaths", "people", "deaths from displacement and want"),
        ("displaced_internal", "displaced inside", "people", "people displaced inside on the last day"),
        ("displaced_peak", "most displaced inside", "people", "largest number displaced inside on one day"),
        ("refugees_abroad", "refugees abroad", "people", "people abroad on the last day"),
        ("trapped", "trapped", "people", "largest number encircled or unable to leave on one day"),
        ("onset_day", "onset", "day", "first day with 25 civilians killed in all; absent if never"),
        ("peak_day", "peak", "day", "day with the most civilians killed; absent without a death"),
        ("mass_killing", "mass killing", "share", "1 when 1,000 civilians are killed within 365 days"),
        ("combatant_deaths", "combatants killed", "people", "armed people killed in clashes"),
        ("intervener_deaths", "interveners killed", "people", "members of outside forces killed"),
        ("collateral_deaths", "civilians killed in clashes", "people", "killed beside a fight, not aimed at"),
        ("reported_deaths", "reported deaths", "people", "civilian deaths that become known"),
        ("clashes", "clashes", "clashes", "engagements between armed units"),
        ("participation_peak", "most participants", "people", "most taking part in violence at once"),
    )
}  # fmt: skip
"""The outcomes of every run; `deaths_GROUP`, `deaths_by_ACTOR` and `euros_PAYER` come with the theatre and
policy."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The runs of one policy: `keys[i]` identifies the run whose outcomes are ``values[name][i]``."""

    keys: tuple[Key, ...]
    values: dict[str, Floats]

    def shared(self, other: Sample, outcome: str) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Draw numbers [n] and both samples' values [n] of an outcome, over the runs where both are
        defined."""
        mine, theirs = self.values.get(outcome), other.values.get(outcome)
        if mine is None or theirs is None:
            return np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
        at = {key: i for i, key in enumerate(other.keys)}
        pairs = [(i, at[key]) for i, key in enumerate(self.keys) if key in at]
        pairs = [(i, j) for i, j in pairs if math.isfinite(mine[i]) and math.isfinite(theirs[j])]
        draws = np.array([self.keys[i][0] for i, _ in pairs], np.int64)
        return draws, mine[[i for i, _ in pairs]], theirs[[j for _, j in pairs]]


def distribution(values: Floats) -> dict[str, float | None]:
    """mean, median, q05, q95 over the runs where the outcome is defined, and their share, `defined`."""
    known = values[np.isfinite(values)]
    share = len(known) / len(values) if len(values) else 0.0
    if not len(known):
        return {"mean": None, "median": None, "q05": None, "q95": None, "defined": share}
    low, middle, high = np.quantile(known, [0.05, 0.5, 0.95])
    return {
        "mean": as_json(known.mean()),
        "median": as_json(middle),
        "q05": as_json(low),
        "q95": as_json(high),
        "defined": share,
    }


@dataclass(frozen=True, slots=True)
class Effect:
    """The mean difference of two policies in one outcome, with its two kinds of uncertainty kept apart.

    `mc_low`..`mc_high`: 90 % interval of the mean from the number of runs (Student's t over the means of
    the draws, which hold paired runs; over the runs when there is one draw); more runs shrink it.
    `param_low`..`param_high`: 5 to 95 % of the draws' mean differences `by_draw` [draws]; more runs do not
    shrink it. What is not known is NaN.
    """

    mean: float
    mc_low: float
    mc_high: float
    param_low: float
    param_high: float
    by_draw: Floats

    @property
    def draws(self) -> int:
        """Parameter draws with a run of both policies."""
        return len(self.by_draw)

    @property
    def worse(self) -> int:
        """Draws whose mean difference is above zero."""
        return int((self.by_draw > 0).sum())

    @property
    def told_apart(self) -> bool:
        """Whether the model tells the two policies apart (`INDISTINGUISHABLE` states the rule)."""
        if not self.draws or not (self.mc_low > 0 or self.mc_high < 0):
            return False
        return bool(np.mean(np.sign(self.by_draw) == np.sign(self.mean)) >= SIGN_SHARE)

    @property
    def sign(self) -> int:
        """-1 fewer, +1 more, 0 when the model cannot tell the two apart."""
        return int(np.sign(self.mean)) if self.told_apart else 0

    @property
    def harm(self) -> str:
        """How often the policy does harm, in a word of the scale and the count behind it."""
        if not self.draws:
            return "not known"
        return f"{words.likelihood(self.worse, self.draws)} ({self.worse} of {self.draws} draws)"


def effect(policy: Sample, baseline: Sample, outcome: str = "civilian_deaths") -> Effect:
    """The paired effect of `policy` against `baseline`, over the runs of both that define the outcome."""
    draws, mine, theirs = policy.shared(baseline, outcome)
    return paired(mine - theirs, draws)


def paired(difference: Floats, draws: NDArray[np.int64]) -> Effect:
    """The effect told by the differences [runs] of paired runs; `draws` [runs] are their parameter draws."""
    if not len(difference):
        return Effect(*(math.nan,) * 5, np.zeros(0))
    numbers, at = np.unique(draws, return_inverse=True)
    weight = np.bincount(at).astype(np.float64)
    by_draw = np.bincount(at, weights=difference) / weight
    mean = float(difference.mean())
    many = len(numbers) > 1
    # draws are the clusters; an incomplete last draw weighs by its runs
    units, share = (by_draw, weight) if many else (difference, np.ones(len(difference)))
    half = _half_width(units, share / share.sum(), mean)
    low, high = np.quantile(by_draw, [0.05, 0.95]) if many else (math.nan, math.nan)
    return Effect(mean, mean - half, mean + half, float(low), float(high), by_draw)


def _half_width(units: Floats, share: Floats, mean: float) -> float:
    """Half the 90 % interval of a weighted mean of independent `units`; NaN for a single one."""
    count = len(units)
    if count < 2:
        return math.nan
    if not np.any(units != units[0]):
        return 0.0
    from scipy.special import stdtrit

    variance = float(np.sum(share**2 * (units - mean) ** 2)) * count / (count - 1)
    return float(stdtrit(count - 1, 0.95)) * math.sqrt(variance)


def difference(policy: Sample, baseline: Sample, outcome: str) -> dict[str, float | None]:
    """The keys of ``difference.OUTCOME``: paired mean, both intervals, differences of marginal quantiles."""
    found = effect(policy, baseline, outcome)
    names = ("mean", "mc_low", "mc_high", "param_low", "param_high")
    told = {name: as_json(getattr(found, name)) for name in names}
    quantiles: dict[str, float | None] = {"q05": None, "q50": None, "q95": None}
    mine, theirs = (s.values.get(outcome, np.zeros(0)) for s in (policy, baseline))
    mine, theirs = mine[np.isfinite(mine)], theirs[np.isfinite(theirs)]
    if len(mine) and len(theirs):
        points = [0.05, 0.5, 0.95]
        gaps = np.quantile(mine, points) - np.quantile(theirs, points)
        quantiles = {name: as_json(gap) for name, gap in zip(quantiles, gaps, strict=True)}
    return {**told, **quantiles}


def correlation(policy: Sample, baseline: Sample, outcome: str) -> float | None:
    """Pearson correlation of the paired runs: what common random numbers do; None when one is constant."""
    _, mine, theirs = policy.shared(baseline, outcome)
    if len(mine) < 3 or not np.ptp(mine) or not np.ptp(theirs):
        return None
    return as_json(np.corrcoef(mine, theirs)[0, 1])


def share_harmful(policy: Sample, baseline: Sample) -> float | None:
    """Share of parameter draws in which the policy's mean effect is more civilian deaths."""
    found = effect(policy, baseline)
    return found.worse / found.draws if found.draws else None


def indistinguishable(samples: Mapping[str, Sample]) -> list[list[str]]:
    """Groups of two or more policies that the model cannot tell apart, each as large as it can be; they may
    overlap.

    Within and between groups the names stand in the order of `samples`, which is no ranking.
    """
    names = list(samples)
    alike = {name: {name} for name in names}
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            if not effect(samples[first], samples[second]).told_apart:
                alike[first].add(second)
                alike[second].add(first)
    groups = [group for group in _cliques(set(), set(names), set(), alike) if len(group) > 1]
    return sorted(
        ([name for name in names if name in group] for group in groups),
        key=lambda g: [names.index(n) for n in g],
    )


def _cliques(taken: set[str], left: set[str], out: set[str], near: Mapping[str, set[str]]) -> list[set[str]]:
    """Maximal sets of mutually near names (Bron and Kerbosch 1973)."""
    if not left and not out:
        return [taken]
    found: list[set[str]] = []
    for name in sorted(left):
        others = near[name] - {name}
        found += _cliques(taken | {name}, left & others, out & others, near)
        left, out = left - {name}, out | {name}
    return found


def lives_saved(
    samples: Mapping[str, Sample],
    baseline: str,
    titles: Mapping[str, str],
    hindcast: Mapping[str, Any] | None,
    *,
    fictional: bool = False,
    rivals: Mapping[str, Mapping[str, Effect]] | None = None,
) -> dict[str, Any]:
    """What is said of lives saved, for every reader alike.

    `sentence` is the fixed first sentence; `warning` what must be read before it; `headline` both where the hindcast
    is below a simple forecast, else the sentence. `options` are the policies it is about, `lead` those of them that
    save lives and that no other one is told apart from as better, in alphabetical order. `policies` holds the numbers.
    `rivals` are the effects under other theories: with the model's own they span the structural range.
    """
    told = words.skill(hindcast, fictional)
    against = reference(baseline, titles)
    others = [name for name in samples if name != baseline]
    # where nothing else was compared, what was done is the option
    options = [name for name in others if name not in REFERENCES] or others
    effects = {name: effect(samples[name], samples[baseline]) for name in others if baseline in samples}
    saving = [name for name in options if name in effects and effects[name].sign < 0]
    lead = sorted(
        name for name in saving
        if not any(effect(samples[other], samples[name]).sign < 0 for other in saving if other != name)
    )  # fmt: skip
    spans = {
        name: [found.mean, *(effects[name].mean for effects in (rivals or {}).values() if name in effects)]
        for name, found in effects.items()
    }
    structural = {words.quoted(titles.get(name, name)): means for name, means in spans.items()} if rivals else {}
    chosen = {words.quoted(titles.get(name, name)): effects[name] for name in options if name in effects}
    best = [words.quoted(titles.get(name, name)) for name in lead]
    alike = [
        words.quoted(titles.get(name, name)) for name in options
        if name not in lead and any(not effect(samples[first], samples[name]).told_apart for first in lead)
    ]  # fmt: skip
    also = f" The model cannot tell {words.listed(best)} from {words.listed(alike)}." if alike else ""
    sentence = (
        f"In this model, under these assumptions, {_claim(chosen, best, against, structural)}.{also} "
        f"No historical data observe this counterfactual; hindcast skill: {told.phrase}."
    )
    return {
        "headline": f"{told.warning} {sentence}" if told.below else sentence,
        "warning": told.warning,
        "sentence": sentence,
        "options": options,
        "lead": lead,
        "policies": {
            name: {
                "mean": as_json(-found.mean),
                "mc_low": as_json(-found.mc_high),
                "mc_high": as_json(-found.mc_low),
                "param_low": as_json(-found.param_high),
                "param_high": as_json(-found.param_low),
                "structural_low": as_json(-max(spans[name])) if rivals else None,
                "structural_high": as_json(-min(spans[name])) if rivals else None,
                "told_apart_from_baseline": found.told_apart,
            }
            for name, found in effects.items()
            if found.draws
        },
    }


def reference(baseline: str, titles: Mapping[str, str]) -> str:
    """What policies are compared with, inside a sentence."""
    return "doing nothing" if baseline == "none" else words.quoted(titles.get(baseline, baseline))


def _claim(
    effects: Mapping[str, Effect], lead: Sequence[str], against: str, structural: Mapping[str, Sequence[float]]
) -> str:
    """How many fewer die, with whom; `effects` by quoted title, `lead` the titles that save lives, `structural` the
    mean effects of each under this model and its rivals, {} when these were not run."""
    if not effects:
        return f"there is no option to compare with {against}"
    harming = [title for title, found in effects.items() if found.sign > 0]
    titles = sorted(lead or harming)
    chosen = [effects[title] for title in titles] or list(effects.values())
    low, high = min(e.param_low for e in chosen), max(e.param_high for e in chosen)
    over = [mean for title in titles or effects for mean in structural.get(title, ())]
    between = words.span(min(over), max(over)) if over else "not computed"
    ranges = f"(range: {words.span(low, high)}; structural range: {between})"
    if not titles:
        which = "the option cannot" if len(effects) == 1 else "no option can"
        return f"{which} be told apart from {against} by its simulated civilian deaths {ranges}"
    means = sorted(found.mean for found in chosen)
    amount = words.fewer(means[0])
    if len(means) > 1:
        # two near numbers side by side would suggest an order that the model does not support
        near = means[-1] - means[0] < 0.15 * max(map(abs, means))
        amount = f"about {words.fewer(float(np.mean(means)))}" if near else words.span(means[0], means[-1])
    start = "" if lead else "no option saves lives: "
    who = words.listed(titles, "or") + (", which the model cannot tell apart," if len(lead) > 1 else "")
    return f"{start}{amount} simulated civilians die under {who} than under {against} {ranges}"


def finding(summary: Mapping[str, Any]) -> list[str]:
    """The finding in three lines, from the content of summary.json: how many lives, by when and at what cost, and
    how far to trust it."""
    saved, policies = summary["lives_saved"], summary["policies"]
    against = reference(summary["baseline"], {name: row["title"] for name, row in policies.items()})
    said = []
    for name in saved["lead"][:2]:
        paid = ", ".join(
            f"{words.organisation(who)} {words.money(euros)}" for who, euros in policies[name]["euros_by_payer"].items()
        )
        when = words.decided(policies[name]["decided_on"])
        late = words.waiting(summary["timing"].get(name, []), against)
        said.append(f"{words.quoted(policies[name]['title'])}, decided {when} ({paid or 'no cost recorded'}): {late}")
    if len(saved["lead"]) > len(said):
        said.append("the others stand in the report")
    when = "; ".join(said) or (
        f"no option is told apart from {against} as saving lives, so no deadline follows; the report says what each "
        "needs and costs"
    )
    trust = (summary["hindcast"] or {}).get("sentence") or saved["warning"]
    return [
        saved["headline"],
        f"By when, at what cost: {when}.",
        f"How far to trust it: {trust} {words.percent(summary['assumption_share'])} of its numbers are assumptions.",
    ]


def assumption_share(theatre: Any, parameters: Mapping[str, Parameter]) -> float:
    """Share 0..1 of the numbers of the theatre and of the model whose grade is assumption or memory."""
    from sim.scenario.theatre import _numbers_in

    counts = [(row.grade in ASSUMED, _numbers_in(row)) for row in theatre._graded()]
    counts += [(parameter.grade in ASSUMED, 1) for parameter in parameters.values()]
    total = sum(count for _, count in counts)
    return sum(count for assumed, count in counts if assumed) / total if total else 0.0


def euros_by_payer(sample: Sample) -> dict[str, float | None]:
    """payer -> mean constant 2013 EUR over the runs, for those who pay anything."""
    paid = {
        name.removeprefix("euros_"): values
        for name, values in sample.values.items()
        if name.startswith("euros_")
    }
    return {payer: as_json(values.mean()) for payer, values in sorted(paid.items()) if values.any()}


def samples_of(table: Any, policies: Sequence[str]) -> dict[str, Sample]:
    """policy -> Sample from a runs table (pyarrow), for the policies that have runs."""
    names = np.array(table["policy"].to_pylist(), dtype=object)
    keys = list(zip(table["draw"].to_pylist(), table["replicate"].to_pylist(), strict=True))
    skipped = {"policy", "delay_days", "draw", "replicate", "seed", "digest"}
    columns = {name: table[name].to_numpy() for name in table.column_names if name not in skipped}
    samples = {}
    for policy in policies:
        rows = np.flatnonzero(names == policy)
        if len(rows):
            values = {name: column[rows] for name, column in columns.items()}
            # a column that only other policies have is no outcome of this one
            values = {name: v for name, v in values.items() if np.isfinite(v).any() or name in OUTCOMES}
            samples[policy] = Sample(tuple(keys[i] for i in rows), values)
    return samples


def point_means(samples: Mapping[str, Sample], outcome: str) -> tuple[list[str], NDArray[np.int64], Floats]:
    """Arms, the draws at which every arm has a run, and the mean of `outcome` over replicates [draws, arms]."""
    names = list(samples)
    by_arm = []
    for name in names:
        sample = samples[name]
        values = sample.values.get(outcome, np.zeros(len(sample.keys)))
        draws = np.array([draw for draw, _ in sample.keys])
        known = np.isfinite(values)
        numbers, at = np.unique(draws[known], return_inverse=True)
        sums = np.bincount(at, weights=values[known]) / np.bincount(at) if len(numbers) else np.zeros(0)
        by_arm.append(dict(zip(numbers.tolist(), sums.tolist(), strict=True)))
    shared = sorted(set.intersection(*(set(row) for row in by_arm))) if by_arm else []
    return names, np.array(shared, dtype=np.int64), np.array([[row[d] for row in by_arm] for d in shared])


def as_json(value: Any) -> float | None:
    """A JSON number; None for NaN and infinity."""
    number = float(value)
    return number + 0.0 if math.isfinite(number) else None  # no minus zero
