"""The institutions outside at work on a run: they hear what sources say of it, and begin what they have decided."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

from sim.actors.headquarters import Headquarters, Option, Reached
from sim.engine.desk import PolicyDesk
from sim.engine.observe import WEEK, Observer
from sim.engine.setting import Setting
from sim.ground.draw import STREAMS, run_key, uniform
from sim.interventions.base import NEVER, Decision, Instrument, Step
from sim.warning.process import Book, Process
from sim.world.world import POLICY_FILE, World

HERE = "here"
ALL_REPLICATES = 0xFFFFFFFF  # in place of a replicate: what is the same in all replicates of a parameter draw


def drawn_process(book: Book, seed: int, draw: int) -> Process:
    """The decision process of a parameter draw: every number from its range, the same in all replicates."""
    key = run_key(seed, draw, ALL_REPLICATES)
    return book.process(lambda at: float(uniform(key, zlib.crc32(at.encode()), 0, STREAMS["institution"], 0)))


def waits_for_nobody(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps as their own rules decide them; those that institutions decide come by no rule.

    A rule that follows an event, a warning or another step still says when a step is put before the institutions.
    """
    return tuple(
        step if step.factual or step.decision.is_gate else replace(step, decision=Decision(NEVER)) for step in steps
    )


def path_of(instrument: Instrument, process: Process) -> str:
    """The path of decision of an instrument: the one that it names, else that of its kind, else `other`.

    Raises BadInput when it names one that the process does not have.
    """
    if instrument.decided_by:
        return process.path(instrument.decided_by).name
    return instrument.path if instrument.path in process.paths else process.path("other").name


class Outside:
    """Puts a policy's steps before the institutions; their memory stays in the policy's file, outside the digest."""

    def __init__(self, world: World, setting: Setting, desk: PolicyDesk, process: Process) -> None:
        file = world.minds[POLICY_FILE]
        self.world = world
        self.desk = desk
        options = [
            Option(
                n, step.instrument.name, path_of(step.instrument, process), HERE,
                NEVER if step.decision.is_gate else max(step.decision.day or 0, 0),
                0 if step.decision.is_gate else step.decision.delay, step.instrument.ripens,
            )
            for n, step in enumerate(setting.policy.steps)
            if not step.factual
        ]  # fmt: skip
        self.headquarters = Headquarters(process, options, world.key, file.setdefault("chain", {}))
        self.observer = Observer(setting, process, world.key, file.setdefault("seen", {}))

    def day(self) -> bool:
        """Hear, decide, and begin what was decided; whether anything began today.

        What is decided is announced for the day on which it is expected, which moves as the work goes on. Days on which
        nobody had anything to do are caught up with.
        """
        self._table_what_was_proposed()
        if self.idle:
            return False
        self._catch_up()
        if self.world.day % WEEK == 0:
            self.headquarters.receive(HERE, self.observer.dispatches(self.world))
        self.headquarters.step()
        begun, before = self.desk.file["body"]["begun"], len(self.desk.file["body"]["begun"])
        for number, day in self.headquarters.announced().items():
            begun[str(number)] = day - self.desk.leads[number]
        return len(begun) > before

    def _table_what_was_proposed(self) -> None:
        options = self.headquarters.options
        for number, day in self.desk.file["body"]["proposed"].items():
            if options[int(number)].from_day > day:
                options[int(number)] = replace(options[int(number)], from_day=day)

    @property
    def warning(self) -> float:
        """The highest level, 0..10, at which an institution that warns sees this country."""
        houses = self.headquarters.analysts.values()
        return max((float(house.country(HERE)["level"]) for house in houses), default=0.0)

    def _catch_up(self) -> None:
        while self.headquarters.mind["day"] < self.world.day:
            self.headquarters.step()

    @property
    def idle(self) -> bool:
        """Whether there is nothing left to decide or to send."""
        return len(self.headquarters.mind["tabled"]) == len(self.headquarters.options)

    def next_busy(self, today: int) -> int:
        """The first day after today on which institutions have something to do."""
        if self.idle:
            return NEVER
        waiting = [day for day in self.headquarters.awaits() if day > today]
        return min(today - today % WEEK + WEEK, *waiting, today + 1 if self.headquarters.papers else NEVER)

    def ledger(self) -> tuple[Reached, ...]:
        """What became of every step that needed a decision."""
        if not self.idle:
            self._catch_up()
        return tuple(self.headquarters.ledger(self.world.day))
