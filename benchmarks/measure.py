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
from pathlib import Path

import numpy as np

from benchmarks.theatres import synthetic
from sim.engine.model import Model, simulate
from sim.ground.columns import TABLES
from sim.ground.draw import run_key
from sim.ground.kernel import kernel
from sim.interventions.base import NONE

ROOT = Path(__file__).resolve().parents[1]

TARGET_PERSON_DAYS = 120e6
STREAM_THEN = 27.5e9  # bytes a second of one core on the machine on which the targets were set (25-30 measured)


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
    value = float(f"{value:.4g}")
    return Result(name, value, unit, float(f"{reference:.4g}"), float(f"{value / reference:.3g}"), better, note)


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


def bytes_a_person_day() -> int:
    """Memory traffic of a row and day: every column read once, the two that always change written back."""
    columns = TABLES["Persons"]
    size = {column.name: np.dtype(column.dtype).itemsize for column in columns}
    return sum(size.values()) + size["hostility"] + size["fear"]


def one_core() -> list[Result]:
    """1e6 persons one to one, one thread: the whole day, everything on, after flight has settled."""
    before = stream()
    model = Model(synthetic(1_000_000), NONE, None, run_key(1, 0, 0))
    for _ in range(28):
        model.step()
    weeks = [_seconds(lambda: [model.step() for _ in range(7)]) / 7 for _ in range(9)]
    people = model.world.people()
    moved = (people["displaced"] + people["abroad"]) / sum(people.values())
    speed = 1e6 / statistics.median(weeks)
    bandwidth = max(before, stream())
    size = bytes_a_person_day()
    limit = bandwidth / size
    return [
        result(
            "person_days_per_second_core", speed, "1/s", TARGET_PERSON_DAYS, "higher",
            f"median of 9 weeks; 1e6 persons one to one, {moved:.0%} displaced at the end",
        ),
        result(
            "stream_ratio", speed / limit, "1", TARGET_PERSON_DAYS * size / STREAM_THEN, "higher",
            f"share of what memory allows: STREAM in place {bandwidth / 1e9:.1f} GB/s, {size} bytes a person-day",
        ),
    ]  # fmt: skip


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
            "runs_per_second", batch / statistics.median(took), "1/s", 30.0, "higher",
            f"median of {rounds} batches of {batch}; 10,000 rows, 180 days, 150 places, 2 processes, recorder on",
        )
    ]  # fmt: skip


def small_run(replicate: int) -> str:
    """One run of the Monte Carlo benchmark; its digest."""
    theatre = synthetic(1_000_000, people_per_row=100, days=180)
    return simulate(theatre, NONE, seed=1, replicate=replicate).digest


def country() -> list[Result]:
    """7 million persons one to one x 100 days on two threads, in a process of its own for its peak memory."""
    told = [
        json.loads(subprocess.run(
            [sys.executable, "-c", "from benchmarks.measure import country_alone; country_alone()"], cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout)
        for _ in range(3)
    ]  # fmt: skip
    seconds, gigabytes = (statistics.median(one[key] for one in told) for key in ("seconds", "gigabytes"))
    days, displaced = told[0]["days_only"], told[0]["displaced"]
    note = f"median of 3; with set-up, days alone {days:.1f} s in the first; {displaced:.0%} displaced at the end"
    return [
        result("country_seconds", seconds, "s", 5.0, "lower", note),
        result("country_peak_gb", gigabytes, "GB", 0.6, "lower", "largest resident set, libraries included"),
    ]


def country_alone() -> None:
    """What `country` starts: prints seconds, peak memory in GB and the share displaced as JSON."""
    simulate(synthetic(10_000), NONE, seed=1, days=8, threads=2)  # kernels are compiled before the clock starts
    start = time.perf_counter()
    model = Model(synthetic(7_000_000), NONE, None, run_key(1, 0, 0), threads=2)
    ready = time.perf_counter()
    for _ in range(100):
        model.step()
    end = time.perf_counter()
    people = model.world.people()
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    moved = (people["displaced"] + people["abroad"]) / sum(people.values())
    print(json.dumps({"seconds": end - start, "days_only": end - ready, "gigabytes": peak, "displaced": moved}))


def help_seconds() -> list[Result]:
    """How long a user waits for --help."""
    command = [sys.executable, "-m", "sim", "--help"]
    took = [
        _seconds(lambda: subprocess.run(command, cwd=ROOT, capture_output=True, check=True)) for _ in range(7)
    ]
    note = "median of 6, after one to warm the disk"
    return [result("help_seconds", statistics.median(took[1:]), "s", 0.5, "lower", note)]
