"""What a study costs: runs a core-hour, euros for a thousand comparisons, and what the study adds to its runs.

The same rebellion is run through the study road (planned, computed in processes, written as checked shards) and by
Mesa's `batch_run` (in processes, results in memory): one model, one size, one number of processes, in one run of this
program.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.measure import Result, result
from benchmarks.stand_in import REBELLION, engine
from sim.study.campaign import carry_out, plan
from sim.study.folder import StudyFolder
from sim.study.run import Engine
from sim.study.study import read_study

EURO_A_CORE_HOUR = 0.05
"""Assumption: public clouds list about 0.01 (spare capacity) to 0.10 (on demand); a centre's own price replaces it."""
COMPARISON = 2
"""Runs of a comparison: one with a policy and one without, under the same parameters and random numbers."""
MOST_OVERHEAD = 0.03
WORKERS, TICKS, THEIRS = 2, 40, 4

REBELLIONS = f"""\
name: rebellions
scenario: sahra
days: {TICKS}
policies: [none, other]
design: {{kind: draws, points: 200}}
"""
OURS = """\
name: ours
scenario: sahra
days: 365
policies: [none, preventive_deployment]
design: {kind: draws, points: 25}
"""


def studies() -> list[Result]:
    """The cost of runs of a small rebellion beside Mesa's, of the model itself, and what a study adds."""
    fast, _ = _study(REBELLIONS, engine("rebellion"))
    slow = _mesa()
    real, overhead = _study(OURS, Engine())
    note = f"{WORKERS} processes, {TICKS} ticks on {REBELLION.side} x {REBELLION.side}"
    price = f"{EURO_A_CORE_HOUR} euros a core-hour (assumption, 0.01 to 0.10)"
    mesa = f"the reference is batch_run of Mesa {version('mesa')}, same model"
    ours = "sahra, 365 days, none and preventive_deployment, 200 runs, written and checked"
    thousand = f"1,000 comparisons; {price}"
    return [
        result("rebellion_runs_core_hour", fast, "1/h", slow, "higher", f"{note}; {mesa}"),
        result("rebellion_euros_1000", _euros(fast), "EUR", _euros(slow), "lower", f"{thousand}; {mesa}"),
        result("sahra_runs_core_hour", real, "1/h", slow, "higher", f"{ours}; the reference is Mesa's rebellion"),
        result("sahra_euros_1000", _euros(real), "EUR", _euros(slow), "lower", f"{thousand}; as above"),
        result("study_overhead", overhead, "1", MOST_OVERHEAD, "lower",
               "share of the workers' time, once started, that went into no run; same study"),
    ]  # fmt: skip


def _euros(runs_a_core_hour: float) -> float:
    return 1000.0 * COMPARISON / runs_a_core_hour * EURO_A_CORE_HOUR


def _study(text: str, used: Engine) -> tuple[float, float]:
    """Runs a core-hour, starting processes included, compiling not; and the share of time that went into no run."""
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        study = plan(read_study(folder / "study.yaml"), output=folder / "out", engine=used)  # compiles, in its pilot
        start = time.perf_counter()
        failed = carry_out(study, workers=WORKERS, engine=used, progress=False)
        took = time.perf_counter() - start
        assert not failed
        return study.plan.runs / (took * WORKERS / 3600.0), overhead(study)
    finally:
        shutil.rmtree(folder)


def overhead(study: StudyFolder) -> float:
    """Share of the workers' time which went into no run, while all of them had work.

    Records tell the seconds that a shard took in its process, writing not included; its file tells when it was ready.
    """
    rows = []
    for case in study.plan.cases:
        kept = study.store(case)
        rows += [((shard / "record.json").stat().st_mtime, kept.seconds(shard)) for shard, _ in kept.whole_shards()]
    rows.sort()
    first, last = rows[WORKERS - 1][0], rows[-WORKERS][0]  # every worker has ended something; none has nothing left
    busy = sum(max(0.0, min(end, last) - max(end - seconds, first)) for end, seconds in rows)
    return 1.0 - busy / ((last - first) * WORKERS)


def _mesa() -> float:
    """Runs a core-hour of Mesa's own batch_run, median of two batches."""
    from mesa.batchrunner import batch_run
    from mesa.examples.advanced.epstein_civil_violence.model import EpsteinCivilViolence

    asked: dict[str, Any] = {
        "width": REBELLION.side, "height": REBELLION.side, "citizen_density": REBELLION.agents,
        "cop_density": REBELLION.cops, "citizen_vision": 7, "cop_vision": 7, "legitimacy": 0.82,
        "max_jail_term": REBELLION.term, "active_threshold": REBELLION.threshold,
        "arrest_prob_constant": REBELLION.k, "max_iters": 10**9,
    }  # fmt: skip
    took = []
    for _ in range(2):
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            done = batch_run(
                EpsteinCivilViolence, asked, number_processes=WORKERS, iterations=THEIRS, max_steps=TICKS,
                display_progress=False,
            )  # fmt: skip
        took.append(time.perf_counter() - start)
        assert len({row["RunId"] for row in done}) == THEIRS
    return THEIRS / (statistics.median(took) * WORKERS / 3600.0)
