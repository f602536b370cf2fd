"""Where the days go between a first sign and an effect, and where warnings die: the ledgers of a study, summarised."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sim.study import store
from sim.study.policy import refuse_undecidable
from sim.warning.process import load_book
from sim.warning.stages import STAGES

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def check(decision: str, policies: Mapping[str, Any]) -> dict[str, str]:
    """The content of the decision process as digests for a study's identity; {} for `instant`.

    Raises BadInput for a process that cannot be used, or that has no path for what a policy names.
    """
    book = load_book(decision)
    refuse_undecidable(decision, policies)
    if book is None:
        return {}
    from sim.engine.outside import path_of

    process = book.process()
    for policy in policies.values():
        for step in getattr(policy, "steps", ()):
            if not step.factual:
                path_of(step.instrument, process)
    return {f"decision {decision}": book.digest}


def described(decision: str) -> dict[str, Any]:
    """Name, title and summary of a decision process, and how many of its numbers are assumptions."""
    book = load_book(decision)
    if book is None:
        return {"name": decision, "title": "Decided by each policy's own rule, at once", "summary": ""}
    process = book.process()
    return {
        "name": decision, "title": process.title, "summary": process.summary,
        "assumption_share": book.assumption_share,
    }  # fmt: skip


def summarise(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Policy -> one entry a step: days of each stage over the runs that reached it, and where the others rest.

    {} when nothing had to be decided by institutions. Days count from the first day of the run.
    """
    path = folder / "chain.parquet"
    if not path.is_file():
        return {}
    found: dict[str, dict[int, list[dict[str, Any]]]] = {}
    for row in store.read_parquet(path).to_pylist():
        found.setdefault(row["policy"], {}).setdefault(row["step"], []).append(row)
    return {policy: [_step(number, rows) for number, rows in sorted(steps.items())] for policy, steps in found.items()}


def _step(number: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    stages = {}
    for stage in STAGES:
        days = [row[stage] for row in rows if row[stage] is not None]
        if days:
            low, quarter, middle, three, high = (float(q) for q in np.quantile(days, QUANTILES))
            stages[stage] = {
                "reached": len(days), "q05": low, "q25": quarter, "q50": middle, "q75": three, "q95": high,
            }  # fmt: skip
    ends = Counter((row["rests"], _kind(row["why"])) for row in rows if row["rests"])
    return {
        "step": number, "instrument": rows[0]["instrument"], "runs": len(rows), "stages": stages,
        "rests": [
            {"where": where, "why": why, "runs": count}
            for (where, why), count in sorted(ends.items(), key=lambda one: (-one[1], one[0]))
        ],
    }  # fmt: skip


def _kind(why: str) -> str:
    """The reason without its counts: one against is the same kind of end as two."""
    return re.sub(r"^\d+ of \d+ members were", "members were", why)


def lines(decision: str, found: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """The summary as lines of text."""
    if not found:
        why = "each policy was decided by its own rule" if decision == "instant" else "no policy asked for a decision"
        return [f"decision={decision}: {why}, so there is no chain to show"]
    told = [f"decision={decision}; days from the first day: median (90 % of the runs that came so far)"]
    for policy, steps in found.items():
        for step in steps:
            told += ["", f"{policy}: {step['instrument']}, {step['runs']} runs"]
            for stage, row in step["stages"].items():
                days = f"{row['q50']:.0f} ({row['q05']:.0f} to {row['q95']:.0f})"
                told.append(f"  {STAGES[stage]:<14}{days:<22}{row['reached'] / step['runs']:>5.0%} of runs")
            told += [f"  rests with {end['where']}: {end['why']}, {end['runs']} runs" for end in step["rests"][:5]]
            if len(step["rests"]) > 5:
                told.append(f"  and {len(step['rests']) - 5} other ends (--json shows them)")
    return told
