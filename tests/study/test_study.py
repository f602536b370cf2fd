"""Studies from a file to a store, on the stand-in engine: numbering, growth, damage, refusals, the command."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.cli import main
from sim.ground.check import BadInput, FailedWork
from sim.scenario.read import read_theatre
from sim.study import campaign, store
from sim.study.answer import answer, lines
from sim.study.campaign import carry_out, expand, export, missing_tasks, plan, status
from sim.study.compare import as_written
from sim.study.folder import StudyFolder
from sim.study.study import KEYS, Arm, StudyFile, arms_of_policy, read_study, with_levers
from tests.study.fake_engine import ENGINE

TEXT = """\
schema_version: 1
name: small
scenario: sahra
days: 60
policies: [none, protect, useless]
levers: {protect.delay_days: [0, 30]}
uncertainties: {violence: {low: 0.2, high: 0.9}}
design: {kind: latin_hypercube, points: 4}
replicates: 3
"""


def written(folder: Path, text: str = TEXT, *overrides: str) -> StudyFile:
    path = folder / "small.yaml"
    path.write_text(text)
    return read_study(path, overrides)


def planned(folder: Path, *overrides: str, pilot: int = 0) -> StudyFolder:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(campaign, "PILOT_RUNS", pilot)  # a pilot starts a process
        return plan(written(folder, TEXT, *overrides), output=folder / "out", engine=ENGINE)


def computed(folder: Path, *overrides: str, workers: int = 1, pilot: int = 0) -> StudyFolder:
    study = planned(folder, *overrides, pilot=pilot)
    assert carry_out(study, workers=workers, engine=ENGINE, progress=False) == []
    return study


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    return computed(tmp_path_factory.mktemp("done"), pilot=8)


@pytest.fixture
def copy(done: StudyFolder, tmp_path: Path) -> StudyFolder:
    shutil.copytree(done.folder, tmp_path / "copy")
    return StudyFolder(tmp_path / "copy")


def test_the_plan_says_what_is_computed_and_what_it_costs(done: StudyFolder) -> None:
    made = done.plan
    assert made.runs == 4 * 3 * 4
    assert [arm.label for arm in made.arms] == ["none", "protect", "protect, 30 days later", "useless"]
    assert made.cost["pilot_runs"] > 0
    assert made.cost["core_hours"] == pytest.approx(made.runs * made.cost["seconds_a_run"] / 3600, abs=1e-3)
    assert made.cost["tasks"] == -(-made.runs // made.task_runs)
    assert json.loads((done.folder / "plan.json").read_text())["runs"] == 48


def test_runs_have_numbers_and_arms_are_fastest(copy: StudyFolder) -> None:
    expand(copy, replicates=5, engine=ENGINE)
    expand(copy, points=6, engine=ENGINE)
    made = copy.plan
    assert made.runs == 6 * 5 * 4
    assert [made.number(made.run(n)) for n in range(made.runs)] == list(range(made.runs))
    assert len({made.run(n) for n in range(made.runs)}) == made.runs
    assert {made.run(n)[2:] for n in range(4)} == {(0, 0)}
    assert made.number(replace_run(made.run(0), draw=6)) == -1


def replace_run(run: store.RunId, **changes: int) -> store.RunId:
    return run._replace(**changes)


def test_every_arm_meets_the_same_parameters_and_random_numbers(done: StudyFolder) -> None:
    samples = done.samples(done.plan.cases[0])
    assert (samples["none"].values["civilian_deaths"] == samples["useless"].values["civilian_deaths"]).all()
    assert samples["none"].keys == samples["protect"].keys
    saved = samples["none"].values["civilian_deaths"] - samples["protect"].values["civilian_deaths"]
    late = samples["none"].values["civilian_deaths"] - samples["protect, 30 days later"].values["civilian_deaths"]
    assert saved.sum() > late.sum() > 0
    violence = done.points(done.plan.cases[0]).values[:, 0]
    by_draw = samples["none"].values["civilian_deaths"].reshape(4, 3).mean(axis=1)
    assert np.corrcoef(violence, by_draw)[0, 1] > 0.9


def test_shared_random_numbers_leave_only_the_parameters_to_differ(tmp_path: Path) -> None:
    study = computed(tmp_path, "uncertainties={fixed: {low: 1.0, high: 3.0}}", "random_numbers=shared")
    deaths = study.samples(study.plan.cases[0])["none"].values["civilian_deaths"].reshape(4, 3)
    assert (deaths == deaths[0]).all()  # the stand-in does not use `fixed`
    assert len(set(deaths[0])) > 1


def test_the_digest_does_not_depend_on_workers_tasks_or_growth(done: StudyFolder, tmp_path: Path) -> None:
    digest = done.verify().digest
    (tmp_path / "two").mkdir()
    assert computed(tmp_path / "two", workers=2).verify().digest == digest
    (tmp_path / "grown").mkdir()
    study = computed(tmp_path / "grown", "replicates=2")
    assert study.verify().digest != digest
    assert expand(study, replicates=3, engine=ENGINE) == 16
    assert status(study)["done"] == 32
    carry_out(study, engine=ENGINE, workers=1, progress=False)
    assert study.verify().digest == digest
    study.replace_plan(replace(study.plan, task_runs=7))
    shutil.rmtree(study.store(study.plan.cases[0]).shards)
    carry_out(study, engine=ENGINE, workers=1, progress=False)
    assert study.verify().digest == digest


def test_the_digest_moves_with_any_outcome(done: StudyFolder) -> None:
    case = done.plan.cases[0]
    table = done.runs(case)
    names = [n for n in table.column_names if n not in store.RUN_KEY and n != "onset_day"]
    before = hexed(table)
    for name in names:
        values = table[name].to_numpy().copy()
        values[5] = np.nextafter(values[5], np.inf)
        assert hexed(table.set_column(table.column_names.index(name), name, [values])) != before
    assert hexed(table.take(list(range(47, -1, -1)))) == before


def hexed(table: object) -> str:
    digest = store.Digest()
    digest.add(table)
    return digest.hex()


def test_every_flipped_bit_is_found_and_exactly_that_shard_done_again(copy: StudyFolder) -> None:
    digest = copy.verify().digest
    shards = sorted(copy.store(copy.plan.cases[0]).shards.iterdir())
    rng = np.random.default_rng(1)
    for file in ("record.json", "runs.parquet"):
        path = shards[3] / file
        whole = path.read_bytes()
        for position in rng.choice(len(whole), 12, replace=False):
            data = bytearray(whole)
            data[position] ^= 1 << int(rng.integers(8))
            path.write_bytes(data)
            found = copy.verify()
            assert not found.ok
            assert list(found.damaged) == [f"sahra/{shards[3].name}"], (file, position)
        path.write_bytes(whole)
    (shards[3] / "runs.parquet").write_bytes(whole[: len(whole) // 2])
    shutil.rmtree(shards[5])
    (shards[7] / "runs.parquet").unlink()
    found = copy.verify()
    assert len(found.damaged) == 2
    assert found.missing == 3 * copy.plan.task_runs
    others = {path: path.stat().st_mtime_ns for path in shards if path not in (shards[3], shards[5], shards[7])}
    carry_out(copy, engine=ENGINE, workers=1, progress=False)
    assert copy.verify().ok
    assert copy.verify().digest == digest
    assert {path: path.stat().st_mtime_ns for path in others} == others


def test_a_shard_of_another_study_is_foreign(copy: StudyFolder, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    other = computed(tmp_path / "more", "replicates=8")
    case = copy.plan.cases[0]
    strange = next(
        shard for shard, runs in other.store(other.plan.cases[0]).whole_shards() if max(runs, key=lambda r: r[3])[3] > 2
    )
    digest = copy.verify().digest
    shutil.copytree(strange, copy.store(case).shards / "strange")
    found = copy.verify()
    assert found.foreign == ("sahra/strange",)
    assert not found.ok
    assert found.digest == digest


def test_damaged_points_or_plan_are_refused(copy: StudyFolder) -> None:
    case = copy.plan.cases[0]
    path = copy.case_folder(case) / case.points
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    with pytest.raises(FailedWork, match="parameter values are not as they were written"):
        StudyFolder(copy.folder).verify()
    text = (copy.folder / "plan.json").read_text()
    (copy.folder / "plan.json").write_text(text.replace('"seed": 1', '"seed": 2', 1))
    with pytest.raises(FailedWork, match="plan is not as it was written"):
        StudyFolder(copy.folder)


def test_other_code_is_refused_with_both_versions(copy: StudyFolder) -> None:
    newer = replace(ENGINE, version="newer")
    for attempt in (
        lambda: carry_out(copy, engine=newer, progress=False),
        lambda: expand(copy, replicates=9, engine=newer),
        lambda: campaign.work(copy, {"sahra": [0]}, 0, 1, engine=newer),
    ):
        with pytest.raises(BadInput) as error:
            attempt()
        assert "code of the model has changed" in str(error.value)
        assert "stand-in" in str(error.value)
        assert "newer" in str(error.value)


def test_a_changed_scenario_is_refused(copy: StudyFolder) -> None:
    case = replace(copy.plan.cases[0], theatre="0" * 64)
    copy.replace_plan(replace(copy.plan, cases=(case,)))
    with pytest.raises(BadInput, match="the scenario has changed"):
        carry_out(copy, engine=ENGINE, progress=False)


def test_a_run_that_fails_is_told_and_tried_again(tmp_path: Path) -> None:
    study = planned(tmp_path, "policies=[none, broken]", "levers={}")
    failed = carry_out(study, workers=1, engine=ENGINE, progress=False)
    assert [(f.policy, f.draw, f.replicate) for f in failed] == [("broken", 0, 1)]
    assert status(study)["failed"] == 1
    assert status(study)["done"] == 23
    found = study.verify()
    assert (found.missing, found.failed, found.damaged) == (1, 1, {})
    assert len(carry_out(study, workers=1, engine=ENGINE, progress=False)) == 1
    assert status(study)["failed"] == 1


def test_a_run_that_kills_its_process_is_given_up_and_the_others_are_kept(tmp_path: Path) -> None:
    study = planned(tmp_path, "policies=[none, killer]", "levers={}", "replicates=2")
    failed = carry_out(study, workers=2, engine=ENGINE, progress=False)
    assert [(f.policy, f.draw, f.replicate) for f in failed] == [("killer", 1, 0)]
    assert status(study)["done"] == 15


def test_parts_of_an_array_do_every_task_once(tmp_path: Path, done: StudyFolder) -> None:
    study = planned(tmp_path)
    tasks = missing_tasks(study)
    parts = [list(study.plan.tasks(np.zeros(study.plan.runs, bool), tasks["sahra"][part::3])) for part in range(3)]
    together = [run for part in parts for task in part for run in task]
    assert len(together) == len(set(together)) == study.plan.runs
    for part in (2, 0, 1):  # each starts when others are done already
        assert campaign.work(StudyFolder(study.folder), tasks, part, 3, engine=ENGINE) == []
    assert study.verify().digest == done.verify().digest
    assert missing_tasks(study) == {"sahra": []}


def test_planning_again_keeps_the_plan_and_another_study_is_refused(tmp_path: Path) -> None:
    study = planned(tmp_path)
    before = (study.folder / "plan.json").read_bytes()
    planned(tmp_path)
    assert (study.folder / "plan.json").read_bytes() == before
    with pytest.raises(BadInput, match="replicates differs"):
        planned(tmp_path, "replicates=9")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="holds no study"):
        plan(written(tmp_path), output=tmp_path / "thesis", engine=ENGINE)


def test_leftovers_of_killed_writers_go_by_the_clock_of_the_disk(copy: StudyFolder) -> None:
    """A machine whose clock is wrong must not take another's work in hand for a leftover."""
    kept = copy.store(copy.plan.cases[0])
    now = kept.shards.stat().st_mtime
    for name, age in (("old", 4000.0), ("new", 60.0)):
        folder = kept.shards / f"{name}.tmp"
        folder.mkdir()
        (folder / "runs.parquet").touch()
        for path in (folder / "runs.parquet", folder):
            os.utime(path, (now - age, now - age))
    kept.tidy()
    assert [path.name for path in kept.shards.glob("*.tmp")] == ["new.tmp"]
    assert copy.verify().ok
    kept.tidy(0.0)
    assert not list(kept.shards.glob("*.tmp"))


def test_two_at_once_are_refused(copy: StudyFolder) -> None:
    pytest.importorskip("fcntl")
    with copy.locked(), pytest.raises(FailedWork, match="another process is working"):
        carry_out(StudyFolder(copy.folder), engine=ENGINE, progress=False)
    with copy.locked(shared=True), StudyFolder(copy.folder).locked(shared=True):
        pass  # parts of one array


def test_levers_move_the_numbers_of_a_policy_within_their_range() -> None:
    from sim.interventions.registry import load_policy

    theatre = read_theatre("sahra")
    arms = arms_of_policy({"preventive_deployment.instruments.0.size": (500, 2000)}, "preventive_deployment")
    ready = with_levers(theatre, arms, lambda name: as_written(name, theatre))
    peaks = [
        max(sum(s.instrument.strength(300).values()) for s in load_policy(arm.policy, ready).steps) for arm in arms
    ]
    assert peaks == [500, 2000]
    for path, told in (
        ({"instruments.0.size": 90_000.0}, "outside 500..2000"),
        ({"instruments.7.size": 500.0}, "no '7' there"),
        ({"instruments.0.sise": 500.0}, "did you mean 'size'"),
        ({"title": 1.0}, "no number"),
    ):
        with pytest.raises(BadInput) as error:
            with_levers(theatre, [Arm("x", 0, "preventive_deployment", path)], lambda name: as_written(name, theatre))
        assert told in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: small", "naem: small", "did you mean 'name'"),
        ("name: small", "name: Small Study!", "is no word"),
        ("schema_version: 1", "schema_version: 2", "schema_version is not 1"),
        ("scenario: sahra", "scenario: sahara", "sahra"),
        ("scenario: sahra", "scenario: [sahra, sahra]", "named twice"),
        ("days: 60", "days: 0", "small.yaml:4: days is 0"),
        ("days: 60", "stage: nowhere", "nowhere"),
        ("policies: [none, protect, useless]", "policies: [none, protect, none]", "named twice"),
        ("policies: [none, protect, useless]", "policies: [none, protekt]\nlevers: {}", "given twice"),
        ("policies: [none, protect, useless]", "policies: []", "names nothing"),
        ("policies: [none, protect, useless]", "policies: [none, protect]\nbaseline: nonne", "did you mean 'none'"),
        ("protect.delay_days: [0, 30]", "protekt.delay_days: [0]", "belongs to no policy"),
        ("protect.delay_days: [0, 30]", "protect.delay_days: [0, 0]", "no list of numbers"),
        ("protect.delay_days: [0, 30]", "protect.delay_days: [-1]", "no delay"),
        ("violence: {low: 0.2", "violense: {low: 0.2", "did you mean 'violence'"),
        ("low: 0.2, high: 0.9", "low: 0.9, high: 0.2", "not below"),
        ("low: 0.2, high: 0.9", "low: -3, high: 0.2", "share"),
        ("kind: latin_hypercube", "kind: latin", "unknown design"),
        ("kind: latin_hypercube, points: 4", "kind: draws, points: 4", "takes no uncertainties"),
        ("kind: latin_hypercube, points: 4", "kind: table, file: nowhere.csv", "uncertainties are both given"),
        ("replicates: 3", "replicates: 0", "replicates is 0"),
        ("replicates: 3", "replicates: 3\nkeep: [everything]", "no table"),
        ("replicates: 3", "replicates: 3\nseed: -1", "seed is -1"),
        ("replicates: 3", "replicates: 3\nothers: guessed", "stated or drawn"),
        ("replicates: 3", "replicates: 3\nstop: {half_width: 5}", "at_most is missing"),
        ("replicates: 3", "replicates: 3\nstop: {half_width: -5, at_most: 9}", "half_width is -5"),
        ("replicates: 3", "replicates: 3\nselect: {method: best, indifference: 5, at_most: 9}", "unknown method"),
        ("replicates: 3", "replicates: 3\nanswer: {direction: maximise}", "minimise harm and do nothing else"),
        ("replicates: 3", "replicates: 3\nanswer: {objective: reported_deaths}", "fewer deaths become known"),
        ("replicates: 3", "replicates: 3\nanswer: {objective: deaths_bele}", "one group"),
        ("replicates: 3", "replicates: 3\nanswer: {acceptable: {civilian_deaths: -5}}", "-5"),
        ("replicates: 3", "replicates: 10000000", "replicates is 10000000"),
        ("replicates: 3", "replicates: 3\ndecision: eu_2013", "did you mean 'eu_2012'"),
        ("replicates: 3", "replicates: 3\ndecision: [eu_2012, eu_2012]", "named twice"),
        ("replicates: 3", "replicates: 3\ntheories: {one: {violence: 0.3}}", "uncertain and set by the theory"),
        ("replicates: 3", "replicates: 3\ntheories: {one: {fixt: 0.3}}", "did you mean 'fixed'"),
        ("replicates: 3", "replicates: 3\ntheories: {one: {fixed: high}}", "fixed is high"),
        ("replicates: 3", "replicates: 3\ntheories: {one: {fixed: -3.0}}", "negative"),
        ("replicates: 3", "replicates: 3\ncombine: 9", "combine is 9"),
        ("replicates: 3", "replicates: 3\nanswer: {budgets: [-5]}", "-5"),
        ("protect.delay_days: [0, 30]", "protect.delay_days: {low: 0, high: 30}", "a range is for a search"),
        ("replicates: 3", "replicates: 3\nsearch: {trials: 0}", "trials is 0"),
        ("replicates: 3", "replicates: 3\nsearch: {within: {lives: 3}}", "no objective"),
        ("replicates: 3", "replicates: 3\nsearch: {trials: 5}\nstop: {half_width: 5, at_most: 9}", "both given"),
        ("replicates: 3", "replicates: 3\nsearch: {trials: 5}\ndecision: [instant, eu_2012]", "needs one scenario"),
    ],
)
def test_a_malformed_file_is_refused_with_place_and_remedy(old: str, new: str, told: str, tmp_path: Path) -> None:
    assert old in TEXT
    with pytest.raises(BadInput) as error:
        plan(written(tmp_path, TEXT.replace(old, new)), output=tmp_path / "out", engine=ENGINE)
    assert told in str(error.value)
    assert error.value.problem.instead
    assert not (tmp_path / "out").exists()


def test_settings_replace_what_the_file_says(tmp_path: Path) -> None:
    study = written(tmp_path, TEXT, "design.points=9", "replicates=1", "policies=[none, protect]")
    assert (study.design["points"], study.replicates, study.policies) == (9, 1, ("none", "protect"))
    for word, told in (
        ("replicats=1", "did you mean 'replicates'"),
        ("replicates", "key=value"),
        ("name.x=1", "block"),
    ):
        with pytest.raises(BadInput) as error:
            written(tmp_path, TEXT, word)
        assert told in str(error.value)


def test_a_study_of_two_scenarios_and_kept_tables(tmp_path: Path) -> None:
    study = computed(tmp_path, "scenario=[sahra, car_2013]", "keep=[series, places]", "days=null")
    assert [case.name for case in study.plan.cases] == ["sahra", "car_2013"]
    assert study.verify().ok
    for case in study.plan.cases:
        assert sum(table.num_rows for table in study.tables(case, "series")) > 0
        assert not list(study.tables(case, "monthly"))
    table = store.read_parquet(export(study, "parquet", None))
    assert table.num_rows == 96
    assert set(table["scenario"].to_pylist()) == {"sahra", "car_2013"}


def test_all_draws_of_compare_are_a_design(tmp_path: Path) -> None:
    study = computed(tmp_path, "uncertainties={}", "design={kind: draws, points: 4}")
    from sim.study.plan import draw_parameters

    rows = draw_parameters(read_theatre("sahra"), 6, 1, ENGINE.find("parameters")).rows
    assert [study.job(study.plan.cases[0], ENGINE).parameters[i] for i in range(4)] == list(rows[:4])
    expand(study, points=6, engine=ENGINE)
    job = StudyFolder(study.folder).job(study.plan.cases[0], ENGINE)
    assert [job.parameters[i] for i in range(6)] == list(rows)


def test_runs_are_exported_with_their_parameters(done: StudyFolder, tmp_path: Path) -> None:
    import csv

    path = export(done, "csv", tmp_path / "runs.csv")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 48
    violence = done.points(done.plan.cases[0]).values[:, 0]
    assert float(rows[-1]["parameter:violence"]) == pytest.approx(violence[3])
    with pytest.raises(BadInput, match="unknown format"):
        export(done, "word", None)


def test_runs_are_exported_to_other_tools(done: StudyFolder, tmp_path: Path) -> None:
    openpyxl, xarray = pytest.importorskip("openpyxl"), pytest.importorskip("xarray")
    book = openpyxl.load_workbook(export(done, "xlsx", tmp_path / "runs.xlsx"), read_only=True)
    rows = list(book["runs"].iter_rows(values_only=True))
    assert len(rows) == 49
    with xarray.open_dataset(export(done, "netcdf", tmp_path / "runs.nc"), engine="scipy") as data:
        deaths = data["civilian_deaths"].values
    assert list(deaths) == [row[rows[0].index("civilian_deaths")] for row in rows[1:]]


def test_the_study_file_of_the_documentation_can_be_planned(tmp_path: Path, root: Path) -> None:
    import re

    text = (root / "docs/studies.md").read_text(encoding="utf-8")
    (tmp_path / "when.yaml").write_text(re.findall(r"```yaml\n(.*?)```", text, re.S)[0])
    study = read_study(tmp_path / "when.yaml", ["design.points=2"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(campaign, "PILOT_RUNS", 0)
        made = plan(study, output=tmp_path / "out").plan
    assert made.runs == 2 * 4 * (1 + 2 * 3)
    for key in KEYS:
        assert f"`{key}`" in text or f"{key}:" in text, key


def test_compaction_keeps_the_digest_and_whatever_it_was_killed_at(
    copy: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest, before = copy.verify().digest, len(list(copy.store(copy.plan.cases[0]).whole_shards()))
    samples = copy.samples(copy.plan.cases[0])
    with monkeypatch.context() as patch:  # killed between the new shard and the end of the old ones
        patch.setattr(store.Store, "drop", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            campaign.compact(copy, runs=24)
    found = copy.verify()
    assert (found.ok, found.digest) == (True, digest)
    assert len(list(copy.store(copy.plan.cases[0]).whole_shards())) == before + 1
    assert campaign.compact(copy, runs=24)[1] == 2
    found = copy.verify()
    assert (found.ok, found.digest) == (True, digest)
    assert not [path for path in copy.store(copy.plan.cases[0]).shards.iterdir() if path.suffix == ".tmp"]
    after = copy.samples(copy.plan.cases[0])
    for name, sample in samples.items():
        assert (after[name].values["civilian_deaths"] == sample.values["civilian_deaths"]).all()
    assert campaign.compact(copy, runs=24) == (2, 2)
    expand(copy, replicates=4, engine=ENGINE)
    carry_out(copy, workers=1, engine=ENGINE, progress=False)
    assert copy.verify().ok


def test_runs_that_two_writers_computed_count_once_after_compaction(copy: StudyFolder, tmp_path: Path) -> None:
    digest, kept = copy.verify().digest, copy.store(copy.plan.cases[0])
    shards = [shard for shard, _ in kept.whole_shards()]
    for name, half in (("inside", shards[:2]), ("across", shards[1:3])):  # as tasks cut otherwise would leave them
        for shard in half:
            shutil.copytree(shard, tmp_path / name / "shards" / shard.name)
        store.Store(tmp_path / name).join(sorted((tmp_path / name / "shards").iterdir()))
        joined = next((tmp_path / name / "shards").iterdir())
        shutil.copytree(joined, kept.shards / joined.name)
    assert copy.verify().digest == digest
    campaign.compact(copy)
    found = copy.verify()
    assert (found.ok, found.digest) == (True, digest)
    assert copy.runs(copy.plan.cases[0]).num_rows == copy.plan.runs


def test_decision_processes_and_theories_are_cases_that_share_their_draws(tmp_path: Path) -> None:
    study = computed(
        tmp_path, "decision=[instant, eu_2012]", "theories={calm: {violence: 0.1}, fierce: {violence: 0.9}}",
        "uncertainties={fixed: {low: 1.0, high: 3.0}}", "policies=[none, protect]",
    )  # fmt: skip
    names = [case.name for case in study.plan.cases]
    assert names == ["sahra-instant-calm", "sahra-instant-fierce", "sahra-eu_2012-calm", "sahra-eu_2012-fierce"]
    samples = {case.name: study.samples(case) for case in study.plan.cases}
    calm, fierce, late = (samples[name] for name in names[:3])
    assert (calm["none"].values["civilian_deaths"] == late["none"].values["civilian_deaths"]).all()
    assert calm["protect"].values["civilian_deaths"].sum() < late["protect"].values["civilian_deaths"].sum()
    assert 5 * calm["none"].values["civilian_deaths"].sum() < fierce["none"].values["civilian_deaths"].sum()
    assert study.verify().ok
    found = answer(study)
    assert found["decisions"][0]["arms"]["protect"]["eu_2012"]["mean"] > 0
    assert found["decisions"][0]["arms"]["none"]["eu_2012"]["mean"] == 0
    rows = found["theories"][0]["arms"]["protect"]
    assert rows["low"] == rows["by_theory"]["fierce"]["mean"] < rows["by_theory"]["calm"]["mean"] == rows["high"] < 0
    assert rows["one_sign"]
    told = lines(found)
    assert any(line.startswith("over theories, protect: -") for line in told)
    assert any(line.startswith("decided by eu_2012 and not instant, protect: +") for line in told)
    expand(study, points=6, engine=ENGINE)
    table = store.read_parquet(study.case_folder(study.plan.cases[1]) / study.plan.cases[1].points)
    assert table["violence"].to_pylist() == [0.9] * 6


def test_theories_can_be_named_like_those_of_a_comparison(tmp_path: Path) -> None:
    """The values are those of the file, whatever else the study says."""
    from sim.study.theory import load_theory

    text = "name: rivals\ntheories: [as_stated, from_below]\ndesign: {kind: draws, points: 2}\nreplicates: 1\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(campaign, "PILOT_RUNS", 0)
        study = plan(written(tmp_path, text), output=tmp_path / "out")
    from sim.ground.parameters import PARAMETERS

    stated, below = (store.read_parquet(study.case_folder(c) / c.points).to_pydict() for c in study.plan.cases)
    sets = load_theory("from_below", PARAMETERS).sets
    assert sets
    for name, values in stated.items():
        assert below[name] == ([sets[name]] * 2 if name in sets else values)
    with pytest.raises(BadInput, match="no theory 'from_above'"):
        plan(written(tmp_path, text, "theories=[from_above]"), output=tmp_path / "other")


def test_policies_are_combined_once_each(tmp_path: Path) -> None:
    study = written(tmp_path, TEXT, "combine=3", "policies=[none, protect, useless, harm, useless+harm]")
    assert study.policies == (
        "none", "protect", "useless", "harm", "useless+harm", "protect+useless", "protect+harm", "protect+useless+harm",
    )  # fmt: skip


def test_a_study_becomes_the_comparison_that_has_its_runs(tmp_path: Path) -> None:
    from sim.study import compare
    from sim.study.compared import compared
    from sim.study.plan import StudyConfig

    study = planned(
        tmp_path, "uncertainties={}", "design={kind: draws, points: 4}", "keep=all", "policies=[none, protect]",
    )  # fmt: skip
    study.replace_plan(replace(study.plan, task_runs=7))  # shards that hold runs of several policies
    carry_out(study, workers=1, engine=ENGINE, progress=False)
    kept = study.store(study.plan.cases[0])
    for shard in [shard for shard, _ in kept.whole_shards()][1:3]:  # and runs that two writers computed
        shutil.copytree(shard, tmp_path / "again" / "shards" / shard.name)
    store.Store(tmp_path / "again").join(sorted((tmp_path / "again" / "shards").iterdir()))
    (joined,) = (tmp_path / "again" / "shards").iterdir()
    shutil.copytree(joined, kept.shards / joined.name)
    made = compared(study, ENGINE)
    config = StudyConfig(
        "sahra", ("none", "protect"), "none", runs=12, replicates=3, seed=1, timing_runs=12, days=60, workers=1,
        output=str(tmp_path / "direct"),
    )  # fmt: skip
    direct = compare.carry_out(config, engine=ENGINE, progress=False)
    for name in ("runs", "series", "monthly", "monthly_refugees", "places"):
        assert repr(made.table(name).to_pydict()) == repr(direct.table(name).to_pydict()), name  # repr: NaN is NaN
    assert made.summary["policies"] == direct.summary["policies"]
    assert made.summary["lives_saved"] == direct.summary["lives_saved"]
    assert made.summary["timing"]["protect"] == direct.summary["timing"]["protect"][:2]
    assert store.verify(made.output) == []
    assert study.verify().ok
    assert compared(study, ENGINE).summary == made.summary
    (tmp_path / "other").mkdir()
    with pytest.raises(BadInput, match="not of draws"):
        compared(planned(tmp_path / "other"), ENGINE)


# ------------------------------------------------------------------------------------------------- the command line


def test_the_command_plans_runs_grows_verifies_and_exports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sim.study.command._engine", lambda: ENGINE)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(TEXT)
    assert main(["study", "plan", "small.yaml", "replicates=2"]) == 0
    told = capsys.readouterr().out
    assert "4 points x 2 replicates x 4 arms = 32" in told
    folder = told.splitlines()[-1].removeprefix("study: ")
    assert folder.startswith("outputs/small-")
    assert main(["study", "verify", folder]) == 1
    assert "0 of 32 runs are there" in capsys.readouterr().out
    assert main(["study", "run", "small.yaml", "replicates=2", "workers=1"]) == 0
    assert f"answer: {folder}/answer.json" in capsys.readouterr().out
    assert main(["study", "status", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["complete"]
    assert main(["study", "expand", folder, "replicates=3"]) == 0
    assert "16 runs added" in capsys.readouterr().out
    assert main(["study", "status", folder]) == 0
    assert "32 of 48" in capsys.readouterr().out
    assert main(["study", "resume", folder, "workers=1"]) == 0
    capsys.readouterr()
    assert main(["study", "verify", folder, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"]
    assert len(found["digest"]) == 64
    assert main(["study", "export", folder, "format=csv", "to=runs.csv"]) == 0
    assert (tmp_path / "runs.csv").is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["plan", "nowhere.yaml"], "there is no such study"),
        (["run", "small.yaml", "executor=ray"], "unknown executor"),
        (["run", "small.yaml", "scheduler=x"], "belongs to Dask"),
        (["run", "small.yaml", "workers=0"], "workers=0"),
        (["run", "small.yaml", "wrokers=2"], "no setting of a study"),
        (["submit", "small.yaml"], "--slurm"),
        (["expand", "small.yaml", "policies=3"], "unknown setting"),
        (["expand", "small.yaml", "replicates=1"], "more than 3"),
        (["export", "small.yaml", "fromat=csv"], "unknown setting"),
        (["work", "small.yaml", "part=4", "of=4"], "which tasks"),
        (["work", "small.yaml", "part=0", "of=4", "tasks=../x"], "list of tasks"),
        (["status", "."], "no plan.json"),
    ],
)
def test_wrong_words_are_told(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sim.study.command._engine", lambda: ENGINE)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(TEXT)
    assert main(["study", *words]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.validate
def test_the_notebook_runs_from_top_to_bottom(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its code cells, in one namespace, as a reader would run them."""
    page = json.loads((root / "docs/study.ipynb").read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    for cell in page["cells"]:
        if cell["cell_type"] == "code":
            exec(compile(cell["source"], cell["id"], "exec"), names)
    told = capsys.readouterr().out
    assert "72 runs done, 0 failed" in told
    assert "72 " in told.splitlines()[-1]
    assert told.splitlines()[-1].endswith("sound: True")
    assert names["study"].plan.runs == 108  # type: ignore[attr-defined]
    assert len(names["figure"].data) == 2  # type: ignore[attr-defined]
