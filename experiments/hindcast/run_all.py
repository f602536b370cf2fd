#!/usr/bin/env python3
"""Hindcast every theatre, and keep what write_validation.py makes the page of.

    python experiments/hindcast/run_all.py --parameters stated --runs 64 --workers 2

Each theatre that has anything to be scored against is run as ``forestall hindcast NAME`` does; its result goes to
experiments/hindcast/results/PARAMETERS/NAME.json. ``--parameters own`` takes the theatres with a calibration of their
own, ``left_out`` (the posterior of all other theatres) needs a published pooled calibration. An interrupted command
goes on where it stopped; runs lie in --output. What it will take is timed first and printed; ``--cost`` stops there.
Theatres may be named.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.ground.check import BadInput, FailedWork
from sim.scenario.read import read_theatre
from sim.scenario.theatre import Theatre
from sim.study import hindcast
from sim.study.plan import StudyConfig
from sim.study.run import Engine

RESULTS = Path(__file__).with_name("results")


def chosen(names: Sequence[str], scenarios: Path, parameters: str) -> list[Theatre]:
    """The theatres that can be scored with these parameters, in alphabetical order."""
    folders = [scenarios / name for name in names] or [path.parent for path in scenarios.glob("*/scenario.yaml")]
    found = [read_theatre(folder) for folder in sorted(folders)]
    if names:
        return found
    own = parameters != "own"
    return [t for t in found if hindcast.scorable(t) and (own or (t.path / "calibration/posterior.csv").is_file())]


def cost(theatres: Sequence[Theatre], runs: int) -> float:
    """CPU minutes, by one timed run of every start; prints a line a theatre."""
    engine = Engine(simulate=hindcast.WATCHED)
    simulate, load = engine.find("simulate"), engine.find("load_policy")
    total = 0.0
    for theatre in theatres:
        scoring = hindcast.read_scoring(theatre)
        observed = hindcast.read_observed(theatre) if scoring.months else None
        main = observed.stage if observed else theatre.stages[0].name
        seconds, count = 0.0, 0
        for stage in theatre.stages:
            days = hindcast.days_of(theatre, stage, observed)
            if not days:
                continue
            at = read_theatre(theatre.path, stage.name)
            policy = load(scoring.policy, at)
            simulate(at, policy, seed=1, days=2)
            begun = time.process_time()
            simulate(at, policy, seed=1, days=days)
            each = runs if stage.name == main else max(1, runs // hindcast.EARLIER_STARTS)
            seconds += each * (time.process_time() - begun)
            count += each
        print(f"{theatre.name:<20}{count:>6} runs {seconds:>8.0f} CPU seconds")
        total += seconds
    return total / 60.0


def main(words: Sequence[str] | None = None) -> int:
    """Read the arguments, run, keep; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("theatres", nargs="*", help="names; default: all that can be scored")
    parser.add_argument("--parameters", default="stated", choices=sorted(hindcast.PARAMETERS))
    parser.add_argument("--runs", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--scenarios", type=Path, default=Path("scenarios"))
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--output", type=Path, default=Path("outputs/hindcasts"), help="where the runs are kept")
    parser.add_argument("--cost", action="store_true", help="say what it takes, and stop")
    given = parser.parse_args(words)
    failed = 0
    try:
        theatres = chosen(given.theatres, given.scenarios, given.parameters)
        print(f"about {cost(theatres, given.runs):.1f} CPU minutes for {len(theatres)} theatres", flush=True)
        if given.cost:
            return 0
        for theatre in theatres:
            config = StudyConfig(
                scenario=theatre.name, runs=given.runs, seed=given.seed, workers=given.workers,
                parameters=given.parameters, output=str(given.output / given.parameters / theatre.name),
            )  # fmt: skip
            try:
                found = hindcast.hindcast(theatre, config, progress=False)
            except FailedWork as error:
                failed += 1
                print(f"{theatre.name}: {error}", file=sys.stderr)
                continue
            keep(given.results / given.parameters / f"{theatre.name}.json", found)
            print(f"{theatre.name}: {found['card']['summary']}", flush=True)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    return 1 if failed else 0


def keep(path: Path, found: dict[str, Any]) -> None:
    """Write a result, numbers to five figures, so that a change of the last digits is no change of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_rounded(found), indent=1, ensure_ascii=False, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.5g}")
    return value


if __name__ == "__main__":
    sys.exit(main())
