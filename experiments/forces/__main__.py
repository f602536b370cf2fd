"""Compare the approaches to halting mass atrocities: `python -m experiments.forces [RUNS]` (64 unless said; minutes).

Equal forces, equal random numbers, one approach each, on the fictional theatre `sahra` from its stage `advance`, where
a war with killings is under way. Prints the tables and writes docs/forces.md, whose other tables come from the data.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

from sim.engine.model import Model
from sim.engine.record import Recorder
from sim.ground.draw import run_key
from sim.interventions.base import NONE, Policy
from sim.interventions.families.force_approaches import MARO
from sim.interventions.families.force_profiles import approaches, forces
from sim.interventions.registry import read_policy
from sim.scenario import read_theatre
from sim.scenario.theatre import Theatre

PAGE = Path(__file__).resolve().parents[2] / "docs/forces.md"
SCENARIO, STAGE, DAYS, RUNS, SEED = "sahra", "advance", 240, 64, 1
SIZE, LEAD = 4000, 10
SAFE = ("Kessira", "Dalgo", "Torvane")
OWN: dict[str, dict[str, Any]] = {"safe_areas": {"places": list(SAFE)}, "partner_enabling": {"partner": "army"}}
CONFIDENCE = 0.95


def policy(approach: str, theatre: Theatre, **changes: Any) -> Policy:
    """A force of `SIZE` people that is there from day `LEAD` to the end, under one approach."""
    lead = {"value": LEAD, "low": LEAD, "high": LEAD, "source": "chosen for the comparison", "grade": "assumption"}
    step = {
        "instrument": "force", "name": "force", "force": "framework_operation", "approach": approach, "size": SIZE,
        "lead_days": lead, "sustain_days": 3660, "lift_per_day": 200, "interests": 1, "consent": "host",
        **OWN.get(approach, {}), **changes,
    }  # fmt: skip
    raw = {"name": approach, "title": approach, "decided_on": {"day": 0}, "instruments": [step]}
    return read_policy(raw, theatre)


@dataclass(frozen=True)
class Seen:
    """What is measured of one run."""

    protected: Any  # float64 [prefecture] share of an attacker's reach taken away, mean over people and weeks
    killed: float
    elsewhere: float  # killed outside the capital's prefecture
    abroad: float
    force_days: float  # person-days in the field, on the road included
    lost: float  # of the force
    away: float  # displaced inside at the end
    killed_in: Any  # float64 [place]


def watch(theatre: Theatre, chosen: Policy, replicate: int) -> Seen:
    """One run, looked at every week."""
    model = Model(theatre, chosen, None, run_key(SEED, 0, replicate))
    index, world = model.setting.index, model.world
    sent = index.actors.index("expedition_1")
    prefecture, inside = world.places.prefecture, world.places.inside.astype(bool)
    shares, force_days = [], 0.0
    recorder = Recorder(theatre, index, DAYS)
    for day in range(0, DAYS, 7):
        model.walk(min(day + 7, DAYS))
        people = (world.cells.home + world.cells.away).astype(np.float64)
        covered = np.bincount(prefecture[inside], (people * world.cells.protection).sum(axis=1)[inside])
        shares.append(covered / np.bincount(prefecture[inside], people.sum(axis=1)[inside]))
        force_days += 7.0 * float(world.units.strength[world.units.actor == sent].sum())
    found = recorder.result(world)
    killed = found.places["deaths"].astype(np.float64)
    capital = prefecture == prefecture[model.setting.capital]
    return Seen(
        np.mean(shares, axis=0), killed.sum(), killed[~capital].sum(), found.outcomes["refugees_abroad"], force_days,
        float(world.actors.killed[sent]), found.outcomes["displaced_internal"], killed,
    )  # fmt: skip


def measured(runs: int, names: tuple[str, ...] = MARO) -> dict[str, list[Seen]]:
    """Approach (and `none`) -> its runs; run number i of each shares its random numbers with number i of the others."""
    theatre = read_theatre(SCENARIO, STAGE)
    chosen = {"none": NONE} | {name: policy(name, theatre) for name in names}
    return {name: [watch(theatre, one, i) for i in range(runs)] for name, one in chosen.items()}


def table_of(runs: list[Seen]) -> Any:
    """float64 [run, measure]: protected share of each prefecture, killed elsewhere, abroad, force-days."""
    return np.array([[*one.protected, one.elsewhere, one.abroad, one.force_days] for one in runs])


def interval(differences: Any, level: float) -> tuple[float, float]:
    """Student's interval of the mean of paired differences."""
    n, middle = len(differences), float(np.mean(differences))
    half = float(student.ppf(0.5 + level / 2.0, n - 1) * np.std(differences, ddof=1) / np.sqrt(n))
    return middle - half, middle + half


def apart(found: dict[str, list[Seen]], labels: tuple[str, ...]) -> dict[tuple[str, str], list[str]]:
    """Pair of approaches -> measures in which they differ: the paired interval excludes zero.

    95 % for all measures of a pair together (Bonferroni).
    """
    level = 1.0 - (1.0 - CONFIDENCE) / len(labels)
    told: dict[tuple[str, str], list[str]] = {}
    for one, other in combinations([name for name in found if name != "none"], 2):
        gap = table_of(found[one]) - table_of(found[other])
        ends = [interval(column, level) for column in gap.T]
        told[one, other] = [label for label, (low, high) in zip(labels, ends, strict=True) if low > 0 or high < 0]
    return told


def labels_of(theatre: Theatre) -> tuple[str, ...]:
    """Names of the measures of `table_of`."""
    return (*(f"protected in {name}" for name in theatre.prefectures), "killed elsewhere", "abroad", "force-days")


def page(found: dict[str, list[Seen]]) -> str:
    """docs/forces.md."""
    text = PAGE.read_text(encoding="utf-8")
    tables = {"forces": forces_table(), "approaches": approaches_table(), "comparison": results(found)}
    for name, made in tables.items():
        start, end = f"<!-- made: {name} -->", f"<!-- end: {name} -->"
        before, _, rest = text.partition(start)
        text = before + start + "\n" + made + "\n" + end + rest.partition(end)[2]
    return text


def forces_table() -> str:
    """Every force with its main numbers."""
    lines = [
        "| force | people | decide + deploy, days | on call | lift, people a day | stays, days | roe | intelligence | "
        "losses tolerated | EUR a person-day | paid by |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in forces().values():
        n = {key: f"{value.value:g}" for key, value in one.numbers.items()}
        stays = n.get("sustain_days", "no end")
        bare = f" ({n['sustain_unsupplied_days']} unsupplied)" if "sustain_unsupplied_days" in n else ""
        lines.append(
            f"| `{one.name}` | {one.numbers['size'].value:,.0f} | {n['decide_days']} + {n['deploy_days']} | "
            f"{n['standby']} | {n['lift_per_day']} | {stays}{bare} | {n['roe']} | {n['isr']} | "
            f"{n['casualties_tolerated']} | {n['cost_per_person_day_eur']} | {one.words['payer']} |"
        )
    return "\n".join(lines)


def approaches_table() -> str:
    """Every approach: what it does, and what it does besides."""
    lines = ["| approach | what it does | side effects | guards | mobile | bars | seeks |", "| --- " * 7 + "|"]
    for one in approaches().values():
        shares = " | ".join(f"{one.numbers[key].value:g}" for key in ("guards", "mobile", "bars", "seeks"))
        lines.append(f"| `{one.name}` | {one.summary} | {one.side_effects} | {shares} |")
    return "\n".join(lines)


def results(found: dict[str, list[Seen]]) -> str:
    """The comparison in two tables."""
    theatre, runs = read_theatre(SCENARIO, STAGE), len(found["none"])
    columns = ["killed", "elsewhere", "abroad", "away", "lost"]
    lines = [
        f"{runs} paired runs of {DAYS} days on `{SCENARIO}`, stage `{STAGE}`; {SIZE:,} people of a framework nation's "
        f"operation from day {LEAD} on, equal in everything but the approach. Means; for the killed the paired 95 % "
        "interval of the difference to none.",
        "",
        "| approach | " + " | ".join(f"protected in {name}" for name in theatre.prefectures)
        + " | killed | difference to none | killed outside the capital's prefecture | refugees abroad | "
        "displaced inside | force lost | person-days, thousand |",
        "| --- " * (len(theatre.prefectures) + 8) + "|",
    ]  # fmt: skip
    for name, seen in found.items():
        mean = {key: np.mean([getattr(one, key) for one in seen]) for key in columns}
        gap = np.array([one.killed - base.killed for one, base in zip(seen, found["none"], strict=True)])
        low, high = interval(gap, CONFIDENCE) if name != "none" else (0.0, 0.0)
        change = f"{gap.mean():+,.0f} ({low:+,.0f} to {high:+,.0f})" if name != "none" else ""
        protected = " | ".join(f"{share:.3f}" for share in np.mean([one.protected for one in seen], axis=0))
        lines.append(
            f"| {name.replace('_', ' ')} | {protected} | {mean['killed']:,.0f} | {change} | {mean['elsewhere']:,.0f} | "
            f"{mean['abroad']:,.0f} | {mean['away']:,.0f} | {mean['lost']:.0f} | "
            f"{np.mean([one.force_days for one in seen]) / 1000:,.0f} |"
        )
    told = apart(found, labels_of(theatre))
    misses = [f"{one} and {other}" for (one, other), names in told.items() if not names]
    lines += [
        "",
        f"Of {len(told)} pairs of approaches {len(told) - len(misses)} are told apart in at least one measure (paired "
        f"{CONFIDENCE:.0%} interval over all {len(labels_of(theatre))} measures of a pair excludes zero). "
        + (f"Not told apart: {'; '.join(misses)}." if misses else "None is left."),
        "",
        "| pair | differs in |",
        "| --- | --- |",
        *(f"| {a}, {b} | {', '.join(n) or 'nothing'} |".replace("_", " ") for (a, b), n in told.items()),
    ]
    return "\n".join(lines)


def main(runs: int) -> int:
    """Measure, print, write."""
    found = measured(runs)
    print(results(found))
    PAGE.write_text(page(found), encoding="utf-8")
    print(f"written: {PAGE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS))
