"""Forces in the field: they arrive in pieces, are placed anew each week, take losses, are handed over, and leave.

The desk says which force is due; here its people come, move and go. What was lost is not sent again. A force with an
approach is placed by its rule from what its commander believes; its people travel on the roads like everybody's.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import replace
from typing import Any

import numpy as np

from sim.actors.organisation import rung_of_harm
from sim.engine.orders import free_slot, place_unit, recall, withdraw
from sim.engine.setting import Setting
from sim.ground.check import BadInput, FailedWork, did_you_mean
from sim.ground.draw import STREAMS, uniform, words_of
from sim.ground.parameters import Parameter, declare
from sim.interventions.base import NEVER, Instrument
from sim.interventions.families.force import Force
from sim.interventions.families.force_approaches import RULES, WITHOUT_PRESENCE, Task
from sim.world.situation import Situation, situation, travel_by_vehicle
from sim.world.world import World

Command = declare(
    "Command", __name__,
    Parameter("picture_days", 28.0, 14.0, 56.0, "days", "how far back a commander counts reports", "assumption"),
    Parameter("quiet_deaths", 3.0, 0.0, 10.0, "people", "reported killed in a place in that time up to which it is "
              "quiet", "assumption"),
    Parameter("misjudged", 0.7, 0.3, 1.2, "1", "largest error (log) in numbers of armed people for a force that "
              "learns nothing by itself", "assumption"),
    Parameter("newcomers_days", 30.0, 14.0, 60.0, "days", "time in which newcomers learn about two thirds of what "
              "their force can know", "assumption"),
    Parameter("party_at_least", 30.0, 10.0, 60.0, "people", "smallest party sent from place to place",
              "assumption; a platoon"),
    Parameter("air_speed", 4.0, 2.0, 8.0, "1", "how much faster people with helicopters move than with vehicles",
              "assumption"),
    Parameter("mandate_opens", 0.6, 0.3, 0.9, "share", "access that a mandate of the Security Council gives where the "
              "host rules and has not consented", "assumption"),
    Parameter("unwelcome", 0.02, 0.005, 0.05, "1/week", "legitimacy lost by a force without any consent, or sent "
              "against one side whatever that does", "assumption"),
    Parameter("resisted", 0.3, 0.1, 0.6, "share", "readiness of the state to fight a force that came without consent",
              "assumption"),
)  # fmt: skip


Work = tuple[int, int, Instrument]
"""Number of a step of the policy, day of its first effect, what it is."""


class Deployment:
    """The forces of a policy. Its file `sent` holds, for each step, people sent by place, survivors and memory."""

    def __init__(self, world: World, setting: Setting, file: dict[str, dict[str, Any]]) -> None:
        self.world = world
        self.setting = setting
        self.file = file
        self.forces = {
            n: step.instrument for n, step in enumerate(setting.policy.steps) if isinstance(step.instrument, Force)
        }
        self.factual = {n for n in self.forces if setting.policy.steps[n].factual}
        self.before = {n: self._predecessor(force) for n, force in self.forces.items() if force.takes_over}

    # ---- the roster -----------------------------------------------------------------------------------------------

    def delay(self, n: int) -> int:
        """Days that a force comes later because nobody is on call; drawn by the run and the name of the force."""
        force = self.forces.get(n)
        return 0 if force is None or self._coin(force, 0) < force.stay.standby else force.stay.gap_days

    def _coin(self, force: Force, draw: int) -> float:
        return float(uniform(self.world.key, zlib.crc32(force.name.encode()), 0, STREAMS["contributor"], draw))

    def cut_short(self, works: list[Work]) -> list[Work]:
        """The same, with forces that were withdrawn or handed over as ones that last until that day."""
        ended = self.file["ended"]
        if not ended:
            return works
        return [
            (n, first, instrument if str(n) not in ended else replace(instrument, duration=ended[str(n)] - first))
            for n, first, instrument in works
        ]

    def weigh(self, works: list[Work]) -> None:
        """On the days of meetings contributors weigh losses and costs; when they outweigh their will the force goes.

        Weariness = killed / tolerated + spent / tolerated, less what interests hold; how much will there is, is drawn
        once a run, exponential with mean 1. What was really done is not weighed.
        """
        if self.world.day % self.setting.epoch:
            return
        for n, first, force in works:
            sent = self.file["sent"].get(str(n))
            if not isinstance(force, Force) or not sent or n in self.factual or not force.runs(self.world.day - first):
                continue
            self._count_losses(n, force)
            lost = sent["people"] - sent["alive"]
            weary = lost / (max(force.size, 1) * force.stay.casualties) + sent["euros"] / force.stay.euros
            if weary * (1.0 - force.stay.interests) > -math.log(1.0 - self._coin(force, 1)):
                self.file["ended"][str(n)] = self.world.day

    def spend(self, n: int, euros: float) -> None:
        """What a day of the force of a step has cost its contributors."""
        if str(n) in self.file["sent"]:
            self.file["sent"][str(n)]["euros"] += euros

    # ---- coming and going ------------------------------------------------------------------------------------------

    def morning(self, works: list[Work]) -> None:
        """Forces arrive, move, are handed over and leave."""
        for n, first, force in works:
            if not isinstance(force, Force) or self.world.day < first:
                continue
            if force.runs(self.world.day - first) and self.file["ended"].get(str(n), NEVER) > self.world.day:
                self._stay(n, force, self.world.day - first)
            elif str(n) in self.file["sent"]:
                self._leave(n, force)

    def changes(self, first: int, instrument: Instrument) -> list[int]:
        """Tomorrow, if people of an instrument come then whose first effect is on the day `first`."""
        if not isinstance(instrument, Force):
            return []
        last = NEVER if instrument.duration is None else first + instrument.duration
        tomorrow = self.world.day + 1
        return [tomorrow] if first <= tomorrow <= min(first + instrument.ramp, last) else []

    def _stay(self, n: int, force: Force, age: int) -> None:
        meets = self.world.day % self.setting.epoch == 0
        sent = self.file["sent"].get(str(n))
        if sent is None:
            if force.size == 0:
                return
            sent = self.file["sent"][str(n)] = {
                "places": {}, "called": 0, "people": 0, "alive": 0.0, "killed": 0, "euros": 0.0,
            }  # fmt: skip
            self._equip(force)
            sent["killed"] = int(self.world.actors.killed[force.actor])
            sent["people"] = sent["alive"] = self._take_over(n, force)
        if meets or sent["called"] < force.size:
            self._count_losses(n, force)
            self.world.actors.allowed[:, force.actor] = self._open(force)
        called = sum(force.strength(age).values())
        coming = max(min(called - sent["called"], force.size - sent["people"]), 0)
        sent["called"] = called
        if force.posture.approach in WITHOUT_PRESENCE:
            sent["people"], sent["alive"] = called, float(called)
            if meets or coming:
                self._patrol(force, age)
            return
        if not force.posture.commanded:
            self._post(force, sent, age, coming)
        elif coming:
            self._stand(force, force.posture.entry, coming)
        sent["people"] += coming
        sent["alive"] += coming
        if force.posture.commanded and (meets or coming):
            if meets or "plan" not in sent:
                sent["plan"] = self._plan(n, force, age)
                self._face(force)
            self._move(force, sent["plan"])

    def _post(self, force: Force, sent: dict[str, Any], age: int, coming: int) -> None:
        """Newcomers go where they are posted."""
        before = sent["places"]
        for place, people in sorted(force.strength(age).items()):
            more = min(people - before.get(str(place), 0), coming)
            if more > 0:
                self._stand(force, place, more)
                before[str(place)] = before.get(str(place), 0) + more
                coming -= more

    def _stand(self, force: Force, place: int, people: int) -> None:
        if not (self.world.units.strength[self.world.units.actor == force.actor] > 0).any():
            self._equip(force)
        if not place_unit(self.world, force.actor, place, people, vehicle=force.vehicle, roam=False):
            raise FailedWork("no free unit slot for a force", where=force.name, instead="fewer places")

    def _leave(self, n: int, force: Force) -> None:
        """Everybody of an expedition goes; from a force that it reinforced, as many as were sent and survived."""
        world = self.world
        self._count_losses(n, force)
        sent = self.file["sent"].pop(str(n))
        if force.expedition >= 0:
            recall(world, force.actor)
            world.actors.air[:, force.actor] = 0.0
            world.actors.allowed[:, force.actor] = 1.0
            return
        left = round(sent["alive"])
        share = sent["alive"] / max(sent["people"], 1)
        for place, people in sorted(sent["places"].items(), key=lambda one: int(one[0])):
            left -= withdraw(world, force.actor, int(place), min(round(people * share), left))
        for place in np.unique(world.units.place[world.units.actor == force.actor]):
            left -= withdraw(world, force.actor, int(place), left)  # whom a lost clash drove elsewhere

    def _count_losses(self, n: int, force: Force) -> None:
        """Survivors among those sent: losses of the organisation fall on them and on those beside them alike."""
        sent, units = self.file["sent"][str(n)], self.world.units
        killed = int(self.world.actors.killed[force.actor])
        lost = killed - sent["killed"]
        sent["killed"] = killed
        if lost > 0 and sent["alive"] > 0.0:
            now = int(units.strength[units.actor == force.actor].sum())
            sent["alive"] = max(sent["alive"] * (1.0 - lost / (now + lost)), 0.0)

    # ---- hand-over -------------------------------------------------------------------------------------------------

    def _predecessor(self, force: Force) -> int:
        """Organisation of the force whose people are taken over."""
        for other in self.forces.values():
            if other.name == force.takes_over and other.actor != force.actor:
                return other.actor
        outside = [actor.name for actor in self.setting.theatre.actors if actor.outsider]
        if force.takes_over in outside:
            return self.setting.index.actors.index(force.takes_over)
        raise BadInput(
            f"takes_over is {force.takes_over!r}", where=force.name,
            instead=did_you_mean(force.takes_over, [*outside, *(other.name for other in self.forces.values())]),
        )  # fmt: skip

    def _take_over(self, n: int, force: Force) -> int:
        """Change the caps of the people of the force before it, as far as there is room for them; how many they are."""
        if n not in self.before:
            return 0
        before, units, taken = self.before[n], self.world.units, 0
        for u in np.flatnonzero((units.actor == before) & (units.strength > 0)):
            if taken + units.strength[u] <= force.size:
                taken += int(units.strength[u])
                units.actor[u] = force.actor
        for m, other in self.forces.items():
            if other.actor == before and str(m) in self.file["sent"]:
                self.file["ended"].setdefault(str(m), self.world.day)
        return taken

    # ---- command ---------------------------------------------------------------------------------------------------

    def _knows(self, force: Force, age: int) -> float:
        """Share that its own means tell a force: newcomers know nothing yet, and each rotation brings newcomers."""
        since = age % force.stay.rotation if force.stay.rotation else age
        return force.posture.isr * (1.0 - math.exp(-since / self._par.newcomers_days))

    @property
    def _par(self) -> Any:
        return self.setting.parameters["Command"]

    def _view(self, force: Force, age: int) -> Situation:
        world, par = self.world, self._par
        isr = self._knows(force, age)
        world.actors.isr[force.actor] = isr
        seen = isr + (1.0 - isr) * world.places.access
        seen[world.actors.strength[:, force.actor] > 0] = 1.0
        places, organisations = world.actors.strength.shape
        first = force.actor * places * organisations
        ids = np.arange(first, first + places * organisations, dtype=np.uint32)
        words = words_of(world.key, ids, world.day, STREAMS["intelligence"])[0]
        noise = (words >> np.uint32(8)).astype(np.float64).reshape(places, organisations) / 16777216.0
        error = par.misjudged * (1.0 - isr) * (2.0 * noise - 1.0)
        return situation(world, self.setting.own, seen, np.exp(error), par.picture_days)

    def _open(self, force: Force) -> Any:
        """[place] how far a force may go about there: where the host rules, as far as the host does not object.

        A host that harms civilians wants no witnesses and no protectors; without its consent it objects anyhow. A
        mandate opens a part of what it objects to.
        """
        actors = self.world.actors
        hosts = [n for n, one in enumerate(self.setting.theatre.actors) if one.kind in ("state", "guard", "police")]
        objects = np.ones(len(hosts)) if force.posture.consent == "none" else rung_of_harm(actors.intent[hosts])
        opened = self._par.mandate_opens if force.posture.consent == "un" else 0.0
        return 1.0 - (1.0 - opened) * np.minimum(actors.control[:, hosts] @ objects, 1.0)

    def _plan(self, n: int, force: Force, age: int) -> list[float]:
        """Share of its people that should stand in each place."""
        posture = force.posture
        people = int(self.world.units.strength[self.world.units.actor == force.actor].sum())
        task = Task(
            people, posture.need_per_1000, force.places, posture.entry, posture.partners, self._open(force),
            self._par.quiet_deaths,
        )  # fmt: skip
        placed = RULES[posture.approach](self._view(force, age), task)
        return [float(share) for share in placed / max(placed.sum(), 1.0)]

    def _face(self, force: Force) -> None:
        """Whom it fights: whoever harms civilians, or whom it was sent against; how it moves; how it is received."""
        world, par, posture, a = self.world, self._par, force.posture, force.actor
        harm = rung_of_harm(world.actors.intent) * self.setting.own
        if posture.against:
            harm = np.isin(np.arange(harm.size), posture.against).astype(np.float64)
        world.actors.hostile[a] = np.maximum(world.actors.hostile[a], posture.seeks * force.roe * harm)
        access = float((self._open(force) * world.places.people_start).sum() / world.places.people_start.sum())
        world.actors.mobile[a] = posture.mobile * (1.0 - posture.caveats) * access
        world.actors.speed[a] = self._speed(force)
        world.actors.bars[a] = posture.bars * force.roe
        if posture.consent == "none" or posture.against:
            world.actors.legitimacy[a] *= 1.0 - par.unwelcome * self.setting.epoch / 7.0
        if posture.consent == "none":
            for n, one in enumerate(self.setting.theatre.actors):
                if one.kind in ("state", "guard"):
                    world.actors.hostile[n, a] = max(world.actors.hostile[n, a], par.resisted)

    def _speed(self, force: Force) -> float:
        slow = 1.0 / self.setting.parameters["Ground"].vehicle_factor
        speeds: dict[str, float] = {"foot": slow, "vehicle": 1.0, "air": float(self._par.air_speed)}
        return speeds[force.posture.mobility]

    def _move(self, force: Force, plan: list[float]) -> None:
        """Send parties from where there are too many to where there are too few, the nearest first."""
        units, a = self.world.units, force.actor
        mine = np.flatnonzero((units.actor == a) & (units.strength > 0))
        bound = np.where(units.to[mine] < 0, units.place[mine], units.to[mine])
        there = np.bincount(bound, units.strength[mine], len(plan)).astype(np.int64)
        resting = np.bincount(bound, units.strength[mine] * (units.to[mine] < 0), len(plan)).astype(np.int64)
        wanted = whole_people(np.array(plan), int(there.sum()))
        spare = np.minimum(np.maximum(there - wanted, 0), resting)
        near = None
        for q in np.argsort(there - wanted, kind="stable"):
            short = int(wanted[q] - there[q])
            while short >= self._par.party_at_least and spare.max() >= self._par.party_at_least:
                near = travel_by_vehicle(self.world) if near is None else near
                p = int(np.argmin(np.where(spare >= self._par.party_at_least, near[:, q], np.inf)))
                if not np.isfinite(near[p, q]):
                    break
                party = min(int(spare[p]), short)
                if not self._send(force, p, int(q), party, float(near[p, q]) / self._speed(force)):
                    return
                spare[p] -= party
                short -= party

    def _send(self, force: Force, p: int, q: int, people: int, days: float) -> bool:
        """Put a party on the road; False when no unit slot is free."""
        units, slot = self.world.units, free_slot(self.world)
        if slot < 0:
            return False
        people = _fetch(self.world, force.actor, p, people)
        units.actor[slot], units.place[slot], units.to[slot] = force.actor, p, q
        units.days_left[slot], units.shaken[slot], units.strength[slot] = days, 0.0, people
        units.vehicle[slot], units.roam[slot] = force.vehicle, False
        return True

    def _patrol(self, force: Force, age: int) -> None:
        """Aircraft overhead: as many as fly at any time, over the places that the rule chooses."""
        world, a = self.world, force.actor
        aloft = force.posture.overhead * sum(force.strength(age).values())
        if force.posture.approach == "air_patrol":
            task = Task(
                1, force.posture.need_per_1000, force.places, force.posture.entry, (),
                np.ones(world.places.inside.size), self._par.quiet_deaths,
            )  # fmt: skip
            world.actors.air[:, a] = 1.0 - np.exp(-aloft * RULES["air_patrol"](self._view(force, age), task))
            self._face(force)

    def _equip(self, force: Force) -> None:
        actors, a = self.world.actors, force.actor
        if (self.world.units.strength[self.world.units.actor == a] > 0).any():
            return
        actors.outsider[a] = 1
        actors.arms[a], actors.cohesion[a], actors.pay[a] = force.arms, force.cohesion, 1.0
        actors.discipline[a], actors.legitimacy[a] = 0.9, force.legitimacy
        actors.protects[a], actors.polices[a] = force.protects, force.polices


def _fetch(world: World, actor: int, place: int, people: int) -> int:
    """Take up to `people` of an actor who rest in a place out of their units; returns how many."""
    units, taken = world.units, 0
    for u in np.flatnonzero((units.actor == actor) & (units.place == place) & (units.to < 0) & (units.strength > 0)):
        step = min(people - taken, int(units.strength[u]))
        units.strength[u] -= step
        taken += step
    return taken


def whole_people(share: Any, people: int) -> Any:
    """int64 [p]: so many people by shares that sum to 1 (or 0: nobody), by largest remainder."""
    exact = share * people
    placed = np.floor(exact).astype(np.int64)
    rest = (people if share.sum() > 0.0 else 0) - int(placed.sum())
    placed[np.argsort(placed - exact, kind="stable")[:rest]] += 1
    return placed

