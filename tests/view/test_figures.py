"""Axes, maps and differences: the numbers under the pictures."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.view import figures, maps
from sim.view.outputs import paired
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


def test_paired_differences() -> None:
    effect = paired(np.array([-4.0, -2.0, -1.0, -1.0, -2.0, 6.0]), [0, 0, 1, 1, 2, 2])
    assert (effect.mean, effect.worse, effect.better, effect.draws) == (pytest.approx(-2 / 3), 1, 2, 3)
    # Student's t with 2 degrees of freedom: 2.92
    half = 2.919986 * np.std([-3, -1, 2], ddof=1) / np.sqrt(3)
    assert effect.mc_high - effect.mean == pytest.approx(half, rel=1e-5)
    assert effect.sign == 0
    assert paired(np.array([]), []).sign == 0
    alone = paired(np.array([5.0]), [0])
    assert math.isnan(alone.mc_low)
    assert math.isnan(alone.param_low)


@given(st.integers(2, 9), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_the_report_and_the_study_say_the_same_of_a_difference(
    draws: int, replicates: int, seed: int
) -> None:
    from sim.study import outcomes

    rng = np.random.default_rng(seed)
    keys = tuple((d, r) for d in range(draws) for r in range(replicates))[
        : draws * replicates - replicates // 2
    ]
    mine, theirs = rng.normal(-0.5, 1, len(keys)), rng.normal(0, 1, len(keys))
    study = outcomes.effect(
        outcomes.Sample(keys, {"civilian_deaths": mine}),
        outcomes.Sample(keys, {"civilian_deaths": theirs}),
        "civilian_deaths",
    )
    own = paired(mine - theirs, [draw for draw, _ in keys])
    assert study is not None
    for name in ("mean", "mc_low", "mc_high", "param_low", "param_high"):
        assert getattr(own, name) == pytest.approx(getattr(study, name), abs=1e-9)
    assert bool(own.sign) is study.told_apart


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
