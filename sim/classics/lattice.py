"""A torus of sites as bitboards: what is in view is counted eight rows at a time.

Sites are kept in tiles of 8 x 8, site = 64 tile + 8 row + column, and each layer of a tile is one word of 64 bits. A
view of up to 15 x 15 sites touches nine tiles at most, so counting a layer in view is nine times "and" and population
count, whatever the shape of the view. Sites and their parts are unsigned: a negative index would cost a test each.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.ground.check import BadInput
from sim.ground.kernel import kernel

U64 = np.uint64
TILE = 8  # rows and columns of a tile
SITES = TILE * TILE  # in a tile: the bits of a word
AROUND = 9  # tiles that a view can touch: the own and the eight around it
SHIFT, INSIDE = U64(6), U64(SITES - 1)  # site >> SHIFT is the tile, site & INSIDE the bit
ONE = U64(1)

Lattice = namedtuple("Lattice", ["board", "near", "masks", "who"])
"""board uint64[tile, layer]: bit s is set when site s of the tile is in the layer; near uint32[tile, 9]: the tiles
around; masks uint64[64, 9]: which of their sites are in view from a site of the tile; who uint32[site]: who stands."""


def disc(radius: float) -> list[tuple[int, int]]:
    """Steps (rows, columns) within a Euclidean radius: 1.7 gives the 8 neighbours, 7 gives 148 sites."""
    reach = range(-int(radius), int(radius) + 1)
    return [(r, c) for r in reach for c in reach if 0 < r * r + c * c <= radius * radius]


def diamond(radius: int) -> list[tuple[int, int]]:
    """Steps (rows, columns) that a rook walks in at most `radius` single moves: 112 sites for 7."""
    reach = range(-radius, radius + 1)
    return [(r, c) for r in reach for c in reach if 0 < abs(r) + abs(c) <= radius]


def lattice(side: int, layers: int, steps: Sequence[tuple[int, int]]) -> Lattice:
    """An empty torus of side x side sites where everybody sees the sites that lie `steps` away.

    Raises BadInput when the side is no multiple of 8 from 24 on, or a step is none or longer than 7.
    """
    if side < 3 * TILE or side % TILE:
        raise BadInput(
            f"a lattice of side {side}",
            where="lattice",
            why="sites are kept in tiles of 8 x 8, at least three across",
            instead="a multiple of 8 from 24 on",
        )
    if any(max(abs(r), abs(c)) not in range(1, TILE) for r, c in steps):
        raise BadInput("a view that is too long or holds the own site", where="lattice", instead="steps of 1 to 7")
    across = side // TILE
    turns = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1)]
    near = [
        [(r + up) % across * across + (c + along) % across for up, along in turns]
        for r in range(across)
        for c in range(across)
    ]
    masks = np.zeros((SITES, AROUND), dtype=np.uint64)
    for place in range(SITES):
        for r, c in steps:
            (up, row), (along, column) = divmod(place // TILE + r, TILE), divmod(place % TILE + c, TILE)
            masks[place, turns.index((up, along))] |= ONE << U64(row * TILE + column)
    return Lattice(
        np.zeros((across * across, layers), dtype=np.uint64),
        np.array(near, dtype=np.uint32),
        masks,
        np.zeros(side * side, dtype=np.uint32),
    )


def rows_and_columns(side: int, site: Any) -> tuple[Any, Any]:
    """Row and column of a site, or of an array of sites, on a torus of that side."""
    tile, place = np.divmod(np.asarray(site, dtype=np.int64), SITES)
    (up, along), (row, column) = np.divmod(tile, side // TILE), np.divmod(place, TILE)
    return up * TILE + row, along * TILE + column


@kernel
def bits(word: Any) -> Any:
    """How many bits of a word are set; compilers know this form and make one machine instruction of it."""
    word = word - ((word >> ONE) & U64(0x5555555555555555))
    word = (word & U64(0x3333333333333333)) + ((word >> U64(2)) & U64(0x3333333333333333))
    word = (word + (word >> U64(4))) & U64(0x0F0F0F0F0F0F0F0F)
    return (word * U64(0x0101010101010101)) >> U64(56)


@kernel
def count(board: Any, near: Any, masks: Any, layer: Any, site: Any) -> Any:
    """Sites of a layer in view of a site, uint64."""
    tile, place = site >> SHIFT, site & INSIDE
    found = U64(0)
    for n in range(AROUND):
        found += bits(board[near[tile, n], layer] & masks[place, n])
    return found


@kernel
def find(board: Any, near: Any, masks: Any, layer: Any, site: Any, rank: Any) -> Any:
    """The site, uint64, of a rank (0 is the first) among those of a layer in view; the rank has to exist."""
    tile, place = site >> SHIFT, site & INSIDE
    n = 0
    word = board[near[tile, n], layer] & masks[place, n]
    while rank >= bits(word):
        rank -= bits(word)
        n += 1
        word = board[near[tile, n], layer] & masks[place, n]
    for _ in range(rank):
        word &= word - ONE
    return (U64(near[tile, n]) << SHIFT) + bits((word & (~word + ONE)) - ONE)


@kernel
def put(board: Any, layer: Any, site: Any) -> None:
    """Enter a site in a layer."""
    board[site >> SHIFT, layer] |= ONE << (site & INSIDE)


@kernel
def take(board: Any, layer: Any, site: Any) -> None:
    """Strike a site from a layer."""
    board[site >> SHIFT, layer] &= ~(ONE << (site & INSIDE))
