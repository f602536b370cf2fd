"""Policies by name: files of the theatre, files that ship with the model, and the two that are built."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

from sim.ground.check import BadInput, Problem, Source, did_you_mean
from sim.ground.paths import shipped
from sim.interventions.base import NONE, Decision, Lead, Policy, Step
from sim.interventions.families import make
from sim.interventions.families.catalogue import expanded
from sim.interventions.reading import Reader, read_decision, read_lead
from sim.scenario.theatre import CalendarEntry, Theatre
from sim.scenario.vary import Draw
from sim.world.index import index_of

BUILT = {"none": "nothing is added", "factual_dated": "what outsiders did, on the dates on which they did it"}


def policy_names(theatre: Theatre) -> tuple[str, ...]:
    """Every policy that can be named for this theatre."""
    files = (path.stem for path in (shipped("configs") / "policy").glob("*.yaml"))
    return tuple(sorted({*BUILT, *files, *theatre.policies}))


def load_policy(name: str, theatre: Theatre) -> Policy:
    """A policy by name, or several joined by `+`; the theatre's own file wins over a shipped one.

    Raises BadInput for an unknown name or a file that does not fit the theatre.
    """
    parts = [part.strip() for part in name.split("+")]
    if len(parts) > 1 and not all(parts):
        raise BadInput(
            f"no policy '' in {_short(name)!r}", where="policy", instead="names joined by one +: mediation+relief"
        )
    for part in parts:
        if parts.count(part) > 1:
            raise BadInput(
                f"{_short(part)!r} stands twice in {_short(name)!r}", where="policy",
                why="each of its forces would be sent twice", instead="each name once",
            )  # fmt: skip
    policies = [_load_one(part, theatre) for part in parts]
    whole = policies[0]
    for other in policies[1:]:
        whole = whole.combined(other)
    return whole


def policy_problems(theatre: Theatre) -> list[Problem]:
    """What is wrong with the theatre's own policies and dated acts; [] when a run could use all of them."""
    found = []
    for name in (*theatre.policies, "factual_dated"):
        where = f"policies/{name}.yaml"
        if name in theatre.policies and name in BUILT:
            found.append(
                Problem(f"the name {name!r} is taken", where, f"it means: {BUILT[name]}", "another file name and name:")
            )
            continue
        try:
            load_policy(name, theatre)
        except BadInput as error:
            at = where if name in theatre.policies else "calendar.csv"
            inside = error.problem.where.removeprefix(f"policy {name}").lstrip(".")
            found.append(replace(error.problem, where=f"{at} ({inside})" if inside else at))
    return found


def _short(name: str) -> str:
    return name if len(name) <= 60 else name[:57] + "..."


def _load_one(name: str, theatre: Theatre) -> Policy:
    if name == "none":
        return NONE
    if name in theatre.policies:
        return read_policy(theatre.policies[name], theatre)
    if name == "factual_dated":
        return _factual_dated(theatre)
    path = shipped("configs") / "policy" / f"{name}.yaml"
    known = policy_names(theatre)
    if name not in known or not path.is_file():
        raise BadInput(f"no policy {_short(name)!r}", where="policy", instead=did_you_mean(name, known))
    return read_policy(yaml.safe_load(path.read_text(encoding="utf-8")), theatre)


def read_policy(raw: Mapping[str, Any], theatre: Theatre) -> Policy:
    """A policy from the mapping of its file; BadInput says which key is wrong."""
    reader = Reader(raw, "policy")
    name = reader.take("name", str)
    reader.where = where = f"policy {name}"
    title, summary = reader.take("title", str), reader.take("summary", str, "")
    assumption = reader.take("assumption", str, "")
    common = read_decision(reader.take("decided_on", dict, {"day": 0}), theatre, f"{where}.decided_on")
    instruments = reader.take("instruments", list)
    reader.end()
    index = index_of(theatre)
    steps: list[Step] = []
    for number, given in enumerate(instruments):
        at = f"{where}.instruments[{number}]"
        given = expanded(given, at)
        inner = Reader(given, at)
        stages = inner.names("stages", ())
        for stage in stages:
            if stage not in {known.name for known in theatre.stages}:
                raise BadInput(
                    f"no stage {stage!r}", where=at, instead=did_you_mean(stage, [s.name for s in theatre.stages])
                )
        own = inner.take("decided_on", dict, None)
        decision = common if own is None else read_decision(own, theatre, f"{at}.decided_on")
        lead = read_lead(inner.take("lead_days", dict), f"{at}.lead_days")
        made = make(given, at, theatre, index, _expeditions(steps), lead, inner)
        if not stages or theatre.stage in stages:
            steps.append(Step(made, decision, name.startswith("factual_"), given))
    decided = common.text if all(step.decision == common for step in steps) else "each instrument by its own rule"
    return Policy(name, title, " ".join(summary.split()), " ".join(assumption.split()), decided, tuple(steps))


def _expeditions(steps: list[Step]) -> int:
    return sum(step.instrument.expedition >= 0 for step in steps)


OF_THE_STEP = ("stages", "decided_on", "lead_days")  # read beside the instrument; lead times are drawn run by run
CHOSEN = ("size", "duration_days")  # what the decider chooses is no doubt: its range says what is usual


def varied(policy: Policy, theatre: Theatre, number: int) -> Policy:
    """The policy with the judgements of its files drawn within their ranges, for the version `number` of the theatre.

    0 is the policy as stated. Equal numbers draw equal values for equal instruments, whatever the portfolio.
    """
    if number == 0:
        return policy
    draw, index = Draw(number), index_of(theatre)
    steps = []
    for step in policy.steps:
        made = step.instrument
        if step.raw is not None:
            raw = {key: _drawn(draw, f"{made.name} {key}", key, value) for key, value in step.raw.items()}
            inner = Reader({key: value for key, value in raw.items() if key not in OF_THE_STEP}, made.name)
            made = make(raw, made.name, theatre, index, max(made.expedition, 0), made.lead, inner)
        steps.append(replace(step, instrument=made))
    return replace(policy, steps=tuple(steps))


def _drawn(draw: Draw, name: str, key: str, given: Any) -> Any:
    if key in (*OF_THE_STEP, *CHOSEN) or not isinstance(given, Mapping) or "low" not in given:
        return given
    value = draw.between(name, given["low"], given["value"], given["high"])
    return round(value) if all(isinstance(given[end], int) for end in ("low", "value", "high")) else value


NO_LEAD = Lead(0.0, 0.0, 0.0, Source("the dated act itself", "data"))
POSTURE_OF_GOAL = {"protect": "protect", "observe": "observe"}


def _factual_dated(theatre: Theatre) -> Policy:
    """The calendar's dated acts of outsiders as instruments; what was there on the first day is in the units."""
    index = index_of(theatre)
    steps: list[Step] = []
    for number, entry in enumerate(theatre.calendar):
        if entry.applies != "factual" or not entry.instrument or entry.date < theatre.start:
            continue
        raw = _from_entry(entry, theatre)
        at = f"calendar entry {number + 1}"
        reader = Reader(raw, at)
        made = make(raw, at, theatre, index, _expeditions(steps), NO_LEAD, reader)
        day = (entry.date - theatre.start).days
        steps.append(Step(made, Decision(day, text=entry.date.isoformat()), factual=True))
    return Policy(
        "factual_dated",
        "What outsiders did, by date",
        "Every dated act in the calendar that the model can carry out.",
        "dates of the real acts, whatever happens in the model",
        "by calendar date",
        tuple(steps),
    )


def _from_entry(entry: CalendarEntry, theatre: Theatre) -> dict[str, Any]:
    """The fields of an instrument that a calendar row stands for; what the row does not say is a model assumption."""
    end = entry.end or theatre.start + datetime.timedelta(days=3650)
    raw: dict[str, Any] = {
        "instrument": entry.instrument,
        "name": entry.what or entry.who,
        "payer": entry.who or "unassigned",
        "duration_days": max((end - entry.date).days, 1),
    }
    capital = next(place.name for place in theatre.places if place.kind == "capital")
    places = list(entry.place) or [capital]
    if entry.instrument == "force":
        profile = next((actor for actor in theatre.actors if actor.name in entry.target), None)
        kind = "un_mission" if profile is not None and profile.kind == "peacekeeper" else "national"
        raw |= {
            "force": kind,
            "size": entry.size or 0,
            "places": places,
            "cost_per_person_day_eur": 0.0,
            "posture": POSTURE_OF_GOAL.get(profile.goal, "separate") if profile else "protect",
        }
        if profile is not None:
            raw |= {
                **({"actor": profile.name} if profile.outsider else {}),
                "arms": profile.arms,
                "cohesion": profile.cohesion,
                "legitimacy": profile.legitimacy,
                "roe": profile.discipline,
            }
    elif entry.instrument == "targeted_sanctions":
        raw |= {"targets": list(entry.target), "severity": 0.2, "bite_days": 150, "busting": 0.6}
    elif entry.instrument == "arms_embargo":
        raw |= {"targets": list(entry.target), "compliance": 0.2}
    elif entry.instrument == "mediation":
        raw |= {"parties": list(entry.target), "guarantee": 0.2, "leverage": 0.3}
    elif entry.instrument == "border_closure":
        raw |= {"places": list(entry.place) or [place.name for place in theatre.places if not place.inside]}
    elif entry.instrument == "evacuation":
        raw |= {"from": [p for p in places if _inside(p, theatre)], "capacity_per_day": (entry.size or 10000) / 100.0}
    elif entry.instrument == "relief":
        covered = entry.size or sum(row.people for row in theatre.population) // 10
        raw |= {"places": [p for p in entry.place if _inside(p, theatre)] or ["all"], "people_covered": covered}
    return raw


def _inside(name: str, theatre: Theatre) -> bool:
    return any(place.name == name and place.inside for place in theatre.places)
