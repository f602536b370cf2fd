"""Policies whose rules are a class in Python, named by who uses them: ``file.py:Class`` or ``package.module:Class``."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from sim.ground.check import BadInput, did_you_mean
from sim.interventions.base import NEVER, Coded, Decision, Policy
from sim.world.report import PublicReport


def is_coded(name: str) -> bool:
    """Whether a policy's name stands for a class."""
    return ":" in name


def load_coded(name: str, load: Callable[[str], Policy]) -> Policy:
    """The policy of a class. It names the policies whose instruments it `uses`; `decide` says what is under way.

    `load` reads those policies. Raises BadInput for a class that cannot be used.
    """
    source, _, wanted = name.rpartition(":")
    kind = _found(source, wanted, name)
    uses = getattr(kind, "uses", None)
    if not isinstance(uses, str) or not callable(getattr(kind, "decide", None)):
        raise BadInput(
            f"{wanted} is no policy", where=name, why="it needs `uses` and `decide`",
            instead="docs/policies.md shows a class that works",
        )  # fmt: skip
    every = getattr(kind, "every_days", 7)
    if not isinstance(every, int) or not 1 <= every <= 3660:
        raise BadInput(f"every_days is {every!r}", where=name, instead="every_days = 7")
    base = load(uses)
    rule = Coded(source, wanted, _digest(kind), every, _made(kind, name))
    _try_out(rule, base, name)
    steps = tuple(replace(step, decision=Decision(NEVER), lifts=(), again=False) for step in base.steps)
    title, summary = (str(getattr(kind, key, "") or "") for key in ("title", "__doc__"))
    assumption = str(getattr(kind, "assumption", "") or base.assumption)
    return Policy(
        name, title or wanted, " ".join(summary.split()), assumption, f"by the class {wanted}", steps,
        ((rule, tuple(range(len(steps)))),),
    )  # fmt: skip


def _found(source: str, wanted: str, name: str) -> Any:
    try:
        module = _file(Path(source)) if source.endswith(".py") else importlib.import_module(source)
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(
            f"{source} cannot be imported", where=name, why=f"{type(error).__name__}: {error}",
            instead="a file.py:Class, or an installed package.module:Class",
        ) from None  # fmt: skip
    if not hasattr(module, wanted):
        known = [key for key, value in vars(module).items() if isinstance(value, type)]
        raise BadInput(f"no class {wanted!r} in {source}", where=name, instead=did_you_mean(wanted, known))
    return getattr(module, wanted)


def _file(path: Path) -> ModuleType:
    if not path.is_file():
        raise BadInput(f"there is no file {str(path)!r}", where="policy", instead="the path of a file.py:Class")
    spec = importlib.util.spec_from_file_location(f"forestall_policy_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _digest(kind: Any) -> str:
    """Of the whole file: a class may lean on what stands beside it."""
    module = importlib.util.find_spec(kind.__module__) if not kind.__module__.startswith("forestall_policy_") else None
    code = kind.decide.__code__.co_filename if module is None or module.origin is None else module.origin
    return hashlib.sha256(Path(code).read_bytes()).hexdigest()[:16]


def _made(kind: Any, name: str) -> Any:
    try:
        return kind()
    except Exception as error:
        raise BadInput(
            f"{name} cannot be made without arguments", where=name, why=f"{type(error).__name__}: {error}",
            instead="a class without arguments",
        ) from None  # fmt: skip


def _try_out(rule: Coded, base: Policy, name: str) -> None:
    """Ask once, on a first day on which nothing is reported: what it cannot answer then is told before any run."""
    nothing = np.zeros(0, dtype=np.int64)
    names = [step.instrument.name for step in base.steps]
    doubled = sorted({one for one in names if names.count(one) > 1})
    if doubled:
        raise BadInput(
            f"two instruments of {base.name} are named {doubled[0]!r}", where=name,
            why="decide() names instruments", instead="policies whose instruments have names of their own",
        )  # fmt: skip
    try:
        wanted = set(rule.made.decide(PublicReport(0, nothing, nothing, nothing), frozenset(), {}))
    except Exception as error:
        raise BadInput(
            "decide() failed on a day on which nothing is reported", where=name, why=f"{type(error).__name__}: {error}",
            instead="decide(self, report, under_way, memory) returning the names that are to be under way",
        ) from None  # fmt: skip
    for one in sorted(map(str, wanted - set(names))):
        raise BadInput(f"decide() names {one!r}", where=name, instead=did_you_mean(one, names))
