"""The order of the day, written once, with its reasons. Three compiled drivers: units, places, persons.

Everybody reads the state of the morning. Units move and fight first, because who is present decides what can happen to
civilians. Places follow: protection, violence, what is remembered, what is felt and seen, which ways are open. Persons
come last: they read only the day's fields and themselves, so their rows can be split over threads.

A mechanism that is switched off has its rates at zero; no phase is skipped.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.ground.draw import STREAMS, mix, philox
from sim.ground.kernel import kernel
from sim.mechanisms import economy, feeling, flight, forces, participation, violence
from sim.world.world import ABROAD, DEAD, DISPLACED, RESIDENT, TRAPPED

F32 = np.float32
U32 = np.uint32
CHUNK = 2048

_CLASH, _ATTRITION, _MARCH, _HEALTH, _VICTIMS = (
    STREAMS[name] for name in ("clash", "attrition", "march", "health", "victims")
)
_SCREEN, _FLIGHT, _TURN, _JOURNEY = (STREAMS[name] for name in ("screen", "flight", "participation", "journey"))
VIOLENCE_STREAMS = np.array([STREAMS["incident_count"], STREAMS["incident_size"], STREAMS["report"]], dtype=np.int64)

# rows of `moved`: changes of a day, by place and group, that the person driver hands back
HOME, AWAY, IN_HIDING, MEN = range(4)


@kernel
def units_day(par: Any, key: Any, day: int, places: Any, roads: Any, actors: Any, units: Any, wide: Any) -> None:
    """Arrivals, clashes, losses and desertion, marches; then who holds what."""
    forces.arrive(units, units.place, units.to, units.days_left)
    forces.gather(units, actors.strength)
    forces.clash(
        par, key, day, _CLASH, places.inside, actors, actors.lost, actors.broken, actors.provoked, wide.clashes
    )
    forces.attrition(
        par, key, day, _ATTRITION, places.inside, roads, actors, units,
        units.strength, units.to, units.days_left, units.shaken, actors.killed, wide.deserters,
    )
    forces.march(par, key, day, _MARCH, places.inside, roads, actors, units, units.to, units.days_left)
    forces.gather(units, actors.strength)  # violence is done by those still here
    forces.hold(par, places.inside, places.people_start, actors, actors.control)


@kernel
def places_day(
    force: Any, harm: Any, wealth: Any, mind: Any, join: Any, way: Any, sizes: Any, cut_mean: Any, streams: Any,
    key: Any, day: int, persons: Any, places: Any, cells: Any, roads: Any, actors: Any, ledger: Any, wide: Any,
) -> None:
    """Protection, violence and illness; the dead leave their rows; then memory, livelihoods, fields and ways out."""
    cells.killed_today[:, :] = 0
    violence.protect(harm, places.inside, places.urban, cells, actors, cells.protection, cells.menace)
    violence.rivals(wide.animosity, cells, cells.rivalry)
    violence.budgets(harm, places.trigger, wide.crowd_actor, cells, actors, actors.budget)
    violence.strike(
        harm, key, day, streams, actors.budget, sizes, cut_mean, places.access, wide.crowd_actor,
        cells, actors, ledger, cells.killed_today,
    )
    violence.crossfire(
        harm, force.collateral, key, day, streams, places.access, cells, actors, ledger, cells.killed_today
    )
    economy.sicken(
        wealth, key, day, _HEALTH, places.abroad, places.hardship, places.relief, cells, cells.dying_today
    )
    bury(join.men_share, key, day, persons, cells)
    economy.remember(wealth, cells, wide.population, cells.killed_month, places.unrest, wide.killed_rate)
    economy.livelihood(
        wealth, places.inside, places.base_hardship, places.hardship_added, cells, actors, places.hardship
    )
    places.trigger[:] *= 1.0 - 1.0 / join.trigger_days
    feeling.drives(
        mind, places.inside, places.media, cells, roads, wide.killed_rate,
        cells.hostility_push, cells.fear_push, cells.fear_fade,
    )
    participation.circumstances(join, places.inside, cells, actors, places.police, cells.order, cells.threat)
    participation.join_fields(
        join, places.inside, places.trigger, places.police, cells, cells.join_field, cells.threat_weight
    )
    flight.perceive(way, places.inside, cells, cells.danger, cells.onward_rate, cells.return_rate)
    flight.blockade(way, places.inside, places.escort, actors, cells.blockade)
    flight.exits(
        way, places.inside, places.room, places.border, cells, roads,
        cells.exit_open, cells.leave_rate, roads.choice, roads.passing,
    )


@kernel
def bury(men_share: float, key: Any, day: int, persons: Any, cells: Any) -> None:
    """Take the day's dead out of the rows of their place and group: home rows first, then the displaced, in row order."""
    places, groups = cells.home.shape
    alive = cells.home + cells.away
    before = np.zeros((places, groups), dtype=np.int64)
    offset = np.zeros((places, groups), dtype=np.int64)
    among_displaced = False
    for p in range(places):
        for g in range(groups):
            dying = cells.killed_today[p, g] + cells.dying_today[p, g]
            if dying == 0:
                continue
            cells.killed[p, g] += cells.killed_today[p, g]
            cells.indirect[p, g] += cells.dying_today[p, g]
            offset[p, g] = int(philox(key[0], key[1], p * groups + g, day, _VICTIMS, 0)[0]) % alive[p, g]
            before[p, g] = cells.home[p, g]
            among_displaced = among_displaced or cells.away[p, g] > 0
            stood = 0
            for i in range(cells.first[p * groups + g], cells.first[p * groups + g + 1]):
                if persons.place[i] == p and persons.people[i] > 0:
                    people = int(persons.people[i])
                    dead = violence.share_losses(people, dying, stood, offset[p, g], alive[p, g])
                    stood += people
                    lay_down(men_share, i, p, g, dead, True, persons, cells)
    if not among_displaced:
        return
    for p in range(places):
        for g in range(groups):
            for i in range(cells.first[p * groups + g], cells.first[p * groups + g + 1]):
                q = int(persons.place[i])
                if q != p and persons.people[i] > 0:
                    dying = cells.killed_today[q, g] + cells.dying_today[q, g]
                    if dying > 0:
                        people = int(persons.people[i])
                        dead = violence.share_losses(people, dying, before[q, g], offset[q, g], alive[q, g])
                        before[q, g] += people
                        lay_down(men_share, i, q, g, dead, False, persons, cells)


@kernel
def lay_down(men_share: float, row: int, place: int, group: int, dead: int, at_home: bool, persons: Any, cells: Any) -> None:
    """Take `dead` people out of one row and out of the counts of its cell."""
    if dead == 0:
        return
    people = int(persons.people[row])
    if at_home:
        cells.home[place, group] -= dead
        if persons.status[row] == TRAPPED:
            cells.trapped[place, group] -= dead
        if persons.active[row] == 1:
            rounding = persons.men[row]
            cells.men_active[place, group] += participation.men_of(
                people - dead, rounding, men_share
            ) - participation.men_of(people, rounding, men_share)
    else:
        cells.away[place, group] -= dead
    persons.people[row] = people - dead
    if people == dead:
        persons.status[row] = DEAD
        persons.active[row] = 0


@kernel
def persons_day(
    mind: Any, join: Any, way: Any, key: Any, day: int, first_cell: int, last_cell: int,
    persons: Any, places: Any, cells: Any, roads: Any, moved_out: Any,
) -> None:
    """Feeling, flight, joining and journeys of the rows whose home cells are first_cell .. last_cell - 1.

    Counts change in `moved_out` [4, place, group] (home, away, in hiding, active men); rows change in place.
    """
    groups = cells.home.shape[1]
    flag = np.empty(CHUNK, dtype=np.uint8)
    chance = np.empty(CHUNK, dtype=np.float32)
    first_key, second_key, _, _ = philox(key[0], key[1], 0, day, _SCREEN, 0)
    for cell in range(first_cell, last_cell):
        h, g = cell // groups, cell % groups
        start, end = cells.first[cell], cells.first[cell + 1]
        if start == end:
            continue
        if (cell + day) % 7 == 0:
            cells.hostility_mean[h, g] = feeling.mean_hostility(
                persons.place[start:end], persons.people[start:end], h, persons.hostility[start:end],
                cells.hostility_mean[h, g],
            )
        cooling = F32(mind.cooling_rate * (1.0 + mind.contact_cooling * cells.contact[g]))
        for lo in range(start, end, CHUNK):
            hi = min(lo + CHUNK, end)
            feeling.feel(
                persons.place[lo:hi], persons.susceptibility[lo:hi], np.uint16(h), cells.hostility_push[h, g],
                F32(mind.mixing_rate), F32(cells.hostility_mean[h, g]), cooling,
                F32(mind.baseline_hostility * cells.rivalry_base[g]),
                cells.fear_push[h, g], cells.fear_fade[h, g], persons.hostility[lo:hi], persons.fear[lo:hi],
            )
            participation.screen(
                persons.place[lo:hi], persons.people[lo:hi], persons.active[lo:hi], persons.hostility[lo:hi],
                persons.fear[lo:hi], persons.threshold[lo:hi], np.uint16(h), U32(lo), first_key, second_key,
                cells.leave_rate[h, g], cells.join_field[h, g], F32(join.hostility_weight), cells.threat_weight[h, g],
                F32(0.5 / join.join_width), F32(join.join_rate), F32(join.quit_fatigue),
                flag[: hi - lo], chance[: hi - lo],
            )
            for i in range(lo, hi):
                if flag[i - lo] == 0:
                    continue
                if flag[i - lo] == 4:
                    wander(mind, way, key, day, first_key, second_key, i, h, g, persons, places, cells, roads, moved_out)
                    continue
                if flag[i - lo] & 1:
                    flee(join.men_share, key, day, i, h, g, persons, places, cells, roads, moved_out)
                if flag[i - lo] & 2 and int(persons.place[i]) == h:
                    turn(join.men_share, key, day, i, h, g, chance[i - lo], persons, moved_out)


@kernel
def passes(coin: Any, chance: float) -> bool:
    """Second half of a thinned draw: the screen let through min(1, 2 chance), this accepts the right part of that."""
    return float(coin) * 2.3283064365386963e-10 < chance / min(1.0, 2.0 * chance)


@kernel
def flee(
    men_share: float, key: Any, day: int, row: int, home: int, group: int,
    persons: Any, places: Any, cells: Any, roads: Any, moved_out: Any,
) -> None:
    """A row at home whose fear passed its threshold tries a road; turned back, it goes into hiding."""
    coin, way, luck, _ = philox(key[0], key[1], row, day, _FLIGHT, 0)
    if not passes(coin, cells.leave_rate[home, group]):
        return
    people = int(persons.people[row])
    slot = flight.take_road(roads.first[home], roads.first[home + 1], group, way, luck, roads)
    if slot < 0:
        if persons.status[row] == RESIDENT:
            persons.status[row] = TRAPPED
            moved_out[IN_HIDING, home, group] += people
        return
    if persons.status[row] == TRAPPED:
        moved_out[IN_HIDING, home, group] -= people
    if persons.active[row] == 1:
        persons.active[row] = 0
        moved_out[MEN, home, group] -= participation.men_of(people, persons.men[row], men_share)
    to = roads.to[slot]
    persons.place[row] = to
    persons.status[row] = ABROAD if places.abroad[to] == 1 else DISPLACED
    moved_out[HOME, home, group] -= people
    moved_out[AWAY, to, group] += people


@kernel
def turn(
    men_share: float, key: Any, day: int, row: int, home: int, group: int, chance: Any, persons: Any, moved_out: Any,
) -> None:
    """A row's men join collective violence, or leave it."""
    coin, _, _, _ = philox(key[0], key[1], row, day, _TURN, 0)
    if not passes(coin, float(chance)):
        return
    men = participation.men_of(int(persons.people[row]), persons.men[row], men_share)
    if persons.active[row] == 1:
        persons.active[row] = 0
        moved_out[MEN, home, group] -= men
    elif persons.status[row] == RESIDENT:
        persons.active[row] = 1
        moved_out[MEN, home, group] += men


@kernel
def wander(
    mind: Any, way: Any, key: Any, day: int, first_key: Any, second_key: Any, row: int, home: int, group: int,
    persons: Any, places: Any, cells: Any, roads: Any, moved_out: Any,
) -> None:
    """A displaced row feels what is around it, moves on, stays, or goes home."""
    here = int(persons.place[row])
    one = F32(1.0)
    fear = persons.fear[row]
    fear = fear + cells.fear_push[here, group] * (one - fear) - cells.fear_fade[here, group] * fear
    persons.fear[row] = min(max(fear, F32(0.0)), one)
    onward = float(cells.onward_rate[here, group])
    back = float(cells.return_rate[home, group]) if persons.fear[row] < F32(way.return_fear) else 0.0
    chance = min(onward + back, 1.0)
    if F32(mix(U32(row), first_key, second_key) >> U32(8)) * F32(1.0 / 16777216.0) >= F32(2.0 * chance):
        return
    coin, road, luck, which = philox(key[0], key[1], row, day, _JOURNEY, 0)
    if chance <= 0.0 or not passes(coin, chance):
        return
    to = home
    if float(which) * 2.3283064365386963e-10 * (onward + back) < onward:
        slot = flight.take_road(roads.first[here], roads.first[here + 1], group, road, luck, roads)
        if slot < 0:
            return
        to = roads.to[slot]
    people = int(persons.people[row])
    persons.place[row] = to
    moved_out[AWAY, here, group] -= people
    if to == home:
        persons.status[row] = RESIDENT
        moved_out[HOME, home, group] += people
    else:
        persons.status[row] = ABROAD if places.abroad[to] == 1 else DISPLACED
        moved_out[AWAY, to, group] += people


@kernel
def settle(cells: Any, moved: Any) -> None:
    """Add one thread's changes of the day to the counts; sums of whole numbers, so the order does not matter."""
    cells.home[:, :] += moved[HOME]
    cells.away[:, :] += moved[AWAY]
    cells.trapped[:, :] += moved[IN_HIDING]
    cells.men_active[:, :] += moved[MEN]


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
