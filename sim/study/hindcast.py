"""How well the model would have told what happened: runs from past starts, scored against observed data.

    found = hindcast("car_2013", runs=64, seed=1)
    found["crps"], found["crps_flat"], found["sentence"]

A theatre can be scored with what its folder `observed/` holds: windows (patterns.yaml) and published facts
(outcomes.csv) alone, or also deaths by month (history.csv, with scoring.yaml, which says what is trained on, scored and
started from; deaths.csv, largest_events.csv, refugees.csv and structural.csv add to it). Every hindcast ends in a card,
hindcast.json and card.txt. Scored months are never calibrated on.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.ground.check import BadInput, FailedWork, Problem, did_you_mean
from sim.ground.files import YAML_BYTES, parse_yaml, read_text
from sim.study import card, facts, patterns, scores, store
from sim.study.compare import Bar, cores
from sim.study.plan import Draws, StudyConfig, config_hash, draw_parameters, engine_digest, identity
from sim.study.run import Engine, Job, Watcher, execute
from sim.study.store import RunId, Store, month_labels
from sim.study.words import BASELINES

if TYPE_CHECKING:
    from sim.scenario.theatre import Stage, Theatre

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

    kind: str  # one_sided, all_civilian, or all_types: with armed people killed, as UCDP's three types together
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
    structural: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=dict)  # (stage, month)

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


@dataclass(frozen=True)
class Scoring:
    """observed/scoring.yaml: `role` is one of `card.ROLES`, `why` the reason, `months` whether months are scored."""

    role: str = "case"
    why: str = ""
    policy: str = "factual_dated"
    months: bool = False


KINDS = ("one_sided", "all_civilian", "all_types")
_ALWAYS = {"schema_version", "policy"}
_ROLE = {"role", "why"}
_MONTHS = {"deaths", "training", "scored", "stage", "months_ahead", "caveat"}
_SCORING = "observed/scoring.yaml"


def scorable(theatre: Theatre) -> bool:
    """Whether the theatre's folder holds anything to score it against."""
    names = ("scoring.yaml", "patterns.yaml", "outcomes.csv")
    return any((theatre.path / "observed" / name).is_file() for name in names)


def read_scoring(theatre: Theatre) -> Scoring:
    """How the theatre is scored; the defaults without observed/scoring.yaml. Raises BadInput when nothing is there."""
    if not scorable(theatre):
        raise BadInput(
            f"{theatre.name} has nothing to be scored against", where=str(theatre.path / "observed"),
            why="a hindcast needs observed/outcomes.csv, observed/patterns.yaml or observed/scoring.yaml",
            instead="a theatre with observed data, such as car_2013",
        )  # fmt: skip
    rules = _rules(theatre)
    if rules is None:
        return Scoring()
    role = str(rules.get("role", "case"))
    if role not in card.ROLES:
        raise BadInput(f"unknown role {role!r}", where=f"{_SCORING}: role", instead=did_you_mean(role, card.ROLES))
    return Scoring(role, str(rules.get("why", "")), str(rules["policy"]), _MONTHS <= set(rules))


def observed_problems(theatre: Theatre) -> list[Problem]:
    """What would stop a hindcast of a theatre: a file in `observed/` that cannot be used. [] when there is nothing."""
    found = []
    checks = (
        lambda: read_scoring(theatre).months and read_observed(theatre), lambda: facts.read_facts(theatre),
        lambda: patterns.read_patterns(theatre.path),
    )  # fmt: skip
    for check in checks if scorable(theatre) else ():
        try:
            check()
        except BadInput as error:
            found.append(error.problem)
    return found


def _rules(theatre: Theatre) -> dict[str, Any] | None:
    """The content of scoring.yaml with its keys checked, None without the file."""
    folder = theatre.path / "observed"
    if not (folder / "scoring.yaml").is_file():
        return None
    rules = parse_yaml(read_text(folder / "scoring.yaml", limit=YAML_BYTES), _SCORING).value
    given = set(rules) if isinstance(rules, dict) else set()
    wanted = set(_ALWAYS)
    if given & _ROLE:
        wanted |= _ROLE
    if given - _ALWAYS - _ROLE or not given & _ROLE:
        wanted |= _MONTHS | ({"refugees"} if (folder / "refugees.csv").is_file() else set())
    if given != wanted:
        wrong = sorted(wanted ^ given)[0]
        raise BadInput(f"{wrong!r} is missing or unknown", where=_SCORING,
                       instead="the keys " + ", ".join(sorted(wanted)))  # fmt: skip
    return dict(rules)


def read_observed(theatre: Theatre) -> Observed:
    """The observed months of a theatre. Raises BadInput when there are none or they do not fit the theatre."""
    folder = theatre.path / "observed"
    rules = _rules(theatre)
    if rules is None or not _MONTHS <= set(rules):
        raise BadInput(
            f"{theatre.name} has nothing to be scored against by month", where=str(folder),
            why="that needs observed/scoring.yaml and history.csv", instead="a theatre such as car_2013",
        )  # fmt: skip
    if rules["stage"] not in {stage.name for stage in theatre.stages}:
        raise BadInput(f"no stage {rules['stage']!r}", where="observed/scoring.yaml: stage",
                       instead="one of: " + ", ".join(stage.name for stage in theatre.stages))  # fmt: skip
    if rules["deaths"] not in KINDS:
        raise BadInput(f"unknown kind of deaths {rules['deaths']!r}", where=f"{_SCORING}: deaths",
                       instead=did_you_mean(str(rules["deaths"]), KINDS))  # fmt: skip
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
            for row in _rows(folder / "deaths.csv", needed=False) if row["type"] == rules["deaths"]
        ),
        tuple(
            (int(row["rank"]), row["month"], _number(row["best"], "largest_events.csv"))
            for row in _rows(folder / "largest_events.csv", needed=False)
        ),
        {
            row["month_end"][:7]: _number(row[rules["refugees"]], "refugees.csv")
            for row in _rows(folder / "refugees.csv", needed=False)
        },
        {
            (row["stage"], row["month"]): (_number(row["mean"], "structural.csv"), _number(row["sd"], "structural.csv"))
            for row in _rows(folder / "structural.csv", needed=False)
        },
    )  # fmt: skip


def _rows(path: Path, *, needed: bool = True) -> list[dict[str, str]]:
    if not needed and not path.is_file():
        return []
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
    `patterns[NAME]` and `facts[NAME]` [runs], `keys` (draw, replicate), `armed` [runs, months] armed people killed;
    `whole` are the months of which every day was simulated."""

    months: tuple[str, ...]
    prefectures: tuple[str, ...]
    actors: tuple[str, ...]
    keys: tuple[tuple[int, int], ...]
    deaths: Any
    clash: Any
    refugees: Any
    patterns: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    armed: Any = 0.0
    whole: tuple[str, ...] = ()

    def total(self, months: Sequence[str], kind: str) -> Any:
        """Deaths [runs, months] of a kind, one of `KINDS`."""
        at = [self.months.index(month) for month in months]
        found = self.deaths[:, at].sum(axis=(2, 3))
        if kind != "one_sided":
            found = found + self.clash[:, at]
        return found + self.armed[:, at] if kind == "all_types" else found

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

    def named(prefix: str) -> dict[str, Any]:
        return {name.removeprefix(prefix): column(name) for name in runs.column_names if name.startswith(prefix)}

    clash, armed = (
        np.stack([column(prefix + month) for month in months], axis=1)
        for prefix in (patterns.CLASH_PREFIX, patterns.ARMED_PREFIX)
    )
    return Runs(months, theatre.prefectures, actors, tuple(keys), deaths, clash, refugees, named(patterns.PREFIX),
                named(facts.PREFIX), armed, whole_months(theatre.start, days))  # fmt: skip


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
    watched = hashlib.sha256(Path(patterns.__file__).read_bytes() + Path(facts.__file__).read_bytes())
    for name in ("patterns.yaml", "outcomes.csv"):
        watched.update(_bytes(theatre.path / "observed" / name))
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


def _as_drawn(parameters: Sequence[dict[str, float]]) -> Draws:
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
    parameters: str = "own",
    output: str | Path | None = None,
    progress: bool | None = None,
) -> dict[str, Any]:
    """Simulate the theatre from its staged starts under what outsiders did, and score it: `hindcast` of
    summary.json, also written to hindcast.json in `output` (default outputs/SCENARIO-hindcast-HASH).

    `runs` are those from the scored start (the first one where no months are scored); other starts get a quarter.
    `policy` defaults to that of observed/scoring.yaml, `parameters` is one of `PARAMETERS`. The command line hands its
    settings as `config` instead of the keywords. The same call completes what an interrupted one left. Raises
    BadInput for a theatre without observed data.
    """
    from sim.scenario.read import read_theatre

    theatre = read_theatre(theatre) if isinstance(theatre, (str, Path)) else theatre
    scoring = read_scoring(theatre)
    observed = read_observed(theatre) if scoring.months else None
    if config is None:
        config = StudyConfig(
            scenario=theatre.name, runs=runs, replicates=replicates, seed=seed, workers=workers,
            output=None if output is None else str(output), parameters=parameters,
        )  # fmt: skip
    drawn = parameter_sets(theatre, config)
    named = policy or scoring.policy
    asked = identity(replace(config, policies=(named,), baseline=None), theatre, {}, drawn, engine_digest())
    folder = Path(config.output) if config.output else Path("outputs") / f"{theatre.name}-hindcast-{config_hash(asked)}"
    main = observed.stage if observed else theatre.stages[0].name
    by_stage: dict[str, Runs] = {}
    for stage in theatre.stages:
        days = days_of(theatre, stage, observed)
        if days:
            count = config.runs if stage.name == main else max(1, config.runs // EARLIER_STARTS)
            rows = drawn.rows[: math.ceil(count / config.replicates)]
            by_stage[stage.name] = simulated(
                read_theatre(theatre.path, stage.name), named, replace(config, runs=count), folder / stage.name, rows,
                days=days, progress=progress,
            )  # fmt: skip
    ran = len(by_stage[main].keys)
    found: dict[str, Any] = {}
    if observed and scoring.role != "never_scored":
        found = scored(theatre, observed, by_stage)
    else:
        start = next(stage.start for stage in theatre.stages if stage.name == main)
        found = {"stage": main, "start": start.isoformat(), **_plain(windows(theatre, by_stage))}
    found |= {"scenario": theatre.name, "policy": named, "runs": ran, "failed_runs": config.runs - ran,
              "seed": config.seed, "parameters": drawn.origin, "role": scoring.role}  # fmt: skip
    rows_of_card = [*map(card.row_of_pattern, found["patterns"]), *windows(theatre, by_stage)["facts"]]
    made = card.card(theatre, scoring.role, scoring.why, found, rows_of_card, found["facts_unscored"])
    if "crps" not in found:
        found["sentence"] = f"{made['role_said']} {made['summary']}"
    if ran < config.runs:  # a run that breaks off is seldom an ordinary one: the reader has to know
        found["sentence"] += f" {config.runs - ran} of {config.runs} runs broke off and are not in these scores."
    found["card"] = _plain(made)
    store.write_json(folder / "hindcast.json", found)
    (folder / "card.txt").write_text("\n".join(card.lines(made)) + "\n", encoding="utf-8")
    return found


def days_of(theatre: Theatre, stage: Stage, observed: Observed | None) -> int:
    """Days to simulate from a start: as far as its months, windows and facts go; 0 when nothing needs it."""
    listed = [pattern for pattern in patterns.read_patterns(theatre.path) if pattern.stage == stage.name]
    told = [fact for fact in facts.read_facts(theatre) if facts.stage_of(fact, theatre.stages)[0] == stage.name]
    if observed is None:
        return stage.days if listed or told or stage.name == theatre.stages[0].name else 0
    if stage.name == observed.stage:
        return stage.days
    labels = [month for month in month_labels(stage.start, stage.days) if month <= observed.scored[1]]
    ends = [patterns.last_day(pattern, stage.start) or 0 for pattern in listed]
    ends += [(fact.last - stage.start).days for fact in told if fact.last]
    by_month = days_until(stage.start, labels[: max(observed.months_ahead)][-1]) if labels else 0
    return min(stage.days, max([by_month, *(end + 1 for end in ends)]))


PARAMETERS: dict[str, str] = {
    "own": "the theatre's own posterior where it has one, else the stated ranges",
    "stated": "the stated ranges, without any calibration",
    "pooled": "the posterior of all theatres together",
    "left_out": "the posterior of all theatres but this one",
}
"""Where the parameters of a hindcast come from."""


def parameter_sets(theatre: Theatre, config: StudyConfig) -> Draws:
    """The parameter sets of a hindcast, as `config.parameters` says."""
    if config.parameters not in PARAMETERS:
        raise BadInput(f"unknown parameters={config.parameters[:40]}", where="parameters",
                       instead=did_you_mean(config.parameters, PARAMETERS))  # fmt: skip
    known = Engine().find("parameters")
    if config.parameters == "own":
        return draw_parameters(theatre, config.draws, config.seed, known)
    stated = draw_parameters(replace(theatre, path=theatre.path / "observed"), config.draws, config.seed, known)
    if config.parameters == "stated":
        return stated
    from sim.study import pooled

    return pooled.drawn(stated, known, config.seed, without=theatre.name if config.parameters == "left_out" else "")


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


def whole_months(start: datetime.date, days: int) -> tuple[str, ...]:
    """The calendar months of which `days` days from `start` hold every day."""
    labels = month_labels(start, days)
    return tuple(
        month for month in labels
        if datetime.date.fromisoformat(f"{month}-01") >= start and days_until(start, month) <= days
    )  # fmt: skip


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
    ensemble = main.total(months, observed.kind)
    found: dict[str, Any] = {
        "months": len(months),
        "deaths": observed.kind,
        **scores.month_scores(ensemble, seen),
        **scores.baseline_scores(before, seen),
        **_structural(observed, observed.stage, months),
        **_shares(theatre, observed, main, months),
        **_refugees(observed, main, months),
    }
    found["sentence"] = f"{sentence(found, start, observed.scored)} {observed.caveat}".strip()
    if observed.events:
        found["without_largest_event"] = _without_largest(observed, ensemble, before, seen, months)
    if all(month in observed.civilian for month in months):
        found["all_civilian"] = scores.month_scores(
            main.total(months, "all_civilian"), [observed.civilian[month] for month in months]
        )
    found["per_stage"] = {
        stage.name: _ahead(observed, by_stage[stage.name], stage)
        for stage in theatre.stages if stage.name in by_stage
    }  # fmt: skip
    found["series"] = _series(observed, ensemble, months)
    found["stage"], found["start"], found["scored"] = observed.stage, start.isoformat(), list(observed.scored)
    return {**_plain(found), **_plain(windows(theatre, by_stage))}


def windows(theatre: Theatre, by_stage: Mapping[str, Runs]) -> dict[str, Any]:
    """The patterns and the facts of the theatre beside the runs, and the facts that cannot be scored."""
    listed = patterns.read_patterns(theatre.path)
    values = {name: column for runs in by_stage.values() for name, column in runs.patterns.items()}
    rows, unscored = [], []
    for fact in facts.read_facts(theatre):
        stage, why = facts.stage_of(fact, theatre.stages)
        if why:
            unscored.append({"name": fact.name, "statement": fact.statement, "why": why})
        else:
            done = by_stage[stage].facts.get(fact.name, ()) if stage in by_stage else ()
            rows.append(card.row_of_fact(fact, stage, done))
    return {"patterns": patterns.judged(listed, values), "facts": rows, "facts_unscored": unscored}


_DEATHS = {
    "one_sided": "reported deaths", "all_civilian": "reported civilian deaths",
    "all_types": "deaths of all organised violence",
}  # fmt: skip
_COUNT = {3: "three", 4: "four"}


def _structural(observed: Observed, stage: str, months: Sequence[str]) -> dict[str, float]:
    """The scores of the structural regression, where it has a forecast for every month."""
    if any((stage, month) not in observed.structural for month in months):
        return {}
    return scores.structural_scores([observed.structural[stage, month] for month in months], observed.deaths(months))


def sentence(found: Mapping[str, Any], start: datetime.date, scored_months: tuple[str, str]) -> str:
    """What page one says of the model's skill: one sentence, whichever way it falls."""
    rivals = [(name, float(found[name])) for name in BASELINES if name in found]
    name, best = min(rivals, key=lambda item: item[1])
    crps = float(found["crps"])
    verdict = f"{100 * (1.0 - crps / best):.0f} % better than" if crps < best else "worse than"
    return (
        f"Started on {start.day} {start:%B %Y} and scored on the {_DEATHS[str(found['deaths'])]} of "
        f"{scored_months[0]} to {scored_months[1]}, the model has a CRPS of {crps:.2f}: {verdict} the best of "
        f"{_COUNT[len(rivals)]} simple forecasts, {BASELINES[name]} ({best:.2f}). "
        f"{100 * found['covered_90']:.0f} % of the months lie in its 90 % band."
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
    if not observed.cells:
        return {}
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


def _ahead(observed: Observed, runs: Runs, stage: Stage) -> dict[str, Any]:
    """Scores of the first 3, 6, 12 whole months from a start, beside baselines that know the 13 months before them."""
    found: dict[str, Any] = {}
    known = [month for month in runs.whole or runs.months if month in observed.best]
    for ahead in observed.months_ahead:
        months = known[:ahead]
        if len(months) < ahead:
            continue
        seen = observed.deaths(months)
        ensemble, before = runs.total(months, observed.kind), observed.before(months[0])
        if len(before) < 13:
            continue
        by_prefecture = dict(zip(runs.prefectures, runs.of(months).sum(axis=(0, 1, 3)), strict=True))
        found[str(ahead)] = {
            "first": months[0],
            "last": months[-1],
            "months_calibrated_on": sum(month <= observed.training[1] for month in months),
            **scores.month_scores(ensemble, seen),
            **scores.baseline_scores(before, seen),
            **_structural(observed, stage.name, months),
        }
        if observed.cells:
            seen_shares = observed.shares(months, "prefecture")
            found[str(ahead)] |= {
                "prefecture_share_distance": scores.share_distance(by_prefecture, seen_shares),
                "without_largest_event": _without_largest(observed, ensemble, before, seen, months)["crps"],
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
