"""What all tests share: where the project is, and properties that fail the same way twice."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sim.drafting import Library

# derandomize: a red gate is red again on the next run; no deadline: the first example may compile a kernel
settings.register_profile(
    "gate", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("gate")


def pytest_report_header() -> str:
    """The versions that can move a digest."""
    names = ("mesa", "numba", "numpy", "scipy")
    return f"forestall on {platform.machine()}: " + ", ".join(f"{name} {version(name)}" for name in names)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def downloads() -> Library:
    """The published files in the folder that FORESTALL_DATA names; tests that need them are skipped without."""
    folder = os.environ.get("FORESTALL_DATA", "")
    if not Path(folder).is_dir() or not folder:
        pytest.skip("set FORESTALL_DATA to a folder with the published data files (docs/new_theatre.md)")
    return Library.of(folder)
