"""The tables of docs/odd.md, made from the code: ``python -m sim.view.odd`` puts them between their markers.

The prose of that page is written by hand. A house test fails when a table no longer says what the code says.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from sim.ground.check import BadInput

SIM = Path(__file__).resolve().parents[1]
ROOT = SIM.parent
PAGE = ROOT / "docs/odd.md"
MEASURED = ROOT / "experiments/behaviours/results.json"
DRIVERS = ("units_day", "places_day", "persons_day", "settle", "emerge")

BEHAVIOURS: tuple[str, ...] = (
    "Most at-risk theatres stay quiet in most years; a quiet world stays quiet; deaths are heavy-tailed "
    "over runs and incidents",
    "Front-loading: killing peaks within two weeks of a communal trigger, from depletion, flight, "
    "fading and fatigue; sweeps come in waves; killing leads or moves with flight; a seasonal campaign "
    "can peak months after onset",
    "Displaced per death spans 3 to 850 with exits, order and intent, under one parameter set",
    "Police matter early, troops block units, the state denies access, observers alone protect no one",
    "Violence moves out of a protected place unless the force controls the area",
    "Force against a perpetrator can raise killing before it lowers it; empty threats accelerate, credible ones deter",
    "Sanctions bite slowly, are busted, rally, and harm; little on committed leaders, some on wavering "
    "ones; an arms embargo works through capacity",
    "Jamming caps near what radio contributes (about a tenth), with spillovers; exposure from terrain",
    "Mediation works in a mutually perceived stalemate, hardly near a perpetrator's goal; spoilers; "
    "decay without guarantees",
    "An unguarded safe area raises losses, and perpetrators learn it; a guarded one lowers them",
    "Speed beats mass",
    "Early elections and rapid liberalisation under factionalism raise risk; with power-sharing and "
    "policing they do not",
    "Accuracy of force beats its volume; harm feeds recruitment; accuracy comes from locals, and that from legitimacy",
    "Very large campaigns end by completion, ousting or change of strategy, hardly by neutral peacekeeping",
)
"""What must come out of the model without being put in. A test carries one when its docstring starts with
``Behaviour N:`` (or ``Behaviours N, M:``)."""


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(content: object) -> str:
    text = f"{content:g}" if isinstance(content, float) else str(content)
    return " ".join(text.replace("|", "\\|").split())


def _declare_everything() -> None:
    """Import every module that declares parameters or tables."""
    for part in ("world", "mechanisms", "interventions", "actors", "engine"):
        for path in sorted((SIM / part).rglob("*.py")):
            if re.search(r"\b(declare|table)\(", path.read_text(encoding="utf-8")):
                importlib.import_module(_module(path))


def _module(path: Path) -> str:
    return ".".join(path.relative_to(SIM.parent).with_suffix("").parts)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _functions(path: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in _tree(path).body if isinstance(node, ast.FunctionDef)}


def _first_sentence(node: ast.FunctionDef) -> str:
    text = " ".join((ast.get_docstring(node) or "").split())
    return re.split(r"(?<=\.) ", text, maxsplit=1)[0]


# ---- the tables ---------------------------------------------------------------------------


def state_variables() -> str:
    """One table a table of the world: column, axes, type, unit, range, meaning."""
    from sim.ground.columns import TABLES

    _declare_everything()
    parts = []
    for name, columns in TABLES.items():
        rows = [
            (
                f"`{one.name}`",
                " x ".join(one.dims),
                one.dtype,
                one.unit,
                _range(one.low, one.high),
                one.meaning + (" (fixed)" if one.fixed else ""),
            )
            for one in columns
        ]
        parts.append(f"**{name}**\n\n" + table(("column", "axes", "type", "unit", "range", "meaning"), rows))
    return "\n\n".join(parts)


def _range(low: float, high: float) -> str:
    if low == float("-inf") and high == float("inf"):
        return ""
    return f"{low:g} .." if high == float("inf") else f"{low:g} .. {high:g}"


def phases() -> str:
    """The mechanisms inside the compiled drivers, in the order in which they are called."""
    path = SIM / "engine/phases.py"
    known = {(None, name): node for name, node in _functions(path).items()}
    homes: dict[tuple[str | None, str], str] = {}
    for file in sorted((SIM / "mechanisms").glob("*.py")):
        for name, node in _functions(file).items():
            known[file.stem, name] = node  # type: ignore[index]
            homes[file.stem, name] = file.stem
    rows: list[tuple[object, ...]] = []
    for driver in DRIVERS:
        started = len(rows)
        for called in _calls(_functions(path)[driver]):
            if called in known:
                rows.append(
                    (
                        len(rows) + 1,
                        driver,
                        f"`{'.'.join(part for part in called if part)}`",
                        _first_sentence(known[called]),
                    )
                )
        if len(rows) == started:
            rows.append((len(rows) + 1, driver, f"`{driver}`", _first_sentence(known[None, driver])))
    return table(("", "driver", "mechanism", "what it does"), rows)


def _calls(function: ast.FunctionDef) -> Iterator[tuple[str | None, str]]:
    """(module or None, name) of the calls of a function, in the order of the text."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(call.func, ast.Name):
            yield None, call.func.id
        elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            yield call.func.value.id, call.func.attr


def streams() -> str:
    """The register of random streams, and the files that draw from each."""
    from sim.ground.draw import STREAMS

    users: dict[str, list[str]] = {name: [] for name in STREAMS}
    for path in sorted(SIM.rglob("*.py")):
        if path == SIM / "ground/draw.py":
            continue
        for name in sorted(_streams_named(_tree(path)) & set(users)):
            users[name].append(path.relative_to(SIM).as_posix())
    rows = [
        (number, f"`{name}`", ", ".join(f"`{user}`" for user in users[name]) or "reserved")
        for name, number in STREAMS.items()
    ]
    return table(("number", "stream", "drawn in"), rows)


def _streams_named(module: ast.Module) -> set[str]:
    """Words that stand in `STREAMS[...]`, also in a comprehension over a tuple of words."""
    found: set[str] = set()
    for statement in module.body:
        if any(isinstance(node, ast.Name) and node.id == "STREAMS" for node in ast.walk(statement)):
            looped = isinstance(statement, ast.Assign)
            for node in ast.walk(statement):
                words = node if looped else node.slice if isinstance(node, ast.Subscript) else None
                if isinstance(words, ast.Constant) and isinstance(words.value, str):
                    found.add(words.value)
    return found


def parameters() -> str:
    """Every parameter by family, with value, range, unit, meaning, source; and the share of assumptions."""
    from sim.ground.check import ASSUMED
    from sim.ground.parameters import FAMILIES, PARAMETERS

    _declare_everything()
    assumed = sum(one.grade in ASSUMED for one in PARAMETERS.values())
    parts = [
        f"{len(PARAMETERS)} parameters, of which {assumed} are assumptions "
        f"({assumed / len(PARAMETERS):.0%}). Studies sample each between its bounds."
    ]
    for family, made in sorted(FAMILIES.items(), key=lambda one: (one[1].__module__, one[0])):
        rows = [
            (
                f"`{one.name}`",
                one.value,
                f"{one.low:g} .. {one.high:g}",
                one.unit,
                one.meaning,
                one.source,
                one.grade,
            )
            for one in (PARAMETERS[name] for name in made._fields)
        ]
        where = made.__module__.replace(".", "/") + ".py"
        head = ("name", "value", "range", "unit", "meaning", "source", "grade")
        parts.append(f"**{family}** (`{where}`)\n\n" + table(head, rows))
    return "\n\n".join(parts)


def levers() -> str:
    """The channels through which instruments act: what moves each, and where it is read."""
    from sim.world.levers import Levers

    source = inspect.getsource(Levers)
    moved: dict[str, list[str]] = {one.name: [] for one in fields(Levers)}
    for made in dict.fromkeys(_families().values()):
        text = inspect.getsource(made)
        for lever in moved:
            if re.search(rf"levers\.{lever}\[", text):
                moved[lever].append(made.__name__)
    files = [path for part in ("engine", "actors") for path in sorted((SIM / part).glob("*.py"))]
    readers = {path.relative_to(SIM).as_posix(): path.read_text(encoding="utf-8") for path in files}
    rows = []
    for lever, by in moved.items():
        told = re.search(rf"^    {lever}: .*?#\s*(.+)$", source, re.M)
        read = [file for file, text in readers.items() if re.search(rf"levers\.{lever}\b", text)]
        rows.append(
            (
                f"`{lever}`",
                told.group(1) if told else "",
                ", ".join(by) or "none yet",
                ", ".join(f"`{file}`" for file in read) or "nowhere yet",
            )
        )
    return table(("lever", "meaning ([a] by organisation, [p] by place)", "moved by", "read in"), rows)


def instruments() -> str:
    """The families of instruments."""
    rows = [(f"`{name}`", _docstring(made)) for name, made in _families().items()]
    return table(("family", "what it does"), rows)


def _families() -> dict[str, type]:
    """Name of a family -> its class, as its reader returns it."""
    from sim.interventions.families import FAMILIES

    return {name: get_type_hints(reader)["return"] for name, reader in FAMILIES.items()}


def _docstring(thing: object) -> str:
    return textwrap.dedent(inspect.getdoc(thing) or "").split("\n\n")[0]


def outcomes() -> str:
    """What every run hands back."""
    from sim.study.outcomes import OUTCOMES

    rows = [(f"`{one.name}`", one.unit, one.meaning) for one in OUTCOMES.values()]
    return table(("outcome", "unit", "meaning"), rows)


def behaviours() -> str:
    """The fourteen behaviours, the tests that carry them, and what came out of their claims when last measured."""
    carried, measured = carriers(ROOT / "tests"), _measured()
    rows = [
        (n, text, ", ".join(f"`{test}`" for test in carried.get(n, ())) or "no test yet", _verdict(measured, n))
        for n, text in enumerate(BEHAVIOURS, start=1)
    ]
    parts = [table(("", "behaviour", "carried by", "last measured"), rows)]
    if measured:
        head = ("", "claim", "statistic", "figure [90 %]", "tolerance", "", "without its mechanism", "why it fails")
        claims = [
            (
                one["behaviour"],
                name,
                one["statistic"],
                _figure(one),
                one["tolerance"],
                "held" if one["held"] else "**failed**",
                _without(one),
                one["diagnosis"],
            )
            for name, one in measured.items()
        ]
        parts.append(table(head, claims))
    return "\n\n".join(parts)


def _measured() -> dict[str, dict[str, Any]]:
    """Claim -> what `experiments/behaviours/measure.py` wrote down; nothing where it has not run."""
    found: dict[str, dict[str, Any]] = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}
    return found


def _verdict(measured: dict[str, dict[str, Any]], behaviour: int) -> str:
    held = [bool(one["held"]) for one in measured.values() if one["behaviour"] == behaviour]
    if not held:
        return "not measured"
    return "**held**" if all(held) else f"**failed**: {sum(held)} of {len(held)} claims held"


def _figure(one: dict[str, Any]) -> str:
    """Figure and interval; a dash for what is not a number."""
    told = [f"{one[name]:.3g}" if one[name] is not None else "-" for name in ("figure", "low", "high")]
    return f"{told[0]} [{told[1]}, {told[2]}]"


def _without(one: dict[str, Any]) -> str:
    return "; ".join(
        f"{label}: {_figure(off)}{' (still holds)' if off['held'] else ''}" for label, off in one["ablations"].items()
    )


def carriers(tests: Path) -> dict[int, list[str]]:
    """Number of a behaviour -> the tests under `tests` that carry it, as ``file::name``."""
    found: dict[int, list[str]] = {}
    for path in sorted(tests.rglob("test_*.py")):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                told = re.match(r"Behaviours? ([\d, and]+):", ast.get_docstring(node) or "")
                for number in re.findall(r"\d+", told.group(1)) if told else ():
                    found.setdefault(int(number), []).append(
                        f"{path.relative_to(tests.parent).as_posix()}::{node.name}"
                    )
    return found


MADE: dict[str, Callable[[], str]] = {
    made.__name__: made
    for made in (
        state_variables,
        phases,
        streams,
        parameters,
        levers,
        instruments,
        outcomes,
        behaviours,
    )
}


# ---- the page -----------------------------------------------------------------------------


def render(text: str, where: str = "docs/odd.md") -> str:
    """`text` with the content between each pair of markers made anew.

    Raises BadInput for a marker that names no table, and for a table that the page does not show.
    """
    shown = re.findall(r"<!-- made: (\w+) -->", text)
    for name in shown:
        if name not in MADE:
            raise BadInput(f"no table {name!r}", where=where, instead=f"one of: {', '.join(sorted(MADE))}")
    for name in MADE:
        if shown.count(name) != 1 or f"<!-- end: {name} -->" not in text:
            raise BadInput(
                f"the table {name!r} stands {shown.count(name)} times in the page",
                where=where,
                instead=f"once: <!-- made: {name} --> and, on a later line, <!-- end: {name} -->",
            )
        block = re.compile(rf"<!-- made: {name} -->.*?<!-- end: {name} -->", re.S)
        made = f"<!-- made: {name} -->\n{MADE[name]()}\n<!-- end: {name} -->"
        text = block.sub(lambda _, made=made: made, text)  # type: ignore[misc]
    return text


def main() -> int:
    """Rewrite docs/odd.md of this checkout; 0, or 2 when the page cannot be made."""
    try:
        PAGE.write_text(render(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{PAGE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
