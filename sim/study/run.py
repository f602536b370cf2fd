"""Carry out the runs of a study: blocks of runs, on one or many processes, stopped and resumed at will.

A block computes some runs of one policy and writes them as one shard. How runs are cut into blocks and
which process takes them changes no result. A run that fails is recorded and the others go on.
"""

from __future__ import annotations

import contextlib
import importlib
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.ground.check import BadInput, FailedWork
from sim.study.plan import is_factual
from sim.study.store import SCHEMAS, Failure, RunId, tables_of, write_shard

if TYPE_CHECKING:
    from sim.scenario.theatre import Theatre

BLOCK_SECONDS = 6.0
"""How long a block should take: long against its overhead, short against what a crash can lose."""
STOP_SECONDS = 10.0
"""How long a worker may take to finish the run at hand after Ctrl-C."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Where the engine's functions are, as ``module:name``: a worker imports them itself.

    `version` names the code in a study's identity; "" stands for the digest of this copy's code.
    """

    simulate: str = "sim.engine.model:simulate"
    load_policy: str = "sim.interventions.registry:load_policy"
    parameters: str = "sim.ground.parameters:PARAMETERS"
    version: str = ""

    def find(self, name: str) -> Any:
        """The object behind `simulate`, `load_policy` or `parameters`."""
        importlib.import_module(self.simulate.partition(":")[0])  # declares the parameters
        module, _, attribute = str(getattr(self, name)).partition(":")
        return getattr(importlib.import_module(module), attribute)


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker knows. `parameters[draw]` are the values of a draw; `days` is the horizon.

    `keep` names the tables kept beside `runs`. With `shared` random numbers all draws get those of the first one.
    """

    theatre: Theatre
    parameters: Sequence[dict[str, float]]
    seed: int
    days: int
    folder: Path
    engine: Engine = field(default_factory=Engine)
    keep: tuple[str, ...] = tuple(SCHEMAS)
    shared: bool = False
    decision: str = "instant"

    @property
    def decided(self) -> dict[str, str]:
        """Who decides, for an engine that is to know it."""
        return {} if self.decision == "instant" else {"decision": self.decision}


class Watcher:
    """Told about the course of a study; this one keeps silent."""

    def start(self, runs: int, done: int, workers: int) -> None:
        """`done` of `runs` runs were there already; `workers` processes compute the rest."""

    def compiled(self) -> None:
        """The engine is ready to compute."""

    def advance(self) -> None:
        """One more run has ended."""

    def stop(self) -> None:
        """No more runs will come."""


def execute(job: Job, todo: Sequence[RunId], workers: int, watcher: Watcher) -> list[Failure]:
    """Compute the runs `todo` into shards; the runs that failed.

    Raises FailedWork when no worker can start, and KeyboardInterrupt after finished runs are on disk.
    """
    return execute_queue(job, Queue(todo, workers), workers, watcher) if todo else []


def execute_queue(job: Job, queue: Queue, workers: int, watcher: Watcher, *, isolate: bool = False) -> list[Failure]:
    """As `execute`, for a queue with runs in it; with `isolate`, one worker is a process of its own too."""
    if workers == 1 and not isolate:
        return _alone(job, queue, watcher)
    return _Pool(job, queue, workers, watcher).run()


class Queue:
    """Runs that wait, handed out in blocks of one policy that should take `BLOCK_SECONDS`."""

    def __init__(self, todo: Sequence[RunId], workers: int) -> None:
        self._waiting = list(reversed(todo))
        self._alone: list[RunId] = []
        self._workers = workers
        self._seconds = 0.0
        self._timed = 0

    def measured(self, seconds: float) -> None:
        """A run took so long."""
        self._seconds += seconds
        self._timed += 1

    def retry_alone(self, runs: Sequence[RunId]) -> None:
        """Hand these out again, one by one."""
        self._alone.extend(runs)

    @property
    def first(self) -> RunId:
        """The run that comes first."""
        return self._waiting[-1]

    def block(self) -> list[RunId]:
        """The next runs to compute; [] when there are none."""
        if self._alone:
            return [self._alone.pop()]
        if not self._waiting:
            return []
        each = self._seconds / self._timed if self._timed else BLOCK_SECONDS
        by_time = int(BLOCK_SECONDS / max(each, 1e-4))
        fair = -(-len(self._waiting) // (self._workers * 3))  # small blocks at the end keep every worker busy
        taken = [self._waiting.pop()]
        while self._waiting and len(taken) < min(by_time, fair) and self._waiting[-1][:2] == taken[0][:2]:
            taken.append(self._waiting.pop())
        return taken


class Runner:
    """Computes blocks inside one process."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.simulate: Callable[..., Any] = job.engine.find("simulate")
        self.load_policy: Callable[..., Any] = job.engine.find("load_policy")
        self._policies: dict[tuple[str, int], Any] = {}

    def warm(self, policy: str) -> None:
        """Compile the engine; an error shows again, and is recorded, in a run."""
        with contextlib.suppress(Exception):
            self.simulate(
                self.job.theatre, self._policy(policy, 0), parameters=self.job.parameters[0],
                seed=self.job.seed,
                draw=0, replicate=0, days=2, **self.job.decided,
            )  # fmt: skip

    def _policy(self, name: str, delay: int) -> Any:
        """The policy decided later; what was really done keeps its time, but for a placebo."""
        if (name, delay) not in self._policies:
            parts = [name] if delay == 0 or delay > self.job.days else name.split("+")
            whole = None
            for part in parts:
                policy = self.load_policy(part, self.job.theatre)
                if delay and not (len(parts) > 1 and is_factual(part)):
                    policy = policy.delayed(delay)
                whole = policy if whole is None else whole.combined(policy)
            self._policies[name, delay] = whole
        return self._policies[name, delay]

    def block(
        self, runs: Sequence[RunId], told: Callable[[float], None], stopped: Callable[[], bool]
    ) -> list[Failure]:
        """Compute `runs` and write what succeeded as one shard; stops early when `stopped` says so."""
        finished: list[tuple[RunId, Any]] = []
        failed: list[Failure] = []
        began = time.perf_counter()
        try:
            for run in runs:
                start = time.perf_counter()
                try:
                    finished.append((run, self._one(run)))
                except Exception as error:
                    failed.append(Failure(*run, seed=self.job.seed, error=_told(error)))
                told(time.perf_counter() - start)
                if stopped():
                    break
        finally:  # after Ctrl-C, what is finished is kept
            if finished:
                tables = tables_of(self.job.theatre, self.job.seed, finished, self.job.keep)
                write_shard(
                    self.job.folder, [run for run, _ in finished], tables, time.perf_counter() - began
                )
        return failed

    def _one(self, run: RunId) -> Any:
        return self.simulate(
            self.job.theatre, self._policy(run.policy, run.delay_days),
            parameters=self.job.parameters[run.draw],
            seed=self.job.seed, draw=0 if self.job.shared else run.draw, replicate=run.replicate, days=self.job.days,
            **self.job.decided,
        )  # fmt: skip


def _told(error: BaseException) -> str:
    """One line: what went wrong and where in the model."""
    if isinstance(error, (BadInput, FailedWork)):
        return str(error).replace("\n", ";")
    text = f"{type(error).__name__}: {error}".splitlines()[0]
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return text
    code = trace.tb_frame.f_code
    return f"{text} (in {code.co_name}, {Path(code.co_filename).name} line {trace.tb_lineno})"


def _alone(job: Job, queue: Queue, watcher: Watcher) -> list[Failure]:
    runner = Runner(job)
    failed: list[Failure] = []

    def told(seconds: float) -> None:
        queue.measured(seconds)
        watcher.advance()

    block = queue.block()
    runner.warm(block[0].policy)
    watcher.compiled()
    while block:
        failed += runner.block(block, told, lambda: False)
        block = queue.block()
    return failed


def _serve(job: Job, pipe: Any) -> None:
    """A worker process: compile when told, then compute blocks until told to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    try:
        runner = Runner(job)
        pipe.send(("loaded", None))
        while (order := pipe.recv()) is not None:
            kind, content = order
            if kind == "warm":
                runner.warm(content)
                pipe.send(("warmed", None))
            else:
                failed = runner.block(content, lambda seconds: pipe.send(("run", seconds)), pipe.poll)
                pipe.send(("block", failed))
    except (EOFError, BrokenPipeError):  # the parent is gone
        pass
    except FailedWork as error:  # the disk is full: no other worker will do better
        with contextlib.suppress(OSError):
            pipe.send(("failed", error))
    except Exception as error:
        with contextlib.suppress(OSError):
            pipe.send(("broken", _told(error)))


@dataclass(slots=True)
class _Worker:
    process: Any
    pipe: Any
    runs: list[RunId] = field(default_factory=list)
    ended: int = 0
    loaded: bool = False
    warm: bool = False


class _Pool:
    """Worker processes, started afresh (never forked: compiled threads do not survive that)."""

    def __init__(self, job: Job, queue: Queue, workers: int, watcher: Watcher) -> None:
        self.job, self.queue, self.watcher = job, queue, watcher
        self.failed: list[Failure] = []
        self.compiled = False
        self.warm_policy = queue.first.policy
        self.count = workers
        self.workers: list[_Worker] = []
        self.deaths = 0

    def run(self) -> list[Failure]:
        try:
            self.workers = [self._start() for _ in range(self.count)]
            while self.workers:
                self._listen(None)
        except KeyboardInterrupt:
            with contextlib.suppress(KeyboardInterrupt):  # a second Ctrl-C does not wait
                self._wind_down()
            raise
        finally:
            for worker in self.workers:
                worker.process.kill()
                worker.process.join()
        return self.failed

    def _start(self) -> _Worker:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(self.job, theirs), daemon=True)
        with _spawning():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _listen(self, timeout: float | None) -> None:
        """Take the next message of every worker that has one."""
        ready = wait([worker.pipe for worker in self.workers], timeout)
        for worker in [worker for worker in self.workers if worker.pipe in ready]:
            try:
                kind, content = worker.pipe.recv()
            except (EOFError, OSError):
                self._died(worker)
                continue
            self._take(worker, kind, content)

    def _take(self, worker: _Worker, kind: str, content: Any) -> None:
        if kind == "run":
            worker.ended += 1
            self.queue.measured(content)
            self.watcher.advance()
        elif kind == "broken":
            self._cannot_start(content)
        elif kind == "failed":
            raise content
        elif kind == "loaded":
            # one worker compiles into the cache, then the others load from it
            worker.loaded = True
            if self.compiled or worker is self.workers[0]:
                self._send(worker, ("warm", self.warm_policy))
        elif kind == "warmed":
            worker.warm = True
            if not self.compiled:
                self.compiled = True
                self.watcher.compiled()
                for other in self.workers:
                    if other is not worker and other.loaded:
                        self._send(other, ("warm", self.warm_policy))
            self._next(worker)
        elif kind == "block":
            self.failed += content
            self._next(worker)

    def _next(self, worker: _Worker) -> None:
        worker.runs, worker.ended = self.queue.block(), 0
        if worker.runs:
            self._send(worker, ("block", worker.runs))
        else:
            self._send(worker, None)
            self._leave(worker)

    def _send(self, worker: _Worker, order: Any) -> None:
        with contextlib.suppress(OSError):  # a dead worker shows when its pipe is read
            worker.pipe.send(order)

    def _leave(self, worker: _Worker) -> None:
        self.workers.remove(worker)
        worker.process.join()
        worker.pipe.close()

    def _died(self, worker: _Worker) -> None:
        """A process was killed, for instance for lack of memory: its runs are tried one by one, once."""
        worker.process.join()
        code = worker.process.exitcode
        self.deaths += 1
        if not worker.warm and self.deaths > self.count:
            self._cannot_start(f"its process ended ({_ending(code)})")
        if len(worker.runs) == 1:
            text = f"the process that computed it ended ({_ending(code)})"
            self.failed.append(Failure(*worker.runs[0], seed=self.job.seed, error=text))
            if not worker.ended:
                self.watcher.advance()
        else:
            self.queue.retry_alone(worker.runs)
        self.workers[self.workers.index(worker)] = self._start()
        worker.pipe.close()

    def _cannot_start(self, why: str) -> None:
        raise FailedWork("a worker cannot compute", where="workers", why=why, instead="try workers=1")

    def _wind_down(self) -> None:
        """Let every worker finish the run at hand and write its shard."""
        for worker in self.workers:
            self._send(worker, None)
        until = time.monotonic() + (STOP_SECONDS if self.compiled else 0.0)
        while self.workers and time.monotonic() < until:
            ready = wait([worker.pipe for worker in self.workers], max(until - time.monotonic(), 0.0))
            for worker in [worker for worker in self.workers if worker.pipe in ready]:
                try:
                    worker.pipe.recv()
                except (EOFError, OSError):
                    self._leave(worker)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit status {code}"


@contextlib.contextmanager
def _spawning() -> Iterator[None]:
    """Start a process that does not run the caller's script, and is safe from Ctrl-C while it starts."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    masked = hasattr(signal, "pthread_sigmask")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masked else None
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
