"""Rules of the project around the code: fast start, known dependencies, portable files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.house.code import ROOT, project_files, theatres, where

HEAVY = ("mesa", "numba", "hydra", "omegaconf", "scipy", "pyarrow", "plotly", "pandas")
PROBE = """
import io, json, sys
from contextlib import redirect_stdout, suppress
with redirect_stdout(io.StringIO()) as told, suppress(SystemExit):
    from sim.cli import main
    sys.argv = ["forestall", "--help"]
    main()
print(json.dumps([told.getvalue(), sorted(sys.modules)]))
"""


def answer_of(code: str) -> Any:
    """What a fresh interpreter prints as JSON on its last line."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_help_loads_nothing_heavy() -> None:
    """Help answers in half a second only when no big library is imported on the way."""
    told, loaded = answer_of(PROBE)
    assert "compare" in told
    assert not set(HEAVY) & set(loaded)


def test_importing_sim_loads_nothing_heavy() -> None:
    loaded = answer_of("import json, sys, sim; print(json.dumps(sorted(sys.modules)))")
    assert "sim" in loaded
    assert not set(HEAVY) & set(loaded)


def requirement_names(*only: str) -> set[str]:
    """What the core needs, and the extras `only` (all when none is named)."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    extras = [packages for name, packages in project["optional-dependencies"].items() if not only or name in only]
    listed = [*project["dependencies"], *(one for extra in extras for one in extra)]
    return {re.split(r"[^A-Za-z0-9_.-]", one, maxsplit=1)[0].lower() for one in listed}


def test_every_dependency_says_what_it_earns() -> None:
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^- `([a-z0-9_.-]+)`: \S", text, re.M))
    assert explained == requirement_names()


def test_the_lock_holds_every_dependency_with_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = {name.lower() for name in re.findall(r"^([A-Za-z0-9_.-]+)==", lock, re.M)}
    assert requirement_names("dev") <= pinned  # what only some studies need stays free
    assert "://" not in lock
    assert "--index" not in lock
    bare = [line for line in lock.splitlines() if "==" in line[:60] and not line.endswith("\\")]
    assert not bare, "without a hash: " + ", ".join(bare)


# Spelled in halves so that this file does not find itself.
FOREIGN = re.compile(
    r"(?<![A-Za-z0-9_.\-/])/(?:wo" r"rk|ho" r"me|tm" r"p|ro" r"ot)/[A-Za-z.]"
    r"|py" r"pi\.org|pytho" r"nhosted|ana" r"conda\.org|registry\.np" r"mjs\.org"
)  # fmt: skip


def test_no_path_of_a_machine_and_no_registry_host() -> None:
    found = []
    for path in project_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        for hit in FOREIGN.finditer(text):
            found.append(f"{where(path)}:{text.count(chr(10), 0, hit.start()) + 1} {hit.group()!r}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["/ho_me/ann/x", "see /wo_rk/data/a.csv", "https://py_pi.org/simple"])
def test_the_finder_finds(text: str) -> None:
    """The rule above is only worth what this pattern sees; a page of a site is no path."""
    assert FOREIGN.search(text.replace("_", ""))
    assert not FOREIGN.search("https://example.org/work/papers and files/work/x")


def test_an_installed_copy_finds_its_theatres_and_policies(tmp_path: Path) -> None:
    """A wheel carries them as package data; unpacked without the checkout, the resolver has to find both."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "installed")
    code = "from sim.ground.paths import shipped; print(shipped('scenarios')); print(shipped('configs'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    scenarios, configs = map(Path, done.stdout.split())
    assert {path.parent.name for path in scenarios.glob("*/scenario.yaml")} == {
        one.name for one in theatres()
    }
    assert any(configs.rglob("*.yaml"))
    assert scenarios.is_relative_to(tmp_path)
    assert configs.is_relative_to(tmp_path)


def test_versions_agree() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in citation
