"""Rules of the engine's code that no reader could check: floors, kernels, draws, numbers."""

from __future__ import annotations

import ast
import tomllib
import warnings

import pytest

from tests.house.code import ROOT, SIM, dotted, imports, kernels, python_files, tree, where

ENGINE = ("ground", "classics", "world", "mechanisms", "actors", "interventions", "engine")
SEQUENTIAL = {"np.random", "numpy.random", "self.random", "model.random"}
COMPILERS = {
    f"{numba}.{name}" for numba in ("nb", "numba") for name in ("njit", "jit", "vectorize", "cfunc", "prange")
}

# Floats a kernel may spell out, because they are arithmetic and no claim about the world.
NEUTRAL = {
    0.0: "none",
    1.0: "whole",
    2.0: "square, mean of two, two sides",
    0.5: "half: rounding, midpoint, square root",
    3.0: "mean of three",
    1_000.0: "rates are stated per 1,000 people",
    10_000.0: "rates are stated per 10,000 people",
    1e300: "worse than any score",
    1e-9: "guard against a division by zero",
    1e-12: "guard against a division by zero",
}
# Integers may be counts of arithmetic; larger ones are quantities and need a name.
SMALL = {0, 1, 2, 3}

# Machine words are shifts, masks and hash multipliers of draws. Fixed point counts from 2**7 on, so that
# 0.25 or 4.0 (a quarter of something, four times something) stay claims.
WORDS = {"U32", "U64", "np.uint32", "np.uint64"}
FIXED_POINT = {2.0**k for k in (*range(-64, -6), *range(7, 65))} | {2.0**k - 1 for k in (8, 16, 32)}
# Calls whose numbers are declared with a unit, a range and a source.
DECLARED = {"declare", "Parameter", "Column", "table"}

KERNEL_LINES, KERNEL_AIM = 60, 40


def test_randomness_is_addressed_and_never_queued() -> None:
    """Global or sequential generators would make a draw depend on what was drawn before it."""
    found = [
        f"{where(path, node)} imports {name}"
        for path in python_files(*ENGINE)
        for name, node in imports(path)
        if name.split(".")[0] in {"random", "secrets"} or name.startswith("numpy.random")
    ]
    found += [
        f"{where(path, node)} uses {dotted(node)}"
        for path in python_files(*ENGINE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and dotted(node) in SEQUENTIAL
    ]
    assert not found, "draw from sim.ground.draw instead:\n" + "\n".join(found)


def test_only_the_kernel_module_compiles() -> None:
    """One decorator decides error model, cache and threads for all kernels."""
    found = []
    for path in python_files():
        if path == ROOT / "sim/ground/kernel.py":
            continue
        for name, node in imports(path):
            if name == "numba" or name.startswith("numba."):
                found.append(f"{where(path, node)} imports {name}")
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and dotted(node) in COMPILERS:
                found.append(f"{where(path, node)} uses {dotted(node)}")
    assert not found, "use sim.ground.kernel.kernel instead:\n" + "\n".join(found)


def test_arithmetic_keeps_its_order() -> None:
    """`fastmath` and `parallel` reorder sums: digests would differ between machines and threads."""
    found = [
        f"{where(path, node.value)} sets {node.arg}"
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword)
        and node.arg in {"fastmath", "parallel"}
        and not (isinstance(node.value, ast.Constant) and node.value.value is False)
    ]
    assert not found, "\n".join(found)


def test_every_kernel_has_a_readable_twin() -> None:
    """A twin is a NumPy function of the same name in tests/twins, equal to the bit."""
    twins = {
        node.name
        for path in sorted((ROOT / "tests/twins").glob("*.py"))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
    }
    compiled = kernels("mechanisms", "classics")
    assert compiled, "no kernel found in sim/mechanisms: this test looks at nothing"
    missing = [f"{where(path, node)} {node.name}" for path, node in compiled if node.name not in twins]
    assert not missing, f"{len(missing)} of {len(compiled)} kernels have no twin:\n" + "\n".join(missing)


def test_kernels_are_short() -> None:
    """A kernel does one thing: refused above 60 lines of code without docstring, reported above 40."""
    lengths = {}
    for path, node in kernels():
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        if body:
            lengths[f"{where(path, node)} {node.name}"] = (body[-1].end_lineno or 0) - body[0].lineno + 1
    assert lengths, "no kernel found: this test looks at nothing"
    long = {name: lines for name, lines in lengths.items() if lines > KERNEL_AIM}
    if long:
        told = "\n".join(f"{lines} lines {name}" for name, lines in long.items())
        warnings.warn(f"kernels over the aim of {KERNEL_AIM} lines:\n{told}", stacklevel=1)
    assert not [name for name, lines in long.items() if lines > KERNEL_LINES], "split these"


def orphans(module: ast.Module) -> list[tuple[ast.Constant, str]]:
    """Numbers that belong in a Parameter: literals in functions, floats among the module's constants."""
    found: list[tuple[ast.Constant, str]] = []

    def look(node: ast.AST, inside: str) -> None:
        if isinstance(node, ast.Subscript):
            look(node.value, inside)  # an index is structure, not quantity
            return
        if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
            code = type(node.value) is int and (not inside or node.value in SMALL)
            if not code and node.value not in NEUTRAL and node.value not in FIXED_POINT:
                found.append((node, inside or "module"))
        if isinstance(node, ast.Call) and dotted(node).split(".")[-1] in DECLARED:
            return
        if isinstance(node, ast.Call) and dotted(node) in WORDS:
            node = ast.Tuple([one for one in node.args if not isinstance(one, ast.Constant)])
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = node.name
        for child in ast.iter_child_nodes(node):
            look(child, inside)

    look(module, "")
    return found


def test_no_orphan_numbers_in_mechanisms() -> None:
    """A quantity in a kernel would be a claim without source, range or sampling."""
    files = python_files("mechanisms")
    assert files, "no mechanism found: this test looks at nothing"
    found = [
        f"{where(path, node)} {inside}: {ast.unparse(node)}"
        for path in files
        for node, inside in orphans(tree(path))
    ]
    assert not found, "declare these as Parameter (or name the constant and its unit):\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("code", "numbers"),
    [
        ("def f(x):\n    return 0.37 * x", [0.37]),
        ("def f(x):\n    return x[:, 7] * 1.0 + 2", []),
        ("RATE = 0.05", [0.05]),
        ("ABROAD = 4", []),
        ("def f(x):\n    return min(x, 25)", [25]),
        ("def f(x):\n    return U32(x * 0.37) >> U32(8)", [0.37]),
        ("def f(x):\n    return 0.25 * x + x * 0.0078125", [0.25]),
        ("def f(x, decay=0.9):\n    return x", [0.9]),
        ("P = Parameter('a', 0.3, 0.1, 0.5, 'share', 'meaning', 'source')", []),
    ],
)
def test_the_orphan_finder_finds(code: str, numbers: list[float]) -> None:
    """The rule above is only worth what this finder sees."""
    assert [node.value for node, _ in orphans(ast.parse(code))] == numbers


def test_organisations_know_values_of_interventions_not_families() -> None:
    """An organisation emits an order; what carries it out is the engine's business."""
    found = [
        f"{where(path, node)} imports {name}"
        for path in python_files("actors")
        for name, node in imports(path)
        if name.startswith("sim.interventions.") and not name.startswith("sim.interventions.base")
    ]
    assert not found, "\n".join(found)


def test_the_base_of_interventions_knows_only_levers() -> None:
    """An instrument that could see the world could edit an outcome."""
    base = python_files("interventions/base")
    allowed = ("sim.ground", "sim.world.levers", "sim.interventions")
    found = [
        f"{where(path, node)} imports {name}"
        for path in base
        for name, node in imports(path)
        if name.startswith("sim.") and name != "sim.world" and not name.startswith(allowed)
    ]
    assert not found, "\n".join(found)


def test_every_part_of_sim_stands_on_a_floor() -> None:
    """The floors themselves are checked by import-linter in `make lint`; here: that it has the same list."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        floors = tomllib.load(file)["tool"]["importlinter"]["contracts"][0]["layers"]
    named = {part.strip(" ()") for floor in floors for part in floor.split("|")}
    parts = {path.relative_to(SIM).parts[0].removesuffix(".py") for path in python_files()}
    assert parts - {"__init__", "__main__"} <= named


def test_every_folder_of_sim_is_a_package() -> None:
    """Types and floors are checked for packages; a folder without __init__.py could slip past both."""
    bare = sorted(
        {where(path.parent) for path in python_files() if not (path.parent / "__init__.py").is_file()}
    )
    assert not bare, "without __init__.py: " + ", ".join(bare)
