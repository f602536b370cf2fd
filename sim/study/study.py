"""A study file, and the plan made from it: which runs there are, under which numbers, at what cost.

A study crosses scenarios, decision processes and theories (its cases) with policies and their levers (its arms), and
with points of a design over uncertain numbers, with replicates. Cases and arms share random numbers.
Its runs are numbered: a wave is a block of points x replicates x arms (arms fastest, so that an unfinished study holds
whole comparisons), and a study grows by further waves. A run is still identified as everywhere else, by policy, delay,
draw and replicate; random numbers follow from seed, draw and replicate alone, so that all arms share them.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.ground.check import BadInput, did_you_mean
from sim.ground.files import YAML_BYTES, YamlText, parse_yaml, read_text
from sim.study import harm
from sim.study.design import KINDS
from sim.study.plan import AS_STATED
from sim.study.store import RunId

if TYPE_CHECKING:
    from sim.scenario.theatre import Theatre

Ints = NDArray[np.signedinteger[Any]]

PLAN_VERSION = 1
KEYS: dict[str, str] = {
    "schema_version": "1",
    "defaults": "[base, {uncertainties: few}], files that it is put together from",
    "name": "a short name, letters, digits and _",
    "question": "the question in words",
    "scenario": "a scenario's name or folder, or a list of them",
    "stage": "a start of the scenario, by name or date",
    "days": "days simulated",
    "decision": "a decision process, or a list of them: [instant, eu_2012]",
    "theories": "[as_stated, from_below], or {as_stated: {}, quick_fear: {fear_fade: 0.1}}",
    "policies": "[none, preventive_deployment]",
    "combine": "2 to run every two policies together as well",
    "baseline": "the policy that the others are compared with",
    "levers": "{preventive_deployment.delay_days: [0, 30]}",
    "uncertainties": "{NAME: {low: 0.1, high: 0.4}}",
    "others": "stated or drawn",
    "design": "{kind: latin_hypercube, points: 64}",
    "replicates": "runs of each policy at each point",
    "seed": "a whole number",
    "random_numbers": "by_point or shared",
    "keep": "[series, monthly, places], or all",
    "answer": "{objective: civilian_deaths}",
    "search": "{trials: 40, within: {euros: 20000000}}",
    "stop": "{policy: ..., half_width: 20, at_most: 4000}",
    "select": "{method: kn, indifference: 20, at_most: 4000}",
}
"""Keys of a study file, and what to write."""

KEEP = {
    "series": "series", "monthly": "monthly", "refugees": "monthly_refugees", "places": "place_runs", "chain": "chain",
}  # fmt: skip
SHARED = ("sobol", "morris", "grid")
"""Designs whose points share their random numbers unless the file says otherwise: only the parameters differ."""

GROWING = ("draws", "latin_hypercube")
"""Designs with one parameter set a point, which can grow by any number of points."""

MOST_RUNS = 20_000_000
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class StudyFile:
    """What a study file says, checked as far as it can be without a scenario; tables are looked for in `folder`."""

    name: str
    question: str
    scenarios: tuple[str, ...]
    stage: str | None
    days: int | None
    policies: tuple[str, ...]
    baseline: str
    levers: Mapping[str, Any]
    uncertainties: Mapping[str, Any]
    others: str
    design: Mapping[str, Any]
    replicates: int
    seed: int
    random_numbers: str
    keep: tuple[str, ...]
    answer: Mapping[str, Any]
    stop: Mapping[str, Any]
    select: Mapping[str, Any]
    folder: Path = field(default=Path(), compare=False)
    decisions: tuple[str, ...] = ("instant",)
    theories: Mapping[str, Mapping[str, float] | None] = field(default_factory=lambda: {AS_STATED: {}})
    search: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The content as JSON values; `folder` is no part of it."""
        content = asdict(self)
        del content["folder"]
        plain: dict[str, Any] = json.loads(json.dumps(content))
        return plain


def read_study(path: Path, overrides: Sequence[str] = ()) -> StudyFile:
    """The study file `path`, with ``key=value`` words in place of what it says (``design.points=128``).

    A file with `defaults` is put together from several (sim/study/composed.py).

    Raises BadInput with file, line and what to write instead.
    """
    shown = path.name
    parsed = parse_yaml(read_text(path, limit=YAML_BYTES, shown=shown), shown)
    if not isinstance(parsed.value, dict):
        raise BadInput("it is no study file", where=shown, instead="key: value lines, as in docs/studies.md")
    raw: dict[str, Any] = parsed.value
    files = [(shown, parsed)]
    if "defaults" in raw:
        from sim.study.composed import composed

        where = f"{shown}:{parsed.line(('defaults',))}"
        raw, overrides, others = composed(raw, path, overrides, tuple(KEYS), where)
        files += reversed(others)
    for word in overrides:
        _override(raw, word)
    return _File(raw, files, path.resolve().parent).read()


def _override(raw: dict[str, Any], word: str) -> None:
    name, equals, value = word.partition("=")
    first, *rest = name.split(".", 1)
    if not equals or first not in KEYS:
        raise BadInput(
            f"{word[:60]!r} is no setting of a study", where="settings",
            instead=did_you_mean(first, KEYS) if equals else "key=value: replicates=8 design.points=128",
        )  # fmt: skip
    found = parse_yaml(value or "null", f"settings: {name}").value
    if not rest:
        raw[first] = found
        return
    inner = raw.setdefault(first, {})
    if not isinstance(inner, dict):
        raise BadInput(f"{first} is no block", where="settings", instead=f"{first}: {{{rest[0]}: {value}}} in the file")
    inner[rest[0]] = found


class _File:
    """Takes a study file apart, key by key. `files`: the study file and those it is composed of, with their lines."""

    def __init__(self, raw: dict[str, Any], files: Sequence[tuple[str, YamlText]], folder: Path) -> None:
        self.raw, self.files, self.folder = raw, files, folder
        self.shown = files[0][0]

    def where(self, *path: str | int) -> str:
        """`file:line` of a key, or of its nearest parent, in the file that says it."""
        for upto in range(len(path), 0, -1):
            for shown, parsed in self.files:
                if path[:upto] in parsed.lines:
                    return f"{shown}:{parsed.lines[path[:upto]]}"
        return f"{self.shown}:1"

    def read(self) -> StudyFile:
        for key in self.raw:
            if key not in KEYS:
                raise BadInput(f"unknown key {str(key)[:40]!r}", where=self.where(key), instead=did_you_mean(key, KEYS))
        if self.raw.get("schema_version", 1) != 1:
            raise BadInput("schema_version is not 1", where=self.where("schema_version"), instead="schema_version: 1")
        design = self.block("design", {"kind": "draws", "points": 16})
        kind = design.get("kind", "draws")
        uncertainties = self.block("uncertainties", {})
        if kind == "draws" and uncertainties:
            raise BadInput(
                "a draws design takes no uncertainties", where=self.where("uncertainties"),
                why="it draws every uncertain parameter of the model",
                instead="design: {kind: latin_hypercube, points: 64} to vary these alone",
            )  # fmt: skip
        policies = self.names("policies", ("none",))
        if len(set(policies)) < len(policies):
            raise BadInput("a policy is named twice", where=self.where("policies"), instead="each policy once")
        baseline = self.text("baseline", policies[0])
        policies = self.combined(policies, baseline)
        if baseline not in policies:
            raise BadInput(
                f"the baseline {baseline!r} is not among the policies", where=self.where("baseline"),
                instead=did_you_mean(baseline, policies),
            )  # fmt: skip
        shared = "shared" if isinstance(kind, str) and kind in SHARED else "by_point"
        study = StudyFile(
            self.name(), self.text("question", ""), self.names("scenario", ("sahra",)), self.text("stage", None),
            self.whole("days", None, 1, 3660), policies, baseline, self.levers(policies), uncertainties,
            self.choice("others", ("stated", "drawn"), "drawn" if kind == "draws" else "stated"), design,
            self.whole("replicates", 4, 1, 100_000), self.whole("seed", 1, 0, 2**63 - 1),
            self.choice("random_numbers", ("by_point", "shared"), shared), self.kept(),
            self.answer(), self.stop(policies, baseline), self.select(policies), self.folder, self.decisions(),
            self.theories(uncertainties), self.search(policies, baseline),
        )  # fmt: skip
        self.can_grow(kind)
        self.one_case(study)
        if study.others == "drawn" and kind in ("sobol", "morris"):
            raise BadInput(
                f"others: drawn does not go with a {kind} design", where=self.where("others"),
                why="what else moves would be taken for the effect of the uncertainties", instead="others: stated",
            )  # fmt: skip
        return study

    def name(self) -> str:
        name: str = self.text("name", Path(self.shown).stem.lower())
        if not _WORD.fullmatch(name):
            raise BadInput(f"the name {name[:40]!r} is no word", where=self.where("name"), instead=KEYS["name"])
        return name

    def block(self, key: str, default: dict[str, Any]) -> dict[str, Any]:
        value = self.raw.get(key)
        if value is None:
            return default
        if not isinstance(value, dict):
            raise BadInput(f"{key} is no block", where=self.where(key), instead=f"{key}: {KEYS[key]}")
        return value

    def text(self, key: str, default: Any) -> Any:
        value = self.raw.get(key, default)
        if value is not default and not isinstance(value, str):
            raise BadInput(f"{key} is {str(value)[:40]}", where=self.where(key), instead=f"{key}: {KEYS[key]}")
        return value

    def whole(self, key: str, default: Any, low: int, high: int) -> Any:
        value = self.raw.get(key, default)
        if value is default:
            return value
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadInput(
                f"{key} is {str(value)[:40]}", where=self.where(key), instead=f"{key}: a whole number {low} to {high:,}"
            )
        return value

    def choice(self, key: str, known: Sequence[str], default: str) -> str:
        value = self.raw.get(key, default)
        if value not in known:
            raise BadInput(f"{key} is {str(value)[:40]}", where=self.where(key), instead=" or ".join(known))
        return str(value)

    def names(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self.raw.get(key, list(default))
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
            raise BadInput(f"{key} names nothing", where=self.where(key), instead=f"{key}: {KEYS[key]}")
        return tuple(value)

    def combined(self, policies: tuple[str, ...], baseline: str) -> tuple[str, ...]:
        """The policies, and with `combine` every so many of them together."""
        most = self.whole("combine", 1, 1, 4)
        parts = [name for name in policies if name != baseline and "+" not in name]
        sets = [few for count in range(2, most + 1) for few in itertools.combinations(parts, count)]
        there = {frozenset(name.split("+")) for name in policies}
        return (*policies, *("+".join(few) for few in sets if frozenset(few) not in there))

    def decisions(self) -> tuple[str, ...]:
        names = self.names("decision", ("instant",))
        if len(set(names)) < len(names):
            raise BadInput("a process is named twice", where=self.where("decision"), instead="each process once")
        return names

    def theories(self, uncertainties: Mapping[str, Any]) -> dict[str, dict[str, float] | None]:
        """Theory -> what it says of parameters; None for one that is a file of configs/theory/."""
        if isinstance(self.raw.get("theories"), (str, list)):
            return {name: None if name != AS_STATED else {} for name in self.names("theories", ())}
        raw = self.block("theories", {AS_STATED: {}})
        for name, values in raw.items():
            where = self.where("theories", name)
            if not isinstance(name, str) or not _WORD.fullmatch(name):
                raise BadInput(f"the theory {str(name)[:40]!r} is no word", where=where, instead=KEYS["name"])
            if not isinstance(values, dict):
                raise BadInput(f"the theory {name} is no block", where=where, instead=f"theories: {KEYS['theories']}")
            for parameter, value in values.items():
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                    raise BadInput(f"{parameter} is {str(value)[:40]}", where=where, instead=f"{parameter}: a number")
                if parameter in uncertainties:
                    raise BadInput(
                        f"{parameter} is uncertain and set by the theory {name}", where=where,
                        why="a theory says what it is", instead="one of the two",
                    )  # fmt: skip
        return {name: {key: float(value) for key, value in values.items()} for name, values in raw.items()}

    def one_case(self, study: StudyFile) -> None:
        """What chooses an arm chooses it in one case."""
        for key in ("select", "search"):
            if getattr(study, key) and len(study.scenarios) * len(study.decisions) * len(study.theories) > 1:
                raise BadInput(
                    f"{key} needs one scenario, one decision process and one theory", where=self.where(key),
                    instead="a study for each",
                )  # fmt: skip

    def kept(self) -> tuple[str, ...]:
        names = self.names("keep", ()) if self.raw.get("keep") else ()
        names = tuple(KEEP) if names == ("all",) else names
        for name in names:
            if name not in KEEP:
                raise BadInput(f"no table {name!r} to keep", where=self.where("keep"), instead=did_you_mean(name, KEEP))
        return names

    def levers(self, policies: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, values in self.block("levers", {}).items():
            policy, dot, path = key.partition(".")
            where = self.where("levers", key)
            if not dot or policy not in policies:
                raise BadInput(
                    f"the lever {key!r} belongs to no policy of the study", where=where,
                    instead=f"POLICY.delay_days or POLICY.instruments.0.size with one of: {', '.join(policies)}",
                )  # fmt: skip
            if isinstance(values, dict):
                found[key] = self.lever_range(key, values, path == "delay_days")
                continue
            values = values if isinstance(values, list) else [values]
            plain = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
            if not values or len(plain) < len(values) or len(set(plain)) < len(plain):
                raise BadInput(f"{key} is no list of numbers", where=where, instead=f"{key}: [0, 30, 60]")
            if path == "delay_days" and not all(isinstance(v, int) and 0 <= v <= 3660 for v in plain):
                raise BadInput(f"{key} is no delay", where=where, instead=f"{key}: [0, 30, 60], whole days from 0")
            if path != "delay_days" and "+" in policy:
                raise BadInput(
                    f"{policy} is made of several policies", where=where, why="its parts have levers of their own",
                    instead=f"{policy}.delay_days, or the parts as policies",
                )  # fmt: skip
            found[key] = tuple(plain)
        return found

    def lever_range(self, key: str, values: Mapping[str, Any], whole: bool) -> dict[str, float]:
        """What a search may choose a lever from."""
        where, example = self.where("levers", key), f"{key}: {{low: 0, high: 90, step: 15}}"
        if not self.raw.get("search"):
            raise BadInput(
                f"{key} is a range", where=where, why="a range is for a search", instead=f"{key}: [0, 30, 60]"
            )
        found = {"step": 1 if whole else 0.0, **values}
        plain = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in found.values())
        if set(found) != {"low", "high", "step"} or not plain or not found["low"] < found["high"] or found["step"] < 0:
            raise BadInput(f"{key} is no range", where=where, instead=example)
        if whole and not all(isinstance(v, int) and 0 <= v <= 3660 for v in (*found.values(), found["step"] - 1)):
            raise BadInput(f"{key} is no range of delays", where=where, instead=example)
        return found

    def answer(self) -> dict[str, Any]:
        raw = dict(self.block("answer", {}))
        where = self.where("answer")
        known = ("objective", "fails_above", "acceptable", "budgets")
        for key in raw:
            if key not in (*known, "direction"):
                where = self.where("answer", key)
                raise BadInput(f"unknown key {key!r}", where=where, instead=did_you_mean(key, known))
        found: dict[str, Any] = {
            "objective": harm.objective(
                raw.get("objective", "civilian_deaths"), where, raw.get("direction", "minimise")
            )
        }
        if "fails_above" in raw:
            found["fails_above"] = harm.limits({found["objective"]: raw["fails_above"]}, where)[found["objective"]]
        if "acceptable" in raw:
            found["acceptable"] = harm.limits(raw["acceptable"], where)
        if "budgets" in raw:
            sums = raw["budgets"] if isinstance(raw["budgets"], list) and raw["budgets"] else [None]
            found["budgets"] = [harm.limits({"euros": euros}, where, total_cost=True)["euros"] for euros in sums]
        return found

    def numbers(self, key: str, known: Mapping[str, Any]) -> dict[str, Any]:
        """A block of positive numbers and names; a default of None in `known` marks what must be given."""
        raw = self.block(key, {})
        if not raw:
            return {}
        for name in raw:
            if name not in known:
                raise BadInput(f"unknown key {name!r}", where=self.where(key, name), instead=did_you_mean(name, known))
        found = {**known, **raw}
        for name, value in found.items():
            wrong = not isinstance(value, (int, float, str)) or isinstance(value, bool)
            if name == "within" and isinstance(value, dict):
                continue
            if wrong or (not isinstance(value, str) and not 0 < value < 1e12):
                raise BadInput(
                    f"{key}.{name} is {'missing' if value is None else str(value)[:40]}",
                    where=self.where(key, name), instead=f"{key}: {KEYS[key]}",
                )  # fmt: skip
        return found

    def stop(self, policies: Sequence[str], baseline: str) -> dict[str, Any]:
        first = next((name for name in policies if name != baseline), "")
        found = self.numbers(
            "stop", {"outcome": "civilian_deaths", "policy": first, "half_width": None, "at_most": None}
        )
        if found and (found["policy"] not in policies or found["policy"] == baseline):
            raise BadInput(
                f"{str(found['policy'])!r} is not compared with {baseline!r}", where=self.where("stop"),
                instead="policy: " + (first or "another policy than the baseline"),
            )  # fmt: skip
        return found

    def select(self, policies: Sequence[str]) -> dict[str, Any]:
        found = self.numbers(
            "select",
            {"method": "kn", "objective": "civilian_deaths", "confidence": 0.95, "indifference": None, "at_most": None},
        )
        if not found:
            return {}
        where = self.where("select")
        found["objective"] = harm.objective(found["objective"], where)
        if found["method"] not in ("kn", "ocba"):
            raise BadInput(f"unknown method {found['method']!r}", where=where, instead="kn or ocba")
        if not 0.5 < found["confidence"] < 1.0:
            raise BadInput(f"confidence is {found['confidence']}", where=where, instead="0.95")
        if len(policies) < 2 and not self.raw.get("levers"):
            raise BadInput("there is nothing to choose from", where=where, instead="two policies or more")
        return found

    def search(self, policies: Sequence[str], baseline: str) -> dict[str, Any]:
        found = self.numbers("search", {"trials": 40, "batch": 8, "confirm": 32, "within": {}})
        if not found:
            return {}
        where = self.where("search")
        for name in ("trials", "batch", "confirm"):
            if not isinstance(found[name], int) or found[name] > 100_000:
                raise BadInput(f"{name} is {found[name]}", where=where, instead=f"{name}: a whole number")
        found["within"] = harm.limits(found["within"], where, total_cost=True) if found["within"] else {}
        if all(name == baseline for name in policies):
            raise BadInput("there is nothing to search among", where=where, instead="policies beside the baseline")
        return found

    def can_grow(self, kind: Any) -> None:
        for key in ("stop", "select", "search"):
            if self.raw.get(key) and kind not in GROWING:
                raise BadInput(
                    f"{key} does not go with a {kind} design", where=self.where(key),
                    why="the study has to grow point by point", instead="design: {kind: draws, points: 16}",
                )  # fmt: skip
        given = [key for key in ("stop", "select", "search") if self.raw.get(key)]
        if len(given) > 1:
            raise BadInput(f"{' and '.join(given)} are both given", where=self.where(given[0]), instead="one of them")


# --------------------------------------------------------------------------------------------------- the plan


@dataclass(frozen=True)
class Arm:
    """What is compared: a policy, with the values of its levers, decided `delay_days` later than it says.

    `policy` is the name in the tables; `base` the one in the study file.
    """

    policy: str
    delay_days: int
    base: str
    levers: Mapping[str, float]

    @property
    def parts(self) -> list[tuple[str, str, dict[str, float]]]:
        """(name in the tables, name of the file, levers) of each policy that runs in it; `a+b` names levers a.PATH."""
        if "+" not in self.base:
            return [(self.policy, self.base, dict(self.levers))]
        found = []
        for told, base in zip(self.policy.split("+"), self.base.split("+"), strict=True):
            mine = {k.removeprefix(f"{base}."): v for k, v in self.levers.items() if k.startswith(f"{base}.")}
            found.append((told, base, mine))
        return found

    @property
    def label(self) -> str:
        """The name of the arm in answers."""
        return f"{self.policy}, {self.delay_days} days later" if self.delay_days else self.policy


@dataclass(frozen=True)
class Case:
    """One scenario under one decision process and theory. `points` names the file of parameter values and `digest` its
    content; `policies` maps policies, and a decision process, to digests of theirs."""

    name: str
    scenario: str
    stage: str
    days: int
    theatre: str
    policies: Mapping[str, str]
    points: str
    digest: str
    uncertain: tuple[str, ...]
    origin: str
    decision: str = "instant"
    theory: str = AS_STATED


@dataclass(frozen=True)
class Wave:
    """A block of runs: `arms` (positions in the plan) at draws first..last, with replicates first..last."""

    arms: tuple[int, ...]
    draws: tuple[int, int]
    replicates: tuple[int, int]

    @property
    def runs(self) -> int:
        """Runs of the block in each scenario."""
        return len(self.arms) * (self.draws[1] - self.draws[0]) * (self.replicates[1] - self.replicates[0])


@dataclass(frozen=True)
class Plan:
    """A study ready to be computed. Runs of a case have the numbers 0 .. `runs` - 1, wave after wave."""

    hash: str
    study: Mapping[str, Any]
    engine: str
    arms: tuple[Arm, ...]
    cases: tuple[Case, ...]
    waves: tuple[Wave, ...]
    task_runs: int
    cost: Mapping[str, Any]
    made: Mapping[str, Any]
    identity: Mapping[str, Any]

    @property
    def runs(self) -> int:
        """Runs in each case."""
        return sum(wave.runs for wave in self.waves)

    @property
    def draws(self) -> int:
        """Parameter sets of each case."""
        return max(wave.draws[1] for wave in self.waves)

    @property
    def seed(self) -> int:
        """The seed of the study."""
        return int(self.study["seed"])

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *itertools.accumulate(wave.runs for wave in self.waves)]

    @cached_property
    def _homes(self) -> dict[tuple[str, int], list[tuple[int, int]]]:
        """(policy, delay) -> (wave, place among its arms)."""
        homes: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for number, wave in enumerate(self.waves):
            for place, position in enumerate(wave.arms):
                arm = self.arms[position]
                homes.setdefault((arm.policy, arm.delay_days), []).append((number, place))
        return homes

    def run(self, number: int) -> RunId:
        """The run of that number."""
        at = int(np.searchsorted(self._starts, number, side="right")) - 1
        wave = self.waves[at]
        rest, place = divmod(number - self._starts[at], len(wave.arms))
        draw, replicate = divmod(rest, wave.replicates[1] - wave.replicates[0])
        arm = self.arms[wave.arms[place]]
        return RunId(arm.policy, arm.delay_days, draw + wave.draws[0], replicate + wave.replicates[0])

    def number(self, run: RunId) -> int:
        """The number of a run; -1 when the plan has no such run."""
        for at, place in self._homes.get((run.policy, run.delay_days), ()):
            wave = self.waves[at]
            (first, last), (low, high) = wave.draws, wave.replicates
            if first <= run.draw < last and low <= run.replicate < high:
                inside = (run.draw - first) * (high - low) + run.replicate - low
                return self._starts[at] + inside * len(wave.arms) + place
        return -1

    def numbers(
        self, policy: Sequence[str], which: NDArray[np.intp], delay: Ints, draw: Ints, replicate: Ints
    ) -> NDArray[np.int64]:
        """The numbers of many runs [n], -1 where the plan has no such run; run i is under ``policy[which[i]]``."""
        found = np.full(len(draw), -1, dtype=np.int64)
        for (name, days), homes in self._homes.items():
            if name not in policy:
                continue
            mine = (which == list(policy).index(name)) & (delay == days)
            for at, place in homes:
                wave = self.waves[at]
                (first, last), (low, high) = wave.draws, wave.replicates
                inside = mine & (first <= draw) & (draw < last) & (low <= replicate) & (replicate < high)
                number = ((draw - first) * (high - low) + replicate - low) * len(wave.arms) + place
                found[inside] = self._starts[at] + number[inside]
        return found

    def of_arm(self, arm: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Numbers, draws and replicates [runs] of the runs of an arm, by its position in the plan."""
        parts = []
        for at, wave in enumerate(self.waves):
            if arm in wave.arms:
                (first, last), (low, high) = wave.draws, wave.replicates
                inside = np.arange((last - first) * (high - low))
                numbers = self._starts[at] + inside * len(wave.arms) + wave.arms.index(arm)
                parts.append((numbers, first + inside // (high - low), low + inside % (high - low)))
        numbers, draws, replicates = (np.concatenate(part) for part in zip(*parts, strict=True))
        order = np.lexsort((replicates, draws))
        return numbers[order], draws[order], replicates[order]

    def unfinished(self, done: NDArray[np.bool_]) -> list[int]:
        """Numbers of the tasks with a missing run. Tasks lie between fixed run numbers, however they are computed."""
        return [int(number) for number in np.unique(np.flatnonzero(~done) // self.task_runs)]

    def tasks(self, done: NDArray[np.bool_], numbers: Sequence[int] | None = None) -> Iterator[list[RunId]]:
        """The missing runs of a case, task by task, of the tasks `numbers` (default: all that are unfinished)."""
        for number in self.unfinished(done) if numbers is None else numbers:
            first = number * self.task_runs
            missing = first + np.flatnonzero(~done[first : first + self.task_runs])
            if missing.size:
                yield [self.run(int(run)) for run in missing]

    def as_json(self) -> dict[str, Any]:
        """The content of plan.json."""
        return {"schema_version": PLAN_VERSION, "runs": self.runs * len(self.cases), **asdict(self)}

    @classmethod
    def of_json(cls, raw: Mapping[str, Any]) -> Plan:
        """What `as_json` wrote."""
        return cls(
            raw["hash"], raw["study"], raw["engine"],
            tuple(Arm(**arm) for arm in raw["arms"]),
            tuple(Case(**{**case, "uncertain": tuple(case["uncertain"])}) for case in raw["cases"]),
            tuple(Wave(tuple(w["arms"]), tuple(w["draws"]), tuple(w["replicates"])) for w in raw["waves"]),
            raw["task_runs"], raw["cost"], raw["made"], raw["identity"],
        )  # fmt: skip


def arms_of(study: StudyFile) -> tuple[Arm, ...]:
    """Every policy with every combination of its levers, the baseline first; in a search every policy as written."""
    order = (study.baseline, *(name for name in study.policies if name != study.baseline))
    levers = {} if study.search else study.levers
    return tuple(arm for name in order for arm in arms_of_policy(levers, name))


def arm_of(base: str, delay: int, levers: Mapping[str, float]) -> Arm:
    """The arm of a policy, or of several joined by +, with values of its levers (of a part: `PART.PATH`)."""
    bare = Arm(base, delay, base, levers)
    told = [f"{name}[{_told(mine)}]" if mine else name for name, _, mine in bare.parts]
    return Arm("+".join(told), delay, base, levers)


def _told(levers: Mapping[str, float]) -> str:
    return ",".join(f"{path}={value:.15g}".replace("+", "") for path, value in levers.items())


def arms_of_policy(levers: Mapping[str, Sequence[float]], policy: str) -> list[Arm]:
    """One policy with every combination of its levers."""
    mine = {key.removeprefix(f"{policy}."): values for key, values in levers.items() if key.startswith(f"{policy}.")}
    arms = []
    for values in itertools.product(*mine.values()):
        chosen = dict(zip(mine, values, strict=True))
        delay = int(chosen.pop("delay_days", 0))
        arms.append(arm_of(policy, delay, chosen))
    return arms


def with_levers(theatre: Theatre, arms: Sequence[Arm], written: Any) -> Theatre:
    """The theatre with the arms' policies among its own, so that they are loaded like any other.

    `written(name)` is the content of a policy's file. Raises BadInput for a lever that the file does not have, or a
    value outside the range that its source gives.
    """
    from dataclasses import replace

    parts = [part for arm in arms for part in arm.parts if part[2]]
    made = {told: _moved(written(base), told, base, levers) for told, base, levers in parts}
    return replace(theatre, policies={**theatre.policies, **made}) if made else theatre


def _moved(raw: Mapping[str, Any], told: str, base: str, levers: Mapping[str, float]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(json.dumps(raw, default=str))
    content["name"] = told
    for path, value in levers.items():
        where = f"levers: {base}.{path}"
        *before, last = path.split(".")
        at: Any = content
        for step in before:
            at = _inside(at, step, where)
        old = _inside(at, last, where)
        graded = isinstance(old, dict) and "value" in old
        if not graded and (isinstance(old, bool) or not isinstance(old, (int, float))):
            raise BadInput(f"{path} is no number of {base}", where=where, instead=_numbers(at))
        if graded:
            low, high = old.get("low", old["value"]), old.get("high", old["value"])
            if not low <= value <= high:
                raise BadInput(
                    f"{value:g} is outside {low:g}..{high:g}", where=where,
                    why="that is the range with a source in the policy's file",
                    instead=f"values {low:g} to {high:g}, or a policy file of your own",
                )  # fmt: skip
        at[int(last) if isinstance(at, list) else last] = {**old, "value": value} if graded else value
    return content


def _inside(at: Any, step: str, where: str) -> Any:
    if isinstance(at, list) and step.isdigit() and int(step) < len(at):
        return at[int(step)]
    if isinstance(at, dict) and step in at:
        return at[step]
    known = at if isinstance(at, dict) else [str(i) for i in range(len(at))] if isinstance(at, list) else []
    raise BadInput(f"the policy has no {step!r} there", where=where, instead=did_you_mean(step, known))


def _numbers(at: Any) -> str:
    items = at.items() if isinstance(at, dict) else ()
    numbers = [key for key, value in items if isinstance(value, (int, float, dict))]
    return "one of: " + ", ".join(numbers) if numbers else "a number of the policy's file"


def plan_hash(identity: Mapping[str, Any]) -> str:
    """Ten hex digits that name a study."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:10]


__all__ = ["KINDS", "Arm", "Case", "Plan", "StudyFile", "Wave", "arms_of", "read_study"]
