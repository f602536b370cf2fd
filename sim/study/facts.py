"""Published facts of a theatre's crisis, and what a run did in their place.

`observed/outcomes.csv` has a row a fact: a statement, a published range low..best..high, the days it speaks of, and a
`measure`. A measure is a name in `MEASURES`, narrowed down by ``by ORGANISATIONS``, ``in PREFECTURES`` and
``of GROUPS`` (``;`` between several), such as ``reported_deaths by army in Hills``. A fact whose measure is anything
else is kept and shown, and not scored: not every fact has a counterpart in the model.
"""

from __future__ import annotations

import csv
import datetime
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.ground.check import GRADES, BadInput, did_you_mean
from sim.ground.files import read_text

if TYPE_CHECKING:
    from sim.scenario.theatre import Stage, Theatre

PREFIX = "fact_"
COLUMNS = (
    "name", "statement", "measure", "low", "best", "high", "unit", "first_day", "last_day", "source", "grade",
)  # fmt: skip
_WHERE = "observed/outcomes.csv"
_BYTES = 2_000_000
MASS_KILLING = 1000
"""Civilians killed within `MASS_KILLING_DAYS`, the bound of the recorder and of the literature on mass killing."""
MASS_KILLING_DAYS = 365


# ------------------------------------------------------------------------------------------------ what a run leaves


@dataclass(frozen=True, slots=True)
class Record:
    """What a run leaves for the facts. Days count from the first one.

    `day`, `told_day`, `prefecture` (-1: outside), `actor`, `group`, `killed`, `told` (people reported) and `clash`
    [incident]; `away` [day, place] people away from home at each place, `control` [day, place, actor], `combatants`
    and `interveners` [day] killed up to the end of each day. `country` [place]; `inside`, `abroad` [place] flags.
    """

    days: int
    actors: tuple[str, ...]
    groups: tuple[str, ...]
    prefectures: tuple[str, ...]
    country: tuple[str, ...]
    prefecture_of: Any
    inside: Any
    abroad: Any
    day: Any
    told_day: Any
    prefecture: Any
    actor: Any
    group: Any
    killed: Any
    told: Any
    clash: Any
    away: Any
    control: Any
    combatants: Any
    interveners: Any


@dataclass(frozen=True, slots=True)
class Part:
    """The incidents and places that a fact speaks of; () means all. `where` holds prefectures or countries abroad."""

    by: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    of: tuple[str, ...] = ()


def _incidents(r: Record, part: Part, day: Any, first: int, last: int) -> Any:
    chosen = (day >= first) & (day <= last)
    for names, known, column in ((part.by, r.actors, r.actor), (part.of, r.groups, r.group)):
        if names:
            chosen &= np.isin(column, [known.index(name) for name in names])
    if part.where:
        chosen &= np.isin(r.prefecture, [r.prefectures.index(name) for name in part.where])
    return chosen


def _people_away(r: Record, part: Part, outside: bool) -> Any:
    """People away from home [day], at places abroad (`outside`) or in the country."""
    chosen = r.abroad if outside else ~r.abroad
    if part.where:
        there = r.country if outside else [
            r.prefectures[p] if p >= 0 else "" for p in r.prefecture_of
        ]  # fmt: skip
        chosen = chosen & np.isin(there, part.where)
    return r.away[:, chosen].sum(axis=1)


# ------------------------------------------------------------------------------------------------ measures
# Each takes a record, a part, and the first and last day (both included); NaN says that it cannot be said.


def civilian_deaths(r: Record, part: Part, first: int, last: int) -> float:
    """civilians killed, reported or not"""
    return float(r.killed[_incidents(r, part, r.day, first, last)].sum())


def reported_deaths(r: Record, part: Part, first: int, last: int) -> float:
    """civilians reported killed, one-sided or in clashes"""
    return float(r.told[_incidents(r, part, r.told_day, first, last)].sum())


def one_sided_deaths(r: Record, part: Part, first: int, last: int) -> float:
    """civilians reported killed, without those in clashes (as UCDP's type 3)"""
    return float(r.told[_incidents(r, part, r.told_day, first, last) & (r.clash == 0)].sum())


def clash_deaths(r: Record, part: Part, first: int, last: int) -> float:
    """civilians reported killed in clashes"""
    return float(r.told[_incidents(r, part, r.told_day, first, last) & (r.clash == 1)].sum())


def share_of_deaths(r: Record, part: Part, first: int, last: int) -> float:
    """share of the part in all civilians reported killed"""
    whole = reported_deaths(r, Part(), first, last)
    return reported_deaths(r, part, first, last) / whole if whole > 0 else math.nan


def combatant_deaths(r: Record, part: Part, first: int, last: int) -> float:
    """armed people killed, outside forces left out"""
    return float(r.combatants[last] - (r.combatants[first - 1] if first else 0))


def intervener_deaths(r: Record, part: Part, first: int, last: int) -> float:
    """members of outside forces killed"""
    return float(r.interveners[last] - (r.interveners[first - 1] if first else 0))


def all_deaths(r: Record, part: Part, first: int, last: int) -> float:
    """all killed by violence, civilians (reported or not) and armed people"""
    armed = combatant_deaths(r, part, first, last) + intervener_deaths(r, part, first, last)
    return civilian_deaths(r, part, first, last) + armed


def organised_violence_deaths(r: Record, part: Part, first: int, last: int) -> float:
    """civilians reported killed and all armed people killed (as UCDP's three types together)"""
    armed = combatant_deaths(r, part, first, last) + intervener_deaths(r, part, first, last)
    return reported_deaths(r, part, first, last) + armed


def worst_day(r: Record, part: Part, first: int, last: int) -> float:
    """the day with most civilians killed, counted from the first day as 0"""
    chosen = _incidents(r, part, r.day, first, last)
    if not chosen.any():
        return math.nan
    return float(np.argmax(np.bincount(r.day[chosen] - first, r.killed[chosen])))


def mass_killing(r: Record, part: Part, first: int, last: int) -> float:
    """1 when 1,000 civilians are killed within 365 days, else 0"""
    chosen = _incidents(r, part, r.day, first, last)
    total = np.concatenate([[0.0], np.cumsum(np.bincount(r.day[chosen] - first, r.killed[chosen], last - first + 1))])
    ahead = np.minimum(np.arange(len(total)) + MASS_KILLING_DAYS, len(total) - 1)
    return float((total[ahead] - total >= MASS_KILLING).any())


def displaced_inside(r: Record, part: Part, first: int, last: int) -> float:
    """people away from home in the country, at the end of the last day"""
    return float(_people_away(r, part, outside=False)[last])


def displaced_peak(r: Record, part: Part, first: int, last: int) -> float:
    """most people away from home in the country on one day"""
    return float(_people_away(r, part, outside=False)[first : last + 1].max())


def displaced_new(r: Record, part: Part, first: int, last: int) -> float:
    """rise of the number of people away from home in the country"""
    people = _people_away(r, part, outside=False)
    return float(people[last] - people[first])


def refugees_abroad(r: Record, part: Part, first: int, last: int) -> float:
    """refugees abroad at the end of the last day"""
    return float(_people_away(r, part, outside=True)[last])


def refugees_peak(r: Record, part: Part, first: int, last: int) -> float:
    """most refugees abroad on one day"""
    return float(_people_away(r, part, outside=True)[first : last + 1].max())


def refugees_new(r: Record, part: Part, first: int, last: int) -> float:
    """rise of the number of refugees abroad"""
    people = _people_away(r, part, outside=True)
    return float(people[last] - people[first])


def displaced_per_death(r: Record, part: Part, first: int, last: int) -> float:
    """people away from home on the last day, here and abroad, for each one killed, armed people included"""
    return _displaced_per(r, all_deaths(r, Part(), first, last), first, last)


def displaced_per_civilian(r: Record, part: Part, first: int, last: int) -> float:
    """people away from home on the last day, here and abroad, for each civilian killed"""
    return _displaced_per(r, civilian_deaths(r, Part(), first, last), first, last)


def _displaced_per(r: Record, dead: float, first: int, last: int) -> float:
    away = displaced_inside(r, Part(), first, last) + refugees_abroad(r, Part(), first, last)
    return away / dead if dead > 0 else math.nan


def places_held(r: Record, part: Part, first: int, last: int) -> float:
    """share of populated places of which the organisations together hold most, on the last day"""
    mine = np.isin(r.actors, part.by)
    held = r.control[last][:, mine].sum(axis=1) > r.control[last][:, ~mine].sum(axis=1)
    chosen = r.inside.copy()
    if part.where:
        chosen &= np.isin(r.prefecture_of, [r.prefectures.index(name) for name in part.where])
    return float(held[chosen].mean())


_ABROAD = ("refugees_abroad", "refugees_peak", "refugees_new")
_TAKES: dict[str, str] = {
    **dict.fromkeys(("civilian_deaths", "reported_deaths", "one_sided_deaths", "clash_deaths", "share_of_deaths",
                     "worst_day", "mass_killing"), "by in of"),
    **dict.fromkeys((*_ABROAD, "displaced_inside", "displaced_peak", "displaced_new"), "in"),
    "displaced_per_death": "", "displaced_per_civilian": "", "places_held": "by in", "all_deaths": "",
    "combatant_deaths": "", "intervener_deaths": "", "organised_violence_deaths": "",
}  # fmt: skip
MEASURES: dict[str, Callable[[Record, Part, int, int], float]] = {
    measure.__name__: measure
    for measure in (
        civilian_deaths, reported_deaths, one_sided_deaths, clash_deaths, share_of_deaths, combatant_deaths,
        intervener_deaths, all_deaths, organised_violence_deaths, worst_day, mass_killing, displaced_inside,
        displaced_peak, displaced_new, refugees_abroad, refugees_peak, refugees_new, displaced_per_death,
        displaced_per_civilian, places_held,
    )
}  # fmt: skip
_NEEDS = {"share_of_deaths": "by, in or of", "places_held": "by"}


def measures_table() -> str:
    """The measures as a Markdown table, for docs/scenarios.md."""
    rows = [
        f"| `{name}` | {measure.__doc__} | {', '.join(f'`{word}`' for word in _TAKES[name].split()) or 'nothing'} |"
        for name, measure in MEASURES.items()
    ]
    return "\n".join(["| measure | what it counts | may be narrowed by |", "|---|---|---|", *rows])


# ------------------------------------------------------------------------------------------------ the file


@dataclass(frozen=True, slots=True)
class Fact:
    """One published fact. `low` <= `best` <= `high` (infinite: open to that side; `best` NaN: not stated); `first`
    and `last` are days of the calendar or None; `measure` is "" with the reason in `unscored` when none fits."""

    name: str
    statement: str
    stated: str  # the measure as the file says it
    low: float
    best: float
    high: float
    unit: str
    first: datetime.date | None
    last: datetime.date | None
    source: str
    grade: str
    measure: str
    part: Part
    unscored: str

    def value(self, record: Record, start: datetime.date) -> float:
        """What a run from `start` did; NaN when it cannot be said."""
        first = (self.first - start).days if self.first else 0
        last = (self.last - start).days if self.last else record.days - 1
        if first < 0 or last >= record.days:
            return math.nan
        return MEASURES[self.measure](record, self.part, first, last)


def read_facts(theatre: Theatre) -> tuple[Fact, ...]:
    """The facts of the theatre; () without the file. Raises BadInput for a file that cannot be used."""
    path = theatre.path / "observed" / "outcomes.csv"
    if not path.is_file():
        return ()
    text = read_text(path, limit=_BYTES, shown=_WHERE, inside=theatre.path)
    try:
        rows = [(n, row) for n, row in enumerate(csv.reader(io.StringIO(text, newline="")), start=1) if row]
    except csv.Error as error:
        raise BadInput(f"it is no CSV table: {error}", where=_WHERE, instead="one fact a row") from None
    header = [cell.strip() for cell in rows[0][1]]
    if sorted(header) != sorted(COLUMNS):
        odd = sorted(set(header) ^ set(COLUMNS)) or sorted(name for name in header if header.count(name) > 1)
        raise BadInput(f"the column {odd[0]!r} is missing, unknown or named twice", where=f"{_WHERE}:1",
                       instead="the columns " + ", ".join(COLUMNS))  # fmt: skip
    facts: list[Fact] = []
    for number, cells in rows[1:]:
        if len(cells) != len(header):
            raise BadInput(
                f"the row has {len(cells)} cells, the header {len(header)}", where=f"{_WHERE}:{number}",
                why="a comma in a text without quotes?", instead='text that holds a comma in quotes: "a, b"',
            )  # fmt: skip
        fact = _fact(dict(zip(header, (cell.strip() for cell in cells), strict=True)), f"{_WHERE}:{number}", theatre)
        if any(fact.name == other.name for other in facts):
            raise BadInput(f"{fact.name!r} is named twice", where=f"{_WHERE}:{number}", instead="each name once")
        facts.append(fact)
    if not facts:
        raise BadInput("no fact in it", where=_WHERE, instead="a header and at least one row, or no file")
    return tuple(facts)


def _fact(row: Mapping[str, str], where: str, theatre: Theatre) -> Fact:
    for key in ("name", "statement", "measure", "source"):
        if not row[key]:
            raise BadInput(f"{key} is empty", where=where, instead="a text" if key != "source" else "a citation")
    if row["grade"] not in GRADES:
        raise BadInput(f"unknown grade {row['grade']!r}", where=where, instead=did_you_mean(row["grade"], GRADES))
    low, best, high = (_figure(row[key], key, where) for key in ("low", "best", "high"))
    stated = not all(math.isnan(value) for value in (low, best, high))
    if math.isnan(low):
        low = best if not math.isnan(best) else -math.inf
    if math.isnan(high):
        high = best if not math.isnan(best) else math.inf
    if low > high or best < low or best > high:
        raise BadInput(f"low {low:g}, best {best:g}, high {high:g} do not rise", where=where,
                       instead="low <= best <= high")  # fmt: skip
    first, last = (_date(row[key], key, where) for key in ("first_day", "last_day"))
    if first and last and last < first:
        raise BadInput(f"last_day {last} lies before first_day {first}", where=where, instead="first_day <= last_day")
    measure, part, unscored = _measure(row["measure"], theatre) if stated else ("", Part(), "no figure is stated")
    return Fact(row["name"], row["statement"], row["measure"], low, best, high, row["unit"], first, last, row["source"],
                row["grade"], measure, part, unscored)  # fmt: skip


def _figure(text: str, key: str, where: str) -> float:
    if not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadInput(f"{key} {text[:40]!r} is no number", where=where,
                       instead="a number without separators, such as 119600 or 0.5; empty when not known")  # fmt: skip
    return value


def _date(text: str, key: str, where: str) -> datetime.date | None:
    if not text:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{key} {text[:40]!r} is no date", where=where,
                       instead="YYYY-MM-DD; empty for the first or last day of the runs") from None  # fmt: skip


def _measure(text: str, theatre: Theatre) -> tuple[str, Part, str]:
    """(measure, part, "") of a stated measure, or ("", everything, why it cannot be scored)."""
    name, *words = text.split(" ")
    if name not in MEASURES:
        return "", Part(), f"{text!r} is no measure of the model"
    clauses: dict[str, list[str]] = {}
    key = ""
    for word in words:
        if word in ("by", "in", "of") and word not in clauses:
            key = word
            clauses[key] = []
        elif key:
            clauses[key].append(word)
        else:
            return "", Part(), f"{word!r} after {name} is not understood"
    odd = sorted(set(clauses) - set(_TAKES[name].split()))
    if odd:
        return "", Part(), f"{name} cannot be narrowed by {odd[0]!r}"
    if name in _NEEDS and not clauses:
        return "", Part(), f"{name} needs {_NEEDS[name]}"
    inside = [place for place in theatre.places if not theatre.is_abroad(place)]
    known = {
        "by": [actor.name for actor in theatre.actors],
        "of": [group.name for group in theatre.groups],
        "in": sorted({place.country for place in theatre.places if theatre.is_abroad(place)})
        if name in _ABROAD else sorted({place.prefecture for place in inside if place.prefecture}),
    }  # fmt: skip
    named: dict[str, tuple[str, ...]] = {}
    for key, parts in clauses.items():
        named[key] = tuple(part.strip() for part in " ".join(parts).split(";"))
        unknown = [one for one in named[key] if one not in known[key]]
        if unknown:
            return "", Part(), f"{unknown[0]!r} is not in this theatre: {did_you_mean(unknown[0], known[key])}"
    return name, Part(named.get("by", ()), named.get("in", ()), named.get("of", ())), ""


def scored_as(measure: str, theatre: Theatre) -> str:
    """The name in `MEASURES` of a stated measure that fits this theatre; "" for one that cannot be scored."""
    return _measure(measure, theatre)[0]


def stage_of(fact: Fact, stages: Sequence[Stage]) -> tuple[str, str]:
    """(stage, "") from whose start the fact is simulated: the last one not after its first day; or ("", why none is).

    A fact without a first day is told from the first stage.
    """
    if fact.unscored:
        return "", fact.unscored
    before = [stage for stage in stages if fact.first is None or stage.start <= fact.first]
    if not before:
        return "", f"it begins before the first start, {min(stage.start for stage in stages)}"
    stage = max(before, key=lambda s: s.start) if fact.first else stages[0]
    end = stage.start + datetime.timedelta(days=stage.days - 1)
    if fact.last is not None and fact.last > end:
        longer = [s for s in before if fact.last <= s.start + datetime.timedelta(days=s.days - 1)]
        if not longer:
            return "", f"it ends after the last simulated day, {end}"
        stage = max(longer, key=lambda s: s.start)
    return stage.name, ""


def measured(facts: Sequence[Fact], record: Record, theatre: Theatre) -> dict[str, float]:
    """name -> what this run did, of the facts that are simulated from this start."""
    return {
        fact.name: fact.value(record, theatre.start)
        for fact in facts if stage_of(fact, theatre.stages)[0] == theatre.stage
    }  # fmt: skip
