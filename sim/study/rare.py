"""How likely the model is to reach very many deaths: multilevel splitting.

found = probability("sahra", "none", deaths=2000, days=365, walkers=64, seed=1)
found.probability, found.low, found.high, found.gain

Runs that climb to a level are carried on from there in several ways, so that the next level is reached often enough to
be counted; the probability is the product of the shares that climb (fixed effort: Garvels 2000; unbiased, Cerou, Del
Moral, Le Gland and Lezaud 2006). It is arithmetic of the model at the stated parameters, not evidence about the world.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from sim.ground.check import BadInput, FailedWork

if TYPE_CHECKING:
    from sim.scenario.theatre import Theatre

CLIMB = 0.25
"""The share of walkers that a level is set to let through."""
MOST_LEVELS = 40
MOST_DAYS = 3660
_WEEK = 7


class Walker(Protocol):
    """Something random that climbs and ends. `score` never falls; `time` counts its steps."""

    @property
    def score(self) -> float:
        """How high it is."""

    @property
    def time(self) -> int:
        """Steps since it began."""

    @property
    def over(self) -> bool:
        """Whether it has ended."""

    def step(self) -> None:
        """Go on a little."""

    def fork(self, stage: int, number: int) -> Walker:
        """An independent copy, whose further course is decided by (stage, number) alone."""


Start = Callable[[int, int], Walker]
"""A fresh walker whose course is decided by (repetition's stage, number)."""


@dataclass(frozen=True)
class Rare:
    """An estimated probability with its 90 % interval over independent repetitions.

    `levels` of height were climbed one after the other, the last one being the target; `shares` [repetitions, levels]
    of walkers climbed each. `gain` is the variance that plain runs of equal cost would have, over the variance found;
    None where it cannot be known.
    """

    probability: float
    low: float
    high: float
    gain: float | None
    levels: tuple[float, ...]
    shares: tuple[tuple[float, ...], ...]
    steps: int


@dataclass(frozen=True)
class Ladder:
    """Levels of height, and then the `target` of score.

    A walker's height is its score and what is on average still ahead of it at that time (``ahead[time]``, >= 0): one
    that is high early is worth more than one that is as high late. No level is above the target, so whoever reaches the
    target has climbed them all.
    """

    levels: tuple[float, ...]
    target: float
    ahead: tuple[float, ...]

    def height(self, walker: Walker) -> float:
        """How promising a walker is."""
        return walker.score + self.ahead[min(walker.time, len(self.ahead) - 1)]

    def on(self, walker: Walker, rung: int) -> bool:
        """Whether a walker has climbed that level; the one after the last is the target."""
        if rung == len(self.levels):
            return walker.score >= self.target
        return self.height(walker) >= self.levels[rung]

    def climb(self, walker: Walker, rung: int) -> int:
        """Step until that level or the end; how many steps it took."""
        steps = 0
        while not self.on(walker, rung) and not walker.over:
            walker.step()
            steps += 1
        return steps


def make_ladder(start: Start, target: float, walkers: int, stage: int) -> Ladder:
    """Levels that about `CLIMB` of walkers climb each, from a pilot that the estimate does not use.

    Raises FailedWork when no walker gets any higher.
    """
    ladder = Ladder((), target, _ahead([start(stage, number) for number in range(walkers)]))
    pool = [start(stage, number) for number in range(walkers)]
    while len(ladder.levels) < MOST_LEVELS:
        stage += 1
        tops, hits = zip(*(_top(ladder, walker.fork(stage, n)) for n, walker in enumerate(pool)), strict=True)
        last = ladder.levels[-1] if ladder.levels else -math.inf
        higher = [top for top in tops if top > last]
        level = max(float(np.quantile(tops, 1.0 - CLIMB)), min(higher)) if higher else math.inf
        if np.mean(hits) >= CLIMB or (any(hits) and level > target):
            return ladder
        if level > target and last < target < math.inf and higher:
            level = target  # high enough to get there on average, and nobody did: one more rung before the last
        if level > target:
            break
        ladder = Ladder((*ladder.levels, level), target, ladder.ahead)
        climbed = []
        for number in [n for n, top in enumerate(tops) if top >= level]:  # the same course again, up to the level
            walker = pool[number].fork(stage, number)
            ladder.climb(walker, len(ladder.levels) - 1)
            climbed.append(walker)
        pool = [climbed[number % len(climbed)] for number in range(walkers)]
    raise FailedWork(
        f"no walker climbs to {target:g}", where="deaths",
        why=f"the pilot ended at {max(ladder.levels, default=0.0):g}",
        instead="fewer deaths, more walkers or more days",
    )  # fmt: skip


def _ahead(pool: Sequence[Walker]) -> tuple[float, ...]:
    """What walkers gain on average from each time to the end [times]; walks through the pool."""
    courses = []
    for walker in pool:
        course = [walker.score]
        while not walker.over:
            walker.step()
            course.append(walker.score)
        courses.append(course)
    longest = max(map(len, courses))
    mean = np.mean([course + [course[-1]] * (longest - len(course)) for course in courses], axis=0)
    return tuple(float(value) for value in mean[-1] - mean)


def _top(ladder: Ladder, walker: Walker) -> tuple[float, bool]:
    """The greatest height of a walker on its way to the end, and whether it reaches the target."""
    top = ladder.height(walker)
    while not walker.over:
        walker.step()
        top = max(top, ladder.height(walker))
    return top, walker.score >= ladder.target


def split(start: Start, ladder: Ladder, walkers: int, stage: int) -> tuple[list[float], int]:
    """One repetition: the share of walkers that climbs each level and the target, and the steps computed."""
    shares: list[float] = []
    steps, rungs = 0, len(ladder.levels) + 1
    pool = [start(stage, number) for number in range(walkers)]
    for rung in range(rungs):
        steps += sum(ladder.climb(walker, rung) for walker in pool)
        climbed = [walker for walker in pool if ladder.on(walker, rung)]
        shares.append(len(climbed) / walkers)
        if not climbed:
            return [*shares, *([0.0] * (rungs - rung - 1))], steps
        if rung + 1 < rungs:
            order = np.random.default_rng([stage, rung]).permutation(len(climbed))
            pool = [climbed[order[n % len(climbed)]].fork(stage + rung + 1, n) for n in range(walkers)]
    return shares, steps


def estimate(start: Start, target: float, *, walkers: int, repetitions: int, whole: int, first: int = 0) -> Rare:
    """The probability that a walker reaches `target`; `whole` is the steps of one that never does.

    `first` is the first stage number used; a repetition uses up to `MOST_LEVELS` + 1 of them.
    """
    from scipy.special import stdtrit

    ladder = make_ladder(start, target, walkers, first)
    found, shares, steps = [], [], 0
    for repetition in range(1, repetitions + 1):
        share, took = split(start, ladder, walkers, first + repetition * (MOST_LEVELS + 2))
        found.append(math.prod(share))
        shares.append(tuple(share))
        steps += took
    mean = float(np.mean(found))
    error = float(np.std(found, ddof=1)) / math.sqrt(repetitions)
    half = float(stdtrit(repetitions - 1, 0.95)) * error
    plain = mean * (1.0 - mean) / (steps / whole)
    gain = plain / error**2 if error > 0.0 else None
    return Rare(
        mean, max(mean - half, 0.0), min(mean + half, 1.0), gain, (*ladder.levels, target), tuple(shares), steps
    )


class _Deaths:
    """A run of the model as a walker; its score is civilian deaths."""

    def __init__(self, run: Any, seed: int) -> None:
        self.run, self.seed = run, seed

    @property
    def score(self) -> float:
        return float(self.run.deaths)

    @property
    def time(self) -> int:
        return int(-(-self.run.day // _WEEK))

    @property
    def over(self) -> bool:
        return bool(self.run.over)

    def step(self) -> None:
        self.run.advance(_WEEK)

    def fork(self, stage: int, number: int) -> Walker:
        from sim.ground.draw import run_key

        return _Deaths(self.run.fork(run_key(self.seed, stage, number)), self.seed)


def probability(
    theatre: Theatre | str | Path,
    policy: str = "none",
    *,
    deaths: int,
    days: int | None = None,
    walkers: int = 64,
    repetitions: int = 8,
    seed: int = 1,
    parameters: Mapping[str, float] | None = None,
) -> Rare:
    """The model's probability of at least `deaths` civilians killed within `days`, at the given or stated parameters.

    `walkers` (>= 8) runs a level, in each of `repetitions` (>= 2) independent estimates. Equal arguments give equal
    numbers. Raises BadInput for numbers that cannot be, FailedWork when no run climbs.
    """
    from sim.ground.draw import run_key
    from sim.interventions.registry import load_policy
    from sim.scenario.read import read_theatre
    from sim.study.branch import Run

    for name, value, least in (("deaths", deaths, 1), ("walkers", walkers, 8), ("repetitions", repetitions, 2)):
        if value < least:
            raise BadInput(f"{name}={value} cannot be used", where=name, instead=f"{name}={least} or more")
    if isinstance(theatre, (str, Path)):
        theatre = read_theatre(theatre)
    horizon, chosen, place = days or theatre.days, load_policy(policy, theatre), theatre
    if not 1 <= horizon <= MOST_DAYS:
        raise BadInput(f"days={horizon} cannot be used", where="days", instead=f"1 to {MOST_DAYS}")

    def start(stage: int, number: int) -> Walker:
        return _Deaths(Run(place, chosen, parameters, run_key(seed, stage, number), horizon), seed)

    whole = -(-horizon // _WEEK)
    return estimate(start, float(deaths), walkers=walkers, repetitions=repetitions, whole=whole)


@dataclass(frozen=True)
class Plain:
    """How many of so many plain `runs` `reached` the deaths, and the exact 90 % interval of the share (Clopper and
    Pearson 1934)."""

    runs: int
    reached: int
    low: float
    high: float


def plain_share(
    theatre: Theatre | str | Path,
    policy: str = "none",
    *,
    deaths: int,
    runs: int,
    days: int | None = None,
    seed: int = 1,
    parameters: Mapping[str, float] | None = None,
) -> Plain:
    """Brute force, to hold `probability` against where possible: plain runs with random numbers of their own."""
    from scipy.special import betaincinv

    from sim.ground.draw import run_key
    from sim.interventions.registry import load_policy
    from sim.scenario.read import read_theatre
    from sim.study.branch import Run

    if isinstance(theatre, (str, Path)):
        theatre = read_theatre(theatre)
    chosen, reached = load_policy(policy, theatre), 0
    for number in range(runs):
        # stages of splitting end far below this one, so no plain run shares its random numbers
        run = Run(theatre, chosen, parameters, run_key(seed, 2**32 - 2, number), days or theatre.days)
        while run.deaths < deaths and not run.over:
            run.advance(_WEEK)
        reached += run.deaths >= deaths
    low = float(betaincinv(reached, runs - reached + 1, 0.05)) if reached else 0.0
    high = float(betaincinv(reached + 1, runs - reached, 0.95)) if reached < runs else 1.0
    return Plain(runs, reached, low, high)
