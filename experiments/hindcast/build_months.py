#!/usr/bin/env python3
"""Make what a theatre is scored with by month: observed/history.csv, structural.csv and scoring.yaml.

    python experiments/hindcast/build_months.py mali_2012 kenya_2007 \
        --country-month Hist_country_month.csv --country-year organizedviolencecy_v25_1.csv \
        --population population.csv --mortality wdi-infmort.csv --regimes ert.csv

Reads published files as they are: deaths of organised violence by country and month (UCDP events, all types, one column
a country), UCDP's organised violence by country and year, and series of population, infant mortality and electoral
democracy. Which column belongs to which theatre, what the theatre is to validation and whether its months can be scored
stands in theatres.csv beside this file, with the reason. Without names every theatre of that list that is in
--scenarios is made; one that is not there yet is named and left out, so that the command can be given again.

* ``history.csv``: a month a row from 1989 to the theatre's last month. The file publishes no range: low and high are
  best.
* ``scoring.yaml``: the role; where months can be scored, those that the first start covers whole, twelve at most, and
  the thirteen before them for the baselines. Nothing is calibrated on these months.
* ``structural.csv``: the forecast of a regression for every start and its whole months. Least squares of log1p monthly
  deaths on what was known of a country at the start: log1p of the last year's state-based, non-state and one-sided
  deaths, population, infant mortality, electoral democracy, and mean log1p of the twelve months before; fitted on all
  other countries and years before that of the start. A forecast's mean and sd are those of the 500 country-months
  whose fitted values are nearest, so that it is calibrated on the fitted countries, whatever the shape of the relation.

A theatre that counts one-sided deaths itself (`own` in theatres.csv) keeps its history and scoring, and gets the
regression alone: other countries have no monthly one-sided series, so their month is its total times the year's
one-sided share.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import math
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.ground.check import BadInput
from sim.scenario.read import read_theatre
from sim.scenario.theatre import Theatre
from sim.study.hindcast import whole_months
from sim.study.store import month_labels

LIST = Path(__file__).with_name("theatres.csv")
MONTHLY = "UCDP deaths by country and month, all types, best estimate (events of GED and Candidate, summed)"
NEAREST = 500
"""Country-months around a fitted value that make its forecast. Fitted on 1991-2007, tested on 1,404 country-years of
2008-2018, the mean CRPS is 0.33 with 500, 0.35 with 2,000 and 0.39 with 5,000; 0.27 for a country's own last year."""
MOST_MONTHS = 12
BEFORE = 13
RESIDUAL_LEAST = 0.1
"""Least sd of a forecast of log1p deaths, where the nearest country-months are all quiet (assumption, 0.05 to 0.3)."""
ALIASES = {
    "bosnia and herz.": 346, "central african rep.": 482, "dem. rep. congo": 490, "côte d'ivoire": 437, "eswatini": 572,
    "s. sudan": 626, "macedonia": 343, "united states of america": 2, "dominican rep.": 42, "antigua & barbuda": 58,
    "congo": 484, "serbia": 345, "gambia": 420, "tanzania": 510,
}  # fmt: skip
"""Names of the monthly file that UCDP's yearly file writes otherwise -> Gleditsch-Ward number."""
COVARIATES = ("state-based", "non-state", "one-sided", "population", "infant mortality", "democracy", "last 12 months")


@dataclass(frozen=True)
class Row:
    """One line of theatres.csv."""

    theatre: str
    column: str
    gw: int
    role: str
    why: str
    months: str  # scored, not_scored or own
    caveat: str


def read_list() -> dict[str, Row]:
    """theatre -> its line."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return {
            row["theatre"]: Row(row["theatre"], row["column"], int(row["gw"]), row["role"], row["why"], row["months"],
                                row["caveat"])
            for row in csv.DictReader(file)
        }  # fmt: skip


# ------------------------------------------------------------------------------------------------ published files


def _table(path: Path, *needed: str) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in needed if name not in (reader.fieldnames or [])]
            if missing:
                raise BadInput(f"no column {missing[0]!r}", where=str(path), instead="the file as it is published")
            return list(reader)
    except OSError as error:
        raise BadInput(f"the file cannot be read ({error.strerror})", where=str(path), instead="its path") from None


@dataclass(frozen=True)
class Countries:
    """Deaths by month, `months` [country] -> month -> deaths, and yearly values by (Gleditsch-Ward number, year)."""

    months: dict[str, dict[str, float]]
    gw: dict[str, int]
    yearly: dict[tuple[int, int], tuple[float, float, float]]  # state-based, non-state, one-sided
    people: dict[tuple[int, int], float]
    mortality: dict[tuple[int, int], float]
    democracy: dict[tuple[int, int], float]

    def known(self, gw: int, year: int) -> list[float] | None:
        """The yearly covariates in the order of `COVARIATES`, without the last; None where one is missing."""
        deaths, people = self.yearly.get((gw, year)), self.people.get((gw, year))
        infants, polyarchy = self.mortality.get((gw, year)), self.democracy.get((gw, year))
        if deaths is None or people is None or infants is None or polyarchy is None:
            return None
        return [*(math.log1p(n) for n in deaths), math.log(people), infants / 100.0, polyarchy]

    def one_sided_share(self, gw: int, year: int) -> float:
        """The part of one-sided violence in the year's deaths, 0 where nobody died."""
        state, other, one_sided = self.yearly.get((gw, year), (0.0, 0.0, 0.0))
        return one_sided / (state + other + one_sided) if one_sided else 0.0


def read_countries(given: argparse.Namespace) -> Countries:
    """The published files. Raises BadInput for one that is not as published."""
    ids: dict[str, int] = {}
    yearly = {}
    for row in _table(given.country_year, "country_id_cy", "country_cy", "year_cy", "os_total_deaths_best_cy"):
        gw = int(row["country_id_cy"])
        ids[row["country_cy"].split(" (")[0].casefold()] = gw
        kinds = ("sb_total_deaths_best_cy", "ns_total_deaths_best_cy", "os_total_deaths_best_cy")
        state, other, one_sided = (float(row[key] or 0) for key in kinds)
        yearly[gw, int(row["year_cy"])] = (state, other, one_sided)
    rows = _table(given.country_month)
    first = next(iter(rows[0]))
    names = [name for name in rows[0] if name != first and not name.startswith("Unnamed")]
    months = {name: {row[first][:7]: float(row[name] or 0) for row in rows} for name in names}
    gw_of = {name: ALIASES.get(name.casefold(), ids.get(name.casefold(), 0)) for name in names}
    lost = [name for name, gw in gw_of.items() if not gw]
    if lost:
        print(f"not in the yearly file, left out of the regression: {', '.join(lost)}")

    def series(path: Path, column: str) -> dict[tuple[int, int], float]:
        found = {}
        for row in _table(path, "gwcode", "year", column):
            if row[column] not in ("", "NA"):
                found[int(row["gwcode"]), int(row["year"])] = float(row[column])
        return found

    by_letters = _by_letters()
    democracy = {
        (gw, int(row["year"])): float(row["v2x_polyarchy"])
        for row in _table(given.regimes, "country_text_id", "year", "v2x_polyarchy")
        if row["v2x_polyarchy"] not in ("", "NA") for gw in by_letters.get(row["country_text_id"], ())
    }  # fmt: skip
    return Countries(
        months, {name: gw for name, gw in gw_of.items() if gw}, yearly, series(given.population, "pop"),
        series(given.mortality, "infmort"), democracy,
    )  # fmt: skip


def _by_letters() -> dict[str, tuple[int, ...]]:
    from sim.drafting.states import states

    return {state.iso3: state.gw for state in states().values()}


# ------------------------------------------------------------------------------------------------ the regression


@dataclass(frozen=True)
class Fitted:
    """A fitted regression: coefficients, and the fitted values with their outcomes in order of the fitted values."""

    coefficients: Any
    fitted: Any
    seen: Any

    def forecast(self, known: Sequence[float]) -> tuple[float, float]:
        """(mean, sd) of log1p deaths a month for a country with these covariates."""
        value = float(np.dot(self.coefficients, [1.0, *known]))
        at = int(np.searchsorted(self.fitted, value))
        half = min(NEAREST, len(self.fitted)) // 2
        first = min(max(at - half, 0), len(self.fitted) - 2 * half)
        near = self.seen[first : first + 2 * half]
        return float(near.mean()), max(float(near.std(ddof=1)), RESIDUAL_LEAST)


def fit(countries: Countries, without: int, before: int, kind: str) -> Fitted:
    """Least squares on every country but `without`, on the years 1991 up to the one before `before`."""
    rows, seen = [], []
    for name, deaths in countries.months.items():
        gw = countries.gw.get(name, 0)
        if not gw or gw == without:
            continue
        for year in range(1991, before):
            known = countries.known(gw, year - 1)
            if known is None:
                continue
            shares = [countries.one_sided_share(gw, y) if kind == "one_sided" else 1.0 for y in (year - 1, year)]
            past = np.log1p([deaths[f"{year - 1}-{n:02d}"] * shares[0] for n in range(1, 13)]).mean()
            rows.append([1.0, *known, past])
            seen.append([math.log1p(deaths[f"{year}-{n:02d}"] * shares[1]) for n in range(1, 13)])
    if len(rows) * 12 < NEAREST:
        raise BadInput(f"only {len(rows)} country-years with every covariate before {before}", where="--regimes",
                       instead="series that reach back to 1990")  # fmt: skip
    table, monthly = np.array(rows), np.array(seen)
    coefficients, *_ = np.linalg.lstsq(np.repeat(table, 12, axis=0), monthly.ravel(), rcond=None)
    fitted = np.repeat(table @ coefficients, 12)
    order = np.argsort(fitted, kind="stable")
    return Fitted(coefficients, fitted[order], monthly.ravel()[order])


def structural(countries: Countries, row: Row, theatre: Theatre, own: dict[str, float], kind: str) -> list[list[Any]]:
    """Rows of structural.csv: the forecast of every start and whole month; [] where a covariate is missing."""
    made: list[list[Any]] = []
    for stage in theatre.stages:
        months = whole_months(stage.start, stage.days)
        year = stage.start.year
        while (known := countries.known(row.gw, year - 1)) is None and year > stage.start.year - 5:
            year -= 1  # the last year that every series covers
        past = [own[month] for month in sorted(own) if months and month < months[0]][-12:]
        if known is None or len(past) < 12:
            continue
        fitted = fit(countries, row.gw, stage.start.year, kind)
        mean, sd = fitted.forecast([*known, float(np.log1p(past).mean())])
        source = f"regression on other countries before {stage.start.year}; covariates of {year - 1}"
        made += [[stage.name, month, f"{mean:.4f}", f"{sd:.4f}", source, "derived"] for month in months]
    return made


# ------------------------------------------------------------------------------------------------ the files


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A UTF-8 table with plain line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def scoring_text(row: Row, theatre: Theatre) -> str:
    """The content of scoring.yaml."""
    lines = [
        "# What this theatre is to validation, and which months are scored; the engine never reads this folder.",
        "# Made by experiments/hindcast/build_months.py from theatres.csv beside it.",
        "schema_version: 1",
        "policy: factual_dated",
        f"role: {row.role}",
        f"why: {_quoted(row.why if row.months == 'scored' else f'{row.why} {row.caveat}'.strip())}",
    ]
    first = theatre.stages[0]
    scored = whole_months(first.start, first.days)[:MOST_MONTHS]
    if row.months != "scored" or not scored:
        return "\n".join(lines) + "\n"
    training = months_before(scored[0])
    ahead = [n for n in (3, 6, 12) if n <= len(scored)] or [len(scored)]
    lines += [
        "deaths: all_types          # UCDP's three types together: civilians and armed people",
        f'training: ["{training[0]}", "{training[-1]}"]   # what the baselines know; nothing is calibrated on it',
        f'scored: ["{scored[0]}", "{scored[-1]}"]',
        f"stage: {first.name}",
        f"months_ahead: {ahead}",
        f"caveat: {_quoted(row.caveat)}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "'") + '"'


def months_before(month: str) -> list[str]:
    """The `BEFORE` months before `month`."""
    last = datetime.date.fromisoformat(f"{month}-01") - datetime.timedelta(days=1)
    index = last.year * 12 + last.month - 1
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(index - BEFORE + 1, index + 1)]


def build(row: Row, theatre: Theatre, countries: Countries) -> str:
    """Write the files of one theatre; a line that says what was made."""
    out = theatre.path / "observed"
    out.mkdir(exist_ok=True)
    end = max(month_labels(stage.start, stage.days)[-1] for stage in theatre.stages)
    deaths = {month: n for month, n in countries.months[row.column].items() if month <= end}
    kind = "all_types"
    if row.months == "own":
        kind = "one_sided"
        deaths = {
            line["month"]: float(line["best"]) for line in _table(out / "history.csv", "month", "type", "best")
            if line["type"] == kind
        }  # fmt: skip
    else:
        if (out / "refugees.csv").is_file():
            raise BadInput("there is a refugees.csv", where=str(out), why="the scoring.yaml made here does not know it",
                           instead="`own` in theatres.csv, and a scoring.yaml by hand")  # fmt: skip
        rows = [[month, kind, f"{n:g}", f"{n:g}", f"{n:g}", MONTHLY, "data"] for month, n in sorted(deaths.items())]
        write_csv(out / "history.csv", ["month", "type", "low", "best", "high", "source", "grade"], rows)
        (out / "scoring.yaml").write_text(scoring_text(row, theatre), encoding="utf-8")
    forecasts = structural(countries, row, theatre, deaths, kind) if row.months != "not_scored" else []
    if forecasts:
        write_csv(out / "structural.csv", ["stage", "month", "mean", "sd", "source", "grade"], forecasts)
    by_stage: dict[str, int] = defaultdict(int)
    for line in forecasts:
        by_stage[line[0]] += 1
    said = ", ".join(f"{stage} {count} months" for stage, count in by_stage.items()) or "none"
    return f"{theatre.name}: {row.role}, months {row.months}; {len(deaths)} months of history; regression: {said}"


def main(words: Sequence[str] | None = None) -> int:
    """Read the arguments, write the files of every theatre; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("theatres", nargs="*", help="names; default: all of theatres.csv that are there")
    parser.add_argument("--scenarios", type=Path, default=Path("scenarios"), help="folder of the theatres")
    parser.add_argument("--country-month", type=Path, required=True, help="UCDP deaths by country and month (CSV)")
    parser.add_argument("--country-year", type=Path, required=True, help="UCDP organised violence by country and year")
    parser.add_argument("--population", type=Path, required=True, help="gwcode, year, pop")
    parser.add_argument("--mortality", type=Path, required=True, help="gwcode, year, infmort")
    parser.add_argument("--regimes", type=Path, required=True, help="V-Dem ERT: country_text_id, year, v2x_polyarchy")
    given = parser.parse_args(words)
    known = read_list()
    try:
        unknown = [name for name in given.theatres if name not in known]
        if unknown:
            raise BadInput(f"{unknown[0]!r} is not in the list", where=str(LIST.name),
                           instead="a line in it, with the column of the monthly file")  # fmt: skip
        countries = read_countries(given)
        for name in given.theatres or known:
            folder = given.scenarios / name
            if not (folder / "scenario.yaml").is_file():
                print(f"{name}: not there yet")
                continue
            print(build(known[name], read_theatre(folder), countries))
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
