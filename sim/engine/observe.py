"""What sources get to see of a week: the only place where the true world becomes dispatches.

Each source misses, doubles, tones down or exaggerates; it hears late, and the host denies. What leaves here is what is
believed, and nobody above can ask the world whether it is so.
"""

from __future__ import annotations

import math
import zlib
from statistics import NormalDist
from typing import Any

import numpy as np

from sim.engine.setting import Setting
from sim.ground.draw import STREAMS, uniform, words_of
from sim.warning.process import Process
from sim.warning.sources import STATISTICS, Source
from sim.world.report import REPORTED_BEFORE, Dispatch
from sim.world.world import World

WEEK = 7
STATISTICS_EVERY = 182
DATES_AHEAD = 60
DATES = ("election", "deadline", "anniversary")
HIGHEST_RUNG = 4.0
STATE = ("state", "guard", "police")


class Observer:
    """Looks at the world once a week for all sources. `seen` is plain data: what was there the week before."""

    def __init__(self, setting: Setting, process: Process, key: Any, seen: dict[str, Any]) -> None:
        self.setting = setting
        self.process = process
        self.key = key
        self.seen = seen
        theatre = setting.theatre
        self.free_press = theatre.risk["free_press"].value
        self.rebels = [n for n, one in enumerate(theatre.actors) if not one.outsider and one.kind not in STATE]
        self.own = [n for n, one in enumerate(theatre.actors) if not one.outsider]
        self.dates = [
            (entry.date - theatre.start).days
            for entry in theatre.calendar
            if entry.applies == "world" and entry.kind in DATES
        ]

    def coin(self, what: str, week: int, draw: int = 0) -> float:
        """One number in 0..1 by what it is for."""
        return float(uniform(self.key, zlib.crc32(what.encode()), week & 0xFFFFFFFF, STREAMS["observation"], draw))

    def dispatches(self, world: World) -> list[Dispatch]:
        """What goes out today: on the first day what is known already, then each week what was seen of it."""
        found = [self._statistics(world.day)] if world.day % STATISTICS_EVERY < WEEK else []
        if world.day == 0:
            self._remember(world)
            return found + self._before(world)
        true = self._week(world)
        found += [self._told(source, world, true) for source in self.process.sources.values()]
        self._remember(world)
        return found

    def _statistics(self, day: int) -> Dispatch:
        """Published figures of the theatre's risk factors, as far off as their own ranges say."""
        said = {}
        for name, one in self.setting.theatre.risk.items():
            low, high = (one.value if edge is None else edge for edge in (one.low, one.high))
            said[f"risk:{name}"] = low + (high - low) * self.coin(f"{STATISTICS} {name}", 0)
        return Dispatch(STATISTICS, day // WEEK, day, said)

    def _before(self, world: World) -> list[Dispatch]:
        """Deaths reported before the start, to every source that speaks of killing."""
        weeks: dict[int, float] = {}
        for _, day, deaths in world.minds.get(REPORTED_BEFORE, ()):
            week = math.ceil((day + 1) / WEEK)  # week 0 is the last before the start
            weeks[week] = weeks.get(week, 0.0) + deaths
        return [
            Dispatch(name, week, 0, {"killed": deaths})
            for name, source in self.process.sources.items()
            if "killed" in source.sees
            for week, deaths in sorted(weeks.items())
        ]

    # ---- the truth of a week ------------------------------------------------------------------------------------

    def _remember(self, world: World) -> None:
        self.seen["away"] = world.cells.away.sum(axis=1).tolist()
        self.seen["clashes"] = int(world.wide.clashes[0])

    def _week(self, world: World) -> dict[str, Any]:
        """What happened: incidents of the week, and levels by place."""
        ledger, written = world.ledger, int(world.ledger.count[0])
        rows = np.flatnonzero(ledger.day[:written] >= world.day - WEEK)
        friends = world.actors.constituency[ledger.actor[rows], ledger.group[rows]]
        away = world.cells.away.sum(axis=1)
        pressed = world.cells.speech.max(axis=1)
        return {
            "rows": rows,
            "deaths": ledger.deaths[rows].astype(np.int64),
            "aimed": (ledger.collateral[rows] == 0) & (friends < 0.5),
            "at": world.places.access[ledger.place[rows]],
            "fled": np.maximum(away - np.array(self.seen["away"]), 0),
            "armed": world.actors.strength[:, self.rebels].sum(axis=1),
            "active": world.cells.men_active.sum(axis=1),
            "clashes": int(world.wide.clashes[0]) - int(self.seen["clashes"]),
            "speech": float(pressed @ world.places.people_start / max(world.places.people_start.sum(), 1.0)),
            "orders": float(world.actors.intent[self.own].max(initial=0)),
            "dates": float(sum(0 <= date - world.day < DATES_AHEAD for date in self.dates)),
        }

    # ---- what a source makes of it ------------------------------------------------------------------------------

    def _told(self, source: Source, world: World, true: dict[str, Any]) -> Dispatch:
        week, reach = world.day // WEEK, source.coverage * world.places.access
        said = {}
        for signal in source.sees:
            garbled = self._garbled(source, signal, week)
            if signal in ("killed", "targeted"):
                said[signal] = self._counted(source, signal, world, true) * garbled
            elif signal in ("fled", "armed", "active"):
                said[signal] = float(true[signal] @ reach) * garbled
            elif signal == "clashes":
                said[signal] = true[signal] * float(reach.mean()) * garbled
            elif signal == "speech":
                said[signal] = min(true[signal] * garbled, 1.0)  # broadcasts are public
            elif signal == "orders":
                if self.coin(f"{source.name} learns of orders", week) < source.coverage:
                    said[signal] = min(true[signal] * garbled, HIGHEST_RUNG)
            else:
                said[signal] = true[signal]  # the calendar is known
        denied = self.coin(f"denial {source.name}", week) < self.process.denial * (1.0 - self.free_press)
        late = round(source.lag * (0.5 + self.coin(f"lag {source.name}", week)))
        return Dispatch(
            source.name, week, world.day + late, said, 1.0 if denied and said.get("killed", 0.0) > 0.0 else 0.0
        )

    def _garbled(self, source: Source, signal: str, week: int) -> float:
        """Bias times noise of one figure."""
        u = self.coin(f"{source.name} {signal}", week)
        return source.bias * math.exp(source.noise * NormalDist().inv_cdf(min(max(u, 1e-9), 1.0 - 1e-9)))

    def _counted(self, source: Source, signal: str, world: World, true: dict[str, Any]) -> float:
        """Deaths of the incidents that it heard of, the larger the likelier, some of them twice."""
        rows, deaths = true["rows"], true["deaths"] * (true["aimed"] if signal == "targeted" else 1)
        if rows.size == 0:
            return 0.0
        number = zlib.crc32(source.name.encode()) & 0xFFFF
        first, second, _, _ = words_of(self.key, rows.astype(np.uint32), number, STREAMS["observation"], 1)
        heard = first / 2.0**32 < 1.0 - np.power(1.0 - source.coverage * true["at"], true["deaths"])
        twice = second / 2.0**32 < source.duplicates
        return float((deaths * heard * (1 + twice)).sum())
