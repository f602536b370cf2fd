"""Bhavnani 2006, Journal of Peace Research 43(6): how a norm of violence forms within a group.

Reconstructed from the abstract: each run draws the numbers that were assumed from their ranges.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from experiments.replications.claim import THREE_ERRORS, Claim, far_apart
from sim.classics.bhavnani import RANGES, Inputs, norm
from sim.classics.draws import uniforms
from sim.ground.draw import run_key

RUNS = 80
MODERATE, EXTREME = 0.45, 0.55  # share of extremists in groups that either side dominates
WEAK, STRONG = 0.5, 2.5  # punishment, in units of utility; preferences have an s.d. of 0.3 to 0.7


@cache
def norms(**changed: Any) -> np.ndarray:
    """[run] 1 for a norm of violence, -1 for one of abstaining, 0 for none; the same seeds whatever is changed."""
    found = []
    for number in range(RUNS):
        coins = uniforms(run_key(2006, 1, number), len(RANGES), 0, 0)
        assumed = {
            name: low + coin * (high - low) for (name, (low, high)), coin in zip(RANGES.items(), coins, strict=True)
        }
        inputs = Inputs(**{"punishment": STRONG, **assumed, **changed})
        found.append(norm(inputs, run_key(2006, 0, number)))
    return np.array(found)


def formed(**changed: Any) -> np.ndarray:
    """[run] whether a norm of either kind formed."""
    return abs(norms(**changed))


def claims() -> list[Claim]:
    """The five of the abstract; the second has two halves."""
    return [alike_groups(), *either_way(), strong_punishment(), segregation(), entrepreneur()]


def alike_groups() -> Claim:
    """Same mean preference, unlike spread."""
    narrow, wide = formed(spread=0.3), formed(spread=1.2)
    return Claim(
        "alike in aggregate, unlike in norms",
        "norms are not equally likely to form in groups with similar aggregate preference (finding 1)",
        f"share of groups with a norm, preferences of mean 0 and s.d. 0.3 against 1.2; {RUNS} runs each",
        "not equally likely",
        f"{narrow.mean():.0%} and {wide.mean():.0%}",
        THREE_ERRORS,
        far_apart(wide, narrow),
    )


def either_way() -> list[Claim]:
    """Who dominates does not decide."""
    moderate, extreme = norms(extremists=MODERATE), norms(extremists=EXTREME)
    violent, peaceful = float((moderate == 1).mean()), float((extreme == -1).mean())
    return [
        Claim(
            "violence among moderates",
            "a violence-promoting norm can emerge in a group dominated by moderates (finding 2)",
            f"share of groups of {1 - MODERATE:.0%} moderates with a norm of violence; {RUNS} runs",
            "it can",
            f"{violent:.0%}",
            "a twentieth of the groups or more: 'can', not 'once'",
            violent >= 0.05,
        ),
        Claim(
            "peace among extremists",
            "violence is not the inevitable outcome in a group dominated by extremists (finding 2)",
            f"share of groups of {EXTREME:.0%} extremists without a norm of violence, and with one of abstaining; "
            f"{RUNS} runs",
            "not inevitable",
            f"{float((extreme != 1).mean()):.0%} and {peaceful:.0%}",
            "a norm of abstaining in a twentieth of the groups or more",
            peaceful >= 0.05,
        ),
    ]


def strong_punishment() -> Claim:
    """With half as many extremists as members."""
    weak, strong = formed(punishment=WEAK), formed()
    return Claim(
        "punishment has to be strong",
        "strong punishments are a prerequisite for norms of violence or of cooperation (finding 3)",
        f"share of groups with a norm, punishment {WEAK} against {STRONG}; {RUNS} runs each",
        "a prerequisite",
        f"{weak.mean():.0%} and {strong.mean():.0%}",
        f"none in nine of ten groups when weak, and more when strong by {THREE_ERRORS}",
        bool(weak.mean() <= 0.1) and far_apart(weak, strong),
    )


def segregation() -> Claim:
    """A group that meets in quarters."""
    apart, together = formed(quarters=5), formed()
    return Claim(
        "segregation inhibits",
        "the segregation of an ethnic group clearly inhibits norm formation (finding 4)",
        f"share of groups with a norm, meetings within five quarters against meetings with all; {RUNS} runs each",
        "clearly",
        f"{apart.mean():.0%} and {together.mean():.0%}",
        THREE_ERRORS,
        far_apart(apart, together),
    )


def entrepreneur() -> Claim:
    """In place of strong punishment by peers."""
    without, with_him = formed(punishment=1.0), norms(punishment=1.0, entrepreneur=1.0)
    return Claim(
        "an entrepreneur replaces punishment",
        "an entrepreneur can amplify norm formation in the absence of strong punishment (finding 5)",
        f"share of groups with a norm, and with one of violence, punishment 1.0; {RUNS} runs each",
        "effectively",
        f"{without.mean():.0%} without; {abs(with_him).mean():.0%} with him, of violence {(with_him == 1).mean():.0%}",
        THREE_ERRORS,
        far_apart(without, abs(with_him)),
    )
