"""Synthetic theatres of any size, built in memory: nothing about them is a claim about the world."""

from __future__ import annotations

import datetime
from pathlib import Path

from sim.scenario.theatre import (
    MITIGATORS,
    RISK_FACTORS,
    Actor,
    Control,
    Group,
    Link,
    Place,
    Population,
    Relation,
    Stage,
    Theatre,
    Unit,
    Valued,
)

WHY, GRADE = "synthetic, for measuring speed", "assumption"
START = datetime.date(2000, 1, 1)
GROUPS = ("plain", "hill")


def synthetic(people: int, *, places: int = 150, people_per_row: int = 1, days: int = 100) -> Theatre:
    """A country of `people` civilians of two groups in `places` towns on a square grid of roads, with two
    neighbours abroad, a government that protects, and rebels who kill and expel in a fifth of the towns, so
    that violence, flight, clashes and joining all go on while the clock runs.
    """
    towns = tuple(_town(p, places) for p in range(places))
    abroad = tuple(_place(f"Border {n}", "", "neighbour", 9.0, float(n), country="FIB") for n in range(2))
    held = range(4, places, 5)
    return Theatre(
        path=Path("synthetic"),
        name=f"synthetic_{people}",
        title="Synthetic",
        summary=WHY,
        country="FIC",
        start=START,
        days=days,
        people_per_row=people_per_row,
        stage="first",
        stages=(Stage("first", START, days),),
        risk={name: Valued(0.5, 0.0, 1.0, WHY, GRADE) for name in (*RISK_FACTORS, *MITIGATORS)},
        seasons=(),
        priors={},
        places=(*towns, *abroad),
        prefectures=tuple(dict.fromkeys(town.prefecture for town in towns)),
        groups=tuple(Group(name, name, "included", 0.5, WHY, GRADE) for name in GROUPS),
        population=tuple(_shares(people, towns)),
        relations=tuple(
            Relation(one, other, 0.4, 0.4, WHY, GRADE) for one in GROUPS for other in GROUPS if one != other
        ),
        links=tuple(_grid(towns, abroad)),
        actors=(
            _actor("army", "state", "plain", "rule", intent=0, hostile_to=("rebels",)),
            _actor("rebels", "rebel", "hill", "loot", intent=3, hostile_to=("army",), targets=("plain",)),
        ),
        units=tuple(
            Unit("", actor, towns[p].name, strength, None, None, "foot", "hold", WHY, GRADE)
            for p in held
            for actor, strength in (("rebels", max(people // (100 * places), 20)),)
        )
        + (Unit("", "army", towns[0].name, 200, None, None, "foot", "roam", WHY, GRADE),),
        control=tuple(Control("", towns[p].name, "rebels", 0.6, WHY, GRADE) for p in held),
        institutions=(),
        calendar=(),
    )


def _town(p: int, places: int) -> Place:
    side = int(places**0.5)
    kind = "capital" if p == 0 else "town"
    return _place(f"Town {p}", f"Prefecture {p // 10}", kind, float(p // side), float(p % side), country="FIC")


def _place(name: str, prefecture: str, kind: str, lat: float, lon: float, *, country: str) -> Place:
    return Place(name, prefecture, kind, lat, lon, kind == "town", 0.3, 0.4, 0.5, None, country, WHY, GRADE)


def _actor(
    name: str,
    kind: str,
    group: str,
    goal: str,
    *,
    intent: int,
    hostile_to: tuple[str, ...],
    targets: tuple[str, ...] = (),
) -> Actor:
    return Actor(
        name=name,
        label=name,
        kind=kind,
        group=group,
        goal=goal,
        cohesion=0.6,
        arms=0.5,
        discipline=0.5,
        exclusion=0.3,
        spoils=0.5,
        legitimacy=0.4,
        intent=intent,
        pay=0.7,
        patrons=(),
        hostile_to=hostile_to,
        targets=targets,
        latent=False,
        splinters=(),
        source=WHY,
        grade=GRADE,
    )


def _shares(people: int, towns: tuple[Place, ...]) -> list[Population]:
    """`people` over towns and groups, as evenly as whole people allow."""
    cells = [(town.name, group) for town in towns for group in GROUPS]
    share, rest = divmod(people, len(cells))
    return [
        Population(place, group, share + (n < rest), None, None, WHY, GRADE) for n, (place, group) in enumerate(cells)
    ]


def _grid(towns: tuple[Place, ...], abroad: tuple[Place, ...]) -> list[Link]:
    side = int(len(towns) ** 0.5)
    pairs = [(p, p + step) for p in range(len(towns)) for step in (1, side) if p + step < len(towns)]
    links = [Link(towns[a].name, towns[b].name, 40.0, "laterite", WHY, GRADE) for a, b in pairs]
    return links + [Link(towns[-1 - n].name, place.name, 60.0, "track", WHY, GRADE) for n, place in enumerate(abroad)]
