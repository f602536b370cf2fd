"""Small random worlds: a few places, groups, organisations and rows, with every column inside its declared range.

Counts agree with rows (that is what the engine keeps true); everything else is independent and often at a bound,
where kernels differ first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sim.engine import model as _engine  # noqa: F401  (declares every parameter)
from sim.ground.columns import TABLES
from sim.ground.graph import compress
from sim.ground.parameters import PARAMETERS, resolve
from sim.mechanisms.violence import size_tables
from sim.world.world import ABROAD, DEAD, DISPLACED, RESIDENT, TRAPPED, World

LEDGER_LINES = 40  # few, so that some worlds overflow it
UNBOUNDED = {"1/1,000": 20.0, "1/10,000": 20.0, "days": 6.0, "1/day": 1.0, "people": 900.0, "deaths": 50.0}


@dataclass(repr=False)
class Case:
    """A world on a day, parameters within their ranges, and what drivers hand to kernels besides."""

    world: World
    par: dict[str, Any]
    seed: int
    scratch: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        shape = (*self.world.cells.home.shape, self.world.actors.intent.size, self.world.units.strength.size)
        return f"worlds.make({self.seed}, {', '.join(map(str, shape))})"

    @cached_property
    def random(self) -> np.random.Generator:
        """What a single kernel's arguments are drawn from; the same for both copies."""
        return np.random.default_rng([self.seed, 1])

    @cached_property
    def sizes(self) -> tuple[Any, Any]:
        """Cumulative chances and cut-off means of incident sizes."""
        return size_tables(self.par["Violence"])

    def new(self, name: str, array: Any) -> Any:
        """An array beside the world that is compared too."""
        return self.scratch.setdefault(name, array)

    def twice(self) -> Case:
        """The same once more, sharing nothing."""
        return replace(self, world=self.world.copy(), scratch={})


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A small case of every shape."""
    shape = [draw(st.integers(low, high)) for low, high in ((2, 5), (1, 3), (1, 4), (1, 8))]
    seed = draw(st.integers(0, 2**32 - 1))
    return make(seed, *shape)


def make(seed: int, places: int, groups: int, actors: int, units: int, rows: int = 6) -> Case:
    """The case of that seed and shape."""
    rng = np.random.default_rng([seed, 0])
    pairs = [(a, b) for a in range(places) for b in range(a + 1, places)]
    links = [pair for pair in pairs if rng.random() < 0.7]
    count = rng.integers(0, rows + 1, places * groups)
    sizes = {
        "place": places,
        "group": groups,
        "actor": actors,
        "unit": units,
        "road": 2 * len(links),
        "person": int(count.sum()),
    }
    world = World.empty(sizes, rng.integers(0, 2**32, 2, dtype=np.uint32))
    world.day = int(rng.integers(0, 400))
    for table in world.tables():
        for column in TABLES[type(table).__name__]:
            array = getattr(table, column.name)
            if column.dims != ("incident",):
                array[...] = _within(rng, column, array)
    _roads(rng, world, places, links)
    _organisations(rng, world)
    _people(rng, world, count)
    lines = type(world.ledger)(*(array[:LEDGER_LINES].copy() for array in world.ledger))
    world.ledger = lines
    world.ledger.count[0] = rng.choice([0, 1, LEDGER_LINES - 2])
    drawn = {p.name: rng.uniform(p.low, p.high) for p in PARAMETERS.values() if p.high > p.low}
    return Case(world, resolve(drawn), seed)


def _within(rng: np.random.Generator, column: Any, array: Any) -> Any:
    """Values of a column's range, a third of them at one of its bounds."""
    low = column.low if np.isfinite(column.low) else 0.0
    high = column.high if np.isfinite(column.high) else low + UNBOUNDED.get(column.unit, 2.0)
    if array.dtype.kind in "ui":
        high = min(high, np.iinfo(array.dtype).max)
        return rng.integers(int(low), int(high) + 1, array.shape)
    values = rng.uniform(low, high, array.shape)
    at_bound = rng.choice([0.0, low, high], array.shape) if np.isfinite(column.high) else low
    return np.where(rng.random(array.shape) < 0.33, at_bound, values)


def _roads(rng: np.random.Generator, world: World, places: int, links: list[tuple[int, int]]) -> None:
    roads = world.roads
    roads.first[:], roads.to[:], _ = compress(places, links)
    roads.days[:] = rng.uniform(0.2, 6.0, roads.days.shape)
    roads.days_vehicle[:] = roads.days / 4.0
    wheel = rng.integers(0, 2**20, roads.choice.shape) * (rng.random(roads.choice.shape) < 0.8)
    for p in range(places):
        slots = slice(roads.first[p], roads.first[p + 1])
        roads.choice[slots] = np.cumsum(wheel[slots], axis=0)
    sure = rng.choice([0, 2**32 - 1], roads.passing.shape)
    roads.passing[:] = np.where(rng.random(sure.shape) < 0.5, sure, rng.integers(0, 2**32, sure.shape))


def _organisations(rng: np.random.Generator, world: World) -> None:
    places, organisations = world.actors.strength.shape
    units, actors, wide = world.units, world.actors, world.wide
    units.actor[:] = rng.integers(0, organisations, units.actor.shape)
    units.place[:] = rng.integers(0, places, units.place.shape)
    units.to[:] = np.where(rng.random(units.to.shape) < 0.7, -1, rng.integers(0, places, units.to.shape))
    units.strength[:] = rng.integers(1, 700, units.strength.shape) * (rng.random(units.strength.shape) < 0.8)
    actors.strength[:] = rng.integers(0, 900, actors.strength.shape) * (rng.random(actors.strength.shape) < 0.4)
    resting = units.to < 0
    np.add.at(actors.strength, (units.place[resting], units.actor[resting]), units.strength[resting])
    actors.lost[:] = actors.strength * rng.choice([0.0, 0.0, 0.1, 1.0], actors.lost.shape)
    actors.control[:] /= np.maximum(actors.control.sum(axis=1, keepdims=True), 1.0)
    np.fill_diagonal(actors.hostile, 0.0)
    np.fill_diagonal(wide.animosity, 0.0)
    actors.budget[:] = rng.exponential(2.0, actors.budget.shape) * (rng.random(actors.budget.shape) < 0.6)
    wide.crowd_actor[:] = rng.integers(0, organisations, wide.crowd_actor.shape)
    world.places.inside[0] = 1
    world.places.abroad[world.places.inside == 1] = 0


def _people(rng: np.random.Generator, world: World, count: Any) -> None:
    persons, cells = world.persons, world.cells
    places, groups = cells.home.shape
    cells.first[:] = np.concatenate(([0], np.cumsum(count)))
    home, group = np.divmod(np.repeat(np.arange(count.size), count), groups)
    n = home.size
    persons.place[:] = np.where(rng.random(n) < 0.6, home, rng.integers(0, places, n))
    persons.people[:] = rng.integers(1, rng.choice([3, 40, 900]), n) * (rng.random(n) < 0.9)
    at_home = persons.place == home
    outside = world.places.abroad[persons.place] == 1
    persons.status[:] = np.where(at_home, rng.choice([RESIDENT, TRAPPED], n), np.where(outside, ABROAD, DISPLACED))
    persons.status[persons.people == 0] = DEAD
    persons.active[:] = rng.integers(0, 2, n) * (persons.status == RESIDENT)
    persons.men[:] = persons.people * rng.choice([0.0, 0.2, 0.5, 1.0], n)
    for counts, rows, each in (
        (cells.home, at_home, persons.people), (cells.away, ~at_home, persons.people),
        (cells.trapped, persons.status == TRAPPED, persons.people),
        (cells.men_active, persons.active == 1, persons.men), (cells.men, persons.people > 0, persons.men),
    ):  # fmt: skip
        counts[:] = 0
        np.add.at(counts, (persons.place[rows], group[rows]), each[rows])
    alive = cells.home + cells.away
    cells.killed_today[:] = alive * rng.choice([0.0, 0.0, 0.1, 0.6], alive.shape)
    cells.men_killed_today[:] = np.clip(
        cells.killed_today * rng.random(alive.shape), cells.killed_today - (alive - cells.men), cells.men
    )
    cells.dying_today[:] = (alive - cells.killed_today) * rng.choice([0.0, 0.1, 1.0], alive.shape)
    cells.killed_month[:] = alive * rng.choice([0.0, 0.01, 0.3], alive.shape)
    cells.join_field[:] = rng.normal(0.0, 3.0, alive.shape)
