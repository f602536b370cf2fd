"""Reading instruments and decisions from the mappings of a policy file; every key is checked, nothing is ignored."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from sim.ground.check import GRADES, BadInput, Source, did_you_mean
from sim.interventions.base import Decision, Lead
from sim.scenario.theatre import Theatre

_IN_WORDS: dict[type, str] = {
    str: "text", int: "a whole number", float: "a number", dict: "a block",
    list: "a list", tuple: "a list", Mapping: "a block", datetime.date: "a day",
}  # fmt: skip
_AS_WRITTEN = {
    "decided_on": "decided_on: {day: 30}, {date: 2013-03-24} or {when: {reported_deaths: 82, within_days: 30}}",
    "lead_days": "lead_days: {value: 15, low: 10, high: 30, source: ..., grade: assumption}",
    "date": "date: 2013-03-24",
    "when": "when: {reported_deaths: 82, within_days: 30}",
}


class Reader:
    """Checked access to one mapping of a policy file: every key is read once, what is left over is refused."""

    def __init__(self, raw: Mapping[str, Any], where: str) -> None:
        if not isinstance(raw, Mapping):
            raise BadInput("not a mapping", where=where, instead="key: value lines")
        self._raw = dict(raw)
        self._known: set[str] = set()
        self.where = where

    def shown(self, value: Any) -> str:
        """The value, cut short, for a message."""
        text = repr(value)
        return text if len(text) <= 60 else text[:57] + "..."

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
            kinds = kind if isinstance(kind, tuple) else (kind,)
            wanted = " or ".join(dict.fromkeys(_IN_WORDS[k] for k in kinds if k is not int or float not in kinds))
            raise BadInput(
                f"{key} is {'empty' if value is None else self.shown(value)}",
                where=self.where, why=f"it must be {wanted}", instead=_AS_WRITTEN.get(key, f"{key}: {wanted}"),
            )  # fmt: skip
        return value

    def number(self, key: str, low: float, high: float, default: Any = ...) -> float:
        """A finite number in low..high, plain or as a mapping of value, low, high, source, grade."""
        given = self.take(key, (int, float, dict), default)
        if isinstance(given, dict):
            given = read_graded(given, low, high, f"{self.where}.{key}").value
        if not low <= given <= high:  # also not NaN
            raise BadInput(
                f"{key} is {self.shown(given)}",
                where=self.where,
                instead=f"{key}: a number {low:,.15g} to {high:,.15g}",
            )
        return float(given)

    def whole(self, key: str, low: int, high: int, default: Any = ...) -> int:
        """A whole number in low..high, plain or graded like `number`."""
        value = self.number(key, low, high, default)
        if value != int(value):
            raise BadInput(
                f"{key} is {value:g}", where=self.where, instead=f"{key}: a whole number {low:,} to {high:,}"
            )
        return int(value)

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
