"""What is kept of a run: scalars, weekly and monthly tables, and the digest of the last day."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from sim.scenario.theatre import Theatre
from sim.world.index import Index
from sim.world.world import POLICY_FILE, World

ONSET_DEATHS = 25
MASS_KILLING_DEATHS = 1000
MASS_KILLING_DAYS = 365


@dataclass(frozen=True)
class RunResult:
    """Outcomes of one run. People are whole; days count from the first day; EUR are constant 2013."""

    outcomes: dict[str, float]
    weekly: dict[str, Any]
    monthly: dict[str, Any]
    places: dict[str, Any]
    digest: str


@lru_cache(maxsize=8)
def _calendar(start: datetime.date, days: int) -> tuple[list[str], Any, list[int]]:
    """(months "YYYY-MM", number of the month of each day, the days on whose mornings the recorder looks)."""
    named = [(start + datetime.timedelta(days=day)).strftime("%Y-%m") for day in range(days)]
    months = sorted(set(named))
    month_of_day = np.array([months.index(name) for name in named])
    return months, month_of_day, [d for d in range(days) if d % 7 == 0 or named[d] != named[d - 1]]


class Recorder:
    """Looks at the world on some `mornings` and writes down what the tables need; it never writes to the world.

    Those are the first mornings of weeks and of months; to see other mornings too does no harm.
    """

    def __init__(self, theatre: Theatre, index: Index, days: int) -> None:
        self.theatre = theatre
        self.index = index
        self.days = days
        weeks = -(-days // 7)
        self.displaced = np.zeros((weeks, len(index.prefectures)), dtype=np.float32)
        counted = ("refugees", "trapped", "indirect", "participants")
        self.national = {name: np.zeros(weeks, dtype=np.float32) for name in counted}
        self.inside = np.array([place.inside for place in theatre.places])
        self.home_country = np.array([not theatre.is_abroad(place) for place in theatre.places])
        self.prefecture = np.array(
            [index.prefectures.index(place.prefecture) if place.inside else -1 for place in theatre.places]
        )
        self.months, self.month_of_day, self.mornings = _calendar(theatre.start, days)
        self.refugees = np.zeros(len(self.months), dtype=np.int64)
        self.displaced_peak = 0

    def see(self, world: World) -> None:
        """Note the morning of a day (state before that day)."""
        if world.day >= self.days:
            return
        if world.day % 7 == 0:
            self._note_week(world)
        if world.day > 0:
            self.refugees[self.month_of_day[world.day - 1]] = int(world.cells.away[~self.home_country].sum())

    def _note_week(self, world: World) -> None:
        week = world.day // 7
        away = world.cells.away.sum(axis=1)
        inside = self.prefecture[self.inside]
        self.displaced[week] = np.bincount(inside, away[self.inside], minlength=self.displaced.shape[1])
        self.displaced_peak = max(self.displaced_peak, int(away[self.home_country].sum()))
        self.national["refugees"][week] = away[~self.home_country].sum()
        self.national["trapped"][week] = world.cells.trapped.sum()
        self.national["indirect"][week] = world.cells.indirect.sum()
        self.national["participants"][week] = world.cells.men_active.sum()

    def result(self, world: World) -> RunResult:
        """Everything, after the last day."""
        ledger, written = world.ledger, int(world.ledger.count[0])
        day, place, actor, deaths, told, when = (
            getattr(ledger, name)[:written] for name in ("day", "place", "actor", "deaths", "reported", "reported_day")
        )
        by_day = np.bincount(day, weights=deaths, minlength=self.days)[: self.days]
        total = np.cumsum(by_day)
        onset = float(np.argmax(total >= ONSET_DEATHS)) if total[-1] >= ONSET_DEATHS else float("nan")
        year = total.copy()
        year[MASS_KILLING_DAYS:] -= total[:-MASS_KILLING_DAYS]
        away = world.cells.away.sum(axis=1)
        self.refugees[self.month_of_day[self.days - 1]] = int(away[~self.home_country].sum())
        people = world.people()
        outcomes: dict[str, float] = {
            "civilian_deaths": float(deaths.sum()),
            "men_killed": float(ledger.men[:written].sum()),
            "indirect_deaths": float(world.cells.indirect.sum()),
            "displaced_internal": float(people["displaced"]),
            "displaced_peak": float(max(self.displaced_peak, people["displaced"])),
            "refugees_abroad": float(people["abroad"]),
            "trapped": float(self.national["trapped"].max()),
            "onset_day": onset,
            "peak_day": float(np.argmax(by_day)) if total[-1] > 0 else float("nan"),
            "mass_killing": float(bool((year >= MASS_KILLING_DEATHS).any())),
            "combatant_deaths": float(world.actors.killed[world.actors.outsider == 0].sum()),
            "intervener_deaths": float(world.actors.killed[world.actors.outsider == 1].sum()),
            "collateral_deaths": float(deaths[ledger.collateral[:written] == 1].sum()),
            "reported_deaths": float(told.sum()),
            "clashes": float(world.wide.clashes[0]),
            "participation_peak": float(self.national["participants"].max()),
        }
        for g, name in enumerate(self.index.groups):
            outcomes[f"deaths_{name}"] = float(world.cells.killed[:, g].sum())
        for a, name in enumerate(self.index.actors):
            outcomes[f"deaths_by_{name}"] = float(world.actors.victims[a].sum())
        for payer, spent in sorted(world.minds.get(POLICY_FILE, {}).get("euros", {}).items()):
            outcomes[f"euros_{payer}"] = float(spent)
        weekly = {"deaths": self._weekly(day, place, deaths), "displaced": self.displaced, **self.national}
        monthly = {
            "months": list(self.months),
            "deaths_true": self._monthly(day, place, actor, deaths),
            "deaths_reported": self._monthly(when, place, actor, told),
            "refugees": self.refugees,
        }
        places = {"deaths": world.cells.killed.sum(axis=1), "displaced": away}
        return RunResult(outcomes, weekly, monthly, places, world.digest())

    def _weekly(self, day: Any, place: Any, deaths: Any) -> Any:
        table = np.zeros_like(self.displaced)
        where = self.prefecture[place]
        known = where >= 0
        np.add.at(table, (day[known] // 7, where[known]), deaths[known])
        return table

    def _monthly(self, day: Any, place: Any, actor: Any, deaths: Any) -> Any:
        table = np.zeros((len(self.months), len(self.index.prefectures), len(self.index.actors)), dtype=np.int32)
        where = self.prefecture[place]
        known = (where >= 0) & (day < self.days)
        np.add.at(table, (self.month_of_day[day[known]], where[known], actor[known]), deaths[known])
        return table
