"""The invented conflict of these tests, copies of it with one edit, and where the published ones are."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

TWO_RIVERS = Path(__file__).parent / "two_rivers"
PUBLISHED = Path(os.environ.get("FORESTALL_DATA", "")) / "displacement"
needs_published = pytest.mark.skipif(
    "FORESTALL_DATA" not in os.environ or not PUBLISHED.is_dir(),
    reason="the published conflicts are not here: set FORESTALL_DATA to the folder that holds displacement/",
)

Edit = Callable[[Path], object]


def copy(to: Path, *edits: Edit) -> Path:
    """Two Rivers in `to`, with edits."""
    shutil.copytree(TWO_RIVERS, to)
    for edit in edits:
        edit(to)
    return to


def put(file: str, old: str, new: str) -> Edit:
    """Replace `old`, which must be there, by `new`."""

    def edit(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"{file} lacks {old!r}: this case would test nothing"
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")

    return edit


def write(file: str, text: str) -> Edit:
    """Replace the whole file."""
    return lambda folder: (folder / file).write_bytes(text.encode("utf-8"))


def add(file: str, row: str) -> Edit:
    """Append a row."""
    return lambda folder: (folder / file).open("a", encoding="utf-8").write(row + "\n")


def remove(file: str) -> Edit:
    return lambda folder: (folder / file).unlink()
