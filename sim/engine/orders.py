"""Carrying out orders: the only way in which an institution's decision reaches the world."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.actors.base import Broker, Climb, Covet, Muster, Order, Recruit, Seize, Shock, Speak, Split, Truce
from sim.ground.draw import STREAMS, word
from sim.world.world import World

DISBANDED_BELOW = 5
COMPANY = 150
SLOTS_KEPT_FREE = 0.3  # below this share of free slots, bands that rest together merge whatever their size


def free_slot(world: World) -> int:
    """A free unit slot, or -1 if the world has no more."""
    free = world.units.strength == 0
    slot = int(free.argmax())
    return slot if free[slot] else -1


def place_unit(world: World, actor: int, place: int, people: int, *, vehicle: bool, roam: bool) -> bool:
    """Stand `people` of an actor in a place, in its unit there or a new one; False when no slot is free."""
    units = world.units
    there = (units.actor == actor) & (units.place == place) & (units.to < 0) & (units.strength > 0)
    first = int(there.argmax())
    if there[first]:
        units.strength[first] += people
        return True
    slot = free_slot(world)
    if slot < 0:
        return False
    units.actor[slot], units.place[slot], units.to[slot] = actor, place, -1
    units.days_left[slot], units.shaken[slot], units.strength[slot] = 0.0, 0.0, people
    units.vehicle[slot], units.roam[slot] = vehicle, roam
    return True


def withdraw(world: World, actor: int, place: int, people: int) -> int:
    """Take up to `people` of an actor out of a place; returns how many left."""
    units, gone = world.units, 0
    for u in np.flatnonzero((units.actor == actor) & (units.place == place) & (units.strength > 0)):
        step = min(people - gone, int(units.strength[u]))
        units.strength[u] -= step
        gone += step
    return gone


def recall(world: World, actor: int) -> None:
    """Everybody of an actor leaves, wherever they are."""
    world.units.strength[world.units.actor == actor] = 0


def carry_out(world: World, orders: list[Order], capital: int) -> None:
    """Every order of the day, in the order given. `Begin` is not for the world and is left to the model."""
    for order in orders:
        match order:
            case Climb(actor, rung):
                world.actors.intent[actor] = rung
            case Covet(actor, prize):
                world.actors.prize[actor] = prize
            case Recruit(actor, people):
                _recruit(world, actor, people)
            case Muster(actor, place, people):
                _muster(world, actor, place, people)
            case Split(actor, splinter):
                _split(world, actor, splinter)
            case Seize(actor, fallen, share):
                _seize(world, actor, fallen, share, capital)
            case Truce(actor, other, hold):
                truces = world.minds.setdefault("truces", {})
                truces[f"{actor} {other}"] = max(hold, truces.get(f"{actor} {other}", 0.0))
            case Broker(group, place, share):
                _spread(world.cells.brokerage, group, place, share)
            case Speak(group, place, share):
                _spread(world.cells.speech, group, place, share * world.places.media)
            case Shock(place, size):
                world.places.trigger[:] += size * np.where(np.arange(world.places.trigger.size) == place, 1.0, 0.5)
            case _:
                pass


def _spread(target: Any, group: int, place: int, share: Any) -> None:
    rows = slice(None) if place < 0 else slice(place, place + 1)
    columns = slice(None) if group < 0 else slice(group, group + 1)
    added = share[rows, None] if isinstance(share, np.ndarray) else share
    part = target[rows, columns]
    np.minimum(part + added, 1.0, out=part)


def _recruit(world: World, actor: int, people: int) -> None:
    """Shared over the actor's units in proportion to their strength, the rest to the first."""
    units = world.units
    own = np.flatnonzero((units.actor == actor) & (units.strength > 0))
    if own.size == 0:
        return
    strength = units.strength[own]
    share = strength * people // max(int(strength.sum()), 1)
    share[0] += people - int(share.sum())
    units.strength[own] += share


def _muster(world: World, actor: int, place: int, people: int) -> None:
    if place_unit(world, actor, place, people, vehicle=False, roam=True):
        deserters = world.wide.deserters
        others = np.arange(deserters.shape[0]) != actor
        there = deserters[others, place].sum()
        if there > 0.0:
            taken = min(people / there, 1.0)
            world.actors.arms[actor] = min(world.actors.arms[actor] + 0.5 * min(taken * there / 5000.0, 0.1), 1.0)
            deserters[others, place] *= 1.0 - taken


def _split(world: World, actor: int, splinter: int) -> None:
    """Units choose by a keyed coin; the splinter inherits intent, targets and control with them."""
    units, actors = world.units, world.actors
    for u in np.flatnonzero((units.actor == actor) & (units.strength > 0)):
        if int(word(world.key, int(u), world.day, STREAMS["split"], 1)) & 1:
            units.actor[u] = splinter
            taken = actors.control[units.place[u], actor] * 0.5
            actors.control[units.place[u], splinter] += taken
            actors.control[units.place[u], actor] -= taken
    for column in (actors.intent, actors.arms, actors.pay):
        column[splinter] = column[actor]
    actors.target[splinter] = np.maximum(actors.target[splinter], actors.target[actor])


def _seize(world: World, actor: int, fallen: tuple[int, ...], share: float, capital: int) -> None:
    """State forces fall apart: most go home with their arms, the rest remain without pay."""
    units, wide = world.units, world.wide
    for u in np.flatnonzero(np.isin(units.actor, fallen) & (units.strength > 0)):
        gone = int(units.strength[u] * share)
        units.strength[u] -= gone
        wide.deserters[units.actor[u], units.place[u]] += gone
    world.actors.pay[list(fallen)] *= 0.2
    world.actors.pay[actor] = min(world.actors.pay[actor] + 0.2, 1.0)
    world.places.trigger[capital] += 0.5
    world.minds["in_power"] = actor


def tidy_units(world: World) -> None:
    """Units of a handful go home; small units of one organisation resting in one place become one company."""
    units = world.units
    own = world.actors.outsider[units.actor] == 0  # an outside force that arrives in small parties stays
    units.strength[own & (units.strength < DISBANDED_BELOW)] = 0
    at_most = COMPANY if (units.strength == 0).mean() > SLOTS_KEPT_FREE else np.iinfo(np.int64).max
    resting = np.flatnonzero((units.strength > 0) & (units.to < 0))
    company: dict[tuple[int, int, int], tuple[int, int]] = {}  # its first unit, and people
    columns = (units.actor[resting], units.place[resting], units.roam[resting], units.strength[resting])
    for u, actor, place, roam, people in zip(resting.tolist(), *(one.tolist() for one in columns), strict=True):
        where = (actor, place, roam)
        first, before = company.get(where, (u, 0))
        if first != u and before + people <= at_most:
            units.shaken[first] = max(units.shaken[first], units.shaken[u])
            units.strength[first] += people
            units.strength[u] = 0
            company[where] = first, before + people
        else:
            company[where] = u, people
