"""Readable twin of sim.mechanisms.economy. `p` places, `g` groups, `a` actors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.twins.draws import whole
from tests.twins.sums import in_order


def livelihood(
    par: Any,
    inside: Any,
    base_hardship: Any,
    lever: Any,
    cells: Any,
    actors: Any,
    hardship_out: Any,
) -> None:
    """Looters are the undisciplined part of those whose leaders let them; what they take comes back in peace."""
    preying = actors.strength * (1.0 - actors.discipline) * (actors.intent >= 1)  # [p, a]
    density = 1000.0 * in_order(preying) / (1.0 + cells.home.sum(axis=1))
    rise = par.loot_rate * density / (density + par.loot_half) * (1.0 - hardship_out)
    floor = np.minimum(base_hardship + lever, 1.0)
    change = rise * inside - par.recovery_rate * (hardship_out - floor)
    hardship_out[:] = np.clip(hardship_out + change, 0.0, 1.0)


def remember(
    par: Any, cells: Any, population: Any, killed_month_out: Any, unrest_out: Any, killed_rate_out: Any
) -> None:
    """Three memories of the dead that fade: by place and group, by place, by group."""
    today = cells.killed_today
    killed_month_out += today - killed_month_out / par.month_days
    killed_rate_out += (1e4 * today.sum(axis=0) / (population + 1.0) - killed_rate_out) / par.unrest_days
    unrest_out[:] = in_order(np.column_stack([unrest_out * (1.0 - 1.0 / par.unrest_days), today]))


def sicken(
    par: Any,
    key: Any,
    day: int,
    stream: int,
    abroad: Any,
    hardship: Any,
    relief: Any,
    cells: Any,
    dying_out: Any,
) -> None:
    """Seven days of excess deaths at a time, in each place on its own day of the week."""
    unmet = (1.0 - relief)[:, None]
    away_rate = np.where(abroad[:, None] == 1, par.excess_abroad, par.excess_displaced * unmet)
    rate = (
        par.excess_home * hardship[:, None] * unmet * (cells.home - cells.trapped)
        + par.excess_trapped * cells.trapped
        + away_rate * cells.away
    )
    left = np.maximum(cells.home + cells.away - cells.killed_today, 0)
    dying_out[:] = 0
    for p, g in np.ndindex(rate.shape):
        if (p + day) % 7 == 0:
            expected = float(7.0 * rate[p, g] / 1e4)
            dying_out[p, g] = min(whole(key, expected, p * rate.shape[1] + g, day, stream, 0), left[p, g])
