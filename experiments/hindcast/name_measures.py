#!/usr/bin/env python3
"""Give the facts of theatres the measures of the model: rewrite the column `measure` of observed/outcomes.csv.

    python experiments/hindcast/name_measures.py              # says what it would change
    python experiments/hindcast/name_measures.py --write

Who collects facts writes what they count in words. measures.csv beside this file says which measure of the model
(docs/scenarios.md) counts the same: by theatre and name of the fact, or by the words of its measure (regular
expressions that must match whole; \\1 in the measure is what the first bracket held). The first line that fits is
taken, and only where the theatre has the organisations, prefectures, groups or countries that it names; every other
fact stays as it is, and is shown without a score. No figure, date or source is touched.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from sim.ground.check import BadInput
from sim.scenario.read import read_theatre
from sim.study import facts

LIST = Path(__file__).with_name("measures.csv")


def named(theatre: str, fact: facts.Fact, rules: Sequence[dict[str, str]]) -> str:
    """The measure that the rules give a fact, its own words when none fits."""
    for rule in rules:
        if rule["theatre"] not in ("", theatre):
            continue
        by_name = re.fullmatch(rule["name"] or ".*", fact.name)
        by_words = re.fullmatch(rule["stated"] or ".*", fact.stated)
        if by_name and by_words:
            return (by_words if by_words.groups() else by_name).expand(rule["measure"])
    return fact.stated


def rewrite(folder: Path, rules: Sequence[dict[str, str]], *, write: bool) -> str:
    """Rewrite one theatre's facts; a line that says what changed."""
    theatre = read_theatre(folder)
    before = facts.read_facts(theatre)
    path = folder / "observed" / "outcomes.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    changed = 0
    for row, fact in zip(rows, before, strict=True):
        new = named(theatre.name, fact, rules)
        meant = new.split(" ")[0] in facts.MEASURES  # else words that say why the model has no counterpart
        if new != fact.stated and (not meant or facts.scored_as(new, theatre)):
            row["measure"] = new
            changed += 1
    scored = sum(bool(facts.scored_as(row["measure"], theatre)) for row in rows)
    if write and changed:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(facts.COLUMNS), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return f"{theatre.name}: {len(rows)} facts, {changed} measures named, {scored} have one"


def main(words: Sequence[str] | None = None) -> int:
    """Read the arguments, rewrite; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("theatres", nargs="*", help="names; default: all with facts")
    parser.add_argument("--scenarios", type=Path, default=Path("scenarios"))
    parser.add_argument("--write", action="store_true", help="change the files")
    given = parser.parse_args(words)
    with LIST.open(encoding="utf-8", newline="") as file:
        rules = list(csv.DictReader(file))
    try:
        for path in sorted(given.scenarios.glob("*/observed/outcomes.csv")):
            folder = path.parents[1]
            if not given.theatres or folder.name in given.theatres:
                print(rewrite(folder, rules, write=given.write))
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
