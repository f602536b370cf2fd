"""Runs of many ways of deciding on one portfolio, under the same random numbers, kept as checkpoints.

A case is a kind of theatre with its arms; a unit of it is one parameter draw (or one theatre of a family) with all arms and
replicates. Each unit is one file, written whole; what an interrupted call left is completed, and a folder whose results
came from other code, numbers or arms is refused.
"""

from __future__ import annotations

import hashlib
import json
import math
import multiprocessing
import os
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine.model import simulate
from sim.engine.outside import drawn_process
from sim.ground.check import BadInput
from sim.ground.draw import STREAMS, run_key, uniform
from sim.ground.files import YAML_BYTES, parse_yaml, read_text
from sim.ground.parameters import PARAMETERS
from sim.interventions.base import NONE, Policy
from sim.interventions.registry import read_policy
from sim.scenario.read import read_theatre
from sim.scenario.theatre import Theatre
from sim.scenario.vary import varied
from sim.study.plan import draw_parameters, engine_digest
from sim.study.theory import load_theory
from sim.study.watch import heated
from sim.warning.process import INSTANT, load_book
from sim.warning.stages import STAGES

HERE = Path(__file__).resolve().parent
PAYERS = ("eu", "member_states", "un", "others")
NEVER = -1
FAMILY = "family"
PEOPLE = 2000  # persons (rows of equal people) in a theatre of the family
MOST_ROWS = 100_000


@dataclass(frozen=True)
class Arm:
    """One way: who decides, on what. With `nothing` no policy is there.

    `at_onset`: on the table only so many days from the true onset on (25 civilians killed in the run in which nothing is
    done), in runs that have one; None for the first day. `scale` multiplies the people of every force.
    """

    name: str
    decision: str
    nothing: bool = False
    at_onset: int | None = None
    scale: float = 1.0


@dataclass(frozen=True)
class Case:
    """What is run. `scenario` a name, or `FAMILY`; `theory` the structure of the model; `units` as many as wanted now."""

    name: str
    scenario: str
    arms: tuple[Arm, ...]
    replicates: int
    units: int
    seed: int
    portfolio: Path = HERE / "portfolio.yaml"
    theory: str = "as_stated"
    days: int | None = None

    @property
    def runs(self) -> int:
        """Runs of all arms."""
        return len(self.arms) * self.replicates * self.units


@dataclass(frozen=True)
class Found:
    """The runs of a case. Axes: arm, run; runs of a unit stand together, and `draws` [run] says which unit."""

    draws: Any  # int64 [run]
    killed: Any  # float64 [arm, run]
    displaced: Any  # float64 [arm, run] inside on the last day
    euros: Any  # float64 [arm, run, payer]
    stages: Any  # int32 [arm, run, stage] first day of any instrument; NEVER if none came so far
    arrived: Any  # int32 [arm, run] instruments that arrived
    days: int
    heat: Any  # float64 [run] of the family, 1 elsewhere


# ---- theatres -----------------------------------------------------------------------------------------------------


@cache
def theatre_of(scenario: str, number: int) -> tuple[Theatre, float]:
    """The theatre of a unit and its heat. In the family, risks drawn from the fictional country's ranges, times a heat
    drawn evenly from 0 to 1: from calm to as tense as it is."""
    if scenario != FAMILY:
        return read_theatre(scenario), 1.0
    heat = float(uniform(run_key(FAMILY_SEED, number, 0), 0, 0, STREAMS["country"], 0))
    base = read_theatre("sahra")
    return heated(varied(replace(base, people_per_row=-(-base.people // PEOPLE)), number + 1), heat), heat


FAMILY_SEED = 20131
"""Addresses the heats of the family, which stay the same whatever seed the runs have."""


@cache
def parameters_of(scenario: str, count: int, seed: int) -> tuple[Mapping[str, float], ...]:
    """Parameter sets 0..count-1."""
    return draw_parameters(theatre_of(scenario, 0)[0], count, seed, PARAMETERS).rows


def policy_of(case: Case, arm: Arm, theatre: Theatre, onset: float) -> Policy:
    """The portfolio of an arm in a run; `onset` the day of the true onset, NaN where there is none."""
    if arm.nothing or (arm.at_onset is not None and not math.isfinite(onset)):
        return NONE
    raw = portfolio(case.portfolio)
    if arm.scale != 1.0:
        raw["instruments"] = [scaled(one, arm.scale) for one in raw["instruments"]]
    if arm.at_onset is not None:
        raw["decided_on"] = {"day": max(round(onset) + arm.at_onset, 0)}
    return read_policy(raw, theatre)


def portfolio(path: Path) -> dict[str, Any]:
    """The content of a policy file."""
    found = parse_yaml(read_text(path, limit=YAML_BYTES, shown=path.name), path.name).value
    return {**found, "instruments": [dict(one) for one in found["instruments"]]}


def scaled(block: Mapping[str, Any], scale: float) -> dict[str, Any]:
    """A force with `scale` times its people; other instruments as they are."""
    if block["instrument"] != "force":
        return dict(block)
    from sim.interventions.families.force_profiles import forces

    own = block.get("size", forces()[block["force"]].numbers["size"].value)
    size = own["value"] if isinstance(own, Mapping) else own
    return {**block, "size": max(round(size * scale), 1)}


@cache
def watched_by(decision: str, seed: int, draw: int) -> str:
    """What can make a difference as long as nobody warns: sources, matrix and the thresholds of the analysts."""
    book = load_book(decision)
    if book is None:
        return ""
    one = drawn_process(book, seed, draw)
    houses = {
        name: (house.sources, house.report_at, house.warn_at, house.hedge, house.reputation, house.files)
        for name, house in one.houses.items()
    }
    ways = {name: path.house for name, path in one.paths.items()}
    return repr((one.lens, one.priority, one.weights, one.alarms_before, one.denial, one.denial_believed, one.sources,
                 one.indicators, houses, ways))  # fmt: skip


def nobody_warned(lines: Sequence[Any]) -> bool:
    """Whether the ledger of a run has no warning at all: then all that follows one was never asked."""
    return bool(lines) and not any("warning" in line.days for line in lines)


# ---- one unit -----------------------------------------------------------------------------------------------------


def compute(case: Case, unit: int) -> dict[str, Any]:
    """All arms and replicates of a unit, as arrays."""
    theatre, heat = theatre_of(case.scenario, unit)
    drawn = dict(parameters_of(case.scenario, -(-(unit + 1) // 64) * 64, case.seed)[unit])
    drawn |= load_theory(case.theory, PARAMETERS).sets
    days = case.days or theatre.days
    shape = len(case.arms), case.replicates
    killed, displaced = np.zeros(shape), np.zeros(shape)
    euros, arrived = np.zeros((*shape, len(PAYERS))), np.zeros(shape, dtype=np.int32)
    stages = np.full((*shape, len(STAGES)), NEVER, dtype=np.int32)
    plain: dict[Any, Policy] = {}
    for number in range(case.replicates):
        common = {"parameters": drawn, "seed": case.seed, "draw": unit, "replicate": number, "days": days}
        idle: Any = None
        quiet: dict[Any, Any] = {}  # runs in which nobody warned, by who watched: ranks and councils never met
        for at, arm in enumerate(case.arms):
            if arm.at_onset is not None and idle is None:
                idle = simulate(theatre, NONE, **common)
            onset = math.nan if arm.at_onset is None else idle.outcomes["onset_day"]
            kind = arm.nothing, arm.at_onset, arm.scale, onset if math.isfinite(onset) else None
            if kind not in plain:
                plain[kind] = policy_of(case, arm, theatre, onset)
            if plain[kind] is NONE and idle is not None:
                made = idle  # nothing on the table: the same run
            else:
                watching = kind, watched_by(arm.decision, case.seed, unit)
                made = quiet.get(watching) or simulate(theatre, plain[kind], decision=arm.decision, **common)
                if nobody_warned(made.chain):
                    quiet[watching] = made
            if arm.nothing:
                idle = made
            out = made.outcomes
            killed[at, number], displaced[at, number] = out["civilian_deaths"], out["displaced_internal"]
            for key in [key for key in out if key.startswith("euros_")]:
                payer = key.removeprefix("euros_")
                euros[at, number, PAYERS.index(payer if payer in PAYERS else "others")] += out[key]
            for line in made.chain:
                arrived[at, number] += "arrival" in line.days
                for s, stage in enumerate(STAGES):
                    day = line.days.get(stage)
                    if day is not None and not 0 <= stages[at, number, s] <= day:
                        stages[at, number, s] = day
    return {"killed": killed, "displaced": displaced, "euros": euros, "stages": stages, "arrived": arrived,
            "heat": np.array(heat), "days": np.array(days)}  # fmt: skip


# ---- the folder ---------------------------------------------------------------------------------------------------


def identity(case: Case, code: Iterable[Path] = ()) -> dict[str, Any]:
    """Everything that decides the results of a unit, as plain values."""
    theatre = theatre_of(case.scenario, 0)[0]
    digest = hashlib.sha256(repr(read_policy(portfolio(case.portfolio), theatre)).encode())
    for path in (HERE / "runs.py", *code):
        digest.update(path.read_bytes())
    books = {arm.decision: load_book(arm.decision) for arm in case.arms}
    return {
        "engine": engine_digest(), "code": digest.hexdigest()[:16], "theatre": theatre.digest, "seed": case.seed,
        "replicates": case.replicates, "days": case.days or theatre.days, "theory": case.theory,
        "parameters": hashlib.sha256(json.dumps(parameters_of(case.scenario, 1, case.seed)[0]).encode()).hexdigest()[:16],
        "arms": [[arm.name, arm.decision, arm.nothing, arm.at_onset, arm.scale] for arm in case.arms],
        "processes": {name: book.digest for name, book in books.items() if book is not None},
    }  # fmt: skip


def opened(case: Case, folder: Path) -> Path:
    """The case's own folder, made or taken up again. Raises BadInput where it holds other results."""
    mine = folder / case.name
    record, made = mine / "identity.json", identity(case)
    if record.is_file():
        there = json.loads(record.read_text(encoding="utf-8"))
        differ = sorted(key for key in made if there.get(key) != made[key])
        if differ:
            raise BadInput(
                "the folder holds results of something else", where=str(mine), why=f"{', '.join(differ)} differ; "
                "results of two models are not mixed", instead="another FOLDER, or an empty one",
            )  # fmt: skip
        return mine
    if mine.exists() and any(mine.iterdir()):
        raise BadInput("the folder is not empty and holds no runs", where=str(mine), instead="another FOLDER")
    mine.mkdir(parents=True, exist_ok=True)
    written(record, json.dumps(made, indent=1).encode())
    return mine


def written(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_suffix(".tmp")
    part.write_bytes(content)
    os.replace(part, path)


def missing(case: Case, folder: Path) -> list[int]:
    """Units that are not there, or damaged."""
    return [unit for unit in range(case.units) if unit_of(folder / case.name, unit) is None]


def unit_of(mine: Path, unit: int) -> dict[str, Any] | None:
    """A finished unit, or None."""
    try:
        with np.load(mine / f"{unit:05d}.npz") as kept:
            return {name: kept[name] for name in kept.files}
    except (OSError, ValueError, zipfile.BadZipFile):
        return None


def work(task: tuple[Case, int, str]) -> tuple[str, int]:
    """Compute a unit and keep it."""
    case, unit, folder = task
    path = Path(folder) / case.name / f"{unit:05d}.npz"
    part = path.with_suffix(".tmp.npz")
    np.savez_compressed(part, **compute(case, unit))
    os.replace(part, path)
    return case.name, unit


def price(case: Case) -> float:
    """Seconds of one core that a run takes here, from one run of the first and of the last arm; compiled code is warm."""
    few = replace(case, arms=(case.arms[0], case.arms[-1]), replicates=1, units=1)
    compute(replace(few, days=3), 0)
    began = time.process_time()
    compute(few, 0)
    return (time.process_time() - began) / len(few.arms)


def carry_out(cases: Sequence[Case], folder: Path, workers: int, told: Callable[[str], None]) -> None:
    """Compute what is missing of every case; `told` hears of each unit."""
    for case in cases:
        opened(case, folder)
    tasks = [(case, unit, str(folder)) for case in cases for unit in missing(case, folder)]
    runs = {case.name: case.runs / case.units * (read_theatre("sahra" if case.scenario == FAMILY else case.scenario).days)
            for case in cases}  # fmt: skip
    whole, began, done, walked = sum(runs[case.name] for case, _, _ in tasks), time.monotonic(), 0, 0.0

    def one_more(name: str, unit: int) -> None:
        left = (time.monotonic() - began) / walked * (whole - walked)
        told(f"{name} {unit}: {done} of {len(tasks)} units, about {left / 60:.0f} minutes left")

    if workers == 1:
        for task in tasks:
            name, unit = work(task)
            done, walked = done + 1, walked + runs[name]
            one_more(name, unit)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for name, unit in pool.map(work, tasks):
            done, walked = done + 1, walked + runs[name]
            one_more(name, unit)


def found(case: Case, folder: Path) -> Found:
    """The runs of a case that are there, at most `units`. Raises BadInput when there are none."""
    mine = opened(case, folder)
    units = {unit: kept for unit in range(case.units) if (kept := unit_of(mine, unit)) is not None}
    if not units:
        raise BadInput("there are no runs", where=str(mine), instead="compute some first")

    def runs(name: str) -> Any:
        return np.concatenate([kept[name] for kept in units.values()], axis=1)

    reps = case.replicates
    return Found(
        np.repeat(np.array(list(units)), reps), runs("killed"), runs("displaced"), runs("euros"), runs("stages"),
        runs("arrived"), int(next(iter(units.values()))["days"]),
        np.repeat(np.array([float(kept["heat"]) for kept in units.values()]), reps),
    )  # fmt: skip


NOTHING = Arm("nothing", INSTANT, nothing=True)
