"""Flight: thresholds, exits, checkpoints and the choice of road (after FLEE: Suleimenova, Bell & Groen 2017).

A person flees when fear passes the own threshold, as fast as exits are open. Each road is weighed by the safety, room
and kin at its end and by distance; blocked roads turn people back, who are then trapped (in hiding). The displaced move
on from where it is dangerous while they are afraid, else stay, and return when home is calm and still stands.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.ground.draw import mix, passes, philox
from sim.ground.kernel import kernel
from sim.ground.parameters import Parameter, declare
from sim.mechanisms.participation import AWAY_FROM_HOME
from sim.world.world import ABROAD, ACTIVE_MEN, AWAY, DISPLACED, HOME, IN_HIDING, MEN, RESIDENT, STOPPED, TRAPPED

U32 = np.uint32
U64 = np.uint64
F32 = np.float32

Flight = declare(
    "Flight", __name__,
    Parameter("leave_rate", 0.3, 0.2, 0.4, "1/day", "chance a day to leave once fear passes the threshold", "assumption"),
    Parameter("threshold_mean", 0.45, 0.4, 0.5, "share", "mean fear threshold of flight", "assumption; Bennett 2008 JASSS 11(4)7 for the form"),
    Parameter("threshold_sd", 0.15, 0.1, 0.2, "share", "spread of that threshold", "assumption"),
    Parameter("onward_conflict", 1.0, 0.8, 1.0, "1/day", "chance a day to move on from open conflict of those whom it frightens", "Suleimenova, Bell & Groen 2017 Sci Rep 7:13377", "seen"),
    Parameter("onward_quiet", 0.01, 0.002, 0.03, "1/day", "chance a day to move on of those who are not, or from elsewhere", "Suleimenova, Bell & Groen 2017 Sci Rep 7:13377 use 0.3 for refugees only; many of the displaced stay near", "seen"),
    Parameter("danger_half", 0.15, 0.05, 0.3, "1/day", "drive of fear at which a place is half dangerous", "assumption"),
    Parameter("near_first_days", 1.0, 0.5, 2.0, "days", "distance offset in weighing roads", "assumption; FLEE uses 10 km"),
    Parameter("kin_weight", 2.0, 0.0, 4.0, "1", "pull of the own group's share at the end of a road", "assumption"),
    Parameter("outside_weight", 0.6, 0.25, 1.5, "1", "pull of camps and borders against places inside", "assumption; FLEE weighs camps 1 to 3.2, for those who become refugees"),
    Parameter("block_repress", 0.15, 0.0, 0.3, "share", "road closed by a hostile holder who represses", "assumption"),
    Parameter("block_mass", 0.3, 0.1, 0.5, "share", "the same in mass violence that expels", "assumption; expulsion lets people go"),
    Parameter("block_exterminate", 0.9, 0.8, 0.97, "share", "the same in extermination", "assumption; Rwanda 1994 roadblocks, Srebrenica 1995"),
    Parameter("return_rate", 0.01, 0.003, 0.03, "1/day", "chance a day to return when home is calm", "assumption"),
    Parameter("return_fear", 0.15, 0.05, 0.3, "share", "fear below which one returns", "assumption"),
    Parameter("return_danger", 0.08, 0.02, 0.2, "share", "danger at home above which nobody returns", "assumption"),
)  # fmt: skip


@kernel
def welcome(par: Any, danger: float, kin: float, there: float, room: float) -> float:
    """How good a place is for a fugitive: safety, kin and room."""
    free = max(1.0 - there / (room + 1.0), 0.0)
    return (1.0 - danger) * (1.0 + par.kin_weight * kin / there) * free


@kernel
def appeal(par: Any, good: float, outside: bool, days: float, passing: float) -> float:
    """How strongly a road draws a fugitive: how `good` its end is, over distance, if one gets through."""
    return good / (par.near_first_days + days) * passing * (par.outside_weight if outside else 1.0)


@kernel
def perceive(par: Any, inside: Any, cells: Any, danger_out: Any, onward_rate_out: Any, return_rate_out: Any) -> None:
    """Danger of every place as a fugitive of each group sees it, and what follows for staying and returning."""
    for p in range(inside.size):
        for g in range(cells.home.shape[1]):
            push = float(cells.fear_push[p, g])
            danger = push / (push + par.danger_half)
            danger_out[p, g] = danger
            onward = par.onward_conflict * danger + par.onward_quiet * (1.0 - danger)
            onward_rate_out[p, g] = F32(onward * inside[p])
            calm = 1.0 if danger < par.return_danger else 0.0
            return_rate_out[p, g] = F32(par.return_rate * calm * inside[p])


@kernel
def blockade(par: Any, inside: Any, escort: Any, actors: Any, blockade_out: Any) -> None:
    """How far hostile holders of a place stop each group on its roads, less what escorts open again."""
    for p in range(inside.size):
        blockade_out[p, :] = 0.0
        for a in range(actors.intent.size):
            rung = actors.intent[a]
            if rung < 2 or actors.control[p, a] <= 0.0:
                continue
            grip = par.block_repress if rung == 2 else par.block_mass if rung == 3 else par.block_exterminate
            grip *= actors.control[p, a] * (1.0 - escort[p])
            for g in range(actors.target.shape[1]):
                blockade_out[p, g] = max(blockade_out[p, g], grip * actors.target[a, g])


@kernel(scratch=True)
def exits(
    par: Any,
    inside: Any,
    room: Any,
    border: Any,
    haven: Any,
    cells: Any,
    roads: Any,
    exit_open_out: Any,
    leave_rate_out: Any,
    choice_out: Any,
    passing_out: Any,
) -> None:
    """Openness of the ways out and the day's road table, for every place and group.

    `border` [place] is the openness of an outside place; `haven` how far a place is declared safe, and believed to be.
    """
    places, groups = cells.home.shape
    blockade = cells.blockade
    good = np.empty((places, groups))
    for p in range(places):
        there = 1.0
        for g in range(groups):
            there += cells.home[p, g] + cells.away[p, g]
        for g in range(groups):
            kin = float(cells.home[p, g] + cells.away[p, g])
            good[p, g] = welcome(par, cells.danger[p, g] * (1.0 - haven[p]), kin, there, room[p])
    running = np.empty(groups)
    for p in range(places):
        for g in range(groups):
            running[g] = 0.0
            exit_open_out[p, g] = 0.0
            leave_rate_out[p, g] = F32(par.leave_rate * inside[p])
        for slot in range(roads.first[p], roads.first[p + 1]):
            q = roads.to[slot]
            for g in range(groups):
                passing = roads.open[slot] * border[q] * (1.0 - blockade[p, g]) * (1.0 - blockade[q, g])
                running[g] += appeal(par, good[q, g], inside[q] == 0, roads.days[slot], passing)
                exit_open_out[p, g] = max(exit_open_out[p, g], passing)
                choice_out[slot, g] = U32(min(running[g] * 1048576.0, 4294967295.0))
                passing_out[slot, g] = U32(min(passing * 4294967296.0, 4294967295.0))


@kernel
def take_road(place: int, group: int, coin: Any, luck: Any, road_first: Any, choice: Any, passing: Any) -> int:
    """The slot of the road taken from a place, or -1 if there is none or the fugitive is turned back.

    `coin` and `luck` are uint32 draws; `choice` and `passing` [road, group] are the day's road table.
    """
    start, end = road_first[place], road_first[place + 1]
    if end == start:
        return -1
    pick = U32((U64(coin) * U64(choice[end - 1, group])) >> U64(32))
    for slot in range(start, end):
        if pick < choice[slot, group]:
            return slot if luck < passing[slot, group] else -1
    return -1


@kernel
def flee(
    flag: Any,
    first_row: int,
    home: int,
    group: int,
    key: Any,
    day: int,
    stream: int,
    leave_rate: Any,
    abroad: Any,
    road_first: Any,
    road_to: Any,
    choice: Any,
    passing: Any,
    place_out: Any,
    people: Any,
    men: Any,
    status_out: Any,
    active_out: Any,
    moved_out: Any,
) -> None:
    """Rows at home (flagged 1) whose fear passed their threshold try a road; turned back, they go into hiding."""
    for n in range(flag.size):
        if flag[n] & 1 == 0:
            continue
        row = first_row + n
        coin, way, luck, _ = philox(key[0], key[1], row, day, stream, 0)
        if not passes(coin, float(leave_rate)):
            continue
        count = int(people[row])
        of_them = int(men[row])
        slot = take_road(home, group, way, luck, road_first, choice, passing)
        if active_out[row] == 1:  # neither people in hiding nor people on the road take part in violence
            active_out[row] = 0
            moved_out[ACTIVE_MEN, home, group] -= of_them
        if slot < 0:
            moved_out[STOPPED, home, group] += count
            if status_out[row] == RESIDENT:
                status_out[row] = TRAPPED
                moved_out[IN_HIDING, home, group] += count
            continue
        if status_out[row] == TRAPPED:
            moved_out[IN_HIDING, home, group] -= count
        to = road_to[slot]
        place_out[row] = to
        status_out[row] = ABROAD if abroad[to] == 1 else DISPLACED
        moved_out[HOME, home, group] -= count
        moved_out[AWAY, to, group] += count
        moved_out[MEN, home, group] -= of_them
        moved_out[MEN, to, group] += of_them


@kernel
def wander(
    flag: Any,
    first_row: int,
    home: int,
    group: int,
    key: Any,
    day: int,
    stream: int,
    first_key: Any,
    second_key: Any,
    calm: Any,
    settled: Any,
    fear_push: Any,
    fear_fade: Any,
    onward_rate: Any,
    return_rate: Any,
    abroad: Any,
    road_first: Any,
    road_to: Any,
    choice: Any,
    passing: Any,
    place_out: Any,
    people: Any,
    men: Any,
    threshold: Any,
    status_out: Any,
    fear_out: Any,
    moved_out: Any,
) -> None:
    """Displaced rows (flagged 4) feel what is around them, move on, stay, or go home once fear is below `calm`.

    Who would not flee from here, by the same threshold as at home, has `settled`, the chance to move on all the same.
    """
    one = F32(1.0)
    level = F32(1.0 / 255.0)
    unit = F32(1.0 / 16777216.0)
    for n in range(flag.size):
        if flag[n] != AWAY_FROM_HOME:
            continue
        row = first_row + n
        here = int(place_out[row])
        fear = fear_out[row]
        fear = fear + fear_push[here, group] * (one - fear) - fear_fade[here, group] * fear
        fear = min(max(fear, F32(0.0)), one)
        fear_out[row] = fear
        onward = onward_rate[here, group]
        if fear <= F32(threshold[row]) * level:
            onward = min(onward, settled)
        back = return_rate[home, group] if fear < calm else F32(0.0)
        chance = min(onward + back, one)
        if F32(mix(U32(row), first_key, second_key) >> U32(8)) * unit >= chance + chance:
            continue
        coin, road, luck, which = philox(key[0], key[1], row, day, stream, 0)
        if not passes(coin, float(chance)):
            continue
        count = int(people[row])
        of_them = int(men[row])
        to = home
        if F32(which >> U32(8)) * unit * (onward + back) < onward:
            slot = take_road(here, group, road, luck, road_first, choice, passing)
            if slot < 0:
                moved_out[STOPPED, here, group] += count
                continue
            to = road_to[slot]
        place_out[row] = to
        moved_out[AWAY, here, group] -= count
        moved_out[MEN, here, group] -= of_them
        moved_out[MEN, to, group] += of_them
        if to == home:
            status_out[row] = RESIDENT
            moved_out[HOME, home, group] += count
        else:
            status_out[row] = ABROAD if abroad[to] == 1 else DISPLACED
            moved_out[AWAY, to, group] += count
