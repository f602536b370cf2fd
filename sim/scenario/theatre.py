"""A theatre in memory: what the scenario files say, as plain frozen values.

Attributes carry the names of the file columns. Absent text is ``""``, an absent number or date is ``None``, a
``;``-separated list is a tuple. Shares lie in 0..1, people are whole numbers.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.ground.check import ASSUMED

INSIDE_KINDS = ("capital", "town", "village_area")
OUTSIDE_KINDS = ("camp", "neighbour")
OUTSIDER_KINDS = ("peacekeeper", "foreign_force")
"""Actor kinds that are outside forces; every other kind is one of the theatre's own organisations."""

OUTSIDE_INSTITUTIONS = ("patron", "regional_body", "un", "eu", "au", "member_state", "court")
"""Institution kinds from outside; communities, media and faith bodies are the theatre's own."""

RISK_FACTORS = (
    "regime_instability", "vulnerability_moment", "threat_framing", "exclusionary_ideology",
    "perpetrator_capacity", "past_atrocities", "rights_violations", "low_development",
    "low_interdependence", "regime_autocracy", "armed_conflict", "neighbour_conflict",
)  # fmt: skip
MITIGATORS = (
    "moderate_leadership", "peace_committees", "free_press", "cross_cutting_ties", "foreign_witnesses",
)  # fmt: skip
ROADS = ("paved", "laterite", "track", "river")


@dataclass(frozen=True, slots=True)
class Range:
    """The plausible range of one judgement `column` of a row."""

    column: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Valued:
    """A number with its range, source, grade and, where the file gives it, the date it describes."""

    value: float
    low: float | None
    high: float | None
    source: str
    grade: str
    as_of: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A start of the simulation: `days` days from `start`."""

    name: str
    start: datetime.date
    days: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Season:
    """Travel between two days of the year, both included; it may run over the new year.

    `road_speed` gives, for each of `ROADS` in that order, a factor 0..1 on the dry speed.
    """

    name: str
    first: tuple[int, int]
    last: tuple[int, int]
    road_speed: tuple[float, float, float, float]
    source: str
    grade: str

    def covers(self, day: datetime.date) -> bool:
        """Whether `day` lies in this season."""
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the graph: a populated place inside, or a camp or neighbour that takes displaced people."""

    name: str
    prefecture: str
    kind: str
    lat: float
    lon: float
    urban: bool
    terrain: float
    spoils: float
    access: float
    room: int | None
    country: str
    source: str
    grade: str
    ranges: tuple[Range, ...] = ()

    @property
    def inside(self) -> bool:
        """Whether civilians live here at the start (capital, town or village_area)."""
        return self.kind in INSIDE_KINDS


@dataclass(frozen=True, slots=True)
class Population:
    """`people` of `group` living at `place` on the first day."""

    place: str
    group: str
    people: int
    people_low: int | None
    people_high: int | None
    source: str
    grade: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group of civilians; `mobilisation` 0..1 is its readiness to organise in self-defence, `recognised` 0..1 how
    surely others can tell who belongs to it.
    """

    name: str
    label: str
    status: str
    mobilisation: float
    recognised: float
    source: str
    grade: str
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """What `group` feels `towards` another one (hostility) and how much it depends on it, both 0..1."""

    group: str
    towards: str
    hostility: float
    interdependence: float
    source: str
    grade: str
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """An undirected road or waterway of `km` kilometres between two places (columns ``from`` and ``to``)."""

    from_: str
    to: str
    km: float
    road: str
    source: str
    grade: str


@dataclass(frozen=True, slots=True)
class Actor:
    """An armed organisation. Shares 0..1; `intent` 0..4 is its rung on the ladder of violence at the start, `spares`
    how far its killing spares women, children and the old.
    """

    name: str
    label: str
    kind: str
    group: str
    goal: str
    cohesion: float
    arms: float
    discipline: float
    exclusion: float
    spoils: float
    legitimacy: float
    intent: int
    spares: float
    pay: float
    patrons: tuple[str, ...]
    hostile_to: tuple[str, ...]
    targets: tuple[str, ...]
    latent: bool
    splinters: tuple[str, ...]
    source: str
    grade: str
    ranges: tuple[Range, ...] = ()

    @property
    def outsider(self) -> bool:
        """Whether this is an outside force (peacekeeper or foreign_force)."""
        return self.kind in OUTSIDER_KINDS


@dataclass(frozen=True, slots=True)
class Unit:
    """`strength` armed people of `actor` standing at `place` on the first day of `stage` ("" = of every
    stage).
    """

    stage: str
    actor: str
    place: str
    strength: int
    strength_low: int | None
    strength_high: int | None
    mobility: str
    posture: str
    source: str
    grade: str


@dataclass(frozen=True, slots=True)
class Control:
    """The `share` 0..1 of `place` that `actor` controls on the first day of `stage` ("" = of every stage)."""

    stage: str
    place: str
    actor: str
    share: float
    source: str
    grade: str
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class Killed:
    """Civilians whom `actor` had killed in `prefecture` between two days (columns ``from`` and ``to``), both included,
    as known then. `group` "" = not recorded.
    """

    from_: datetime.date
    to: datetime.date
    prefecture: str
    actor: str
    group: str
    people: int
    people_low: int | None
    people_high: int | None
    source: str
    grade: str


@dataclass(frozen=True, slots=True)
class Displaced:
    """`people` of `group` whose home is ``from`` and who live at ``to`` on the first day of `stage` ("" = of every
    stage).
    """

    stage: str
    from_: str
    to: str
    group: str
    people: int
    people_low: int | None
    people_high: int | None
    source: str
    grade: str


@dataclass(frozen=True, slots=True)
class Institution:
    """A civil or outside institution (no armed one); `reach` 0..1, `group` and `place` empty for all."""

    name: str
    label: str
    kind: str
    group: str
    place: str
    stance: str
    reach: float
    source: str
    grade: str
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A natural or legal date (`applies` world) or a dated act of outsiders (`applies` factual).

    `instrument` names the family that carries the act out; empty means recorded, no effect modelled. `size`
    in people.
    """

    date: datetime.date
    end: datetime.date | None
    kind: str
    who: str
    what: str
    instrument: str
    target: tuple[str, ...]
    place: tuple[str, ...]
    size: int | None
    applies: str
    source: str
    grade: str


@dataclass(frozen=True)
class Theatre:
    """Everything the engine knows before the first day, for one chosen stage.

    `start` and `days` are those of `stage`; `risk` holds the `RISK_FACTORS` and `MITIGATORS` with the values of that
    stage; `units`, `control` and `displaced` are those of that stage only, and `killed` what had ended before it.
    `policies` are the theatre's own policy files, as read.
    """

    path: Path
    name: str
    title: str
    summary: str
    country: str
    start: datetime.date
    days: int
    people_per_row: int
    stage: str
    stages: tuple[Stage, ...]
    risk: dict[str, Valued]
    seasons: tuple[Season, ...]
    priors: dict[str, Valued]
    places: tuple[Place, ...]
    prefectures: tuple[str, ...]
    groups: tuple[Group, ...]
    population: tuple[Population, ...]
    relations: tuple[Relation, ...]
    links: tuple[Link, ...]
    actors: tuple[Actor, ...]
    units: tuple[Unit, ...]
    control: tuple[Control, ...]
    killed: tuple[Killed, ...]
    displaced: tuple[Displaced, ...]
    institutions: tuple[Institution, ...]
    calendar: tuple[CalendarEntry, ...]
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    currency_note: str = ""

    @property
    def end(self) -> datetime.date:
        """The first day after the default horizon."""
        return self.start + datetime.timedelta(days=self.days)

    @property
    def people(self) -> int:
        """All civilians on the first day."""
        return sum(row.people for row in self.population)

    def is_abroad(self, place: Place) -> bool:
        """Whether displaced people at `place` count as refugees abroad (a camp in the country itself does
        not).
        """
        return not place.inside and not (place.kind == "camp" and place.country == self.country)

    def season_on(self, day: datetime.date) -> Season | None:
        """The season of `day`, the first that covers it, or None (dry speeds)."""
        return next((season for season in self.seasons if season.covers(day)), None)

    @cached_property
    def digest(self) -> str:
        """sha256 (hex) of the content, whatever folder it lies in; equal theatres have equal digests."""
        content = {f.name: _plain(getattr(self, f.name)) for f in fields(self) if f.name != "path"}
        text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    @cached_property
    def assumption_share(self) -> float:
        """Share 0..1 of the theatre's graded numbers whose grade is assumption or memory.

        Every number that the engine reads counts once; ranges, coordinates and switches (0/1) do not.
        """
        assumed = total = 0
        for row in self._graded():
            count = _numbers_in(row)
            total += count
            assumed += count if row.grade in ASSUMED else 0
        return assumed / total if total else 0.0

    def _graded(self) -> list[Any]:
        settings = (*self.risk.values(), *self.priors.values(), *self.seasons)
        tables = (
            self.places, self.population, self.groups, self.relations, self.links, self.actors, self.units,
            self.control, self.killed, self.displaced, self.institutions, self.calendar,
        )  # fmt: skip
        return [*settings, *(row for table in tables for row in table)]


_NOT_COUNTED = frozenset({"lat", "lon", "low", "high"})


def _numbers_in(row: Any) -> int:
    if isinstance(row, Season):
        return len(row.road_speed)
    count = 0
    for f in fields(row):
        value = getattr(row, f.name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            count += f.name not in _NOT_COUNTED and not f.name.endswith(("_low", "_high"))
    return count


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value
