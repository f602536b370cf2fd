#!/usr/bin/env python3
"""Compute the observed tables of a theatre's hindcast from published data sets.

    build_observed.py --ged ged_v23_1_CAR.csv --refugees car2013/source_data \
        --corrections car2013/input_csv/registration_corrections.csv --theatre scenarios/car_2013

Reads the UCDP Georeferenced Event Dataset (one country, columns as published), the camp series of the FLEE
validation set, and the theatre's own ``calendar.csv`` and ``observed/actor_map.csv``. Writes ``deaths.csv``,
``history.csv``, ``largest_events.csv``, ``before_acts.csv`` and ``refugees.csv`` into ``observed/``.
Prints the totals. Needs only Python.

Conventions, the same in every table:

* One-sided violence is UCDP type 3. ``all_civilian`` is type 3 plus the civilians that UCDP counts inside
  clashes (types 1 and 2, column ``deaths_civilians``); those have no coded perpetrator (empty) and no range.
* The deaths of an event are spread evenly over the days date_start..date_end, both included; each day's part
  goes to that day's month and to the actor whom the map names on that day. Sums are not whole numbers.
* Where an event's published low and high do not enclose its best, the range is widened to hold all three.
* Events that UCDP could not give a prefecture have an empty one.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

DAY = dt.timedelta(days=1)
YEAR_END = dt.date(2013, 12, 31)
GED = "UCDP GED 23.1"
CAMPS = "FLEE validation set car2013 (UNHCR camp counts)"
JULY_2014 = (
    "registration in Cameroon: the tracked total rises by 73,679 between 21 and 27 July 2014, mostly people "
    "who had crossed in the months before"
)
OCTOBER_2014 = "East region of Cameroon counted anew: its count falls on 12 and is restored on 19 October"


@dataclass(frozen=True)
class Event:
    """One UCDP event; `actor` columns as published, counts in deaths."""

    key: str
    kind: str
    side_a: str
    prefecture: str
    start: dt.date
    end: dt.date
    low: float
    best: float
    high: float
    civilians: float

    def days(self) -> Iterator[dt.date]:
        """Every day from start to end, both included."""
        for n in range((self.end - self.start).days + 1):
            yield self.start + n * DAY


def plain(text: str) -> str:
    """Prefecture name as the theatre writes it: no accents, no word "province"."""
    bare = unicodedata.normalize("NFKD", text.replace(" province", ""))
    return "".join(c for c in bare if not unicodedata.combining(c)).strip()


def read_events(path: Path) -> list[Event]:
    """All events of a GED file (CSV with the published column names)."""
    with path.open(newline="", encoding="utf-8") as f:
        return [
            Event(
                r["id"], r["type_of_violence"], r["side_a"], plain(r["adm_1"]),
                dt.date.fromisoformat(r["date_start"][:10]), dt.date.fromisoformat(r["date_end"][:10]),
                min(float(r["low"]), float(r["best"])), float(r["best"]),
                max(float(r["high"]), float(r["best"])),
                float(r["deaths_civilians"]),
            )
            for r in csv.DictReader(f)
        ]  # fmt: skip


@dataclass(frozen=True)
class ActorMap:
    """Which of the theatre's actors stands behind a UCDP name on a day; empty dates are open ends."""

    rows: tuple[tuple[str, dt.date, dt.date, str], ...]

    @classmethod
    def read(cls, path: Path) -> ActorMap:
        """Read ``actor_map.csv`` (ucdp_name, from, to, actor, reason)."""
        with path.open(newline="", encoding="utf-8") as f:
            return cls(tuple(
                (r["ucdp_name"], dt.date.fromisoformat(r["from"] or "1900-01-01"),
                 dt.date.fromisoformat(r["to"] or "2999-12-31"), r["actor"])
                for r in csv.DictReader(f)
            ))  # fmt: skip

    def actor(self, name: str, day: dt.date) -> str:
        """The theatre's actor, or "other" for a name or a day that the map does not hold."""
        for ucdp, first, last, actor in self.rows:
            if ucdp == name and first <= day <= last:
                return actor
        return "other"


def spread(event: Event) -> Iterator[tuple[dt.date, float]]:
    """The event's days with the share of its deaths that falls on each."""
    days = (event.end - event.start).days + 1
    for day in event.days():
        yield day, 1.0 / days


def month(day: dt.date) -> str:
    """YYYY-MM of a day."""
    return day.strftime("%Y-%m")


def months(first: str, last: str) -> Iterator[str]:
    """Every YYYY-MM from first to last, both included."""
    year, at = int(first[:4]), int(first[5:])
    while (now := f"{year:04d}-{at:02d}") <= last:
        yield now
        year, at = (year + 1, 1) if at == 12 else (year, at + 1)


Cells = dict[tuple[str, ...], list[float]]


def deaths(events: Iterable[Event], actors: ActorMap, first: str, last: str) -> Cells:
    """(month, prefecture, perpetrator, type) -> [low, best, high] of the window."""
    cells: Cells = defaultdict(lambda: [0.0, 0.0, 0.0])
    for e in events:
        if month(e.end) < first or month(e.start) > last:
            continue
        for day, part in spread(e):
            if not first <= month(day) <= last:
                continue
            counts: dict[tuple[str, str], tuple[float, float, float]]
            if e.kind == "3":
                who = actors.actor(e.side_a, day)
                whole = (e.low, e.best, e.high)
                counts = {(who, "one_sided"): whole, (who, "all_civilian"): whole}
            else:
                counts = {("", "all_civilian"): (e.civilians, e.civilians, e.civilians)}
            for (who, kind), triple in counts.items():
                cell = cells[month(day), e.prefecture, who, kind]
                for i in range(3):
                    cell[i] += triple[i] * part
    return {k: v for k, v in sorted(cells.items()) if v[2] > 0}


def history(events: Iterable[Event], first: str, last: str) -> Cells:
    """(month, type) -> national [low, best, high], zero months included."""
    cells: Cells = {(m, k): [0.0] * 3 for m in months(first, last) for k in ("one_sided", "all_civilian")}
    for e in events:
        for day, part in spread(e):
            m = month(day)
            if not first <= m <= last:
                continue
            if e.kind == "3":
                for kind in ("one_sided", "all_civilian"):
                    for i, n in enumerate((e.low, e.best, e.high)):
                        cells[m, kind][i] += n * part
            else:
                for i in range(3):
                    cells[m, "all_civilian"][i] += e.civilians * part
    return cells


def series(path: Path) -> dict[dt.date, float]:
    """A camp or country series (date,people without header); later rows of a date win."""
    found: dict[dt.date, float] = {}
    with path.open(newline="", encoding="utf-8") as f:
        for r in csv.reader(f):
            if len(r) > 1 and r[0][:1].isdigit() and r[1]:
                found[dt.date.fromisoformat(r[0][:10])] = float(r[1])
    return dict(sorted(found.items()))


def interpolated(known: dict[dt.date, float], day: dt.date) -> float:
    """Linear between the known days, 0 before the first, the last value after the last."""
    days = sorted(known)
    if day < days[0]:
        return 0.0
    before = max(d for d in days if d <= day)
    after = min((d for d in days if d >= day), default=before)
    if after == before:
        return known[before]
    return known[before] + (known[after] - known[before]) * (day - before).days / (after - before).days


def corrected_total(folder: Path, corrections: Path, day: dt.date) -> float:
    """Sum of the camps on a day, earlier counts rescaled at each re-registration the data set lists."""
    with corrections.open(newline="", encoding="utf-8") as f:
        fixes = [(r[0], dt.date.fromisoformat(r[1])) for r in csv.reader(f) if len(r) > 1]
    total = 0.0
    with (folder / "data_layout.csv").open(newline="", encoding="utf-8") as f:
        layout = {r[0]: [x for x in r[1:] if x] for r in csv.reader(f) if r and not r[0].startswith("#")}
    for camp, names in layout.items():
        if camp == "total":
            continue
        parts = [series(folder / name) for name in names if (folder / name).exists()]
        at = sorted({d for part in parts for d in part})
        people = {d: sum(interpolated(part, d) for part in parts) for d in at}
        for name, on in fixes:
            k = at.index(on) if name == camp and on in at else 0
            if k and people[at[k - 1]] > 0:
                factor = people[on] / people[at[k - 1]]
                people.update({d: people[d] * factor for d in at[:k]})
        total += interpolated(people, day)
    return total


def write(path: Path, header: list[str], rows: Iterable[Iterable[object]]) -> None:
    """A UTF-8 CSV with \\n line ends."""
    with path.open("w", newline="", encoding="utf-8") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def figure(value: float) -> str:
    """Four decimals at most, no trailing zeros."""
    return f"{value:.4f}".rstrip("0").rstrip(".") or "0"


def write_deaths(events: list[Event], actors: ActorMap, first: str, last: str, out: Path) -> None:
    """deaths.csv and history.csv, with a printed check of the totals."""
    cells = deaths(events, actors, first, last)
    write(
        out / "deaths.csv",
        ["month", "prefecture", "perpetrator", "type", "low", "best", "high", "source", "grade"],
        ([*k, *map(figure, v), GED, "data"] for k, v in cells.items()),
    )
    past = history(events, "1989-01", last)
    write(
        out / "history.csv",
        ["month", "type", "low", "best", "high", "source", "grade"],
        ([*k, *map(figure, v), GED, "data"] for k, v in past.items()),
    )
    by_start: dict[str, float] = defaultdict(float)
    for e in events:
        if e.kind == "3":
            by_start[month(e.start)] += e.best
    print("month    by start   spread")
    for m in months(first, last):
        print(f"{m}  {by_start[m]:8.0f} {past[m, 'one_sided'][1]:8.1f}")
    inside = list(months(first, last))
    print(f"total    {sum(by_start[m] for m in inside):8.0f} "
          f"{sum(past[m, 'one_sided'][1] for m in inside):8.1f}  one-sided")  # fmt: skip
    print(f"total    {sum(past[m, 'all_civilian'][1] for m in inside):17.1f}  all civilian")


def write_largest(
    events: list[Event], actors: ActorMap, first: str, last: str, out: Path, top: int = 12
) -> None:
    """largest_events.csv: the one-sided events with most deaths, a row for each month they touch."""
    window = [e for e in events if e.kind == "3" and month(e.end) >= first and month(e.start) <= last]
    ranked = sorted(window, key=lambda e: (-e.best, e.start, e.key))[:top]
    rows: list[list[object]] = []
    for rank, e in enumerate(ranked, start=1):
        shares: dict[tuple[str, str], float] = defaultdict(float)
        for day, part in spread(e):
            shares[month(day), actors.actor(e.side_a, day)] += part
        for (m, who), part in sorted(shares.items()):
            triple = [figure(n * part) for n in (e.low, e.best, e.high)]
            rows.append([rank, e.key, e.start, e.end, m, e.prefecture, who, *triple, GED, "data"])
    write(
        out / "largest_events.csv",
        ["rank", "ucdp_event", "date_start", "date_end", "month", "prefecture", "perpetrator", "low", "best",
         "high", "source", "grade"],
        rows,
    )  # fmt: skip


def write_refugees(folder: Path, corrections: Path, last: str, out: Path) -> None:
    """refugees.csv: month-end people abroad in the tracked camps and districts, from December 2013."""
    raw = series(folder / "refugees.csv")
    jump_from, jump_to = dt.date(2014, 7, 21), dt.date(2014, 7, 27)
    jump = raw[jump_to] - raw[jump_from]
    rows: list[list[object]] = []
    before: float | None = None
    for m in months("2013-12", last):
        first_day = dt.date(int(m[:4]), int(m[5:]), 1)
        end = (first_day + 31 * DAY).replace(day=1) - DAY
        dated = max(d for d in raw if d <= end)
        corrected = corrected_total(folder, corrections, end)
        arrived = min(1.0, (end - YEAR_END).days / (jump_to - YEAR_END).days)
        spread_back = raw[dated] + (jump * arrived if dated < jump_to else 0.0)
        note = {"2014-07": JULY_2014, "2014-10": OCTOBER_2014}.get(m, "")
        new = "" if before is None else figure(round(corrected - before))
        rows.append(
            [end, dated, int(raw[dated]), round(corrected), new, round(spread_back), note, CAMPS, "data"]
        )
        before = corrected
    write(
        out / "refugees.csv",
        ["month_end", "reported_on", "raw_stock", "corrected_stock", "corrected_new",
         "july_jump_spread_stock", "note", "source", "grade"],
        rows,
    )  # fmt: skip


def write_before(events: list[Event], theatre: Path, first: str, last: str, out: Path) -> None:
    """before_acts.csv: civilian deaths in the 15 to 180 days before each dated act of outsiders."""
    daily: dict[dt.date, float] = defaultdict(float)
    for e in events:
        for day, part in spread(e):
            daily[day] += (e.best if e.kind == "3" else e.civilians) * part
    with (theatre / "calendar.csv").open(newline="", encoding="utf-8") as f:
        acts = [r for r in csv.DictReader(f) if r["applies"] == "factual" and first <= r["date"][:7] <= last]
    spans = (15, 30, 60, 90, 180)
    rows: list[list[object]] = []
    for act in acts:
        day = dt.date.fromisoformat(act["date"])
        sums = [round(sum(daily.get(day - n * DAY, 0.0) for n in range(1, span + 1))) for span in spans]
        rows.append([day, act["who"], act["what"], *sums, GED, "data"])
    write(
        out / "before_acts.csv",
        ["date", "who", "what", *(f"deaths_{span}_days" for span in spans), "source", "grade"],
        rows,
    )


def main() -> None:
    """Read the arguments, write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ged", type=Path, required=True, help="UCDP GED events of the country (CSV)")
    parser.add_argument(
        "--refugees", type=Path, required=True, help="folder of camp series and data_layout.csv"
    )
    parser.add_argument("--corrections", type=Path, required=True, help="registration_corrections.csv")
    parser.add_argument("--theatre", type=Path, required=True, help="folder of the theatre")
    parser.add_argument("--first", default="2012-12", help="first month of deaths.csv")
    parser.add_argument("--last", default="2014-12", help="last month of every table")
    given = parser.parse_args()
    out = given.theatre / "observed"
    events, actors = read_events(given.ged), ActorMap.read(out / "actor_map.csv")
    write_deaths(events, actors, given.first, given.last, out)
    write_largest(events, actors, given.first, given.last, out)
    write_before(events, given.theatre, given.first, given.last, out)
    write_refugees(given.refugees, given.corrections, given.last, out)


if __name__ == "__main__":
    main()
