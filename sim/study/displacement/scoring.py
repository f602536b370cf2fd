"""Scores of people in camps. Everything is relative to the observed total of the day, so conflicts can be compared.

An error of 0.4 means: on an average day, four of ten people were simulated too many or too few, over all camps. A
perfect forecast of the total puts a person who is in the wrong camp down twice.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.study.scores import crps_ensemble


def relative_difference(simulated: Any, observed: Any, first_day: int = 0) -> float:
    """Averaged relative difference of [day, camp] arrays (Suleimenova, Bell & Groen 2017 Sci Rep 7:13377).

    Mean over the days from `first_day` on with people in camps of sum over camps |simulated - observed| / observed
    total of the camps; 0 is perfect. NaN when there is no such day.
    """
    days, total = _scored(observed, first_day)
    return float(np.mean(np.abs(simulated - observed).sum(axis=1)[days] / total)) if total.size else math.nan


def crps(runs: Any, observed: Any, first_day: int = 0) -> float:
    """The same mean with the CRPS of `runs` [run, day, camp] in place of the absolute difference.

    For one run, or runs that agree, it is the averaged relative difference, so it compares with a rival's.
    """
    days, total = _scored(observed, first_day)
    if not total.size:
        return math.nan
    sums = [
        sum(crps_ensemble(runs[:, day, camp], float(observed[day, camp])) for camp in range(observed.shape[1]))
        for day in days
    ]
    return float(np.mean(np.array(sums) / total))


def covered(runs: Any, observed: Any, level: float = 0.9) -> float:
    """Share of camp-days, on days with people in camps, within the central `level` interval of `runs`."""
    days, _ = _scored(observed, 0)
    low, high = np.quantile(runs, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0)
    return float(np.mean(((low <= observed) & (observed <= high))[days])) if days.size else math.nan


def scaled_error(simulated: Any, naive: Any, observed: Any, first_day: int) -> float | None:
    """MASE: mean absolute error over that of a `naive` forecast, from `first_day` on; below 1 beats it.

    None when the naive forecast is without error (Hyndman & Koehler 2006 for the form; Suleimenova, Bell & Groen 2017
    for naive forecasts that freeze what was known on a day).
    """
    own, other = (float(np.abs(one - observed)[first_day:].mean()) for one in (simulated, naive))
    return own / other if other > 0.0 else None


def _scored(observed: Any, first_day: int) -> tuple[Any, Any]:
    total = observed.sum(axis=1)
    days = np.flatnonzero(total > 0.0)
    days = days[days >= first_day]
    return days, total[days]
