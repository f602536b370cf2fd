"""Write docs/validation.md from results: a hindcast.json, and the theatre's published calibration if there is one.

    python experiments/calibration/write_validation.py --hindcast outputs/hindcast/hindcast.json \
        --theatre scenarios/car_2013

Nothing in the page is typed by hand, except what the scores mean.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs" / "validation.md"


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
and driven out), and the calibration is published because it belongs to the mechanisms as they are. A clean score
needs a theatre, or months, that nobody has looked at."""


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
    left = f"{without['deaths_left_out']:.0f} deaths, {', '.join(without['in_months'])}"
    keys = ("crps", "crps_fair", "crps_flat", "crps_last12", "crps_persistence", "interval_score", "covered_50",
            "covered_90", "mean_width", "bias")  # fmt: skip
    stages = [
        (name, ahead, f"{row['first']} to {row['last']}", row["months_calibrated_on"], row["crps"], row["crps_flat"],
         row["crps_last12"], row["crps_persistence"], row["covered_50"], row["covered_90"], row["interval_score"],
         row["prefecture_share_distance"])
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
        table(("start", "months ahead", "months", "calibrated on", "CRPS", "flat", "last 12", "persistence", "50 %",
               "90 %", "interval score", "share distance"), stages),
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


def page(found: dict[str, Any], theatre: Path) -> str:
    """The whole page."""
    parts = [
        "# Validation",
        f"Written by experiments/calibration/write_validation.py from results for {theatre.name}; do not edit.",
        "Lower is better for CRPS (plain ensemble; `fair` does not depend on the number of runs) and for the interval "
        "score of the 90 % band. Coverage should be near its level. Bias is positive when the model kills too many.",
        "## What was seen before scoring",
        SEEN,
        *hindcast_part(found),
        *calibration_part(theatre / "calibration"),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Read the arguments, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hindcast", type=Path, required=True, help="hindcast.json of a hindcast's output folder")
    parser.add_argument("--theatre", type=Path, required=True, help="folder of the theatre")
    parser.add_argument("--to", type=Path, default=DOCS, help="page to write")
    given = parser.parse_args()
    given.to.write_text(page(json.loads(given.hindcast.read_text(encoding="utf-8")), given.theatre), encoding="utf-8")
    print(given.to)


if __name__ == "__main__":
    main()
