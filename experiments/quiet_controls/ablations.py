"""What the deaths of quiet controls hang on: the same runs with one thing of the model off.

`python -m experiments.quiet_controls.ablations DATA [runs=8]` writes ablations.json after each ablation, and the page.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.quiet_controls.live import live
from experiments.quiet_controls.measure import DAYS, HERE, ONSET, SEED, drafted, drawn, named, reported
from experiments.quiet_controls.page import PAGE, known, known_ablations, page
from sim.drafting import Library
from sim.ground.check import BadInput
from sim.ground.kernel import code_digest
from sim.ground.parameters import PARAMETERS
from sim.scenario.theatre import Theatre
from sim.study.plan import draw_parameters, engine_digest

STILL = 1e-300  # a rate that is divided by, at zero
ABLATIONS: Mapping[str, Mapping[str, float]] = {
    "as it is": {},
    "nobody deserts": {"desertion": 0.0},
    "no reprisals": {"reprisal_weight": 0.0},
    "leaders stay on their rung": {"ladder_rate": STILL},
    "nobody deserts, leaders stay": {"desertion": 0.0, "ladder_rate": STILL},
}
FILE = HERE / "ablations.json"


def measured(theatres: Mapping[str, Theatre], change: Mapping[str, float], runs: int) -> dict[str, Any]:
    """Alarms of each control and mean deaths, with some parameters changed in every draw."""
    alarms, deaths, strength = [], [], []
    for theatre in theatres.values():
        rows = draw_parameters(theatre, runs, SEED, PARAMETERS).rows
        lives = [live(theatre, {**rows[n], **change}, SEED, n, DAYS) for n in range(runs)]
        told = [int(reported(one)[one.column("collateral") == 0].sum()) for one in lives]
        alarms.append(float(np.mean(np.array(told) >= ONSET)))
        deaths.append(float(np.mean([one.column("deaths").sum() for one in lives])))
        latent = [n for n, name in enumerate(lives[0].actors) if name.endswith("_defence")]
        strength.append(float(np.mean([one.formed[latent].mean() for one in lives])) if latent else 0.0)
    return {
        "alarms": [round(one, 3) for one in alarms], "deaths": [round(one, 1) for one in deaths],
        "formed": round(float(np.mean(strength)), 3),
    }  # fmt: skip


def main(words: Sequence[str]) -> int:
    """Measure what is missing."""
    given = dict(word.split("=", 1) for word in words if "=" in word)
    plain = [word for word in words if "=" not in word]
    if len(plain) != 1 or set(given) - {"runs"} or not given.get("runs", "8").isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    try:
        library = Library.of(plain[0])
        controls = drawn(library)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    runs = int(given.get("runs", "8"))
    with tempfile.TemporaryDirectory() as scratch:
        theatres = {named(one): drafted(one, library, Path(scratch)) for one in controls}
        for name, change in ABLATIONS.items():
            made = {
                "model": engine_digest(), "drafting": code_digest(("drafting",)), "runs": runs, "change": dict(change),
            }  # fmt: skip
            kept = known_ablations()
            if any(kept.get(name, {}).get(key) != value for key, value in made.items()):
                found = {**kept, name: {**measured(theatres, change, runs), **made}}
                FILE.write_text(json.dumps({key: found[key] for key in ABLATIONS if key in found}, indent=1) + "\n")
            one = known_ablations()[name]
            print(f"{name}: alarms {np.mean(one['alarms']):.0%}, deaths {np.mean(one['deaths']):,.0f}", flush=True)
    PAGE.write_text(page(known()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
