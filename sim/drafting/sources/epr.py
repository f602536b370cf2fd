"""Ethnic Power Relations: which groups have access to the state, and (GeoEPR) where they live."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sim.drafting.sources.natural_earth import Shape, read_features
from sim.drafting.sources.table import Format, Table
from sim.ground.check import BadInput

_CITE = "EPR Core 2021 (Vogt et al. 2015, JCR 59(7))"
STATUS = {
    "MONOPOLY": "dominant",
    "DOMINANT": "dominant",
    "SENIOR PARTNER": "included",
    "JUNIOR PARTNER": "included",
    "POWERLESS": "excluded",
    "SELF-EXCLUSION": "excluded",
    "STATE COLLAPSE": "excluded",
    "IRRELEVANT": "included",
    "DISCRIMINATED": "discriminated",
}
"""EPR's status -> political standing in a theatre. Irrelevant: nobody makes politics of the group's name."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group in a range of years; `size` is its share 0..1 of the country's people."""

    number: int
    name: str
    first: int
    last: int
    size: float
    status: str


@dataclass
class Groups:
    """Gleditsch-Ward number -> groups; `last` is the last year of the file."""

    rows: dict[int, list[Group]] = field(default_factory=dict)
    last: int = 0

    def of(self, numbers: tuple[int, ...], year: int) -> list[Group]:
        """A country's groups in that year, the largest first; [] when the data set does not know it."""
        for number in numbers:
            found = [group for group in self.rows.get(number, ()) if group.first <= year <= group.last]
            if found:
                return sorted(found, key=lambda group: (-group.size, group.name))
        return []


def _read(path: Path) -> Groups:
    made = Groups()
    for row in Table(path, EPR).rows():
        status, size = row.text("status"), row.number("size")
        if status not in STATUS or size is None or not 0 <= size <= 1:
            raise BadInput(
                f"status {status!r}, size {size}", where=f"{row.file}:{row.line}",
                why="EPR knows " + ", ".join(sorted(STATUS)) + ", and sizes from 0 to 1",
                instead="the file as published",
            )  # fmt: skip
        group = Group(row.whole("gwgroupid"), row.text("group"), row.whole("from"), row.whole("to"), size, status)
        made.rows.setdefault(row.whole("gwid"), []).append(group)
        made.last = max(made.last, group.last)
    return made


@dataclass
class Settlement:
    """(number of the group in EPR) -> [(first year, last year, area)]."""

    rows: dict[int, list[tuple[int, int, Shape]]] = field(default_factory=dict)

    def of(self, group: int, year: int) -> Shape | None:
        """Where the group lived in that year; None when nothing is known or it lived everywhere."""
        return next((area for first, last, area in self.rows.get(group, ()) if first <= year <= last), None)


def _read_geo(path: Path) -> Settlement:
    made = Settlement()
    for number, (properties, shape) in enumerate(read_features(path), start=1):
        try:
            first, last, group = (int(properties[key]) for key in ("from", "to", "gwgroupid"))
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(
                "the feature lacks from, to or gwgroupid", where=f"{path.name}: feature {number}", why=repr(error),
                instead="GeoEPR as published, as GeoJSON",
            ) from None  # fmt: skip
        if shape.rings:
            made.rows.setdefault(group, []).append((first, last, shape))
    return made


EPR = Format(
    "epr", "Ethnic Power Relations (EPR Core)", _CITE, ("gwid", "gwgroupid", "status"),
    ("gwid", "from", "to", "group", "gwgroupid", "size", "status"), 6, 2010, _read,
)  # fmt: skip
GEO_EPR = Format(
    "geo_epr", "GeoEPR", "GeoEPR 2021 (Wucherpfennig et al. 2011, International Interactions 37(4))",
    ("gwgroupid", "sqkm", "geometry"), (), 6, 2011, _read_geo, kind="json",
)  # fmt: skip
