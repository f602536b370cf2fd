"""Measure the evidence ledger: `python -m experiments.evidence [part of a row's name ...] [runs=128] [--again]`.

Writes experiments/evidence/results.json after each row, so that a measurement that was stopped goes on where it was, and
docs/evidence.md at the end. A row is measured again when its wording, the code of the ledger, the model or `runs` has
changed, or with `--again`. `page` alone only writes the page.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from experiments.evidence.estimators import Estimate
from experiments.evidence.page import PAGE, RESULTS, known, page
from experiments.evidence.panel import Panel, live, panel
from experiments.evidence.rows import ROWS, Row
from experiments.evidence.sample import CASES, parameters, theatres
from sim.interventions.base import NONE
from sim.study.plan import engine_digest

RUNS = 128
HERE = Path(__file__).resolve().parent
CODE = ("estimators.py", "panel.py", "sample.py", "studies.py")


def main(words: Sequence[str]) -> int:
    """All rows, or those with a word in their name."""
    numbers = [word.removeprefix("runs=") for word in words if word.startswith("runs=")]
    asked = [word for word in words if not word.startswith("runs=") and word != "--again"]
    if any(not one.isdecimal() or int(one) < 8 for one in numbers):
        print("runs= takes a whole number of 8 or more: fewer theatres have no clusters", file=sys.stderr)
        return 2
    chosen = [row for row in ROWS if not asked or any(word in row.name for word in asked)]
    if not chosen and asked != ["page"]:
        print(f"no row is called {' or '.join(asked)}; there are: {', '.join(r.name for r in ROWS)}", file=sys.stderr)
        return 2
    runs = int(numbers[-1]) if numbers else RUNS
    made = {"model": engine_digest(), "code": code(), "runs": runs}
    for row in [] if asked == ["page"] else chosen:
        kept = known().get(row.name, {})
        if "--again" in words or any(kept.get(key) != value for key, value in {**made, "wording": row.wording}.items()):
            start = time.process_time()
            kept = {**measured(row, runs), **made, "wording": row.wording}
            kept["cpu_seconds"] = round(time.process_time() - start)
            write(row, kept)
        print(line(row, kept), flush=True)
    PAGE.write_text(page(known()), encoding="utf-8")
    print(f"written: docs/{PAGE.name}")
    return 0


def code() -> str:
    """A digest of how rows are measured."""
    return hashlib.sha256(b"".join((HERE / name).read_bytes() for name in CODE)).hexdigest()[:16]


@cache
def seen(case: str, by_lot: bool, runs: int) -> Panel:
    """The panel of a case, or of nobody doing anything (`case` empty)."""
    every = theatres(runs)
    policies = [CASES[case].policy(theatre, n, by_lot) if case else NONE for n, theatre in enumerate(every)]
    return panel(
        every,
        [live(theatre, policies[n], parameters(runs)[n], n) for n, theatre in enumerate(every)],
    )


def measured(row: Row, runs: int) -> dict[str, Any]:
    """What the study finds, and what lots and twins find."""
    burning, lot, none = (seen(case, by_lot, runs) for case, by_lot in ((row.case, False), (row.case, True), ("", False)))
    found = {"study": said(row.study(burning)), "trial": said(row.trial(lot, none))}
    return found if row.size is None else {**found, "size": said(row.size(burning))}


def said(found: Estimate) -> dict[str, Any]:
    """An estimate as JSON; what is not a number is null."""
    numbers = {"figure": found.figure, "low": found.low, "high": found.high}
    told = {name: float(f"{value:.4g}") if math.isfinite(value) else None for name, value in numbers.items()}
    return {**told, "rows": found.rows, "clusters": found.clusters}


def write(row: Row, found: dict[str, Any]) -> None:
    """Add one result; rows that are no more are dropped."""
    every = {**known(), row.name: found}
    order = {one.name: every[one.name] for one in ROWS if one.name in every}
    RESULTS.write_text(json.dumps(order, indent=1) + "\n", encoding="utf-8")


def line(row: Row, found: dict[str, Any]) -> str:
    """One row for the eye."""
    size = found.get("size", found["study"])
    verdicts = f"sign {'ok' if row.sign_right(found['study']) else 'MISSED'}, size {'ok' if row.size_right(size) else 'MISSED'}"
    parts = [f"{key} {one['figure']} [{one['low']}, {one['high']}]" for key, one in found.items() if isinstance(one, dict)]
    return f"{row.name}: {'; '.join(parts)}; wanted {row.sign}, {row.low:.3g} to {row.high:.3g}: {verdicts}; {found['cpu_seconds']} s"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("stopped; the same command goes on where it was", file=sys.stderr)
        sys.exit(130)
