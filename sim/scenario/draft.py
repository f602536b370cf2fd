"""What has been read so far, with its problems: the common ground of reading and checking."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sim.ground.check import Problem, did_you_mean
from sim.scenario import schema
from sim.scenario.schema import Column, Table
from sim.scenario.theatre import Range, Stage

BAD: Any = object()
"""Stands for a value that was refused, so that later checks do not complain about it a second time."""


@dataclass(slots=True)
class Row:
    """One line of a table: the values of its cells (`BAD` where refused) and where it stands."""

    cells: dict[str, Any]
    ranges: tuple[Range, ...]
    line: int


@dataclass(slots=True)
class Rows:
    """A table as read; `sound` is False when file or header are unusable, so that references are not
    checked.
    """

    table: Table
    rows: list[Row] = field(default_factory=list)
    sound: bool = False

    def names(self) -> set[str]:
        return {row.cells["name"] for row in self.rows if isinstance(row.cells.get("name"), str)}


class Draft:
    """The values of a theatre's files before they are known to hold together, and the problems found so
    far.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.tables: dict[str, Rows] = {}
        self.settings: dict[str, Any] = {}
        self.stages: list[Stage] = []
        self.stages_sound = False

    def tell(self, what: str, where: str, *, why: str = "", instead: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(what, where, why, instead))

    def each(self, name: str) -> Iterator[tuple[Row, str]]:
        """The rows of a table, and where each stands."""
        for row in self.tables[name].rows:
            yield row, f"{self.tables[name].table.file}:{row.line}"

    def known(self, name: str) -> set[str] | None:
        """The names that `name` (a table, or stages) defines; None when that table could not be read."""
        if name == "stages":
            return {stage.name for stage in self.stages} if self.stages_sound else None
        rows = self.tables[name]
        broken = any(row.cells.get("name") is BAD for row in rows.rows)
        return rows.names() if rows.sound and not broken else None

    def value(self, column: Column, value: Any, where: str) -> Any:
        """The checked value of one cell or key, or `BAD` after telling why."""
        why, hint = "", schema.describe(column)
        kind = column.kind
        if kind in ("share", "number", "whole", "flag"):
            what, hint, result = _check_number(column, value, hint)
        elif not isinstance(value, str):
            word = "true or false" if isinstance(value, bool) else "a number" if _is_number(value) else ""
            what = f"{short(value)} is {word or 'no text'}"
            hint = f"text in quotes: {str(value)!r}" if word and kind in ("text", "title") else hint
            result = BAD
        else:
            what, hint, result = _check_text(column, value, hint)
            if what and kind == "text":
                why = "it would not be readable"
        if what:
            self.tell(what, where, why=why, instead=hint)
            return BAD
        return result


# --- one value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _check_number(column: Column, value: Any, hint: str) -> tuple[str, str, Any]:
    """(what is wrong or "", what to write instead, the value)."""
    if column.kind == "flag" and isinstance(value, bool):
        return "", "", value
    if not _is_number(value):
        return f"{short(value)} is not a number", hint, BAD
    if not math.isfinite(value):
        return f"{value} is not a finite number", "a finite number", BAD
    if column.kind == "flag":
        return ("", "", bool(value)) if value in (0, 1) else (f"{value:.12g} is not 0 or 1", hint, BAD)
    if column.kind == "whole":
        if isinstance(value, float):
            people = column.name in ("people", "strength", "people_low", "people_high")
            extra = ", counted in people and not as a share" if people and value <= 1 else ""
            return f"{column.name} {value:.12g} is not a whole number", f"{hint}{extra}", BAD
    else:
        value = float(value)
    if column.low is not None and value < column.low:
        word = "negative" if value < 0 <= column.low else f"below {column.low:.12g}"
        return f"{column.name} {value:.12g} is {word}", hint, BAD
    if column.high is not None and value > column.high:
        if column.kind == "share" and value <= 100:
            hint = f"a share 0 to 1; for {value:.12g} % write {value / 100:.12g}"
        return f"{column.name} {value:.12g} is above {column.high:.12g}", hint, BAD
    return "", "", value


def _check_text(column: Column, value: str, hint: str) -> tuple[str, str, Any]:
    """(what is wrong or "", what to write instead, the value)."""
    value = unicodedata.normalize("NFC", value.strip())
    shown = short(value)
    match column.kind:
        case "name":
            if not re.fullmatch(schema.NAME, value):
                near = re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_")[:40]
                if not re.fullmatch(schema.NAME, near):
                    near = "lower_snake"
                return f"{shown} is no identifier", f"small letters, digits and _, up to 40: {near}", BAD
        case "title":
            if len(value) > 60 or ";" in value or not value.isprintable():
                return f"{shown} is no name", "up to 60 printable characters without ';'", BAD
        case "country":
            if not re.fullmatch(schema.COUNTRY, value):
                return f"{shown} is no country code", "three capital letters (ISO 3166), or FIC", BAD
        case "choice" | "grade":
            if value not in column.choices:
                return f"{shown} is no {column.name}", did_you_mean(value, column.choices), BAD
        case "date":
            return _check_date(value)
        case "day":
            return _check_day(value)
        case _:
            if any(
                unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\r\t" for letter in value
            ):
                return f"{column.name} holds control characters", "plain text", BAD
    return "", "", value


def _check_date(value: str) -> tuple[str, str, Any]:
    if re.fullmatch(schema.DATE, value):
        try:
            return "", "", datetime.date.fromisoformat(value)
        except ValueError:
            return f"{value} is no day of the calendar", "a day that exists, as YYYY-MM-DD", BAD
    return f"{short(value)} is no date", "YYYY-MM-DD, such as 2013-12-05", BAD


def _check_day(value: str) -> tuple[str, str, Any]:
    if re.fullmatch(schema.DAY_OF_YEAR, value):
        month, day = int(value[:2]), int(value[3:])
        try:
            datetime.date(2000, month, day)
            return "", "", (month, day)
        except ValueError:
            pass
    return f"{short(value)} is no day of the year", 'MM-DD in quotes, such as "05-15"', BAD


def short(value: Any) -> str:
    text = (
        repr(value)
        if not isinstance(value, (dict, list))
        else ("a list" if isinstance(value, list) else "a block")
    )
    return text if len(text) <= 60 else text[:57] + "..."
