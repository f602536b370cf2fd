"""docs/odd.md cannot lie about the code: its tables are made from it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from sim.ground.check import BadInput
from sim.view import odd
from tests.house.code import ROOT

PAGE = ROOT / "docs/odd.md"
# Names that an equation makes for itself: a quantity in a place (danger_q), or one explained beside it.
LOCAL = {
    "goal_left",
    "share_active",
    "danger_q",
    "people_q",
    "room_q",
    "border_q",
    "blockade_p",
    "blockade_q",
    "past_atrocities",
    "factual_dated",
}


def test_the_page_says_what_the_code_says() -> None:
    text = PAGE.read_text(encoding="utf-8")
    made = odd.render(text)
    stale = [name for name in odd.MADE if block(text, name) != block(made, name)]
    assert not stale, f"python -m sim.view.odd makes these tables of docs/odd.md anew: {', '.join(stale)}"
    assert text == made


def block(text: str, name: str) -> str:
    found = re.search(rf"<!-- made: {name} -->.*?<!-- end: {name} -->", text, re.S)
    return found.group() if found else ""


def test_a_changed_table_would_be_noticed() -> None:
    """The test above is only worth what `render` puts back."""
    text = PAGE.read_text(encoding="utf-8")
    assert odd.render(text.replace("| `leave_rate` |", "| `leave_raet` |")) == odd.render(text)
    assert text.count("| `leave_rate` |") >= 2  # a column and a parameter


def test_a_missing_or_unknown_table_is_an_error() -> None:
    text = PAGE.read_text(encoding="utf-8")
    with pytest.raises(BadInput, match="stands 0 times"):
        odd.render(text.replace("<!-- made: streams -->", ""))
    with pytest.raises(BadInput, match="no table 'weather'"):
        odd.render(text + "\n<!-- made: weather -->\n<!-- end: weather -->\n")


def test_every_mechanism_stands_in_the_order_of_the_day() -> None:
    """A kernel file that no driver calls would be described and have no effect."""
    shown = odd.phases()
    for path in sorted((ROOT / "sim/mechanisms").glob("*.py")):
        if path.stem != "__init__":
            assert f"`{path.stem}." in shown, path.stem


def test_a_behaviour_is_carried_by_the_docstring_of_a_test(tmp_path: Path) -> None:
    """Fourteen behaviours; a test carries those that its docstring starts with."""
    assert len(odd.BEHAVIOURS) == 14
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_a.py").write_text(
        'def test_one():\n    """Behaviours 2, 5: peaks, and moves."""\n'
        'def test_two():\n    """No Behaviour 3: said."""\n',
        encoding="utf-8",
    )
    assert odd.carriers(tests) == {2: ["tests/test_a.py::test_one"], 5: ["tests/test_a.py::test_one"]}
    assert set(odd.carriers(ROOT / "tests")) <= set(range(1, 15))


def test_the_table_shows_what_was_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A behaviour is held when all of its claims are; a failed one is shown with figure and reason."""
    usual = {"statistic": "s", "tolerance": "at most 1", "low": 0.5, "high": None, "ablations": {}, "diagnosis": "why"}
    results = {
        "one": {"behaviour": 2, "held": True, "figure": 0.75, **usual},
        "two": {"behaviour": 2, "held": False, "figure": None, **usual},
        "three": {"behaviour": 3, "held": True, "figure": 0.25, **usual},
    }
    monkeypatch.setattr(odd, "MEASURED", tmp_path / "results.json")
    odd.MEASURED.write_text(json.dumps(results), encoding="utf-8")
    rows = [line.split(" | ") for line in odd.behaviours().splitlines() if line.startswith("| ")]
    verdicts = {row[0].strip("| "): row[3].strip(" |") for row in rows[2:16]}
    assert verdicts["2"] == "**failed**: 1 of 2 claims held"
    assert verdicts["3"] == "**held**"
    assert verdicts["14"] == "not measured"
    assert any(row[1] == "two" and row[3] == "- [0.5, -]" and row[-1].startswith("why") for row in rows[16:])


def test_equations_and_parameters_name_each_other() -> None:
    """Every parameter stands in the prose, and the prose names none that is gone."""
    from sim.ground.columns import TABLES
    from sim.ground.parameters import FAMILIES

    odd.parameters()  # declares all of them
    families = [made for made in FAMILIES.values() if made.__module__.startswith("sim.")]
    parameters = {name for made in families for name in made._fields}
    text = PAGE.read_text(encoding="utf-8")
    prose = re.sub(r"<!-- made: (\w+) -->.*?<!-- end: \1 -->", "", text, flags=re.S)
    bare = sorted(name for name in parameters if not re.search(rf"\b{name}\b", prose))
    assert not bare, f"say in docs/odd.md what they do: {', '.join(bare)}"
    submodels = prose[prose.index("## 7. Submodels") :]
    code = re.findall(r"```\n(.*?)```|`([a-z_0-9]+)`", submodels, re.S)
    shown = " ".join(block or word for block, word in code)
    named = set(re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", shown))
    columns = {column.name for table in TABLES.values() for column in table}
    gone = named - parameters - columns - LOCAL
    assert not gone, f"docs/odd.md names what the model does not have: {', '.join(sorted(gone))}"


def test_links_and_commands_of_the_readme_work() -> None:
    """Every file that the README points to is there, and every verb it shows is one."""
    from sim.cli import app

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text)
    assert targets
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []
    verbs = set(re.findall(r"^(?:\.venv/bin/)?forestall ([a-z]+)", text, re.M))
    assert verbs
    assert verbs <= {name for command in app for name in ([command] if isinstance(command, str) else command)}
    made = set(re.findall(r"^make ([a-z]+)", text, re.M))
    assert made <= set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def test_the_page_is_written_by_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`python -m sim.view.odd` on a page with emptied tables gives the page of the repository."""
    text = PAGE.read_text(encoding="utf-8")
    bare = re.sub(r"(<!-- made: (\w+) -->\n).*?(<!-- end: \2 -->)", r"\1\3", text, flags=re.S)
    page = tmp_path / "odd.md"
    page.write_text(bare, encoding="utf-8")
    monkeypatch.setattr(odd, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["odd"])
    assert odd.main() == 0
    assert page.read_text(encoding="utf-8") == odd.render(PAGE.read_text(encoding="utf-8"))
