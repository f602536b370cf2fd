"""A study on disk: its plan, its points, and one store of shards for each scenario.

FOLDER/
  plan.json                      what is computed (sim/study/study.py); carries its own checksum
  study.json                     the study file as read
  cases/NAME/points-N.parquet    the N parameter sets of a scenario
  cases/NAME/shards/             finished runs, in the format of sim/study/store.py
  cases/NAME/failed/             runs that ended with an error, a file a shard; gone when they have succeeded
  answer.json                    what came out, made anew whenever the study is answered

Everything but answer.json is written once or replaced whole. Finished shards are the only truth about what is done.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.ground.check import BadInput, FailedWork
from sim.study import chain, store
from sim.study.design import Points
from sim.study.outcomes import OUTCOMES, Keys, Sample
from sim.study.plan import engine_digest
from sim.study.run import Engine, Job
from sim.study.store import Failure, RunId, Store
from sim.study.study import KEEP, Case, Plan, with_levers

UNIT = "unit:"
"""Prefix of the columns of a points file that hold the design's unit cube."""


class Rows(Sequence[dict[str, float]]):
    """Parameter sets of a case, by draw; read when first used, so that a worker is handed a path and no table."""

    def __init__(self, path: Path, stated: Mapping[str, float]) -> None:
        self.path, self.stated = path, dict(stated)
        self._table: Any = None

    def __getstate__(self) -> tuple[Path, dict[str, float]]:
        return self.path, self.stated

    def __setstate__(self, state: tuple[Path, dict[str, float]]) -> None:
        self.__init__(*state)  # type: ignore[misc]

    @property
    def columns(self) -> dict[str, NDArray[np.float64]]:
        """Parameter -> values [draws]."""
        if self._table is None:
            table = store.read_parquet(self.path)
            self._table = {name: np.asarray(table[name].to_numpy()) for name in table.column_names if name != "draw"}
        columns: dict[str, NDArray[np.float64]] = self._table
        return columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, draw: Any) -> Any:
        values = {name: float(v[draw]) for name, v in self.columns.items() if not name.startswith(UNIT)}
        return {**self.stated, **values}


@dataclass(frozen=True)
class Verdict:
    """What `verify` found. `damaged` maps shards to what is wrong; `foreign` are shards with runs of no plan.

    `digest` is that of the runs in whole shards; equal for equal runs, whoever computed them in which order.
    """

    runs: int
    missing: int
    failed: int
    damaged: Mapping[str, str]
    foreign: tuple[str, ...]
    digest: str

    @property
    def ok(self) -> bool:
        """Every planned run is there and every byte is as it was written."""
        return not (self.missing or self.damaged or self.foreign)


class StudyFolder:
    """The folder of a study that has been planned. Raises BadInput when there is none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plan = read_plan(folder)
        self._lock: Any = None

    # ---- writing ------------------------------------------------------------------------------------------------

    def replace_plan(self, plan: Plan) -> None:
        """Put a grown plan in place of the old one."""
        write_plan(self.folder, plan)
        self.plan = plan

    @contextlib.contextmanager
    def locked(self, *, shared: bool = False, file: str = ".lock") -> Iterator[None]:
        """Hold the folder against a second `run` or `expand` on this machine; parts of a job hold it together.

        Another `file` is another lock: `.submit` keeps two submitters apart while elements of an array start.

        Raises FailedWork when another process holds it, or when it cannot be written.
        """
        try:
            import fcntl
        except ImportError:  # no such lock on this system
            yield
            return
        try:
            lock = (self.folder / file).open("a")
        except OSError as error:
            raise FailedWork(
                f"the study cannot be written to ({error.strerror})", where=str(self.folder),
                why="finished runs become files in it", instead="a folder that you may write to, or a copy of it",
            ) from None  # fmt: skip
        with lock:
            try:
                fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FailedWork(
                    "another process is working on this study", where=str(self.folder),
                    why="two would compute every run twice", instead="wait until it has finished, or stop it",
                ) from None  # fmt: skip
            except OSError:  # a file system without locks: shards are still whole, work may be done twice
                pass
            yield

    def note_failures(self, case: Case, failures: Sequence[Failure]) -> None:
        """Remember runs that ended with an error; they are tried again when the study is resumed."""
        if failures:
            place = self.case_folder(case) / "failed"
            place.mkdir(exist_ok=True)
            rows = [asdict(failure) for failure in failures]
            name = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:16]
            store.write_json(place / f"{name}.json", rows)

    def forget_failures(self, case: Case) -> None:
        """Drop the notes of failed runs, before they are tried again."""
        for path in (self.case_folder(case) / "failed").glob("*.json"):
            path.unlink(missing_ok=True)

    # ---- reading ------------------------------------------------------------------------------------------------

    def case_folder(self, case: Case) -> Path:
        """Where a scenario's points and shards are."""
        return self.folder / "cases" / case.name

    def store(self, case: Case) -> Store:
        """The shards of a scenario."""
        return Store(self.case_folder(case))

    def case(self, name: str) -> Case:
        """The case of that name."""
        return next(case for case in self.plan.cases if case.name == name)

    @cached_property
    def points_checked(self) -> None:
        """Raises FailedWork when a file of parameter values is not as it was written."""
        for case in self.plan.cases:
            path = self.case_folder(case) / case.points
            if store.sha256(path) != case.digest:
                raise FailedWork(
                    "the parameter values are not as they were written", where=str(path),
                    why="its checksum differs from the one in plan.json",
                    instead="a copy of the file from before, or plan the study again into a new folder",
                )  # fmt: skip

    def points(self, case: Case) -> Points:
        """The design's points of a case [draws, uncertainties]."""
        columns = Rows(self.case_folder(case) / case.points, {}).columns
        empty = np.zeros((self.plan.draws, 0))
        unit = [columns[UNIT + name] for name in case.uncertain if UNIT + name in columns]
        values = [columns[name] for name in case.uncertain]
        return Points(
            case.uncertain, np.column_stack(unit) if unit else empty, np.column_stack(values) if values else empty
        )

    def job(self, case: Case, engine: Engine | None = None) -> Job:
        """What a worker needs to compute runs of a case.

        Raises BadInput when the scenario, a policy or the code is no longer what was planned.
        """
        engine = engine or Engine()
        self.refuse_other_code(engine)
        self.points_checked  # noqa: B018
        return job_of(self.case_folder(case), self.plan, case, self.theatre(case, engine), engine)

    def theatre(self, case: Case, engine: Engine) -> Any:
        """The scenario with the policies of the study. Raises BadInput when it has changed since the plan."""
        from sim.scenario.read import read_theatre
        from sim.study.compare import as_written

        theatre = read_theatre(case.scenario, case.stage)
        changed = "the scenario" if theatre.digest != case.theatre else ""
        theatre = with_levers(theatre, self.plan.arms, lambda name: as_written(name, theatre))
        if not changed:
            now = policy_digests(theatre, self.plan, case.decision, engine)
            changed = ", ".join(f"policy {name}" for name in case.policies if now.get(name) != case.policies[name])
        if changed:
            raise BadInput(
                f"{changed} has changed since the study was planned", where=str(self.folder),
                why="old and new runs of one study would not be comparable",
                instead="the files as they were, or a new study: forestall study plan FILE",
            )  # fmt: skip
        return theatre

    def refuse_other_code(self, engine: Engine) -> None:
        """Raises BadInput when this copy's model is not the one that the study was planned with."""
        now = engine.version or engine_digest()
        if now != self.plan.engine:
            raise BadInput(
                "the code of the model has changed since the study was planned", where=str(self.folder),
                why=f"planned with {self.plan.engine} (forestall {self.plan.made.get('forestall', '?')}), this copy is "
                f"{now}: runs of two versions in one study would not be comparable",
                instead="the version that planned it, or a new study: forestall study plan FILE",
            )  # fmt: skip

    def done(self, case: Case, *, mend: bool = False) -> NDArray[np.bool_]:
        """Which runs of a case are there [runs]. With `mend` every byte is checked and damaged shards are removed."""
        import shutil

        done = np.zeros(self.plan.runs, dtype=bool)
        kept = self.store(case)
        if not mend:
            for _, runs in kept.whole_shards():
                done[self._numbers(runs)] = True
            return done
        for shard, runs, damage in kept.examine():
            if damage:
                with store.writing(shard):
                    shutil.rmtree(shard)
            done[self._numbers(runs)] = True
        return done

    def _numbers(self, runs: Sequence[RunId]) -> list[int]:
        return [number for number in map(self.plan.number, runs) if number >= 0]

    def _unseen(self, table: pa.Table, done: NDArray[np.bool_]) -> pa.Table:
        """The rows of a runs table that are not `done`: two writers may have computed the same run."""
        numbers = self._row_numbers(table)
        new = (numbers >= 0) & ~done[numbers]
        return table if new.all() else table.filter(pa.array(new))

    def _row_numbers(self, table: pa.Table) -> NDArray[np.int64]:
        policy = table["policy"].combine_chunks()
        policy = policy if isinstance(policy, pa.DictionaryArray) else policy.dictionary_encode()
        rest = (table[name].to_numpy() for name in ("delay_days", "draw", "replicate"))
        return self.plan.numbers(policy.dictionary.to_pylist(), policy.indices.to_numpy(), *rest)

    def failures(self, case: Case) -> list[Failure]:
        """The runs of a case that ended with an error when they were last tried."""
        found = []
        for path in sorted((self.case_folder(case) / "failed").glob("*.json")):
            with contextlib.suppress(OSError, ValueError, TypeError):
                found += [Failure(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
        return found

    def tables(self, case: Case, name: str = "runs") -> Iterator[pa.Table]:
        """A table of every whole shard of a case, page checksums verified; shards without it are skipped."""
        for shard, _ in self.store(case).whole_shards():
            if (shard / f"{name}.parquet").is_file():
                yield store.read_parquet(shard / f"{name}.parquet")

    def runs(self, case: Case) -> pa.Table:
        """All finished runs of a case, in the order of their numbers; each run once."""
        tables = list(self.tables(case))
        if not tables:
            raise FailedWork(
                "no run is finished yet", where=str(self.case_folder(case)), instead="forestall study run FOLDER"
            )
        table = pa.concat_tables(tables, promote_options="default")
        order, first = np.unique(self._row_numbers(table), return_index=True)
        return store.with_absent(table.take(pa.array(first[order >= 0])))

    def samples(self, case: Case, wanted: Callable[[str], bool] = lambda _: True) -> dict[str, Sample]:
        """Arm label -> its finished runs of a case, by draw and replicate, with the `wanted` outcomes.

        Arms without a run are left out. Shards are read one after the other; what is held is 8 bytes a run and outcome.
        """
        numbers: list[NDArray[np.int64]] = []
        parts: list[dict[str, NDArray[np.float64]]] = []
        for shard, _ in self.store(case).whole_shards():
            table = store.read_parquet(shard / "runs.parquet", without=("digest", "seed"))
            numbers.append(self._row_numbers(table))
            names = [name for name in table.column_names if name not in store.RUN_KEY and wanted(name)]
            parts.append({name: np.array(table[name].to_numpy()) for name in names})
        order, first = np.unique(np.concatenate(numbers) if numbers else np.zeros(0, np.int64), return_index=True)
        order, first = order[order >= 0], first[order >= 0]  # each run once, and none that the plan does not have
        if not order.size:
            raise FailedWork(
                "no run is finished yet", where=str(self.case_folder(case)), instead="forestall study run FOLDER"
            )
        held: dict[str, tuple[NDArray[np.intp], Sample]] = {}
        for position, arm in enumerate(self.plan.arms):
            mine, draws, replicates = self.plan.of_arm(position)
            at = np.minimum(np.searchsorted(order, mine), len(order) - 1)
            there = order[at] == mine
            if there.any():
                held[arm.label] = at[there], Sample(Keys(draws[there], replicates[there]), {})
        for name in dict.fromkeys(name for part in parts for name in part):
            blank = store.absent(name)
            column = np.concatenate([
                part.pop(name) if name in part else np.full(len(rows), blank)
                for part, rows in zip(parts, numbers, strict=True)
            ])[first]  # fmt: skip
            for at, sample in held.values():
                values = column[at]
                values[np.isnan(values)] = blank
                # a column that only other policies have is no outcome of this one
                if name in OUTCOMES or (np.isfinite(values) & (values != 0.0)).any():
                    sample.values[name] = values
        return {label: sample for label, (_, sample) in held.items()}

    def verify(self) -> Verdict:
        """Read every byte of the study; memory does not grow with the number of runs."""
        self.points_checked  # noqa: B018
        damaged: dict[str, str] = {}
        foreign: list[str] = []
        missing = failed = 0
        digests = []
        for case in self.plan.cases:
            done = np.zeros(self.plan.runs, dtype=bool)
            digest = store.Digest()
            for shard, runs, damage in self.store(case).examine():
                told = f"{case.name}/{shard.name}"
                numbers = self._numbers(runs)
                if damage:
                    damaged[told] = damage
                elif len(numbers) < len(runs):
                    foreign.append(told)
                elif not done[numbers].all():
                    digest.add(self._unseen(store.read_parquet(shard / "runs.parquet"), done))
                done[numbers] = True
            missing += int((~done).sum())
            failed += len(self.failures(case))
            digests.append(digest.hex())
        whole = hashlib.sha256(" ".join(digests).encode()).hexdigest()
        return Verdict(self.plan.runs * len(self.plan.cases), missing, failed, damaged, tuple(foreign), whole)


def read_plan(folder: Path) -> Plan:
    """The plan in a study's folder. Raises BadInput when there is none, FailedWork when it is damaged."""
    path = folder / "plan.json"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise BadInput(
            "this is no folder of a study", where=str(folder), why="it has no plan.json",
            instead="forestall study plan FILE makes one, and says where",
        ) from None  # fmt: skip
    try:
        raw = json.loads(text)
        if raw["checksum"] == store.checksum(raw):
            return Plan.of_json(raw)
    except (ValueError, KeyError, TypeError):
        pass
    raise FailedWork(
        "the plan is not as it was written", where=str(path), why="its checksum is wrong",
        instead="a copy of the file from before; or plan the study again into a new folder",
    )  # fmt: skip


def write_plan(folder: Path, plan: Plan) -> None:
    """Write plan.json with its checksum."""
    content: dict[str, Any] = json.loads(json.dumps(plan.as_json()))
    store.write_json(folder / "plan.json", {**content, "checksum": store.checksum(content)})


def write_points(folder: Path, points: Points, drawn: Mapping[str, NDArray[np.float64]]) -> tuple[str, str]:
    """Write the parameter sets of a case; file name and sha256. `drawn` are parameters beside the design's."""
    columns: dict[str, Any] = {**drawn, **dict(zip(points.names, points.values.T, strict=True))}
    count = len(next(iter(columns.values()), np.zeros(len(points.values))))
    if points.unit.shape[1] and np.isfinite(points.unit).all():
        columns |= {UNIT + name: column for name, column in zip(points.names, points.unit.T, strict=True)}
    table = pa.table({"draw": pa.array(range(count), pa.int32()), **columns})
    path = folder / f"points-{count}.parquet"
    return path.name, store.write_table(path, table)


def job_of(folder: Path, plan: Plan, case: Case, theatre: Any, engine: Engine) -> Job:
    """The job of a case in its `folder`; `theatre` holds the policies of the study."""
    rows = Rows(folder / case.points, _stated_values(theatre, engine))
    keep = tuple(KEEP[name] for name in plan.study["keep"])
    shared = plan.study["random_numbers"] == "shared"
    return Job(theatre, rows, plan.seed, case.days, folder, engine, keep, shared, case.decision)


def _stated_values(theatre: Any, engine: Engine) -> dict[str, float]:
    """Every parameter at its stated value, that of the theatre before that of the model."""
    stated = {name: float(p.value) for name, p in engine.find("parameters").items()}
    return stated | {name: float(prior.value) for name, prior in theatre.priors.items() if name in stated}


def policy_digests(theatre: Any, plan: Plan, decision: str, engine: Engine) -> dict[str, str]:
    """policy -> digest of its content, for every arm; and that of the process by which they are decided.

    Raises BadInput for a process that is not there, or that has no path for an instrument.
    """
    load = engine.find("load_policy")
    policies = {name: load(name, theatre) for name in dict.fromkeys(arm.policy for arm in plan.arms)}
    digests = {name: hashlib.sha256(repr(policy).encode()).hexdigest()[:16] for name, policy in policies.items()}
    return digests | chain.check(decision, policies)
