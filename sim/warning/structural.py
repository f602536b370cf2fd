"""A structural model of onset with published weights: odds ratios of the Early Warning Project's elastic net of 2025.

What the fictional statistics have a counterpart for; new states, party bans, fractionalisation, population, equal civil
rights and ratification have none, and are the same for all countries here. The ratios are those of the project's table
(seen); which figure stands for which predictor, and its scale, is an assumption.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

ODDS: dict[str, tuple[str, float, float]] = {
    # predictor: published figure (0..1), odds ratio a unit, units at 1
    "share of people discriminated against": ("risk:exclusionary_ideology", 2.59, 1.0),
    "coup attempt in five years": ("risk:regime_instability", 1.91, 1.0),
    "political killings approved by leaders": ("risk:rights_violations", 1.70, 1.0),
    "ever had a mass killing": ("risk:past_atrocities", 1.58, 1.0),
    "repression of civil society": ("risk:regime_autocracy", 1.13, 1.0),
    "square root of infant mortality": ("risk:low_development", 1.09, 10.0),  # 100 in a thousand
    "logarithm of battle deaths, base 2": ("risk:armed_conflict", 1.04, 13.3),  # 10,000 a year
}


def log_odds(published: Mapping[str, float]) -> float:
    """Log odds of onset but for a constant, from published figures; a figure that is missing counts as 0."""
    return sum(
        math.log(ratio) * units * published.get(figure, 0.0) for figure, ratio, units in ODDS.values()
    )
