"""What importers share: a published format, its vintages, and tables of text with errors that say file and line."""

from __future__ import annotations

import csv
import datetime
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.drafting.rdata import read_frames
from sim.ground.check import BadInput, did_you_mean

_MISSING = frozenset({"", "NA", "NaN", "nan", "NULL", ".", "..", "None"})
_HEADER_WITHIN = 8  # lines; World Bank and UNHCR downloads begin with notes
_START = 65_536


@dataclass(frozen=True, slots=True)
class Format:
    """One published format.

    A text file is this format when a header line holds all of `marks`; then it must hold `needs`. A year Y of it is
    taken to be published `lag` months after its end (the usual rhythm of the publisher), from the year `since` on in
    which the data set first came out; docs/new_theatre.md lists both.
    """

    key: str
    title: str
    citation: str
    marks: tuple[str, ...]
    needs: tuple[str, ...]
    lag: int
    since: int
    read: Callable[[Path], Any]
    kind: str = "table"  # table, json or rdata
    stem: str = ""  # of an R file, which shows its columns only when unpacked

    def published(self, year: int) -> datetime.date:
        """The day by which the year's values are taken to be public."""
        months = 12 * (year + 1) + self.lag
        return datetime.date(months // 12, months % 12 + 1, 1)

    def last_year(self, start: datetime.date) -> int:
        """The last year that was public on `start`."""
        year = start.year
        while self.published(year) > start:
            year -= 1
        return year


def lower(names: list[str]) -> list[str]:
    """Column names as they are compared: publishers change capitals from version to version."""
    return [name.strip().strip('"').casefold() for name in names]


def header_of(path: Path) -> list[list[str]]:
    """The first lines of a text file, each split as its delimiter wants; [] for what is no text."""
    with open(path, "rb") as file:
        start = file.read(_START)
    if b"\0" in start:
        return []
    text = _decoded(start, path.name, strict=False)
    lines = text.splitlines()[:_HEADER_WITHIN]
    return [next(csv.reader([line], delimiter=_delimiter(line)), []) for line in lines if line.strip()]


class Table:
    """The rows of one file as text, by lower-case column name."""

    def __init__(self, path: Path, form: Format, extra: tuple[str, ...] = ()) -> None:
        self.path, self.form = path, form
        self.extra = extra
        self.columns: frozenset[str] = frozenset()

    def rows(self) -> Iterator[Row]:
        """Every row. Raises BadInput where the file does not hold what its format says."""
        with open(self.path, "rb") as file:
            text = _decoded(file.read(), self.path.name, strict=True)
        lines = text.splitlines(keepends=True)
        first, names = self._header(lines)
        self.columns = frozenset(names)
        known = dict(zip(names, range(len(names)), strict=True))
        wanted = {name: known[name] for name in lower([*self.form.needs, *self.extra]) if name in known}
        reader = csv.reader(io.StringIO("".join(lines[first + 1 :])), delimiter=_delimiter(lines[first]))
        count = 0
        try:
            for cells in reader:
                line = first + 1 + reader.line_num
                if not cells:
                    continue
                if len(cells) < len(names):
                    raise BadInput(
                        f"the row has {len(cells)} cells, the header {len(names)}", where=f"{self.path.name}:{line}",
                        why="the file is cut off, or was damaged by a spreadsheet", instead="download it again",
                    )  # fmt: skip
                count += 1
                yield Row({name: cells[at] for name, at in wanted.items()}, self.path.name, line)
        except csv.Error as error:
            raise BadInput(
                "the row cannot be read", where=f"{self.path.name}:{first + 1 + reader.line_num}", why=str(error),
                instead="download the file again",
            ) from None  # fmt: skip
        if not count:
            raise BadInput("the file has a header and no rows", where=self.path.name, instead="download it again")

    def _header(self, lines: list[str]) -> tuple[int, list[str]]:
        for number, line in enumerate(lines[:_HEADER_WITHIN]):
            names = lower(next(csv.reader([line], delimiter=_delimiter(line)), []))
            if set(lower(list(self.form.marks))) <= set(names):
                require(self.form, names, f"{self.path.name}:{number + 1}")
                return number, names
        raise BadInput(
            f"no header of {self.form.title}", where=self.path.name,
            instead=f"the published file, with columns {', '.join(self.form.needs)}",
        )  # fmt: skip


def require(form: Format, names: list[str], where: str) -> None:
    """Refuse a header that lacks a column the importer reads."""
    for name in lower(list(form.needs)):
        if name not in names:
            raise BadInput(
                f"the column {name!r} is missing", where=where, why=f"{form.title} has it",
                instead=f"the file as published; {did_you_mean(name, names)}",
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the text of its cells, and where it stands."""

    cells: dict[str, str]
    file: str
    line: int

    def text(self, name: str) -> str:
        """The cell, stripped; "" when absent or marked as missing."""
        cell = self.cells.get(name, "").strip()
        return "" if cell in _MISSING else cell

    def number(self, name: str) -> float | None:
        """The cell as a number; None when absent or marked as missing."""
        cell = self.text(name)
        if not cell:
            return None
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise BadInput(
                f"{name} {cell!r} is not a number", where=f"{self.file}:{self.line}",
                why="a spreadsheet may have changed it", instead="the file as published",
            )  # fmt: skip
        return value

    def whole(self, name: str) -> int:
        """The cell as a whole number; it has to be there."""
        value = self.number(name)
        if value is None or value != int(value):
            raise BadInput(
                f"{name} {self.text(name)!r} is not a whole number", where=f"{self.file}:{self.line}",
                instead="the file as published",
            )  # fmt: skip
        return int(value)

    def wholes(self, name: str) -> tuple[int, ...]:
        """Whole numbers with `,` or `;` between; () when absent."""
        return tuple(
            Row({name: part}, self.file, self.line).whole(name)
            for part in self.text(name).replace(";", ",").split(",")
            if part.strip()
        )

    def place(self, lat: str, lon: str) -> tuple[float, float]:
        """Latitude and longitude in degrees; they have to be there."""
        found = (self.number(lat), self.number(lon))
        if found[0] is None or found[1] is None or not (-90 <= found[0] <= 90 and -180 <= found[1] <= 180):
            raise BadInput(
                f"{found} is no place on earth", where=f"{self.file}:{self.line}", instead="the file as published"
            )
        return found[0], found[1]


def frame_rows(path: Path, form: Format, extra: tuple[str, ...] = ()) -> Iterator[Row]:
    """The rows of the data frame in an R file that has the marks of `form`, as text like those of a table."""
    for frame in read_frames(path).values():
        names = lower(list(frame))
        if set(lower(list(form.marks))) <= set(names):
            require(form, names, path.name)
            wanted = [name for name in frame if name.casefold() in lower([*form.needs, *extra])]
            keys = lower(wanted)
            for line, cells in enumerate(zip(*(frame[name] for name in wanted), strict=True), start=1):
                texts = (
                    "" if cell is None else f"{cell:.15g}" if isinstance(cell, float) else str(cell) for cell in cells
                )
                yield Row(dict(zip(keys, texts, strict=True)), path.name, line)
            return
    raise BadInput(f"no data frame of {form.title}", where=path.name, instead=f"columns {', '.join(form.needs)}")


def _delimiter(line: str) -> str:
    return max(",\t;", key=line.count)


def _decoded(data: bytes, name: str, *, strict: bool) -> str:
    """UTF-8, or Latin-1 as some publishers still write."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if strict and b"\0" in data:
            raise BadInput("the file is binary", where=name, instead="the text file as published") from None
        return data.decode("latin-1")
