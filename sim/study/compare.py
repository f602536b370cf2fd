"""A study from start to summary: plan the runs, compute what is missing, merge, summarise.

study = compare("sahra", ["none", "preventive_deployment"], runs=64, seed=1)
study.summary["policies"]["preventive_deployment"]["difference"]["civilian_deaths"]
"""

from __future__ import annotations

import datetime
import hashlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.ground.check import BadInput, FailedWork
from sim.ground.files import YAML_BYTES, parse_yaml, read_text
from sim.ground.paths import shipped
from sim.study import chain, outcomes, store
from sim.study.plan import (
    AS_STATED,
    DELAYS,
    Draws,
    StudyConfig,
    config_hash,
    draw_parameters,
    engine_digest,
    identity,
    is_factual,
)
from sim.study.run import Engine, Job, Watcher, execute
from sim.study.store import Failure, RunId, Store
from sim.study.theory import load_theory, theory_names, under

if TYPE_CHECKING:
    from sim.scenario.theatre import Theatre

PLACEBO_RUNS = 4


@dataclass(frozen=True, slots=True)
class Study:
    """A finished study: its folder, what was asked for, and what `summary.json` and `manifest.json` say.

    `failed` lists the runs that ended with an error; the summary is made of the others.
    """

    output: Path
    config: StudyConfig
    summary: dict[str, Any]
    manifest: dict[str, Any]
    failed: tuple[Failure, ...] = ()

    def table(self, name: str) -> Any:
        """A merged table (`runs`, `series`, `places`, `monthly`, ...) as a pyarrow.Table, its checksums
        verified."""
        known = (*store.TABLES, store.CHAIN)
        if name not in known:
            raise BadInput(f"there is no table {name!r}", where="table", instead="one of: " + ", ".join(known))
        return store.read_parquet(self.output / f"{name}.parquet")


def compare(
    theatre: Theatre | str | Path,
    policies: Sequence[str],
    *,
    runs: int = 64,
    seed: int = 1,
    baseline: str = "none",
    replicates: int = 4,
    timing_runs: int | None = None,
    structure_runs: int = 0,
    theory: str = AS_STATED,
    days: int | None = None,
    workers: int | None = None,
    output: str | Path | None = None,
    decision: str = "instant",
    progress: bool | None = None,
) -> Study:
    """Compare policies in one theatre, under the same parameter draws and random numbers.

    `runs` counts the runs of each policy (parameter draws x `replicates`); `timing_runs` those of each
    policy decided 30, 60 and 90 days later (default a quarter of `runs`, 0 = leave out); `structure_runs` those of each
    policy under each rival theory of configs/theory/, which give the structural range (0 = leave out); `theory` the one
    under which everything runs; `days` the horizon
    (default the theatre's); `workers` processes (default all cores). Results go to `output` (default
    outputs/SCENARIO-CONFIGHASH), and what an interrupted study of the same configuration left there is
    completed. `progress` None shows a bar on a terminal. `decision` names who decides: a file of configs/decision/, or
    `instant` for each policy's own rule.

    Raises BadInput for unusable input and FailedWork when no run succeeds.
    """
    names = tuple(policies) if baseline in policies else (baseline, *policies)
    names = (baseline, *(name for name in names if name != baseline))
    late = default_timing_runs(runs) if timing_runs is None else timing_runs
    config = StudyConfig(
        scenario=_named(theatre), policies=names, baseline=baseline, runs=runs,
        replicates=replicates, seed=seed,
        timing_runs=late, structure_runs=structure_runs, theory=theory, days=days, workers=workers,
        output=None if output is None else str(output), decision=decision,
    )  # fmt: skip
    return carry_out(config, theatre=_theatre(theatre), progress=progress)


def run(
    theatre: Theatre | str | Path,
    policy: str = "none",
    *,
    runs: int = 64,
    seed: int = 1,
    replicates: int = 4,
    days: int | None = None,
    workers: int | None = None,
    output: str | Path | None = None,
    decision: str = "instant",
    theory: str = AS_STATED,
    progress: bool | None = None,
) -> Study:
    """Run one policy; as `compare`, without a comparison."""
    config = StudyConfig(
        scenario=_named(theatre), policies=(policy,), baseline=policy, runs=runs,
        replicates=replicates, seed=seed,
        days=days, workers=workers, output=None if output is None else str(output), decision=decision,
        theory=theory,
    )  # fmt: skip
    return carry_out(config, theatre=_theatre(theatre), progress=progress)


def default_timing_runs(runs: int) -> int:
    """Runs of each delayed variant when nothing is said: a quarter."""
    return -(-runs // 4)


def _named(theatre: Theatre | str | Path) -> str:
    return str(theatre) if isinstance(theatre, (str, Path)) else theatre.name


def _theatre(theatre: Theatre | str | Path, stage: str | None = None) -> Theatre:
    if not isinstance(theatre, (str, Path)):
        return theatre
    from sim.scenario.read import read_theatre

    return read_theatre(theatre, stage)


def carry_out(
    config: StudyConfig,
    *,
    theatre: Theatre | None = None,
    engine: Engine | None = None,
    progress: bool | None = None,
) -> Study:
    """Compute the study `config`, or what is missing of it, and summarise it.

    Raises BadInput, FailedWork when no run succeeds, and KeyboardInterrupt with the finished runs kept on
    disk.
    """
    began = time.perf_counter()
    engine = engine or Engine()
    theatre = theatre or _theatre(config.scenario, config.stage)
    load = engine.find("load_policy")
    policies = {name: load(name, theatre) for name in config.policies}
    parameters = engine.find("parameters")
    decided = chain.check(config.decision, policies)
    draws = draw_parameters(theatre, config.draws, config.seed, parameters)
    draws = under(load_theory(config.theory, parameters), draws)
    contents = {
        name: hashlib.sha256(repr(policy).encode()).hexdigest()[:16] for name, policy in policies.items()
    }
    contents |= decided
    identified = identity(config, theatre, contents, draws, engine.version or engine_digest())
    name = config_hash(identified)
    folder = Path(config.output) if config.output else Path("outputs") / f"{theatre.name}-{name}"
    days = config.days or theatre.days
    plan = planned(config, policies, days)
    kept = Store(folder)
    try:
        before = kept.open(identified, name)
        manifest = {
            **_manifest(config, theatre, draws, identified, name, plan),
            "wall_seconds": before.get("wall_seconds", 0.0),
            "files": before.get("files", {}),
        }
        failed: list[Failure] = []
        if before.get("status") != "complete" or store.verify(folder):
            store.write_json(folder / "manifest.json", {**manifest, "status": "running"})
            job = Job(theatre, draws.rows, config.seed, days, folder, engine, decision=config.decision)
            failed = _compute(config, job, kept, plan, progress)
            files = kept.merge(config.policies, draws.rows)
            if not files:
                raise FailedWork(
                    f"none of the {len(plan)} runs succeeded", where=str(folder),
                    why=failed[0].error if failed else "",
                    instead="mend the cause and give the same command again",
                )  # fmt: skip
            manifest = {
                **manifest,
                "status": "partial" if failed else "complete",
                "failed": [asdict(failure) for failure in failed],
                "files": files,
                "wall_seconds": round(manifest["wall_seconds"] + time.perf_counter() - began, 3),
            }
        else:
            manifest = {**before, "status": "complete"}
        store.write_json(folder / "manifest.json", manifest)
        rivals = _rivals(folder, config, theatre, engine, progress)
        summary = _summarise(folder, config, theatre, policies, parameters, manifest, days, rivals)
        store.write_json(folder / "summary.json", summary)
        if not failed:
            kept.drop_shards()
    finally:
        kept.close()
    return Study(folder, config, summary, manifest, tuple(failed))


def planned(config: StudyConfig, policies: Mapping[str, Any], days: int) -> list[RunId]:
    """Every run of the study: the policies, their delayed variants, and the placebos that change nothing."""
    plan = [RunId(name, 0, *key) for name in config.policies for key in config.run_numbers()]
    options = [name for name in config.policies if name != config.baseline and name != "none"]
    for name in options if config.timing_runs else []:
        if not is_factual(name):
            for delay in DELAYS[1:]:
                plan += [RunId(name, delay, *key) for key in config.run_numbers(config.timing_runs)]
    if config.baseline == "none":
        late = placebo_delay(days)
        plan += [RunId(name, late, *key) for name in options
                 for key in config.run_numbers(min(PLACEBO_RUNS, config.runs))]  # fmt: skip
    return plan


def placebo_delay(days: int) -> int:
    """Days of delay that put any decision behind a horizon of `days`."""
    return max(days, max(DELAYS)) + 1


def _rivals(
    folder: Path, config: StudyConfig, theatre: Theatre, engine: Engine, progress: bool | None
) -> dict[str, dict[str, outcomes.Effect]]:
    """Theory -> policy -> its effect under it: the same policies once more under each rival, each a study in itself."""
    found = {}
    for name in theory_names() if config.structure_runs else ():
        asked = replace(
            config, theory=name, runs=config.structure_runs, timing_runs=0, structure_runs=0,
            output=str(folder / "theories" / name),
        )  # fmt: skip
        study = carry_out(asked, theatre=theatre, engine=engine, progress=progress)
        samples = outcomes.samples_of(study.table("runs"), config.policies)
        against = samples[config.baseline or config.policies[0]]
        found[name] = {policy: outcomes.effect(sample, against) for policy, sample in samples.items()}
    return found


def _compute(
    config: StudyConfig, job: Job, kept: Store, plan: Sequence[RunId], progress: bool | None
) -> list[Failure]:
    done = kept.done()
    todo = [run for run in plan if run not in done]
    workers = max(1, min(config.workers or cores(), len(todo)))
    shown = sys.stderr.isatty() if progress is None else progress
    watcher = Bar() if shown else Watcher()
    watcher.start(len(plan), len(plan) - len(todo), workers)
    try:
        return sorted(execute(job, todo, workers, watcher), key=lambda f: plan.index(RunId(*_key(f))))
    finally:
        watcher.stop()


def _key(failure: Failure) -> tuple[str, int, int, int]:
    return failure.policy, failure.delay_days, failure.draw, failure.replicate


def cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Bar(Watcher):
    """A progress bar on stderr with the rate and the time left."""

    def start(self, runs: int, done: int, workers: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._began, self._new = time.perf_counter(), 0
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(), console=Console(stderr=True),
        )  # fmt: skip
        self._task = self._bar.add_task("preparing the model", total=runs, completed=done, rate="")
        self._bar.start()

    def compiled(self) -> None:
        self._began = time.perf_counter()
        self._bar.update(self._task, description="runs")

    def advance(self) -> None:
        self._new += 1
        rate = self._new / max(time.perf_counter() - self._began, 1e-9)
        self._bar.update(
            self._task, advance=1, rate=f"{rate:.1f} runs/s" if rate >= 1 else f"{1 / rate:.1f} s a run"
        )

    def stop(self) -> None:
        self._bar.stop()


def _manifest(
    config: StudyConfig,
    theatre: Theatre,
    draws: Draws,
    identified: dict[str, Any],
    name: str,
    plan: Sequence[RunId],
) -> dict[str, Any]:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    versions = {"python": platform.python_version()}
    for package in ("forestall", "numpy", "numba", "mesa", "scipy", "pyarrow", "hydra-core"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    asked = {**asdict(config), "days": config.days or theatre.days, "stage": theatre.stage}
    return {
        "schema_version": store.SCHEMA_VERSION,
        "status": "running",
        "config_hash": name,
        "config": asked,
        "identity": identified,
        "scenario": theatre.name,
        "scenario_path": str(theatre.path.resolve()),
        "stage": theatre.stage,
        "start": theatre.start.isoformat(),
        "theatre_digest": theatre.digest,
        "engine_digest": identified["engine"],
        "versions": versions,
        "cpu": store.cpu_name(),
        "platform": platform.platform(),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "draws": config.draws,
        "seeds": {
            "study": config.seed,
            "rule": "a run's key is hashed from (study seed, draw, replicate); policy and worker never enter",
        },
        "parameters": {
            "origin": draws.origin,
            "from_posterior": list(draws.from_posterior),
            "ranges": {
                key: dict(zip(("value", "low", "high"), row, strict=True))
                for key, row in draws.ranges.items()
            },
        },
        "planned_runs": len(plan),
        "failed": [],
    }


def _summarise(
    folder: Path,
    config: StudyConfig,
    theatre: Theatre,
    policies: Mapping[str, Any],
    parameters: Mapping[str, Any],
    manifest: Mapping[str, Any],
    days: int,
    rivals: Mapping[str, Mapping[str, outcomes.Effect]],
) -> dict[str, Any]:
    """The content of summary.json, from the merged tables alone."""
    samples = outcomes.samples_of(store.read_parquet(folder / "runs.parquet"), config.policies)
    baseline = config.baseline or config.policies[0]
    against = samples.get(baseline)
    if against is None:
        raise FailedWork(
            f"no run of the baseline {baseline!r} succeeded", where=str(folder),
            why=next((f["error"] for f in manifest["failed"] if f["policy"] == baseline), ""),
            instead="mend the cause and give the same command again",
        )  # fmt: skip
    described = {}
    for name, sample in samples.items():
        described[name] = {
            **_card(name, policies[name], theatre),
            "runs": len(sample.keys),
            "outcomes": {key: outcomes.distribution(values) for key, values in sample.values.items()},
            "difference": {key: outcomes.difference(sample, against, key) for key in sample.values},
            "p_harm": outcomes.share_harmful(sample, against),
            "mass_killing_share": outcomes.distribution(sample.values.get("mass_killing", np.zeros(0)))[
                "mean"
            ],
            "euros_by_payer": outcomes.euros_by_payer(sample),
            "pairing": {key: outcomes.correlation(sample, against, key) for key in sample.values},
        }
    from sim.study import hindcast

    scored = hindcast.score(folder, theatre) if config.theory == AS_STATED else None
    titles = {name: described[name]["title"] for name in described}
    timing, placebo = _delayed(folder, config, samples, baseline, days)
    summary = {
        "schema_version": store.SCHEMA_VERSION,
        "scenario": theatre.name,
        "title": theatre.title,
        "stage": theatre.stage,
        "start": theatre.start.isoformat(),
        "days": days,
        "baseline": baseline,
        "decision": chain.described(config.decision),
        "chain": chain.summarise(folder),
        "runs": config.runs,
        "draws": config.draws,
        "replicates": config.replicates,
        "seed": config.seed,
        "parameters": manifest["parameters"]["origin"],
        "failed_runs": len(manifest["failed"]),
        "difference_is": f"policy minus {baseline}: negative deaths are lives saved",
        "lives_saved": outcomes.lives_saved(
            samples, baseline, titles, scored, fictional=theatre.country == "FIC", rivals=rivals
        ),
        "theory": config.theory,
        "theories": {
            name: {
                **asdict(load_theory(name, parameters)),
                "runs": config.structure_runs,
                "saved": {policy: outcomes.as_json(-found.mean) for policy, found in effects.items()},
            }
            for name, effects in rivals.items()
        },
        "indistinguishable": outcomes.indistinguishable(samples),
        "indistinguishable_rule": outcomes.INDISTINGUISHABLE,
        "policies": described,
        "timing": timing,
        "placebo": placebo,
        "hindcast": scored,
        "assumption_share": outcomes.assumption_share(theatre, parameters),
        "outcome_labels": {key: asdict(row) for key, row in outcomes.OUTCOMES.items()},
    }
    return {**summary, "finding": outcomes.finding(summary)}


def _card(name: str, policy: Any, theatre: Theatre) -> dict[str, Any]:
    """What a reader is told of a policy: its texts, when it is decided, and the instruments as written."""
    written = [as_written(part, theatre) for part in name.split("+")]
    instruments = [
        row for raw in written for row in raw.get("instruments") or []
        if theatre.stage in row.get("stages", [theatre.stage])
    ]  # fmt: skip
    decided = [raw["decided_on"] for raw in written if "decided_on" in raw]
    return {
        "title": policy.title or name.replace("_", " "),
        "summary": policy.summary,
        "assumption": policy.assumption,
        "decided_on": _plain(decided[0])
        if len(decided) == 1
        else getattr(policy, "decided_on", None) or None,
        "families": list(dict.fromkeys(row["instrument"] for row in instruments)),
        "instruments": _plain(instruments),
    }


def as_written(name: str, theatre: Theatre) -> Mapping[str, Any]:
    """The content of a policy's file; {} for one that has none (none, factual_dated)."""
    if name in theatre.policies:
        return theatre.policies[name]
    path = shipped("configs") / "policy" / f"{name}.yaml"
    if not path.is_file():
        return {}
    found: Mapping[str, Any] = parse_yaml(read_text(path, limit=YAML_BYTES), path.name).value
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _delayed(
    folder: Path, config: StudyConfig, samples: Mapping[str, outcomes.Sample], baseline: str, days: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What each policy saves when decided later, and what it changes when decided after the end (nothing)."""
    table = store.read_parquet(folder / "delayed.parquet")
    if not table.num_rows:
        return {}, {}
    import pyarrow.compute as pc

    first = set(config.run_numbers(config.timing_runs))
    timing: dict[str, Any] = {}
    placebo: dict[str, Any] = {}
    for delay in sorted(set(table["delay_days"].to_pylist())):
        at = table.filter(pc.equal(table["delay_days"], delay))
        for name, sample in outcomes.samples_of(at, config.policies).items():
            if delay == placebo_delay(days):
                against = samples[baseline]
                moved = {key: outcomes.effect(sample, against, key) for key in sample.values}
                placebo[name] = {
                    "runs": len(sample.keys),
                    "difference": outcomes.as_json(moved["civilian_deaths"].mean),
                    "outcomes_moved": sorted(key for key, by in moved.items() if by.by_draw.any()),
                    "identical": _identical(at, folder, name, baseline),
                }
            else:
                if name not in timing:
                    timing[name] = (
                        [_late(0, _only(samples[name], first), samples[baseline])] if name in samples else []
                    )
                timing[name].append(_late(delay, sample, samples[baseline]))
    return timing, placebo


def _late(delay: int, sample: outcomes.Sample, against: outcomes.Sample) -> dict[str, Any]:
    found = outcomes.effect(sample, against)
    finite = [outcomes.as_json(number) for number in (-found.mean, -found.mc_high, -found.mc_low)]
    return {"delay_days": delay, "runs": len(sample.keys),
            **dict(zip(("saved_mean", "mc_low", "mc_high"), finite, strict=True))}  # fmt: skip


def _only(sample: outcomes.Sample, keys: set[outcomes.Key]) -> outcomes.Sample:
    rows = [i for i, key in enumerate(sample.keys) if key in keys]
    return replace(
        sample, keys=tuple(sample.keys[i] for i in rows),
        values={name: values[rows] for name, values in sample.values.items()},
    )  # fmt: skip


def _identical(late: Any, folder: Path, name: str, baseline: str) -> bool:
    """Whether the placebo runs of `name` ended in the same state, to the bit, as those of the baseline."""
    runs = (
        store.read_parquet(folder / "runs.parquet")
        .select(["policy", "draw", "replicate", "digest"])
        .to_pylist()
    )
    digests = {(row["draw"], row["replicate"]): row["digest"] for row in runs if row["policy"] == baseline}
    mine = [
        row
        for row in late.select(["policy", "draw", "replicate", "digest"]).to_pylist()
        if row["policy"] == name
    ]
    return all(digests.get((row["draw"], row["replicate"]), row["digest"]) == row["digest"] for row in mine)

