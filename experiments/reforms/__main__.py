"""The flagship experiment: the six recommendations, in all combinations. `python -m experiments.reforms FOLDER`.

Computes all 64 combinations on each scenario of study.yaml, fourteen of them on a random family of theatres and eight under
each rival theory, on one portfolio and the same random numbers. First says what that will take. Each finished unit is kept
in FOLDER, so that a call that was stopped goes on where it was; results of two versions of the model are refused. Then
writes the tables of results/, docs/reforms.md and report.html beside this file (into FOLDER for a smaller call).

  --runs N       runs of each combination on each scenario, and under each theory at most
  --theatres N   theatres of the family       --family-runs N   runs of each
  --workers N    processes (default: all cores)
  --only a,b     of: sahra, car_2013, family, theories
  --plan         says what it will take, and stops
  --page         writes page and report from the tables that are there; nothing is simulated
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from experiments.reforms import page, tables
from experiments.reforms.runs import FAMILY, NOTHING, Case, carry_out, missing, opened, price
from experiments.reforms.sums import Set, arm, every_set, few_sets
from sim.ground.check import BadInput, FailedWork
from sim.study.compare import cores
from sim.study.theory import theory_names

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Part:
    """A case and the combinations that its first arms are; the last arm is nothing at all."""

    group: str
    case: Case
    sets: tuple[Set, ...]


def parts(asked: dict[str, Any], given: argparse.Namespace) -> list[Part]:
    """Everything that is to be computed."""
    seed, made = asked["seed"], []
    for scenario, row in asked["scenarios"].items():
        reps, runs = row["replicates"], given.runs or row["runs"]
        made.append(part(scenario, scenario, every_set(), reps, -(-runs // reps), seed))
    family = asked["family"]
    made.append(part("family", FAMILY, few_sets(), given.family_runs or family["runs"],
                     given.theatres or family["theatres"], seed))  # fmt: skip
    rivals = asked["theories"]
    runs = min(given.runs or rivals["runs"], rivals["runs"])
    for scenario in asked["scenarios"]:
        for theory in theory_names():
            made.append(part("theories", scenario, few_sets(without_one=False), rivals["replicates"],
                             -(-runs // rivals["replicates"]), seed, theory))  # fmt: skip
    only = given.only.split(",") if given.only else [one.group for one in made]
    unknown = sorted(set(only) - {one.group for one in made})
    if unknown:
        groups = ", ".join(dict.fromkeys(one.group for one in made))
        raise BadInput(f"there is no {unknown[0]!r}", where="--only", instead=groups)
    return [one for one in made if one.group in only]


def part(
    group: str, scenario: str, sets: tuple[Set, ...], replicates: int, units: int, seed: int, theory: str = "as_stated"
) -> Part:
    """A case with one arm a combination, and one in which nothing is done."""
    name = scenario if theory == "as_stated" else f"{scenario}-{theory}"
    arms = (*(arm(one) for one in sets), NOTHING)
    return Part(group, Case(name, scenario, arms, replicates, units, seed, theory=theory), sets)


def cost(chosen: Sequence[Part], folder: Path, workers: int) -> str:
    """What is left to compute, in words."""
    hours, lines, prices = 0.0, [], {}
    for one in chosen:
        opened(one.case, folder)
        left = len(missing(one.case, folder)) * one.case.replicates * len(one.case.arms)
        if left and one.case.scenario not in prices:
            prices[one.case.scenario] = price(one.case)
        seconds = left * prices.get(one.case.scenario, 0.0)
        hours += seconds / 3600.0
        lines.append(f"  {one.case.name:<28}{left:>8,} of {one.case.runs:,} runs left, {seconds / 60.0:,.0f} minutes of a core")
    return "\n".join([*lines, f"  in all {hours:.1f} hours of a core, about {hours / workers:.1f} hours with {workers} workers"])


def main(words: Sequence[str]) -> int:
    """Compute what is missing; write tables, page and report."""
    given = arguments(words)
    if given.page:
        wrote = page.write(tables.read(HERE / "results"), HERE)
        print("\n".join(f"written: {path}" for path in wrote))
        return 0
    asked = yaml.safe_load((HERE / "study.yaml").read_text(encoding="utf-8"))
    chosen = parts(asked, given)
    folder, workers = Path(given.folder), given.workers or cores()
    print(cost(chosen, folder, workers), flush=True)
    if given.plan:
        return 0
    carry_out([one.case for one in chosen], folder, workers, lambda line: print(line, file=sys.stderr, flush=True))
    whole = not (given.runs or given.theatres or given.family_runs or given.only)
    to = HERE if whole else folder
    made = tables.made([(one.group, one.case, one.sets) for one in chosen], folder)
    tables.write(made, to / "results")
    wrote = page.write(made, to)
    print("\n".join(f"written: {path}" for path in wrote))
    return 0


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m experiments.reforms", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("folder", nargs="?", default="outputs/reforms")
    for name in ("--runs", "--theatres", "--family-runs", "--workers"):
        parser.add_argument(name, type=whole_number)
    parser.add_argument("--only", default="")
    parser.add_argument("--plan", action="store_true")
    parser.add_argument("--page", action="store_true")
    return parser.parse_args(words)


def whole_number(text: str) -> int:
    """A count of at least one."""
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= 100_000:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no whole number from 1 to 100,000")
    return int(text)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BadInput as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except FailedWork as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("stopped; the same command goes on where it was", file=sys.stderr)
        sys.exit(130)
