"""Reading instruments and decisions from the mappings of a policy file; every key is checked, nothing is ignored."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from sim.ground.check import GRADES, BadInput, Source, did_you_mean
from sim.interventions.base import Decision, Lead
from sim.scenario.theatre import Theatre


class Reader:
    """Checked access to one mapping of a policy file: every key is read once, what is left over is refused."""

    def __init__(self, raw: Mapping[str, Any], where: str) -> None:
        if not isinstance(raw, Mapping):
            raise BadInput("not a mapping", where=where, instead="key: value lines")
        self._raw = dict(raw)
        self._known: set[str] = set()
        self.where = where

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        """The value under `key`; BadInput when it is absent (no default) or of another kind."""
        self._known.add(key)
        if key not in self._raw:
            if default is ...:
                raise BadInput(f"{key!r} is missing", where=self.where, instead=f"{key}: ...")
            return default
        value = self._raw.pop(key)
        if value is None and default is None:
            return None
        if isinstance(value, bool) and kind is not bool or not isinstance(value, kind):
            wanted = " or ".join(k.__name__ for k in kind) if isinstance(kind, tuple) else kind.__name__
            raise BadInput(
                f"{key} is {value!r}", where=self.where, why=f"it must be {wanted}", instead=f"{key}: <{wanted}>"
            )
        return value

    def number(self, key: str, low: float, high: float, default: Any = ...) -> float:
        """A finite number in low..high, plain or as a mapping of value, low, high, source, grade."""
        given = self.take(key, (int, float, dict), default)
        if isinstance(given, dict):
            given = read_graded(given, low, high, f"{self.where}.{key}").value
        value = float(given)
        if not low <= value <= high:
            raise BadInput(
                f"{key} is {value:g}",
                where=self.where,
                why=f"it must lie in {low:g} .. {high:g}",
                instead=f"{key}: {low:g}",
            )
        return value

    def names(self, key: str, default: Any = ...) -> tuple[str, ...]:
        """A list of names (or one name)."""
        value = self.take(key, (list, tuple, str), default)
        if isinstance(value, str):
            return (value,)
        if not all(isinstance(name, str) for name in value):
            raise BadInput(
                f"{key} holds something that is not a name", where=self.where, instead=f"{key}: [name, name]"
            )
        return tuple(value)

    def end(self) -> None:
        """Refuse what was not read."""
        for key in self._raw:
            raise BadInput(f"unknown key {key!r}", where=self.where, instead=did_you_mean(str(key), self._known))


def read_graded(raw: Any, least: float, most: float, where: str) -> Lead:
    """A mapping of value, low, high (each in least..most), source, grade."""
    reader = Reader(raw, where)
    value, low, high = (reader.number(key, least, most) for key in ("value", "low", "high"))
    text, grade = reader.take("source", str), reader.take("grade", str)
    reader.end()
    if not low <= value <= high:
        raise BadInput(
            f"value {value:g} is outside low..high {low:g}..{high:g}", where=where, instead="low <= value <= high"
        )
    if not text.strip():
        raise BadInput("source is empty", where=where, instead="a citation, or the reason for the judgement")
    if grade not in GRADES:
        raise BadInput(f"grade is {grade!r}", where=where, instead=did_you_mean(grade, GRADES))
    return Lead(value, low, high, Source(text, grade))


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
        raise BadInput(f"{len(given)} ways to decide", where=where, instead="one of date, day, when")
    if date is not None:
        try:
            decided = datetime.date.fromisoformat(str(date))  # a time of day is refused too
        except ValueError:
            raise BadInput(f"date is {date!r}", where=where, instead="YYYY-MM-DD") from None
        # what was decided before the start of a later stage is already in force on its first day
        return Decision((decided - theatre.start).days, text=decided.isoformat())
    if day is not None:
        return Decision(day, text=f"day {day}")
    inner = Reader(when, f"{where}.when")
    deaths = int(inner.number("reported_deaths", 1, 10_000_000))
    within = int(inner.number("within_days", 1, 3660, 30))
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
