"""The step of a day is a convention too: half of it must leave the distributions alone.

The engine has no step length. The test changes the unit of time instead: every declared number is rewritten for a "day"
half as long by its declared unit, the organisations meet every 14 of them, and twice as many are simulated.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from sim.engine.model import Model
from sim.engine.record import Recorder
from sim.engine.week import WEEK
from sim.ground.draw import run_key
from sim.ground.parameters import PARAMETERS, Parameter
from sim.interventions.base import NONE
from sim.scenario.read import read_theatre

RUNS = 64
DAYS = 240
SLOWER = {"1/day", "1/week", "1/year", "1/10,000/day", "km/day"}
PER_WEEK = {"animosity_half", "legitimacy_half"}  # deaths per 10,000 in a week


def in_half_days(one: Parameter) -> float:
    """The stated value of a parameter for days half as long."""
    if one.unit == "days":
        return 2.0 * one.value
    if one.name == "pull_fade":  # what is kept of a prize, per day of travel
        return float(np.sqrt(one.value))
    if one.unit == "1/day" and one.meaning.startswith("chance a day"):
        return float(1.0 - np.sqrt(1.0 - one.value))
    if one.unit in SLOWER or one.name in PER_WEEK:
        return 0.5 * one.value
    return one.value


def runs(halves: int) -> dict[str, np.ndarray]:
    """Outcome [run] with `halves` = 1 for whole days and 2 for half days."""
    theatre = read_theatre("sahra")
    theatre = replace(
        theatre, people_per_row=1000, calendar=(), seasons=(),
        priors={
            name: replace(prior, value=in_half_days(replace(PARAMETERS[name], value=prior.value)))
            for name, prior in theatre.priors.items()
        } if halves == 2 else theatre.priors,
    )  # fmt: skip
    values = {one.name: in_half_days(one) for one in PARAMETERS.values()} if halves == 2 else {}
    values = {name: value for name, value in values.items() if name not in theatre.priors}
    found: dict[str, list[float]] = {"onset": [], "log deaths": [], "log displaced": []}
    for replicate in range(RUNS):
        model = Model(theatre, NONE, values, run_key(7, halves, replicate), epoch=halves * WEEK)
        recorder = Recorder(theatre, model.setting.index, halves * DAYS)
        for _ in range(halves * DAYS):
            recorder.see(model.world)
            model.step()
        outcomes = recorder.result(model.world).outcomes
        found["onset"].append(float(not np.isnan(outcomes["onset_day"])))
        found["log deaths"].append(np.log1p(outcomes["civilian_deaths"]))
        found["log displaced"].append(np.log1p(outcomes["displaced_internal"] + outcomes["refugees_abroad"]))
    return {name: np.array(values) for name, values in found.items()}


@pytest.mark.validate
def test_half_the_step_leaves_the_distributions_alone() -> None:
    """Onset, deaths and displaced at steps of a day and of half a day.

    Tolerance: 3 standard errors of the difference of means of two independent samples, and a two-sample
    Kolmogorov-Smirnov test at 1 in 1,000: what chance alone would exceed that often.
    """
    whole, half = runs(1), runs(2)
    for what in whole:
        one, other = whole[what], half[what]
        error = np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / RUNS) + 1e-9
        told = f"{what}: {one.mean():.2f} in steps of a day, {other.mean():.2f} in half days (error {error:.2f})"
        assert abs(one.mean() - other.mean()) <= 3.0 * error, told
        assert stats.ks_2samp(one, other).pvalue >= 0.001, told
