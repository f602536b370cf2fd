"""Readable twin of the kernels of sim.engine.phases that are no driver: burial, and what the day's counts become."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.ground.draw import STREAMS
from sim.world.world import AWAY, HOME, IN_HIDING, MEN, RESIDENT, TRAPPED
from tests.twins.draws import philox
from tests.twins.sums import ends
from tests.twins.violence import lay_down, share_losses


def bury(men_share: float, key: Any, day: int, persons: Any, cells: Any) -> None:
    """The living of a group in a place stand in line, home rows first; the dead are a systematic sample."""
    groups = cells.home.shape[1]
    home_of, group_of = np.divmod(ends(cells.first), groups)
    where = persons.place.astype(np.int64)
    dying = cells.killed_today + cells.dying_today
    cells.killed[:] += cells.killed_today
    cells.indirect[:] += cells.dying_today
    for p, g in zip(*np.nonzero(dying), strict=True):
        here = (where == p) & (group_of == g) & (persons.people > 0)
        line = [*np.flatnonzero(here & (home_of == p)), *np.flatnonzero(here & (home_of != p))]
        alive = int(cells.home[p, g] + cells.away[p, g])
        offset = philox(key[0], key[1], p * groups + g, day, STREAMS["victims"], 0)[0] % alive
        stood = 0
        for row in line:
            count = int(persons.people[row])
            dead = share_losses(count, int(dying[p, g]), stood, offset, alive)
            stood += count
            if dead:
                lay_down(
                    row,
                    p,
                    g,
                    dead,
                    bool(home_of[row] == p),
                    men_share,
                    persons.people,
                    persons.status,
                    persons.active,
                    persons.men,
                    cells.home,
                    cells.away,
                    cells.trapped,
                    cells.men_active,
                )


def settle(cells: Any, moved: Any) -> None:
    cells.home[:] += moved[HOME]
    cells.away[:] += moved[AWAY]
    cells.trapped[:] += moved[IN_HIDING]
    cells.men_active[:] += moved[MEN]


def emerge(persons: Any, cells: Any) -> None:
    """Rows in hiding with fear under a tenth are residents again."""
    cell = ends(cells.first)
    out = (persons.status == TRAPPED) & (persons.fear < np.float32(0.1))
    np.subtract.at(cells.trapped.reshape(-1), cell[out], persons.people[out])
    persons.status[out] = RESIDENT
