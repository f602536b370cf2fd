"""How a force is placed: the seven approaches to halting mass atrocities, and the tasks beside them.

After the MARO Handbook (Sewall, Raymond and Chin 2010). Each is a pure rule from what the commander believes to people
wanted by place; posture, need and side effects of each are data in `configs/approach/`. Rules see reports, never the
future, and stop attacks: none of them looks for anything but where people are threatened and by whom.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.world.situation import Situation

SUPERIORITY = 2.0  # own people for each perpetrator believed to be there; judgement, the rule of thumb of attack is 3


@dataclass(frozen=True)
class Task:
    """What a force has to be placed with: its people, its need, where it may stand."""

    people: int
    need_per_1000: float
    area: tuple[int, ...]  # places of the operation, in the order of the policy
    entry: int  # where it lands
    partners: tuple[int, ...]  # organisations it enables
    open: Any  # float64 [p] how far it may go there
    quiet: float  # reported killed in a place below which it is quiet

    def within(self, weight: Any) -> Any:
        """`weight` [p] where it may stand; elsewhere nothing."""
        here = np.zeros(weight.size)
        here[list(self.area)] = 1.0
        return weight * here * self.open

    def shared(self, weight: Any) -> Any:
        """Its people in proportion to `weight` [p]; all at the entry when there is nowhere to be."""
        usable = self.within(weight)
        total = usable.sum()
        if total <= 0.0:
            usable = np.zeros(weight.size)
            usable[self.entry] = total = 1.0
        return self.people * usable / total

    def filled(self, order: Any, wanted: Any, stop_at: Any) -> Any:
        """Its people place by place in that order, `wanted` [p] in each, no further than the first to `stop_at` [p].

        Who is left over stays in the last place reached.
        """
        placed, left, last = np.zeros(wanted.size), float(self.people), self.entry
        for p in order:
            placed[p] = min(wanted[p], left)
            left -= placed[p]
            last = p
            if left <= 0.0 or stop_at[p]:
                break
        placed[last] += left
        return placed


def saturation(view: Situation, task: Task) -> Any:
    """Everywhere at once, by population."""
    return task.shared(view.people)


def oil_spot(view: Situation, task: Task) -> Any:
    """Place after place outward from the entry, each held in full, and on to the next when it is quiet."""
    allowed = task.within(np.ones(view.people.size))
    order = [p for p in np.argsort(view.near[task.entry], kind="stable") if allowed[p] > 0.0]
    return task.filled(order, task.need_per_1000 * view.people / 1000.0, view.killed > task.quiet)


def separation(view: Situation, task: Task) -> Any:
    """Between hostile sides: where armed people of both are, or can soon be."""
    around = np.exp(-view.near) @ view.armed  # [p, a]
    feud = np.maximum(view.hostile, view.hostile.T)
    front = np.zeros(view.people.size)
    for a, b in zip(*np.nonzero(np.triu(feud)), strict=True):
        front += feud[a, b] * np.sqrt(around[:, a] * around[:, b])
    return task.shared(front)


def safe_areas(view: Situation, task: Task) -> Any:
    """In the places declared safe, by the people gathered there."""
    return task.shared(view.people + view.displaced)


def partner_enabling(view: Situation, task: Task) -> Any:
    """Beside the partner's troops."""
    return task.shared(view.armed[:, list(task.partners)].sum(axis=1))


def containment(view: Situation, task: Task) -> Any:
    """At the borders and in the quiet places next to burning ones; never in a burning one."""
    burning = view.killed > task.quiet
    ring = view.linked @ burning
    return task.shared((view.border + 1.0 * ring) * ~burning)


def defeat(view: Situation, task: Task) -> Any:
    """Where perpetrators are believed to be, the strongest first, with superiority."""
    enemy = task.within(view.perpetrators)
    order = [p for p in np.argsort(-enemy, kind="stable") if enemy[p] >= 1.0]
    return task.filled(order, SUPERIORITY * enemy, np.zeros(enemy.size, dtype=bool))


def corridor(view: Situation, task: Task) -> Any:
    """Along the road, evenly."""
    return task.shared(np.ones(view.people.size))


def escort(view: Situation, task: Task) -> Any:
    """With the displaced."""
    return task.shared(view.displaced)


def air_patrol(view: Situation, task: Task) -> Any:
    """Over the columns of perpetrators; over all of the area when none is known."""
    enemy = task.within(view.perpetrators)
    return task.shared(enemy if enemy.sum() >= 1.0 else np.ones(enemy.size))


def offshore(view: Situation, task: Task) -> Any:
    """Nowhere inside."""
    return np.zeros(view.people.size)


RULES: dict[str, Callable[[Situation, Task], Any]] = {
    rule.__name__: rule
    for rule in (
        saturation, oil_spot, separation, safe_areas, partner_enabling, containment, defeat,
        corridor, escort, air_patrol, offshore,
    )
}  # fmt: skip
MARO = tuple(RULES)[:7]
WITHOUT_PRESENCE = ("air_patrol", "offshore")
