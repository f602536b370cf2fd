"""How well the model would have told what happened: runs from past starts, scored against observed data.

    found = hindcast("car_2013", runs=64, seed=1)
    found["crps"], found["crps_flat"], found["sentence"]

A theatre can be scored when its folder `observed/` holds scoring.yaml (what is trained on, scored and started
from), history.csv, deaths.csv, largest_events.csv and refugees.csv. Scored months are never calibrated on.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.ground.check import BadInput, FailedWork
from sim.ground.files import YAML_BYTES, parse_yaml, read_text
from sim.study import patterns, scores, store
from sim.study.compare import Bar, cores
from sim.study.plan import StudyConfig, config_hash, draw_parameters, engine_digest, identity
from sim.study.run import Engine, Job, Watcher, execute
from sim.study.store import RunId, Store, month_labels
from sim.study.words import BASELINES

if TYPE_CHECKING:
    from sim.scenario.theatre import Theatre

RUNS_IN_A_STUDY = 32
"""A study scores its model on at most this many runs from the scored start."""
EARLIER_STARTS = 4
"""The other starts, which only `per_stage` and `patterns` need, get this part of the runs."""
WATCHED = "sim.study.patterns:simulate"


# ------------------------------------------------------------------------------------------------ observed data


@dataclass(frozen=True)
class Observed:
    """What happened in a theatre, and how it is scored. Months are YYYY-MM, deaths are those of `kind`.

    `best`, `low`, `high` map months to deaths, `civilian` to the best count of all kinds; `cells` has a row
    (month, prefecture or '', perpetrator, best) each; `events` rows (rank, month, best) of the largest ones.
    """

    kind: str
    training: tuple[str, str]
    scored: tuple[str, str]
    stage: str
    months_ahead: tuple[int, ...]
    policy: str
    caveat: str  # what a reader has to know of these scores, said wherever they are
    best: Mapping[str, float]
    low: Mapping[str, float]
    high: Mapping[str, float]
    civilian: Mapping[str, float]
    cells: tuple[tuple[str, str, str, float], ...]
    events: tuple[tuple[int, str, float], ...]
    refugees: Mapping[str, float]

    def deaths(self, months: Sequence[str]) -> Any:
        """Best counts [months]; BadInput for a month without data."""
        missing = [month for month in months if month not in self.best]
        if missing:
            raise BadInput(f"no observed deaths for {missing[0]}", where="observed/history.csv",
                           instead="a row for every scored month and the 13 before it")  # fmt: skip
        return np.array([self.best[month] for month in months])

    def before(self, month: str, count: int = 13) -> Any:
        """Best counts of the `count` months before `month`."""
        known = sorted(m for m in self.best if m < month)[-count:]
        return self.deaths(known)

    def shares(self, months: Sequence[str], by: str) -> dict[str, float]:
        """Deaths of `months` by 'prefecture' (unknown ones left out) or by 'perpetrator'."""
        found: dict[str, float] = {}
        for month, prefecture, perpetrator, best in self.cells:
            name = prefecture if by == "prefecture" else perpetrator
            if month in months and name:
                found[name] = found.get(name, 0.0) + best
        return found

    def largest_event(self, months: Sequence[str]) -> dict[str, float]:
        """Deaths by month of the largest single event that falls into `months`."""
        totals: dict[int, dict[str, float]] = {}
        for rank, month, best in self.events:
            if month in months:
                totals.setdefault(rank, {})[month] = best
        return max(totals.values(), key=lambda event: math.fsum(event.values()), default={})


def scorable(theatre: Theatre) -> bool:
    """Whether the theatre's folder says how to score it."""
    return (theatre.path / "observed" / "scoring.yaml").is_file()


def read_observed(theatre: Theatre) -> Observed:
    """The observed data of a theatre. Raises BadInput when there are none or they do not fit the theatre."""
    folder = theatre.path / "observed"
    if not scorable(theatre):
        raise BadInput(
            f"{theatre.name} has nothing to be scored against", where=str(folder),
            why="a hindcast needs observed/scoring.yaml and its tables",
            instead="a theatre with observed data, such as car_2013",
        )  # fmt: skip
    rules = parse_yaml(read_text(folder / "scoring.yaml", limit=YAML_BYTES), "observed/scoring.yaml").value
    wanted = {"schema_version", "deaths", "training", "scored", "stage", "months_ahead", "policy", "refugees", "caveat"}
    if set(rules) != wanted:
        wrong = sorted(wanted ^ set(rules))[0]
        raise BadInput(f"{wrong!r} is missing or unknown", where="observed/scoring.yaml",
                       instead="the keys " + ", ".join(sorted(wanted)))  # fmt: skip
    if rules["stage"] not in {stage.name for stage in theatre.stages}:
        raise BadInput(f"no stage {rules['stage']!r}", where="observed/scoring.yaml: stage",
                       instead="one of: " + ", ".join(stage.name for stage in theatre.stages))  # fmt: skip
    history = _rows(folder / "history.csv")
    mine = [row for row in history if row["type"] == rules["deaths"]]
    months = {key: {row["month"]: _number(row[key], "history.csv") for row in mine} for key in ("low", "best", "high")}
    return Observed(
        rules["deaths"], _pair(rules["training"]), _pair(rules["scored"]), rules["stage"],
        tuple(int(n) for n in rules["months_ahead"]), rules["policy"], rules["caveat"],
        months["best"], months["low"], months["high"],
        {row["month"]: _number(row["best"], "history.csv") for row in history if row["type"] == "all_civilian"},
        tuple(
            (row["month"], row["prefecture"], row["perpetrator"], _number(row["best"], "deaths.csv"))
            for row in _rows(folder / "deaths.csv") if row["type"] == rules["deaths"]
        ),
        tuple(
            (int(row["rank"]), row["month"], _number(row["best"], "largest_events.csv"))
            for row in _rows(folder / "largest_events.csv")
        ),
        {
            row["month_end"][:7]: _number(row[rules["refugees"]], "refugees.csv")
            for row in _rows(folder / "refugees.csv")
        },
    )  # fmt: skip


def _rows(path: Path) -> list[dict[str, str]]:
    text = read_text(path, limit=50_000_000, shown=f"observed/{path.name}")
    return list(csv.DictReader(text.splitlines()))


def _number(text: str, table: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadInput(f"{text!r} is no number", where=f"observed/{table}", instead="a count of people")
    return value


def _pair(value: Any) -> tuple[str, str]:
    first, last = value
    return str(first), str(last)


def span(first: str, last: str) -> list[str]:
    """The months first..last, both YYYY-MM."""
    day = datetime.date.fromisoformat(f"{first}-01")
    return [month for month in month_labels(day, 3660) if month <= last]


# ------------------------------------------------------------------------------------------------ simulated runs


@dataclass(frozen=True)
class Runs:
    """Runs from one start. `deaths` [runs, months, prefectures, actors] are reported and one-sided, `clash`
    [runs, months] reported civilian deaths in clashes, `refugees` [runs, months] people abroad at the month's end,
    `patterns[NAME]` [runs], `keys` (draw, replicate)."""

    months: tuple[str, ...]
    prefectures: tuple[str, ...]
    actors: tuple[str, ...]
    keys: tuple[tuple[int, int], ...]
    deaths: Any
    clash: Any
    refugees: Any
    patterns: Mapping[str, Any]

    def of(self, months: Sequence[str]) -> Any:
        """`deaths` of the given months alone."""
        return self.deaths[:, [self.months.index(month) for month in months]]


def read_runs(folder: Path, theatre: Theatre, days: int) -> Runs:
    """The merged tables of watched runs in `folder`, as arrays; `days` is their horizon."""
    from sim.world.index import index_of

    months, actors = tuple(month_labels(theatre.start, days)), index_of(theatre).actors
    runs = store.read_parquet(folder / "runs.parquet")
    keys = [(row["draw"], row["replicate"]) for row in runs.select(["draw", "replicate"]).to_pylist()]
    number = {key: n for n, key in enumerate(keys)}
    deaths = np.zeros((len(keys), len(months), len(theatre.prefectures), len(actors)))
    places = (
        {name: n for n, name in enumerate(months)}, {name: n for n, name in enumerate(theatre.prefectures)},
        {name: n for n, name in enumerate(actors)},
    )  # fmt: skip
    table = store.read_parquet(folder / "monthly.parquet").to_pydict()
    for draw, replicate, month, prefecture, actor, told in zip(
        *(table[name] for name in ("draw", "replicate", "month", "prefecture", "actor", "deaths_reported")), strict=True
    ):
        if month in places[0]:
            deaths[number[draw, replicate], places[0][month], places[1][prefecture], places[2][actor]] += told
    refugees = np.full((len(keys), len(months)), math.nan)
    abroad = store.read_parquet(folder / "monthly_refugees.parquet").to_pydict()
    for draw, replicate, month, people in zip(
        *(abroad[name] for name in ("draw", "replicate", "month", "refugees")), strict=True
    ):
        if month in places[0]:
            refugees[number[draw, replicate], places[0][month]] = people

    def column(name: str) -> Any:
        return np.asarray(runs[name].to_numpy(), float) if name in runs.column_names else np.zeros(len(keys))

    clash = np.stack([column(patterns.CLASH_PREFIX + month) for month in months], axis=1)
    names = [name for name in runs.column_names if name.startswith(patterns.PREFIX)]
    return Runs(months, theatre.prefectures, actors, tuple(keys), deaths, clash, refugees,
                {name.removeprefix(patterns.PREFIX): column(name) for name in names})  # fmt: skip


def simulated(
    theatre: Theatre, policy: str, config: StudyConfig, folder: Path, parameters: Sequence[dict[str, float]], *,
    days: int, engine: Engine | None = None, progress: bool | None = None,
) -> Runs:  # fmt: skip
    """Watched runs of `theatre` under `policy` in `folder`: computed, or completed, or read when they are there.

    `config` gives runs, replicates, seed and workers; `parameters[draw]` the values of each draw. Runs that fail
    are left out and tried again by the next call. Raises FailedWork when none succeeds.
    """
    engine = engine or Engine(simulate=WATCHED)
    config = replace(config, policies=(policy,), baseline=None, timing_runs=0, days=days, stage=theatre.stage)
    content = hashlib.sha256(repr(engine.find("load_policy")(policy, theatre)).encode()).hexdigest()[:16]
    watched = hashlib.sha256(Path(patterns.__file__).read_bytes() + _bytes(theatre.path / "observed" / "patterns.yaml"))
    identified = identity(
        config, theatre, {policy: content}, _as_drawn(parameters),
        f"{engine.version or engine_digest()}+{watched.hexdigest()[:8]}",
    )  # fmt: skip
    name = config_hash(identified)
    kept = Store(folder)
    try:
        manifest = {"files": {}, **kept.open(identified, name), "config_hash": name, "identity": identified}
        if manifest.get("status") != "complete" or store.verify(folder):
            store.write_json(folder / "manifest.json", {**manifest, "status": "running"})
            done = kept.done()
            todo = [run for key in config.run_numbers() if (run := RunId(policy, 0, *key)) not in done]
            watcher = Bar() if (sys.stderr.isatty() if progress is None else progress) else Watcher()
            workers = max(1, min(config.workers or cores(), len(todo)))
            watcher.start(config.runs, config.runs - len(todo), workers)
            try:
                job = Job(theatre, tuple(parameters), config.seed, days, folder, engine)
                failed = execute(job, todo, workers, watcher)
            finally:
                watcher.stop()
            files = kept.merge((policy,), parameters)
            if not files:
                raise FailedWork(
                    f"none of the {config.runs} runs from {theatre.start} succeeded", where=str(folder),
                    why=failed[0].error, instead="mend the cause and give the same command again",
                )  # fmt: skip
            status = "partial" if failed else "complete"
            store.write_json(folder / "manifest.json", {**manifest, "status": status, "files": files})
            if not failed:
                kept.drop_shards()
    finally:
        kept.close()
    return read_runs(folder, theatre, days)


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _as_drawn(parameters: Sequence[dict[str, float]]) -> Any:
    from sim.study.plan import Draws

    return Draws(tuple(parameters), "", (), {})


# ------------------------------------------------------------------------------------------------ the hindcast


def hindcast(
    theatre: Theatre | str | Path,
    config: StudyConfig | None = None,
    *,
    runs: int = 64,
    replicates: int = 4,
    seed: int = 1,
    workers: int | None = None,
    policy: str | None = None,
    output: str | Path | None = None,
    progress: bool | None = None,
) -> dict[str, Any]:
    """Simulate the theatre from its staged starts under what outsiders did, and score it: `hindcast` of
    summary.json, also written to hindcast.json in `output` (default outputs/SCENARIO-hindcast-HASH).

    `runs` are those from the scored start; earlier starts get a quarter. `policy` defaults to that of
    observed/scoring.yaml. The command line hands its settings as `config` instead of the keywords. The same call
    completes what an interrupted one left. Raises BadInput for a theatre without observed data.
    """
    from sim.scenario.read import read_theatre

    theatre = read_theatre(theatre) if isinstance(theatre, (str, Path)) else theatre
    observed = read_observed(theatre)
    if config is None:
        config = StudyConfig(
            scenario=theatre.name, runs=runs, replicates=replicates, seed=seed, workers=workers,
            output=None if output is None else str(output),
        )  # fmt: skip
    parameters = Engine().find("parameters")
    drawn = draw_parameters(theatre, config.draws, config.seed, parameters)
    named = policy or observed.policy
    asked = identity(replace(config, policies=(named,), baseline=None), theatre, {}, drawn, engine_digest())
    folder = Path(config.output) if config.output else Path("outputs") / f"{theatre.name}-hindcast-{config_hash(asked)}"
    last = observed.scored[1]
    by_stage: dict[str, Runs] = {}
    for stage in theatre.stages:
        at = read_theatre(theatre.path, stage.name)
        main = stage.name == observed.stage
        labels = month_labels(at.start, stage.days)
        ahead = max(observed.months_ahead)
        months = [month for month in labels if month <= last][: None if main else ahead]
        count = config.runs if main else max(1, config.runs // EARLIER_STARTS)
        rows = drawn.rows[: math.ceil(count / config.replicates)]
        by_stage[stage.name] = simulated(
            at, named, replace(config, runs=count), folder / stage.name, rows,
            days=min(stage.days, days_until(at.start, months[-1])), progress=progress,
        )  # fmt: skip
    found = scored(theatre, observed, by_stage)
    ran = len(by_stage[observed.stage].keys)
    if ran < config.runs:  # a run that breaks off is seldom an ordinary one: the reader has to know
        found["sentence"] += f" {config.runs - ran} of {config.runs} runs broke off and are not in these scores."
    found |= {"policy": named, "runs": ran, "failed_runs": config.runs - ran, "seed": config.seed}
    found["parameters"] = drawn.origin
    store.write_json(folder / "hindcast.json", found)
    return found


def score(output: Path, theatre: Theatre) -> dict[str, Any] | None:
    """The hindcast of a study in the folder `output`: same seed, draws and workers, at most 32 runs.

    Whatever the study compared, its model is scored from the start and under the acts of outsiders that
    observed/scoring.yaml names. None for a theatre that cannot be scored;
    ``{"failed": why}`` when the runs fail, so that the study itself is not lost.
    """
    if not scorable(theatre):
        return None
    asked = store.read_manifest(output)["config"]
    config = StudyConfig(
        scenario=theatre.name, runs=min(asked["runs"], RUNS_IN_A_STUDY), replicates=asked["replicates"],
        seed=asked["seed"], workers=asked["workers"], output=str(output / "hindcast"),
    )  # fmt: skip
    try:
        return hindcast(theatre, config)
    except FailedWork as error:
        return {"failed": str(error).replace("\n", ";")}


def days_until(start: datetime.date, month: str) -> int:
    """Days from `start` to the end of `month`."""
    first = datetime.date.fromisoformat(f"{month}-01")
    return ((first + datetime.timedelta(days=31)).replace(day=1) - start).days


def scored(theatre: Theatre, observed: Observed, by_stage: Mapping[str, Runs]) -> dict[str, Any]:
    """All scores of the runs from each start; NaN becomes None."""
    main = by_stage[observed.stage]
    months = span(*observed.scored)
    start = next(stage.start for stage in theatre.stages if stage.name == observed.stage)
    before, seen = observed.deaths(span(*observed.training)), observed.deaths(months)
    ensemble = main.of(months).sum(axis=(2, 3))
    found: dict[str, Any] = {
        "months": len(months),
        **scores.month_scores(ensemble, seen),
        **scores.baseline_scores(before, seen),
        **_shares(theatre, observed, main, months),
        **_refugees(observed, main, months),
    }
    found["sentence"] = f"{sentence(found, start, observed.scored)} {observed.caveat}".strip()
    found["without_largest_event"] = _without_largest(observed, ensemble, before, seen, months)
    found["all_civilian"] = scores.month_scores(
        ensemble + main.clash[:, [main.months.index(month) for month in months]],
        [observed.civilian[month] for month in months],
    )
    found["per_stage"] = {
        stage.name: _ahead(observed, by_stage[stage.name], stage.start) for stage in theatre.stages
    }
    found["series"] = _series(observed, ensemble, months)
    listed = patterns.read_patterns(theatre.path)
    values = {name: column for runs in by_stage.values() for name, column in runs.patterns.items()}
    found["patterns"] = patterns.judged(listed, values)
    found["stage"], found["start"], found["scored"] = observed.stage, start.isoformat(), list(observed.scored)
    plain: dict[str, Any] = _plain(found)
    return plain


def sentence(found: Mapping[str, Any], start: datetime.date, scored_months: tuple[str, str]) -> str:
    """What page one says of the model's skill: one sentence, whichever way it falls."""
    name, best = min(((name, float(found[name])) for name in BASELINES), key=lambda item: item[1])
    crps = float(found["crps"])
    gain = 1.0 - crps / best
    verdict = f"{100 * gain:.0f} % better than" if crps < best else "worse than"
    return (
        f"Started on {start.day} {start:%B %Y} and scored on the reported deaths of {scored_months[0]} to "
        f"{scored_months[1]}, the model has a CRPS of {crps:.2f}: {verdict} the best of three simple forecasts, "
        f"{BASELINES[name]} ({best:.2f}). {100 * found['covered_90']:.0f} % of the months lie in its 90 % band."
    )


def _without_largest(
    observed: Observed, ensemble: Any, before: Any, seen: Any, months: Sequence[str]
) -> dict[str, Any]:
    """The scores when the largest single event is taken out of the scored months (and so out of the month before,
    which persistence sees); runs and training months stay as they were."""
    event = observed.largest_event(months)
    rest = np.maximum(seen - np.array([event.get(month, 0.0) for month in months]), 0.0)
    return {"deaths_left_out": math.fsum(event.values()), "in_months": sorted(event),
            **scores.month_scores(ensemble, rest), **scores.baseline_scores(before, rest)}  # fmt: skip


def _parents(theatre: Theatre) -> dict[str, str]:
    """Splinter -> the organisation it is scored with: the name a splinter takes must not decide a score."""
    return {name: actor.name for actor in theatre.actors for name in actor.splinters}


def perpetrators(theatre: Theatre, runs: Runs, months: Sequence[str]) -> dict[str, Any]:
    """Organisation -> reported deaths [runs] of `months`, splinters joined with those they left."""
    parents = _parents(theatre)
    found: dict[str, Any] = {}
    for name, deaths in zip(runs.actors, runs.of(months).sum(axis=(1, 2)).T, strict=True):
        found[parents.get(name, name)] = found.get(parents.get(name, name), 0.0) + deaths
    return found


def _shares(theatre: Theatre, observed: Observed, runs: Runs, months: Sequence[str]) -> dict[str, Any]:
    seen = observed.shares(months, "prefecture")
    by_prefecture = runs.of(months).sum(axis=(1, 3))
    simulated_mean = dict(zip(runs.prefectures, by_prefecture.mean(axis=0), strict=True))
    done = perpetrators(theatre, runs, months)
    total = np.maximum(sum(done.values()), 1.0)
    did = observed.shares(months, "perpetrator")
    all_did = math.fsum(did.values())
    shown = sorted({*did, *(name for name, deaths in done.items() if deaths.any())})
    return {
        "prefecture_rank_correlation": scores.rank_correlation(
            list(simulated_mean.values()), [seen.get(name, 0.0) for name in runs.prefectures]
        ),
        "prefecture_share_distance": scores.share_distance(simulated_mean, seen),
        "perpetrator_share_distance": scores.share_distance({n: float(d.mean()) for n, d in done.items()}, did),
        "perpetrator_shares": {
            name: {
                "observed": did.get(name, 0.0) / all_did,
                **_quantiles(done.get(name, np.zeros(1)) / total, ("q05", "q50", "q95")),
            }
            for name in shown
        },
    }


def _refugees(observed: Observed, runs: Runs, months: Sequence[str]) -> dict[str, Any]:
    """People who came abroad since the last training month: a stock that began before the start cancels out."""
    base = observed.training[1]
    if base not in runs.months or base not in observed.refugees:
        return {"refugees_ard": math.nan, "refugees": []}
    at = [runs.months.index(month) for month in months]
    came = runs.refugees[:, at] - runs.refugees[:, [runs.months.index(base)]]
    seen = np.array([observed.refugees[month] - observed.refugees[base] for month in months])
    rows = [
        {"month": month, "observed": n, **_quantiles(column, ("q05", "q50", "q95"))}
        for month, n, column in zip(months, seen, came.T, strict=True)
    ]
    return {"refugees_ard": scores.relative_difference(np.median(came, axis=0), seen), "refugees": rows}


def _ahead(observed: Observed, runs: Runs, start: datetime.date) -> dict[str, Any]:
    """Scores of the first 3, 6, 12 months from a start, beside baselines that know the 13 months before it."""
    found: dict[str, Any] = {}
    first = f"{start:%Y-%m}"
    known = [month for month in runs.months if month in observed.best]
    for ahead in observed.months_ahead:
        months = known[:ahead]
        if len(months) < ahead:
            continue
        seen = observed.deaths(months)
        ensemble = runs.of(months).sum(axis=(2, 3))
        by_prefecture = dict(zip(runs.prefectures, runs.of(months).sum(axis=(0, 1, 3)), strict=True))
        found[str(ahead)] = {
            "first": months[0],
            "last": months[-1],
            "months_calibrated_on": sum(month <= observed.training[1] for month in months),
            **scores.month_scores(ensemble, seen),
            **scores.baseline_scores(observed.before(first), seen),
            "prefecture_share_distance": scores.share_distance(by_prefecture, observed.shares(months, "prefecture")),
            "without_largest_event": _without_largest(observed, ensemble, observed.before(first), seen, months)["crps"],
        }
    return found


def _series(observed: Observed, ensemble: Any, months: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "month": month,
            "observed": observed.best[month],
            "observed_low": observed.low[month],
            "observed_high": observed.high[month],
            **_quantiles(column, ("q05", "q25", "q50", "q75", "q95")),
        }
        for month, column in zip(months, ensemble.T, strict=True)
    ]


def _quantiles(values: Any, names: Sequence[str]) -> dict[str, float]:
    return {name: float(np.quantile(values, int(name[1:]) / 100)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value
