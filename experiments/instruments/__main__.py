"""Compare every policy that ships: `python -m experiments.instruments FOLDER [runs=16] [workers=2] [scenario=sahra]`.

Runs of each scenario go into FOLDER/SCENARIO; what an interrupted call left there is completed, and a finished study is
only read again. Writes report.txt and one table a scenario beside this file; into FOLDER when runs or a scenario are
named. About ten minutes on two cores.
"""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from sim.ground.paths import shipped
from sim.scenario import read_theatre
from sim.study import outcomes, store, words
from sim.study.compare import Study, carry_out, cores
from sim.study.plan import StudyConfig

HERE = Path(__file__).parent
COLUMNS = (
    "policy", "title", "runs", "killed", "difference", "mc_low", "mc_high", "param_low", "param_high", "told_apart",
    "draws_worse", "displaced_difference", "euros", "instruments",
)  # fmt: skip


def main(argv: Sequence[str]) -> int:
    """Compute what is missing, and write report and tables."""
    asked = yaml.safe_load((HERE / "study.yaml").read_text(encoding="utf-8"))
    folder, *settings = argv
    given = dict(word.split("=", 1) for word in settings)
    workers = int(given.get("workers", cores()))
    to = Path(folder) if {"runs", "scenario"} & set(given) else HERE
    text = [
        "All policies that ship, compared in the model.", "",
        f"{asked['replicates']} runs to a parameter draw, seed {asked['seed']}, the same random numbers for all.",
        "Differences are policy minus nothing added, in civilians killed in the model: negative is "
        "fewer.", outcomes.INDISTINGUISHABLE, "",
    ]  # fmt: skip
    for scenario in [given["scenario"]] if "scenario" in given else asked["scenarios"]:
        runs = int(given.get("runs", asked["scenarios"][scenario]))
        study = compute(scenario, asked, runs, workers, Path(folder))
        rows = [row(study, name, scenario) for name in study.config.policies]
        write_table(to / f"{scenario}.csv", rows)
        text += [*told(study, rows), "", *pairs(study, asked["pairs"]), ""]
    (to / "report.txt").write_text("\n".join(text).rstrip() + "\n", encoding="utf-8")
    print("\n".join(text))
    print(f"written: {to / 'report.txt'}")
    return 0


def compute(scenario: str, asked: Mapping[str, Any], runs: int, workers: int, folder: Path) -> Study:
    """The study of one scenario, or what is missing of it."""
    theatre = read_theatre(scenario)
    files = sorted(path.stem for path in (shipped("configs") / "policy").glob("*.yaml"))
    rule = ["factual_rule"] if "factual_rule" in theatre.policies else []
    config = StudyConfig(
        scenario=scenario, policies=(asked["baseline"], *rule, *files), baseline=asked["baseline"], runs=runs,
        replicates=asked["replicates"], seed=asked["seed"], workers=workers, output=str(folder / scenario),
    )  # fmt: skip
    return carry_out(config, theatre=theatre)


def row(study: Study, name: str, scenario: str) -> dict[str, Any]:
    """One policy against nothing added."""
    about, mine = study.summary["policies"][name], samples(study)
    found = outcomes.effect(mine[name], mine[study.config.baseline or "none"])
    fled = about["difference"]["displaced_internal"]["mean"]
    return dict(zip(COLUMNS, (
        name, about["title"], about["runs"], about["outcomes"]["civilian_deaths"]["mean"], found.mean, found.mc_low,
        found.mc_high, found.param_low, found.param_high, found.told_apart, f"{found.worse}/{found.draws}", fled,
        sum(cost or 0.0 for cost in (about["euros_by_payer"] or {}).values()), " ".join(about["families"]),
    ), strict=True))  # fmt: skip


def samples(study: Study) -> dict[str, outcomes.Sample]:
    """Outcomes of every run, by policy."""
    return outcomes.samples_of(store.read_parquet(study.output / "runs.parquet"), study.config.policies)


def write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows as CSV, numbers to six figures."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for one in rows:
            writer.writerow([f"{value:.6g}" if isinstance(value, float) else value for value in one.values()])


def told(study: Study, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The policies in three groups, by name within each: no order is stated between those not told apart."""
    base = rows[0]
    nothing = f"{base['killed']:,.0f} killed with nothing added; {base['runs']} runs of each"
    shown = [f"== {study.summary['title']} ({nothing})"]
    groups = (
        ("fewer are killed", lambda one: one["told_apart"] and one["difference"] < 0),
        ("more are killed", lambda one: one["told_apart"] and one["difference"] > 0),
        ("not told apart from nothing added", lambda one: not one["told_apart"]),
    )
    for title, belongs in groups:
        chosen = [one for one in rows[1:] if belongs(one)]
        shown += ["", f"{title} ({len(chosen)})"]
        if chosen:
            heads = f"{'difference':>11}  {'90 % of chance':>20}  {'draws worse':>11}  {'EUR million':>11}"
            shown.append(f"  {'policy':<28}{heads}")
        for one in sorted(chosen, key=lambda one: one["policy"]):
            span = f"{one['mc_low']:,.0f} to {one['mc_high']:,.0f}"
            shown.append(f"  {one['policy']:<28}{one['difference']:>11,.0f}  {span:>20}  {one['draws_worse']:>11}  "
                         f"{one['euros'] / 1e6:>11,.1f}")  # fmt: skip
    return shown


def pairs(study: Study, asked: Sequence[Sequence[str]]) -> list[str]:
    """The same means under two designs."""
    mine = samples(study)
    shown = ["one design against another (first minus second)"]
    for first, second in asked:
        found = outcomes.effect(mine[first], mine[second])
        verdict = words.fewer(found.mean) if found.told_apart else "not told apart"
        span = f"{found.mc_low:,.0f} to {found.mc_high:,.0f}" if math.isfinite(found.mc_low) else "too few draws"
        shown.append(f"  {first + ' - ' + second:<48}{found.mean:>9,.0f}  {span:>20}  {verdict}")
    return shown


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
