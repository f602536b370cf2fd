"""Child processes of tests."""

from __future__ import annotations

import signal


def hears_ctrl_c() -> None:
    """For `preexec_fn`: a child of a background job would ignore Ctrl-C, as the job does."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
