"""Many countries under one set of institutions: who is warned of, in time or in vain, and who gets a slot.

Every country-year is a version of the fictional theatre, most of them calm. It is simulated once, with nothing done;
sources report on it to each decision process that is compared. What the institutions decide is not fed back, so that
all of them watch the same worlds. It is skill inside the simulated world, and no statement about a real country.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.actors.headquarters import Headquarters, Option
from sim.engine.model import Model
from sim.engine.observe import WEEK, Observer
from sim.engine.outside import drawn_process
from sim.ground.check import BadInput, did_you_mean
from sim.ground.draw import STREAMS, run_key, uniform
from sim.interventions.base import NONE
from sim.scenario.read import read_theatre
from sim.scenario.theatre import RISK_FACTORS, Theatre
from sim.scenario.vary import varied
from sim.warning.process import PRIORITIES, Process, load_book
from sim.warning.scoring import Logistic, area, brier, precision_at
from sim.warning.structural import log_odds
from sim.world.report import Dispatch

YEAR = 364  # days: whole weeks
FORECAST_ON = 91  # days: a quarter of reports has come in
MASS_KILLING = 1000  # civilians in a year: the definition of the Early Warning Project
PACE_DEATHS, PACE_DAYS = 82, 30  # the pace of 1,000 in a year over a month
HEAT_POWER = 4.0
"""A country has heat u ** 4 of the fictional theatre's risk, u even in 0..1: most are calm, a few as tense as it is.
Chosen so that about one country-year in a hundred sees a mass killing (1.0 to 1.3 % a year since 1960)."""
ROUGH = 1000  # people a row of persons stands for: many countries, coarsely
ASKED = "targeted_sanctions"  # what every accepted warning asks the institutions for
STAGES_SHOWN = {"warning": "warned of", "acceptance": "believed", "agenda": "on the agenda", "decision": "decided"}
ARMED_STATE = ("state", "guard", "police", "peacekeeper", "foreign_force")


@dataclass(frozen=True)
class WatchConfig:
    """What is watched: `countries` in each of `years`, by each of `decisions`."""

    countries: int = 67
    years: int = 3
    decisions: tuple[str, ...] = ("eu_2012", "reform_4")
    priorities: tuple[str, ...] = PRIORITIES
    seed: int = 1
    workers: int = 1

    def __post_init__(self) -> None:
        for name, low, high in (
            ("countries", 2, 1000),
            ("years", 1, 1000),
            ("seed", 0, 2**32 - 1),
            ("workers", 1, 256),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadInput(f"{name}={value} cannot be used", where=name, instead=f"a whole number {low} to {high}")
        for name in self.decisions:
            if load_book(name) is None:
                raise BadInput("nobody watches with decision=instant", where="decisions", instead="decisions=[eu_2012]")
        if len(set(self.decisions)) < len(self.decisions) or not self.decisions:
            raise BadInput("decisions names one twice, or none", where="decisions", instead="each process once")
        for name in self.priorities:
            if name not in PRIORITIES:
                raise BadInput(f"no rule {name[:40]!r}", where="priorities", instead=did_you_mean(name, PRIORITIES))
        if len(set(self.priorities)) < len(self.priorities) or not self.priorities:
            raise BadInput("priorities names one twice, or none", where="priorities", instead="each rule once")


@dataclass(frozen=True)
class CountryYear:
    """What happened in a country in a year, and what sources said of it to each process."""

    year: int
    number: int
    heat: float
    deaths: int
    onset: int | None  # first day on which a month's killing had the pace of a mass killing
    said: Mapping[str, Sequence[Dispatch]]

    @property
    def name(self) -> str:
        """What the institutions call it."""
        return f"country {self.number + 1}"

    @property
    def mass_killing(self) -> bool:
        """Whether a thousand civilians were killed."""
        return self.deaths >= MASS_KILLING


def heated(theatre: Theatre, heat: float) -> Theatre:
    """The theatre with risks, hostility, and what armed organisations want and have, times `heat` in 0..1."""
    states = {one.name for one in theatre.actors if one.kind in ARMED_STATE}
    return replace(
        theatre,
        risk={
            name: replace(
                one, value=one.value * heat, low=None if one.low is None else one.low * heat,
                high=None if one.high is None else one.high * heat,
            ) if name in RISK_FACTORS else one
            for name, one in theatre.risk.items()
        },
        relations=tuple(replace(one, hostility=one.hostility * heat) for one in theatre.relations),
        units=tuple(
            one if one.actor in states else replace(one, strength=max(round(one.strength * heat), 1))
            for one in theatre.units
        ),
        actors=tuple(
            replace(one, intent=round(one.intent * heat), spoils=one.spoils * heat, exclusion=one.exclusion * heat)
            for one in theatre.actors
        ),
    )  # fmt: skip


def live(config: WatchConfig, year: int, number: int) -> CountryYear:
    """Simulate one country-year with nothing done, and note what each process hears of it."""
    identity = year * config.countries + number
    key = run_key(config.seed, identity, 0)
    heat = float(uniform(key, 0, 0, STREAMS["country"], 0)) ** HEAT_POWER
    theatre = heated(varied(replace(read_theatre("sahra"), people_per_row=ROUGH), identity + 1), heat)
    model = Model(theatre, NONE, None, key)
    observers = {name: Observer(model.setting, _process(config, name, year), key, {}) for name in config.decisions}
    said: dict[str, list[Dispatch]] = {name: [] for name in config.decisions}
    for morning in range(0, YEAR, WEEK):
        model.walk(morning)
        for name, observer in observers.items():
            said[name] += observer.dispatches(model.world)
    model.walk(YEAR)
    ledger, written = model.world.ledger, int(model.world.ledger.count[0])
    by_day = np.bincount(ledger.day[:written], weights=ledger.deaths[:written], minlength=YEAR)[:YEAR]
    month = np.convolve(by_day, np.ones(PACE_DAYS))[:YEAR]
    onset = int(np.argmax(month >= PACE_DEATHS)) if (month >= PACE_DEATHS).any() else None
    return CountryYear(year, number, heat, int(by_day.sum()), onset, said)


def _process(config: WatchConfig, decision: str, year: int) -> Process:
    """The process of a year; crises compete as themselves, so that none is added to them."""
    book = load_book(decision)
    assert book is not None
    process = drawn_process(book, config.seed, year)
    agendas = {name: replace(one, competing=0.0) for name, one in process.agendas.items()}
    return replace(process, agendas=agendas)


# ---- the institutions' year ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What a process made of a country-year; days of the year, None where a stage was not reached."""

    level: float
    root: float
    killed: float
    days: Mapping[str, int]
    structural: float = 0.0  # log odds of the structural model with published weights, but for a constant


def attend(
    process: Process, key: Any, year: Sequence[CountryYear], decision: str, alarms: int | None
) -> tuple[list[Seen], int]:
    """A year of the institutions: what they made of each country, and the false alarms that they then remember."""
    mind: dict[str, Any] = {} if alarms is None else {"houses": {"eu": {"alarms": alarms, "countries": {}}}}
    options = [Option(n, ASKED, ASKED, one.name) for n, one in enumerate(year)]
    quarters = Headquarters(process, options, key, mind)
    for one in year:
        quarters.receive(one.name, one.said[decision])
    analysts = quarters.analysts["eu"]
    noted = []
    for day in range(YEAR):
        quarters.step()
        if day == FORECAST_ON:
            for one in year:
                matrix, kept = analysts.matrix(one.name), analysts.picture(one.name)
                published = log_odds(kept.memory.get("published", {}))
                killed = kept.over("killed", kept.newest, 13, "sum")[0]
                noted.append((matrix.level, matrix.layers[0], killed, published))
    lines = quarters.ledger()
    remembered = analysts.close()
    return [Seen(*note[:3], line.days, note[3]) for note, line in zip(noted, lines, strict=True)], remembered


def watch(config: WatchConfig, told: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
    """Simulate, attend and score; the same for any number of workers. `told` hears how many country-years are done."""
    tasks = [(config, year, number) for year in range(config.years) for number in range(config.countries)]
    lived: list[CountryYear] = []
    if config.workers == 1:
        for task in tasks:
            lived.append(live(*task))
            told(len(lived))
    else:
        with ProcessPoolExecutor(config.workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            for one in pool.map(live, *zip(*tasks, strict=True), chunksize=4):
                lived.append(one)
                told(len(lived))
    scored = {}
    for decision in config.decisions:
        first, *others = config.priorities
        seen, alarms = _years(config, lived, decision, first)
        told_by = {first: {**_warnings(lived, seen), "alarms_remembered": alarms}}
        for rule in others:
            mine, theirs = _years(config, lived, decision, rule)
            told_by[rule] = {**_warnings(lived, mine), "alarms_remembered": theirs}
        forgiven, _ = _years(config, lived, decision, first, forgiving=True)
        scored[decision] = {
            **scores(lived, seen), "alarms_remembered": alarms, "priorities": told_by,
            "fatigue": fatigue(config, seen, forgiven, alarms),
        }  # fmt: skip
    killings = sum(one.mass_killing for one in lived)
    return {
        "country_years": len(lived), "mass_killings": killings, "base_rate": killings / len(lived),
        "forecast_day": FORECAST_ON, "countries": config.countries, "years": config.years, "seed": config.seed,
        "decisions": scored,
    }  # fmt: skip


def _years(
    config: WatchConfig, lived: Sequence[CountryYear], decision: str, rule: str, *, forgiving: bool = False
) -> tuple[list[Seen], list[int]]:
    """All years of a process whose desks follow a rule: what was made of each country, and the alarms after each year.

    With `forgiving` false alarms are counted, and weigh nothing.
    """
    seen: list[Seen] = []
    alarms: list[int] = []
    for year in range(config.years):
        own = lived[year * config.countries : (year + 1) * config.countries]
        process = replace(_process(config, decision, year), priority=rule)
        if forgiving:
            houses = {name: replace(house, reputation=0.0) for name, house in process.houses.items()}
            process = replace(process, houses=houses, acceptance=replace(process.acceptance, alarms=0.0),
                              traits=replace(process.traits, fatigue=0.0))  # fmt: skip
        found, remembered = attend(
            process, run_key(config.seed, year, 1), own, decision, alarms[-1] if alarms else None
        )
        seen += found
        alarms.append(remembered)
    return seen, alarms


def fatigue(
    config: WatchConfig, seen: Sequence[Seen], forgiven: Sequence[Seen], alarms: Sequence[int]
) -> list[dict[str, int]]:
    """Alarm fatigue, year by year: false alarms remembered at its start (None in the first: drawn), warnings issued and
    believed, and the same where false alarms weigh nothing."""
    rows = []
    for year in range(config.years):
        row: dict[str, Any] = {"alarms_before": alarms[year - 1] if year else None}
        for name, every in (("", seen), ("_forgiven", forgiven)):
            own = every[year * config.countries : (year + 1) * config.countries]
            row[f"issued{name}"] = sum("warning" in one.days for one in own)
            row[f"believed{name}"] = sum("acceptance" in one.days for one in own)
        rows.append(row)
    return rows


# ---- scores -------------------------------------------------------------------------------------------------------


def scores(lived: Sequence[CountryYear], seen: Sequence[Seen]) -> dict[str, Any]:
    """The process as a forecaster of mass killing in the rest of the year, and its warnings as alarms."""
    risk = [n for n, one in enumerate(lived) if one.onset is None or one.onset > FORECAST_ON]
    came = np.array([lived[n].mass_killing for n in risk])
    rivals = {
        "matrix": np.array([seen[n].level for n in risk]),
        "root_causes": np.array([seen[n].root for n in risk]),
        "persistence": np.log1p([seen[n].killed for n in risk]),
        "structural": np.array([seen[n].structural for n in risk]),
    }
    table = {name: _forecaster(score, came, published=name == "structural") for name, score in rivals.items()}
    return {"at_risk": len(risk), "events": int(came.sum()), "forecasters": table, "warnings": _warnings(lived, seen)}


def _forecaster(score: Any, came: Any, *, published: bool = False) -> dict[str, Any]:
    """Ranks over all; probabilities fitted on every second country-year and scored on the others.

    Of `published` log odds the weights stay as they are, and only the base is fitted.
    """
    learn = np.arange(came.size) % 2 == 0
    fit = Logistic.based if published else Logistic.fit
    chances = fit(score[learn], came[learn]).chance(score[~learn])
    base = float(came[learn].mean())
    reference = brier(np.full((~learn).sum(), base), came[~learn])
    low, high = _spread_of_area(score, came)
    return {
        "auc": _number(area(score, came)), "auc_low": low, "auc_high": high,
        "precision_at_10": _number(precision_at(score, came, 10)),
        "precision_at_30": _number(precision_at(score, came, 30)),
        "brier": brier(chances, came[~learn]), "brier_of_base_rate": reference,
    }  # fmt: skip


def _spread_of_area(score: Any, came: Any, times: int = 400) -> tuple[float | None, float | None]:
    """90 % bootstrap interval of the area, over country-years."""
    rng = np.random.default_rng(0)
    areas = [area(score[pick], came[pick]) for pick in rng.integers(0, came.size, (times, came.size))]
    kept = [one for one in areas if not np.isnan(one)]
    if len(kept) < times // 2:
        return None, None
    low, high = np.quantile(kept, [0.05, 0.95])
    return float(low), float(high)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _warnings(lived: Sequence[CountryYear], seen: Sequence[Seen]) -> dict[str, Any]:
    """Warnings as alarms: how many, how many right, how many of the killings in time, and by how much."""
    warned = [(one, made.days) for one, made in zip(lived, seen, strict=True) if "warning" in made.days]
    killings = [(one, made.days) for one, made in zip(lived, seen, strict=True) if one.mass_killing]

    def lead(stage: str) -> list[int]:
        return [one.onset - days[stage] for one, days in killings if stage in days and one.onset is not None]

    found: dict[str, Any] = {
        "issued": len(warned),
        "right": sum(one.mass_killing for one, _ in warned),
        "false_a_year": sum(not one.mass_killing for one, _ in warned) / max(1 + max(one.year for one in lived), 1),
        "mass_killings": len(killings),
    }
    for stage in STAGES_SHOWN:
        days = lead(stage)
        found[f"{stage}_reached"] = len(days)
        found[f"{stage}_before_onset"] = sum(day > 0 for day in days)
        found[f"{stage}_lead_days"] = float(np.median(days)) if days else None
    return found


def lines(found: Mapping[str, Any]) -> list[str]:
    """The scores as lines of text."""
    told = [
        f"{found['countries']} countries x {found['years']} years: {found['mass_killings']} mass killings in "
        f"{found['country_years']} country-years ({found['base_rate']:.1%}). Skill inside the simulated world."
    ]
    for decision, row in found["decisions"].items():
        told += [
            "",
            f"decision={decision}: forecast on day {found['forecast_day']} of a mass killing in the rest of the year, "
            f"{row['events']} of {row['at_risk']} country-years that were still at risk",
            f"  {'':<14}{'AUC (90 %)':<24}{'precision at 10':<17}{'at 30':<8}Brier (base rate)",
        ]
        told += [_forecast_line(name, one) for name, one in row["forecasters"].items()]
        told += _alarm_lines(row["warnings"], row["alarms_remembered"])
        told += _fatigue_lines(row["fatigue"]) + _priority_lines(row["priorities"])
    return told


def _fatigue_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Alarm fatigue in two lines: with what is remembered, and where it weighs nothing."""
    issued, believed, free, trusted = (
        sum(row[key] for row in rows) for key in ("issued", "believed", "issued_forgiven", "believed_forgiven")
    )
    return [
        f"  alarm fatigue: {issued} warnings issued and {believed} believed; were no false alarm held against anybody, "
        f"{free} issued and {trusted} believed"
    ]


def _priority_lines(rules: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Rules of whose file is read first, side by side."""
    head = f"{'whose turn it is':<24}{'warnings':<10}{'right':<7}{'warned before onset':<21}{'decided before':<16}"
    told = [f"  {head}alarms"]
    for rule, row in rules.items():
        of = row["mass_killings"]
        early, decided = (f"{row[f'{stage}_before_onset']} of {of}" for stage in ("warning", "decision"))
        told.append(f"  {rule.replace('_', ' '):<24}{row['issued']:<10}{row['right']:<7}{early:<21}{decided:<16}"
                    f"{row['alarms_remembered'][-1]}")  # fmt: skip
    return told


def _forecast_line(name: str, one: Mapping[str, Any]) -> str:
    span = "" if one["auc_low"] is None else f"({one['auc_low']:.2f} to {one['auc_high']:.2f})"
    return (
        f"  {name.replace('_', ' '):<14}{_shown(one['auc'])} {span:<19}{_shown(one['precision_at_10']):<17}"
        f"{_shown(one['precision_at_30']):<8}{one['brier']:.4f} ({one['brier_of_base_rate']:.4f})"
    )


def _alarm_lines(alarm: Mapping[str, Any], remembered: Sequence[int]) -> list[str]:
    told = [
        f"  warnings: {alarm['issued']}, of which right {alarm['right']}; {alarm['false_a_year']:.1f} in vain a year",
        f"  false alarms remembered after each year: {', '.join(str(n) for n in remembered[:12])}",
    ]
    for stage, label in STAGES_SHOWN.items():
        days = alarm[f"{stage}_lead_days"]
        side = "" if days is None else f"{abs(days):.0f} days {'before' if days > 0 else 'after'} its onset"
        told.append(
            f"  mass killings {label}: {alarm[f'{stage}_reached']} of {alarm['mass_killings']}, "
            f"{alarm[f'{stage}_before_onset']} before onset{', median ' + side if side else ''}"
        )
    return told


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
