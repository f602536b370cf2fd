"""What the runs say: lives saved, Shapley shares, days gained, cost; each with its kinds of uncertainty apart.

Everything is paired run by run. The share of a reform is the mean, over all orders in which the six could be made, of what
it adds: exact where all 64 combinations were run.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from experiments.reforms.runs import NEVER, PAYERS, Arm, Found
from sim.study.outcomes import SIGN_SHARE, Effect, paired
from sim.warning.process import joined
from sim.warning.stages import STAGES

REFORMS = (1, 2, 3, 4, 5, 6)
ALL = frozenset(REFORMS)
Set = frozenset[int]
DAYS = ("warning", "acceptance", "agenda", "decision", "mandate", "plan", "force", "arrival")  # stages a reform can move


def every_set() -> tuple[Set, ...]:
    """All 64, the empty one first."""
    return tuple(frozenset(one) for size in range(7) for one in itertools.combinations(REFORMS, size))


def few_sets(*, without_one: bool = True) -> tuple[Set, ...]:
    """None, each alone, all but each, all."""
    but = tuple(ALL - {one} for one in REFORMS) if without_one else ()
    return (frozenset(), *(frozenset({one}) for one in REFORMS), *but, ALL)


def label(one: Set) -> str:
    """`0` for no reform, `1+3` for two."""
    return "+".join(str(number) for number in sorted(one)) or "0"


def arm(one: Set) -> Arm:
    """The arm of a combination."""
    return Arm(label(one), joined(one))


def measures(found: Found) -> dict[str, Any]:
    """Name -> float64 [arm, run] of what is compared; deaths and euros as they are, days capped at the horizon.

    A stage that no instrument reached counts as reached on the last day.
    """
    table = {"killed": found.killed, "displaced": found.displaced, "euros": found.euros.sum(axis=2)}
    table |= {f"euros_{payer}": found.euros[:, :, n] for n, payer in enumerate(PAYERS)}
    table |= {f"day_{stage}": capped(found, stage) for stage in DAYS}
    return table | {"arrived": found.arrived.astype(float)}


def capped(found: Found, stage: str) -> Any:
    """float64 [arm, run] day of the first instrument that reached a stage."""
    days = found.stages[:, :, list(STAGES).index(stage)].astype(float)
    return np.where(days == NEVER, found.days, days)


def shapley(value: Mapping[Set, Any]) -> dict[int, Any]:
    """Reform -> its share of value(all) - value(none), run by run; `value` holds float64 [run] of all 64 sets."""
    share = {}
    for one in REFORMS:
        total: Any = 0.0
        for others in (s for s in value if one not in s):
            weight = math.factorial(len(others)) * math.factorial(5 - len(others)) / math.factorial(6)
            total = total + weight * (value[others | {one}] - value[others])
        share[one] = total
    return share


def changes(sets: Sequence[Set], found: Found, measure: str) -> dict[str, Effect]:
    """What a measure changes by, against no reform (so negative deaths are lives saved): `alone 3`, `last 3` (all
    against all but it), `all`, and `share 3` where all 64 sets were run."""
    table = measures(found)[measure]
    value = {one: table[n] for n, one in enumerate(sets)}
    none, draws = value[frozenset()], found.draws
    found_of = {f"alone {one}": paired(value[frozenset({one})] - none, draws) for one in REFORMS}
    if ALL - {1} in value:
        found_of |= {f"last {one}": paired(value[ALL] - value[ALL - {one}], draws) for one in REFORMS}
    found_of["all"] = paired(value[ALL] - none, draws)
    if len(value) == 64:
        found_of |= {f"share {one}": paired(by_run, draws) for one, by_run in shapley(value).items()}
    return found_of


def told(effect: Effect) -> bool:
    """Whether the model tells a change from none: the 90 % interval of chance excludes zero, and three quarters of the
    draws in which anything changes agree on the sign. In calm draws nobody is warned and nothing can change."""
    moved = effect.by_draw[effect.by_draw != 0.0]
    sure = effect.mc_low > 0.0 or effect.mc_high < 0.0
    return bool(sure and moved.size and np.mean(np.sign(moved) == np.sign(effect.mean)) >= SIGN_SHARE)


def alike(sets: Sequence[Set], found: Found) -> dict[tuple[int, int], bool]:
    """Pair of reforms -> whether the model tells apart what they save: by shares where all sets were run, else alone."""
    value = {one: found.killed[n] for n, one in enumerate(sets)}
    by: Callable[[int], Any]
    if len(value) == 64:
        share = shapley(value)
        by = share.__getitem__
    else:
        by = lambda one: value[frozenset({one})] - value[frozenset()]  # noqa: E731
    return {(a, b): not told(paired(by(a) - by(b), found.draws)) for a, b in itertools.combinations(REFORMS, 2)}
