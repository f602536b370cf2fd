"""Reading the project's own files: what the house tests have in common."""

from __future__ import annotations

import ast
import csv
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIM = ROOT / "sim"
SCENARIOS = ROOT / "scenarios"


def python_files(*parts: str) -> list[Path]:
    """The Python files of these parts of sim (a folder or a file each); of all of sim without a part."""
    found: list[Path] = []
    for part in parts or ("",):
        folder = SIM / part
        found += sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    return [path for path in found if path.is_file()]


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def where(path: Path, node: ast.AST | None = None) -> str:
    """`file:line`, from the folder of the project."""
    line = f":{getattr(node, 'lineno', 0)}" if node is not None else ""
    return path.relative_to(ROOT).as_posix() + line


def imports(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Every module that the file imports anywhere; `from a import b` gives both `a` and `a.b`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name, an attribute or a call; empty for anything else."""
    if isinstance(node, ast.Call):
        return dotted(node.func)
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def kernels(*parts: str) -> list[tuple[Path, ast.FunctionDef]]:
    """Every function of these parts of sim that the kernel decorator compiles."""
    return [
        (path, node)
        for path in python_files(*parts)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
        and any(dotted(decorator).split(".")[-1] == "kernel" for decorator in node.decorator_list)
    ]


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV table, cells stripped; empty when there is no such file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: (cell or "").strip() for key, cell in row.items()} for row in csv.DictReader(file)]


def theatres() -> list[Path]:
    """The folders of the shipped theatres."""
    return sorted(path.parent for path in SCENARIOS.glob("*/scenario.yaml"))


def project_files() -> list[Path]:
    """What a commit would hold: tracked files and new ones that git does not ignore."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
