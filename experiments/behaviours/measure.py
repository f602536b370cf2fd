"""Measure the fourteen behaviours: `python experiments/behaviours/measure.py [NUMBER or part of a name ...] [--again]`.

Prints a line a claim and writes experiments/behaviours/results.json after each, so that a measurement that was stopped
goes on where it was. A claim is measured again when its wording or the model's code has changed, or with `--again`.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
if __package__ in (None, ""):  # called as a file
    sys.path.insert(0, str(HERE.parents[1]))

from experiments.behaviours.claim import Claim, Measured  # noqa: E402
from experiments.behaviours.claims import CLAIMS  # noqa: E402
from experiments.behaviours.runs import forget  # noqa: E402
from sim.study.plan import engine_digest  # noqa: E402

RESULTS = HERE / "results.json"


def main(words: Iterable[str]) -> int:
    """All claims, or those of a behaviour's number or with a word in their name."""
    asked = list(words)
    again = "--again" in asked
    asked = [word for word in asked if word != "--again"]
    chosen = [
        one for one in CLAIMS if not asked or any(word == str(one.behaviour) or word in one.name for word in asked)
    ]
    if not chosen:
        print(
            f"no claim is called {' or '.join(asked)}; there are: {', '.join(one.name for one in CLAIMS)}",
            file=sys.stderr,
        )
        return 2
    model, behaviour = engine_digest(), 0
    for claim in chosen:
        if claim.behaviour != behaviour:
            forget()
            behaviour = claim.behaviour
        kept = known().get(claim.name, {})
        if again or kept.get("wording") != claim.wording or kept.get("model") != model:
            kept = {**measured(claim), "model": model}
        write(claim, kept)
        print(line(claim, kept), flush=True)
    return 0


def known() -> dict[str, dict[str, Any]]:
    """Name of a claim -> what was measured last."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}


def write(claim: Claim, found: dict[str, Any]) -> None:
    """Add one result; claims that are no more are dropped, and diagnoses are those of today."""
    every = {**known(), claim.name: found}
    order = {one.name: {**every[one.name], "diagnosis": one.fails} for one in CLAIMS if one.name in every}
    RESULTS.write_text(json.dumps(order, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def measured(claim: Claim) -> dict[str, Any]:
    """What came out with everything on, and with each ablation."""
    start = time.process_time()
    found = claim.measure()
    without = {label: claim.measure(**off) for label, off in claim.ablations.items()}
    carried = not claim.holds(without[next(iter(without))])
    return {
        "behaviour": claim.behaviour,
        "wording": claim.wording,
        "held": claim.holds(found) and carried,
        "statistic": claim.statistic,
        "tolerance": claim.tolerance,
        **said(found),
        "ablations": {label: {"held": claim.holds(one), **said(one)} for label, one in without.items()},
        "cpu_seconds": round(time.process_time() - start),
    }


def said(found: Measured) -> dict[str, Any]:
    """A measurement as JSON; what is not a number is null."""
    numbers = {"figure": found.figure, "low": found.low, "high": found.high}
    told = {name: float(f"{value:.4g}") if math.isfinite(value) else None for name, value in numbers.items()}
    return {**told, "runs": found.runs, "about": found.about}


def line(claim: Claim, found: dict[str, Any]) -> str:
    """One claim for the eye."""
    off = "; ".join(
        f"{label} {figure(one)}{'' if one['held'] else ' fails'}" for label, one in found["ablations"].items()
    )
    verdict = "held" if found["held"] else "FAILED"
    return f"{claim.behaviour:2} {verdict:<6} {claim.name}: {figure(found)}, wanted {claim.tolerance} ({found['about']}) | {off} | {found['cpu_seconds']} s"


def figure(found: dict[str, Any]) -> str:
    """Figure and interval."""
    numbers = [f"{found[name]:.3g}" if found[name] is not None else "-" for name in ("figure", "low", "high")]
    return f"{numbers[0]} [{numbers[1]}, {numbers[2]}]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
