"""Rival theories: other plausible structures of the model, each a contested claim of the literature.

A mechanism that a theory denies is set to the value at which it does nothing, beyond its range if need be; the rest is
drawn as ever. The range of an effect over theories is its structural range. Rivals are not calibrated to any data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from sim.ground.check import BadInput, did_you_mean
from sim.ground.files import YAML_BYTES, parse_yaml, read_text
from sim.ground.parameters import Parameter
from sim.ground.paths import shipped
from sim.ground.reading import Reader
from sim.study.plan import AS_STATED, Draws, refuse_impossible


@dataclass(frozen=True, slots=True)
class Theory:
    """One rival: `sets` holds parameter -> value in every draw."""

    name: str
    title: str
    claim: str = ""
    literature: str = ""
    sets: Mapping[str, float] = field(default_factory=dict)


def under(theory: Theory, draws: Draws) -> Draws:
    """The parameter draws as they are under a theory."""
    if not theory.sets:
        return draws
    rows = tuple({**row, **theory.sets} for row in draws.rows)
    ranges = draws.ranges | {name: (value, value, value) for name, value in theory.sets.items()}
    return replace(draws, rows=rows, ranges=ranges, origin=f"{draws.origin}; under the theory {theory.name}")


@cache
def theory_names() -> tuple[str, ...]:
    """The rivals that ship with the model, without `as_stated`."""
    return tuple(sorted(path.stem for path in _folder().glob("*.yaml")))


def load_theory(name: str, parameters: Mapping[str, Parameter]) -> Theory:
    """A theory by name; BadInput for one that is not known, or that sets what the model does not have."""
    if name == AS_STATED:
        return Theory(name, "The model as stated")
    if name not in theory_names():
        known = (AS_STATED, *theory_names())
        raise BadInput(f"no theory {name[:40]!r}", where="theory", instead=did_you_mean(name, known))
    path = _folder() / f"{name}.yaml"
    reader = Reader(parse_yaml(read_text(path, limit=YAML_BYTES), path.name).value, f"theory {name}")
    made = Theory(
        reader.take("name", str), reader.take("title", str), " ".join(reader.take("claim", str).split()),
        reader.take("literature", str), _values(reader.take("sets", Mapping), parameters, f"theory {name}.sets"),
    )  # fmt: skip
    reader.end()
    return made


def _values(raw: Mapping[str, Any], parameters: Mapping[str, Parameter], where: str) -> dict[str, float]:
    for name, value in raw.items():
        if name not in parameters:
            raise BadInput(f"unknown parameter {name!r}", where=where, instead=did_you_mean(name, parameters))
        refuse_impossible(parameters[name], float(value), f"{where}.{name}")
    return {name: float(value) for name, value in raw.items()}


def _folder() -> Path:
    return shipped("configs") / "theory"
