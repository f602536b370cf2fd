"""Rules in Python: the class on the page works as it says, is repeatable; what is wrong with one is told in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.engine.model import Model
from sim.ground.check import BadInput
from sim.ground.draw import run_key
from sim.interventions.registry import load_policy
from sim.study.chain import check
from tests.interventions.cases import ROOT, nothing_done, sahra, tell

GOOD = """
class One:
    uses = "relief"
    every_days = 10
    def decide(self, report, under_way, memory):
        memory["asked"] = memory.get("asked", 0) + 1
        return {"food, water and care"} if 20 <= report.day < 50 else set()
"""


def written(folder: Path, text: str) -> str:
    (folder / "rules.py").write_text(text)
    return f"{folder / 'rules.py'}:One"


def test_the_class_on_the_page_works(tmp_path: Path) -> None:
    page = (ROOT / "docs/policies.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- class: .*? -->\n```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    assert len(found.group(1).strip().splitlines()) < 20
    (tmp_path / "my_rules.py").write_text(found.group(1))
    policy = load_policy(f"{tmp_path / 'my_rules.py'}:Cautious", sahra())
    assert policy.title == "Talks, and troops while it burns"
    assert [step.instrument.name for step in policy.steps] == ["envoy and talks", "battlegroup"]
    first, second = (tell(policy, 60).whole for _ in range(2))
    assert first == second
    assert tell(policy.delayed(100), 60).whole == nothing_done().whole


def test_what_it_names_is_under_way_from_that_day_and_lifted_when_it_does_not(tmp_path: Path) -> None:
    told = tell(load_policy(written(tmp_path, GOOD), sahra()), 80)
    body = told.model.policy_desk.file["body"]
    assert (body["begun"], body["lifted"]) == ({"0": 20}, {"0": 50})
    assert next(iter(body["memory"].values())) == {"asked": 8}


def test_quiet_days_change_nothing(tmp_path: Path) -> None:
    policy = load_policy(written(tmp_path, GOOD), sahra())
    walked, stepped = (Model(sahra(), policy, None, run_key(2, 0, 0)) for _ in range(2))
    walked.walk(80)
    for _ in range(80):
        stepped.step()
    assert walked.world.digest() == stepped.world.digest()
    assert walked.policy_desk.file == stepped.policy_desk.file


def test_later_is_on_older_reports(tmp_path: Path) -> None:
    told = tell(load_policy(written(tmp_path, GOOD), sahra()).delayed(5), 80)
    assert told.model.policy_desk.file["body"]["begun"] == {"0": 25}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("class Other: pass", "no class 'One'"), ("class One: pass", "is no policy"),
        ("class One(", "cannot be imported"),
        (GOOD.replace("relief", "releif"), "did you mean 'relief'"), (GOOD.replace("= 10", "= 0"), "every_days is 0"),
        (GOOD.replace("set()", "{'magic'}"), "decide() names 'magic'"),
        (GOOD.replace("memory[", "memry["), "NameError"),
        (GOOD.replace("def decide(self, report,", "def decide(self,"), "decide() failed"),
        (GOOD + "    def __init__(self, x): pass\n", "without arguments"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_class_is_told_before_any_run(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadInput) as told:
        load_policy(written(tmp_path, text), sahra())
    assert says in str(told.value)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(BadInput, match="there is no file"):
        load_policy("nowhere/rules.py:One", sahra())


def test_institutions_cannot_decide_what_a_class_decides(tmp_path: Path) -> None:
    name = written(tmp_path, GOOD)
    with pytest.raises(BadInput, match="a class decides"):
        check("eu_2012", {name: load_policy(name, sahra())})
