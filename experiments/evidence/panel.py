"""Many simulated countries as the panel that a study would see: months by theatre and by place.

Deaths are those of the model itself, not of its reporting model: the ledger asks about effects, not about counting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from sim.engine.model import Model
from sim.ground.draw import run_key
from sim.interventions.base import NEVER, Policy
from sim.scenario.theatre import Theatre

SEED = 27
LATE = "advance"  # the stage of the theatre in which war is under way
MONTH, MONTHS = 30, 12
LOOK = 5  # days between two looks at a run
STATE, OTHERS = 0, 1  # who kills: army, guard and police; everybody else, crowds too
STATE_KINDS = ("state", "guard", "police")


@dataclass(frozen=True)
class Lived:
    """A run by month. Axes: month, place (inside), side (`STATE`, `OTHERS`)."""

    killed: Any  # int64 [month, place, side] civilians
    fighters: Any  # int64 [month] killed, of the theatre's own organisations
    crowds: Any  # float64 [month, place] men in crowds
    people_sent: Any  # float64 [month, place] of the policy's forces
    in_force: Any  # float64 [month] share of its days on which a step of the policy is in force
    age: Any  # float64 [month] days since the first effect of the policy, at the middle of the month; -1 before
    threatened: Any  # float64 [month] share of its days on which a step is announced and not in force
    deals: Any  # int64 [month] truces agreed while a step is in force
    heard: Any  # float64 [place] share of broadcasts received on the last day


def live(theatre: Theatre, policy: Policy, par: Mapping[str, float], number: int) -> Lived:
    """One run; equal numbers share their random numbers."""
    model = Model(theatre, policy, dict(par), run_key(SEED, number, 0))
    world, index = model.world, model.setting.index
    inside = np.flatnonzero(world.places.inside)
    sent = np.array([name.startswith("expedition_") for name in index.actors])
    own = ~world.actors.outsider.astype(bool)
    crowds, people = (np.zeros((MONTHS, inside.size)) for _ in range(2))
    fallen, deals = np.zeros(MONTHS + 1, dtype=np.int64), np.zeros(MONTHS * MONTH, dtype=np.int64)
    agreed: dict[str, float] = {}
    for day in range(LOOK, MONTHS * MONTH + 1, LOOK):
        model.walk(day)
        month = (day - 1) // MONTH
        crowds[month] += world.cells.men_active.sum(axis=1)[inside] * LOOK / MONTH
        there = np.bincount(world.units.place, world.units.strength * sent[world.units.actor], len(index.places))
        people[month] += there[inside] * LOOK / MONTH
        fallen[month + 1] = int(world.actors.killed[own].sum())
        truces = dict(world.minds.get("truces", {}))
        deals[day - 1] = sum(hold > agreed.get(pair, 0.0) + 1e-9 for pair, hold in truces.items())
        agreed = truces
    force, threat = _under_way(model, policy)
    begun = int(np.argmax(force)) if force.any() else NEVER
    middle = np.arange(MONTHS) * MONTH + MONTH // 2
    return Lived(
        _killed(model, theatre, inside), np.diff(fallen), crowds, people, _monthly(force).mean(axis=1),
        np.where(middle >= begun, middle - begun, -1).astype(float), _monthly(threat).mean(axis=1),
        _monthly(deals * force).sum(axis=1).astype(np.int64), model.levers.incitement[inside].copy(),
    )  # fmt: skip


def _monthly(days: Any) -> Any:
    return np.asarray(days, dtype=float).reshape(MONTHS, MONTH)


def _killed(model: Model, theatre: Theatre, inside: Any) -> Any:
    ledger, names = model.world.ledger, model.setting.index.actors
    state = {actor.name for actor in theatre.actors if actor.kind in STATE_KINDS}
    side = np.array([STATE if name in state else OTHERS for name in names])
    where = np.full(len(model.setting.index.places), -1)
    where[inside] = np.arange(inside.size)
    count = int(ledger.count[0])
    place = where[ledger.place[:count]]
    killed = np.zeros((MONTHS, inside.size, 2), dtype=np.int64)
    kept = place >= 0
    address = (ledger.day[:count][kept] // MONTH, place[kept], side[ledger.actor[:count][kept]])
    np.add.at(killed, address, ledger.deaths[:count][kept])
    return killed


def _under_way(model: Model, policy: Policy) -> tuple[Any, Any]:
    """Days on which a step is in force, and on which one is only announced."""
    days = np.arange(MONTHS * MONTH)
    force, threat = (np.zeros(days.size, dtype=bool) for _ in range(2))
    body = model.policy_desk.file["body"]
    for name, decided in body.get("begun", {}).items():
        first = decided + model.policy_desk.leads[int(name)]
        lasts = policy.steps[int(name)].instrument.duration
        end = min(body["lifted"].get(name, NEVER), NEVER if lasts is None else first + lasts)
        force |= (days >= first) & (days < end)
        threat |= (days >= decided) & (days < min(first, end))
    return force, threat


@dataclass(frozen=True)
class Panel:
    """Runs side by side."""

    seen: Lived  # every array with a first axis more: theatre
    late: Any  # float64 [theatre] 1 where the theatre starts with war under way
    prefecture: Any  # int64 [place]
    urban: Any  # float64 [place]
    people: Any  # float64 [place] on the first day, as stated
    terrain: Any  # float64 [place]
    roads: Any  # int64 [place, place] 1 where a road joins two places

    @property
    def shape(self) -> tuple[int, int, int]:
        """Theatres, months, places."""
        theatres, months, places = self.seen.crowds.shape
        return theatres, months, places

    @property
    def theatre(self) -> Any:
        """int64 [theatre, month, place] number of the theatre."""
        return np.broadcast_to(np.arange(self.shape[0])[:, None, None], self.shape)

    @property
    def month(self) -> Any:
        """int64 [theatre, month, place] number of the month."""
        return np.broadcast_to(np.arange(self.shape[1])[None, :, None], self.shape)

    @property
    def place(self) -> Any:
        """int64 [theatre, month, place] number of the place."""
        return np.broadcast_to(np.arange(self.shape[2])[None, None, :], self.shape)

    @property
    def protected(self) -> Any:
        """bool [theatre, month, place] where people whom the policy sent are, `PRESENT` or more."""
        return self.seen.people_sent >= PRESENT

    @property
    def beside(self) -> Any:
        """bool [theatre, month, place] unprotected places on a road to a protected one."""
        return ~self.protected & (self.protected.astype(np.int64) @ self.roads > 0)


PRESENT = 20  # people: a platoon; fewer are passing through


def panel(theatres: Sequence[Theatre], runs: Sequence[Lived]) -> Panel:
    """The panel of runs of theatres that have the same places."""
    first = theatres[0]
    inside = [place for place in first.places if place.inside]
    number = {place.name: n for n, place in enumerate(inside)}
    people, roads = np.zeros(len(inside)), np.zeros((len(inside), len(inside)), dtype=np.int64)
    for row in first.population:
        if row.place in number:
            people[number[row.place]] += row.people
    for link in first.links:
        if link.from_ in number and link.to in number:
            roads[number[link.from_], number[link.to]] = roads[number[link.to], number[link.from_]] = 1
    return Panel(
        Lived(**{field.name: np.stack([getattr(one, field.name) for one in runs]) for field in fields(Lived)}),
        np.array([float(theatre.stage == LATE) for theatre in theatres]),
        np.array([first.prefectures.index(place.prefecture) for place in inside]),
        np.array([float(place.urban) for place in inside]), people,
        np.array([place.terrain for place in inside]), roads,
    )  # fmt: skip
