"""What a week changes slowly, and which dates trigger: memory of who killed whom, pay, arms, legitimacy, feuds."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.actors.organisation import rung_of_harm
from sim.engine.setting import Setting
from sim.world.levers import Levers
from sim.world.world import World

WEEK = 7


def learn(world: World, setting: Setting, levers: Levers) -> None:
    """What a week changes slowly: animosity, targets, discipline, pay, arms, legitimacy, who fights whom."""
    par = setting.parameters["Leaders"]
    actors, wide = world.actors, world.wide
    seen = np.array(world.minds["strangers"])
    weeks = setting.epoch / WEEK
    week = (actors.victims - seen) / weeks  # a week's worth, whatever the interval between meetings
    world.minds["strangers"] = actors.victims.tolist()
    grudge(par, actors.constituency, wide.population, week, weeks, wide.animosity)
    kin = actors.constituency / np.maximum(actors.constituency.sum(axis=1), 1.0)[:, None]
    felt = kin @ wide.animosity  # [actor, group]
    aim = np.minimum(np.maximum((felt - par.target_from) / (1.0 - par.target_from), 0.0), 1.0)
    aim *= actors.constituency < 0.5
    own = setting.own[:, None]
    actors.target[:] = np.where(own, np.maximum(setting.target, aim), actors.target)
    trained = np.clip(setting.discipline + levers.discipline, 0.0, 1.0)
    actors.discipline[:] = np.where(setting.own, trained, actors.discipline)
    looted = (world.places.people_start @ actors.control) / world.places.people_start.sum() * setting.spoils
    looted = looted * levers.loot
    purse = np.minimum(setting.pay * levers.pay + looted, 1.0)
    slow = 1.0 - (1.0 - par.predation_pay) ** setting.epoch
    actors.pay[:] = np.where(setting.own, actors.pay + slow * (purse - actors.pay), actors.pay)
    worn = np.minimum(actors.arms * (1.0 - par.arms_wear * setting.epoch * (1.0 - levers.arms)), 1.0)
    actors.arms[:] = np.where(setting.own, worn, actors.arms)
    judge(world, setting, levers, week, weeks)
    set_feuds(world, setting, levers)


def grudge(par: Any, constituency: Any, population: Any, week: Any, weeks: float, animosity_out: Any) -> None:
    """Groups learn to hate by what was done to them: `week` [actor, group] killed a week, for so many `weeks`.

    Group g learns to hate group h by what organisations that fight for h did to g. It fights for those who are its
    constituency by more than half; harm to them is crime, not war between groups.
    """
    fights_for, preys_on = np.maximum(2.0 * constituency - 1.0, 0.0), np.maximum(1.0 - 2.0 * constituency, 0.0)
    by_people_of = fights_for.T @ (week * preys_on)  # [h, g]
    rate = 1e4 * by_people_of.T / (population[:, None] + 1.0)  # [g, h]
    animosity_out[:] += (1.0 - animosity_out) * (par.animosity_rate * weeks * rate / (rate + par.animosity_half))
    np.fill_diagonal(animosity_out, 0.0)


def standing_lost(par: Any, harm: Any) -> Any:
    """Share of legitimacy lost in a week by organisations that killed `harm` [actor] civilians per 10,000 people."""
    return par.legitimacy_loss * harm / (harm + par.legitimacy_half)


def judge(world: World, setting: Setting, levers: Levers, week: Any, weeks: float) -> None:
    """Locals judge armed people by conduct: harm costs legitimacy, protection of the threatened earns it.

    Goodwill that others have prepared works for outside forces as far as they stand there.
    """
    actors, par = world.actors, setting.parameters["Society"]
    harm = 1e4 * week.sum(axis=1) / world.wide.population.sum()
    shielded = world.cells.protection.mean(axis=1) * (world.places.unrest > 0.0)
    where = actors.strength / np.maximum(actors.strength.sum(axis=0), 1)
    earned = par.legitimacy_gain * actors.protects * (shielded @ where)
    earned += par.legitimacy_gain * actors.outsider * np.maximum(levers.acceptance @ where, 0.0)
    lost = standing_lost(par, harm)
    actors.legitimacy[:] += weeks * (earned * (1.0 - actors.legitimacy) - lost * actors.legitimacy)


def set_feuds(world: World, setting: Setting, levers: Levers) -> None:
    """Who fights whom this week: old feuds less truces, and protectors against those who harm civilians."""
    actors, society, par = world.actors, setting.parameters["Society"], setting.parameters["Leaders"]
    hostile = setting.hostile.copy()
    truces = world.minds.setdefault("truces", {})
    for pair, hold in sorted(truces.items()):
        a, b = (int(number) for number in pair.split())
        hostile[a, b] *= 1.0 - hold
        hostile[b, a] *= 1.0 - hold
        guarantee = min(float(levers.guarantee[a]), float(levers.guarantee[b]))
        decay = setting.epoch / par.deal_days * (1.0 - par.guarantee_holds * min(guarantee, 1.0))
        truces[pair] = hold * (1.0 - decay)
    harm = rung_of_harm(actors.intent) * setting.own
    stand = society.roe_fights * actors.protects * (actors.outsider == 1)
    actors.hostile[:] = np.maximum(hostile, stand[:, None] * harm[None, :])


def factionalism(setting: Setting) -> float:
    """How far elections are a fight for all or nothing, 0..1: where politics is factional and unstable and unshared."""
    risk = {name: factor.value for name, factor in setting.theatre.risk.items()}
    shared = setting.parameters["Society"].shared_power * risk["moderate_leadership"]
    return float(risk["exclusionary_ideology"] * risk["regime_instability"] * (1.0 - shared))


def politics(setting: Setting, levers: Levers) -> float:
    """How factional and unstable politics is, against the first day: 1 where no instrument works on it."""
    return float((levers.exclusion * levers.instability)[setting.own].mean())


def vote(world: World, setting: Setting, levers: Levers) -> None:
    """Polling that outsiders press for triggers as any election does: as far as politics is factional and unstable."""
    par = setting.parameters["Society"]
    size = par.election_trigger * factionalism(setting) * politics(setting, levers) * setting.epoch / WEEK
    world.places.trigger[:] += size * levers.vote


def dates_of(setting: Setting) -> dict[int, list[tuple[Any, float]]]:
    """Day -> (places, size of trigger) of elections and commemorations; they matter as far as politics is factional."""
    theatre, index = setting.theatre, setting.index
    society, factional = setting.parameters["Society"], factionalism(setting)
    sizes = {
        "election": society.election_trigger,
        "deadline": society.date_trigger,
        "anniversary": society.date_trigger,
    }
    inside = [p for p, place in enumerate(theatre.places) if place.inside]
    dates: dict[int, list[tuple[Any, float]]] = {}
    for entry in theatre.calendar:
        if entry.applies == "world" and entry.kind in sizes:
            where = np.array([index.places.index(name) for name in entry.place] or inside)
            dates.setdefault((entry.date - theatre.start).days, []).append((where, sizes[entry.kind] * factional))
    return dates
