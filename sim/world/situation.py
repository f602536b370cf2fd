"""What the commander of a force believes on a day: from public reports, from own people, from own means of finding out.

Written by the engine, read by the rules that place a force. Nothing here knows what has not yet happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from sim.world.world import World

BLAMED_DAYS = 90  # reports over which an organisation is blamed for what it did


@dataclass(frozen=True)
class Situation:
    """Beliefs by place [p] and organisation [a]; arrays are read, never written."""

    inside: Any  # bool [p]
    border: Any  # bool [p] inside, with a road out
    people: Any  # float64 [p] people living there
    displaced: Any  # float64 [p] displaced people gathered there
    killed: Any  # float64 [p] reported killed lately
    armed: Any  # float64 [p, a] people of the theatre's own organisations
    blamed: Any  # float64 [a] share of the reported killings of the last months, of the theatre's own
    hostile: Any  # float64 [a, a] who fights whom
    near: Any  # float64 [p, p] days of travel by vehicle
    linked: Any  # bool [p, p] a road joins them

    @property
    def perpetrators(self) -> Any:
        """float64 [p]: armed people there, by how far their organisations are blamed."""
        return self.armed @ self.blamed


def situation(world: World, own: Any, seen: Any, misjudged: Any, days: float) -> Situation:
    """The picture of a force that sees a share `seen` [p] of what armed people do, and misjudges numbers.

    `own` bool [a] are the theatre's own organisations, `misjudged` float64 [p, a] a factor on what is seen of each,
    `days` how far back reports count.
    """
    places, cells, actors, roads = world.places, world.cells, world.actors, world.roads
    count, inside = places.inside.size, places.inside.astype(bool)
    here = np.repeat(np.arange(count), np.diff(roads.first))
    linked = np.zeros((count, count), dtype=bool)
    linked[here, roads.to] = True
    killed, by_actor = np.zeros(count), np.zeros(actors.intent.size)
    ledger, written = world.ledger, int(world.ledger.count[0])
    when, told = ledger.reported_day[:written], ledger.reported[:written]
    known = when <= world.day
    lately, blamable = known & (when > world.day - days), known & (when > world.day - BLAMED_DAYS)
    np.add.at(killed, ledger.place[:written][lately], told[lately])
    np.add.at(by_actor, ledger.actor[:written][blamable], told[blamable])
    by_actor = by_actor * own
    present = (cells.home + cells.away).sum(axis=1)
    return Situation(
        inside,
        inside & (linked @ ~inside),
        places.people_start + seen * (present - places.people_start),
        seen * cells.away.sum(axis=1),
        killed,
        actors.strength * own * seen[:, None] * misjudged,
        by_actor / (by_actor.sum() + 1.0),
        actors.hostile,
        travel_by_vehicle(world),
        linked,
    )


def travel_by_vehicle(world: World) -> Any:
    """float64 [p, p] days along the roads of today's season; infinite where none leads."""
    roads, count = world.roads, world.places.inside.size
    return dijkstra(csr_matrix((roads.days_vehicle, roads.to, roads.first), shape=(count, count)))
