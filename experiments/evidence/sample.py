"""The simulated countries of the ledger, and who does something in them: where it burns, or where lots are drawn.

Every number here was written before anything was measured, and stands for no study of the ledger. Sizes of missions
are those of configs/force or of evidence.md's table of forces; thresholds and chances are assumptions. The same
countries, sizes and lead times serve both ways of deploying; only the day, and whether anybody comes, differ in rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from experiments.evidence.panel import LATE, SEED
from sim.ground.parameters import PARAMETERS
from sim.interventions.base import NONE, Policy
from sim.interventions.registry import read_policy
from sim.scenario.read import read_theatre
from sim.scenario.theatre import Theatre
from sim.scenario.vary import varied
from sim.study.plan import draw_parameters

EARLY = "tension"
PEOPLE_PER_ROW = 1000
WINDOW = 30  # days of reports that a decision looks back on
NOISE = 1.0  # spread of the logarithm of the number of reported deaths at which somebody decides
NOBODY = 0.5  # chance that nobody ever decides, whatever is reported
LAST_LOT = 210  # last day on which lots are drawn, so that every deployment can be seen at work
LEADS = (20, 60)  # days from decision to first arrival: battlegroup to response by a pool
FOUGHT, LANDING = ["army", "guard"], "Azzura"  # by a biased force, and where it lands

Instrument = dict[str, Any]
Luck = np.random.Generator


@cache
def theatres(number: int) -> tuple[Theatre, ...]:
    """So many versions of the fictional country: risk factors, people, forces within their ranges; two stages."""
    stages = [replace(read_theatre("sahra", stage), people_per_row=PEOPLE_PER_ROW) for stage in (EARLY, LATE)]
    return tuple(varied(stages[n % 2], n + 1) for n in range(number))


@cache
def parameters(number: int) -> tuple[Mapping[str, float], ...]:
    """A draw of the model's parameters from their priors for each theatre."""
    return draw_parameters(theatres(number)[0], number, SEED, PARAMETERS).rows


@dataclass(frozen=True)
class Case:
    """What is done: `instruments` gives blocks of a policy, each with the median of its threshold.

    Each block has coins of its own, equal in both ways of deploying: whether anybody ever decides, at how many reported
    deaths, and on which day of a lot. `always`: on the first day, and everywhere.
    """

    name: str
    told: str
    instruments: Callable[[Theatre, Luck, bool], list[tuple[Instrument, int]]]
    always: bool = False

    def policy(self, theatre: Theatre, number: int, by_lot: bool) -> Policy:
        """The policy of theatre `number`: where it burns, or `by_lot`."""
        luck = np.random.default_rng([SEED, number, int.from_bytes(self.name.encode(), "big") % (1 << 31)])
        used = []
        for place, (block, median) in enumerate(self.instruments(theatre, luck, by_lot)):
            coins = np.random.default_rng([SEED, number, place, 1])
            comes, deaths = coins.random() >= NOBODY, median * float(np.exp(NOISE * coins.normal()))
            day = int(coins.integers(0, LAST_LOT + 1))
            when = {"reported_deaths": max(round(deaths), 1), "within_days": WINDOW, **block.pop("where", {})}
            rule: dict[str, Any] = {"day": 0} if self.always else {"day": day} if by_lot else {"when": when}
            if comes or self.always:
                used.append({**block, "decided_on": rule})
        if not used:
            return NONE
        return read_policy({"name": self.name, "title": self.told, "instruments": used}, theatre)


def _lead(luck: Luck) -> dict[str, Any]:
    days = int(luck.integers(LEADS[0], LEADS[1] + 1))
    return {"value": days, "low": days, "high": days, "source": "drawn for the ledger", "grade": "assumption"}


def _size(luck: Luck, low: int, high: int) -> int:
    return round(float(np.exp(luck.uniform(np.log(low), np.log(high)))))


def _troops(theatre: Theatre, luck: Luck, by_lot: bool) -> list[tuple[Instrument, int]]:
    """A contingent for each prefecture, decided by itself: 500 to 3,000."""
    made = []
    for name in theatre.prefectures:
        places = [place.name for place in theatre.places if place.inside and place.prefecture == name]
        block = {
            "instrument": "force", "name": f"contingent {name}", "force": "un_mission", "places": places, "ramp_days": 30,
            "size": _size(luck, 500, 3000), "lead_days": _lead(luck), "where": {"prefecture": name},
        }  # fmt: skip
        made.append((block, 15))
    return made


def _people(force: str, low: int, high: int, places: list[str]) -> Any:
    def made(theatre: Theatre, luck: Luck, by_lot: bool) -> list[tuple[Instrument, int]]:
        block = {
            "instrument": "force", "name": force, "force": force, "places": places, "ramp_days": 30,
            "size": _size(luck, low, high), "lead_days": _lead(luck),
        }  # fmt: skip
        return [(block, 40)]

    return made


def _biased(theatre: Theatre, luck: Luck, by_lot: bool) -> list[tuple[Instrument, int]]:
    block = {
        "instrument": "force", "name": "biased force", "force": "national", "approach": "defeat", "against": FOUGHT,
        "places": ["all"], "entry": [LANDING], "consent": "none", "size": _size(luck, 1000, 4000),
        "ramp_days": 30, "lead_days": _lead(luck),
    }  # fmt: skip
    return [(block, 40)]


def _listed(median: int, **block: Any) -> Any:
    """An instrument of the catalogue with its own numbers."""
    return lambda theatre, luck, by_lot: [(dict(block), median)]


def _threat(theatre: Theatre, luck: Luck, by_lot: bool) -> list[tuple[Instrument, int]]:
    """Sanctions announced for half a year on, and dropped a month before."""
    lead = {"value": 180, "low": 180, "high": 180, "source": "drawn for the ledger", "grade": "assumption"}
    block = {"instrument": "asset_freeze", "name": "threat", "lead_days": lead, "announced": True}
    return [({**block, "lifted_on": {"after": "threat", "days": 150}}, 40)]


def received(theatre: Theatre, number: int, by_lot: bool) -> Any:
    """float64 [place] share of broadcasts received: less in closed terrain, with noise; by lot, dealt out among places."""
    inside = [place.terrain for place in theatre.places if place.inside]
    luck = np.random.default_rng([SEED, number, 2])
    share = np.clip(1.0 - np.array(inside) + luck.normal(0.0, 0.25, len(inside)), 0.0, 1.0)
    return luck.permutation(share) if by_lot else share


def _radio(theatre: Theatre, luck: Luck, by_lot: bool) -> list[tuple[Instrument, int]]:
    """Reception as jamming from the first day: what a hill does to a transmitter."""
    number = int(luck.integers(0, 1 << 31))
    lead = {"value": 0, "low": 0, "high": 0, "source": "terrain is there", "grade": "assumption"}
    names = [place.name for place in theatre.places if place.inside]
    return [
        (
            {"instrument": "jamming", "name": name, "places": [name], "jam": round(1.0 - float(share), 4), "ramp_days": 1,
             "lead_days": lead, "duration_days": None, "announced": False}, 1,
        )
        for name, share in zip(names, received(theatre, number, by_lot), strict=True)
    ]  # fmt: skip


CASES: dict[str, Case] = {
    case.name: case
    for case in (
        Case("troops", "contingents of 500 to 3,000 for prefectures, each on 15 reported deaths there in 30 days", _troops),
        Case("police", "100 to 800 police in the capital and the large towns, on 40 reported deaths in 30 days",
             _people("police", 100, 800, ["capital", "large_towns"])),
        Case("observers", "50 to 400 observers everywhere, on 40 reported deaths in 30 days",
             _people("observers", 50, 400, ["all"])),
        Case("embargo", "`un_arms_embargo` on perpetrators, on 40 reported deaths in 30 days",
             _listed(40, instrument="un_arms_embargo")),
        Case("sanctions", "`trade_sanctions` on the state, on 40 reported deaths in 30 days",
             _listed(40, instrument="trade_sanctions", targets=["state"])),
        Case("threat", "`asset_freeze` on perpetrators announced for day 180 and dropped on day 150, on 40 reported deaths in 30 days", _threat),
        Case("radio", "broadcasts received less in closed terrain, from the first day", _radio, always=True),
        Case("biased", "1,000 to 4,000 who fight army and guard, uninvited, on 40 reported deaths in 30 days", _biased),
        Case("mediation", "`mediation_facilitation` among all, on 5 reported deaths in 30 days",
             _listed(5, instrument="mediation_facilitation")),
    )
}  # fmt: skip
