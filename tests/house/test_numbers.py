"""No orphan numbers: each carries a unit, a range, a source and a grade (architecture, rule 4)."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from sim.ground.check import GRADES
from tests.house.code import SCENARIOS, SIM, python_files, rows, theatres, where


def declared() -> dict[str, Any]:
    """Every parameter, after all modules that declare some were imported."""
    for path in python_files("ground", "world", "mechanisms", "actors", "interventions", "engine"):
        if "Parameter(" in path.read_text(encoding="utf-8"):
            importlib.import_module(".".join(path.relative_to(SIM.parent).with_suffix("").parts))
    return importlib.import_module("sim.ground.parameters").PARAMETERS


def test_every_parameter_says_what_it_is_and_where_from() -> None:
    parameters = declared()
    assert parameters, "no parameter declared: this test looks at nothing"
    wrong = []
    for name, one in parameters.items():
        if one.name != name:
            wrong.append(f"{name}: is called {one.name}")
        if not all(math.isfinite(number) for number in (one.value, one.low, one.high)):
            wrong.append(f"{name}: not a finite number")
        if not one.low <= one.value <= one.high:
            wrong.append(f"{name}: {one.value} outside {one.low}..{one.high}")
        if one.grade not in GRADES:
            wrong.append(f"{name}: grade {one.grade!r}")
        texts = {"unit": one.unit, "meaning": one.meaning, "source": one.source}
        wrong += [f"{name}: no {field}" for field, text in texts.items() if not text.strip()]
    assert not wrong, "\n".join(wrong)


def test_an_assumption_has_a_range() -> None:
    """A judgement without a range would be a certainty that nobody has."""
    bare = [name for name, one in declared().items() if one.grade == "assumption" and one.low == one.high]
    assert not bare, "assumptions without a range: " + ", ".join(bare)


@pytest.mark.parametrize("theatre", theatres(), ids=lambda path: path.name)
def test_every_row_of_a_theatre_has_source_and_grade(theatre: Path) -> None:
    tables = sorted(theatre.glob("*.csv"))
    assert tables
    wrong = []
    for table in tables:
        for line, row in enumerate(rows(table), start=2):
            if not row.get("source"):
                wrong.append(f"{where(table)}:{line} no source")
            if row.get("grade") not in GRADES:
                wrong.append(f"{where(table)}:{line} grade {row.get('grade')!r}")
    assert not wrong, f"{len(wrong)} rows:\n" + "\n".join(wrong[:40])


def judged(node: Any, at: str) -> list[tuple[str, dict[str, Any]]]:
    """Every mapping with a `value`, and the key path to it."""
    if isinstance(node, dict):
        here = [(at, node)] if "value" in node else []
        return here + [found for key, child in node.items() for found in judged(child, f"{at}.{key}")]
    if isinstance(node, list):
        return [found for index, child in enumerate(node) for found in judged(child, f"{at}[{index}]")]
    return []


def yaml_files() -> list[Path]:
    """Theatres, their policies, and the policies for all theatres."""
    return sorted([*SCENARIOS.glob("**/*.yaml"), *SCENARIOS.parent.glob("configs/**/*.yaml")])


@pytest.mark.parametrize("path", yaml_files(), ids=where)
def test_every_judged_value_of_a_file_has_range_source_and_grade(path: Path) -> None:
    wrong = []
    for at, value in judged(yaml.safe_load(path.read_text(encoding="utf-8")), where(path)):
        if not value.get("source") or value.get("grade") not in GRADES:
            wrong.append(f"{at}: source {value.get('source')!r}, grade {value.get('grade')!r}")
        low, high = value.get("low", value["value"]), value.get("high", value["value"])
        if not low <= value["value"] <= high:
            wrong.append(f"{at}: {value['value']} outside {low}..{high}")
    assert not wrong, "\n".join(wrong)


def test_there_are_theatres_and_policies() -> None:
    """The two tests above run once a file; this one fails when they would run on nothing."""
    assert theatres()
    assert [path for path in yaml_files() if path.parent.name in {"policy", "policies"}]
