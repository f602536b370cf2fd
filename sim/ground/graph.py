"""The road graph as compressed rows: what leads where, in one order for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def compress(places: int, edges: Sequence[tuple[int, int]]) -> tuple[Any, Any, Any]:
    """(first [places + 1], to [2 x edges], edge [2 x edges]) of an undirected graph, slots sorted by end.

    `edge` says which of `edges` a slot came from; slots of place p are first[p] .. first[p + 1] - 1.
    """
    slots = sorted(
        [(a, b, number) for number, (a, b) in enumerate(edges)]
        + [(b, a, number) for number, (a, b) in enumerate(edges)]
    )
    first = np.zeros(places + 1, dtype=np.int64)
    for a, _, _ in slots:
        first[a + 1] += 1
    to = np.array([b for _, b, _ in slots], dtype=np.int64)
    edge = np.array([number for _, _, number in slots], dtype=np.int64)
    return np.cumsum(first), to, edge
