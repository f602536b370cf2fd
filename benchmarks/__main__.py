"""Measure, print a table, and write benchmarks/results.json: all of it, or the parts that are named.

python -m benchmarks                    # everything
python -m benchmarks studies million    # these two; the rows of the others stay
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.epstein import epstein
from benchmarks.measure import Result, country, help_seconds, monte_carlo, one_core
from benchmarks.scale import million
from benchmarks.studies import studies

RESULTS = Path(__file__).resolve().parent / "results.json"


PARTS = {
    part.__name__: part for part in (one_core, monte_carlo, country, help_seconds, epstein, studies, million)
}


def main(names: list[str]) -> None:
    """The named benchmarks, or all, one after the other."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise SystemExit(f"no benchmark {unknown[0]!r}; one of: {', '.join(PARTS)}")
    results: list[Result] = []
    for part in [PARTS[name] for name in names] or PARTS.values():
        print(f"measuring {part.__name__} ...", file=sys.stderr)
        results += part()
    print(f"{'name':<28}{'value':>9} {'unit':<4}{'target':>9}{'ratio':>7}")
    for one in results:
        met = one.ratio >= 1.0 if one.better == "higher" else one.ratio <= 1.0
        value, target = short(one.value), short(one.reference)
        said = f"{'met' if met else 'missed'}: {one.note}"
        print(f"{one.name:<28}{value:>9} {one.unit:<4}{target:>9}{one.ratio:>7.2f}  {said}")
    rows = {row["name"]: row for row in json.loads(RESULTS.read_text(encoding="utf-8"))} if names else {}
    rows |= {one.name: asdict(one) for one in results}
    RESULTS.write_text(json.dumps(list(rows.values()), indent=1) + "\n", encoding="utf-8")


def short(number: float) -> str:
    """Three digits, in millions when large."""
    return f"{number / 1e6:.3g} M" if number >= 1e6 else f"{number:.3g}"


if __name__ == "__main__":
    main(sys.argv[1:])
