"""The city of attacks and migration: what holds in every run, and the paper's findings on one city."""

from __future__ import annotations

import numpy as np
import pytest

from sim.classics.weidmann_salehyan import RANGES, Inputs, _refuge, dissimilarity, run
from sim.ground.draw import run_key

SMALL = Inputs(places=30, people=60, insurgents=0.04)
KEY = run_key(4, 0, 0)


def test_defaults_lie_within_their_ranges() -> None:
    for name, (low, high) in RANGES.items():
        assert low <= getattr(Inputs(), name) <= high


def test_the_index_of_dissimilarity() -> None:
    """0 when every place has the same mix, 1 when no place has both, half between (Duncan and Duncan 1955)."""
    assert dissimilarity(np.array([[30, 10], [60, 20]])) == 0.0
    assert dissimilarity(np.array([[30, 0], [0, 20]])) == 1.0
    assert dissimilarity(np.array([[30, 10], [10, 30]])) == pytest.approx(0.5)


def test_people_flee_to_their_own_where_there_is_room() -> None:
    living = np.array([[50, 0], [40, 60], [0, 10], [5, 5]])
    inputs = Inputs(places=4, people=50, room=1.5)
    coins = np.linspace(0.001, 0.999, 200)
    first = _refuge(inputs, living, np.zeros(200, dtype=np.int64), coins)
    second = _refuge(inputs, living, np.ones(200, dtype=np.int64), coins)
    assert np.bincount(first, minlength=4).tolist()[1:3] == [0, 0]  # full; nobody of the own
    assert np.bincount(first)[0] > 5 * np.bincount(first)[3]
    assert set(second) == {2, 3}


def test_without_attacks_nobody_moves_and_with_full_police_no_attack_is_done() -> None:
    peace = run(Inputs(places=30, people=60, insurgents=0.0), KEY, np.zeros(10))
    assert peace.attacks.sum() == 0
    assert (peace.segregation == peace.segregation[0]).all()
    assert run(SMALL, KEY, np.ones(10)).attacks.sum() == 0


def test_police_who_start_later_share_the_weeks_before() -> None:
    """Addressed draws: until they start, nothing differs."""
    without, later = run(SMALL, KEY, np.zeros(40)), run(SMALL, KEY, np.repeat([0.0, 0.3], 20))
    assert np.array_equal(without.attacks[:20], later.attacks[:20])
    assert np.array_equal(without.segregation[:20], later.segregation[:20])
    assert later.attacks[20:].sum() < without.attacks[20:].sum()


def test_the_city_unmixes_and_violence_falls() -> None:
    """The paper's first finding on one city of 3,000: 150 weeks without police."""
    one = run(Inputs(places=50, people=60, insurgents=0.04), KEY, np.zeros(150))
    assert one.segregation[-1] > one.segregation[0] + 0.2
    assert one.attacks[-26:].sum() < 0.5 * one.attacks[:26].sum()
