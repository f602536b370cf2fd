"""True on every day of every run: people are conserved, columns keep their ranges, no act without an actor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from sim.engine.model import Model
from sim.ground.columns import TABLES
from sim.interventions.base import NONE
from sim.scenario.theatre import Theatre
from sim.world.world import ABROAD, DEAD, DISPLACED, RESIDENT, TRAPPED, World
from tests.engine.cases import recount, recount_cells, sahra, start, theatres, with_force

DAYS = 60


class Watch:
    """Looks at a run every day and fails on the first thing that cannot be."""

    def __init__(self, model: Model) -> None:
        world = model.world
        self.model = model
        self.at_first = int(world.persons.people.sum())
        self.people = world.persons.people.copy()
        self.home = (
            np.repeat(np.arange(world.cells.first.size - 1), np.diff(world.cells.first)) // world.cells.home.shape[1]
        )
        self.men = world.cells.men_active.copy()
        self.written = 0

    def step(self) -> None:
        """One day, looked at."""
        self.men = self.model.world.cells.men_active.copy()
        self.model.step()
        world = self.model.world
        self.conserved(world)
        self.rows(world)
        self.in_range(world)
        self.incidents(world)

    def conserved(self, world: World) -> None:
        told = world.people()
        assert sum(told.values()) == self.at_first
        assert told == recount(world, self.at_first)
        for name, counted in recount_cells(world).items():
            assert np.array_equal(getattr(world.cells, name), counted), name

    def rows(self, world: World) -> None:
        persons = world.persons
        assert (persons.men <= persons.people).all()
        assert (persons.people <= self.people).all(), "a row has more people than yesterday: somebody died twice"
        self.people = persons.people.copy()
        at_home = persons.place == self.home
        assert (at_home == np.isin(persons.status, (RESIDENT, TRAPPED)))[persons.people > 0].all()
        assert ((persons.people == 0) == (persons.status == DEAD)).all()
        outside = world.places.abroad[persons.place] == 1
        living = ~at_home & (persons.people > 0)
        assert (persons.status[living] == np.where(outside, ABROAD, DISPLACED)[living]).all()
        assert at_home[persons.active == 1].all(), "only people at home take part"

    def in_range(self, world: World) -> None:
        named = world.arrays()
        for table, columns in TABLES.items():
            for column in columns:
                array = named.get(f"{table}.{column.name}")
                if array is None or array.size == 0:
                    continue
                assert np.isfinite(array).all(), f"{table}.{column.name}"
                assert array.min() >= column.low, f"{table}.{column.name} {array.min()} under {column.low}"
                assert array.max() <= column.high, f"{table}.{column.name} {array.max()} over {column.high}"
        assert (world.cells.trapped <= world.cells.home).all()
        assert (world.actors.control.sum(axis=1) <= 1.0 + 1e-9).all(), "a place is held more than once"

    def incidents(self, world: World) -> None:
        ledger, first, last = world.ledger, self.written, int(world.ledger.count[0])
        self.written = last
        today: Any = np.zeros_like(world.cells.killed_today)
        crowd, actors = world.wide.crowd_actor, world.actors
        for n in range(first, last):
            p, a, g = int(ledger.place[n]), int(ledger.actor[n]), int(ledger.group[n])
            assert ledger.day[n] == world.day - 1
            today[p, g] += ledger.deaths[n]
            if ledger.collateral[n]:
                assert actors.lost[p].sum() > 0, "killed in a clash where nobody fought"
            else:
                assert actors.strength[p, a] + self.men[p, crowd == a].sum() > 0, "killed by nobody present"
                assert actors.strength[p, a] == 0 or actors.intent[a] > 0 or self.men[p, crowd == a].sum() > 0
            if ledger.reported[n]:
                assert ledger.reported_day[n] >= ledger.day[n]
        assert np.array_equal(today, world.cells.killed_today)
        assert ledger.deaths[:last].sum() == world.cells.killed.sum() == actors.victims.sum()
        assert (ledger.men[:last] <= ledger.deaths[:last]).all()
        assert (ledger.men[:last] >= 0).all()
        assert ledger.men[:last].sum() == world.cells.men_killed.sum()
        spared = (actors.spares[ledger.actor[:last]] == 1.0) & (ledger.collateral[:last] == 0)
        assert np.array_equal(ledger.men[:last][spared], ledger.deaths[:last][spared]), "somebody was not spared"


@settings(max_examples=25)
@given(theatre=theatres())
def test_small_theatres_keep_their_books(theatre: Theatre) -> None:
    """Random theatres: hostile, crowded, some with closed borders, full camps, one group or one place."""
    watch = Watch(start(theatre, with_force(theatre, 5)))
    for _ in range(DAYS):
        watch.step()


@pytest.mark.parametrize("seed", [4, 6, 10])
@pytest.mark.parametrize("forced", [False, True])
def test_sahra_keeps_its_books(seed: int, forced: bool) -> None:
    """The fictional theatre, where splits, seizures and movements happen too."""
    theatre = sahra()
    watch = Watch(start(theatre, with_force(theatre, 10) if forced else NONE, seed))
    for _ in range(200):
        watch.step()
    assert watch.written > 20, "a quiet run would prove little"


def test_extreme_parameters_keep_the_books() -> None:
    """Killing far beyond the ranges: the dead of a place never outnumber its people."""
    theatre = sahra()
    more = {"lethality_exterminate": 50.0, "lethality_mass": 50.0, "lethality_permit": 5.0, "lethality_repress": 5.0,
            "excess_home": 900.0, "excess_displaced": 900.0, "size_at_most": 3000.0}  # fmt: skip
    watch = Watch(start(theatre, NONE, 3, **more))
    for _ in range(60):
        watch.step()
    assert watch.model.world.people()["dead"] > 0.2 * watch.at_first
