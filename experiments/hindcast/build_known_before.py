#!/usr/bin/env python3
"""Write what was known before the later starts of car_2013: `killed.csv` and `displaced.csv`.

    build_known_before.py --theatre scenarios/car_2013

`killed.csv` is `observed/deaths.csv` (UCDP one-sided deaths by month, prefecture and perpetrator) for the months before
the last start, rounded to people; months and prefectures without a coded perpetrator or place are left out. A start
reads only rows that ended before it.

`displaced.csv` spreads published totals (`TOTALS`, `ABROAD_2013`) over homes and refuges by the rules below, because no
table by home exists: origins inside in proportion to the civilians killed there so far (Ouham in late 2013 is a count),
by numbers over the groups outside the killers' own side; people of small places stand at the largest place of their
prefecture, those of the largest at the nearest place by road. Refugees come from the places next to each border. Rows
under `LEAST` people are dropped and the others scaled up to the total. Prints the totals. Needs only Python.
"""

from __future__ import annotations

import argparse
import calendar
import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

LEAST = 500
MUSLIM = ("traders_muslim", "fulani", "northeast_muslim")
OWN_SIDE = {"seleka": MUSLIM}  # everybody else is taken to have killed Muslims: from September 2013 the militias did
STARTS = {"b_2013_04": "2013-04", "c_2013_09": "2013-09", "d_2013_12": "2013-12"}
# people displaced since December 2012, at each start: (stage, inside, low, high, source)
TOTALS = (
    ("b_2013_04", 173_000, 150_000, 200_000, "173,000 quoted for spring 2013 without a day (seen)"),
    ("c_2013_09", 206_000, 173_000, 230_000, "206,000 for mid-2013, from memory"),
    ("d_2013_12", 394_979, 350_000, 400_000, "Radio Ndeke Luka, 15 October 2013: 394,979 (seen)"),
)
COUNTED = {("d_2013_12", "Ouham"): 170_823}  # the same report
# from 37,000 in spring (press) to 88,722 over the year (UNHCR flows), evenly
NEW_REFUGEES = {"b_2013_04": 37_000, "c_2013_09": 65_900, "d_2013_12": 83_100}
# rise of UNHCR stocks over 2013 by country, and the places next to it: (refuge, homes)
ABROAD_2013 = {
    "Mole camp": (17_795, ("Bangui", "Kouango")),  # a third of the 53,385 in Congo (Kinshasa), an assumption
    "Inke camp": (17_795, ("Mobaye",)),
    "Bili camp": (17_795, ("Bangassou",)),
    "Belom camp": (14_671, ("Kabo", "Markounda")),
    "Garoua-Boulai": (11_798, ("Baboua", "Bocaranga")),
    "Betou": (10_084, ("Bangui", "Mbaiki")),
}
SPREAD = "; by home and refuge: experiments/hindcast/build_known_before.py"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, header: str, rows: list[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header.split(","))
        out.writerows(rows)


def killed_rows(deaths: list[dict[str, str]], before: str) -> list[tuple[Any, ...]]:
    rows = []
    for row in deaths:
        known = row["prefecture"] and row["perpetrator"]
        if row["type"] != "one_sided" or row["month"] >= before or not known:
            continue
        low, best, high = (round(float(row[name])) for name in ("low", "best", "high"))
        if best:
            year, month = (int(part) for part in row["month"].split("-"))
            last = calendar.monthrange(year, month)[1]
            days = f"{row['month']}-01", f"{row['month']}-{last:02}"
            told = row["prefecture"], row["perpetrator"], "", best, low, high, row["source"], row["grade"]
            rows.append((*days, *told))
    return rows


class Spread:
    """Totals over homes, groups and refuges."""

    def __init__(self, theatre: Path) -> None:
        self.prefecture = {row["name"]: row["prefecture"] for row in table(theatre / "places.csv") if row["prefecture"]}
        self.people: dict[str, dict[str, int]] = defaultdict(dict)
        for row in table(theatre / "population.csv"):
            self.people[row["place"]][row["group"]] = int(row["people"])
        self.near: dict[str, str] = {}
        for row in sorted(table(theatre / "links.csv"), key=lambda link: float(link["km"])):
            for one, other in ((row["from"], row["to"]), (row["to"], row["from"])):
                if one in self.prefecture and other in self.prefecture:
                    self.near.setdefault(one, other)
        self.chief: dict[str, str] = {}  # the largest place of each prefecture
        for place in sorted(self.prefecture, key=lambda p: sum(self.people[p].values())):
            self.chief[self.prefecture[place]] = place

    def over(self, homes: list[str], groups: tuple[str, ...], people: float) -> dict[tuple[str, str], float]:
        """`people` over the homes and groups, by numbers."""
        cells = {(home, group): self.people[home].get(group, 0) for home in homes for group in groups}
        total = sum(cells.values())
        return {cell: people * number / total for cell, number in cells.items()}

    def refuge(self, home: str) -> str:
        chief = self.chief[self.prefecture[home]]
        return chief if home != chief else self.near[home]


def displaced_rows(theatre: Path, deaths: list[dict[str, str]]) -> list[tuple[Any, ...]]:
    spread = Spread(theatre)
    groups = tuple(dict.fromkeys(group for people in spread.people.values() for group in people))
    rows: list[tuple[Any, ...]] = []
    for stage, total, low, high, source in TOTALS:
        killed: dict[tuple[str, tuple[str, ...]], float] = defaultdict(float)
        for row in deaths:
            if row["type"] == "one_sided" and row["prefecture"] and row["month"] < STARTS[stage]:
                own = OWN_SIDE.get(row["perpetrator"], ())
                hit = tuple(g for g in groups if g not in own) if own else MUSLIM
                killed[row["prefecture"], hit] += float(row["best"])
        counted = {name: people for (at, name), people in COUNTED.items() if at == stage}
        rest = total - sum(counted.values())
        others = sum(dead for (name, _), dead in killed.items() if name not in counted)
        gone: dict[tuple[str, str, str], float] = defaultdict(float)
        for (name, hit), dead in killed.items():
            here = sum(d for (other, _), d in killed.items() if other == name)
            people = counted[name] * dead / here if name in counted else rest * dead / others
            homes = [place for place, of in spread.prefecture.items() if of == name]
            for (home, group), number in spread.over(homes, hit, people).items():
                gone[home, spread.refuge(home), group] += min(number, 0.5 * spread.people[home].get(group, 0))
        rows += scaled(stage, gone, total, low / total, high / total, source)
        abroad: dict[tuple[str, str, str], float] = defaultdict(float)
        all_abroad = sum(people for people, _ in ABROAD_2013.values())
        for refuge, (people, near) in ABROAD_2013.items():
            part = NEW_REFUGEES[stage] * people / all_abroad
            for (home, group), number in spread.over(list(near), groups, part).items():
                abroad[home, refuge, group] += number
        told = "Press, spring 2013, and UNHCR flows and stocks of 2013, evenly over the year"
        rows += scaled(stage, abroad, NEW_REFUGEES[stage], 0.7, 1.2, told)
    return rows


def scaled(
    stage: str, gone: dict[tuple[str, str, str], float], total: int, low: float, high: float, source: str
) -> list[tuple[Any, ...]]:
    kept = {cell: people for cell, people in gone.items() if people >= LEAST}
    factor = total / sum(kept.values())
    ends = (factor, factor * low, factor * high)
    return [
        (stage, *cell, *(round(n * end) for end in ends), source + SPREAD, "assumption")
        for cell, n in sorted(kept.items())
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--theatre", type=Path, required=True)
    theatre: Path = parser.parse_args().theatre
    deaths = table(theatre / "observed" / "deaths.csv")
    killed, displaced = killed_rows(deaths, STARTS["d_2013_12"]), displaced_rows(theatre, deaths)
    write(theatre / "killed.csv", "from,to,prefecture,actor,group,people,people_low,people_high,source,grade", killed)
    write(theatre / "displaced.csv", "stage,from,to,group,people,people_low,people_high,source,grade", displaced)
    print(f"killed.csv: {len(killed)} rows, {sum(row[5] for row in killed):,} people")
    for stage in STARTS:
        mine = [row for row in displaced if row[0] == stage]
        print(f"displaced.csv, {stage}: {len(mine)} rows, {sum(row[4] for row in mine):,} people")


if __name__ == "__main__":
    main()
