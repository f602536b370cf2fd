"""UNHCR: refugees by country of origin and of asylum, and people displaced inside, at the end of each year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sim.drafting.sources.table import Format, Row, Table, frame_rows


@dataclass
class Displaced:
    """(ISO code, year) -> refugees from the country wherever they are, and people displaced inside it."""

    abroad: dict[tuple[str, int], float] = field(default_factory=dict)
    inside: dict[tuple[str, int], float] = field(default_factory=dict)
    last: int = 0


def _gather(rows: Iterable[Row], origin: str, asylum: str, refugees: str, inside: str) -> Displaced:
    made = Displaced()
    for row in rows:
        year, one, other = row.whole("year"), row.text(origin), row.text(asylum)
        if one != other:
            made.abroad[one, year] = made.abroad.get((one, year), 0.0) + (row.number(refugees) or 0.0)
        made.inside[one, year] = made.inside.get((one, year), 0.0) + (row.number(inside) or 0.0)
        made.last = max(made.last, year)
    return made


_COLUMNS = (
    "country of origin (iso)",
    "country of asylum (iso)",
    "refugees under unhcr's mandate",
    "idps of concern to unhcr",
)
_COLUMNS_R = ("coo_iso", "coa_iso", "refugees", "idps")
_CITE = "UNHCR Refugee Population Statistics Database (CC BY 4.0)"

POPULATION: Format = Format(
    "unhcr", "UNHCR population figures", _CITE, _COLUMNS[:2], ("year", *_COLUMNS), 6, 1993,
    lambda path: _gather(Table(path, POPULATION).rows(), *_COLUMNS),
)  # fmt: skip
POPULATION_R: Format = Format(
    "unhcr_r", "UNHCR population figures (R)", _CITE, ("coo_iso", "coa_iso", "idps"), ("year", *_COLUMNS_R), 6, 1993,
    lambda path: _gather(frame_rows(path, POPULATION_R), *_COLUMNS_R), kind="rdata", stem="population",
)  # fmt: skip
