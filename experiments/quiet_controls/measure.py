"""Draw, draft and run the quiet controls; what was measured, as plain values."""

from __future__ import annotations

import csv
import datetime
import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.quiet_controls.live import MECHANISMS, Lived, live
from sim.drafting import Library, draft_theatre
from sim.drafting.controls import Candidate, draw_controls
from sim.drafting.evidence import Evidence
from sim.drafting.factors import factors
from sim.drafting.sources import ucdp
from sim.drafting.sources.ucdp import CountryYears
from sim.ground.kernel import code_digest
from sim.ground.parameters import PARAMETERS
from sim.scenario.read import read_theatre
from sim.scenario.theatre import Theatre
from sim.study.plan import draw_parameters, engine_digest

HERE = Path(__file__).resolve().parent
YEARS, COUNT, SEED = range(2005, 2015), 24, 1
"""The draw that docs/new_theatre.md shows as its example; written before any of them was run."""
RUNS, DAYS, ONSET = 16, 365, 25
CONTROLS, FACTORS, RESULTS = HERE / "controls.csv", HERE / "factors.csv", HERE / "results.json"
CONTROL_COLUMNS = (
    "name", "country", "year", "rank", "index", "one_sided_before", "one_sided", "one_sided_by_government", "non_state",
    "state_based", "factors_public_by", "factors_retrospective", "source",
)  # fmt: skip
FACTOR_COLUMNS = ("name", "factor", "value", "low", "high", "as_of", "published", "retrospective")
SOURCE = "UCDP Organized Violence country-years 25.1 (Davies et al. 2025); rank: sim.drafting.controls"
KINDS = {
    "state": "army", "guard": "army", "police": "police", "rebel": "rebels", "foreign_rebel": "rebels",
    "militia": "self-defence", "peacekeeper": "peacekeepers", "crowd": "crowds",
}  # fmt: skip


def drawn(library: Library) -> list[Candidate]:
    """The controls, by name."""
    return sorted(draw_controls(YEARS, COUNT, SEED, library), key=named)


def named(one: Candidate) -> str:
    """The name of a control's theatre, as `forestall controls` gives it."""
    return f"control_{one.state.iso3.lower()}_{one.year}"


def write_tables(library: Library, controls: Sequence[Candidate]) -> None:
    """controls.csv and factors.csv: who was drawn, what happened there, and what each factor rests on."""
    tolls: CountryYears = library.take(ucdp.COUNTRY_YEARS)
    rows, values = [], []
    for one in controls:
        made = factors(Evidence(library, one.state, datetime.date(one.year, 1, 1)))
        public = [factor.published for factor in made.values() if factor.published]
        real = tolls.of(one.state.gw, one.year) or ucdp.CountryYear()
        rows.append(
            (
                named(one), one.state.iso3, one.year, one.rank, one.index, f"{one.before:.0f}", f"{one.during:.0f}",
                f"{real.by_government:.0f}", f"{real.non_state.best:.0f}", f"{real.state_based.best:.0f}", max(public),
                sum(factor.retrospective for factor in made.values()), SOURCE,
            )
        )  # fmt: skip
        values += [
            (
                named(one), name, factor.value, factor.low, factor.high, factor.as_of,
                factor.published or "judgement", "yes" if factor.retrospective else "no",
            )
            for name, factor in made.items()
        ]  # fmt: skip
    for path, columns, table in ((CONTROLS, CONTROL_COLUMNS, rows), (FACTORS, FACTOR_COLUMNS, values)):
        with open(path, "w", encoding="utf-8", newline="") as file:
            write = csv.writer(file, lineterminator="\n")
            write.writerows([columns, *table])


def drafted(one: Candidate, library: Library, folder: Path) -> Theatre:
    """The draft of a control, as `forestall new` writes it into `folder` (made anew when it is not there)."""
    if not (folder / named(one)).is_dir():
        draft_theatre(named(one), one.state.iso3, datetime.date(one.year, 1, 1), library, folder)
    return read_theatre(folder / named(one))


def made_with(runs: int) -> dict[str, Any]:
    """What a result depends on beside the data: the model, the drafting, this code, the number of runs."""
    own = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in ("live.py", "measure.py")))
    return {
        "model": engine_digest(), "drafting": code_digest(("drafting",)), "code": own.hexdigest()[:16], "runs": runs,
    }  # fmt: skip


def measured(theatre: Theatre, runs: int) -> dict[str, Any]:
    """So many years of a theatre, each with parameters drawn from the priors and a version of its own ranges."""
    drawn_values = draw_parameters(theatre, runs, SEED, PARAMETERS).rows
    return told(theatre, [live(theatre, drawn_values[n], SEED, n, DAYS) for n in range(runs)])


def told(theatre: Theatre, lives: Sequence[Lived]) -> dict[str, Any]:
    """What is kept: deaths of each run, and mean deaths by kind of organisation and mechanism."""
    kinds = {actor.name: KINDS.get(actor.kind, actor.kind) for actor in theatre.actors}
    by: dict[str, dict[str, float]] = {}
    rungs: dict[str, list[int]] = {}
    for one in lives:
        for number, name in enumerate(one.actors):
            kind = kinds.get(name, "crowds")
            chosen = one.column("actor") == number
            for mechanism, deaths in zip(MECHANISMS, one.mechanism[chosen].sum(axis=0), strict=True):
                if deaths > 0.0:
                    row = by.setdefault(kind, {})
                    row[mechanism] = row.get(mechanism, 0.0) + float(deaths) / len(lives)
            if one.formed[number]:
                rungs.setdefault(kind, []).append(int(one.highest[number]))
    return {
        "true": [int(one.column("deaths").sum()) for one in lives],
        "one_sided": [int(one.column("deaths")[one.column("collateral") == 0].sum()) for one in lives],
        "reported": [int(reported(one).sum()) for one in lives],
        "reported_one_sided": [int(reported(one)[one.column("collateral") == 0].sum()) for one in lives],
        "by": {kind: {name: round(deaths, 2) for name, deaths in row.items()} for kind, row in by.items()},
        "rungs": {
            kind: [sum(one == rung for one in reached) for rung in range(5)] for kind, reached in rungs.items()
        },
        "people": theatre.people,
    }


def reported(one: Lived) -> Any:
    """int64 [incident] deaths that were reported within the year."""
    return one.column("reported") * (one.column("reported_day") < DAYS)


def interval(hits: int, number: int, confidence: float = 0.9) -> tuple[float, float]:
    """Jeffreys' interval of a share."""
    from scipy import stats

    tail = 0.5 * (1.0 - confidence)
    low = float(stats.beta.ppf(tail, hits + 0.5, number - hits + 0.5)) if hits else 0.0
    high = float(stats.beta.ppf(1.0 - tail, hits + 0.5, number - hits + 0.5)) if hits < number else 1.0
    return low, high


def alarms(result: dict[str, Any], deaths: str = "reported_one_sided") -> float:
    """Share of the runs of a control with `ONSET` deaths or more: its rate of false alarms."""
    return float(np.mean(np.array(result[deaths]) >= ONSET)) if result[deaths] else math.nan
