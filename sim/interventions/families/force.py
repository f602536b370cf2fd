"""People sent: every force, from a company of observers to a mission."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from sim.ground.check import BadInput, did_you_mean
from sim.interventions.base import Instrument
from sim.interventions.families.force_approaches import RULES, WITHOUT_PRESENCE
from sim.interventions.families.force_profiles import POSTED, forces
from sim.interventions.reading import Reader, one_of, own_actors, read_actors, read_places
from sim.scenario.theatre import Theatre
from sim.world.index import EXPEDITIONS, Index
from sim.world.levers import Levers, horizon

POSTURES = {"observe": 0.1, "separate": 0.5, "protect": 0.8}
CONSENTS = ("host", "un", "none")
MOBILITIES = ("foot", "vehicle", "air")
SOLDIERS_POLICE = 0.2  # police work that soldiers do, of what their rules allow
HALF_PRESENT = 200.0  # people in a place with whom half of what presence can do there is done


@dataclass(frozen=True)
class Stay:
    """What lets a force come and keeps it there; shares 0..1."""

    standby: float = 1.0  # chance that the roster is filled when it is called
    gap_days: int = 0  # delay when it is not
    rotation: int = 0  # days after which its people are replaced by newcomers; 0 = never
    casualties: float = math.inf  # share killed at which contributors lose one unit of will
    euros: float = math.inf  # and spent
    interests: float = 1.0  # how far own interests hold them whatever it costs


@dataclass(frozen=True)
class Posture:
    """How a force with an approach stands and moves; shares 0..1. Without one it stays where it is posted."""

    approach: str = POSTED
    entry: int = -1  # place where it lands
    need_per_1000: float = 20.0
    mobile: float = 0.0
    bars: float = 0.0
    seeks: float = 0.0
    isr: float = 0.0
    caveats: float = 0.0
    mobility: str = "vehicle"
    consent: str = "host"
    against: tuple[int, ...] = ()  # fought whatever they do; empty = whoever harms civilians
    partners: tuple[int, ...] = ()
    partner_strength: int = 0
    overhead: float = 0.0  # aircraft overhead at any time, for each person of the force
    declared: float = 0.0
    opens: float = 0.0
    training: float = 0.0
    arming: float = 0.0
    mentored: float = 0.0
    interdicts: float = 0.0

    @property
    def commanded(self) -> bool:
        """Whether somebody decides each week where it stands."""
        return self.approach != POSTED


@dataclass(frozen=True)
class Force(Instrument):
    """People sent: they arrive in pieces over `ramp` days, stand or move by their approach, and leave at the end."""

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
    roe: float
    per_person_day: float
    watches: tuple[int, ...]  # organisations that see it coming
    number: int  # of the expedition; -1 when it reinforces a force of the theatre
    kind: str  # name of its file in configs/force/
    stay: Stay = Stay()
    posture: Posture = Posture()
    takes_over: str = ""  # name of the force whose people become its own on its first day

    @property
    def path(self) -> str:
        """By the kind of force, unless said otherwise."""
        return self.decided_by or forces()[self.kind].words["decided_by"]

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
        """Witnesses: where it stands, more becomes known; and what its approach does besides being there."""
        people = self._arrived(age)
        here = min((age + 1.0) / self.ramp, 1.0) * self.size / len(self.places)
        present = here / (here + HALF_PRESENT)
        for place in self.places:
            levers.observation[place] += 0.5 * present
        if people > 0 and self.posture.commanded:
            self._apply_approach(levers, people, present)

    def _apply_approach(self, levers: Levers, people: int, present: float) -> None:
        posture = self.posture
        for place in self.places:
            levers.haven[place] = max(levers.haven[place], posture.declared)
            levers.exit[place] = max(levers.exit[place], posture.opens * present)
        mentored = min(people * posture.mentored / max(posture.partner_strength, 1), 1.0)
        for actor in posture.partners:
            levers.discipline[actor] += posture.training * mentored
            levers.arms[actor] *= 1.0 + posture.arming * mentored
        for actor in self.watches:
            levers.arms[actor] *= 1.0 - posture.interdicts * present
            if posture.approach in WITHOUT_PRESENCE:
                levers.deterrence[actor, horizon(0)] += self.credibility * self.roe * people / (people + 1000.0)

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
        """People sent by that age, by place: where they are posted (the first fills first), or where they land."""
        if not self.runs(age):
            return {}
        if self.posture.commanded:
            return {self.posture.entry: self._arrived(age)}
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
    kind = one_of(reader, "force", forces())
    stance = one_of(reader, "posture", POSTURES)
    outside = {actor.name for actor in theatre.actors if actor.outsider}
    actor = reader.take("actor", str, common["name"] if common["name"] in outside else "")
    if actor and actor not in outside:
        raise BadInput(f"{actor!r} is no outside force", where=where, instead=did_you_mean(actor, outside))
    number = index.actor(actor if actor else f"expedition_{expedition_number(slot, where) + 1}", where)
    roe = reader.number("roe", 0, 1)
    size = reader.whole("size", 0, 200_000)
    posture, guards = _posture(reader, where, theatre, index, actor)
    places = read_places(reader, "places", theatre, index, where, ("all",) if posture.commanded else ...)
    if posture.declared > 0.0 and len(places) == sum(place.inside for place in theatre.places):
        raise BadInput("every place is declared safe", where=where, instead="places: [the safe areas]")
    police = reader.number("police_share", 0, 1)
    last = _sustained(reader)
    return Force(
        **{**common, "duration": last if common["duration"] is None else min(common["duration"], last or NO_END)},
        actor=number,
        size=size,
        places=places,
        ramp=_ramp(reader, size),
        vehicle=posture.mobility != "foot",
        protects=(guards if posture.commanded else POSTURES[stance]) * roe,
        polices=police + (1.0 - police) * SOLDIERS_POLICE * roe,
        arms=reader.number("arms", 0, 1),
        cohesion=reader.number("cohesion", 0, 1),
        legitimacy=reader.number("legitimacy", 0, 1),
        credibility=reader.number("credibility", 0, 1),
        roe=roe,
        per_person_day=reader.number("cost_per_person_day_eur", 0, 10_000),
        watches=tuple(index.actor(name, where) for name in own_actors(theatre)),
        number=-1 if actor else slot,
        kind=kind,
        stay=_stay(reader),
        posture=posture,
        takes_over=reader.take("takes_over", str, ""),
    )


NO_END = 1 << 30


def _ramp(reader: Reader, size: int) -> int:
    """Days from the first arrival to full strength: as stated, or as its lift allows."""
    lift = reader.number("lift_per_day", 1, 1_000_000)
    given = reader.whole("ramp_days", 0, 3660, 0)  # 0 = as its lift allows
    return given or max(math.ceil(size / lift), 1)


def _sustained(reader: Reader) -> int | None:
    """Days after which it has to leave for want of supplies; None = never."""
    supplied = reader.take("resupplied", bool, True)
    full = reader.whole("sustain_days", 0, 36_600, 0)  # 0 = without end
    bare = reader.whole("sustain_unsupplied_days", 0, 36_600, 0)
    return (full if supplied or not bare else bare) or None


def _stay(reader: Reader) -> Stay:
    return Stay(
        reader.number("standby", 0, 1, 1),
        reader.whole("gap_days", 0, 3660, 0),
        reader.whole("rotation_days", 0, 3660, 0),
        reader.number("casualties_tolerated", 0.0001, 1, 1),
        reader.number("cost_tolerated_eur", 1, 1e12, 1e12),
        reader.number("interests", 0, 1, 1),
    )


def _posture(reader: Reader, where: str, theatre: Theatre, index: Index, actor: str) -> tuple[Posture, float]:
    """Posture, and the share of its people who guard civilians."""
    approach = one_of(reader, "approach", (POSTED, *RULES), POSTED)
    mobility = one_of(reader, "mobility", MOBILITIES)
    consent = one_of(reader, "consent", CONSENTS)
    numbers = {key: reader.number(key, 0, 1, 0) for key in ("mobile", "bars", "seeks", "isr", "caveats")}
    side = {key: reader.number(key, 0, 1, 0) for key in ("declared", "opens", "training", "arming", "interdicts")}
    guards, need = reader.number("guards", 0, 1, 0), reader.number("need_per_1000", 0, 1000, 20)
    mentored = reader.number("mentored_per_adviser", 0, 1000, 0)
    sorties, hours = reader.number("sorties_per_person_day", 0, 1, 0), reader.number("hours_overhead", 0, 24, 0)
    entry = read_places(reader, "entry", theatre, index, where, ("capital",))[0]
    against = read_actors(reader, "against", theatre, index, where) if reader.has("against") else ()
    partners = read_actors(reader, "partner", theatre, index, where) if reader.has("partner") else ()
    if approach == POSTED:
        return Posture(mobility=mobility, consent=consent), guards
    if actor:
        raise BadInput(
            f"an approach for {actor!r}", where=where, why="a force of the theatre is not under the policy's command",
            instead="leave out approach, or send a new force",
        )  # fmt: skip
    if (approach == "partner_enabling") != bool(partners):
        raise BadInput(
            f"approach {approach} with partner {list(partners)}", where=where,
            instead="approach: partner_enabling with partner: [organisation], or neither",
        )  # fmt: skip
    strength = sum(unit.strength for unit in theatre.units if index.actors.index(unit.actor) in partners)
    posture = Posture(
        approach, entry, need, **numbers, **side, mobility=mobility, consent=consent, against=against,
        partners=partners, partner_strength=strength, mentored=mentored, overhead=sorties * hours / 24.0,
    )  # fmt: skip
    return posture, guards
