"""The command line as a user meets it: what it prints, where, and with which exit status."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.cli import main
from sim.config import study_config
from sim.ground.check import BadInput
from tests.processes import hears_ctrl_c
from tests.study.fake_engine import ENGINE

ROOT = Path(__file__).resolve().parents[2]
QUICK = ("runs=4", "replicates=2", "days=60", "workers=1")


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands run on the stand-in engine, in an empty folder, and the report is one line."""
    monkeypatch.setattr("sim.study.compare.Engine", lambda: ENGINE)
    monkeypatch.setattr("sim.view.report.write_report", one_line_report)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def one_line_report(folder: Path) -> Path:
    (folder / "report.html").write_text("<p>report")
    return folder / "report.html"


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom sim.cli import main\n"
        "try:\n    main(['--help'])\nfinally:\n"
        "    slow = {'mesa', 'numba', 'hydra', 'scipy', 'pyarrow', 'plotly', 'numpy', 'omegaconf'}\n"
        "    print('HEAVY', sorted(slow & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "HEAVY []" in found.stdout
    for verb in ("scenarios", "check", "new", "run", "compare", "hindcast", "report"):
        assert re.search(rf"│ {verb} +\w", found.stdout)


def test_import_sim_is_light_and_its_names_are_found_when_used() -> None:
    code = (
        "import sys, sim\nprint(sorted({'numpy', 'mesa', 'cyclopts'} & set(sys.modules)))\n"
        "print(sim.read_theatre('sahra').name)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert found.stdout.split("\n")[:2] == ["[]", "sahra"]


def test_every_public_name_exists() -> None:
    import sim

    for name in sim.__all__:
        assert getattr(sim, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = sim.simulat


def test_the_defaults_are_the_documented_ones() -> None:
    config = study_config("run", [])
    assert (config.scenario, config.policies, config.runs, config.seed, config.replicates) == (
        "sahra",
        ("none",),
        64,
        1,
        4,
    )
    assert (config.workers, config.output, config.timing_runs, config.stage, config.days) == (
        None,
        None,
        0,
        None,
        None,
    )
    compared = study_config("compare", ["runs=30"])
    assert (compared.policies, compared.baseline) == (("none", "preventive_deployment"), "none")
    assert compared.timing_runs == 8


def test_settings_are_read_as_written() -> None:
    config = study_config(
        "compare",
        ["scenario=my folder/it's (new), 2", "policies=[ a , none,a+b]", "baseline=a", "stage=2013-12-01",
         "draws=5", "output=x=y", "seed=0", "timing_runs=0", "workers=null"],
    )  # fmt: skip
    assert config.scenario == "my folder/it's (new), 2"
    assert config.policies == ("a", "none", "a+b")
    assert (config.stage, config.output, config.runs, config.seed, config.workers) == (
        "2013-12-01",
        "x=y",
        20,
        0,
        None,
    )
    assert study_config("compare", ["policies=mediation"]).policies == ("none", "mediation")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "rns=3"], "did you mean 'runs'?"),
        (["run", "policies=[none]"], "did you mean 'policy'?"),
        (["compare", "policy=none"], "did you mean 'policies'?"),
        (["run", "runs=abc"], "runs=abc is no whole number"),
        (["run", "runs=1.5"], "no whole number"),
        (["run", "runs=0"], "a whole number 1 to"),
        (["run", "runs="], "runs= has no value"),
        (["run", "runs=null"], "runs=null is no whole number"),
        (["run", "runs=3", "runs=4"], "runs is given twice"),
        (["run", "runs=8", "draws=2"], "both runs and draws are given"),
        (["run", "64"], "settings are written key=value"),
        (["run", "run"], "runs=..."),
        (["run", "--runs=64"], "without dashes"),
        (["run", "+runs=64"], "unknown setting '+runs'"),
        (["run", "hydra.run.dir=x"], "unknown setting 'hydra.run.dir'"),
        (["compare", "policies=[none"], "is no list"),
        (["compare", "policies=[none,,a]"], "empty policy"),
        (["compare", "policies=[a,a]"], "named twice"),
        (["run", "scenario=sahara"], "did you mean 'sahra'?"),
        (["run", "policy=protec"], "did you mean 'protect'?"),
        (["run", "stage=nineteen"], "stage"),
        (["check", "no_such"], "no scenario or folder"),
        (["report", "no_such"], "no output folder"),
        (["hindcast", "runs=3"], "no scenario is named"),
        (["hindcast"], "requires an argument"),
        (["compre"], 'Did you mean "compare"?'),
        (["scenarios", "--jsn"], "--json"),
    ],
)  # fmt: skip
def test_bad_input_is_told_on_stderr_with_status_2(
    words: list[str], told: str, stand_in: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert "Traceback" not in err
    assert list(stand_in.iterdir()) == []


def test_scenarios_are_listed_for_people_and_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^sahra +365 +[\d,]+  Sahra", out, re.MULTILINE)
    assert main(["scenarios", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["sahra"]["days"] == 365
    assert rows["sahra"]["people"] > 100_000


def test_check_summarises_a_good_folder_and_lists_the_problems_of_a_bad_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = ROOT / "scenarios" / "sahra"
    assert main(["check", str(good)]) == 0
    out = capsys.readouterr().out
    for word in ("places", "people", "actors", "stage", "assumptions", "no problem found"):
        assert word in out
    assert main(["check", str(good), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    bad = tmp_path / "bad"
    bad.mkdir()
    for file in good.glob("*.*"):
        (bad / file.name).write_bytes(file.read_bytes())
    text = (bad / "places.csv").read_text(encoding="utf-8")
    (bad / "places.csv").write_text(text.replace(",capital,", ",captial,", 1), encoding="utf-8")
    assert main(["check", str(bad), "--json"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["ok"] is False
    assert "places.csv" in err
    assert "captial" in err


def test_a_run_tells_its_finding_and_where_it_is(stand_in: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "policy=protect", *QUICK]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert re.search(r"Protect \(protect\), 4 runs: [\d,]+ simulated civilians killed on average", out)
    found = re.search(r"report: (outputs/sahra-[0-9a-f]{10}/report\.html)", out)
    assert found
    assert (stand_in / found.group(1)).is_file()


def test_compare_answers_a_program_with_one_json_object(
    stand_in: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", "policies=[protect,useless]", "output=mine", *QUICK, "--json"]
    assert main(words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["output"] == "mine"
    assert answer["baseline"] == "none"
    assert list(answer["policies"]) == ["none", "protect", "useless"]
    assert answer["policies"]["protect"]["difference"]["civilian_deaths"]["mean"] < 0
    assert {row["delay_days"] for row in answer["timing"]["useless"]} == {0, 30, 60, 90}
    assert (
        json.loads((stand_in / "mine" / "summary.json").read_text(encoding="utf-8"))["policies"]
        == answer["policies"]
    )
    assert main(words) == 0  # the same again is completed, with nothing to do
    assert json.loads(capsys.readouterr().out) == answer
    assert main([*words, "seed=2"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "seed: 1 there, 2 asked" in err


def test_compare_prints_the_finding_in_three_lines(stand_in: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "policies=[protect]", "draws=8", "replicates=1", "days=60", "workers=1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("In this model, under these assumptions, ")
    assert "fewer simulated civilians die under “Protect” than under doing nothing" in lines[0]
    assert lines[1].startswith("By when, at what cost: “Protect”, decided ")
    assert "EU EUR 1,000" in lines[1]
    assert lines[2].startswith("How far to trust it: The country is fictional")
    assert lines[3].startswith("report: outputs/sahra-")
    assert max(map(len, lines)) < 360


def test_a_failed_run_ends_with_status_1_and_keeps_the_others(
    stand_in: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "policy=broken", *QUICK, "output=mine", "--json"]) == 1
    out, err = capsys.readouterr()
    assert "1 of 4 runs failed" in err
    assert "draw 0, replicate 1: ArithmeticError: a share became 1.7" in err
    assert json.loads(out)["policies"]["broken"]["runs"] == 3


def test_a_report_that_fails_is_told_and_the_tables_are_kept(
    stand_in: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> Path:
        raise ZeroDivisionError("no axis")

    monkeypatch.setattr("sim.view.report.write_report", broken)
    assert main(["run", *QUICK, "output=mine"]) == 1
    out, err = capsys.readouterr()
    assert "tables: mine" in out
    assert "ZeroDivisionError: no axis" in err
    assert "forestall report mine" in err
    assert (stand_in / "mine" / "runs.parquet").is_file()
    monkeypatch.setattr("sim.view.report.write_report", one_line_report)
    assert main(["report", "mine"]) == 0
    assert capsys.readouterr().out.strip() == os.path.join("mine", "report.html")


def test_no_report_is_made_of_damaged_tables(stand_in: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *QUICK, "output=mine"]) == 0
    path = stand_in / "mine" / "series.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    capsys.readouterr()
    assert main(["report", "mine"]) == 1
    assert "series.parquet" in capsys.readouterr().err


def test_an_error_of_ours_is_one_message_and_status_1(
    stand_in: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("inside")

    monkeypatch.setattr("sim.study.compare.draw_parameters", broken)
    assert main(["run", *QUICK]) == 1
    err = capsys.readouterr().err
    assert "something in Forestall itself failed: LookupError: inside" in err
    assert "Traceback" not in err


def test_ctrl_c_ends_with_status_130_and_keeps_what_is_finished(tmp_path: Path) -> None:
    code = (
        "import sys\nimport sim.study.compare as c\nfrom tests.study.fake_engine import ENGINE\n"
        "from sim.cli import main\nc.Engine = lambda: ENGINE\nsys.exit(main(sys.argv[1:]))"
    )
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "run", "runs=200", "days=60", "workers=2", f"output={out}"],
        cwd=ROOT, text=True,
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        preexec_fn=hears_ctrl_c, env={**os.environ, "PYTHONPATH": str(ROOT), "FAKE_ENGINE": '{"seconds": 0.2}'},
    )  # fmt: skip
    until = time.monotonic() + 60
    while not list((out / "shards").glob("*/record.json")) and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    answer, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert answer == ""
    assert told.strip() == "stopped; finished runs are kept, and the same command completes them"
    assert list((out / "shards").glob("*/record.json"))


def test_a_word_that_is_no_whole_number_is_refused_before_anything_is_composed() -> None:
    with pytest.raises(BadInput, match="instead: seed=1"):
        study_config("run", ["seed=one"])
