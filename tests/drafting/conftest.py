"""Where the real files are, when a tester has them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim.drafting import Library


@pytest.fixture(scope="session")
def downloads() -> Library:
    """The published files in the folder that FORESTALL_DATA names; tests that need them are skipped without."""
    folder = os.environ.get("FORESTALL_DATA", "")
    if not Path(folder).is_dir() or not folder:
        pytest.skip("set FORESTALL_DATA to a folder with the published data files (docs/new_theatre.md)")
    return Library.of(folder)
