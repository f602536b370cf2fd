"""Small tables of facts for a draft without downloads, made from the published files by `python -m sim.drafting.facts`.

`violence.csv` holds best estimates by Gleditsch-Ward number and year, `development.csv` every fifth year;
tables/SOURCES.md cites both.
"""

from __future__ import annotations

import csv
import sys
from functools import cache
from pathlib import Path

from sim.drafting.sources import Library, ucdp, wdi
from sim.drafting.sources.ucdp import CountryYear, CountryYears, Toll

_HERE = Path(__file__).with_name("tables")
_TOLLS = ("state_based", "non_state", "one_sided")
_YEARS = range(1990, 2021, 5)


@cache
def violence() -> CountryYears:
    """Deaths in organised violence by country and year, without the names of groups."""
    made = CountryYears(first=1989, last=2024)
    with open(_HERE / "violence.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            battle, between, against = (
                Toll(*(float(row[f"{kind}{end}"]) for end in ("", "_low", "_high"))) for kind in _TOLLS
            )
            made.add(
                int(row["gw"]), int(row["year"]), CountryYear(battle, between, against, float(row["by_government"]))
            )
    return made


@cache
def development() -> wdi.Series:
    """Infant mortality, income and people of every fifth year from 1990 to 2020."""
    made = wdi.Series()
    with open(_HERE / "development.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for name in ("mortality", "income", "people"):
                if row[name]:
                    made.add(name, row["gw"], int(row["year"]), float(row[name]))
    return made


def main(folder: str) -> int:
    """Write both tables anew from the published files in `folder`."""
    library = Library.of(folder)
    years: CountryYears = library.take(ucdp.COUNTRY_YEARS)
    columns = [f"{kind}{end}" for kind in _TOLLS for end in ("", "_low", "_high")]
    with open(_HERE / "violence.csv", "w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n")
        write.writerow(["gw", "year", *columns, "by_government"])
        for (number, year), row in sorted(years.rows.items()):
            tolls = [part for kind in _TOLLS for t in (getattr(row, kind),) for part in (t.best, t.low, t.high)]
            if any(tolls):
                write.writerow([number, year, *(f"{part:.0f}" for part in tolls), f"{row.by_government:.0f}"])
    series = {form.key: library.take(form).rows for form in (wdi.MORTALITY, wdi.INCOME, wdi.POPULATION)}
    held = {name: values for rows in series.values() for name, values in rows.items()}
    with open(_HERE / "development.csv", "w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n")
        write.writerow(["gw", "year", "mortality", "income", "people"])
        for code in sorted({code for code, _ in held["people"]}, key=int):
            for year in _YEARS:
                cells = [
                    f"{held[n][code, year]:.4g}" if (code, year) in held[n] else "" for n in ("mortality", "income")
                ]
                if (code, year) in held["people"]:
                    write.writerow([code, year, *cells, f"{held['people'][code, year]:.0f}"])
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
