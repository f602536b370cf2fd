"""Runs of the fictional theatre, watched for what each mechanism carries."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from sim.engine.model import Model
from sim.ground.draw import run_key
from sim.interventions.base import NONE, Policy
from sim.interventions.registry import read_policy
from sim.world.world import ABROAD, DISPLACED, POLICY_FILE, RESIDENT, TRAPPED
from tests.engine.cases import sahra
from tests.interventions.cases import raw_policy

SEEDS, DAYS = (5, 10, 13), 150
Seen = dict[str, float]

POLICIES: dict[str, dict[str, Any]] = {
    "on_reports": {
        "decided": {"when": {"reported_deaths": 5, "within_days": 60}},
        "instruments": [
            {"instrument": "relief", "places": ["all"], "people_covered": 1000, "cost": 1000.5, "payer": "un"},
        ],
    },
    "mediation": {
        "decided": {"day": 1},
        "instruments": [
            {
                "instrument": "mediation", "parties": ["army", "coalition"], "effort": 1.0, "guarantee": 1.0,
                "leverage": 0.5, "cost": 640000, "payer": "eu",
            }
        ],
    },
    "force": {
        "decided": {"day": 1},
        "instruments": [
            {
                "instrument": "force", "force": "battlegroup", "size": 1500, "places": ["capital", "Dalgo", "Azzura"],
                "posture": "protect", "roe": 0.8, "ramp_days": 4, "cost_per_person_day_eur": 590,
                "payer": "member_states", "consent": "un",
            }
        ],
    },
}  # fmt: skip


def policy(name: str) -> Policy:
    """`none` or one of `POLICIES`."""
    if name == "none":
        return NONE
    raw = POLICIES[name]
    return read_policy(raw_policy(*raw["instruments"], decided=raw["decided"], lead=0, duration=None), sahra())


@cache
def seen(parameters: tuple[tuple[str, float], ...] = (), under: str = "none", seeds: tuple[int, ...] = SEEDS) -> Seen:
    """What was seen in runs of `DAYS` days: by name, the sum over seeds of the run's largest value or count."""
    total: Seen = {}
    for seed in seeds:
        model = Model(sahra(), policy(under), dict(parameters), run_key(seed, 0, 0))
        watch = Watch(model)
        for _ in range(DAYS):
            watch.step()
        for name, value in watch.result().items():
            total[name] = total.get(name, 0.0) + value
    return total


class Watch:
    """One run; `peak` keeps the largest value of a day, `count` adds up over days."""

    def __init__(self, model: Model) -> None:
        self.model = model
        world = model.world
        self.first = world.copy()
        self.peak: Seen = {}
        self.count: Seen = {}
        self.home = (
            np.repeat(np.arange(world.cells.first.size - 1), np.diff(world.cells.first)) // world.cells.home.shape[1]
        )
        self.spread_before = self.spread()

    def spread(self) -> float:
        """Standard deviation of hostility within home cells, summed over cells."""
        first, hostility = self.model.world.cells.first, self.model.world.persons.hostility.astype(float)
        return float(sum(hostility[a:b].std() for a, b in zip(first[:-1], first[1:], strict=True) if b > a))

    def step(self) -> None:
        """One day."""
        world = self.model.world
        before = world.copy()
        self.model.step()
        self._persons(before)
        self._places(before)
        self._forces(before)

    def _most(self, name: str, value: Any) -> None:
        self.peak[name] = max(self.peak.get(name, 0.0), float(value))

    def _add(self, name: str, value: Any) -> None:
        self.count[name] = self.count.get(name, 0.0) + float(value)

    def _persons(self, before: Any) -> None:
        world = self.model.world
        now, then, cells = world.persons, before.persons, world.cells
        people = world.people()
        self._most("fear", now.fear.max())
        self._add("fear_lost", (now.fear < then.fear).sum())
        self._most("hostility_gained", now.hostility.max() - self.first.persons.hostility.max())
        self._add("hostility_changed", (now.hostility != then.hostility).sum())
        for status in ("displaced", "trapped", "abroad"):
            self._most(status, people[status])
        away = (then.status == DISPLACED) | (then.status == ABROAD)
        self._add("returned", (away & (now.status == RESIDENT)).sum())
        self._add("moved_on", (away & (now.place != then.place) & (now.place != self.home) & (now.people > 0)).sum())
        self._add("came_out", ((then.status == TRAPPED) & (now.status == RESIDENT)).sum())
        self._most("active", cells.men_active.sum())
        self._add("joined", ((then.active == 0) & (now.active == 1)).sum())
        quit = (then.active == 1) & (now.active == 0) & (now.place == self.home) & (now.status == RESIDENT)
        self._add("quit", quit.sum())
        never = (world.cells.killed.sum(axis=1) == 0)[self.home] & (now.place == self.home)
        self._most("fear_where_nobody_died", now.fear[never].max(initial=0.0))
        home = cells.home.sum(axis=1) > 0
        self._most("fear_push_at_peace", cells.fear_push[(cells.killed_today.sum(axis=1) == 0) & home].max(initial=0.0))

    def _places(self, before: Any) -> None:
        world, cells = self.model.world, self.model.world.cells
        self._most("hardship_gained", (world.places.hardship - self.first.places.hardship).max())
        self._add("hardship_mended", (world.places.hardship < before.places.hardship).sum())
        self._most("trigger", world.places.trigger.max())
        self._most("speech", cells.speech.max())
        self._most("brokerage", cells.brokerage.max())
        self._most("blockade", cells.blockade.max())
        ledger, today = world.ledger, slice(int(before.ledger.count[0]), int(world.ledger.count[0]))
        armed = world.actors.strength[ledger.place[today], ledger.actor[today]] > 0
        self._add("killed_by_crowds", ledger.deaths[today][~armed & (ledger.collateral[today] == 0)].sum())
        self._most("protection", cells.protection.max())
        self._most("menace", cells.menace.max())
        self._most("order", cells.order.max())
        self._most("police", world.places.police.max())
        self._most("threat_to_people", cells.threat.max())

    def _forces(self, before: Any) -> None:
        world, actors, units = self.model.world, self.model.world.actors, self.model.world.units
        own = actors.outsider == 0
        self._add("marched", ((before.units.to < 0) & (units.to >= 0) & (units.strength > 0)).sum())
        self._add("broken", actors.broken.sum())
        self._add(
            "fled", ((before.units.to < 0) & (units.to >= 0) & (units.strength > 0) & (units.shaken == 1.0)).sum()
        )
        self._add("climbed", (actors.intent != before.actors.intent).sum())
        risen = (actors.control - before.actors.control).max()
        self._most("control_risen", risen)
        nobody = (actors.strength.sum(axis=1) == 0)[:, None]
        self._add("control_faded", (nobody & (actors.control < before.actors.control)).sum())
        self._most("deserters", world.wide.deserters.sum())
        self._most("pull_beyond_prize", (actors.pull - np.maximum(actors.prize, 0.0)).max())
        gained = actors.strength.sum(axis=0) - before.actors.strength.sum(axis=0)
        people, then = (np.bincount(u.actor, u.strength, actors.outsider.size) for u in (units, before.units))
        self._add("recruited", np.maximum(people - then, 0)[own & (then > 0)].sum())  # those who split off are not new
        self._add("splinters", ((before.actors.strength.sum(axis=0) == 0) & (gained > 0) & own).sum())
        self._most("animosity_gained", (world.wide.animosity - self.first.wide.animosity).max())
        self._most("provoked", actors.provoked.max())
        self._most("stand", actors.hostile[~own].max(initial=0.0) - self.first.actors.hostile[~own].max(initial=0.0))
        self._most("legitimacy_lost", (before.actors.legitimacy - actors.legitimacy).max())
        self._most("legitimacy_earned", (actors.legitimacy - before.actors.legitimacy).max())
        minds = [mind["threat"] for mind in world.minds.values() if isinstance(mind, dict) and "threat" in mind]
        ordinary = [mind["threat"] for mind in self.first.minds.values() if isinstance(mind, dict) and "threat" in mind]
        self._most("threat_gained", max(minds) - max(ordinary))
        self._most("pay_changed", np.abs(actors.pay - before.actors.pay)[own].max())
        self._most("arms_lost", (before.actors.arms - actors.arms)[own].max())

    def result(self) -> Seen:
        """Peaks, counts and what the ledger says."""
        world, ledger = self.model.world, self.model.world.ledger
        written = int(ledger.count[0])
        deaths, collateral, told = (getattr(ledger, n)[:written] for n in ("deaths", "collateral", "reported"))
        policy_file = world.minds.get(POLICY_FILE, {})
        return {
            **self.peak, **self.count,
            "killed": float(deaths.sum()), "collateral": float(deaths[collateral == 1].sum()),
            "murdered": float(deaths[collateral == 0].sum()), "reported": float(told.sum()),
            "late_reports": float((ledger.reported_day[:written] > ledger.day[:written]).sum()),
            "indirect": float(world.cells.indirect.sum()), "clashes": float(world.wide.clashes[0]),
            "fighters_killed": float(world.actors.killed.sum()),
            "interveners_killed": float(world.actors.killed[world.actors.outsider == 1].sum()),
            "spread_lost": max(self.spread_before - self.spread(), 0.0),
            "begun": float(len(policy_file.get("body", {}).get("begun", {}))),
            "truces": float(len(world.minds.get("truces", {}))),
        }  # fmt: skip
