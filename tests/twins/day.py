"""Readable twin of the kernels of sim.engine.phases that are no driver: burial, and what the day's counts become."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.ground.draw import STREAMS
from sim.world.world import ACTIVE_MEN, AWAY, HOME, IN_HIDING, MEN, RESIDENT, STOPPED, TRAPPED
from tests.twins.draws import philox
from tests.twins.sums import ends
from tests.twins.violence import lay_down


def bury(key: Any, day: int, persons: Any, cells: Any) -> None:
    """Men and others of a group in a place stand in two lines, home rows first; their dead are systematic samples.

    Illness takes men in proportion to their share of those whom violence has left.
    """
    groups = cells.home.shape[1]
    home_of, group_of = np.divmod(ends(cells.first), groups)
    where = persons.place.astype(np.int64)
    killed, ill = cells.killed_today, cells.dying_today
    for p, g in zip(*np.nonzero(killed + ill), strict=True):
        here = (where == p) & (group_of == g) & (persons.people > 0)
        line = [*np.flatnonzero(here & (home_of == p)), *np.flatnonzero(here & (home_of != p))]
        alive, men = int(cells.home[p, g] + cells.away[p, g]), int(cells.men[p, g])
        coins = philox(key[0], key[1], p * groups + g, day, STREAMS["victims"], 0)
        left, men_left = alive - int(killed[p, g]), men - int(cells.men_killed_today[p, g])
        men_dying = int(cells.men_killed_today[p, g])
        if left:
            men_dying += (men_left * int(ill[p, g]) + int(coins[2]) % left) // left
        cells.killed[p, g] += killed[p, g]
        cells.men_killed[p, g] += cells.men_killed_today[p, g]
        cells.indirect[p, g] += ill[p, g]
        others_dying = int(killed[p, g] + ill[p, g]) - men_dying
        others_lost = sample([int(persons.people[row]) - int(persons.men[row]) for row in line], others_dying, coins[0])
        men_lost = sample([int(persons.men[row]) for row in line], men_dying, coins[1])
        for row, lost, of_them in zip(line, others_lost, men_lost, strict=True):
            if lost + of_them:
                at_home = bool(home_of[row] == p)
                rows = persons.people, persons.men, persons.status, persons.active
                counts = cells.home, cells.away, cells.trapped, cells.men, cells.men_active
                lay_down(row, p, g, lost + of_them, of_them, at_home, *rows, *counts)


def sample(line: list[int], dying: int, coin: int) -> list[int]:
    """How many of each row die when `dying` of the line do: of its first n, (n x dying + start) // alive."""
    alive = max(sum(line), 1)
    stood = np.concatenate(([0], np.cumsum(line))).astype(int)
    return np.diff((stood * dying + int(coin) % alive) // alive).tolist()


def settle(cells: Any, moved: Any) -> None:
    cells.home[:] += moved[HOME]
    cells.away[:] += moved[AWAY]
    cells.trapped[:] += moved[IN_HIDING]
    cells.men_active[:] += moved[ACTIVE_MEN]
    cells.men[:] += moved[MEN]
    cells.stopped[:] += moved[STOPPED]


def emerge(persons: Any, cells: Any) -> None:
    """Rows in hiding with fear under a tenth are residents again."""
    cell = ends(cells.first)
    out = (persons.status == TRAPPED) & (persons.fear < np.float32(0.1))
    np.subtract.at(cells.trapped.reshape(-1), cell[out], persons.people[out])
    persons.status[out] = RESIDENT
