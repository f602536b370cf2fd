"""Behaviours 1, 2 and 3: when killing begins, how it runs over time and size, and how many flee for each who dies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from experiments.behaviours import theatres
from experiments.behaviours.claim import Claim, Measured
from experiments.behaviours.runs import (
    NONE,
    NOTHING,
    SEED,
    STILL,
    Lived,
    Par,
    lived,
    median,
    number_of,
    over_runs,
    ratio,
    runs,
    share,
)
from sim.ground.parameters import PARAMETERS
from sim.scenario.theatre import MITIGATORS, RISK_FACTORS, Theatre
from sim.study.plan import draw_parameters

HELD: Par = {"ladder_rate": STILL}
"""Leaders stay on the rung on which a case found them: what is asked is what a campaign does, not who decides it."""

TRIGGER = theatres.TRIGGER

# ---- 1: quiet, and heavy-tailed -----------------------------------------------------------------------------------


def without_war(theatre: Theatre) -> Theatre:
    """The theatre before anybody has taken up arms against the state."""
    state = {actor.name for actor in theatre.actors if actor.kind in ("state", "guard", "police", "peacekeeper")}
    calm = theatres.at_risk(theatre, armed_conflict=0.0)
    units = tuple(one for one in calm.units if one.actor in state)
    return replace(calm, units=units, control=tuple(one for one in calm.control if one.actor in state), killed=())


@cache
def exposed(number: int) -> Theatre:
    """A version of the fictional country with every risk factor and mitigator drawn evenly from 0 to 1, and no war."""
    rng = np.random.default_rng((SEED, number))
    at = {name: float(rng.random()) for name in (*RISK_FACTORS, *MITIGATORS)}
    return without_war(theatres.at_risk(theatres.sahra(), **at))


def killed_in_a_year(theatre: Theatre, par: Par, replicate: int) -> int:
    return lived(theatre, NONE, par, replicate=replicate, days=365).deaths()


def quiet_years(par: Par = NOTHING, number: int = 200) -> Measured:
    """Share of years with the onset of one-sided violence (25 deaths) in at-risk theatres without a war."""
    deaths = [killed_in_a_year(exposed(n), par, n) for n in range(number)]
    most = f"{sum(one == 0 for one in deaths)} of {number} without a death, {sum(one >= 1000 for one in deaths)} with 1,000"
    return share([one >= 25 for one in deaths], most)


def quiet_world(par: Par = NOTHING, number: int = 43) -> Measured:
    """Share of decades with 25 deaths within a year, where no risk factor is raised and every mitigator is there."""
    at = {**dict.fromkeys(RISK_FACTORS, 0.0), **dict.fromkeys(MITIGATORS, 1.0)}
    calm = without_war(theatres.at_risk(theatres.sahra(), **at))
    total, worst = [], []
    for n in range(number):
        days = np.cumsum(lived(calm, NONE, par, replicate=n, days=3650).by_day(3650))
        total.append(float(days[-1]))
        worst.append(float((days[365:] - days[:-365]).max()))
    return share(
        [one >= 25 for one in worst], f"{np.mean(total):.3g} deaths a decade, {np.mean(worst):.3g} in its worst year"
    )


def ranking(par: Par = NOTHING, number: int = 800) -> Measured:
    """AUC of onset within a year against the risk state: the mean of the factors less that of the mitigators."""
    state, onset = [], []
    for n in range(number):
        risk = exposed(n).risk
        factors = [risk[name].value for name in RISK_FACTORS if name != "armed_conflict"]
        state.append(float(np.mean(factors)) - float(np.mean([risk[name].value for name in MITIGATORS])))
        onset.append(killed_in_a_year(exposed(n), par, n) >= 25)
    at, hit = np.array(state), np.array(onset)

    def auc(rows: Any) -> float:
        yes, no = at[rows][hit[rows]], at[rows][~hit[rows]]
        if not yes.size or not no.size:
            return float("nan")
        return float((yes[:, None] > no[None, :]).mean() + 0.5 * (yes[:, None] == no[None, :]).mean())

    return over_runs(auc, number, f"{int(hit.sum())} onsets in {number} years")


def exponent(sizes: Any, least: float) -> float:
    """Exponent of a power law above `least` by maximum likelihood (Clauset, Shalizi & Newman 2009, eq. 3.7)."""
    tail = sizes[sizes >= least]
    return float(1.0 + tail.size / np.log(tail / (least - 0.5)).sum()) if tail.size > 1 else float("nan")


def incident_tail(par: Par = NOTHING, number: int = 160) -> Measured:
    """Exponent of the deaths of incidents from 20 on."""
    sizes = [one.incidents[:, 4].astype(float) for one in runs(number, theatres.sahra(), NONE, par, days=365)]
    return over_runs(lambda rows: exponent(np.concatenate([sizes[n] for n in rows]), 20.0), number)


def run_tail(par: Par = NOTHING, number: int = 60) -> Measured:
    """Exponent of the deaths of a theatre's year, from 100 on, over versions and parameter draws of a country at war."""
    table = _draws(number)
    deaths = np.array([
        float(lived(theatres.sahra(), NONE, {**row, **par}, replicate=0, draw=n, days=365).deaths()) for n, row in enumerate(table)
    ])  # fmt: skip
    quantiles = np.quantile(deaths, [0.1, 0.5, 0.9, 0.99])
    about = f"{(deaths >= 100).mean():.0%} from 100 on; quantiles 10/50/90/99: " + " / ".join(
        f"{one:.0f}" for one in quantiles
    )
    return over_runs(lambda rows: exponent(deaths[rows], 100.0), number, about)


@cache
def _draws(number: int) -> tuple[dict[str, float], ...]:
    drawn = draw_parameters(theatres.sahra(), number, SEED, PARAMETERS)
    return tuple(dict(drawn.rows[n]) for n in range(number))


# ---- 2: front-loading ---------------------------------------------------------------------------------------------

OFF = {
    "depletion": {"exposure_half": 0.0},
    "flight": {"leave_rate": 0.0},
    "fading": {"trigger_days": 1e9},
    "fatigue": {"quit_fatigue": 0.0},
}
EACH_OFF = {
    "all four off": {"par": {name: value for off in OFF.values() for name, value in off.items()}},
    **{f"{name} off": {"par": off} for name, off in OFF.items()},
}


def first_share(cases: Sequence[Lived], trigger: int, first: int, window: int) -> Measured:
    """Share of the deaths of the `window` days after the trigger that fall into the first `first`."""
    early, every = (
        [one.deaths(trigger, trigger + first) for one in cases],
        [one.deaths(trigger, trigger + window) for one in cases],
    )
    return ratio(early, every, f"{np.mean(every):.3g} deaths a run in {window} days")


def riot_share(par: Par = NOTHING, number: int = 150) -> Measured:
    return first_share(runs(number, theatres.riot(), NONE, par), TRIGGER, 14, 60)


def riot_peak(par: Par = NOTHING, number: int = 150) -> Measured:
    """Median day, after the trigger, of the week with most deaths, in runs with 10 deaths or more in 90 days."""
    peaks = []
    for one in runs(number, theatres.riot(), NONE, par):
        days = one.by_day(TRIGGER + 90)[TRIGGER:].astype(float)
        if days.sum() >= 10:
            peaks.append(float(np.argmax(np.convolve(days, np.ones(7), "valid")) + 3))
    if len(peaks) < 5:
        return Measured(
            float("nan"), float("nan"), float("nan"), number, f"10 deaths in only {len(peaks)} of {number} runs"
        )
    return median(peaks, f"in {len(peaks)} of {number} runs with 10 deaths")


def campaign_share(par: Par = NOTHING, number: int = 40) -> Measured:
    return first_share(runs(number, theatres.extermination(), NONE, {**HELD, **par}), 0, 15, 100)


def waves(par: Par = NOTHING, number: int = 40) -> Measured:
    """Mean time between the earliest and the latest peak week of the districts, in the first 100 days."""
    province, spans = theatres.expulsion(), []
    districts = number_of(province, *(f"District {n}" for n in range(8)))
    for one in runs(number, province, NONE, {**HELD, **par}, days=105):
        weekly = np.zeros((15, len(province.places)))
        np.add.at(weekly, (one.incidents[:, 0] // 7, one.incidents[:, 1]), one.incidents[:, 4])
        hit = [p for p in districts if weekly[:, p].sum() >= 20]
        peaks = [int(weekly[:, p].argmax()) for p in hit]
        spans.append(7.0 * (max(peaks) - min(peaks)) if len(peaks) >= 3 else 0.0)
    return median(spans)


def lead_of_killing(par: Par = NOTHING, number: int = 60) -> Measured:
    """Share of runs in which weekly killing correlates most with flight of the same or a later week."""
    leads = []
    for one in runs(number, theatres.expulsion(), NONE, {**HELD, **par}, days=182):
        killed = one.by_day(182).reshape(26, 7).sum(axis=1).astype(float)
        fled = np.maximum(np.diff(one.away.sum(axis=(1, 2)), append=np.nan), 0.0)[:-1]
        killed = killed[: fled.size]
        scores = {}
        for lag in range(-4, 5):
            a, b = killed[max(-lag, 0) : killed.size - max(lag, 0)], fled[max(lag, 0) : fled.size + min(lag, 0)]
            scores[lag] = float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else -1.0
        leads.append(max(scores, key=lambda lag: scores[lag]) >= 0)
    return share(leads)


def slow_season(rains: bool = True, number: int = 100) -> Measured:
    """Median days from the 25th death to the middle of the week with most deaths."""
    waits = []
    for one in runs(number, theatres.expulsion(rains), NONE, HELD, days=365):
        days = one.by_day(365).astype(float)
        onset = int(np.argmax(np.cumsum(days) >= 25))
        waits.append(float(np.argmax(np.convolve(days, np.ones(28), "valid")) + 14 - onset))
    return median(waits)


# ---- 3: displaced per death ---------------------------------------------------------------------------------------


def per_death(theatre: Theatre, group: str, par: Par, first: int, days: int, number: int) -> Measured:
    """Largest number of the group displaced, over its dead."""
    g = number_of(theatre, group)[0]
    cases = runs(number, theatre, NONE, {**HELD, **par}, days=days)
    fled = [float(one.away[:, :, g].sum(axis=1).max()) for one in cases]
    dead = [float(one.deaths(first, group=g)) for one in cases]
    return ratio(fled, dead, f"{np.mean(fled):.4g} displaced, {np.mean(dead):.4g} killed")


def per_death_enclave(par: Par = NOTHING) -> Measured:
    return per_death(theatres.enclave(), "few", par, 0, 35, 60)


def per_death_expelled(par: Par = NOTHING) -> Measured:
    return per_death(theatres.expulsion(), "few", par, 0, 78, 60)


def per_death_riot(par: Par = NOTHING) -> Measured:
    return per_death(theatres.riot(), "few", par, TRIGGER, TRIGGER + 40, 150)


CLAIMS = (
    Claim(
        1, "most at-risk years stay quiet", "UCDP one-sided violence v25.1, computed (targets.md): 1.3 % a year without a war, 10 % after a coup attempt",
        "200 versions of sahra before the rebellion, every factor drawn evenly from 0 to 1, one year",
        "share of years with 25 civilian deaths", "a tenth: the rate of the worst class without a war, years after a coup attempt",
        quiet_years, {"no cost of atrocity": {"par": {"restraint_cost": 0.0}}}, most=0.10,
    ),
    Claim(
        1, "a quiet world stays quiet", "Goldsmith et al. 2013 JPR 50(4); UCDP: liberal democracies 0.08 to 0.7 % a year",
        "sahra before the rebellion with no risk factor and every mitigator, 43 decades", "share of decades with 25 civilian deaths within a year",
        "0.7 % a year is 7 % a decade; 43 decades without one can show that it holds", quiet_world, {"no bar to joining": {"par": {"join_bar": 0.0}}}, most=0.07,
    ),
    Claim(
        1, "risk ranks theatres", "Early Warning Project 1994-: AUC 0.84; Goldsmith et al. 2013; Ulfelder 0.83-0.86",
        "800 versions of sahra before the rebellion, every factor drawn evenly from 0 to 1, one year",
        "area under the curve of onset (25 deaths) against mean factors less mean mitigators",
        ".76 to .84 in the design, six hundredths on either side: two standard errors of some hundred runs",
        ranking,
        {"risk reaches no leader and no crowd": {"par": {"threat_by_risk": 0.0, "framing": 0.0, "impunity": 0.0, "ideology_weight": 0.0, "shock_rate": 0.0, "brokerage_moderates": 0.0, "brokerage_committees": 0.0, "incitement_reach": 0.0, "spoils_weight": 0.0}}},
        least=0.70, most=0.90,
    ),
    Claim(
        1, "incidents are heavy-tailed", "Clauset, Shalizi & Newman 2009; UCDP one-sided events, computed: 2.2 from 20, 2.0 from 50",
        "sahra, 160 years", "power-law exponent of deaths an incident, from 20 on", "the two published exponents, three tenths on either side; the size law itself is put in, what capacity and exposure leave of it is not",
        incident_tail, {"a thin size law": {"par": {"body_exponent": 4.0, "tail_exponent": 6.0}}}, least=1.7, most=2.5,
    ),
    Claim(
        1, "years are heavy-tailed", "UCDP one-sided country-years, computed: exponent 1.72 from 100, 2.06 from 500",
        "sahra, 60 draws of parameters and of the theatre's own ranges, one year", "power-law exponent of deaths a year, from 100 on",
        "between the two published exponents, three tenths on either side: what a change of the threshold does to either",
        run_tail, {"nobody on the ladder moves": {"par": {"ladder_rate": STILL}}}, least=1.4, most=2.4,
    ),
    Claim(
        2, "a riot spends itself", "Kyrgyzstan 2010: 470 dead in five days; Rakhine 2017: peak in the first week; Horowitz 2001",
        "riot, 150 runs", "share of the deaths of 60 days that fall into the first 14", "at least half: the weakest of the cases (Rwanda) has half by day 15",
        riot_share, EACH_OFF, least=0.5,
    ),
    Claim(
        2, "a riot peaks within two weeks", "Kyrgyzstan 2010, Kenya 2007-08, Rakhine 2017: 0 to 7 days from trigger to peak",
        "riot, runs with 10 deaths of 150", "median day of the worst week after the trigger", "1 to 14 days, as the design has it",
        riot_peak, EACH_OFF, least=1.0, most=14.0,
    ),
    Claim(
        2, "an ordered campaign spends itself", "Rwanda 1994: about half dead by day 15 of 100 (Straus 2006; Kuperman 2001)",
        "extermination, leaders held on their rung, 40 runs", "share of the deaths of 100 days that fall into the first 15",
        "a half, less a fifth: weekly series are contested", campaign_share, EACH_OFF, least=0.4, most=0.8,
    ),
    Claim(
        2, "sweeps come in waves", "Ball et al. 2002, Kosovo 1999: three waves in 49 days, moving across regions",
        "expulsion, leaders held, 40 runs of 105 days", "median of the days between the first and the last peak week of districts (0 if fewer than three were hit)",
        "21 days: two of the gaps between the three waves, less a third", waves, {"columns do not march": {"par": {"march_rate": 0.0, "break_ratio": 0.0}}}, least=21.0,
    ),
    Claim(
        2, "killing leads or moves with flight", "Ball et al. 2002 (same days); Central African Republic 2013-14: one month before (targets.md)",
        "expulsion, leaders held, 60 runs of 26 weeks", "share of runs in which killing correlates most with flight of the same or a later week (lags of -4 to 4)",
        "two thirds; 5 of 9 lags would give 56 % by chance", lead_of_killing, {"killing frightens nobody": {"par": {"fear_half": 1e9}}}, least=0.667,
    ),
    Claim(
        2, "a season delays the peak", "Darfur 2003-04: peak months after onset, with the dry season (Depoortere et al. 2004)",
        "expulsion that begins in the rains, 100 runs", "median days from the 25th death to the worst four weeks", "60 days: two months, as the design has it",
        slow_season, {"no rains": {"rains": False}}, least=60.0,
    ),
    Claim(
        3, "an enclave: few flee for each who dies", "Srebrenica 1995: 8,000 dead, 25,000-30,000 expelled, 3 to 1; Rwanda 4 to 1",
        "enclave, leaders held, 60 runs of 35 days", "displaced of the targeted group over its dead", "3, a factor of three on either side: deaths in such cases are contested by as much",
        per_death_enclave, {"exterminators open the roads": {"par": {"block_exterminate": 0.0}}}, least=1.0, most=9.0,
    ),
    Claim(
        3, "an expulsion: a hundred flee", "Kosovo 1999: 10,356 dead, 860,000 displaced, 83 to 1; Rakhine 2017 about 100",
        "expulsion, leaders held, 60 runs of 78 days", "displaced of the targeted group over its dead", "83, a factor of three on either side", per_death_expelled,
        {"nobody flees": {"par": {"leave_rate": 0.0}}, "the roads as closed as in extermination": {"par": {"block_mass": 0.9}}}, least=28.0, most=250.0,
    ),
    Claim(
        3, "a riot with open exits: hundreds flee", "Kyrgyzstan 2010: 470 dead, 400,000 displaced, 850 to 1; Kenya 2007-08: 300-580",
        "riot, 150 runs of 40 days after the trigger", "displaced of one group over its dead", "from 280: the upper end of the span, a factor of three",
        per_death_riot, {"nobody flees": {"par": {"leave_rate": 0.0}}}, least=280.0, most=2550.0,
    ),
)  # fmt: skip
