"""Behaviours 8 and 12: radio and its jamming; elections and liberalisation under factionalism."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from experiments.behaviours import theatres
from experiments.behaviours.claim import Claim, Measured
from experiments.behaviours.protection import killed
from experiments.behaviours.runs import NONE, NOTHING, Lived, Par, force, moved, number_of, policy, ratio, runs
from sim.interventions.base import Policy
from sim.scenario.theatre import Theatre

BROADCAST = 270  # days of broadcasting before the trigger; RTLM: July 1993 to April 1994
NEAR, FAR = ("City", "Market", "Valley 0", "Valley 1"), ("Valley 2", "Valley 3")

# ---- 8: radio -----------------------------------------------------------------------------------------------------


def turned_out(case: Lived, places: Any = None) -> float:
    """Man-weeks of crowds in the 60 days after the trigger."""
    weeks = case.active[BROADCAST // 7 : (BROADCAST + 60) // 7].sum(axis=(0, 2))
    return float(weeks.sum() if places is None else weeks[places].sum())


def jamming(places: tuple[str, ...]) -> Policy:
    return moved("incitement", number_of(theatres.riot(BROADCAST, True), *places), 0.0, factor=True)


def capped(par: Par = NOTHING, number: int = 60) -> Measured:
    """Share of participation that jamming takes away."""
    theatre = theatres.riot(BROADCAST, True)
    jammed, heard = (
        [turned_out(one) for one in runs(number, theatre, tried, par)] for tried in (jamming((*NEAR, *FAR)), NONE)
    )
    return ratio(np.subtract(heard, jammed), heard)


def spilt(par: Par = NOTHING, number: int = 100) -> Measured:
    """What jamming four places changes in the two others, over what jamming them too would change there."""
    theatre = theatres.riot(BROADCAST, True)
    far = number_of(theatre, *FAR)
    near, all_of_them, heard = (
        [turned_out(one, far) for one in runs(number, theatre, tried, par)]
        for tried in (jamming(NEAR), jamming((*NEAR, *FAR)), NONE)
    )
    return ratio(np.subtract(heard, near), np.subtract(heard, all_of_them))


def by_terrain(closed: float = 0.9, number: int = 12) -> Measured:
    """Incitement heard in closed terrain over that heard in open country."""
    both = (theatres.extermination(terrain=terrain) for terrain in (closed, 0.0))
    return ratio(
        *([float(one.speech[:8].mean()) for one in runs(number, theatre, NONE, NOTHING, days=90)] for theatre in both)
    )


# ---- 12: elections and liberalisation -----------------------------------------------------------------------------

POLLING = 60


@cache
def polity(factional: bool, election: bool, sharing: bool = False, autocracy: float = 0.6) -> Theatre:
    """Sahra with or without factionalism, an election in its first months, and power shared."""
    at = (
        {"exclusionary_ideology": 0.9, "regime_instability": 0.8}
        if factional
        else {"exclusionary_ideology": 0.1, "regime_instability": 0.2}
    )
    if sharing:
        at |= {"moderate_leadership": 1.0, "peace_committees": 1.0}
    date = theatres.on_day(POLLING, "election")
    return replace(
        theatres.at_risk(theatres.sahra(), regime_autocracy=autocracy, **at), calendar=(date,) if election else ()
    )


@cache
def policing(theatre_of: tuple[bool, bool, bool]) -> Policy:
    theatre = polity(*theatre_of)
    return policy(theatre, force(2400, ["all"], force="police", roe=0.0, ramp_days=1), name="police")


def election(factional: bool = True, sharing: bool = False, number: int = 120, par: Par = NOTHING) -> Measured:
    """Deaths of 90 days from the election on, with it over without it."""
    both = []
    for held in (True, False):
        tried = policing((factional, held, sharing)) if sharing else NONE
        both.append(killed(runs(number, polity(factional, held, sharing), tried, par, days=POLLING + 90), POLLING))
    return ratio(*both)


def liberalised(factional: bool = True, number: int = 100) -> Measured:
    """Deaths of a year in an open polity over those in a closed one, under factionalism."""
    return ratio(
        *(
            killed(runs(number, polity(factional, False, autocracy=autocracy), NONE, days=365))
            for autocracy in (0.2, 0.8)
        )
    )


CLAIMS = (
    Claim(
        8, "jamming caps near what radio contributes", "Yanagizawa-Drott 2014 QJE 129(4): about a tenth of participation", "riot with a hardline station for 270 days before the trigger, all of it jammed, 60 pairs",
        "share of man-weeks in crowds that jamming takes away", ".02 to .15 (evidence.md)", capped, {"speech moves nobody": {"par": {"speech_rate": 0.0, "rumour_weight": 0.0}}}, least=0.02, most=0.15,
        hook="the incitement lever; the jamming instrument can stand in its place",
    ),
    Claim(
        8, "with spillovers", "Yanagizawa-Drott 2014: spillovers to villages without reception exceed the direct effect for militia", "the same, four of six places jammed, 100 pairs",
        "change in the other two, over the change when they are jammed too", "a tenth at least", spilt, {"nobody hears of elsewhere": {"par": {"near_weight": 0.0, "media_weight": 0.0, "mixing_rate": 0.0}}}, least=0.1, hook="as above",
    ),
    Claim(
        8, "exposure follows terrain", "Yanagizawa-Drott 2014: hills decide who hears", "extermination in closed terrain (.9) against open country, 12 pairs", "incitement heard, closed over open", "a tenth less", by_terrain,
        {"open country": {"closed": 0.0}}, most=0.9,
    ),
    Claim(
        12, "an election under factionalism raises risk", "Hegre & Nygard 2015; Cederman, Gleditsch & Hug 2013 CPS 46(3); Goldstone et al. 2010", "sahra, factional and unstable, with an election on day 60 against without, 120 pairs",
        "deaths of the 90 days from it on, with over without", "more: 1.02", election, {"politics is not factional": {"factional": False}}, least=1.02,
    ),
    Claim(
        12, "elsewhere it does not", "UCDP country-years, computed (targets.md): 2.75 % without, 2.65 % with an election", "sahra, neither factional nor unstable, 120 pairs", "deaths of the 90 days from it on, with over without", "a twentieth on either side",
        lambda factional=False: election(factional), {"politics is factional": {"factional": True}}, least=0.95, most=1.05,
    ),
    Claim(
        12, "nor with power-sharing and policing", "Hartzell & Hoddie 2007; Brancati & Snyder 2013 JCR 57(5)", "sahra, factional, with moderate leaders and committees strong and police of 2 per 1,000, 120 pairs", "deaths of the 90 days from it on, with over without",
        "below half of a tenth more", lambda sharing=True: election(sharing=sharing), {"neither": {"sharing": False}}, least=0.9, most=1.05, hook="moderates and committees as theatre settings; structural instruments can stand in their place",
    ),
    Claim(
        12, "rapid liberalisation under factionalism raises risk", "Mansfield & Snyder 2005; Goldstone et al. 2010 AJPS 54(1); Hegre et al. 2001", "sahra, factional and unstable, autocracy .2 against .8, 100 pairs", "deaths of a year, open over closed", "more: 1.05",
        liberalised, {"politics is not factional": {"factional": False}}, least=1.05, hook="a theatre setting; the structural family can stand in its place",
    ),
)  # fmt: skip
