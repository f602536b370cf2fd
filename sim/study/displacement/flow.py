"""The flight of people to camps, by the model's own flight mechanism on the benchmark's road graph.

What is the model's own, with its own parameters: fear rises with violent deaths per 10,000 (`sim.mechanisms.feeling`);
danger, moving on and the choice of road are the kernels `perceive` and `exits` of `sim.mechanisms.flight`; a day on the
road is `km_paved` of `sim.engine.populate`. What the benchmark's format forces, and where we left the theatres:

- The format says that there is open conflict in a place, not how deadly. Deaths a day there are one assumption for all
  conflicts (`DEATHS`), measured on event data and never on refugees; the share of the people left who take flight in a
  day is the day's rise of fear, which is the share whose thresholds it passes if thresholds lie evenly.
- Refugees head for a refuge they know of, not for the next town: the road table holds the shortest way from each place
  inside to each other place inside and to each refuge. A random walk over the roads, tried, loses half of the skill.
- The format knows one group: everyone is kin, in camps as far as somebody is there already.
- Nobody returns home: the format does not say when a place is calm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from sim.engine import populate
from sim.ground.parameters import PARAMETERS, Parameter, resolve
from sim.mechanisms import feeling, flight
from sim.study.displacement.folder import Conflict
from sim.study.displacement.roads import RoadBook

DEATHS = Parameter(
    "deaths_in_open_conflict", 0.13, 0.03, 1.0, "1/day", "violent deaths a day in a place of open conflict (5 to 95 %)",
    "UCDP GED 23.1, Central African Republic 1991-2022: 431 places with exact positions, 30 days after each event; "
    "Sundberg & Melander 2013 JPR 50(4)", "derived",
)  # fmt: skip
SAMPLED = {
    flight.Flight: (
        "near_first_days", "kin_weight", "outside_weight", "onward_quiet", "onward_conflict", "danger_half"
    ),
    feeling.Feeling: ("fear_rate", "fear_half"),
    populate.Ground: ("km_paved",),
}  # fmt: skip
"""Parameters of the model, by family, that a run draws from their stated ranges; the others do not enter."""

COPIES = 100  # persons simulated for each one where only their proportions count: a day's shares hang on no handful
UNKNOWN_PEOPLE = 10_000.0  # assumption: a place without population, where the folder gives none at all
UNLIMITED = 1e12


class _Cells(NamedTuple):
    """The columns of `world.Cells` that the flight kernels read, [place, 1]."""

    home: Any
    away: Any
    blockade: Any
    danger: Any
    fear_push: Any


class _Slots(NamedTuple):
    """The columns of `world.Roads` that they read; each place inside has a way to every end."""

    first: Any
    to: Any
    open: Any
    days: Any


@dataclass(frozen=True)
class Draw:
    """Parameters of one run: those of flight and of fear, km of a day, and deaths a day of each place [place]."""

    way: Any
    fear: Any
    km_a_day: float
    deaths: Any


def declared(conflict: Conflict) -> Draw:
    """The stated values of all parameters, without uncertainty."""
    return _draw({}, np.full(len(conflict.places), DEATHS.value))


def _draw(values: Mapping[str, float], deaths: Any) -> Draw:
    families = resolve(values)
    way, fear, ground = (families[family.__name__] for family in SAMPLED)
    return Draw(way, fear, ground.km_paved, deaths)


def draws(conflict: Conflict, runs: int, seed: int) -> list[Draw]:
    """Parameters of `runs` runs: half of the mass between low and the stated value, half between it and high.

    Deaths a day are lognormal, drawn for each place apart. The same `seed` gives the same draws.
    """
    from scipy.stats import qmc

    names = [name for family in SAMPLED.values() for name in family]
    points = qmc.LatinHypercube(len(names) + len(conflict.places), rng=np.random.default_rng([seed, 0])).random(runs)
    spread = np.log(DEATHS.high / DEATHS.low) / (2.0 * NormalDist().inv_cdf(0.95))
    made = []
    for point in points:
        values = {name: _between(PARAMETERS[name], at) for name, at in zip(names, point, strict=False)}
        normal = [NormalDist().inv_cdf(at) for at in np.clip(point[len(names) :], 1e-6, 1.0 - 1e-6)]
        made.append(_draw(values, DEATHS.value * np.exp(spread * np.array(normal))))
    return made


def _between(one: Parameter, at: float) -> float:
    """The value at `at` (0 .. 1) of a parameter's range; the stated value is its median, as in `study.plan`."""
    middle = one.value if one.low < one.value < one.high else (one.low + one.high) / 2.0
    if at < 0.5:
        return one.low + 2.0 * at * (middle - one.low)
    return middle + (2.0 * at - 1.0) * (one.high - middle)


def simulate(
    conflict: Conflict,
    draw: Draw,
    first_day: Any,
    total: Any = None,
    *,
    seed: tuple[int, ...],
    capacities: bool = False,
) -> Any:
    """People in the scored camps, float64 [day, camp], of one run.

    `first_day` [camp] are the people there on day 0. Without `total`, who comes is the model's own. With `total` [day],
    each day's increase of it arrives, in the model's proportions; a decrease is made up for before anyone new arrives.
    `capacities` lets published capacities limit the camps (they leak the target). Same `seed`, same people.
    """
    run = _Run(conflict, draw, capacities, 1 if total is None else COPIES)
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))
    camps = np.array(conflict.camps)
    stock = np.zeros(len(conflict.places))
    stock[camps] = first_day
    people = [stock[camps]]
    shares, owed = np.full(len(camps), 1.0 / len(camps)), 0.0
    for day in range(1, conflict.days):
        came = run.day(day, stock, rng)
        stock += came
        if total is not None:
            if came[camps].sum() > 0:
                shares = came[camps] / came[camps].sum()
            new = float(total[day] - total[day - 1]) - owed
            owed = max(0.0, -new)
            stock[camps] = people[-1] + max(0.0, new) * shares
        people.append(stock[camps])
    return np.array(people)


class _Run:
    """People at home and displaced inside, and the flight mechanism's tables over ways to everywhere."""

    def __init__(self, conflict: Conflict, draw: Draw, capacities: bool = False, copies: int = 1) -> None:
        self._conflict, self._draw, self._copies = conflict, draw, copies
        self._way, self._fear = draw.way, draw.fear
        self._book = RoadBook(conflict)
        places = conflict.places
        self._inside = inside(conflict)
        self._people = people_inside(conflict)
        self._home = self._people * copies
        self._displaced = np.zeros(len(places), dtype=np.int64)
        self._room = np.full(len(places), UNLIMITED)
        if capacities:
            for number, place in enumerate(places):
                if place.camp and place.people > 0:
                    self._room[number] = place.people
        self._ends = np.flatnonzero(self._inside | np.array([place.camp or place.hub for place in places]))
        self._from = np.flatnonzero(self._inside)
        first = np.concatenate(([0], np.cumsum(self._inside * len(self._ends)))).astype(np.int64)
        slots = len(self._from) * len(self._ends)
        self._slots = _Slots(first, np.tile(self._ends, len(self._from)), np.zeros(slots), np.zeros(slots))
        cell = (len(places), 1)
        home, away, blockade, danger = (np.zeros(cell) for _ in range(4))
        self._cells = _Cells(home, away, blockade, danger, np.zeros(cell, dtype=np.float32))
        self._onward, self._back = np.zeros(cell, dtype=np.float32), np.zeros(cell, dtype=np.float32)
        self._choice, self._passing = (np.zeros((slots, 1), dtype=np.uint32) for _ in range(2))
        self._open, self._leave = np.zeros(cell), np.zeros(cell, dtype=np.float32)
        self._roads: Any = None

    def day(self, day: int, stock: Any, rng: Any) -> Any:
        """People who reach each camp on `day`, float64 [place]; `stock` [place] are those who are in camps already."""
        roads = self._book.on(day)
        if roads is not self._roads:
            self._lay(roads)
        push = self._push(day)
        weights = self._weigh(push, stock)
        able = weights.sum(axis=1) > 0.0
        rise, onward = push[self._from] * able, self._onward[self._from, 0] * able
        leave = rng.binomial(self._home[self._from], rise)
        move = rng.binomial(self._displaced[self._from], onward)
        self._home[self._from] -= leave
        self._displaced[self._from] -= move
        chances = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
        moved = rng.multinomial(leave + move, chances * able[:, None]) if able.any() else np.zeros_like(weights)
        reached = moved.sum(axis=0) * 1.0
        came = np.zeros(len(stock))
        gate = roads.gate[self._ends]
        np.add.at(came, gate[gate >= 0], reached[gate >= 0])
        within = self._inside[self._ends]
        self._displaced[self._ends[within]] += reached[within].astype(np.int64)
        return came / self._copies

    def _lay(self, roads: Any) -> None:
        """The road table of a state of closures: the shortest ways, and which ends can be reached."""
        self._roads = roads
        km = roads.km[np.ix_(self._from, self._ends)]
        usable = np.isfinite(km) & (self._inside | (roads.gate >= 0))[self._ends]
        usable &= self._from[:, None] != self._ends[None, :]
        self._slots.open[:] = usable.ravel()
        self._slots.days[:] = np.where(usable, km, 0.0).ravel() / self._draw.km_a_day

    def _push(self, day: int) -> Any:
        """The day's rise of fear, float64 [place]: the local term of `feeling.drives`, from assumed deaths."""
        deaths = 1e4 * self._draw.deaths * self._conflict.intensity[day] * self._inside / (self._people + 1.0)
        return np.minimum(self._fear.fear_rate * deaths / (deaths + self._fear.fear_half), 1.0)

    def _weigh(self, push: Any, stock: Any) -> Any:
        """float64 [place inside, end]: appeal of each way, by the flight kernels."""
        cells, gate = self._cells, self._roads.gate
        refuge = gate >= 0
        cells.home[:, 0], cells.away[:, 0] = self._home / self._copies, self._displaced / self._copies
        cells.away[refuge, 0] = stock[gate[refuge]]
        cells.fear_push[:, 0] = push
        room = np.where(refuge, self._room[gate], UNLIMITED)
        within = self._inside.astype(np.uint8)
        flight.perceive(self._way, within, cells, cells.danger, self._onward, self._back)
        border = np.ones(len(within))  # closures are in the road table
        flight.exits(
            self._way, within, room, border, np.zeros(len(within)), cells, self._slots,
            self._open, self._leave, self._choice, self._passing,
        )  # fmt: skip
        running = self._choice.reshape(len(self._from), len(self._ends)).astype(np.float64)
        return np.diff(running, axis=1, prepend=0.0)


def inside(conflict: Conflict) -> Any:
    """bool [place]: neither camp nor hub, in a country that is ever in conflict."""
    at_war = {conflict.places[number].country for number in np.flatnonzero(conflict.intensity.any(axis=0))}
    return np.array([not (one.camp or one.hub) and one.country in at_war for one in conflict.places])


def people_inside(conflict: Conflict) -> Any:
    """int64 [place]: people of each place inside; the median of the known ones where the folder gives none."""
    within = inside(conflict)
    people = np.array([place.people for place in conflict.places]) * within
    known = people[people > 0.0]
    people[within & (people <= 0.0)] = np.median(known) if known.size else UNKNOWN_PEOPLE
    return np.round(people).astype(np.int64)
