"""Forecasts that fit nothing, beside which the model is scored. Each is float64 [day, camp].

Gravity, nearest and equal are told the daily total, the counts of day 0, conflict days and closures; the frozen ones
are told the counts of day 30 besides (so they are scored after it). None is told a camp's capacity.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.study.displacement.folder import Conflict, Observed
from sim.study.displacement.roads import RoadBook, Roads

FROZEN_DAY = 30
NEAR_KM = 10.0  # no camp counts as nearer, as in FLEE's softening of distance


def rivals(conflict: Conflict, observed: Observed) -> dict[str, Any]:
    """Name -> people [day, camp].

    - ``gravity``: arrivals in proportion to the sum over places in conflict of people / road distance;
    - ``nearest_3``, ``nearest_1``: from each place in conflict, by its people, to the nearest open camps by road, in
      proportion to 1 / distance;
    - ``equal``: the daily total in equal parts (uniform);
    - ``flat_share``: the shares of day 30, of the daily total;
    - ``persistence``: the counts of day 30, for ever.
    """
    total = observed.total
    frozen = observed.people[min(FROZEN_DAY, conflict.days - 1)]
    pull = _Pull(conflict)
    return {
        "gravity": _arrive(conflict, observed, pull, 0),
        "nearest_3": _arrive(conflict, observed, pull, 3),
        "nearest_1": _arrive(conflict, observed, pull, 1),
        "equal": np.repeat(total[:, None] / len(conflict.camps), len(conflict.camps), axis=1),
        "flat_share": total[:, None] * frozen / max(float(frozen.sum()), 1.0),
        "persistence": np.repeat(frozen[None, :], conflict.days, axis=0),
    }


def rescaled(people: Any, total: Any) -> Any:
    """`people` [day, camp] in their proportions, with the sum `total` [day]; zero where nobody is in a camp."""
    found = people.sum(axis=1)
    return people * np.divide(total, found, out=np.zeros_like(found), where=found > 0.0)[:, None]


def _arrive(conflict: Conflict, observed: Observed, pull: _Pull, nearest: int) -> Any:
    """Day by day: the increase of the total by the day's shares, and the sum brought to the total."""
    total, camps = observed.total, len(conflict.camps)
    people, owed, shares = [observed.people[0]], 0.0, np.full(camps, 1.0 / camps)
    for day in range(1, conflict.days):
        new = float(total[day] - total[day - 1]) - owed
        owed = max(0.0, -new)
        weight = pull.of(day, nearest)
        if weight.sum() > 0.0:
            shares = weight / weight.sum()
        stock = people[-1] + max(0.0, new) * shares
        people.append(stock * total[day] / stock.sum() if stock.sum() > 0.0 else stock)
    return np.array(people)


class _Pull:
    """How strongly each scored camp draws on a day."""

    def __init__(self, conflict: Conflict) -> None:
        self._conflict = conflict
        self._book = RoadBook(conflict)
        self._zones = np.flatnonzero(conflict.intensity.any(axis=0))
        people = np.array([conflict.places[zone].people for zone in self._zones])
        self._weight = conflict.intensity[:, self._zones] * people
        self._near: dict[tuple[int, int], Any] = {}

    def of(self, day: int, nearest: int) -> Any:
        """float64 [camp]; `nearest` 0 is gravity."""
        roads = self._book.on(day)
        key = (id(roads), nearest)
        if key not in self._near:
            self._near[key] = self._split(roads, day, nearest)
        return self._weight[day] @ self._near[key]

    def _split(self, roads: Roads, day: int, nearest: int) -> Any:
        """float64 [zone, camp]"""
        camps = np.array(self._conflict.camps)
        far = np.maximum(roads.km[np.ix_(self._zones, camps)], NEAR_KM)
        far[:, [not self._open(camp, day) for camp in camps]] = np.inf
        pull = np.where(np.isfinite(far), 1.0 / far, 0.0)
        if nearest:
            keep = np.zeros_like(pull)
            np.put_along_axis(keep, np.argsort(far, axis=1)[:, :nearest], 1.0, axis=1)
            pull *= keep
            sums = pull.sum(axis=1, keepdims=True)
            pull = np.divide(pull, sums, out=np.zeros_like(pull), where=sums > 0.0)
        return pull

    def _open(self, camp: int, day: int) -> bool:
        name = self._conflict.places[camp].name
        return not any(
            one.kind in ("camp", "idpcamp") and one.name1 == name and one.holds(day) for one in self._conflict.closures
        )
