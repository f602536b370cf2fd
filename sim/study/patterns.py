"""Patterns that must come out of a theatre's runs: what happens first, where, by whom, how much.

`observed/patterns.yaml` of a theatre lists windows, each with a `measure_id` (a name in `MEASURES`) and `with`,
the arguments of that measure. `simulate` is the engine's own run with someone watching: it adds each measured
value to the outcomes as ``pattern_NAME`` and changes nothing else that happens.
"""

from __future__ import annotations

import datetime
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.engine.model import Model
from sim.engine.record import Recorder
from sim.ground.check import BadInput, did_you_mean
from sim.ground.draw import run_key
from sim.ground.files import YAML_BYTES, parse_yaml, read_text
from sim.study import facts

if TYPE_CHECKING:
    from sim.engine.record import RunResult
    from sim.interventions.base import Policy
    from sim.scenario.theatre import Theatre

PREFIX = "pattern_"
CLASH_PREFIX = "reported_clash_deaths_"
ARMED_PREFIX = "armed_deaths_"
MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Course:
    """What a run leaves for the measures. Days count from `start`; reported deaths carry their reported day.

    `control` [day, place, actor] and `present` [day, place, group] show each morning; `inside` [place]. The other
    arrays [incident] are the civilian deaths that became known, of all kinds.
    """

    start: datetime.date
    places: tuple[str, ...]
    actors: tuple[str, ...]
    groups: tuple[str, ...]
    prefectures: tuple[str, ...]
    inside: Any
    control: Any
    present: Any
    day: Any
    prefecture: Any
    actor: Any
    deaths: Any

    @property
    def days(self) -> int:
        """Days of the run."""
        return len(self.control)

    def month(self, label: str) -> tuple[int, int]:
        """First and last day of the month YYYY-MM."""
        first = datetime.date.fromisoformat(f"{label}-01")
        last = (first + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)
        return (first - self.start).days, (last - self.start).days

    def months(self, first: str, last: str) -> list[tuple[int, int]]:
        """First and last day of every month from `first` to `last`."""
        from sim.study.store import month_labels

        day = datetime.date.fromisoformat(f"{first}-01")
        return [self.month(m) for m in month_labels(day, 3660) if m <= last]

    def reported(
        self, days: Sequence[int] | None = None, actors: Sequence[str] | None = None, prefectures: Any = None
    ) -> float:
        """Reported deaths of `days` first..last, both included; NaN when the run ends before."""
        chosen = np.ones(len(self.day), dtype=bool)
        if days is not None:
            if days[1] >= self.days:
                return math.nan
            chosen &= (self.day >= days[0]) & (self.day <= days[1])
        if actors is not None:
            chosen &= np.isin(self.actor, _numbers(self.actors, actors))
        if prefectures is not None:
            chosen &= np.isin(self.prefecture, _numbers(self.prefectures, prefectures))
        return float(self.deaths[chosen].sum())

    def by_prefecture(self, days: Sequence[int]) -> Any:
        """Reported deaths [prefecture] of `days` first..last."""
        chosen = (self.day >= days[0]) & (self.day <= days[1])
        return np.bincount(self.prefecture[chosen], self.deaths[chosen], len(self.prefectures))

    def takeovers(self, by: Sequence[str], of: Sequence[str]) -> dict[str, int]:
        """Inside place -> day on which the control of `by` together first passes that of `of`."""
        ahead = self.control[:, :, _numbers(self.actors, by)].sum(axis=2)
        ahead = ahead > self.control[:, :, _numbers(self.actors, of)].sum(axis=2)
        taken = self.inside & ~ahead[0] & ahead.any(axis=0)
        return {self.places[p]: int(np.argmax(ahead[:, p])) for p in np.flatnonzero(taken)}


def _numbers(known: Sequence[str], names: Sequence[str]) -> list[int]:
    for name in names:
        if name not in known:
            raise BadInput(f"{name!r} is not in this theatre", where="observed/patterns.yaml",
                           instead=did_you_mean(name, known))  # fmt: skip
    return [known.index(name) for name in names]


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan


# ------------------------------------------------------------------------------------------------- measures
# Each takes a Course and the arguments under `with`; NaN says that it never happened or cannot be said.


def days_first_to_nth_takeover(course: Course, by: list[str], of: list[str], nth: int) -> float:
    """Days from the first to the nth place that `by` takes from `of`."""
    days = sorted(course.takeovers(by, of).values())
    return float(days[nth - 1] - days[0]) if len(days) >= nth else math.nan


def longest_halt(course: Course, by: list[str], of: list[str], nth: int, place: str) -> float:
    """Longest run of days without a new place lost, from the nth loss to that of `place` (or the run's end)."""
    taken = course.takeovers(by, of)
    days = sorted(taken.values())
    if len(days) < nth:
        return math.nan
    end = taken.get(place, course.days)
    marks = [day for day in days[nth - 1 :] if day < end] + [end]
    return float(max(np.diff(marks))) if len(marks) > 1 else math.nan


def day_of_takeover(course: Course, by: list[str], of: list[str], place: str) -> float:
    """Day on which `by` takes `place` from `of`."""
    return float(course.takeovers(by, of).get(place, math.nan))


def deaths_until_takeover(course: Course, by: list[str], of: list[str], place: str, latest: int) -> float:
    """Reported deaths up to the day on which `by` takes `place`, or to day `latest` when it does not."""
    return course.reported((0, min(course.takeovers(by, of).get(place, latest), course.days - 1)))


def share_of_actors(course: Course, actors: list[str], days: list[int]) -> float:
    """Share of `actors` in reported deaths of `days`."""
    return _ratio(course.reported(days, actors), course.reported(days))


def share_of_actors_in_months(course: Course, actors: list[str], months: list[str]) -> float:
    """Share of `actors` in reported deaths of the months first..last."""
    spans = course.months(*months)
    return share_of_actors(course, actors, [spans[0][0], spans[-1][1]])


def ratio_of_actors(course: Course, actors: list[str], to: list[str], days: list[int]) -> float:
    """Reported deaths by `actors` over those by `to`."""
    return _ratio(course.reported(days, actors), course.reported(days, to))


def first_attack(course: Course, actors: list[str], prefectures: list[str], deaths: int) -> float:
    """First day with `deaths` or more reported deaths by `actors` in one of the prefectures."""
    mine = np.isin(course.actor, _numbers(course.actors, actors))
    found = math.inf
    for where in _numbers(course.prefectures, prefectures):
        chosen = mine & (course.prefecture == where)
        a_day = np.bincount(course.day[chosen], course.deaths[chosen], course.days)
        if (a_day >= deaths).any():
            found = min(found, float(np.argmax(a_day >= deaths)))
    return found if math.isfinite(found) else math.nan


def mean_per_month(course: Course, days: list[int]) -> float:
    """Mean of reported deaths a month over `days`."""
    return course.reported(days) / ((days[1] - days[0] + 1) / MONTH_DAYS)


def mean_of_months(course: Course, months: list[str]) -> float:
    """Mean of reported deaths over the months first..last."""
    return float(np.mean([course.reported(span) for span in course.months(*months)]))


def largest_month_over(course: Course, months: list[str], reference: float) -> float:
    """Largest monthly reported deaths of the months first..last, over `reference` deaths."""
    return max(course.reported(span) for span in course.months(*months)) / reference


def month_of_peak(course: Course, months: list[str]) -> float:
    """Number, from 1, of the month with most reported deaths."""
    counts = [course.reported(span) for span in course.months(*months)]
    return 1.0 + float(np.argmax(counts)) if np.isfinite(counts).all() else math.nan


def fall_between(course: Course, months: list[str]) -> float:
    """Fall of reported deaths from the first to the second month, as a share of the first."""
    before, after = (course.reported(course.month(label)) for label in months)
    return 1.0 - _ratio(after, before)


def leads(course: Course, prefecture: str, days: list[int]) -> float:
    """1 when `prefecture` has the most reported deaths of all in `days`, else 0."""
    if days[1] >= course.days:
        return math.nan
    table = course.by_prefecture(days)
    here = table[_numbers(course.prefectures, [prefecture])[0]]
    return float(here > 0 and here == table.max())


def first_month_led(course: Course, prefecture: str, months: list[str]) -> float:
    """Number, from 1, of the first month in which `prefecture` has the most reported deaths."""
    for number, span in enumerate(course.months(*months), start=1):
        if leads(course, prefecture, list(span)) == 1.0:
            return float(number)
    return math.nan


def largest_monthly_share(course: Course, prefecture: str, months: list[str]) -> float:
    """Largest share of `prefecture` in the reported deaths of one of the months first..last."""
    spans = course.months(*months)
    shares = [_ratio(course.reported(span, None, [prefecture]), course.reported(span)) for span in spans]
    known = [share for share in shares if math.isfinite(share)]
    return max(known) if known else math.nan


def share_gone(course: Course, groups: list[str], place: str, day: int) -> float:
    """Share of `groups` at `place` on the first morning that is no longer there, by any cause, on day `day`."""
    if day >= course.days:
        return math.nan
    there = course.present[:, _numbers(course.places, [place])[0]][:, _numbers(course.groups, groups)].sum(axis=1)
    return 1.0 - _ratio(float(there[day]), float(there[0]))


MEASURES: dict[str, Callable[..., float]] = {
    measure.__name__: measure
    for measure in (
        days_first_to_nth_takeover, longest_halt, day_of_takeover, deaths_until_takeover, share_of_actors,
        share_of_actors_in_months, ratio_of_actors, first_attack, mean_per_month, mean_of_months,
        largest_month_over, month_of_peak, fall_between, leads, first_month_led, largest_monthly_share, share_gone,
    )
}  # fmt: skip


# ------------------------------------------------------------------------------------------------- the file


@dataclass(frozen=True, slots=True)
class Pattern:
    """One window: runs from `stage` should have low <= measure <= high. `fact` is what really happened."""

    name: str
    stage: str
    statement: str
    fact: str
    low: float
    high: float
    measure_id: str
    arguments: Mapping[str, Any]


@lru_cache(maxsize=8)
def read_patterns(folder: Path) -> tuple[Pattern, ...]:
    """The patterns of the theatre in `folder`; () without the file. Raises BadInput for an unknown measure."""
    path = folder / "observed" / "patterns.yaml"
    if not path.is_file():
        return ()
    rows = parse_yaml(read_text(path, limit=YAML_BYTES), "observed/patterns.yaml").value["patterns"]
    patterns = []
    for row in rows:
        where = f"observed/patterns.yaml: {row.get('name')}"
        name, arguments = row.get("measure_id", ""), row.get("with") or {}
        if name not in MEASURES:
            raise BadInput(f"unknown measure {name!r}", where=where, instead=did_you_mean(str(name), MEASURES))
        wanted = list(inspect.signature(MEASURES[name]).parameters)[1:]
        if sorted(arguments) != sorted(wanted):
            raise BadInput(f"{name} does not fit its arguments", where=where, why=f"given: {', '.join(arguments)}",
                           instead=f"with: {', '.join(wanted)}")  # fmt: skip
        patterns.append(
            Pattern(row["name"], row["stage"], row["statement"], row["fact"], float(row["low"]), float(row["high"]),
                    name, arguments)  # fmt: skip
        )
    return tuple(patterns)


def last_day(pattern: Pattern, start: datetime.date) -> int | None:
    """The last day from `start` that the measure of a pattern looks at; None when it looks on to the end of the run."""
    given = pattern.arguments
    if "months" in given:
        first = datetime.date.fromisoformat(f"{given['months'][-1]}-01")
        return ((first + datetime.timedelta(days=31)).replace(day=1) - start).days - 1
    if "days" in given:
        return int(given["days"][1])
    return int(given["day"]) if "day" in given else None


def measured(patterns: Sequence[Pattern], course: Course) -> dict[str, float]:
    """name -> measured value of each pattern."""
    return {pattern.name: float(MEASURES[pattern.measure_id](course, **pattern.arguments)) for pattern in patterns}


def judged(patterns: Sequence[Pattern], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row a pattern: its window, the share of runs inside (one where it never happened is outside), the median.

    `values[NAME]` [runs] are the measured values; a pattern without values is said to be not measured.
    """
    rows = []
    for pattern in patterns:
        found = np.asarray(values.get(pattern.name, ()), dtype=float)
        known = found[np.isfinite(found)]
        inside = (known >= pattern.low) & (known <= pattern.high)
        q05, q95 = np.quantile(known, [0.05, 0.95]).tolist() if len(known) else (None, None)
        rows.append({
            "name": pattern.name,
            "stage": pattern.stage,
            "statement": pattern.statement,
            "fact": pattern.fact,
            "measure_id": pattern.measure_id,
            "low": pattern.low,
            "high": pattern.high,
            "runs": len(found),
            "share_of_runs_inside": float(inside.sum() / len(found)) if len(found) else None,
            "median": float(np.median(known)) if len(known) else None,
            "q05": q05,
            "q95": q95,
            "share_never": float(1.0 - len(known) / len(found)) if len(found) else None,
        })  # fmt: skip
    return rows


# ------------------------------------------------------------------------------------------------ the watched run


def simulate(
    theatre: Theatre, policy: Policy, *, parameters: Mapping[str, float] | None = None, seed: int, draw: int = 0,
    replicate: int = 0, days: int | None = None,
) -> RunResult:  # fmt: skip
    """As `sim.engine.model.simulate`, with the same digest, and with what a hindcast needs besides.

    Outcomes gain ``pattern_NAME`` for every pattern and ``fact_NAME`` for every fact of this stage, and
    ``reported_clash_deaths_YYYY-MM`` and ``armed_deaths_YYYY-MM`` (armed people killed); the monthly `deaths_reported`
    hold one-sided violence alone, as UCDP's type 3, without civilians killed in clashes.
    """
    length = days if days is not None else theatre.days
    model = Model(theatre, policy, parameters, run_key(seed, draw, replicate))
    index, world = model.setting.index, model.world
    recorder = Recorder(theatre, index, length)
    control = np.zeros((length, *world.actors.control.shape), dtype=np.float32)
    present = np.zeros((length, *world.cells.home.shape), dtype=np.int64)
    away = np.zeros((length, len(index.places)), dtype=np.int64)
    evening = np.zeros_like(control)
    armed = np.zeros((2, length))  # killed by the end of each day: of the theatre's own forces, of outside forces
    for day in range(length):
        recorder.see(world)
        control[day] = world.actors.control
        present[day] = world.cells.home + world.cells.away
        model.step()
        away[day] = world.cells.away.sum(axis=1)
        evening[day] = world.actors.control
        outside = world.actors.outsider == 1
        armed[:, day] = world.actors.killed[~outside].sum(), world.actors.killed[outside].sum()
    result = recorder.result(world)

    ledger, written = world.ledger, int(world.ledger.count[0])
    when, place, actor, told, clash = (
        getattr(ledger, name)[:written] for name in ("reported_day", "place", "actor", "reported", "collateral")
    )
    where = recorder.prefecture[place]
    known = (told > 0) & (when < length) & (where >= 0)
    in_clash = known & (clash == 1)
    one_sided = result.monthly["deaths_reported"].copy()
    np.subtract.at(one_sided, (recorder.month_of_day[when[in_clash]], where[in_clash], actor[in_clash]), told[in_clash])
    beside = np.bincount(recorder.month_of_day[when[in_clash]], told[in_clash], len(recorder.months))
    course = Course(
        theatre.start, index.places, index.actors, index.groups, index.prefectures, recorder.inside, control, present,
        when[known].astype(np.int64), where[known].astype(np.int64), actor[known].astype(np.int64),
        told[known].astype(np.float64),
    )  # fmt: skip
    patterns = [pattern for pattern in read_patterns(theatre.path) if pattern.stage == theatre.stage]
    more = {f"{CLASH_PREFIX}{label}": float(n) for label, n in zip(recorder.months, beside, strict=True)}
    a_month = np.bincount(recorder.month_of_day, np.diff(armed.sum(axis=0), prepend=0.0), len(recorder.months))
    more |= {f"{ARMED_PREFIX}{label}": float(n) for label, n in zip(recorder.months, a_month, strict=True)}
    more |= {f"{PREFIX}{name}": value for name, value in measured(patterns, course).items()}
    record = facts.Record(
        length, index.actors, index.groups, index.prefectures, tuple(place.country for place in theatre.places),
        recorder.prefecture, recorder.inside, ~recorder.home_country, ledger.day[:written], when, where, actor,
        ledger.group[:written], ledger.deaths[:written], told, clash, away, evening, armed[0], armed[1],
    )  # fmt: skip
    told_facts = facts.measured(facts.read_facts(theatre), record, theatre)
    more |= {f"{facts.PREFIX}{name}": value for name, value in told_facts.items()}
    return replace(
        result, outcomes={**result.outcomes, **more}, monthly={**result.monthly, "deaths_reported": one_sided}
    )
