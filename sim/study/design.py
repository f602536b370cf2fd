"""Designs of experiments: which values the uncertain numbers of a study take together.

A design is drawn in the unit cube and mapped through each uncertainty's quantile function, so that a sensitivity
analysis sees the cube and the model sees the values. Points are addressed by their number: a longer design of the kinds
`draws` and `sobol` begins with the shorter one; `latin_hypercube` and `morris` grow by independent further blocks.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ground.check import BadInput, did_you_mean
from sim.ground.files import read_text

Floats = NDArray[np.float64]

KINDS: dict[str, str] = {
    "draws": "draws of all uncertain parameters, as `forestall compare` makes them",
    "latin_hypercube": "points that fill every margin evenly (McKay, Beckman and Conover 1979)",
    "grid": "every combination of `levels` values of each uncertainty",
    "sobol": "Saltelli's blocks for Sobol indices: points x (uncertainties + 2) rows",
    "morris": "Morris's trajectories: points x (uncertainties + 1) rows",
    "table": "the rows of a CSV file, one uncertainty a column",
}
"""Kinds of design, and what `points` counts in each."""

DISTRIBUTIONS: dict[str, tuple[str, ...]] = {
    "uniform": ("low", "high"),
    "loguniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "normal": ("mean", "sd", "low", "high"),
    "stated": (),
}
"""Distributions of an uncertainty and the keys of each; a normal one is cut at low and high."""

MORRIS_LEVELS = 4
MOST_POINTS = 2_000_000
_TABLE_BYTES = 200_000_000
_SOBOL_BITS = 30  # fixed, so that the first points do not depend on how many are asked for


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A number of the model that a study varies. `middle` is the mode, the mean or the stated value."""

    name: str
    distribution: str
    low: float
    high: float
    middle: float = math.nan
    sd: float = math.nan

    def quantile(self, u: Floats) -> Floats:
        """Values [n] at the probabilities `u` [n], each 0..1."""
        low, high, middle = self.low, self.high, self.middle
        if self.distribution == "loguniform":
            return np.asarray(np.clip(low * (high / low) ** u, low, high))
        if self.distribution == "triangular":
            turn = (middle - low) / (high - low)
            left = low + np.sqrt(u * (high - low) * (middle - low))
            right = high - np.sqrt((1.0 - u) * (high - low) * (high - middle))
            return np.where(u < turn, left, right)
        if self.distribution == "normal":
            from scipy.special import ndtr, ndtri

            first, last = ndtr((low - middle) / self.sd), ndtr((high - middle) / self.sd)
            return np.asarray(np.clip(middle + self.sd * ndtri(first + u * (last - first)), low, high))
        if self.distribution == "stated" and low < middle < high:
            # the stated value is the median, as in `draw_parameters`
            return np.where(u < 0.5, low + 2.0 * u * (middle - low), middle + (2.0 * u - 1.0) * (high - middle))
        return np.asarray(low + u * (high - low), dtype=np.float64)

    def levels(self, count: int) -> Floats:
        """`count` values from `low` to `high`, evenly (loguniform: by equal factors)."""
        spaced = np.geomspace if self.distribution == "loguniform" else np.linspace
        return np.asarray(spaced(self.low, self.high, count), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Design:
    """How many points of which kind; `levels` counts a grid's values, `file` names a table.

    `second_order` gives a Sobol design the rows for interactions of pairs: points x (2 x uncertainties + 2).
    """

    kind: str = "draws"
    points: int = 0
    levels: int = 0
    file: str = ""
    second_order: bool = False

    def rows(self, uncertainties: int) -> int:
        """Parameter sets of the design (a table's are counted in its file)."""
        if self.kind == "sobol":
            return self.points * ((2 if self.second_order else 1) * uncertainties + 2)
        if self.kind == "morris":
            return self.points * (uncertainties + 1)
        if self.kind == "grid":
            return int(self.levels**uncertainties)
        return self.points


@dataclass(frozen=True, slots=True)
class Points:
    """The rows of a design: `unit` [rows, uncertainties] in the unit cube, NaN where it has none; `values` likewise."""

    names: tuple[str, ...]
    unit: Floats
    values: Floats


def draw(design: Design, uncertainties: Sequence[Uncertainty], seed: int, first: int, last: int) -> Points:
    """Points `first`..`last` of a design, as `Design.points` counts them; the same call gives the same rows.

    A block of points that starts later is drawn as a growth of the study: from the same sequence for Sobol,
    independently for Latin hypercubes and trajectories. Raises BadInput for a kind that cannot grow.
    """
    names = tuple(one.name for one in uncertainties)
    size = len(names)
    if design.kind == "draws":
        return Points(names, np.zeros((last - first, 0)), np.zeros((last - first, 0)))
    if design.kind == "grid":
        if first:
            raise BadInput(
                "a grid does not grow by points", where="expand", why="another number of levels is another grid",
                instead="a new study, or more replicates: replicates=8",
            )  # fmt: skip
        return _grid(design, uncertainties)
    if design.kind == "sobol":
        unit = _saltelli(size, last, design.second_order, seed)[first * _block(design, size) :]
    elif design.kind == "morris":
        unit = _trajectories(size, last - first, seed, first)
    else:
        from scipy.stats import qmc

        unit = qmc.LatinHypercube(size, rng=np.random.default_rng([seed, first])).random(last - first)
    values = np.column_stack([one.quantile(unit[:, i]) for i, one in enumerate(uncertainties)])
    return Points(names, unit, values)


def _block(design: Design, size: int) -> int:
    return (2 if design.second_order else 1) * size + 2


def _saltelli(size: int, points: int, second_order: bool, seed: int) -> Floats:
    """Saltelli's rows A, A with one column of B each, (B with one of A,) B, in the order that SALib analyses."""
    from scipy.stats import qmc

    with warnings.catch_warnings():  # a number of points that is no power of two is allowed, and told by the plan
        warnings.simplefilter("ignore", UserWarning)
        both = qmc.Sobol(2 * size, scramble=True, bits=_SOBOL_BITS, rng=np.random.default_rng(seed)).random(points)
    a, b = both[:, :size], both[:, size:]
    rows = [a]
    for base, other in ((a, b), (b, a)) if second_order else ((a, b),):
        for column in range(size):
            swapped = base.copy()
            swapped[:, column] = other[:, column]
            rows.append(swapped)
    rows.append(b)
    return np.stack(rows, axis=1).reshape(-1, size)


def _trajectories(size: int, count: int, seed: int, first: int) -> Floats:
    """Morris's trajectories (Morris 1991) on `MORRIS_LEVELS` levels; one uncertainty moves at each step."""
    rng = np.random.default_rng([seed, first])
    step = MORRIS_LEVELS / (2.0 * (MORRIS_LEVELS - 1))
    rows = np.empty((count, size + 1, size))
    for row in rows:
        up = rng.random(size) < 0.5
        start = rng.integers(0, MORRIS_LEVELS // 2, size) / (MORRIS_LEVELS - 1)
        row[:] = np.where(up, start, start + step)
        for done, column in enumerate(rng.permutation(size)):
            row[done + 1 :, column] += step if up[column] else -step
    return rows.reshape(-1, size)


def _grid(design: Design, uncertainties: Sequence[Uncertainty]) -> Points:
    names = tuple(one.name for one in uncertainties)
    axes = [one.levels(design.levels) for one in uncertainties]
    values = np.array(list(itertools.product(*axes))).reshape(-1, len(names))
    return Points(names, np.full(values.shape, math.nan), values)


def read_table(path: Path) -> Points:
    """The points of a CSV file: a header of parameter names, then one point a row. Raises BadInput with the line."""
    text = read_text(path, limit=_TABLE_BYTES, shown=path.name)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except csv.Error as error:
        raise BadInput(f"it is no CSV table: {error}", where=path.name, instead="one uncertainty a column") from None
    names = tuple(cell.strip() for cell in rows[0])
    if len(set(names)) < len(names) or not all(names):
        raise BadInput("a column is named twice or not at all", where=f"{path.name}:1", instead="each parameter once")
    if len(rows) < 2:
        raise BadInput("no point in it", where=path.name, instead="a header and at least one row")
    values = np.empty((len(rows) - 1, len(names)))
    for number, row in enumerate(rows[1:]):
        try:
            values[number] = [float(cell) for cell in row]
        except ValueError:
            values[number] = math.nan
        if len(row) != len(names) or not np.isfinite(values[number]).all():
            raise BadInput(
                "not a finite number in every column", where=f"{path.name}:{number + 2}", instead="one number a column"
            )
    return Points(names, np.full(values.shape, math.nan), values)


# ------------------------------------------------------------------------------------------ reading the study file


def read_uncertainty(name: str, raw: Any, where: str, stated: tuple[float, float, float]) -> Uncertainty:
    """One entry of `uncertainties:`; `stated` is (value, low, high) of that parameter in this theatre."""
    if raw == "stated":
        raw = {"distribution": "stated"}
    if isinstance(raw, list) and len(raw) == 2:
        raw = {"low": raw[0], "high": raw[1]}
    example = f"{name}: {{low: {stated[1]:g}, high: {stated[2]:g}}}, or {name}: stated"
    if not isinstance(raw, Mapping):
        raise BadInput(f"{name} is no distribution", where=where, instead=example)
    kind = raw.get("distribution", "uniform")
    if not isinstance(kind, str) or kind not in DISTRIBUTIONS:
        raise BadInput(
            f"unknown distribution {str(kind)[:40]!r}", where=where, instead=did_you_mean(str(kind), DISTRIBUTIONS)
        )
    keys = DISTRIBUTIONS[kind]
    for key in raw:
        if key not in (*keys, "distribution"):
            raise BadInput(f"{kind} takes no {key!r}", where=where, instead=did_you_mean(str(key), keys) or example)
    if kind == "stated":
        value, low, high = stated
        if low == high:
            raise BadInput(
                f"{name} is fixed at {value:g}", where=where, why="its stated range holds one value",
                instead=f"a range of your own, {name}: {{low: ..., high: ...}}, or leave it out",
            )  # fmt: skip
        return Uncertainty(name, kind, low, high, value)
    given = {key: _number(raw, key, where, example) for key in keys}
    return _sound(Uncertainty(
        name, kind, given["low"], given["high"], given.get("mode", given.get("mean", math.nan)),
        given.get("sd", math.nan),
    ), where)  # fmt: skip


def _number(raw: Mapping[str, Any], key: str, where: str, example: str) -> float:
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        what = f"{key} is missing" if key not in raw else f"{key} is {str(value)[:40]}"
        raise BadInput(what, where=where, why="it must be a finite number", instead=example)
    return float(value)


def _sound(one: Uncertainty, where: str) -> Uncertainty:
    if not one.low < one.high:
        raise BadInput(
            f"low {one.low:g} is not below high {one.high:g}", where=where, instead="low < high, or leave it out"
        )
    if one.distribution == "loguniform" and one.low <= 0.0:
        raise BadInput(f"low is {one.low:g}", where=where, why="logarithms need low above 0", instead="low: 0.01")
    if one.distribution == "triangular" and not one.low <= one.middle <= one.high:
        raise BadInput(f"mode {one.middle:g} is outside low..high", where=where, instead="low <= mode <= high")
    if one.distribution == "normal" and not one.sd > 0.0:
        raise BadInput(f"sd is {one.sd:g}", where=where, instead="sd above 0")
    return one


def read_design(raw: Any, where: str, uncertainties: int) -> Design:
    """The entry `design:`. Raises BadInput for an unknown kind or key, and for a size that cannot be."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("kind", ""), str):
        raise BadInput("the design is no block", where=where, instead="design: {kind: latin_hypercube, points: 64}")
    kind = raw.get("kind", "draws")
    if kind not in KINDS:
        raise BadInput(f"unknown design {kind!r}", where=where, instead=did_you_mean(kind, KINDS))
    takes = {"grid": ("levels",), "table": ("file",), "sobol": ("points", "second_order")}.get(kind, ("points",))
    for key in raw:
        if key not in (*takes, "kind"):
            raise BadInput(f"a {kind} design takes no {key!r}", where=where, instead=did_you_mean(str(key), takes))
    design = Design(
        kind,
        _whole(raw, "points", 64, where) if "points" in takes else 0,
        _whole(raw, "levels", 3, where, low=2) if "levels" in takes else 0,
        str(raw.get("file", "")),
        _yes(raw.get("second_order", False), where),
    )
    if kind == "table" and not design.file:
        raise BadInput("file is missing", where=where, instead="design: {kind: table, file: points.csv}")
    if kind not in ("draws", "table") and not uncertainties:
        raise BadInput(
            f"a {kind} design has nothing to vary", where=where, instead="uncertainties: {NAME: stated} in the file"
        )
    if kind != "table" and design.rows(uncertainties) > MOST_POINTS:
        raise BadInput(
            f"{design.rows(uncertainties):,} parameter sets", where=where, why=f"the limit is {MOST_POINTS:,}",
            instead="fewer points, levels or uncertainties",
        )  # fmt: skip
    return design


def _whole(raw: Mapping[str, Any], key: str, default: int, where: str, low: int = 1) -> int:
    value = raw.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= MOST_POINTS:
        raise BadInput(f"{key} is {str(value)[:40]}", where=where, instead=f"a whole number {low} to {MOST_POINTS:,}")
    return value


def _yes(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise BadInput(f"second_order is {str(value)[:40]}", where=where, instead="true or false")
    return value
