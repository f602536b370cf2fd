"""Runs of a case, kept for every claim that asks for them again, and the statistics of paired runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy import stats

from experiments.behaviours.claim import Measured
from sim.engine.model import Model
from sim.ground.draw import run_key
from sim.interventions.base import NONE, Decision, Instrument, Lead, Policy, Step
from sim.interventions.registry import read_policy
from sim.scenario.theatre import Theatre
from sim.world.index import index_of
from sim.world.levers import Levers

SEED = 14
RESAMPLES = 2000
CONFIDENCE = 0.9
STILL = 1e-300  # a rate that is divided by, at zero
Par = Mapping[str, float]
NOTHING: Par = {}


@dataclass(frozen=True)
class Lived:
    """What a run left behind. Axes: day, week, place, actor, group."""

    incidents: Any  # int64 [incident, 5] day, place, actor, group, deaths
    home: Any  # int64 [week, place, group]
    away: Any  # int64 [week, place, group]
    active: Any  # int64 [week, place, group] men in crowds
    strength: Any  # int64 [week, place, actor]
    intent: Any  # int64 [week, actor]
    indirect: int
    truces: Any  # float64 [week] the firmest truce
    threat: Any  # float64 [week, actor]
    legitimacy: Any  # float64 [week, actor]
    speech: Any  # float64 [place, group] on the last day
    hostility: Any  # float64 [place, group] on the last day
    started: Any  # int64 [place, group]
    goals: Any  # str [actor] on the last day

    def deaths(
        self, first: int = 0, last: int = 1 << 30, place: Any = None, actor: Any = None, group: Any = None
    ) -> int:
        """Civilians killed from day `first` up to `last`, not included, in some places, by some actors."""
        table = self.incidents
        chosen = (table[:, 0] >= first) & (table[:, 0] < last)
        for column, wanted in ((1, place), (2, actor), (3, group)):
            if wanted is not None:
                chosen &= np.isin(table[:, column], wanted)
        return int(table[chosen, 4].sum())

    def by_day(self, days: int) -> Any:
        """Civilians killed on each day."""
        return np.bincount(self.incidents[:, 0], self.incidents[:, 4], minlength=days)[:days]


_KNOWN: dict[Any, Lived] = {}


def lived(
    theatre: Theatre, policy: Policy = NONE, par: Par = NOTHING, *, replicate: int, draw: int = 0, days: int = 0
) -> Lived:
    """One run of `days` days (default: the theatre's); equal arguments give the same run, and policies share draws."""
    days = days or theatre.days
    key = (theatre.digest, policy, tuple(sorted(par.items())), replicate, draw, days)
    if key not in _KNOWN:
        _KNOWN[key] = _live(Model(theatre, policy, dict(par), run_key(SEED, draw, replicate)), days)
    return _KNOWN[key]


def _live(model: Model, days: int) -> Lived:
    world = model.world
    started = world.cells.home + world.cells.away
    noted: dict[str, list[Any]] = {
        name: [] for name in ("home", "away", "active", "strength", "intent", "truces", "threat", "legitimacy")
    }
    for day in range(0, days, 7):
        model.walk(day)
        noted["home"].append(world.cells.home.copy())
        noted["away"].append(world.cells.away.copy())
        noted["active"].append(world.cells.men_active.copy())
        noted["strength"].append(world.actors.strength.copy())
        noted["intent"].append(world.actors.intent.copy())
        noted["legitimacy"].append(world.actors.legitimacy.copy())
        noted["truces"].append(max(world.minds.get("truces", {}).values(), default=0.0))
        threat = np.zeros(world.actors.intent.size)
        for leader in model.leaders:
            threat[leader.number] = leader.mind["threat"]
        noted["threat"].append(threat)
    model.walk(days)
    count = int(world.ledger.count[0])
    incidents = np.column_stack(
        [getattr(world.ledger, name)[:count].astype(np.int64) for name in ("day", "place", "actor", "group", "deaths")]
    )
    goals = [""] * world.actors.intent.size
    for leader in model.leaders:
        goals[leader.number] = leader.mind["goal"]
    return Lived(
        incidents, indirect=int(world.cells.indirect.sum()), started=started, speech=world.cells.speech.copy(),
        hostility=world.cells.hostility_mean.copy(), goals=np.array(goals),
        **{name: np.array(rows) for name, rows in noted.items()},
    )  # fmt: skip


def forget() -> None:
    """Let go of the runs that are kept."""
    _KNOWN.clear()


def runs(number: int, *case: Any, **more: Any) -> list[Lived]:
    """So many runs of one case, replicate by replicate."""
    return [lived(*case, replicate=replicate, **more) for replicate in range(number)]


# ---- policies -----------------------------------------------------------------------------------------------------


def policy(
    theatre: Theatre,
    *instruments: Mapping[str, Any],
    day: int = 0,
    lead: int = 0,
    duration: int | None = None,
    name: str = "tried",
) -> Policy:
    """A policy read as from a file: decided on `day`, first effect `lead` days later."""
    days = {"value": lead, "low": lead, "high": lead, "source": "chosen for a test", "grade": "assumption"}
    made = [{"lead_days": days, **({"duration_days": duration} if duration else {}), **one} for one in instruments]
    raw = {"name": name, "title": "A policy for a test", "decided_on": {"day": day}, "instruments": made}
    return read_policy(raw, theatre)


def force(size: int, places: Sequence[str], **other: Any) -> dict[str, Any]:
    """A protecting force, as a policy file says it, that stays: what is asked is what it does while it is there."""
    return {
        "instrument": "force", "force": "battlegroup", "size": size, "places": list(places), "posture": "protect", "roe": 0.8,
        "ramp_days": 7, "cost_per_person_day_eur": 0, "consent": "un", "sustain_days": 0, "interests": 1.0, **other,
    }  # fmt: skip


@dataclass(frozen=True)
class Moved(Instrument):
    """An instrument for tests alone: moves one lever by a number, from its first effect on."""

    lever: str = ""
    at: tuple[int, ...] = ()
    by: float = 0.0
    factor: bool = False

    def apply(self, levers: Levers, age: int) -> None:
        """Add to the lever, or multiply it."""
        array = getattr(levers, self.lever)
        for number in self.at:
            array[number] = array[number] * self.by if self.factor else array[number] + self.by

    def cost(self, age: int) -> float:
        """Nothing."""
        return 0.0


def moved(lever: str, at: Sequence[int], by: float, *, day: int = 0, factor: bool = False) -> Policy:
    """A policy of one moved lever."""
    made = Moved(
        name="moved", family="moved", lead=Lead(0, 0, 0, "chosen for a test"), duration=None, payer="nobody", decided_by="",
        sender="nobody", announced=False, lever=lever, at=tuple(at), by=by, factor=factor,
    )  # fmt: skip
    return Policy(f"moved_{lever}", "A lever moved for a test", steps=(Step(made, Decision(day)),))


def number_of(theatre: Theatre, *names: str) -> list[int]:
    """Numbers of places, organisations or groups in the arrays."""
    index = index_of(theatre)
    every = {
        **dict(zip(index.groups, range(99), strict=False)),
        **dict(zip(index.actors, range(99), strict=False)),
        **dict(zip(index.places, range(99), strict=False)),
    }
    return [every[name] for name in names]


# ---- statistics ---------------------------------------------------------------------------------------------------


@cache
def _resampled(size: int) -> Any:
    return np.random.default_rng(7).integers(0, size, (RESAMPLES, size))


def _between(figure: float, resampled: Any, size: int, about: str) -> Measured:
    """A figure with its bootstrap interval (percentiles), unknown where one resample in a hundred has no figure."""
    if np.isnan(resampled).mean() > 0.01:
        return Measured(figure, float("nan"), float("nan"), size, about)
    tail = 50.0 * (1.0 - CONFIDENCE)
    low, high = np.nanpercentile(resampled, [tail, 100.0 - tail])
    return Measured(figure, float(low), float(high), size, about)


def over_runs(statistic: Callable[[Any], float], size: int, about: str = "") -> Measured:
    """Any statistic of the run numbers 0 .. size - 1."""
    found = np.array([statistic(rows) for rows in _resampled(size)])
    return _between(float(statistic(np.arange(size))), found, size, about)


def ratio(above: Sequence[float], below: Sequence[float], about: str = "") -> Measured:
    """Ratio of the means of paired runs; no figure where what is below is not above zero."""
    one, other = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    rows = _resampled(one.size)
    up, down = np.append(one[rows].sum(axis=1), one.sum()), np.append(other[rows].sum(axis=1), other.sum())
    found = np.divide(up, down, out=np.full(up.size, np.nan), where=down > 0.0)
    said = about or f"means {one.mean():.4g} and {other.mean():.4g}"
    return _between(float(found[-1]), found[:-1], one.size, said)


def median(values: Sequence[float], about: str = "") -> Measured:
    """The median of runs."""
    some = np.asarray(values, dtype=float)
    return _between(float(np.median(some)), np.median(some[_resampled(some.size)], axis=1), some.size, about)


def mean(values: Sequence[float], about: str = "") -> Measured:
    """The mean of runs, Student's interval."""
    some = np.asarray(values, dtype=float)
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, some.size - 1) * some.std(ddof=1) / np.sqrt(some.size))
    return Measured(float(some.mean()), float(some.mean()) - half, float(some.mean()) + half, some.size, about)


def share(yes: Sequence[bool], about: str = "") -> Measured:
    """The share of runs, Jeffreys' interval."""
    some = np.asarray(yes, dtype=bool)
    hits, tail = int(some.sum()), 0.5 * (1.0 - CONFIDENCE)
    low = stats.beta.ppf(tail, hits + 0.5, some.size - hits + 0.5) if hits else 0.0
    high = stats.beta.ppf(1.0 - tail, hits + 0.5, some.size - hits + 0.5) if hits < some.size else 1.0
    if hits == 0:
        high = 1.0 - tail ** (1.0 / some.size)
    return Measured(hits / max(some.size, 1), float(low), float(high), int(some.size), about)
