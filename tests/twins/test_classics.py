"""Every kernel of the classics equals its readable twin to the bit, on small societies in the middle of their story."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.classics import epstein, lattice
from sim.ground.draw import run_key
from tests.house.code import kernels
from tests.twins import epstein as epstein_twins
from tests.twins import lattice as lattice_twins

words = st.integers(0, 2**64 - 1)
seeds = st.integers(0, 2**32 - 1)


def society(seed: int, ticks: int = 5) -> epstein.Society:
    """A crowded little torus, of one group or two, a few ticks old: rebels, jailed, dead and newborn are there."""
    random = np.random.default_rng(seed)
    given_ = epstein.Inputs(
        vision=float(random.choice([1.7, 3.0, 7.0])),
        legitimacy=float(random.uniform(0.5, 0.85)),
        term=int(random.choice([1, 5, epstein.NEVER])),
        cops=float(random.uniform(0.0, 0.1)),
        groups=int(random.choice([1, 2])),
        agents=float(random.uniform(0.3, 0.9)),
        cloning=0.1,
        age=20,
        side=24,
    )
    rounding = epstein.AS_PRINTED if random.random() < 0.5 else epstein.ROUNDED_DOWN
    made = epstein.Society(given_, run_key(seed, 0, 0), rounding)
    made.run(ticks, duty=random.integers(0, made.cops + 1, ticks))
    return made


def arrays(one: epstein.Society) -> dict[str, Any]:
    return {**one.lattice._asdict(), **one.actors._asdict(), "size": one.size, "order": one._order}


def assert_same(one: epstein.Society, other: epstein.Society, what: str) -> None:
    left, right = arrays(one), arrays(other)
    for name, array in left.items():
        assert array.tobytes() == right[name].tobytes(), f"{what}: {name}\n{array}\n{right[name]}"


def rule_of(one: epstein.Society, least: int = 0) -> epstein.Rule:
    given_ = one.inputs
    cloning = int(given_.cloning * 2**32) if given_.groups == 2 else 0
    return epstein.Rule(given_.threshold, given_.term, cloning, given_.age, least)


OF_SOCIETIES: dict[str, Any] = {
    "shuffle": lambda s, r: (s.key, s.tick + 1, s._order[: s.size[0]]),
    "act": lambda s, r: (
        s.key, s.tick + 1, s.cops, s.inputs.legitimacy, rule_of(s), s.deterrence,
        r.permutation(s.size[0]).astype(np.int32), s.lattice, s.actors, s.size,
    ),
    "clone": lambda s, r: (s.key, s.tick + 1, standing(s, r), rule_of(s), s.lattice, s.actors, s.size),
    "post": lambda s, r: (int(r.integers(0, s.cops + 1)), s.cops, s.lattice, s.actors),
    "come_back": lambda s, r: (s.key, s.tick + 1, int(s.size[0]), s.lattice, s.actors),
    "bury": lambda s, r: (s.tick + int(r.integers(1, 10)), s.cops, s.lattice, s.actors, s.size),
    "census": lambda s, r: (s.cops, int(s.size[0]), s.lattice.board, s.actors, s._order[:5]),
    "stand": lambda s, r: (s.lattice.board, s.lattice.who, epstein.BLUE, np.uint64(r.integers(0, 576)), 7),
    "leave": lambda s, r: (s.lattice.board, epstein.BLUE, np.uint64(r.integers(0, 576))),
}  # fmt: skip


def standing(s: epstein.Society, random: Any) -> int:
    """An agent on the lattice."""
    return int(random.choice(s.cops + np.flatnonzero(s.actors.away[s.cops : s.size[0]] == 0)))


@pytest.mark.parametrize("name", OF_SOCIETIES)
@settings(max_examples=12)
@given(seed=seeds)
def test_kernel_equals_twin(name: str, seed: int) -> None:
    one, other = society(seed), society(seed)
    assume(one.size[0] > one.cops + 10)
    getattr(epstein, name)(*OF_SOCIETIES[name](one, np.random.default_rng(seed)))
    getattr(epstein_twins, name)(*OF_SOCIETIES[name](other, np.random.default_rng(seed)))
    assert_same(one, other, name)


@pytest.mark.parametrize("name", OF_SOCIETIES)
def test_the_societies_move_every_kernel(name: str) -> None:
    """Equality would be empty on societies in which a kernel has nothing to do."""
    moved = 0
    for seed in range(12):
        one, before = society(seed), society(seed)
        getattr(epstein, name)(*OF_SOCIETIES[name](one, np.random.default_rng(seed)))
        after = arrays(one)
        moved += any(after[key].tobytes() != array.tobytes() for key, array in arrays(before).items())
    assert moved >= 4, f"{name} changed {moved} of 12 societies"


@settings(max_examples=8)
@given(seed=seeds)
def test_ticks_of_twins_equal_ticks_of_kernels(seed: int) -> None:
    """Whole ticks, with cops coming and going, legitimacy in motion, and an end where a group gets small."""
    fast, slow = society(seed, 0), society(seed, 0)
    assert ticks_of(fast, epstein.advance) == ticks_of(slow, epstein_twins.advance)
    assert_same(fast, slow, "advance")


def ticks_of(s: epstein.Society, driver: Any) -> tuple[int, list[list[int]]]:
    random, ticks = np.random.default_rng(3), 6
    duty, course = random.integers(0, s.cops + 1, ticks), random.uniform(0.5, 0.9, ticks)
    series = np.zeros((ticks, 5), dtype=np.int64)
    least = 100 if s.inputs.groups == 2 else 0  # ends early now and then
    rule = rule_of(s, least)
    done = driver(s.key, 1, s.cops, duty, course, rule, s.deterrence, s._order, s.lattice, s.actors, s.size, series)
    return int(done), series.tolist()


@given(words)
def test_bits(word: int) -> None:
    assert lattice.bits(np.uint64(word)) == lattice_twins.bits(word)


@given(st.integers(0, 2**32 - 1), st.integers(1, 2**31 - 1))
def test_part(word: int, parts: int) -> None:
    found = epstein.part(np.uint32(word), parts)
    assert found == epstein_twins.part(word, parts)
    assert found < parts


@given(seeds, st.sampled_from([lattice.disc(1.7), lattice.disc(7.0), lattice.diamond(7)]), st.data())
def test_looking_around(seed: int, steps: list[tuple[int, int]], data: st.DataObject) -> None:
    """Counting, finding, entering and striking on a random board; every rank is found, in order."""
    torus = lattice.lattice(32, 2, steps)
    torus.board[:] = np.random.default_rng(seed).integers(0, 2**64, torus.board.shape, dtype=np.uint64)
    site, layer = np.uint64(data.draw(st.integers(0, 32 * 32 - 1))), data.draw(st.integers(0, 1))
    at = (torus.board, torus.near, torus.masks, layer, site)
    there = lattice_twins.seen(*at)
    assert lattice.count(*at) == lattice_twins.count(*at) == len(there)
    assert [lattice.find(*at, rank) for rank in range(len(there))] == there
    assert all(lattice_twins.find(*at, rank) == one for rank, one in enumerate(there))
    for name in ("put", "take", "put"):
        other = torus.board.copy()
        getattr(lattice, name)(torus.board, layer, site)
        getattr(lattice_twins, name)(other, layer, site)
        assert torus.board.tobytes() == other.tobytes(), name


def test_every_kernel_is_compared() -> None:
    """A twin that nothing calls would prove nothing."""
    alone = {"bits", "part", "count", "find", "put", "take", "advance"}
    assert {node.name for _, node in kernels("classics")} == set(OF_SOCIETIES) | alone
