"""What is done with a study: plan it, compute it, resume it, let it grow, look at it.

folder = plan(Path("when.yaml"))
carry_out(folder, workers=2)
folder.verify().digest
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.ground.check import BadInput, did_you_mean
from sim.study import store
from sim.study.compare import Bar, as_written, cores
from sim.study.design import Design, Points, draw, read_design, read_table, read_uncertainty
from sim.study.execute import dask, local
from sim.study.folder import StudyFolder, job_of, policy_digests, read_plan, write_plan, write_points
from sim.study.plan import draw_columns, engine_digest, refuse_impossible, stated_ranges
from sim.study.run import Engine, Job, Watcher
from sim.study.store import Failure, RunId
from sim.study.study import MOST_RUNS, Arm, Case, Plan, StudyFile, Wave, arms_of, plan_hash, with_levers
from sim.study.theory import load_theory

if TYPE_CHECKING:
    from sim.scenario.theatre import Theatre

TASK_SECONDS = 20.0
"""How long a task should take: long against a scheduler's milliseconds, short against what a crash can lose."""
TASK_RUNS = 2000
"""Runs of a task at most."""
FEWEST_TASKS = 48
"""Tasks that a study of short runs is cut into all the same, so that several workers share it."""
COMPACT_RUNS = 50_000
"""Runs of a shard after compaction: some megabytes."""
PILOT_SECONDS = 5.0
PILOT_RUNS = 24


# ------------------------------------------------------------------------------------------------------- planning


def plan(study: StudyFile, *, output: Path | None = None, engine: Engine | None = None) -> StudyFolder:
    """Plan a study into its folder (default outputs/NAME-HASH); an equal plan that is there is kept as it is.

    Raises BadInput for whatever in the file does not fit the scenario, and for a folder that holds something else.
    """
    engine = engine or Engine()
    arms = arms_of(study)
    cells = list(_cells(study, _theatres(study)))
    ready = {cell.name: with_levers(cell.theatre, arms, _written(cell.theatre)) for cell in cells}
    with tempfile.TemporaryDirectory() as scratch:
        drawn = {cell.name: _points(study, cell, engine, Path(scratch)) for cell in cells}
        rows = {name: count for name, (count, *_) in drawn.items()}
        if len(set(rows.values())) > 1:
            raise BadInput("the scenarios have designs of different size", where=study.name, instead="one design")
        made = _planned(study, cells, ready, arms, drawn, engine)
        if made.runs * len(made.cases) > MOST_RUNS:
            raise BadInput(
                f"{made.runs * len(made.cases):,} runs", where=study.name, why=f"the limit is {MOST_RUNS:,}",
                instead="fewer points, replicates or levers",
            )  # fmt: skip
        folder = output or Path("outputs") / f"{study.name}-{made.hash}"
        if (folder / "plan.json").is_file():
            return _same(folder, made)
        _refuse_filled(folder)
        with store.writing(folder):
            for case in made.cases:
                place = folder / "cases" / case.name
                (place / "shards").mkdir(parents=True, exist_ok=True)
                table = Path(scratch) / case.name / case.points
                (place / case.points).write_bytes(table.read_bytes())
        store.write_json(folder / "study.json", study.plain())
        made = _with_cost(made, ready, engine, folder)
        write_plan(folder, made)
    return StudyFolder(folder)


def _theatres(study: StudyFile) -> dict[str, Theatre]:
    from sim.scenario.read import read_theatre

    found: dict[str, Theatre] = {}
    for scenario in study.scenarios:
        theatre = read_theatre(scenario, study.stage)
        if theatre.name in found:
            raise BadInput(f"the scenario {theatre.name!r} is named twice", where=study.name, instead="each once")
        found[theatre.name] = theatre
    return found


@dataclass(frozen=True)
class _Cell:
    """One case to be: a scenario under a decision process and a theory."""

    name: str
    scenario: str
    theatre: Theatre
    decision: str
    theory: str


def _cells(study: StudyFile, theatres: Mapping[str, Theatre]) -> Iterator[_Cell]:
    for (name, theatre), scenario in zip(theatres.items(), study.scenarios, strict=True):
        for decision, theory in itertools.product(study.decisions, study.theories):
            told = [name]
            told += [decision] if len(study.decisions) > 1 else []
            told += [theory] if len(study.theories) > 1 else []
            where = scenario if not Path(scenario).is_dir() else str(Path(scenario).resolve())
            yield _Cell("-".join(told), where, theatre, decision, theory)


def _written(theatre: Theatre) -> Any:
    return lambda name: as_written(name, theatre)


def _points(
    study: StudyFile, cell: _Cell, engine: Engine, scratch: Path, first: int = 0, last: int = 0, there: int = 0
) -> tuple[int, str, str, tuple[str, ...], str]:
    """Draw the points first..last (default all of the design) of a case and write them below `scratch`.

    `there` counts the parameter sets that the study has already.
    Number of parameter sets, file name, sha256, uncertain parameters, and where they come from in words.
    """
    design, points, ranges = _designed(study, cell.theatre, engine, first, last)
    theory = _theory(study, cell.theory, points.names, engine)
    whole: dict[str, Any] = {}
    count = len(points.names)
    origin = f"{design.kind} design over {count} uncertain parameter{'s' * (count != 1)}, the others as stated"
    if study.others == "drawn":
        drawn, told, _ = draw_columns(
            cell.theatre, there + len(points.values), study.seed, engine.find("parameters"), first=there
        )
        whole = dict(drawn)
        origin = told if design.kind == "draws" else f"{design.kind} design; others from {told}"
    names = points.names or tuple(sorted(n for n, (_, low, high) in ranges.items() if low < high and n not in theory))
    place = scratch / cell.name
    place.mkdir(exist_ok=True)
    file, digest = write_points(place, points, whole | {n: np.full(len(points.values), v) for n, v in theory.items()})
    return len(points.values), file, digest, names, origin


def _theory(study: StudyFile, name: str, uncertain: Sequence[str], engine: Engine) -> Mapping[str, float]:
    """What a theory says of parameters of the model."""
    parameters, where = engine.find("parameters"), f"{study.name}: theories.{name}"
    own = study.theories[name]
    sets = load_theory(name, parameters).sets if own is None else own
    for parameter, value in sets.items():
        if parameter not in parameters:
            raise BadInput(f"unknown parameter {parameter!r}", where=where, instead=did_you_mean(parameter, parameters))
        if parameter in uncertain:
            raise BadInput(f"{parameter} is a column of the design too", where=where, instead="one of the two")
        refuse_impossible(parameters[parameter], value, f"{where}.{parameter}")
    return sets


def _designed(
    study: StudyFile, theatre: Theatre, engine: Engine, first: int, last: int
) -> tuple[Design, Points, dict[str, tuple[float, float, float]]]:
    parameters = engine.find("parameters")
    ranges = stated_ranges(theatre, parameters)
    for name in study.uncertainties:
        if name not in ranges:
            raise BadInput(
                f"unknown parameter {name!r}", where=f"{study.name}: uncertainties",
                why="uncertainties are parameters of the model", instead=did_you_mean(name, ranges),
            )  # fmt: skip
    design = read_design(study.design, f"{study.name}: design", len(study.uncertainties))
    where = f"{study.name}: uncertainties"
    uncertain = [read_uncertainty(name, raw, where, ranges[name]) for name, raw in study.uncertainties.items()]
    if design.kind == "table":
        return design, _table(study, design, parameters), ranges
    for one in uncertain:
        for value in (one.low, one.high):
            refuse_impossible(parameters[one.name], value, f"{where}.{one.name}")
    return design, draw(design, uncertain, study.seed, first, last or design.points), ranges


def _table(study: StudyFile, design: Design, parameters: Mapping[str, Any]) -> Points:
    if study.uncertainties:
        raise BadInput(
            "a table and uncertainties are both given", where=f"{study.name}: uncertainties",
            why="the table's columns are the uncertainties", instead="one of the two",
        )  # fmt: skip
    points = read_table(study.folder / design.file)
    for column, name in enumerate(points.names):
        if name not in parameters:
            raise BadInput(f"unknown parameter {name!r}", where=f"{design.file}:1",
                           instead=did_you_mean(name, parameters))  # fmt: skip
        for row, value in enumerate(points.values[:, column]):
            refuse_impossible(parameters[name], float(value), f"{design.file}:{row + 2} ({name})")
    return points


def _planned(
    study: StudyFile,
    cells: Sequence[_Cell],
    ready: Mapping[str, Theatre],
    arms: tuple[Arm, ...],
    drawn: Mapping[str, tuple[int, str, str, tuple[str, ...], str]],
    engine: Engine,
) -> Plan:
    """The plan without its cost."""
    code = engine.version or engine_digest()
    rows = next(iter(drawn.values()))[0]
    wave = Wave(tuple(range(len(arms))), (0, rows), (0, study.replicates))
    bare = Plan("", study.plain(), code, arms, (), (wave,), 1, {}, {}, {})
    cases = []
    for cell in cells:
        _, file, digest, names, origin = drawn[cell.name]
        theatre = cell.theatre
        cases.append(Case(
            cell.name, cell.scenario, theatre.stage, study.days or theatre.days, theatre.digest,
            policy_digests(ready[cell.name], bare, cell.decision, engine), file, digest, names, origin,
            cell.decision, cell.theory,
        ))  # fmt: skip
    identity = {
        "study": {key: value for key, value in study.plain().items() if key not in ("question", "answer")},
        "cases": {c.name: [c.stage, c.days, c.theatre, c.policies, c.digest, c.decision] for c in cases},
        "engine": code,
    }
    return replace(bare, hash=plan_hash(identity), cases=tuple(cases), made=_made(), identity=identity)


def _made() -> dict[str, Any]:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    try:
        mine = version("forestall")
    except PackageNotFoundError:
        mine = "not installed"
    return {
        "forestall": mine,
        "python": platform.python_version(),
        "cpu": store.cpu_name(),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "seeds": "a run's key is hashed from (seed, draw, replicate); policy, executor and worker never enter; with "
        "shared random numbers every draw has the key of draw 0",
    }


def _same(folder: Path, made: Plan) -> StudyFolder:
    there = read_plan(folder)
    if there.hash != made.hash:
        raise BadInput(
            "the folder holds another study", where=f"output={folder}", why=_differences(there, made),
            instead="another output=, or leave output= away: each study gets its own folder",
        )  # fmt: skip
    return StudyFolder(folder)


def _differences(there: Plan, made: Plan) -> str:
    told = [f"{key} differs" for key, value in made.study.items() if there.study.get(key) != value]
    told += ["the code of the model has changed"] if there.engine != made.engine else []
    return "; ".join(told) or "a scenario or a policy has changed since"


def _refuse_filled(folder: Path) -> None:
    """An empty folder, or what a planning leaves that was stopped, is taken; anything else is left alone."""
    if folder.exists() and not {entry.name for entry in folder.iterdir()} <= {"cases", "study.json", ".lock"}:
        raise BadInput(
            "the folder is not empty and holds no study", where=f"output={folder}",
            why="nothing of yours is overwritten", instead="output= a new or empty folder",
        )  # fmt: skip


def _with_cost(made: Plan, ready: Mapping[str, Theatre], engine: Engine, folder: Path) -> Plan:
    """The plan with what a measured pilot says it will cost, and its tasks cut to `TASK_SECONDS`."""
    pilots = []
    for case in made.cases:
        job = job_of(folder / "cases" / case.name, made, case, ready[case.name], engine)
        pilots.append(_pilot(job, made))
    piloted, runs = sum(pilot.runs for pilot in pilots), made.runs * len(made.cases)
    each = sum(pilot.seconds for pilot in pilots) / piloted if piloted else math.nan
    task = _task_runs(each, runs)
    tasks = len(made.cases) * -(-made.runs // task)
    size = sum(pilot.shard * tasks + pilot.run * runs for pilot in pilots) / len(pilots)
    cost = {
        "pilot_runs": piloted,
        "seconds_a_run": round(each, 5) if piloted else None,
        "compile_seconds": round(sum(pilot.compiling for pilot in pilots), 1),
        "core_hours": round(runs * each / 3600.0, 4) if piloted else None,
        "megabytes": round(size / 1e6, 2),
        "tasks": tasks,
    }
    return replace(made, task_runs=task, cost=cost)


def _task_runs(seconds: float, runs: int) -> int:
    """Runs of a task of a study of `runs`, each of so many seconds (NaN: not known)."""
    by_time = int(np.clip(TASK_SECONDS / max(seconds, 1e-4), 1, TASK_RUNS)) if math.isfinite(seconds) else TASK_RUNS
    return min(by_time, -(-runs // FEWEST_TASKS))


class _Pilot(Watcher):
    """A few runs in a process of their own, timed: what a study will cost, and no harm if one of them ends badly."""

    def __init__(self, made: Plan) -> None:
        self.made, self.began, self.compiling = made, time.perf_counter(), 0.0

    def compiled(self) -> None:
        self.compiling, self.began = time.perf_counter() - self.began, time.perf_counter()

    def tasks(self) -> Iterator[list[RunId]]:
        """Runs to try, four at a time, until `PILOT_SECONDS` are over."""
        for first in range(0, min(PILOT_RUNS, self.made.runs), 4):
            if first and time.perf_counter() - self.began > PILOT_SECONDS:
                return
            yield [self.made.run(number) for number in range(first, min(first + 4, self.made.runs))]


@dataclass(frozen=True)
class _Measured:
    """Seconds of computing and of compiling, finished runs, and bytes: of an empty shard, and of a run in it."""

    seconds: float
    compiling: float
    runs: int
    shard: float
    run: float


def _pilot(job: Job, made: Plan) -> _Measured:
    """A short pilot of a case."""
    pilot = _Pilot(made)
    with tempfile.TemporaryDirectory() as scratch:
        kept = store.Store(Path(scratch))
        kept.shards.mkdir()
        local.compute(replace(job, folder=Path(scratch)), pilot.tasks(), 1, pilot, isolate=True)
        shards = list(kept.whole_shards())
        if not shards:
            return _Measured(0.0, pilot.compiling, 0, 0.0, 0.0)
        records = [json.loads((shard / "record.json").read_text(encoding="utf-8")) for shard, _ in shards]
        count = sum(len(runs) for _, runs in shards)
        alone = sum(path.stat().st_size for shard, _ in shards for path in shard.iterdir()) / len(shards)
        together = kept.together([shard for shard, _ in shards], Path(scratch) / "one")
    each = max((together - alone) / (count - count / len(shards)), 0.0) if len(shards) > 1 else alone / count
    return _Measured(
        sum(float(record["seconds"]) for record in records), pilot.compiling, count,
        max(alone - each * count / len(shards), 0.0), each,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------ computing


def carry_out(
    study: StudyFolder,
    *,
    executor: str = "local",
    workers: int | None = None,
    scheduler: str | None = None,
    engine: Engine | None = None,
    progress: bool | None = None,
) -> list[Failure]:
    """Compute what is missing of a study; the runs that failed. Damaged shards are removed and computed again.

    Raises BadInput when scenario, policies or code have changed, FailedWork when nobody can compute, and
    KeyboardInterrupt with the finished runs kept.
    """
    engine = engine or Engine()
    with study.locked():
        jobs = {case.name: study.job(case, engine) for case in study.plan.cases}
        done = {case.name: _swept(study, case) for case in study.plan.cases}
        there, planned = sum(int(d.sum()) for d in done.values()), study.plan.runs * len(done)
        if there == planned:
            return []
        count = workers or cores()
        watcher = _watcher(progress)
        watcher.start(planned, there, count)
        failed: list[Failure] = []
        with contextlib.ExitStack() as stack:
            stack.callback(watcher.stop)
            link = stack.enter_context(dask.client(scheduler, count)) if executor == "dask" else None
            for case in study.plan.cases:
                tasks = study.plan.tasks(done[case.name])
                if link is None:
                    found = local.compute(jobs[case.name], tasks, count, watcher)
                else:
                    found = dask.compute(study, case, engine, tasks, link, watcher)
                study.note_failures(case, found)
                failed += study.failures(case)
    return failed


def _swept(study: StudyFolder, case: Case) -> Any:
    kept = study.store(case)
    with store.writing(kept.shards):
        kept.shards.mkdir(parents=True, exist_ok=True)
        kept.tidy(0.0)
    done = study.done(case, mend=True)
    study.forget_failures(case)
    return done


def _watcher(progress: bool | None) -> Watcher:
    return Bar() if (sys.stderr.isatty() if progress is None else progress) else Watcher()


def missing_tasks(study: StudyFolder) -> dict[str, list[int]]:
    """case -> numbers of its unfinished tasks, after damaged shards were removed and failures forgotten."""
    with study.locked():
        return {case.name: study.plan.unfinished(_swept(study, case)) for case in study.plan.cases}


def work(
    study: StudyFolder, tasks: Mapping[str, list[int]], part: int, of: int, *, engine: Engine | None = None
) -> list[Failure]:
    """One element of an array job: of `tasks`, as `missing_tasks` gave them, compute number `part`, `part` + `of`, ...

    What has been finished since is left alone. Nothing is removed, as other elements are writing.
    """
    engine = engine or Engine()
    failed: list[Failure] = []
    with study.locked(shared=True):
        for case in study.plan.cases:
            mine = tasks.get(case.name, [])[part::of]
            job = study.job(case, engine)
            study.store(case).tidy()
            found = local.compute(job, study.plan.tasks(study.done(case), mine), 1, Watcher(), isolate=True)
            study.note_failures(case, found)
            failed += found
    return failed


# --------------------------------------------------------------------------------------------------------- growing


def expand(
    study: StudyFolder, *, points: int | None = None, replicates: int | None = None, engine: Engine | None = None
) -> int:
    """Let a study grow to `points` of its design and `replicates`; how many runs were added.

    Finished runs stay. Raises BadInput for a smaller study, a design that cannot grow, or changed code.
    """
    engine = engine or Engine()
    with study.locked():
        study.refuse_other_code(engine)
        before = study.plan.runs
        if replicates is not None:
            _more_replicates(study, replicates)
        if points is not None:
            had = _points_of(study.plan)
            if points < had:
                raise BadInput(f"the design has {had} points", where="expand", instead=f"points= more than {had}")
            _more_points(study, dict.fromkeys(range(len(study.plan.arms)), points), engine)
        if study.plan.runs == before:
            raise BadInput("the study is that large already", where="expand", instead="more points= or replicates=")
    return (study.plan.runs - before) * len(study.plan.cases)


def grow_arms(study: StudyFolder, points: Mapping[int, int], engine: Engine) -> None:
    """Let each arm (by position in the plan) have runs at so many points of a design that has one row a point."""
    with study.locked():
        study.refuse_other_code(engine)
        _more_points(study, points, engine)


def add_arms(study: StudyFolder, arms: Sequence[Arm], points: int, engine: Engine) -> None:
    """Let further `arms` have runs at the first `points` of a design that has one row a point.

    Raises BadInput for a lever outside the range in its policy's file, or changed code.
    """
    with study.locked():
        study.refuse_other_code(engine)
        made = study.plan
        grown = replace(made, arms=(*made.arms, *arms))
        cases = []
        for case in made.cases:
            theatre = study.theatre(case, engine)
            ready = with_levers(theatre, arms, _written(theatre))
            digests = policy_digests(ready, replace(grown, arms=tuple(arms)), case.decision, engine)
            cases.append(replace(case, policies={**case.policies, **digests}))
        replicates = max(wave.replicates[1] for wave in made.waves)
        new = tuple(range(len(made.arms), len(grown.arms)))
        wave = Wave(new, (0, points), (0, replicates))
        _put(study, replace(grown, cases=tuple(cases), waves=(*made.waves, wave)), {})


def compact(study: StudyFolder, *, runs: int = COMPACT_RUNS) -> tuple[int, int]:
    """Put the shards of a study together into some of about `runs` runs each; how many there were, and are.

    The digest stays. A shard goes after the one that holds its runs is whole and on the disk, so that a compaction that
    is killed loses nothing: what is there twice is counted once, and dropped by the next one.
    """
    before = after = 0
    with study.locked():
        for case in study.plan.cases:
            kept = study.store(case)
            _swept(study, case)
            before += len(list(kept.whole_shards()))
            apart = _drop_doubles(study, kept)
            for group in _groups(study, kept, runs, apart):
                kept.join(group)
            after += len(list(kept.whole_shards()))
    return before, after


def _drop_doubles(study: StudyFolder, kept: store.Store) -> set[Path]:
    """Remove shards all of whose runs larger ones have; those that have some of them are to stay apart."""
    apart = set()
    done = np.zeros(study.plan.runs, dtype=bool)
    for shard, runs in sorted(kept.whole_shards(), key=lambda one: (-len(one[1]), one[0].name)):
        numbers = [study.plan.number(run) for run in runs]
        if done[numbers].all():
            kept.drop([shard])
        elif done[numbers].any():
            apart.add(shard)
        done[numbers] = True
    return apart


def _groups(study: StudyFolder, kept: store.Store, runs: int, apart: set[Path]) -> Iterator[list[Path]]:
    """Shards to be put together, in the order of their runs; a shard that is large enough stays alone."""
    held = [(study.plan.number(runs[0]), len(runs), shard) for shard, runs in kept.whole_shards()]
    sizes = [one for one in held if one[2] not in apart]
    group: list[Path] = []
    total = 0
    for _, size, shard in sorted(sizes):
        if group and total + size > runs:
            yield group
            group, total = [], 0
        group.append(shard)
        total += size
    if group:
        yield group


def _points_of(made: Plan) -> int:
    return int(made.study["design"].get("points", 64))


def reach(made: Plan) -> dict[int, int]:
    """arm -> parameter sets at which it has runs: the first so many."""
    reach = dict.fromkeys(range(len(made.arms)), 0)
    for wave in made.waves:
        reach |= {arm: max(reach[arm], wave.draws[1]) for arm in wave.arms}
    return reach


def _together(made: Plan, upto: Mapping[int, int]) -> list[tuple[tuple[int, ...], int, int]]:
    """Groups of arms that go from the same parameter set to the same one: (arms, first, last)."""
    groups: dict[tuple[int, int], list[int]] = {}
    for arm, first in reach(made).items():
        if upto.get(arm, 0) > first:
            groups.setdefault((first, upto[arm]), []).append(arm)
    return [(tuple(arms), *span) for span, arms in sorted(groups.items())]


def _more_replicates(study: StudyFolder, replicates: int) -> None:
    made = study.plan
    had = max(wave.replicates[1] for wave in made.waves)
    if replicates < had:
        raise BadInput(f"the study has {had} replicates", where="expand", instead=f"more than {had}")
    if replicates > had:
        groups: dict[int, list[int]] = {}
        for arm, last in reach(made).items():
            groups.setdefault(last, []).append(arm)
        waves = [Wave(tuple(arms), (0, last), (had, replicates)) for last, arms in groups.items()]
        _put(study, replace(made, waves=(*made.waves, *waves)), {"replicates": replicates})


def _more_points(study: StudyFolder, points: Mapping[int, int], engine: Engine) -> None:
    """Draw what points are missing, then plan the runs of each arm up to its number of `points`."""
    made, had = study.plan, _points_of(study.plan)
    most = max(had, *points.values())
    asked = restored(made, study.folder)
    kind = asked.design.get("kind", "draws")
    if kind in ("grid", "table"):
        raise BadInput(
            f"a {kind} design does not grow by points", where="expand", why="it is whole as it is",
            instead="a new study, or more replicates: replicates=8",
        )  # fmt: skip
    if most > had:
        asked = replace(asked, design={**asked.design, "points": most})
        made = replace(made, cases=tuple(_longer(study, case, asked, had, most, engine) for case in made.cases))
    rows = {arm: count * (study.plan.draws // had) for arm, count in points.items()}
    replicates = max(wave.replicates[1] for wave in made.waves)
    waves = [Wave(arms, (first, last), (0, replicates)) for arms, first, last in _together(made, rows)]
    if waves:
        _put(study, replace(made, waves=(*made.waves, *waves)), {"design": asked.plain()["design"]})


def _put(study: StudyFolder, grown: Plan, changed: Mapping[str, Any]) -> None:
    by = grown.runs / study.plan.runs
    cost = {
        k: round(v * by, 4) if k in ("core_hours", "megabytes") and v is not None else v for k, v in grown.cost.items()
    }
    task = max(grown.task_runs, _task_runs(cost["seconds_a_run"] or math.nan, grown.runs * len(grown.cases)))
    cost["tasks"] = len(grown.cases) * -(-grown.runs // task)
    study.replace_plan(replace(grown, study={**grown.study, **changed}, task_runs=task, cost=cost))


def _longer(study: StudyFolder, case: Case, asked: StudyFile, had: int, most: int, engine: Engine) -> Case:
    """The case with points up to number `most`: old and new ones in one file beside the old one."""
    import pyarrow as pa

    folder = study.case_folder(case)
    old = store.read_parquet(folder / case.points)
    with tempfile.TemporaryDirectory() as scratch:
        cell = _Cell(case.name, case.scenario, study.theatre(case, engine), case.decision, case.theory)
        _, file, *_ = _points(asked, cell, engine, Path(scratch), had, most, old.num_rows)
        table = pa.concat_tables([old, store.read_parquet(Path(scratch) / case.name / file)])
    table = table.set_column(0, "draw", pa.array(range(table.num_rows), pa.int32()))
    path = folder / f"points-{table.num_rows}.parquet"
    return replace(case, points=path.name, digest=store.write_table(path, table))


def restored(plan: Plan, folder: Path) -> StudyFile:
    """The study file of a plan."""
    raw = dict(plan.study)
    for key in ("scenarios", "policies", "keep"):
        raw[key] = tuple(raw[key])
    raw["decisions"] = tuple(raw["decisions"])
    raw["levers"] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw["levers"].items()}
    return StudyFile(**raw, folder=folder)


# ----------------------------------------------------------------------------------------------------------- looking


def status(study: StudyFolder) -> dict[str, Any]:
    """How far a study is, as JSON values."""
    cases = {}
    for case in study.plan.cases:
        done = study.done(case)
        cases[case.name] = {"runs": study.plan.runs, "done": int(done.sum()), "failed": len(study.failures(case))}
    runs, finished = (sum(row[key] for row in cases.values()) for key in ("runs", "done"))
    each = study.plan.cost.get("seconds_a_run")
    return {
        "name": study.plan.study["name"],
        "folder": str(study.folder),
        "runs": runs,
        "done": finished,
        "failed": sum(row["failed"] for row in cases.values()),
        "complete": finished == runs,
        "core_hours_left": None if each is None else round((runs - finished) * each / 3600.0, 4),
        "cases": cases,
    }


def export(study: StudyFolder, form: str, to: Path | None) -> Path:
    """Write all finished runs, with their parameters, as `form`: parquet, csv, xlsx or netcdf. The file."""
    import pyarrow as pa

    forms = {"parquet": ".parquet", "csv": ".csv", "xlsx": ".xlsx", "netcdf": ".nc"}
    if form not in forms:
        raise BadInput(f"unknown format {form[:40]!r}", where="export", instead=did_you_mean(form, forms))
    path = to or study.folder / f"runs{forms[form]}"
    tables = []
    for case in study.plan.cases:
        runs = study.runs(case)
        points = study.points(case)
        draws = np.asarray(runs["draw"].to_numpy())
        runs = runs.add_column(0, "scenario", pa.array([case.name] * runs.num_rows))
        for name, values in zip(points.names, points.values.T, strict=True):
            runs = runs.append_column(f"parameter:{name}", pa.array(values[draws]))
        tables.append(runs)
    table = store.with_absent(pa.concat_tables(tables, promote_options="default"))
    with store.writing(path):
        _export_as(form, table, path)
    return path


def _export_as(form: str, table: Any, path: Path) -> None:
    if form == "parquet":
        store.write_table(path, table)
    elif form == "csv":
        from pyarrow import csv

        csv.write_csv(table, path)
    elif form == "xlsx":
        _xlsx(table, path)
    else:
        _netcdf(table, path)


def _xlsx(table: Any, path: Path) -> None:
    try:
        from openpyxl import Workbook
    except ImportError:
        raise _missing("openpyxl", "format=xlsx") from None
    if table.num_rows > 1_000_000:
        raise BadInput(f"{table.num_rows:,} rows do not fit a sheet", where="format=xlsx", instead="format=csv")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("runs")
    sheet.append(table.column_names)
    for batch in table.to_batches(max_chunksize=10_000):
        for row in zip(*batch.to_pydict().values(), strict=True):
            sheet.append([None if isinstance(cell, float) and cell != cell else cell for cell in row])
    book.save(path)


def _netcdf(table: Any, path: Path) -> None:
    try:
        import xarray
    except ImportError:
        raise _missing("xarray", "format=netcdf") from None
    data = {name: ("run", np.asarray(table[name].to_pylist())) for name in table.column_names}
    data = {name: (dim, v.astype("S") if v.dtype.kind == "U" else v) for name, (dim, v) in data.items()}
    names = {name: name.replace(":", "_").replace(" ", "_") for name in data}
    dataset = xarray.Dataset({names[name]: value for name, value in data.items()})
    dataset.attrs["note"] = "simulated; excludes model error"
    dataset.to_netcdf(path, engine="scipy")


def _missing(package: str, where: str) -> BadInput:
    return BadInput(f"{package} is not installed", where=where, instead="pip install 'forestall[export]'")
