"""Made-up crises as their sources tell them, and what the institutions outside make of them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from sim.actors.headquarters import Headquarters, Option, Reached
from sim.ground.draw import STREAMS, run_key, uniform
from sim.warning.process import Process, load_book
from sim.warning.sources import STATISTICS
from sim.world.report import Dispatch

Curve = Callable[[int], float]  # day -> civilians killed in the week before
ONSET = 60
RISK = {
    "risk:regime_instability": 0.7, "risk:regime_autocracy": 0.6, "risk:low_development": 0.8,
    "risk:neighbour_conflict": 0.5, "risk:armed_conflict": 0.6, "risk:past_atrocities": 0.6,
    "risk:exclusionary_ideology": 0.4, "risk:low_interdependence": 0.5, "risk:rights_violations": 0.6,
    "risk:threat_framing": 0.6,
}  # fmt: skip


def sudden(day: int) -> float:
    """Four hundred a week from one day to the next, as in Libya in 2011."""
    return 400.0 if day >= ONSET else 0.0


def creeping(day: int) -> float:
    """From five a week to sixty in five months."""
    return min(5.0 + 0.4 * (day - ONSET), 60.0) if day >= ONSET else 0.0


def quiet(day: int) -> float:
    """Nobody is killed."""
    return 0.0


def process(name: str = "eu_2012", draw: int | None = None) -> Process:
    """A shipped process, as stated or as drawn for a parameter draw."""
    book = load_book(name)
    assert book is not None
    if draw is None:
        return book.process()
    key = run_key(1, draw, 0xFFFFFFFF)
    return book.process(lambda at: float(uniform(key, zlib.crc32(at.encode()), 0, STREAMS["institution"], 0)))


def told(one: Process, curve: Curve, day: int) -> list[Dispatch]:
    """What every source says of the week before a day, each as far as it sees."""
    killed = curve(day)
    true = {
        "killed": killed, "targeted": 0.8 * killed, "fled": 60.0 * killed, "clashes": killed / 20.0, "armed": 500.0,
        "active": 30.0 * killed,
    }  # fmt: skip
    levels = {"speech": 0.3, "orders": 3.0 if killed > 20.0 else 1.0, "dates": 1.0}
    return [
        Dispatch(
            name, day // 7, day + round(source.lag),
            {s: true[s] * source.coverage * source.bias if s in true else levels[s] for s in source.sees},
        )
        for name, source in one.sources.items()
    ]  # fmt: skip


def headquarters(
    one: Process, paths: Iterable[str], number: int = 0, mind: dict[str, Any] | None = None, **more: Any
) -> Headquarters:
    """Institutions with one option a path on the table."""
    options = [Option(n, path, path, **more) for n, path in enumerate(paths)]
    return Headquarters(one, options, run_key(2, number, 0), {} if mind is None else mind)


def live(hq: Headquarters, curve: Curve, days: int) -> Headquarters:
    """The institutions after so many more days of a crisis."""
    for _ in range(days):
        day = hq.mind["day"]
        if day == 0:
            hq.receive("here", [Dispatch(STATISTICS, 0, 0, RISK)])
        elif day % 7 == 0:
            hq.receive("here", told(hq.process, curve, day))
        hq.step()
    return hq


@cache
def chains(
    path: str, curve: Curve, runs: int = 40, days: int = 365, name: str = "eu_2012", eager: bool = False
) -> Sequence[Reached]:
    """What became of one option in many runs, each with its own draw of every number; `eager` members all agree."""
    found = []
    for n in range(runs):
        one = process(name, n)
        one = with_traits(one, values=3.0, ties=0.0, permanent_ties=0.0, aversion=0.0, thrift=0.2) if eager else one
        found.append(live(headquarters(one, [path], n), curve, days).ledger()[0])
    return found


def between(found: Sequence[Reached], first: str, second: str) -> list[int]:
    """Days from one stage to another where both were reached."""
    return [one.days[second] - one.days[first] for one in found if first in one.days and second in one.days]


def with_traits(one: Process, **more: float) -> Process:
    """The same with other members."""
    return replace(one, traits=replace(one.traits, **more))
