"""Which uncertain numbers an answer hangs on: Sobol indices and Morris's effects, by SALib.

Indices are of the mean over replicates at each point, for each arm, for its difference from the baseline, and for its
rank among the arms. Random numbers are shared between points unless the study says otherwise, so that a difference
between points is the parameters'.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ground.check import BadInput
from sim.study.design import MORRIS_LEVELS

Floats = NDArray[np.float64]


def _salib(module: str) -> Any:
    try:
        from importlib import import_module

        return import_module(f"SALib.{module}")
    except ImportError:
        raise BadInput(
            "SALib is not installed", where="sensitivity", instead="pip install 'forestall[analysis]'"
        ) from None


def sobol(names: Sequence[str], values: Floats, *, second_order: bool, seed: int) -> dict[str, Any] | None:
    """First-order and total indices with 95 % intervals, for `values` [rows] of a Sobol design in its order.

    Keys: first, first_conf, total, total_conf (parameter -> value) and, with `second_order`, pairs. None when the
    values do not vary: then no index exists.
    """
    if not np.ptp(values):
        return None
    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = _salib("analyze.sobol").analyze(problem, values, calc_second_order=second_order, seed=seed + 1)
    told = {
        key: dict(zip(names, (float(v) for v in found[theirs]), strict=True))
        for key, theirs in (("first", "S1"), ("first_conf", "S1_conf"), ("total", "ST"), ("total_conf", "ST_conf"))
    }
    if second_order:
        told["pairs"] = {
            f"{names[i]} x {names[j]}": float(found["S2"][i][j])
            for i in range(len(names))
            for j in range(i + 1, len(names))
        }
    return told


def morris(names: Sequence[str], unit: Floats, values: Floats, *, seed: int) -> dict[str, Any] | None:
    """Mean absolute effect (mu_star, with its 95 % interval), mean effect and spread of a Morris design.

    `unit` [rows, parameters] are its points in the unit cube: an effect is that of moving a parameter over its whole
    range. None when the values do not vary.
    """
    if not np.ptp(values):
        return None
    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    found = _salib("analyze.morris").analyze(problem, unit, values, num_levels=MORRIS_LEVELS, seed=seed + 1)
    keys = (("mu_star", "mu_star"), ("mu_star_conf", "mu_star_conf"), ("mu", "mu"), ("sigma", "sigma"))
    return {key: dict(zip(names, (float(v) for v in found[theirs]), strict=True)) for key, theirs in keys}


def ranks(means: Floats) -> Floats:
    """Rank of each arm at each point, 1 for the least harm; `means` [points, arms], ties share their mean rank."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(means, axis=1), dtype=np.float64)
