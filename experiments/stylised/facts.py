"""Seven stylised facts of violence against civilians, each as values of one unit of observation.

The same functions are applied to what was recorded and to what is simulated. A `Year` is twelve months of one country:
dated incidents with deaths, perhaps with places. Values are pooled over years into a distribution.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MONTHS, ONSET = 12, 25
WINDOW, FIRST = 6, 2
"""Months from an onset that front-loading looks at, and the first of them."""
NEAR_DAYS = 30
"""Days back in which an earlier incident may have spread to this one."""
EARTH_KM = 6371.0


@dataclass(frozen=True)
class Fact:
    """One fact: `scale` of its values ("log" or "linear"), what one value is, and where the comparison is unfair."""

    name: str
    title: str
    value: str
    scale: str
    unfair: str


FACTS: tuple[Fact, ...] = (
    Fact("sizes", "Size of incidents", "deaths reported of one incident against civilians, 1 or more", "log",
         "The model's incidents are drawn from a broken power law that was taken from UCDP's events of 2025: that they look alike is "
         "put in, not found. What capacity and reporting leave of it is what is compared. UCDP codes an event by day and place "
         "where it can and merges what it cannot date."),
    Fact("zero_months", "Months without a death", "share of the twelve months of a year without a reported death, in country-years with 25 or more",
         "linear",
         "UCDP's countries of 2025 are whole countries in their real sizes and mostly long at war; the simulated years begin at chosen starts."),
    Fact("spells", "Duration", "months in a row with a reported death, within the same years", "linear",
         "Cut at twelve months on both sides. A spell that began before the year or went on after it counts as long as it was seen."),
    Fact("front", "Front-loading", "share of the deaths of the six months from an onset that fall into the first two", "linear",
         "Recorded: deaths of all organised violence by country and month (types cannot be told apart in that file), onset = 25 or more "
         "in a month after twelve months with fewer than 25 in all. Simulated: civilians only, crossfire counted, from the first month with 25 or "
         "more, and nothing is known of the year before."),
    Fact("displaced", "Displaced for each death", "people newly displaced in a year for each civilian killed, in country-years with 25 or more", "log",
         "Recorded: refugees who arrived that year and the rise of people displaced inside, where UNHCR counts these, over civilians killed in "
         "all kinds of organised violence (UCDP); UNHCR counts neither everywhere nor at once, and people flee other things too. Simulated: the "
         "peak of people away from home, over all civilians killed, reported or not."),
    Fact("state_share", "Who kills", "share of the year's reported one-sided deaths that the state's forces made, in country-years with 25 or more",
         "linear",
         "The simulated side is a few countries whose parties are given; the recorded one is the world from 1989 to 2024. Crowds and "
         "self-defence count as others here, and UCDP counts much of what they do as non-state violence, not as one-sided."),
    Fact("distance", "How violence spreads", "km from an incident to the nearest one of the thirty days before", "log",
         "Only the Central African Republic is recorded with days, places and types here, so only its own theatre is compared. Recorded "
         "incidents are moved to the nearest place of the theatre, because the model knows no others; 1 km stands for the same place."),
)  # fmt: skip


@dataclass(frozen=True)
class Year:
    """Twelve months: `day` [incident] from 0, deaths `killed` (reported), whether a state's forces did it, and where."""

    day: Any
    killed: Any
    state: Any
    lat: Any = field(default_factory=lambda: np.zeros(0))
    lon: Any = field(default_factory=lambda: np.zeros(0))

    @property
    def months(self) -> Any:
        """int64 [12] deaths by month of a twelfth of a year."""
        month = np.minimum(np.asarray(self.day, dtype=np.int64) * MONTHS // 365, MONTHS - 1)
        return np.bincount(month, weights=self.killed, minlength=MONTHS).astype(np.int64)


def sizes(year: Year) -> list[float]:
    """Deaths of each incident with any."""
    return [float(one) for one in np.asarray(year.killed) if one >= 1]


def zero_months(months: Sequence[int]) -> list[float]:
    """[share of months without a death], or [] below `ONSET` deaths."""
    return [float(np.mean(np.asarray(months) == 0))] if sum(months) >= ONSET else []


def spells(months: Sequence[int]) -> list[float]:
    """Lengths of the runs of months with a death; [] below `ONSET` deaths."""
    if sum(months) < ONSET:
        return []
    found, length = [], 0
    for one in [*months, 0]:
        if one > 0:
            length += 1
        elif length:
            found.append(float(length))
            length = 0
    return found


def front(months: Sequence[int], calm: int = 0) -> list[float]:
    """Front-loading after each onset: a month of `ONSET` or more after `calm` months with fewer in all."""
    found, last = [], -WINDOW
    for n, one in enumerate(months):
        before = months[max(n - calm, 0) : n]
        if one >= ONSET and n >= calm and n - last >= WINDOW and n + WINDOW <= len(months) and (sum(before) < ONSET):
            after = months[n : n + WINDOW]
            found.append(sum(after[:FIRST]) / sum(after))
            last = n
            if not calm:
                break
    return found


def displaced(people: float, killed: float) -> list[float]:
    """[people displaced for each death]; [] below `ONSET` deaths or where nobody moved."""
    return [people / killed] if killed >= ONSET and people > 0 else []


def state_share(by_state: float, killed: float) -> list[float]:
    """[share of deaths by the state's forces]; [] below `ONSET` deaths."""
    return [min(by_state / killed, 1.0)] if killed >= ONSET else []


def distance(year: Year) -> list[float]:
    """km from each incident to the nearest of the `NEAR_DAYS` before it (1 at least); none where there was no such."""
    order = np.argsort(year.day, kind="stable")
    day = np.asarray(year.day)[order]
    lat, lon = np.radians(np.asarray(year.lat)[order]), np.radians(np.asarray(year.lon)[order])
    found = []
    for n in range(day.size):
        earlier = np.flatnonzero((day < day[n]) & (day >= day[n] - NEAR_DAYS))
        if earlier.size:
            half = np.sin((lat[earlier] - lat[n]) / 2) ** 2
            half += np.cos(lat[n]) * np.cos(lat[earlier]) * np.sin((lon[earlier] - lon[n]) / 2) ** 2
            found.append(max(float(2 * EARTH_KM * np.arcsin(np.sqrt(half.min()))), 1.0))
    return found


def rounded(value: float) -> float:
    """Three significant digits, so that tables of values stay small."""
    return float(f"{value:.3g}") if math.isfinite(value) else value
