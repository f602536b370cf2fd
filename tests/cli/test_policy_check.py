"""`forestall policy check`: what is wrong is told with file and line; what is right is told with its steps and cost."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from sim.cli import main
from sim.ground.check import BadInput
from sim.scenario import read_theatre
from sim.study.policy import check_policy

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "configs/policy/comprehensive.yaml"


@pytest.mark.parametrize("scenario", ["sahra", "car_2013"])
def test_a_good_file_is_told_step_by_step(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check", str(FILE), f"scenario={scenario}"]) == 0
    told = capsys.readouterr().out
    for words in ("bridging force", "lifted", "needs", "million euros", "no problem found"):
        assert words in told


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check", str(FILE), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert "consent" in told["needs"]
    assert {step["name"] for step in told["steps"]} >= {"envoy", "mission"}


def test_every_problem_is_told_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = FILE.read_text(encoding="utf-8").replace("after: bridging force", "after: bridge")
    text = text.replace("all]", "Rome]", 1)
    path = tmp_path / "comprehensive.yaml"
    path.write_text(text, encoding="utf-8")
    assert main(["policy", "check", str(path)]) == 2
    told = capsys.readouterr().err
    at = next(n for n, line in enumerate(text.splitlines(), 1) if "after: bridge}" in line)
    assert f"comprehensive.yaml:{at} (" in told
    assert "did you mean" in told
    assert "no place 'Rome'" in told
    assert "2 problems" in told


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nope"], "no policy 'nope'"), (["missing.yaml"], "missing.yaml"), ([str(ROOT)], "no policy"),
        ([str(FILE), "scenario=atlantis"], "atlantis"), ([str(FILE), "runs=3"], "unknown setting"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_told(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check", *words]) == 2
    assert says in capsys.readouterr().err


def test_a_level_of_warning_is_refused_where_nobody_warns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "relief.yaml"
    text = (ROOT / "configs/policy/relief.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("  - instrument: relief", "  - instrument: relief\n    decided_on: {warning: 5}"))
    assert main(["policy", "check", str(path)]) == 2
    assert "nobody warns" in capsys.readouterr().err
    assert main(["policy", "check", str(path), "decision=eu_2012"]) == 0


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_file_is_never_more_than_a_problem(seed: int, tmp_path: Path) -> None:
    """Lines dropped, doubled, swapped, cut; keys and values replaced: a list of problems or a policy, never a crash."""
    dice = random.Random(seed)
    name = dice.choice(("comprehensive", "ladder_of_response", "conditional_aid", "safe_area_guarded", "icc"))
    rows = (ROOT / f"configs/policy/{name}.yaml").read_text(encoding="utf-8").splitlines()
    odd = ("null", "[]", "{}", "-1", "1e99", "yes", "[all, all]", "{day: 1}", "'x'", "[[1]]", "{a: {b: 1}}", "")
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(rows))
        match dice.randrange(5):
            case 0:
                del rows[at]
            case 1:
                rows.insert(at, rows[at])
            case 2:
                other = dice.randrange(len(rows))
                rows[at], rows[other] = rows[other], rows[at]
            case 3:
                rows[at] = rows[at][: dice.randrange(len(rows[at]) + 1)]
            case _:
                rows[at] = rows[at].partition(":")[0] + ": " + dice.choice(odd)
    path = tmp_path / f"{name}.yaml"
    path.write_text("\n".join(rows), encoding="utf-8")
    try:
        policy, problems = check_policy(str(path), read_theatre("sahra"))
    except BadInput as refused:  # it cannot be read at all
        policy, problems = None, [refused.problem]
    assert policy is not None or problems
    assert all(one.what and one.where for one in problems)
