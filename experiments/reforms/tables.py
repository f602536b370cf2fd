"""The small tables that are committed: what changed, by combination, and which reforms are not told apart."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from experiments.reforms.runs import FAMILY, PEOPLE, Case, Found, found, identity
from experiments.reforms.sums import ALL, DAYS, Set, alike, changes, label, measures, told
from sim.study.outcomes import Effect, paired

THIRDS = ("calm third", "middle third", "tense third")


@dataclass(frozen=True)
class Change:
    """One line: what (`share 3`, `alone 3`, `last 3`, `all`, `policy`) changes a measure by in a case.

    Against no reform; `policy` is the portfolio under the process of 2012 against nothing at all. Deaths, people, euros or
    days; both intervals; `told` whether the model tells it from nothing; `worse` of `draws` parameter draws went up.
    """

    case: str
    theory: str
    what: str
    measure: str
    mean: float
    mc_low: float
    mc_high: float
    param_low: float
    param_high: float
    told: bool
    worse: int
    draws: int

    @property
    def sign(self) -> int:
        """-1, 0 (not told apart) or +1."""
        return (self.mean > 0) - (self.mean < 0) if self.told else 0


@dataclass(frozen=True)
class Combination:
    """Means of one combination of reforms in a case."""

    case: str
    reforms: str
    killed: float
    euros: float
    arrived: float
    day_arrival: float


@dataclass(frozen=True)
class Tables:
    """All that the page is made of. `alike` are (case, first, second) of reforms that are not told apart."""

    changes: tuple[Change, ...]
    combinations: tuple[Combination, ...]
    alike: tuple[tuple[str, int, int], ...]
    about: Mapping[str, Any]

    def one(self, case: str, what: str, measure: str = "killed", theory: str = "as_stated") -> Change | None:
        """A line, or None."""
        wanted = case, theory, what, measure
        return next((c for c in self.changes if (c.case, c.theory, c.what, c.measure) == wanted), None)


def change(case: str, theory: str, what: str, measure: str, effect: Effect) -> Change:
    """A line from an effect."""
    return Change(case, theory, what, measure, effect.mean, effect.mc_low, effect.mc_high, effect.param_low,
                  effect.param_high, told(effect), effect.worse, effect.draws)  # fmt: skip


def made(parts: Sequence[tuple[str, Case, tuple[Set, ...]]], folder: Path) -> Tables:
    """The tables of the runs in `folder`."""
    lines: list[Change] = []
    combinations: list[Combination] = []
    pairs: list[tuple[str, int, int]] = []
    about: dict[str, Any] = {"cases": {}}
    for group, case, sets in parts:
        runs, name = found(case, folder), "family" if case.scenario == FAMILY else case.scenario
        mine = measures(runs)
        for measure in ["killed"] if group == "theories" else mine:
            for what, effect in changes(sets, runs, measure).items():
                lines.append(change(name, case.theory, what, measure, effect))
            if not measure.startswith("day_"):
                policy = paired(mine[measure][0] - mine[measure][-1], runs.draws)
                lines.append(change(name, case.theory, "policy", measure, policy))
        if group == "theories":
            continue
        lines += by_heat(name, sets, runs) if case.scenario == FAMILY else []
        pairs += [(name, a, b) for (a, b), same in alike(sets, runs).items() if same]
        combinations += [
            Combination(name, label(one), *(float(mine[key][n].mean()) for key in ("killed", "euros", "arrived", "day_arrival")))
            for n, one in enumerate(sets)
        ]  # fmt: skip
        known = identity(case)
        about["cases"][name] = {
            "units": len(np.unique(runs.draws)), "replicates": case.replicates, "days": runs.days, "seed": case.seed,
            "combinations": len(sets), "nothing": float(runs.killed[-1].mean()), "engine": known["engine"],
            "rows": PEOPLE if case.scenario == FAMILY else None,
        }  # fmt: skip
    return Tables(tuple(lines), tuple(combinations), tuple(pairs), about)


def by_heat(name: str, sets: tuple[Set, ...], runs: Found) -> list[Change]:
    """What all six change in the calm, the middle and the tense third of the family."""
    gap = runs.killed[sets.index(ALL)] - runs.killed[0]
    cut = np.minimum((runs.heat * 3).astype(int), 2)
    return [
        change(name, "as_stated", f"all, {third}", "killed", paired(gap[cut == n], runs.draws[cut == n]))
        for n, third in enumerate(THIRDS)
        if (cut == n).any()
    ]


# ---- files --------------------------------------------------------------------------------------------------------


def write(tables: Tables, to: Path) -> None:
    """Four small files."""
    to.mkdir(parents=True, exist_ok=True)
    _csv(to / "changes.csv", Change, tables.changes)
    _csv(to / "combinations.csv", Combination, tables.combinations)
    (to / "about.json").write_text(
        json.dumps({**tables.about, "alike": [list(pair) for pair in tables.alike]}, indent=1) + "\n", encoding="utf-8"
    )


def _csv(path: Path, kind: Any, rows: Iterable[Any]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(kind)])
        for row in rows:
            writer.writerow([f"{v:.5g}" if isinstance(v, float) else v for v in asdict(row).values()])


def read(to: Path) -> Tables:
    """The tables as they were written."""
    about = json.loads((to / "about.json").read_text(encoding="utf-8"))
    pairs = tuple((case, a, b) for case, a, b in about.pop("alike"))
    return Tables(tuple(_rows(to / "changes.csv", Change)), tuple(_rows(to / "combinations.csv", Combination)), pairs, about)


def _rows(path: Path, kind: Any) -> list[Any]:
    def value(field: Any, text: str) -> Any:
        if field.type == "bool":
            return text == "True"
        return text if field.type == "str" else int(text) if field.type == "int" else float(text) if text else math.nan

    with path.open(encoding="utf-8", newline="") as file:
        return [kind(*(value(field, row[field.name]) for field in fields(kind))) for row in csv.DictReader(file)]


__all__ = ["DAYS", "Change", "Combination", "Tables", "change", "made", "read", "write"]
