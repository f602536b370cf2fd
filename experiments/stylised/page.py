"""docs/stylised_facts.md and its figures, made from observed.csv and simulated.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.behaviours.killing import exponent
from experiments.stylised import observed, simulated
from experiments.stylised.distances import Distance, Sample, distance
from experiments.stylised.facts import Fact
from experiments.stylised.figure import RECORDED, cumulative

FACTS = observed.RECORDED_FACTS
DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, FIGURES = DOCS / "stylised_facts.md", DOCS / "figures"
RESULTS = Path(__file__).resolve().parent / "results.json"
DRAFTS, POOLED = "control_", "all pooled"
LEAST = (2.0, 10.0, 20.0, 50.0)
RESAMPLES = 400
Found = Mapping[str, Mapping[str, Any]]

HEAD = """\
# Stylised facts against the record

Made by `python -m experiments.stylised DATA`. Seven regularities of violence against civilians, computed in the same way
from what was recorded and from what the model does without any policy. Nothing is fitted here. A distance of 0 would be the
same distribution; a small one does not make the model right, since several of these facts are put in or bounded by how they are
counted: each section says where the comparison is unfair.
"""

READ = """\
**How to read it.** *KS* (Kolmogorov-Smirnov) is the largest gap between two cumulative shares, 0 to 1. *W* (Wasserstein) is how far
values have to be moved on average, in their own unit, or in decades (factors of ten) where the scale is logarithmic. Both with
90 % bootstrap intervals: countries or years of the record, and theatres (within one theatre: runs) are resampled whole. A dash
stands where a side has no value. Intervals of two samples that are alike still lie above 0, and where fewer than five units can
be resampled an interval says little.
"""


NOTE = """\
The medians say in which direction the model is off. Pooled, it is weighted by how many runs a theatre has, and most are quiet drafts:
the columns by theatre say more. No threshold makes one of these distances a pass; they are here to be compared with, when the
model or the theatres change.
"""


def populations(found: Found) -> dict[str, Found]:
    """The simulated sides: each theatre that ships, all quiet drafts together, and all theatres pooled."""
    shipped = {name: {name: one} for name, one in found.items() if not name.startswith(DRAFTS)}
    drafts = {name: one for name, one in found.items() if name.startswith(DRAFTS)}
    return {**shipped, **({"quiet drafts": drafts} if drafts else {}), POOLED: found}


def sample(found: Found, fact: str) -> Sample:
    """Values by what is resampled: theatres, or the runs of one theatre."""
    if fact == observed.CAR_SIZES.name:
        found = {name: one for name, one in found.items() if name == simulated.WHERE_RECORDED}
        fact = "sizes"
    if not found:
        return []
    if len(found) == 1:
        return simulated.by_run(next(iter(found.values())), fact)
    return simulated.values(found, fact)


def results() -> dict[str, Any]:
    """Everything the page says, as plain values."""
    record, _ = observed.known()
    found = simulated.known()
    made: dict[str, Any] = {"facts": {}, "exponents": {}}
    for fact in FACTS:
        made["facts"][fact.name] = {"recorded": quantiles(record[fact.name])}
        for name, side in populations(found).items():
            values = sample(side, fact.name)
            gap = distance(record[fact.name], values, fact.scale)
            made["facts"][fact.name][name] = {**quantiles(values), **said(gap)}
    made["exponents"][RECORDED] = exponents(record["sizes"])
    made["exponents"]["recorded, Central African Republic"] = exponents(record[observed.CAR_SIZES.name])
    for name, side in populations(found).items():
        made["exponents"][name] = exponents(sample(side, "sizes"))
    return made


def quantiles(units: Sample) -> dict[str, Any]:
    """Number of values and of units, and the 10th, 50th and 90th percentile."""
    kept = [np.asarray(unit) for unit in units if len(unit)]
    if not kept:
        return {"values": 0, "units": 0, "quantiles": None}
    every = np.concatenate(kept)
    cut = [float(f"{one:.3g}") for one in np.quantile(every, [0.1, 0.5, 0.9])]
    return {"values": int(every.size), "units": len(kept), "quantiles": cut}


def said(gap: Distance | None) -> dict[str, Any]:
    """Distances as JSON."""
    if gap is None:
        return {"ks": None, "wasserstein": None}
    return {"ks": [round(one, 3) for one in gap.ks], "wasserstein": [round(one, 3) for one in gap.wasserstein]}


def exponents(units: Sample) -> dict[str, Any]:
    """Power-law exponents from some sizes on (Clauset, Shalizi & Newman 2009), with the interval over units."""
    kept = [np.asarray(unit) for unit in units if len(unit)]
    found: dict[str, Any] = {}
    rng = np.random.default_rng(7)
    for least in LEAST:
        tail = int(sum((unit >= least).sum() for unit in kept))
        if tail < 10:
            found[f"{least:g}"] = None
            continue
        drawn = [
            exponent(np.concatenate([kept[n] for n in rng.integers(0, len(kept), len(kept))]), least)
            for _ in range(RESAMPLES)
        ]
        low, high = np.nanpercentile(drawn, [5.0, 95.0])
        found[f"{least:g}"] = [round(float(one), 2) for one in (exponent(np.concatenate(kept), least), low, high)] + [tail]
    return found


def known() -> dict[str, Any]:
    """The results as committed."""
    made: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return made


# ---- the page -----------------------------------------------------------------------------------------------------


def page(made: Mapping[str, Any]) -> str:
    """The whole page."""
    found, (_, sources) = simulated.known(), observed.known()
    parts = [HEAD, who(found), READ, overview(made)]
    parts += [section(fact, made["facts"][fact.name], sources[fact.name]) for fact in FACTS]
    parts.insert(6, tails(made["exponents"]))
    return "\n\n".join(part.strip() for part in parts) + "\n"


def who(found: Found) -> str:
    """What population of theatres the simulated side is."""
    lines = []
    for name, side in populations(found).items():
        if name == POOLED:
            continue
        runs = sorted({len(one["years"]) for one in side.values()})
        origin = " or ".join(sorted({one["from"] for one in side.values()}))
        told = f"{len(side)} theatres, " if len(side) > 1 else ""
        deaths = [year["deaths"] for one in side.values() for year in one["years"]]
        over = np.mean(np.array(deaths) >= 25)
        lines.append(
            f"- `{name}`: {told}{' or '.join(map(str, runs))} runs of a year each, parameters from the {origin}; "
            f"{over:.0%} of these years have 25 reported one-sided deaths or more, median {np.median(deaths):,.0f}."
        )
    return "\n".join(
        [
            "## The simulated side", "",
            "It is no sample of the world's countries. `quiet drafts` are the [quiet controls](quiet_controls.md): countries in which the "
            "record holds *no* such violence, drafted by rule; that the model kills there at all is a fault of its own. The "
            "other theatres are countries in crisis, made by hand. A theatre that is added to `scenarios/` joins at the next call.", "",
            *lines,
        ]
    )  # fmt: skip


def overview(made: Mapping[str, Any]) -> str:
    """One line a fact."""
    names = [name for name in made["exponents"] if not name.startswith(RECORDED)]
    lines = [
        "## Distances", "", f"| fact | medians: recorded, all pooled | {' | '.join(f'KS, {name}' for name in names)} |",
        "| --- | --- |" + " --- |" * len(names),
    ]  # fmt: skip
    for fact in FACTS:
        row = made["facts"][fact.name]
        medians = ", ".join(f"{row[name]['quantiles'][1]:g}" if row[name]["quantiles"] else "-" for name in (RECORDED, POOLED))
        lines.append(f"| {fact.title} | {medians} | " + " | ".join(shown(row[name]["ks"]) for name in names) + " |")
    return "\n".join([*lines, "", NOTE.strip()])


def shown(one: Sequence[float] | None) -> str:
    """A figure with its interval."""
    return "-" if one is None else f"{one[0]:.2f} ({one[1]:.2f} to {one[2]:.2f})"


def tails(made: Mapping[str, Any]) -> str:
    """Exponents of the sizes of incidents."""
    lines = [
        "## The tail of incident sizes", "",
        "Exponent of a power law from a size on, by maximum likelihood (Clauset, Shalizi & Newman 2009, eq. 3.7), as the "
        "[behaviours](../experiments/behaviours/README.md) measure it; in brackets the interval and the number of incidents. "
        "It is computed at several sizes because one exponent does not fit them all.", "",
        f"| | {' | '.join(f'from {least:g}' for least in LEAST)} |", "| --- |" + " --- |" * len(LEAST),
    ]  # fmt: skip
    for name, row in made.items():
        cells = [
            "-" if row[f"{least:g}"] is None
            else "{:.2f} ({:.2f} to {:.2f}; {:,})".format(*row[f"{least:g}"]) for least in LEAST
        ]  # fmt: skip
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def section(fact: Fact, row: Mapping[str, Any], source: str) -> str:
    """One fact."""
    unit = "W, decades" if fact.scale == "log" else "W"
    lines = [
        f"## {fact.title}", "", f"{fact.value[0].upper()}{fact.value[1:]}. Recorded: {source}.", "",
        f"![Cumulative shares: {fact.value}](figures/stylised_{fact.name}.svg)", "",
        f"| | values (units) | 10 % | median | 90 % | KS | {unit} |", "| --- | --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for name, one in row.items():
        cut = " | ".join(f"{value:,.3g}" for value in one["quantiles"]) if one["quantiles"] else "- | - | -"
        gaps = "| " if name == RECORDED else f"{shown(one['ks'])} | {shown(one['wasserstein'])}"
        lines.append(f"| {name} | {one['values']:,} ({one['units']}) | {cut} | {gaps} |")
    return "\n".join([*lines, "", f"*Unfair:* {fact.unfair}"])


def figures() -> dict[str, str]:
    """File name -> SVG of each fact."""
    record, _ = observed.known()
    made = {}
    for fact in FACTS:
        sides: dict[str, Sequence[float]] = {RECORDED: np.concatenate(record[fact.name]).tolist()}
        for name, side in populations(simulated.known()).items():
            values = [one for unit in sample(side, fact.name) for one in unit]
            if values and name != POOLED:
                sides[name] = values
        made[f"stylised_{fact.name}.svg"] = cumulative(sides, fact.scale, fact.value)
    return made


def write() -> None:
    """Results, figures and page anew."""
    RESULTS.write_text(json.dumps(results(), indent=1) + "\n", encoding="utf-8")
    FIGURES.mkdir(exist_ok=True)
    for name, svg in figures().items():
        (FIGURES / name).write_text(svg, encoding="utf-8")
    PAGE.write_text(page(known()), encoding="utf-8")
