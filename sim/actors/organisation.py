"""Armed organisations: leaders on a ladder of violence, moved by persistent threat (not by repeated free choice).

rate(a to b) = r0 exp((U_b - U_a) / tau), one rung at a time, two when the threat to survival is high, so that the
interval between two meetings of the leadership does not change how often violence begins. Perpetrators react; nothing
here looks for a best way to do harm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.actors.base import Climb, Covet, Institution, Order, Recruit, Seize, Shock, Split
from sim.ground.draw import STREAMS, uniform
from sim.ground.parameters import Parameter, declare
from sim.scenario.theatre import Actor, Theatre
from sim.world.levers import HORIZONS, Levers
from sim.world.report import FieldReport
from sim.world.world import EXTERMINATE, MASS, REPRESS, RESTRAIN

Leaders = declare(
    "Leaders", __name__,
    Parameter("ladder_rate", 0.012, 0.004, 0.03, "1/day", "moves on the ladder between equal options", "assumption"),
    Parameter("ladder_tau", 0.06, 0.03, 0.12, "1", "how much better an option must be for leaders to move to it e times as fast", "assumption; with the ladder's costs of the order that gives UCDP's base rates of onset, 1.3 % a year without and 13.5 % with a war"),
    Parameter("threat_days", 180.0, 120.0, 240.0, "days", "return of felt threat to its ordinary level", "assumption"),
    Parameter("threat_by_loss", 0.8, 0.3, 1.5, "1", "threat from fighters lost, per share of all", "assumption"),
    Parameter("threat_by_enemy", 0.004, 0.001, 0.01, "1/day", "threat from enemies who outweigh the own side", "assumption"),
    Parameter("threat_by_victims", 0.006, 0.002, 0.015, "1/day", "threat from killings in the constituency", "assumption"),
    Parameter("victims_half", 3.0, 1.0, 10.0, "1/10,000", "such deaths in a month at which that is half", "assumption"),
    Parameter("threat_by_date", 0.02, 0.0, 0.05, "1/day", "threat from an election or another trigger, while it is fresh and as far as politics is factional", "assumption; elections interact with factionalism: Hegre & Nygard 2015, Goldstone et al. 2010"),
    Parameter("shock_rate", 1.5, 0.5, 3.0, "1/year", "triggering events a year in a fully unstable country", "assumption; Powell & Thyne 2011 coup attempts for the order"),
    Parameter("shock_size", 0.25, 0.1, 0.4, "share", "mean threat that such an event adds", "assumption"),
    Parameter("spoils_weight", 0.35, 0.15, 0.6, "1", "worth of looting to those who live by it", "assumption"),
    Parameter("ideology_weight", 0.5, 0.2, 0.9, "1", "worth of exclusion to those who preach it", "assumption"),
    Parameter("restraint_cost", 1.0, 0.7, 1.4, "1", "expected cost of atrocity in ordinary times", "assumption; see ladder_tau"),
    Parameter("pressure_weight", 0.07, 0.02, 0.15, "1", "what outsiders' full rewards and penalties are worth to leaders, who expect such a cost in ordinary times", "assumption; derived: a fifth of targeted sanctions work at all, Biersteker, Eckert & Tourinho 2016"),
    Parameter("cornered", 1.0, 0.5, 2.0, "1", "how fast cost fades with threat: (1 - T)^k", "assumption; Stedman 1997, Valentino 2004"),
    Parameter("impunity", 0.5, 0.2, 0.8, "share", "cost taken off where past atrocities went unpunished", "assumption; Harff 2003 on prior atrocity"),
    Parameter("deterrence_weight", 0.8, 0.3, 1.5, "1", "cost of a certain defeat if violence goes on", "assumption"),
    Parameter("campaign_days", 90.0, 30.0, 240.0, "days", "time in which leaders think that they could have all they want", "assumption; about 100 days in Rwanda 1994, weeks at Srebrenica 1995"),
    Parameter("recruit_rate", 0.01, 0.003, 0.03, "1/day", "growth toward the people that held places yield", "assumption"),
    Parameter("recruit_ceiling", 4.0, 1.5, 8.0, "1/1,000", "fighters that 1,000 people under control yield", "assumption"),
    Parameter("hardship_recruits", 0.8, 0.2, 1.5, "1", "how much lost livelihoods raise what places yield, around half lost", "assumption; Humphreys & Weinstein 2008 on poverty and joining"),
    Parameter("victims_recruit", 0.5, 0.0, 1.5, "1", "how much killings in the constituency raise what places yield", "assumption; harm feeds recruitment: Kocher, Pepinsky & Kalyvas 2011; against it Lyall 2009"),
    Parameter("foreign_rate", 0.03, 0.0, 0.06, "1/day", "growth by foreign fighters where neighbours are at war", "assumption"),
    Parameter("foreign_pool", 6000.0, 3000.0, 12000.0, "people", "fighters that foreign networks and adventurers can bring to a campaign for power", "assumption"),
    Parameter("garrison_need", 2.0, 1.0, 4.0, "1/1,000", "own fighters per 1,000 people at which leaders feel half safe in a place they rule", "assumption"),
    Parameter("shun_protectors", 0.5, 0.2, 1.0, "1", "how much places full of outside protectors put off those who prey or kill, against the worth of the best place", "assumption; violence moves out of the protected place: Bunia 2003"),
    Parameter("split_rate", 0.6, 0.1, 1.5, "1/year", "splits a year of an organisation without cohesion or pay", "assumption"),
    Parameter("power_kept", 0.15, 0.05, 0.3, "share", "control of the capital below which those who took power have lost it", "assumption; Bangui, December 2013 to January 2014"),
    Parameter("collapse_share", 0.8, 0.5, 0.95, "share", "state forces that fall apart when the capital is lost", "assumption; Bangui 2013, Kinshasa 1997"),
    Parameter("organised_share", 0.06, 0.02, 0.15, "share", "active men who join an organised cell", "assumption"),
    Parameter("deserters_share", 0.3, 0.1, 0.6, "share", "deserters nearby who join them with their arms", "assumption"),
    Parameter("deserters_days", 120.0, 60.0, 240.0, "days", "time after which deserters and their arms are gone", "assumption"),
    Parameter("arms_wear", 0.002, 0.0005, 0.005, "1/day", "arms worn out a day when none come in", "assumption"),
    Parameter("guarantee_holds", 0.8, 0.5, 0.95, "share", "decay of a deal that a full guarantee prevents", "assumption; Walter 2002 on guarantors"),
    Parameter("cell_at_least", 40.0, 20.0, 100.0, "people", "smallest organised cell", "assumption"),
    Parameter("movement_at_least", 300.0, 100.0, 600.0, "people", "cells together that become an organisation with leaders", "assumption"),
    Parameter("animosity_rate", 0.06, 0.02, 0.15, "1/week", "animosity learnt from victims toward the killers' people", "assumption; Fjelde & Hultman 2014, Balcells 2017"),
    Parameter("animosity_half", 0.4, 0.1, 1.5, "1/10,000", "weekly deaths of the own group at which that is half", "assumption"),
    Parameter("target_from", 0.35, 0.25, 0.5, "share", "animosity above which an organisation targets the other group", "assumption"),
    Parameter("deal_rate", 0.03, 0.01, 0.06, "1/week", "chance of a deal under mediation in a perceived stalemate", "assumption; hardly predictable: Clayton & Gleditsch 2014"),
    Parameter("deal_days", 180.0, 90.0, 360.0, "days", "time in which a deal without guarantor decays", "assumption"),
    Parameter("lesson_days", 60.0, 20.0, 180.0, "days", "time in which leaders learn from whom outsiders reward, and forget it", "assumption; moral hazard of intervention: Kuperman 2008"),
    Parameter("witness_weight", 0.2, 0.05, 0.5, "1", "how much the expected cost falls where all outside witnesses leave, or rises where they come", "assumption; small, since observers alone protect no one (Hultman, Kathman & Shannon 2013); foreigners left before the killing spread: Kigali 1994"),
    Parameter("predation_pay", 0.02, 0.005, 0.05, "1/day", "how fast looting fills the purse and its lack empties it", "assumption"),
)  # fmt: skip

# what each rung above restraint is worth by motive, and costs; how far violence against civilians serves a goal. The
# order is what the literature supports (violence is a means, and rarely the best one: Valentino 2004), sizes are judgement
Ladder = declare(
    "Ladder", __name__,
    Parameter("spoils_permit", 0.6, 0.3, 0.9, "1", "what looting gains from letting prey", "assumption"),
    Parameter("spoils_repress", 0.8, 0.5, 1.1, "1", "what looting gains from selective repression", "assumption"),
    Parameter("spoils_mass", 0.8, 0.5, 1.1, "1", "what looting gains from mass violence", "assumption"),
    Parameter("spoils_exterminate", 0.4, 0.1, 0.7, "1", "what looting gains from extermination", "assumption"),
    Parameter("goal_permit", 0.1, 0.0, 0.2, "1", "what the goal gains from letting prey", "assumption"),
    Parameter("goal_repress", 0.4, 0.2, 0.6, "1", "what the goal gains from selective repression", "assumption"),
    Parameter("goal_mass", 0.7, 0.4, 1.0, "1", "what the goal gains from mass violence", "assumption"),
    Parameter("goal_exterminate", 0.7, 0.4, 1.0, "1", "what the goal gains from extermination", "assumption"),
    Parameter("ideology_permit", 0.05, 0.0, 0.1, "1", "what ideology gains from letting prey", "assumption"),
    Parameter("ideology_repress", 0.2, 0.1, 0.3, "1", "what ideology gains from selective repression", "assumption"),
    Parameter("ideology_mass", 0.6, 0.4, 0.8, "1", "what ideology gains from mass violence", "assumption"),
    Parameter("ideology_exterminate", 1.0, 0.7, 1.3, "1", "what ideology gains from extermination", "assumption"),
    Parameter("cost_permit", 0.3, 0.15, 0.45, "1", "cost of letting prey", "assumption; see ladder_tau"),
    Parameter("cost_repress", 0.75, 0.5, 1.0, "1", "cost of selective repression", "assumption; see ladder_tau"),
    Parameter("cost_mass", 1.2, 0.9, 1.5, "1", "cost of mass violence", "assumption; see ladder_tau"),
    Parameter("cost_exterminate", 1.7, 1.3, 2.1, "1", "cost of extermination", "assumption; see ladder_tau"),
    Parameter("serves_expel", 1.0, 0.7, 1.0, "share", "how far violence against civilians serves the goal expel", "assumption; Valentino 2004"),
    Parameter("serves_defend", 0.5, 0.25, 0.75, "share", "how far violence against civilians serves the goal defend", "assumption; Valentino 2004"),
    Parameter("serves_rule", 0.4, 0.2, 0.6, "share", "how far violence against civilians serves the goal rule", "assumption; Valentino 2004"),
    Parameter("serves_seize_power", 0.3, 0.15, 0.5, "share", "how far violence against civilians serves the goal seize power", "assumption; Valentino 2004"),
    Parameter("serves_survive", 0.2, 0.05, 0.4, "share", "how far violence against civilians serves the goal survive", "assumption; Valentino 2004"),
    Parameter("serves_loot", 0.1, 0.0, 0.25, "share", "how far violence against civilians serves the goal loot", "assumption; Valentino 2004"),
)  # fmt: skip
# what leaders weigh, and what places are worth to them by goal: all judgement, sampled so that results carry its width
Weights = declare(
    "Weights", __name__,
    Parameter("cost_legitimacy", 0.4, 0.2, 0.6, "share", "part of the ordinary cost of atrocity that only legitimate leaders have", "assumption"),
    Parameter("cost_autocracy", 0.3, 0.0, 0.6, "share", "part of that cost which a full autocracy takes off", "assumption"),
    Parameter("creed_climate", 0.7, 0.4, 0.9, "share", "part of the worth of exclusion that needs an exclusionary climate", "assumption"),
    Parameter("spoils_unpaid", 0.7, 0.4, 0.9, "share", "part of the worth of looting that full pay takes off", "assumption"),
    Parameter("rule_left", 0.2, 0.0, 0.4, "share", "what is always left to do for those who rule", "assumption"),
    Parameter("other_left", 0.3, 0.1, 0.6, "share", "what is always left to do for those who loot or survive", "assumption"),
    Parameter("power_spoils", 0.25, 0.1, 0.4, "1", "worth of a place's riches on the way to the capital, whose worth is 1", "assumption"),
    Parameter("power_ground", 0.1, 0.0, 0.3, "1", "worth of ground not yet held on that way", "assumption"),
    Parameter("rule_ground", 0.3, 0.1, 0.5, "1", "worth of any place to those who rule", "assumption"),
    Parameter("rule_spoils", 0.4, 0.2, 0.6, "1", "worth of its riches", "assumption"),
    Parameter("rule_contested", 0.3, 0.1, 0.5, "1", "worth of a place where enemies are", "assumption"),
    Parameter("rule_garrisoned", 0.9, 0.6, 1.2, "1", "worth taken off where a garrison stands", "assumption"),
    Parameter("rule_capital", 0.3, 0.1, 0.5, "1", "worth of the capital above that", "assumption"),
    Parameter("kin_wanted", 0.6, 0.3, 0.9, "1", "worth of a place where one's own live and the enemy, or those to be expelled, are", "assumption"),
    Parameter("kin_home", 0.2, 0.1, 0.4, "1", "worth of a place where one's own live", "assumption"),
    Parameter("kin_held", 0.2, 0.1, 0.4, "1", "worth taken off where own fighters are", "assumption"),
    Parameter("loot_spoils", 0.5, 0.3, 0.8, "1", "worth of riches to those who loot or survive", "assumption"),
    Parameter("loot_held", 0.3, 0.1, 0.5, "1", "worth taken off where own fighters are", "assumption"),
    Parameter("enemy_half", 200.0, 50.0, 600.0, "people", "enemy weight at which a place is half contested", "assumption"),
    Parameter("held_half", 100.0, 30.0, 300.0, "people", "fighters at which a place is half held", "assumption"),
    Parameter("aimed_share", 0.05, 0.02, 0.15, "share", "share of all those to be expelled at which a place is half worth it", "assumption; those who gather draw those who would expel them: Kibuye 1994, Srebrenica 1995"),
    Parameter("kin_half", 5000.0, 1500.0, 15000.0, "people", "own people at which a contested place is half worth it", "assumption"),
    Parameter("kin_home_half", 20000.0, 6000.0, 60000.0, "people", "own people at which a place is half home", "assumption"),
)  # fmt: skip
MOTIVES = ("goal", "ideology", "spoils", "cost")
ABOVE_RESTRAINT = ("permit", "repress", "mass", "exterminate")
TWO_RUNGS_ABOVE = 0.8


@dataclass(frozen=True)
class Climate:
    """The risk factors that reach a leader, 0..1."""

    instability: float
    ideology: float
    impunity: float
    autocracy: float
    neighbour_war: float
    ordinary_threat: float
    by_instability: float  # the part of it that instability makes


def ordinary_threat(theatre: Theatre, parameters: dict[str, Any]) -> float:
    """Existential threat, 0..1, that leaders feel without news: what instability, war and the moment make of it."""
    risk, ground = {name: factor.value for name, factor in theatre.risk.items()}, parameters["Ground"]
    raised = risk["regime_instability"] + risk["armed_conflict"] + 0.5 * risk["vulnerability_moment"]
    contest = risk["exclusionary_ideology"] * risk["regime_instability"] * (1.0 - risk["regime_autocracy"])
    return float(min(ground.threat_start + ground.threat_by_risk * raised + ground.threat_by_contest * contest, 1.0))


def threat_after(par: Any, threat: float, ordinary: float, pressed: float, days: float) -> float:
    """Threat after `days`: back toward the ordinary level, and up by what pressed on the leaders meanwhile."""
    threat += (1.0 - math.exp(-days / par.threat_days)) * (ordinary - threat)
    return threat + (1.0 - threat) * (1.0 - math.exp(-pressed))


class ArmedLeadership(Institution):
    """Leaders of one armed organisation of the theatre. Meets weekly; sees what its people see."""

    def __init__(
        self,
        model: Any,
        number: int,
        profile: Actor,
        mind: dict[str, Any],
        par: Any,
        ladder: Any,
        weights: Any,
        climate: Climate,
        splinters: tuple[int, ...],
        states: tuple[int, ...],
    ) -> None:
        super().__init__(model, number, profile.name, mind)
        self.profile = profile
        self.par = par
        self.ladder = ladder
        self.weights = weights
        self.worth = [
            (0.0, *(float(getattr(ladder, f"{motive}_{rung}")) for rung in ABOVE_RESTRAINT)) for motive in MOTIVES
        ]
        self.climate = climate
        self.splinters = splinters
        self.states = states
        mind.setdefault("threat", climate.ordinary_threat)
        mind.setdefault("goal", profile.goal)
        mind.setdefault("killed", 0)
        mind.setdefault("strength", -1.0)

    def decide(self, report: tuple[FieldReport, Levers, Any, int]) -> list[Order]:
        """`report` = field report, levers in force, run key, days since the last meeting."""
        field, levers, key, days = report
        strength = float(field.totals[self.number])
        if strength < 1.0:
            self.mind["strength"] = 0.0
            return []
        orders: list[Order] = []
        self._feel_threat(field, levers, key, days, orders)
        self._take_power(field, orders)
        self._watch_rewards(field, levers, days)
        self._climb(field, levers, key, days, orders)
        orders.append(Covet(self.number, self._prizes(field)))
        self._recruit(field, levers, key, days, orders)
        self._split(field, levers, key, days, orders)
        self.mind["strength"] = strength
        self.mind["killed"] = int(field.killed[self.number])
        return orders

    def _feel_threat(self, field: FieldReport, levers: Levers, key: Any, days: int, orders: list[Order]) -> None:
        par, me, mind = self.par, self.number, self.mind
        before = max(mind["strength"], 1.0)
        lost = (float(field.killed[me]) - mind["killed"]) / before
        own = float(field.weight[me])
        enemy = float(field.weight @ field.feud[me])
        outweighed = max(enemy / (enemy + own + 1.0) - 0.5, 0.0) * (1.0 - min(float(levers.reassurance[me]), 1.0))
        month = float(field.month[me])
        pressed = par.threat_by_loss * lost + days * par.threat_by_enemy * outweighed
        pressed += days * par.threat_by_victims * month / (month + par.victims_half)
        pressed += days * par.threat_by_date * field.trigger
        unstable = float(levers.instability[me])
        ordinary = min(max(self.climate.ordinary_threat + self.climate.by_instability * (unstable - 1.0), 0.0), 1.0)
        threat = threat_after(par, mind["threat"], ordinary, pressed, days)
        chance = 1.0 - math.exp(-par.shock_rate * self.climate.instability * unstable * days / 365.0)
        if self.profile.kind in ("state", "rebel") and uniform(key, me, field.day, STREAMS["shock"], 0) < chance:
            size = 2.0 * par.shock_size * uniform(key, me, field.day, STREAMS["shock"], 1)
            threat += size * (1.0 - threat)
            orders.append(Shock(field.capital, size))
        mind["threat"] = min(max(threat, 0.0), 1.0)

    def _take_power(self, field: FieldReport, orders: list[Order]) -> None:
        """Rebels who hold the capital rule; those who lose it again have only to survive, where their own people live."""
        mind, me = self.mind, self.number
        held = float(field.control[field.capital, me])
        mind["power"] = max(mind.get("power", 0.0), held)
        taken_and_lost = mind["power"] >= 0.5 and held < self.par.power_kept
        if mind["goal"] == "rule" and self.profile.goal == "seize_power" and taken_and_lost:
            mind["goal"] = "survive"
        if mind["goal"] != "seize_power" or held < 0.5:
            return
        defenders = sum(float(field.strength[field.capital, state]) for state in self.states)
        if defenders < 0.1 * float(field.strength[field.capital, me]):
            mind["goal"] = "rule"
            orders.append(Seize(me, self.states, self.par.collapse_share))

    def _watch_rewards(self, field: FieldReport, levers: Levers, days: int) -> None:
        """Leaders compare what outsiders hand to those who harm and to those who do not: whichever gets more has paid."""
        if not levers.reward.any() and "lesson" not in self.mind:
            return
        there = (field.totals > 0.0) & ~field.outsider
        harm = rung_of_harm(field.intent) * there
        restraint = there - harm
        taught, before = 0.0, self.mind.get("lesson", 0.0)
        if harm.sum() > 0.0 and restraint.sum() > 0.0:  # else there is nothing to compare
            taught = float(levers.reward @ harm / harm.sum() - levers.reward @ restraint / restraint.sum())
        self.mind["lesson"] = before + (1.0 - math.exp(-days / self.par.lesson_days)) * (taught - before)

    def _climb(self, field: FieldReport, levers: Levers, key: Any, days: int, orders: list[Order]) -> None:
        par, me = self.par, self.number
        utility = self.utilities(field, levers)
        rung = int(field.intent[me])
        reach = 2 if self.mind["threat"] > TWO_RUNGS_ABOVE else 1
        best, soonest = rung, float(days)
        for other in range(max(rung - reach, RESTRAIN), min(rung + reach, EXTERMINATE) + 1):
            if other == rung:
                continue
            rate = par.ladder_rate * math.exp(min((utility[other] - utility[rung]) / par.ladder_tau, 8.0))
            wait = -math.log(1.0 - uniform(key, me, field.day, STREAMS["leader"], other)) / rate
            if wait < soonest:
                best, soonest = other, wait
        if best != rung:
            orders.append(Climb(me, best))

    def utilities(self, field: FieldReport, levers: Levers) -> list[float]:
        """Worth of each rung: what is left to gain x threat + ideology + spoils - (1 - T)^k x expected cost."""
        par, by, me, profile = self.par, self.weights, self.number, self.profile
        threat = self.mind["threat"]
        left = self.goal_left(field)
        present = self.faced(field)
        # forces announced and not yet there: how much of what they want could be had before these arrive? The rest would
        # be caught; what could be had must be had now, for the window closes
        before = np.minimum(HORIZONS / (par.campaign_days * left + 1.0), 1.0)
        closing = max(float(levers.deterrence[me] @ before) - present, 0.0)
        caught = float(levers.deterrence[me] @ (1.0 - before))
        serves = getattr(self.ladder, f"serves_{self.mind['goal']}", 0.0)  # protecting and observing are served by none
        rewards = self.mind.get("lesson", 0.0) - float(levers.elite_gain[me])
        goal = serves * left * threat * (1.0 + closing) + par.pressure_weight * rewards
        creed = 1.0 - by.creed_climate * (1.0 - self.climate.ideology)
        ideology = par.ideology_weight * profile.exclusion * float(levers.exclusion[me]) * creed * threat
        looting = profile.spoils * float(levers.loot[me])
        spoils = par.spoils_weight * looting * (1.0 - by.spoils_unpaid * float(field.pay[me]))
        expected = (
            par.restraint_cost
            * (1.0 - by.cost_legitimacy * (1.0 - profile.legitimacy))
            * (1.0 - by.cost_autocracy * self.climate.autocracy)
            + par.pressure_weight * float(levers.elite_cost[me] + levers.accountability[me])
            + par.deterrence_weight * max(caught, present)
        )
        expected *= max(1.0 + par.witness_weight * self._seen_by_witnesses(field, levers), 0.0)
        impunity = par.impunity * self.climate.impunity * float(levers.impunity[me])
        cost = max(1.0 - threat, 0.05) ** par.cornered * (1.0 - impunity) * expected
        by_goal, by_ideology, by_spoils, by_cost = self.worth
        return [
            by_goal[r] * goal + by_ideology[r] * ideology + by_spoils[r] * spoils - by_cost[r] * cost
            for r in range(EXTERMINATE + 1)
        ]

    def _seen_by_witnesses(self, field: FieldReport, levers: Levers) -> float:
        """Outside witnesses who came (or, negative, left) where the organisation holds ground, -1..1."""
        if not levers.witnesses.any():
            return 0.0
        held = field.control[:, self.number]
        return float(min(max((levers.witnesses @ held) / (held.sum() + 1e-9), -1.0), 1.0))

    def faced(self, field: FieldReport) -> float:
        """Share of the own fighters who stand under the eyes of outsiders able to stop them, 0..1."""
        own = field.strength[:, self.number]
        return float((own * field.guards / (field.guards + own + 1.0)).sum() / (own.sum() + 1.0))

    def goal_left(self, field: FieldReport) -> float:
        """How much of what the leaders want is still to be had, 0..1."""
        me, goal = self.number, self.mind["goal"]
        if goal == "seize_power":
            return 1.0 - float(field.control[field.capital, me])
        if goal == "rule":
            contested = field.enemies[:, me] > 0.0
            return float((field.control[:, me] * contested).sum() / (field.held[me] + 1.0) + self.weights.rule_left)
        if goal == "expel":
            aimed = field.target[me] > 0.5
            near = field.control[:, me] > 0.1
            at_first = float(field.started[near][:, aimed].sum())
            return min(float(field.present[near][:, aimed].sum()) / (at_first + 1.0), 1.0)
        if goal == "defend":
            month = float(field.month[me])
            return float(month / (month + self.par.victims_half))
        return float(self.weights.other_left)

    def _prizes(self, field: FieldReport) -> Any:
        """How much the leaders want each place; those who let prey or kill go around outside protectors."""
        covered = field.guards / (field.guards + field.strength[:, self.number] + self.weights.held_half)
        shunned = self.par.shun_protectors * covered * (field.intent[self.number] > RESTRAIN)
        return np.where(field.inside, self._wishes(field) - shunned, 0.0)

    def _wishes(self, field: FieldReport) -> Any:
        """What each place is worth for the goal; own strength there lowers it, so that they spread."""
        me, goal, by = self.number, self.mind["goal"], self.weights
        if goal == "seize_power":
            prize = by.power_spoils * field.worth + by.power_ground * (1.0 - field.control[:, me])
            prize[field.capital] = 1.0
            return prize
        if goal == "rule":
            enemy = field.enemies[:, me] / (field.enemies[:, me] + by.enemy_half)
            need = self.par.garrison_need * field.people / 1000.0 + 1.0
            held = field.strength[:, me] / (field.strength[:, me] + need)
            prize = by.rule_ground + by.rule_spoils * field.worth + by.rule_contested * enemy - by.rule_garrisoned * held
            prize[field.capital] += by.rule_capital
            return prize
        own = field.strength[:, me] / (field.strength[:, me] + by.held_half)
        if goal in ("expel", "defend"):
            home = (field.present * field.constituency[me]).sum(axis=1)
            wanted = field.enemies[:, me] / (field.enemies[:, me] + by.enemy_half)
            if goal == "expel":
                aimed = (field.present * field.target[me]).sum(axis=1)
                wanted = aimed / (aimed + by.aimed_share * aimed.sum() + 1.0)
            prize = by.kin_wanted * wanted * home / (home + by.kin_half) - by.kin_held * own
            prize += by.kin_home * home / (home + by.kin_home_half)
        else:
            prize = by.loot_spoils * field.worth - by.loot_held * own
            if goal == "survive":
                home = (field.present * field.constituency[me]).sum(axis=1)
                prize += by.kin_home * home / (home + by.kin_home_half)
        return prize

    def _recruit(self, field: FieldReport, levers: Levers, key: Any, days: int, orders: list[Order]) -> None:
        par, me, profile = self.par, self.number, self.profile
        if profile.outsider:
            return
        own = float(field.totals[me])
        yielded = par.recruit_ceiling * float(field.share_held[me]) * float(field.people.sum()) / 1000.0
        yielded *= 1.0 + par.hardship_recruits * (float(field.need[me]) - 0.5)
        month = float(field.month[me])
        yielded *= 1.0 + par.victims_recruit * month / (month + par.victims_half)
        yielded *= float(levers.pool[me])
        wanted = max(yielded * (0.3 + 0.7 * float(field.pay[me])) - own, 0.0) * par.recruit_rate * days
        if profile.patrons and self.mind["goal"] == "seize_power":
            room = max(1.0 - own / par.foreign_pool, 0.0)
            foreign = own * room * par.foreign_rate * self.climate.neighbour_war * days * (0.3 + 0.7 * profile.spoils)
            wanted += foreign * float(levers.arms[me])  # with the arms, those who bring them are kept out
        gained = int(wanted + uniform(key, me, field.day, STREAMS["recruit"], 0))
        if gained > 0:
            orders.append(Recruit(me, gained))
        offered = float(levers.release[me])
        if offered > 0.0:  # who feels threatened keeps the gun
            leave = own * (1.0 - math.exp(-offered * days / 365.0)) * (1.0 - self.mind["threat"])
            orders.append(Recruit(me, -int(leave + uniform(key, me, field.day, STREAMS["recruit"], 1))))

    def _split(self, field: FieldReport, levers: Levers, key: Any, days: int, orders: list[Order]) -> None:
        par, me = self.par, self.number
        free = [s for s in self.splinters if field.totals[s] < 1.0]
        if not free or self.mind["goal"] == "seize_power":
            return
        cohesion = min(self.profile.cohesion * float(levers.cohesion[me]), 1.0)
        strain = (1.0 - cohesion) * (1.0 - float(field.pay[me]))
        chance = 1.0 - math.exp(-par.split_rate * strain * days / 365.0)
        if uniform(key, me, field.day, STREAMS["split"], 0) < chance:
            orders.append(Split(me, free[0]))


def rung_of_harm(intent: Any) -> Any:
    """How far a rung is one that protectors act against: 0 below repression, 1 from mass violence on."""
    return np.minimum(np.maximum((np.asarray(intent) - (REPRESS - 1)) / (MASS - (REPRESS - 1)), 0.0), 1.0)
