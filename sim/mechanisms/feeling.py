"""Feeling: speech becomes hostility, nearby killing becomes fear. Hatred is slow and does not set the day; fear is fast.

hostility a: da = speech (1-a) + victims (1-a) + mixing (talk-a) - cooling (1 + k contact) (a - a0), with talk the mean
             of the own place and, in part, of the places around
fear f:      df = k (1-f) [g(local) + near g(near) + media g(national) + rumour + menace] - (fade + calm protection) f
with g(v) = v / (v + v_half) and v the violent deaths per 10,000 of the own group.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.ground.kernel import kernel
from sim.ground.parameters import Parameter, declare

F32 = np.float32
U64 = np.uint64

Feeling = declare(
    "Feeling", __name__,
    Parameter("speech_rate", 0.006, 0.002, 0.02, "1/day", "hostility gained under full incitement", "assumption; order of Yanagizawa-Drott 2014 QJE 129(4): radio carried about a tenth"),
    Parameter("victim_rate", 0.03, 0.01, 0.05, "1/day", "hostility gained while many of the own group die", "assumption; Fjelde & Hultman 2014 on collective targeting"),
    Parameter("victim_half", 3.0, 1.0, 10.0, "1/10,000", "deaths in 30 days at which that gain is half", "assumption"),
    Parameter("mixing_rate", 0.02, 0.01, 0.05, "1/day", "pull toward the neighbours' mean hostility", "assumption"),
    Parameter("talk_of_near", 0.2, 0.05, 0.4, "share", "part of what people hear from each other that comes from the places around", "assumption; speech travels beyond the reach of a station: Yanagizawa-Drott 2014"),
    Parameter("cooling_rate", 0.005, 0.003, 0.01, "1/day", "return to the old level", "assumption"),
    Parameter("contact_cooling", 1.0, 0.0, 2.0, "1", "how much contact speeds the return", "assumption; Varshney 2001 on inter-ethnic associations"),
    Parameter("baseline_hostility", 0.15, 0.05, 0.25, "share", "hostility before the crisis where relations are at their worst", "assumption"),
    Parameter("fear_rate", 0.45, 0.3, 0.6, "share", "rise of fear, of what is left to rise, on news of many killed", "assumption; half-life of fear 7-23 days fixes its order"),
    Parameter("fear_half", 5.0, 3.0, 8.0, "1/10,000", "deaths per 10,000 in such news at which the rise is half", "assumption"),
    Parameter("near_weight", 0.5, 0.3, 0.7, "1", "weight of deaths in neighbouring places", "assumption"),
    Parameter("media_weight", 0.4, 0.2, 0.6, "1", "weight of deaths in the whole theatre where media reach", "assumption"),
    Parameter("rumour_weight", 0.02, 0.0, 0.05, "1/day", "fear from incitement and rumour alone", "assumption"),
    Parameter("menace_weight", 0.06, 0.02, 0.15, "1/day", "fear from armed people who prey on the group, without killing", "assumption; flight ahead of armed columns, Ball 2002"),
    Parameter("menace_half", 3.0, 1.0, 8.0, "1/1,000", "armed people per 1,000 at which that fear is half", "assumption"),
    Parameter("hunted", 3.0, 1.0, 5.0, "1", "how much more that is for a group of whom many were killed in the last month", "assumption; derived: where killers are all around, fear has to pass the threshold of nine in ten; Serb-held Bosnia lost nearly all others in 1992-95; form: collective targeting makes whole groups leave, Steele 2009 JPR 46(3)"),
    Parameter("fear_fade", 0.06, 0.03, 0.1, "1/day", "loss of fear (half-life 7-23 days)", "assumption"),
    Parameter("calm_by_protection", 0.05, 0.0, 0.1, "1/day", "further loss of fear under full protection", "assumption"),
    Parameter("speech_fade", 0.05, 0.02, 0.1, "1/day", "speed at which speech follows what leaders and media say", "assumption"),
)  # fmt: skip


@kernel(scratch=True)
def drives(
    par: Any,
    inside: Any,
    media: Any,
    cells: Any,
    roads: Any,
    killed_rate: Any,
    hostility_push_out: Any,
    fear_push_out: Any,
    fear_fade_out: Any,
) -> None:
    """Daily drives of hostility and fear for every place and group.

    `media` [place] is the reach of media; `killed_rate` [group] the theatre's deaths per 10,000 and day.
    """
    places, groups = cells.home.shape
    local = np.empty((places, groups))
    for p in range(places):
        for g in range(groups):
            local[p, g] = 1e4 * cells.killed_today[p, g] / (cells.home[p, g] + cells.away[p, g] + 1.0)
    near, hunted = np.empty(groups), np.empty(groups)
    for g in range(groups):
        killed, everyone = 0.0, 1.0
        for p in range(places):
            killed += cells.killed_month[p, g]
            everyone += cells.home[p, g] + cells.away[p, g]
        month = 1e4 * killed / everyone
        hunted[g] = 1.0 + par.hunted * month / (month + par.victim_half)
    for p in range(places):
        near[:] = 0.0
        for slot in range(roads.first[p], roads.first[p + 1]):
            for g in range(groups):
                near[g] = max(near[g], local[roads.to[slot], g] / (1.0 + roads.days[slot]))
        for g in range(groups):
            people = cells.home[p, g] + cells.away[p, g] + 1.0
            national = killed_rate[g]
            menace = cells.menace[p, g]
            shock = (
                local[p, g] / (local[p, g] + par.fear_half)
                + par.near_weight * near[g] / (near[g] + par.fear_half)
                + par.media_weight * media[p] * national / (national + par.fear_half)
                + par.rumour_weight * cells.speech[p, g]
                + par.menace_weight * hunted[g] * menace / (menace + par.menace_half)
            )
            month = 1e4 * cells.killed_month[p, g] / people
            push = par.speech_rate * cells.speech[p, g] + par.victim_rate * month / (month + par.victim_half)
            hostility_push_out[p, g] = F32(push * inside[p])
            fear_push_out[p, g] = F32(min(par.fear_rate * shock, 1.0) * inside[p])
            fear_fade_out[p, g] = F32(par.fear_fade + par.calm_by_protection * cells.protection[p, g])


@kernel
def talk(par: Any, inside: Any, roads: Any, mean: Any, talk_out: Any) -> None:
    """Hostility that people hear of [place, group]: their own place's mean, and in part that of the places around."""
    for p in range(talk_out.shape[0]):
        for g in range(talk_out.shape[1]):
            near = 0.0
            weight = 0.0
            for slot in range(roads.first[p], roads.first[p + 1]):
                close = inside[roads.to[slot]] / (1.0 + roads.days[slot])
                near += close * mean[roads.to[slot], g]
                weight += close
            talk_out[p, g] = mean[p, g]
            if weight > 0.0:
                talk_out[p, g] += par.talk_of_near * (near / weight - mean[p, g])


@kernel
def feel(
    first_row: int,
    end_row: int,
    place: Any,
    susceptibility: Any,
    home: Any,
    push: Any,
    mixing: Any,
    mean: Any,
    cooling: Any,
    base: Any,
    fear_push: Any,
    fear_fade: Any,
    hostility_out: Any,
    fear_out: Any,
) -> None:
    """One day of feeling for the rows from first_row up to end_row that are at home; all scalars are float32.

    The columns come whole: a slice of each for a dozen rows costs more than the rows. Row numbers are unsigned, since
    signed ones, which may count from the end, keep the loop from being vectorised.
    """
    one = F32(1.0)
    nought = F32(0.0)
    unit = F32(0.0078125)
    for i in range(U64(first_row), U64(end_row)):
        a = hostility_out[i]
        f = fear_out[i]
        rise = push * (F32(susceptibility[i]) * unit)
        moved = a + rise * (one - a) + mixing * (mean - a) - cooling * (a - base)
        moved = min(max(moved, nought), one)
        felt = f + fear_push * (one - f) - fear_fade * f
        felt = min(max(felt, nought), one)
        here = place[i] == home
        hostility_out[i] = moved if here else a
        fear_out[i] = felt if here else f


@kernel
def mean_hostility(place: Any, people: Any, home: Any, hostility: Any, before: float) -> float:
    """People-weighted mean hostility of the rows at home; `before` if nobody is."""
    total = 0.0
    count = 0.0
    for i in range(place.size):
        if place[i] == home:
            total += float(hostility[i]) * people[i]
            count += people[i]
    return total / count if count > 0.0 else before
