"""From a theatre (values) to a world (arrays): rows, traits, roads, organisations, units on the first day."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

from sim.ground.draw import STREAMS, words_of
from sim.ground.graph import compress
from sim.ground.parameters import Parameter, declare
from sim.scenario.theatre import ROADS, Actor, Theatre
from sim.world.index import CROWD, Index, index_of
from sim.world.world import World

Ground = declare(
    "Ground", __name__,
    Parameter("km_paved", 40.0, 30.0, 60.0, "km/day", "a day on foot or by mixed transport on a paved road", "Suleimenova, Bell & Groen 2017 Sci Rep 7:13377: 35 km a day walking", "seen"),
    Parameter("km_laterite", 30.0, 20.0, 40.0, "km/day", "the same on laterite", "assumption"),
    Parameter("km_track", 22.0, 12.0, 35.0, "km/day", "the same on a track", "assumption"),
    Parameter("km_river", 25.0, 15.0, 40.0, "km/day", "the same on a river", "assumption"),
    Parameter("theatre_draw", 0.0, 0.0, 1e6, "number", "which values within the own ranges of theatre and policy: 0 those stated, else one version for each whole number", "model definition: every number draws all ranges anew", "derived"),
    Parameter("vehicle_factor", 5.0, 3.0, 8.0, "1", "how much faster an armed column with vehicles is", "Suleimenova, Bell & Groen 2017 Sci Rep 7:13377: 200 km a day by vehicle in version 1", "seen"),
    Parameter("state_polices", 0.2, 0.05, 0.4, "share", "police work done by soldiers of the state", "assumption"),
    Parameter("state_protects", 0.25, 0.05, 0.5, "share", "how far an unthreatened state's forces protect civilians", "assumption"),
    Parameter("rebels_irregular", 0.4, 0.2, 0.8, "share", "how far rebels are taken for the civilians they live among (militias are wholly)", "assumption"),
    Parameter("media_urban", 0.5, 0.3, 0.8, "share", "adults reached weekly by radio in towns", "assumption"),
    Parameter("radio_shadow", 0.4, 0.2, 0.6, "share", "reach of media that closed terrain takes away", "assumption; hills decide who hears: Yanagizawa-Drott 2014"),
    Parameter("media_rural", 0.33, 0.15, 0.5, "share", "the same outside towns", "assumption"),
    Parameter("animosity_start", 1.0, 0.7, 1.5, "1", "factor on the theatre's stated hostility between groups", "assumption"),
    Parameter("framing", 0.25, 0.0, 0.5, "share", "how far full existential-threat framing deepens hostility between divided groups", "assumption"),
    Parameter("threat_start", 0.2, 0.1, 0.35, "share", "existential threat felt by leaders in an ordinary year", "assumption"),
    Parameter("threat_by_contest", 0.25, 0.1, 0.4, "share", "added by open contest for power where politics is wholly factional and unstable", "assumption; factional partial democracies are at most risk: Goldstone et al. 2010, Mansfield & Snyder 2005"),
    Parameter("threat_by_risk", 0.12, 0.05, 0.2, "share", "added by full instability, and again by armed conflict under way", "assumption"),
)  # fmt: skip

FREE_UNITS = 6  # free unit slots for each place
SLOTS = 64
ROWS_AT_ONCE = 1 << 18  # traits are drawn in pieces, so that a one-to-one country fits in memory


def populate(theatre: Theatre, parameters: dict[str, Any], key: Any) -> World:
    """The world on the first day. `parameters` from `sim.ground.parameters.resolve`; `key` uint32[2]."""
    index = index_of(theatre)
    rows, first = _rows(theatre, index)
    own_units = len(theatre.units)
    world = World.empty(
        {
            "place": len(index.places),
            "group": len(index.groups),
            "actor": len(index.actors),
            "person": len(rows),
            "unit": own_units + FREE_UNITS * len(index.places) + SLOTS,
            "road": 2 * len(theatre.links),
        },
        key,
    )
    _settle_places(world, theatre, index, parameters)
    _settle_groups(world, theatre, index, parameters)
    _settle_persons(world, theatre, rows, first, parameters)
    _settle_actors(world, theatre, index, parameters)
    _settle_units(world, theatre, index)
    return world


def _rows(theatre: Theatre, index: Index) -> tuple[Any, Any]:
    """(people of each row, first row of each cell): a cell of n people has ceil(n / people_per_row) equal rows."""
    places, groups = len(index.places), len(index.groups)
    people = np.zeros((places, groups), dtype=np.int64)
    for row in theatre.population:
        people[index.places.index(row.place), index.groups.index(row.group)] += row.people
    count = -(-people // theatre.people_per_row)
    first = np.concatenate(([0], np.cumsum(count.ravel())))
    rows = np.zeros(int(first[-1]), dtype=np.int64)
    for cell, (number, total) in enumerate(zip(count.ravel(), people.ravel(), strict=True)):
        if number:
            share, rest = divmod(int(total), int(number))
            rows[first[cell] : first[cell] + number] = share
            rows[first[cell] : first[cell] + rest] += 1
    return rows, first


def _settle_places(world: World, theatre: Theatre, index: Index, parameters: dict[str, Any]) -> None:
    ground = parameters["Ground"]
    places = world.places
    low_development = theatre.risk["low_development"].value
    free_press = theatre.risk["free_press"].value
    witnesses = theatre.risk["foreign_witnesses"].value
    for p, place in enumerate(theatre.places):
        inside = place.inside
        places.inside[p] = inside
        places.abroad[p] = theatre.is_abroad(place)
        places.prefecture[p] = index.prefectures.index(place.prefecture) if inside else -1
        places.urban[p] = 1.0 if place.urban else 0.0
        places.terrain[p] = place.terrain
        places.spoils[p] = place.spoils
        places.access[p] = min(place.access * (0.6 + 0.2 * free_press + 0.4 * witnesses), 1.0)
        places.base_access[p] = places.access[p]
        places.room[p] = 1e12 if place.room is None else float(place.room)
        reach = ground.media_urban if place.urban else ground.media_rural
        places.media[p] = reach * (1.0 - ground.radio_shadow * place.terrain)
        places.base_hardship[p] = places.hardship[p] = 0.5 * low_development if inside else 0.0
        places.border[p] = 1.0
    at = {name: number for number, name in enumerate(index.places)}
    first, to, _ = compress(len(index.places), [(at[link.from_], at[link.to]) for link in theatre.links])
    world.roads.first[:] = first
    world.roads.to[:] = to
    world.roads.open[:] = 1.0


def travel_days(theatre: Theatre, index: Index, ground: Any, speeds: tuple[float, ...]) -> tuple[Any, Any]:
    """(days on foot, days by vehicle) of every road slot, with the season's factors on the four kinds of road."""
    per_day = dict(zip(ROADS, (ground.km_paved, ground.km_laterite, ground.km_track, ground.km_river), strict=True))
    factor = dict(zip(ROADS, speeds, strict=True))
    foot = np.array([link.km / (per_day[link.road] * max(factor[link.road], 0.05)) for link in theatre.links])
    return foot[index.edge], np.maximum(foot / ground.vehicle_factor, 0.2)[index.edge]


def _settle_groups(world: World, theatre: Theatre, index: Index, parameters: dict[str, Any]) -> None:
    risk = theatre.risk
    cells, wide = world.cells, world.wide
    groups = len(index.groups)
    hostility = np.full((groups, groups), 0.05)
    interdependence = np.full((groups, groups), 0.5)
    for relation in theatre.relations:
        a, b = index.groups.index(relation.group), index.groups.index(relation.towards)
        hostility[a, b] = relation.hostility
        interdependence[a, b] = relation.interdependence
    np.fill_diagonal(hostility, 0.0)
    usual = hostility.sum(axis=1, keepdims=True) / max(groups - 1, 1)
    divided = hostility > usual  # framing deepens a line that is there; it draws none
    framing = parameters["Ground"].framing * risk["threat_framing"].value * divided
    hostility += framing * (1.0 - hostility)
    hostility *= parameters["Ground"].animosity_start * (1.0 + 0.3 * risk["past_atrocities"].value)
    wide.animosity[:] = np.clip(hostility, 0.0, 1.0)
    wide.population[:] = world_people(theatre, index).sum(axis=0)
    trade = 1.0 - risk["low_interdependence"].value
    for g, group in enumerate(theatre.groups):
        others = [h for h in range(groups) if h != g]
        contact = np.mean([interdependence[g, h] for h in others]) if others else 1.0
        cells.contact[g] = min(0.5 * contact + 0.25 * trade + 0.25 * risk["cross_cutting_ties"].value, 1.0)
        cells.mobilisation[g] = group.mobilisation
        cells.recognised[g] = group.recognised
        cells.rivalry_base[g] = wide.animosity[g].max()  # the diagonal is 0
    base = parameters["Feeling"].baseline_hostility
    for g in range(groups):
        cells.hostility_mean[:, g] = base * cells.rivalry_base[g]


def world_people(theatre: Theatre, index: Index) -> Any:
    """int64 [place, group]: civilians on the first day."""
    people = np.zeros((len(index.places), len(index.groups)), dtype=np.int64)
    for row in theatre.population:
        people[index.places.index(row.place), index.groups.index(row.group)] += row.people
    return people


def _settle_persons(world: World, theatre: Theatre, rows: Any, first: Any, parameters: dict[str, Any]) -> None:
    persons, cells = world.persons, world.cells
    groups = cells.mobilisation.size
    cells.first[:] = first
    cells.home[:] = world_people(theatre, index_of(theatre))
    world.places.people_start[:] = cells.home.sum(axis=1)
    persons.people[:] = rows
    cell = np.repeat(np.arange(first.size - 1, dtype=np.int32), np.diff(first))
    way = parameters["Flight"]
    normal = NormalDist(way.threshold_mean, way.threshold_sd)
    steps = np.array([normal.inv_cdf((step + 0.5) / 256.0) for step in range(256)])
    thresholds = np.clip(np.round(steps * 255.0), 13, 242).astype(np.uint8)
    base = parameters["Feeling"].baseline_hostility * cells.rivalry_base
    men_share = parameters["Participation"].men_share
    for lo in range(0, rows.size, ROWS_AT_ONCE):
        part = slice(lo, lo + ROWS_AT_ONCE)
        ids = np.arange(lo, min(lo + ROWS_AT_ONCE, rows.size), dtype=np.uint32)
        for_threshold, for_susceptibility, for_men, for_hostility = words_of(world.key, ids, 0, STREAMS["traits"])
        persons.place[part] = cell[part] // groups
        persons.threshold[part] = thresholds[for_threshold >> np.uint32(24)]
        persons.susceptibility[part] = 64 + (for_susceptibility >> np.uint32(25))
        rounding = (for_men >> np.uint32(8)).astype(np.float64) / 16777216.0
        persons.men[part] = np.floor(rows[part] * men_share + rounding).clip(max=rows[part])
        jitter = 0.5 + (for_hostility >> np.uint32(8)).astype(np.float64) / 16777216.0
        persons.hostility[part] = np.clip(base[cell[part] % groups] * jitter, 0.0, 1.0)
    np.add.at(cells.men.reshape(-1), cell, persons.men)


def _settle_actors(world: World, theatre: Theatre, index: Index, parameters: dict[str, Any]) -> None:
    actors, ground, risk = world.actors, parameters["Ground"], theatre.risk
    capacity = 0.7 + 0.6 * risk["perpetrator_capacity"].value
    for a, actor in enumerate(theatre.actors):
        rebel = actor.kind in ("rebel", "militia", "herders", "foreign_rebel")
        actors.intent[a] = actor.intent
        actors.spares[a] = actor.spares
        actors.arms[a] = min(actor.arms * (capacity if rebel else 1.0), 1.0)
        actors.cohesion[a] = actor.cohesion
        loose = 1.0 - 0.3 * risk["rights_violations"].value
        actors.discipline[a] = actor.discipline * (1.0 if actor.outsider else loose)
        actors.pay[a] = actor.pay
        actors.legitimacy[a] = actor.legitimacy
        actors.outsider[a] = actor.outsider
        actors.protects[a] = protection_share(actor.kind, actor.goal, ground) * (
            1.0 if actor.outsider else actors.discipline[a]
        )
        actors.irregular[a] = {
            "militia": 1.0,
            "herders": 1.0,
            "rebel": ground.rebels_irregular,
            "foreign_rebel": ground.rebels_irregular,
        }.get(actor.kind, 0.0)
        actors.polices[a] = {"police": 1.0, "guard": ground.state_polices, "state": ground.state_polices}.get(
            actor.kind, 0.0
        )
        for name in actor.hostile_to:
            actors.hostile[a, index.actors.index(name)] = 1.0
        for name in actor.targets:
            actors.target[a, index.groups.index(name)] = 1.0
        actors.constituency[a] = constituency(theatre, index, a, world.wide.animosity)
    for row in theatre.control:
        actors.control[index.places.index(row.place), index.actors.index(row.actor)] = row.share
    crowd = index.actors.index(CROWD)
    local = [a for a, actor in enumerate(theatre.actors) if actor.kind in ("militia", "herders") and actor.group]
    for g in range(len(index.groups)):
        kin = [a for a in local if actors.constituency[a, g] >= 0.5]
        # self-defence first: a movement that is still only possible, whose aim is its own people, not the palace
        world.wide.crowd_actor[g] = max(
            kin, key=lambda a: (_self_defence(theatre.actors[a]), actors.constituency[a, g], -a), default=crowd
        )


def _self_defence(actor: Actor) -> int:
    return 2 * (actor.goal in ("defend", "expel")) + actor.latent


def protection_share(kind: str, goal: str, ground: Any) -> float:
    """How far people of that kind and purpose protect civilians: observers see, protectors act."""
    if kind in ("peacekeeper", "foreign_force"):
        return {"protect": 0.7, "observe": 0.1}.get(goal, 0.3)
    return float(ground.state_protects) if kind in ("state", "guard", "police") else 0.0


def constituency(theatre: Theatre, index: Index, a: int, animosity: Any) -> Any:
    """[group] share: whom the organisation fights for: its own group, and others as far as that one is at ease with them."""
    actor = theatre.actors[a]
    share = np.zeros(len(index.groups))
    if not actor.group:
        return share
    own = index.groups.index(actor.group)
    for g, name in enumerate(index.groups):
        if name not in actor.targets:
            share[g] = 1.0 if g == own else max(1.0 - 3.0 * animosity[own, g], 0.0)
    return share


def _settle_units(world: World, theatre: Theatre, index: Index) -> None:
    units = world.units
    units.to[:] = -1
    for u, unit in enumerate(theatre.units):
        units.actor[u] = index.actors.index(unit.actor)
        units.place[u] = index.places.index(unit.place)
        units.strength[u] = unit.strength
        units.vehicle[u] = unit.mobility != "foot"
        units.roam[u] = unit.posture == "roam"
        world.actors.strength[units.place[u], units.actor[u]] += unit.strength
    world.actors.allowed[:] = 1.0
    world.actors.guard[:] = world.actors.strength
