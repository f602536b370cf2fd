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
    "risk ranks theatres": (
        "Nearly every year has its 25 deaths from soldiers at their posts (above), so that onset says little of risk."
    ),
    "years are heavy-tailed": (
        "Heavy-tailed within the tolerance, but not through the ladder: without a leader who moves, the spread of the theatre's "
        "own ranges and of the parameters gives the same exponent."
    ),
    "an ordered campaign spends itself": (
        "Killing is limited by killers and hardly by victims: exposure_half is 600 people and a prefecture has 30,000 of the "
        "targeted, so a budget stays the same until nearly all are gone (sim/mechanisms/violence.py, `share_out`); those who "
        "flee stay inside and in reach; the ordered crowd grows until week five."
    ),
    "killing leads or moves with flight": (
        "Flight runs ahead: armed people in thousands frighten without killing (menace_weight in sim/mechanisms/feeling.py), so "
        "that the first columns empty a district in a week or two, and those who kill follow. With 12,000 in place of 40,000, "
        "by mistake, nine tenths of runs had killing first or together."
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
    "police save when they come before": (
        "Not decided: some two deaths a run leave an interval from a third to nine tenths. Police do keep men from joining "
        "(without arrest_weight nothing is left), but a riot that kills so few cannot show it."
    ),
    "force raises killing first": (
        "Leaders give up from the day on which the force is announced, and the force is effective on the day it comes: a deed "
        "foreseen is a cost at once (`utilities` in sim/actors/organisation.py). Revenge for attacks is there for irregulars "
        "who fight each other and discounted to .15 for regulars (regular_provokes), so attacked perpetrators hardly turn on "
        "civilians."
    ),
    "and lowers it later": (
        "It does, and by the size asked; but with its reach, fighting, deterrence and hold off a seventh of the effect is left "
        "(soldiers do a fifth of police work in crowds), so that the claim is not shown to be carried by what the ablation names."
    ),
    "an empty threat accelerates": (
        "The closing window multiplies what leaders still want by one plus the believed weight of the force: at a belief of .2 "
        "that is a tenth of a term that the goal's small worth (serves_*) and felt threat have already made small "
        "(`utilities`, closing)."
    ),
    "so does a threat believed but slow": "Right in sign and size; 80 runs leave the interval at the bound.",
    "a credible threat deters": (
        "Leaders meet what they foresee with moves that take weeks (ladder_rate .012 a day between equals), and a force 45 days "
        "off still falls half within the 90 days in which they think that they could finish (campaign_days): half of it "
        "hastens, half deters, and little changes in six weeks."
    ),
    "sanctions bite slowly": (
        "What leaders choose turns on differences of ladder_tau .12, and a tenth of the final bite is already of that size; "
        "announced sanctions also cost before they are imposed (`foreseen` in sim/interventions/families/sanctions.py). The "
        "delay of the bite is there, and leaders react to its beginning."
    ),
    "and move the wavering": (
        "Too strong: severe sanctions add .48 to an expected cost of atrocity of about .6, and cost_mass .9 over ladder_tau .12 "
        "turns that into a rate 30 times lower (`utilities` in sim/actors/organisation.py). The published effect is a third "
        "of it."
    ),
    "but hardly the committed": (
        "The same: cost fades with threat as 1 - T, and committed leaders under threat still feel about half of it, since T "
        "hardly passes .5 in a regime that is not losing a war (`cornered`, threat_by_risk)."
    ),
    "leaders rally at first": (
        "The rally adds .08 to the goal's worth, a tenth of what the foreseen and beginning bite takes from the other side of "
        "the scale (sim/interventions/families/sanctions.py, `apply` and `foreseen`)."
    ),
    "busted sanctions do little": (
        "A fifth of severe sanctions still does half of the whole: the response saturates (see the wavering)."
    ),
    "an arms embargo works through capacity": (
        "Through capacity and too strong: within two months four fifths of the foreign fighters stay away too, and those are "
        "most of what the coalition grows by (`_recruit` in sim/actors/organisation.py: foreign x arms; foreign_rate .03 a day "
        "is a doubling in weeks)."
    ),
    "jamming caps near what radio contributes": (
        "Near it and above: nine months of a full station carry 17 % of the riot, because men who join stand at the foot of a "
        "steep step in hostility (join_bar, join_width). The size is right within a factor of two, not within evidence.md's range."
    ),
    "with spillovers": (
        "Hostility mixes within a place and group only (`mean_hostility` in sim/mechanisms/feeling.py): no word, kin or example "
        "carries speech from one place to the next; what travels is fear of killing, and a riot kills too few."
    ),
    "exposure follows terrain": (
        "Reach of media is that of towns or of the country (media_urban, media_rural; `_settle_places` in sim/engine/populate.py); "
        "terrain hinders protectors alone."
    ),
    "mediation needs a stalemate": (
        "Right in direction and not decided by 200 runs. Sides of five to one grow alike within months, because both recruit "
        "toward what places yield (`_recruit`), so that most of the half year is a stalemate after all."
    ),
    "it hardly works near a perpetrator's goal": (
        "Nearness is control of the capital whatever the goal (`chance` in sim/actors/society.py): for fronts that would expel it "
        "says nothing of how far they have come, and a small garrison's control of a large capital is half."
    ),
    "spoilers spoil": "Right in direction and size; 200 runs leave the interval across the bound.",
    "an election under factionalism raises risk": (
        "The trigger reaches the streets and moves nobody: join_bar keeps a population at peace below the step, and those who do "
        "join kill next to no one (see the riot). Leaders do not read elections at all."
    ),
    "elsewhere it does not": "It does not, but it does not under factionalism either, so that nothing is shown.",
    "nor with power-sharing and policing": "As above: there is no effect of an election that they could take away.",
    "rapid liberalisation under factionalism raises risk": (
        "Autocracy lowers the expected cost of atrocity (`utilities` in sim/actors/organisation.py) and does nothing else: "
        "opening can only restrain. What it frees (parties, speech, contest) has no channel."
    ),
    "a third is completed": (
        "Right in size and not decided by 20 campaigns; what is wrong is what stands beside it: half are still going on after "
        "ten years, and almost none end otherwise. In several of those nearly nobody of the targeted group is at home after two "
        "years: the displaced inside stay in reach and count as goal that is left (`goal_left` in sim/actors/organisation.py)."
    ),
    "a quarter is ousted": (
        "Victims' armies melt away by desertion or are beaten in the first years, and nobody comes to their side from outside; "
        "perpetrators lose people to desertion and not to an enemy (sim/mechanisms/forces.py, `attrition`)."
    ),
    "a third changes strategy": (
        "Governments do step down, some for years, but killing does not stop with them: their militia, crowds and what is left "
        "of rebels go on at a fifth of the worst year, so that no year falls below a twentieth of it. A change of strategy "
        "binds no ally and ends no feud."
    ),
    "neutral peacekeepers end none": (
        "4,000 between the sides hold places and deter everywhere: leaders count outside protectors in the whole theatre "
        "(`field.against`), whatever their mandate, and control follows their weight (`hold` in sim/mechanisms/forces.py)."
    ),
}
