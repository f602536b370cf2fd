"""Columns: where an array of the world is born, its shape, unit and range are said once, here's how.

A table is a namedtuple class of arrays. Kernels receive a table whole and read its columns by name; nothing else in
the project says what shape or unit a column has.
"""

from __future__ import annotations

import sys
from collections import namedtuple
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Column:
    """One array of the world: `dims` names its axes (place, group, actor, person, unit, road, prefecture, incident)."""

    name: str
    dtype: str
    dims: tuple[str, ...]
    unit: str
    meaning: str
    low: float = float("-inf")
    high: float = float("inf")
    fixed: bool = False  # never written after the first day


TABLES: dict[str, tuple[Column, ...]] = {}


def table(name: str, module: str, *columns: Column) -> Any:
    """A namedtuple class of arrays named `name`, living in `module`."""
    TABLES[name] = columns
    made = namedtuple(name, [column.name for column in columns], module=module)  # type: ignore[misc]
    sys.modules[module].__dict__[name] = made
    return made


def allocate(made: Any, sizes: Mapping[str, int]) -> Any:
    """A table of zeroed arrays with the sizes of its dimensions."""
    columns = TABLES[made.__name__]
    return made(*(np.zeros([sizes[dim] for dim in column.dims], dtype=column.dtype) for column in columns))
