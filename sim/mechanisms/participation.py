"""Participation: who joins collective violence, and who leaves it (Granovetter 1978; Epstein 2002; Bhavnani 2006).

u = -bar + 2 hostility + 2 fear x threat + peers x share_active + order x authority + trigger - policing - arrest
and a man joins with chance q s(u), quits with q (1 - s(u)). s is a smooth step that is exactly 0 and 1 outside its
width: a logistic floor would slowly mobilise a quiet country.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.ground.draw import mix, passes, philox
from sim.ground.kernel import kernel
from sim.ground.parameters import Parameter, declare
from sim.world.world import ACTIVE_MEN, RESIDENT

F32 = np.float32
U32 = np.uint32
U64 = np.uint64
NOBODY_JOINS = -100  # leaning in places outside the theatre
AWAY_FROM_HOME = 4  # flag of `screen`: 1 may flee, 2 may join or quit, 4 is not at home

Participation = declare(
    "Participation", __name__,
    Parameter("join_rate", 0.3, 0.2, 0.5, "1/day", "chance a day to follow the own leaning", "assumption"),
    Parameter("join_bar", 3.7, 3.4, 4.2, "1", "leaning against violence", "assumption; set so that no quiet place mobilises"),
    Parameter("join_width", 2.5, 2.0, 3.0, "1", "half-width of the step from never to always", "assumption"),
    Parameter("hostility_weight", 2.0, 1.5, 2.5, "1", "weight of hostility", "assumption"),
    Parameter("fear_weight", 2.0, 1.6, 2.3, "1", "weight of fear under a perceived threat", "assumption; Straus 2006: fear and war outrank hatred"),
    Parameter("peer_weight", 2.5, 1.5, 3.5, "1", "pull of those already active (locks in above 4)", "assumption; Granovetter 1978"),
    Parameter("order_weight", 2.0, 0.0, 5.0, "1", "pull of an order by an organisation in control", "assumption; Straus 2006"),
    Parameter("trigger_weight", 1.5, 0.5, 2.5, "1", "pull of a fresh trigger", "assumption"),
    Parameter("trigger_days", 5.0, 3.0, 10.0, "days", "time in which a trigger fades", "assumption"),
    Parameter("policing_weight", 1.5, 0.5, 2.5, "1", "pull of moderate leaders against", "assumption; Bhavnani 2006"),
    Parameter("arrest_weight", 1.2, 0.5, 2.0, "1", "weight of perceived arrest", "assumption; Epstein 2002 form"),
    Parameter("arrest_half", 2.0, 1.0, 4.0, "1/1,000", "police per 1,000 at which perceived arrest is half", "Gendarmerie and police ratios of 1-4 per 1,000, Quinlivan 1995 Parameters", "seen"),
    Parameter("quit_fatigue", 0.12, 0.05, 0.25, "1/day", "active men who tire, a day", "assumption"),
    Parameter("threat_menace_half", 2.0, 0.5, 5.0, "1/1,000", "armed attackers per 1,000 at which fear half reads as a call to arms", "assumption"),
    Parameter("threat_killed_half", 3.0, 1.0, 10.0, "1/10,000", "own deaths in 30 days at which it does", "assumption"),
    Parameter("men_share", 0.2, 0.18, 0.22, "share", "men of fighting age in the population", "assumption; about a fifth where half of the people are children"),
)  # fmt: skip


@kernel
def circumstances(
    par: Any, inside: Any, cells: Any, actors: Any, police_out: Any, order_out: Any, threat_out: Any
) -> None:
    """What a bystander sees around: police per 1,000 [place]; orders of the own side and threat [place, group]."""
    for p in range(inside.size):
        people = 1.0
        for g in range(cells.home.shape[1]):
            people += cells.home[p, g] + cells.away[p, g]
        working = 0.0
        for a in range(actors.intent.size):
            if actors.strength[p, a] > 0:
                working += actors.strength[p, a] * actors.polices[a]
        police_out[p] = 1000.0 * working / people
        order_out[p, :] = 0.0
        for a in range(actors.intent.size):
            if actors.intent[a] > 2 and actors.control[p, a] > 0.0:
                for g in range(cells.home.shape[1]):
                    said = actors.control[p, a] * actors.constituency[a, g] * (actors.intent[a] - 2) * 0.5
                    order_out[p, g] = min(order_out[p, g] + said, 1.0)
        for g in range(cells.home.shape[1]):
            month = 1e4 * cells.killed_month[p, g] / (cells.home[p, g] + cells.away[p, g] + 1.0)
            menace = cells.menace[p, g]
            threat_out[p, g] = min(
                menace / (menace + par.threat_menace_half) + month / (month + par.threat_killed_half), 1.0
            )


@kernel
def join_fields(
    par: Any, inside: Any, trigger: Any, police: Any, cells: Any, join_field_out: Any, threat_weight_out: Any
) -> None:
    """The part of the leaning u that is common to a place and group."""
    for p in range(inside.size):
        arrest = par.arrest_weight * police[p] / (police[p] + par.arrest_half)
        for g in range(cells.home.shape[1]):
            at_home = cells.home[p, g] / (cells.home[p, g] + cells.away[p, g] + 1.0)
            share = min(cells.men_active[p, g] / (cells.men[p, g] * at_home + 1.0), 1.0)
            u = (
                -par.join_bar
                + par.peer_weight * share
                + par.order_weight * cells.order[p, g]
                + par.trigger_weight * trigger[p]
                - par.policing_weight * cells.brokerage[p, g]
                - arrest
                + cells.mobilisation[g]
            )
            join_field_out[p, g] = F32(u if inside[p] == 1 else NOBODY_JOINS)
            threat_weight_out[p, g] = F32(par.fear_weight * cells.threat[p, g])


@kernel
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
    """Flag the rows from first_row up to end_row that may act today: 1 may flee, 2 may join or quit, 4 are away from home.

    A cheap hash lets through twice the wanted chance; the caller draws again with Philox at half of what was let through.
    `chance_out` is the chance to join (or, for the active, to quit) today. Returns all flags or-ed together.
    """
    seen = np.uint8(0)
    one = F32(1.0)
    half = F32(0.5)
    two = F32(2.0)
    three = F32(3.0)
    nought = F32(0.0)
    level = F32(1.0 / 255.0)
    unit = F32(1.0 / 16777216.0)
    for n in range(U64(end_row - first_row)):  # unsigned and on whole columns, as in `feel`
        i = U64(first_row) + n
        h = mix(U32(i), first_key, second_key)
        coin = F32(h >> U32(8)) * unit
        other = F32(U32(h * U32(0x9E3779B1)) >> U32(8)) * unit
        lean = field + hostility_weight * hostility[i] + threat * fear[i]
        x = min(max(half + lean * half_width, nought), one)
        step = x * x * (three - two * x)
        chance = join_rate * (one - step) + fatigue if active[i] == 1 else join_rate * step
        chance_out[n] = chance
        here = place[i] == home
        alive = people[i] > 0
        flee = (fear[i] > F32(threshold[i]) * level) & (coin < two * leave)
        turn = other < two * chance
        flag = (1 if flee else 0) + (2 if turn else 0)
        flag_out[n] = np.uint8((flag if here else AWAY_FROM_HOME) if alive else 0)
        seen |= flag_out[n]
    return int(seen)


@kernel
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
    """Men of rows at home (flagged 2) join collective violence, or leave it, unless they have just fled."""
    for n in range(flag.size):
        row = first_row + n
        if flag[n] & 2 == 0 or place[row] != home:
            continue
        coin, _, _, _ = philox(key[0], key[1], row, day, stream, 0)
        if not passes(coin, float(chance[n])):
            continue
        count = int(men[row])
        if active_out[row] == 1:
            active_out[row] = 0
            moved_out[ACTIVE_MEN, home, group] -= count
        elif status[row] == RESIDENT:
            active_out[row] = 1
            moved_out[ACTIVE_MEN, home, group] += count
