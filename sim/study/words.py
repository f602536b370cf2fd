"""Words generated from numbers: rounding, likelihood, skill, and what waiting costs.

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

BASELINES = {
    "crps_flat": "a flat lognormal",
    "crps_last12": "the last twelve months taken as a forecast",
    "crps_persistence": "one-step persistence, which sees the month before",
    "crps_structural": "a structural regression on what was known of the country",
}
"""The simple forecasts that a hindcast is set beside, by their key in its scores."""


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
        if abs(euros) >= 0.995 * size:
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


def quoted(title: str) -> str:
    """A title inside a sentence."""
    return f"\u201c{title}\u201d"


_ACRONYMS = {"au", "eccas", "ecowas", "eu", "nato", "osce", "un", "us"}
_COMMON = {"and", "battlegroup", "donors", "force", "host", "member", "mission", "national", "neighbours", "observers",
           "of", "police", "states", "the"}  # fmt: skip


def organisation(name: str) -> str:
    """The name of a payer, a mediator or a kind of force for readers: "un_mission" is UN mission, "south_africa" South
    Africa, "member_states" member states."""
    return " ".join(
        word.upper() if word in _ACRONYMS else word if word in _COMMON else word[:1].upper() + word[1:]
        for word in name.replace("_", " ").split()
    )


def decided(when: Any) -> str:
    """The `decided_on` of a policy for readers: "on 2013-11-01", "when reports reach 82 deaths in 30 days"."""
    if not isinstance(when, Mapping):
        return str(when) if when else ""
    if when.get("date"):
        return f"on {when['date']}"
    if when.get("day") is not None:
        return f"on day {when['day']}" if when["day"] else "on the first day"
    said = ""
    if isinstance(when.get("when"), Mapping):
        said = f"when reports {_threshold(when['when'])}"
    elif when.get("event"):
        deaths = f" of {when['deaths']} deaths" if when.get("deaths") else ""
        said = f"on the event: {str(when['event']).replace('_', ' ')}{deaths}"
    elif when.get("warning"):
        said = f"when those who warn see level {_plain(when['warning'])} of 10"
    elif when.get("after"):
        said = f"after {when['after']} ({str(when.get('is', 'decided')).replace('_', ' ')})"
    if said and when.get("days"):
        said = f"{_plain(when['days'])} days later than: {said}"
    if said and isinstance(when.get("if"), Mapping):
        said += f", if reports {_threshold(when['if'])}"
    return said


def _plain(item: Any) -> Any:
    return item["value"] if isinstance(item, Mapping) and "value" in item else item


def _threshold(rule: Mapping[str, Any]) -> str:
    """"reach 82 deaths within 30 days in North", "stay below 10 deaths within 90 days for 60 days"."""
    value = {key: _plain(item) for key, item in rule.items()}
    below = "reported_deaths_below" in value
    deaths = number(value.get("reported_deaths_below" if below else "reported_deaths"), 4)
    where = f" in {value['prefecture']}" if value.get("prefecture") else ""
    lasting = f" for {value['for_days']} days" if value.get("for_days", 1) != 1 else ""
    days = value.get("within_days", 30)
    return f"{'stay below' if below else 'reach'} {deaths} deaths within {days} days{where}{lasting}"


@dataclass(frozen=True, slots=True)
class Skill:
    """What the hindcast says: `below` is None when there is none, True when a simple forecast scores better.
    `warning` is what a reader must know before any number, empty when there is nothing to warn of."""

    phrase: str
    below: bool | None
    warning: str = ""


def skill(hindcast: Mapping[str, Any] | None, fictional: bool = False) -> Skill:
    """The hindcast's result in words, from the scores of summary.json (CRPS of log1p deaths, lower is
    better)."""
    crps = _finite(hindcast, "crps")
    rivals = {name: score for name in BASELINES if (score := _finite(hindcast, name)) is not None}
    if fictional:
        return Skill(
            "none possible, the country is fictional",
            None,
            "The country is fictional, so nothing here can be scored against data. The numbers are the "
            "consequences of stated assumptions, of use for exercises and tests.",
        )
    made = (hindcast or {}).get("card") or {}
    if (crps is None or not rivals) and made.get("measured"):
        met, measured = made["met"], made["measured"]
        return Skill(
            f"no months scored; {met} of {measured} published windows and facts met",
            None,
            f"No months are scored here. At least half of the runs lie inside {met} of {measured} published windows "
            f"and facts, and {made['missed']} are missed; numbers of deaths are no forecast.",
        )
    if crps is None or not rivals:
        return Skill(
            "not measured",
            None,
            "This model has not been scored against data here. Nothing shows that its numbers can be believed "
            "for this theatre; read them as the consequences of stated assumptions.",
        )
    best = min(rivals, key=lambda name: rivals[name])
    scores = f"CRPS {crps:.2f} against {rivals[best]:.2f}; lower is better"
    if crps < rivals[best]:
        return Skill(f"better than the best simple forecast ({scores})", False)
    return Skill(
        f"below the best simple forecast ({scores})",
        True,
        "In the hindcast this model does worse than a simple forecast, so its numbers of deaths are no forecast.",
    )


def _finite(data: Mapping[str, Any] | None, key: str) -> float | None:
    value = (data or {}).get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def timing_sentence(title: str, rows: Sequence[Mapping[str, Any]], against: str = "doing nothing") -> str:
    """What waiting costs: the same policy decided later, `against` a reference. Rows carry delay_days, saved_mean,
    mc_low, mc_high, and maybe runs."""
    known = _by_delay(rows)
    if not known:
        return f"{title}: the cost of deciding later was not computed."
    end = waiting(rows, against)
    if not _told(known[0]):  # numbers would suggest what the runs do not show
        return f"{title}: {end}."
    unit = f" simulated civilian deaths than under {against}"
    said = "; ".join(
        f"{_when(row['delay_days'])}: {fewer(-row['saved_mean'])}{'' if i else unit}" for i, row in enumerate(known)
    )
    return f"{title}, decided {said}. {end[:1].upper()}{end[1:]}."


def waiting(rows: Sequence[Mapping[str, Any]], against: str = "doing nothing") -> str:
    """What the rows of `timing_sentence` say of waiting, as half a sentence."""
    known = _by_delay(rows)
    if not known:
        return "what waiting costs was not computed"
    first = known[0]
    runs = first.get("runs")
    spent = f"with the {runs} runs spent on each delay" if isinstance(runs, int) else "with these runs"
    if not _told(first) or first["saved_mean"] <= 0:
        return f"{spent} the model cannot tell what waiting costs"
    gone = next((row for row in known if not (_told(row) and row["saved_mean"] > 0)), None)
    half = next((row for row in known if row["saved_mean"] < first["saved_mean"] / 2), None)
    if gone is not None:
        return f"decided {_when(gone['delay_days'])}, the model cannot tell it from {against} {spent}"
    if half is not None:
        return f"more than half of the effect is gone when it is decided {_when(half['delay_days'])}"
    return f"over half of the effect remains when it is decided {_when(known[-1]['delay_days'])}"


def _by_delay(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    known = [row for row in rows if None not in (_finite(row, "delay_days"), _finite(row, "saved_mean"))]
    return sorted(known, key=lambda row: float(row["delay_days"]))


def _when(delay: float) -> str:
    return "as planned" if delay == 0 else f"{number(delay)} days later"


def _told(row: Mapping[str, Any]) -> bool:
    low, high = _finite(row, "mc_low"), _finite(row, "mc_high")
    return low is not None and high is not None and (low > 0 or high < 0)
