"""Axes, maps and differences: the numbers under the pictures."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.view import figures, maps
from tests.view.conftest import PREFECTURES, theatre


@given(st.sampled_from(["linear", "sqrt", "log"]), st.floats(1, 1e6), st.floats(0, 1), st.floats(0, 1))
def test_an_axis_keeps_order_and_bounds(kind: str, top: float, a: float, b: float) -> None:
    axis = figures.Axis(0, top, kind)
    low, high = sorted((a, b))
    assert 0 <= axis.at(low * top) <= axis.at(high * top) <= 100
    assert all(0 <= tick <= top * (1 + 1e-9) for tick in axis.ticks())
    assert axis.at(math.nan) == 0


@given(st.sampled_from(["linear", "sqrt", "log"]), st.floats(3, 1e6))
def test_ticks_leave_room_for_their_numbers(kind: str, top: float) -> None:
    axis = figures.Axis(0, top, kind)
    at = [axis.at(tick) for tick in axis.ticks()]
    assert len(at) >= 2
    assert all(b - a > 9 for a, b in zip(at, at[1:], strict=False))


@pytest.mark.parametrize("weeks", [4, 30, 40, 57, 108, 522])
def test_date_labels_do_not_touch(weeks: int) -> None:
    labels = figures.date_labels(date(2012, 12, 1), weeks)
    assert labels[0] == (0.0, "Dec 2012")
    at = [x for x, _ in labels]
    assert all(b - a >= 26 for a, b in zip(at, at[1:], strict=False))


def test_a_dot_is_an_equal_share_of_the_runs() -> None:
    chart = figures.dotplot([("A", "#000000", np.arange(1000.0)), ("B", "#000000", np.full(7, np.nan))])
    assert chart.count("<circle") == 20
    assert "1 run in 20 above 950" in chart


def area_of(polygon: list[tuple[float, float]]) -> float:
    """The shoelace formula."""
    turned = [*polygon[1:], polygon[0]]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(polygon, turned, strict=True))) / 2


def test_the_map_tiles_the_hull_with_every_prefecture() -> None:
    area = maps.shapes(theatre())
    assert area is not None
    assert sorted(area.cells) == sorted(PREFECTURES)
    corners = [corner for polygons in area.cells.values() for polygon in polygons for corner in polygon]
    assert all(0 <= x <= area.width and 0 <= y <= area.height for x, y in corners)
    tiles = sum(area_of(polygon) for polygons in area.cells.values() for polygon in polygons)
    assert tiles == pytest.approx(area_of(maps._hull(corners)), rel=1e-6)


def test_map_classes_are_round_and_cover_the_values() -> None:
    assert maps.classes([]) == []
    assert maps.classes([0.4]) == []
    assert maps.classes([2.0, 30.0, 900.0]) == [1, 3, 10, 30, 100, 300]
    assert maps.classes([57.0, 270.0]) == [50, 100, 200]
    for value in (1.0, 999.0, 1e6):
        bounds = maps.classes([1.0, value])
        assert len(bounds) <= len(maps.CIVIDIS)
        assert bounds[-1] <= value
