"""Quiet controls: `python -m experiments.quiet_controls DATA [runs=16] [drafts=FOLDER] [part of a name ...] [--again]`.

Draws 24 country-years that stood high at risk and stayed quiet, drafts each from the published files in DATA (what to
download: docs/new_theatre.md) and runs it for a year. Writes controls.csv, factors.csv, results.json after each control,
so that a call that was stopped goes on where it was, and docs/quiet_controls.md at the end. A control is measured again
when the model, the drafting, the code here or `runs` has changed, or with `--again`. `page` alone only writes the page.
With `drafts` the theatres are kept in that folder, which has to be emptied when the drafting has changed.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from experiments.quiet_controls.measure import (
    RESULTS,
    RUNS,
    alarms,
    drafted,
    drawn,
    made_with,
    measured,
    named,
    write_tables,
)
from experiments.quiet_controls.page import PAGE, known, page
from sim.drafting import Library
from sim.ground.check import BadInput


def main(words: Sequence[str]) -> int:
    """Measure what is missing and write the page; 2 for words that cannot be used."""
    given = dict(word.split("=", 1) for word in words if "=" in word)
    plain = [word for word in words if "=" not in word and word != "--again"]
    if plain == ["page"]:
        PAGE.write_text(page(known()), encoding="utf-8")
        return 0
    if not plain or set(given) - {"runs", "drafts"} or not given.get("runs", "16").isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    try:
        library = Library.of(plain[0])
        controls = drawn(library)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    write_tables(library, controls)
    made = made_with(int(given.get("runs", RUNS)))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(given.get("drafts", scratch))
        folder.mkdir(parents=True, exist_ok=True)
        for one in controls:
            name, kept = named(one), known().get(named(one), {})
            if plain[1:] and not any(word in name for word in plain[1:]):
                continue
            if "--again" in words or any(kept.get(key) != value for key, value in made.items()):
                start = time.process_time()
                kept = {**measured(drafted(one, library, folder), made["runs"]), **made}
                kept["cpu_seconds"] = round(time.process_time() - start, 1)
                every = {**known(), name: kept}
                order = {named(c): every[named(c)] for c in controls if named(c) in every}
                text = json.dumps(order, indent=None, separators=(",", ":")).replace('},"control_', '},\n"control_')
                RESULTS.write_text(text + "\n", encoding="utf-8")
            print(f"{name}: alarms {alarms(kept):.0%} of {kept['runs']}, true deaths {sorted(kept['true'])}", flush=True)
    PAGE.write_text(page(known()), encoding="utf-8")
    print(f"written: docs/{PAGE.name}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("stopped; the same command goes on where it was", file=sys.stderr)
        sys.exit(130)
