"""The policy desk: which instruments run today, what they do to the levers, which forces come and go, what it costs."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from sim.actors.credibility import Promise, Records
from sim.engine.deploy import Deployment
from sim.engine.setting import Setting
from sim.ground.draw import STREAMS, uniform
from sim.interventions.base import NEVER, Instrument
from sim.world.levers import Levers
from sim.world.world import POLICY_FILE, World

PAGES = ("body", "euros", "sent", "ended")


class PolicyDesk:
    """Carries out the steps of a policy once they are decided. Its file is kept with the world, outside its digest."""

    def __init__(self, world: World, setting: Setting) -> None:
        self.world = world
        self.setting = setting
        self.file: dict[str, dict[str, Any]] = world.minds.setdefault(POLICY_FILE, {})
        for page in PAGES:
            self.file.setdefault(page, {})
        self.deployment = Deployment(world, setting, self.file)
        self.leads = [
            self._lead(step.instrument) + self.deployment.delay(n) for n, step in enumerate(setting.policy.steps)
        ]
        self._begun: dict[str, int] = {}
        self._dated: list[tuple[int, int, Instrument]] = []

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
        return [(n, self.world.day - first) for n, first, _ in self._works()]

    def _works(self) -> list[tuple[int, int, Instrument]]:
        """(step number, day of its first effect, instrument) of every step decided, as long as it is known to last."""
        begun = self.file["body"]["begun"]
        if self._begun != begun:  # what institutions have decided comes on a day that moves as the work goes on
            self._begun = dict(begun)
            steps = self.setting.policy.steps
            self._dated = [
                (int(n), decided + self.leads[int(n)], steps[int(n)].instrument) for n, decided in sorted(begun.items())
            ]
        return self.deployment.cut_short(self._dated)

    def next_change(self) -> int:
        """The first day after today on which an instrument begins or ends, or a force comes or goes."""
        today, days = self.world.day, [NEVER]
        for _, first, instrument in self._works():
            last = NEVER if instrument.duration is None else first + instrument.duration
            days += self.deployment.changes(first, instrument) or [day for day in (first, last) if day > today]
        return min(days)

    def something_starts_or_ends(self) -> bool:
        """Whether an instrument begins or ends today."""
        return any(self.world.day - first in (0, instrument.duration) for _, first, instrument in self._works())

    def promises(self) -> list[Promise]:
        """What is announced or in force today, of what leaders take for a promise."""
        return [
            Promise(n, step.sender, first, step.against)
            for n, first, step in self._works()
            if step.announced and step.is_promise
        ]

    def set_levers(self, records: Records) -> Levers:
        """Levers as they are today, also written to the places that they concern."""
        setting, world = self.setting, self.world
        levers = Levers.at_rest(len(setting.index.places), len(setting.index.actors))
        self.deployment.weigh(self._works())
        for _, first, instrument in self._works():
            age = world.day - first
            if instrument.runs(age):
                instrument.apply(levers, age)
            elif age < 0 and instrument.announced:
                instrument.foreseen(levers, -age, records.belief(instrument.sender, instrument.believed_at_first))
        places = world.places
        places.border[:] = levers.border
        places.haven[:] = np.minimum(levers.haven, 1.0)
        places.escort[:] = np.minimum(levers.exit, 1.0)
        places.relief[:] = np.minimum(levers.relief, 1.0)
        places.hardship_added[:] = levers.hardship
        places.access[:] = np.minimum(places.base_access + levers.observation * (1.0 - places.base_access), 1.0)
        return levers

    def move_forces(self) -> None:
        """Forces arrive and leave in pieces; what they lost is not replaced."""
        self.deployment.morning(self._works())

    def book_costs(self, day: int) -> None:
        """Book what the policy costs on that day, by payer."""
        euros = self.file["euros"]
        for n, first, instrument in self._works():
            if instrument.runs(day - first):
                spent = instrument.cost(day - first)
                euros[instrument.payer] = euros.get(instrument.payer, 0.0) + spent
                self.deployment.spend(n, spent)
