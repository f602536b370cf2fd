"""Parameters: declared once, replaced by name, refused with a message that says what to write."""

from __future__ import annotations

import importlib

import pytest

from sim.ground.check import BadInput
from sim.ground.parameters import FAMILIES, PARAMETERS, Parameter, declare, resolve

importlib.import_module("sim.mechanisms.flight")  # declares its parameters when it is imported


def test_without_values_every_parameter_has_its_declared_one() -> None:
    families = resolve()
    assert set(families) == set(FAMILIES)
    way = families["Flight"]
    assert way.leave_rate == PARAMETERS["leave_rate"].value
    assert all(isinstance(number, float) for family in families.values() for number in family)


def test_a_value_replaces_one_parameter_and_no_other() -> None:
    low = PARAMETERS["leave_rate"].low
    changed, plain = resolve({"leave_rate": low}), resolve()
    assert changed["Flight"].leave_rate == low
    assert changed["Flight"]._replace(leave_rate=plain["Flight"].leave_rate) == plain["Flight"]
    assert {name: family for name, family in changed.items() if name != "Flight"} == {
        name: family for name, family in plain.items() if name != "Flight"
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(BadInput, match="leave_rate") as told:
        resolve({"leave_rate": value})
    assert "finite" in str(told.value)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match="leave_raet") as told:
        resolve({"leave_raet": 0.3})
    assert "leave_rate" in str(told.value)


def test_a_parameter_is_declared_once() -> None:
    """Two meanings under one name would be sampled as one number."""
    again = PARAMETERS["leave_rate"]
    with pytest.raises(ValueError, match="declared twice"):
        declare("Again", __name__, again)
    assert "Again" not in FAMILIES


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"value": 2.0}, "outside"),
        ({"grade": "certain"}, "grade"),
        ({"source": ""}, "source"),
        ({"unit": ""}, "unit"),
        ({"meaning": ""}, "meaning"),
    ],
)
def test_an_orphan_number_cannot_be_declared(change: dict[str, object], told: str) -> None:
    texts = {"name": "x", "unit": "share", "meaning": "m", "source": "s"}
    fields = {**texts, "value": 0.5, "low": 0.0, "high": 1.0}
    Parameter(**fields)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=told):
        Parameter(**{**fields, **change})  # type: ignore[arg-type]
