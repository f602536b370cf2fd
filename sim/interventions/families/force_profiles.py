"""Forces and approaches as data: a file each in `configs/force/` and `configs/approach/`, every number with a source.

A policy names a force and, if it likes, an approach; what the policy leaves out comes from their files, and studies
draw it within the range that stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from sim.ground.check import BadInput, did_you_mean
from sim.ground.paths import shipped
from sim.ground.reading import Graded, read_graded

POSTED = "posted"  # no approach: the force stands where the policy says
DEFAULTS = ("payer", "consent", "mobility", "posture")
WORDS = (*DEFAULTS, "decided_by")
PLANNING = ("decide_days", "deploy_days", "standby", "gap_days")  # how soon it comes, where a policy does not say


@dataclass(frozen=True)
class Profile:
    """A file of `configs/force/` or `configs/approach/`."""

    name: str
    title: str
    summary: str
    side_effects: str  # of an approach
    words: Mapping[str, str]  # payer, consent, mobility, posture and path of decision of a force
    numbers: Mapping[str, Graded]  # with range, source and grade
    raw: Mapping[str, Any]


def _profiles(folder: str) -> dict[str, Profile]:
    return {path.stem: _profile(path) for path in sorted((shipped("configs") / folder).glob("*.yaml"))}


def _profile(path: Any) -> Profile:
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    where = f"{path.parent.name} {path.stem}"
    if raw.get("name") != path.stem:
        raise BadInput(f"name is {raw.get('name')!r}", where=where, instead=f"name: {path.stem}")
    numbers = {key: read_graded(given, 0, 1e12, f"{where}.{key}") for key, given in raw.items() if type(given) is dict}
    words = {key: raw[key] for key in WORDS if key in raw}
    return Profile(
        raw["name"], raw["title"], raw["summary"].strip(), raw.get("side_effects", "").strip(), words, numbers, raw
    )


@cache
def forces() -> dict[str, Profile]:
    """Every force that a policy can send, by name."""
    return _profiles("force")


@cache
def approaches() -> dict[str, Profile]:
    """Every approach that a force can take, by name."""
    return _profiles("approach")


def completed(given: Any, where: str) -> Any:
    """The mapping of an instrument with what it leaves out of a force, from the files of its force and its approach.

    Other instruments, and what is no mapping, are handed back as they are. A stated `lead_days` is the policy's own
    judgement of all delays; then the roster plays no part.
    """
    if not isinstance(given, Mapping) or given.get("instrument") != "force":
        return given
    kind, approach = given.get("force"), given.get("approach", POSTED)
    if kind not in forces():
        raise BadInput(f"force is {kind!r}", where=where, instead=did_you_mean(str(kind), forces()))
    if approach not in (POSTED, *approaches()):
        known = (POSTED, *approaches())
        raise BadInput(f"approach is {approach!r}", where=where, instead=did_you_mean(str(approach), known))
    posture = approaches()[approach].raw if approach != POSTED else {}
    filled = {key: value for key, value in posture.items() if type(value) is dict}
    force = forces()[kind].raw
    filled |= {key: value for key, value in force.items() if type(value) is dict and key not in PLANNING}
    filled |= {key: force[key] for key in DEFAULTS}
    if "lead_days" not in given:
        filled |= {"lead_days": _sum(force["decide_days"], force["deploy_days"])}
        filled |= {key: force[key] for key in ("standby", "gap_days")}
    return {**filled, **given}


def _sum(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two stretches of time one after the other."""
    ends = {key: one[key] + other[key] for key in ("value", "low", "high")}
    return {**ends, "source": f"{one['source']}; then: {other['source']}", "grade": "derived"}
