"""Addressed draws for whole arrays at once, for the classics that are small enough for array expressions."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from sim.ground.draw import STREAMS, words_of


def uniforms(key: Any, count: int, tick: int, draw: int) -> Any:
    """float64[count] in (0, 1), one for each of 0 .. count-1 at a tick; `draw` says what for."""
    high, _, _, _ = words_of(key, np.arange(count, dtype=np.uint32), tick, STREAMS["classics"], draw)
    return (high + 0.5) * 2.0**-32


def normals(key: Any, count: int, tick: int, draw: int) -> Any:
    """float64[count] from the standard normal distribution, by the inverse of its distribution function."""
    return ndtri(uniforms(key, count, tick, draw))
