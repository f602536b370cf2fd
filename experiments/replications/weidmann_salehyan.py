"""Weidmann and Salehyan 2013, International Studies Quarterly 57(1): segregation ends violence; police must be early.

Reconstructed from the abstract: each claim has to hold over cities whose assumed numbers are drawn from their ranges.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from experiments.replications.claim import THREE_ERRORS, Claim, far_apart
from sim.classics.draws import uniforms
from sim.classics.weidmann_salehyan import RANGES, City, Inputs, run
from sim.ground.draw import run_key

CITIES, WEEKS, HALF_YEAR, YEAR = 30, 208, 26, 52
LITTLE = 0.1  # of attacks foiled
DELAYS = (0, 13, 26, 52, 104)


@cache
def city(number: int, foiled: float = 0.0, since: int = 0) -> City:
    """A city of its own numbers and map; police foil so many attacks from a week on."""
    coins = uniforms(run_key(2013, 1, number), len(RANGES), 0, 0)
    inputs = Inputs(
        **{name: low + coin * (high - low) for (name, (low, high)), coin in zip(RANGES.items(), coins, strict=True)}
    )
    return run(inputs, run_key(2013, 0, number), np.where(np.arange(WEEKS) < since, 0.0, foiled))


def averted(foiled: float, since: int = 0, of: int = 0) -> np.ndarray:
    """[city] share of the attacks from week `of` on that these police prevent."""
    pairs = [(city(one).attacks[of:].sum(), city(one, foiled, since).attacks[of:].sum()) for one in range(CITIES)]
    return np.array([1.0 - there / max(without, 1) for without, there in pairs])


def claims() -> list[Claim]:
    """All three of the abstract, the last in two readings."""
    return [burning_out(), *policing()]


def burning_out() -> Claim:
    """No police at all."""
    alone = [city(one) for one in range(CITIES)]
    fall = [one.attacks[-HALF_YEAR:].sum() / one.attacks[:HALF_YEAR].sum() for one in alone]
    unmixing = [one.segregation[-1] - one.segregation[0] for one in alone]
    holds = sum(left < 0.5 and more > 0.1 for left, more in zip(fall, unmixing, strict=True))
    return Claim(
        "segregation suffices",
        "violence and segregation are consistent with attacks and subsequent migration alone (abstract)",
        f"attacks in the last half-year over those in the first, and rise of the dissimilarity index; {CITIES} cities, "
        f"{WEEKS} weeks, no police",
        "violence declines as the city unmixes",
        f"{np.mean(fall):.2f} ({min(fall):.2f} to {max(fall):.2f}); +{np.mean(unmixing):.2f}; both in {holds} cities",
        "attacks at least halved and the index up by 0.1 in 24 of 30 cities: whatever the assumed numbers",
        holds >= 24,
    )


def policing() -> list[Claim]:
    """Police of one strength, earlier or later."""
    little = averted(LITTLE)
    by_delay = {weeks: averted(LITTLE, weeks) for weeks in DELAYS}
    after = {weeks: averted(LITTLE, weeks, weeks) for weeks in DELAYS}
    totals, later = (
        ", ".join(f"{weeks}: {some.mean():.0%}" for weeks, some in table.items()) for table in (by_delay, after)
    )
    return [
        Claim(
            "a little policing does much",
            "even small levels of policing dramatically mitigate subsequent violence (abstract)",
            f"share of all attacks averted when {LITTLE:.0%} are foiled from the first week; {CITIES} cities",
            "dramatically",
            f"{little.mean():.0%} ({little.min():.0%} to {little.max():.0%})",
            f"half of all attacks or more, on average: five times the {LITTLE:.0%} that are foiled",
            bool(little.mean() >= 0.5),
        ),
        Claim(
            "and has to be early",
            "early responses are highly effective, but quickly lose impact as they are delayed (abstract)",
            f"share of all attacks averted, by the week of its start; {CITIES} cities",
            "quickly lost",
            totals,
            f"after a year less than half of what it averts at once, and less by {THREE_ERRORS}",
            bool(by_delay[YEAR].mean() < 0.5 * by_delay[0].mean()) and far_apart(by_delay[YEAR], by_delay[0]),
        ),
        Claim(
            "also against what is left",
            "the same, of the violence that is still to come: late police meet a city that has unmixed",
            f"share of the attacks after its start that are averted, by the week of the start; {CITIES} cities",
            "not said",
            later,
            f"after a year less than at once by {THREE_ERRORS}",
            far_apart(after[YEAR], after[0]),
        ),
    ]
