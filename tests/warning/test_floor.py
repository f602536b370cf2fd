"""Nobody who warns can see the world: the warning floor knows reports only."""

from __future__ import annotations

import ast
import importlib
from types import FunctionType

import pytest

from sim.world import report as seen
from sim.world.world import World
from tests.house.code import SIM, dotted, imports, python_files, tree, where

FILES = python_files("warning")
VALUES = {"Dispatch"}  # plain values that the engine writes
BACK_DOORS = {
    "importlib",
    "sys",
    "gc",
    "inspect",
    "builtins",
    "pickle",
    "ctypes",
    "globals",
    "__import__",
    "eval",
    "exec",
}


def trespasses(module: ast.Module, found: list[tuple[str, ast.AST]]) -> list[str]:
    """What in a file could lead to the world: an import beyond ground, report values and this floor, or a back door."""
    wrong = []
    for name, _ in found:
        if not name.startswith("sim"):
            if name.split(".")[0] in BACK_DOORS:
                wrong.append(name)
            continue
        allowed = name in ("sim", "sim.ground", "sim.warning", "sim.world.report") or name.startswith(
            ("sim.ground.", "sim.warning.", *(f"sim.world.report.{value}" for value in VALUES))
        )
        if not allowed:
            wrong.append(name)
    for node in ast.walk(module):
        if isinstance(node, ast.Import) and any(alias.name.startswith("sim.world") for alias in node.names):
            wrong.append("import of the module itself")
        if isinstance(node, ast.Attribute) and node.attr in {"world", "ledger", "minds"}:
            wrong.append(dotted(node))
        if isinstance(node, ast.Name) and node.id in BACK_DOORS:
            wrong.append(node.id)
    return wrong


@pytest.mark.parametrize("path", FILES, ids=where)
def test_no_file_of_the_warning_floor_can_read_the_world(path: object) -> None:
    assert not trespasses(tree(path), list(imports(path)))  # type: ignore[arg-type]


def test_no_name_of_the_warning_floor_is_the_world_or_reads_it() -> None:
    """Also not by way of something that it imports: nothing in a module's names takes or is a World."""
    own = [one for one in vars(seen).values() if isinstance(one, FunctionType) and one.__module__ == seen.__name__]
    readers = [World, *own]
    assert len(readers) > 2
    for path in FILES:
        module = importlib.import_module(".".join(path.relative_to(SIM.parent).with_suffix("").parts))
        assert not [name for name, value in vars(module).items() if any(value is one for one in readers)]
    assert len(FILES) > 3, "this test looks at nothing"


@pytest.mark.parametrize(
    "code",
    [
        "from sim.world.world import World",
        "from sim.world import world",
        "from sim.world.report import public_report",
        "import sim.world.report",
        "from sim.engine.model import simulate",
        "import importlib\nimportlib.import_module('sim.world.world')",
        "def f(one):\n    return one.world.ledger",
    ],
)
def test_the_finder_finds(code: str) -> None:
    """The rule above is only worth what this finder sees."""
    module = ast.parse(code)
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [(node.module, node), *((f"{node.module}.{alias.name}", node) for alias in node.names)]
    assert trespasses(module, found)


def test_a_dispatch_holds_plain_values() -> None:
    """What the floor reads has no way back to where it came from."""
    fields = {name: field.type for name, field in seen.Dispatch.__dataclass_fields__.items()}
    assert set(fields.values()) <= {"str", "int", "float", "dict[str, float]"}
