"""A study as one Slurm array job: no daemon, no accounting, a script that can be read and edited.

The tasks that are unfinished are listed when the script is written; element k of K computes every K-th of them that is
still unfinished when it comes to it. What is done is read from the shards, never from the state of a job, so elements
may be requeued, killed or submitted again in any order.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from sim.ground.check import BadInput, FailedWork
from sim.study import store

DEFAULT_ARRAY = 1001
"""Slurm's own default of MaxArraySize, used where the cluster does not say."""
WARN_SECONDS = 90
"""How long before its time limit an element is told to stop: it finishes the run at hand and writes its shard."""

_KEY = re.compile(r"[a-z][a-z0-9-]{0,40}")
_OURS = {"array", "requeue", "open-mode", "output", "error", "job-name", "signal", "chdir"}


def script(folder: Path, name: str, elements: int, tasks: str, options: Mapping[str, str]) -> str:
    """The batch script of an array of `elements` over the list in the file `tasks`; `options` are sbatch's long options
    without dashes.

    Raises BadInput for an option that the script sets itself, or that is no option.
    """
    for key, value in options.items():
        if key in _OURS or not _KEY.fullmatch(key) or not re.fullmatch(r"[\w.,:/@%+=\-]{1,200}", value):
            raise BadInput(
                f"--{key}={value} cannot be used", where="submit --slurm",
                why="the script sets it itself" if key in _OURS else "it is no option of sbatch with a plain value",
                instead="partition=NAME time=01:00:00 mem=2G account=NAME, or edit the script",
            )  # fmt: skip
    place = folder.resolve()
    told = {"cpus-per-task": "1", **options}
    lines = [f"#SBATCH --{key}={value}" for key, value in told.items()]
    work = shlex.join([sys.executable, "-m", "sim", "study", "work", str(place)])
    return "\n".join([
        "#!/bin/bash",
        f"# Study {name}: element k of {elements} computes every {elements}-th task of slurm/{tasks}, unless it is",
        "# done. It can be given to sbatch again at any time; all may be edited but the array and the last line.",
        f"#SBATCH --job-name=forestall-{name}",
        f"#SBATCH --array=0-{elements - 1}",
        "#SBATCH --requeue",
        "#SBATCH --open-mode=append",
        f"#SBATCH --output={place}/slurm/%A_%a.log",
        f"#SBATCH --signal=B:TERM@{_warning(options.get('time', ''))}",
        *lines,
        "",
        "# Compiled code is cached on the node's own disk: shared disks are slow for it, and nodes may differ.",
        'export FORESTALL_CACHE_DIR="${FORESTALL_CACHE_DIR:-${TMPDIR:-/var/tmp}/forestall-$USER}"',
        f"export PYTHONPATH={shlex.quote(_code())}${{PYTHONPATH:+:$PYTHONPATH}}",
        f"exec {work} part=${{SLURM_ARRAY_TASK_ID}} of={elements} tasks={tasks}",
        "",
    ])  # fmt: skip


def _warning(time: str) -> int:
    """Seconds before the end of a time limit (in any of sbatch's forms) at which an element is told to stop.

    Never more than a quarter of it: an element of a minute would be told before it has begun.
    """
    found = re.fullmatch(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?", time)
    if not found:
        return WARN_SECONDS
    days, *rest = found.groups()
    first, second, third = (int(part or 0) for part in rest)
    if days is not None or rest[2] is not None:
        limit = ((int(days or 0) * 24 + first) * 60 + second) * 60 + third
    else:
        limit = first * 60 + second
    return min(WARN_SECONDS, max(limit // 4, 1))


def _code() -> str:
    return str(Path(__file__).resolve().parents[3])


def read_tasks(folder: Path, name: str) -> dict[str, list[int]]:
    """The list of tasks that `write_script` wrote. Raises BadInput when it is not there."""
    try:
        tasks: dict[str, list[int]] = json.loads((folder / "slurm" / name).read_text(encoding="utf-8"))
        return tasks
    except (OSError, ValueError):
        raise BadInput(
            "the list of tasks cannot be read", where=f"{folder}/slurm/{name}",
            instead="forestall study submit FOLDER --slurm writes one",
        ) from None  # fmt: skip


def largest_array() -> int:
    """Elements that an array may have on this cluster."""
    try:
        told = subprocess.run(["scontrol", "show", "config"], capture_output=True, text=True, timeout=30, check=True)
        found = re.search(r"MaxArraySize\s*=\s*(\d+)", told.stdout)
        return int(found.group(1)) if found else DEFAULT_ARRAY
    except (OSError, subprocess.SubprocessError):
        return DEFAULT_ARRAY


def running(folder: Path) -> list[str]:
    """Array jobs of this study that Slurm still knows as waiting or running."""
    jobs = _submitted(folder)
    if not jobs or not shutil.which("squeue"):
        return []
    found = subprocess.run(["squeue", "-h", "-o", "%F"], capture_output=True, text=True, timeout=60, check=False)
    return [job for job in jobs if job in found.stdout.split()]


def _submitted(folder: Path) -> list[str]:
    try:
        jobs: list[str] = json.loads((folder / "slurm" / "jobs.json").read_text(encoding="utf-8"))
        return jobs
    except (OSError, ValueError):
        return []


def write_script(folder: Path, name: str, tasks: Mapping[str, list[int]], options: Mapping[str, str]) -> Path:
    """Write slurm/submit.sh and the list of `tasks` (case -> numbers) into the study's folder.

    `options` as in `script`; `elements` among them sets the array's size.
    """
    wanted = dict(options)
    asked = wanted.pop("elements", "")
    if asked and not (asked.isdigit() and int(asked) > 0):
        raise BadInput(f"elements={asked} cannot be used", where="submit --slurm", instead="a whole number from 1")
    most = largest_array()
    longest = max(map(len, tasks.values()))
    elements = max(1, min(int(asked) if asked else longest, longest, most))
    path = folder / "slurm" / "submit.sh"
    named = f"tasks-{hashlib.sha256(json.dumps(tasks, sort_keys=True).encode()).hexdigest()[:10]}.json"
    text = script(folder, name, elements, named, wanted)
    with store.writing(path):
        path.parent.mkdir(exist_ok=True)
        store.write_json(path.parent / named, dict(tasks))
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
    return path


def submit(folder: Path, path: Path) -> str:
    """Hand the script to sbatch; the number of the array job.

    Raises BadInput where there is no Slurm, and FailedWork when sbatch refuses.
    """
    if not shutil.which("sbatch"):
        raise BadInput(
            "there is no sbatch on this machine", where="submit --slurm", why=f"the script is written: {path}",
            instead="a login node of the cluster, or forestall study run FOLDER here",
        )  # fmt: skip
    found = subprocess.run(
        ["sbatch", "--parsable", str(path)], capture_output=True, text=True, timeout=120, check=False
    )
    if found.returncode:
        said = found.stderr.strip().splitlines()
        raise FailedWork(
            "sbatch refused the script", where=str(path), why=said[-1] if said else f"exit status {found.returncode}",
            instead="other options, or edit the script and give it to sbatch yourself",
        )  # fmt: skip
    job = found.stdout.strip().partition(";")[0]
    store.write_json(folder / "slurm" / "jobs.json", [*_submitted(folder), job])
    return job
