"""Ethnic norms within a group (after Bhavnani 2006, Journal of Peace Research 43(6), 651-669).

Members of one group prefer violence against another group, or oppose it, more or less strongly, and take part or
abstain. Those whom they meet and who behave otherwise punish them; who reconsiders does what costs less, against the
own preference where punishment is strong enough. An entrepreneur may punish whoever abstains. A norm has formed when
nearly all behave alike.

This is a reconstruction of what the paper's abstract and introduction state: unlike preferences, punishment within the
group, adaptation, networks, an entrepreneur. The paper's equations could not be read: every number is an assumption
with a range (`RANGES`) over which the findings have to hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from sim.classics.draws import normals, uniforms

PREFERENCE, MEETING, PAUSE, ERROR = range(30, 34)  # what a draw is for


@dataclass(frozen=True)
class Inputs:
    """A group and how it sanctions."""

    members: int = 100
    extremists: float = 0.5  # share who prefer violence; the others oppose it
    spread: float = 0.5  # s.d. of the preferences, in units of utility
    punishment: float = 2.0  # cost when all whom one meets punish
    entrepreneur: float = 0.0  # cost that he adds for whoever abstains
    meetings: int = 6  # a period
    quarters: int = 1  # into which the group is segregated: meetings are within a quarter
    reconsidering: float = 0.2  # share of the members a period
    error: float = 0.01  # chance to do the opposite of what was decided
    norm: float = 0.9  # share who behave alike when a norm has formed


RANGES = {"spread": (0.3, 0.7), "reconsidering": (0.1, 0.5), "error": (0.0, 0.03), "norm": (0.85, 0.95)}
"""Lowest and highest value of what was assumed; the rest is what the findings vary."""


def taking_part(inputs: Inputs, key: Any, periods: int) -> Any:
    """float64[period] share of the group that takes part in violence; `key` is uint32[2]."""
    n, k = inputs.members, inputs.meetings
    preference = inputs.spread * (ndtri(inputs.extremists) + normals(key, n, 0, PREFERENCE))
    acts = preference > 0.0
    quarter = np.arange(n) * inputs.quarters // n
    first, size = np.searchsorted(quarter, quarter), np.bincount(quarter)[quarter]
    course = np.zeros(periods)
    for period in range(1, periods + 1):
        who = np.flatnonzero(uniforms(key, n, period, PAUSE) < inputs.reconsidering)
        coins = uniforms(key, (who + n * np.arange(k)[:, None]).ravel(), period, MEETING).reshape(k, who.size)
        violent = acts[first[who] + (coins * size[who]).astype(np.int64)].mean(axis=0)
        gain = 2.0 * preference[who] + inputs.punishment * (2.0 * violent - 1.0) + inputs.entrepreneur
        acts[who] = (gain > 0.0) != (uniforms(key, who, period, ERROR) < inputs.error)
        course[period - 1] = acts.mean()
    return course


def norm(inputs: Inputs, key: Any, periods: int = 200) -> int:
    """1 when a norm of violence has formed, -1 when one of abstaining has, 0 when none: over the last quarter."""
    share = float(taking_part(inputs, key, periods)[-(periods // 4) :].mean())
    return int(share >= inputs.norm) - int(share <= 1.0 - inputs.norm)
