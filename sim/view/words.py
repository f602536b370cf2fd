"""Words generated from numbers: rounding, likelihood, and the sentences of page one.

Everywhere a difference is policy minus reference in deaths, so a negative difference means lives saved.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LIKELIHOOD: tuple[tuple[float, str], ...] = (
    (0.99, "virtually certain"),
    (0.90, "very likely"),
    (0.66, "likely"),
    (0.33, "about as likely as not"),
    (0.10, "unlikely"),
    (0.01, "very unlikely"),
    (0.0, "exceptionally unlikely"),
)
"""The one probability scale of a report, from each lower bound up to the bound above it: the calibrated
terms of the IPCC guidance note on uncertainty (2010), made disjoint."""

AGREEING = 0.75
TOLD_APART = (
    "Two policies are told apart when the 90 % Monte Carlo interval of their mean difference in civilian "
    f"deaths excludes zero and at least {100 * AGREEING:.0f} % of the parameter draws agree on its sign."
)
BASELINE_SCORES = {
    "crps_flat": "a flat guess",
    "crps_last12": "the last twelve months repeated",
    "crps_persistence": "last month repeated",
}


def likelihood(times: int, of: int) -> str:
    """The word for something seen `times` out of `of` draws, of the scale `LIKELIHOOD`.

    The share is taken as (times + 1) / (of + 2), so that few draws never give an extreme word: 0 of 8 is
    "unlikely", 0 of 64 is "very unlikely". Raises ValueError unless 0 <= times <= of and of >= 1.
    """
    if of < 1 or not 0 <= times <= of:
        raise ValueError(f"{times} of {of} is no share of draws")
    share = (times + 1) / (of + 2)
    return next(word for bound, word in LIKELIHOOD if share >= bound)


def number(value: float | None, figures: int = 2) -> str:
    """`value` to `figures` significant figures with a comma for thousands; "n/a" for None, NaN and
    infinity."""
    if value is None or not math.isfinite(value):
        return "n/a"
    if value == 0:
        return "0"
    digits = figures - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    text = f"{rounded:,.{max(digits, 0)}f}" if abs(rounded) < 10 else f"{rounded:,.0f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", "\u2212")


def count(value: float | None) -> str:
    """A number of people or events: like `number`, but whole; between 0 and 1 it is "under 1"."""
    if value is not None and math.isfinite(value) and 0 < abs(value) < 1:
        return "under 1"
    if value is not None and math.isfinite(value) and abs(value) < 10:
        return number(float(round(value)))
    return number(value)


def percent(share: float | None) -> str:
    """A share 0..1 as a whole percentage."""
    if share is None or not math.isfinite(share):
        return "n/a"
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 < share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"


def money(euros: float | None) -> str:
    """Constant 2013 euros in words: "EUR 42 million"."""
    if euros is None or not math.isfinite(euros):
        return "not recorded"
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if abs(euros) >= size:
            return f"EUR {number(euros / size)}{word}"
    return f"EUR {number(euros)}"


def fewer(difference: float) -> str:
    """A difference (policy minus reference) in words: "1,200 fewer", "30 more" or "as many"."""
    if not math.isfinite(difference):
        return "an unknown number"
    text = count(abs(difference))
    if text == "0":
        return "as many"
    return f"{text} {'fewer' if difference < 0 else 'more'}"


def span(low: float, high: float) -> str:
    """A range of differences: "300 to 2,100 fewer", "900 fewer to 120 more"; says so when it is not known."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "not known, too few draws"
    near, far = sorted((low, high), key=abs) if low * high > 0 else (low, high)
    ends = fewer(near), fewer(far)
    if ends[0] == ends[1]:
        return ends[0]
    for word in (" fewer", " more"):
        if ends[0].endswith(word) and ends[1].endswith(word):
            return f"{ends[0].removesuffix(word)} to {ends[1]}"
    return f"{ends[0]} to {ends[1]}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """The names as a phrase: "a", "a and b", "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


@dataclass(frozen=True, slots=True)
class Effect:
    """The difference a policy makes to one outcome, policy minus reference, over paired runs.

    `mc_low..mc_high` is the 90 % Monte Carlo interval of the mean (more runs shrink it),
    `param_low..param_high`
    the 5-95 % range of the mean effect over parameter draws (more runs do not). `worse` of `draws` draws
    have a
    mean effect above zero, `better` below. What is not known is NaN.
    """

    mean: float
    mc_low: float
    mc_high: float
    param_low: float
    param_high: float
    worse: int
    better: int
    draws: int

    @property
    def sign(self) -> int:
        """-1 fewer, +1 more, 0 when the model cannot tell the two apart (`TOLD_APART` states the rule)."""
        if self.draws < 1 or not (self.mc_low > 0 or self.mc_high < 0):
            return 0
        agreeing = self.better if self.mean < 0 else self.worse
        if agreeing / self.draws < AGREEING:
            return 0
        return -1 if self.mean < 0 else 1

    @property
    def harm(self) -> str:
        """How often it does harm, in a word of the scale and the count behind it."""
        if self.draws < 1:
            return "not known"
        return f"{likelihood(self.worse, self.draws)} ({self.worse} of {self.draws} draws)"


@dataclass(frozen=True, slots=True)
class Skill:
    """What the hindcast says: `below` is None when there is none, True when a plain baseline scores
    better."""

    phrase: str
    below: bool | None
    warning: str = ""


def skill(hindcast: Mapping[str, Any] | None, fictional: bool = False) -> Skill:
    """The hindcast's result in words, from the scores of summary.json (CRPS of log1p deaths, lower is
    better)."""
    crps = _finite(hindcast, "crps")
    rivals = {text: _finite(hindcast, key) for key, text in BASELINE_SCORES.items()}
    known = {text: score for text, score in rivals.items() if score is not None}
    if fictional:
        return Skill(
            "none possible, the country is fictional",
            None,
            "The country is fictional, so nothing here can be scored against data. The numbers are the "
            "consequences of stated assumptions, of use for exercises and tests.",
        )
    if crps is None or not known:
        return Skill(
            "not measured in this folder",
            None,
            "This model has not been scored against data in this folder. Nothing here shows that its "
            "numbers can be "
            "believed for this theatre; read them as the consequences of stated assumptions.",
        )
    best = min(known, key=lambda text: known[text])
    beaten_by = [text for text, score in known.items() if score < crps]
    phrase = (
        f"CRPS {crps:.2f} against {known[best]:.2f} for the best plain baseline, {best} (lower is better)"
    )
    if not beaten_by:
        return Skill(f"{phrase}, so better than all {_many(len(known))}", False)
    warning = (
        f"Scored against what was observed, this model does worse than {listed(beaten_by)}. Its "
        "numbers of deaths "
        "are not a forecast; read them as the consequences of stated assumptions."
    )
    return Skill(f"{phrase}, so below the baseline", True, warning)


def _many(n: int) -> str:
    return {1: "one", 2: "two", 3: "three"}.get(n, str(n))


def _finite(data: Mapping[str, Any] | None, key: str) -> float | None:
    value = (data or {}).get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def leading(against_baseline: Mapping[str, Effect], pairs: Mapping[tuple[str, str], Effect]) -> list[str]:
    """The policies that save lives and that no other one is told apart from as better, in alphabetical
    order.

    `pairs[a, b]` is the effect of a against b. Empty when no policy is told apart from the baseline as
    fewer deaths.
    """
    saving = [name for name, effect in against_baseline.items() if effect.sign < 0]
    return sorted(a for a in saving if not any(b != a and pairs[b, a].sign < 0 for b in saving))


def first_sentence(
    effects: Mapping[str, Effect], lead: Sequence[str], baseline: str, told: Skill, structural: str = ""
) -> str:
    """The fixed first sentence of every report.

    `effects` maps the title of each option to its effect on civilian deaths against `baseline` (a title);
    `lead` are the titles that save lives and cannot be told apart from each other; `structural` is the
    structural range in words, empty while none was computed.
    """
    structure = structural or "not computed"
    close = f"No historical data observe this counterfactual; hindcast skill: {told.phrase}."
    begin = "In this model, under these assumptions,"
    if not effects:
        return f"{begin} there is no option to compare with {baseline}. {close}"
    if lead:
        chosen = [effects[title] for title in lead]
        low, high = min(e.param_low for e in chosen), max(e.param_high for e in chosen)
        means = sorted(e.mean for e in chosen)
        if len(lead) == 1:
            amount, who = fewer(means[0]), lead[0]
        else:
            amount = _between(means[0], means[-1])
            who = f"{listed(sorted(lead), 'or')}, which the model cannot tell apart,"
        return (
            f"{begin} {amount} simulated civilians die under {who} than under {baseline} "
            f"(range: {span(low, high)}; structural range: {structure}). {close}"
        )
    harming = sorted(title for title, effect in effects.items() if effect.sign > 0)
    if harming:
        chosen = [effects[title] for title in harming]
        low, high = min(e.param_low for e in chosen), max(e.param_high for e in chosen)
        means = sorted(e.mean for e in chosen)
        amount = fewer(means[0]) if len(means) == 1 else _between(means[0], means[-1])
        return (
            f"{begin} no option saves lives: {amount} simulated civilians die under "
            f"{listed(harming, 'or')} than "
            f"under {baseline} (range: {span(low, high)}; structural range: {structure}). {close}"
        )
    low, high = min(e.param_low for e in effects.values()), max(e.param_high for e in effects.values())
    which = "the option cannot" if len(effects) == 1 else "no option can"
    return (
        f"{begin} {which} be told apart from {baseline} by its simulated civilian deaths "
        f"(range: {span(low, high)}; structural range: {structure}). {close}"
    )


def _between(low: float, high: float) -> str:
    # two near numbers side by side would suggest an order that the model does not support
    near = abs(high - low) < 0.15 * max(abs(low), abs(high))
    return f"about {fewer((low + high) / 2)}" if near else span(low, high)


def timing_sentence(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """What waiting costs: the same policy decided later. Rows carry delay_days, saved_mean, mc_low,
    mc_high."""
    known = sorted(
        (
            row
            for row in rows
            if _finite(row, "delay_days") is not None and _finite(row, "saved_mean") is not None
        ),
        key=lambda row: float(row["delay_days"]),
    )
    if not known:
        return f"{title}: the cost of deciding later was not computed."
    unit = " simulated civilian deaths than under doing nothing"
    said = "; ".join(
        f"{_when(row['delay_days'])}: {fewer(-row['saved_mean'])}{'' if i else unit}"
        for i, row in enumerate(known)
    )
    first = known[0]
    end = ""
    if _told(first) and first["saved_mean"] > 0:
        gone = next((row for row in known if not (_told(row) and row["saved_mean"] > 0)), None)
        half = next((row for row in known if row["saved_mean"] < first["saved_mean"] / 2), None)
        if gone is not None:
            end = f" From {number(gone['delay_days'])} days on, the model cannot tell it from doing nothing."
        elif half is not None:
            end = f" More than half of the effect is gone after {number(half['delay_days'])} days."
        else:
            end = f" Over half of the effect remains after {number(known[-1]['delay_days'])} days."
    elif not _told(first):
        runs = first.get("runs")
        spent = f"With the {runs} runs spent on each delay" if isinstance(runs, int) else "With these runs"
        end = f" {spent}, the model cannot tell what waiting costs."
    return f"{title}, decided {said}.{end}"


def _when(delay: float) -> str:
    return "as planned" if delay == 0 else f"{number(delay)} days later"


def _told(row: Mapping[str, Any]) -> bool:
    low, high = _finite(row, "mc_low"), _finite(row, "mc_high")
    return low is not None and high is not None and (low > 0 or high < 0)
