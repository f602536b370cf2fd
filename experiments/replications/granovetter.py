"""Granovetter 1978, American Journal of Sociology 83: two crowds that differ by nothing, and a riot that does."""

from __future__ import annotations

import numpy as np

from experiments.replications.claim import Claim
from sim.classics.granovetter import crowd, equilibrium, rioters
from sim.ground.draw import run_key

MEAN = 25.0  # percent, or persons of a hundred
DRAWN = 2000


def claims() -> list[Claim]:
    """All, in the paper's order."""
    return [*one_man(), *critical_spread(), drawn()]


def one_man() -> list[Claim]:
    """A hundred people with thresholds 0, 1 .. 99; and with threshold 1 replaced by 2."""
    ladder = np.arange(100)
    broken = np.where(ladder == 1, 2, ladder)
    everybody, nobody = rioters(ladder), rioters(broken)
    return [
        Claim(
            "the bandwagon",
            "thresholds 0, 1 .. 99: everybody riots (the first example)",
            "rioters in the end, of 100",
            "100",
            f"{everybody[-1]}, one more at each of {len(everybody) - 1} steps",
            "exact: nothing is drawn",
            everybody == list(range(101)),
        ),
        Claim(
            "one man's threshold",
            "with threshold 1 replaced by 2, there is one rioter (the second example)",
            "rioters in the end, of 100",
            "1",
            f"{nobody[-1]}",
            "exact: nothing is drawn",
            nobody[-1] == 1,
        ),
    ]


def critical_spread() -> list[Claim]:
    """Normal thresholds of mean 25: the equilibrium as a function of their standard deviation (Fig. 2)."""
    spreads = np.round(np.arange(1.0, 60.0, 0.1), 1)
    ends = np.array([equilibrium(MEAN, sd) for sd in spreads])
    jump = int(np.argmax(np.diff(ends)))
    hundred = [rioters(np.round(crowd(100, MEAN, sd)))[-1] for sd in spreads]
    found = f"{ends[jump]:.1f} % at {spreads[jump]}, {ends[jump + 1]:.0f} % at {spreads[jump + 1]}"
    rise, fall = np.diff(ends[: jump + 1]), np.diff(ends[jump + 1 :])
    return [
        Claim(
            "a critical spread",
            "at a standard deviation near 12.2 the equilibrium jumps from about 6 to nearly 100 (Fig. 2)",
            "standard deviations, in tenths, between which the equilibrium of an endless crowd jumps",
            "12.2, from 6 to nearly 100",
            f"{found}; a hundred people at even quantiles, rounded to whole thresholds: "
            f"{hundred[jump]} and {hundred[jump + 1]}",
            "12.1 to 12.3, from 5 to 7 %: the paper gives three digits and one",
            bool(12.1 <= spreads[jump] <= 12.3 and 5 <= ends[jump] <= 7 and ends[jump + 1] > 99),
        ),
        Claim(
            "smooth on both sides",
            "it rises gradually below the critical point and declines above it (Fig. 2)",
            f"largest step of the equilibrium between tenths, below and above; standard deviations up to {spreads[-1]}",
            "no number",
            f"below at most +{rise.max():.2g}, above between {fall.min():.2g} and {fall.max():.2g} percent",
            "below it only rises, above it only falls, nowhere by a percent but for the last tenth below",
            bool(rise.min() >= 0 and rise[:-1].max() < 1 and fall.max() <= 1e-6 and fall.min() > -1),
        ),
    ]


def drawn() -> Claim:
    """Crowds of a hundred drawn from one and the same distribution."""
    ends = np.array([rioters(crowd(100, MEAN, 12.2, run_key(1978, 0, seed)))[-1] for seed in range(DRAWN)])
    few, most = float((ends <= 20).mean()), float((ends >= 80).mean())
    return Claim(
        "alike crowds, unlike outcomes",
        "groups with nearly the same distribution of preferences can end up nearly opposite",
        f"crowds of 100, drawn with mean {MEAN:.0f} and s.d. 12.2, that end with at most 20 rioters, and with 80 on; "
        f"{DRAWN} crowds",
        "no number",
        f"{few:.0%} and {most:.0%}",
        "each a tenth of the crowds, and hardly any between them (below a tenth)",
        few >= 0.1 and most >= 0.1 and few + most > 0.9,
    )
