"""Each mechanism off makes the behaviour that it carries fail, and nothing else carries it in its place.

A line of `CARRIED` names what is seen, what carries it, and what is set aside in both runs because it carries the same.
With the default values the behaviour is there; with the mechanism's rate at zero it is gone, to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sim.ground.parameters import PARAMETERS
from tests.engine.watch import seen

ALMOST_NEVER = 1e-300  # a rate that is divided by


@dataclass(frozen=True)
class Carried:
    """`what` (a name of `watch.seen`) is carried by `by`, once `aside` are out of the way."""

    what: str
    by: tuple[str, ...]
    aside: tuple[str | tuple[str, float], ...] = ()  # at zero, or at the value given
    under: str = "none"
    left: float = 0.0  # largest value that does not count as the behaviour (rounding of float32)

    def __str__(self) -> str:
        return f"{self.what}-by-{'-'.join(self.by)}"


OTHER_FEAR = ("near_weight", "media_weight", "rumour_weight", "menace_weight")
STILL = ("speech_rate", "victim_rate", "mixing_rate", "cooling_rate")
NEW_FIGHTERS = ("recruit_rate", "foreign_rate", "organised_share", "deserters_share")
TRIGGERS = ("shock_rate", "election_trigger", "date_trigger")
FELT = ("threat_by_loss", "threat_by_enemy", "threat_by_victims", "threat_by_date", "shock_rate")


def others(all_of_them: tuple[str, ...], but: str) -> tuple[str, ...]:
    return tuple(name for name in all_of_them if name != but)


CARRIED = [
    # feeling
    Carried("fear", ("fear_rate",)),
    Carried("displaced", ("fear_rate",)),
    Carried("trapped", ("fear_rate",)),
    Carried("fear_lost", ("fear_fade", "calm_by_protection")),
    Carried("fear_lost", ("fear_fade",), ("calm_by_protection",)),
    Carried("fear_lost", ("calm_by_protection",), ("fear_fade",)),
    *(Carried("fear_push_at_peace", (one,), others(OTHER_FEAR, one)) for one in OTHER_FEAR),
    Carried("hostility_gained", ("speech_rate", "victim_rate"), left=1e-6),
    *(Carried("hostility_changed", (one,), others(STILL, one)) for one in STILL),
    Carried("spread_lost", ("mixing_rate",), others(STILL, "mixing_rate")),
    # participation
    Carried("joined", ("join_rate",)),
    Carried("active", ("join_rate",)),
    Carried("joined", ("hostility_weight", "fear_weight"), ("order_weight", "trigger_weight")),
    Carried("quit", ("quit_fatigue",), (("join_bar", -50.0),)),  # where everybody leans to violence for good
    # flight
    Carried("displaced", ("leave_rate",)),
    Carried("trapped", ("leave_rate",)),
    Carried("returned", ("return_rate",), ("onward_conflict", "onward_quiet")),  # a road onward may lead home too
    Carried("moved_on", ("onward_conflict", "onward_quiet")),
    Carried("abroad", ("outside_weight",)),
    Carried("trapped", ("block_repress", "block_mass", "block_exterminate")),
    Carried("blockade", ("block_repress", "block_mass", "block_exterminate")),
    # forces
    Carried("clashes", ("engagement",)),
    Carried("fighters_killed", ("engagement",)),
    Carried("fighters_killed", ("clash_loss",)),
    Carried("provoked", ("engagement",)),
    Carried("broken", ("break_ratio",)),
    Carried("marched", ("march_rate",), ("break_ratio",)),
    Carried("fled", ("break_ratio",)),
    Carried("deserters", ("desertion",), ("collapse_share",)),
    Carried("pull_beyond_prize", ("pull_fade",)),
    Carried("control_risen", ("control_rise",), ("split_rate",)),
    Carried("control_faded", ("control_fade",)),
    # violence
    Carried("murdered", ("killer_share",)),
    Carried("murdered", ("days_of_violence", "reprisal_weight")),
    Carried("murdered", ("days_of_violence",), ("reprisal_weight",)),
    Carried("murdered", ("reprisal_weight",), ("days_of_violence",)),
    Carried("killed_by_crowds", ("lethality_crowd",)),
    Carried("collateral", ("collateral",)),
    Carried("collateral", ("clash_loss",)),
    Carried("reported", ("detect_rate",)),
    Carried("begun", ("detect_rate",), under="on_reports"),
    Carried("late_reports", ("date_error_days",)),
    Carried("protection", ("response_foot",)),
    # economy and health
    Carried("hardship_gained", ("loot_rate",), left=1e-12),
    Carried("hardship_mended", ("recovery_rate",)),
    Carried("indirect", ("excess_home", "excess_displaced", "excess_trapped", "excess_abroad")),
    Carried("indirect", ("excess_displaced",), ("excess_home", "excess_trapped", "excess_abroad")),
    Carried("indirect", ("excess_trapped",), ("excess_home", "excess_displaced", "excess_abroad")),
    # organisations
    Carried("climbed", ("ladder_rate",), ("split_rate",)),
    Carried("threat_gained", FELT),
    *(Carried("threat_gained", (one,), others(FELT, one)) for one in FELT),
    *(Carried("trigger", (one,), ("march_rate", *others(TRIGGERS, one))) for one in TRIGGERS),  # none takes the capital
    Carried("recruited", NEW_FIGHTERS),
    *(Carried("recruited", (one,), others(NEW_FIGHTERS, one)) for one in NEW_FIGHTERS if one != "organised_share"),
    Carried(  # where many men join: a few do not make a cell
        "recruited", ("organised_share",), (*others(NEW_FIGHTERS, "organised_share"), ("join_bar", 2.5))
    ),
    Carried("animosity_gained", ("animosity_rate",)),
    Carried("truces", ("deal_rate",), (("deal_rate", 1.0),), under="mediation"),
    Carried("stand", ("roe_fights",)),
    Carried("legitimacy_lost", ("legitimacy_loss",)),
    Carried("legitimacy_earned", ("legitimacy_gain",)),
    # society
    Carried("speech", ("incitement_reach",)),
    Carried("brokerage", ("brokerage_moderates", "brokerage_committees")),
]


def setting(*changed: str | tuple[str, float]) -> tuple[tuple[str, float], ...]:
    """Parameters at zero, or at the value that stands beside the name; a later one wins."""
    pairs = [one if isinstance(one, tuple) else (one, ALMOST_NEVER if one == "ladder_rate" else 0.0) for one in changed]
    assert all(name in PARAMETERS for name, _ in pairs)
    return tuple(sorted(dict(pairs).items()))


@pytest.mark.parametrize("one", CARRIED, ids=str)
def test_a_behaviour_falls_with_its_mechanism(one: Carried) -> None:
    there = seen(setting(*one.aside), one.under)[one.what]
    gone = seen(setting(*one.aside, *one.by), one.under)[one.what]
    assert there > one.left, f"{one.what} is not there to begin with ({there})"
    assert gone <= one.left, f"{one.what} is still there without {', '.join(one.by)}: {gone} (with: {there})"
