"""Who lives where: people of each place, the groups among them, and what groups feel for each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.drafting.evidence import Evidence
from sim.drafting.geography import Town
from sim.drafting.names import identifier
from sim.drafting.sources import epr, wdi

GROUPS = 8
"""Groups of a draft, at most; the smaller ones are joined (assumption: what one can still check by hand)."""
OUTSIDE = 0.1
"""How much thinner a group lives outside the area that GeoEPR draws for it (assumption, 0.02 to 0.3)."""
VILLAGES = 500
"""Fewer people than this round a town live in the town (assumption)."""
IN_POWER = ("dominant", "included")

HOSTILITY = {"both in power": 0.08, "one excluded": 0.15, "one discriminated": 0.25, "both out": 0.08}
"""Hostility between two groups by their standing (assumption); raised by past atrocities as factor 0.8 + 0.5 x."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A place with its `people`; `town` is the number of the town that it is, or lies around."""

    name: str
    town: int
    people: int
    urban: bool
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class People:
    """A group of a draft: its share 0..1 of everybody, its political standing, and its number in EPR (0: none)."""

    name: str
    label: str
    standing: str
    share: float
    number: int
    source: str
    grade: str


def settle(evidence: Evidence, towns: list[Town], km_around: float) -> tuple[list[Settled], str, str]:
    """(places, where the total comes from, its grade): towns, and the country round each."""
    known = evidence.series("people", wdi.POPULATION)
    total = known.value if known else float(evidence.state.people)
    source = str(known.origin) if known else "GeoNames country table, about 2018 to 2021, not of the start"
    growth = total / max(evidence.state.people, 1)
    urban = [town.people * growth for town in towns]
    listed = sum(urban) + sum(town.around * growth for town in towns)
    squeeze = min(1.0, 0.97 * total / listed)
    rest = max(total - squeeze * listed, 0.0)
    weight = np.sqrt([town.people + town.around for town in towns])
    places: list[Settled] = []
    for number, (town, share) in enumerate(zip(towns, weight / weight.sum(), strict=True)):
        own = squeeze * urban[number]
        country = squeeze * town.around * growth + rest * float(share)
        if country < VILLAGES:
            own, country = own + country, 0.0
        places.append(Settled(town.name, number, max(round(own), 1), True, town.lat, town.lon))
        if country:
            north = math.degrees(km_around / 6371.0)
            lat = town.lat + (north if town.lat < 0 else -north)
            places.append(
                Settled(f"{town.name}, country round", number, round(country), False, round(lat, 4), town.lon)
            )
    return places, source, "derived" if known else "assumption"


def groups(evidence: Evidence) -> list[People]:
    """The groups of the country, the largest first; one group of everybody when nothing is known."""
    found = evidence.groups()
    if found is None:
        why = "assumption: no data on groups (EPR), so everybody is of one group and none can be turned on"
        return [People("residents", "Residents", "included", 1.0, 0, why, "assumption")]
    rows, origin = found
    total = max(sum(group.size for group in rows), 1.0)
    big, small = rows[:GROUPS], rows[GROUPS:]
    made: list[People] = []
    for group in big:
        name = identifier(group.name, {one.name for one in made})
        standing, share = epr.STATUS[group.status], group.size / total
        source = f"{origin}; status {group.status.lower()}"
        made.append(People(name, _label(group.name), standing, share, group.number, source, "data"))
    rest = 1.0 - sum(one.share for one in made)
    if rest > 0.005:
        also = f", with {len(small)} smaller groups of EPR" if small else ""
        source = f"{origin}: what the listed groups leave{also}; standing: assumption"
        name = identifier("Others", {one.name for one in made})
        made.append(People(name, "Others", "included", rest, 0, source, "assumption"))
    return made


def _label(name: str) -> str:
    return " ".join(name.replace(";", ",").split())


def spread(evidence: Evidence, places: list[Settled], among: list[People]) -> tuple[Any, bool]:
    """(int64 [place, group] people, whether settlement areas were known).

    Groups live where GeoEPR says, else everywhere alike; places keep their people and groups their shares as far as
    both can be had (proportional fitting).
    """
    held: epr.Settlement | None = evidence.library.take(epr.GEO_EPR)
    year = epr.GEO_EPR.last_year(evidence.start)
    weight = np.ones((len(places), len(among)))
    lat, lon = np.array([one.lat for one in places]), np.array([one.lon for one in places])
    drawn = False
    for number, group in enumerate(among):
        area = held.of(group.number, year) if held and group.number else None
        inside = area.holds(lat, lon) if area else np.ones(len(places), dtype=bool)
        if inside.any() and not inside.all():
            weight[:, number] = np.where(inside, 1.0, OUTSIDE)
            drawn = True
    people = np.array([one.people for one in places], dtype=float)
    shares = np.array([group.share for group in among])
    for _ in range(50):
        weight *= shares * people.sum() / weight.sum(axis=0)
        weight *= (people / weight.sum(axis=1))[:, None]
    counts = np.floor(weight).astype(np.int64)
    counts[np.arange(len(places)), counts.argmax(axis=1)] += people.astype(np.int64) - counts.sum(axis=1)
    return counts, drawn


def hostility(one: People, other: People, atrocities: float) -> float:
    """What one group feels for another, 0..1, by the standing of both (see `HOSTILITY`)."""
    standing = {one.standing, other.standing}
    ruling = [group.standing in IN_POWER for group in (one, other)]
    if all(ruling):
        kind = "both in power"
    elif not any(ruling):
        kind = "both out"
    else:
        kind = "one discriminated" if "discriminated" in standing else "one excluded"
    return round(HOSTILITY[kind] * (0.8 + 0.5 * atrocities), 2)
