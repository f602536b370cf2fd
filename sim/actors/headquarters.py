"""The institutions outside: they hear sources, warn, listen or do not, decide, plan, and send - each with its own agent.

One warning a country and house climbs the ranks; what a policy would do then travels as one paper an instrument along the
bodies that have a say in it. The ledger says when each stage was reached, and where and why a paper lies.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import mesa

from sim.actors.base import Institution
from sim.actors.bodies import Answer, Body, Case, Committee, Contributors, Luck, Paper, Road, Staff, Superior, Voters
from sim.warning.matrix import TOP, Matrix, assess, country_assessment
from sim.warning.process import House, Path, Process
from sim.warning.sources import KEPT_WEEKS, STATISTICS, Picture, Source
from sim.warning.stages import STAGES
from sim.world.report import Dispatch

MONTH = 4  # weeks
ASSESSED_EVERY = 182  # days: the country conflict assessment is renewed every six months
SEEN = ("killed", "orders", "fled", "speech")
LAST_DAY = 1 << 30
WEEK = 7
MITIGATING = ("risk:free_press", "risk:moderate_leadership", "risk:peace_committees")  # where outsiders find a hold
ALARMING_RUNG = 3  # mass violence has been ordered somewhere


@dataclass(frozen=True)
class Option:
    """One thing that could be done: an instrument of a policy for a country, on the table from a day on."""

    number: int
    name: str
    path: str
    theatre: str = "here"
    from_day: int = 0
    delay: int = 0
    ripens: int = 0  # days from arrival to full effect


@dataclass(frozen=True)
class Reached:
    """One line of the ledger: the day of each stage reached, and where the paper lies and why if it got no further."""

    option: Option
    days: Mapping[str, int]
    rests: str
    why: str


class Analysts(Institution):
    """The first readers of a house: they keep a picture of each country and warn when it alarms them, with a hedge."""

    def __init__(self, model: Headquarters, number: int, house: House, mind: dict[str, Any]) -> None:
        super().__init__(model, number, f"analysts of {house.name}", mind)
        self.house = house
        self.process = model.process
        self.luck = model.luck
        published = Source(STATISTICS, (), 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0)
        self.sources = [*(model.process.sources[name] for name in house.sources), published]
        self.pictures: dict[str, Picture] = {}
        if "alarms" not in mind:
            mind["alarms"] = _poisson(self.process.alarms_before, self.luck.coin(f"{house.name} alarms"))
            mind["countries"] = {}

    def country(self, theatre: str) -> dict[str, Any]:
        """What is kept of a country."""
        blank = {
            "heard": {}, "marks": {}, "areas": {}, "level": 0.0, "killed": 0.0, "trust": 1.0, "issue": 0, "again": 0,
            "believed": [], "accepted": False, "open": [], "refused": [self.name, "not on the table yet"],
        }  # fmt: skip
        kept: dict[str, Any] = self.mind["countries"].setdefault(theatre, blank)
        return kept

    def picture(self, theatre: str) -> Picture:
        """The picture of a country."""
        if theatre not in self.pictures:
            heard = self.country(theatre)["heard"]
            self.pictures[theatre] = Picture(self.sources, heard, self.process.denial_believed)
        return self.pictures[theatre]

    def decide(self, report: tuple[int, Mapping[str, list[Dispatch]]]) -> list[Any]:
        """Warnings of today; `report` = the day, and what came in for each country."""
        day, arrived = report
        papers = []
        unread, a_day = self.mind.setdefault("unread", {}), self.house.files / WEEK
        self.mind["hands"] = min(self.mind.get("hands", 0.0) + a_day, max(a_day, 1.0))
        for theatre in sorted(arrived):
            for dispatch in arrived[theatre]:
                self.picture(theatre).hear(dispatch)
            unread.setdefault(theatre, day)
        while unread and self.mind["hands"] >= 1.0:
            theatre = min(sorted(unread), key=lambda one: self._turn(one, unread[one]))
            del unread[theatre]
            self.mind["hands"] -= 1.0
            papers += self._look(theatre, day)
        self._judge(day)
        return papers

    def _turn(self, theatre: str, since: int) -> tuple[bool, float, int]:
        """What is looked at first: files never opened, then by the rule of the process, then what has waited longest.

        How grave a file is, is what it was at the last look, or what is reported of killing since.
        """
        picture = self.picture(theatre)
        told = picture.over("killed", picture.newest, MONTH, "sum")[0]
        loud = told / (told + self.process.attention_half)
        case = self.case(theatre)
        case = replace(case, attention=loud, severity=max(case.severity, loud))
        rotating = self.process.priority == "rotating"
        turn = self.country(theatre).get("looked", 0) if rotating else self.model.turn(case, since)
        return "assessed" in self.country(theatre), turn, since

    def matrix(self, theatre: str) -> Matrix:
        """The risk matrix of the newest week that anything was heard of."""
        picture, process = self.picture(theatre), self.process
        return assess(picture, process.indicators, process.weights, picture.newest, lens=process.lens)

    def assessment(self, theatre: str) -> dict[str, float | None]:
        """The country conflict assessment, as of its last half-yearly renewal."""
        areas: dict[str, float | None] = self.country(theatre)["areas"]
        return areas

    def case(self, theatre: str) -> Case:
        """The country as those above are told of it today: what the analysts think, less what the ranks took away."""
        one = self.country(theatre)
        attention = one["killed"] / (one["killed"] + self.process.attention_half)
        trust = 1.0 if attention >= self.process.news_from else one["trust"]
        published = self.picture(theatre).memory.get("published", {})
        known = [published[name] for name in MITIGATING if name in published]
        tractable = sum(known) / len(known) if known else 1.0
        return Case(theatre, one["level"] * trust / TOP, one["killed"], attention, self.mind["alarms"], tractable)

    def _look(self, theatre: str, day: int) -> list[Paper]:
        one, picture, house = self.country(theatre), self.picture(theatre), self.house
        matrix, week = self.matrix(theatre), picture.newest
        one["looked"] = day
        one["level"] = matrix.level
        one["killed"] = picture.over("killed", week, MONTH, "sum")[0]
        if one["killed"] > 0.0 or picture.over("orders", week, MONTH, "most")[0] >= ALARMING_RUNG:
            one["marks"].setdefault("sign", day)
        said = matrix.level - house.hedge * matrix.spread
        if day >= one.get("assessed", -ASSESSED_EVERY) + ASSESSED_EVERY:
            one["assessed"] = day
            one["areas"] = country_assessment(matrix, self.process.indicators)
            one["listed"] = said >= house.report_at  # on the half-yearly overview
        if said >= house.report_at:
            one["marks"].setdefault("report", day)
        bar = house.warn_at + house.reputation * self.mind["alarms"]
        if said < bar or day < one["again"] or one["accepted"]:
            return []
        one["marks"].setdefault("warning", day)
        one["issue"] += 1
        one["again"] = LAST_DAY  # until it comes back
        trust = max(picture.week(signal, week - back)[2] for signal in SEEN for back in range(MONTH))
        return [
            {
                "kind": "warning", "theatre": theatre, "house": house.name, "path": "", "issue": one["issue"],
                "level": said, "credibility": trust, "specificity": max(1.0 - matrix.spread / max(matrix.level, 1e-9), 0.0),
                "actionability": house.actionability,
                "fit": 1.0 - (1.0 - matrix.layers[0] / TOP) * (1.0 - house.overview * one.get("listed", False)),
                "route": [["acceptance", rank] for rank in self._ranks(said)], "came": day, "why": "",
            }
        ]  # fmt: skip

    def _ranks(self, said: float) -> list[str]:
        """Who reads a warning of that level; a platform that is open takes the place of a rank."""
        platform = self.house.platform
        opened = platform is not None and said >= platform.opens_at
        return [
            platform.rank.name if platform is not None and opened and rank.name == platform.replaces else rank.name
            for rank in self.house.ranks
        ]

    def _judge(self, day: int) -> None:
        """Half a year later an accepted warning has come true, or is remembered as a false alarm."""
        for theatre, one in self.mind["countries"].items():
            for accepted in [then for then in one["open"] if day >= then + self.process.false_after_days]:
                one["open"].remove(accepted)
                picture = self.picture(theatre)
                if picture.over("killed", picture.newest, KEPT_WEEKS, "sum")[0] < self.process.false_below:
                    self.mind["alarms"] += 1
                    one["accepted"], one["trust"], one["again"], one["believed"] = False, 1.0, day, []

    def close(self) -> int:
        """The books of a year are closed: every open warning is judged. False alarms that are remembered."""
        self._judge(LAST_DAY)
        alarms: int = self.mind["alarms"]
        return alarms


def _poisson(mean: float, coin: float) -> int:
    """Quantile `coin` of a Poisson distribution."""
    n, term = 0, math.exp(-mean)
    total = term
    while coin > total and n < 100:
        n += 1
        term *= mean / n
        total += term
    return n


class Headquarters(mesa.Model):
    """All outside institutions of a run under one clock; `mind` is plain data and is kept with the world."""

    def __init__(self, process: Process, options: Iterable[Option], key: Any, mind: dict[str, Any]) -> None:
        super().__init__(rng=0)  # never used: every draw has an address
        self.process = process
        self.luck = Luck(key)
        self.mind = mind
        for page, empty in (("day", 0), ("papers", []), ("post", []), ("houses", {}), ("tabled", [])):
            mind.setdefault(page, empty)
        self.options = {option.number: option for option in options}
        self.papers: list[Paper] = mind["papers"]
        wanted = {process.path(option.path).house for option in self.options.values()}
        self.analysts = {
            name: Analysts(self, n, house, mind["houses"].setdefault(name, {}))
            for n, (name, house) in enumerate(process.houses.items())
            if name in wanted  # a house that no instrument waits for changes nothing
        }
        self.bodies: dict[str, Any] = self._found()
        self.inbox: dict[str, dict[str, list[Dispatch]]] = {}

    def _found(self) -> dict[str, Any]:
        one, made = self.process, list[Body]()
        for house in one.houses.values():
            ranks = (*house.ranks, *([house.platform.rank] if house.platform else []))
            made += [Superior(self, n, rank, one.acceptance) for n, rank in enumerate(ranks)]
        made += [Committee(self, n, agenda) for n, agenda in enumerate(one.agendas.values())]
        made += [Staff(self, n, adviser, "concept") for n, adviser in enumerate(one.advisers.values())]
        made += [Voters(self, n, council, one.traits) for n, council in enumerate(one.councils.values())]
        made += [Staff(self, n, planner) for n, planner in enumerate(one.planners.values())]
        made += [Contributors(self, n, pool) for n, pool in enumerate(one.pools.values())]
        made += [Road(self, n, stage) for n, stage in enumerate(("inquiry", "postponed", "arrival"))]
        return {body.name: body for body in made}

    def common(self, path: Path) -> float:
        """Share of the costs of a path that is paid in common."""
        return self.process.pools[path.force].common if path.force else 0.0

    def turn(self, case: Case, came: int) -> float:
        """Whose turn it is on any desk, lowest first, by the rule of the process; `came` is the day it came there."""
        match self.process.priority:
            case "severity_tractability":
                return -case.severity * case.tractable
            case "rotating":
                named = sorted({option.theatre for option in self.options.values()})
                week: int = self.mind["day"] // WEEK
                return (named.index(case.theatre) - week) % len(named)
            case "first_come":
                return came
            case "media":
                return -case.attention
            case _:
                return -case.severity

    # ---- the day ------------------------------------------------------------------------------------------------

    def receive(self, theatre: str, dispatches: Iterable[Dispatch]) -> None:
        """Dispatches that are on their way; each is read on the day on which it arrives, by the houses that have it."""
        for one in dispatches:
            self.mind["post"].append([theatre, one.source, one.week, one.arrives, one.said, one.contested])

    def step(self) -> None:
        """One day: the post, the analysts, then every body in the order of the chain."""
        day = self.mind["day"]
        self._deliver(day)
        for analysts in self.analysts.values():
            analysts.step()
        if self.papers:
            for body in self.bodies.values():
                if any(paper["route"][0][1] == body.name for paper in self.papers):
                    body.step()
        self._table(day)
        self.mind["day"] = day + 1

    def awaits(self) -> list[int]:
        """Days on which a dispatch arrives or an option comes on the table."""
        return [post[3] for post in self.mind["post"]] + [option.from_day for option in self.options.values()]

    def _deliver(self, day: int) -> None:
        self.inbox = {name: {} for name in self.analysts}
        due = [post for post in self.mind["post"] if post[3] <= day]
        if not due:
            return
        self.mind["post"] = [post for post in self.mind["post"] if post[3] > day]
        for theatre, source, week, arrives, said, contested in due:
            dispatch = Dispatch(source, week, arrives, said, contested)
            for name, analysts in self.analysts.items():
                if source in analysts.house.sources and not self._kept_back(name, source, week, theatre):
                    self.inbox[name].setdefault(theatre, []).append(dispatch)
                elif source == STATISTICS:
                    self.inbox[name].setdefault(theatre, []).append(dispatch)

    def _kept_back(self, house: str, source: str, week: int, theatre: str) -> bool:
        return self.luck.coin(f"{source} to {house} of {theatre}", week) < self.process.sources[source].secrecy

    def report_for(self, institution: Institution) -> Any:
        """What that institution gets to see today."""
        day = self.mind["day"]
        if isinstance(institution, Analysts):
            return day, self.inbox[institution.house.name]
        mine = [paper for paper in self.papers if paper["route"][0][1] == institution.name]
        return day, [(paper, self.analysts[paper["house"]].case(paper["theatre"])) for paper in mine]

    def submit(self, answers: list[Any]) -> None:
        """Institutions leave warnings and answers here."""
        for answer in answers:
            if isinstance(answer, Answer):
                self._carry(answer)
            else:
                self.papers.append(answer)

    def _carry(self, answer: Answer) -> None:
        paper, day = answer.paper, self.mind["day"]
        if not answer.passed:
            paper["why"] = answer.why
            if paper["kind"] == "warning":
                self._send_back(paper, day)
            return
        stage, name = paper["route"].pop(0)
        if paper["kind"] == "warning":
            country = self.analysts[paper["house"]].country(paper["theatre"])
            country["trust"] *= 1.0 - self.bodies[name].rank.dilution
            country["believed"].append([name, day])
            platform = self.analysts[paper["house"]].house.platform
            if platform is not None and name == platform.rank.name:
                country["believed"].append([platform.replaces, day])
        else:
            paper["marks"][stage] = day
        for gone in ("due", "meeting", "votes", "called"):
            paper.pop(gone, None)
        paper["came"], paper["why"] = day, ""
        if not paper["route"]:
            self.papers.remove(paper)
            if paper["kind"] == "warning":
                country["accepted"] = True
                country["open"].append(day)
            else:
                paper["done"] = True
                self.mind["tabled"].append(paper)

    def _send_back(self, paper: Paper, day: int) -> None:
        house = self.analysts[paper["house"]]
        country = house.country(paper["theatre"])
        country["again"] = day + house.house.resend_days
        country["refused"] = [paper["route"][0][1], paper["why"]]
        country["trust"] = 1.0
        self.papers.remove(paper)

    def _table(self, day: int) -> None:
        """Put on the table what a rank that believes the warning can bring there."""
        known = {paper["option"] for paper in (*self.papers, *self.mind["tabled"]) if paper["kind"] == "option"}
        for number, option in self.options.items():
            if number in known or day < option.from_day:
                continue
            path = self.process.path(option.path)
            believed = self.analysts[path.house].country(option.theatre)["believed"]
            since = next((when for name, when in believed if name == path.rank), None)
            if since is not None:
                self.papers.append(self._paper(option, path, day, since))

    def _paper(self, option: Option, path: Path, day: int, since: int) -> Paper:
        route = [
            *([["inquiry", "inquiry"]] if path.inquiry_days else []),
            *([["agenda", path.agenda]] if path.agenda else []),
            *(["concept", adviser] for adviser in path.prepare),
            ["decision", path.decides],
            *([["postponed", "postponed"]] if option.delay else []),
            *([["mandate", path.mandate]] if path.mandate else []),
            *(["plan", planner] for planner in path.plans),
            *([["force", path.force]] if path.force else []),
            ["arrival", "arrival"],
        ]
        return {
            "kind": "option", "option": option.number, "theatre": option.theatre, "house": path.house,
            "path": path.name, "issue": 0, "route": route, "came": day, "why": "", "delay": option.delay,
            "marks": {"acceptance": since},
        }  # fmt: skip

    # ---- what came of it ----------------------------------------------------------------------------------------

    def announced(self) -> dict[int, int]:
        """Option -> the day on which it arrives or is expected to, for what has been decided."""
        found: dict[int, int] = {}
        for paper in (*self.papers, *self.mind["tabled"]):
            if paper["kind"] == "option" and "decision" in paper["marks"]:
                arrived = paper["marks"].get("arrival")
                found[paper["option"]] = self._expected(paper) if arrived is None else arrived
        return found

    def _expected(self, paper: Paper) -> int:
        path = self.process.path(paper["path"])
        ahead: float = sum(self.bodies[name].expects() for stage, name in paper["route"] if stage != "arrival")
        came, tomorrow = float(paper["came"]), int(self.mind["day"]) + 1
        return max(round(came + ahead + path.arrives_days), tomorrow)

    def ledger(self, today: int | None = None) -> list[Reached]:
        """One line an option, in the order of the policy; `today` where the clock of the institutions stands behind."""
        now: int = self.mind["day"] if today is None else today
        papers = {paper["option"]: paper for paper in (*self.papers, *self.mind["tabled"]) if paper["kind"] == "option"}
        return [self._line(option, papers.get(option.number), now) for option in self.options.values()]

    def _line(self, option: Option, paper: Paper | None, now: int) -> Reached:
        analysts = self.analysts[self.process.path(option.path).house]
        country = analysts.country(option.theatre)
        days = dict(country["marks"])
        if paper is not None:
            days |= {stage: day for stage, day in paper["marks"].items() if stage in STAGES}
            if "arrival" in days:
                if days["arrival"] + option.ripens < now:
                    days["effect"] = days["arrival"] + option.ripens
                return Reached(option, days, "", "")
            return Reached(option, days, paper["route"][0][1], paper["why"] or "under way")
        if "warning" not in days:
            why = "written up, not warned of" if "report" in days else "nothing alarming was seen"
            return Reached(option, days, analysts.name, why)
        lies = next(
            (one for one in self.papers if one["kind"] == "warning" and one["house"] == analysts.house.name), None
        )
        if lies is not None:
            why = country["refused"][1] if country["issue"] > 1 else "still being read"
            return Reached(option, days, lies["route"][0][1], why)
        rests, why = country["refused"]
        return Reached(option, days, rests, why)
