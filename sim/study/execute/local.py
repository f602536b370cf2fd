"""Tasks of a study on processes of this machine."""

from __future__ import annotations

from collections.abc import Iterator

from sim.study.run import Job, Queue, Watcher, execute_queue
from sim.study.store import Failure, RunId


class TaskQueue(Queue):
    """Hands out a plan's tasks as they are; the runs of a task whose worker died come again one by one."""

    def __init__(self, tasks: Iterator[list[RunId]]) -> None:
        super().__init__((), 1)
        self._tasks = tasks
        self._next = next(tasks, [])

    def __bool__(self) -> bool:
        return bool(self._next or self._alone)

    @property
    def first(self) -> RunId:
        return self._next[0]

    def block(self) -> list[RunId]:
        if self._alone:
            return [self._alone.pop()]
        block, self._next = self._next, next(self._tasks, []) if self._next else []
        return block


def compute(
    job: Job, tasks: Iterator[list[RunId]], workers: int, watcher: Watcher, *, isolate: bool = False
) -> list[Failure]:
    """Compute `tasks` on `workers` processes; the runs that failed.

    With `isolate` even one worker is a process of its own, so that a run that kills it does not end this one.
    """
    queue = TaskQueue(tasks)
    return execute_queue(job, queue, workers, watcher, isolate=isolate) if queue else []
