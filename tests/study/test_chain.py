"""The ledgers of a study: kept by run, summarised by stage, told on the command line; none where nobody decides."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.actors.headquarters import Option, Reached
from sim.cli import main
from sim.ground.check import BadInput
from sim.interventions.registry import read_policy
from sim.scenario import read_theatre
from sim.study import chain, store
from sim.study.compare import Study, carry_out
from sim.study.plan import StudyConfig
from sim.warning.stages import STAGES
from tests.interventions.cases import CASES, raw_policy, sahra

SMALL = StudyConfig(
    scenario="sahra", policies=("none", "mediation+relief"), baseline="none", runs=4, replicates=2, days=150,
    workers=1, decision="eu_2012",
)  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Study:
    theatre = replace(read_theatre("sahra"), people_per_row=1000)
    folder = tmp_path_factory.mktemp("chain") / "out"
    return carry_out(replace(SMALL, output=str(folder)), theatre=theatre, progress=False)


def test_a_row_a_run_and_step(done: Study) -> None:
    rows = done.table("chain").to_pylist()
    assert len(rows) == 4 * 2
    assert {row["policy"] for row in rows} == {"mediation+relief"}
    assert {row["step"] for row in rows} == {0, 1}
    for row in rows:
        reached = [row[stage] for stage in ("warning", "acceptance", "decision", "arrival") if row[stage] is not None]
        assert reached == sorted(reached)
        assert all(0 <= day < 150 for day in reached)
        assert (row["arrival"] is None) == bool(row["rests"])


def test_the_summary_is_that_of_the_rows(done: Study) -> None:
    steps = done.summary["chain"]["mediation+relief"]
    assert [step["instrument"] for step in steps] == ["envoy and talks", "food, water and care"]
    rows = [row for row in done.table("chain").to_pylist() if row["step"] == 0]
    for stage, told in steps[0]["stages"].items():
        days = [row[stage] for row in rows if row[stage] is not None]
        assert told["reached"] == len(days)
        assert told["q50"] == float(np.median(days))
    assert sum(end["runs"] for end in steps[0]["rests"]) == sum(bool(row["rests"]) for row in rows)
    assert done.summary["decision"]["name"] == "eu_2012"
    assert 0.5 < done.summary["decision"]["assumption_share"] <= 1.0


def test_the_process_is_part_of_what_a_study_is(done: Study) -> None:
    """Another decision process is another configuration, and its folder is not mixed with this one."""
    assert done.manifest["identity"]["config"]["decision"] == "eu_2012"
    assert "decision eu_2012" in done.manifest["identity"]["policies"]
    with pytest.raises(BadInput, match="another configuration"):
        carry_out(
            replace(SMALL, decision="instant", output=str(done.output)),
            theatre=replace(read_theatre("sahra"), people_per_row=1000), progress=False,
        )  # fmt: skip


def test_the_command_tells_people_and_programs(done: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chain", str(done.output)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("decision=eu_2012")
    assert "mediation+relief: envoy and talks, 4 runs" in told
    assert "first sign" in told
    assert main(["chain", str(done.output), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["policies"] == done.summary["chain"]


def test_a_folder_without_a_study_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chain", str(tmp_path)]) == 2
    assert "no output folder of a study" in capsys.readouterr().err


def test_instant_has_no_chain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theatre = replace(read_theatre("sahra"), people_per_row=1000)
    folder = tmp_path / "out"
    found = carry_out(
        replace(SMALL, decision="instant", runs=2, days=20, output=str(folder)), theatre=theatre, progress=False
    )
    assert found.summary["chain"] == {}
    assert not (folder / "chain.parquet").exists()
    assert main(["chain", str(folder)]) == 0
    assert "there is no chain to show" in capsys.readouterr().out


def test_reasons_are_counted_by_kind_and_stages_by_quantiles(tmp_path: Path) -> None:
    """Five runs made by hand: three blocked by different numbers of members are one end."""
    force = Option(0, "force", "eu_force")
    lines = [
        *(Reached(force, {"sign": 10 + n}, "fac", f"{n + 1} of 27 members were against") for n in range(3)),
        Reached(force, {"sign": 30, "warning": 40, "arrival": 90}, "", ""),
        Reached(force, {"sign": 50}, "analysts of eu", "written up, not warned of"),
    ]
    tables = [store._chain(store.RunId("p", 0, n, 0), [line]) for n, line in enumerate(lines)]
    for n, table in enumerate(tables):
        assert table.num_rows == 1, n
    store._write_parquet(tmp_path / "chain.parquet", tables)
    (step,) = chain.summarise(tmp_path)["p"]
    assert step["runs"] == 5
    assert step["stages"]["sign"]["q50"] == 12.0
    assert step["stages"]["arrival"] == {"reached": 1, "q05": 90.0, "q25": 90.0, "q50": 90.0, "q75": 90.0, "q95": 90.0}
    assert "decision" not in step["stages"]
    assert step["rests"] == [
        {"where": "fac", "why": "members were against", "runs": 3},
        {"where": "analysts of eu", "why": "written up, not warned of", "runs": 1},
    ]
    assert list(step["stages"]) == [stage for stage in STAGES if stage in step["stages"]]


def test_a_policy_that_nobody_can_decide_is_refused_before_the_first_run() -> None:
    bad = read_policy(raw_policy({**CASES["relief"], "decided_by": "oracle"}), sahra())
    with pytest.raises(BadInput, match="oracle"):
        chain.check("eu_2012", {"tried": bad})
    assert chain.check("instant", {"tried": bad}) == {}
    with pytest.raises(BadInput, match="eu_2021"):
        chain.check("eu_2021", {})
