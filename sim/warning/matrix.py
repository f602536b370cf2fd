"""The Early Warning Risk Matrix, the country conflict assessment and the watch list, from reports only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.warning.sources import Picture

LAYERS = ("root", "proximate", "trigger")
AREAS = (
    "legitimacy", "rule_of_law", "security", "fundamental_rights", "civil_society_and_media",
    "intercommunal_relations", "economic_performance", "disaster_resilience", "social_welfare_and_equality",
    "geopolitical_stability",
)  # fmt: skip
"""The ten problem areas, as the model country report of the Early Warning Risk Matrix of 2012 lists them."""
TOP = 10.0


@dataclass(frozen=True)
class Indicator:
    """One line of the matrix: a signal over a window of weeks, 0 at nothing and 10 at `ten_at` and above.

    `logarithmic` is for counts, where the first hundred tells more than the tenth. `atrocity` marks what only a
    mass-atrocity lens looks at.
    """

    name: str
    layer: str
    area: str
    signal: str
    weeks: int
    how: str
    ten_at: float
    logarithmic: bool
    atrocity: bool

    def score(self, value: float) -> float:
        """0..10 of a value."""
        if self.logarithmic:
            return TOP * min(math.log1p(max(value, 0.0)) / math.log1p(self.ten_at), 1.0)
        return TOP * min(max(value, 0.0) / self.ten_at, 1.0)

    def read(self, picture: Picture, week: int) -> tuple[float, float]:
        """(score, standard deviation) in a week."""
        if self.signal.startswith("risk:"):
            value, spread = picture.published(self.signal)
        else:
            value, spread = picture.over(self.signal, week, self.weeks, self.how)
        return self.score(value), abs(self.score(value + spread) - self.score(value - spread)) / 2.0


@dataclass(frozen=True)
class Matrix:
    """One country in one week. Scores and standard deviations 0..10; `layers` in the order of `LAYERS`."""

    scores: Mapping[str, tuple[float, float]]
    layers: tuple[float, float, float]
    level: float
    spread: float

    @property
    def acute(self) -> float:
        """The layer of triggers."""
        return self.layers[2]


def assess(
    picture: Picture, indicators: Sequence[Indicator], weights: Sequence[float], week: int, *, lens: bool
) -> Matrix:
    """The matrix of a week; without the `lens`, indicators of atrocity are not looked at.

    With it, a layer is the higher of its two readings: instability, and atrocity. The `weights` of the three layers
    need not sum to one.
    """
    looked = [one for one in indicators if lens or not one.atrocity]
    scores = {one.name: one.read(picture, week) for one in looked}
    layers, variance = [], 0.0
    total = sum(weights)
    for layer, weight in zip(LAYERS, weights, strict=True):
        readings = []
        for atrocity in (False, True):  # two readings, so that calm in one does not hide alarm in the other
            mine = [scores[one.name] for one in looked if one.layer == layer and one.atrocity == atrocity]
            count = max(len(mine), 1)
            readings.append((sum(score for score, _ in mine) / count, sum(sd * sd for _, sd in mine) / count**2))
        highest = max(readings)
        layers.append(highest[0])
        variance += (weight / total) ** 2 * highest[1]
    level = sum(weight * layer for weight, layer in zip(weights, layers, strict=True)) / total
    root, proximate, trigger = layers
    return Matrix(scores, (root, proximate, trigger), level, math.sqrt(variance))


def country_assessment(matrix: Matrix, indicators: Sequence[Indicator]) -> dict[str, float | None]:
    """The ten areas, 0..10 each: the mean of the indicators that speak of it, None where none does."""
    found: dict[str, float | None] = {}
    for area in AREAS:
        mine = [matrix.scores[one.name][0] for one in indicators if one.area == area and one.name in matrix.scores]
        found[area] = sum(mine) / len(mine) if mine else None
    return found


def watch_list(levels: Mapping[str, float], places: int) -> tuple[str, ...]:
    """The `places` countries of highest level, highest first; equal levels in the order of their names."""
    return tuple(sorted(levels, key=lambda name: (-levels[name], name))[:places])
