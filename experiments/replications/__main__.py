"""Measure what published agent-based models claim: `python -m experiments.replications [NAME ...]`.

Prints a line a claim and writes experiments/replications/results.md; with names, only those replications are measured
and nothing is written.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from experiments.replications import bennett, bhavnani, epstein, granovetter, weidmann_salehyan
from experiments.replications.claim import Claim

PAPERS: dict[str, Callable[[], list[Claim]]] = {
    one.__doc__.partition(", ")[0]: one.claims for one in (epstein, granovetter, bennett, weidmann_salehyan, bhavnani)
}
RESULTS = Path(__file__).resolve().parent / "results.md"
COLUMNS = ("claim", "the paper", "published", "here", "measured", "counts as reproduced", "")


def main(names: Iterable[str]) -> int:
    """All papers, or those whose name begins with one of `names` in any case."""
    asked = [name.lower() for name in names]
    chosen = [paper for paper in PAPERS if not asked or any(paper.lower().startswith(name) for name in asked)]
    if not chosen:
        print(f"no replication is called {' or '.join(asked)}; there are: {', '.join(PAPERS)}", file=sys.stderr)
        return 2
    found = {paper: measured(paper) for paper in chosen}
    if not asked:
        RESULTS.write_text(page(found), encoding="utf-8")
        print(f"written: {RESULTS}")
    return 0


def measured(paper: str) -> list[Claim]:
    """The claims of a paper, each printed."""
    start = time.perf_counter()
    claims = PAPERS[paper]()
    print(f"\n{paper} ({time.perf_counter() - start:.0f} s)")
    for claim in claims:
        print(f"  {verdict(claim):<11} {claim.name}: {claim.found} (published: {claim.published})")
    return claims


def verdict(claim: Claim) -> str:
    return "reproduced" if claim.reproduced else "MISSED"


def page(found: dict[str, list[Claim]]) -> str:
    """The committed table."""
    lines = ["# Replications: results", "", "Made by `python -m experiments.replications`; README.md says how.", ""]
    for paper, claims in found.items():
        lines += [
            f"## {paper}",
            "",
            "| " + " | ".join(COLUMNS) + " |",
            "| " + " | ".join("---" for _ in COLUMNS) + " |",
        ]
        for one in claims:
            cells = (one.name, one.says, one.published, one.found, one.statistic, one.tolerance, verdict(one))
            lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
