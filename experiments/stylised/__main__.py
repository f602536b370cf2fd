"""Stylised facts: `python -m experiments.stylised DATA [runs=16] [draft_runs=4] [theatre ...] [--again]`.

Computes the recorded distributions from the published files in DATA (observed.csv), runs a year of every scenario that ships
and of the quiet controls, drafted from DATA, and writes results.json, figures and docs/stylised_facts.md. What is simulated is
kept theatre by theatre in simulated.json, so that a call that was stopped goes on where it was; a theatre is run again when it,
the model, the code here or the number of runs has changed, or with `--again`. `page` alone only writes results and page.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from experiments.quiet_controls.measure import drafted, drawn
from experiments.stylised import observed, page, simulated
from sim.drafting import Library
from sim.ground.check import BadInput
from sim.scenario.read import find_scenarios, read_theatre
from sim.scenario.theatre import Theatre

RUNS = {"runs": 16, "draft_runs": 4}


def main(words: Sequence[str]) -> int:
    """Measure what is missing and write the page; 2 for words that cannot be used."""
    given = dict(word.split("=", 1) for word in words if "=" in word)
    plain = [word for word in words if "=" not in word and word != "--again"]
    if plain == ["page"]:
        page.write()
        return 0
    if not plain or set(given) - set(RUNS) or not all(one.isdecimal() for one in given.values()):
        print(__doc__, file=sys.stderr)
        return 2
    numbers = {name: int(given.get(name, usual)) for name, usual in RUNS.items()}
    folder = Path(plain[0])
    try:
        observed.write(folder)
        names: set[str] = set()
        with tempfile.TemporaryDirectory() as scratch:
            for theatre in theatres(folder, Path(scratch)):
                names.add(theatre.name)
                runs = numbers["draft_runs" if theatre.name.startswith(page.DRAFTS) else "runs"]
                measure(theatre, runs, "--again" in words, plain[1:])
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    simulated.write({name: one for name, one in simulated.known().items() if name in names})
    page.write()
    print(f"written: docs/{page.PAGE.name}")
    return 0


def theatres(data: Path, scratch: Path) -> Iterator[Theatre]:
    """Every scenario that ships, then the quiet controls."""
    for name, _, _ in find_scenarios():
        yield read_theatre(name)
    library = Library.of(data)
    for one in drawn(library):
        yield drafted(one, library, scratch)


def measure(theatre: Theatre, runs: int, again: bool, asked: Sequence[str]) -> None:
    """One theatre, if it is missing or another; `asked` are parts of names, all when empty."""
    kept = simulated.known().get(theatre.name, {})
    made = simulated.made_with(theatre, runs)
    wanted = not asked or any(word in theatre.name for word in asked)
    if wanted and (again or any(kept.get(key) != value for key, value in made.items())):
        kept = {**simulated.measured(theatre, runs), **made}
        simulated.write({**simulated.known(), theatre.name: kept})
    if kept:
        print(f"{theatre.name}: reported deaths {sorted(year['deaths'] for year in kept['years'])}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("stopped; the same command goes on where it was", file=sys.stderr)
        sys.exit(130)
