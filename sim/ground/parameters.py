"""Parameters: every number of the model, with its unit, range, source and grade.

A mechanism declares its parameters once, beside its kernels, with `declare`. Studies sample the ranges; reports print
which share is assumption; docs/odd.md is generated from here.
"""

from __future__ import annotations

import sys
from collections import namedtuple
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.ground.check import GRADES, BadInput

ASSUMPTION = "assumption"


@dataclass(frozen=True)
class Parameter:
    """One number of the model. `low`..`high` is the range that studies sample; equal bounds mean fixed."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    meaning: str
    source: str
    grade: str = ASSUMPTION

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"parameter {self.name}: {self.value} is outside {self.low}..{self.high}")
        if self.grade not in GRADES:
            raise ValueError(f"parameter {self.name}: grade {self.grade!r} is not one of {', '.join(GRADES)}")
        if not (self.meaning and self.source and self.unit):
            raise ValueError(f"parameter {self.name}: meaning, source and unit are needed")


PARAMETERS: dict[str, Parameter] = {}
FAMILIES: dict[str, Any] = {}


def declare(family: str, module: str, *parameters: Parameter) -> Any:
    """A namedtuple class of floats named `family`, living in `module`; kernels take one instance of it."""
    for parameter in parameters:
        if parameter.name in PARAMETERS:
            raise ValueError(f"parameter {parameter.name} is declared twice")
        PARAMETERS[parameter.name] = parameter
    made = namedtuple(family, [parameter.name for parameter in parameters], module=module)  # type: ignore[misc]
    FAMILIES[family] = made
    sys.modules[module].__dict__[family] = made
    return made


def resolve(values: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Family name -> namedtuple of floats: declared values, replaced by `values` where given.

    Raises BadInput for a name that is not a parameter or a value that is not finite.
    """
    given = dict(values or {})
    unknown = sorted(set(given) - set(PARAMETERS))
    if unknown:
        raise BadInput(
            f"unknown parameter {unknown[0]!r}",
            where="parameters",
            why="the model has no parameter of that name",
            instead="one of: " + ", ".join(sorted(PARAMETERS)),
        )
    for name, value in given.items():
        if not abs(float(value)) < float("inf"):
            raise BadInput(f"parameter {name} is {value}", where="parameters", instead="a finite number")
    return {
        family: made(*(float(given.get(field, PARAMETERS[field].value)) for field in made._fields))
        for family, made in FAMILIES.items()
    }
