"""The verbs of ``forestall study``. Nothing heavy is imported before a verb needs it."""

from __future__ import annotations

import json as _json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from sim.ground.check import BadInput, FailedWork, did_you_mean

if TYPE_CHECKING:
    from sim.study.folder import StudyFolder
    from sim.study.run import Engine
    from sim.study.store import Failure

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print the answer as JSON, for programs.")]
Settings = Annotated[str, Parameter(show=False)]

app = App(
    name="study",
    help="""\
Studies of many runs: plan, compute anywhere, resume, let grow, answer.

  forestall study plan FILE      what a study file costs; makes its folder
  forestall study run FILE       plan it and compute it here
  forestall study answer FOLDER  what came out, as far as it is finished

Every verb takes a study file or the folder that `plan` named. docs/studies.md
says what a study file holds; docs/clusters.md how to use a cluster.

  forestall study rare SCENARIO deaths=N           a probability that plain runs hardly see
  forestall study fork SCENARIO day=N policies=[]  many futures of one run from a day on""",
)


@app.command
def plan(target: str, /, *settings: Settings, json: Json = False) -> int:
    """Plan a study file: its runs, its tasks, and what they will cost by a measured pilot.

    For instance: forestall study plan when.yaml replicates=8 design.points=128 output=FOLDER
    """
    study = _planned(target, settings)
    if json:
        _print({"folder": str(study.folder), **study.plan.as_json()})
        return 0
    _tell_plan(study)
    return 0


@app.command
def run(target: str, /, *settings: Settings, json: Json = False) -> int:
    """Compute what is missing of a study, and answer it.

    Settings: workers=2 executor=local|dask scheduler=ADDRESS_OR_FILE output=FOLDER, and keys of the study file.
    """
    ours, theirs = _split(settings, ("workers", "executor", "scheduler"))
    study = _planned(target, theirs)
    return _compute(study, ours, json)


@app.command
def resume(target: str, /, *settings: Settings, json: Json = False) -> int:
    """Compute what is missing of a study in its folder: runs never done, failed or damaged.

    Settings: workers=2 executor=local|dask scheduler=ADDRESS_OR_FILE
    """
    ours, theirs = _split(settings, ("workers", "executor", "scheduler"))
    _none_left(theirs, "resume")
    return _compute(_opened(target), ours, json)


@app.command
def submit(
    target: str,
    /,
    *settings: Settings,
    slurm: Annotated[bool, Parameter(name="--slurm", negative="", help="To Slurm, as one array job.")] = False,
    script: Annotated[bool, Parameter(name="--script", negative="", help="Only write the script.")] = False,
    json: Json = False,
) -> int:
    """Hand a study to Slurm as one array job; the script in FOLDER/slurm can be read and edited.

    For instance: forestall study submit FOLDER --slurm partition=main time=01:00:00 elements=100
    """
    if not slurm:
        raise BadInput("no scheduler is named", where="forestall study submit", instead="--slurm partition=NAME")
    study = _opened(target)
    study.refuse_other_code(_engine())
    with study.locked(file=".submit"):
        return _submitted(study, _pairs(settings), script, json)


def _submitted(study: StudyFolder, options: dict[str, str], script: bool, json: bool) -> int:
    from sim.study.campaign import missing_tasks
    from sim.study.campaign import status as look
    from sim.study.execute import slurm as queue

    already = queue.running(study.folder)
    if already:
        raise FailedWork(
            f"the study is already submitted as job {already[0]}", where=str(study.folder),
            why="two arrays would compute every run twice", instead=f"wait for it, or scancel {already[0]}",
        )  # fmt: skip
    tasks = missing_tasks(study)
    left = sum(map(len, tasks.values()))
    if not left:
        raise BadInput("nothing is missing", where=str(study.folder), instead="forestall study answer FOLDER")
    path = queue.write_script(study.folder, str(study.plan.study["name"]), tasks, options)
    job = "" if script else queue.submit(study.folder, path)
    found = {"script": str(path), "job": job, "tasks": left, "core_hours_left": look(study)["core_hours_left"]}
    if json:
        _print(found)
    else:
        print(f"script: {path}\n" + (f"submitted as job {job}: {left} tasks" if job else f"{left} tasks wait"))
    return 0


@app.command(show=False)
def work(target: str, /, *settings: Settings) -> int:
    """One element of an array job."""
    import signal

    from sim.study.campaign import work as compute
    from sim.study.execute.slurm import read_tasks

    given = _pairs(settings)
    part, of = (_whole(given, key, 0, 10**9) for key in ("part", "of"))
    if part is None or not of or part >= of:
        raise BadInput("part and of say which tasks", where="forestall study work", instead="part=0 of=4 tasks=FILE")
    study = _opened(target)
    signal.signal(signal.SIGTERM, _stop)  # the end of the time limit, or a preemption
    failed = compute(study, read_tasks(study.folder, given.get("tasks", "")), part, of, engine=_engine())
    return _told_failures(failed)


def _stop(*_: Any) -> None:
    raise KeyboardInterrupt


@app.command
def status(target: str, /, *, json: Json = False) -> int:
    """How far a study is."""
    from sim.study.campaign import status as look
    from sim.study.execute.slurm import running

    study = _opened(target)
    found = {**look(study), "jobs": running(study.folder)}
    if json:
        _print(found)
        return 0
    for name, row in found["cases"].items():
        print(f"{name:<24}{row['done']:>10,} of {row['runs']:,} runs" + _and(row["failed"], "failed"))
    left = found["core_hours_left"]
    if found["jobs"]:
        print(f"Slurm still has job {', '.join(found['jobs'])}")
    if found["complete"]:
        print("complete")
    elif left is not None:
        print(f"{_hours(left)} of computing are left; forestall study resume {study.folder} goes on")
    return 0


@app.command
def expand(target: str, /, *settings: Settings, json: Json = False) -> int:
    """Let a study grow: finished runs stay, new ones are planned.

    For instance: forestall study expand FOLDER points=256 replicates=8
    Without a number, a study with stop, select or search grows by what it wants next, as run and resume let it.
    """
    from sim.study.campaign import expand as grow

    study = _opened(target)
    given = _pairs(settings)
    for name in given:
        if name not in ("points", "replicates"):
            raise BadInput(
                f"unknown setting {name!r}", where="forestall study expand", instead="points=256 or replicates=8"
            )
    if not given and any(study.plan.study[key] for key in ("stop", "select", "search")):
        from sim.study.sequential import grow as next_stage

        before = study.plan.runs
        next_stage(study, _engine())
        added = study.plan.runs - before
    else:
        points, replicates = (_whole(given, key, 1, 10**7) for key in ("points", "replicates"))
        added = grow(study, points=points, replicates=replicates, engine=_engine())
    if json:
        _print({"folder": str(study.folder), "added": added, "runs": study.plan.runs * len(study.plan.cases)})
    else:
        more = f"; forestall study resume {study.folder} computes them" if added else ": it is decided, or at its limit"
        print(f"{added:,} runs added{more}")
    return 0


@app.command
def compare(target: str, /, *, json: Json = False) -> int:
    """What `forestall compare` writes, from a study of draws that keeps all tables, wherever it was computed.

    For instance: forestall study compare FOLDER; then forestall report FOLDER/compare
    """
    from sim.study.compared import compared

    made = compared(_opened(target), _engine())
    if json:
        _print({"folder": str(made.output), **made.summary})
    else:
        print("\n".join(made.summary["finding"]))
        print(f"tables: {made.output}; forestall report {made.output} writes the report")
    return _told_failures(made.failed)


@app.command
def compact(target: str, /, *, json: Json = False) -> int:
    """Put a study's many small shards together into few large ones; its digest stays.

    For a shared disk that minds many files. Not while an array job is writing.
    """
    from sim.study.campaign import compact as put_together

    study = _opened(target)
    before, after = put_together(study)
    if json:
        _print({"folder": str(study.folder), "shards_before": before, "shards": after})
    else:
        print(f"{before:,} shards became {after:,}")
    return 0


@app.command
def answer(target: str, /, *, json: Json = False) -> int:
    """What came out, from the runs that are finished; written to answer.json too."""
    _tell_answer(_opened(target), json)
    return 0


@app.command
def verify(target: str, /, *, json: Json = False) -> int:
    """Read every byte of a study: damaged, missing and foreign shards, and the digest of its runs.

    Exit status 0 when everything planned is there and sound, else 1.
    """
    study = _opened(target)
    found = study.verify()
    if json:
        _print({
            "ok": found.ok, "runs": found.runs, "missing": found.missing, "failed": found.failed,
            "damaged": dict(found.damaged), "foreign": list(found.foreign), "digest": found.digest,
        })  # fmt: skip
        return 0 if found.ok else 1
    for shard, what in found.damaged.items():
        print(f"damaged  {shard}: {what}")
    for shard in found.foreign:
        print(f"foreign  {shard}: holds runs that this study does not have")
    print(f"{found.runs - found.missing:,} of {found.runs:,} runs are there" + _and(found.failed, "failed"))
    print(f"digest   {found.digest}")
    if not found.ok:
        print(f"  instead: forestall study resume {study.folder} computes exactly what is missing or damaged",
              file=sys.stderr)  # fmt: skip
    return 0 if found.ok else 1


@app.command
def export(target: str, /, *settings: Settings, json: Json = False) -> int:
    """Write all finished runs with their parameters into one file.

    For instance: forestall study export FOLDER format=csv to=runs.csv   (parquet, csv, xlsx, netcdf)
    """
    from sim.study.campaign import export as write

    given = _pairs(settings)
    for name in given:
        if name not in ("format", "to"):
            raise BadInput(f"unknown setting {name!r}", where="forestall study export", instead="format=csv to=FILE")
    path = write(_opened(target), given.get("format", "parquet"), Path(given["to"]) if "to" in given else None)
    if json:
        _print({"file": str(path)})
    else:
        print(path)
    return 0


@app.command
def rare(scenario: str, /, *settings: Settings, json: Json = False) -> int:
    """How likely the model is to reach so many civilian deaths, however rarely, by multilevel splitting.

    For instance: forestall study rare sahra policy=none deaths=2000 days=365 walkers=64
    Settings: deaths=, policy=none, days=, walkers=64, repetitions=8, seed=1, check=0 (plain runs to compare with).
    Prints the variance gain over plain runs of equal cost. Arithmetic of the model, no evidence about the world.
    """
    from dataclasses import asdict

    from sim.study.rare import plain_share, probability

    given = _known(settings, ("deaths", "policy", "days", "walkers", "repetitions", "seed", "check"), "rare")
    whole = {name: _whole(given, name, 0, 10**9) for name in given if name != "policy"}
    checks, policy = whole.pop("check", None), given.get("policy", "none")
    if "deaths" not in whole:
        raise BadInput("no number of deaths is named", where="forestall study rare", instead="deaths=1000")
    asked: dict[str, Any] = {name: value for name, value in whole.items() if value is not None}
    found = probability(scenario, policy, **asked)
    plain = None
    if checks:
        same = {name: asked[name] for name in ("deaths", "days", "seed") if name in asked}
        plain = plain_share(scenario, policy, runs=checks, **same)
    if json:
        _print({**asdict(found), "plain": None if plain is None else asdict(plain)})
        return 0
    deaths = f"{asked['deaths']:,} civilian deaths or more"
    print(f"In the model at its stated parameters, {deaths}: {found.probability:.2g}"
          f" (90 % interval {found.low:.2g} to {found.high:.2g}), about {_odds(found.probability)}")  # fmt: skip
    print(f"  levels       {', '.join(f'{level:,.0f}' for level in found.levels)}")
    if found.gain is not None:
        told = f"{found.gain:,.2g}" if found.gain < 100 else f"{found.gain:,.0f}"
        print(f"  gain         {told}: the variance of plain runs of equal cost, over that of splitting")
    if plain is not None:
        print(f"  plain runs   {plain.reached:,} of {plain.runs:,}: {plain.low:.2g} to {plain.high:.2g} at 90 %")
    print("Arithmetic of the model, not evidence about the world.")
    return 0


@app.command
def fork(scenario: str, /, *settings: Settings, json: Json = False) -> int:
    """Carry one run to a day, then on in many futures under several policies: a decision tree at that day.

    For instance: forestall study fork sahra day=120 'policies=[none,preventive_deployment]' futures=32
    Settings: day=, policies=, futures=32, days=, seed=1, draw=0, replicate=0. The first policy is compared with.
    """
    import numpy as np

    from sim.study.branch import fork as grow

    given = _known(settings, ("day", "policies", "futures", "days", "seed", "draw", "replicate"), "fork")
    names = [name.strip() for name in given.pop("policies", "none").strip("[]").split(",")]
    whole = {name: _whole(given, name, 0, 10**9) for name in given}
    if "day" not in whole:
        raise BadInput("no day is named", where="forestall study fork", instead="day=120")
    asked: dict[str, Any] = {name: value for name, value in whole.items() if value is not None}
    tree = grow(scenario, policies=names, **asked)
    effects = {name: tree.effect(name) for name in names}
    if json:
        _print({
            "day": tree.day, "days": tree.days, "baseline": tree.baseline, "deaths_so_far": tree.so_far,
            "futures": {
                name: {outcome: [None if value != value else value for value in values.tolist()]
                       for outcome, values in row.items()}
                for name, row in tree.futures.items()
            },
        })  # fmt: skip
        return 0
    print(f"One history of the model, day {tree.day}: {tree.so_far:,} civilians killed so far; "
          f"deaths by day {tree.days} in {len(tree.futures[names[0]]['civilian_deaths'])} futures:")  # fmt: skip
    for name in names:
        values = tree.futures[name]["civilian_deaths"]
        low, high = np.quantile(values, [0.05, 0.95])
        told = f"  {name:<28}{values.mean():>9,.0f}  ({low:,.0f} to {high:,.0f})"
        one = effects[name]
        if name != tree.baseline:
            told += f"  against {tree.baseline}: {one.mean:+,.0f}"
            told += f" (90 % interval {one.mc_low:+,.0f} to {one.mc_high:+,.0f})"
        print(told)
    print("Simulated; excludes model error.")
    return 0


# ---------------------------------------------------------------------------------------------------------- helpers


def _known(words: Sequence[str], known: Sequence[str], verb: str) -> dict[str, str]:
    """The settings of a verb that has no study file."""
    given = _pairs(words)
    for name in given:
        if name not in known:
            raise BadInput(
                f"unknown setting {name!r}", where=f"forestall study {verb}", instead=did_you_mean(name, known)
            )
    return given


def _odds(probability: float) -> str:
    return f"one run in {1.0 / probability:,.0f}" if probability > 0.0 else "no run at all"


def _engine() -> Engine:
    from sim.study.run import Engine

    return Engine()


def _opened(target: str) -> StudyFolder:
    """The study in a folder, or the one that a study file plans."""
    from sim.study.folder import StudyFolder

    path = Path(target)
    return StudyFolder(path) if path.is_dir() else _planned(target, ())


def _planned(target: str, settings: Sequence[str]) -> StudyFolder:
    from sim.study.folder import StudyFolder

    path = Path(target)
    if path.is_dir():
        _none_left(settings, "a folder")
        return StudyFolder(path)
    from sim.study.campaign import plan as make
    from sim.study.study import read_study

    ours, theirs = _split(settings, ("output",))
    if not path.is_file():
        raise BadInput("there is no such study", where=target, instead="a study file, or a folder that plan named")
    output = ours.get("output")
    return make(read_study(path, theirs), output=Path(output) if output else None, engine=_engine())


def _compute(study: StudyFolder, ours: dict[str, str], json: bool) -> int:
    from sim.study.campaign import carry_out
    from sim.study.campaign import status as look

    executor = ours.get("executor", "local")
    if executor not in ("local", "dask"):
        raise BadInput(
            f"unknown executor {executor!r}", where="executor", why="slurm is used by forestall study submit",
            instead=did_you_mean(executor, ("local", "dask")),
        )  # fmt: skip
    if "scheduler" in ours and executor != "dask":
        raise BadInput("a scheduler belongs to Dask", where="scheduler", instead="executor=dask scheduler=ADDRESS")
    workers, engine = _whole(ours, "workers", 1, 4096), _engine()
    failed: list[Failure] = []

    def compute() -> None:
        failed[:] = carry_out(
            study, executor=executor, workers=workers, scheduler=ours.get("scheduler"), engine=engine
        )  # fmt: skip

    from sim.study.sequential import carry_on

    carry_on(study, compute, engine)
    found = look(study)
    if found["done"] == 0:
        raise FailedWork(
            f"none of the {found['runs']:,} runs succeeded", where=str(study.folder),
            why=failed[0].error if failed else "", instead="mend the cause; forestall study resume tries them again",
        )  # fmt: skip
    _tell_answer(study, json)
    return _told_failures(failed)


def _tell_answer(study: StudyFolder, json: bool) -> None:
    from sim.study.answer import answer as made
    from sim.study.answer import lines

    found = made(study)
    if json:
        _print({"folder": str(study.folder), **found})
    else:
        print("\n".join(lines(found)))
        print(f"answer: {study.folder / 'answer.json'}")


def _told_failures(failed: Sequence[Any]) -> int:
    if not failed:
        return 0
    first = failed[0]
    print(
        f"{len(failed)} runs failed and are left out.\n"
        f"  first: {first.policy}, draw {first.draw}, replicate {first.replicate}: {first.error}\n"
        "  instead: mend the cause; forestall study resume tries them again",
        file=sys.stderr,
    )
    return 1


def _tell_plan(study: StudyFolder) -> None:
    made, cost = study.plan, study.plan.cost
    replicates = max(wave.replicates[1] for wave in made.waves)
    print(f"{made.study['name']}: {made.study['question']}".rstrip(": "))
    for case in made.cases:
        print(f"  scenario     {case.name}, stage {case.stage}, {case.days} days; {case.origin}")
    print(f"  arms         {', '.join(arm.label for arm in made.arms)}")
    scenarios = f" x {len(made.cases)} scenarios" if len(made.cases) > 1 else ""
    print(f"  runs         {made.draws:,} points x {replicates} replicates x {len(made.arms)} arms{scenarios}"
          f" = {made.runs * len(made.cases):,}")  # fmt: skip
    print(f"  tasks        {cost['tasks']:,}, runs in a task: {made.task_runs:,}")
    if cost["seconds_a_run"] is None:
        print("  cost         unknown: every run of the pilot failed", file=sys.stderr)
    else:
        print(f"  cost         {_hours(cost['core_hours'])} of one core, {cost['megabytes']:,} MB"
              f" ({cost['seconds_a_run']:.3g} s a run in a pilot of {cost['pilot_runs']};"
              f" compiling {cost['compile_seconds']:.0f} s)")  # fmt: skip
    print(f"study: {study.folder}")


def _hours(hours: float) -> str:
    if hours >= 1.0:
        return f"{hours:,.1f} hours"
    return f"{hours * 60:.1f} minutes" if hours * 60 >= 1.0 else f"{hours * 3600:.0f} seconds"


def _and(count: int, what: str) -> str:
    return f", {count:,} {what}" if count else ""


def _pairs(words: Sequence[str]) -> dict[str, str]:
    given = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name or not value:
            raise BadInput(f"{word[:60]!r} is no setting", where="settings", instead="key=value")
        given[name] = value
    return given


def _split(words: Sequence[str], ours: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The settings named `ours`, and the other words."""
    mine = [word for word in words if word.partition("=")[0] in ours]
    return _pairs(mine), [word for word in words if word not in mine]


def _none_left(words: Sequence[str], what: str) -> None:
    if words:
        raise BadInput(
            f"{words[0][:60]!r} cannot be set for {what}", where="settings", why="the study is planned already",
            instead="forestall study expand FOLDER points=... replicates=..., or a new plan",
        )  # fmt: skip


def _whole(given: dict[str, str], name: str, low: int, high: int) -> int | None:
    if name not in given:
        return None
    text = given[name]
    if not text.isascii() or not text.isdigit() or not low <= int(text[:12]) <= high:
        raise BadInput(f"{name}={text[:40]} cannot be used", where=name, instead=f"a whole number from {low}")
    return int(text)


def _print(content: Any) -> None:
    print(_json.dumps(content, indent=1, ensure_ascii=False))
