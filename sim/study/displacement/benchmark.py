"""One conflict of the benchmark: read, simulate, score, and say it in a documented object."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.ground.check import BadInput
from sim.study.displacement import flow
from sim.study.displacement.folder import Conflict, Observed, read_benchmark
from sim.study.displacement.rivals import FROZEN_DAY, rescaled, rivals
from sim.study.displacement.scoring import covered, crps, relative_difference, scaled_error

MOST_RUNS = 10_000
UNFITTED = ("gravity", "nearest_3", "nearest_1", "equal")
"""Rivals that are told no more than the model; the others know day 30."""
RIVALS = {
    "gravity": "gravity: people in conflict / road distance",
    "nearest_3": "three nearest open camps",
    "nearest_1": "nearest open camp",
    "equal": "equal split (uniform)",
    "flat_share": "flat share: the shares of day 30",
    "persistence": "persistence: the counts of day 30",
}


@dataclass(frozen=True)
class Scored:
    """`summary`, as `--json` prints it (docs/displacement.md), and the forecast behind its headline.

    `forecast` is float64 [day, camp], the mean of the runs with daily totals; `camps` names its columns.
    """

    summary: dict[str, Any]
    camps: tuple[str, ...]
    forecast: Any

    def write_forecast(self, path: str | Path) -> None:
        """A table with a column `day` and one a camp (people)."""
        lines = [",".join(("day", *self.camps))]
        lines += [",".join((str(day), *(f"{x:.3f}" for x in row))) for day, row in enumerate(self.forecast)]
        Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def lines(self) -> list[str]:
        """The summary for a reader: scores beside the rivals', and the last day camp by camp."""
        told, own = self.summary["with_daily_totals"], self.summary["without_daily_totals"]
        single, total = told["ard_single_runs"], own["total_last_day"]
        rows = [("flight sub-model, told the daily total", told)]
        rows += [(RIVALS[name], rival) for name, rival in self.summary["rivals"].items()]
        scores = [f"  {name:<46}{_score(row['ard'])}{_score(row['ard_after_day_30']):>15}" for name, row in rows]
        scores.insert(
            1, f"    single runs {single['low']:.3f} to {single['high']:.3f}; CRPS {told['crps']:.3f}; "
            f"{told['covered_90']:.0%} of counts in the 90 % range of runs"
        )  # fmt: skip
        camps = [
            f"  {camp:<26}{row['observed']:>12,.0f}{row['mean']:>12,.0f}   {row['q05']:,.0f} to {row['q95']:,.0f}"
            for camp, row in self.summary["last_day"].items()
        ]
        return [
            f"{self.summary['conflict']}: {len(self.camps)} camps, {self.summary['days']} days from "
            f"{self.summary['start']}, {self.summary['runs']} runs, capacities {self.summary['capacities']}",
            "",
            "averaged relative difference (0 is perfect)       all days   after day 30",
            *scores,
            f"  {'flight sub-model, not told the daily total':<46}{_score(own['ard'])}",
            f"    people on the last day: {total['median']:,.0f} ({total['q05']:,.0f} to {total['q95']:,.0f} "
            f"in 90 % of runs); observed {total['observed']:,.0f}",
            "",
            f"{'people on the last day':<28}{'observed':>12}{'simulated':>12}   90 % of runs",
            *camps,
        ]


def _score(value: float | None) -> str:
    return "     -" if value is None else f"{value:6.3f}"


def benchmark(
    input_dir: str | Path, observed_dir: str | Path, *, runs: int = 20, seed: int = 1, capacities: bool = False
) -> Scored:
    """Score the flight sub-model on the conflict of two folders in FLEE's format.

    `runs` (1 .. 10,000) differ in chance and in parameters, drawn from their stated ranges. Published capacities of
    camps are used only with `capacities`: they mostly are the peak of the series to be predicted. Raises BadInput.
    """
    if not 1 <= runs <= MOST_RUNS:
        raise BadInput(f"{runs} runs", where="--runs", instead=f"1 to {MOST_RUNS:,}")
    if seed < 0:
        raise BadInput(f"the seed is {seed}", where="--seed", instead="a whole number from 0 on")
    conflict, observed = read_benchmark(input_dir, observed_dir)
    given, own = (
        np.array(
            [
                flow.simulate(
                    conflict, draw, observed.people[0], total, seed=(seed, mode, number), capacities=capacities
                )
                for number, draw in enumerate(flow.draws(conflict, runs, seed))
            ]
        )
        for mode, total in ((1, observed.total), (2, None))
    )
    scaled = np.array([rescaled(one, observed.total) for one in given])
    summary: dict[str, Any] = {
        "conflict": conflict.name,
        "start": conflict.start.isoformat(),
        "days": conflict.days,
        "camps": list(conflict.camp_names),
        "runs": runs,
        "seed": seed,
        "capacities": "published (they leak the target)" if capacities else "hidden",
        "with_daily_totals": {
            "told": "the counts of day 0 and the observed total of each day; not which camp",
            **_scores(scaled, observed, rivals(conflict, observed)),
            "ard_not_rescaled": relative_difference(given.mean(axis=0), observed.people),
        },
        "without_daily_totals": {
            "told": "the counts of day 0",
            "ard": relative_difference(own.mean(axis=0), observed.people),
            "ard_rescaled": relative_difference(rescaled(own.mean(axis=0), observed.total), observed.people),
            "crps": crps(own, observed.people),
            "covered_90": covered(own, observed.people),
            "total_last_day": _total_last_day(own, observed),
        },
        "rivals": _rivals(conflict, observed),
        "last_day": _last_day(scaled, conflict, observed),
        "notes": list(conflict.notes),
    }
    return Scored(_plain(summary), conflict.camp_names, scaled.mean(axis=0))


def _scores(runs: Any, observed: Observed, others: dict[str, Any]) -> dict[str, Any]:
    """Scores of the mean of `runs` [run, day, camp], each of which has the daily total, and of the runs."""
    forecast, people = runs.mean(axis=0), observed.people
    single = [relative_difference(one, people) for one in runs]
    told = {name: relative_difference(others[name], people) for name in UNFITTED}
    ard = relative_difference(forecast, people)
    return {
        "ard": ard,
        "ard_after_day_30": relative_difference(forecast, people, FROZEN_DAY),
        "ard_single_runs": {"low": min(single), "median": float(np.median(single)), "high": max(single)},
        "crps": crps(runs, people),
        "covered_90": covered(runs, people),
        "mase_flat_share": scaled_error(forecast, others["flat_share"], people, FROZEN_DAY),
        "mase_persistence": scaled_error(forecast, others["persistence"], people, FROZEN_DAY),
        "mase_equal": scaled_error(forecast, others["equal"], people, FROZEN_DAY),
        "beats": [name for name in UNFITTED if ard < told[name]],
        "beaten_by": [name for name in UNFITTED if ard >= told[name]],
    }


def _rivals(conflict: Conflict, observed: Observed) -> dict[str, Any]:
    """Averaged relative differences of the rivals; what knows day 30 is scored after it only."""
    found: dict[str, Any] = {}
    for name, people in rivals(conflict, observed).items():
        after = relative_difference(people, observed.people, FROZEN_DAY)
        whole = relative_difference(people, observed.people) if name in UNFITTED else None
        found[name] = {"ard": whole, "ard_after_day_30": after}
    return found


def _total_last_day(own: Any, observed: Observed) -> dict[str, float]:
    totals = own[:, -1].sum(axis=1)
    low, median, high = (float(x) for x in np.quantile(totals, [0.05, 0.5, 0.95]))
    return {"observed": float(observed.total[-1]), "q05": low, "median": median, "q95": high}


def _last_day(runs: Any, conflict: Conflict, observed: Observed) -> dict[str, dict[str, float]]:
    """Camp -> observed people, mean and 90 % interval of the runs with daily totals, on the last day."""
    low, high = np.quantile(runs[:, -1], [0.05, 0.95], axis=0)
    return {
        name: {
            "observed": observed.people[-1, camp], "mean": runs[:, -1, camp].mean(), "q05": low[camp],
            "q95": high[camp], "counts": observed.points[name],
        }
        for camp, name in enumerate(conflict.camp_names)
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """Numbers of Python, people whole, scores to five places; None for what is not defined."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, (float, np.floating)):
        return value
    number = float(value)
    if not math.isfinite(number):
        return None
    return round(number, 5) if abs(number) < 100.0 else round(number)
