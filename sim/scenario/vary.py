"""Values drawn from a theatre's own ranges: one plausible version of it for each number.

The files say how sure they are (`X_low`, `X_high`, `low`, `high`). `varied` draws every such judgement anew, half of
the time below the stated value and half above it, so the stated value is the median. What one source of doubt governs
is drawn together: all units of an organisation, all people of a group, all dead of a perpetrator, all displaced of a
stage.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np

from sim.ground.draw import STREAMS, uniform
from sim.scenario.theatre import Control, Displaced, Theatre, Valued


def varied(theatre: Theatre, number: int) -> Theatre:
    """The version `number` (>= 1) of a theatre; 0 is the theatre as stated. Equal numbers give equal theatres."""
    if number == 0:
        return theatre
    draw = Draw(number)
    people = tuple(draw.people(row, f"population {row.group}", "people") for row in theatre.population)
    living = {(row.place, row.group): row.people for row in people}
    return replace(
        theatre,
        risk={name: draw.valued(f"risk {name}", one) for name, one in theatre.risk.items()},
        places=tuple(draw.row(row, f"places {row.name}") for row in theatre.places),
        groups=tuple(draw.row(row, f"groups {row.name}") for row in theatre.groups),
        relations=tuple(draw.row(row, f"relations {row.group} {row.towards}") for row in theatre.relations),
        actors=tuple(draw.row(row, f"actors {row.name}") for row in theatre.actors),
        institutions=tuple(draw.row(row, f"institutions {row.name}") for row in theatre.institutions),
        control=_at_most_whole(
            tuple(draw.row(row, f"control {row.stage} {row.place} {row.actor}") for row in theatre.control)
        ),
        population=people,
        units=tuple(draw.people(row, f"units {row.stage} {row.actor}", "strength") for row in theatre.units),
        killed=tuple(draw.people(row, f"killed {row.actor}", "people") for row in theatre.killed),
        displaced=_at_most_living(
            tuple(draw.people(row, f"displaced {row.stage}", "people") for row in theatre.displaced), living
        ),
    )


class Draw:
    """Values of one version; `number` (>= 1) addresses every coin."""

    def __init__(self, number: int) -> None:
        self._key = np.array([number, 0], dtype=np.uint32)

    def between(self, name: str, low: float, value: float, high: float) -> float:
        """A value in low..high for that name: half of the mass below `value`, half above, evenly on each side."""
        coin = float(uniform(self._key, zlib.crc32(name.encode()), 0, STREAMS["theatre"], 0))
        if low == value or high == value:
            return low + coin * (high - low)
        return low + 2.0 * coin * (value - low) if coin < 0.5 else value + (2.0 * coin - 1.0) * (high - value)

    def valued(self, name: str, one: Valued) -> Valued:
        """A graded number, drawn within its range if it has one."""
        if one.low is None or one.high is None:
            return one
        return replace(one, value=self.between(name, one.low, one.value, one.high))

    def row(self, row: Any, name: str) -> Any:
        """A row of a table with its ranged judgements drawn; whole numbers stay whole."""
        drawn: dict[str, Any] = {}
        for one in row.ranges:
            value = getattr(row, one.column)
            new = self.between(f"{name} {one.column}", one.low, float(value), one.high)
            drawn[one.column] = round(new) if isinstance(value, int) else new
        return replace(row, **drawn) if drawn else row

    def people(self, row: Any, name: str, column: str) -> Any:
        """A row that counts people, drawn within `column`_low and `column`_high if it has both."""
        low, high = getattr(row, f"{column}_low"), getattr(row, f"{column}_high")
        if low is None or high is None:
            return row
        return replace(row, **{column: max(round(self.between(name, low, getattr(row, column), high)), 1)})


def _at_most_whole(rows: tuple[Control, ...]) -> tuple[Control, ...]:
    """Shares of a place that would sum to more than 1, scaled down to 1."""
    total: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows:
        total[row.stage, row.place] += row.share
    return tuple(replace(row, share=row.share / max(total[row.stage, row.place], 1.0)) for row in rows)


def _at_most_living(rows: tuple[Displaced, ...], living: dict[tuple[str, str], int]) -> tuple[Displaced, ...]:
    """Displaced people of a home, no more in all than live there in this version."""
    gone: dict[tuple[str, str], int] = defaultdict(int)
    kept = []
    for row in rows:
        home = row.from_, row.group
        people = min(row.people, living[home] - gone[home])
        gone[home] += people
        kept.append(replace(row, people=people))
    return tuple(row for row in kept if row.people > 0)
