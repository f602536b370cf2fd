"""No kernel reads or writes outside an array: compiled once more with the bounds of every index checked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.cases import ROOT

CHECKED = """
import numpy as np
from numba import config
from sim.ground.kernel import kernel
from tests.engine.cases import run, small_theatre, start, with_force

assert config.BOUNDSCHECK == 1

@kernel
def beyond(numbers):
    return numbers[numbers.size]

try:
    beyond(np.zeros(3))
except IndexError:
    print("bounds are checked")
for seed in (0, 1):
    theatre = small_theatre(seed, 4, 2, 3, 5)
    print(run(start(theatre, with_force(theatre, 3), seed), 30))
"""


@pytest.mark.validate
def test_no_index_leaves_its_array(tmp_path: Path) -> None:
    """Two small theatres, 30 days, cold compile: a minute. A first kernel with a slip shows that the check is on."""
    where = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    (tmp_path / "checked.py").write_text(CHECKED)
    done = subprocess.run(
        [sys.executable, tmp_path / "checked.py"], env=where, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.split("\n")
    assert said[0] == "bounds are checked"
    assert len(said[1]) == len(said[2]) == 64
