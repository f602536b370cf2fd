"""What a careless or hostile user hands in: one clear error each, nothing lost, and no failure that stays."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sim.config import study_config
from sim.ground.check import BadInput, FailedWork
from sim.ground.parameters import Parameter
from sim.interventions.registry import load_policy, policy_problems, read_policy
from sim.scenario.read import read_theatre
from sim.study.plan import MOST_RUNS, read_posterior, theatre_problems
from sim.study.store import Store, write_json
from tests.interventions.cases import CASES, ROOT, raw_policy, sahra


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("runs=1_0_", "no whole number"), ("seed=null", "no whole number"), (f"seed={2**70}", "0 to 922337203685477"),
        ("draws=0", "draws=0"), (f"runs={MOST_RUNS + 1}", f"1 to {MOST_RUNS}"), ("output=\udcff", "not UTF-8"),
        ("scenario=\udcff", "not UTF-8"), ("seed=" + "9" * 400, "0 to 9223372036854775807"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_refused_for_what_it_is(word: str, says: str) -> None:
    with pytest.raises(BadInput) as told:
        study_config("run", [word])
    assert says in str(told.value)
    assert len(str(told.value)) < 600


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("mediation+mediation", "stands twice"), ("none+none", "stands twice"), ("+", "no policy ''"),
        ("x" * 5000, "no policy 'xxx"),
    ],
)  # fmt: skip
def test_a_combination_that_makes_no_sense_is_refused(name: str, says: str) -> None:
    with pytest.raises(BadInput) as told:
        load_policy(name, sahra())
    assert says in str(told.value)
    assert len(str(told.value)) < 500


@pytest.mark.parametrize(
    ("decided", "says"),
    [
        ({"date": "2030-W05-1"}, "YYYY-MM-DD"), ({"date": "20300201"}, "YYYY-MM-DD"), ({"day": -1}, "0 to 3,660"),
        ({"day": 10**9}, "0 to 3,660"), ({"when": {"reported_deaths": 10.7}}, "a whole number"),
        ({"when": {"reported_deaths": float("nan")}}, "1 to 10,000,000"),
        ({"when": {"reported_deaths": 10**400}}, "1 to 10,000,000"),
    ],
)  # fmt: skip
def test_a_decision_that_would_be_read_otherwise_than_it_looks_is_refused(decided: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput) as told:
        read_policy(raw_policy(CASES["relief"], decided=decided), sahra())
    assert says in str(told.value)
    assert len(str(told.value)) < 400


@pytest.mark.parametrize(
    "value", [-1, float("nan"), float("inf"), 10**400, True, "100", None], ids=lambda v: str(v)[:9]
)
def test_a_size_that_is_none_is_refused_in_words_of_the_file(value: Any) -> None:
    with pytest.raises(BadInput) as told:
        read_policy(raw_policy({**CASES["force"], "size": value}), sahra())
    text = str(told.value)
    assert "size" in text
    assert not re.search(r"\b(dict|int|float|str|bool|Mapping|None)\b", text)
    assert len(text) < 400


def copy_of_sahra(folder: Path) -> Path:
    """A scenario folder to break."""
    return Path(shutil.copytree(ROOT / "scenarios/sahra", folder / "broken"))


def test_the_shipped_theatres_have_nothing_that_would_stop_a_study() -> None:
    for name in ("sahra", "car_2013"):
        for stage in read_theatre(name).stages:
            assert theatre_problems(read_theatre(name, stage.name)) == []


def test_a_policy_that_no_run_could_use_is_found_before_a_run(tmp_path: Path) -> None:
    folder = copy_of_sahra(tmp_path)
    file = folder / "policies" / "maro_battlegroup.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("instrument: force", "instrument: forse"), encoding="utf-8")
    (folder / "policies" / "none.yaml").write_text("name: none\ntitle: mine\ninstruments: []\n", encoding="utf-8")
    told = {problem.where: str(problem) for problem in policy_problems(read_theatre(folder))}
    assert set(told) == {"policies/maro_battlegroup.yaml (instruments[0])", "policies/none.yaml"}
    assert "did you mean 'force'" in told["policies/maro_battlegroup.yaml (instruments[0])"]
    assert "taken" in told["policies/none.yaml"]


def test_a_prior_that_the_model_cannot_use_is_found_before_a_run(tmp_path: Path) -> None:
    folder = copy_of_sahra(tmp_path)
    rest = "source: a judgement, grade: assumption}"
    with (folder / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\npriors:\n  collapse_share: {{value: 5, low: 4, high: 6, {rest}\n")
    (problem,) = theatre_problems(read_theatre(folder))
    assert "priors.collapse_share" in problem.where
    assert "0 to 1" in problem.why


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"), (b"a\n", "no accepted draw"), (b"b\n1\n", "unknown parameter"), (b"a\nnan\n", "finite"),
        (b"a,a\n1,1\n", "twice"), (b"a\n3\n", "a share"), (b"a\n-1\n", "a is -1"), (b"a\n\xe9\n", "UTF-8"),
        (b"\x00\x00", "binary"), (b"a\n" + b"1" * 200_000 + b"\n", "no CSV table"),
        (b"a;b\n1;2\n", "unknown parameter"),
    ],
)  # fmt: skip
def test_a_broken_posterior_is_refused(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "calibration").mkdir()
    (tmp_path / "calibration/posterior.csv").write_bytes(content)
    with pytest.raises(BadInput) as told:
        read_posterior(tmp_path, {"a": Parameter("a", 0.2, 0.0, 1.0, "share", "for this test", "for this test")})
    assert says in str(told.value)


def test_a_study_stopped_before_its_first_manifest_can_be_given_again(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    kept = Store(folder)
    kept.open({}, "abc")
    kept.close()
    (folder / "manifest.json.tmp").write_text("{", encoding="utf-8")
    (folder / ".lock").touch()
    again = Store(folder)
    again.open({}, "abc")
    again.close()
    (folder / "shards" / "yours").mkdir()
    with pytest.raises(BadInput, match="holds no study"):
        Store(folder).open({}, "abc")


def test_a_shard_whose_record_is_damaged_is_computed_again(tmp_path: Path) -> None:
    kept = Store(tmp_path / "study")
    kept.open({}, "abc")
    damaged = kept.shards / "0123"
    damaged.mkdir()
    (damaged / "record.json").write_text("garbage", encoding="utf-8")
    assert kept.done() == set()
    assert not damaged.exists()
    kept.close()


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    try:
        with pytest.raises(FailedWork, match="cannot be written"):
            write_json(tmp_path / "manifest.json", {"much": "x" * 5000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "manifest.json").exists()


def test_a_damaged_compile_cache_heals(tmp_path: Path) -> None:
    """As a power cut leaves it. Numba alone fails for ever on such files."""
    code = "from sim.ground.draw import run_key, uniform; print(uniform(run_key(1, 2, 3), 1, 2, 3, 4))"

    plain = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}

    def number() -> str:
        return subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT,
            env={**plain, "FORESTALL_CACHE_DIR": str(tmp_path)},
        ).stdout  # fmt: skip

    first = number()
    files = list(tmp_path.rglob("*.nb[ci]"))
    assert files
    for file in files:
        file.write_bytes(file.read_bytes()[:25])
    assert number() == first
    for file in tmp_path.rglob("*.nb[ci]"):
        file.write_text("garbage\n", encoding="utf-8")
    assert number() == first
