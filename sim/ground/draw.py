"""Randomness that is addressed, not queued: Philox4x32-10 (Salmon et al. 2011, SC'11).

A draw has an address (key of the run, id, day, stream, draw number). Same address, same bits, whatever else was drawn,
on any number of threads and processes. The policy and the worker are never part of an address, so two policies under
one seed share every draw that the policy did not causally touch.

Streams are numbered here and nowhere else; a number is never used again for another purpose.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.ground.kernel import kernel

U32 = np.uint32
U64 = np.uint64

STREAMS: dict[str, int] = {
    "traits": 1,
    "screen": 2,
    "flight": 3,
    "participation": 4,
    "journey": 5,
    "home": 6,
    "incident_count": 7,
    "incident_size": 8,
    "report": 9,
    "victims": 10,
    "health": 11,
    "clash": 12,
    "attrition": 13,
    "march": 14,
    "recruit": 15,
    "leader": 16,
    "split": 17,
    "mediation": 18,
    "shock": 19,
    "lead_time": 20,
    "transfer": 21,
    "media": 22,
    "incident_men": 23,
    "information": 24,
    "theatre": 25,
    "observation": 40,
    "institution": 41,
    "chain": 42,
    "country": 43,
    "air": 60,
    "intelligence": 61,
    "contributor": 62,
    "classics": 100,
}

_M0, _M1 = U64(0xD2511F53), U64(0xCD9E8D57)
_W0, _W1 = U32(0x9E3779B9), U32(0xBB67AE85)
_MASK = U64(0xFFFFFFFF)
_SHIFT = U64(32)
_TWO53 = 1.0 / 9007199254740992.0


@kernel
def philox(k0: Any, k1: Any, c0: Any, c1: Any, c2: Any, c3: Any) -> tuple[Any, Any, Any, Any]:
    """Philox4x32-10: two uint32 key words and four uint32 counter words to four uint32 words."""
    x0, x1, x2, x3 = U32(c0), U32(c1), U32(c2), U32(c3)
    a, b = U32(k0), U32(k1)
    for _ in range(10):
        p0 = _M0 * U64(x0)
        p1 = _M1 * U64(x2)
        x0, x1, x2, x3 = (
            U32(U32(p1 >> _SHIFT) ^ x1 ^ a),
            U32(p1 & _MASK),
            U32(U32(p0 >> _SHIFT) ^ x3 ^ b),
            U32(p0 & _MASK),
        )
        a = U32(a + _W0)
        b = U32(b + _W1)
    return x0, x1, x2, x3


@kernel
def word(key: Any, who: Any, day: Any, stream: Any, draw: Any) -> Any:
    """One uint32 at an address; `key` is uint32[2]."""
    return philox(key[0], key[1], who, day, stream, draw)[0]


@kernel
def uniform(key: Any, who: Any, day: Any, stream: Any, draw: Any) -> float:
    """One float64 in [0, 1) with 53 random bits at an address."""
    high, low, _, _ = philox(key[0], key[1], who, day, stream, draw)
    return float((U64(high) >> U64(5)) * U64(67108864) + (U64(low) >> U64(6))) * _TWO53


@kernel
def whole(key: Any, expected: float, who: Any, day: Any, stream: Any, draw: Any) -> int:
    """Keyed rounding: a whole number >= 0 whose mean is `expected`, never more than one away from it."""
    below = int(expected)
    if uniform(key, who, day, stream, draw) < expected - below:
        return below + 1
    return below


@kernel
def mix(who: Any, first: Any, second: Any) -> Any:
    """Cheap keyed hash (uint32 to uint32) for thinning only: what it lets through is drawn again with Philox.

    The day's key enters twice, before and between the two multiplications, so that two days are no shifted copies.
    """
    x = U32(U32(who) ^ U32(first))
    x = U32(x ^ (x >> U32(16)))
    x = U32(x * U32(0x7FEB352D))
    x = U32(x ^ (x >> U32(15)) ^ U32(second))
    x = U32(x * U32(0x846CA68B))
    return U32(x ^ (x >> U32(16)))


@kernel
def passes(coin: Any, chance: float) -> bool:
    """Second half of a thinned draw: the screen let through min(1, 2 chance), this accepts the right part of that."""
    return float(coin) * 2.3283064365386963e-10 < chance / min(1.0, 2.0 * chance)


def words_of(key: Any, who: Any, day: int, stream: int, draw: int = 0) -> Any:
    """Four uint32 arrays, shape of `who` (uint32): the vectorised NumPy form of `philox`, for set-up."""
    x0 = np.asarray(who, dtype=np.uint32).astype(np.uint64)
    x1, x2, x3 = (np.full_like(x0, value) for value in (day, stream, draw))
    a, b = int(key[0]), int(key[1])
    for _ in range(10):
        p0, p1 = _M0 * x0, _M1 * x2
        x0, x1, x2, x3 = ((p1 >> _SHIFT) ^ x1 ^ U64(a), p1 & _MASK, (p0 >> _SHIFT) ^ x3 ^ U64(b), p0 & _MASK)
        a, b = (a + int(_W0)) & 0xFFFFFFFF, (b + int(_W1)) & 0xFFFFFFFF
    return tuple(x.astype(np.uint32) for x in (x0, x1, x2, x3))


def run_key(seed: int, draw: int, replicate: int) -> Any:
    """uint32[2]: the key of a run, hashed from study seed, parameter draw and replicate (each 0 .. 2**32-1)."""
    first = philox(U32(seed & 0xFFFFFFFF), U32((seed >> 32) & 0xFFFFFFFF), U32(draw), U32(replicate), U32(0), U32(0))
    return np.array([first[0], first[1]], dtype=np.uint32)
