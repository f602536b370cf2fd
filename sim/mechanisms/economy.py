"""Economy and health: looting and lost livelihoods, relief, and deaths without violence.

Indirect deaths are kept apart from the killed: excess over the usual crude mortality, by status and access to care.
"""

from __future__ import annotations

from typing import Any

from sim.ground.draw import whole
from sim.ground.kernel import kernel
from sim.ground.parameters import Parameter, declare

WEEK = 7  # days; illness is counted once a week, each place on its own week day

Economy = declare(
    "Economy", __name__,
    Parameter("loot_rate", 0.01, 0.003, 0.03, "1/day", "livelihoods lost a day under unchecked looting", "assumption"),
    Parameter("loot_half", 5.0, 2.0, 15.0, "1/1,000", "undisciplined armed people per 1,000 at which that is half", "assumption"),
    Parameter("recovery_rate", 0.004, 0.001, 0.01, "1/day", "livelihoods regained a day in peace", "assumption"),
    Parameter("unrest_days", 7.0, 5.0, 14.0, "days", "time over which recent killing is remembered", "assumption"),
    Parameter("month_days", 30.0, 30.0, 30.0, "days", "time over which a group counts its dead", "model definition: deaths over 30 days", "derived"),
    Parameter("excess_home", 0.15, 0.05, 0.3, "1/10,000/day", "excess deaths at home where all livelihoods are lost", "assumption; emergency threshold is 1 per 10,000 and day"),
    Parameter("excess_displaced", 1.0, 0.5, 2.5, "1/10,000/day", "excess deaths of the displaced without relief", "assumption; Darfur survey rates 1-3 per 10,000 and day in flight"),
    Parameter("excess_trapped", 1.5, 0.5, 3.0, "1/10,000/day", "excess deaths of trapped people", "assumption"),
    Parameter("excess_abroad", 0.2, 0.05, 0.5, "1/10,000/day", "excess deaths of refugees abroad", "assumption"),
)  # fmt: skip


@kernel
def livelihood(
    par: Any, inside: Any, base_hardship: Any, lever: Any, cells: Any, actors: Any, hardship_out: Any
) -> None:
    """Looting destroys livelihoods, peace restores them; `lever` [place] is added by instruments (embargo harm)."""
    for p in range(inside.size):
        people = 1.0
        for g in range(cells.home.shape[1]):
            people += cells.home[p, g]
        looters = 0.0
        for a in range(actors.intent.size):
            if actors.intent[a] >= 1:
                looters += actors.strength[p, a] * (1.0 - actors.discipline[a])
        density = 1000.0 * looters / people
        rise = par.loot_rate * density / (density + par.loot_half) * (1.0 - hardship_out[p])
        floor = min(base_hardship[p] + lever[p], 1.0)
        hardship_out[p] += rise * inside[p] - par.recovery_rate * (hardship_out[p] - floor)
        hardship_out[p] = min(max(hardship_out[p], 0.0), 1.0)


@kernel
def remember(
    par: Any, cells: Any, population: Any, killed_month_out: Any, unrest_out: Any, killed_rate_out: Any
) -> None:
    """Carry today's deaths into what places, groups and the theatre remember."""
    places, groups = cells.home.shape
    for g in range(groups):
        killed = 0.0
        for p in range(places):
            killed_month_out[p, g] += cells.killed_today[p, g] - killed_month_out[p, g] / par.month_days
            killed += cells.killed_today[p, g]
        killed_rate_out[g] += (1e4 * killed / (population[g] + 1.0) - killed_rate_out[g]) / par.unrest_days
    for p in range(places):
        unrest_out[p] *= 1.0 - 1.0 / par.unrest_days
        for g in range(groups):
            unrest_out[p] += cells.killed_today[p, g]


@kernel
def sicken(
    par: Any, key: Any, day: int, stream: int, abroad: Any, hardship: Any, relief: Any, cells: Any, dying_out: Any
) -> None:
    """Excess deaths without violence, each place once a week (its week day is its number modulo 7)."""
    groups = cells.home.shape[1]
    for p in range(abroad.size):
        for g in range(groups):
            dying_out[p, g] = 0
            if (p + day) % WEEK != 0:
                continue
            unmet = 1.0 - relief[p]
            away = par.excess_abroad if abroad[p] == 1 else par.excess_displaced * unmet
            rate = (
                par.excess_home * hardship[p] * unmet * (cells.home[p, g] - cells.trapped[p, g])
                + par.excess_trapped * cells.trapped[p, g]
                + away * cells.away[p, g]
            )
            left = cells.home[p, g] + cells.away[p, g] - cells.killed_today[p, g]
            dying_out[p, g] = min(whole(key, WEEK * rate / 1e4, p * groups + g, day, stream, 0), max(left, 0))
