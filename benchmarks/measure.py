"""What is measured, and how. Other work on the machine moves every number, so each is a median of several."""

from __future__ import annotations

import json
import multiprocessing
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.theatres import synthetic
from sim.engine.model import Model, simulate
from sim.ground.columns import TABLES
from sim.ground.draw import run_key
from sim.ground.kernel import kernel
from sim.interventions.base import NONE
from sim.scenario.theatre import Theatre
from sim.world.world import DISPLACED, RESIDENT

ROOT = Path(__file__).resolve().parents[1]

TARGET_PERSON_DAYS = 120e6
STREAM_THEN = 27.5e9  # bytes a second of one core on the machine of the targets (25-30 measured)


@dataclass(frozen=True)
class Result:
    """One number: `reference` is the target, `ratio` = value / reference, `better` says which way is good."""

    name: str
    value: float
    unit: str
    reference: float
    ratio: float
    better: str
    note: str


def result(name: str, value: float, unit: str, reference: float, better: str, note: str = "") -> Result:
    """A result with its ratio, rounded to what a noisy machine can tell."""
    value, reference = float(f"{value:.4g}"), float(f"{reference:.4g}")
    return Result(name, value, unit, reference, float(f"{value / reference:.3g}"), better, note)


@kernel
def triad(a: np.ndarray, b: np.ndarray, scale: float) -> None:
    """The in-place triad of STREAM: 24 bytes of memory traffic an element."""
    for i in range(a.size):
        a[i] = a[i] + scale * b[i]


def stream() -> float:
    """Bytes a second that one core moves, best of 5 as STREAM has it."""
    a, b = np.zeros(1 << 24), np.ones(1 << 24)
    triad(a, b, 2.0)
    return 24.0 * a.size / min(_seconds(lambda: triad(a, b, 2.0)) for _ in range(5))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ready(people: int, threads: int) -> Model:
    """A model of so many persons one to one, a week old, of whom 18 % have fled to the next town.

    They are put there, so that the share does not hang on the model's current parameters; some return while
    the clock runs.
    """
    model = Model(synthetic(people), NONE, None, run_key(1, 0, 0), threads=threads)
    walk(model, 7)
    persons, cells, roads = model.world.persons, model.world.cells, model.world.roads
    groups = cells.home.shape[1]
    for cell in range(cells.home.size):
        start, end = (int(row) for row in cells.first[cell : cell + 2])
        home, group = divmod(cell, groups)
        rows = np.arange(start, start + int(0.18 * (end - start)))
        rows = rows[(persons.place[rows] == home) & (persons.status[rows] == RESIDENT) & (persons.active[rows] == 0)]
        to = int(roads.to[roads.first[home]])
        persons.place[rows], persons.status[rows], persons.fear[rows] = to, DISPLACED, 0.5
        cells.home[home, group] -= rows.size
        cells.away[to, group] += rows.size
    return model


def share_away(model: Model) -> float:
    """Share of the living who are displaced or abroad."""
    people = model.world.people()
    return (people["displaced"] + people["abroad"]) / (sum(people.values()) - people["dead"])


def walk(model: Model, days: int) -> None:
    """So many days."""
    for _ in range(days):
        model.step()


def bytes_a_person_day() -> int:
    """Memory traffic of a row and day: every column read once, the two that always change written back."""
    columns = TABLES["Persons"]
    size = {column.name: np.dtype(column.dtype).itemsize for column in columns}
    return sum(size.values()) + size["hostility"] + size["fear"]


def one_core() -> list[Result]:
    """1e6 persons one to one, about 15 % displaced, one thread: the whole day, everything on."""
    before = stream()
    model = ready(1_000_000, 1)
    weeks, away = [], []
    for _ in range(5):
        away.append(share_away(model))
        weeks.append(_seconds(lambda: walk(model, 7)) / 7)
    away.append(share_away(model))
    speed = 1e6 / statistics.median(weeks)
    bandwidth = max(before, stream())
    size = bytes_a_person_day()
    limit = bandwidth / size
    return [
        result(
            "person_days_per_second_core",
            speed,
            "1/s",
            TARGET_PERSON_DAYS,
            "higher",
            f"median of 5 weeks; 1e6 persons one to one, {statistics.mean(away):.0%} displaced",
        ),
        result(
            "stream_ratio",
            speed / limit,
            "1",
            TARGET_PERSON_DAYS * size / STREAM_THEN,
            "higher",
            f"of what memory allows: STREAM in place {bandwidth / 1e9:.1f} GB/s, {size} bytes a person-day",
        ),
    ]


def monte_carlo() -> list[Result]:
    """Whole runs a second: 1e4 rows x 180 days x 150 places, recorder on, two processes."""
    batch, rounds = 16, 5
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(small_run, range(8)))  # imports and compiled kernels are in both processes
        took = [
            _seconds(lambda n=n: list(pool.map(small_run, range(n * batch, (n + 1) * batch))))  # type: ignore[misc]
            for n in range(rounds)
        ]
    return [
        result(
            "runs_per_second",
            batch / statistics.median(took),
            "1/s",
            30.0,
            "higher",
            f"median of {rounds} batches of {batch}; 10,000 rows, 180 days, 150 places, 2 processes",
        )
    ]


@cache
def small_theatre() -> Theatre:
    """Read once in a process, as a study does."""
    return synthetic(1_000_000, people_per_row=100, days=180)


def small_run(replicate: int) -> str:
    """One run of the Monte Carlo benchmark; its digest."""
    return simulate(small_theatre(), NONE, seed=1, replicate=replicate).digest


def country() -> list[Result]:
    """7 million persons one to one x 100 days on two threads, in a process of its own for its peak memory."""
    command = [sys.executable, "-c", "from benchmarks.measure import country_alone; country_alone()"]
    told = []
    for _ in range(3):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        told.append(json.loads(done.stdout))
    middle = {key: statistics.median(one[key] for one in told) for key in told[0]}
    first, displaced = middle["set_up"], middle["displaced"]
    note = f"median of 3; {first:.1f} s of it set-up and the first week; {displaced:.0%} displaced at the end"
    return [
        result("country_seconds", middle["seconds"], "s", 5.0, "lower", note),
        result(
            "country_peak_gb",
            middle["gigabytes"],
            "GB",
            0.6,
            "lower",
            "largest resident set, libraries included",
        ),
    ]


def country_alone() -> None:
    """What `country` starts: prints seconds, peak memory in GB and the share displaced as JSON."""
    simulate(synthetic(10_000), NONE, seed=1, days=8, threads=2)  # compile first
    start = time.perf_counter()
    model = ready(7_000_000, 2)
    begun = time.perf_counter()
    walk(model, 93)  # after the week of `ready`
    end = time.perf_counter()
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    told = {
        "seconds": end - start,
        "set_up": begun - start,
        "gigabytes": peak,
        "displaced": share_away(model),
    }
    print(json.dumps(told))


def help_seconds() -> list[Result]:
    """How long a user waits for --help."""
    command = [sys.executable, "-m", "sim", "--help"]
    took = [_seconds(lambda: subprocess.run(command, cwd=ROOT, capture_output=True, check=True)) for _ in range(7)]
    note = "median of 6, after one to warm the disk"
    return [result("help_seconds", statistics.median(took[1:]), "s", 0.5, "lower", note)]
