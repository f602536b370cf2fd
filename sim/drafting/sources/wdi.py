"""World Development Indicators: the wide table of the World Bank, or series by state and year as replications carry."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sim.drafting.sources.table import Format, Table
from sim.ground.check import BadInput

_CITE = "World Bank, World Development Indicators (CC BY 4.0)"
INDICATORS = {
    "SP.DYN.IMRT.IN": "mortality",
    "NY.GDP.PCAP.KD": "income",
    "SP.POP.TOTL": "people",
    "MS.MIL.TOTL.P1": "military",
}
"""Indicators that are read: infant deaths per 1,000 births, GDP a head in constant dollars, people, armed forces."""


@dataclass
class Series:
    """indicator -> (country, year) -> value. Countries are ISO codes, or Gleditsch-Ward numbers as text."""

    rows: dict[str, dict[tuple[str, int], float]] = field(default_factory=dict)
    last: int = 0

    def of(self, name: str, codes: tuple[str, ...], year: int, back: int) -> tuple[float, int] | None:
        """(value, its year): the newest of a country up to `year`, at most `back` years older; None without one."""
        held = self.rows.get(name, {})
        for at in range(year, year - back - 1, -1):
            for code in codes:
                if (code, at) in held:
                    return held[code, at], at
        return None

    def add(self, name: str, code: str, year: int, value: float) -> None:
        """Note one value."""
        self.rows.setdefault(name, {})[code, year] = value
        self.last = max(self.last, year)


def _read_wide(path: Path) -> Series:
    made = Series()
    years = tuple(str(year) for year in range(1960, 2100))
    for row in Table(path, WORLD_BANK, years).rows():
        name = INDICATORS.get(row.text("indicator code"))
        if name is None:
            continue
        code = row.text("country code")
        if not re.fullmatch("[A-Z]{3}", code):
            raise BadInput(
                f"country code {code!r} is no ISO code", where=f"{row.file}:{row.line}", instead="the file as published"
            )
        for year in years:
            value = row.number(year)
            if value is not None:
                made.add(name, code, int(year), value)
    if not made.rows:
        raise BadInput(
            "the file holds none of the indicators that are read", where=path.name,
            instead="download " + ", ".join(INDICATORS),
        )  # fmt: skip
    return made


def _long(form: Callable[[], Format], column: str, name: str, unit: float = 1.0) -> Callable[[Path], Series]:
    def read(path: Path) -> Series:
        made = Series()
        for row in Table(path, form()).rows():
            value = row.number(column)
            if value is not None:
                made.add(name, str(row.whole("gwcode")), row.whole("year"), value * unit)
        return made

    return read


WORLD_BANK = Format(
    "wdi", "World Development Indicators", _CITE, ("country code", "indicator code"),
    ("country code", "indicator code"), 9, 1978, _read_wide,
)  # fmt: skip
# mortality of a year is estimated in the second year after it; income is out by the summer
MORTALITY: Format = Format(
    "wdi_mortality", "WDI infant mortality by state and year", _CITE, ("gwcode", "infmort"),
    ("gwcode", "year", "infmort"), 15, 1978, _long(lambda: MORTALITY, "infmort", "mortality"),
)  # fmt: skip
INCOME: Format = Format(
    "wdi_income", "GDP a head by state and year", "World Bank, WDI, and Gleditsch expanded GDP v6",
    ("gwcode", "ny.gdp.pcap.kd"), ("gwcode", "year", "ny.gdp.pcap.kd"), 9, 1978,
    _long(lambda: INCOME, "ny.gdp.pcap.kd", "income"),
)  # fmt: skip
POPULATION: Format = Format(
    "population", "Population by state and year", "UN and K. S. Gleditsch population series",
    ("gwcode", "year", "pop"), ("gwcode", "year", "pop"), 9, 1978, _long(lambda: POPULATION, "pop", "people", 1000.0),
)  # fmt: skip
