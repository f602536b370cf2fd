"""What the hindcast and the calibration of the real theatre measure. Minutes of computing."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from sim.study.calibrate import calibrate
from sim.study.hindcast import hindcast
from sim.study.scores import month_scores

pytestmark = pytest.mark.validate


def test_the_hindcast_of_2014_is_complete_and_says_what_it_is_worth(tmp_path: Path) -> None:
    found = hindcast("car_2013", runs=32, seed=1, output=tmp_path / "out", progress=False)
    assert found["months"] == 12
    assert all(math.isfinite(found[key]) for key in ("crps", "interval_score", "mean_width", "refugees_ard"))
    best = min(found[key] for key in ("crps_flat", "crps_last12", "crps_persistence", "crps_structural"))
    assert ("better than" if found["crps"] < best else "worse than") in found["sentence"]
    assert len(found["patterns"]) == 21
    assert all(row["share_of_runs_inside"] is not None for row in found["patterns"])
    assert set(found["per_stage"]) == {"a_2012_12", "b_2013_04", "c_2013_09", "d_2013_12"}
    # the same numbers again from what the report draws, to 0.2 log units: a band that is not the scored one would show
    middle = [[row["q50"] for row in found["series"]]]
    assert month_scores(middle, [row["observed"] for row in found["series"]])["bias"] == pytest.approx(
        found["bias"], abs=0.2
    )


def test_a_known_truth_is_recovered_by_the_calibration(tmp_path: Path) -> None:
    """Coverage of known parameter values: 100 truths x 10 parameters, each truth 99 draws away from itself.

    The ten values of one truth are not independent, so the standard error is taken over truths: about 0.01 to 0.03
    at 90 %. Tolerance: three times that.
    """
    found = calibrate("car_2013", draws=100, seed=1, output=tmp_path / "out", progress=False)
    recovery = found.settings["recovery"]
    assert recovery["truths"] + found.settings["failed_draws"] == 100
    assert recovery["covered_90"] == pytest.approx(0.9, abs=0.06)
    assert recovery["covered_50"] == pytest.approx(0.5, abs=0.1)
    assert np.isfinite([row["contraction"] for row in found.table]).all()
