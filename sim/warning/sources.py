"""Sources, and what a reader believes after hearing them: each as far as it is credible, the most alarming first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.world.report import Dispatch

SIGNALS: dict[str, str] = {
    "killed": "civilians killed in the week",
    "targeted": "civilians killed outside clashes, by an organisation that does not fight for them, in the week",
    "fled": "people newly displaced in the week",
    "clashes": "clashes between armed organisations in the week",
    "armed": "armed people of organisations other than the state",
    "active": "civilians taking part in collective violence",
    "speech": "incitement that reaches people, share 0..1",
    "orders": "highest rung of the ladder of violence that leaders have ordered, 0..4",
    "dates": "political dates in the next two months",
}
"""What a source can speak of, beside `risk:FACTOR` (published country statistics, shares 0..1)."""
STATISTICS = "statistics"
KEPT_WEEKS = 26


@dataclass(frozen=True)
class Source:
    """Who reports. Shares in 0..1: `coverage` of what happens in a place with full access, `secrecy` what is not passed
    on, `duplicates` what is counted twice, `credibility` with the reader. `bias` is a factor, `noise` the standard
    deviation of its logarithm, `lag` in days.
    """

    name: str
    sees: tuple[str, ...]
    coverage: float
    lag: float
    noise: float
    bias: float
    duplicates: float
    secrecy: float
    credibility: float


class Picture:
    """What one reader has heard, week by week. `memory` is a plain list that is kept with the reader's mind."""

    def __init__(self, sources: Sequence[Source], memory: list[Any], denial_believed: float) -> None:
        self.credibility: Mapping[str, float] = {one.name: one.credibility for one in sources}
        self.memory = memory
        self.denial_believed = denial_believed

    def hear(self, dispatch: Dispatch) -> None:
        """Take in a dispatch; what is older than half a year is forgotten, but for statistics."""
        trust = self.credibility.get(dispatch.source, 0.0) * (1.0 - self.denial_believed * dispatch.contested)
        self.memory.append([dispatch.week, dispatch.source, trust, dict(dispatch.said)])
        newest = max(week for week, *_ in self.memory)
        latest = max((week for week, source, *_ in self.memory if source == STATISTICS), default=0)
        self.memory[:] = [
            heard
            for heard in self.memory
            if (heard[0] >= latest if heard[1] == STATISTICS else heard[0] > newest - KEPT_WEEKS)
        ]

    def week(self, signal: str, week: int) -> tuple[float, float, float]:
        """(expected value, variance, corroboration 0..1) of a signal in a week.

        The most alarming source is believed as far as it is credible, else the next, and so on; silence is 0.
        """
        said = sorted(
            (
                (float(words[signal]), trust)
                for about, _, trust, words in self.memory
                if about == week and signal in words
            ),
            reverse=True,
        )
        mean = square = 0.0
        doubt = 1.0
        for value, trust in said:
            mean += doubt * trust * value
            square += doubt * trust * value * value
            doubt *= 1.0 - trust
        return mean, max(square - mean * mean, 0.0), 1.0 - doubt

    def over(self, signal: str, week: int, weeks: int, how: str) -> tuple[float, float]:
        """(value, standard deviation) of a signal over the `weeks` weeks to `week`: `sum`, `mean`, `most` or `rise`.

        `rise` is the mean of the newer half of the window less that of the older.
        """
        known = [self.week(signal, week - back)[:2] for back in range(weeks)]
        values = [value for value, _ in known]
        spread = math.sqrt(sum(variance for _, variance in known))
        if how == "sum":
            return sum(values), spread
        if how == "mean":
            return sum(values) / weeks, spread / weeks
        if how == "most":
            top = max(range(weeks), key=lambda back: values[back])
            return values[top], math.sqrt(known[top][1])
        half = max(weeks // 2, 1)
        rise = sum(values[:half]) / half - sum(values[half:]) / max(weeks - half, 1)
        return max(rise, 0.0), spread / half

    def published(self, factor: str) -> tuple[float, float]:
        """(value, standard deviation) of a structural factor, from statistics."""
        said = [words[factor] for _, source, _, words in self.memory if source == STATISTICS and factor in words]
        if not said:
            return 0.0, 0.5  # nothing published: anything is possible
        mean = sum(said) / len(said)
        return mean, math.sqrt(sum((one - mean) ** 2 for one in said) / len(said))
