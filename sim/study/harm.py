"""What a study may minimise: harm to people, and money. Nothing else is an objective, and nothing is maximised.

An objective is the name of an outcome. There is no weight, no sign and no expression of outcomes, so that no objective
can be written that prefers more harm. Deaths of one group, or by one actor, are no objective (groups are not ranked),
and neither is what becomes known of the deaths: it falls when witnesses are silenced.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.ground.check import BadInput, did_you_mean

HARMS: tuple[str, ...] = (
    "civilian_deaths", "indirect_deaths", "displaced_internal", "displaced_peak", "refugees_abroad", "trapped",
    "mass_killing", "combatant_deaths", "intervener_deaths", "collateral_deaths", "clashes", "participation_peak",
)  # fmt: skip
"""Outcomes that count people harmed, or the violence that harms them. Less of each is better."""

_REFUSED = {
    "reported_deaths": "it also falls when fewer deaths become known",
    "onset_day": "it is a day, not a count of harm, and absent in quiet runs",
    "peak_day": "it is a day, not a count of harm",
}


def objective(name: Any, where: str, direction: Any = "minimise") -> str:
    """The outcome `name` as something to minimise. Raises BadInput for anything that is not harm or money."""
    if direction not in ("minimise", "minimize"):
        raise BadInput(
            f"an objective cannot be to {str(direction)[:40]}", where=where,
            why="studies minimise harm and do nothing else", instead="leave the direction away",
        )  # fmt: skip
    if not isinstance(name, str):
        raise BadInput("the objective is no outcome", where=where, instead="one of: " + ", ".join(HARMS))
    if name in HARMS or name.startswith("euros_"):
        return name
    why = _REFUSED.get(name, "an objective is a harm to people, or a cost")
    if name.startswith("deaths_"):
        why = "the deaths of one group or by one actor are not weighed against those of others"
    raise BadInput(
        f"{name[:60]!r} is no objective", where=where, why=why, instead=did_you_mean(name, (*HARMS, "euros_PAYER"))
    )


ALL_COST = "euros"
"""The cost of all payers together, where a limit may name it."""


def limits(raw: Any, where: str, *, total_cost: bool = False) -> dict[str, float]:
    """Outcome -> the most that is acceptable, from a block like ``{civilian_deaths: 500}``.

    With `total_cost`, `euros` limits what all payers pay together.
    """
    if not isinstance(raw, Mapping) or not raw:
        raise BadInput("no limit is named", where=where, instead="{civilian_deaths: 500}")
    found = {}
    for name, most in raw.items():
        if isinstance(most, bool) or not isinstance(most, (int, float)) or not 0 <= most < float("inf"):
            raise BadInput(
                f"the limit of {str(name)[:40]} is {str(most)[:40]}", where=where,
                why="it is the most that is acceptable", instead="a number from 0",
            )  # fmt: skip
        found[name if total_cost and name == ALL_COST else objective(name, where)] = float(most)
    return found
