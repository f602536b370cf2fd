"""What a run refuses, in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.engine.model import simulate
from sim.ground.check import BadInput, FailedWork
from sim.interventions.base import NONE
from sim.world.world import INCIDENTS_AT_MOST, World
from tests.engine.cases import run, sahra, start


def test_a_full_ledger_stops_the_run() -> None:
    """Incidents beyond the last line are counted, not written; a run that lost deaths must not report any."""
    model = start(sahra(), NONE, 3)
    model.world.ledger.count[0] = INCIDENTS_AT_MOST - 3
    with pytest.raises(FailedWork, match="more incidents than a run can hold") as caught:
        run(model, 200)
    assert "day" in str(caught.value)
    assert model.world.ledger.count[0] > INCIDENTS_AT_MOST
    assert (model.world.ledger.deaths[-3:] > 0).all()


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(BadInput, match="unknown parameter 'fear_rat'"):
        simulate(sahra(), NONE, parameters={"fear_rat": 0.1}, seed=1, days=1)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_parameter_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(BadInput, match="fear_rate"):
        simulate(sahra(), NONE, parameters={"fear_rate": value}, seed=1, days=1)


def test_a_file_that_is_no_world_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("nothing")
    np.savez(tmp_path / "other.npz", numbers=np.arange(3))
    for name in ("text.npz", "other.npz", "absent.npz"):
        with pytest.raises(BadInput, match="not a saved world"):
            World.load(tmp_path / name)


def test_a_world_of_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.world.world.STATE_VERSION", 999)
    start(sahra()).world.save(tmp_path / "world.npz")
    monkeypatch.undo()
    with pytest.raises(BadInput, match="version 999"):
        World.load(tmp_path / "world.npz")
