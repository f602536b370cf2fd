"""Civil violence after Epstein 2002 (PNAS 99 suppl. 3, 7243-7250): rebellion (Model I), two groups at war (Model II).

On a torus, agents with hardship H and risk aversion R, both U(0, 1), rebel where H (1 - L) - R P > T: L is the
legitimacy of the regime (in Model II: of the other group), P the chance of arrest that they read off the cops C and the
rebels A in view. Cops arrest a rebel in view for a while. In Model II to rebel is to kill one of the other group in
view; agents clone onto free sites and die of age. Model I is Model II with one group, no cloning and no death.

Where the paper is silent, said here: a view is a Euclidean disc (as in NetLogo; 1.7 makes the 8 neighbours); who comes
back to the lattice stands on a random free site in view of where he was taken, or waits for one; a clone is born in its
parent's turn, in view, with the parent's hardship and a risk aversion of its own. How C / A is rounded is the one open
rule on which results hang: see `deterrence`. The paper's Run 1, in which agents stand still, is left out.
"""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.classics.lattice import bits, count, disc, find, lattice, put, take
from sim.ground.check import BadInput
from sim.ground.draw import STREAMS, philox, words_of
from sim.ground.kernel import kernel

U32, U64 = np.uint32, np.uint64
STREAM = STREAMS["classics"]
BORN, PLACED, TURN, BACK, ORDER = range(5)  # what a draw is for
FREE, COPS, ACTIVE, BLUE, GREEN, LAYERS = 0, 1, 2, 3, 4, 8  # layers of the board; eight words fill a cache line
GONE = 0xFFFFFFFF  # ticks until the dead, and cops who were withdrawn, are back
NEVER = 2**31 - 1
SERIES = ("active", "blue", "green", "jailed", "cops")  # rebels; the living of each group; in jail; cops on the lattice

Actors = namedtuple("Actors", ["kind", "site", "away", "death", "hardship", "risk"])
"""Cops first, then agents, then room for those to be born. kind uint8: the layer (COPS, BLUE, GREEN); site uint32:
where one stands, or was taken; away uint32: ticks until one is back on the lattice, 0 for those who are there; death
int32: the tick of death by age; hardship and risk float32 in [0, 1)."""

Rule = namedtuple("Rule", ["threshold", "term", "cloning", "age", "least"])
"""T; longest jail term, ticks; chance to clone a tick, in 2**-32; longest life, ticks; members that the smaller group
needs for a run to go on."""


@kernel
def part(word: Any, parts: Any) -> Any:
    """A uint64 in [0, parts), made of a random uint32."""
    return (U64(word) * U64(parts)) >> U64(32)


@kernel
def shuffle(key: Any, tick: int, order_out: Any) -> None:
    """0 .. n-1 in random order (Fisher and Yates, inside out)."""
    for i in range(0, order_out.size, 4):
        words = philox(key[0], key[1], i, tick, STREAM, ORDER)
        for k in range(min(4, order_out.size - i)):
            j = part(words[k], i + k + 1)
            order_out[i + k] = order_out[j]
            order_out[j] = i + k


@kernel
def stand(board: Any, who: Any, kind: Any, site: Any, i: Any) -> None:
    """Somebody comes to stand on a free site."""
    who[site] = i
    take(board, FREE, site)
    put(board, kind, site)


@kernel
def leave(board: Any, kind: Any, site: Any) -> None:
    """Somebody leaves a site, which is free then."""
    put(board, FREE, site)
    take(board, ACTIVE, site)
    take(board, kind, site)


@kernel
def clone(key: Any, tick: int, i: Any, rule: Any, lattice: Any, actors: Any, size_out: Any) -> None:
    """Agent i has a child on a random free site in view, if there is one."""
    board, near, masks, who = lattice
    kind, place, away, death, hardship, risk = actors
    site, child = U64(place[i]), size_out[0]
    room = count(board, near, masks, FREE, site)
    if room == 0 or child == kind.size:
        return
    where, courage, age, _ = philox(key[0], key[1], i, tick, STREAM, BORN)
    to = find(board, near, masks, FREE, site, part(where, room))
    kind[child], place[child], away[child] = kind[i], to, 0
    hardship[child], risk[child] = hardship[i], np.float32(courage >> U32(8)) * np.float32(2.0**-24)
    death[child] = tick + 1 + np.int64(part(age, rule.age))
    stand(board, who, kind[i], to, child)
    size_out[0] = child + 1


@kernel
def act(
    key: Any, tick: int, cops: int, legitimacy: float, rule: Any, deterrence: Any, order: Any, lattice: Any,
    actors: Any, size_out: Any,
) -> None:  # fmt: skip
    """Each in turn moves to a random free site in view and acts: cops arrest; agents are quiet, or rebel and kill."""
    board, near, masks, who = lattice
    kind, place, away, death, hardship, risk = actors
    for turn in range(order.size):
        i = order[turn]
        if away[i] > 0:
            continue
        walk, whom, term, luck = philox(key[0], key[1], i, tick, STREAM, TURN)
        site = U64(place[i])
        room = count(board, near, masks, FREE, site)
        if room > 0:
            to = find(board, near, masks, FREE, site, part(walk, room))
            leave(board, kind[i], site)
            stand(board, who, kind[i], to, i)
            site = to
            place[i] = site
        actives = count(board, near, masks, ACTIVE, site)
        if i < cops:
            if actives > 0:
                j = who[find(board, near, masks, ACTIVE, site, part(whom, actives))]
                leave(board, kind[j], U64(place[j]))
                away[j] = U64(1) + part(term, rule.term)
            continue
        seen = count(board, near, masks, COPS, site)
        if hardship[i] * (1.0 - legitimacy) - risk[i] * deterrence[seen, actives] > rule.threshold:
            put(board, ACTIVE, site)
            foe = BLUE + GREEN - kind[i]
            foes = count(board, near, masks, foe, site)
            if foes > 0:
                j = who[find(board, near, masks, foe, site, part(whom, foes))]
                leave(board, foe, U64(place[j]))
                away[j], death[j] = GONE, 0
        else:
            take(board, ACTIVE, site)
        if luck < rule.cloning:
            clone(key, tick, i, rule, lattice, actors, size_out)


@kernel
def post(duty: int, cops: int, lattice: Any, actors: Any) -> None:
    """The first `duty` cops are on the lattice or on their way to it; the others are withdrawn."""
    for i in range(cops):
        if i >= duty and actors.away[i] == 0:
            leave(lattice.board, COPS, U64(actors.site[i]))
        if i >= duty:
            actors.away[i] = GONE
        elif actors.away[i] == GONE:
            actors.away[i] = 1


@kernel
def come_back(key: Any, tick: int, size: int, lattice: Any, actors: Any) -> None:
    """Those whose time away is over stand on a free site in view of where they were taken; without one they wait."""
    board, near, masks, who = lattice
    kind, place, away, death, hardship, risk = actors
    for i in range(size):
        if away[i] == 0 or away[i] == GONE:
            continue
        away[i] -= U32(1)
        if away[i] > 0:
            continue
        room = count(board, near, masks, FREE, U64(place[i]))
        if room > 0:
            where, _, _, _ = philox(key[0], key[1], i, tick, STREAM, BACK)
            place[i] = find(board, near, masks, FREE, U64(place[i]), part(where, room))
            stand(board, who, kind[i], U64(place[i]), i)
        else:
            away[i] = 1


@kernel
def bury(tick: int, cops: int, lattice: Any, actors: Any, size_out: Any) -> None:
    """The killed, and those who reach the age of their death, are struck from the list; the others close ranks."""
    kind, place, away, death, hardship, risk = actors
    kept = cops
    for i in range(cops, size_out[0]):
        if death[i] <= tick:
            if away[i] == 0:
                leave(lattice.board, kind[i], U64(place[i]))
            continue
        if kept < i:
            kind[kept], place[kept], away[kept], death[kept] = kind[i], place[i], away[i], death[i]
            hardship[kept], risk[kept] = hardship[i], risk[i]
            if away[i] == 0:
                lattice.who[place[i]] = kept
        kept += 1
    size_out[0] = kept


@kernel
def census(cops: int, size: int, board: Any, actors: Any, row_out: Any) -> None:
    """One row of the series."""
    row_out[:] = 0
    for tile in range(board.shape[0]):
        row_out[0] += np.int64(bits(board[tile, ACTIVE]))
        row_out[4] += np.int64(bits(board[tile, COPS]))
    for i in range(cops, size):
        row_out[1 + actors.kind[i] - BLUE] += 1
        if actors.away[i] > 0:
            row_out[3] += 1


@kernel
def advance(
    key: Any, first: int, cops: int, duty: Any, legitimacy: Any, rule: Any, deterrence: Any, order: Any, lattice: Any,
    actors: Any, size: Any, series_out: Any,
) -> int:  # fmt: skip
    """So many ticks as `duty` and `legitimacy` have entries, or until a group is gone; how many there were."""
    for n in range(legitimacy.size):
        tick = first + n
        post(duty[n], cops, lattice, actors)  # orders to cops come overnight
        turns = order[: size[0]]  # those born today act tomorrow
        shuffle(key, tick, turns)
        act(key, tick, cops, legitimacy[n], rule, deterrence, turns, lattice, actors, size)
        come_back(key, tick, size[0], lattice, actors)
        bury(tick, cops, lattice, actors, size)
        census(cops, size[0], lattice.board, actors, series_out[n])
        if min(series_out[n, 1], series_out[n, 2]) < rule.least:
            return n + 1
    return int(legitimacy.size)


@dataclass(frozen=True)
class Inputs:
    """A column of the paper's Table 2, read in a transcription (experiments/replications/README.md)."""

    vision: float  # of agents and of cops: radius in sites
    legitimacy: float  # L
    term: int  # longest jail term, ticks
    cops: float  # share of sites
    groups: int = 1  # 1: Model I, 2: Model II
    agents: float = 0.7  # share of sites
    threshold: float = 0.1  # T
    k: float = 2.3  # such that P is 0.9 for one cop and one rebel
    cloning: float = 0.05  # a tick, Model II
    age: int = 200  # longest life in ticks, Model II
    side: int = 40  # of the torus


RUNS = {
    2: Inputs(7.0, 0.82, 30, 0.04),
    3: Inputs(7.0, 0.9, NEVER, 0.074),  # and 4: legitimacy falls in small steps, or in one
    5: Inputs(7.0, 0.8, NEVER, 0.074),  # cops are withdrawn
    6: Inputs(1.7, 0.9, 15, 0.0, groups=2),
    7: Inputs(1.7, 0.8, 15, 0.0, groups=2),
    8: Inputs(1.7, 0.8, 15, 0.04, groups=2),
}
"""By the paper's number of the run."""

AS_PRINTED: Callable[[Any], Any] = np.asarray
ROUNDED_DOWN: Callable[[Any], Any] = np.floor
"""C / A in the chance of arrest: as the paper prints it, or rounded down as in NetLogo's Rebellion (Wilensky 2004)."""


def deterrence(k: float, view: int, rounding: Callable[[Any], Any]) -> Any:
    """P = 1 - exp(-k C / A), float64[cops in view, other rebels in view]; one counts oneself among the rebels A.

    As printed, a crowd that outnumbers the cops is still deterred and Model I never rebels; rounded down, P is 0 there.
    """
    ratio = rounding(np.arange(view + 1)[:, None] / np.arange(1, view + 2)[None, :])
    return np.array([[1.0 - math.exp(-k * one) for one in row] for row in ratio])


class Society:
    """One run: agents and cops on a torus, which `run` moves on; `key` is uint32[2] (sim.ground.draw.run_key)."""

    def __init__(
        self, inputs: Inputs, key: Any, rounding: Callable[[Any], Any] = ROUNDED_DOWN,
        steps: Sequence[tuple[int, int]] | None = None,
    ) -> None:  # fmt: skip
        """`steps` replaces the disc of the inputs' vision by a view of another shape. Raises BadInput when crowded."""
        steps = disc(inputs.vision) if steps is None else steps
        sites = inputs.side**2
        agents = round(inputs.agents * sites)
        if agents + round(inputs.cops * sites) > sites:
            raise BadInput(
                f"densities {inputs.agents} of agents and {inputs.cops} of cops", where="Inputs",
                why="each stands on a site of his own", instead="densities that add up to 1 at most",
            )  # fmt: skip
        self.inputs, self.key, self.tick = inputs, key, 0
        self.cops = round(inputs.cops * sites)
        self.size = np.array([self.cops + agents], dtype=np.int64)
        self.lattice = lattice(inputs.side, LAYERS, steps)
        self.deterrence = deterrence(inputs.k, len(steps), rounding)
        self.actors = _actors(inputs, key, self.cops, agents)
        self._order = np.zeros(self.actors.kind.size, dtype=np.int32)
        self.lattice.board[:, FREE] = U64(2**64 - 1)
        for i in range(self.size[0]):
            stand(self.lattice.board, self.lattice.who, self.actors.kind[i], U64(self.actors.site[i]), i)

    def run(
        self, ticks: int, *, legitimacy: Sequence[float] | None = None, duty: Sequence[int] | None = None,
        until_one_is_gone: bool = False,
    ) -> Any:  # fmt: skip
        """int64[ticks, 5] with the columns SERIES; fewer rows when it ends because a group is gone.

        `legitimacy` and `duty` (how many of the cops are posted) have an entry a tick, else BadInput is raised; without
        them the inputs hold.
        """
        two, given = self.inputs.groups == 2, self.inputs
        rule = Rule(
            given.threshold, given.term, int(given.cloning * 2**32) if two else 0, given.age,
            1 if two and until_one_is_gone else 0,
        )  # fmt: skip
        course = np.full(ticks, given.legitimacy) if legitimacy is None else np.asarray(legitimacy, dtype=np.float64)
        posted = np.full(ticks, self.cops) if duty is None else np.asarray(duty, dtype=np.int64)
        if course.shape != (ticks,) or posted.shape != (ticks,):
            raise BadInput("legitimacy or duty of another length", where="run", instead=f"{ticks} entries, one a tick")
        series = np.zeros((ticks, len(SERIES)), dtype=np.int64)
        done = advance(
            self.key, self.tick + 1, self.cops, posted, course, rule, self.deterrence, self._order, self.lattice,
            self.actors, self.size, series,
        )  # fmt: skip
        self.tick += done
        return series[:done]


def _actors(inputs: Inputs, key: Any, cops: int, agents: int) -> Actors:
    """Everybody on the first day, each on a site of his own; in Model II with room for twice the sites."""
    sites, people = inputs.side**2, cops + agents
    room = 2 * sites if inputs.groups == 2 else people
    made = Actors(*(np.zeros(room, dtype=name) for name in ("u1", "u4", "u4", "i4", "f4", "f4")))
    lots, _, _, _ = words_of(key, np.arange(sites, dtype=np.uint32), 0, STREAM, PLACED)
    made.site[:people] = np.argsort(lots, kind="stable")[:people]
    hard, averse, group, age = words_of(key, np.arange(people, dtype=np.uint32), 0, STREAM, BORN)
    made.kind[:people] = np.where(np.arange(people) < cops, COPS, BLUE + group % inputs.groups)
    made.death[:people] = 1 + ((age.astype(np.uint64) * U64(inputs.age)) >> U64(32)) if inputs.groups == 2 else NEVER
    made.hardship[:people], made.risk[:people] = ((word >> U32(8)) * 2.0**-24 for word in (hard, averse))
    return made
