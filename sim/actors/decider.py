"""The body that decides a policy: it knows reports only, and begins and lifts each step by its own rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.actors.base import Begin, Institution, Lift, Order
from sim.ground.check import FailedWork, did_you_mean
from sim.interventions.base import NEVER, After, Coded, Decision, Step, Threshold
from sim.world.report import PublicReport

WEEK = 7


class Foresight:
    """On which day rules come true, given what is known today, if nothing more is reported."""

    def __init__(self, report: PublicReport, since: int, prefectures: tuple[str, ...], steps: Sequence[Step]) -> None:
        self.report, self.since, self.prefectures = report, since, prefectures
        asked = [rule for step in steps for one in step.rules for rule in (one.when, one.only) if rule is not None]
        self.last = report.day + 1 + max((one.within_days + one.for_days for one in asked), default=0)
        self._sums: dict[tuple[int, str], Any] = {}

    def first(self, rule: Threshold, gate: int, fresh: bool) -> int:
        """The first day from `gate` on by which it has held long enough, or `NEVER`; `fresh`: counted from `gate` on."""
        counts = self._within(rule.within_days, rule.prefecture)
        holds = counts < rule.deaths if rule.below else counts >= rule.deaths
        runs = np.cumsum(holds)
        runs[rule.for_days :] -= runs[: -rule.for_days].copy()
        long_enough = runs >= rule.for_days
        start = gate + (rule.for_days - 1 if fresh else 0)
        if start > self.last:  # by then every report is old
            return start if long_enough[-1] else NEVER
        start = max(start, self.since)
        found = np.flatnonzero(long_enough[start - self.since :])
        return start + int(found[0]) if found.size else NEVER

    def incident(self, deaths: int, gate: int) -> int:
        """The first day from `gate` on on which one incident of so many deaths is reported."""
        days = self.report.days[(self.report.deaths >= deaths) & (self.report.days >= gate)]
        return int(days.min()) if days.size else NEVER

    def _within(self, days: int, prefecture: str) -> Any:
        """Reported deaths of the last `days` days, on each morning from `since` to `last`."""
        if (days, prefecture) not in self._sums:
            report, start = self.report, self.since - days
            told = report.days > start
            if prefecture:
                told = told & (report.prefecture == self.prefectures.index(prefecture))
            by_day = np.bincount(
                report.days[told] - start, weights=report.deaths[told], minlength=self.last - start + 1
            )[: self.last - start + 1]
            total = np.cumsum(by_day)
            self._sums[days, prefecture] = total[days:] - total[: -days]
        return self._sums[days, prefecture]


class OutsideBody(Institution):
    """Begins and lifts the steps of a policy by their rules, or as classes written in Python say.

    `leads` are the days from decision to first effect of each step. With `proposes` it begins no step that somebody
    else has to decide: it notes the day on which the step's rule came true.
    """

    def __init__(
        self, model: Any, steps: tuple[Step, ...], rules: tuple[tuple[Coded, tuple[int, ...]], ...],
        leads: Sequence[int], prefectures: tuple[str, ...], mind: dict[str, Any], proposes: bool,
    ) -> None:  # fmt: skip
        super().__init__(model, 0, "outside_body", mind)
        self.steps, self.rules, self.leads, self.prefectures = steps, rules, leads, prefectures
        self.proposes = proposes
        for page in ("begun", "lifted", "proposed", "memory"):
            mind.setdefault(page, {})
        mind.setdefault("levels", [])
        mind.setdefault("seen", {})
        ruled = [rule for step in steps for rule in step.rules]
        self._next, self._reads = 0, True  # not remembered: a saved world may be carried on under another policy
        self.weekly = any(rule.event not in ("", "mass_incident") or rule.warning for rule in ruled)
        self.follows = any(rule.after is not None for rule in ruled) or any(step.lifts for step in steps)

    # ---- when it looks ------------------------------------------------------------------------------------------

    def next_look(self, day: int) -> int:
        """The first day after `day` on which something may be decided, whatever is reported till then."""
        return day + 1 if self._overtaken else max(self._next, day + 1)

    def waits_for_reports(self) -> bool:
        """Whether news may decide anything."""
        return self._reads

    def looks(self, day: int, news: bool) -> bool:
        """Whether anything may be decided today: a date has come, a delay is running out, or there are new reports."""
        return (news and self.waits_for_reports()) or self._overtaken or day >= self._next

    @property
    def _overtaken(self) -> bool:
        """Whether somebody else has begun a step, which others may follow."""
        return self.follows and self.mind["seen"] != self.mind["begun"]

    # ---- what it decides ----------------------------------------------------------------------------------------

    def decide(self, report: PublicReport) -> list[Order]:
        """Steps begun and lifted today."""
        mind, today = self.mind, report.day
        since = mind.setdefault("since", today)
        if self.weekly and (not mind["levels"] or mind["levels"][-1][1] != report.warning):
            mind["levels"].append([today, report.warning])
        foresight = Foresight(report, since, self.prefectures, self.steps)
        orders: list[Order] = []
        for rule, numbers in self.rules:
            orders += self._ask(rule, numbers, report)
        while True:  # what is begun or lifted today may be what another step waits for
            decided, soonest = self._round(foresight, today)
            orders += decided
            if not decided:
                break
        self._next = min([soonest, *self._fixed_looks(today)])
        self._reads = any(rule.reads for n, step in enumerate(self.steps) for rule in self._pending(n, step))
        mind["seen"] = dict(mind["begun"])
        return orders

    def _fixed_looks(self, today: int) -> list[int]:
        week = [today - today % WEEK + WEEK] if self.weekly else []
        asked = [today - (today - rule.delay) % rule.every_days + rule.every_days for rule, _ in self.rules]
        return week + [max(day, rule.delay) for day, (rule, _) in zip(asked, self.rules, strict=True)]

    def _round(self, foresight: Foresight, today: int) -> tuple[list[Order], int]:
        """What is due today, and the soonest day on which more will be."""
        orders: list[Order] = []
        soonest = NEVER
        for n, step in enumerate(self.steps):
            due, lifting = self._due(foresight, n, step)
            if due > today:
                soonest = min(soonest, due)
            elif lifting:
                self.mind["lifted"][str(n)] = today
                orders.append(Lift(n, today))
            else:
                day = due if step.decision.is_date else today
                self.mind["lifted"].pop(str(n), None)
                self.mind["proposed" if self.proposes and not step.factual else "begun"][str(n)] = day
                orders.append(Begin(n, day))
        return orders, soonest

    def _pending(self, n: int, step: Step) -> tuple[Decision, ...]:
        """The rules that may change next what becomes of a step."""
        begun, lifted, proposed = (str(n) in self.mind[page] for page in ("begun", "lifted", "proposed"))
        if lifted:
            return (step.decision,) if step.again and not self.proposes else ()
        if begun:
            return step.lifts
        return () if proposed else (step.decision,)

    def _due(self, foresight: Foresight, n: int, step: Step) -> tuple[int, bool]:
        """(day of the next thing that befalls a step, whether it is lifted then)."""
        begun, lifted = self.mind["begun"].get(str(n)), self.mind["lifted"].get(str(n))
        lifting = begun is not None and lifted is None
        gate = foresight.since if begun is None else begun if lifted is None else lifted + 1
        rules = self._pending(n, step)
        return min((self._comes(foresight, rule, max(gate, foresight.since)) for rule in rules), default=NEVER), lifting

    def _comes(self, foresight: Foresight, rule: Decision, gate: int) -> int:
        """The day on which a rule comes true, looked at from the day `gate` on."""
        if rule.day is not None:
            true = rule.day
        elif rule.when is not None:
            true = foresight.first(rule.when, gate, fresh=True)
        elif rule.after is not None:
            true = self._reached(rule.after)
        elif rule.warning:
            true = self._warned(rule.warning, gate)
        elif rule.event == "mass_incident":
            true = foresight.incident(rule.deaths, gate)
        else:
            seen = foresight.report.events.get(rule.event, ())
            true = next((day for day in seen if day >= gate), NEVER)
        due = min(true + rule.days + rule.delay, NEVER)
        if rule.day is None or gate > foresight.since:
            due = max(due, gate)
        if rule.only is not None and due < NEVER:
            due = foresight.first(rule.only, due, fresh=False)
        return due

    def _warned(self, level: float, gate: int) -> int:
        levels = self.mind["levels"]
        for (day, reached), (until, _) in zip(levels, [*levels[1:], (NEVER, 0.0)], strict=True):
            if reached >= level and until > gate:
                return int(max(day, gate))
        return NEVER

    def _reached(self, after: After) -> int:
        """The day on which another step is or will be in that state, as far as is known today."""
        begun, lifted = (self.mind[page].get(str(after.step)) for page in ("begun", "lifted"))
        if begun is None:
            return NEVER
        instrument, first = self.steps[after.step].instrument, begun + self.leads[after.step]
        ends = NEVER if instrument.duration is None else first + instrument.duration
        if after.state == "ended":
            return int(min(ends, NEVER if lifted is None else lifted))
        if after.state == "decided":
            return int(begun)
        day = first + (instrument.ripens if after.state == "complete" else 0)
        return NEVER if lifted is not None and lifted <= day or ends <= day else int(day)

    # ---- rules in Python ----------------------------------------------------------------------------------------

    def _ask(self, rule: Coded, numbers: tuple[int, ...], report: PublicReport) -> list[Order]:
        """What a class wants under way from today; it is asked every so many days, on reports as old as its delay."""
        today = report.day
        if today < rule.delay or (today - rule.delay) % rule.every_days:
            return []
        begun, lifted = self.mind["begun"], self.mind["lifted"]
        number = {self.steps[n].instrument.name: n for n in numbers}
        under_way = {name for name, n in number.items() if str(n) in begun and str(n) not in lifted}
        seen = report.as_of(today - rule.delay) if rule.delay else report
        memory = self.mind["memory"].setdefault(f"{rule.source}:{rule.name}", {})
        wanted = set(rule.made.decide(seen, frozenset(under_way), memory))
        for name in sorted(wanted - number.keys()):
            raise FailedWork(
                f"decide() names {name!r}", where=f"{rule.source}:{rule.name}, day {today}",
                instead=did_you_mean(str(name), number),
            )  # fmt: skip
        orders: list[Order] = []
        for name, n in number.items():
            if name in wanted - under_way:
                lifted.pop(str(n), None)
                begun[str(n)] = today
                orders.append(Begin(n, today))
            elif name in under_way - wanted:
                lifted[str(n)] = today
                orders.append(Lift(n, today))
        return orders
