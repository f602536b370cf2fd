"""The order of the day, written once, with its reasons. Three compiled drivers: units, places, persons.

Everybody reads the state of the morning. Units move and fight first, because who is present decides what can happen to
civilians. Places follow: protection, violence, what is remembered, what is felt and seen, which ways are open. Persons
come last: they read only the day's fields and themselves, so their rows can be split over threads.

A mechanism that is switched off has its rates at zero; no phase is skipped.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.ground.draw import STREAMS, philox
from sim.ground.kernel import kernel
from sim.mechanisms import economy, feeling, flight, forces, participation, violence
from sim.mechanisms.economy import WEEK
from sim.mechanisms.participation import AWAY_FROM_HOME
from sim.world.world import ACTIVE_MEN, AWAY, HOME, IN_HIDING, MEN, RESIDENT, STOPPED, TRAPPED

F32 = np.float32
U32 = np.uint32
CHUNK = 2048

_CLASH, _ATTRITION, _MARCH, _HEALTH, _VICTIMS, _AIR = (
    STREAMS[name] for name in ("clash", "attrition", "march", "health", "victims", "air")
)
_SCREEN, _FLIGHT, _TURN, _JOURNEY = (STREAMS[name] for name in ("screen", "flight", "participation", "journey"))
VIOLENCE_STREAMS = np.array(
    [STREAMS[name] for name in ("incident_count", "incident_size", "report", "incident_men")], dtype=np.int64
)


@kernel
def units_day(par: Any, key: Any, day: int, places: Any, roads: Any, actors: Any, units: Any, wide: Any) -> None:
    """Arrivals, clashes, losses and desertion, strikes, marches; then who can help where, and who holds what."""
    forces.arrive(units, units.place, units.to, units.days_left)
    forces.gather(units, actors.strength)
    forces.clash(
        par, key, day, _CLASH, places.inside, actors, actors.lost, actors.broken, actors.provoked, wide.clashes
    )
    forces.attrition(
        par,
        key,
        day,
        _ATTRITION,
        places.inside,
        roads,
        actors,
        units,
        units.strength,
        units.to,
        units.days_left,
        units.shaken,
        actors.killed,
        wide.deserters,
    )
    forces.interdict(
        par, key, day, _AIR, places.terrain, actors, units,
        units.strength, units.days_left, units.to, units.shaken, actors.killed,
    )  # fmt: skip
    forces.march(par, key, day, _MARCH, places.inside, roads, actors, units, units.to, units.days_left)
    forces.gather(units, actors.strength)  # violence is done by those still here
    forces.respond(par, roads, actors, actors.guard)
    forces.hold(par, places.inside, places.people_start, actors, actors.control)


@kernel(scratch=True)
def places_day(
    force: Any,
    harm: Any,
    wealth: Any,
    mind: Any,
    join: Any,
    way: Any,
    sizes: Any,
    cut_mean: Any,
    streams: Any,
    key: Any,
    day: int,
    persons: Any,
    places: Any,
    cells: Any,
    roads: Any,
    actors: Any,
    ledger: Any,
    wide: Any,
) -> None:
    """Protection, violence and illness; the dead leave their rows; then memory, livelihoods, fields and ways out."""
    cells.killed_today[:, :] = 0
    cells.men_killed_today[:, :] = 0
    violence.rivals(harm, wide.animosity, cells.rivalry)
    violence.tie_down(harm, actors, actors.tied)
    violence.protect(harm, places.inside, places.urban, places.terrain, cells, actors, cells.protection, cells.menace)
    violence.budgets(harm, places.trigger, wide.crowd_actor, cells, actors, actors.budget)
    violence.strike(
        harm, key, day, streams, actors.budget, sizes, cut_mean, places.access, wide.crowd_actor,
        cells, actors, ledger, cells.killed_today, cells.men_killed_today,
    )  # fmt: skip
    cells.stopped[:, :] = 0
    violence.crossfire(
        harm, force.collateral, key, day, streams, places.access,
        cells, actors, ledger, cells.killed_today, cells.men_killed_today,
    )  # fmt: skip
    economy.sicken(wealth, key, day, _HEALTH, places.abroad, places.hardship, places.relief, cells, cells.dying_today)
    bury(key, day, persons, cells)
    economy.remember(wealth, cells, wide.population, cells.killed_month, places.unrest, wide.killed_rate)
    economy.livelihood(
        wealth, places.inside, places.base_hardship, places.hardship_added, cells, actors, places.hardship
    )
    places.trigger[:] *= 1.0 - 1.0 / join.trigger_days
    feeling.talk(mind, places.inside, roads, cells.hostility_mean, cells.talk)
    feeling.drives(
        mind,
        places.inside,
        places.media,
        cells,
        roads,
        wide.killed_rate,
        cells.hostility_push,
        cells.fear_push,
        cells.fear_fade,
    )
    participation.circumstances(join, places.inside, cells, actors, places.police, cells.order, cells.threat)
    participation.join_fields(
        join, places.inside, places.trigger, places.police, cells, cells.join_field, cells.threat_weight
    )
    flight.perceive(way, places.inside, cells, cells.danger, cells.onward_rate, cells.return_rate)
    flight.blockade(way, places.inside, places.escort, actors, cells.blockade)
    flight.exits(
        way,
        places.inside,
        places.room,
        places.border,
        places.haven,
        cells,
        roads,
        cells.exit_open,
        cells.leave_rate,
        roads.choice,
        roads.passing,
    )


@kernel(scratch=True)
def bury(key: Any, day: int, persons: Any, cells: Any) -> None:
    """Take the day's dead out of the rows of their place and group: home rows first, then the displaced.

    Men of fighting age and others stand in two lines, so that a row loses no more of either than it has.
    """
    places, groups = cells.home.shape
    place, people, men, first = persons.place, persons.people, persons.men, cells.first
    dying = cells.killed_today + cells.dying_today
    line = np.zeros((places, groups, 2, 3), dtype=np.int64)  # of others and of men: dying, rest, alive
    waiting = dying.sum(axis=0)  # [group] dead who have not left a row yet: nobody looks for more
    among_displaced = form_up(key, day, cells, dying, line)
    for at_home in (True, False):
        if not (at_home or among_displaced):
            break
        for p in range(places):
            for g in range(groups):
                if waiting[g] == 0 or (at_home and dying[p, g] == 0):
                    continue
                for i in range(first[p * groups + g], first[p * groups + g + 1]):
                    q = int(place[i])
                    if ((q == p) != at_home) | (people[i] == 0) | (dying[q, g] == 0):  # one branch, mostly taken
                        continue
                    others = step_forward(int(people[i]) - int(men[i]), line[q, g, 0])
                    of_them = step_forward(int(men[i]), line[q, g, 1])
                    if others + of_them > 0:
                        waiting[g] -= others + of_them
                        violence.lay_down(
                            i, q, g, others + of_them, of_them, at_home, people, men, persons.status, persons.active,
                            cells.home, cells.away, cells.trapped, cells.men, cells.men_active,
                        )  # fmt: skip


@kernel
def step_forward(people: int, line_out: Any) -> int:
    """Dead among the next `people` of a line [dying, rest, alive], which moves on."""
    dead, line_out[1] = violence.share_losses(people, line_out[0], line_out[1], line_out[2])
    return int(dead)


@kernel
def form_up(key: Any, day: int, cells: Any, dying: Any, line_out: Any) -> bool:
    """Count the day's dead, and form the two lines [others, men] of each place and group that `bury` goes along.

    Returns whether somebody may have died among the displaced.
    """
    places, groups = dying.shape
    among_displaced = False
    for p in range(places):
        for g in range(groups):
            if dying[p, g] == 0:
                continue
            alive = cells.home[p, g] + cells.away[p, g]
            left, men_left = alive - cells.killed_today[p, g], cells.men[p, g] - cells.men_killed_today[p, g]
            first, second, third, _ = philox(key[0], key[1], p * groups + g, day, _VICTIMS, 0)
            of_them = cells.men_killed_today[p, g]
            if left > 0:  # illness does not choose
                of_them += (men_left * cells.dying_today[p, g] + int(third) % left) // left
            cells.killed[p, g] += cells.killed_today[p, g]
            cells.men_killed[p, g] += cells.men_killed_today[p, g]
            cells.indirect[p, g] += cells.dying_today[p, g]
            others, men = max(alive - cells.men[p, g], 1), max(cells.men[p, g], 1)
            line_out[p, g, 0, 0], line_out[p, g, 0, 1], line_out[p, g, 0, 2] = (
                dying[p, g] - of_them, int(first) % others, others
            )  # fmt: skip
            line_out[p, g, 1, 0], line_out[p, g, 1, 1], line_out[p, g, 1, 2] = of_them, int(second) % men, men
            among_displaced = among_displaced or cells.away[p, g] > 0
    return among_displaced


# fmt: off
@kernel(scratch=True)
def persons_day(
    mind: Any, join: Any, way: Any, key: Any, day: int, first_cell: int, last_cell: int,
    persons: Any, places: Any, cells: Any, roads: Any, moved_out: Any,
) -> None:
    """Feeling, flight, joining and journeys of the rows whose home cells are first_cell .. last_cell - 1.

    Counts change in `moved_out` [6, place, group] (home, away, in hiding, active men, men, stopped on the road); rows
    change in place. Columns are taken out of their tables here, once: handing whole tables on costs more than a row.
    """
    groups = cells.home.shape[1]
    flag, chance = np.empty(CHUNK, dtype=np.uint8), np.empty(CHUNK, dtype=np.float32)
    first_key, second_key, _, _ = philox(key[0], key[1], 0, day, _SCREEN, 0)
    place, people, status, active, men = persons.place, persons.people, persons.status, persons.active, persons.men
    hostility, fear, mean = persons.hostility, persons.fear, cells.hostility_mean
    susceptibility, threshold = persons.susceptibility, persons.threshold
    mixing, hate, width = F32(mind.mixing_rate), F32(join.hostility_weight), F32(0.5 / join.join_width)
    join_rate, fatigue = F32(join.join_rate), F32(join.quit_fatigue)
    calm, settled = F32(way.return_fear), F32(way.onward_quiet)
    for cell in range(first_cell, last_cell):
        h, g = cell // groups, cell % groups
        start, end = cells.first[cell], cells.first[cell + 1]
        if (cell + day) % WEEK == 0 and end > start:
            mean[h, g] = feeling.mean_hostility(
                place[start:end], people[start:end], h, hostility[start:end], mean[h, g]
            )
        cooling = F32(mind.cooling_rate * (1.0 + mind.contact_cooling * cells.contact[g]))
        quiet = F32(mind.baseline_hostility * cells.rivalry_base[g])
        for lo in range(start, end, CHUNK):
            hi = min(lo + CHUNK, end)
            feeling.feel(
                lo, hi, place, susceptibility, np.uint16(h), cells.hostility_push[h, g], mixing,
                F32(cells.talk[h, g]), cooling, quiet, cells.fear_push[h, g], cells.fear_fade[h, g], hostility, fear,
            )
            seen = participation.screen(
                lo, hi, place, people, active, hostility, fear, threshold, np.uint16(h), first_key, second_key,
                cells.leave_rate[h, g], cells.join_field[h, g], hate, cells.threat_weight[h, g], width,
                join_rate, fatigue, flag, chance,
            )
            if seen & 1:
                flight.flee(
                    flag[: hi - lo], lo, h, g, key, day, _FLIGHT, cells.leave_rate[h, g],
                    places.abroad, roads.first, roads.to, roads.choice, roads.passing,
                    place, people, men, status, active, moved_out,
                )
            if seen & 2:
                participation.turn(
                    flag[: hi - lo], chance[: hi - lo], lo, h, g, key, day, _TURN,
                    place, men, status, active, moved_out,
                )
            if seen & AWAY_FROM_HOME:
                flight.wander(
                    flag[: hi - lo], lo, h, g, key, day, _JOURNEY, first_key, second_key, calm, settled,
                    cells.fear_push, cells.fear_fade, cells.onward_rate, cells.return_rate,
                    places.abroad, roads.first, roads.to, roads.choice, roads.passing,
                    place, people, men, persons.threshold, status, fear, moved_out,
                )
# fmt: on


@kernel
def whole_days(
    force: Any, harm: Any, wealth: Any, mind: Any, join: Any, way: Any, sizes: Any, cut_mean: Any, streams: Any,
    key: Any, day: int, until: int, news: bool, persons: Any, places: Any, cells: Any, roads: Any, actors: Any,
    units: Any, ledger: Any, wide: Any, moved_out: Any,
) -> int:  # fmt: skip
    """The days from `day` up to the morning of `until`, for runs on one thread; returns the day of the last morning.

    One call a week instead of one a driver and day: handing the tables from Python takes as long as a third of a day.
    It ends early where the ledger is full and, if `news`, on the first morning on which deaths have become known.
    """
    while True:
        units_day(force, key, day, places, roads, actors, units, wide)
        places_day(
            force, harm, wealth, mind, join, way, sizes, cut_mean, streams,
            key, day, persons, places, cells, roads, actors, ledger, wide,
        )  # fmt: skip
        moved_out[:, :, :] = 0
        persons_day(
            mind, join, way, key, day, 0, cells.first.size - 1, persons, places, cells, roads, moved_out,
        )  # fmt: skip
        settle(cells, moved_out)
        emerge(persons, cells)
        day += 1
        if day >= until or ledger.count[0] > ledger.day.size or (news and told_on(day, ledger)):
            return day


@kernel
def told_on(day: int, ledger: Any) -> bool:
    """Whether deaths became known on that day."""
    told = 0
    for n in range(min(ledger.count[0], ledger.day.size)):
        if ledger.reported_day[n] == day:
            told += ledger.reported[n]
    return told > 0


@kernel
def settle(cells: Any, moved: Any) -> None:
    """Add one thread's changes of the day to the counts; sums of whole numbers, so the order does not matter."""
    for p in range(cells.home.shape[0]):
        for g in range(cells.home.shape[1]):
            cells.home[p, g] += moved[HOME, p, g]
            cells.away[p, g] += moved[AWAY, p, g]
            cells.trapped[p, g] += moved[IN_HIDING, p, g]
            cells.men_active[p, g] += moved[ACTIVE_MEN, p, g]
            cells.men[p, g] += moved[MEN, p, g]
            cells.stopped[p, g] += moved[STOPPED, p, g]


@kernel
def emerge(persons: Any, cells: Any) -> None:
    """People in hiding whose fear has gone come out."""
    groups = cells.home.shape[1]
    for p in range(cells.home.shape[0]):
        for g in range(groups):
            if cells.trapped[p, g] > 0:
                cell = p * groups + g
                for i in range(cells.first[cell], cells.first[cell + 1]):
                    if persons.status[i] == TRAPPED and persons.fear[i] < F32(0.1):
                        persons.status[i] = RESIDENT
                        cells.trapped[p, g] -= persons.people[i]
