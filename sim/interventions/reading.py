"""Reading instruments and decisions from the mappings of a policy file; every key is checked, nothing is ignored."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from sim.ground import reading
from sim.ground.check import BadInput, did_you_mean
from sim.ground.reading import read_graded
from sim.interventions.base import Decision, Lead
from sim.scenario.theatre import Theatre


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
