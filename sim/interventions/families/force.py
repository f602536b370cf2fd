"""People sent: every force, from a company of observers to a mission."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sim.ground.check import BadInput, did_you_mean
from sim.interventions.base import Instrument
from sim.interventions.reading import Reader, one_of, own_actors, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import EXPEDITIONS, Index
from sim.world.levers import Levers, horizon

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
        expedition_number(self.number + by, self.name)
        return replace(self, actor=self.actor + by, number=self.number + by)

    def apply(self, levers: Levers, age: int) -> None:
        """Witnesses: where it stands, more becomes known."""
        here = min((age + 1.0) / self.ramp, 1.0) * self.size / len(self.places)
        for place in self.places:
            levers.observation[place] += 0.5 * here / (here + 200.0)

    @property
    def believed_at_first(self) -> float:
        """What its sender's conduct elsewhere is worth."""
        return self.credibility

    @property
    def is_promise(self) -> bool:
        """Whether it means protection by anybody."""
        return self.size > 0 and self.protects > 0.0

    def foreseen(self, levers: Levers, days_to_effect: int, belief: Any) -> None:
        """A force that is announced weighs as far as it is believed and strong; leaders reckon with its arrival."""
        weight = self.protects * self.size / (self.size + 1000.0)
        for actor in self.watches:
            levers.deterrence[actor, horizon(days_to_effect)] += weight * belief[actor]

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


def expedition_number(number: int, where: str) -> int:
    """Refuse an expedition for which a run has no place."""
    if number >= EXPEDITIONS:
        raise BadInput(f"more than {EXPEDITIONS} forces", where=where, instead="fewer forces, or one with more places")
    return number


def force(reader: Reader, where: str, theatre: Theatre, index: Index, slot: int, common: dict[str, Any]) -> Force:
    kind = one_of(reader, "force", FORCES)
    posture = one_of(reader, "posture", POSTURES, "observe" if kind == "observers" else "protect")
    outside = {actor.name for actor in theatre.actors if actor.outsider}
    actor = reader.take("actor", str, common["name"] if common["name"] in outside else "")
    one_of(reader, "consent", CONSENTS, "host")
    if actor and actor not in outside:
        raise BadInput(f"{actor!r} is no outside force", where=where, instead=did_you_mean(actor, outside))
    number = index.actor(actor if actor else f"expedition_{expedition_number(slot, where) + 1}", where)
    roe = reader.number("roe", 0, 1, 0.7)
    own = own_actors(theatre)
    return Force(
        **common,
        actor=number,
        size=reader.whole("size", 0, 200_000),
        places=read_places(reader, "places", theatre, index, where),
        ramp=reader.whole("ramp_days", 1, 3660, 10),
        vehicle=one_of(reader, "mobility", MOBILITIES, "vehicle") != "foot",
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
