"""The bodies of a decision process: each reads the papers on its desk and passes them on, sends them back, or lets them lie.

A paper is a plain mapping that travels along a route of bodies. What a body knows of a country is the case as its house
believes it; nobody here sees a world.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from sim.actors.base import Institution
from sim.ground.draw import STREAMS, uniform
from sim.warning.process import Acceptance, Agenda, Council, Member, Path, Planner, Pool, Rank, Traits

WEEK = 7
WILLING_ENOUGH = 0.3  # share of the members of a council, by cost, that make a coalition: about three large states
SECURITY_COUNCIL_VOTES = 9  # of 15, with no permanent member against: Charter, article 27
TWO_THIRDS = 2.0 / 3.0
Paper = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A country as a house believes it to be today; all in 0..1 but `killed` (reported, four weeks) and `alarms`.

    `tractable`: how much in the country itself works against violence, by its published figures.
    """

    theatre: str
    severity: float
    killed: float
    attention: float
    alarms: float
    tractable: float = 1.0


@dataclass(frozen=True)
class Answer:
    """What a body does with a paper: passes it on, or sends it back with the reason."""

    paper: Paper
    passed: bool
    why: str = ""


class Luck:
    """The draws of a run for its institutions, by what they are for: two policies share what they share."""

    def __init__(self, key: Any) -> None:
        self.key = key
        self.drawn: dict[tuple[str, int], float] = {}

    def coin(self, what: str, number: int = 0) -> float:
        """One number in 0..1; the same name and number give the same."""
        if (what, number) not in self.drawn:
            self.drawn[what, number] = float(uniform(self.key, zlib.crc32(what.encode()), number, STREAMS["chain"], 0))
        return self.drawn[what, number]

    def days(self, what: str, number: int, median: float, spread: float) -> int:
        """Whole days, lognormal with that median and that standard deviation of the logarithm."""
        z = NormalDist().inv_cdf(min(max(self.coin(what, number), 1e-9), 1.0 - 1e-9))
        return round(median * math.exp(spread * z))


class Body(Institution):
    """An institution with papers on its desk. Subclasses say what they do with one."""

    def __init__(self, model: Any, number: int, name: str, stage: str) -> None:
        super().__init__(model, number, name, {})
        self.stage = stage
        self.luck: Luck = model.luck
        self.spread: float = model.process.spread

    def decide(self, report: tuple[int, list[tuple[Paper, Case]]]) -> list[Any]:
        """Answers of today; `report` = the day, and the papers on the desk with what is believed of their country."""
        day, desk = report
        inside = sorted(desk, key=lambda one: self.model.turn(one[1], one[0]["came"]))
        answers = [self.take(paper, case, day) for paper, case in inside]
        return [answer for answer in answers if answer is not None]

    def take(self, paper: Paper, case: Case, day: int) -> Answer | None:
        """The answer to one paper, or None to let it lie."""
        raise NotImplementedError

    def expects(self) -> float:
        """Days that a paper usually lies here."""
        return 0.0

    def wait(self, paper: Paper, day: int, median: float) -> bool:
        """Whether the paper has lain here for its time, drawn when it came."""
        if "due" not in paper:
            what = f"{self.name} {paper['theatre']} {paper['path']}"
            paper["due"] = day + self.luck.days(what, paper["issue"], median, self.spread)
        return bool(day >= paper["due"])


class Superior(Body):
    """One rank: takes its time, doubts, and passes on less than it was told."""

    def __init__(self, model: Any, number: int, rank: Rank, weights: Acceptance) -> None:
        super().__init__(model, number, rank.name, "acceptance")
        self.rank = rank
        self.weights = weights

    def odds(self, paper: Paper, case: Case) -> dict[str, float]:
        """The log odds of passing a warning on, term by term."""
        w = self.weights
        return {
            "a weak warning, far from the field": w.base - self.rank.bar,
            "its sources were not believed": w.credibility * paper["credibility"],
            "too vague": w.specificity * paper["specificity"],
            "nothing that could be done about it": w.actionability * paper["actionability"],
            "it did not fit what was thought of the country": w.fit * paper["fit"],
            "not grave enough": w.severity * paper["level"] / 10.0,
            "too many false alarms before": -w.alarms * case.alarms,
        }

    def take(self, paper: Paper, case: Case, day: int) -> Answer | None:
        """Read when its turn comes; a refused warning goes back with the term that was missed most.

        What is all over the news needs no warning: everybody has heard of it.
        """
        if case.attention >= self.model.process.news_from:
            return Answer(paper, True)
        if not self.wait(paper, day, self.rank.days):
            return None
        terms = self.odds(paper, case)
        chance = 1.0 / (1.0 + math.exp(-sum(terms.values())))
        if self.luck.coin(f"{self.name} believes {paper['theatre']}", paper["issue"]) < chance:
            paper["level"] *= 1.0 - self.rank.dilution
            return Answer(paper, True)
        weights = {
            "its sources were not believed": self.weights.credibility,
            "too vague": self.weights.specificity,
            "nothing that could be done about it": self.weights.actionability,
            "it did not fit what was thought of the country": self.weights.fit,
            "not grave enough": self.weights.severity,
            "too many false alarms before": 0.0,
        }
        return Answer(paper, False, max(weights, key=lambda term: weights[term] - terms[term]))


class Committee(Body):
    """A committee with few slots a meeting: current crises crowd out those that have not broken out."""

    def __init__(self, model: Any, number: int, agenda: Agenda) -> None:
        super().__init__(model, number, agenda.name, "agenda")
        self.agenda = agenda
        self.taken: dict[int, int] = {}  # meeting -> slots that other countries of this model have taken

    def chance(self, case: Case, taken: int = 0) -> float:
        """Chance of a slot: fewer than `slots` of a Poisson number of competing crises are more urgent."""
        one = self.agenda
        quiet = case.severity * one.salience * (1.0 if case.killed >= 1.0 else one.emerging)
        urgency = min(max(quiet, case.attention), 1.0)  # what fills the news comes on the table by itself
        above, slots = one.competing * (1.0 - urgency), round(one.slots) - taken
        term, total = math.exp(-above), 0.0
        for n in range(slots):
            total += term
            term *= above / (n + 1)
        return max(total, one.preventive)

    def take(self, paper: Paper, case: Case, day: int) -> Answer | None:
        """Once a meeting."""
        meeting = int(day / self.agenda.every_days)
        if meeting == paper.get("meeting", int(paper["came"] / self.agenda.every_days)):
            return None
        paper["meeting"] = meeting
        taken = self.taken.get(meeting, 0)
        if self.luck.coin(f"{self.name} slot {paper['theatre']}", meeting) >= self.chance(case, taken):
            return Answer(paper, False, "crowded out by other crises")
        self.taken[meeting] = taken + 1
        return Answer(paper, True)

    def expects(self) -> float:
        """Until the next meeting."""
        return self.agenda.every_days


class Voters(Body):
    """Members of a council with interests, values, exposure, ties, thrift and publics; it decides by its rule."""

    def __init__(self, model: Any, number: int, council: Council, traits: Traits) -> None:
        super().__init__(model, number, council.name, "")
        self.council = council
        self.traits = traits

    def gain(self, member: Member, path: Path, case: Case, common: float, assured: float = 0.0) -> float:
        """What a member gains by agreeing; below zero it is against. `assured`: risk (0..1) that advice takes away."""
        t, who = self.traits, member.name

        def twice(mean: float, trait: str) -> float:
            return 2.0 * mean * self.luck.coin(f"{who} {trait}")

        def has(chance: float, trait: str) -> float:
            return 1.0 if self.luck.coin(f"{who} {trait} {case.theatre}") < chance else 0.0

        tied = t.permanent_ties if member.permanent else t.ties
        return (
            case.severity * (twice(t.values, "values") + has(t.exposure, "exposure"))
            + case.attention * twice(t.will, "will")
            - path.coercion * has(tied, "ties")
            - path.risk * (1.0 - assured) * twice(t.aversion, "aversion")
            - path.cost * (1.0 - common) * twice(t.thrift, "thrift")
            - t.fatigue * case.alarms
        )

    def vote(self, path: Path, case: Case, common: float, assured: float = 0.0) -> tuple[bool, str]:
        """(whether the rule is met, what stood against it)."""
        voting = [one for one in self.council.members if one.defence or not path.defence]
        gains = [(one, self.gain(one, path, case, common, assured)) for one in voting]
        agree = [one for one, gain in gains if gain > 0.0]
        pressure = self.traits.pressure * self.council.pressure * len(agree) / len(voting)
        block = [one for one, gain in gains if gain <= -pressure]
        match self.council.rule:
            case "unanimity":
                return not block and bool(agree), f"{len(block)} of {len(voting)} members were against"
            case "security_council":
                veto = any(one.permanent for one in block)
                return not veto and len(agree) >= SECURITY_COUNCIL_VOTES, "veto" if veto else "no majority"
            case "two_thirds":
                return len(agree) >= TWO_THIRDS * len(voting), "no majority"
            case "willing":
                return sum(one.share for one in agree) >= WILLING_ENOUGH, "too few were willing"
            case _:
                return bool(agree), "it was not thought worth its cost"

    def take(self, paper: Paper, case: Case, day: int) -> Answer | None:
        """At the next meeting, or sooner when it is grave; what fails comes back to the next one."""
        council = self.council
        if "due" not in paper:
            offset = self.luck.coin(f"{self.name} calendar") * council.every_days
            paper["due"] = offset + council.every_days * math.ceil(max(day - offset, 0.0) / council.every_days)
        if case.severity >= council.extraordinary_from and "called" not in paper:
            paper["called"] = paper.get("called", 0) + 1
            soon = self.luck.days(
                f"{self.name} called {paper['theatre']}", day, council.extraordinary_days, self.spread
            )
            paper["due"] = min(paper["due"], day + soon)
        if day < paper["due"]:
            return None
        paper["due"] = paper["due"] + council.every_days
        paper.pop("called", None)
        paper["votes"] = paper.get("votes", 0) + 1
        path: Path = self.model.process.path(paper["path"])
        if council.rule == "consent":
            agreed = self.luck.coin(f"{self.name} consents {case.theatre}", paper["votes"]) < council.consent
            return Answer(paper, agreed, "" if agreed else "consent was refused")
        if paper["route"][0][0] == "decision" and not self.wanted(path, case):
            return Answer(paper, False, "never sent before, and not this time")
        agreed, why = self.vote(path, case, self.model.common(path), paper.get("assured", 0.0))
        if not agreed and council.appeal and paper["votes"] >= council.appeal_after and case.severity >= council.appeal_from:
            paper["route"][0][1] = council.appeal  # heads of state take it up
            for gone in ("due", "called", "votes"):
                paper.pop(gone, None)
        return Answer(paper, agreed, "" if agreed else why)

    def wanted(self, path: Path, case: Case) -> bool:
        """Whether there is any appetite for it in this crisis, by its record."""
        return self.luck.coin(f"appetite {path.name} {case.theatre}") < path.appetite

    def expects(self) -> float:
        """Until the next meeting."""
        return self.council.every_days / 2.0


class Staff(Body):
    """Planners and advisers: so many papers at a time, each takes its days."""

    def __init__(self, model: Any, number: int, planner: Planner, stage: str = "plan") -> None:
        super().__init__(model, number, planner.name, stage)
        self.planner = planner
        self.busy = 0

    def decide(self, report: tuple[int, list[tuple[Paper, Case]]]) -> list[Any]:
        """As any body, with the plans under way counted first."""
        self.busy = sum("due" in paper for paper, _ in report[1])
        return super().decide(report)

    def take(self, paper: Paper, case: Case, day: int) -> Answer | None:
        """Begin when there is a free hand; done when its days are over."""
        if "due" not in paper:
            if self.busy >= max(round(self.planner.at_once), 1):
                return Answer(paper, False, "planners were busy") if not paper["why"] else None
            self.busy += 1
        if not self.wait(paper, day, self.planner.days):
            return None
        paper["assured"] = 1.0 - (1.0 - paper.get("assured", 0.0)) * (1.0 - self.planner.assurance)
        return Answer(paper, True)

    def expects(self) -> float:
        """Days of a paper."""
        return self.planner.days


class Contributors(Body):
    """Where people come from: states pledge as far as they want to and others pay; rosters have gaps."""

    def __init__(self, model: Any, number: int, pool: Pool) -> None:
        super().__init__(model, number, pool.name, "force")
        self.pool = pool

    def take(self, paper: Paper, case: Case, day: int) -> Answer | None:
        """One conference a week, one look at a roster a rotation, or the days that it takes."""
        if self.pool.states:
            return self._pledges(paper, case, day)
        if self.pool.roster < 1.0:
            turn = int(day / self.pool.rotation_days)
            if self.luck.coin(f"{self.name} roster", turn) < self.pool.roster:
                return Answer(paper, True)
            return Answer(paper, False, "the roster had a gap")
        return Answer(paper, True) if self.wait(paper, day, self.pool.days) else None

    def _pledges(self, paper: Paper, case: Case, day: int) -> Answer | None:
        if (day - paper["came"]) % WEEK or day == paper["came"]:
            return None
        path, voters = self.model.process.path(paper["path"]), self.model.bodies[self.pool.states]
        willing = 0.0
        for member in voters.council.members:
            if (member.defence or not path.defence) and voters.gain(member, path, case, self.pool.common) > 0.0:
                thrift = min(2.0 * voters.traits.thrift * self.luck.coin(f"{member.name} thrift"), 1.0)
                willing += member.share * (self.pool.common + (1.0 - self.pool.common) * (1.0 - thrift))
        if willing < self.pool.least:
            return Answer(paper, False, "too few states gave people and money")
        paper["pledged"] = paper.get("pledged", 0.0) + self.pool.per_week * willing
        if paper["pledged"] >= 1.0:
            return Answer(paper, True)
        return Answer(paper, False, "pledges fell short") if not paper["why"] else None

    def expects(self) -> float:
        """Days until a force has come together."""
        return self.pool.days if not self.pool.states else 3.0 * WEEK


class Road(Body):
    """What needs nothing but time: an inquiry, a notice period, a delay of the policy, the way to the field."""

    def __init__(self, model: Any, number: int, stage: str) -> None:
        super().__init__(model, number, stage, stage)

    def median(self, paper: Paper) -> float:
        """Days, by the path of the paper."""
        path: Path = self.model.process.path(paper["path"])
        return path.arrives_days if self.stage == "arrival" else path.inquiry_days

    def take(self, paper: Paper, case: Case, day: int) -> Answer | None:
        """Pass on when the days are over."""
        if self.stage == "postponed":
            return Answer(paper, True) if day >= paper["came"] + paper["delay"] else None
        return Answer(paper, True) if self.wait(paper, day, self.median(paper)) else None
