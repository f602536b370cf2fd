"""How often leaders meet is a convention, and must not set how often violence begins (docs/odd.md, leaders)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.model import Model
from sim.engine.record import Recorder
from sim.ground.draw import run_key
from sim.interventions.base import NONE
from sim.scenario.read import read_theatre

RUNS = 48
DAYS = 240


def runs(epoch: int) -> tuple[np.ndarray, np.ndarray]:
    """(onset by the horizon 0/1, log of deaths) of runs whose organisations meet every `epoch` days."""
    theatre = replace(read_theatre("sahra"), people_per_row=1000)
    onset, deaths = [], []
    for replicate in range(RUNS):
        model = Model(theatre, NONE, None, run_key(5, epoch, replicate), epoch=epoch)
        recorder = Recorder(theatre, model.setting.index, DAYS)
        for _ in range(DAYS):
            recorder.see(model.world)
            model.step()
        found = recorder.result(model.world).outcomes
        onset.append(not np.isnan(found["onset_day"]))
        deaths.append(np.log1p(found["civilian_deaths"]))
    return np.array(onset, dtype=float), np.array(deaths)


@pytest.mark.validate
def test_meeting_more_or_less_often_does_not_change_onset() -> None:
    """Onset share and mean log deaths at intervals of 4, 7 and 14 days agree.

    Tolerance: 3 standard errors of the difference of two independent samples of runs, what chance alone would exceed
    in 3 of 1,000 comparisons; a model that chose anew at each meeting would double its rates from 14 to 7 days.
    """
    found = {epoch: runs(epoch) for epoch in (4, 7, 14)}
    for epoch in (4, 14):
        for one, other, what in zip(found[epoch], found[7], ("onset", "log deaths"), strict=True):
            error = np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / RUNS) + 1e-9
            gap = abs(one.mean() - other.mean())
            assert gap <= 3.0 * error, f"{what}: every {epoch} days {one.mean():.2f}, every 7 {other.mean():.2f}"
