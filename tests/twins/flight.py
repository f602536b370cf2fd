"""Readable twin of sim.mechanisms.flight. `p` places, `g` groups, `a` actors, slots of roads; rows are float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.world.world import ABROAD, ACTIVE_MEN, AWAY, DISPLACED, HOME, IN_HIDING, MEN, RESIDENT, STOPPED, TRAPPED
from tests.twins.draws import mix, passes, philox
from tests.twins.participation import AWAY_FROM_HOME, MAY_FLEE
from tests.twins.sums import ends

F32 = np.float32


def welcome(par: Any, danger: Any, kin: Any, there: Any, room: Any) -> Any:
    """Safety x kin x room; numbers or arrays."""
    return (1.0 - danger) * (1.0 + par.kin_weight * kin / there) * np.maximum(1.0 - there / (room + 1.0), 0.0)


def appeal(par: Any, good: Any, outside: Any, days: Any, passing: Any) -> Any:
    """What is there, over distance, if one gets through; numbers or arrays."""
    return good / (par.near_first_days + days) * passing * np.where(outside, par.outside_weight, 1.0)


def perceive(par: Any, inside: Any, cells: Any, danger_out: Any, onward_rate_out: Any, return_rate_out: Any) -> None:
    """Danger is the drive of fear, saturating; one moves on from it and returns only where it is small."""
    push = cells.fear_push.astype(np.float64)
    danger_out[:] = push / (push + par.danger_half)
    onward = par.onward_conflict * danger_out + par.onward_quiet * (1.0 - danger_out)
    onward_rate_out[:] = onward * inside[:, None]
    return_rate_out[:] = par.return_rate * (danger_out < par.return_danger) * inside[:, None]


def blockade(par: Any, inside: Any, escort: Any, actors: Any, blockade_out: Any) -> None:
    """The firmest grip of any holder who targets the group counts."""
    grip_of_rung = np.array([0.0, 0.0, par.block_repress, par.block_mass, par.block_exterminate])
    grip = grip_of_rung[actors.intent] * (np.maximum(actors.control, 0.0) * (1.0 - escort)[:, None])  # [p, a]
    blockade_out[:] = (grip[:, :, None] * actors.target).max(axis=1, initial=0.0)


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
    """Roads are passable as far as neither end is blockaded; a fugitive chooses in proportion to their appeal."""
    here, to, days = ends(roads.first), roads.to, roads.days[:, None]
    kin = cells.home + cells.away
    there = (1.0 + kin.sum(axis=1))[to, None]
    passing = (roads.open * border[to])[:, None] * (1.0 - cells.blockade[here]) * (1.0 - cells.blockade[to])
    good = welcome(par, cells.danger[to] * (1.0 - haven[to, None]), kin[to], there, room[to, None])
    drawn = appeal(par, good, inside[to, None] == 0, days, passing)
    exit_open_out[:] = 0.0
    np.maximum.at(exit_open_out, here, passing)
    for p in range(inside.size):
        slots = slice(roads.first[p], roads.first[p + 1])
        drawn[slots] = np.add.accumulate(drawn[slots], axis=0)
    choice_out[:] = np.minimum(drawn * 2.0**20, 2.0**32 - 1)
    passing_out[:] = np.minimum(passing * 2.0**32, 2.0**32 - 1)
    leave_rate_out[:] = (par.leave_rate * inside)[:, None]


def take_road(place: int, group: int, coin: Any, luck: Any, road_first: Any, choice: Any, passing: Any) -> int:
    """Turn the wheel of cumulative appeal, then try to pass."""
    slots = slice(road_first[place], road_first[place + 1])
    wheel = choice[slots, group]
    if wheel.size == 0:
        return -1
    taken = int(np.searchsorted(wheel, (int(coin) * int(wheel[-1])) >> 32, side="right"))
    if taken == wheel.size or int(luck) >= passing[slots, group][taken]:
        return -1
    return int(slots.start) + taken


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
    """Turned back: a resident row hides. Through: it stops hiding and fighting, and is counted where it arrives."""
    for n in np.flatnonzero(flag & MAY_FLEE):
        row = first_row + n
        coin, way, luck, _ = philox(key[0], key[1], row, day, stream, 0)
        if not passes(coin, float(leave_rate)):
            continue
        count, slot = int(people[row]), take_road(home, group, way, luck, road_first, choice, passing)
        hid, hides = status_out[row] == TRAPPED, slot < 0
        moved_out[IN_HIDING, home, group] += count * (int(hides) - int(hid))
        if active_out[row]:
            moved_out[ACTIVE_MEN, home, group] -= int(men[row])
            active_out[row] = 0
        if hides:
            moved_out[STOPPED, home, group] += count
            status_out[row] = TRAPPED
            continue
        to = road_to[slot]
        place_out[row], status_out[row] = to, ABROAD if abroad[to] else DISPLACED
        for what, here, there in ((count, HOME, AWAY), (int(men[row]), MEN, MEN)):
            moved_out[here, home, group] -= what
            moved_out[there, to, group] += what


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
    """Fear follows the place one is in; without it one is settled.

    Those who move go home in the proportion of the two rates, or take a road.
    """
    one = F32(1.0)
    rows = first_row + np.flatnonzero(flag == AWAY_FROM_HOME)
    here = place_out[rows].astype(np.int64)
    f = fear_out[rows]
    f = np.clip(f + fear_push[here, group] * (one - f) - fear_fade[here, group] * f, F32(0.0), one)
    fear_out[rows] = f
    onward = onward_rate[here, group]
    afraid = f > threshold[rows].astype(F32) * F32(1.0 / 255.0)
    onward = np.where(afraid, onward, np.minimum(onward, settled))
    back = np.where(f < calm, return_rate[home, group], F32(0.0))
    chance = np.minimum(onward + back, one)
    screened = (mix(rows.astype(np.uint64), np.uint64(first_key), np.uint64(second_key)) >> 8).astype(F32) * F32(
        2.0**-24
    )
    for n in np.flatnonzero(screened < chance + chance):
        row, left = rows[n], here[n]
        coin, road, luck, which = philox(key[0], key[1], row, day, stream, 0)
        if not passes(coin, float(chance[n])):
            continue
        if F32(which >> 8) * F32(2.0**-24) * (onward[n] + back[n]) < onward[n]:
            slot = take_road(left, group, road, luck, road_first, choice, passing)
            if slot < 0:
                moved_out[STOPPED, left, group] += int(people[row])
                continue
            to = road_to[slot]
        else:
            to = home
        for what, here_, there in ((int(people[row]), AWAY, HOME if to == home else AWAY), (int(men[row]), MEN, MEN)):
            moved_out[here_, left, group] -= what
            moved_out[there, to, group] += what
        place_out[row] = to
        status_out[row] = RESIDENT if to == home else ABROAD if abroad[to] else DISPLACED
