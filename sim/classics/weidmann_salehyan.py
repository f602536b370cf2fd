"""Violence and ethnic segregation in a city (after Weidmann and Salehyan 2013, International Studies Quarterly 57(1)).

People of two groups live in the neighbourhoods of a city. A few are insurgents, who attack people of the other group in
their own neighbourhood, the more readily the more of them live there. Some of those who are attacked move to where
their own people live. Police foil some attacks and arrest the attacker.

This is a reconstruction of the mechanism that the paper's abstract states, "ethnically motivated attacks and subsequent
migration" with "a simple policing mechanism". The paper's equations and its map of Baghdad could not be read: the city
here is invented, and every number is an assumption with a range (`RANGES`) over which the findings have to hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.classics.draws import normals, uniforms

MIX, GROUP, INSURGENT, ATTACK, FOILED, LEAVE, CHOICE = range(20, 27)  # what a draw is for


@dataclass(frozen=True)
class Inputs:
    """The city on its first week."""

    places: int = 100  # neighbourhoods
    people: int = 100  # of each neighbourhood at the start
    unmixed: float = 0.2  # s.d. over neighbourhoods of the share of the first group, around one half
    insurgents: float = 0.02  # share of the people
    attacks: float = 0.5  # a week and insurgent, where everybody else is of the other group
    leaving: float = 0.05  # chance to leave the neighbourhood after an attack there on the own group; see RANGES
    room: float = 1.5  # people a neighbourhood can hold, over those of the start


RANGES = {
    "unmixed": (0.05, 0.3),
    "insurgents": (0.01, 0.04),
    "attacks": (0.2, 1.0),
    "leaving": (0.02, 0.1),  # so that a city unmixes within the four years of a run, as Baghdad did from 2004 to 2008
    "room": (1.2, 2.0),
}
"""Lowest and highest value of what was assumed."""


@dataclass(frozen=True)
class City:
    """A run: attacks that were carried out, and the index of dissimilarity in 0 .. 1, each [week]."""

    attacks: Any
    segregation: Any


def run(inputs: Inputs, key: Any, police: Sequence[float]) -> City:
    """So many weeks as `police` has entries: the chance each week that an attack is foiled, and its author arrested."""
    people = inputs.places * inputs.people
    home = np.repeat(np.arange(inputs.places), inputs.people)
    mix = np.clip(0.5 + inputs.unmixed * normals(key, inputs.places, 0, MIX), 0.0, 1.0)
    group = (uniforms(key, people, 0, GROUP) >= mix[home]).astype(np.int64)
    armed = np.flatnonzero(uniforms(key, people, 0, INSURGENT) < inputs.insurgents)
    attacks, segregation = np.zeros(len(police), dtype=np.int64), np.zeros(len(police))
    for week, foiled in enumerate(police, start=1):
        living = _living(home, group, inputs.places)
        segregation[week - 1] = dissimilarity(living)
        others = living[home[armed], 1 - group[armed]] / living[home[armed]].sum(axis=1)
        tries = uniforms(key, armed, week, ATTACK) < inputs.attacks * others
        caught = tries & (uniforms(key, armed, week, FOILED) < foiled)
        done = armed[tries & ~caught]
        armed = armed[~caught]
        attacks[week - 1] = done.size
        blows = _living(home[done], 1 - group[done], inputs.places)[home, group]
        hit = np.flatnonzero(blows)
        leaves = hit[uniforms(key, hit, week, LEAVE) >= (1.0 - inputs.leaving) ** blows[hit]]
        home[leaves] = _refuge(inputs, living, group[leaves], uniforms(key, leaves, week, CHOICE))
    return City(attacks, segregation)


def dissimilarity(living: Any) -> float:
    """Duncan and Duncan's index: the share of either group that would have to move for an even mix."""
    shares = living / np.maximum(living.sum(axis=0), 1)
    return float(abs(shares[:, 0] - shares[:, 1]).sum() / 2)


def _living(home: Any, group: Any, places: int) -> Any:
    """int64[place, group]"""
    return np.bincount(2 * home + group, minlength=2 * places).reshape(places, 2)


def _refuge(inputs: Inputs, living: Any, group: Any, coin: Any) -> Any:
    """Where those who leave go: a neighbourhood with room, as likely as people of the own group live there."""
    roomy = living.sum(axis=1) < inputs.room * inputs.people
    chances = np.cumsum(living * roomy[:, None], axis=0)
    goals = np.zeros(group.size, dtype=np.int64)
    for one in range(2):
        mine = group == one
        goals[mine] = np.searchsorted(chances[:, one], coin[mine] * chances[-1, one], side="right")
    return np.minimum(goals, inputs.places - 1)
