"""Readable twin of sim.mechanisms.violence. `p` places, `a` actors, `g` (victims') and `c` (crowd's) groups."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.world.world import DEAD, EXTERMINATE, MASS, PERMIT, TRAPPED
from tests.twins.draws import uniform, whole
from tests.twins.sums import exp, in_order


def protect(
    par: Any, inside: Any, urban: Any, terrain: Any, cells: Any, actors: Any, protection_out: Any, menace_out: Any
) -> None:
    """protection = 1 - exp(-patrols x reach / (need x threat)); menace = attackers and crowds per 1,000 of the group.

    Patrols reach less in closed terrain, and less where locals, who do not accept them, tell them nothing.
    """
    people = cells.home + cells.away
    need = (par.need_per_1000 * (1.0 + people.sum(axis=1)) / 1000.0)[:, None]
    reach = (par.response_foot * (par.rural_reach + (1.0 - par.rural_reach) * urban))[:, None]
    reach *= 1.0 - par.terrain_hinders * terrain[:, None]
    harm = actors.target * actors.intent[:, None] * par.harm_per_rung  # [a, g]
    prey = np.where(actors.intent >= 1, par.prey * (1.0 - actors.discipline), 0.0)
    loose = (1.0 - actors.constituency) * prey[:, None]
    strength = actors.strength[:, None, :]  # [p, 1, a], so that sums run over actors
    heard = told(par, actors.legitimacy, actors.isr)
    patrols = in_order(actors.guard[:, None, :] * actors.protects * heard * (1.0 - actors.target).T)
    attackers = in_order(strength * harm.T)
    armed = strength * np.maximum(2.0 * harm, loose).T * (1.0 + actors.provoked[:, None, :])
    crowds = cells.men_active[:, None, :] * cells.rivalry.T
    menaced = in_order(np.concatenate((armed, crowds), axis=2))
    threat = 1.0 + par.threat_per_need * attackers / need
    protection_out[:] = 1.0 - exp(-patrols * reach / (need * threat))
    menace_out[:] = 1000.0 * menaced / (people + par.exposure_half)


def told(par: Any, legitimacy: Any, isr: Any) -> Any:
    return 1.0 - par.unaided * (1.0 - legitimacy) * (1.0 - isr)


def tie_down(par: Any, actors: Any, tied_out: Any) -> None:
    """Enemies and protectors within reach, by will and fighting weight, against the organisation's own weight there."""
    arms, cohesion = 0.5 + actors.arms, 0.5 + 0.5 * actors.cohesion
    protecting = np.where(actors.outsider == 1, actors.protects * told(par, actors.legitimacy, actors.isr), 0.0)
    will = np.maximum(np.maximum(actors.hostile, actors.hostile.T), protecting)  # [a, b]
    np.fill_diagonal(will, 0.0)
    against = in_order(actors.guard[:, None, :] * arms * cohesion * will)
    own = np.where(actors.strength > 0, actors.strength * arms * cohesion, 1.0)
    tied_out[:] = np.where(actors.strength > 0, par.tied_down * against / (against + own), 0.0)


def lethality(par: Any, intent: int, discipline: float, pay: float) -> float:
    """Discipline keeps half of ordered killing back; discipline or pay keep back what is only let happen."""
    rungs = (0.0, par.lethality_permit, par.lethality_repress, par.lethality_mass, par.lethality_exterminate)
    if intent == PERMIT:
        return float(par.lethality_permit * (1.0 - discipline) * (1.0 - pay))
    return float(rungs[max(intent, 0)] * (1.0 - 0.5 * discipline))


def budgets(par: Any, trigger: Any, crowd_actor: Any, cells: Any, actors: Any, budget_out: Any) -> None:
    """killers x lethality, split over those aimed at and in reach: first armed people, then crowds of active men."""
    places, groups = cells.home.shape
    budget_out[:] = 0.0
    for p in range(places):
        people = cells.home[p] + cells.away[p]
        met = in_reach(par, people, cells.trapped[p], cells.stopped[p])
        exposed = (1.0 + par.concentration * (cells.away[p] / (people + 1.0))) * (1.0 - cells.protection[p])
        everyone = float(people.sum())
        others = (people - cells.men[p]) / (people + 1.0)
        for a in np.flatnonzero((actors.strength[p] > 0) & (actors.intent > 0)):
            loose = 1.0 - actors.discipline[a]
            ordered = lethality(par, actors.intent[a], actors.discipline[a], actors.pay[a]) * par.days_of_violence
            reprisal = par.reprisal_weight * par.lethality_mass * actors.provoked[p, a] * loose
            if actors.intent[a] < MASS:
                ordered *= 1.0 - (1.0 - par.held_quiet) * actors.control[p, a]
            budget = (ordered + reprisal) * (par.killer_share * actors.strength[p, a] * (1.0 - actors.tied[p, a]))
            aside = par.indiscriminate * (1.0 - actors.control[p, a]) * loose * (1.0 - actors.constituency[a])
            reach = met * (1.0 - actors.spares[a] * others)
            aim = np.empty(groups)
            mistake(cells.recognised, actors.target[a], reach, aim)
            for each in (aim, np.maximum(aside - actors.target[a], 0.0)):
                share_out(par, budget, everyone, each, reach, exposed, budget_out[p, a])
        giving = (actors.strength[p] > 0) & (actors.intent == EXTERMINATE)  # orders to exterminate
        told_to = actors.control[p][giving][:, None] * actors.constituency[giving]
        called = np.minimum(in_order(np.ascontiguousarray(told_to.T)), 1.0)
        for c in np.flatnonzero(cells.men_active[p] > 0):
            month = 1e4 * cells.killed_month[p, c] / (cells.home[p, c] + cells.away[p, c] + 1.0)
            heat = min(par.crowd_idle + trigger[p] + par.crowd_grief * month / (month + par.grief_half), 1.0)
            riot = par.lethality_crowd * heat
            mob = par.killer_share * cells.men_active[p, c] * (riot + called[c] * (par.lethality_exterminate - riot))
            reach = met * (1.0 - actors.spares[crowd_actor[c]] * others)
            aim = np.empty(groups)
            mistake(cells.recognised, cells.rivalry[c], reach, aim)
            share_out(par, mob, everyone, aim, reach, exposed, budget_out[p, crowd_actor[c]])


def in_reach(par: Any, people: Any, trapped: Any, stopped: Any) -> Any:
    """Numbers or arrays of people; those stopped on the road count more, those in hiding less."""
    return np.maximum(people - par.hiding * trapped, 0.0) + par.captured * stopped


def mistake(recognised: Any, meant: Any, reach: Any, aim_out: Any) -> None:
    """What misses the group that is meant falls on everybody in proportion to who is in reach."""
    everybody = in_order(np.concatenate(([1.0], reach)))
    astray = in_order(meant * (1.0 - recognised) * reach)
    aim_out[:] = np.minimum(meant * recognised + astray / everybody, 1.0)


def share_out(par: Any, budget: float, everyone: float, aim: Any, reach: Any, exposed: Any, budget_out: Any) -> None:
    if aim.max() > 0.0:
        wanted = in_order(aim / aim.max() * reach)
        hard_to_find = par.exposure_half + par.exposure_share * everyone
        budget_out += budget * aim * reach / (wanted + hard_to_find) * exposed


def rivals(par: Any, animosity: Any, rivalry_out: Any) -> None:
    rivalry_out[:] = np.maximum(animosity - par.rival_from, 0.0) / (1.0 - par.rival_from)


def poisson(key: Any, mean: float, who: int, day: int, stream: int) -> int:
    """How many uniform numbers can be multiplied before the product falls to exp(-mean), less one (Knuth)."""
    limit, product, drawn = math.exp(-min(mean, 50.0)), 1.0, 0
    while True:
        product *= uniform(key, who, day, stream, drawn)
        if product <= limit:
            return drawn
        drawn += 1


def report(
    par: Any, key: Any, who: int, day: int, stream: int, draw: int, access: float, deaths: int
) -> tuple[int, int]:
    """Each death is a chance to be seen; what is seen is told with an error of number and of date."""
    seen, counted, dated = (uniform(key, who, day, stream, draw + n) for n in range(3))
    if seen < math.pow(1.0 - par.detect_rate * access, float(deaths)):
        return 0, day
    share = par.count_low + (par.count_high - par.count_low) * counted
    return max(int(deaths * share + 0.5), 1), day + int(par.date_error_days * dated)


def strike(
    par: Any,
    key: Any,
    day: int,
    streams: Any,
    budget: Any,
    cumulative: Any,
    cut_mean: Any,
    access: Any,
    crowd_actor: Any,
    cells: Any,
    actors: Any,
    ledger: Any,
    killed_today_out: Any,
    men_killed_today_out: Any,
) -> None:
    """As many incidents as give the budget on average, each cut off by the killers' capacity and by who is left."""
    _, organisations, groups = budget.shape
    for p, a, g in zip(*np.nonzero(budget > 0.0), strict=True):
        armed = actors.strength[p, a] + crowd_men(cells.men_active, crowd_actor, p, a)
        men = int(cells.men[p, g] - men_killed_today_out[p, g])
        others = int(cells.home[p, g] + cells.away[p, g] - killed_today_out[p, g]) - men
        others *= actors.spares[a] < 1.0
        most = min(int(2.0 * par.killer_share * armed) + 1, cumulative.size, men + others)
        if armed == 0 or most <= 0:
            continue
        who = int((p * organisations + a) * groups + g)
        for n in range(poisson(key, float(budget[p, a, g] / cut_mean[most - 1]), who, day, streams[0])):
            drawn = int((cumulative <= uniform(key, who, day, streams[1], n)).sum()) + 1
            size = min(drawn, most, men + others)
            if size <= 0:
                break
            of_them = men_among(size, men, others, actors.spares[a], uniform(key, who, day, streams[3], n))
            men, others = men - of_them, others - (size - of_them)
            told, when = report(par, key, who, day, streams[2], 3 * n, access[p], size)
            enter(ledger, day, p, a, g, size, of_them, told, when, 0)
            killed_today_out[p, g] += size
            men_killed_today_out[p, g] += of_them
            actors.victims[a, g] += size


def men_among(size: int, men: int, others: int, spares: float, coin: float) -> int:
    """Men and others are hit by their numbers, others less by what they are spared; nobody is hit twice."""
    weight = men + (1.0 - spares) * others
    drawn = int(size * men / weight + coin) if weight > 0 else 0
    return max(min(drawn, men, size), size - others)


def crossfire(
    par: Any,
    rate: float,
    key: Any,
    day: int,
    streams: Any,
    access: Any,
    cells: Any,
    actors: Any,
    ledger: Any,
    killed_today_out: Any,
    men_killed_today_out: Any,
) -> None:
    """Where fighters fell, civilians of each group die in proportion to its people and to how dense the place is."""
    people = cells.home + cells.away
    apart = actors.budget.size  # addresses after those of `strike`
    for p, g in np.ndindex(people.shape):
        lost = actors.lost[p].sum()
        if lost == 0:
            continue
        who = apart + p * people.shape[1] + g
        expected = rate * lost * people[p, g] / (people[p].sum() + par.collateral_half)
        size = min(whole(key, float(expected), who, day, streams[1], 0), int(people[p, g] - killed_today_out[p, g]))
        if size > 0:
            larger = int(np.argmax(actors.strength[p]))
            men = int(cells.men[p, g] - men_killed_today_out[p, g])
            others = int(people[p, g] - killed_today_out[p, g]) - men
            of_them = men_among(size, men, others, 0.0, uniform(key, who, day, streams[3], 0))
            told, when = report(par, key, who, day, streams[2], 0, access[p], size)
            enter(ledger, day, p, larger, g, size, of_them, told, when, 1)
            killed_today_out[p, g] += size
            men_killed_today_out[p, g] += of_them
            actors.victims[larger, g] += size


def crowd_men(men_active: Any, crowd_actor: Any, place: int, actor: int) -> int:
    return int(men_active[place, crowd_actor == actor].sum())


def enter(
    ledger: Any,
    day: int,
    place: int,
    actor: int,
    group: int,
    deaths: int,
    men: int,
    told: int,
    when: int,
    collateral: int,
) -> None:
    """The next free line; a full ledger only counts."""
    n = int(ledger.count[0])
    ledger.count[0] += 1
    if n < ledger.day.size:
        line = (day, place, actor, group, deaths, men, told, when, collateral)
        names = ("day", "place", "actor", "group", "deaths", "men", "reported", "reported_day", "collateral")
        for name, value in zip(names, line, strict=True):
            getattr(ledger, name)[n] = value


def share_losses(people: int, dying: int, rest: int, alive: int) -> tuple[int, int]:
    """Every person adds `dying` to the rest; whoever fills it up to `alive` dies."""
    return divmod(rest + people * dying, alive)


def lay_down(
    row: int,
    place: int,
    group: int,
    dead: int,
    of_them: int,
    at_home: bool,
    people_out: Any,
    men_out: Any,
    status_out: Any,
    active_out: Any,
    home_out: Any,
    away_out: Any,
    trapped_out: Any,
    all_men_out: Any,
    men_active_out: Any,
) -> None:
    """The counts of the cell lose what the row loses; a row without people is dead."""
    left = int(people_out[row]) - dead
    (home_out if at_home else away_out)[place, group] -= dead
    all_men_out[place, group] -= of_them
    if at_home and status_out[row] == TRAPPED:
        trapped_out[place, group] -= dead
    if at_home and active_out[row]:
        men_active_out[place, group] -= of_them
    people_out[row] = left
    men_out[row] -= of_them
    if left == 0:
        status_out[row], active_out[row] = DEAD, 0
