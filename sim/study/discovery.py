"""Where an option fails: boxes of uncertain numbers that hold the failures (scenario discovery).

PRIM peels a box until it holds failures and little else (Friedman and Fisher 1999; Bryant and Lempert 2010), by the EMA
Workbench; CART cuts the space into regions (Breiman et al. 1984), by scikit-learn. Both find rules in a model's output:
they say where to look, not why.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ground.check import BadInput

Floats = NDArray[np.float64]

FEWEST = 10
"""Fewest failures, and fewest points without one, from which a rule is drawn."""
LEAF = 0.05
"""Smallest region, as a share of the points."""


def _missing(package: str) -> BadInput:
    return BadInput(f"{package} is not installed", where="discovery", instead="pip install 'forestall[analysis]'")


def too_few(fails: NDArray[np.bool_]) -> str:
    """Why nothing can be discovered, in words; "" when there is enough on both sides."""
    if min(int(fails.sum()), int((~fails).sum())) >= FEWEST:
        return ""
    return f"{int(fails.sum())} of {len(fails)} points fail; rules need {FEWEST} that do and {FEWEST} that do not"


def prim(names: Sequence[str], values: Floats, fails: NDArray[np.bool_]) -> dict[str, Any]:
    """The box of `values` [points, parameters] that best holds the points where `fails` [points].

    Of the boxes along the peeling, that with the largest harmonic mean of coverage (share of all failures inside) and
    density (share of failures among the points inside). `limits` names only parameters that are restricted: low, high,
    and `p`, the probability of so good a restriction by chance. Raises BadInput without the EMA Workbench.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pandas as pd
            from ema_workbench.analysis import prim as theirs
    except ImportError:
        raise _missing("the EMA Workbench") from None
    logging.getLogger("EMA").setLevel(logging.ERROR)
    frame = pd.DataFrame({name: values[:, i].astype(float) for i, name in enumerate(names)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        box = theirs.Prim(frame, fails.astype(int), threshold=1e-9, mass_min=LEAF).find_box()
        path = box.peeling_trajectory
        both = 2.0 * path["coverage"] * path["density"] / (path["coverage"] + path["density"]).replace(0.0, math.nan)
        at = int(both.fillna(0.0).to_numpy().argmax())
        limits, chance = box.box_lims[at], box.qp[at]
    told = {}
    for i, name in enumerate(names):
        low, high = (float(v) for v in limits[name])
        if low > values[:, i].min() or high < values[:, i].max():
            told[name] = {"low": low, "high": high, "p": _worst(chance.get(name))}
    return {
        "limits": told,
        "coverage": float(path["coverage"].iloc[at]),
        "density": float(path["density"].iloc[at]),
        "mass": float(path["mass"].iloc[at]),
        "base_rate": float(fails.mean()),
    }


def _worst(chance: Any) -> float | None:
    known = [float(p) for p in np.atleast_1d(chance) if p is not None and p >= 0.0] if chance is not None else []
    return max(known) if known else None


def cart(
    names: Sequence[str], values: Floats, fails: NDArray[np.bool_], seed: int, depth: int = 3
) -> list[dict[str, Any]]:
    """Regions of a classification tree of at most `depth` cuts, the densest in failures first.

    Each has `limits` (parameter -> low, high; None for an open end), density, coverage and mass. Raises BadInput
    without scikit-learn.
    """
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError:
        raise _missing("scikit-learn") from None
    tree = DecisionTreeClassifier(
        max_depth=depth, min_samples_leaf=max(2, math.ceil(LEAF * len(fails))), random_state=seed % 2**32
    ).fit(values, fails)
    leaf = tree.apply(values)
    regions = []
    for number, limits in _leaves(tree.tree_, names, 0, {}):
        inside = leaf == number
        regions.append({
            "limits": {name: {"low": low, "high": high} for name, (low, high) in limits.items()},
            "density": float(fails[inside].mean()),
            "coverage": float(fails[inside].sum() / fails.sum()),
            "mass": float(inside.mean()),
        })  # fmt: skip
    return sorted(regions, key=lambda region: -region["density"])


Limits = dict[str, tuple[float | None, float | None]]


def _leaves(tree: Any, names: Sequence[str], node: int, limits: Limits) -> list[tuple[int, Limits]]:
    """(leaf, limits on the way to it) below a node."""
    if tree.children_left[node] < 0:
        return [(node, limits)]
    name, cut = names[tree.feature[node]], float(tree.threshold[node])
    low, high = limits.get(name, (None, None))
    left = _leaves(tree, names, int(tree.children_left[node]), {**limits, name: (low, cut)})
    return left + _leaves(tree, names, int(tree.children_right[node]), {**limits, name: (cut, high)})
