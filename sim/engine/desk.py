"""The policy desk: which instruments run today, what they do to the levers, which forces come and go, what it costs."""

from __future__ import annotations

import zlib
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from sim.actors.credibility import Promise, Records
from sim.engine.channels import reach_places
from sim.engine.deploy import Deployment
from sim.engine.news import note_events
from sim.engine.setting import Setting
from sim.engine.week import WEEK
from sim.ground.draw import STREAMS, uniform
from sim.interventions.base import NEVER, PRESENCE, Instrument
from sim.world.levers import Levers
from sim.world.report import PublicReport, public_report
from sim.world.world import POLICY_FILE, World

WORDS = {"deterrence", "elite_cost"}  # levers that move when a promise is heard
PAGES = ("body", "euros", "sent", "ended", "news")


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
        self._suspending = any(step.instrument.suspends for step in setting.policy.steps)
        self._known: tuple[dict[str, int], dict[str, int]] = ({}, {})
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

    def _works(self) -> list[tuple[int, int, Instrument]]:
        """(step number, day of its first effect, instrument) of every step decided and not called off before that.

        An instrument that was lifted or withdrawn is one that lasts until that day.
        """
        body = self.file["body"]
        begun, lifted = body["begun"], body["lifted"]
        if self._known != (begun, lifted):  # what institutions have decided comes on a day that moves as work goes on
            self._known, self._dated = (dict(begun), dict(lifted)), []
            for n, decided in sorted(begun.items()):
                instrument, first = self.setting.policy.steps[int(n)].instrument, decided + self.leads[int(n)]
                if n in lifted:
                    lasts = NEVER if instrument.duration is None else instrument.duration
                    instrument = replace(instrument, duration=min(lifted[n] - first, lasts))
                if instrument.duration is None or instrument.duration > 0:
                    self._dated.append((int(n), first, instrument))
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

    def public_report(self, warning: float = 0.0) -> PublicReport:
        """What the body that decides gets to see: reported deaths, public events, and the level of warning."""
        news = self.file["news"]
        if self.world.day % WEEK == 0 or not news:
            note_events(self.world, self.setting, news)
        events = {name: tuple(days) for name, days in news["events"].items()}
        return replace(public_report(self.world), events=events, warning=warning)

    def promises(self) -> list[Promise]:
        """What is announced or in force today, of what leaders take for a promise."""
        steps = self.setting.policy.steps
        return [
            Promise(n, instrument.sender, first, instrument.against)
            for n, first, instrument in self._works()
            if instrument.announced and instrument.is_promise and not steps[n].mutes >= WORDS
        ]

    def _resting(self) -> set[str]:
        """Payers that are suspended today."""
        if not self._suspending:
            return set()
        return {
            payer
            for _, first, instrument in self._works()
            if instrument.runs(self.world.day - first)
            for payer in instrument.suspends
        }

    def set_levers(self, records: Records) -> Levers:
        """Levers as they are today, also written to the places that they concern."""
        setting, world = self.setting, self.world
        levers = Levers.at_rest(len(setting.index.places), len(setting.index.actors))
        self.deployment.weigh(self._works())
        suspended = self._resting()
        for n, first, instrument in self._works():
            age, mutes = world.day - first, setting.policy.steps[n].mutes
            resting = {name: copy(getattr(levers, name)) for name in mutes if name != PRESENCE}
            if instrument.payer in suspended and not instrument.suspends:
                continue
            if instrument.runs(age):
                instrument.apply(levers, age)
            elif age < 0 and instrument.announced:
                instrument.foreseen(levers, -age, records.belief(instrument.sender, instrument.believed_at_first))
            for name, value in resting.items():
                setattr(levers, name, value)
        reach_places(world, setting, levers)
        places = world.places
        places.border[:] = levers.border
        places.haven[:] = np.minimum(levers.haven, 1.0)
        places.escort[:] = np.minimum(levers.exit, 1.0)
        places.hardship_added[:] = levers.hardship
        places.access[:] = np.minimum(places.base_access + levers.observation * (1.0 - places.base_access), 1.0)
        return levers

    def move_forces(self) -> None:
        """Forces arrive and leave in pieces; what they lost is not replaced."""
        steps = self.setting.policy.steps
        self.deployment.morning([work for work in self._works() if PRESENCE not in steps[work[0]].mutes])

    def book_costs(self, day: int) -> None:
        """Book what the policy costs on that day, by payer."""
        euros, suspended = self.file["euros"], self._resting()
        for n, first, instrument in self._works():
            paid = instrument.payer not in suspended or instrument.suspends
            if paid and instrument.runs(day - first):
                spent = instrument.cost(day - first)
                euros[instrument.payer] = euros.get(instrument.payer, 0.0) + spent
                self.deployment.spend(n, spent)
