"""Readable twin of sim.classics.lattice: a board is a set of sites a layer, a view is a list of sites."""

from __future__ import annotations

from typing import Any


def bits(word: Any) -> int:
    return int(word).bit_count()


def holds(board: Any, layer: Any, site: Any) -> bool:
    """Whether a site is in a layer."""
    return bool(int(board[int(site) // 64, int(layer)]) >> int(site) % 64 & 1)


def view(near: Any, masks: Any, site: Any) -> list[int]:
    """The sites in view, tile by tile and in order of their numbers in each."""
    tile, place = divmod(int(site), 64)
    return [
        64 * int(there) + bit
        for there, mask in zip(near[tile], masks[place], strict=True)
        for bit in range(64)
        if int(mask) >> bit & 1
    ]


def seen(board: Any, near: Any, masks: Any, layer: Any, site: Any) -> list[int]:
    """The sites of a layer in view."""
    return [one for one in view(near, masks, site) if holds(board, layer, one)]


def count(board: Any, near: Any, masks: Any, layer: Any, site: Any) -> int:
    return len(seen(board, near, masks, layer, site))


def find(board: Any, near: Any, masks: Any, layer: Any, site: Any, rank: Any) -> int:
    return seen(board, near, masks, layer, site)[int(rank)]


def put(board: Any, layer: Any, site: Any) -> None:
    board[int(site) // 64, int(layer)] = int(board[int(site) // 64, int(layer)]) | 1 << int(site) % 64


def take(board: Any, layer: Any, site: Any) -> None:
    if holds(board, layer, site):
        board[int(site) // 64, int(layer)] = int(board[int(site) // 64, int(layer)]) - (1 << int(site) % 64)
