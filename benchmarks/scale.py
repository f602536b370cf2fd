"""A million runs: ``python -m benchmarks.scale [runs=1000000] [minutes=30] [workers=2]``.

Twice. Of the model: planned, sharded, computed for so many minutes, stopped as Ctrl-C stops it, resumed for a minute,
verified; the rest is extrapolated with the overhead that was measured. And of an engine that computes nothing: all
runs, so that the store is seen at full size. Each step is a process of its own and tells its seconds and peak memory.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import Result, result
from benchmarks.stand_in import engine
from benchmarks.studies import overhead
from sim.study.answer import answer
from sim.study.campaign import carry_out, compact, plan, status
from sim.study.folder import StudyFolder
from sim.study.run import Engine
from sim.study.study import read_study

ARMS, REPLICATES = 4, 5
MOST_MEMORY = 1.0
"""Gigabytes that planning a million runs may take."""
TEXT = """\
name: {name}
scenario: sahra
days: 365
policies: [none, preventive_deployment, mediation, targeted_sanctions]
uncertainties: {uncertainties}
design: {{kind: latin_hypercube, points: {points}}}
replicates: {replicates}
"""
MODEL = "{fear_fade: stated, crowd_idle: stated}"
NOTHING = "{legitimacy: {low: 0.7, high: 0.9}}"


def step(kind: str, what: str, folder: Path, workers: int) -> dict[str, Any]:
    """One step in this process; `kind` is model or nothing."""
    used = Engine() if kind == "model" else engine("nothing")
    if what == "plan":
        made = plan(read_study(folder / "study.yaml"), output=folder / "out", engine=used).plan
        return {"runs": made.runs, "task_runs": made.task_runs, **made.cost}
    study = StudyFolder(folder / "out")
    steps: dict[str, Callable[[], Any]] = {
        "compute": lambda: {"failed": len(carry_out(study, workers=workers, engine=used, progress=False))},
        "status": lambda: {"done": status(study)["done"]},
        "verify": lambda: {key: getattr(study.verify(), key) for key in ("missing", "digest")},
        "answer": lambda: {"runs": sum(case["runs"] for case in answer(study)["cases"].values())},
        "compact": lambda: dict(zip(("shards_before", "shards"), compact(study), strict=True)),
    }
    told: dict[str, Any] = steps[what]()
    return told


def apart(
    kind: str, what: str, folder: Path, workers: int, seconds: float | None = None, *, shown: bool = True
) -> dict[str, Any]:
    """A step in a process of its own, stopped by SIGINT after `seconds`; its answer, seconds and megabytes."""
    words = [sys.executable, "-m", "benchmarks.scale", f"step={kind}.{what}", f"folder={folder}", f"workers={workers}"]
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate()
    if process.returncode not in (0, 130):
        raise SystemExit(f"{what} of {kind}: {err[-2000:]}")
    told = json.loads(out) if out.strip() else {}
    told = {"step": f"{kind}: {what}", "wall_seconds": round(time.perf_counter() - start, 1), **told}
    if shown:
        print(json.dumps(told), flush=True)
    return told


def written(folder: Path, kind: str, runs: int) -> Path:
    """The study file of a kind in a folder of its own."""
    place = folder / kind
    place.mkdir()
    uncertain = MODEL if kind == "model" else NOTHING
    points = max(1, runs // (ARMS * REPLICATES))
    text = TEXT.format(name=f"scale_{kind}", uncertainties=uncertain, points=points, replicates=REPLICATES)
    (place / "study.yaml").write_text(text, encoding="utf-8")
    return place


def million() -> list[Result]:
    """What planning takes in memory, of a million runs of the model and of a hundredth of them."""
    folder = Path(tempfile.mkdtemp(prefix="scale-"))
    try:
        peaks = []
        for runs in (10_000, 1_000_000):
            (folder / str(runs)).mkdir()
            peaks.append(apart("model", "plan", written(folder / str(runs), "model", runs), 1, shown=False)["peak_mb"])
    finally:
        shutil.rmtree(folder)
    note = f"largest resident set of planning 1,000,000 runs of sahra, libraries included; 10,000 runs: {peaks[0]} MB"
    return [result("plan_million_peak_gb", peaks[1] / 1000.0, "GB", MOST_MEMORY, "lower", note)]


def main(runs: int, minutes: float, workers: int) -> None:
    """Both, with what each step took on stdout, a JSON object a line."""
    folder = Path(tempfile.mkdtemp(prefix="scale-"))
    try:
        place = written(folder, "model", runs)
        cost = apart("model", "plan", place, workers)
        apart("model", "compute", place, workers, 60.0 * minutes)
        done = apart("model", "status", place, workers)["done"]
        lost = overhead(StudyFolder(place / "out"))  # of one sitting: the time between two is nobody's
        apart("model", "compute", place, workers, 60.0)
        more = apart("model", "status", place, workers)["done"]
        apart("model", "verify", place, workers)
        apart("model", "answer", place, workers)
        each = cost["seconds_a_run"]
        print(json.dumps({
            "model": f"{done:,} runs in {minutes:g} minutes on {workers} processes, {more - done:,} more when resumed",
            "overhead_share": round(lost, 4),
            "core_hours_of_all": round(cost["runs"] * each / (1.0 - lost) / 3600.0, 1),
        }))  # fmt: skip
        place = written(folder, "nothing", runs)
        for what in ("plan", "compute", "status", "verify", "answer", "compact", "verify", "answer"):
            apart("nothing", what, place, workers)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    given = dict(word.split("=", 1) for word in sys.argv[1:])
    if "step" in given:
        try:
            found = step(*given["step"].split("."), Path(given["folder"]), int(given["workers"]))
        except KeyboardInterrupt:
            found = {"stopped": True}
        found["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        print(json.dumps(found))
    else:
        main(int(given.get("runs", 1_000_000)), float(given.get("minutes", 30)), int(given.get("workers", 2)))
