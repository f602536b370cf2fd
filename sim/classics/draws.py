"""Addressed draws for whole arrays at once, for the classics that are small enough for array expressions."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from sim.ground.draw import STREAMS, words_of


def uniforms(key: Any, who: Any, tick: int, draw: int) -> Any:
    """float64 in (0, 1), one for each id in `who` (a number stands for all ids below it); `draw` says what for."""
    ids = np.arange(who) if np.ndim(who) == 0 else who
    high, _, _, _ = words_of(key, ids.astype(np.uint32), tick, STREAMS["classics"], draw)
    return (high + 0.5) * 2.0**-32


def normals(key: Any, who: Any, tick: int, draw: int) -> Any:
    """The same from the standard normal distribution, by the inverse of its distribution function."""
    return ndtri(uniforms(key, who, tick, draw))
