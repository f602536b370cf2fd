"""What was recorded, from the published files in a folder; facts of it are committed as observed.csv."""

from __future__ import annotations

import csv
import datetime
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from experiments.stylised.facts import (
    FACTS,
    Fact,
    Year,
    displaced,
    distance,
    front,
    rounded,
    sizes,
    spells,
    state_share,
    zero_months,
)
from sim.drafting.rdata import read_frames
from sim.ground.check import BadInput
from sim.scenario.read import read_theatre

CAR_SIZES = Fact(
    "sizes_car", "Size of incidents, Central African Republic", "deaths reported of one incident in the Central African Republic, 1 or more", "log",
    "The nearest there is to like with like: one country, the same two years, events coded by UCDP's yearly release and not by its faster "
    "candidate release. The theatre's parameters were calibrated on months of these years, though not on sizes.",
)  # fmt: skip
RECORDED_FACTS = (FACTS[0], CAR_SIZES, *FACTS[1:])
"""All that is compared: the seven facts, and the first of them again where the record is of the theatre's own country."""
HERE = Path(__file__).resolve().parent
TABLE = HERE / "observed.csv"
SOURCES = HERE / "sources.csv"
COLUMNS = ("fact", "unit", "value", "count")
CANDIDATE = "UCDP Candidate Events 2025, one-sided (Hegre et al. 2020, Research & Politics)"
GED_CAR = "UCDP GED 23.1, Central African Republic, one-sided (Sundberg & Melander 2013; Davies et al. 2023)"
MONTHLY = "UCDP GED and Candidate by country and month, all organised violence, 1989-2026"
YEARLY = "UCDP Organized Violence country-years 25.1 (Davies et al. 2025)"
UNHCR = f"UNHCR Refugee Population Statistics (refugees 2025.12.1) over {YEARLY}"
CIVILIAN, ONE_SIDED, TYPE = ("sb_deaths_civilians_cy", "ns_deaths_civilians_cy"), "os_total_deaths_best_cy", "3"
Units = dict[str, dict[str, list[float]]]
"""Fact -> unit that is resampled whole (a country, or a country-year) -> values."""


def observed(folder: Path) -> tuple[Units, dict[str, str]]:
    """(values, source of each fact). Raises BadInput where a file is missing."""
    units: Units = {fact.name: defaultdict(list) for fact in RECORDED_FACTS}
    for country, year in candidate(folder):
        units["sizes"][country] += sizes(year)
        units["zero_months"][country] += zero_months(year.months.tolist())
        units["spells"][country] += spells(year.months.tolist())
    for country, months in by_month(folder):
        units["front"][country] += front(months, calm=12)
    moved = displacement(folder)
    for row in rows(folder, "organizedviolencecy_v25_1.csv"):
        killed = [float(row[name] or 0) for name in (ONE_SIDED, *CIVILIAN)]
        unit = row["country_cy"]
        units["state_share"][unit] += state_share(float(row["os_any_govt_killings_best_cy"] or 0), killed[0])
        units["displaced"][unit] += displaced(moved.get((unit, int(row["year_cy"])), 0.0), sum(killed))
    for number, year in enumerate(central_african(folder)):
        units["distance"][f"year {number}"] += distance(year)
        units["sizes_car"][f"year {number}"] += sizes(year)
    sources = {
        "sizes": CANDIDATE, "sizes_car": f"{GED_CAR}, December 2012 to November 2014", "zero_months": CANDIDATE, "spells": CANDIDATE, "front": MONTHLY, "displaced": UNHCR,
        "state_share": YEARLY, "distance": f"{GED_CAR}, December 2012 to November 2014",
    }  # fmt: skip
    return {fact: {unit: values for unit, values in by.items() if values} for fact, by in units.items()}, sources


def write(folder: Path) -> None:
    """observed.csv: how often each value was recorded, by numbered unit (which country it was is not needed); sources.csv."""
    units, sources = observed(folder)
    with open(TABLE, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for fact, by in units.items():
            for number, unit in enumerate(sorted(by)):
                values, counts = np.unique([rounded(one) for one in by[unit]], return_counts=True)
                for value, count in zip(values.tolist(), counts.tolist(), strict=True):
                    table.writerow([fact, number, f"{value:g}", count])
    with open(SOURCES, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("fact", "source"), *sources.items()])


def known() -> tuple[dict[str, list[list[float]]], dict[str, str]]:
    """(fact -> values by unit, source of each fact) as committed."""
    found: dict[str, dict[str, list[float]]] = {fact.name: defaultdict(list) for fact in RECORDED_FACTS}
    with open(SOURCES, encoding="utf-8", newline="") as file:
        sources = {row["fact"]: row["source"] for row in csv.DictReader(file)}
    with open(TABLE, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["fact"]][row["unit"]] += [float(row["value"])] * int(row["count"])
    return {fact: list(by.values()) for fact, by in found.items()}, sources


# ---- files --------------------------------------------------------------------------------------------------------


def path_of(folder: Path, name: str) -> Path:
    """The file of that name in `folder` or below it."""
    found = sorted(folder.rglob(name))
    if not found:
        raise BadInput(
            f"there is no {name} in {str(folder)!r}", where="DATA", why="this fact is computed from it",
            instead="the folder with the published files; docs/stylised_facts.md names them",
        )  # fmt: skip
    return found[0]


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The rows of a published table."""
    with open(path_of(folder, name), encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def candidate(folder: Path) -> Iterator[tuple[str, Year]]:
    """(country, its one-sided incidents of 2025)."""
    events: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in rows(folder, "ged_2025.csv"):
        date = datetime.date.fromisoformat(row["date"][:10])
        if row["type_of_violence"] == TYPE and int(row["best"]) > 0 and date.year == 2025:
            events[row["country"]].append((date.timetuple().tm_yday - 1, int(row["best"])))
    for country, found in sorted(events.items()):
        day, killed = np.array(found).T
        yield country, Year(day, killed, np.zeros(day.size, dtype=bool))


def central_african(folder: Path) -> Iterator[Year]:
    """One-sided incidents of two years from 1 December 2012 on, each at the nearest place of the theatre car_2013."""
    places = [place for place in read_theatre("car_2013").places if place.inside]
    lat, lon = np.array([one.lat for one in places]), np.array([one.lon for one in places])
    start = datetime.date(2012, 12, 1)
    found: list[tuple[int, int, float, float]] = []
    for row in rows(folder, "ged_v23_1_CAR.csv"):
        day = (datetime.date.fromisoformat(row["date_start"][:10]) - start).days
        if row["type_of_violence"] == TYPE and 0 <= day < 730 and int(row["best"]) > 0 and int(row["where_prec"]) <= 3:
            near = np.hypot(lat - float(row["latitude"]), lon - float(row["longitude"])).argmin()
            found.append((day, int(row["best"]), float(lat[near]), float(lon[near])))
    for year in range(2):
        kept = [one for one in found if one[0] // 365 == year]
        if kept:
            day, killed, at, across = np.array(kept).T
            yield Year(day - 365 * year, killed, np.zeros(day.size, dtype=bool), at, across)


def by_month(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """(country, deaths of each month from 1989 on)."""
    table: dict[str, list[int]] = defaultdict(list)
    for row in rows(folder, "Hist_country_month.csv"):
        for country, deaths in row.items():
            if country and not country.startswith("Unnamed"):
                table[country].append(int(float(deaths or 0)))
    yield from table.items()


def displacement(folder: Path) -> dict[tuple[str, int], float]:
    """(country as UCDP names it, year) -> refugees who arrived and the rise of people displaced inside."""
    iso_to_name = _names(folder)
    moved: dict[tuple[str, int], float] = defaultdict(float)
    for iso, year, people in _columns(path_of(folder, "flows.rda"), "refugees"):
        if iso in iso_to_name:
            moved[iso_to_name[iso], year] += people
    inside: dict[tuple[str, int], float] = defaultdict(float)
    for iso, year, people in _columns(path_of(folder, "population.rda"), "idps"):
        inside[iso, year] += people
    for (iso, year), people in inside.items():
        if iso in iso_to_name and (iso, year - 1) in inside:
            moved[iso_to_name[iso], year] += max(people - inside[iso, year - 1], 0.0)
    return moved


def _columns(path: Path, wanted: str) -> Iterator[tuple[str, int, float]]:
    frame: dict[str, Any] = next(iter(read_frames(path).values()))
    for iso, year, people in zip(frame["coo_iso"], frame["year"], frame[wanted], strict=True):
        if people:
            yield str(iso), int(year), float(people)


def _names(folder: Path) -> dict[str, str]:
    """ISO code -> the name that UCDP's yearly table uses, by Gleditsch-Ward number."""
    from sim.drafting.states import states

    number = {row["country_id_cy"]: row["country_cy"] for row in rows(folder, "organizedviolencecy_v25_1.csv")}
    return {
        code: number[str(one)] for code, state in states().items() for one in state.gw if str(one) in number
    }
