"""Tasks of a study on a Dask cluster: an embedded one of processes, or any scheduler by address or scheduler file.

A task's result is its shard, written by the worker to the study's folder, which all workers must see under the same
path. The scheduler carries names of runs only, so a lost scheduler loses nothing that is finished.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.ground.check import BadInput, FailedWork
from sim.study.folder import StudyFolder
from sim.study.run import Engine, Runner, Watcher
from sim.study.store import Failure, RunId
from sim.study.study import Case

WINDOW = 4
"""Tasks in the air for each worker: enough that none waits, few enough that the scheduler stays small."""


LOOK_SECONDS = 5.0
"""How long to wait for a task before looking whether the scheduler is still there."""
LOST_SECONDS = 60.0
"""How long a scheduler may be away before it is given up: a client waits for ever by itself."""

ALLOWED_DEATHS = 1
"""How often a task may take its worker with it before an embedded cluster gives it back."""


@lru_cache(maxsize=4)
def _ready(folder: str, case: str, plan: str, engine: Engine) -> tuple[StudyFolder, Case, Runner]:
    """A worker's engine, kept from task to task; `plan` makes a grown study be read again."""
    study = StudyFolder(Path(folder))
    found = study.case(case)
    return study, found, Runner(study.job(found, engine))


def compute_task(folder: str, case: str, plan: str, engine: Engine, runs: list[tuple[Any, ...]]) -> None:
    """On a worker: compute `runs` into a shard, and note those that failed.

    Nothing is returned: what a worker holds in memory is lost with it.
    """
    study, found, runner = _ready(folder, case, plan, engine)
    study.note_failures(found, runner.block([RunId(*run) for run in runs], lambda _: None, lambda: False))


@contextlib.contextmanager
def client(scheduler: str | None, workers: int) -> Iterator[Any]:
    """A connection to `scheduler` (an address, or a scheduler file), or to `workers` processes started for it.

    Raises BadInput when Dask is not installed and FailedWork when no scheduler answers.
    """
    try:
        import dask
        import distributed
    except ImportError:
        raise BadInput(
            "Dask is not installed", where="executor=dask", instead="pip install 'forestall[cluster]'"
        ) from None
    with contextlib.ExitStack() as stack:
        try:
            if scheduler is None:
                stack.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": ALLOWED_DEATHS}))
                cluster = stack.enter_context(
                    distributed.LocalCluster(
                        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None,
                        silence_logs="CRITICAL",
                    )
                )  # fmt: skip
                found = distributed.Client(cluster)
            elif "://" in scheduler or ":" in scheduler:
                found = distributed.Client(scheduler, timeout="30s")
            else:
                found = distributed.Client(scheduler_file=scheduler, timeout="30s")
        except (OSError, TimeoutError, ValueError) as error:
            raise FailedWork(
                "no Dask scheduler answers", where=f"scheduler={scheduler}", why=str(error).splitlines()[0],
                instead="an address tcp://HOST:PORT or a scheduler file; without scheduler= one is started here",
            ) from None  # fmt: skip
        stack.callback(found.close)
        yield found


@dataclass
class _Course:
    """What came of the tasks that have ended."""

    watcher: Watcher
    alone: list[list[RunId]] = field(default_factory=list)
    suspects: list[tuple[RunId, str]] = field(default_factory=list)

    def take(self, future: Any, runs: list[RunId]) -> None:
        """A future has ended. Where its worker died the task comes again run by run, as it may have died by another."""
        if future.status == "finished":
            for _ in runs:
                self.watcher.advance()
            return
        error = future.exception() if future.status == "error" else "cancelled by the scheduler"
        if isinstance(error, (BadInput, FailedWork)):
            raise error
        if len(runs) > 1:
            self.alone += [[run] for run in runs]
        else:
            self.suspects.append((runs[0], _told(error)))


def _told(error: Any) -> str:
    if type(error).__name__ == "KilledWorker":
        return "the process that computed it ended, more than once"
    return (f"{type(error).__name__}: {error}" if isinstance(error, Exception) else str(error)).splitlines()[0][:300]


def compute(
    study: StudyFolder, case: Case, engine: Engine, tasks: Iterator[list[RunId]], connection: Any, watcher: Watcher
) -> list[Failure]:
    """Compute `tasks` of a case over a `client`; the runs that ended with their worker (others are noted by it).

    Raises FailedWork when the scheduler is lost; finished shards are kept.
    """
    folder, plan = str(study.folder.resolve()), f"{study.plan.hash}-{study.plan.runs}"

    course = _Course(watcher)
    flying: dict[Any, list[RunId]] = {}

    def submit(runs: list[RunId]) -> Any:
        named = [tuple(run) for run in runs]
        return connection.submit(compute_task, folder, case.name, plan, engine, named, pure=False)

    def fill() -> None:
        while len(flying) < width and (runs := course.alone.pop() if course.alone else next(tasks, None)):
            future = submit(runs)
            flying[future] = runs

    try:
        width = WINDOW * max(1, len(connection.scheduler_info()["workers"]))
        fill()
        watcher.compiled()
        while flying:
            for future in _ended(connection, list(flying)):
                course.take(future, flying.pop(future))
            fill()
        failed = []
        for run, error in course.suspects:  # alone on the cluster: now nobody else can be to blame
            (future,) = _ended(connection, [submit([run])])
            watcher.advance()
            if future.status != "finished":
                failed.append(Failure(*run, seed=study.plan.seed, error=error))
    except (BadInput, FailedWork):
        raise
    except Exception as error:  # a lost client fails in many ways, by the moment at which it is asked
        if connection.status == "running" and not isinstance(error, (OSError, TimeoutError)):
            raise
        raise _lost(study.folder.name, str(error).partition("\n")[0]) from None
    return failed


def _ended(connection: Any, futures: list[Any]) -> list[Any]:
    """The futures that have ended, when one has. Raises FailedWork once the scheduler has been away too long."""
    from distributed import wait

    since = time.monotonic()
    while not (ended := [future for future in futures if future.status != "pending"]):
        with contextlib.suppress(TimeoutError):
            wait(futures, timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED")
        if connection.status == "running":
            since = time.monotonic()
        elif connection.status in ("closing", "closed") or time.monotonic() - since > LOST_SECONDS:
            raise _lost(str(connection), f"the connection is {connection.status}")
    return ended


def _lost(where: str, why: str) -> FailedWork:
    return FailedWork(
        "the Dask scheduler was lost", where=where, why=why,
        instead="forestall study resume FOLDER; finished shards are kept",
    )  # fmt: skip
