"""What the tests of instruments share: one instrument of each family on the fictional theatre, and runs day by day."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sim.engine.model import Model
from sim.engine.record import Recorder, RunResult
from sim.ground.draw import run_key
from sim.interventions.base import NONE, Decision, Instrument, Lead, Policy, Step
from sim.interventions.families.border import BorderClosure
from sim.interventions.families.embargo import ArmsEmbargo
from sim.interventions.families.evacuation import Evacuation
from sim.interventions.families.force import Force
from sim.interventions.families.mediation import Mediation
from sim.interventions.families.relief import Relief
from sim.interventions.families.sanctions import TargetedSanctions
from sim.interventions.registry import load_policy, read_policy
from sim.scenario import read_theatre
from sim.scenario.theatre import Theatre
from sim.world.levers import Levers

ROOT = Path(__file__).resolve().parents[2]
SEED = 2
DECIDED, LEAD, LASTS, DAYS = 10, 5, 30, 60
ARRIVES, ENDS = DECIDED + LEAD, DECIDED + LEAD + LASTS

CASES: dict[str, dict[str, Any]] = {
    "force": {
        "instrument": "force", "force": "battlegroup", "size": 600, "places": ["capital", "Dalgo", "Azzura"],
        "posture": "protect", "roe": 0.8, "ramp_days": 4, "cost_per_person_day_eur": 590, "payer": "member_states",
        "consent": "un",
    },
    "targeted_sanctions": {
        "instrument": "targeted_sanctions", "targets": ["army", "coalition"], "severity": 0.8, "bite_days": 20,
        "busting": 0.2, "cost_eur_per_day": 3000.5, "payer": "eu",
    },
    "arms_embargo": {
        "instrument": "arms_embargo", "targets": ["all"], "compliance": 0.8, "places": ["Tin Market"],
        "cost_eur_per_day": 800, "payer": "un",
    },
    "mediation": {
        "instrument": "mediation", "parties": ["army", "coalition"], "effort": 1.0, "guarantee": 0.5, "leverage": 0.5,
        "cost": 640000, "payer": "eu",
    },
    "border_closure": {"instrument": "border_closure", "places": ["Kora Crossing", "Bahr Gate"], "openness": 0.1},
    "evacuation": {
        "instrument": "evacuation", "from": ["capital"], "to": ["Airfield Camp"], "capacity_per_day": 2000,
        "cost": 100000, "payer": "un",
    },
    "relief": {
        "instrument": "relief", "places": ["all"], "people_covered": 400000, "cost": 5000000.25, "payer": "un",
    },
}  # fmt: skip

NOTHING: dict[str, dict[str, Any]] = {
    "force": {"size": 0}, "targeted_sanctions": {"severity": 0}, "arms_embargo": {"compliance": 0},
    "mediation": {"effort": 0}, "border_closure": {"openness": 1}, "evacuation": {"capacity_per_day": 0},
    "relief": {"people_covered": 0},
}  # fmt: skip

SHIPPED = tuple(sorted(path.stem for path in (ROOT / "configs/policy").glob("*.yaml")))
OWN = tuple(sorted(path.stem for path in (ROOT / "scenarios/sahra/policies").glob("*.yaml")))
NAMES = tuple(sorted({*SHIPPED, *OWN}))  # every policy file that a run of sahra can name


@cache
def sahra(stage: str | None = None) -> Theatre:
    """The fictional theatre."""
    return read_theatre("sahra", stage)


def raw_policy(
    *instruments: dict[str, Any], name: str = "tried", decided: dict[str, Any] | None = None, lead: int = LEAD,
    duration: int | None = LASTS,
) -> dict[str, Any]:
    """A policy file in memory: decided on `DECIDED`, first effect `lead` days later, for `duration` days."""
    days = {"value": lead, "low": lead, "high": lead, "source": "chosen for a test", "grade": "assumption"}
    return {
        "name": name, "title": "A policy for a test", "decided_on": decided or {"day": DECIDED},
        "instruments": [{"lead_days": days, "duration_days": duration, **one} for one in instruments],
    }


def one(family: str, **changes: Any) -> Policy:
    """The policy of a single instrument of that family."""
    return read_policy(raw_policy({**CASES[family], **changes}), sahra())


def at_fixed_days(policy: Policy, decided: int = DECIDED, lead: int = LEAD, duration: int = LASTS) -> Policy:
    """A shipped policy whose instruments are all decided, in force and lifted on known days."""
    when = Lead(lead, lead, lead, policy.steps[0].instrument.lead.source)
    return with_instruments(policy, lambda made: replace(made, lead=when, duration=duration), Decision(decided))


def with_instruments(
    policy: Policy, change: Callable[[Instrument], Instrument], decision: Decision | None = None
) -> Policy:
    """The policy with every instrument changed, and decided otherwise if a decision is given."""
    steps = tuple(Step(change(step.instrument), decision or step.decision) for step in policy.steps)
    return replace(policy, steps=steps)


def emptied(made: Instrument) -> Instrument:
    """The same instrument with nothing in it: no people, no severity, no effort."""
    match made:
        case Force():
            return replace(made, size=0)
        case TargetedSanctions():
            return replace(made, severity=0.0)
        case ArmsEmbargo():
            return replace(made, compliance=0.0)
        case Mediation():
            return replace(made, effort=0.0)
        case BorderClosure():
            return replace(made, openness=1.0)
        case Evacuation():
            return replace(made, opening=0.0)
        case Relief():
            return replace(made, share_met=0.0)
    raise AssertionError(f"no zero dose known for {made.family}: add one here")


def without_announcement(made: Instrument) -> Instrument:
    """The same, of which nobody hears before it is there."""
    return replace(made, announced=False)


def every_policy() -> Iterator[tuple[str, Policy]]:
    """One policy of each family and every shipped one, all decided on `DECIDED`, in force `ARRIVES` .. `ENDS`."""
    yield from ((family, one(family)) for family in CASES)
    yield from ((f"{name}.yaml", at_fixed_days(load_policy(name, sahra()))) for name in NAMES)


POLICIES = dict(every_policy())


def arrays_digest(model: Model) -> str:
    """Digest of every array of the world; the memory of institutions is left out."""
    total = hashlib.sha256()
    for name, array in model.world.arrays().items():
        total.update(name.encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def moved_levers(levers: Levers, places: int, actors: int) -> set[str]:
    """Names of the levers that are not at rest."""
    rest = Levers.at_rest(places, actors)
    names = {one.name for one in fields(Levers)}
    return {name for name in names if not np.array_equal(getattr(levers, name), getattr(rest, name))}


@dataclass(frozen=True)
class Story:
    """A run day by day: `whole[d]`, `arrays[d]` as on the morning of day d; `levers[d]`, `people[d]` during it."""

    whole: list[str]
    arrays: list[str]
    levers: list[set[str]]
    people: list[int]  # of the expeditions
    result: RunResult
    model: Model

    def first_moved(self) -> int:
        """First day on which a lever is moved; the number of days if none is."""
        return next((day for day, names in enumerate(self.levers) if names), len(self.levers))


def tell(
    policy: Policy, days: int = DAYS, *, theatre: Theatre | None = None, seed: int = SEED,
    parameters: dict[str, float] | None = None, meddle: Callable[[Model], None] | None = None,
) -> Story:
    """Run a policy day by day; `meddle` may touch the world each morning."""
    theatre = theatre or sahra()
    model = Model(theatre, policy, parameters, run_key(seed, 0, 0))
    index = model.setting.index
    expeditions = [n for n, name in enumerate(index.actors) if name.startswith("expedition_")]
    whole, arrays, levers, people = [], [], [], []
    recorder = Recorder(theatre, index, days)
    for _ in range(days):
        recorder.see(model.world)
        if meddle is not None:
            meddle(model)
        whole.append(model.world.digest())
        arrays.append(arrays_digest(model))
        model.step()
        levers.append(moved_levers(model.levers, len(index.places), len(index.actors)))
        units = model.world.units
        people.append(int(units.strength[np.isin(units.actor, expeditions)].sum()))
    return Story(whole, arrays, levers, people, recorder.result(model.world), model)


@cache
def nothing_done(days: int = DAYS, seed: int = SEED) -> Story:
    """The run in which nothing is added."""
    return tell(NONE, days, seed=seed)


@cache
def story(name: str) -> Story:
    """The run of one of `POLICIES`, told once."""
    return tell(POLICIES[name])


def same_outcomes(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether all outcomes but costs are equal to the bit; a day that never came equals itself."""
    left, right = ({k: v for k, v in given.items() if not k.startswith("euros_")} for given in (one, other))
    return left.keys() == right.keys() and all(
        left[key] == right[key] or (math.isnan(left[key]) and math.isnan(right[key])) for key in left
    )


def file_of(name: str) -> dict[str, Any]:
    """The content of a policy file that a run of sahra can name."""
    own = ROOT / "scenarios/sahra/policies" / f"{name}.yaml"
    path = own if own.is_file() else ROOT / "configs/policy" / f"{name}.yaml"
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content
