"""Reports: what an institution gets to see. Written by the engine, read by actors; nobody reads the world itself.

Armed leaders see their own people and what those see; everybody else sees what was reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.world.world import World

REPORTED_BEFORE = "reported_before"  # key of `minds`: [prefecture, day (negative), deaths] reported before the start


@dataclass(frozen=True)
class PublicReport:
    """What outsiders know on a day: deaths that became known, by place and day. Incomplete, late, never corrected."""

    day: int
    deaths: Any  # int64 [incidents known]
    days: Any  # int64 [incidents known] reported day
    prefecture: Any  # int64 [incidents known]
    events: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # public event -> days on which it was noticed
    warning: float = 0.0  # highest level, 0..10, that an institution which warns has reached today

    def deaths_within(self, days: int, prefecture: int | None = None) -> int:
        """Reported deaths of the last `days` days, in one prefecture or all."""
        recent = self.days > self.day - days
        if prefecture is not None:
            recent = recent & (self.prefecture == prefecture)
        return int(self.deaths[recent].sum())

    def as_of(self, day: int) -> PublicReport:
        """What was known on an earlier day; its level of warning is not kept."""
        then = self.days <= day
        events = {name: tuple(when for when in days if when <= day) for name, days in self.events.items()}
        return PublicReport(day, self.deaths[then], self.days[then], self.prefecture[then], events)


def public_report(world: World) -> PublicReport:
    """What has become known by today."""
    ledger, written = world.ledger, int(world.ledger.count[0])
    known = (ledger.reported[:written] > 0) & (ledger.reported_day[:written] <= world.day)
    before = np.array(world.minds.get(REPORTED_BEFORE, ()), dtype=np.int64).reshape(-1, 3)
    return PublicReport(
        world.day,
        np.concatenate((before[:, 2], ledger.reported[:written][known])),
        np.concatenate((before[:, 1], ledger.reported_day[:written][known])),
        np.concatenate((before[:, 0], world.places.prefecture[ledger.place[:written][known]])),
    )


@dataclass(frozen=True)
class FieldReport:
    """What all armed leaders draw on: who stands where, who holds what, who dies. Arrays are read, never written."""

    day: int
    capital: int
    trigger: float  # the strongest trigger in a place inside
    strength: Any  # int64 [place, actor]
    control: Any  # float64 [place, actor]
    hostile: Any  # float64 [actor, actor]
    target: Any  # float64 [actor, group]
    constituency: Any  # float64 [actor, group]
    arms: Any  # float64 [actor]
    cohesion: Any  # float64 [actor]
    pay: Any  # float64 [actor]
    intent: Any  # int64 [actor]
    outsider: Any  # bool [actor]
    protects: Any  # float64 [actor]
    killed: Any  # int64 [actor] own fighters killed so far
    present: Any  # float64 [place, group] living people
    started: Any  # float64 [place, group] people on the first day
    killed_month: Any  # float64 [group] killed over the last month, per 10,000 of the group
    spoils: Any  # float64 [place]
    hardship: Any  # float64 [place]
    inside: Any  # bool [place]
    totals: Any  # float64 [actor] strength
    weight: Any  # float64 [actor] fighting weight
    enemies: Any  # float64 [place, actor] weight of those hostile to the actor, or it to them
    share_held: Any  # float64 [actor] share of the population in places, by control
    feud: Any  # float64 [actor, actor] readiness to fight of the readier side
    month: Any  # float64 [actor] killed_month of the groups it fights for, the worst, by how far it does
    guards: Any  # float64 [place] outsiders, as far as they protect civilians
    held: Any  # float64 [actor] places held, by control
    need: Any  # float64 [actor] mean hardship of those places
    people: Any  # float64 [place] living people
    worth: Any  # float64 [place] what is left to loot


def field_report(world: World, capital: int, started: Any) -> FieldReport:
    """The morning's picture, made once for all leaders of the day."""
    actors, cells, places = world.actors, world.cells, world.places
    strength = actors.strength
    quality = (0.5 + actors.arms) * (0.5 + 0.5 * actors.cohesion)
    totals = strength.sum(axis=0).astype(np.float64)
    present = (cells.home + cells.away).astype(np.float64)
    feud = np.maximum(actors.hostile, actors.hostile.T)
    people = places.people_start
    inside, outsider = places.inside.astype(bool), actors.outsider.astype(bool)
    killed_month = 1e4 * cells.killed_month.sum(axis=0) / (world.wide.population + 1.0)
    weight = totals * quality
    control = np.ascontiguousarray(actors.control.T)
    held = control.sum(axis=1)
    return FieldReport(
        world.day,
        capital,
        float(places.trigger.max(initial=0.0)),
        strength,
        actors.control,
        actors.hostile,
        actors.target,
        actors.constituency,
        actors.arms,
        actors.cohesion,
        actors.pay,
        actors.intent,
        outsider,
        actors.protects,
        actors.killed,
        present,
        started,
        killed_month,
        places.spoils,
        places.hardship,
        inside,
        totals,
        weight,
        (strength * quality) @ feud.T,
        (people @ actors.control) / people.sum(),
        feud,
        (actors.constituency * killed_month).max(axis=1),
        (actors.guard * (actors.protects * outsider)).sum(axis=1),
        held,
        (places.hardship * control).sum(axis=1) / (held + 1e-9),
        present.sum(axis=1),
        places.spoils * (1.0 - 0.5 * places.hardship),
    )


@dataclass(frozen=True)
class Dispatch:
    """What one source says about one week, as it believes it: incomplete, noisy, biased, doubled or contested.

    `said` holds signal -> count or level; a signal that is not in it was not looked at. `contested` is the share of it
    that the host denies.
    """

    source: str
    week: int  # the week it is about
    arrives: int  # the day on which its readers have it
    said: dict[str, float]
    contested: float = 0.0
