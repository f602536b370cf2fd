"""Readable twin of sim.mechanisms.participation. `p` places, `g` groups, `a` actors; rows are float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.world.world import ACTIVE_MEN, RESIDENT
from tests.twins.draws import WORD, mix, passes, philox
from tests.twins.sums import in_order

F32 = np.float32
MAY_FLEE, MAY_TURN, AWAY_FROM_HOME = 1, 2, 4


def circumstances(
    par: Any, inside: Any, cells: Any, actors: Any, police_out: Any, order_out: Any, threat_out: Any
) -> None:
    """Police per 1,000; orders of leaders above repression who hold the place; threat from menace and deaths."""
    people = cells.home + cells.away
    police_out[:] = 1000.0 * in_order(actors.strength * actors.polices) / (1.0 + people.sum(axis=1))
    order_out[:] = 0.0
    for a in np.flatnonzero(actors.intent > 2):
        said = actors.control[:, a, None] * actors.constituency[a] * (actors.intent[a] - 2) * 0.5
        order_out[:] = np.minimum(order_out + said, 1.0)
    month = 1e4 * cells.killed_month / (people + 1.0)
    menaced = cells.menace / (cells.menace + par.threat_menace_half)
    threat_out[:] = np.minimum(menaced + month / (month + par.threat_killed_half), 1.0)


def join_fields(
    par: Any, inside: Any, trigger: Any, police: Any, cells: Any, join_field_out: Any, threat_weight_out: Any
) -> None:
    """u without what a person feels; outside the theatre nobody joins."""
    at_home = cells.home / (cells.home + cells.away + 1.0)
    share = np.minimum(cells.men_active / (cells.men * at_home + 1.0), 1.0)
    arrest = par.arrest_weight * police / (police + par.arrest_half)
    u = (
        -par.join_bar
        + par.peer_weight * share
        + par.order_weight * cells.order
        + par.trigger_weight * trigger[:, None]
        - par.policing_weight * cells.brokerage
        - arrest[:, None]
        + cells.mobilisation
    )
    join_field_out[:] = np.where(inside[:, None] == 1, u, -100.0)
    threat_weight_out[:] = par.fear_weight * cells.threat


def screen(
    first_row: int,
    end_row: int,
    place: Any,
    people: Any,
    active: Any,
    hostility: Any,
    fear: Any,
    threshold: Any,
    home: Any,
    first_key: Any,
    second_key: Any,
    leave: Any,
    field: Any,
    hostility_weight: Any,
    threat: Any,
    half_width: Any,
    join_rate: Any,
    fatigue: Any,
    flag_out: Any,
    chance_out: Any,
) -> int:
    """Who may flee (fear over threshold), who may turn (smooth step of the leaning u), who is away; two coins a row."""
    one, two, three = F32(1.0), F32(2.0), F32(3.0)
    rows, ids = slice(first_row, end_row), np.arange(first_row, end_row, dtype=np.uint64)
    hashed = mix(ids, np.uint64(first_key), np.uint64(second_key))
    coin, other = ((h >> 8).astype(F32) * F32(2.0**-24) for h in (hashed, (hashed * 0x9E3779B1) & WORD))
    u = field + hostility_weight * hostility[rows] + threat * fear[rows]
    x = np.clip(F32(0.5) + u * half_width, F32(0.0), one)
    step = x * x * (three - two * x)
    chance = np.where(active[rows] == 1, join_rate * (one - step) + fatigue, join_rate * step)
    may_flee = (fear[rows] > threshold[rows].astype(F32) * F32(1 / 255)) & (coin < two * leave)
    may_turn = other < two * chance
    flag = np.where(place[rows] == home, MAY_FLEE * may_flee + MAY_TURN * may_turn, AWAY_FROM_HOME)
    flag_out[: ids.size] = np.where(people[rows] > 0, flag, 0)
    chance_out[: ids.size] = chance
    return int(np.bitwise_or.reduce(flag_out[: ids.size]))


def turn(
    flag: Any,
    chance: Any,
    first_row: int,
    home: int,
    group: int,
    key: Any,
    day: int,
    stream: int,
    place: Any,
    men: Any,
    status: Any,
    active_out: Any,
    moved_out: Any,
) -> None:
    """Active men go back to their lives, residents' men become active; people in hiding do not."""
    for n in np.flatnonzero(flag & MAY_TURN):
        row = first_row + n
        coin = philox(key[0], key[1], row, day, stream, 0)[0]
        if place[row] != home or not passes(coin, float(chance[n])):
            continue
        count = int(men[row])
        if active_out[row]:
            active_out[row] = 0
            moved_out[ACTIVE_MEN, home, group] -= count
        elif status[row] == RESIDENT:
            active_out[row] = 1
            moved_out[ACTIVE_MEN, home, group] += count
