"""Readable twin of sim.ground.draw: Philox4x32-10 and what is made of it, in whole numbers that cannot overflow."""

from __future__ import annotations

import math
from typing import Any

WORD = 0xFFFFFFFF  # a machine word of 32 bits


def philox(k0: Any, k1: Any, c0: Any, c1: Any, c2: Any, c3: Any) -> tuple[int, int, int, int]:
    """Ten rounds of multiply, split in two halves, and cross (Salmon et al. 2011)."""
    a, b, x0, x1, x2, x3 = (int(one) & WORD for one in (k0, k1, c0, c1, c2, c3))
    for _ in range(10):
        p0, p1 = x0 * 0xD2511F53, x2 * 0xCD9E8D57
        x0, x1, x2, x3 = (p1 >> 32) ^ x1 ^ a, p1 & WORD, (p0 >> 32) ^ x3 ^ b, p0 & WORD
        a, b = (a + 0x9E3779B9) & WORD, (b + 0xBB67AE85) & WORD
    return x0, x1, x2, x3


def word(key: Any, who: Any, day: Any, stream: Any, draw: Any) -> int:
    return philox(key[0], key[1], who, day, stream, draw)[0]


def uniform(key: Any, who: Any, day: Any, stream: Any, draw: Any) -> float:
    """53 random bits as a fraction: 27 of the first word, 26 of the second."""
    high, low, _, _ = philox(key[0], key[1], who, day, stream, draw)
    return ((high >> 5) * 2**26 + (low >> 6)) * 2.0**-53


def whole(key: Any, expected: float, who: Any, day: Any, stream: Any, draw: Any) -> int:
    """The whole part, and one more as often as the rest says."""
    part = expected - math.trunc(expected)
    return math.trunc(expected) + (uniform(key, who, day, stream, draw) < part)


def mix(who: Any, first: Any, second: Any) -> Any:
    """The screen's hash; `who` a whole number or a uint64 array of words."""
    x = who ^ first
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & WORD
    x = ((x ^ (x >> 15) ^ second) * 0x846CA68B) & WORD
    return x ^ (x >> 16)


def passes(coin: Any, chance: float) -> bool:
    """A coin in [0, 1) against the part of the screened that is to act."""
    return int(coin) * 2.0**-32 < chance / min(1.0, 2.0 * chance)
