"""Whether a policy can be used in a theatre, everything that is wrong with it, and what it would take."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.ground.check import BadInput, Problem
from sim.ground.files import YAML_BYTES, parse_yaml, read_text
from sim.interventions.base import NEVER, Policy, Step
from sim.interventions.registry import examine, load_policy
from sim.warning.process import load_book

if TYPE_CHECKING:
    from sim.scenario.theatre import Theatre

YEAR = 365


def check_policy(target: str, theatre: Theatre, decision: str = "instant") -> tuple[Policy | None, list[Problem]]:
    """The policy behind a file, a name or a class, and everything that is wrong with it in this theatre.

    Raises BadInput for a file that is no YAML.
    """
    problems: list[Problem] = []
    path = Path(target)
    if path.suffix in (".yaml", ".yml") or path.is_file() and ":" not in target:
        written = parse_yaml(read_text(path, limit=YAML_BYTES, shown=path.name), path.name)
        policy, found = examine(written.value, theatre)
        problems += [replace(one, where=_line(one.where, written.lines, path.name)) for one in found]
        named = written.value.get("name") if isinstance(written.value, Mapping) else None
        if named is not None and named != path.stem:
            problems.append(Problem(f"name is {named!r}", path.name, "a policy is used by its file's name",
                                    f"name: {path.stem}"))  # fmt: skip
    else:
        try:
            policy = load_policy(target, theatre)
        except BadInput as error:
            return None, [error.problem]
    if policy is not None and not problems:
        try:
            load_book(decision)  # refuses a process that there is not
            refuse_undecidable(decision, {policy.name: policy})
        except BadInput as error:
            problems.append(error.problem)
    return policy, problems


def refuse_undecidable(decision: str, policies: Mapping[str, Any]) -> None:
    """Refuse rules that nobody can follow: a level of warning where nobody warns, a class where institutions decide."""
    for name, policy in policies.items():
        if decision != "instant" and getattr(policy, "rules", None):
            raise BadInput(
                f"a class decides {name!r}", where=f"decision={decision}",
                why="institutions cannot put what a class decides on their agenda", instead="decision=instant",
            )  # fmt: skip
        for step in getattr(policy, "steps", ()):
            if decision == "instant" and any(rule.warning for rule in step.rules):
                raise BadInput(
                    "it waits for a level of warning, and nobody warns",
                    where=f"policy {name}: {step.instrument.name}",
                    why="with decision=instant no institution watches", instead="decision=eu_2012, or another rule",
                )  # fmt: skip


def _line(where: str, lines: Mapping[Any, int], shown: str) -> str:
    """`policy x.instruments[1].size` as `file:line (policy x.instruments[1].size)`, by the deepest key in the file."""
    inner = re.split(r"[.:] ?", where.removeprefix("policy "))[1:]
    path: list[Any] = []
    for part in inner:
        word, _, rest = part.partition("[")
        path += [word, *(int(number) for number in re.findall(r"\d+", rest))]
    while path and tuple(path) not in lines:
        path.pop()
    return f"{shown}:{lines.get(tuple(path), 1)} ({where})"


# ---------------------------------------------------------------------------------------------- what it would take


def described(policy: Policy, theatre: Theatre) -> dict[str, Any]:
    """What a policy does in order, with its lead times, and what it costs each payer if all of it runs."""
    steps = sorted(policy.steps, key=lambda step: step.decision.day if step.decision.day is not None else NEVER)
    cost: dict[str, float] = {}
    for step in steps:
        made = step.instrument
        spent = sum(made.cost(age) for age in range(_days(step, theatre.days)))
        cost[made.payer] = cost.get(made.payer, 0.0) + spent
    return {
        "name": policy.name, "title": policy.title, "scenario": theatre.name, "stage": theatre.stage,
        "days": theatre.days, "decided_on": policy.decided_on, "assumes": policy.assumption,
        "steps": [_told(step, policy.steps) for step in steps], "euros_if_all_runs": cost,
        "needs": needs(steps),
    }  # fmt: skip


def needs(steps: Sequence[Step]) -> dict[str, list[str]]:
    """need -> the instruments that cannot be used without it."""
    found: dict[str, list[str]] = {}
    for step in steps:
        for need in step.needs:
            found.setdefault(need, []).append(step.instrument.name)
    return found


def _days(step: Step, horizon: int) -> int:
    """Days in force within the horizon, if it is decided on its day or on the first."""
    day = step.decision.day
    first = (0 if day is None or day == NEVER else max(day, 0)) + round(step.instrument.lead.value)
    last = next((rule.day for rule in step.lifts if rule.day is not None), horizon)
    lasts = NEVER if step.instrument.duration is None else step.instrument.duration
    return max(min(lasts, min(horizon, last) - first), 0)


def _told(step: Step, steps: Sequence[Step]) -> dict[str, Any]:
    made, lead = step.instrument, step.instrument.lead
    return {
        "name": made.name, "family": made.family, "begins": step.decision.text or "as its class says",
        "lead_days": [lead.low, lead.value, lead.high], "duration_days": made.duration,
        "lifted": [rule.text for rule in step.lifts], "again": step.again, "payer": made.payer,
    }  # fmt: skip


def lines(told: Mapping[str, Any]) -> list[str]:
    """The description as text."""
    shown = [f"{told['title']} ({told['name']}), in {told['scenario']} from {told['stage']}, {told['days']} days"]
    for number, step in enumerate(told["steps"], start=1):
        low, value, high = step["lead_days"]
        lasts = "to the end" if step["duration_days"] is None else f"for {step['duration_days']:,} days"
        shown.append(f"  {number:>2}. {step['name']} ({step['family']}), paid by {step['payer']}")
        shown.append(f"      decided  {step['begins']}")
        shown.append(f"      effect   {value:g} days later ({low:g} to {high:g}), {lasts}")
        for n, rule in enumerate(step["lifted"]):
            shown.append(f"      {'lifted   ' if n == 0 else '         '}{'or ' if n else ''}{rule}")
        if step["again"]:
            shown.append("               and begun again by its rule")
    for payer, euros in sorted(told["euros_if_all_runs"].items()):
        shown.append(f"  cost    {payer}: {euros / 1e6:,.1f} million euros of 2013, if all of it runs")
    for need, names in sorted(told["needs"].items()):
        shown.append(f"  needs   {need}: {', '.join(names)}")
    if told["assumes"]:
        shown.append(f"  {told['assumes']}")
    return [*shown, "no problem found"]
