"""Whether the rules of a policy can come true at all, and in an order that makes sense."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.ground.check import Problem
from sim.interventions.base import Decision, Step


def sequence_problems(where: str, steps: Sequence[Step]) -> list[Problem]:
    """Every step that can never begin or never be lifted by its own rule, or is lifted before it begins; [] if none."""
    begin, end = _possible(steps)
    found: list[Problem] = []
    for n, step in enumerate(steps):
        at = f"{where}: {step.instrument.name}"
        if n not in begin:
            found.append(Problem(
                "it can never begin", at, f"it waits for: {step.decision.text}, which can never come",
                "a rule that does not wait in a circle, and not for the end or the full effect of what never has one",
            ))  # fmt: skip
        found += [
            Problem("a rule to lift it can never come true", at, f"it waits for: {rule.text}", "another rule, or none")
            for rule in step.lifts
            if n in begin and not _comes(rule, steps, begin, end)
        ]
        found += _exit_problems(at, step)
    return found


def _possible(steps: Sequence[Step]) -> tuple[set[int], set[int]]:
    """Numbers of the steps that can begin, and of those that can end: grown until nothing is added."""
    begin: set[int] = set()
    end: set[int] = set()
    grown = -1
    while grown != len(begin) + len(end):
        grown = len(begin) + len(end)
        for n, step in enumerate(steps):
            if _comes(step.decision, steps, begin, end):
                begin.add(n)
            lifted = any(_comes(rule, steps, begin, end) for rule in step.lifts)
            if n in begin and (step.instrument.duration is not None or lifted):
                end.add(n)
    return begin, end


def _comes(rule: Decision, steps: Sequence[Step], begin: set[int], end: set[int]) -> bool:
    after = rule.after
    if after is None:
        return True
    if after.state == "ended":
        return after.step in end
    made = steps[after.step].instrument
    ripe = after.state != "complete" or made.duration is None or made.ripens < made.duration
    return after.step in begin and ripe


def _exit_problems(where: str, step: Step) -> Iterator[Problem]:
    start = step.decision
    for rule in step.lifts:
        if rule.day is not None and start.day is not None and rule.day <= start.day:
            yield Problem(
                "it is lifted before it begins", where, f"decided: {start.text}; lifted: {rule.text}", "a later exit"
            )
        if step.again and rule.when is not None and start.when is not None and rule.when.below:
            same = (rule.when.within_days, rule.when.prefecture) == (start.when.within_days, start.when.prefecture)
            if same and rule.when.deaths > start.when.deaths:
                yield Problem(
                    "what lifts it holds while what begins it holds", where,
                    f"it begins at {start.when.deaths} and is lifted below {rule.when.deaths}",
                    f"reported_deaths_below: {start.when.deaths} or less",
                )  # fmt: skip
    if step.again and not step.lifts:
        yield Problem("again: true, but nothing lifts it", where, "", "lifted_on: {when: {reported_deaths_below: 10}}")
    if step.again and (start.day is not None or start.after is not None):
        yield Problem(
            "again: true, but what begins it comes once", where, f"decided: {start.text}",
            "decided_on: {when: ...}, {event: ...} or {warning: ...}",
        )  # fmt: skip
