"""Columns: what is declared is what is allocated, and nothing is declared twice."""

from __future__ import annotations

import numpy as np
import pytest

from sim.ground.columns import TABLES, allocate
from sim.world.world import TABLE_CLASSES

SIZES = {
    "place": 3,
    "group": 2,
    "actor": 4,
    "person": 5,
    "unit": 6,
    "road": 7,
    "one": 1,
    "incident": 8,
    "place_edge": 4,
    "cell_edge": 7,
}


@pytest.mark.parametrize("made", TABLE_CLASSES, ids=lambda made: made.__name__)
def test_a_table_has_the_declared_shapes_and_types_and_starts_at_zero(made: type) -> None:
    table = allocate(made, SIZES)
    for column in TABLES[made.__name__]:
        array = getattr(table, column.name)
        assert array.shape == tuple(SIZES[dim] for dim in column.dims)
        assert array.dtype == np.dtype(column.dtype)
        assert array.flags.c_contiguous
        assert not array.any()


def test_tables_share_no_memory() -> None:
    """A run that wrote into another's array would still end, with wrong numbers."""
    one, other = (allocate(TABLE_CLASSES[0], SIZES) for _ in range(2))
    assert not any(np.shares_memory(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_column_says_unit_meaning_and_a_possible_range(name: str) -> None:
    names = [column.name for column in TABLES[name]]
    assert len(set(names)) == len(names)
    for column in TABLES[name]:
        assert column.unit, column.name
        assert column.meaning, column.name
        assert column.low < column.high, column.name
        if np.dtype(column.dtype).kind in "iu":
            about = np.iinfo(column.dtype)
            assert column.high == float("inf") or about.min <= column.high <= about.max, column.name
            assert column.low == float("-inf") or about.min <= column.low, column.name


def test_a_row_of_a_person_is_small() -> None:
    """Memory bandwidth bounds the speed: at most 20 bytes a row (the design's limit)."""
    assert sum(np.dtype(column.dtype).itemsize for column in TABLES["Persons"]) <= 20
