"""What a later start begins with: who was away from home already, and what people, leaders and outsiders remember.

The past is only what was known before the start (`killed.csv`, `displaced.csv`). It is lived through week by week with
the model's own rules, as expected numbers without a draw, and leaves memory: fear, hostility, grudges, threat, lost
legitimacy, reports. Its dead are no deaths of the run.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.actors.organisation import ordinary_threat, threat_after
from sim.engine.week import WEEK, grudge, standing_lost
from sim.scenario.theatre import Killed, Theatre
from sim.world.index import Index
from sim.world.report import REPORTED_BEFORE
from sim.world.world import ABROAD, DISPLACED, World


def live_through(world: World, theatre: Theatre, index: Index, parameters: dict[str, Any]) -> None:
    """Carry the theatre's past into a world on its first day."""
    if theatre.killed:
        weeks = _weeks_of_killing(world, theatre, index)
        hostility, fear = _feel(world, weeks, parameters)
        _learn(world, weeks, parameters)
        _threaten(world, theatre, weeks, parameters)
        _settle_rows(world, hostility, fear)
        world.minds[REPORTED_BEFORE] = [
            [index.prefectures.index(row.prefecture), (row.to - theatre.start).days, row.people]
            for row in theatre.killed
        ]
    for row in theatre.displaced:
        move = index.places.index(row.from_), index.places.index(row.to), index.groups.index(row.group)
        _displace(world, *move, row.people)


def _weeks_of_killing(world: World, theatre: Theatre, index: Index) -> Any:
    """float64 [week, place, actor, group]: killed in each week up to the start, the oldest first.

    Rows say a prefecture; within it the dead are spread by numbers, over whom the row names, or else over everybody
    outside the killer's own constituency.
    """
    oldest = min(row.from_ for row in theatre.killed)
    count = -(-(theatre.start - oldest).days // WEEK)
    weeks = np.zeros((count, len(index.places), len(index.actors), len(index.groups)))
    for row in theatre.killed:
        actor, share = index.actors.index(row.actor), _victims(world, index, row)
        days, since = (row.to - row.from_).days + 1, (theatre.start - row.from_).days
        for week in range(count):
            last = since - WEEK * (count - 1 - week)  # days of the row until the end of the week
            part = min(max(last, 0), days) - min(max(last - WEEK, 0), days)
            weeks[week, :, actor, :] += row.people * part / days * share
    return weeks


def _victims(world: World, index: Index, row: Killed) -> Any:
    """float64 [place, group], sum 1: how the dead of a row are spread over the places and groups of its prefecture."""
    here = world.places.prefecture == index.prefectures.index(row.prefecture)
    people = world.cells.home * here[:, None].astype(np.float64)
    aim = 1.0 - world.actors.constituency[index.actors.index(row.actor)]
    if row.group:
        aim = np.array([float(name == row.group) for name in index.groups])
    weight = people * aim
    weight = weight if weight.sum() > 0.0 else people
    return weight / weight.sum()


def _feel(world: World, weeks: Any, parameters: dict[str, Any]) -> tuple[Any, Any]:
    """(hostility gained, fear), each float64 [place, group], after those weeks; sets what places remember."""
    mind, wealth, cells, wide = parameters["Feeling"], parameters["Economy"], world.cells, world.wide
    month_keeps, week_keeps = (1.0 - 1.0 / days for days in (wealth.month_days, wealth.unrest_days))
    people = cells.home + 1.0
    cooling = mind.cooling_rate * (1.0 + mind.contact_cooling * cells.contact)
    hostility, fear = np.zeros(cells.home.shape), np.zeros(cells.home.shape)
    for week in weeks.sum(axis=2):
        daily = week / WEEK
        cells.killed_month[:] += (1.0 - month_keeps**WEEK) * (wealth.month_days * daily - cells.killed_month)
        world.places.unrest[:] += (1.0 - week_keeps**WEEK) * (
            wealth.unrest_days * daily.sum(axis=1) - world.places.unrest
        )
        wide.killed_rate[:] += (1.0 - week_keeps**WEEK) * (
            1e4 * daily.sum(axis=0) / (wide.population + 1.0) - wide.killed_rate
        )
        month = 1e4 * cells.killed_month / people
        gained = WEEK * mind.victim_rate * month / (month + mind.victim_half)
        hostility += gained * (1.0 - hostility) - WEEK * cooling * hostility
        local = 1e4 * daily / people
        media = mind.media_weight * world.places.media[:, None] * wide.killed_rate / (wide.killed_rate + mind.fear_half)
        push = mind.fear_rate * (local / (local + mind.fear_half) + media)
        level = push / (push + mind.fear_fade)
        fear = level + (fear - level) * np.exp(-WEEK * (push + mind.fear_fade))
    return np.clip(hostility, 0.0, 1.0), fear


def _learn(world: World, weeks: Any, parameters: dict[str, Any]) -> None:
    """Grudges between groups, and standing lost by those who killed."""
    actors, wide = world.actors, world.wide
    for week in weeks.sum(axis=1):
        grudge(parameters["Leaders"], actors.constituency, wide.population, week, 1.0, wide.animosity)
        harm = 1e4 * week.sum(axis=1) / wide.population.sum()
        actors.legitimacy[:] *= 1.0 - standing_lost(parameters["Society"], harm)


def _threaten(world: World, theatre: Theatre, weeks: Any, parameters: dict[str, Any]) -> None:
    """Leaders feel threatened by what was done to those they fight for."""
    par, ordinary = parameters["Leaders"], ordinary_threat(theatre, parameters)
    keeps = 1.0 - 1.0 / parameters["Economy"].month_days
    month = np.zeros(world.wide.population.size)
    threat = np.full(len(theatre.actors), ordinary)
    for week in weeks.sum(axis=(1, 2)):
        month = month * keeps**WEEK + week
        rate = 1e4 * month / (world.wide.population + 1.0)
        for a in range(len(theatre.actors)):
            done = float((world.actors.constituency[a] * rate).max())
            pressed = WEEK * par.threat_by_victims * done / (done + par.victims_half)
            threat[a] = threat_after(par, float(threat[a]), ordinary, pressed, WEEK)
    for a, actor in enumerate(theatre.actors):
        if not actor.outsider:
            world.minds[actor.name] = {"threat": float(threat[a])}


def _settle_rows(world: World, hostility: Any, fear: Any) -> None:
    persons, cells = world.persons, world.cells
    cell = np.repeat(np.arange(cells.first.size - 1), np.diff(cells.first))
    gained = hostility.reshape(-1)[cell]
    persons.hostility[:] += (1.0 - persons.hostility) * gained
    cells.hostility_mean[:] += (1.0 - cells.hostility_mean) * hostility
    persons.fear[:] = fear.reshape(-1)[cell]


def _displace(world: World, home: int, to: int, group: int, people: int) -> None:
    """Move rows of a home cell, whole, until about `people` are away: those who flee first, and are afraid."""
    persons, cells = world.persons, world.cells
    cell = home * cells.home.shape[1] + group
    rows = np.arange(cells.first[cell], cells.first[cell + 1])
    rows = rows[persons.place[rows] == home]
    rows = rows[np.argsort(persons.threshold[rows], kind="stable")]
    ahead = np.cumsum(persons.people[rows].astype(np.int64)) - persons.people[rows] // 2  # the row that is half in goes
    gone = rows[ahead <= people]
    count, men = int(persons.people[gone].sum()), int(persons.men[gone].sum())
    persons.place[gone] = to
    persons.status[gone] = ABROAD if world.places.abroad[to] else DISPLACED
    persons.fear[gone] = np.maximum(persons.fear[gone], persons.threshold[gone] / np.float32(255.0))
    cells.home[home, group] -= count
    cells.away[to, group] += count
    cells.men[home, group] -= men
    cells.men[to, group] += men
