"""Studies on a stand-in engine: equal results however they are cut, and nothing finished is ever lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sim.ground.check import BadInput, FailedWork
from sim.study import run as running
from sim.study import store
from sim.study.compare import Study, carry_out
from sim.study.plan import StudyConfig
from sim.study.store import RunId, Store
from tests.processes import hears_ctrl_c
from tests.study.fake_engine import ENGINE

ROOT = Path(__file__).resolve().parents[2]
SMALL = StudyConfig(
    scenario="sahra", policies=("none", "protect"), baseline="none", runs=6, replicates=2, timing_runs=3,
    days=120, workers=1,
)  # fmt: skip


def study(config: StudyConfig, folder: Path) -> Study:
    return carry_out(replace(config, output=str(folder)), engine=ENGINE, progress=False)


def log(folder: Path, monkeypatch: pytest.MonkeyPatch, **knobs: object) -> Path:
    file = folder / "log"
    monkeypatch.setenv("FAKE_ENGINE", json.dumps({"log": str(file), **knobs}))
    return file


def exactly(found: Study, name: str) -> str:
    return repr(found.table(name).to_pydict())  # text, because NaN equals nothing


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study(SMALL, tmp_path_factory.mktemp("done") / "out")


def test_results_do_not_depend_on_workers_and_blocks(
    done: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BLOCK_SECONDS", 0.0)  # one run a shard
    singly = study(SMALL, tmp_path / "singly")
    monkeypatch.setattr(running, "BLOCK_SECONDS", 600.0)
    two = study(replace(SMALL, workers=2), tmp_path / "two")
    for other in (singly, two):
        assert other.manifest["config_hash"] == done.manifest["config_hash"]
        for name in store.TABLES:
            assert exactly(other, name) == exactly(done, name), name
        assert other.summary == done.summary


def test_the_tables_hold_what_was_asked_for(done: Study) -> None:
    runs = done.table("runs").to_pylist()
    keys = [(draw, replicate) for draw in range(3) for replicate in range(2)]
    assert [(r["policy"], (r["draw"], r["replicate"])) for r in runs] == [
        (policy, key) for policy in ("none", "protect") for key in keys
    ]
    assert {r["seed"] for r in runs} == {1}
    series = done.table("series").to_pylist()
    week = [
        r
        for r in series
        if r["policy"] == "none" and r["variable"] == "deaths" and r["week"] == 0 and not r["draw"]
    ]
    national = [r["value"] for r in week if r["prefecture"] == "" and not r["replicate"]]
    by_prefecture = [r["value"] for r in week if r["prefecture"] and not r["replicate"]]
    assert len(by_prefecture) == 5
    assert national == [pytest.approx(sum(by_prefecture), rel=1e-6)]
    first = runs[0]
    monthly = [
        r
        for r in done.table("monthly").to_pylist()
        if (r["policy"], r["draw"], r["replicate"]) == ("none", 0, 0)
    ]
    assert sum(r["deaths_true"] for r in monthly) == first["civilian_deaths"]
    assert min(r["month"] for r in monthly) >= "2030-01"
    places = [
        r for r in done.table("places").to_pylist() if (r["policy"], r["variable"]) == ("protect", "deaths")
    ]
    mean = done.summary["policies"]["protect"]["outcomes"]["civilian_deaths"]["mean"]
    assert sum(r["mean"] for r in places) == pytest.approx(mean)
    assert done.manifest["status"] == "complete"
    assert not (done.output / "shards").exists()
    assert store.verify(done.output) == []


def test_the_summary_has_the_published_keys(done: Study) -> None:
    summary = json.loads((done.output / "summary.json").read_text(encoding="utf-8"))
    assert summary == done.summary
    assert {"schema_version", "scenario", "baseline", "runs", "draws", "seed", "policies", "hindcast"} <= set(
        summary
    )
    assert (summary["scenario"], summary["baseline"], summary["runs"], summary["draws"]) == (
        "sahra",
        "none",
        6,
        3,
    )
    row = summary["policies"]["protect"]
    assert {"outcomes", "difference", "p_harm", "mass_killing_share", "euros_by_payer", "pairing"} <= set(row)
    wanted = (
        "civilian_deaths",
        "indirect_deaths",
        "displaced_internal",
        "refugees_abroad",
        "trapped",
        "onset_day",
        "peak_day",
    )
    for name in wanted:
        assert {"mean", "median", "q05", "q95"} <= set(row["outcomes"][name])
        assert {"mean", "mc_low", "mc_high", "param_low", "param_high", "q05", "q50", "q95"} == set(
            row["difference"][name]
        )
    assert row["difference"]["civilian_deaths"]["mean"] < 0
    assert (
        summary["lives_saved"]["policies"]["protect"]["mean"] == -row["difference"]["civilian_deaths"]["mean"]
    )
    assert row["p_harm"] == 0.0
    assert row["euros_by_payer"]["eu"] == 1000.0
    assert row["pairing"]["civilian_deaths"] > 0.99
    assert summary["policies"]["none"]["euros_by_payer"] == {}
    assert 0.0 < summary["assumption_share"] <= 1.0
    assert summary["hindcast"] is None


def test_deciding_later_saves_less_and_deciding_after_the_end_changes_nothing(done: Study) -> None:
    rows = done.summary["timing"]["protect"]
    assert [row["delay_days"] for row in rows] == [0, 30, 60, 90]
    assert {row["runs"] for row in rows} == {3}
    saved = [row["saved_mean"] for row in rows]
    assert saved == sorted(saved, reverse=True)
    assert saved[0] > saved[3] > 0
    placebo = done.summary["placebo"]["protect"]
    assert placebo["difference"] == 0.0
    assert {row["delay_days"] for row in done.table("delayed").to_pylist()} == {30, 60, 90, 121}


def test_an_option_added_to_what_was_done_is_delayed_alone(tmp_path: Path) -> None:
    names = ("none", "factual_rule", "factual_rule+protect")
    found = study(replace(SMALL, policies=names), tmp_path / "out")
    assert list(found.summary["timing"]) == ["factual_rule+protect"]  # the past cannot be decided later
    done = found.table("runs").to_pylist()
    deaths = {
        name: [
            r["civilian_deaths"] for r in done if r["policy"] == name and (r["draw"], r["replicate"]) < (1, 1)
        ]
        for name in names
    }
    saved_by_what_was_done = (sum(deaths["none"]) - sum(deaths["factual_rule"])) / 3
    saved = [row["saved_mean"] for row in found.summary["timing"]["factual_rule+protect"]]
    assert saved == sorted(saved, reverse=True)
    assert saved[0] > saved[3] > saved_by_what_was_done > 0
    assert found.summary["placebo"]["factual_rule+protect"]["difference"] == 0.0


def test_a_finished_study_is_not_computed_again(
    done: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = log(tmp_path, monkeypatch)
    again = study(SMALL, done.output)
    assert not file.exists()
    assert again.summary == done.summary


def test_a_folder_with_another_configuration_is_refused(done: Study) -> None:
    before = (done.output / "manifest.json").read_bytes()
    with pytest.raises(BadInput) as error:
        study(replace(SMALL, runs=8), done.output)
    assert "another configuration" in str(error.value)
    assert "runs: 6 there, 8 asked" in str(error.value)
    assert (done.output / "manifest.json").read_bytes() == before


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="not empty and holds no study"):
        study(SMALL, tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_two_studies_do_not_write_into_one_folder(done: Study, tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    first = Store(tmp_path / "out")
    first.open(done.manifest["identity"], done.manifest["config_hash"])
    store.write_json(tmp_path / "out" / "manifest.json", done.manifest)
    try:
        with pytest.raises(FailedWork, match="another process"):
            study(SMALL, tmp_path / "out")
    finally:
        first.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_fails_is_kept_apart_and_tried_again(
    workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(SMALL, policies=("none", "broken"), timing_runs=0, workers=workers)
    found = study(config, tmp_path / "out")
    late = 121  # the placebo of the same draw and replicate fails too
    assert [(f.policy, f.delay_days, f.draw, f.replicate) for f in found.failed] == [
        ("broken", 0, 0, 1), ("broken", late, 0, 1),
    ]  # fmt: skip
    failed = found.manifest["failed"][0]
    assert failed["seed"] == 1
    assert failed["error"].startswith("ArithmeticError: a share became 1.7 (in simulate, fake_engine.py line")
    assert found.manifest["status"] == "partial"
    assert found.table("runs").num_rows == 11
    assert found.summary["policies"]["broken"]["runs"] == 5
    assert found.summary["policies"]["broken"]["difference"]["civilian_deaths"]["mean"] < 0
    file = log(tmp_path, monkeypatch)
    again = study(config, tmp_path / "out")
    assert len(again.failed) == 2
    assert not file.exists()  # only the two failing runs were tried, and they fail before they log


def test_a_process_that_is_killed_loses_only_its_own_run(tmp_path: Path) -> None:
    found = study(replace(SMALL, policies=("none", "killer"), timing_runs=0, workers=2), tmp_path / "out")
    assert {(f.policy, f.draw, f.replicate) for f in found.failed} == {("killer", 1, 0)}
    assert "process that computed it ended (exit status 9)" in found.failed[0].error
    assert found.table("runs").num_rows == 11


def test_when_no_run_succeeds_the_cause_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.study.fake_engine.EFFECT", {"broken": 0.3})
    config = StudyConfig(policies=("broken",), baseline="broken", runs=2, days=30, workers=1, seed=1)
    with pytest.raises(FailedWork, match="share became 1.7"):
        carry_out(
            replace(config, output=str(tmp_path / "out")), progress=False,
            engine=replace(ENGINE, simulate="tests.study.test_run:always_broken"),
        )  # fmt: skip


def always_broken(*_: object, **__: object) -> None:
    raise ArithmeticError("a share became 1.7")


SCRIPT = """
import sys
from sim.study.compare import carry_out
from sim.study.plan import StudyConfig
from tests.study.fake_engine import ENGINE
carry_out(StudyConfig(scenario="sahra", policies=("none", "protect"), baseline="none", runs=6, replicates=2,
                      timing_runs=3, days=120, workers=int(sys.argv[1]), output=sys.argv[2]), engine=ENGINE)
"""


@pytest.mark.parametrize(("workers", "how"), [(1, signal.SIGINT), (2, signal.SIGINT), (2, signal.SIGKILL)])
def test_a_stopped_study_is_completed_without_computing_anything_twice(
    workers: int, how: signal.Signals, done: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    file = log(tmp_path, monkeypatch, seconds=0.25)
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(workers), str(out)], cwd=ROOT, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True, preexec_fn=hears_ctrl_c,
    )  # fmt: skip
    until = time.monotonic() + 60
    while len(list((out / "shards").glob("*/record.json"))) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    # Ctrl-C in a terminal reaches the whole group
    os.killpg(process.pid, how) if how == signal.SIGINT else process.kill()
    assert process.wait(timeout=30) != 0
    time.sleep(1.0)  # an orphan may finish the run at hand
    assert not list((out / "shards").glob("*.tmp")) or how == signal.SIGKILL
    kept = Store(out).done()
    planned = done.manifest["planned_runs"]
    assert 3 <= len(kept) < planned
    file.unlink()
    monkeypatch.setenv("FAKE_ENGINE", json.dumps({"log": str(file)}))
    finished = study(SMALL, out)
    computed = [line.split() for line in file.read_text().splitlines()]
    ran = {RunId(name, *map(int, numbers)) for name, *numbers in computed}
    assert len(computed) == len(ran) == planned - len(kept)
    assert not ran & kept
    assert finished.summary == done.summary
    assert exactly(finished, "runs") == exactly(done, "runs")


def test_a_damaged_shard_is_computed_again(
    done: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(SMALL, policies=("none", "broken"), timing_runs=0)
    out = tmp_path / "out"
    study(config, out)  # a failed run keeps the shards
    shard = min((out / "shards").iterdir())
    lost = json.loads((shard / "record.json").read_text(encoding="utf-8"))["runs"]
    path = shard / "runs.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    file = log(tmp_path, monkeypatch)
    study(config, out)
    ran = [line.split() for line in file.read_text().splitlines()]
    assert [[name, *map(int, numbers)] for name, *numbers in ran] == lost


def test_a_flipped_bit_in_a_result_is_noticed(done: Study, tmp_path: Path) -> None:
    found = study(replace(SMALL, seed=5), tmp_path / "out")
    path = found.output / "runs.parquet"
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data)
    assert store.verify(found.output) == ["runs.parquet"]
    with pytest.raises(FailedWork, match=r"runs\.parquet"):
        found.table("runs")


def test_a_callers_script_is_not_run_again_by_the_workers(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text("print('once')\n" + SCRIPT)
    found = subprocess.run(
        [sys.executable, str(script), "2", str(tmp_path / "out")], capture_output=True, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, timeout=120,
    )  # fmt: skip
    assert found.stdout.split() == ["once"]
    assert found.stderr == ""  # no bar where nobody looks
