"""Readable twin of sim.mechanisms.forces. `p`, `q` places, `a`, `b` actors, `u` units, slots of roads."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np

from tests.twins.draws import uniform, whole
from tests.twins.sums import ends, exp, in_order, power


def gather(units: Any, strength_out: Any) -> None:
    resting = units.to < 0
    strength_out[:] = 0
    np.add.at(strength_out, (units.place[resting], units.actor[resting]), units.strength[resting])


def respond(par: Any, roads: Any, actors: Any, guard_out: Any) -> None:
    """Mobile people are divided among their own place (weight 1) and its neighbours (weight: help comes in time)."""
    guard_out[:] = actors.strength * actors.allowed
    here, to = ends(roads.first), roads.to
    for a in np.flatnonzero((actors.mobile > 0.0) & (actors.speed > 0.0)):
        in_time = exp(-roads.days_vehicle / (actors.speed[a] * par.help_in_time)) if to.size else np.zeros(0)
        for p in np.flatnonzero(actors.strength[:, a]):
            calls = in_order(np.concatenate(([1.0], in_time[here == p])))
            out = actors.mobile[a] * actors.strength[p, a] * actors.allowed[p, a]
            guard_out[p, a] += out / calls - out
            for slot in np.flatnonzero(here == p):
                guard_out[to[slot], a] += out * in_time[slot] / calls


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
    """Each column may be struck once a day: the more aircraft overhead, the more open the ground, the surer."""
    if not actors.air.any():
        return
    for u in np.flatnonzero(units.strength > 0):
        b, p = units.actor[u], units.place[u]
        clear = float(np.multiply.accumulate(np.concatenate(([1.0], 1.0 - actors.air[p] * actors.hostile[:, b])))[-1])
        seen = (1.0 - terrain[p]) * (1.0 if units.vehicle[u] else par.air_on_foot)
        if uniform(key, u, day, stream, 0) < par.air_strikes * seen * (1.0 - clear):
            dead = min(whole(key, par.air_loss * units.strength[u], u, day, stream, 1), int(units.strength[u]))
            strength_out[u] -= dead
            killed_out[b] += dead
            shaken_out[u] = 1.0
            if units.to[u] >= 0:
                to_out[u], days_left_out[u] = p, 1.0


def barred(par: Any, place: int, to: int, actor: int, strength: int, actors: Any) -> float:
    """Share of those who bar the way in the fighting weight that meets, as far as they see who passes."""
    posted = actors.strength[place] + actors.strength[to]
    weight = actors.bars * weight_of(actors.arms, actors.cohesion, posted)
    weight[actor] = 0.0
    held = float(in_order(weight))
    own = weight_of(actors.arms[actor], actors.cohesion[actor], strength)
    return par.passers_seen * held / (held + own) if held > 0.0 else 0.0


def arrive(units: Any, place_out: Any, to_out: Any, days_left_out: Any) -> None:
    marching = (units.strength > 0) & (units.to >= 0)
    days_left_out[marching] -= 1.0
    there = marching & (days_left_out <= 0.0)
    place_out[there] = units.to[there]
    to_out[there], days_left_out[there] = -1, 0.0


def weight_of(arms: Any, cohesion: Any, strength: Any) -> Any:
    """People x (1/2 + arms) x (1 + cohesion) / 2; numbers or arrays."""
    return strength * (0.5 + arms) * (0.5 + 0.5 * cohesion)


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
    """Each pair that is in one place and hostile may fight: losses in proportion to the other's weight."""
    organisations = actors.intent.size
    weight = weight_of(actors.arms, actors.cohesion, actors.strength)  # [p, a]
    breaks_below = par.break_ratio * (1.0 - par.cohesion_in_break * actors.cohesion)
    lost_out[:] = 0
    broken_out[:] = 0
    provoked_out *= 1.0 - 1.0 / par.provoked_days
    for p in range(inside.size):
        for a, b in combinations(np.flatnonzero(actors.strength[p]), 2):
            will = max(actors.hostile[a, b], actors.hostile[b, a])
            who = (p * organisations + a) * organisations + b
            if uniform(key, who, day, stream, 0) >= par.engagement * will:
                continue
            clashes_out[0] += 1
            for draw, (one, other) in enumerate(((a, b), (b, a)), start=1):
                both = weight[p, a] + weight[p, b]
                loss = 2.0 * par.clash_loss * actors.strength[p, one] * weight[p, other] / both
                lost_out[p, one] += whole(key, float(loss), who, day, stream, draw)
                if weight[p, one] / weight[p, other] < breaks_below[one]:
                    broken_out[p, one] = 1
                by = par.regular_provokes + (1.0 - par.regular_provokes) * actors.irregular[other]
                felt = weight[p, other] / (weight[p, other] + par.provoked_half * weight[p, one])
                provoked_out[p, one] += will * by * felt * (1.0 - provoked_out[p, one])


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
    """Units bear the losses of their side in proportion; the unpaid and the shaken desert, outsiders do not."""
    for u in np.flatnonzero(units.strength):
        a, p, before = units.actor[u], units.place[u], units.strength[u]
        shaken_out[u] *= 1.0 - 1.0 / par.shaken_days
        if units.to[u] < 0 and actors.strength[p, a] > 0:
            dead = min(whole(key, float(actors.lost[p, a] * before / actors.strength[p, a]), u, day, stream, 0), before)
            strength_out[u] -= dead
            killed_out[a] += dead
            if actors.broken[p, a]:
                shaken_out[u] = 1.0
                flee_to(par, p, a, roads, actors, units.vehicle[u], inside, u, to_out, days_left_out)
        strain = 1.0 + par.desertion_shaken * max(shaken_out[u], 1.0 - 2.0 * actors.pay[a])
        rate = par.desertion * strain * ((1.0 - par.cohesion_keeps * actors.cohesion[a]) * (1.0 - actors.outsider[a]))
        gone = min(whole(key, float(strength_out[u] * rate), u, day, stream, 1), strength_out[u])
        strength_out[u] -= gone
        deserters_out[a, p] += gone


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
    """The best neighbour inside: what the own side holds and has there, less its enemies; no neighbour, no flight."""
    slots = [slot for slot in range(roads.first[place], roads.first[place + 1]) if inside[roads.to[slot]]]
    if slots:
        q = roads.to[slots]
        own = actors.control[q, actor] + par.refuge * actors.strength[q, actor]
        worth = in_order(np.column_stack([own, -(par.refuge * actors.hostile[actor] * actors.strength[q])]))
        best = slots[int(np.argmax(worth))]
        to_out[unit] = roads.to[best]
        days_left_out[unit] = (roads.days_vehicle if vehicle else roads.days)[best]


def spread_prizes(par: Any, rounds: int, prize: Any, active: Any, roads: Any, pull_out: Any) -> None:
    """A prize is felt along the roads and fades with the days; places are visited in order, and again."""
    fade = power(par.pull_fade, roads.days_vehicle) if roads.to.size else np.zeros(0)
    fielded = active != 0
    pull_out[fielded] = prize[fielded]
    for _ in range(rounds):
        for here, to, by in zip(ends(roads.first), roads.to, fade, strict=True):
            pull_out[fielded, here] = np.maximum(pull_out[fielded, here], pull_out[fielded, to] * by)


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
    """A unit that considers moving compares the place it is in with each open road, with a little scatter."""
    for u in np.flatnonzero((units.strength > 0) & (units.to < 0) & (units.roam != 0)):
        if uniform(key, u, day, stream, 0) >= par.march_rate:
            continue
        a, p = units.actor[u], units.place[u]
        stay = draw_of_place(par, actors.prize[a, p], p, p, a, actors)
        worth = {-1: stay + par.march_noise * gumbel(uniform(key, u, day, stream, 1))}
        for n, slot in enumerate(range(roads.first[p], roads.first[p + 1])):
            if inside[roads.to[slot]] and roads.open[slot] > 0.0:
                scatter = gumbel(uniform(key, u, day, stream, 2 + n))
                days = (roads.days_vehicle if units.vehicle[u] else roads.days)[slot]
                felt = actors.pull[a, roads.to[slot]] * math.pow(par.pull_fade, days)
                worth[slot] = draw_of_place(par, felt, roads.to[slot], p, a, actors) + par.march_noise * scatter
        best = max(worth, key=worth.__getitem__)
        stopped = 0.0
        if best >= 0 and not actors.outsider[a]:
            stopped = barred(par, p, roads.to[best], a, units.strength[u], actors)
        if best >= 0 and not (stopped > 0.0 and uniform(key, u, day, stream, 1 << 16) < stopped):
            to_out[u] = roads.to[best]
            days_left_out[u] = (roads.days_vehicle if units.vehicle[u] else roads.days)[best]


def gumbel(coin: float) -> float:
    return -math.log(-math.log(coin + 1e-12) + 1e-12)


def draw_of_place(par: Any, worth: float, place: int, base: int, actor: int, actors: Any) -> float:
    """Worth less caution x share of the enemy in the fighting weight that would meet there."""
    own = weight_of(
        actors.arms[actor], actors.cohesion[actor], max(actors.strength[place, actor], actors.strength[base, actor])
    )
    enemy = in_order(actors.hostile[actor] * weight_of(actors.arms, actors.cohesion, actors.strength[place]))
    return float(worth - par.caution * enemy / (enemy + own + 1.0))


def hold(par: Any, inside: Any, people_start: Any, actors: Any, control_out: Any) -> None:
    """Control follows the share of weight, where open ground (people to be held) counts as another side."""
    weight = weight_of(actors.arms, actors.cohesion, actors.strength)
    weight = np.where(actors.outsider == 1, weight * actors.protects, weight)
    total = in_order(weight)[:, None]
    open_ground = (par.control_need * people_start / 1000.0 + 1.0)[:, None]
    risen = control_out + par.control_rise * (weight / (total + open_ground) - control_out)
    faded = control_out * (1.0 - par.control_fade)
    control_out[:] = np.where(total > 0.0, risen, faded) * inside[:, None]
