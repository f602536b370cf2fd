"""Why the model fails a claim, written after it was measured: which mechanism, and where. Figures stand in results.json.

A name here is a claim that is expected to fail; a claim that fails and has no diagnosis fails a test, and so does one that
has a diagnosis and holds.
"""

from __future__ import annotations

DIAGNOSES: dict[str, str] = {
    "most at-risk years stay quiet": (
        "Killing by garrisons in places that they hold was cut (held_quiet) and most years still have 25 deaths: "
        "leaders drift to rungs 1 and 2 by ladder_rate, since restraint and letting prey differ by a fraction of "
        "ladder_tau, and where control is not complete both rungs kill (sim/actors/organisation.py, `utilities`; "
        "sim/mechanisms/violence.py, `budgets`)."
    ),
    "a quiet world stays quiet": (
        "As above: without any risk factor leaders still climb to rungs 1 and 2, and both kill where control is not "
        "complete."
    ),
    "risk ranks theatres": (
        "Half of all years have their 25 deaths from armed people at rungs 1 and 2 (above), so that onset says little "
        "of risk."
    ),
    "years are heavy-tailed": (
        "Heavy-tailed within the tolerance, but not through the ladder: without a leader who moves, the spread of the theatre's "
        "own ranges and of the parameters gives the same exponent."
    ),
    "an ordered campaign spends itself": (
        "Killing falls off as those aimed at get fewer (exposure_share), but the displaced inside stay in reach and "
        "the ordered crowd grows until week five. Not looked into further since exposure was mended."
    ),
    "killing leads or moves with flight": (
        "Flight runs ahead: armed people in thousands frighten without killing (menace_weight in sim/mechanisms/feeling.py), so "
        "that the first columns empty a district in a week or two, and those who kill follow. With 12,000 in place of 40,000, "
        "by mistake, nine tenths of runs had killing first or together."
    ),
    "a riot with open exits: hundreds flee": (
        "A riot kills three people in 40 days and a hundred flee for each: flight by local deaths needs 5 in 10,000 "
        "at once (sim/mechanisms/feeling.py, `drives`), and rumour and crowds in the street frighten nobody."
    ),
    "the state denies access": (
        "Consent is asked for by forces that state it (sim/engine/deploy.py), and the figure is the same with and without: the "
        "force of this claim is not hindered. Not looked into since forces were built anew."
    ),
    "and violence moves around it": (
        "Fewer are killed in the town and about as many around it: the share moves, the number does not (interval "
        "from -0.5 to 0.2). Those who go around (`_prizes`) meet fewer people than there were in the town."
    ),
    "an unguarded safe area raises losses": (
        "Those gathered are found more easily only as their share of the people around grows (`share_out` in "
        "sim/mechanisms/violence.py), and no leader is drawn by a gathering: what a place is worth saturates at "
        "aimed_half."
    ),
    "perpetrators learn where it is": (
        "What a place is worth to those who would expel saturates at 2,000 of the targeted people and at what they hold of it "
        "themselves (`_wishes` in sim/actors/organisation.py): 100,000 gathered draw no more than a village."
    ),
    "accuracy beats volume": (
        "Neither acceptance nor numbers change much now that troops deter where they stand: protection by reach is "
        "small (`protect` in sim/mechanisms/violence.py); harm by the force itself is not modelled."
    ),
    "harm feeds recruitment": (
        "Killings raise what places yield (victims_recruit), but growth toward that yield is slow (recruit_rate), and "
        "self-defence cells, which feed on deaths, stay small beside it."
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
        "Most campaigns of the family end because nearly nobody of the targeted group is left in reach, since those "
        "aimed at get harder to find as they get fewer; nothing else ends one (below)."
    ),
    "a quarter is ousted": (
        "Victims' armies melt away by desertion or are beaten in the first years, and nobody comes to their side from outside; "
        "perpetrators lose people to desertion and not to an enemy (sim/mechanisms/forces.py, `attrition`)."
    ),
    "a third changes strategy": (
        "Governments do step down, but their militia, crowds and what is left of rebels go on: a change of strategy "
        "binds no ally and ends no feud, and completion comes first in these runs."
    ),
    "neutral peacekeepers end none": (
        "Right in size (one in fifteen) and not decided by these runs: the interval crosses the bound."
    ),
    "troops block units": (
        "What troops do by reach alone is small: protection is 1 - exp(-patrols x reach / (need x threat)) with a "
        "need of 20 per 1,000 that attackers raise (sim/mechanisms/violence.py, `protect`), and they fight at a tenth "
        "of full readiness (roe_fights). The claim held while leaders everywhere were deterred by troops anywhere, "
        "which was wrong."
    ),
    "the protected town is spared": (
        "As troops block units: without deterrence of the whole theatre their reach spares a quarter of the town's "
        "dead, and not four tenths."
    ),
    "unless the force controls the area": (
        "Right in size (0.60 of the deaths) and not decided by these runs: the interval crosses the bound, which is "
        "0.6 itself."
    ),
    "a guarded one lowers them": (
        "It does, by a tenth: what guards do by reach alone is small (see: troops block units), and the claim held "
        "while leaders everywhere were deterred by guards anywhere, which was wrong."
    ),
}
