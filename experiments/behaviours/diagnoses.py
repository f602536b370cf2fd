"""Why the model fails a claim, written after it was measured: which mechanism, and where. Figures stand in results.json.

A name here is a claim that is expected to fail; a claim that fails and has no diagnosis fails a test, and so does one that
has a diagnosis and holds.
"""

from __future__ import annotations

DIAGNOSES: dict[str, str] = {
    "most at-risk years stay quiet": (
        "Soldiers at their posts kill without a crisis: every organisation whose leaders merely let prey (rung 1) kills at "
        "lethality_permit, and rung 2 at five times that, so that an army of 1,850 and a guard of 450 that drift between rungs "
        "0 and 2 cause nearly all of 20 to 150 deaths a year (sim/mechanisms/violence.py, `lethality` and `budgets`)."
    ),
    "a quiet world stays quiet": (
        "As above: without any risk factor leaders still climb to rungs 1 and 2 by ladder_rate, since restraint and letting "
        "prey differ by a fraction of ladder_tau, and both rungs kill (sim/actors/organisation.py, `utilities`)."
    ),
    "an ordered campaign spends itself": (
        "Killing is limited by killers and hardly by victims: exposure_half is 600 people and a prefecture has 30,000 of the "
        "targeted, so a budget stays the same until nearly all are gone (sim/mechanisms/violence.py, `share_out`); those who "
        "flee stay inside and in reach; the ordered crowd grows until week five."
    ),
    "a season delays the peak": (
        "The worst four weeks come late without rains too: columns go on from district to district and killing does not "
        "deplete, so that the delay is not the season's (the same `share_out`)."
    ),
    "a riot with open exits: hundreds flee": (
        "A riot of some two thousand men kills one person in 40 days. A crowd's budget is multiplied by days_of_violence (a "
        "share for units at their posts) and by an aim of mean hostility x animosity, about .13 before any killing, and flight "
        "by local deaths needs 5 in 10,000 a day (sim/mechanisms/violence.py, `budgets`, the crowd; sim/mechanisms/feeling.py, "
        "`drives`): rumour and crowds in the street frighten nobody."
    ),
    "the state denies access": (
        "No such mechanism: `consent` of a force is read and used nowhere (sim/interventions/families/force.py), and a state "
        "that kills hinders an outside force no more than a militia does."
    ),
    "and violence moves around it": (
        "Leaders count outside protectors in the whole theatre (`field.against` in sim/actors/organisation.py, `utilities`): "
        "1,400 in one town deter everywhere, leaders step down the ladder, and killing falls around the town as well. Going "
        "around (`_prizes`) is swamped."
    ),
    "an unguarded safe area raises losses": (
        "Gathering exposes nobody more once some thousand are in reach: exposure saturates at 600 people (`in_reach` and "
        "`share_out` in sim/mechanisms/violence.py), and concentration multiplies what is saturated."
    ),
    "perpetrators learn where it is": (
        "What a place is worth to those who would expel saturates at 2,000 of the targeted people and at what they hold of it "
        "themselves (`_wishes` in sim/actors/organisation.py): 100,000 gathered draw no more than a village."
    ),
    "accuracy beats volume": (
        "Acceptance by locals at most doubles a patrol's reach (unaided .5) and doubling the troops doubles it too, while "
        "deterrence and hold count heads alone (`protect` in sim/mechanisms/violence.py; `field.against`; `hold` in "
        "sim/mechanisms/forces.py); harm by the force itself is not modelled."
    ),
    "harm feeds recruitment": (
        "An organisation recruits from what it holds and can pay (`_recruit` in sim/actors/organisation.py), with no term for "
        "what was done to its people; self-defence cells, which have one, stay small beside it."
    ),
    "and less when they come after": (
        "The riot that police meet is so small that what a delay changes is lost in chance; those who come late meet a crowd "
        "that has gone home (see the riot of behaviour 3)."
    ),
    "observers alone protect no one": (
        "200 observers take control of places like soldiers: `hold` in sim/mechanisms/forces.py counts every outsider's people "
        "as fighting weight, unarmed ones for half."
    ),
}
