"""Reading instruments and decisions from the mappings of a policy file; every key is checked, nothing is ignored."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sim.ground import reading
from sim.ground.check import BadInput, did_you_mean
from sim.ground.reading import read_graded
from sim.interventions.base import Decision, Lead
from sim.scenario.theatre import Theatre
from sim.world.index import Index


class Reader(reading.Reader):
    """Checked access to one mapping of a policy file."""

    hints: ClassVar[Mapping[str, str]] = {
        "decided_on": "decided_on: {day: 30}, {date: 2013-03-24} or {when: {reported_deaths: 82, within_days: 30}}",
        "lead_days": "lead_days: {value: 15, low: 10, high: 30, source: ..., grade: assumption}",
        "date": "date: 2013-03-24",
        "when": "when: {reported_deaths: 82, within_days: 30}",
    }


def read_lead(raw: Any, where: str) -> Lead:
    """`lead_days`: a mapping of value, low, high, source, grade."""
    return read_graded(raw, 0, 3660, where)


def read_decision(raw: Any, theatre: Theatre, where: str) -> Decision:
    """`decided_on`: {date: ...} or {day: n} or {when: {reported_deaths, within_days, prefecture}}."""
    reader = Reader(raw, where)
    date = reader.take("date", (datetime.date, str), None)
    day = reader.take("day", int, None)
    when = reader.take("when", Mapping, None)
    reader.end()
    given = [key for key, value in (("date", date), ("day", day), ("when", when)) if value is not None]
    if len(given) != 1:
        found = f" ({', '.join(given)})" if given else ""
        raise BadInput(f"{len(given)} ways to decide{found}", where=where, instead="exactly one of date, day, when")
    if date is not None:
        try:
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(date)):  # weeks, times of day
                raise ValueError
            decided = datetime.date.fromisoformat(str(date))
        except ValueError:
            raise BadInput(f"date is {reader.shown(date)}", where=where, instead="a day as YYYY-MM-DD") from None
        # what was decided before the start of a later stage is already in force on its first day
        return Decision((decided - theatre.start).days, text=decided.isoformat())
    if day is not None:
        if not 0 <= day <= 3660:
            raise BadInput(f"day is {day}", where=where, instead="days after the start, 0 to 3,660")
        return Decision(day, text=f"day {day}")
    inner = Reader(when, f"{where}.when")
    deaths = inner.whole("reported_deaths", 1, 10_000_000)
    within = inner.whole("within_days", 1, 3660, 30)
    prefecture = inner.take("prefecture", str, "")
    for bound in ("reported_deaths_low", "reported_deaths_high"):
        inner.number(bound, 0, 10_000_000, deaths)
    for note in ("source", "grade"):
        inner.take(note, str, "")
    inner.end()
    if prefecture and prefecture not in theatre.prefectures:
        raise BadInput(
            f"no prefecture {prefecture!r}", where=where, instead=did_you_mean(prefecture, theatre.prefectures)
        )
    text = f"first day with {deaths} reported deaths within {within} days" + (f" in {prefecture}" if prefecture else "")
    return Decision(None, deaths, within, prefecture, text=text)


def duration(reader: Reader, where: str) -> int | None:
    """`duration_days`: whole days, plain or graded; null = to the end of the run."""
    given = reader.take("duration_days", (int, dict), None)
    if given is None:
        return None
    days = read_graded(given, 1, 3660, f"{where}.duration_days").value if isinstance(given, dict) else given
    if days < 1 or days != int(days):
        raise BadInput(f"duration_days is {days}", where=where, instead="a whole number of 1 or more, or null")
    return int(days)


def one_of(reader: Reader, key: str, known: Iterable[str], default: Any = ...) -> str:
    """A word from a short list."""
    given: str = reader.take(key, str, default)
    if given not in known:
        raise BadInput(f"{key} is {given!r}", where=reader.where, instead=did_you_mean(given, known))
    return given


def distinct(chosen: tuple[int, ...], key: str, where: str) -> tuple[int, ...]:
    """Refuse an empty list and a name given twice: it would count twice, or not at all."""
    if not chosen:
        raise BadInput(f"{key} is empty", where=where, instead=f"{key}: [name, name]")
    if len(set(chosen)) < len(chosen):
        raise BadInput(f"{key} names one twice", where=where, instead="each name once")
    return chosen


def own_actors(theatre: Theatre) -> tuple[str, ...]:
    """Names of the armed organisations of the theatre itself."""
    return tuple(actor.name for actor in theatre.actors if not actor.outsider)


def read_actors(reader: Reader, key: str, theatre: Theatre, index: Index, where: str) -> tuple[int, ...]:
    """Named armed organisations; `[all]` means all of the theatre's own, `[perpetrators]` who may harm groups."""
    names = reader.names(key)
    if names == ("all",):
        names = own_actors(theatre)
    if names == ("perpetrators",):
        names = tuple(a.name for a in theatre.actors if not a.outsider and (a.targets or a.intent >= 1))
    return distinct(tuple(index.actor(name, where) for name in names), key, where)


def read_places(
    reader: Reader, key: str, theatre: Theatre, index: Index, where: str, default: Any = ..., inside: bool = True
) -> tuple[int, ...]:
    """Named places inside (or outside) the theatre; `[capital]`, `[all]` are chosen before the first day."""
    names = reader.names(key, default)
    if names == ("all",):
        names = tuple(place.name for place in theatre.places if place.inside == inside)
    chosen = []
    for name in names:
        if name == "capital":
            name = next(place.name for place in theatre.places if place.kind == "capital")
        chosen.append(index.place(name, where))
        if theatre.places[chosen[-1]].inside != inside:
            lies, wanted = ("outside", "inside") if inside else ("inside", "outside")
            right = [place.name for place in theatre.places if place.inside == inside]
            raise BadInput(
                f"{key}: {name!r} lies {lies} the theatre",
                where=where,
                why=f"this instrument acts {wanted}",
                instead="one of: " + ", ".join(right[:12]),
            )
    if not chosen and default is not ...:
        return ()
    return distinct(tuple(chosen), key, where)


def per_day(reader: Reader, common: Any) -> float:
    """`cost` in EUR over the whole duration (a year if it has no end), as EUR a day."""
    return reader.number("cost", 0, 1e12, 0) / (common["duration"] or 365)
