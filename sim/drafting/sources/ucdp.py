"""Uppsala Conflict Data Program: deaths by country and year, one-sided violence by actor, and dated events."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path

from sim.drafting.sources.table import Format, Row, Table
from sim.ground.check import BadInput

_LAG = 5  # the yearly release comes in June
_CITE = "UCDP (Davies, Pettersson, Sollenberg & Oberg 2025, JPR 62(4))"
_KINDS = ("sb_total_deaths", "ns_total_deaths", "os_total_deaths")


@dataclass(frozen=True, slots=True)
class Toll:
    """Deaths of one kind in one country and year: best estimate with its range."""

    best: float = 0.0
    low: float = 0.0
    high: float = 0.0

    def __add__(self, other: Toll) -> Toll:
        return Toll(self.best + other.best, self.low + other.low, self.high + other.high)


@dataclass(frozen=True, slots=True)
class CountryYear:
    """Organised violence in one country and year. `by_government` are civilians that governments killed; `rebels` fight
    the country's government, `guests` another one's on its soil, and `killers` killed civilians (names of groups).
    """

    state_based: Toll = Toll()
    non_state: Toll = Toll()
    one_sided: Toll = Toll()
    by_government: float = 0.0
    rebels: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    killers: tuple[str, ...] = ()

    @property
    def conflict(self) -> Toll:
        """State-based and non-state deaths together."""
        return self.state_based + self.non_state


@dataclass
class CountryYears:
    """(Gleditsch-Ward number, year) -> `CountryYear`. A covered year without a row had no deaths on record."""

    rows: dict[tuple[int, int], CountryYear] = field(default_factory=dict)
    first: int = 9999
    last: int = 0

    def of(self, numbers: tuple[int, ...], year: int) -> CountryYear | None:
        """That country (under any of its numbers) in that year; None for a year that is not covered."""
        if not self.first <= year <= self.last:
            return None
        return next((self.rows[n, year] for n in numbers if (n, year) in self.rows), CountryYear())

    def add(self, number: int, year: int, row: CountryYear) -> None:
        """Note one country and year."""
        self.rows[number, year] = row
        self.first, self.last = min(self.first, year), max(self.last, year)


def _read_country_years(path: Path) -> CountryYears:
    made = CountryYears()
    for row in Table(path, COUNTRY_YEARS).rows():
        battle, between, against = (
            Toll(*(_count(row, f"{kind}_{end}_cy") for end in ("best", "low", "high"))) for kind in _KINDS
        )
        made.add(
            row.whole("country_id_cy"),
            row.whole("year_cy"),
            CountryYear(
                battle,
                between,
                against,
                _count(row, "os_any_govt_killings_best_cy"),
                *_groups(row.text("sb_dyad_names_cy"), row.text("main_govt_name_cy")),
                tuple(name.rsplit(" - Civilians", 1)[0] for name in _names(row.text("os_dyad_names_cy"))),
            ),
        )
    return made


def _count(row: Row, name: str) -> float:
    value = row.number(name)
    if value is not None and value < 0:
        raise BadInput(
            f"{name} is {value:g}", where=f"{row.file}:{row.line}", why="deaths cannot be fewer than none",
            instead="the file as published",
        )  # fmt: skip
    return value or 0.0


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(";") if name.strip() and name.strip() != "NO_DYAD"]


def _groups(dyads: str, own: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sides that are no government: those against the country's `own`, and those against another."""
    against: dict[bool, list[str]] = {True: [], False: []}
    for name in _names(dyads):
        government, _, group = name.partition(" - ")
        if group and not group.startswith("Government of"):
            against[government == own].append(group)
    return tuple(against[True]), tuple(against[False])


def _read_one_sided(path: Path) -> CountryYears:
    made = CountryYears()
    for row in Table(path, ONE_SIDED).rows():
        toll = Toll(*(_count(row, f"{end}_fatality_estimate") for end in ("best", "low", "high")))
        numbers = row.wholes("gwno_location")
        share = Toll(*(part / max(len(numbers), 1) for part in (toll.best, toll.low, toll.high)))
        government = row.whole("is_government_actor") == 1
        for number in numbers:
            year = row.whole("year")
            held = made.rows.get((number, year), CountryYear())
            made.add(
                number,
                year,
                CountryYear(
                    one_sided=held.one_sided + share,
                    by_government=held.by_government + share.best * government,
                    killers=(*held.killers, row.text("actor_name")),
                ),
            )
    return made


@dataclass(frozen=True, slots=True)
class Event:
    """One dated event: `kind` 1 state-based, 2 non-state, 3 one-sided; deaths by the best estimate."""

    date: datetime.date
    lat: float
    lon: float
    kind: int
    side_a: str
    side_b: str
    deaths: float


@dataclass
class Events:
    """Gleditsch-Ward number -> events, in the order of the file; `last` is the last year it reaches."""

    rows: dict[int, list[Event]] = field(default_factory=dict)
    last: int = 0

    def of(self, numbers: tuple[int, ...], first: int, last: int) -> list[Event]:
        """The events of a country in the years `first` to `last`."""
        return [event for n in numbers for event in self.rows.get(n, ()) if first <= event.date.year <= last]


def _read_events(path: Path) -> Events:
    made = Events()
    for row in Table(path, EVENTS).rows():
        day = row.text("date_start")[:10]
        try:
            date = datetime.date.fromisoformat(day)
        except ValueError:
            raise BadInput(
                f"date_start {day!r} is no date", where=f"{row.file}:{row.line}",
                why="a spreadsheet may have rewritten the dates", instead="the file as published (YYYY-MM-DD)",
            ) from None  # fmt: skip
        lat, lon = row.place("latitude", "longitude")
        kind = row.whole("type_of_violence")
        event = Event(date, lat, lon, kind, row.text("side_a"), row.text("side_b"), _count(row, "best"))
        made.rows.setdefault(row.whole("country_id"), []).append(event)
        made.last = max(made.last, date.year)
    return made


@dataclass
class Conflicts:
    """(Gleditsch-Ward number of the government, group) -> {year: what they fought over}."""

    rows: dict[tuple[int, str], dict[int, str]] = field(default_factory=dict)
    last: int = 0

    def over(self, numbers: tuple[int, ...], group: str, until: int) -> tuple[int, str] | None:
        """(year, `territory` or `government`) of the group's newest year of conflict up to `until`."""
        years = [
            (year, over)
            for n in numbers
            for year, over in self.rows.get((n, group.casefold()), {}).items()
            if year <= until
        ]
        return max(years, default=None)


def _read_conflicts(path: Path) -> Conflicts:
    made = Conflicts()
    for row in Table(path, CONFLICTS).rows():
        kind, year = row.whole("incompatibility"), row.whole("year")
        if kind not in (1, 2, 3):
            raise BadInput(
                f"incompatibility is {kind}", where=f"{row.file}:{row.line}",
                why="1 is territory, 2 government, 3 both", instead="the file as published",
            )  # fmt: skip
        over = "territory" if kind == 1 else "government"
        for number in row.wholes("gwno_a"):
            for group in row.text("side_b").split(","):
                made.rows.setdefault((number, group.strip().casefold()), {})[year] = over
        made.last = max(made.last, year)
    return made


COUNTRY_YEARS = Format(
    "ucdp_country_years", "UCDP Organized Violence, country-years", _CITE,
    ("country_id_cy", "year_cy"),
    ("country_id_cy", "year_cy", "main_govt_name_cy", "sb_dyad_names_cy", "os_dyad_names_cy",
     "os_any_govt_killings_best_cy")
    + tuple(f"{kind}_{end}_cy" for kind in _KINDS for end in ("best", "low", "high")),
    _LAG, 2007, _read_country_years,
)  # fmt: skip
ONE_SIDED = Format(
    "ucdp_one_sided", "UCDP One-sided Violence", "UCDP (Eck & Hultman 2007, JPR 44(2); Davies et al. 2025)",
    ("actor_id", "is_government_actor", "year"),
    ("actor_name", "year", "best_fatality_estimate", "low_fatality_estimate", "high_fatality_estimate",
     "is_government_actor", "gwno_location"),
    _LAG, 2007, _read_one_sided,
)  # fmt: skip
EVENTS = Format(
    "ucdp_events", "UCDP Georeferenced Event Dataset", "UCDP GED (Sundberg & Melander 2013, JPR 50(4))",
    ("date_start", "type_of_violence", "where_prec"),
    ("country_id", "date_start", "type_of_violence", "side_a", "side_b", "best", "latitude", "longitude"),
    _LAG, 2011, _read_events,
)  # fmt: skip
CONFLICTS = Format(
    "ucdp_conflicts", "UCDP/PRIO Armed Conflict Dataset", "UCDP/PRIO ACD (Gleditsch et al. 2002, JPR 39(5))",
    ("incompatibility", "side_b", "gwno_a"), ("incompatibility", "side_b", "gwno_a", "year"),
    _LAG, 2002, _read_conflicts,
)  # fmt: skip
