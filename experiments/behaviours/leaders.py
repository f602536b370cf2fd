"""Behaviours 6, 7, 9 and 14: what threats, force, sanctions, embargoes and mediation do to leaders, and how campaigns end."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from experiments.behaviours import theatres
from experiments.behaviours.claim import Claim, Measured
from experiments.behaviours.killing import _draws
from experiments.behaviours.protection import RESTRAINED, killed
from experiments.behaviours.runs import (
    NONE,
    NOTHING,
    Lived,
    Par,
    force,
    lived,
    mean,
    moved,
    number_of,
    policy,
    ratio,
    runs,
    share,
)
from sim.ground.check import FailedWork
from sim.interventions.base import Policy
from sim.scenario.theatre import Theatre
from sim.world.world import MASS, REPRESS

NEVER_COMES = 3000  # days of lead time that no run lasts


def against_none(
    theatre: Theatre, tried: Policy, par: Par, number: int, first: int, last: int, days: int = 365
) -> Measured:
    with_it, without = (runs(number, theatre, one, par, days=days) for one in (tried, NONE))
    return ratio(killed(with_it, first, last), killed(without, first, last))


# ---- 6: force and threats -----------------------------------------------------------------------------------------


@cache
def robust() -> Policy:
    """A robust force against whoever kills: decided on day 30, there from day 75."""
    return policy(
        theatres.sahra(),
        force(4000, ["capital", "Dalgo", "Azzura", "Tall Bridge"], roe=1.0, ramp_days=14),
        day=30,
        lead=45,
        name="robust",
    )


def rises_first(par: Par = NOTHING, number: int = 200) -> Measured:
    return against_none(theatres.sahra(), robust(), par, number, 30, 120)


def falls_later(par: Par = NOTHING, number: int = 60) -> Measured:
    return against_none(theatres.sahra(), robust(), par, number, 180, 365)


@cache
def announced(credibility: float, lead: int) -> Policy:
    """10,000 for the capital, announced on the first day."""
    return policy(
        theatres.sahra(),
        force(10_000, ["capital"], credibility=credibility),
        lead=lead,
        name=f"announced_{credibility}_{lead}",
    )


def empty_threat(par: Par = NOTHING, number: int = 200) -> Measured:
    return against_none(theatres.sahra(), announced(0.2, NEVER_COMES), par, number, 0, 365)


def slow_threat(credibility: float = 1.0, number: int = 200, par: Par = NOTHING) -> Measured:
    return against_none(theatres.sahra(), announced(credibility, 180), par, number, 0, 180, days=180)


def credible_threat(credibility: float = 1.0, number: int = 250, par: Par = NOTHING) -> Measured:
    return against_none(theatres.sahra(), announced(credibility, 45), par, number, 0, 45, days=45)


# ---- 7: sanctions and embargoes -----------------------------------------------------------------------------------

IMPOSED = 60


@cache
def sanctions(committed: bool = False, busting: float = 0.4, rally: bool = True) -> Policy:
    """Severe sanctions on the state's leaders, in force from day 60."""
    one = {
        "instrument": "targeted_sanctions",
        "targets": ["state"],
        "severity": 0.8,
        "bite_days": 120,
        "busting": busting,
    }
    made = policy(theatres.regime(committed), one, lead=IMPOSED, name=f"sanctions_{busting}")
    if rally:
        return made
    step = made.steps[0]
    return replace(made, steps=(replace(step, instrument=replace(step.instrument, rally=0.0)),))


def repressing(case: Lived, first: int, last: int, actor: int = 0) -> float:
    """Share of the weeks from day `first` to `last` in which leaders order repression or mass violence."""
    return float((case.intent[first // 7 : last // 7, actor] >= REPRESS).mean())


def coerced(
    first: int, last: int, committed: bool, number: int, par: Par = NOTHING, busting: float = 0.4, rally: bool = True
) -> tuple[Any, Any]:
    theatre = theatres.regime(committed)
    tried = runs(number, theatre, sanctions(committed, busting, rally), par), runs(number, theatre, NONE, par)
    return tuple(np.array([repressing(one, first, last) for one in cases]) for cases in tried)  # type: ignore[return-value]


def slow(par: Par = NOTHING, number: int = 100) -> Measured:
    return ratio(*coerced(IMPOSED, IMPOSED + 90, False, number, par))


def bites(committed: bool = False, par: Par = NOTHING, number: int = 100) -> Measured:
    return ratio(*coerced(IMPOSED + 180, 730, committed, number, par))


def rallies(rally: bool = True, number: int = 200) -> Measured:
    return ratio(*coerced(IMPOSED, IMPOSED + 42, False, number, rally=rally))


def busted(busting: float = 0.8, number: int = 100) -> Measured:
    """What sanctions change where four fifths are evaded, over what they change where a fifth is."""
    much, none = coerced(IMPOSED + 180, 730, False, number, busting=busting)
    little, _ = coerced(IMPOSED + 180, 730, False, number, busting=0.2)
    return ratio(none - much, none - little)


def embargo_harm(par: Par = NOTHING, number: int = 40) -> Measured:
    """Deaths without violence when an embargo takes three tenths of livelihoods, over those without it."""
    theatre = theatres.sahra()
    everywhere = [n for n, place in enumerate(theatre.places) if place.inside]
    tried = moved("hardship", everywhere, 0.3)
    return ratio(
        *([float(one.indirect) for one in runs(number, theatre, one_policy, par)] for one_policy in (tried, NONE))
    )


def disarmed(par: Par = NOTHING, number: int = 100) -> Measured:
    theatre = theatres.sahra()
    one = {"instrument": "arms_embargo", "targets": ["coalition", "militia", "herder_bands"], "compliance": 0.8}
    return against_none(theatre, policy(theatre, one, name="embargo"), par, number, 0, 365)


# ---- 9: mediation -------------------------------------------------------------------------------------------------


def deals(theatre: Theatre, par: Par, number: int, guarantee: float = 0.0) -> Any:
    """Whether mediators bring the two fronts to a truce within half a year, run by run."""
    talks = {"instrument": "mediation", "parties": ["reds front", "blues front"], "effort": 1.0, "guarantee": guarantee}
    tried = policy(theatre, talks, name="talks")
    return np.array([float((one.truces[:27] > 0.0).any()) for one in runs(number, theatre, tried, par, days=189)])


def stalemate(par: Par = NOTHING, number: int = 200) -> Measured:
    """Deals between unequals (five to one) over deals between equals."""
    return ratio(*(deals(theatres.valley(parity=parity), par, number) for parity in (0.2, 1.0)))


def near_goal(held: bool = True, number: int = 200) -> Measured:
    """Deals where one side holds the capital over deals where neither does."""
    return ratio(*(deals(theatres.valley("reds front" if one else ""), NOTHING, number) for one in (held, False)))


def spoilt(par: Par = NOTHING, number: int = 200) -> Measured:
    """Deals with 1,500 armed spoilers outside the talks over deals without."""
    return ratio(*(deals(theatres.valley(third=third), par, number) for third in (1500, 0)))


def fades(par: Par = NOTHING, number: int = 250) -> Measured:
    """What is left of a truce half a year after it was made without a guarantor, over what it was."""
    theatre = theatres.valley()
    talks = {"instrument": "mediation", "parties": ["reds front", "blues front"], "effort": 1.0}
    tried, left = policy(theatre, talks, duration=126, name="short_talks"), []
    for one in runs(number, theatre, tried, par, days=364):
        firm = one.truces
        made = int(np.argmax(firm)) if firm.max() > 0.0 else 99
        if made + 26 < firm.size:
            left.append(float(firm[made + 26] / firm[made]))
    return (
        mean(left, f"{len(left)} deals in {number} runs") if len(left) > 2 else Measured(*(float("nan"),) * 3, number)
    )


# ---- 14: endings --------------------------------------------------------------------------------------------------

VERY_LARGE = 10_000  # of two million people, as 50,000 of ten million
DECADE = 3650


def ending(theatre: Theatre, one: Lived) -> str:
    """How a very large campaign ended: "completion", "ousting", "shift", "going on" after ten years, or "small".

    It has ended when a year's killing is below a twentieth of its worst year's. Ousting: the organisation that killed
    most has lost three quarters of its people, or the capital. Completion: four fifths of the targeted group are dead
    or gone from their homes. Shift: neither, its leaders stepped down from mass violence.
    """
    days = one.by_day(DECADE).astype(float)
    if days.sum() < VERY_LARGE:
        return "small"
    year = np.convolve(days, np.ones(365), "valid")  # killed in the year that begins on a day
    quiet = np.flatnonzero((year < 0.05 * year.max()) & (np.arange(year.size) > year.argmax()))
    if not quiet.size:
        return "going on"
    week = min(int(quiet[0]) // 7, one.intent.shape[0] - 1)
    killer = Counter({a: one.deaths(actor=a) for a in set(one.incidents[:, 2].tolist())}).most_common(1)[0][0]
    few, capital = number_of(theatre, "few", "Capital")
    strength = one.strength[: week + 1, :, killer].sum(axis=1)
    if strength[-1] < 0.25 * strength.max():
        return "ousting"
    if one.home[week, :, few].sum() < 0.2 * one.started[:, few].sum():
        return "completion"
    return "shift" if one.intent[week, killer] < MASS else "other"


@cache
def endings(number: int, par: tuple[tuple[str, float], ...] = (), mission: str = "") -> tuple[str, ...]:
    """How each campaign ended; with a `mission` of 4,000 between the sides ("neutral"), or of 40,000 against killing."""
    kinds = {
        "neutral": (4000, {"roe": 0.2, "posture": "separate", "force": "un_mission"}),
        "robust": (40_000, {"roe": 1.0}),
    }
    found = []
    for n in range(number):
        theatre, sent = theatres.campaign(n), NONE
        if mission:
            size, manner = kinds[mission]
            sent = policy(
                theatre,
                force(size, ["Capital", "Prefecture 0", "Prefecture 3"], **manner),
                day=365,
                lead=300,
                name=mission,
            )
        try:
            one = lived(theatre, sent, {**_draws(number)[n], **dict(par)}, replicate=n, days=DECADE)
        except FailedWork:  # more incidents than a run can hold: the killing has not stopped
            found.append("going on")
        else:
            found.append(ending(theatre, one))
    return tuple(found)


def ended_by(how: str, par: Par = NOTHING, number: int = 20) -> Measured:
    found = [one for one in endings(number, tuple(sorted(par.items()))) if one != "small"]
    counts = ", ".join(f"{name} {count}" for name, count in sorted(Counter(found).items()))
    return share([one == how for one in found], f"{counts}, of {number} campaigns {number - len(found)} too small")


def completed(par: Par = NOTHING) -> Measured:
    return ended_by("completion", par)


def ousted(par: Par = NOTHING) -> Measured:
    return ended_by("ousting", par)


def shifted(par: Par = NOTHING) -> Measured:
    return ended_by("shift", par)


def kept_peace(number: int = 20, robust_force: bool = False) -> Measured:
    """Share of very large campaigns that a mission of 4,000 from their second year on turns into an ended one."""
    without, with_it = endings(number), endings(number, (), "robust" if robust_force else "neutral")
    large = [n for n in range(number) if without[n] != "small"]
    return share([without[n] in ("going on", "other") and with_it[n] not in ("going on", "other") for n in large])


CLAIMS = (
    Claim(
        6, "force raises killing first", "Kathman & Wood 2011 JCR 55(5): short-run rise, long-run fall; Wood, Kathman & Gent 2012: x 1.4",
        "sahra, 4,000 robust troops decided on day 30, there from day 75, 200 pairs", "deaths of days 30 to 120, with over without", "more than without: 1.0 to 1.5 (evidence.md)",
        rises_first, {"no closing window, no revenge": {"par": {"campaign_days": 1e9, "reprisal_weight": 0.0}}}, least=1.0, most=1.5,
    ),
    Claim(
        6, "and lowers it later", "Kathman & Wood 2011", "as above, 60 pairs", "deaths of days 180 to 365, with over without", ".3 to .9 (evidence.md)", falls_later,
        {"no reach, fighting, deterrence or hold": {"par": {**RESTRAINED, "control_rise": 0.0}}}, least=0.2, most=0.9,
    ),
    Claim(
        6, "an empty threat accelerates", "Hultman & Peksen 2017 JCR 61(6): threats of force raise intensity; Task Force report on slow threats", "sahra, 10,000 announced by a sender believed at .2, who never come, 200 pairs",
        "deaths of a year, with over without", "more than without: up to 1.4 (evidence.md), and by a hundredth at least", empty_threat, {"leaders do not think that they could finish before": {"par": {"campaign_days": 1e9}}}, least=1.01, most=1.4,
    ),
    Claim(
        6, "so does a threat believed but slow", "MARO Handbook 2010; Task Force report: non-credible or slow threats may accelerate killing", "sahra, 10,000 announced for day 180 by a sender believed at 1, 200 pairs",
        "deaths of the 180 days before they come, with over without", "as above", slow_threat, {"not believed": {"credibility": 0.0}}, least=1.01, most=1.4,
    ),
    Claim(
        6, "a credible threat deters", "George 1991; evidence.md: hazard x .6 to .95", "sahra, 10,000 announced for day 45 by a sender believed at 1, 250 pairs", "deaths of the 45 days before they come, with over without",
        ".6 to .95 (evidence.md)", credible_threat, {"not believed": {"credibility": 0.0}}, least=0.6, most=0.95,
    ),
    Claim(
        7, "sanctions bite slowly", "Targeted Sanctions Consortium 2016; Sri Lanka GSP+: over a year", "wavering regime, sanctions from day 60, 100 pairs of two years",
        "weeks in repression or mass violence in the first 90 days of sanctions, with over without", "0.9 to 1.2: nothing yet, or a rally", slow, {"full cost at once": {"par": {"restraint_cost": 2.0}}}, least=0.9, most=1.2,
    ),
    Claim(
        7, "and move the wavering", "Biersteker, Eckert & Tourinho 2016: 10-22 % coerced, 23-40 % constrained", "wavering regime, 100 pairs", "weeks in repression or mass violence from half a year on, with over without",
        ".6 to .9: a third to all of the published effectiveness", bites, {"a committed regime": {"committed": True}}, least=0.4, most=0.9,
    ),
    Claim(
        7, "but hardly the committed", "Krain 2017; Task Force report: economic tools alone are ineffective against a regime already decided", "committed regime, 100 pairs", "weeks in repression or mass violence from half a year on, with over without",
        "at least .9", lambda committed=True: bites(committed), {"a wavering regime": {"committed": False}}, least=0.9, most=1.1,
    ),
    Claim(
        7, "leaders rally at first", "Wood 2008 ISQ 52(3): sanctions raise repression; Grauvogel & von Soest 2014", "wavering regime, 200 pairs", "weeks in repression or mass violence in the first six weeks of sanctions, with over without",
        "more than without: 1.0 to 1.2 (evidence.md)", rallies, {"nobody rallies": {"rally": False}}, least=1.0, most=1.3,
    ),
    Claim(
        7, "busted sanctions do little", "Early 2015, Busted Sanctions", "wavering regime, four fifths evaded against one fifth, 100 pairs", "what sanctions change, much evaded over little evaded", "a half",
        busted, {"as little evaded": {"busting": 0.2}}, least=-0.5, most=0.5,
    ),
    Claim(
        7, "an embargo harms civilians", "Allen & Lektzian 2013 JPR 50(1); Iraq 1990-2003", "sahra, livelihoods down by three tenths, 40 pairs", "deaths without violence, with over without", "more: 1.02",
        embargo_harm, {"hardship kills nobody at home": {"par": {"excess_home": 0.0}}}, least=1.02, hook="the hardship lever; the embargo families can stand in its place",
    ),
    Claim(
        7, "an arms embargo works through capacity", "Hultman & Peksen 2017: arms embargoes lower intensity; evidence.md: 0 to .4 of capacity growth", "sahra, embargo with compliance .8, 100 pairs", "deaths of a year, with over without",
        "less than without, not below .6", disarmed, {"arms do not wear, nobody comes in": {"par": {"arms_wear": 0.0, "foreign_rate": 0.0}}}, least=0.6, most=0.98,
    ),
    Claim(
        9, "mediation needs a stalemate", "Zartman 1989, Ripe for Resolution; Melander, Moller & Oberg 2009", "valley, sides of five to one against equal ones, 200 runs each of half a year", "deals of unequals over deals of equals",
        "a half", stalemate, {"neither side knows the other": {"par": {"private_information": 6.0, "revealed_by_loss": 1e9, "revealed_by_talks": 1e9}}}, most=0.5,
    ),
    Claim(
        9, "it hardly works near a perpetrator's goal", "Kuperman 2001; Bellamy 2015 JPR 52(5)", "valley, one side holding the capital against neither, 200 runs each", "deals, near the goal over not", "a half", near_goal,
        {"neither holds it": {"held": False}}, most=0.5,
    ),
    Claim(
        9, "spoilers spoil", "Stedman 1997 International Security 22(2)", "valley, with and without 1,500 armed spoilers, 200 runs each", "deals with over without", "four fifths", spoilt, {"spoilers do not count": {"par": {"spoiler_weight": 0.0}}}, most=0.8,
    ),
    Claim(
        9, "a deal without a guarantor fades", "Walter 2002; Hartzell & Hoddie 2007: three months to a year", "valley, talks of 18 weeks, 250 runs of a year", "hold of a truce after 26 weeks, over its hold when made",
        "exp(-180 / 90) to exp(-180 / 365)", fades, {"deals last": {"par": {"deal_days": 1e9}}}, least=0.13, most=0.62,
    ),
    Claim(
        14, "a third is completed", "Conley & Hazlett 2021 JPR: 37 % of 43 atrocities of 50,000 dead", "20 campaigns of ten years in a country of two million, those with 10,000 dead", "share that ended by completion",
        "37 %, 15 points on either side: twice the standard error of 43 cases; 20 campaigns can show that it fails, to hold it needs about 120", completed, {"killing uses nobody up": {"par": {"leave_rate": 0.0, "exposure_half": 0.0}}}, least=0.22, most=0.52,
    ),
    Claim(
        14, "a quarter is ousted", "Conley & Hazlett 2021 JPR: 26 %", "as above", "share that ended by ousting", "26 %, 15 points", ousted, {"nobody fights": {"par": {"engagement": 0.0}}}, least=0.11, most=0.41,
    ),
    Claim(
        14, "a third changes strategy", "Conley & Hazlett 2021 JPR: 37 %", "as above", "share that ended because leaders stepped down", "37 %, 15 points", shifted, {"leaders stay": {"par": {"ladder_rate": 1e-300}}}, least=0.22, most=0.52,
    ),
    Claim(
        14, "neutral peacekeepers end none", "Conley & Hazlett 2021 JPR: none of 43", "as above, with and without 4,000 neutral troops from the second year on", "share that end with them and would not without", "7 %: none of 43, at 95 %",
        kept_peace, {"40,000 who fight whoever kills": {"robust_force": True}}, most=0.07,
    ),
)  # fmt: skip
