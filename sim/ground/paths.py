"""Where the shipped theatres and policies are: beside the code in a checkout, package data when installed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from sim.ground.check import FailedWork

_SIM = Path(__file__).resolve().parents[1]
_ROOT = _SIM.parent if (_SIM.parent / "pyproject.toml").is_file() else _SIM / "data"


def shipped(folder: Literal["scenarios", "configs"]) -> Path:
    """The folder of that name that came with this copy of Forestall.

    Raises FailedWork when the copy is incomplete.
    """
    if not (_ROOT / folder).is_dir():
        raise FailedWork(
            f"this copy of Forestall has no folder {folder!r}",
            where=str(_ROOT),
            why="it ships with the program",
            instead="install Forestall again, or run it from a complete checkout",
        )
    return _ROOT / folder
