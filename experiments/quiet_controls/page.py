"""docs/quiet_controls.md, made from the tables and from what was measured last."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from experiments.quiet_controls.live import MECHANISMS
from experiments.quiet_controls.measure import (
    CONTROLS,
    FACTORS,
    HERE,
    ONSET,
    RESULTS,
    YEARS,
    alarms,
    interval,
)

PAGE = Path(__file__).resolve().parents[2] / "docs/quiet_controls.md"
BEFORE = HERE / "before.csv"
Results = Mapping[str, Mapping[str, Any]]
KINDS = ("army", "police", "rebels", "self-defence", "crowds", "peacekeepers")
LARGE = 20e6
MEASURES = {
    "reported_one_sided": "reported, without crossfire",
    "one_sided": "true, without crossfire",
    "reported": "reported, with crossfire",
    "true": "true, with crossfire",
}

HEAD = f"""\
# Quiet controls

Made by `python -m experiments.quiet_controls DATA`. 24 country-years that stood high at risk and in which no mass violence
came, drafted by rule from open data and run for a year. A model that kills everywhere finds every onset; here it should
leave people alone. Nothing was fitted to this page.

**Who they are.** From the {YEARS[0]}-{YEARS[-1]} strata (the thirty countries of a year at highest risk on 1 January) less those
with {ONSET} or more civilians killed by one-sided violence (UCDP) that year or the year before; each country once, drawn by
`forestall controls --years {YEARS[0]}-{YEARS[-1]} --count 24 --seed 1`, the example of [the page on drafts](new_theatre.md), fixed before
any was run. *Quiet* means quiet of one-sided violence: some had a war, or fighting between communities, as the table says.

**What is compared.** UCDP counts as one-sided the civilians killed on purpose by an organised group, reported in the news.
Nearest in the model: reported deaths without crossfire. It still differs: the model's crowds and self-defence are counted
here, and UCDP counts fighting between communities as non-state violence, with its dead of both kinds. The records of
all three kinds stand beside each other below. A *false alarm* is a run with {ONSET} such deaths or more within the year.

**Vintages.** Each factor of a draft carries the day by which its source was public, none later than the start
([factors.csv](../experiments/quiet_controls/factors.csv)). All files are later editions: what was coded with hindsight is
flagged as retrospective, and that is nearly everything. Army and police have 0.7 to 5 per 1,000 people where nobody counts
them. Parameters come from the priors, and every judgement of a draft from its own range.
"""


def known() -> dict[str, dict[str, Any]]:
    """Name of a control -> what was measured last."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}


def known_ablations() -> dict[str, dict[str, Any]]:
    """Name of an ablation -> what was measured last (experiments/quiet_controls/ablations.py)."""
    path = HERE / "ablations.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def table_of(path: Path) -> list[dict[str, str]]:
    """The rows of a committed table."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def page(found: Results) -> str:
    """The whole page."""
    parts = [HEAD, rates(found), countries(found), sources_of_death(found), rungs(found), ablated(), mended(found), LIMITS]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def pooled(found: Results, measure: str) -> tuple[float, float, float]:
    """Share of control-years with an alarm, and a 90 % bootstrap over controls (runs of one control are no new country)."""
    rates = np.array([alarms(one, measure) for one in found.values()])  # type: ignore[arg-type]
    rows = np.random.default_rng(1).integers(0, rates.size, (2000, rates.size))
    low, high = np.percentile(rates[rows].mean(axis=1), [5.0, 95.0])
    return float(rates.mean()), float(low), float(high)


def rates(found: Results) -> str:
    """False alarms by what is counted."""
    runs = sorted({one["runs"] for one in found.values()})
    lines = [
        "## False alarms", "",
        f"{len(found)} controls, {' or '.join(map(str, runs))} runs of each.", "",
        f"| civilian deaths counted | share of control-years with {ONSET} or more | controls with a median of {ONSET} or more | median of the medians |",
        "| --- | --- | --- | --- |",
    ]  # fmt: skip
    for measure, words in MEASURES.items():
        share, low, high = pooled(found, measure)
        medians = [float(np.median(one[measure])) for one in found.values()]
        over = sum(one >= ONSET for one in medians)
        lines.append(f"| {words} | {share:.0%} ({low:.0%} to {high:.0%}) | {over} of {len(medians)} | {np.median(medians):.0f} |")
    share, low, high = pooled(found, "reported_one_sided")
    return "\n".join(
        [
            *lines, "",
            f"**The model does not leave them quiet: in {share:.0%} ({low:.0%} to {high:.0%}) of these years it raises an alarm, in the "
            "record in none, by construction.** The interval (90 %) is over controls." if low > 0.1 else
            f"In {share:.0%} ({low:.0%} to {high:.0%}) of these years the model raises an alarm. The interval (90 %) is over controls.",
            "",
            base(),
        ]
    )  # fmt: skip


def base() -> str:
    """What the rate should be."""
    rows = table_of(HERE / "base_rate.csv")
    calm, onsets = (sum(int(row[key]) for row in rows) for key in ("calm_before", "onsets"))
    return (
        f"What the rate should be: of the {calm} country-years of this stratum in {rows[0]['year']}-{rows[-1]['year']} that were calm the "
        f"year before, {onsets} had an onset, {onsets / calm:.0%} (UCDP). The controls are drawn from the others, so a model that "
        "knew the future would say 0 %, and one that knows the risk and no more about that base rate."
    )


def countries(found: Results) -> str:
    """The table by country."""
    lines = [
        "## By country", "",
        "Record: deaths of that year by UCDP, best estimates; one-sided (by governments), non-state, state-based. Model: 16 runs.", "",
        "| control | rank | one-sided | non-state | state-based | alarms | median reported | median true | largest true |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for row in table_of(CONTROLS):
        if row["name"] not in found:
            continue
        one = found[row["name"]]
        hits = sum(n >= ONSET for n in one["reported_one_sided"])
        low, high = interval(hits, len(one["reported_one_sided"]))
        lines.append(
            f"| {row['country']} {row['year']} | {row['rank']} | {row['one_sided']} ({row['one_sided_by_government']}) | {row['non_state']} | "
            f"{row['state_based']} | {hits / len(one['reported_one_sided']):.0%} ({low:.0%} to {high:.0%}) | "
            f"{np.median(one['reported_one_sided']):.0f} | {np.median(one['one_sided']):.0f} | {max(one['one_sided']):,} |"
        )
    return "\n".join(lines)


def sources_of_death(found: Results) -> str:
    """Mean deaths a control-year by who killed and by which mechanism."""
    total = sum(sum(row.values()) for one in found.values() for row in one["by"].values())
    lines = [
        "## By whom and how", "",
        "Share of all civilian deaths in all runs; incidents that more than one mechanism can have caused are divided by their "
        "expected deaths on that day.", "",
        f"| by | {' | '.join(MECHANISMS)} | all | mean deaths a control-year |",
        "| --- |" + " --- |" * (len(MECHANISMS) + 2),
    ]  # fmt: skip
    for kind in KINDS:
        cells = [sum(one["by"].get(kind, {}).get(name, 0.0) for one in found.values()) for name in MECHANISMS]
        if sum(cells) > 0.0:
            shares = " | ".join(f"{cell / total:.1%}" for cell in cells)
            lines.append(f"| {kind} | {shares} | {sum(cells) / total:.0%} | {sum(cells) / len(found):.0f} |")
    largest = sorted(found, key=lambda name: -float(np.mean(found[name]["true"])))[:6]
    part = sum(float(np.mean(found[name]["true"])) for name in largest) / sum(float(np.mean(one["true"])) for one in found.values())
    lines += ["", f"Six controls hold {part:.0%} of the deaths: {', '.join(name.removeprefix('control_') for name in largest)}.", ""]
    rates = [alarms(one) for one in found.values()]  # type: ignore[arg-type]
    people = [float(one["people"]) for one in found.values()]
    rank = float(stats.spearmanr(people, rates).statistic)
    small = [rate for rate, size in zip(rates, people, strict=True) if size < LARGE]
    large = [rate for rate, size in zip(rates, people, strict=True) if size >= LARGE]
    lines += [
        f"Alarms go with size: {np.mean(large):.0%} in the {len(large)} controls of {LARGE / 1e6:.0f} million people or more, {np.mean(small):.0%} "
        f"in the {len(small)} smaller ones (rank correlation with people {rank:.2f}). Armies and police are drafted per 1,000 people and "
        "kill per head, so what every army does a little of passes any fixed number of deaths in a large country.", "",
    ]  # fmt: skip
    lines += [
        "Per control that is not quiet (alarms in more than a quarter of runs), the largest shares:", "",
        "| control | mean deaths | of them |", "| --- | --- | --- |",
    ]  # fmt: skip
    for name, one in found.items():
        if alarms(one) > 0.25:  # type: ignore[arg-type]
            mean = float(np.mean(one["true"]))
            parts = sorted(
                ((deaths / mean, kind, how) for kind, row in one["by"].items() for how, deaths in row.items()), reverse=True
            )
            said = ", ".join(f"{kind} by {how} {share:.0%}" for share, kind, how in parts[:3])
            lines.append(f"| {name.removeprefix('control_')} | {mean:,.0f} | {said} |")
    return "\n".join(lines)


def rungs(found: Results) -> str:
    """How far up the ladder each kind of organisation got."""
    lines = [
        "## The highest rung of a year", "",
        "Organisations that existed at any time of a run (self-defence: that formed), by the highest rung they stood on.", "",
        "| | organisation-years | restraint | let prey | repression | mass violence | extermination |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for kind in KINDS:
        counts = np.sum([one["rungs"].get(kind, [0] * 5) for one in found.values()], axis=0)
        if counts.sum():
            lines.append(f"| {kind} | {counts.sum()} | " + " | ".join(f"{one / counts.sum():.0%}" for one in counts) + " |")
    return "\n".join(lines)


def ablated() -> str:
    """What the deaths hang on."""
    found = known_ablations()
    if not found:
        return ""
    runs = sorted({one["runs"] for one in found.values()})
    lines = [
        "## What it hangs on", "",
        f"The same controls and draws with one thing of the model off, {' or '.join(map(str, runs))} runs of each "
        "(`python -m experiments.quiet_controls.ablations DATA`).", "",
        "| | alarms | mean deaths | median over controls of mean deaths | self-defence groups that formed |",
        "| --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for name, one in found.items():
        lines.append(
            f"| {name} | {np.mean(one['alarms']):.0%} | {np.mean(one['deaths']):,.0f} | {np.median(one['deaths']):,.0f} | {one['formed']:.0%} |"
        )
    return "\n".join([*lines, "", DIAGNOSIS])


def mended(found: Results) -> str:
    """What drafting was mended, and what that did."""
    if not BEFORE.exists():
        return ""
    before = {row["name"]: row for row in table_of(BEFORE)}
    shared = [name for name in found if name in before]
    was = np.mean([float(before[name]["alarms"]) for name in shared])
    now = np.mean([alarms(found[name]) for name in shared])  # type: ignore[arg-type]
    mean = np.mean([float(before[name]["mean_true"]) for name in shared])
    after = np.mean([float(np.mean(found[name]["true"])) for name in shared])
    same = {row["model"] for row in before.values()} == {one["model"] for one in found.values()}
    return (
        "## What drafting got wrong\n\nFound by looking at who killed in these controls, mended for the reason given, once, and "
        "not changed again after the result was seen (one more fault that the result showed stands above, unmended):\n\n"
        "- *Self-defence that does not exist* stood on the rung \"let prey\" and targeted groups from a hostility of 0.2 on, below "
        "the level at which the model's own organisations begin to target. It now starts on the lowest rung with no target; the "
        "model learns targets.\n"
        "- *Rebels held two fifths of a place whatever their number*, and recruited from it: three hundred fighters held two of five "
        "million people. They now hold in proportion to their fighters, two fifths from 2 per 1,000 people on.\n"
        "- *Every rebel group wanted the capital.* UCDP/PRIO's list of conflicts says what is fought over; who fights over territory "
        "defends its land.\n"
        "- *Rebels without civilians on record let their people prey from the first day*; states without did not. Both start on the "
        "lowest rung now.\n\n"
        f"Before, {was:.0%} of control-years had an alarm, and {mean:,.0f} were killed in the mean; now {now:.0%} and {after:,.0f}"
        + (", on the same model." if same else "; the model has changed since.")
        + " Both in [before.csv](../experiments/quiet_controls/before.csv) and "
        "[results.json](../experiments/quiet_controls/results.json)."
    )


LIMITS = """\
## What this cannot say

- The drafts know nothing that no data set counts. A quiet country's own reasons for being quiet are mostly not in them.
- Sixteen runs tell a rate of 0 % from one of 17 %, not from one of 5 %. The interval over controls is what counts.
- The controls were selected on the outcome, and their factors on later editions of the data: both flatter a model that
  follows risk.
- Attribution to a mechanism is exact for crossfire; where a crowd and an organisation strike the same group in the same
  place, it leaves out that they reach people alike.
"""


DIAGNOSIS = """\
**Desertion in peace.** In the model 0.3 % of the paid and unbeaten desert a day (0.2 to 2 %), less four fifths of their
cohesion. At a cohesion of 0.67 that is 40 % of an army a year, and 97 % at the upper end, in a garrison that nobody
attacks; nobody replaces them where an army is larger than what its places would yield. Three in ten of the deserters nearby
join the self-defence of some group, armed, where no man is active and nobody was killed. So four in five of the groups
of quiet countries have an armed movement within the year, with leaders of its own, little discipline and no pay, whose
ladder and looting do the rest; and the police that would protect have gone. In the single runs that were followed week by
week (Jordan 2013 and Burundi 2014, six of them) no man was active on any day looked at, and every movement was of deserters.
With desertion off hardly any forms, and small countries without rebels (Jordan, Laos, Libya, Rwanda, Syria) have next to no deaths.
The rate of alarms over all controls hardly moves all the same: elsewhere armies that keep their men kill more with them.

**Beaten rebels exterminate.** The threat that leaders feel rises with the share of their own fighters lost and with enemies who
outweigh them, and cost fades with threat. In twelve runs that were followed (Chad 2010, Russia 2007) a few thousand rebels against
armies of tens to hundreds of thousands reached a threat of 0.9 or more in nine within the year; then no rung costs anything, and
those who fight for the capital gain by the highest. The rungs above show how many end there: 38 % of rebel years on the measured
drafts.

**Armies let prey.** Nearly every army of a poor autocracy spends part of a year on the rung "let prey": at the stated values it is
worth 0.07 less than restraint (0.03 to 0.11 over the controls, in the second week), and with `ladder_tau` 0.06 that is a step up
every nine months and a month's stay; draws from the priors step more often. What its men then do is a matter of their number.

None of these three is changed here: they are mechanisms, and not the business of drafting.

**A fault of drafting that is left.** Nearly all killing by armies through mass violence is that of three drafts (Ethiopia, Iran,
Nigeria). UCDP has 25 civilians or more killed there by governments in the last two public years; drafting starts such an army on
the rung "repression" with a range of one to either side, so some versions begin with *mass violence* against the groups that
are politically discriminated, which no record of tens of dead supports. The ablation shows it: with leaders held on their first
rung these three kill 58,000 to 83,000 in the mean, and the ladder brings most of it down. It was seen after the mends below
were measured; the rung "mass violence" should need a record of the order of 1,000 dead a year.
"""


def factor_rows() -> list[dict[str, str]]:
    """The vintages of every factor of every control."""
    return table_of(FACTORS)
