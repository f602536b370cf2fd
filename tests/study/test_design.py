"""Designs: what each kind promises about its points, checked against the property that its paper states."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from sim.ground.check import BadInput
from sim.study.design import MORRIS_LEVELS, Design, Uncertainty, draw, read_design, read_table, read_uncertainty

A = Uncertainty("a", "uniform", 0.0, 10.0)
B = Uncertainty("b", "loguniform", 0.01, 1.0)
C = Uncertainty("c", "triangular", 0.0, 4.0, 1.0)
N = Uncertainty("n", "normal", 0.0, 1.0, 0.4, 0.2)
S = Uncertainty("s", "stated", 0.0, 1.0, 0.2)


def test_a_latin_hypercube_has_one_point_in_each_slice_of_each_margin() -> None:
    unit = draw(Design("latin_hypercube", 16), [A, B, C], 1, 0, 16).unit
    for column in unit.T:
        assert sorted(np.floor(column * 16).astype(int)) == list(range(16))


def test_values_follow_their_distribution() -> None:
    u = (np.arange(20000) + 0.5) / 20000
    assert A.quantile(u).mean() == pytest.approx(5.0)
    assert np.median(B.quantile(u)) == pytest.approx(0.1, rel=1e-3)  # the geometric middle
    assert C.quantile(u).mean() == pytest.approx((0.0 + 1.0 + 4.0) / 3.0, rel=1e-4)
    assert np.mean(C.quantile(u) < 1.0) == pytest.approx(0.25, abs=1e-3)  # (mode - low) / (high - low)
    assert np.median(S.quantile(u)) == pytest.approx(0.2, abs=1e-4)
    from scipy.stats import truncnorm

    assert N.quantile(u).mean() == pytest.approx(truncnorm(-2.0, 3.0, 0.4, 0.2).mean(), abs=1e-4)
    for one in (A, B, C, N, S):
        ends = one.quantile(np.array([0.0, 1.0]))
        assert ends[0] == pytest.approx(one.low)
        assert ends[1] == pytest.approx(one.high)


@pytest.mark.parametrize("second", [False, True])
def test_saltellis_rows_differ_from_their_base_in_one_column(second: bool) -> None:
    design = Design("sobol", 8, second_order=second)
    unit = draw(design, [A, B, C], 1, 0, 8).unit
    block = design.rows(3) // 8
    assert len(unit) == design.rows(3) == 8 * (8 if second else 5)
    for rows in unit.reshape(8, block, 3):
        first, last = rows[0], rows[-1]
        for column in range(3):
            mixed = rows[1 + column]
            assert mixed[column] == last[column]
            assert (np.delete(mixed, column) == np.delete(first, column)).all()


def test_a_longer_sobol_design_begins_with_the_shorter_one() -> None:
    design = Design("sobol", 8)
    whole = draw(design, [A, B], 3, 0, 16).values
    assert (draw(design, [A, B], 3, 0, 8).values == whole[:32]).all()
    assert (draw(design, [A, B], 3, 8, 16).values == whole[32:]).all()


def test_a_trajectory_moves_each_uncertainty_once_by_the_step() -> None:
    unit = draw(Design("morris", 50), [A, B, C], 1, 0, 50).unit
    step = MORRIS_LEVELS / (2 * (MORRIS_LEVELS - 1))
    for rows in unit.reshape(50, 4, 3):
        moves = np.diff(rows, axis=0)
        assert sorted(np.flatnonzero(np.abs(move) > 1e-9)[0] for move in moves) == [0, 1, 2]
        assert np.abs(moves).sum(axis=1) == pytest.approx(step)
    assert unit.min() == 0.0
    assert unit.max() == pytest.approx(1.0)
    assert len(np.unique(np.round(unit, 9))) == MORRIS_LEVELS


def test_a_grid_holds_every_combination_and_does_not_grow() -> None:
    values = draw(Design("grid", levels=3), [A, B], 1, 0, 9).values
    assert {tuple(np.round(row, 9)) for row in values} == {(a, b) for a in (0.0, 5.0, 10.0) for b in (0.01, 0.1, 1.0)}
    with pytest.raises(BadInput, match="does not grow"):
        draw(Design("grid", levels=3), [A, B], 1, 9, 18)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"low": 1.0, "high": 1.0}, "not below"),
        ({"low": 1.0}, "high is missing"),
        ({"low": float("nan"), "high": 1.0}, "finite"),
        ({"low": True, "high": 1.0}, "finite"),
        ({"distribution": "unifrom", "low": 0, "high": 1}, "did you mean 'uniform'"),
        ({"distribution": "loguniform", "low": 0.0, "high": 1.0}, "logarithms"),
        ({"distribution": "triangular", "low": 0.0, "mode": 2.0, "high": 1.0}, "mode 2"),
        ({"distribution": "normal", "low": 0, "high": 1, "mean": 0.5, "sd": 0}, "sd is 0"),
        ({"low": 0, "high": 1, "mode": 0.5}, "takes no 'mode'"),
        ("nonsense", "no distribution"),
        ([0.1, 0.2, 0.3], "no distribution"),
    ],
)
def test_a_wrong_distribution_is_told(raw: object, told: str) -> None:
    with pytest.raises(BadInput) as error:
        read_uncertainty("x", raw, "study.yaml", (0.5, 0.1, 0.9))
    assert told in str(error.value)


def test_a_fixed_parameter_has_no_stated_range() -> None:
    with pytest.raises(BadInput, match="fixed at 2"):
        read_uncertainty("x", "stated", "study.yaml", (2.0, 2.0, 2.0))


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"kind": "hypercube"}, "unknown design"),
        ({"kind": "grid", "points": 3}, "takes no 'points'"),
        ({"kind": "grid", "levels": 1}, "levels is 1"),
        ({"kind": "latin_hypercube", "points": 0}, "points is 0"),
        ({"kind": "latin_hypercube", "points": 1.5}, "points is 1.5"),
        ({"kind": "table"}, "file is missing"),
        ({"kind": "sobol", "points": 8, "second_order": "yes"}, "second_order"),
        ({"kind": "grid", "levels": 2000}, "8,000,000,000"),
        ([], "no block"),
    ],
)
def test_a_wrong_design_is_told(raw: object, told: str) -> None:
    with pytest.raises(BadInput) as error:
        read_design(raw, "study.yaml", 3)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1\n", "points.csv:2"),
        ("a,a\n1,2\n", "twice"),
        ("a\n", "no point"),
        ("a\nx\n", "points.csv:2"),
        ("a\n1\ninf\n", "points.csv:3"),
    ],
)
def test_a_wrong_table_is_told_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(text)
    with pytest.raises(BadInput) as error:
        read_table(tmp_path / "points.csv")
    assert told in str(error.value)


def test_the_rows_of_a_table_are_the_points(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("a,b\n1,2\n3,4\n")
    points = read_table(tmp_path / "points.csv")
    assert points.names == ("a", "b")
    assert points.values.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert math.isnan(points.unit[0, 0])
