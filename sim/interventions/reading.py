"""Reading instruments and decisions from the mappings of a policy file; every key is checked, nothing is ignored."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from sim.ground import reading
from sim.ground.check import BadInput, Problem, did_you_mean
from sim.ground.reading import read_graded
from sim.interventions.base import EVENTS, STATES, After, Decision, Lead, Threshold
from sim.scenario.theatre import Actor, Theatre
from sim.world.index import Index


class Reader(reading.Reader):
    """Checked access to one mapping of a policy file."""

    hints: ClassVar[Mapping[str, str]] = {
        "decided_on": "decided_on: {day: 30}, {date: 2013-03-24} or {when: {reported_deaths: 82, within_days: 30}}",
        "lifted_on": "lifted_on: {when: {reported_deaths_below: 10, within_days: 90}} or {event: truce}",
        "if": "if: {reported_deaths: 20, within_days: 30}",
        "ladder": "ladder: {every_days: 60, while: {reported_deaths: 20, within_days: 30}, steps: [name, name]}",
        "lead_days": "lead_days: {value: 15, low: 10, high: 30, source: ..., grade: assumption}",
        "date": "date: 2013-03-24",
        "when": "when: {reported_deaths: 82, within_days: 30}",
    }


class Patient(Reader):
    """Goes on after a number or a key that it refuses, and keeps what was wrong in `refused`."""

    def __init__(self, raw: Mapping[str, Any], where: str) -> None:
        super().__init__(raw, where)
        self.refused: list[Problem] = []

    def number(self, key: str, low: float, high: float, default: Any = ...) -> float:
        """As `Reader.number`; `low` for what was refused."""
        try:
            return super().number(key, low, high, default)
        except BadInput as error:
            self.refused.append(error.problem)
            return low

    def end(self) -> None:
        """Note every key that was not read."""
        self.refused += [
            Problem(f"unknown key {key!r}", self.where, instead=did_you_mean(str(key), self._known))
            for key in self._raw
        ]


def read_lead(raw: Any, where: str) -> Lead:
    """`lead_days`: a mapping of value, low, high, source, grade."""
    return read_graded(raw, 0, 3660, where)


KINDS = ("date", "day", "when", "event", "warning", "after")
"""The keys of which a rule has exactly one."""


def read_decision(raw: Any, theatre: Theatre, where: str, steps: Sequence[str] = ()) -> Decision:
    """A rule: exactly one of `KINDS`, and what goes with it; `steps` are the names that `after` may take.

    `days` (after an event, a warning, a threshold or a step), `if` (a threshold that must hold too), `is` (with
    `after`) and `deaths` (with `event: mass_incident`).
    """
    reader = Reader(raw, where)
    given = [key for key in KINDS if key in raw and raw[key] is not None]
    if len(given) != 1:
        found = f" ({', '.join(given)})" if given else ""
        for key in ("days", "if", "is", "deaths", *KINDS):
            reader.take(key, object, None)
        reader.end()
        raise BadInput(f"{len(given)} ways to decide{found}", where=where, instead="exactly one of " + ", ".join(KINDS))
    kind = given[0]
    for key in KINDS:
        if key != kind:
            reader.take(key, object, None)
    rule = _RULES[kind](reader, theatre, where, steps)
    if kind not in ("date", "day"):
        rule = replace(rule, days=reader.whole("days", 0, 3660, 0))
    condition = reader.take("if", Mapping, None)
    reader.end()
    text = rule.text if not rule.days else f"{rule.days} days after: {rule.text}"
    if condition is None:
        return replace(rule, text=text)
    only, said = read_threshold(condition, theatre, f"{where}.if")
    return replace(rule, only=only, text=f"{text}, if there are {said}")


def _date(reader: Reader, theatre: Theatre, where: str, steps: Sequence[str]) -> Decision:
    date = reader.take("date", (datetime.date, str))
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(date)):  # weeks, times of day
            raise ValueError
        decided = datetime.date.fromisoformat(str(date))
    except ValueError:
        raise BadInput(f"date is {reader.shown(date)}", where=where, instead="a day as YYYY-MM-DD") from None
    # what was decided before the start of a later stage is already in force on its first day
    return Decision((decided - theatre.start).days, text=decided.isoformat())


def _day(reader: Reader, theatre: Theatre, where: str, steps: Sequence[str]) -> Decision:
    day = reader.take("day", int)
    if not 0 <= day <= 3660:
        raise BadInput(f"day is {day}", where=where, instead="days after the start, 0 to 3,660")
    return Decision(day, text=f"day {day}")


def _when(reader: Reader, theatre: Theatre, where: str, steps: Sequence[str]) -> Decision:
    threshold, said = read_threshold(reader.take("when", Mapping), theatre, f"{where}.when")
    return Decision(when=threshold, text=f"first day with {said}")


def _event(reader: Reader, theatre: Theatre, where: str, steps: Sequence[str]) -> Decision:
    event = one_of(reader, "event", EVENTS)
    deaths = reader.whole("deaths", 1, 1_000_000) if event == "mass_incident" else 0
    text = f"an incident with {deaths} or more deaths is reported" if deaths else EVENTS[event]
    return Decision(event=event, deaths=deaths, text=text)


def _warning(reader: Reader, theatre: Theatre, where: str, steps: Sequence[str]) -> Decision:
    level = reader.number("warning", 0.1, 10)
    return Decision(warning=level, text=f"those who warn see level {level:g} of 10")


def _after(reader: Reader, theatre: Theatre, where: str, steps: Sequence[str]) -> Decision:
    name = reader.take("after", str)
    state = one_of(reader, "is", STATES, "decided")
    if steps.count(name) != 1:
        known = [one for one in dict.fromkeys(steps) if steps.count(one) == 1]
        what = f"{steps.count(name)} instruments are named" if name in steps else "no instrument is named"
        raise BadInput(
            f"{what} {name!r}", where=where, why="a rule follows one instrument of this policy, by its name",
            instead="a name of its own for each" if name in steps else did_you_mean(name, known),
        )  # fmt: skip
    return Decision(after=After(steps.index(name), state), text=f"{name!r} is {state.replace('_', ' ')}")


_RULES: dict[str, Callable[[Reader, Theatre, str, Sequence[str]], Decision]] = {
    "date": _date, "day": _day, "when": _when, "event": _event, "warning": _warning, "after": _after,
}  # fmt: skip


def read_threshold(raw: Any, theatre: Theatre, where: str) -> tuple[Threshold, str]:
    """`reported_deaths` or `reported_deaths_below`, `within_days`, `prefecture`, `for_days`; and the same in words."""
    inner = Reader(raw, where)
    below = "reported_deaths_below" in raw
    key = "reported_deaths_below" if below else "reported_deaths"
    deaths = inner.whole(key, 1, 10_000_000)
    within = inner.whole("within_days", 1, 3660, 30)
    lasting = inner.whole("for_days", 1, 3660, 1)
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
    text = f"{'fewer than ' if below else ''}{deaths} reported deaths within {within} days"
    text += (f" in {prefecture}" if prefecture else "") + (f" for {lasting} days" if lasting > 1 else "")
    return Threshold(deaths, within, prefecture, below, lasting), text


def read_lifts(raw: Any, theatre: Theatre, where: str, steps: Sequence[str]) -> tuple[Decision, ...]:
    """`lifted_on`: a rule, or a list of rules of which the first to come true lifts it."""
    rules = raw if isinstance(raw, list) else [raw]
    return tuple(
        read_decision(rule, theatre, f"{where}[{n}]" if isinstance(raw, list) else where, steps)
        for n, rule in enumerate(rules)
    )


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


ROLES: Mapping[str, Callable[[Actor], bool]] = {
    "all": lambda actor: True,
    "perpetrators": lambda actor: bool(actor.targets) or actor.intent >= 1,
    "state": lambda actor: actor.kind in ("state", "guard", "police"),
    "rebels": lambda actor: actor.kind in ("rebel", "foreign_rebel"),
    "militias": lambda actor: actor.kind in ("militia", "herders"),
}
"""Armed organisations of the theatre itself by what they are at the start, for files that serve every theatre."""
LARGE_TOWNS = 5


def read_actors(reader: Reader, key: str, theatre: Theatre, index: Index, where: str) -> tuple[int, ...]:
    """Armed organisations, by name or by one of `ROLES`."""
    chosen: list[str] = []
    for name in reader.names(key):
        if name in ROLES and name not in index.actors:
            chosen += [actor.name for actor in theatre.actors if not actor.outsider and ROLES[name](actor)]
        else:
            chosen.append(name)
    return distinct(tuple(index.actor(name, where) for name in chosen), key, where)


def large_towns(theatre: Theatre) -> list[str]:
    """The places inside with most people at the start, without the capital; in the order of the file where equal."""
    people: dict[str, int] = {place.name: 0 for place in theatre.places if place.inside and place.kind != "capital"}
    for row in theatre.population:
        if row.place in people:
            people[row.place] += row.people
    return sorted(people, key=lambda name: -people[name])[:LARGE_TOWNS]


def read_places(
    reader: Reader, key: str, theatre: Theatre, index: Index, where: str, default: Any = ..., inside: bool = True
) -> tuple[int, ...]:
    """Named places inside (or outside) the theatre; `capital`, `large_towns`, `all` are chosen before the first day."""
    names = reader.names(key, default)
    if names == ("all",):
        names = tuple(place.name for place in theatre.places if place.inside == inside)
    if "large_towns" in names:
        names = (*(name for name in names if name != "large_towns"), *large_towns(theatre))
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
