"""docs/policies.md tells what the reader of policy files does: every key, its range and its default."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from sim.ground.files import parse_yaml
from sim.interventions import families
from sim.interventions.families.catalogue import cards
from sim.interventions.families.force_profiles import approaches, forces
from sim.interventions.reading import Reader
from sim.interventions.registry import read_policy
from tests.interventions.cases import CASES, raw_policy, sahra

PAGE = (Path(__file__).resolve().parents[2] / "docs/policies.md").read_text(encoding="utf-8")
GENERAL = {
    "instrument", "name", "decided_on", "lead_days", "duration_days", "payer", "sender", "announced", "decided_by",
    "lifted_on", "again", "stages",
}  # fmt: skip
OF_THE_CATALOGUE = {one.family: {"instrument": name} for name, one in cards().items()}

OF_A_FILE = {key for one in (*forces().values(), *approaches().values()) for key in one.numbers} | {"gap_days"}


def rows(heading: str) -> dict[str, list[str]]:
    """key -> cells of the table under that heading."""
    section = PAGE.split(f"{heading}\n", 1)[1].split("\n#", 1)[0]
    cells = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip(" `"): [cell.strip() for cell in row[1:]] for row in cells}


def test_the_example_is_a_policy() -> None:
    text = PAGE.split("<!-- example")[1].split("```yaml\n")[1].split("```")[0]
    policy = read_policy(parse_yaml(text, "example").value, sahra())
    assert [step.instrument.family for step in policy.steps] == ["force", "mediation"]
    assert [step.decision.when.deaths if step.decision.when else 0 for step in policy.steps] == [40, 0]
    assert policy.steps[1].instrument.duration is None


def test_the_general_keys_are_all_there() -> None:
    assert set(rows("## Every instrument")) == GENERAL
    keys = ("name", "title", "summary", "decided_on", "lifted_on", "ladder", "assumption", "instruments")
    assert {key for key in rows("## The policy") if not key.startswith("{")} == set(keys)
    raw = raw_policy(CASES["relief"])
    read_policy({**raw, "summary": "s", "assumption": "a"}, sahra())


@pytest.mark.parametrize("family", sorted(families.FAMILIES))
def test_the_table_of_a_family_says_what_is_read(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ranges: dict[str, tuple[str, Any]] = {}
    words: dict[str, list[str]] = {}
    known: set[str] = set()
    of_a_force = importlib.import_module("sim.interventions.families.force")
    number, take, one_of = Reader.number, Reader.take, of_a_force.one_of

    def seen_number(self: Reader, key: str, low: float, high: float, default: Any = ...) -> float:
        if self.where.endswith("]"):
            ranges[key] = (f"number {low:,.15g} to {high:,.15g}", default)
        return number(self, key, low, high, default)

    def seen_take(self: Reader, key: str, kind: Any, default: Any = ...) -> Any:
        if self.where.endswith("]"):
            known.add(key)
        return take(self, key, kind, default)

    def seen_words(reader: Reader, key: str, given: Any, default: Any = ...) -> str:
        words[key] = sorted(given)
        return one_of(reader, key, given, default)

    monkeypatch.setattr(Reader, "number", seen_number)
    monkeypatch.setattr(Reader, "take", seen_take)
    monkeypatch.setattr(of_a_force, "one_of", seen_words)
    read_policy(raw_policy(CASES.get(family) or OF_THE_CATALOGUE[family]), sahra())
    table = rows(f"### {family}")
    assert set(table) == known - GENERAL
    for key, (holds, default) in ranges.items():
        assert table[key][0] == holds, key
        said = table[key][1].split(" ")[0]
        if said != "its":  # of a force or an approach: what its file says
            assert said == ("needed" if default is ... else f"{default:g}"), key
    for key, choices in words.items():
        assert sorted(re.findall(r"`(\w+)`", table[key][0])) == choices, key
