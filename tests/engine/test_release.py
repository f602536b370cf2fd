"""A finished run leaves nothing behind: a study makes thousands of them in one process."""

from __future__ import annotations

import gc
import weakref

from tests.engine.cases import sahra, start


def test_a_finished_run_can_be_forgotten() -> None:
    """Whoever drops a model drops its world: neither Mesa nor we keep a register of runs."""
    model = start(sahra())
    model.step()
    dropped = weakref.ref(model)
    del model
    gc.collect()
    assert dropped() is None
