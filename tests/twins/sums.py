"""What the twins share: sums in a stated order, and the C library's functions on arrays.

NumPy adds pairwise and has its own exp; both are as good, but other bits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

exp = np.vectorize(math.exp, otypes=[np.float64])
power = np.vectorize(math.pow, otypes=[np.float64])


def in_order(terms: Any) -> Any:
    """Sum over the last axis from first to last."""
    return np.add.accumulate(terms, axis=-1)[..., -1] if terms.shape[-1] else terms.sum(axis=-1)


def ends(first: Any) -> Any:
    """[slots] the row to which each slot belongs, from the first slot of each row (and the end)."""
    return np.repeat(np.arange(first.size - 1), np.diff(first))
