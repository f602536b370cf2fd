"""The same study on processes, on Dask and on Slurm, with faults on the way: equal bits in the store at the end.

Slurm: a cluster of one machine or more is found through SLURM_CONF and `sbatch`; without one its tests are skipped and
say so. Each test compares the digest with that of an undisturbed run on one process.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sim.ground.check import BadInput, FailedWork
from sim.study.campaign import carry_out, plan, status
from sim.study.folder import StudyFolder
from sim.study.study import read_study
from tests.processes import hears_ctrl_c
from tests.study.fake_engine import ENGINE

pytestmark = pytest.mark.validate

ROOT = Path(__file__).resolve().parents[2]
TEXT = """\
name: small
scenario: sahra
days: 60
policies: [none, protect]
uncertainties: {violence: {low: 0.2, high: 0.9}}
design: {kind: latin_hypercube, points: 24}
replicates: 4
"""
REAL = """\
name: real
scenario: sahra
days: 40
policies: [none, preventive_deployment]
design: {kind: draws, points: 12}
replicates: 2
"""
NO_SLURM = "no Slurm here: set SLURM_CONF to a running cluster with sbatch on the PATH to test it"


def planned(folder: Path, text: str = TEXT, engine: Any = ENGINE) -> StudyFolder:
    folder.mkdir(exist_ok=True)
    (folder / "study.yaml").write_text(text)
    return plan(read_study(folder / "study.yaml"), output=folder / "out", engine=engine)


def computed(folder: Path, text: str = TEXT, engine: Any = ENGINE) -> StudyFolder:
    study = planned(folder, text, engine)
    carry_out(study, workers=1, engine=engine, progress=False)
    return study


@pytest.fixture(scope="module")
def digest(tmp_path_factory: pytest.TempPathFactory) -> str:
    """That of an undisturbed run on the stand-in engine."""
    return computed(tmp_path_factory.mktemp("whole")).verify().digest


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> str:
    """That of an undisturbed run on the model."""
    return computed(tmp_path_factory.mktemp("real"), REAL, None).verify().digest


def slowly(monkeypatch: pytest.MonkeyPatch, seconds: float = 0.05) -> None:
    monkeypatch.setenv("FAKE_ENGINE", json.dumps({"seconds": seconds}))


def until(true: Any, seconds: float = 120.0) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def shards(study: StudyFolder) -> list[Path]:
    return [p.parent for p in study.store(study.plan.cases[0]).shards.glob("*/record.json")]


def children(of: int) -> list[int]:
    """The processes below `of` that compute: those started to run code of their own."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            line = (path / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == of:
            found += [int(path.name)] if b"spawn_main" in line else []
            found += children(int(path.name))
    return found


SCRIPT = """
import sys
from pathlib import Path
from sim.ground.check import FailedWork
from sim.study.campaign import carry_out
from sim.study.folder import StudyFolder
from tests.study.fake_engine import ENGINE
if __name__ == "__main__":
    try:
        carry_out(StudyFolder(Path(sys.argv[1])), workers=2, executor=sys.argv[2], engine=ENGINE, progress=False)
    except FailedWork as error:
        sys.exit(str(error))
"""


def started(study: StudyFolder, executor: str, folder: Path) -> subprocess.Popen[str]:
    script = folder / "go.py"
    script.write_text(SCRIPT)
    return subprocess.Popen(
        [sys.executable, str(script), str(study.folder), executor], cwd=ROOT, text=True, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True, preexec_fn=hears_ctrl_c,
    )  # fmt: skip


def test_the_model_gives_the_same_bits_on_one_process_two_and_dask(real: str, tmp_path: Path) -> None:
    two = planned(tmp_path / "two", REAL, None)
    carry_out(two, workers=2, progress=False)
    assert two.verify().digest == real
    pytest.importorskip("distributed")
    third = planned(tmp_path / "dask", REAL, None)
    assert carry_out(third, workers=2, executor="dask", progress=False) == []
    assert third.verify().digest == real


@pytest.mark.parametrize("executor", ["local", "dask"])
def test_a_worker_that_is_killed_costs_nothing(
    executor: str, digest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if executor == "dask":
        pytest.importorskip("distributed")
    study = planned(tmp_path / "study")
    slowly(monkeypatch)
    process = started(study, executor, tmp_path)
    assert until(lambda: len(shards(study)) >= 3)
    workers = children(process.pid)
    assert workers
    os.kill(workers[-1], signal.SIGKILL)
    process.wait(timeout=180)
    carry_out(study, workers=1, engine=ENGINE, progress=False)
    assert study.verify().ok
    assert study.verify().digest == digest


@pytest.mark.parametrize(
    ("executor", "how"), [("local", signal.SIGINT), ("dask", signal.SIGINT), ("dask", signal.SIGKILL)]
)
def test_a_study_that_is_stopped_or_killed_is_completed(
    executor: str, how: signal.Signals, digest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killing the process of an embedded Dask cluster kills its scheduler."""
    if executor == "dask":
        pytest.importorskip("distributed")
    study = planned(tmp_path / "study")
    slowly(monkeypatch)
    process = started(study, executor, tmp_path)
    assert until(lambda: len(shards(study)) >= 3)
    os.killpg(process.pid, how) if how == signal.SIGINT else process.kill()
    process.wait(timeout=60)
    before = status(study)["done"]
    assert 0 < before < study.plan.runs
    time.sleep(2.0)  # an orphan may finish the task at hand
    carry_out(study, workers=1, engine=ENGINE, progress=False)
    assert study.verify().digest == digest


def test_ctrl_c_at_any_moment_loses_nothing(digest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From before the first import to the last shard, again and again on one study."""
    study = planned(tmp_path / "study")
    slowly(monkeypatch, 0.02)
    for after in (0.1, 0.7, 1.5, 2.3, 3.1, 4.3, 5.0):
        process = started(study, "local", tmp_path)
        time.sleep(after)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)
        assert study.verify().damaged == {}
    carry_out(study, workers=1, engine=ENGINE, progress=False)
    assert study.verify().digest == digest


def test_dask_gives_up_a_run_that_kills_its_worker_and_keeps_the_others(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    study = planned(tmp_path / "study", TEXT.replace("protect", "killer").replace("points: 24", "points: 3"))
    failed = carry_out(study, workers=2, executor="dask", engine=ENGINE, progress=False)
    assert [(f.policy, f.draw, f.replicate) for f in failed] == [("killer", 1, 0)]
    assert status(study)["done"] == study.plan.runs - 1


@pytest.mark.parametrize("executor", ["local", "dask"])
def test_a_poison_run_is_given_up_and_once_mended_the_study_is_whole(
    executor: str, digest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run takes its process with it, whoever computes it; all others are kept, and `resume` does that one alone."""
    if executor == "dask":
        pytest.importorskip("distributed")
    study = planned(tmp_path / "study")
    monkeypatch.setenv("FAKE_ENGINE", json.dumps({"poison": ["protect", 3, 1]}))
    failed = carry_out(study, workers=2, executor=executor, engine=ENGINE, progress=False)
    assert [(f.policy, f.draw, f.replicate) for f in failed] == [("protect", 3, 1)]
    assert status(study)["done"] == study.plan.runs - 1
    log = tmp_path / "log"
    monkeypatch.setenv("FAKE_ENGINE", json.dumps({"log": str(log)}))
    carry_out(study, workers=1, engine=ENGINE, progress=False)
    assert log.read_text().split("\n") == ["protect 0 3 1", ""]
    assert study.verify().digest == digest


def test_other_code_is_refused_half_way_and_the_code_of_the_plan_goes_on(
    digest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = planned(tmp_path / "study")
    slowly(monkeypatch)
    process = started(study, "local", tmp_path)
    assert until(lambda: len(shards(study)) >= 3)
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=60)
    half = study.verify()
    assert 0 < half.missing < study.plan.runs
    with pytest.raises(BadInput, match="code of the model has changed") as error:
        carry_out(study, workers=1, engine=replace(ENGINE, version="newer"), progress=False)
    assert "newer" in str(error.value)
    assert study.verify().digest == half.digest
    carry_out(study, workers=1, engine=ENGINE, progress=False)
    assert study.verify().digest == digest


def test_a_machine_whose_clock_is_a_day_off_harms_no_work_in_hand(digest: str, tmp_path: Path) -> None:
    """Shards that were dated by clocks that run ahead and behind are read like any other; leftovers go."""
    study = planned(tmp_path / "study")
    carry_out(study, workers=1, engine=ENGINE, progress=False)
    kept = study.store(study.plan.cases[0])
    here = sorted(shards(study))
    for shard, day in ((here[0], -86_400), (here[1], 86_400)):
        for path in (*shard.iterdir(), shard):
            os.utime(path, (time.time() + day, time.time() + day))
    (here[2] / "record.json").unlink()
    for name in ("ahead", "behind"):
        (kept.shards / f"{name}.tmp").mkdir()
        os.utime(kept.shards / f"{name}.tmp", (time.time() + (86_400 if name == "ahead" else -86_400),) * 2)
    kept.tidy()  # as elements of an array do, while others write
    assert [path.name for path in kept.shards.glob("*.tmp")] == ["ahead.tmp"]
    carry_out(study, workers=1, engine=ENGINE, progress=False)
    assert not list(kept.shards.glob("*.tmp"))
    assert study.verify().digest == digest


def test_a_scheduler_elsewhere_is_found_by_address_and_by_file(digest: str, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        file = tmp_path / "scheduler.json"
        with distributed.Client(cluster) as client:
            client.write_scheduler_file(str(file))
        for n, where in enumerate((cluster.scheduler_address, str(file))):
            study = planned(tmp_path / f"study{n}")
            carry_out(study, executor="dask", scheduler=where, engine=ENGINE, progress=False)
            assert study.verify().digest == digest
    with pytest.raises(FailedWork, match="no Dask scheduler answers"):
        carry_out(planned(tmp_path / "nobody"), executor="dask", scheduler="tcp://127.0.0.1:9", engine=ENGINE)


def test_a_study_that_cannot_be_written_says_so_and_is_completed_later(
    digest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = planned(tmp_path / "study")
    mounted = subprocess.run(
        ["mount", "--bind", "-o", "ro", str(study.folder), str(study.folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a read-only mount needs rights that this test does not have")
    subprocess.run(["mount", "-o", "remount,ro,bind", str(study.folder)], capture_output=True, check=True)
    try:
        with pytest.raises(FailedWork, match="cannot be written"):
            carry_out(study, workers=1, engine=ENGINE, progress=False)
        assert study.verify().missing == study.plan.runs  # looking needs no right to write
    finally:
        subprocess.run(["umount", str(study.folder)], check=True)
    carry_out(study, workers=1, engine=ENGINE, progress=False)
    assert study.verify().digest == digest


def test_a_full_disk_says_so_and_what_was_written_is_kept(digest: str, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk needs rights that this test does not have")
    try:
        study = planned(small)
        with pytest.raises(FailedWork, match="cannot be written"):
            carry_out(study, workers=2, engine=ENGINE, progress=False)
        found = study.verify()
        assert 0 < found.missing < study.plan.runs
        assert not found.damaged
        subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
        carry_out(study, workers=1, engine=ENGINE, progress=False)
        assert study.verify().digest == digest
    finally:
        subprocess.run(["umount", str(small)], check=False)


def test_a_scheduler_that_is_killed_loses_nothing_that_is_finished(
    digest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    slowly(monkeypatch)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "5s")
    file = tmp_path / "scheduler.json"
    run = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--scheduler-file",
        str(file),
        "--no-dashboard",
        "--port",
        "0",
    ]
    scheduler = subprocess.Popen(run, stderr=subprocess.DEVNULL)
    work = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file), "--nthreads", "1",
            "--no-dashboard", "--death-timeout", "5"]  # fmt: skip
    worker = subprocess.Popen(work, stderr=subprocess.DEVNULL, cwd=ROOT)
    try:
        study = planned(tmp_path / "study")
        killer = threading.Thread(target=lambda: (until(lambda: len(shards(study)) >= 3), scheduler.kill()))
        killer.start()
        with pytest.raises(FailedWork, match="scheduler was lost"):
            carry_out(study, executor="dask", scheduler=str(file), engine=ENGINE, progress=False)
        killer.join()
    finally:
        for process in (worker, scheduler):
            process.kill()
            process.wait()
    assert 0 < status(study)["done"] < study.plan.runs
    carry_out(study, workers=1, engine=ENGINE, progress=False)
    assert study.verify().digest == digest


# ------------------------------------------------------------------------------------------------------------ Slurm


@pytest.fixture
def slurm() -> Iterator[None]:
    if not (os.environ.get("SLURM_CONF") and shutil.which("sbatch")):
        pytest.skip(NO_SLURM)
    yield
    subprocess.run(["scancel", "--name=forestall-real"], check=False)


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sim", "study", *words], capture_output=True, text=True, cwd=ROOT, check=False,
        timeout=300, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def queued(study: StudyFolder) -> bool:
    from sim.study.execute.slurm import running

    return bool(running(study.folder))


@pytest.mark.usefixtures("slurm")
def test_slurm_gives_the_same_bits(real: str, tmp_path: Path) -> None:
    study = planned(tmp_path / "study", REAL, None)
    found = command("submit", str(study.folder), "--slurm", "elements=3", "time=00:20:00", "--json")
    assert found.returncode == 0, found.stderr
    again = command("submit", str(study.folder), "--slurm")
    assert again.returncode == 1
    assert "already submitted as job" in again.stderr
    assert until(lambda: not queued(study), 400), "\n".join(
        log.read_text() for log in (study.folder / "slurm").glob("*.log")
    )
    assert study.verify().ok
    assert study.verify().digest == real


@pytest.mark.usefixtures("slurm")
def test_an_element_that_is_killed_and_a_requeued_one_cost_nothing(real: str, tmp_path: Path) -> None:
    study = planned(tmp_path / "study", REAL, None)
    job = json.loads(command("submit", str(study.folder), "--slurm", "elements=2", "--json").stdout)["job"]
    assert until(lambda: len(shards(study)) >= 1, 300)
    subprocess.run(["scancel", "--signal=KILL", "--full", f"{job}_0"], check=False)
    subprocess.run(["scontrol", "requeue", f"{job}_1"], capture_output=True, check=False)
    assert until(lambda: not queued(study), 500)
    if study.verify().missing:
        assert command("submit", str(study.folder), "--slurm", "elements=2").returncode == 0
        assert until(lambda: not queued(study), 400)
    carry_out(study, workers=1, progress=False)
    assert study.verify().digest == real


@pytest.mark.usefixtures("slurm")
def test_a_time_limit_stops_an_element_between_runs(real: str, tmp_path: Path) -> None:
    """The warning comes as SIGTERM; what is finished is written, and the same script goes on."""
    study = planned(tmp_path / "study", REAL, None)
    job = json.loads(command("submit", str(study.folder), "--slurm", "elements=1", "--json").stdout)["job"]
    assert until(lambda: len(shards(study)) >= 1, 300)
    subprocess.run(["scancel", "--signal=TERM", "--batch", f"{job}_0"], check=True)
    assert until(lambda: not queued(study), 120)
    assert not list(study.store(study.plan.cases[0]).shards.glob("*.tmp"))
    carry_out(study, workers=1, progress=False)
    assert study.verify().digest == real


def cancelled(study: StudyFolder) -> None:
    for job in json.loads((study.folder / "slurm" / "jobs.json").read_text()):
        subprocess.run(["scancel", job], check=False)


@pytest.mark.usefixtures("slurm")
def test_preempted_elements_are_started_again_by_slurm(real: str, tmp_path: Path) -> None:
    """A job of a partition of higher priority takes every node; without such a partition there is nothing to test."""
    shown = subprocess.run(["scontrol", "show", "config"], capture_output=True, text=True, check=True).stdout
    parts = subprocess.run(["sinfo", "-h", "-o", "%R"], capture_output=True, text=True, check=True).stdout.split()
    if "partition_prio" not in shown or "high" not in parts:
        pytest.skip("no partition `high` that preempts")
    study = planned(tmp_path / "study", REAL, None)
    assert command("submit", str(study.folder), "--slurm", "elements=3").returncode == 0
    assert until(lambda: len(shards(study)) >= 1, 300)
    took = subprocess.run(
        ["sbatch", "--parsable", "--partition=high", "--exclusive", "--nodes=3", "--wrap=sleep 5", "--output=none"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert until(lambda: not queued(study), 500)
    subprocess.run(["scancel", took.stdout.strip()], check=False)
    carry_out(study, workers=1, progress=False)
    assert study.verify().digest == real


@pytest.mark.usefixtures("slurm")
def test_the_time_limit_itself_ends_an_element_with_its_work_written(tmp_path: Path) -> None:
    """Slurm's shortest limit is a minute; the study takes longer than that on one element."""
    text = REAL.replace("days: 40", "days: 365").replace("points: 12", "points: 400")
    study = planned(tmp_path / "study", text, None)
    assert command("submit", str(study.folder), "--slurm", "elements=1", "time=1").returncode == 0
    assert until(lambda: not queued(study), 400)
    done = status(study)["done"]
    assert 0 < done < study.plan.runs, "\n".join(log.read_text() for log in (study.folder / "slurm").glob("*.log"))
    found = study.verify()
    assert found.damaged == {}
    assert not list(study.store(study.plan.cases[0]).shards.glob("*.tmp"))
    again = json.loads(command("submit", str(study.folder), "--slurm", "elements=1", "time=1", "--json").stdout)
    assert 0 < again["tasks"] <= -(-(study.plan.runs - done) // study.plan.task_runs) + 1
    cancelled(study)


@pytest.mark.usefixtures("slurm")
def test_slurms_controller_is_killed_and_nothing_finished_is_lost(real: str, tmp_path: Path) -> None:
    """Only where the controller's process is ours to kill and to start again. Slurm itself may hold the job and drain
    the nodes then; what is done is read from the shards."""
    conf = os.environ["SLURM_CONF"]
    said = dict(line.split("=", 1) for line in Path(conf).read_text().splitlines() if "=" in line and line[0] != "#")
    pid = Path(said.get("SlurmctldPidFile", "/nonexistent"))
    if not os.access(pid, os.R_OK) or os.geteuid() or not os.access(conf, os.W_OK):
        pytest.skip("the controller of this cluster is not ours")
    study = planned(tmp_path / "study", REAL, None)
    assert command("submit", str(study.folder), "--slurm", "elements=3").returncode == 0
    assert until(lambda: len(shards(study)) >= 1, 300)
    os.kill(int(pid.read_text()), signal.SIGKILL)
    before = status(study)["done"]
    time.sleep(10.0)
    subprocess.run([shutil.which("slurmctld") or "/usr/sbin/slurmctld", "-f", conf], check=True)
    assert until(lambda: subprocess.run(["scontrol", "ping"], check=False, capture_output=True).returncode == 0, 60)
    assert status(study)["done"] >= before > 0
    cancelled(study)
    subprocess.run(["scontrol", "update", "nodename=ALL", "state=resume"], capture_output=True, check=False)
    assert until(lambda: not queued(study), 100)
    carry_out(study, workers=1, progress=False)
    assert study.verify().digest == real


@pytest.mark.usefixtures("slurm")
def test_of_two_who_submit_at_once_one_is_refused(real: str, tmp_path: Path) -> None:
    study = planned(tmp_path / "study", REAL, None)
    words = [sys.executable, "-m", "sim", "study", "submit", str(study.folder), "--slurm", "elements=2"]
    both = [
        subprocess.Popen(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]  # fmt: skip
    told = [one.communicate(timeout=120)[1] for one in both]
    assert sorted(one.returncode for one in both) == [0, 1], told
    assert "already submitted" in "".join(told) or "another process is working" in "".join(told)
    assert len(json.loads((study.folder / "slurm" / "jobs.json").read_text())) == 1
    assert until(lambda: not queued(study), 400)
    carry_out(study, workers=1, progress=False)
    assert study.verify().digest == real


@pytest.mark.parametrize(
    ("time", "seconds"),
    [("", 90), ("01:00:00", 90), ("1", 15), ("2:40", 40), ("0-1", 90), ("1-00:00:00", 90), ("00:02:00", 30)],
)
def test_the_warning_leaves_an_element_time_to_work(time: str, seconds: int) -> None:
    from sim.study.execute.slurm import script

    options = {"time": time} if time else {}
    assert f"--signal=B:TERM@{seconds}\n" in script(Path("study"), "small", 2, "tasks.json", options)


def test_without_slurm_the_script_is_written_and_the_way_out_is_told(tmp_path: Path) -> None:
    from sim.study.execute import slurm as queue

    study, tasks = planned(tmp_path / "study"), {"sahra": list(range(7))}
    path = queue.write_script(study.folder, "small", tasks, {"partition": "main", "elements": "3"})
    text = path.read_text()
    assert "#SBATCH --array=0-2\n" in text
    assert "#SBATCH --partition=main\n" in text
    assert subprocess.run(["bash", "-n", str(path)], check=False).returncode == 0
    for key, value in (("array", "0-9"), ("time", "1; rm x"), ("Time", "1")):
        with pytest.raises(BadInput, match="cannot be used"):
            queue.write_script(study.folder, "small", tasks, {key: value})
    if not shutil.which("sbatch"):
        with pytest.raises(BadInput, match="no sbatch"):
            queue.submit(study.folder, path)
