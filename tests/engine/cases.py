"""What the tests of whole runs share: small theatres, runs watched every day, and a recount of people from rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sim.engine.model import Model
from sim.ground.draw import run_key
from sim.interventions.base import NONE, Policy
from sim.interventions.registry import read_policy
from sim.scenario import read_theatre
from sim.scenario.theatre import (
    Actor,
    Control,
    Group,
    Institution,
    Link,
    Place,
    Population,
    Relation,
    Theatre,
    Unit,
    Valued,
)  # fmt: skip
from sim.world.world import ABROAD, DISPLACED, RESIDENT, STATUS, TRAPPED, World
from tests.interventions.cases import raw_policy

ROUGH = 1000  # people a row stands for where only speed matters
MADE_UP = ("made up for a test", "assumption")
KINDS = ("state", "rebel", "militia", "herders", "peacekeeper")
GOALS = {"state": "rule", "rebel": "seize_power", "militia": "expel", "herders": "loot", "peacekeeper": "protect"}


@cache
def sahra(people_per_row: int = ROUGH) -> Theatre:
    """The fictional theatre, with few rows."""
    return replace(read_theatre("sahra"), people_per_row=people_per_row)


@st.composite
def theatres(draw: st.DrawFn) -> Theatre:
    """A small random theatre: 2-5 places inside, 1-2 outside, 1-3 groups, 2-5 organisations."""
    sizes = [draw(st.integers(low, high)) for low, high in ((2, 5), (1, 2), (1, 3), (2, 5))]
    return small_theatre(draw(st.integers(0, 2**32 - 1)), *sizes)


def small_theatre(seed: int, inside: int, outside: int, groups: int, actors: int) -> Theatre:
    """The random theatre of that seed and shape: armed, hostile and full enough for everything to happen."""
    rng = np.random.default_rng(seed)

    def share() -> float:
        return float(rng.choice([0.0, 1.0, rng.random(), rng.random()]))

    like = sahra()
    inner, group_names = [f"P{n}" for n in range(inside)], [f"g{n}" for n in range(groups)]
    outer = [f"O{n}" for n in range(outside)]
    kinds = [KINDS[n % len(KINDS)] for n in range(actors)]
    names = [f"a{n}" for n in range(actors)]
    places = [
        Place(
            name, "North" if n % 2 else "South", "capital" if n == 0 else "town", 0.0, float(n), n == 0,
            share(), share(),
            share(), None, "FIC", *MADE_UP,
        )
        for n, name in enumerate(inner)
    ] + [
        Place(
            name, "", "camp" if n else "neighbour", 1.0, float(n), False, 0.0, 0.0, 0.5, 2000 if n else None,
            "FIC" if n and rng.random() < 0.5 else "ABR", *MADE_UP,
        )
        for n, name in enumerate(outer)
    ]  # fmt: skip
    ring = [*zip(inner, [*inner[1:], outer[0]], strict=True), *((inner[0], name) for name in outer[1:])]
    kin = [group_names[n % groups] if kind != "peacekeeper" else "" for n, kind in enumerate(kinds)]
    return replace(
        like,
        name="made_up", people_per_row=int(rng.choice([7, 40, 300])), priors={}, calendar=(), policies={},
        prefectures=("South", "North") if inside > 1 else ("South",),
        risk={name: Valued(share(), None, None, *MADE_UP) for name in like.risk},
        places=tuple(places),
        groups=tuple(Group(name, name, "included", share(), share(), *MADE_UP) for name in group_names),
        population=tuple(
            Population(place, group, int(rng.integers(1, 6000)), None, None, *MADE_UP)
            for place in inner for group in group_names if rng.random() < 0.8 or group == group_names[0]
        ),
        relations=tuple(
            Relation(one, other, share(), share(), *MADE_UP)
            for one in group_names for other in group_names if one != other
        ),
        links=tuple(
            Link(a, b, float(rng.uniform(5, 150)), str(rng.choice(["paved", "track"])), *MADE_UP)
            for a, b in ring if a != b
        ),
        actors=tuple(
            Actor(
                name, name, kind, kin[n], GOALS[kind], share(), share(), share(), share(), share(), share(),
                int(rng.integers(0, 5)), share(), share(), (),
                tuple(o for o in names if o != name and rng.random() < 0.6),
                tuple(g for g in group_names if g != kin[n] and kind != "peacekeeper" and rng.random() < 0.7),
                False, (), *MADE_UP,
            )
            for n, (name, kind) in enumerate(zip(names, kinds, strict=True))
        ),
        units=tuple(
            Unit(
                like.stage, name, str(rng.choice(inner)), int(rng.integers(5, 300)), None, None,
                str(rng.choice(["foot", "vehicle"])), str(rng.choice(["roam", "hold"])), *MADE_UP,
            )
            for name in names for _ in range(2)
        ),
        control=tuple(Control(like.stage, place, str(rng.choice(names)), share(), *MADE_UP) for place in inner),
        institutions=(
            Institution("voice", "Voice", "media", group_names[0], "", "hardliner", 1.0, *MADE_UP),
            Institution("elders", "Elders", "community", group_names[-1], "", "moderate", share(), *MADE_UP),
        ),
    )  # fmt: skip


def with_force(theatre: Theatre, decided: int, size: int = 400, lead: int = 5) -> Policy:
    """A protecting force for the capital, decided on that day."""
    force = {
        "instrument": "force", "force": "battlegroup", "size": size, "places": ["capital"],
        "posture": "protect", "roe": 0.8,
        "ramp_days": 4, "cost_per_person_day_eur": 590, "payer": "member_states", "consent": "un",
    }  # fmt: skip
    return read_policy(raw_policy(force, name=f"force_{decided}", decided={"day": decided}, lead=lead), theatre)


def start(theatre: Theatre, policy: Policy = NONE, seed: int = 1, **more: Any) -> Model:
    """A model on its first morning; `more` are parameters."""
    return Model(theatre, policy, more, run_key(seed, 0, 0))


def run(model: Model, days: int) -> str:
    """Digest after so many more days."""
    for _ in range(days):
        model.step()
    return model.world.digest()


def days_of(model: Model, days: int) -> Iterator[World]:
    """The world after each day."""
    for _ in range(days):
        model.step()
        yield model.world


def arrays_of(world: World) -> dict[str, str]:
    """A digest of each array."""
    return {
        name: hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
        for name, array in world.arrays().items()
    }


def recount(world: World, at_first: int) -> dict[str, int]:
    """People by status, counted from rows; the dead are those who are missing."""
    persons = world.persons
    people = {name: int(persons.people[persons.status == code].sum()) for code, name in enumerate(STATUS)}
    assert people["dead"] == 0, "a dead row still has people"
    return {**people, "dead": at_first - sum(people.values())}


def recount_cells(world: World) -> dict[str, Any]:
    """Counts by place and group, counted from rows."""
    persons, cells = world.persons, world.cells
    group = np.repeat(np.arange(cells.first.size - 1), np.diff(cells.first)) % cells.home.shape[1]
    at_home = (persons.status == RESIDENT) | (persons.status == TRAPPED)
    away = (persons.status == DISPLACED) | (persons.status == ABROAD)
    counts = {}
    for name, rows, each in (
        ("home", at_home, persons.people), ("away", away, persons.people),
        ("trapped", persons.status == TRAPPED, persons.people),
        ("men_active", at_home & (persons.active == 1), persons.men), ("men", at_home | away, persons.men),
    ):  # fmt: skip
        counts[name] = np.zeros_like(cells.home)
        np.add.at(counts[name], (persons.place[rows], group[rows]), each[rows])
    return counts


ROOT = Path(__file__).resolve().parents[2]
