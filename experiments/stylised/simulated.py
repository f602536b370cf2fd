"""What is simulated: a year of each theatre without policy, several draws each; facts of it are kept in simulated.json."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.quiet_controls.live import Lived, live
from experiments.stylised.facts import (
    Year,
    displaced,
    distance,
    front,
    rounded,
    sizes,
    spells,
    state_share,
    zero_months,
)
from sim.ground.parameters import PARAMETERS
from sim.scenario.theatre import Theatre
from sim.study.plan import draw_parameters, engine_digest

HERE = Path(__file__).resolve().parent
FILE = HERE / "simulated.json"
DAYS, SEED = 365, 3
STATE_KINDS = ("state", "guard", "police")
WHERE_RECORDED = "car_2013"
"""The theatre whose distances are compared with the record of its country."""


def made_with(theatre: Theatre, runs: int) -> dict[str, Any]:
    """What a result depends on."""
    own = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in ("facts.py", "simulated.py")))
    return {"model": engine_digest(), "code": own.hexdigest()[:16], "theatre": theatre.digest, "runs": runs}


def measured(theatre: Theatre, runs: int) -> dict[str, Any]:
    """The facts of so many years of a theatre, run by run; parameters from its posterior where it has one, else priors."""
    drawn = draw_parameters(theatre, runs, SEED, PARAMETERS)
    found = [of_run(theatre, live(theatre, drawn.rows[n], SEED, n, DAYS)) for n in range(runs)]
    return {"years": found, "from": "posterior" if drawn.from_posterior else "priors", "people": theatre.people}


def of_run(theatre: Theatre, one: Lived) -> dict[str, Any]:
    """Fact -> values of one run, sizes as [deaths, incidents]; and its deaths."""
    kinds = {actor.name: actor.kind for actor in theatre.actors}
    state = np.array([kinds.get(name, "") in STATE_KINDS for name in one.actors])[one.column("actor")]
    told = one.column("reported") * (one.column("reported_day") < DAYS)
    meant = (one.column("collateral") == 0) & (told > 0)
    place = one.column("place")
    year = Year(one.column("reported_day")[meant], told[meant], state[meant], one.lat[place[meant]], one.lon[place[meant]])
    with_crossfire = Year(one.column("reported_day")[told > 0], told[told > 0], state[told > 0])
    months = year.months.tolist()
    count = np.unique(sizes(year), return_counts=True)
    return {
        "sizes": [[float(size), int(times)] for size, times in zip(*count, strict=True)],
        "zero_months": [rounded(value) for value in zero_months(months)],
        "spells": spells(months),
        "front": [rounded(value) for value in front(with_crossfire.months.tolist())],
        "displaced": [rounded(value) for value in displaced(float(one.away.max() - one.away[0]), float(one.column("deaths").sum()))],
        "state_share": [rounded(value) for value in state_share(float(told[meant & state].sum()), float(told[meant].sum()))],
        "distance": [[value, times] for value, times in counted(distance(year))] if theatre.name == WHERE_RECORDED else [],
        "deaths": int(told[meant].sum()),
    }  # fmt: skip


def counted(values: Sequence[float]) -> list[tuple[float, int]]:
    """(value to three digits, how often)."""
    found, times = np.unique([rounded(one) for one in values], return_counts=True)
    return list(zip(found.tolist(), times.tolist(), strict=True))


def known() -> dict[str, dict[str, Any]]:
    """Theatre -> what was measured last."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def write(found: Mapping[str, Any]) -> None:
    """Keep every theatre, by name, one a line."""
    lines = [f'{json.dumps(name)}:{json.dumps(found[name], separators=(",", ":"))}' for name in sorted(found)]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def values(found: Mapping[str, Mapping[str, Any]], fact: str) -> list[list[float]]:
    """Values of a fact by theatre (the unit that is resampled whole), over all its runs."""
    units = []
    for one in found.values():
        unit: list[float] = []
        for year in one["years"]:
            for item in year[fact]:
                unit += [float(item[0])] * int(item[1]) if isinstance(item, list) else [float(item)]
        units.append(unit)
    return units


def by_run(one: Mapping[str, Any], fact: str) -> list[list[float]]:
    """The same of one theatre, by run."""
    return [values({"": {"years": [year]}}, fact)[0] for year in one["years"]]
