"""The hindcast card of a theatre: each published fact and window beside what the runs did, in numbers and in words.

Every word follows from numbers by the rules that stand here, the same for all theatres; nothing is judged by hand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.study import facts, words

if TYPE_CHECKING:
    from sim.scenario.theatre import Theatre

ROLES: dict[str, str] = {
    "case": "A case that is scored.",
    "near_miss": (
        "A near-miss control: the danger was there and few civilians were killed. It is scored, and a model that kills "
        "many here is wrong."
    ),
    "never_scored": (
        "Never scored: what the runs did is shown beside what happened, no window counts as met or missed, and "
        "no calibration uses it."
    ),
}
"""What a theatre is to validation: the values of `role` in observed/scoring.yaml, with what the card says of each."""
MET = 0.5
"""Share of runs inside the published range from which a window counts as met: what happened is what usually does."""


def row_of_fact(fact: facts.Fact, stage: str, values: Any) -> dict[str, Any]:
    """A fact beside the runs' values [runs]; a run where it cannot be said lies outside."""
    found = np.asarray(values, float)
    known = found[np.isfinite(found)]
    inside = (known >= fact.low) & (known <= fact.high)
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    low, q25, middle, q75, high = np.quantile(known, levels).tolist() if len(known) else [None] * 5
    point = fact.low == fact.high and fact.measure != "mass_killing"
    return {
        "kind": "fact", "name": fact.name, "statement": fact.statement, "stage": stage,
        "measure": fact.stated, "unit": fact.unit, "low": fact.low, "best": fact.best, "high": fact.high,
        "q05": low, "median": middle, "q95": high, "runs": len(found),
        "middle_half": [q25, q75] if point and len(known) else None,
        "share_of_runs_inside": float(inside.sum() / len(found)) if len(found) else None,
        "share_never": float(1.0 - len(known) / len(found)) if len(found) else None,
        "source": fact.source, "grade": fact.grade,
    }  # fmt: skip


def row_of_pattern(judged: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `patterns.judged` as one of the card."""
    return {"kind": "pattern", "best": None, "unit": "", **judged}


def verdict(row: Mapping[str, Any]) -> str:
    """What a row is worth: `met`, `reached`, `missed` or `unmeasured`.

    Met: half of the runs inside the range, or more; of a count without a range, that it lies in the middle half of the
    runs. Reached: fewer, but the 90 % band of the runs meets the range.
    """
    share = row.get("share_of_runs_inside")
    if share is None:
        return "unmeasured"
    half = row.get("middle_half")
    if share >= MET or (half and half[0] <= row["low"] <= half[1] and (row.get("share_never") or 0.0) < MET):
        return "met"
    if row.get("q05") is None or (row.get("share_never") or 0.0) > 0.95:
        return "missed"
    return "reached" if row["q95"] >= row["low"] and row["q05"] <= row["high"] else "missed"


def side(row: Mapping[str, Any]) -> str:
    """`high`, `low` or "" : on which side of the range the median of the runs lies."""
    middle = row.get("median")
    if middle is None or row["low"] <= middle <= row["high"]:
        return ""
    return "low" if middle < row["low"] else "high"


def said(row: Mapping[str, Any]) -> str:
    """One sentence on a row, from its numbers."""
    share, never, middle = row.get("share_of_runs_inside"), row.get("share_never") or 0.0, row.get("median")
    if share is None:
        return "Not measured in these runs."
    inside = f"{words.percent(share)} of {row['runs']} runs inside"
    if middle is None:
        return f"It happens in no run; {_range(row)} observed."
    often = f", never in {words.percent(never)}" if never > 0 else ""
    band = f"{_n(row['q05'])} to {_n(row['q95'])}"
    return f"{inside}: {_range(row)} observed, {_n(middle)} ({band}) in the model{often}{_how_far(row, middle)}."


def _how_far(row: Mapping[str, Any], middle: float) -> str:
    low, high = row["low"], row["high"]
    if not side(row):
        return ""
    bound = low if middle < low else high
    word = f"too {side(row)}"
    if bound > 0 and middle > 0 and max(bound, middle) >= 2.0:  # a factor says nothing of shares and of zero
        factor = max(bound, middle) / min(bound, middle)
        return f"; {word}, by a factor of {factor:.1f} from the range" if factor < 100 else f"; {word}, by far"
    return f"; {word}"


def _range(row: Mapping[str, Any]) -> str:
    low, best, high = row["low"], row.get("best"), row["high"]
    if not math.isfinite(high):
        span = f"at least {_n(low)}"
    elif not math.isfinite(low):
        span = f"at most {_n(high)}"
    else:
        span = _n(low) if low == high else f"{_n(low)} to {_n(high)}"
    known = best is not None and math.isfinite(best) and best not in (low, high)
    return f"{span} (best {_n(best)})" if known and best is not None else span


def _n(value: float) -> str:
    return words.number(value, 3 if abs(value) >= 1 else 2)


def card(
    theatre: Theatre, role: str, why: str, found: Mapping[str, Any], rows: Sequence[dict[str, Any]],
    unscored: Sequence[Mapping[str, str]],
) -> dict[str, Any]:  # fmt: skip
    """The card as plain values. `found` are the scores of the months where there are any; `rows` those of
    `row_of_fact` and `row_of_pattern`; `unscored` holds name, statement and why of facts that no measure fits."""
    scored = role != "never_scored"
    full = [
        {**row, "observed": _range(row), "verdict": verdict(row) if scored else "not scored", "side": side(row),
         "said": said(row)}
        for row in rows
    ]  # fmt: skip
    counted = {name: sum(row["verdict"] == name for row in full) for name in ("met", "reached", "missed")}
    measured = sum(counted.values())
    return {
        "theatre": theatre.name,
        "title": theatre.title,
        "role": role,
        "role_said": " ".join(part for part in (ROLES[role], why) if part),
        "runs": found.get("runs"),
        "parameters": found.get("parameters"),
        "policy": found.get("policy"),
        **counted,
        "measured": measured,
        "summary": _summary(counted, measured, scored, found),
        "right": _told(full, "met"),
        "within_reach": _told(full, "reached"),
        "wrong": _told(full, "missed"),
        "months": _months(found) if scored else "",
        "rows": full,
        "not_scored": [dict(row) for row in unscored],
    }  # fmt: skip


def _told(rows: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return [f"{row['statement'].rstrip('.')}. {row['said']}" for row in rows if row["verdict"] == name]


def _summary(counted: Mapping[str, int], measured: int, scored: bool, found: Mapping[str, Any]) -> str:
    if not scored:
        return "Shown, not scored."
    if not measured:
        return "No window and no fact of this theatre could be measured."
    return (
        f"Of {measured} windows and facts, at least half of the runs lie inside {counted['met']}; {counted['reached']} "
        f"more are within the 90 % band of the runs, {counted['missed']} are missed."
    )


def _months(found: Mapping[str, Any]) -> str:
    return str(found.get("sentence") or "") if found.get("crps") is not None else (
        "No monthly series is scored: the published data do not cover this theatre by month."
    )  # fmt: skip


def lines(made: Mapping[str, Any]) -> list[str]:
    """The card as text."""
    runs = f"{made['runs']} runs from the main start, {made['policy']}; {made['parameters']}."
    text = [f"{made['title']} ({made['theatre']})", made["role_said"], runs, made["summary"]]
    if made["months"]:
        text += ["", "Months", f"  {made['months']}"]
    parts = (("Right", "right"), ("Within reach, not usual", "within_reach"), ("Wrong", "wrong"))
    for heading, key in parts:
        if made[key]:
            text += ["", heading, *(f"  {line}" for line in made[key])]
    if made["role"] == "never_scored":
        text += ["", "What happened, and the runs", *(f"  {line}" for line in _told(made["rows"], "not scored"))]
    if made["not_scored"]:
        text += ["", "Facts without a counterpart in the runs"]
        text += [f"  {row['statement']} ({row['why']})" for row in made["not_scored"]]
    return text
