"""The policy desk: which instruments run today, what they do to the levers, which forces come and go, what it costs."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from sim.actors.credibility import Promise, Records
from sim.engine.orders import place_unit, recall, withdraw
from sim.engine.setting import Setting
from sim.ground.check import FailedWork
from sim.ground.draw import STREAMS, uniform
from sim.interventions.base import NEVER, Instrument
from sim.interventions.families.force import Force
from sim.world.levers import Levers
from sim.world.world import POLICY_FILE, World

PAGES = ("body", "euros", "sent")


class PolicyDesk:
    """Carries out the steps of a policy once they are decided. Its file is kept with the world, outside its digest."""

    def __init__(self, world: World, setting: Setting) -> None:
        self.world = world
        self.setting = setting
        self.file: dict[str, dict[str, Any]] = world.minds.setdefault(POLICY_FILE, {})
        for page in PAGES:
            self.file.setdefault(page, {})
        self.leads = [self._lead(step.instrument) for step in setting.policy.steps]
        self._begun: dict[str, int] = {}
        self._dated: list[tuple[int, int]] = []

    def _lead(self, instrument: Instrument) -> int:
        """Days from decision to first effect: triangular over the stated range, drawn by the instrument's name."""
        lead = instrument.lead
        if lead.high <= lead.low:
            return round(lead.value)
        coin = uniform(self.world.key, zlib.crc32(instrument.name.encode()), 0, STREAMS["lead_time"], 0)
        peak = (lead.value - lead.low) / (lead.high - lead.low)
        if coin < peak:
            return int(lead.low + 0.5 + (coin * (lead.high - lead.low) * (lead.value - lead.low)) ** 0.5)
        return int(lead.high + 0.5 - ((1.0 - coin) * (lead.high - lead.low) * (lead.high - lead.value)) ** 0.5)

    def ages(self) -> list[tuple[int, int]]:
        """(step number, age today) of every step decided; a negative age is a lead time still running."""
        return [(n, self.world.day - first) for n, first in self._first_days()]

    def _first_days(self) -> list[tuple[int, int]]:
        """(step number, day of its first effect) of every step decided."""
        begun = self.file["body"]["begun"]
        if self._begun != begun:  # what institutions have decided comes on a day that moves as the work goes on
            self._begun = dict(begun)
            self._dated = [(int(n), decided + self.leads[int(n)]) for n, decided in sorted(begun.items())]
        return self._dated

    def next_change(self) -> int:
        """The first day after today on which an instrument begins or ends, or a force comes or goes."""
        today, days = self.world.day, [NEVER]
        for n, first in self._first_days():
            instrument = self.setting.policy.steps[n].instrument
            last = NEVER if instrument.duration is None else first + instrument.duration
            arriving = isinstance(instrument, Force) and first <= today + 1 <= min(first + instrument.ramp, last)
            days += [today + 1] if arriving else [day for day in (first, last) if day > today]
        return min(days)

    def something_starts_or_ends(self) -> bool:
        """Whether an instrument begins or ends today."""
        steps = self.setting.policy.steps
        return any(age == 0 or age == steps[n].instrument.duration for n, age in self.ages())

    def promises(self) -> list[Promise]:
        """What is announced or in force today, of what leaders take for a promise."""
        return [
            Promise(n, step.sender, first, step.against)
            for n, first in self._first_days()
            if (step := self.setting.policy.steps[n].instrument).announced and step.is_promise
        ]

    def set_levers(self, records: Records) -> Levers:
        """Levers as they are today, also written to the places that they concern."""
        setting, world = self.setting, self.world
        levers = Levers.at_rest(len(setting.index.places), len(setting.index.actors))
        for n, age in self.ages():
            instrument = setting.policy.steps[n].instrument
            if instrument.runs(age):
                instrument.apply(levers, age)
            elif age < 0 and instrument.announced:
                instrument.foreseen(levers, -age, records.belief(instrument.sender, instrument.believed_at_first))
        places = world.places
        places.border[:] = levers.border
        places.escort[:] = np.minimum(levers.exit, 1.0)
        places.relief[:] = np.minimum(levers.relief, 1.0)
        places.hardship_added[:] = levers.hardship
        places.access[:] = np.minimum(places.base_access + levers.observation * (1.0 - places.base_access), 1.0)
        return levers

    def move_forces(self) -> None:
        """Forces arrive and leave in pieces; what they lost is not replaced."""
        world, sent = self.world, self.file["sent"]
        for n, age in self.ages():
            instrument = self.setting.policy.steps[n].instrument
            if not isinstance(instrument, Force) or age < 0:
                continue
            before = sent.setdefault(str(n), {})
            if before and instrument.is_complete(age):
                continue
            wanted = instrument.strength(age)
            if not wanted and not any(before.values()):
                continue
            for place in sorted({*wanted, *(int(p) for p in before)}):
                change = wanted.get(place, 0) - before.get(str(place), 0)
                if change > 0:
                    if not (world.units.strength[world.units.actor == instrument.actor] > 0).any():
                        self._equip(instrument)
                    if not place_unit(world, instrument.actor, place, change, vehicle=instrument.vehicle, roam=False):
                        raise FailedWork("no free unit slot for a force", where=instrument.name, instead="fewer places")
                elif change < 0:
                    withdraw(world, instrument.actor, place, -change)
                before[str(place)] = wanted.get(place, 0)
                if instrument.expedition >= 0 and not wanted:
                    recall(world, instrument.actor)  # those whom a lost clash drove elsewhere go home too

    def book_costs(self, day: int) -> None:
        """Book what the policy costs on that day, by payer."""
        euros = self.file["euros"]
        for n, first in self._first_days():
            instrument = self.setting.policy.steps[n].instrument
            if instrument.runs(day - first):
                euros[instrument.payer] = euros.get(instrument.payer, 0.0) + instrument.cost(day - first)

    def _equip(self, force: Force) -> None:
        actors, a = self.world.actors, force.actor
        actors.outsider[a] = 1
        actors.arms[a], actors.cohesion[a], actors.pay[a] = force.arms, force.cohesion, 1.0
        actors.discipline[a], actors.legitimacy[a] = 0.9, force.legitimacy
        actors.protects[a], actors.polices[a] = force.protects, force.polices
