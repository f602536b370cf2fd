"""Violence against civilians: a daily budget by place, perpetrator and victims' group, split into incidents.

budget = killers at large x lethality(intent) x exposure x (1 - protection); it is split into incidents with heavy-tailed
sizes, cut off by capacity and by the people in reach. Killers are at large as far as no enemy or protector ties them
down. Exposure rises with unguarded concentration and is used up as people die, flee or hide; with fatigue and the fading
trigger this makes killing front-loaded. No instrument writes here.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.ground.draw import uniform, whole
from sim.ground.kernel import kernel
from sim.ground.parameters import Parameter, declare
from sim.mechanisms.forces import weight_of
from sim.world.world import DEAD, EXTERMINATE, MASS, PERMIT, REPRESS, RESTRAIN, TRAPPED

MOST_INCIDENTS = 50  # expected incidents a day of one perpetrator, group and place at most: exp(-mean) stays exact

Violence = declare(
    "Violence", __name__,
    Parameter("killer_share", 0.15, 0.1, 0.2, "share", "part of the armed or active who kill on a day of violence", "10-20 % of the active do the killing: Straus 2006; order of magnitude", "memory"),
    Parameter("days_of_violence", 0.35, 0.1, 0.6, "share", "days on which armed people who are not freshly attacked act against civilians", "assumption"),
    Parameter("lethality_permit", 0.006, 0.002, 0.015, "1/day", "deaths a killer-day while leaders let undisciplined and unpaid people prey", "assumption; derived: Central African Republic April to August 2013, 421 one-sided deaths (UCDP) by some 17,000 men, half of the deaths reported"),
    Parameter("lethality_repress", 0.0015, 0.0005, 0.005, "1/day", "deaths a killer-day in selective repression", "assumption; derived: Burundi 2015-16, over 560 executions in 16 months by some 45,000 men, and Syria March to August 2011, 2,200 dead by some 200,000"),
    Parameter("lethality_mass", 0.06, 0.03, 0.15, "1/day", "deaths a killer-day in mass violence that expels", "assumption; between riots .03-.1 and extermination"),
    Parameter("lethality_exterminate", 0.7, 0.5, 1.0, "1/day", "deaths a killer-day in extermination", "assumption; Rwanda 1994: about 17,000 a day in the first two weeks over some 10-20 % of 200,000 perpetrators"),
    Parameter("lethality_crowd", 0.05, 0.03, 0.1, "1/day", "deaths a killer-day in riots", "assumption; derived from Kyrgyzstan 2010 and Kenya 2007-08"),
    Parameter("reprisal_weight", 3.0, 1.0, 7.0, "1", "lethality of reprisals for a fresh attack, relative to mass violence, by undisciplined people whom leaders let prey", "assumption; derived: Bangui 5 to 7 December 2013, some 1,000 dead by some 5,000 men would be 7; form: Wood 2010, Fjelde & Hultman 2014"),
    Parameter("indiscriminate", 0.3, 0.1, 0.6, "share", "violence against those not targeted where control is lost", "Kalyvas 2006 for the form; size is an assumption"),
    Parameter("exposure_half", 600.0, 200.0, 2000.0, "people", "people of the group at which half the reach of killers is met", "assumption"),
    Parameter("exposure_share", 0.03, 0.01, 0.1, "share", "share of the people in a place that those aimed at are, at which half the reach of killers is met", "assumption; killing falls off as those aimed at are gone: Verwimp 2003 for Kibuye 1994"),
    Parameter("held_quiet", 0.1, 0.02, 0.3, "share", "killing below mass violence that goes on where the organisation is in full control", "assumption; full control makes violence needless: Kalyvas 2006"),
    Parameter("collateral_half", 3000.0, 1000.0, 10000.0, "people", "people in a place at which half of the crossfire meets somebody", "assumption"),
    Parameter("hiding", 0.7, 0.4, 0.9, "share", "how far trapped people are out of reach", "assumption"),
    Parameter("concentration", 0.6, 0.2, 1.5, "1", "how much more of those aimed at are killed a killer-day where all of them are displaced people gathered without guards", "assumption; Kibuye 1994: congregating lowered survival"),
    Parameter("captured", 1.0, 0.3, 3.0, "1", "extra exposure of people just turned back at a checkpoint", "assumption; Rwanda 1994 roadblocks, Straus 2006"),
    Parameter("crowd_idle", 0.1, 0.02, 0.3, "share", "lethality of a crowd without fresh grief or trigger", "assumption; riots flare on triggers, Horowitz 2001"),
    Parameter("rival_from", 0.35, 0.25, 0.5, "share", "animosity above which the men of a group turn on another", "assumption; as organisations do (target_from)"),
    Parameter("crowd_grief", 0.2, 0.1, 0.4, "share", "the same of a crowd in grief, when nothing fresh has triggered it", "assumption; derived: anti-Balaka January 2014, some 500 reported deaths by 10,000 to 20,000 men are a fifth of a riot's rate"),
    Parameter("grief_half", 5.0, 2.0, 15.0, "1/10,000", "own deaths here in a month at which grief is half of that", "assumption"),
    Parameter("prey", 0.25, 0.1, 0.5, "share", "undisciplined armed people who prey on others than their own", "assumption"),
    Parameter("harm_per_rung", 0.25, 0.25, 0.25, "1", "harm of a rung of the ladder, as share of the highest", "model definition: four rungs above restraint", "derived"),
    Parameter("need_per_1000", 20.0, 10.0, 25.0, "1/1,000", "protectors per 1,000 people who secure them", "Quinlivan 1995 Parameters", "seen"),
    Parameter("tied_down", 0.8, 0.4, 1.0, "share", "people who cannot spread out to kill where those who oppose them are far stronger", "assumption; contested places see less violence against civilians: Kalyvas 2006; troops between the sides: Fjelde, Hultman & Nilsson 2019"),
    Parameter("response_foot", 1.2, 0.6, 2.0, "1", "reach of a foot patrol in a town, relative to need", "assumption; radius, speed and response time"),
    Parameter("terrain_hinders", 0.4, 0.2, 0.6, "share", "reach that closed terrain takes away", "assumption"),
    Parameter("unaided", 0.5, 0.2, 0.8, "share", "reach lost by protectors whom locals do not accept, so that nobody warns them", "assumption; accuracy comes from locals: Bennett 2008"),
    Parameter("rural_reach", 0.35, 0.15, 0.6, "share", "the same outside towns", "assumption"),
    Parameter("threat_per_need", 1.0, 0.5, 2.0, "1", "how armed attackers raise the need, per protector needed", "assumption"),
    Parameter("detect_rate", 0.25, 0.1, 0.4, "share", "chance that a single death in a fully open place is reported", "assumption; Weidmann 2015 on reporting"),
    Parameter("count_low", 0.6, 0.4, 0.9, "share", "least share of an incident's deaths that a report gives", "assumption"),
    Parameter("count_high", 1.1, 1.0, 1.3, "share", "largest share of an incident's deaths that a report gives", "assumption"),
    Parameter("date_error_days", 4.0, 0.0, 10.0, "days", "largest delay of the reported date", "assumption"),
    Parameter("body_exponent", 1.7, 1.5, 1.9, "1", "size exponent of incidents below the knee", "UCDP one-sided events 2025, computed: 1.64 from 10, 1.89 from 2", "data"),
    Parameter("tail_exponent", 2.2, 2.0, 2.4, "1", "size exponent of incidents above the knee", "UCDP one-sided events 2025, computed: 2.2 from 20, 2.0 from 50", "data"),
    Parameter("knee", 20.0, 20.0, 20.0, "deaths", "size at which the exponent changes", "UCDP one-sided events 2025, computed", "data"),
    Parameter("size_at_most", 1000.0, 300.0, 3000.0, "deaths", "largest incident", "assumption; truncated by capacity and exposure"),
)  # fmt: skip


def size_tables(par: Any) -> tuple[Any, Any]:
    """(cumulative chance, mean when cut off) of incident sizes 1..n, two float64 arrays of n = size_at_most.

    A broken power law (exponents and knee from `par`); the second array's entry c is the mean of min(size, c + 1).
    """
    size = np.arange(1, int(par.size_at_most) + 1, dtype=np.float64)
    weight = np.where(
        size <= par.knee,
        size**-par.body_exponent,
        par.knee ** (par.tail_exponent - par.body_exponent) * size**-par.tail_exponent,
    )
    chance = weight / weight.sum()
    cumulative = np.cumsum(chance)
    cut_mean = np.cumsum(np.concatenate(([1.0], 1.0 - cumulative[:-1])))
    return cumulative, cut_mean


@kernel(scratch=True)
def protect(
    par: Any, inside: Any, urban: Any, terrain: Any, cells: Any, actors: Any, protection_out: Any, menace_out: Any
) -> None:
    """Protection and menace of each group in each place, from the armed people who are there, and near enough to help.

    protection = 1 - exp(-patrols x response / (need x threat)); a protector does not guard a group that it targets.
    menace = armed people and crowds who prey on the group or harm it, per 1,000 of the group.
    """
    groups = cells.home.shape[1]
    home, away, strength, target = cells.home, cells.away, actors.strength, actors.target
    men_active, rivalry = cells.men_active, cells.rivalry
    intent, protects, discipline = actors.intent, actors.protects, actors.discipline
    constituency, provoked, legitimacy = actors.constituency, actors.provoked, actors.legitimacy
    guard, isr = actors.guard, actors.isr
    patrols = np.zeros(groups)
    attackers = np.zeros(groups)
    for p in range(inside.size):
        everyone = 1.0
        for g in range(groups):
            everyone += home[p, g] + away[p, g]
        need = par.need_per_1000 * everyone / 1000.0
        reach = par.response_foot * (par.rural_reach + (1.0 - par.rural_reach) * urban[p])
        reach *= 1.0 - par.terrain_hinders * terrain[p]
        patrols[:] = 0.0
        attackers[:] = 0.0
        menace_out[p, :] = 0.0
        for a in range(intent.size):
            if strength[p, a] == 0 and guard[p, a] <= 0.0:
                continue
            prey = par.prey * (1.0 - discipline[a]) if intent[a] >= 1 else 0.0
            for g in range(groups):
                harm = target[a, g] * intent[a] * par.harm_per_rung
                loose = (1.0 - constituency[a, g]) * prey
                menace_out[p, g] += strength[p, a] * max(2.0 * harm, loose) * (1.0 + provoked[p, a])
                patrols[g] += guard[p, a] * protects[a] * told(par, legitimacy[a], isr[a]) * (1.0 - target[a, g])
                attackers[g] += strength[p, a] * harm
        for c in range(groups):
            for g in range(groups):
                menace_out[p, g] += men_active[p, c] * rivalry[c, g]
        for g in range(groups):
            threat = 1.0 + par.threat_per_need * attackers[g] / need
            reached = patrols[g] * reach / (need * threat)
            protection_out[p, g] = 1.0 - math.exp(-reached) if reached > 0.0 else 0.0
            menace_out[p, g] = 1000.0 * menace_out[p, g] / (home[p, g] + away[p, g] + par.exposure_half)


@kernel
def told(par: Any, legitimacy: float, isr: float) -> float:
    """How much of what happens around them protectors learn: locals tell those whom they accept."""
    return 1.0 - par.unaided * (1.0 - legitimacy) * (1.0 - isr)


@kernel
def tie_down(par: Any, actors: Any, tied_out: Any) -> None:
    """Share of an organisation's people in a place who cannot leave their posts, for enemies or protectors are near.

    A contest of fighting weights: tied = tied_down x theirs / (theirs + own). Who has armed opponents beside it must keep
    together and cannot spread out to kill; outsiders count as far as they protect civilians and know what goes on.
    """
    organisations = actors.intent.size
    for p in range(tied_out.shape[0]):
        for a in range(organisations):
            tied_out[p, a] = 0.0
            if actors.strength[p, a] == 0:
                continue
            against = 0.0
            for b in range(organisations):
                if b == a or actors.guard[p, b] <= 0.0:
                    continue
                will = max(actors.hostile[a, b], actors.hostile[b, a])
                if actors.outsider[b] == 1:
                    will = max(will, actors.protects[b] * told(par, actors.legitimacy[b], actors.isr[b]))
                if will > 0.0:
                    against += will * weight_of(actors.arms[b], actors.cohesion[b], actors.guard[p, b])
            own = weight_of(actors.arms[a], actors.cohesion[a], actors.strength[p, a])
            tied_out[p, a] = par.tied_down * against / (against + own)


@kernel
def lethality(par: Any, intent: int, discipline: float, pay: float) -> float:
    """Deaths a killer-day at a rung of the ladder; who is only let prey does so as far as discipline and pay are lacking."""
    if intent <= RESTRAIN:
        return 0.0
    if intent == PERMIT:
        return par.lethality_permit * (1.0 - discipline) * (1.0 - pay)
    if intent == REPRESS:
        return par.lethality_repress * (1.0 - 0.5 * discipline)
    return (par.lethality_mass if intent == MASS else par.lethality_exterminate) * (1.0 - 0.5 * discipline)


@kernel(scratch=True)
def budgets(par: Any, trigger: Any, crowd_actor: Any, cells: Any, actors: Any, budget_out: Any) -> None:
    """Expected deaths today by place, perpetrator and victims' group, `budget_out` [place, actor, group].

    `crowd_actor` [group] is the organisation to which the acts of the group's active men are put.
    """
    places, groups = cells.home.shape
    target, constituency, men_active = actors.target, actors.constituency, cells.men_active
    met, others, reach, called = np.zeros(groups), np.zeros(groups), np.zeros(groups), np.zeros(groups)
    loose_aim, aim, exposed = np.zeros(groups), np.zeros(groups), np.zeros(groups)
    budget_out[:, :, :] = 0.0
    for p in range(places):
        everyone = 0.0
        called[:] = 0.0
        for g in range(groups):
            people = cells.home[p, g] + cells.away[p, g]
            everyone += people
            others[g] = (people - cells.men[p, g]) / (people + 1.0)
            met[g] = in_reach(par, people, cells.trapped[p, g], cells.stopped[p, g])
            gathered = cells.away[p, g] / (people + 1.0)
            exposed[g] = (1.0 + par.concentration * gathered) * (1.0 - cells.protection[p, g])
        for a in range(actors.intent.size):
            if actors.strength[p, a] == 0 or actors.intent[a] == 0:
                continue
            base = lethality(par, actors.intent[a], actors.discipline[a], actors.pay[a]) * par.days_of_violence
            if actors.intent[a] < MASS:  # short of mass violence, where control is complete there is little to gain
                base *= 1.0 - (1.0 - par.held_quiet) * actors.control[p, a]
            base += par.reprisal_weight * par.lethality_mass * actors.provoked[p, a] * (1.0 - actors.discipline[a])
            base *= par.killer_share * actors.strength[p, a] * (1.0 - actors.tied[p, a])
            loose = par.indiscriminate * (1.0 - actors.control[p, a]) * (1.0 - actors.discipline[a])
            for g in range(groups):
                if actors.intent[a] == EXTERMINATE:
                    called[g] = min(called[g] + actors.control[p, a] * constituency[a, g], 1.0)
                loose_aim[g] = max(loose * (1.0 - constituency[a, g]) - target[a, g], 0.0)
            reach[:] = met * (1.0 - actors.spares[a] * others)
            mistake(cells.recognised, target[a], reach, aim)
            share_out(par, base, everyone, aim, reach, exposed, budget_out[p, a])
            share_out(par, base, everyone, loose_aim, reach, exposed, budget_out[p, a])
        for c in range(groups):
            if men_active[p, c] > 0:
                month = 1e4 * cells.killed_month[p, c] / (cells.home[p, c] + cells.away[p, c] + 1.0)
                heat = min(par.crowd_idle + trigger[p] + par.crowd_grief * month / (month + par.grief_half), 1.0)
                riot = par.lethality_crowd * heat  # what a crowd does of itself, and what it does when told to exterminate
                mob = par.killer_share * men_active[p, c] * (riot + called[c] * (par.lethality_exterminate - riot))
                reach[:] = met * (1.0 - actors.spares[crowd_actor[c]] * others)
                mistake(cells.recognised, cells.rivalry[c], reach, aim)
                share_out(par, mob, everyone, aim, reach, exposed, budget_out[p, crowd_actor[c]])


@kernel
def in_reach(par: Any, people: int, trapped: int, stopped: int) -> float:
    """People of a group in reach of killers: hidden ones mostly are not, those stopped on the road are at hand."""
    return max(people - par.hiding * trapped, 0.0) + par.captured * stopped


@kernel
def mistake(recognised: Any, meant: Any, reach: Any, aim_out: Any) -> None:
    """Whom killers hit who mean `meant` [group] and cannot always tell who belongs to it: for the rest, anybody in reach.

    Members who are not recognised are hit like anybody else. With `recognised` 1 the aim is what was meant.
    """
    everybody = 1.0
    astray = 0.0
    for g in range(reach.size):
        everybody += reach[g]
        astray += meant[g] * (1.0 - recognised[g]) * reach[g]
    for g in range(reach.size):
        aim_out[g] = min(meant[g] * recognised[g] + astray / everybody, 1.0)


@kernel
def share_out(
    par: Any, budget: float, everyone: float, aim: Any, reach: Any, exposed: Any, budget_out: Any
) -> None:
    """Add one perpetrator's budget to `budget_out` [group], split over whom it aims at and can reach.

    The strongest aim, 0..1, says how much of the budget is spent at all; where nobody aimed at is in reach, nothing is.
    Killers come upon people: the fewer of `everyone` in the place are aimed at, the fewer they find; gathered they die
    faster, guarded slower (`exposed` [group]).
    """
    most = 0.0
    for g in range(aim.size):
        most = max(most, aim[g])
    if most <= 0.0:
        return
    wanted = 0.0
    for g in range(aim.size):
        wanted += aim[g] / most * reach[g]
    hard_to_find = par.exposure_half + par.exposure_share * everyone
    for g in range(aim.size):
        budget_out[g] += budget * aim[g] * reach[g] / (wanted + hard_to_find) * exposed[g]


@kernel
def rivals(par: Any, animosity: Any, rivalry_out: Any) -> None:
    """How far active men of a group would harm another, by their group's animosity; their hostility made them join.

    Ordinary dislike does not count: else crowds would kill whoever is most numerous, and not whom they hate.
    """
    for c in range(rivalry_out.shape[0]):
        for g in range(rivalry_out.shape[1]):
            rivalry_out[c, g] = max(animosity[c, g] - par.rival_from, 0.0) / (1.0 - par.rival_from)


@kernel
def poisson(key: Any, mean: float, who: int, day: int, stream: int) -> int:
    """Poisson number at an address (Knuth's product of uniforms; means here are far below 50)."""
    limit = math.exp(-min(mean, float(MOST_INCIDENTS)))
    count = 0
    product = uniform(key, who, day, stream, 0)
    while product > limit:
        count += 1
        product *= uniform(key, who, day, stream, count)
    return count


@kernel
def report(par: Any, key: Any, who: int, day: int, stream: int, draw: int, access: float, deaths: int) -> Any:
    """(deaths reported, day reported) of one incident; detection rises with size and access (0 = unknown)."""
    unseen = math.pow(1.0 - par.detect_rate * access, float(deaths))
    if uniform(key, who, day, stream, draw) < unseen:
        return 0, day
    share = par.count_low + (par.count_high - par.count_low) * uniform(key, who, day, stream, draw + 1)
    late = int(par.date_error_days * uniform(key, who, day, stream, draw + 2))
    return max(int(deaths * share + 0.5), 1), day + late


@kernel(scratch=True)
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
    """Split each budget into incidents, write them to the ledger and add up the day's deaths [place, group].

    `streams` int64[4] are the streams of count, size, report and of men among the dead. No more people die than are in
    the place, and where only men are killed, no more than there are men.
    """
    places, organisations, groups = budget.shape
    mobs = np.zeros(organisations, dtype=np.bool_)
    for c in range(groups):
        mobs[crowd_actor[c]] = True
    for p in range(places):
        for a in range(organisations):
            if actors.strength[p, a] == 0 and not mobs[a]:
                continue
            armed = actors.strength[p, a] + crowd_men(cells.men_active, crowd_actor, p, a)
            if armed == 0:
                continue
            for g in range(groups):
                if budget[p, a, g] <= 0.0:
                    continue
                men = cells.men[p, g] - men_killed_today_out[p, g]
                others = cells.home[p, g] + cells.away[p, g] - killed_today_out[p, g] - men
                if actors.spares[a] >= 1.0:
                    others = 0
                most = min(min(int(2.0 * par.killer_share * armed) + 1, cumulative.size), men + others)
                if most <= 0:
                    continue
                who = (p * organisations + a) * groups + g
                incidents = poisson(key, budget[p, a, g] / cut_mean[most - 1], who, day, streams[0])
                for n in range(incidents):
                    coin = uniform(key, who, day, streams[1], n)
                    size = min(min(np.searchsorted(cumulative, coin, side="right") + 1, most), men + others)
                    if size <= 0:
                        break
                    luck = uniform(key, who, day, streams[3], n)
                    of_them = men_among(size, men, others, actors.spares[a], luck)
                    men -= of_them
                    others -= size - of_them
                    told, when = report(par, key, who, day, streams[2], 3 * n, access[p], size)
                    enter(ledger, day, p, a, g, size, of_them, told, when, 0)
                    killed_today_out[p, g] += size
                    men_killed_today_out[p, g] += of_them
                    actors.victims[a, g] += size


@kernel
def men_among(size: int, men: int, others: int, spares: float, coin: float) -> int:
    """Men of fighting age among `size` dead of `men` and `others`, who are spared with `spares`; `coin` in [0, 1) rounds."""
    weight = men + (1.0 - spares) * others
    drawn = int(size * men / weight + coin) if weight > 0.0 else 0
    return max(min(min(drawn, men), size), size - others)


@kernel
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
    """Civilians killed in the day's clashes, `rate` per fighter lost where people are dense; put to the larger force."""
    apart = actors.budget.size  # addresses after those of `strike`
    for p in range(access.size):
        lost = 0
        largest = 0
        for a in range(actors.intent.size):
            lost += actors.lost[p, a]
            if actors.strength[p, a] > actors.strength[p, largest]:
                largest = a
        if lost == 0:
            continue
        people = 0
        for g in range(cells.home.shape[1]):
            people += cells.home[p, g] + cells.away[p, g]
        for g in range(cells.home.shape[1]):
            here = cells.home[p, g] + cells.away[p, g]
            who = apart + p * cells.home.shape[1] + g
            expected = rate * lost * here / (people + par.collateral_half)
            size = min(whole(key, expected, who, day, streams[1], 0), here - killed_today_out[p, g])
            if size > 0:
                men = cells.men[p, g] - men_killed_today_out[p, g]
                others = here - killed_today_out[p, g] - men
                of_them = men_among(size, men, others, 0.0, uniform(key, who, day, streams[3], 0))
                told, when = report(par, key, who, day, streams[2], 0, access[p], size)
                enter(ledger, day, p, largest, g, size, of_them, told, when, 1)
                killed_today_out[p, g] += size
                men_killed_today_out[p, g] += of_them
                actors.victims[largest, g] += size


@kernel
def crowd_men(men_active: Any, crowd_actor: Any, place: int, actor: int) -> int:
    """Active men in the place whose acts are put to the actor."""
    men = 0
    for c in range(crowd_actor.size):
        if crowd_actor[c] == actor:
            men += men_active[place, c]
    return men


@kernel
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
    """Write one incident; when the ledger is full the count still rises, and the driver stops the run."""
    n = ledger.count[0]
    ledger.count[0] = n + 1
    if n < ledger.day.size:
        ledger.day[n] = day
        ledger.place[n] = place
        ledger.actor[n] = actor
        ledger.group[n] = group
        ledger.deaths[n] = deaths
        ledger.men[n] = men
        ledger.reported[n] = told
        ledger.reported_day[n] = when
        ledger.collateral[n] = collateral


@kernel
def share_losses(people: int, dying: int, rest: int, alive: int) -> tuple[int, int]:
    """(how many of a row's people die, `rest` for the next row) when `dying` of `alive` do: systematic sampling.

    `rest` in [0, alive) is what the cell's earlier rows left over, and for its first row the cell's random start. Over
    all rows of the cell the losses add up to `dying`, exactly, and no row loses more than it has.
    """
    due = rest + people * dying
    if due < alive:
        return 0, due
    return due // alive, due % alive


@kernel
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
    """Take `dead` people, `of_them` men of fighting age, out of one row and out of the counts [place, group]."""
    count = int(people_out[row])
    all_men_out[place, group] -= of_them
    if at_home:
        home_out[place, group] -= dead
        if status_out[row] == TRAPPED:
            trapped_out[place, group] -= dead
        if active_out[row] == 1:
            men_active_out[place, group] -= of_them
    else:
        away_out[place, group] -= dead
    people_out[row] = count - dead
    men_out[row] = men_out[row] - of_them
    if count == dead:
        status_out[row] = DEAD
        active_out[row] = 0
