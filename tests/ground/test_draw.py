"""Addressed randomness: published vectors, the two forms, and the cheap screen before the good generator."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.ground.draw import STREAMS, mix, passes, philox, run_key, uniform, whole, word, words_of
from sim.mechanisms.participation import screen

ONES = 0xFFFFFFFF
PI = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)

# Random123 (Salmon et al. 2011), file kat_vectors, lines "philox4x32 10": counter, key, result
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (PI, (0xA4093822, 0x299F31D0), (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
]


def u32(*numbers: int) -> list[np.uint32]:
    return [np.uint32(number) for number in numbers]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN, ids=["zeros", "ones", "pi"])
def test_philox_gives_the_published_vectors(
    counter: tuple[int, ...], key: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    """A generator with a slip passes every test of its own; vectors made by its authors show the slip."""
    assert tuple(int(x) for x in philox(*u32(*key), *u32(*counter))) == expected


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN, ids=["zeros", "ones", "pi"])
def test_the_vectorised_form_gives_them_too(
    counter: tuple[int, ...], key: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    who, day, stream, draw = counter
    made = words_of(np.array(key, dtype=np.uint32), np.array([who], dtype=np.uint32), day, stream, draw)
    assert tuple(int(x[0]) for x in made) == expected


def test_scalar_and_vector_form_agree() -> None:
    """Set-up draws with the one, the day with the other: one address must mean one draw."""
    key = run_key(7, 3, 2)
    who = np.array([0, 1, 2, 65535, 65536, 2**31, ONES], dtype=np.uint32)
    vector = words_of(key, who, 19, STREAMS["traits"], 5)
    for n, one in enumerate(who):
        scalar = philox(key[0], key[1], one, 19, STREAMS["traits"], 5)
        assert tuple(int(x) for x in scalar) == tuple(int(x[n]) for x in vector)
        assert int(word(key, one, 19, STREAMS["traits"], 5)) == int(vector[0][n])


def test_every_part_of_an_address_matters() -> None:
    """Who, day, stream, draw, seed, parameter draw and replicate: change one and the word changes."""
    base = {"seed": 1, "draw": 2, "replicate": 3, "who": 4, "day": 5, "stream": 6, "number": 7}

    def at(**change: int) -> int:
        a = {**base, **change}
        key = run_key(a["seed"], a["draw"], a["replicate"])
        return int(word(key, a["who"], a["day"], a["stream"], a["number"]))

    words = [at(), *(at(**{part: value + 1}) for part, value in base.items()), at(seed=base["seed"] + 2**32)]
    assert len(set(words)) == len(words)


def test_streams_are_unique() -> None:
    """Two purposes on one number would share their draws."""
    numbers = list(STREAMS.values())
    assert len(set(numbers)) == len(numbers)
    assert all(0 < number <= ONES for number in numbers)


def test_uniform_is_uniform() -> None:
    """Mean, variance and chi-square over 64 cells, within 5 standard errors (one in a million)."""
    key, n = run_key(11, 0, 0), 40_000
    drawn = np.array([uniform(key, who, 1, STREAMS["home"], 0) for who in range(n)])
    assert 0.0 <= drawn.min()
    assert drawn.max() < 1.0
    assert abs(drawn.mean() - 0.5) < 5 * math.sqrt(1 / 12 / n)
    assert abs(drawn.var() - 1 / 12) < 5 * math.sqrt(1 / 180 / n)
    cells = np.bincount((drawn * 64).astype(int), minlength=64)
    chi_square = float(((cells - n / 64) ** 2 / (n / 64)).sum())
    assert abs(chi_square - 63) < 5 * math.sqrt(2 * 63)


@pytest.mark.parametrize("expected", [0.0, 0.003, 0.5, 2.0, 7.31])
def test_keyed_rounding_is_whole_and_unbiased(expected: float) -> None:
    """The mean of many roundings is the number, within 5 standard errors; none is further than one away."""
    key, n = run_key(5, 0, 0), 40_000
    drawn = np.array([whole(key, expected, who, 3, STREAMS["health"], 0) for who in range(n)])
    below = math.floor(expected)
    assert set(np.unique(drawn)) <= {below, below + 1}
    part = expected - below
    assert abs(drawn.mean() - expected) <= 5 * math.sqrt(part * (1 - part) / n)


def hashed(who: np.ndarray, first: int, second: int) -> np.ndarray:
    return np.array([mix(x, np.uint32(first), np.uint32(second)) for x in who], dtype=np.uint32)


def test_every_bit_of_an_id_moves_every_bit_of_the_hash() -> None:
    """Avalanche: 0.5 of the output bits flip. Half a tenth either way is 5 standard errors of 2,500 ids.

    Ids are consecutive in use, so consecutive ids are what is tried.
    """
    n = 2_500
    who = np.arange(n, dtype=np.uint32)
    plain = hashed(who, 0x12345678, 0x9ABCDEF0)
    for bit in range(32):
        changed = plain ^ hashed(who ^ np.uint32(1 << bit), 0x12345678, 0x9ABCDEF0)
        flips = ((changed[:, None] >> np.arange(32, dtype=np.uint32)) & 1).mean(axis=0)
        assert flips.min() > 0.45, f"input bit {bit}: output bit {flips.argmin()} flips in {flips.min():.3f}"
        assert flips.max() < 0.55, f"input bit {bit}: output bit {flips.argmax()} flips in {flips.max():.3f}"


def test_two_days_are_no_shifted_copies() -> None:
    """With one key word, tomorrow's hashes of an id would be today's of another; two words prevent that."""
    who = np.arange(4_000, dtype=np.uint32)
    key = run_key(1, 0, 0)
    today, tomorrow = (
        hashed(who, *(int(x) for x in philox(key[0], key[1], 0, day, STREAMS["screen"], 0)[:2]))
        for day in (8, 9)
    )
    assert len(np.intersect1d(today, tomorrow)) <= 2  # 4,000 x 4,000 / 2**32 expects 0.004
    for shift in (0, 1, 2, 7):
        a, b = today[shift:].astype(float), tomorrow[: len(who) - shift].astype(float)
        assert abs(np.corrcoef(a, b)[0, 1]) < 5 / math.sqrt(len(a))


@pytest.mark.parametrize("chance", [0.004, 0.08, 0.4, 0.7, 1.0])
def test_screen_then_philox_gives_the_wanted_rate(chance: float) -> None:
    """The hash lets through twice the chance and Philox takes its part of those: together exactly the chance.

    The tolerance is 5 binomial standard errors of 60,000 rows.
    """
    n = 60_000
    key = run_key(3, 0, 0)
    first, second, _, _ = philox(key[0], key[1], 0, 12, STREAMS["screen"], 0)
    flag, turning = np.zeros(n, dtype=np.uint8), np.zeros(n, dtype=np.float32)
    nothing = np.zeros(n, dtype=np.uint8)
    zero = np.float32(0.0)
    screen(
        0,
        n,
        np.zeros(n, dtype=np.uint16),
        np.ones(n, dtype=np.uint16),
        nothing,
        np.zeros(n, dtype=np.float32),
        np.ones(n, dtype=np.float32),
        nothing,
        np.uint16(0),
        first,
        second,
        np.float32(chance),
        np.float32(-100.0),
        zero,
        zero,
        np.float32(0.2),
        np.float32(0.3),
        zero,
        flag,
        turning,
    )
    let_through = np.flatnonzero(flag & 1)
    coins = words_of(key, let_through.astype(np.uint32), 12, STREAMS["flight"], 0)[0]
    acting = sum(passes(coin, chance) for coin in coins)
    error = math.sqrt(max(chance * (1 - chance), 1 / n) / n)
    assert abs(acting / n - chance) < 5 * error
    assert len(let_through) / n == pytest.approx(min(1.0, 2 * chance), abs=5 * math.sqrt(0.25 / n))
