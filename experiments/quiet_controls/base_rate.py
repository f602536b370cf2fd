"""How often violence begins in the stratum: `python -m experiments.quiet_controls.base_rate DATA` writes base_rate.csv.

Of the thirty countries of a year at highest risk, those without 25 one-sided deaths the year before, and how many had 25
that year.
"""

from __future__ import annotations

import csv
import sys

from experiments.quiet_controls.measure import HERE
from sim.drafting import Library
from sim.drafting.controls import ONSET, STRATUM, candidates

FILE = HERE / "base_rate.csv"
YEARS = range(1996, 2022)  # those over which docs/new_theatre.md gives the skill of the index


def main(folder: str) -> int:
    """Count onsets by year."""
    library = Library.of(folder)
    with open(FILE, "w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n")
        write.writerow(["year", "calm_before", "onsets", "source"])
        for year in YEARS:
            calm = [one for one in candidates(year, library)[:STRATUM] if one.before < ONSET]
            onsets = sum(not one.quiet for one in calm)
            write.writerow([year, len(calm), onsets, "UCDP Organized Violence country-years 25.1"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
