"""How a country is ruled: V-Dem's electoral democracy with its measurement error, or Polity."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sim.drafting.sources.table import Format, Row, Table, frame_rows
from sim.ground.check import BadInput


@dataclass(frozen=True, slots=True)
class Regime:
    """One country and year of V-Dem, indices 0..1. `expression` and `integrity` (freedom of expression; freedom from
    killing and torture by the state) stand in the full data set only.
    """

    democracy: float
    low: float
    high: float
    expression: float | None = None
    integrity: float | None = None


@dataclass
class Regimes:
    """(ISO code, year) -> `Regime`; `last` is the last year of the file."""

    rows: dict[tuple[str, int], Regime] = field(default_factory=dict)
    last: int = 0


_EXTRA = ("v2x_freexp_altinf", "v2x_clphy")


def _read_vdem(path: Path) -> Regimes:
    made = Regimes()
    for row in Table(path, VDEM, _EXTRA).rows():
        democracy = _share(row, "v2x_polyarchy")
        if democracy is None:
            continue
        low, high = _share(row, "v2x_polyarchy_codelow"), _share(row, "v2x_polyarchy_codehigh")
        year, expression, integrity = row.whole("year"), *(_share(row, name) for name in _EXTRA)
        regime = Regime(
            democracy, democracy if low is None else low, democracy if high is None else high, expression, integrity
        )
        # V-Dem writes PSE, PSG and XKX, ZZB where ISO has PSE and XKX or nothing
        made.rows[row.text("country_text_id"), year] = regime
        made.last = max(made.last, year)
    return made


def _share(row: Row, name: str) -> float | None:
    value = row.number(name)
    if value is not None and not 0 <= value <= 1:
        raise BadInput(
            f"{name} is {value:g}", where=f"{row.file}:{row.line}", why="the index runs from 0 to 1",
            instead="the file as published",
        )  # fmt: skip
    return value


@dataclass
class Polity:
    """(Correlates of War number, year) -> (score -10..10, years since the last change of regime)."""

    rows: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)
    last: int = 0


def _read_polity(path: Path) -> Polity:
    return _polity(list(Table(path, POLITY).rows()), "ccode")


def _read_polity_r(path: Path) -> Polity:
    return _polity(list(frame_rows(path, POLITY_R)), "polity_annual_ccode")


def _polity(rows: list[Row], code: str) -> Polity:
    made = Polity()
    for row in rows:
        score, durable = row.number("polity2"), row.number("durable")
        if score is None:
            continue
        if not -10 <= score <= 10:
            raise BadInput(
                f"polity2 is {score:g}", where=f"{row.file}:{row.line}", why="it runs from -10 to 10",
                instead="the file as published",
            )  # fmt: skip
        year = row.whole("year")
        made.rows[row.whole(code), year] = (score, durable or 0.0)
        made.last = max(made.last, year)
    return made


VDEM = Format(
    "vdem", "V-Dem, country-years", "V-Dem (Coppedge et al., V-Dem Institute)",
    ("country_text_id", "v2x_polyarchy"),
    ("country_text_id", "year", "v2x_polyarchy", "v2x_polyarchy_codelow", "v2x_polyarchy_codehigh"),
    3, 2014, _read_vdem,
)  # fmt: skip
_POLITY = "Polity5 (Marshall & Gurr 2020, Center for Systemic Peace)"
POLITY = Format(
    "polity",
    "Polity5",
    _POLITY,
    ("ccode", "polity2", "durable"),
    ("ccode", "year", "polity2", "durable"),
    6,
    1975,
    _read_polity,
)
POLITY_R = Format(
    "polity_r", "Polity5 (R)", _POLITY, ("polity_annual_ccode", "polity2"),
    ("polity_annual_ccode", "year", "polity2", "durable"), 6, 1975, _read_polity_r, kind="rdata", stem="polity5",
)  # fmt: skip
