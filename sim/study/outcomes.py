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

Floats = NDArray[np.float64]
Key = tuple[int, int]
"""(draw, replicate) of a run: runs of two policies with equal keys share their random numbers."""

SIGN_SHARE = 0.75
INDISTINGUISHABLE = (
    "Two policies are told apart when the 90 % Monte Carlo interval of their mean difference in civilian "
    f"deaths excludes zero and at least {SIGN_SHARE:.0%} of the parameter draws agree on its sign. "
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
    `param_low`..`param_high`: 5 to 95 % of the draws' mean differences; more runs do not shrink it.
    """

    mean: float
    mc_low: float
    mc_high: float
    param_low: float
    param_high: float
    by_draw: Floats

    @property
    def told_apart(self) -> bool:
        """Whether the model tells the two policies apart (`INDISTINGUISHABLE` states the rule)."""
        if not (self.mc_low > 0 or self.mc_high < 0):
            return False
        return bool(np.mean(np.sign(self.by_draw) == np.sign(self.mean)) >= SIGN_SHARE)


def effect(policy: Sample, baseline: Sample, outcome: str) -> Effect | None:
    """The paired effect of `policy` against `baseline`, None when no run of both defines the outcome."""
    draws, mine, theirs = policy.shared(baseline, outcome)
    if not len(draws):
        return None
    difference = mine - theirs
    numbers, at = np.unique(draws, return_inverse=True)
    weight = np.bincount(at).astype(np.float64)
    by_draw = np.bincount(at, weights=difference) / weight
    mean = float(difference.mean())
    # draws are the clusters; an incomplete last draw weighs by its runs
    units, share = (
        (by_draw, weight / weight.sum())
        if len(numbers) > 1
        else (difference, np.full(len(difference), 1 / len(difference)))
    )
    half = _half_width(units, share, mean)
    low, high = np.quantile(by_draw, [0.05, 0.95])
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
    told = {name: as_json(getattr(found, name)) if found else None for name in names}
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
    found = effect(policy, baseline, "civilian_deaths")
    return None if found is None else float(np.mean(found.by_draw > 0))


def indistinguishable(samples: Mapping[str, Sample]) -> list[list[str]]:
    """Groups of two or more policies that the model cannot tell apart, each as large as it can be; they may
    overlap.

    Within and between groups the names stand in the order of `samples`, which is no ranking.
    """
    names = list(samples)
    alike = {name: {name} for name in names}
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            if not _told_apart(samples[first], samples[second]):
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
) -> dict[str, Any]:
    """The headline, and for every policy the sentence and its numbers; skill below a baseline comes first."""
    skill, below = _skill(hindcast)
    policies: dict[str, Any] = {}
    for name, sample in samples.items():
        if name == baseline:
            continue
        found = effect(sample, samples[baseline], "civilian_deaths") if baseline in samples else None
        if found is None:
            continue
        policies[name] = {
            "sentence": _sentence(
                titles.get(name, name), titles.get(baseline, baseline), found, skill, below
            ),
            "mean": as_json(-found.mean),
            "mc_low": as_json(-found.mc_high),
            "mc_high": as_json(-found.mc_low),
            "param_low": as_json(-found.param_high),
            "param_high": as_json(-found.param_low),
            "structural_low": None,
            "structural_high": None,
            "told_apart_from_baseline": found.told_apart,
        }
    return {"headline": _headline(samples, baseline, titles, policies, skill, below), "policies": policies}


def _headline(
    samples: Mapping[str, Sample],
    baseline: str,
    titles: Mapping[str, str],
    policies: Mapping[str, Any],
    skill: str,
    below: str,
) -> str:
    """The sentence of the policy that saves most, or of it and those that the model cannot tell from it."""
    against = titles.get(baseline, baseline)
    if not policies:
        return f"Nothing is compared with {against}: no number of lives saved follows."
    begin, end = f"{below}In this model, under these assumptions, ", f" {_CLOSE}{skill}."
    told = [name for name, row in policies.items() if row["told_apart_from_baseline"]]
    saving = [name for name in told if policies[name]["mean"] > 0]
    if not saving:
        more = _named([titles.get(name, name) for name in told])
        what = f"no option saves lives, and more die under {more} than under {against}" if told else (
            f"no option can be told apart from {against} by its simulated civilian deaths"
        )  # fmt: skip
        return f"{begin}{what}.{end}"
    best = max(saving, key=lambda name: float(policies[name]["mean"]))
    tied = [name for name in policies if name != best and not _told_apart(samples[best], samples[name])]
    group = [name for name in policies if name == best or (name in tied and name in saving)]
    unclear = _named([titles.get(name, name) for name in tied if name not in saving])
    also = (
        f" The model cannot tell {_named([titles.get(n, n) for n in group])} from {unclear}."
        if unclear
        else ""
    )
    if len(group) == 1:
        return str(policies[best]["sentence"]).replace(end, also + end)
    means = sorted(float(policies[name]["mean"]) for name in group)
    low, high = (pick(float(policies[name][key]) for name in group)
                 for pick, key in ((min, "param_low"), (max, "param_high")))  # fmt: skip
    return (
        f"{begin}{_people(means[0])} to {_people(means[-1])} fewer simulated civilians die "
        f"than under {against} with {_named([titles.get(name, name) for name in group])}, "
        f"which the model cannot tell apart ({_ranges(low, high)}).{also}{end}"
    )


def _told_apart(policy: Sample, other: Sample) -> bool:
    found = effect(policy, other, "civilian_deaths")
    return found is not None and found.told_apart


def _named(titles: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(titles[:-1]), titles[-1]))) if titles else ""


def _ranges(low: float, high: float) -> str:
    return (
        f"range of lives saved: {_people(low)} to {_people(high)}; "
        "structural range: not estimated, one model structure"
    )


_CLOSE = "No historical data observe this counterfactual; hindcast skill: "


def _sentence(title: str, baseline: str, found: Effect, skill: str, below: str) -> str:
    low, high = sorted((-found.param_low, -found.param_high))
    if found.told_apart:
        word = "fewer" if found.mean < 0 else "more"
        what = (
            f"{_people(abs(found.mean))} {word} simulated civilians die under {title} than under {baseline}"
        )
    else:
        what = f"{title} cannot be told apart from {baseline} by its simulated civilian deaths"
    return f"{below}In this model, under these assumptions, {what} ({_ranges(low, high)}). {_CLOSE}{skill}."


def _people(value: float) -> str:
    """A number of people to two significant figures."""
    if abs(value) < 0.5:
        return "0"
    digits = 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.0f}".replace("-", "\N{MINUS SIGN}")


def _skill(hindcast: Mapping[str, Any] | None) -> tuple[str, str]:
    """Hindcast skill in words, and the warning before any number when a plain baseline does better."""
    if not hindcast or not isinstance(hindcast.get("crps"), (int, float)):
        return "not scored, this theatre has no observed data", ""
    crps = float(hindcast["crps"])
    rivals = {
        "a flat guess": hindcast.get("crps_flat"),
        "the last twelve months": hindcast.get("crps_last12"),
        "one-step persistence": hindcast.get("crps_persistence"),
    }
    known = {name: float(score) for name, score in rivals.items() if isinstance(score, (int, float))}
    if not known:
        return f"CRPS {crps:.2f}, without a baseline to compare with", ""
    name, best = min(known.items(), key=lambda item: item[1])
    words = f"CRPS {crps:.2f} against {best:.2f} of {name}, the best simple baseline"
    return words, "" if crps < best else "This model's hindcast skill is below that of a simple baseline. "


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


def as_json(value: Any) -> float | None:
    """A JSON number; None for NaN and infinity."""
    number = float(value)
    return number + 0.0 if math.isfinite(number) else None  # no minus zero
