"""Tasks of a study on a Dask cluster: an embedded one of processes, or any scheduler by address or scheduler file.

A task's result is its shard, written by the worker to the study's folder, which all workers must see under the same
path. The scheduler carries names of runs only, so a lost scheduler loses nothing that is finished.
"""

from __future__ import annotations

import contextlib
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


@lru_cache(maxsize=4)
def _runner(folder: str, case: str, plan: str, engine: Engine) -> Runner:
    """A worker's engine, kept from task to task; `plan` makes a grown study be read again."""
    study = StudyFolder(Path(folder))
    return Runner(study.job(study.case(case), engine))


def compute_task(folder: str, case: str, plan: str, engine: Engine, runs: list[tuple[Any, ...]]) -> list[Failure]:
    """On a worker: compute `runs` into a shard; the runs that failed."""
    return _runner(folder, case, plan, engine).block([RunId(*run) for run in runs], lambda _: None, lambda: False)


@contextlib.contextmanager
def client(scheduler: str | None, workers: int) -> Iterator[Any]:
    """A connection to `scheduler` (an address, or a scheduler file), or to `workers` processes started for it.

    Raises BadInput when Dask is not installed and FailedWork when no scheduler answers.
    """
    try:
        import distributed
    except ImportError:
        raise BadInput(
            "Dask is not installed", where="executor=dask", instead="pip install 'forestall[cluster]'"
        ) from None
    with contextlib.ExitStack() as stack:
        try:
            if scheduler is None:
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
    failed: list[Failure] = field(default_factory=list)
    alone: list[list[RunId]] = field(default_factory=list)

    def take(self, future: Any, runs: list[RunId], seed: int) -> None:
        """A future has ended; a task whose worker died is tried again run by run, a single run is given up."""
        if future.status == "finished":
            self.failed += future.result()
            for _ in runs:
                self.watcher.advance()
            return
        error = future.exception() if future.status == "error" else "cancelled by the scheduler"
        if isinstance(error, (BadInput, FailedWork)):
            raise error
        if len(runs) > 1:
            self.alone += [[run] for run in runs]
            return
        self.watcher.advance()
        self.failed.append(Failure(*runs[0], seed=seed, error=_told(error)))


def _told(error: Any) -> str:
    if type(error).__name__ == "KilledWorker":
        return "the process that computed it ended, more than once"
    return (f"{type(error).__name__}: {error}" if isinstance(error, Exception) else str(error)).splitlines()[0][:300]


def compute(
    study: StudyFolder, case: Case, engine: Engine, tasks: Iterator[list[RunId]], connection: Any, watcher: Watcher
) -> list[Failure]:
    """Compute `tasks` of a case over a `client`; the runs that failed.

    Raises FailedWork when the scheduler is lost; finished shards are kept.
    """
    from distributed import as_completed

    folder, plan = str(study.folder.resolve()), f"{study.plan.hash}-{study.plan.runs}"

    course = _Course(watcher)
    flying: dict[Any, list[RunId]] = {}
    done = as_completed([])

    def fill() -> None:
        while len(flying) < width and (runs := course.alone.pop() if course.alone else next(tasks, None)):
            named = [tuple(run) for run in runs]
            future = connection.submit(compute_task, folder, case.name, plan, engine, named, pure=False)
            flying[future] = runs
            done.add(future)

    try:
        width = WINDOW * max(1, len(connection.scheduler_info()["workers"]))
        fill()
        watcher.compiled()
        for future in done:
            course.take(future, flying.pop(future), study.plan.seed)
            fill()
    except (OSError, TimeoutError) as error:
        raise FailedWork(
            "the Dask scheduler was lost", where=study.folder.name, why=str(error).partition("\n")[0],
            instead="forestall study resume FOLDER; finished shards are kept",
        ) from None  # fmt: skip
    return course.failed
