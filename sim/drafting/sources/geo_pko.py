"""Geo-PKO: where United Nations troops stood."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sim.drafting.sources.table import Format, Row, Table


@dataclass(frozen=True, slots=True)
class Post:
    """The troops of a mission at one place in one year (the mean of its months)."""

    mission: str
    place: str
    lat: float
    lon: float
    troops: float


@dataclass
class Deployments:
    """(country as the file writes it, in small letters; year) -> posts; `last` is the last year."""

    rows: dict[tuple[str, int], list[Post]] = field(default_factory=dict)
    last: int = 0

    def of(self, country: str, year: int) -> list[Post]:
        """The posts in a country and year."""
        return self.rows.get((country.casefold(), year), [])


_TROOPS = ("ave.no.troops", "no.troops", "notroops")


def _read(path: Path) -> Deployments:
    sums: dict[tuple[str, int, str, str], list[tuple[Row, float]]] = {}
    for row in Table(path, DEPLOYMENTS, _TROOPS).rows():
        troops = next((value for name in _TROOPS if (value := _troops(row, name)) is not None), 0.0)
        country, year = row.text("country").casefold(), row.whole("year")
        if row.text("latitude") and row.text("longitude"):
            sums.setdefault((country, year, row.text("mission"), row.text("location")), []).append((row, troops))
    made = Deployments()
    for (country, year, mission, place), found in sums.items():
        lat, lon = found[0][0].place("latitude", "longitude")
        post = Post(mission, place, lat, lon, sum(troops for _, troops in found) / len(found))
        made.rows.setdefault((country, year), []).append(post)
        made.last = max(made.last, year)
    return made


def _troops(row: Row, name: str) -> float | None:
    return None if row.text(name).casefold() == "unknown" else row.number(name)


DEPLOYMENTS = Format(
    "geo_pko", "Geo-PKO", "Geo-PKO v2 (Cil, Fjelde, Hultman & Nilsson 2020, JPR 57(2))",
    ("mission", "infantry", "country"),
    ("mission", "year", "country", "location", "latitude", "longitude"), 0, 2020, _read,
)  # fmt: skip
