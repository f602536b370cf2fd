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
    """What one reader has heard, week by week. `memory` is a plain mapping that is kept with the reader's mind."""

    def __init__(self, sources: Sequence[Source], memory: dict[str, Any], denial_believed: float) -> None:
        self.credibility: Mapping[str, float] = {one.name: one.credibility for one in sources}
        self.memory = memory
        self.denial_believed = denial_believed
        self.weeks: dict[str, list[Any]] = memory.setdefault("weeks", {})  # week -> [trust, said] of each dispatch
        self.known: dict[tuple[str, int], tuple[float, float, float]] = {}

    @property
    def newest(self) -> int:
        """The newest week that anything was heard of; 0 before that."""
        return max((int(week) for week in self.weeks), default=0)

    def hear(self, dispatch: Dispatch) -> None:
        """Take in a dispatch; what is older than half a year is forgotten, but for the latest statistics."""
        trust = self.credibility.get(dispatch.source, 0.0) * (1.0 - self.denial_believed * dispatch.contested)
        if dispatch.source == STATISTICS:
            self.memory["published"] = dict(dispatch.said)
            return
        self.weeks.setdefault(str(dispatch.week), []).append([trust, dict(dispatch.said)])
        forgotten = self.newest - KEPT_WEEKS
        for old in [week for week in self.weeks if int(week) <= forgotten]:
            del self.weeks[old]
        self.known = {at: value for at, value in self.known.items() if at[1] != dispatch.week}

    def week(self, signal: str, week: int) -> tuple[float, float, float]:
        """(expected value, variance, corroboration 0..1) of a signal in a week.

        The most alarming source is believed as far as it is credible, else the next, and so on; silence is 0.
        """
        if (signal, week) not in self.known:
            self.known[signal, week] = self._pooled(signal, week)
        return self.known[signal, week]

    def _pooled(self, signal: str, week: int) -> tuple[float, float, float]:
        heard = self.weeks.get(str(week), ())
        said = sorted(((float(words[signal]), trust) for trust, words in heard if signal in words), reverse=True)
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
        """(value, standard deviation) of a structural factor, from statistics; unpublished, anything is possible."""
        said: dict[str, float] = self.memory.get("published", {})
        return (said[factor], 0.0) if factor in said else (0.0, 0.5)
