"""docs/evidence.md, made from the rows and from what was measured last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.evidence.rows import DOWN, NEAR_NOTHING, NONE, ROWS, SIGNS_WANTED, SIZES_WANTED, UP, Row
from experiments.evidence.sample import CASES, LAST_LOT, LEADS, NOBODY, NOISE, PEOPLE_PER_ROW, WINDOW

PAGE = Path(__file__).resolve().parents[2] / "docs/evidence.md"
RESULTS = Path(__file__).resolve().parent / "results.json"
Results = Mapping[str, Mapping[str, Any]]
WORDS = {DOWN: "lower", UP: "higher", NONE: "no effect"}

HEAD = """\
# The evidence ledger

Made by `python -m experiments.evidence`. What published studies found, beside what the model returns when it is studied in
the same way. Nothing here is a finding about the world, and no parameter was set from a study on this page.

**How to read it.** *Where it burns*: in simulated countries somebody comes because killing is reported, as in the world,
and the study's own kind of estimator is applied to what follows. *By lot*: the same people or measures come on a day
drawn by lot, and each run is compared with its twin that has the same random numbers and nobody coming: the effect in
the model. Where the two differ, the study's estimator is misled by who gets help, or asks something else. Both are
figures with 95 % intervals, over theatres; 1 is no effect for ratios, 0 for shares. A dash stands where there is none: for
the share that moved, when too many resamples show that nothing was taken away.

**When a row is right.** Rules, ranges and rows were written before anything was measured. Only *where it burns* is scored.
"""


def known() -> dict[str, dict[str, Any]]:
    """Name of a row -> what was measured last."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}


def page(found: Results) -> str:
    """The whole page."""
    rows = [row for row in ROWS if row.name in found]
    parts = [HEAD + rules(), score(rows, found), table(rows, found), misses(rows, found), details(rows, found), sample(found), LIMITS]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def rules() -> str:
    """When a row is right."""
    return (
        "A sign is right when the whole interval lies on the published side of no effect; for a published null, when the "
        f"interval holds no effect and the figure lies within {NEAR_NOTHING[0]:g} to {NEAR_NOTHING[1]:g}. A size is right when "
        "the figure lies in the range. The evidence base has no published interval for any of the twelve, so every range "
        "is its prior for what a virtual study should return: *ours*."
    )


def score(rows: list[Row], found: Results) -> str:
    """How many are right, of all and of those that were never looked at while tuning."""
    signs = [row.name for row in rows if row.sign_right(found[row.name]["study"])]
    sizes = [row.name for row in rows if row.size_right(sized(row, found))]
    lots = [row.name for row in rows if row.sign_right(found[row.name]["trial"])]
    sides = [row.name for row in rows if row.on_side(found[row.name]["study"])]
    held = [row.name for row in rows if not row.tuning]
    verdict = "met" if len(signs) >= SIGNS_WANTED and len(sizes) >= SIZES_WANTED else "not met"
    unseen = f"{len(set(signs) & set(held))} signs and {len(set(sizes) & set(held))} sizes of {len(held)}"
    return (
        f"## Score\n\n**Signs right: {len(signs)} of {len(ROWS)} (wanted {SIGNS_WANTED}). Sizes right: {len(sizes)} of {len(ROWS)} "
        f"(wanted {SIZES_WANTED}). The target is {verdict}.** Of the rows that were never to be looked at while tuning: {unseen}; "
        f"the other {len(rows) - len(held)} might have been used, and were not. By lot the sign is as published in {len(lots)} of {len(ROWS)}. "
        f"Not the score, and counted only after it was seen: figures alone lie on the published side, whatever their interval, in {len(sides)} of {len(ROWS)}; chance alone puts half there."
    )


def sized(row: Row, found: Results) -> dict[str, Any]:
    """The estimate whose size is compared."""
    one: dict[str, Any] = found[row.name].get("size", found[row.name]["study"])
    return one


def table(rows: list[Row], found: Results) -> str:
    """The ledger."""
    lines = [
        "| row | published | range (ours) | where it burns | by lot | sign | size |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        one = found[row.name]
        counted = f"{row.low:.2f} to {row.high:.2f}" + (f" ({row.sized})" if row.sized else "")
        also = f"; {row.sized}: {shown(sized(row, found))}" if row.sized else ""
        lines.append(
            f"| {row.name} | {WORDS[row.sign]}: {row.published} | {counted} | {shown(one['study'])}{also} | {shown(one['trial'])} | "
            f"{'right' if row.sign_right(one['study']) else '**missed**'} | {'right' if row.size_right(sized(row, found)) else '**missed**'} |"
        )
    return "\n".join(lines)


def shown(one: Mapping[str, Any]) -> str:
    """Figure and interval."""
    figure, low, high = (f"{one[key]:.3g}" if one[key] is not None else "-" for key in ("figure", "low", "high"))
    return f"{figure} ({low} to {high})"


def misses(rows: list[Row], found: Results) -> str:
    """Every miss, with what lots say about it."""
    lines = ["## Every miss"]
    for row in rows:
        one = found[row.name]
        if not row.sign_right(one["study"]):
            wanted = {DOWN: "an interval below no effect", UP: "an interval above no effect", NONE: "no effect"}[row.sign]
            same = "has" if row.sign_right(one["trial"]) else "has not"
            lines.append(
                f"- **{row.name}, sign**: {shown(one['study'])}, wanted {wanted}. By lot, {shown(one['trial'])}, it {same} the published sign."
            )
        if not row.size_right(sized(row, found)):
            what = row.sized or row.figure
            lines.append(f"- **{row.name}, size**: {shown(sized(row, found))}, wanted {row.low:.3g} to {row.high:.3g} ({what}).")
    return "\n".join([lines[0], "", *(lines[1:] or ["None."])])


def details(rows: list[Row], found: Results) -> str:
    """What each row compares, and how."""
    lines = [
        "## The rows", "",
        "| row | paper, grade | figure | range from | estimator of the paper (from memory) | estimator here | who comes, where it burns | observations |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for row in rows:
        one = found[row.name]["study"]
        tuning = "; might be used for tuning" if row.tuning else ""
        lines.append(
            f"| {row.name}{tuning} | {row.paper} ({row.grade}) | {row.figure} | {row.reason} | {row.kind} | {row.ours} | {CASES[row.case].told} | "
            f"{one['rows']:,} in {one['clusters']} |"
        )
    return "\n".join(lines)


def sample(found: Results) -> str:
    """The simulated countries."""
    runs = sorted({one["runs"] for one in found.values()})
    return (
        f"## The simulated countries\n\n{' or '.join(map(str, runs))} versions of `sahra` for each way of deploying, half from its stage "
        "`tension` and half from `advance`, with risk factors, people, forces and relations drawn within the ranges of its files and a draw "
        f"of the model's parameters from their priors each; {PEOPLE_PER_ROW:,} people to a row, twelve months of 30 days. Somebody "
        f"decides when deaths *reported* in {WINDOW} days reach a number of their own (the stated one times a lognormal of spread {NOISE:g}); "
        f"with a chance of {NOBODY:g} nobody ever does. By lot, the day is one of the first {LAST_LOT} with equal chance, and the same "
        f"half never comes. Forces arrive {LEADS[0]} to {LEADS[1]} days after the decision; measures after the lead time of their "
        "card. Deaths are those of the model, not of its reports. Regressions are written in NumPy and SciPy "
        "(`experiments/evidence/estimators.py`), with errors robust within a theatre; the project has no library of econometrics."
    )


LIMITS = """\
## What was done in which order

Rows, ranges, estimators and rules were written and committed, then tried on 8 theatres to find errors. One was mended: a
regression that separates yes from no without an error gave a figure with a narrow interval, and now gives none. The
first measurement, on 128 theatres, had 0 signs and 3 sizes right. Then the model's rules of violence changed twice, for
reasons that have nothing to do with this page, and every row was measured again each time with nothing else altered: 1
sign and 5 sizes, then what the table says. That the score moves so far says how wide the intervals are. Nothing was chosen
between the three; the page is of the model as it was last measured.

## What it does not say

- The published null of government abuse is called right where the interval is too wide to tell; the effect by lot
  decides more than the verdict does.
- One fictional country in many versions is no world: less varied than Africa's wars, so that effects that come from
  differences between countries are missed, and intervals are those of the simulation.
- No row reanalyses a paper's data, and kinds of estimator were written down from memory: controls, lags and units differ.
- Reception of radio is made by jamming place by place, as when the row was written; since then closed terrain hears less in
  the model itself, in every run alike. The row asks for men in crowds; prosecutions count whoever took part.
- The odds of escalation say nothing about who was mediated and why beyond last month's fighting.
- A mission of a few thousand in a country of 1.2 million is denser than most; sizes per soldier are compared all the same.
"""
