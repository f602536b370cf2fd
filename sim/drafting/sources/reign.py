"""REIGN: when elections were held or due, and what kind of regime ruled since when. Leaders' names are not read."""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass, field
from pathlib import Path

from sim.drafting.sources.table import Format, Row, Table
from sim.ground.check import BadInput

_CITE = "REIGN (Bell, Besaw & Frank 2021, One Earth Future)"
KINDS = {"L": "legislative election", "X": "election of the executive", "R": "referendum"}


@dataclass(frozen=True, slots=True)
class Election:
    """A vote on `date`: what kind, whether it came by the legal calendar, and when it was announced (if told)."""

    date: datetime.date
    kind: str
    scheduled: bool
    announced: datetime.date | None

    def known_on(self, day: datetime.date) -> bool:
        """Whether it stood in the calendar of that day: due by law, or announced before."""
        return self.scheduled or (self.announced is not None and self.announced <= day)


@dataclass
class Elections:
    """Correlates of War number -> elections; `last` is the last year with one."""

    rows: dict[int, list[Election]] = field(default_factory=dict)
    last: int = 0

    def between(self, numbers: tuple[int, ...], first: datetime.date, last: datetime.date) -> list[Election]:
        """A country's votes from `first` to `last`, in order."""
        found = [one for n in numbers for one in self.rows.get(n, ()) if first <= one.date <= last]
        return sorted(found, key=lambda one: (one.date, one.kind))


def _read_elections(path: Path) -> Elections:
    announced: dict[str, datetime.date] = {}
    votes: list[tuple[Row, datetime.date, bool]] = []
    for row in Table(path, ELECTIONS).rows():
        event, day = row.text("event").casefold(), row.number("elec_day")
        year, month = row.number("elec_year"), row.number("elec_month")
        if year is None or month is None or not 1 <= month <= 12:
            continue  # a vote without a month cannot stand in a calendar
        # the published list holds days that do not exist (31 November 2025): the last of the month is meant
        longest = calendar.monthrange(int(year), int(month))[1]
        date = datetime.date(int(year), int(month), min(max(int(day or 15), 1), longest))
        if event.startswith("announce"):
            announced.setdefault(row.text("elecnum"), date.replace(day=1))
        elif event.startswith(("vote", "upcoming")):
            votes.append((row, date, "early" not in event))
    made = Elections()
    for row, date, scheduled in votes:
        kind = KINDS.get(row.text("type"), "vote")
        regular = scheduled and row.text("regular") == "Y"
        told = announced.get(row.text("elecnum"))
        made.rows.setdefault(row.whole("ccode"), []).append(Election(date, kind, regular, told))
        made.last = max(made.last, date.year)
    return made


@dataclass
class Regimes:
    """Correlates of War number -> (first day, last day, kind of regime)."""

    rows: dict[int, list[tuple[datetime.date, datetime.date, str]]] = field(default_factory=dict)
    last: int = 0

    def on(self, numbers: tuple[int, ...], day: datetime.date) -> tuple[datetime.date, str] | None:
        """(since when, what kind) of the regime that ruled on `day`."""
        for number in numbers:
            for first, last, kind in self.rows.get(number, ()):
                if first <= day <= last:
                    return first, kind
        return None


def _read_regimes(path: Path) -> Regimes:
    made = Regimes()
    for row in Table(path, REGIMES).rows():
        first, last = (_american(row, name) for name in ("gwf_startdate", "gwf_enddate"))
        made.rows.setdefault(row.whole("cowcode"), []).append((first, last, row.text("gwf_regimetype")))
        made.last = max(made.last, last.year)
    return made


def _american(row: Row, name: str) -> datetime.date:
    try:
        month, day, year = (int(part) for part in row.text(name).split("/"))
        return datetime.date(year, month, day)
    except ValueError:
        raise BadInput(
            f"{name} {row.text(name)!r} is no date", where=f"{row.file}:{row.line}", why="REIGN writes month/day/year",
            instead="the file as published",
        ) from None  # fmt: skip


ELECTIONS = Format(
    "reign_elections", "REIGN, elections", _CITE, ("ccode", "elecnum", "elec_year"),
    ("ccode", "elecnum", "elec_year", "elec_month", "elec_day", "event", "type", "regular"), 0, 2016, _read_elections,
)  # fmt: skip
REGIMES = Format(
    "reign_regimes", "REIGN, regimes", _CITE, ("cowcode", "gwf_regimetype"),
    ("cowcode", "gwf_startdate", "gwf_enddate", "gwf_regimetype"), 0, 2016, _read_regimes,
)  # fmt: skip
