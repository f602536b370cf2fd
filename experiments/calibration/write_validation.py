"""Write docs/validation.md from stored results of all theatres.

    python experiments/calibration/write_validation.py

Reads experiments/hindcast/results/PARAMETERS/THEATRE.json (made by experiments/hindcast/run_all.py), the theatres'
published calibrations and the pooled one in configs/calibration/pooled. Nothing in the page is typed by hand, except
what the scores mean, and what was seen of 2014 before it was scored.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "validation.md"
RESULTS = ROOT / "experiments" / "hindcast" / "results"
ORDER = ("own", "left_out", "pooled", "stated")
"""Which parameters a theatre is told with, where there are several results: its own posterior, that of the others, that
of all (which saw it), none."""
PARAMETERS = {"own": "own posterior", "left_out": "posterior of the others", "pooled": "posterior of all, which saw it",
              "stated": "stated ranges"}  # fmt: skip
BASELINES = {"flat": "flat", "last12": "last twelve months", "persistence": "persistence", "structural": "structural"}
ROLES = {"case": "case", "near_miss": "near-miss control", "never_scored": "never scored"}


SEEN = """\
This hindcast is no blind test. The calibration reads no month after the last training month, but the people who built
the model did see 2014 while they built it. Defaults and ranges of several parameters (joining and quitting of crowds,
days of violence, lethality of crowds, organised share, roads abroad, foreign fighters) were set by running `car_2013`
and comparing deaths, displaced and refugees with the size of the whole crisis, 2014 included. After a first
calibration (320 draws, CRPS 0.66 on 2014) the months of 2014 were seen to be too high late in the year; the rules
that expulsion is finished when the expelled are gone and that reprisals answer attacks were written then, for that
shape and for December 2013. Calibrations after that scored 0.78 to 0.81 and, with a further rule on irregulars made
for 2012-13, 0.84. Then later starts were given memory of what was known before them, and the ranges of theatre files
were sampled: 1.10 on 2014. Who killed whom in those runs showed groups without a quarrel turning on each other; the
rules on grudges, on framing and on victims whose group is not recorded were corrected for that reason, and leaders
were made to go around outside protectors after Seleka was seen to stay in Bangui: 1.00. Measuring the behaviours then
showed that quiet garrisons kill, that killing does not fall off as victims get fewer, and that outsiders deter where
they are not; mending that showed crowds killing mostly their own side, which was mended too. None of it was made for
the score, which became worse (Seleka goes on killing from January to March 2014, when it had in fact been confined
and driven out): 1.15. Then fighters were tied down by whoever opposes them and sizes of killing were derived anew (that
of crowds in grief from January 2014, a scored month): 0.86. That half of the Muslims of the west stayed through 2014 in
those runs led to the rules that a group leaves of whom many are killed, and that the displaced stay where they are
not afraid: 0.59 with the calibration made before these rules, and the figure below with one made after them. It is
worse because four fifths of the killing of December 2013, a month of training, fell on Bangui within days, which
the model can only have by more killing everywhere and for longer. The last calibration is published because it
belongs to the mechanisms as they are. A clean score needs a theatre, or months, that nobody has looked at."""


SEEN_ELSEWHERE = """\
Runs of the other theatres were looked at while their files were written, to find wrong inputs, and their windows were
set from the events they judge: they test whether the model can make a course of events, not whether it would have
foreseen it."""


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join([*lines, *("| " + " | ".join(cell(value) for value in row) + " |" for row in rows)])


def cell(value: Any) -> str:
    """A number to three figures, nothing for an absent one."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def hindcast_part(found: dict[str, Any]) -> list[str]:
    """Everything that a hindcast measured."""
    without, civilian = found["without_largest_event"], found["all_civilian"]
    forecasts = [name for name in BASELINES if f"crps_{name}" in found]
    left = f"{without['deaths_left_out']:.0f} deaths, {', '.join(without['in_months'])}"
    keys = ("crps", "crps_fair", *(f"crps_{name}" for name in forecasts), "log_score",
            *(f"log_{name}" for name in forecasts), "interval_score", "covered_50", "covered_90", "mean_width",
            "bias")  # fmt: skip
    stages = [
        (name, ahead, f"{row['first']} to {row['last']}", row["months_calibrated_on"], row["crps"], row["crps_flat"],
         row["crps_last12"], row["crps_persistence"], row.get("crps_structural"), row["covered_50"], row["covered_90"],
         row["interval_score"], row["prefecture_share_distance"])
        for name, rows in found["per_stage"].items() for ahead, row in rows.items()
    ]  # fmt: skip
    return [
        "## Hindcast",
        found["sentence"],
        f"{found['runs']} runs from {found['start']} under {found['policy']}, seed {found['seed']}, "
        f"{found['failed_runs']} failed; {found['parameters']}.",
        table(("score, log1p deaths", "one-sided", f"without the largest event ({left})", "all civilian deaths"),
              [(key.replace("_", " "), found.get(key), without.get(key), civilian.get(key)) for key in keys]),
        f"Prefectures: rank correlation {cell(found['prefecture_rank_correlation'])}, total variation distance of "
        f"shares {cell(found['prefecture_share_distance'])}. Refugees who came since the start, averaged relative "
        f"difference {cell(found['refugees_ard'])}.",
        "### Months",
        table(("month", "observed", "low", "high", "5 %", "25 %", "median", "75 %", "95 %"),
              [[row[key] for key in ("month", "observed", "observed_low", "observed_high", "q05", "q25", "q50", "q75",
                                     "q95")] for row in found["series"]]),
        "### Shares of perpetrators",
        table(("organisation", "observed", "5 %", "median", "95 %"),
              [(name, row["observed"], row["q05"], row["q50"], row["q95"])
               for name, row in found["perpetrator_shares"].items()]),
        "### Every start",
        "Baselines know the 13 months before the start (persistence also the month before each scored one). Months "
        "calibrated on are no forecast.",
        table(("start", "months ahead", "months", "calibrated on", "CRPS", "flat", "last 12", "persistence",
               "structural", "50 %", "90 %", "interval score", "share distance"), stages),
        "### Patterns that must come out",
        "Windows were set from the events they judge: they test whether the model can make the shape.",
        table(("start", "pattern", "window", "share of runs inside", "median", "never", "what happened"),
              [(row["stage"], row["statement"], f"{cell(row['low'])} to {cell(row['high'])}",
                row["share_of_runs_inside"], row["median"], row["share_never"], row["fact"])
               for row in found["patterns"]]),
    ]  # fmt: skip


def calibration_part(folder: Path) -> list[str]:
    """What calibration found, or that there is none."""
    if not (folder / "settings.json").is_file():
        return ["## Calibration", "Not calibrated: parameters are drawn from their stated ranges."]
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    with (folder / "table.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = settings["recovery"]
    return [
        "## Calibration",
        f"Approximate Bayesian computation on months up to the last training month: {settings['accepted']} of "
        f"{settings['draws']} draws kept. Distance: {settings['distance']}; kept up to "
        f"{cell(settings['distance_accepted'])}, median of all draws {cell(settings['distance_median'])}. "
        f"{settings['others']}.",
        table(("free parameter", "prior median", "5 %", "95 %", "posterior median", "5 %", "95 %", "contraction",
               "why"),
              [[row["parameter"], *(float(row[key]) for key in ("prior_median", "prior_q05", "prior_q95",
                "posterior_median", "posterior_q05", "posterior_q95", "contraction")),
                settings["free"][row["parameter"]]] for row in rows]),
        "### Known truths",
        f"{found['truths']} draws were put in the place of the data, one after the other: "
        f"{found['covered_50']:.0%} of their values lay in the 50 % range, {found['covered_90']:.0%} in the "
        "90 % range.",
        table(("parameter", "in the 50 % range", "in the 90 % range", "mean contraction"),
              [(name, row["covered_50"], row["covered_90"], row["contraction"])
               for name, row in found["parameters"].items()]),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------ all theatres


Results = dict[str, dict[str, dict[str, Any]]]
"""theatre -> parameters -> result."""


def read_results(folder: Path) -> Results:
    """Every stored result."""
    found: Results = {}
    for path in sorted(folder.glob("*/*.json")):
        found.setdefault(path.stem, {})[path.parent.name] = json.loads(path.read_text(encoding="utf-8"))
    return {name: found[name] for name in sorted(found)}


def shown(by_parameters: dict[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """(parameters, result) that a theatre is told with."""
    name = next(name for name in ORDER if name in by_parameters)
    return name, by_parameters[name]


def best(found: dict[str, Any], kind: str) -> tuple[str, float | None]:
    """The best simple forecast of a `kind` of score (crps, log) and its score."""
    known = {said: found.get(f"{kind}_{name}") for name, said in BASELINES.items()}
    rivals = {said: float(score) for said, score in known.items() if score is not None}
    name = min(rivals, key=lambda key: rivals[key], default="")
    return name, rivals.get(name)


def row(theatre: str, parameters: str, found: dict[str, Any]) -> list[Any]:
    """The line of a theatre in the first table."""
    made = found["card"]
    scored = found["role"] != "never_scored"
    rival, crps = best(found, "crps")
    log_rival, log = best(found, "log")
    return [
        theatre, ROLES[found["role"]], PARAMETERS[parameters], found["runs"],
        *(f"{made[key]} of {made['measured']}" if scored and made["measured"] else "" for key in ("met", "missed")),
        failing(made),
        found.get("months"), found.get("crps"), f"{cell(crps)} ({rival})" if rival else "", found.get("log_score"),
        f"{cell(log)} ({log_rival})" if log_rival else "", found.get("covered_50"), found.get("covered_90"),
        found.get("bias"),
    ]  # fmt: skip


KINDS = ("killing", "flight", "course of events")
"""What a window or fact is of: a count or share of dead, of people who fled, or anything else."""


def kind_of(line: dict[str, Any]) -> str:
    """Which of `KINDS` a row of a card is."""
    counted = str(line.get("measure") or line.get("measure_id") or "").split(" ")[0]
    if counted.startswith(("displaced", "refugees", "share_gone")):
        return KINDS[1]
    killing = ("deaths" in counted, "share_of_actors" in counted, counted in ("mean_per_month", "mean_of_months"),
               counted in ("largest_month_over", "mass_killing", "ratio_of_actors"))  # fmt: skip
    return KINDS[0] if any(killing) else KINDS[2]


def failing(made: dict[str, Any]) -> str:
    """How many rows are missed, by kind and side."""
    said = []
    for kind in KINDS:
        missed = [line for line in made["rows"] if line["verdict"] == "missed" and kind_of(line) == kind]
        sides = {side: sum(line["side"] == side for line in missed) for side in ("high", "low", "")}
        words = {"high": "too high", "low": "too low", "": "in another way"}
        if missed:
            said.append(f"{kind} " + ", ".join(f"{n} {words[side]}" for side, n in sides.items() if n))
    return "; ".join(said)


def verdicts(results: Results) -> list[str]:
    """Where the model has skill and where not, in sentences that follow from the stored numbers."""
    told = {name: shown(by)[1] for name, by in results.items()}
    months = {name: found for name, found in told.items() if found.get("crps") is not None}
    better = [name for name, found in months.items() if found["crps"] < (best(found, "crps")[1] or 0.0)]
    said = []
    if months:
        covered = [float(found["covered_90"]) for found in months.values()]
        high = sum(float(found["bias"]) > 0 for found in months.values())
        said.append(
            f"Months are scored in {len(months)} theatres. The model beats the best simple forecast in {len(better)}"
            f"{': ' + ', '.join(better) if better else ''}. Its 90 % bands hold {mean(covered):.0%} of the months; it "
            f"kills more than was counted in {high} of the {len(months)}."
        )  # fmt: skip
    scored = {name: f["card"] for name, f in told.items() if f["role"] != "never_scored" and f["card"]["measured"]}
    if scored:
        met, reached, missed, all_of_them = (
            sum(made[key] for made in scored.values()) for key in ("met", "reached", "missed", "measured")
        )
        said.append(
            f"Of {all_of_them} windows and published facts in {len(scored)} theatres, at least half of the runs lie "
            f"inside {met} ({met / all_of_them:.0%}); {reached} more are within the 90 % band, {missed} "
            f"({missed / all_of_them:.0%}) are missed."
        )  # fmt: skip
        for kind in KINDS:
            missed = [
                line for made in scored.values() for line in made["rows"]
                if line["verdict"] == "missed" and kind_of(line) == kind
            ]  # fmt: skip
            if missed:
                high, low = (sum(line["side"] == side for line in missed) for side in ("high", "low"))
                said.append(f"Missed of {kind}: {len(missed)}, of them {high} too high and {low} too low.")
        ranked = sorted(scored, key=lambda name: (-scored[name]["met"] / scored[name]["measured"], name))
        if len(ranked) > 1:
            said.append(f"By share, most are met in {ranked[0]}, fewest in {ranked[-1]}.")
    return said


def mean(values: Sequence[float]) -> float:
    """Their mean."""
    return sum(values) / len(values)


def compared(results: Results) -> list[str]:
    """What the choice of parameters changes, where a theatre has several results."""
    rows = [
        (theatre, PARAMETERS[name], found["runs"], found.get("crps"), found.get("log_score"), found.get("covered_90"),
         f"{found['card']['met']} of {found['card']['measured']}" if found["card"]["measured"] else "")
        for theatre, by in results.items() if len(by) > 1 for name, found in sorted(by.items())
    ]  # fmt: skip
    if not rows:
        return []
    return ["### What calibration changes",
            table(("theatre", "parameters", "runs", "CRPS", "log score", "90 %", "met"), rows)]  # fmt: skip


def theatre_part(theatre: str, found: dict[str, Any]) -> list[str]:
    """The card of one theatre."""
    made = found["card"]
    rows = [
        (r["stage"], r["statement"], r["observed"], r["q05"], r["median"], r["q95"], r["share_of_runs_inside"],
         r["runs"], r["verdict"])
        for r in made["rows"]
    ]  # fmt: skip
    told = (
        f"{made['title']}. {made['role_said']} {made['summary']} {found['runs']} runs from the main start under "
        f"{found['policy']}; {found['parameters']}. {made['months']}"
    )
    parts = [f"### {theatre}", told.strip()]
    if rows:
        header = ("start", "what", "published", "5 %", "median", "95 %", "share inside", "of runs", "verdict")
        parts.append(table(header, rows))
    if made["not_scored"]:
        parts.append(f"{len(made['not_scored'])} published facts have no counterpart in the runs.")
    return parts


def pooled_part(folder: Path) -> list[str]:
    """What the calibration of all theatres together found, or that there is none."""
    if not (folder / "settings.json").is_file():
        return ["## All theatres calibrated together", "Not done: no pooled posterior is published."]
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    with (folder / "table.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    mine = {line["parameter"]: line for line in rows if line["posterior"] == "pooled"}
    others = {name: [float(line["contraction"]) for line in rows
                     if line["parameter"] == name and line["posterior"].startswith("without_")] for name in mine}
    found, theatres = settings["recovery"], settings["theatres"]
    helped = sum(line.get("distance_without", 9e9) < line["distance_prior"] for line in theatres.values())
    return [
        "## All theatres calibrated together",
        f"Sequential approximate Bayesian computation, {' + '.join(map(str, settings['draws']))} draws, "
        f"{settings['kept']} kept by each posterior, {settings['failed_draws']} failed. Distance: "
        f"{settings['distance']}. Under the posterior of the others a theatre's distance is smaller than under the "
        "stated ranges in "
        f"{helped} of {len(theatres)}: that is what calibration carries over to a theatre it never saw.",
        table(("theatre", "windows and facts", "stated ranges", "all", "all but it", "it alone"),
              [(name, len(line["items"]), line["distance_prior"], line["distance_pooled"], line.get("distance_without"),
                line["distance_only"]) for name, line in theatres.items()]),
        table(("free parameter", "prior median", "5 %", "95 %", "posterior median", "5 %", "95 %", "contraction",
               "contraction without one theatre", "why"),
              [[name, *(float(line[key]) for key in ("prior_median", "prior_q05", "prior_q95", "posterior_median",
                "posterior_q05", "posterior_q95", "contraction")),
                f"{cell(min(others[name]))} to {cell(max(others[name]))}" if others[name] else "",
                settings["free"][name]] for name, line in mine.items()]),
        f"{found['truths']} draws were put in the place of the facts, one after the other: "
        f"{found['covered_50']:.0%} of their values lay in the 50 % range, {found['covered_90']:.0%} in the 90 % "
        "range.",
        table(("parameter", "in the 50 % range", "in the 90 % range", "mean contraction"),
              [(name, line["covered_50"], line["covered_90"], line["contraction"])
               for name, line in found["parameters"].items()]),
    ]  # fmt: skip


def page(results: Results, scenarios: Path, pooled: Path) -> str:
    """The whole page."""
    told = {name: shown(by) for name, by in results.items()}
    parts = [
        "# Validation",
        "Written by experiments/calibration/write_validation.py from stored results; do not edit.",
        "Lower is better for CRPS (log1p deaths; plain ensemble, `fair` does not depend on the number of runs), for "
        "the log score (of the class of monthly deaths: 0, 1-24, 25-99, 100-999, 1,000 and more) and for the interval "
        "score of the 90 % band. Coverage should be near its level. Bias is positive when the model kills too many. A "
        "window or fact is met when at least half of the runs lie in its published range (a count without a range: it "
        "lies in their middle half), and missed when their 90 % band does not touch it.",
        SEEN_ELSEWHERE,
        "## All theatres",
        *verdicts(results),
        table(("theatre", "role", "parameters", "runs", "met", "missed", "what is missed", "months", "CRPS",
               "best simple", "log score", "best simple", "50 %", "90 %", "bias"),
              [row(name, *shown_as) for name, shown_as in told.items()]),
        *compared(results),
        *pooled_part(pooled),
        "## Theatre by theatre",
        *(part for name, (_, found) in told.items() if name != "car_2013" for part in theatre_part(name, found)),
    ]  # fmt: skip
    if "car_2013" in told:
        parts += ["## car_2013", "### What was seen before scoring", SEEN,
                  *(_deeper(part) for part in hindcast_part(told["car_2013"][1])),
                  *(_deeper(part) for part in calibration_part(scenarios / "car_2013" / "calibration"))]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _deeper(part: str) -> str:
    return f"#{part}" if part.startswith("##") else part


def main() -> int:
    """Read the arguments, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of PARAMETERS/THEATRE.json")
    parser.add_argument("--scenarios", type=Path, default=ROOT / "scenarios", help="folder of the theatres")
    parser.add_argument("--pooled", type=Path, default=ROOT / "configs/calibration/pooled", help="pooled calibration")
    parser.add_argument("--to", type=Path, default=DOCS, help="page to write")
    given = parser.parse_args()
    results = read_results(given.results)
    if "car_2013" not in results and given.to == DOCS:
        print(f"{given.results} holds no result of car_2013: its sections would be lost; "
              "experiments/hindcast/run_all.py car_2013 --parameters own makes it", file=sys.stderr)  # fmt: skip
        return 2
    given.to.write_text(page(results, given.scenarios, given.pooled), encoding="utf-8")
    print(given.to)
    return 0


if __name__ == "__main__":
    sys.exit(main())
