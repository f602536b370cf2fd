"""Quiet controls: countries that stood as high at risk as those where mass violence began, and where none did.

A model that kills everywhere finds every onset; controls show it up. They are drawn by a seeded random from the thirty
countries of a year with the highest risk index, less those with one-sided violence in that year or the one before.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterable
from dataclasses import dataclass

from sim.drafting import facts
from sim.drafting.evidence import FACTS_UNTIL, Evidence
from sim.drafting.factors import Factor, factors
from sim.drafting.sources import Library, ucdp
from sim.drafting.states import State, states
from sim.ground.check import BadInput
from sim.scenario.theatre import MITIGATORS, RISK_FACTORS

STRATUM = 30
"""Countries of a year that count as at risk: the top thirty, as statistical early warning reports them."""
ONSET = 25.0
"""One-sided deaths in a year from which violence against civilians has begun (the threshold of UCDP)."""
FIRST = 1995


@dataclass(frozen=True, slots=True)
class Candidate:
    """A country on 1 January of `year`: its `rank` (from 1) by risk `index`, and one-sided deaths `before` (the last
    year) and `during` that year.
    """

    state: State
    year: int
    rank: int
    index: float
    before: float
    during: float

    @property
    def quiet(self) -> bool:
        """Whether fewer than 25 civilians were killed by organised violence in each of the two years."""
        return max(self.before, self.during) < ONSET


def risk_index(made: dict[str, Factor]) -> float:
    """Mean of the risk factors less mean of the mitigators, -1..1: an order of countries, no probability."""
    risk = sum(made[name].value for name in RISK_FACTORS) / len(RISK_FACTORS)
    return risk - sum(made[name].value for name in MITIGATORS) / len(MITIGATORS)


def candidates(year: int, library: Library) -> list[Candidate]:
    """Every country that UCDP numbers, the highest risk on 1 January of `year` first, as was public then.

    What happened in the year is known today: it selects cases and is no input of a theatre. Raises BadInput for a year
    that UCDP's deaths do not cover.
    """
    tolls: ucdp.CountryYears = library.take(ucdp.COUNTRY_YEARS) or facts.violence()
    last = min(tolls.last, FACTS_UNTIL) if tolls is facts.violence() else tolls.last
    if not FIRST <= year <= last:
        raise BadInput(
            f"{year} is not covered", where="--years", why="what happened in the year has to be known",
            instead=f"years from {FIRST} to {last}",
        )  # fmt: skip
    start = datetime.date(year, 1, 1)
    scored = [(risk_index(factors(Evidence(library, state, start))), state) for state in states().values() if state.gw]
    scored.sort(key=lambda one: (-one[0], one[1].iso3))

    def killed(state: State, at: int) -> float:
        row = tolls.of(state.gw, at)
        return row.one_sided.best if row else 0.0

    return [
        Candidate(state, year, rank, round(index, 3), killed(state, year - 1), killed(state, year))
        for rank, (index, state) in enumerate(scored, start=1)
    ]


def draw_controls(years: Iterable[int], count: int, seed: int, library: Library) -> list[Candidate]:
    """`count` quiet controls from the strata of `years`, each country once; the same seed draws the same.

    Raises BadInput when the strata hold fewer.
    """
    if count < 1:
        raise BadInput(f"{count} controls", where="--count", instead="1 or more")
    pool = [one for year in sorted(set(years)) for one in candidates(year, library)[:STRATUM] if one.quiet]
    random.Random(seed).shuffle(pool)
    drawn: dict[str, Candidate] = {}
    for one in pool:
        drawn.setdefault(one.state.iso3, one)
    if len(drawn) < count:
        raise BadInput(
            f"there are only {len(drawn)} quiet countries in these strata", where="--count",
            why=f"of the {STRATUM} countries at highest risk in a year, the others were not quiet",
            instead="fewer, or more --years",
        )  # fmt: skip
    return list(drawn.values())[:count]
