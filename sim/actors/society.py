"""Society and outsiders: self-defence movements, community leaders, media and mediators."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.actors.base import Broker, Institution, Muster, Order, Speak, Truce
from sim.ground.draw import STREAMS, uniform
from sim.ground.parameters import Parameter, declare
from sim.world.levers import Levers
from sim.world.report import FieldReport

Society = declare(
    "Society", __name__,
    Parameter("brokerage_moderates", 0.5, 0.2, 0.8, "share", "in-group policing where moderate leaders are strong", "assumption; Bhavnani 2006, Varshney 2001"),
    Parameter("brokerage_committees", 0.3, 0.1, 0.5, "share", "added by peace committees", "assumption; Blattman, Hartman & Blair 2014 for the direction"),
    Parameter("brokerage_half", 4.0, 1.0, 12.0, "1/10,000", "own deaths in a month at which moderates have lost half their hold", "assumption"),
    Parameter("incitement_reach", 0.6, 0.3, 0.9, "share", "incitement when threat framing and reach are full", "assumption"),
    Parameter("press_answers", 0.4, 0.1, 0.7, "share", "incitement answered where the press is free", "assumption"),
    Parameter("spoiler_weight", 1.0, 0.3, 2.0, "1", "how much armed outsiders to a deal lower its chance", "assumption; Stedman 1997"),
    Parameter("private_information", 0.7, 0.2, 1.2, "1", "largest error, in log units, of what a side believes about the other's strength before they fight or talk", "assumption; Fearon 1995 International Organization 49(3) for the mechanism"),
    Parameter("revealed_by_loss", 0.1, 0.03, 0.3, "share", "fighters lost on both sides at which that error is e times smaller", "assumption; fighting reveals strength: Slantchev 2003"),
    Parameter("revealed_by_talks", 120.0, 60.0, 365.0, "days", "days of mediation in which that error becomes e times smaller", "assumption; mediators carry information: Kydd 2006"),
    Parameter("legitimacy_gain", 0.05, 0.01, 0.1, "1/week", "legitimacy earned where violence is near and people are protected", "assumption"),
    Parameter("legitimacy_loss", 0.1, 0.03, 0.3, "1/week", "legitimacy lost by harm to civilians", "assumption; harm feeds recruitment, accuracy beats volume: Bennett 2008"),
    Parameter("legitimacy_half", 0.05, 0.01, 0.2, "1/10,000", "civilians killed a week at which that loss is half", "assumption"),
    Parameter("election_trigger", 1.0, 0.3, 2.0, "1", "trigger of an election where politics is wholly factional and unstable", "assumption; elections alone show no effect: UCDP country-years, computed"),
    Parameter("shared_power", 0.6, 0.3, 0.9, "share", "how far moderate leaders who share power take the fight out of an election", "assumption; power-sharing holds the peace: Hartzell & Hoddie 2007"),
    Parameter("date_trigger", 0.1, 0.0, 0.3, "1", "the same of a commemoration or a legal deadline", "assumption"),
    Parameter("roe_fights", 0.1, 0.03, 0.3, "share", "readiness of protectors to fight those who harm civilians", "assumption"),
)  # fmt: skip


class Movement(Institution):
    """Self-defence of a constituency: active men organise in cells, with deserters and their arms; cells may become a movement."""

    def __init__(self, model: Any, number: int, name: str, mind: dict[str, Any], par: Any) -> None:
        super().__init__(model, number, f"movement:{name}", mind)
        self.par = par

    def decide(self, report: tuple[Any, Any, Any]) -> list[Order]:
        """`report` = active men of its constituency [place], deserters it may win [place], own strength [place]."""
        men, deserters, own = report
        wanted = self.par.organised_share * men + self.par.deserters_share * deserters
        missing = wanted - own
        ready = np.flatnonzero(((own > 0) & (missing >= 1.0)) | (wanted >= self.par.cell_at_least))
        return [Muster(self.number, int(p), int(missing[p])) for p in ready if missing[p] >= 1.0]


class CommunityLeaders(Institution):
    """Moderate leaders of a community; their hold weakens as their own people are killed."""

    def __init__(
        self,
        model: Any,
        number: int,
        name: str,
        group: int,
        place: int,
        strength: float,
        par: Any,
        mind: dict[str, Any],
    ) -> None:
        super().__init__(model, number, name, mind)
        self.group = group
        self.place = place
        self.strength = strength
        self.par = par

    def decide(self, report: FieldReport) -> list[Order]:
        """One brokerage order."""
        month = float(report.killed_month.max() if self.group < 0 else report.killed_month[self.group])
        hold = self.strength / (1.0 + month / self.par.brokerage_half)
        return [Broker(self.group, self.place, hold)]


class Media(Institution):
    """Radio and press: hardliners frame the others as a threat, louder as threat is felt; a free press answers."""

    def __init__(
        self, model: Any, number: int, name: str, group: int, place: int, loudness: float, mind: dict[str, Any]
    ) -> None:
        super().__init__(model, number, name, mind)
        self.group = group
        self.place = place
        self.loudness = loudness

    def decide(self, report: float) -> list[Order]:
        """`report` = threat that leaders of the own side feel, 0..1."""
        return [Speak(self.group, self.place, self.loudness * report)]


class Mediators(Institution):
    """Whoever brings parties together; a deal needs a stalemate that both perceive, hurt, guarantees, and no spoiler."""

    def __init__(self, model: Any, number: int, mind: dict[str, Any], par: Any, society: Any, own: Any) -> None:
        super().__init__(model, number, "mediators", mind)
        self.par = par
        self.society = society
        self.own = own  # bool [actor]: the theatre's own organisations
        mind.setdefault("killed", {})
        mind.setdefault("talked", {})

    def decide(self, report: tuple[FieldReport, Levers, Any, int]) -> list[Order]:
        """Truces of the week, among actors whose `talks` lever is raised."""
        field, levers, key, days = report
        at_table = [int(a) for a in np.flatnonzero((levers.talks > 0.0) & (field.totals > 0.0))]
        orders: list[Order] = []
        for i, a in enumerate(at_table):
            for b in at_table[i + 1 :]:
                if max(field.hostile[a, b], field.hostile[b, a]) <= 0.0:
                    continue
                self.mind["talked"][f"{a} {b}"] = self.mind["talked"].get(f"{a} {b}", 0) + days
                chance = self.chance(field, levers, key, a, b) * days / 7.0
                if uniform(key, a * len(field.totals) + b, field.day, STREAMS["mediation"], 0) < chance:
                    orders.append(Truce(a, b, 0.5 + 0.5 * min(float(levers.guarantee[[a, b]].min()), 1.0)))
        for a in at_table:
            self.mind["killed"][str(a)] = int(field.killed[a])
        return orders

    def stalemate(self, field: FieldReport, key: Any, a: int, b: int, opened: float = 0.0) -> float:
        """How far both sides believe, 0..1, that neither would win; each knows itself and misjudges the other.

        The error is drawn once for each side and run; fighting and mediation wear it down, and so does what both lay
        open to each other (`opened`, 0..1).
        """
        society, number = self.society, len(field.totals)
        fought = float(field.killed[a] + field.killed[b]) / (float(field.totals[a] + field.totals[b]) + 1.0)
        talked = self.mind["talked"].get(f"{min(a, b)} {max(a, b)}", 0)
        hidden = math.exp(-fought / society.revealed_by_loss - talked / society.revealed_by_talks)
        believed = []
        for me, other in ((a, b), (b, a)):
            error = 2.0 * uniform(key, me * number + other, 0, STREAMS["information"], 0) - 1.0
            mine = float(field.weight[me])
            theirs = float(field.weight[other]) * math.exp(society.private_information * hidden * (1.0 - opened) * error)
            believed.append(1.0 - abs(mine - theirs) / (mine + theirs + 1.0))
        return min(believed)

    def chance(self, field: FieldReport, levers: Levers, key: Any, a: int, b: int) -> float:
        """Weekly chance of a deal between two actors."""
        one, two = float(field.weight[a]), float(field.weight[b])
        opened = min(float(levers.reassurance[[a, b]].min()), 1.0)
        closeness = self.stalemate(field, key, a, b, opened)
        undecided = 1.0 - float(max(field.control[field.capital, a], field.control[field.capital, b])) ** 2
        lost = sum(int(field.killed[x]) - self.mind["killed"].get(str(x), int(field.killed[x])) for x in (a, b))
        hurt = 0.3 + 0.7 * (1.0 - math.exp(-20.0 * lost / (float(field.totals[a] + field.totals[b]) + 1.0)))
        feud = np.maximum(field.hostile[[a, b]].max(axis=0), field.hostile[:, [a, b]].max(axis=1))
        outside = (levers.talks <= 0.0) & self.own & (feud > 0.5)
        spoilers = float(field.weight[outside].sum()) / (one + two + 1.0)
        effort = min(float(levers.talks[[a, b]].min()), 1.0)
        guarantee = 0.5 + 0.5 * min(float(levers.guarantee[[a, b]].min()), 1.0)
        calm = closeness * undecided * hurt * guarantee / (1.0 + self.society.spoiler_weight * spoilers)
        return float(self.par.deal_rate * effort * calm)
