"""Behaviours 4, 5, 10, 11 and 13: what police, troops, observers and safe areas do, where, and how soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from experiments.behaviours import theatres
from experiments.behaviours.claim import Claim, Measured
from experiments.behaviours.killing import HELD, TRIGGER
from experiments.behaviours.runs import NONE, NOTHING, Lived, Par, force, number_of, over_runs, policy, ratio, runs
from sim.interventions.base import Policy
from sim.scenario.theatre import Theatre

RURAL = tuple(f"Rural {n}" for n in range(6))
HKS_TROOPS = (
    5600  # 10 per 1,000 of the valley; Hultman, Kathman & Shannon 2013: killing falls by exp(-5.0e-4 a soldier)
)
RESTRAINED: Par = {
    "response_foot": 0.0, "roe_fights": 0.0, "deterrence_weight": 0.0, "shun_protectors": 0.0, "tied_down": 0.0,
    "arrest_weight": 0.0,
}  # fmt: skip


def killed(cases: Sequence[Lived], first: int = 0, last: int = 1 << 30, **where: Any) -> list[float]:
    return [float(one.deaths(first, last, **where)) for one in cases]


def compared(
    theatre: Theatre,
    tried: Policy,
    par: Par,
    number: int,
    *,
    first: int = 0,
    last: int = 1 << 30,
    days: int = 0,
    **where: Any,
) -> Measured:
    """Deaths under a policy over deaths under none, paired runs."""
    with_it, without = (runs(number, theatre, one, par, days=days) for one in (tried, NONE))
    return ratio(killed(with_it, first, last, **where), killed(without, first, last, **where))


# ---- 4: police, troops, observers ---------------------------------------------------------------------------------


@cache
def police(day: int, size: int = 1500) -> Policy:
    """Police of 2 per 1,000 in the riot's towns and valleys, doing police work alone: no posture of protection."""
    places = ["City", "Market", *(f"Valley {n}" for n in range(4))]
    return policy(
        theatres.riot(), force(size, places, force="police", roe=0.0, ramp_days=1), day=day, name=f"police_{day}"
    )


def early_police(par: Par = NOTHING, number: int = 200) -> Measured:
    return compared(theatres.riot(), police(TRIGGER - 14), par, number, first=TRIGGER, last=TRIGGER + 60)


def late_police(par: Par = NOTHING, number: int = 200) -> Measured:
    """What police a week after the trigger save, over what police two weeks before it save."""
    riot = theatres.riot()
    none, early, late = (
        killed(runs(number, riot, one, par), TRIGGER, TRIGGER + 60)
        for one in (NONE, police(TRIGGER - 14), police(TRIGGER + 7))
    )
    return ratio(
        np.subtract(none, late),
        np.subtract(none, early),
        f"deaths {np.mean(none):.3g} / early {np.mean(early):.3g} / late {np.mean(late):.3g}",
    )


@cache
def troops(
    size: int, places: Sequence[str] = ("Town", *RURAL), day: int = 0, lead: int = 0, kind: str = "valley", **other: Any
) -> Policy:
    where = theatres.valley() if kind == "valley" else theatres.valley_of_state()
    return policy(where, force(size, places, **other), day=day, lead=lead, name=f"troops_{size}")


def blocking(par: Par = NOTHING, number: int = 60) -> Measured:
    return compared(theatres.valley(), troops(HKS_TROOPS), par, number)


def state_denies(consent: str = "host", number: int = 60, par: Par = NOTHING) -> Measured:
    """What troops save where the perpetrator is the state, over what they save where it is a militia."""

    def saved(theatre: Theatre, tried: Policy) -> Any:
        g = number_of(theatre, "blues front")[0]
        return np.subtract(
            *(killed(runs(number, theatre, one, par), actor=[a for a in range(30) if a != g]) for one in (NONE, tried))
        )

    state, other = theatres.valley_of_state(), theatres.valley()
    by_state = saved(state, troops(HKS_TROOPS, kind="state", consent=consent))
    by_militia = saved(other, troops(HKS_TROOPS))
    dead = [np.array(killed(runs(number, one, NONE, par))) for one in (state, other)]

    def of(rows: Any) -> float:
        return float(by_state[rows].sum() / dead[0][rows].sum()) / float(by_militia[rows].sum() / dead[1][rows].sum())

    return over_runs(of, number)


def observers(par: Par = NOTHING, number: int = 100, guarding: bool = False) -> Measured:
    """200 military observers, or as many troops as ten per 1,000."""
    tried = troops(HKS_TROOPS) if guarding else troops(200, force="observers", posture="observe", roe=0.0)
    return compared(theatres.valley(), tried, par, number)


# ---- 5: violence moves --------------------------------------------------------------------------------------------

BUNIA = 1400  # Artemis 2003


def town_spared(par: Par = NOTHING, number: int = 100) -> Measured:
    valley = theatres.valley()
    return compared(valley, troops(BUNIA, ("Town",), day=14), par, number, first=21, place=number_of(valley, "Town"))


def pushed_out(par: Par = NOTHING, number: int = 150) -> Measured:
    """Deaths that the town's force adds around, over those that it takes from the town."""
    valley = theatres.valley()
    inside, around = number_of(valley, "Town"), number_of(valley, *RURAL)
    with_it, without = (runs(number, valley, one, par) for one in (troops(BUNIA, ("Town",), day=14), NONE))
    added = np.subtract(killed(with_it, 21, place=around), killed(without, 21, place=around))
    spared = np.subtract(killed(without, 21, place=inside), killed(with_it, 21, place=inside))
    return ratio(added, spared, f"{added.mean():.3g} more around, {spared.mean():.3g} fewer in town")


def area_held(everywhere: bool = True, number: int = 60, par: Par = NOTHING) -> Measured:
    valley = theatres.valley()
    tried = troops(2 * HKS_TROOPS, day=14) if everywhere else troops(BUNIA, ("Town",), day=14)
    return compared(valley, tried, par, number, first=21, place=number_of(valley, *RURAL))


# ---- 10: safe areas -----------------------------------------------------------------------------------------------


@cache
def gathered() -> Theatre:
    """The valley with two thirds of the blues gathered in one rural area between two of their enemies' bases."""
    return theatres.gathered(theatres.valley(), "blues", "Rural 2", 0.667)


def unguarded(par: Par = NOTHING, number: int = 150) -> Measured:
    """Blues killed when gathered without guards, over blues killed at home."""
    blues = number_of(theatres.valley(), "blues")
    return ratio(*(killed(runs(number, one, NONE, par), group=blues) for one in (gathered(), theatres.valley())))


def guarded(size: int = 2000, number: int = 100, par: Par = NOTHING) -> Measured:
    """Blues killed when gathered under a guard of 20 per 1,000, over blues killed at home."""
    tried = policy(gathered(), force(size, ["Rural 2"], ramp_days=1), name=f"guard_{size}") if size else NONE
    blues = number_of(gathered(), "blues")
    return ratio(
        killed(runs(number, gathered(), tried, par), group=blues),
        killed(runs(number, theatres.valley(), NONE, par), group=blues),
    )


def learnt(par: Par = NOTHING, number: int = 100) -> Measured:
    """Perpetrators at the place after 12 to 24 weeks when people are gathered there, over those when they are not."""
    reds, place = number_of(gathered(), "reds front", "Rural 2")
    there = [
        [float(one.strength[12:24, place, reds].mean()) for one in runs(number, where, NONE, par)]
        for where in (gathered(), theatres.valley())
    ]
    return ratio(*there)


# ---- 11: speed ----------------------------------------------------------------------------------------------------


@cache
def expedition(size: int, lead: int, day: int = 0, ramp: int = 7) -> Policy:
    places = ["Capital", *(f"Prefecture {n}" for n in range(7))]
    return policy(
        theatres.extermination(), force(size, places, ramp_days=ramp), day=day, lead=lead, name=f"sent_{size}_{lead}"
    )


def fast_or_large(par: Par = NOTHING, number: int = 40, lead: int = 7) -> Measured:
    """What 2,500 in a week (or `lead` days) save, over what 10,000 after 45 days save, in the first 100 days."""
    case = theatres.extermination()
    none, fast, large = (
        killed(runs(number, case, one, {**HELD, **par}), 0, 100)
        for one in (NONE, expedition(2500, lead), expedition(10_000, 45))
    )
    return ratio(
        np.subtract(none, fast),
        np.subtract(none, large),
        f"deaths {np.mean(none):.4g} / fast {np.mean(fast):.4g} / large {np.mean(large):.4g}",
    )


def at_recognition(par: Par = NOTHING, number: int = 40, ready: bool = False) -> Measured:
    """Share of the deaths of 100 days saved by 15,000 who are sent on day 14 and come in from day 28 to day 54, or who
    are `ready` on the first day.
    """
    case = theatres.extermination()
    none, sent = (
        killed(runs(number, case, one, {**HELD, **par}), 0, 100)
        for one in (NONE, expedition(15_000, 0, 0, 1) if ready else expedition(15_000, 14, 14, 26))
    )
    return ratio(np.subtract(none, sent), none, f"deaths {np.mean(none):.4g} / {np.mean(sent):.4g}")


# ---- 13: accuracy -------------------------------------------------------------------------------------------------


def accurate(par: Par = NOTHING, number: int = 100) -> Measured:
    """Deaths under 1,500 troops whom locals accept, over deaths under 3,000 whom they do not."""
    few, many = troops(1500, legitimacy=1.0), troops(3000, legitimacy=0.0)
    return ratio(*(killed(runs(number, theatres.valley(), one, par)) for one in (few, many)))


def recruits(par: Par = NOTHING, number: int = 60) -> Measured:
    """Armed self-defence of the herders' side after a year where the army harms, over that where it is disciplined."""

    def version(discipline: float) -> Theatre:
        base = theatres.sahra()
        actors = tuple(
            replace(one, discipline=discipline, ranges=()) if one.kind in ("state", "guard") else one
            for one in base.actors
        )
        return replace(base, actors=actors)

    herders = number_of(theatres.sahra(), "herder_bands", "northern_columns", "coalition")
    return ratio(
        *(
            [float(one.strength[-1][:, herders].sum()) for one in runs(number, version(at), NONE, par, days=365)]
            for at in (0.0, 0.9)
        )
    )


def standing(par: Par = NOTHING, number: int = 60) -> Measured:
    """Correlation over runs and forces, of log deaths an organisation caused with the legitimacy it has left."""
    base = theatres.sahra()
    army, coalition = number_of(base, "army", "coalition")
    cases = runs(number, base, NONE, par, days=365)
    harm = np.array([[np.log1p(one.deaths(actor=a)) for a in (army, coalition)] for one in cases])
    left = np.array([[one.legitimacy[-1][a] - one.legitimacy[0][a] for a in (army, coalition)] for one in cases])

    def of(rows: Any) -> float:
        x, y = (table[rows] - table[rows].mean(axis=0) for table in (harm, left))
        return float((x * y).sum() / np.sqrt((x**2).sum() * (y**2).sum())) if (y != 0).any() else float("nan")

    return over_runs(of, number)


CLAIMS = (
    Claim(
        4, "police save when they come before", "Hultman, Kathman & Shannon 2013 AJPS 57(4): 96 to 14 killed a month with 200 police",
        "riot, police of 2 per 1,000 two weeks before the trigger, 200 pairs", "deaths of 60 days, with over without", "four fifths: a tenth of the published decline",
        early_police, {"nobody minds arrest": {"par": {"arrest_weight": 0.0}}}, most=0.8,
    ),
    Claim(
        4, "and less when they come after", "Weidmann & Salehyan 2013 ISQ: policing works if early; Kyrgyzstan 2010: over in five days",
        "riot, police a week after the trigger against two weeks before, 200 pairs", "saved late over saved early", "a half",
        late_police, {"a trigger that does not fade, nobody tires": {"par": {"trigger_days": 1e9, "quit_fatigue": 0.0}}}, least=-0.5, most=0.5,
    ),
    Claim(
        4, "troops block units", "Hultman, Kathman & Shannon 2013: 106 to under 2 a month with 8,000 troops, k = 5.0e-4 a soldier",
        "valley, 10 per 1,000 from the first day, 60 pairs", "deaths of 240 days, with over without", "exp(-.15 k T), the weak end of evidence.md's range, and not below the published figure",
        blocking, {"no reach, no fighting, no deterrence, nobody tied down, no arrests": {"par": RESTRAINED}}, least=0.02, most=0.66,
    ),
    Claim(
        4, "the state denies access", "Fjelde, Hultman & Nilsson 2019 IO 73(1): local peacekeepers reduce rebel, not government abuse",
        "valley whose stronger perpetrator is the state, against one of militias, 60 pairs each", "share of deaths saved, state over militia", "a half: evidence.md gives k x U(0, .3) for states, k x U(.15, .7) else",
        state_denies, {"a mandate opens everything": {"consent": "un", "par": {"mandate_opens": 1.0}}}, least=-0.5, most=0.5,
    ),
    Claim(
        4, "observers alone protect no one", "Hultman, Kathman & Shannon 2013: observers associated with more killing",
        "valley, 200 observers, 100 pairs", "deaths with over without", "0.9 to 1.25: nothing, or the published rise (evidence.md .95 to 1.25, a twentieth for chance)",
        observers, {"as troops of 10 per 1,000": {"guarding": True}}, least=0.9, most=1.25,
    ),
    Claim(
        5, "the protected town is spared", "Artemis, Bunia 2003: the town secured", "valley, 1,400 in the town from day 14, 100 pairs", "deaths in town from day 21, with over without",
        "0.6: an effect that nobody disputed", town_spared, {"no reach, no fighting, no deterrence, nobody tied down, no arrests": {"par": RESTRAINED}}, most=0.6,
    ),
    Claim(
        5, "and violence moves around it", "Peitz & Reisch 2019 (Congo 2000-14); Bunia 2003: Fataki, Drodro, Tchomia", "valley, 1,400 in the town from day 14, 150 pairs",
        "deaths added around, over those taken from the town", "evidence.md: .1 to .6 of what is suppressed", pushed_out, {"perpetrators do not go around": {"par": {"shun_protectors": 0.0}}}, least=0.1, most=1.0,
    ),
    Claim(
        5, "unless the force controls the area", "Beardsley & Gleditsch 2015 ISR: robust forces contain the zone of conflict", "valley, 20 per 1,000 in every place from day 14, 60 pairs",
        "deaths around the town, with over without", "0.6, as for the town", area_held, {"the town alone": {"everywhere": False}}, most=0.6,
    ),
    Claim(
        10, "an unguarded safe area raises losses", "Srebrenica 1995; Kibuye stadium 1994: congregating lowered survival; Sri Lanka 2009",
        "valley, two thirds of one group gathered in one rural area, 150 pairs", "deaths of the group, gathered over at home", "more than at home: 1.05, a twentieth for chance",
        unguarded, {"gathering exposes nobody": {"par": {"concentration": 0.0}}}, least=1.05, hook="theatre with people moved there; the forces family's safe area can stand in its place",
    ),
    Claim(
        10, "a guarded one lowers them", "Srebrenica: 34,000 asked, 7,600 authorised; Quinlivan 1995: 20 per 1,000", "the same under 2,000 guards, 100 pairs", "deaths of the group, gathered and guarded over at home",
        "0.8", guarded, {"no guards": {"size": 0}}, most=0.8, hook="as above",
    ),
    Claim(
        10, "perpetrators learn where it is", "Srebrenica 1995, Kibuye 1994", "valley, gathered against at home, 100 pairs", "perpetrators at the place in weeks 12 to 24, gathered over at home",
        "a fifth more", learnt, {"units do not march": {"par": {"march_rate": 0.0, "break_ratio": 0.0}}}, least=1.2, hook="as above",
    ),
    Claim(
        11, "a small force in a week beats a large one in six", "MARO Handbook (Sewall, Raymond & Chin 2010): speed over mass; Rwanda 1994", "extermination, leaders held, 2,500 after 7 days against 10,000 after 45, 40 pairs",
        "saved by the fast over saved by the large", "at least as many", fast_or_large, {"the small force as late": {"lead": 45}, "a campaign that does not spend itself": {"par": {"exposure_half": 0.0, "leave_rate": 0.0}}}, least=1.0,
    ),
    Claim(
        11, "at recognition most is over", "Kuperman 2001: at most a quarter of 500,000 saved by intervention at first recognition", "extermination, leaders held, 15,000 sent on day 14, 40 pairs",
        "share of the deaths of 100 days that are saved", "a quarter, and a tenth for a campaign that ends later than Rwanda's", at_recognition, {"there on the first day": {"ready": True}, "a campaign that does not spend itself": {"par": {"exposure_half": 0.0, "leave_rate": 0.0}}}, least=0.0, most=0.35,
    ),
    Claim(
        13, "accuracy beats volume", "Bennett 2008 JASSS 11(4)7: accuracy matters more than effectiveness", "valley, 1,500 whom locals accept against 3,000 whom they do not, 100 pairs", "deaths under the few over the many",
        "fewer: 0.97, chance aside", accurate, {"locals tell nobody anything": {"par": {"unaided": 0.0}}}, most=0.97,
    ),
    Claim(
        13, "harm feeds recruitment", "Bennett 2008; Kalyvas 2006; Condra & Shapiro 2012 AJPS 56(1)", "sahra with an undisciplined against a disciplined army, 60 pairs", "armed men on its victims' side after a year, undisciplined over disciplined",
        "a tenth more", recruits, {"victims do not organise, nor learn to hate": {"par": {"organised_share": 0.0, "deserters_share": 0.0, "animosity_rate": 0.0}}}, least=1.1,
    ),
    Claim(
        13, "harm costs legitimacy", "Bennett 2008; Lyall, Blair & Imai 2013 APSR 107(4)", "sahra, army and coalition, 60 years", "correlation of log deaths caused with the change of legitimacy",
        "clearly negative: -0.3", standing, {"harm is forgiven": {"par": {"legitimacy_loss": 0.0}}}, most=-0.3,
    ),
)  # fmt: skip
