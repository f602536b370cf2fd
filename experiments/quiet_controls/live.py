"""One simulated year, incident by incident, each with the mechanism by which the model made it.

The model writes into its ledger who killed how many where. Why is worked out here, from the state of the same day: one
budget of a place, perpetrator and group is the sum of what the organisation's rung gives, of reprisals for fresh attacks,
and of crowds whose acts are put to it. An incident is divided over the three as their shares of the expected deaths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine.model import Model
from sim.ground.draw import run_key
from sim.interventions.base import NONE
from sim.mechanisms.violence import lethality
from sim.scenario.theatre import Theatre
from sim.world.world import MASS

MECHANISMS = ("let prey", "repression", "mass violence", "extermination", "reprisal", "crowd", "crossfire")
"""By rung of the ladder (the first four), in reprisal for a fresh attack, by active men, between fighters."""
REPRISAL, CROWD, CROSSFIRE = 4, 5, 6
COLUMNS = ("day", "place", "actor", "group", "deaths", "reported", "reported_day", "collateral")


@dataclass(frozen=True)
class Lived:
    """A run: `incidents` int64 [incident, 8] by `COLUMNS`; `mechanism` float64 [incident, 7] deaths by `MECHANISMS`.

    `highest` int64 [actor] is the highest rung of an organisation that existed; `away` int64 [day] civilians away from
    home (in the country and abroad); `lat`, `lon` degrees of each place, `prefecture` its number (-1: abroad).
    """

    incidents: Any
    mechanism: Any
    highest: Any
    formed: Any  # bool [actor] whether it had people at any time
    away: Any
    lat: Any
    lon: Any
    prefecture: Any
    actors: tuple[str, ...]

    def column(self, name: str) -> Any:
        """One column of the incidents."""
        return self.incidents[:, COLUMNS.index(name)]


def live(theatre: Theatre, par: Mapping[str, float], seed: int, draw: int, days: int) -> Lived:
    """One run without policy of so many days; equal arguments give the same run."""
    model = Model(theatre, NONE, dict(par), run_key(seed, draw, 0))
    world = model.world
    actors = len(model.setting.index.actors)
    highest, formed = np.zeros(actors, dtype=np.int64), np.zeros(actors, dtype=bool)
    parts: list[Any] = []
    away: list[int] = []
    seen = 0
    for _ in range(days):
        model.step()
        there = world.actors.strength.sum(axis=0) > 0
        formed |= there
        highest = np.maximum(highest, world.actors.intent * there)
        written = int(world.ledger.count[0])
        parts += [divided(model, n) for n in range(seen, written)]
        seen = written
        away.append(int(world.cells.away.sum()))
    ledger = world.ledger
    table = np.column_stack([getattr(ledger, name)[:seen].astype(np.int64) for name in COLUMNS])
    index, names = model.setting.index, {place.name: place for place in theatre.places}
    where = [names[name] for name in index.places]
    return Lived(
        table, np.array(parts).reshape(-1, len(MECHANISMS)), highest, formed, np.array(away),
        np.array([one.lat for one in where]), np.array([one.lon for one in where]),
        np.array(
            [index.prefectures.index(one.prefecture) if not theatre.is_abroad(one) else -1 for one in where]
        ),
        tuple(index.actors),
    )  # fmt: skip


def divided(model: Model, n: int) -> Any:
    """float64 [7] deaths of incident `n`, of the day that has just passed, by mechanism."""
    world, par = model.world, model.setting.parameters["Violence"]
    ledger, actors, cells = world.ledger, world.actors, world.cells
    p, a, g = int(ledger.place[n]), int(ledger.actor[n]), int(ledger.group[n])
    share = np.zeros(len(MECHANISMS))
    if ledger.collateral[n]:
        share[CROSSFIRE] = 1.0
    elif int(actors.strength[p, a]) > 0 and int(actors.intent[a]) > 0:
        rung = int(actors.intent[a])
        base = lethality(par, rung, actors.discipline[a], actors.pay[a]) * par.days_of_violence
        if rung < MASS:
            base *= 1.0 - (1.0 - par.held_quiet) * actors.control[p, a]
        fresh = par.reprisal_weight * par.lethality_mass * actors.provoked[p, a] * (1.0 - actors.discipline[a])
        loose = par.indiscriminate * (1.0 - actors.control[p, a]) * (1.0 - actors.discipline[a])
        aim = max(float(actors.target[a, g]), loose * (1.0 - float(actors.constituency[a, g])))
        killers = par.killer_share * actors.strength[p, a] * (1.0 - actors.tied[p, a]) * aim
        share[rung - 1], share[REPRISAL] = base * killers, fresh * killers
    for c in np.flatnonzero(world.wide.crowd_actor == a):
        month = 1e4 * cells.killed_month[p, c] / (cells.home[p, c] + cells.away[p, c] + 1.0)
        heat = min(par.crowd_idle + world.places.trigger[p] + par.crowd_grief * month / (month + par.grief_half), 1.0)
        share[CROWD] += par.killer_share * cells.men_active[p, c] * par.lethality_crowd * heat * cells.rivalry[c, g]
    if share.sum() <= 0.0:  # the state has moved on within the day: who has no fighters there is a crowd
        share[CROWD if actors.strength[p, a] == 0 else max(int(actors.intent[a]) - 1, 0)] = 1.0
    return float(ledger.deaths[n]) * share / share.sum()
