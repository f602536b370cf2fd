"""The families of instruments. Each is read from YAML and moves levers, or sends people; none edits an outcome."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sim.ground.check import BadInput, did_you_mean
from sim.ground.reading import read_graded
from sim.interventions.base import Instrument, Lead
from sim.interventions.reading import Reader
from sim.scenario.theatre import Theatre
from sim.world.index import EXPEDITIONS, Index
from sim.world.levers import Levers

POSTURES = {"observe": 0.1, "separate": 0.5, "protect": 0.8}
FORCES = ("battlegroup", "eu_force", "african_union", "un_mission", "police", "observers", "national")
CONSENTS = ("host", "un", "none")
MOBILITIES = ("foot", "vehicle", "air")


@dataclass(frozen=True)
class Force(Instrument):
    """People sent: they arrive in pieces over `ramp` days, stand where they are posted, and leave at the end."""

    actor: int  # number of the armed organisation they are
    size: int
    places: tuple[int, ...]
    ramp: int
    vehicle: bool
    protects: float
    polices: float
    arms: float
    cohesion: float
    legitimacy: float
    credibility: float
    per_person_day: float
    watches: tuple[int, ...]  # organisations that see it coming
    number: int  # of the expedition; -1 when it reinforces a force of the theatre
    kind: str  # one of FORCES

    @property
    def path(self) -> str:
        """By the kind of force, unless said otherwise."""
        return self.decided_by or self.kind

    @property
    def ripens(self) -> int:
        """Its ramp."""
        return self.ramp

    @property
    def expedition(self) -> int:
        """Number of the expedition; -1 when it reinforces a force of the theatre."""
        return self.number

    def renumbered(self, by: int) -> Instrument:
        """The same force as an expedition numbered `by` higher."""
        if self.number < 0 or by == 0:
            return self
        _expedition(self.number + by, self.name)
        return replace(self, actor=self.actor + by, number=self.number + by)

    def apply(self, levers: Levers, age: int) -> None:
        """Witnesses: where it stands, more becomes known."""
        here = min((age + 1.0) / self.ramp, 1.0) * self.size / len(self.places)
        for place in self.places:
            levers.observation[place] += 0.5 * here / (here + 200.0)

    def foreseen(self, levers: Levers, days_to_arrival: int) -> None:
        """A force that is announced deters as far as it is credible, strong and soon."""
        soon = math.exp(-days_to_arrival / 30.0)
        weight = self.size / (self.size + 1000.0)
        for actor in self.watches:
            levers.deterrence[actor] += self.credibility * self.protects * weight * (0.3 + 0.7 * soon)

    def strength(self, age: int) -> dict[int, int]:
        """People wanted at that age, by place number: the first place fills first."""
        if not self.runs(age):
            return {}
        share, rest = divmod(self._arrived(age), len(self.places))
        return {place: share + (1 if n < rest else 0) for n, place in enumerate(self.places)}

    def cost(self, age: int) -> float:
        """Per person and day in the field."""
        return self.per_person_day * self._arrived(age)

    def is_complete(self, age: int) -> bool:
        """Whether everybody has arrived and nobody leaves yet."""
        return self.ramp <= age and self.runs(age)

    def _arrived(self, age: int) -> int:
        return int(self.size * min((age + 1.0) / self.ramp, 1.0))


@dataclass(frozen=True)
class TargetedSanctions(Instrument):
    """Travel bans and asset freezes: slow bite 1 - exp(-age / bite), busted in part, a rally for the first months."""

    targets: tuple[int, ...]
    severity: float
    bite: float
    busting: float
    per_day: float

    @property
    def ripens(self) -> int:
        """When two thirds of the bite is there."""
        return round(self.bite)

    def apply(self, levers: Levers, age: int) -> None:
        """Elite cost and pay of the targets."""
        bite = self.severity * (1.0 - math.exp(-(age + 1.0) / self.bite)) * (1.0 - self.busting)
        rally = 0.1 * self.severity * math.exp(-age / 60.0)
        for actor in self.targets:
            levers.elite_cost[actor] += bite
            levers.elite_gain[actor] -= rally
            levers.pay[actor] *= 1.0 - 0.3 * bite

    def cost(self, age: int) -> float:
        """Administration."""
        return self.per_day


@dataclass(frozen=True)
class ArmsEmbargo(Instrument):
    """Arms and foreign fighters come in more slowly, as far as neighbours comply; civilians feel a little of it."""

    targets: tuple[int, ...]
    compliance: float
    places: tuple[int, ...]
    per_day: float

    def apply(self, levers: Levers, age: int) -> None:
        """Arms inflow of the targets; hardship along the border."""
        grip = self.compliance * min((age + 1.0) / 60.0, 1.0)
        for actor in self.targets:
            levers.arms[actor] *= 1.0 - grip
        for place in self.places:
            levers.hardship[place] += 0.02 * grip

    def cost(self, age: int) -> float:
        """Panel of experts and inspection."""
        return self.per_day


@dataclass(frozen=True)
class Mediation(Instrument):
    """Good offices and talks between the named parties, with the guarantees the mediator can give."""

    parties: tuple[int, ...]
    effort: float
    guarantee: float
    leverage: float
    per_day: float

    def apply(self, levers: Levers, age: int) -> None:
        """Talks, guarantees, and what restraint is worth while one is at the table."""
        for actor in self.parties:
            levers.talks[actor] += self.effort
            levers.guarantee[actor] += self.guarantee * self.effort
            levers.elite_cost[actor] += 0.2 * self.leverage * self.effort

    def cost(self, age: int) -> float:
        """Envoys and talks."""
        return self.per_day


@dataclass(frozen=True)
class BorderClosure(Instrument):
    """A neighbour shuts crossings: few get through."""

    places: tuple[int, ...]
    openness: float

    def apply(self, levers: Levers, age: int) -> None:
        """Openness of the outside places."""
        for place in self.places:
            levers.border[place] *= self.openness

    def cost(self, age: int) -> float:
        """No cost is put to it."""
        return 0.0


@dataclass(frozen=True)
class Evacuation(Instrument):
    """Convoys and airlift: blocked ways out are opened for the threatened, as far as escorts reach."""

    places: tuple[int, ...]
    opening: float
    per_day: float

    def apply(self, levers: Levers, age: int) -> None:
        """Exits of the places."""
        for place in self.places:
            levers.exit[place] = max(levers.exit[place], self.opening)

    def cost(self, age: int) -> float:
        """Transport and escort."""
        return self.per_day


@dataclass(frozen=True)
class Relief(Instrument):
    """Food, water and care: needs met in the places reached, growing over two months."""

    places: tuple[int, ...]
    share_met: float
    per_day: float

    def apply(self, levers: Levers, age: int) -> None:
        """Share of needs met."""
        for place in self.places:
            levers.relief[place] += self.share_met * min((age + 1.0) / 60.0, 1.0)

    def cost(self, age: int) -> float:
        """Programme cost."""
        return self.per_day


def make(raw: Any, where: str, theatre: Theatre, index: Index, slot: int, lead: Lead, reader: Reader) -> Instrument:
    """Read one instrument. `slot` is the number of expeditions already used by the policy."""
    family = reader.take("instrument", str)
    common = {
        "name": reader.take("name", str, family),
        "family": family,
        "lead": lead,
        "duration": _duration(reader, where),
        "payer": reader.take("payer", str, "unassigned"),
        "decided_by": reader.take("decided_by", str, ""),
    }
    if family not in FAMILIES:
        raise BadInput(f"unknown instrument {family!r}", where=where, instead=did_you_mean(family, FAMILIES))
    made: Instrument = FAMILIES[family](reader, where, theatre, index, slot, common)
    reader.end()
    return made


def _duration(reader: Reader, where: str) -> int | None:
    """`duration_days`: whole days, plain or graded; null = to the end of the run."""
    given = reader.take("duration_days", (int, dict), None)
    if given is None:
        return None
    days = read_graded(given, 1, 3660, f"{where}.duration_days").value if isinstance(given, dict) else given
    if days < 1 or days != int(days):
        raise BadInput(f"duration_days is {days}", where=where, instead="a whole number of 1 or more, or null")
    return int(days)


def _one_of(reader: Reader, key: str, known: Iterable[str], default: Any = ...) -> str:
    """A word from a short list."""
    given: str = reader.take(key, str, default)
    if given not in known:
        raise BadInput(f"{key} is {given!r}", where=reader.where, instead=did_you_mean(given, known))
    return given


def _distinct(chosen: tuple[int, ...], key: str, where: str) -> tuple[int, ...]:
    """Refuse an empty list and a name given twice: it would count twice, or not at all."""
    if not chosen:
        raise BadInput(f"{key} is empty", where=where, instead=f"{key}: [name, name]")
    if len(set(chosen)) < len(chosen):
        raise BadInput(f"{key} names one twice", where=where, instead="each name once")
    return chosen


def _expedition(number: int, where: str) -> int:
    """Refuse an expedition for which a run has no place."""
    if number >= EXPEDITIONS:
        raise BadInput(f"more than {EXPEDITIONS} forces", where=where, instead="fewer forces, or one with more places")
    return number


def _own(theatre: Theatre) -> tuple[str, ...]:
    return tuple(actor.name for actor in theatre.actors if not actor.outsider)


def _actors(reader: Reader, key: str, theatre: Theatre, index: Index, where: str) -> tuple[int, ...]:
    """Named armed organisations; `[all]` means all of the theatre's own, `[perpetrators]` who may harm groups."""
    names = reader.names(key)
    if names == ("all",):
        names = _own(theatre)
    if names == ("perpetrators",):
        names = tuple(a.name for a in theatre.actors if not a.outsider and (a.targets or a.intent >= 1))
    return _distinct(tuple(index.actor(name, where) for name in names), key, where)


def _places(
    reader: Reader, key: str, theatre: Theatre, index: Index, where: str, default: Any = ..., inside: bool = True
) -> tuple[int, ...]:
    """Named places inside (or outside) the theatre; `[capital]`, `[all]` (inside) are chosen before the first day."""
    names = reader.names(key, default)
    if names == ("all",):
        names = tuple(place.name for place in theatre.places if place.inside)
    chosen = []
    for name in names:
        if name == "capital":
            name = next(place.name for place in theatre.places if place.kind == "capital")
        chosen.append(index.place(name, where))
        if theatre.places[chosen[-1]].inside != inside:
            lies, wanted = ("outside", "inside") if inside else ("inside", "outside")
            right = [place.name for place in theatre.places if place.inside == inside]
            raise BadInput(
                f"{key}: {name!r} lies {lies} the theatre",
                where=where,
                why=f"this instrument acts {wanted}",
                instead="one of: " + ", ".join(right[:12]),
            )
    if not chosen and default is not ...:
        return ()
    return _distinct(tuple(chosen), key, where)


def _force(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: dict[str, Any]) -> Force:
    kind = _one_of(reader, "force", FORCES)
    posture = _one_of(reader, "posture", POSTURES, "observe" if kind == "observers" else "protect")
    outside = {actor.name for actor in theatre.actors if actor.outsider}
    actor = reader.take("actor", str, common["name"] if common["name"] in outside else "")
    _one_of(reader, "consent", CONSENTS, "host")
    if actor and actor not in outside:
        raise BadInput(f"{actor!r} is no outside force", where=where, instead=did_you_mean(actor, outside))
    number = index.actor(actor if actor else f"expedition_{_expedition(slot, where) + 1}", where)
    roe = reader.number("roe", 0, 1, 0.7)
    own = _own(theatre)
    return Force(
        **common,
        actor=number,
        size=reader.whole("size", 0, 200_000),
        places=_places(reader, "places", theatre, index, where),
        ramp=reader.whole("ramp_days", 1, 3660, 10),
        vehicle=_one_of(reader, "mobility", MOBILITIES, "vehicle") != "foot",
        protects=POSTURES[posture] * roe,
        polices=1.0 if kind == "police" else 0.2 * roe,
        arms=reader.number("arms", 0, 1, 0.1 if kind == "observers" else 0.8),
        cohesion=reader.number("cohesion", 0, 1, 0.9),
        legitimacy=reader.number("legitimacy", 0, 1, 0.6),
        credibility=reader.number("credibility", 0, 1, 0.5),
        per_person_day=reader.number("cost_per_person_day_eur", 0, 10_000),
        watches=tuple(index.actor(name, where) for name in own),
        number=-1 if actor else slot,
        kind=kind,
    )


def _targeted_sanctions(
    reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any
) -> TargetedSanctions:
    return TargetedSanctions(
        **common,
        targets=_actors(reader, "targets", theatre, index, where),
        severity=reader.number("severity", 0, 1),
        bite=reader.number("bite_days", 1, 3660),
        busting=reader.number("busting", 0, 1),
        per_day=reader.number("cost_eur_per_day", 0, 1e9, 0),
    )


def _arms_embargo(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> ArmsEmbargo:
    return ArmsEmbargo(
        **common,
        targets=_actors(reader, "targets", theatre, index, where),
        compliance=reader.number("compliance", 0, 1),
        places=_places(reader, "places", theatre, index, where, ()),
        per_day=reader.number("cost_eur_per_day", 0, 1e9, 0),
    )


def _mediation(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Mediation:
    reader.take("mediator", str, "")
    return Mediation(
        **common,
        parties=_actors(reader, "parties", theatre, index, where),
        effort=reader.number("effort", 0, 1, 1.0),
        guarantee=reader.number("guarantee", 0, 1, 0.0),
        leverage=reader.number("leverage", 0, 1, 0.0),
        per_day=_per_day(reader, common),
    )


def _per_day(reader: Reader, common: Any) -> float:
    """`cost` in EUR over the whole duration (a year if it has no end), as EUR a day."""
    return reader.number("cost", 0, 1e12, 0) / (common["duration"] or 365)


def _border_closure(
    reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any
) -> BorderClosure:
    places = _places(reader, "places", theatre, index, where, inside=False)
    return BorderClosure(**common, places=places, openness=reader.number("openness", 0, 1, 0.2))


def _evacuation(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Evacuation:
    places = _places(reader, "from", theatre, index, where)
    reader.names("to", ())
    groups = {index.groups[index.group(name, where)] for name in reader.names("groups", index.groups)}
    names = {index.places[place] for place in places}
    threatened = sum(row.people for row in theatre.population if row.place in names and row.group in groups)
    monthly = 30.0 * reader.number("capacity_per_day", 0, 1e6)
    return Evacuation(
        **common, places=places, opening=1.0 - math.exp(-monthly / max(threatened, 1)), per_day=_per_day(reader, common)
    )


def _relief(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: Any) -> Relief:
    places = _places(reader, "places", theatre, index, where)
    names = {index.places[place] for place in places}
    living = sum(row.people for row in theatre.population if row.place in names)
    covered = reader.number("people_covered", 0, 1e9)
    return Relief(
        **common, places=places, share_met=min(covered / max(living, 1), 1.0), per_day=_per_day(reader, common)
    )


FAMILIES = {
    "force": _force,
    "targeted_sanctions": _targeted_sanctions,
    "arms_embargo": _arms_embargo,
    "mediation": _mediation,
    "border_closure": _border_closure,
    "evacuation": _evacuation,
    "relief": _relief,
}
