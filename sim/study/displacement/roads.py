"""What can be reached from where on a day, and which places of refuge are open: the closures applied to the road graph.

A refuge is an open camp, or a forwarding hub: a place of reception that sends people on to one. A hub is a gate of its
camp: people head for it as for the camp, and are counted in the camp.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.study.displacement.folder import Conflict

SHORTEST_KM = 0.1  # a road of no length would be no road to the search for shortest ways


@dataclass(frozen=True)
class Roads:
    """The roads of one state of closures."""

    km: Any  # float64 [place, place], shortest way by open roads; infinite where there is none
    gate: Any  # int64 [place]: number of the camp that people who reach the place end up in, -1 where it is no refuge


class RoadBook:
    """`Roads` for each day of a conflict; states of closures that return are worked out once."""

    def __init__(self, conflict: Conflict) -> None:
        self._conflict = conflict
        self._at = {place.name: number for number, place in enumerate(conflict.places)}
        self._known: dict[tuple[bool, ...], Roads] = {}

    def on(self, day: int) -> Roads:
        """The roads of `day`."""
        state = tuple(
            # a removed redirection stays removed, whatever end it is given (FLEE's files write 0)
            closure.start <= day if closure.kind == "remove_forced_redirection" else closure.holds(day)
            for closure in self._conflict.closures
        )
        if state not in self._known:
            self._known[state] = self._work_out(state)
        return self._known[state]

    def _work_out(self, state: tuple[bool, ...]) -> Roads:
        places, at = self._conflict.places, self._at
        shut = [closure for closure, holds in zip(self._conflict.closures, state, strict=True) if holds]
        borders = {frozenset((one.name1, one.name2)) for one in shut if one.kind == "country"}
        whole = {at[one.name1] for one in shut if one.kind == "location" and one.name2 not in at}
        cut = {
            frozenset((at[one.name1], at[one.name2]))
            for one in shut
            if one.kind in ("link", "links") or (one.kind == "location" and one.name2 in at)
        }
        shut_camps = {at[one.name1] for one in shut if one.kind in ("camp", "idpcamp")}
        no_longer = {(at[one.name1], at[one.name2]) for one in shut if one.kind == "remove_forced_redirection"}
        open_roads = [
            (road.a, road.b, road.km)
            for road in self._conflict.routes
            if frozenset((places[road.a].country, places[road.b].country)) not in borders
            and frozenset((road.a, road.b)) not in cut
            and not {road.a, road.b} & whole
        ]
        km = shortest(len(places), open_roads)
        return Roads(km, self._gates(km, shut_camps, no_longer))

    def _gates(self, km: Any, shut_camps: set[int], no_longer: set[tuple[int, int]]) -> Any:
        """Open camps are their own gates unless they send people on; hubs are gates of the camp they send to."""
        places = self._conflict.places
        open_camps = {n for n, place in enumerate(places) if place.camp and n not in shut_camps}
        sent_on = dict(road.forced for road in self._conflict.routes if road.forced and road.forced not in no_longer)
        gate = np.full(len(places), -1, dtype=np.int64)
        for number, place in enumerate(places):
            if number in open_camps or place.hub:
                end = _follow(number, sent_on)
                # agencies send on to the nearest camp of the country of reception
                same = {camp for camp in open_camps if places[camp].country == place.country}
                gate[number] = end if end in open_camps else _nearest(km[number], same or open_camps)
        return gate


def _follow(place: int, sent_on: dict[int, int]) -> int:
    """Where forced redirections end; a ring of them ends where it began."""
    end, steps = place, 0
    while end in sent_on and steps <= len(sent_on):
        end, steps = sent_on[end], steps + 1
    return place if end in sent_on else end


def _nearest(km: Any, camps: set[int]) -> int:
    """The nearest of `camps` (the first among equals), -1 if none can be reached."""
    near = min(sorted(camps), key=lambda camp: km[camp], default=-1)
    return near if near >= 0 and np.isfinite(km[near]) else -1


def shortest(places: int, roads: Iterable[tuple[int, int, float]]) -> Any:
    """float64 [place, place]: the shortest way by two-way `roads` (a, b, km); infinite where there is none."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    length: dict[tuple[int, int], float] = {}
    for a, b, km in roads:
        key = (min(a, b), max(a, b))
        length[key] = min(length.get(key, np.inf), max(km, SHORTEST_KM))
    ends = np.array(list(length), dtype=np.int64).reshape(-1, 2)
    graph = csr_matrix((list(length.values()), (ends[:, 0], ends[:, 1])), shape=(places, places))
    return dijkstra(graph, directed=False)
