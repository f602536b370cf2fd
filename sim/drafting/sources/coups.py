"""Coups d'etat, attempted and successful (Powell & Thyne)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path

from sim.drafting.sources.table import Format, Table
from sim.ground.check import BadInput


@dataclass
class Coups:
    """Correlates of War number -> (day, whether it succeeded), oldest first. Covers 1950 to `last`."""

    rows: dict[int, list[tuple[datetime.date, bool]]] = field(default_factory=dict)
    last: int = 0

    def before(self, numbers: tuple[int, ...], day: datetime.date, years: int) -> list[tuple[datetime.date, bool]]:
        """Those of a country in the `years` before `day`."""
        since = day.replace(year=day.year - years, day=min(day.day, 28))
        return [coup for n in numbers for coup in self.rows.get(n, ()) if since <= coup[0] < day]


def _read(path: Path) -> Coups:
    made = Coups()
    for row in Table(path, COUPS).rows():
        parts = (row.whole("year"), row.whole("month"), row.whole("day"))
        try:
            date = datetime.date(*parts)
        except ValueError:
            raise BadInput(
                f"{parts} is no day", where=f"{row.file}:{row.line}", instead="year, month and day as published"
            ) from None
        kind = row.whole("coup")
        if kind not in (1, 2):
            raise BadInput(
                f"coup is {kind}", where=f"{row.file}:{row.line}", why="1 is an attempt, 2 a coup that succeeded",
                instead="the file as published",
            )  # fmt: skip
        made.rows.setdefault(row.whole("ccode"), []).append((date, kind == 2))
        made.last = max(made.last, date.year)
    for coups in made.rows.values():
        coups.sort()
    return made


COUPS = Format(
    "coups", "Coups d'etat (Powell & Thyne)", "Powell & Thyne 2011, JPR 48(2)", ("ccode", "coup", "month", "day"),
    ("ccode", "year", "month", "day", "coup"), 0, 2011, _read,
)  # fmt: skip
