"""Forces: bands, companies and convoys on the road graph; clashes, breaking, desertion, marches, control of places.

Lanchester-like losses on both sides of a clash; the weaker side breaks and runs; the unpaid and the beaten desert.
Control follows strength with a delay; where it is low, violence is indiscriminate (Kalyvas 2006).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.ground.draw import uniform, whole
from sim.ground.kernel import kernel
from sim.ground.parameters import Parameter, declare

BARRED_DRAW = 1 << 16  # after the draws for the roads that a unit compares

Forces = declare(
    "Forces", __name__,
    Parameter("engagement", 0.3, 0.1, 0.5, "1/day", "chance a day that hostile forces in one place fight", "assumption"),
    Parameter("clash_loss", 0.03, 0.01, 0.05, "share", "losses of the weaker side in a day's clash between equals", "assumption"),
    Parameter("break_ratio", 0.45, 0.3, 0.7, "1", "strength ratio below which a side breaks and runs", "assumption"),
    Parameter("cohesion_in_break", 0.5, 0.2, 0.8, "1", "how far cohesion lowers that ratio", "assumption"),
    Parameter("desertion", 0.003, 0.002, 0.02, "1/day", "desertion of the paid and unbeaten", "assumption"),
    Parameter("desertion_shaken", 5.0, 3.0, 8.0, "1", "how much a lost clash or months without pay multiply it", "assumption"),
    Parameter("cohesion_keeps", 0.8, 0.6, 0.95, "share", "desertion that full cohesion prevents", "assumption"),
    Parameter("refuge", 0.01, 0.005, 0.02, "1", "what an own fighter at the end of a road is worth to the beaten, against full control of it", "assumption"),
    Parameter("shaken_days", 14.0, 7.0, 30.0, "days", "time in which a lost clash is forgotten", "assumption"),
    Parameter("march_rate", 0.15, 0.05, 0.3, "1/day", "chance a day that a unit at rest considers moving on", "assumption"),
    Parameter("march_noise", 0.03, 0.01, 0.1, "1", "scatter of such decisions", "assumption"),
    Parameter("caution", 0.3, 0.1, 0.8, "1", "how much a stronger enemy at the end of a road puts off", "assumption"),
    Parameter("pull_fade", 0.85, 0.7, 0.95, "1/day", "how far a prize is felt, per day of travel", "assumption"),
    Parameter("control_rise", 0.15, 0.05, 0.3, "1/day", "speed at which control follows strength", "assumption"),
    Parameter("control_fade", 0.004, 0.001, 0.01, "1/day", "loss of control where nobody armed is", "assumption"),
    Parameter("control_need", 0.6, 0.2, 2.0, "1/1,000", "armed people per 1,000 for half control of an open place", "assumption"),
    Parameter("regular_provokes", 0.15, 0.0, 0.4, "share", "how far an attack by regulars is revenged on civilians, against one by people who live among them", "assumption; irregular war draws civilians in, Kalyvas 2006"),
    Parameter("provoked_days", 4.0, 2.0, 10.0, "days", "time in which an attack is revenged", "assumption; Bangui 5 to 7 December 2013"),
    Parameter("provoked_half", 0.15, 0.05, 0.4, "1", "weight of the attackers, relative to the attacked, at which an attack is felt half", "assumption; the raid of 5 December 2013 on Bangui enraged a garrison some five times as strong"),
    Parameter("help_in_time", 0.25, 0.1, 0.75, "days", "journey of help after which an attack is over in about two cases of three", "assumption; attacks on villages last hours"),
    Parameter("passers_seen", 0.7, 0.4, 0.9, "share", "armed people on the move who meet the posts of a force that stands in their way", "assumption"),
    Parameter("air_strikes", 0.3, 0.1, 0.6, "1/day", "chance that a column in the open is struck on a day with hostile aircraft always overhead", "assumption; the column before Benghazi 2011 was halted within a day"),
    Parameter("air_loss", 0.1, 0.03, 0.25, "share", "people of a column lost to such a strike", "assumption"),
    Parameter("air_on_foot", 0.1, 0.0, 0.3, "share", "chance that people on foot are struck, relative to vehicles", "assumption; Bosnia 1993-95: flights alone hardly changed killing on the ground"),
    Parameter("collateral", 0.02, 0.005, 0.06, "1", "civilians killed per fighter lost, where people are dense", "assumption"),
)  # fmt: skip


@kernel
def gather(units: Any, strength_out: Any) -> None:
    """Strength at rest by place and actor."""
    strength_out[:, :] = 0
    for u in range(units.strength.size):
        if units.strength[u] > 0 and units.to[u] < 0:
            strength_out[units.place[u], units.actor[u]] += units.strength[u]


@kernel
def respond(par: Any, roads: Any, actors: Any, guard_out: Any) -> None:
    """Who can be at a place in time: an organisation's people there, less those out on calls, and help on its way.

    Mobile people are shared between their own place and those around it, each by the chance that help comes in time. Whom
    the host does not let go about stay in their camp and help nobody.
    """
    for p in range(guard_out.shape[0]):
        for a in range(guard_out.shape[1]):
            guard_out[p, a] = actors.strength[p, a] * actors.allowed[p, a]
    for a in range(guard_out.shape[1]):
        if actors.mobile[a] <= 0.0 or actors.speed[a] <= 0.0:
            continue
        radius = actors.speed[a] * par.help_in_time
        for p in range(guard_out.shape[0]):
            if actors.strength[p, a] == 0:
                continue
            calls = 1.0
            for slot in range(roads.first[p], roads.first[p + 1]):
                calls += math.exp(-roads.days_vehicle[slot] / radius)
            out = actors.mobile[a] * actors.strength[p, a] * actors.allowed[p, a]
            guard_out[p, a] += out / calls - out
            for slot in range(roads.first[p], roads.first[p + 1]):
                guard_out[roads.to[slot], a] += out * math.exp(-roads.days_vehicle[slot] / radius) / calls


@kernel
def interdict(
    par: Any,
    key: Any,
    day: int,
    stream: int,
    terrain: Any,
    actors: Any,
    units: Any,
    strength_out: Any,
    days_left_out: Any,
    to_out: Any,
    shaken_out: Any,
    killed_out: Any,
) -> None:
    """Aircraft strike hostile columns in the open, and those on the road turn back to where they came from."""
    if not actors.air.any():
        return
    for u in range(units.strength.size):
        if units.strength[u] == 0:
            continue
        b, p = units.actor[u], units.place[u]
        clear = 1.0
        for a in range(actors.intent.size):
            clear *= 1.0 - actors.air[p, a] * actors.hostile[a, b]
        seen = (1.0 - terrain[p]) * (1.0 if units.vehicle[u] == 1 else par.air_on_foot)
        if uniform(key, u, day, stream, 0) >= par.air_strikes * seen * (1.0 - clear):
            continue
        dead = min(whole(key, par.air_loss * units.strength[u], u, day, stream, 1), units.strength[u])
        strength_out[u] -= dead
        killed_out[b] += dead
        shaken_out[u] = 1.0
        if units.to[u] >= 0:
            to_out[u] = p
            days_left_out[u] = 1.0


@kernel
def barred(par: Any, place: int, to: int, actor: int, strength: int, actors: Any) -> float:
    """Chance that a unit on its way out of a place is stopped by those who bar the way at either end."""
    held = 0.0
    for b in range(actors.intent.size):
        if b != actor and actors.bars[b] > 0.0:
            posted = actors.strength[place, b] + actors.strength[to, b]
            held += actors.bars[b] * weight_of(actors.arms[b], actors.cohesion[b], posted)
    if held <= 0.0:
        return 0.0
    return par.passers_seen * held / (held + weight_of(actors.arms[actor], actors.cohesion[actor], strength))


@kernel
def arrive(units: Any, place_out: Any, to_out: Any, days_left_out: Any) -> None:
    """Bring units on the road one day nearer, and in."""
    for u in range(units.strength.size):
        if units.strength[u] > 0 and units.to[u] >= 0:
            days_left_out[u] -= 1.0
            if days_left_out[u] <= 0.0:
                place_out[u] = units.to[u]
                to_out[u] = -1
                days_left_out[u] = 0.0


@kernel
def weight_of(arms: float, cohesion: float, strength: float) -> float:
    """Fighting weight: people, half for being there and the rest for arms and cohesion."""
    return strength * (0.5 + arms) * (0.5 + 0.5 * cohesion)


@kernel(scratch=True)
def clash(
    par: Any,
    key: Any,
    day: int,
    stream: int,
    inside: Any,
    actors: Any,
    lost_out: Any,
    broken_out: Any,
    provoked_out: Any,
    clashes_out: Any,
) -> None:
    """Clashes of the day: losses and breaking by place and actor; who was attacked remembers it."""
    organisations = actors.intent.size
    lost_out[:, :] = 0
    broken_out[:, :] = 0
    here = np.empty(organisations, dtype=np.int64)
    for p in range(inside.size):
        count = 0
        for a in range(organisations):
            provoked_out[p, a] *= 1.0 - 1.0 / par.provoked_days
            if actors.strength[p, a] > 0:
                here[count] = a
                count += 1
        for first in range(count):
            for second in range(first + 1, count):
                a, b = here[first], here[second]
                will = max(actors.hostile[a, b], actors.hostile[b, a])
                if will <= 0.0:
                    continue
                who = (p * organisations + a) * organisations + b
                if uniform(key, who, day, stream, 0) >= par.engagement * will:
                    continue
                ours = weight_of(actors.arms[a], actors.cohesion[a], actors.strength[p, a])
                theirs = weight_of(actors.arms[b], actors.cohesion[b], actors.strength[p, b])
                fear_a = par.break_ratio * (1.0 - par.cohesion_in_break * actors.cohesion[a])
                fear_b = par.break_ratio * (1.0 - par.cohesion_in_break * actors.cohesion[b])
                loss_a = 2.0 * par.clash_loss * actors.strength[p, a] * theirs / (ours + theirs)
                loss_b = 2.0 * par.clash_loss * actors.strength[p, b] * ours / (ours + theirs)
                lost_out[p, a] += whole(key, loss_a, who, day, stream, 1)
                lost_out[p, b] += whole(key, loss_b, who, day, stream, 2)
                if ours / theirs < fear_a:
                    broken_out[p, a] = 1
                if theirs / ours < fear_b:
                    broken_out[p, b] = 1
                by_b = will * (par.regular_provokes + (1.0 - par.regular_provokes) * actors.irregular[b])
                by_a = will * (par.regular_provokes + (1.0 - par.regular_provokes) * actors.irregular[a])
                by_b *= theirs / (theirs + par.provoked_half * ours)  # pinpricks hardly enrage
                by_a *= ours / (ours + par.provoked_half * theirs)
                provoked_out[p, a] += by_b * (1.0 - provoked_out[p, a])
                provoked_out[p, b] += by_a * (1.0 - provoked_out[p, b])
                clashes_out[0] += 1


@kernel
def attrition(
    par: Any,
    key: Any,
    day: int,
    stream: int,
    inside: Any,
    roads: Any,
    actors: Any,
    units: Any,
    strength_out: Any,
    to_out: Any,
    days_left_out: Any,
    shaken_out: Any,
    killed_out: Any,
    deserters_out: Any,
) -> None:
    """Take the day's losses and desertions from units; broken ones run along the road that draws them most."""
    for u in range(units.strength.size):
        if units.strength[u] == 0:
            continue
        a, p = units.actor[u], units.place[u]
        before = units.strength[u]
        shaken_out[u] *= 1.0 - 1.0 / par.shaken_days
        if units.to[u] < 0 and actors.strength[p, a] > 0:
            dead = min(whole(key, actors.lost[p, a] * before / actors.strength[p, a], u, day, stream, 0), before)
            strength_out[u] -= dead
            killed_out[a] += dead
            if actors.broken[p, a] == 1:
                shaken_out[u] = 1.0
                flee_to(par, p, a, roads, actors, units.vehicle[u], inside, u, to_out, days_left_out)
        rate = par.desertion * (1.0 + par.desertion_shaken * max(units.shaken[u], 1.0 - 2.0 * actors.pay[a]))
        rate *= (1.0 - par.cohesion_keeps * actors.cohesion[a]) * (1.0 - actors.outsider[a])
        gone = min(whole(key, strength_out[u] * rate, u, day, stream, 1), strength_out[u])
        strength_out[u] -= gone
        deserters_out[a, p] += gone


@kernel
def flee_to(
    par: Any,
    place: int,
    actor: int,
    roads: Any,
    actors: Any,
    vehicle: int,
    inside: Any,
    unit: int,
    to_out: Any,
    days_left_out: Any,
) -> None:
    """Send a broken unit to the neighbouring place inside where its own side is strongest against its enemies."""
    best = -1.0e300
    for slot in range(roads.first[place], roads.first[place + 1]):
        q = roads.to[slot]
        if inside[q] == 0:
            continue
        worth = actors.control[q, actor] + par.refuge * actors.strength[q, actor]
        for b in range(actors.intent.size):
            worth -= par.refuge * actors.hostile[actor, b] * actors.strength[q, b]
        if worth > best:
            best = worth
            to_out[unit] = q
            days_left_out[unit] = roads.days_vehicle[slot] if vehicle == 1 else roads.days[slot]


@kernel(scratch=True)
def spread_prizes(par: Any, rounds: int, prize: Any, active: Any, roads: Any, pull_out: Any) -> None:
    """Let what leaders want be felt along the roads: pull = max(prize, neighbour's pull x fade^days), so many rounds.

    `active` [actor] says who has anybody in the field; the others' pull is left alone.
    """
    fade = np.empty(roads.to.size)
    for slot in range(roads.to.size):
        fade[slot] = math.pow(par.pull_fade, roads.days_vehicle[slot])
    for a in range(prize.shape[0]):
        if active[a] == 0:
            continue
        pull_out[a, :] = prize[a]
        for _ in range(rounds):
            for p in range(prize.shape[1]):
                for slot in range(roads.first[p], roads.first[p + 1]):
                    pull_out[a, p] = max(pull_out[a, p], pull_out[a, roads.to[slot]] * fade[slot])


@kernel
def march(
    par: Any,
    key: Any,
    day: int,
    stream: int,
    inside: Any,
    roads: Any,
    actors: Any,
    units: Any,
    to_out: Any,
    days_left_out: Any,
) -> None:
    """Roaming units at rest now and then go where their leaders' prizes draw them and the enemy is not too strong."""
    for u in range(units.strength.size):
        if units.strength[u] == 0 or units.to[u] >= 0 or units.roam[u] == 0:
            continue
        if uniform(key, u, day, stream, 0) >= par.march_rate:
            continue
        a, p = units.actor[u], units.place[u]
        taken = -1
        best = draw_of_place(par, actors.prize[a, p], p, p, a, actors)
        best += par.march_noise * gumbel(uniform(key, u, day, stream, 1))
        for slot in range(roads.first[p], roads.first[p + 1]):
            q = roads.to[slot]
            if inside[q] == 0 or roads.open[slot] <= 0.0:
                continue
            days = roads.days_vehicle[slot] if units.vehicle[u] == 1 else roads.days[slot]
            worth = draw_of_place(par, actors.pull[a, q] * math.pow(par.pull_fade, days), q, p, a, actors)
            worth += par.march_noise * gumbel(uniform(key, u, day, stream, 2 + slot - roads.first[p]))
            if worth > best:
                best = worth
                taken = slot
        if taken < 0:
            continue
        stopped = barred(par, p, roads.to[taken], a, units.strength[u], actors) if actors.outsider[a] == 0 else 0.0
        if stopped > 0.0 and uniform(key, u, day, stream, BARRED_DRAW) < stopped:
            continue
        to_out[u] = roads.to[taken]
        days_left_out[u] = roads.days_vehicle[taken] if units.vehicle[u] == 1 else roads.days[taken]


@kernel
def gumbel(coin: float) -> float:
    """Gumbel variate from a uniform one: adding an option leaves the other options' draws alone."""
    return -math.log(-math.log(coin + 1e-12) + 1e-12)


@kernel
def draw_of_place(par: Any, worth: float, place: int, base: int, actor: int, actors: Any) -> float:
    """What a place is worth to a unit, less the enemy's superiority there over those who would come from its base.

    To stay is worth what leaders want the place for; to go there, what they want it for or can reach through it.
    """
    enemy = 0.0
    own = weight_of(
        actors.arms[actor], actors.cohesion[actor], max(actors.strength[place, actor], actors.strength[base, actor])
    )
    for b in range(actors.intent.size):
        if actors.hostile[actor, b] > 0.0:
            enemy += actors.hostile[actor, b] * weight_of(actors.arms[b], actors.cohesion[b], actors.strength[place, b])
    return worth - par.caution * enemy / (enemy + own + 1.0)


@kernel(scratch=True)
def hold(par: Any, inside: Any, people_start: Any, actors: Any, control_out: Any) -> None:
    """Control of a place follows the share of fighting weight; where nobody armed is, it slowly fades.

    Outsiders hold as far as their mandate lets them act.
    """
    holding = np.empty(actors.intent.size)
    for p in range(inside.size):
        total = 0.0
        for a in range(actors.intent.size):
            holding[a] = 0.0
            if actors.strength[p, a] > 0:
                mandate = actors.protects[a] if actors.outsider[a] == 1 else 1.0
                holding[a] = mandate * weight_of(actors.arms[a], actors.cohesion[a], actors.strength[p, a])
            total += holding[a]
        open_ground = par.control_need * people_start[p] / 1000.0 + 1.0
        for a in range(actors.intent.size):
            if total > 0.0:
                share = holding[a] / (total + open_ground)
                control_out[p, a] += par.control_rise * (share - control_out[p, a])
            else:
                control_out[p, a] *= 1.0 - par.control_fade
            control_out[p, a] *= inside[p]
