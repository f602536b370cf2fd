"""Reading a conflict of the refugee-camp benchmark as FLEE publishes it, and refusing at the door what cannot be used.

The input folder holds ``locations.csv``, ``routes.csv`` and ``sim_period.csv``, and may hold ``conflicts.csv``,
``closures.csv`` and ``registration_corrections.csv``; the observed folder holds ``data_layout.csv`` and the series of
the camps that it names. Lines that begin with ``#`` and blank lines are skipped, as FLEE skips them. What a model run
reads (`Conflict`) and what it is scored against (`Observed`) are two values, so that a run cannot see its target.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.ground.check import BadInput, did_you_mean
from sim.ground.files import read_text

FILE_BYTES = 50_000_000
MOST_PLACES = 1_000
MOST_DAYS = 20_000
KINDS = ("conflict_zone", "town", "camp", "idpcamp", "forwarding_hub", "marker")
CLOSURES = ("country", "location", "link", "links", "camp", "idpcamp", "remove_forced_redirection")
_FORMAT = "the benchmark's format: docs/displacement.md"


@dataclass(frozen=True, slots=True)
class Place:
    """One row of ``locations.csv``. `people` of a camp is its published capacity, which a run sees only on request."""

    name: str
    country: str
    kind: str
    people: float
    conflict_day: int | None

    @property
    def camp(self) -> bool:
        """A camp for refugees or for displaced people inside."""
        return "camp" in self.kind

    @property
    def hub(self) -> bool:
        """A place of reception that sends people on to a camp."""
        return "forward" in self.kind


@dataclass(frozen=True, slots=True)
class Route:
    """A road of `km` between places `a` and `b` (numbers); who arrives at `forced`[0] is sent on to `forced`[1]."""

    a: int
    b: int
    km: float
    forced: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Closure:
    """Something shut from day `start` to the day before `end` (None: to the last day)."""

    kind: str
    name1: str
    name2: str
    start: int
    end: int | None

    def holds(self, day: int) -> bool:
        """Whether it is in force on `day`."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True)
class Conflict:
    """What a run may know: places, roads, closures, and where there was open conflict on which day."""

    name: str
    start: dt.date
    days: int
    places: tuple[Place, ...]
    routes: tuple[Route, ...]
    closures: tuple[Closure, ...]
    intensity: Any  # float64 [day, place], 0 .. 1; 0 in camps
    camps: tuple[int, ...]  # numbers of the camps that are scored, in the order of locations.csv
    corrections: tuple[tuple[str, int], ...]  # (camp, day) of re-registrations
    notes: tuple[str, ...]  # what was read and cannot be used, in words

    @property
    def camp_names(self) -> tuple[str, ...]:
        """Names of the scored camps."""
        return tuple(self.places[number].name for number in self.camps)


@dataclass(frozen=True)
class Observed:
    """What a run is scored against: `people` float64 [day, camp], corrected for re-registration."""

    people: Any
    points: Mapping[str, int]  # counts within the period that the series of a camp rests on

    @property
    def total(self) -> Any:
        """float64 [day]: people in all scored camps."""
        return self.people.sum(axis=1)


def read_benchmark(input_dir: str | Path, observed_dir: str | Path) -> tuple[Conflict, Observed]:
    """The conflict of `input_dir` and the camps' counts of `observed_dir`; raises BadInput, with file and line.

    Each may also be the folder above, when it holds ``input_csv`` or ``source_data`` as published. Camps without a
    series are kept as places of refuge and not scored (said in `Conflict.notes`).
    """
    inputs, observed = _folder(input_dir, "input_csv", "--input"), _folder(observed_dir, "source_data", "--observed")
    conflict = _read_conflict(inputs)
    layout = _read_layout(observed / "data_layout.csv")
    camps = tuple(n for n, place in enumerate(conflict.places) if place.camp and place.name in layout)
    lost = [place.name for place in conflict.places if place.camp and place.name not in layout]
    if not camps:
        raise BadInput(
            "no camp of locations.csv has a series", where="data_layout.csv", why="there would be nothing to score",
            instead="rows 'name of the camp,file.csv' with the names of locations.csv",
        )  # fmt: skip
    notes = [f"camp {name} has no series in data_layout.csv and is not scored" for name in lost]
    conflict = replace(conflict, camps=camps, notes=(*conflict.notes, *notes))
    return conflict, _read_observed(observed, layout, conflict)


def _folder(given: str | Path, inner: str, option: str) -> Path:
    path = Path(given)
    if not path.is_dir():
        what = "is no folder" if path.exists() else "there is no such folder"
        raise BadInput(what, where=f"{option} {given}", instead=f"the folder {inner} of a published conflict")
    return path / inner if (path / inner).is_dir() else path


@dataclass(frozen=True, slots=True)
class _Row:
    cells: tuple[str, ...]
    where: str

    def cell(self, column: int) -> str:
        return self.cells[column] if column < len(self.cells) else ""

    def number(self, column: int, name: str, *, low: float = 0.0, empty: float | None = None) -> float:
        """A finite number >= `low`; `empty` stands for an empty cell where one is allowed."""
        text = self.cell(column)
        if not text and empty is not None:
            return empty
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or value < low:
            raise BadInput(
                f"{name} is {text!r}", where=self.where,
                instead=f"a number of at least {low:g}" if low > -math.inf else "a number",
            )  # fmt: skip
        return value

    def day(self, column: int, name: str) -> int:
        """A whole number of days."""
        value = self.number(column, name, low=-math.inf)
        if value != int(value):
            raise BadInput(f"{name} is {value:g}", where=self.where, instead="a whole number of days")
        return int(value)


def _rows(path: Path, columns: int, header: str) -> Iterator[_Row]:
    """The rows of a table with at least `columns` cells; comments and blank lines are skipped."""
    for line, cells in _table(path, header):
        if not cells[0] or cells[0].startswith("#"):
            continue
        if len(cells) < columns:
            raise BadInput(
                f"{len(cells)} of {columns} columns", where=f"{path.name}:{line}", why=_FORMAT, instead=header
            )
        yield _Row(cells, f"{path.name}:{line}")


def _table(path: Path, header: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    if not path.exists():
        raise BadInput(
            "the file is missing", where=str(path), why=_FORMAT, instead=f"a file {path.name} with lines '{header}'"
        )
    reader = csv.reader(io.StringIO(read_text(path, limit=FILE_BYTES)))
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, tuple(cell.strip().strip('"').strip() for cell in cells)
    except csv.Error as error:
        raise BadInput(
            f"this is not a CSV table: {error}", where=f"{path.name}:{reader.line_num}", instead=header
        ) from None


def _read_conflict(folder: Path) -> Conflict:
    start, days = _read_period(folder / "sim_period.csv")
    places = _read_places(folder / "locations.csv")
    numbers = {place.name: number for number, place in enumerate(places)}
    notes: list[str] = []
    return Conflict(
        name=(folder.resolve().parent if folder.name == "input_csv" else folder.resolve()).name,
        start=start,
        days=days,
        places=places,
        routes=_read_routes(folder / "routes.csv", numbers),
        closures=_read_closures(folder / "closures.csv", places, notes),
        intensity=_read_intensity(folder / "conflicts.csv", places, numbers, days, notes),
        camps=(),
        corrections=_read_corrections(folder / "registration_corrections.csv", start, numbers, notes),
        notes=tuple(notes),
    )


def _read_period(path: Path) -> tuple[dt.date, int]:
    header = "StartDate,YYYY-MM-DD and Length,days"
    found = {row.cell(0).lower(): row for row in _rows(path, 2, header)}
    for key in ("startdate", "length"):
        if key not in found:
            raise BadInput(f"{'StartDate' if key == 'startdate' else 'Length'} is missing", where=path.name,
                           why="the period has a first day and a length", instead=header)  # fmt: skip
    days = found["length"].day(1, "Length")
    if not 2 <= days <= MOST_DAYS:
        raise BadInput(f"Length is {days} days", where=found["length"].where, instead=f"2 to {MOST_DAYS:,} days")
    return _date(found["startdate"], 1), days


def _date(row: _Row, column: int) -> dt.date:
    try:
        return dt.date.fromisoformat(row.cell(column)[:10])
    except ValueError:
        raise BadInput(
            f"{row.cell(column)!r} is no date", where=row.where, instead="year-month-day, as 2015-05-01"
        ) from None


def _read_places(path: Path) -> tuple[Place, ...]:
    header = "name,region,country,latitude,longitude,location_type,conflict_date,population"
    places: list[Place] = []
    seen: dict[str, str] = {}
    for row in _rows(path, 6, header):
        name, kind = row.cell(0), row.cell(5).lower() or "town"
        if name in seen:
            raise BadInput(f"{name} stands twice", where=row.where, why=f"first in {seen[name]}", instead="one row")
        if not any(word in kind for word in ("conflict", "camp", "town", "forward", "marker")):
            raise BadInput(
                f"location_type {row.cell(5)!r} is not known", where=row.where, instead=did_you_mean(kind, KINDS)
            )
        seen[name] = row.where
        at_war = row.day(6, "conflict_date") if "conflict" in kind and row.cell(6) else None
        places.append(Place(name, row.cell(2), kind, row.number(7, "population", empty=0.0), at_war))
    if not any(place.camp for place in places):
        raise BadInput("there is no camp", where=path.name, instead="at least one row with location_type camp")
    if len(places) > MOST_PLACES:
        raise BadInput(
            f"{len(places):,} places", where=path.name, why=f"roads between all of them are weighed each day; the "
            f"limit is {MOST_PLACES:,}", instead="one place for each district",
        )  # fmt: skip
    return tuple(places)


def _read_routes(path: Path, numbers: Mapping[str, int]) -> tuple[Route, ...]:
    routes = []
    for row in _rows(path, 3, "name1,name2,distance,forced_redirection"):
        a, b = (_known(row, column, numbers) for column in (0, 1))
        if a == b:
            raise BadInput(f"a road from {row.cell(0)} to itself", where=row.where, instead="two places")
        forced = {0.0: None, 1.0: (b, a), 2.0: (a, b)}
        way = row.number(3, "forced_redirection", empty=0.0)
        if way not in forced:
            raise BadInput(
                f"forced_redirection is {row.cell(3)!r}", where=row.where,
                instead="0 or nothing; 1 from name2 to name1; 2 from name1 to name2",
            )  # fmt: skip
        routes.append(Route(a, b, row.number(2, "distance"), forced[way]))
    if not routes:
        raise BadInput("there is no road", where=path.name, instead="rows name1,name2,distance in km")
    return tuple(routes)


def _known(row: _Row, column: int, numbers: Mapping[str, int]) -> int:
    name = row.cell(column)
    if name not in numbers:
        raise BadInput(
            f"{name!r} is not in locations.csv", where=row.where, why="a road needs two known ends",
            instead=did_you_mean(name, numbers),
        )  # fmt: skip
    return numbers[name]


def _read_closures(path: Path, places: tuple[Place, ...], notes: list[str]) -> tuple[Closure, ...]:
    names, countries = {place.name for place in places}, {place.country for place in places}
    found = []
    for row in _rows(path, 4, "closure_type,name1,name2,closure_start,closure_end") if path.exists() else ():
        kind = row.cell(0).lower()
        if kind not in CLOSURES:
            raise BadInput(
                f"closure_type {row.cell(0)!r} is not known", where=row.where, instead=did_you_mean(kind, CLOSURES)
            )
        start, end = row.day(3, "closure_start"), row.day(4, "closure_end") if row.cell(4) else -1
        known = countries if kind == "country" else names
        if kind == "location" and row.cell(2) not in names:  # the whole place is meant
            unknown = {row.cell(1)} - known
        else:
            unknown = set(row.cells[1 : 2 if "camp" in kind else 3]) - known
        if unknown:
            notes.append(f"{row.where}: {', '.join(sorted(unknown))!s} is not in locations.csv; the closure is ignored")
            continue
        found.append(Closure(kind, row.cell(1), row.cell(2), start, None if end < 0 else end))
    return tuple(found)


def _read_intensity(
    path: Path, places: tuple[Place, ...], numbers: Mapping[str, int], days: int, notes: list[str]
) -> Any:
    """float64 [day, place]; the last row stands for the days after it. Without the file, conflict_date says it."""
    intensity = np.zeros((days, len(places)))
    if not path.exists():
        for number, place in enumerate(places):
            if place.conflict_day is not None:
                intensity[max(place.conflict_day, 0) :, number] = 1.0
        _need_conflict(intensity, "locations.csv")
        return intensity
    lines = list(_table(path, "#Day,place,place,..."))
    if len(lines) < 2:
        raise BadInput("there is no day", where=path.name, instead="a header '#Day,place,...' and a row for each day")
    header = lines[0][1]
    unknown = [name for name in header[1:] if name and name not in numbers]
    notes.extend(f"{path.name}: column {name!r} is not in locations.csv and is ignored" for name in unknown)
    for day in range(days):
        line, cells = lines[min(day + 1, len(lines) - 1)]
        row = _Row(cells, f"{path.name}:{line}")
        for column, name in enumerate(header[1:], start=1):
            if name in numbers and not places[numbers[name]].camp:
                if column >= len(cells):
                    raise BadInput(f"the row ends before {name}", where=row.where, instead="a cell for each column")
                value = row.number(column, f"conflict in {name}", empty=0.0)
                if value > 1.0:
                    raise BadInput(f"conflict in {name} is {value:g}", where=row.where, instead="0 to 1")
                intensity[day, numbers[name]] = value
    if len(lines) - 1 < days:
        notes.append(f"{path.name} has {len(lines) - 1} of {days} days; its last row stands for the others")
    _need_conflict(intensity, path.name)
    return intensity


def _need_conflict(intensity: Any, file: str) -> None:
    if not intensity.any():
        raise BadInput(
            "no place is ever in conflict", where=file, why="nobody would flee",
            instead="1 for each day and place of open conflict",
        )  # fmt: skip


def _read_corrections(
    path: Path, start: dt.date, numbers: Mapping[str, int], notes: list[str]
) -> tuple[tuple[str, int], ...]:
    found = []
    for row in _rows(path, 2, "camp,YYYY-MM-DD,normalize") if path.exists() else ():
        if row.cell(0) not in numbers:
            notes.append(f"{row.where}: {row.cell(0)} is not in locations.csv; the correction is ignored")
        else:
            found.append((row.cell(0), (_date(row, 1) - start).days))
    return tuple(found)


def _read_layout(path: Path) -> dict[str, tuple[str, ...]]:
    """Camp -> its files; a name without a file is left out, as `total` may be."""
    layout: dict[str, tuple[str, ...]] = {}
    for row in _rows(path, 1, "camp,file.csv"):
        if row.cell(0) in layout:
            raise BadInput(f"{row.cell(0)} stands twice", where=row.where, instead="one row with all its files")
        files = tuple(cell for cell in row.cells[1:] if cell)
        for name in files:
            if Path(name).is_absolute() or ".." in Path(name).parts:
                raise BadInput(
                    f"{name} lies outside the folder", where=row.where, why="only files of the folder are read",
                    instead="the name of a file beside data_layout.csv",
                )  # fmt: skip
        if files:
            layout[row.cell(0)] = files
    return layout


def _read_observed(folder: Path, layout: Mapping[str, tuple[str, ...]], conflict: Conflict) -> Observed:
    """Counts of each camp: its files summed, re-registrations spread over what came before, linear between dates."""
    people = np.zeros((conflict.days, len(conflict.camps)))
    points = {}
    for column, camp in enumerate(conflict.camp_names):
        series = [_read_series(folder / name, conflict.start) for name in layout[camp]]
        at = np.unique(np.concatenate([one[:, 0] for one in series]))
        total = np.sum([np.interp(at, one[:, 0], one[:, 1], left=0.0) for one in series], axis=0)
        for day in (day for name, day in conflict.corrections if name == camp and day >= 0):
            here = np.flatnonzero(at == day)
            if here.size and here[0] > 0 and total[here[0] - 1] > 0.0:
                total[: here[0]] *= total[here[0]] / total[here[0] - 1]
        people[:, column] = np.interp(np.arange(conflict.days), at, total, left=0.0)
        points[camp] = int(((at >= 0) & (at < conflict.days)).sum())
    if not people.any():
        raise BadInput(
            f"nobody is in a camp in the {conflict.days} days from {conflict.start}", where="data_layout.csv",
            why="there would be nothing to score", instead="series of the same period as sim_period.csv",
        )  # fmt: skip
    return Observed(people, points)


def _read_series(path: Path, start: dt.date) -> Any:
    """float64 [count, 2]: (day after `start`, people), sorted. Rows without a date or a count are skipped."""
    found = []
    for row in _rows(path, 1, "YYYY-MM-DD,people"):
        if row.cell(0)[:1].isdigit() and row.cell(1):
            found.append(((_date(row, 0) - start).days, row.number(1, "people")))
    if not found:
        raise BadInput("there is no count", where=path.name, instead="rows YYYY-MM-DD,people")
    return np.array(sorted(found))
