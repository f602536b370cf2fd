"""Policies by name: files of the theatre, files that ship with the model, and the two that are built."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

from sim.ground.check import BadInput, Problem, Source, did_you_mean
from sim.ground.paths import shipped
from sim.interventions.base import NEVER, NONE, Decision, Instrument, Lead, Policy, Step, Unread
from sim.interventions.coded import is_coded, load_coded
from sim.interventions.families import FAMILIES, make
from sim.interventions.families.catalogue import cards, envelopes, expanded
from sim.interventions.families.force_profiles import completed
from sim.interventions.reading import Patient, Reader, read_decision, read_lead, read_lifts
from sim.interventions.sequence import sequence_problems
from sim.scenario.theatre import CalendarEntry, Theatre
from sim.scenario.vary import Draw
from sim.world.index import index_of

NO_LEAD = Lead(0.0, 0.0, 0.0, Source("the dated act itself", "data"))
# stands for an instrument that was refused
UNREAD = Step(Unread("", "", NO_LEAD, None, "", "", "", announced=False), Decision(NEVER))
BUILT = {"none": "nothing is added", "factual_dated": "what outsiders did, on the dates on which they did it"}


def policy_names(theatre: Theatre) -> tuple[str, ...]:
    """Every policy that can be named for this theatre."""
    files = (path.stem for path in (shipped("configs") / "policy").glob("*.yaml"))
    return tuple(sorted({*BUILT, *files, *theatre.policies}))


def load_policy(name: str, theatre: Theatre) -> Policy:
    """A policy by name, or several joined by `+`; the theatre's own file wins over a shipped one.

    A name with a colon stands for a class in Python: ``file.py:Class`` or ``package.module:Class``.
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
    if is_coded(name):
        return load_coded(name, lambda used: load_policy(used, theatre))
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
    policy, problems = examine(raw, theatre)
    if policy is None or problems:
        raise BadInput.of(problems[0])
    return policy


def examine(raw: Mapping[str, Any], theatre: Theatre) -> tuple[Policy | None, list[Problem]]:
    """A policy from the mapping of its file, and everything that is wrong with it; None when nothing can be read."""
    found: list[Problem] = []
    policy: Policy | None = None
    with _Hearing(found):
        policy = _Draft(raw, theatre, found).policy()
    return policy, found


CONSENTED = {"host": "consent", "un": "mandate"}


def granted(given: Any, where: str) -> tuple[tuple[str, ...], Any]:
    """(what the instrument cannot be used without, its block with the defaults of the catalogue filled in).

    Raises BadInput when it needs the host's consent and its block says ``consent: none``.
    """
    card = cards().get(str(given.get("instrument"))) if isinstance(given, Mapping) else None
    full = completed(expanded(given, where), where)
    if not isinstance(full, Mapping) or full.get("instrument") not in FAMILIES:
        return (), full  # refused where it is read
    consent, needs = full.get("consent"), list(card.needs if card else ())
    fund = envelopes().get(str(given.get("envelope", card.envelope if card else "")))
    if fund is not None and fund.consent:
        needs.append("consent")
    if full.get("instrument") == "force":
        needs += [CONSENTED[consent]] if consent in CONSENTED else []
    elif consent is not None:
        full = {key: value for key, value in full.items() if key != "consent"}
        if consent not in ("host", "none"):
            raise BadInput(f"consent is {consent!r}", where=where, instead="consent: host, or consent: none")
    if consent == "none" and "consent" in needs:
        raise BadInput(
            "it needs the consent of the host, and has none", where=where,
            why=f"{card.title if card else given['instrument']} is done with the host, or not at all",
            instead="consent: host, or an instrument that does without (forestall instruments)",
        )  # fmt: skip
    return tuple(dict.fromkeys(needs)), full


class _Hearing:
    """Notes what is refused inside a `with`, and goes on after it."""

    def __init__(self, found: list[Problem]) -> None:
        self.found = found

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        if isinstance(error, BadInput):
            self.found.append(error.problem)
        return isinstance(error, BadInput)


class _Draft:
    """The file of a policy while it is read; what is wrong is noted in `found`, and the rest is read on."""

    def __init__(self, raw: Mapping[str, Any], theatre: Theatre, found: list[Problem]) -> None:
        self.theatre, self.found = theatre, found
        reader = Reader(raw, "policy")
        self.name = reader.take("name", str)
        self.where = reader.where = f"policy {self.name}"
        self.title, self.summary, self.assumption = "", "", ""
        with _Hearing(found):
            self.title = reader.take("title", str)
        with _Hearing(found):
            self.summary, self.assumption = reader.take("summary", str, ""), reader.take("assumption", str, "")
        self.needs: dict[int, tuple[str, ...]] = {}  # number in the file -> what it cannot be used without
        self.instruments = self._used(reader.take("instruments", list))
        self.names = [str(given.get("name", given.get("instrument", ""))) for _, given in self.instruments]
        self.common = self._rule(reader, "decided_on", self.where) or Decision(0, text="day 0")
        self.lifts = self._lifts(reader, self.where, ())
        self.ladder = self._ladder(reader)
        with _Hearing(found):
            reader.end()

    def policy(self) -> Policy:
        """The policy, as far as it could be read."""
        steps: list[Step] = []
        for number, given in self.instruments:
            steps += [self._step(number, given, len(steps), _expeditions(steps))]
        if not self.found:
            self.found += sequence_problems(self.where, steps)
        same = all(step.decision == self.common for step in steps)
        decided = self.common.text if same else "each instrument by its own rule"
        summary, assumption = " ".join(self.summary.split()), " ".join(self.assumption.split())
        return Policy(self.name, self.title, summary, assumption, decided, tuple(s for s in steps if s is not UNREAD))

    def _used(self, instruments: list[Any]) -> list[tuple[int, Mapping[str, Any]]]:
        """(number in the file, block) of the instruments that the stage uses."""
        known, used = [stage.name for stage in self.theatre.stages], []
        for number, given in enumerate(instruments):
            with _Hearing(self.found):
                where = f"{self.where}.instruments[{number}]"
                self.needs[number], given = granted(given, where)
                reader = Reader(given, where)
                stages = reader.names("stages", ())
                for stage in stages:
                    if stage not in known:
                        raise BadInput(f"no stage {stage!r}", where=reader.where, instead=did_you_mean(stage, known))
                if not stages or self.theatre.stage in stages:
                    used.append((number, given))
        return used

    def _rule(self, reader: Reader, key: str, where: str) -> Decision | None:
        with _Hearing(self.found):
            raw = reader.take(key, dict, None)
            return None if raw is None else read_decision(raw, self.theatre, f"{where}.{key}", self.names)
        return None

    def _lifts(self, reader: Reader, where: str, common: tuple[Decision, ...]) -> tuple[Decision, ...]:
        with _Hearing(self.found):
            raw = reader.take("lifted_on", (dict, list), None)
            return common if raw is None else read_lifts(raw, self.theatre, f"{where}.lifted_on", self.names)
        return common

    def _ladder(self, reader: Reader) -> dict[str, Decision]:
        """Instrument -> its rule as a rung: some days after the rung below it, while the condition persists."""
        rungs: dict[str, Decision] = {}
        with _Hearing(self.found):
            raw = reader.take("ladder", dict, None)
            if raw is None:
                return rungs
            where = f"{self.where}.ladder"
            inner = Reader(raw, where)
            every = inner.whole("every_days", 1, 3660)
            condition = inner.take("while", Mapping, {})
            names = inner.names("steps")
            inner.end()
            if len(names) < 2 or len(set(names)) < len(names):
                raise BadInput("a ladder has two or more rungs, each once", where=where, instead="steps: [name, name]")
            for below, name in zip((None, *names[:-1]), names, strict=True):
                rule = {"after": below or name, "days": every, **({"if": condition} if condition else {})}
                read = read_decision(rule, self.theatre, f"{where} ({name})", self.names)
                read_decision({"after": name}, self.theatre, where, self.names)  # a rung is an instrument, too
                rungs[name] = self.common if below is None else read
                _refuse_two_rules(name, self.names, self.instruments, where)
        return rungs

    def _step(self, number: int, given: Mapping[str, Any], at: int, expeditions: int) -> Step:
        where = f"{self.where}.instruments[{number}]"
        reader = Reader(given, where)
        reader.take("stages", (list, tuple, str), ())
        decision = self._rule(reader, "decided_on", where) or self.ladder.get(self.names[at], self.common)
        lifts = self._lifts(reader, where, self.lifts)
        again, lead = False, NO_LEAD
        with _Hearing(self.found):
            again = reader.take("again", bool, False)
        with _Hearing(self.found):
            lead = read_lead(reader.take("lead_days", dict), f"{where}.lead_days")
        made = self._made(given, where, expeditions, lead)
        if made is None:
            return UNREAD
        return Step(
            made, decision, self.name.startswith("factual_"), given, lifts, again, needs=self.needs.get(number, ())
        )

    def _made(self, given: Mapping[str, Any], where: str, expeditions: int, lead: Lead) -> Instrument | None:
        """The instrument; a key that is refused is noted, and left out to see what else is wrong."""
        left = {key: value for key, value in given.items() if key not in OF_THE_STEP}
        dropped: set[str] = set()
        before = len(self.found)
        while True:
            reader = Patient(left, where)
            try:
                made = make(left, where, self.theatre, index_of(self.theatre), expeditions, lead, reader)
                self.found += [problem for problem in reader.refused if problem not in self.found]
                return made if len(self.found) == before else None
            except BadInput as error:
                self.found += [problem for problem in reader.refused if problem not in self.found]
                what = error.problem.what
                if any(what == f"{key!r} is missing" for key in dropped):
                    return None
                self.found.append(error.problem)
                key = next((key for key in left if what.startswith((f"{key} ", f"{key}:")) or repr(key) in what), None)
                if key is None:
                    return None
                dropped.add(key)
                del left[key]


def _refuse_two_rules(name: str, names: list[str], blocks: list[tuple[int, Mapping[str, Any]]], where: str) -> None:
    if "decided_on" in blocks[names.index(name)][1]:
        raise BadInput(
            f"{name!r} is a rung of the ladder and has a decided_on of its own", where=where,
            instead="one of the two",
        )  # fmt: skip


def _expeditions(steps: list[Step]) -> int:
    return sum(step is not UNREAD and step.instrument.expedition >= 0 for step in steps)


# read beside the instrument; lead times are drawn run by run
OF_THE_STEP = ("stages", "decided_on", "lifted_on", "again", "lead_days")
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


POSTURE_OF_GOAL = {"protect": "protect", "observe": "observe"}


def _factual_dated(theatre: Theatre) -> Policy:
    """The calendar's dated acts of outsiders as instruments; what was there on the first day is in the units."""
    index = index_of(theatre)
    steps: list[Step] = []
    for number, entry in enumerate(theatre.calendar):
        if entry.applies != "factual" or not entry.instrument or entry.date < theatre.start:
            continue
        at = f"calendar entry {number + 1}"
        raw = completed(_from_entry(entry, theatre), at)
        reader = Reader(raw, at)
        reader.take("lead_days", dict, {})
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
            "lead_days": {},
            "ramp_days": 10,
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
