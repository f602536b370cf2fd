"""Calibration by approximate Bayesian computation: draw parameters from their ranges, run, keep what comes near.

    python -m sim.study.calibrate scenario=car_2013 draws=512 workers=2 output=outputs/calibration

Every start is run up to the last training month and compared with what was observed by then; scored months are
never used. An interrupted calibration goes on where it stopped when the same command is given. The folder gets
posterior.csv (a row an accepted draw, whole: parameters that are not free were drawn from their ranges and stay beside
the free ones they were accepted with), table.csv (prior to posterior of the free ones) and settings.json. With
``publish=true`` the three go to the theatre's folder calibration/, from where every later study draws.
"""

from __future__ import annotations

import csv
import io
import math
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim.ground.check import BadInput, FailedWork, did_you_mean
from sim.ground.files import YAML_BYTES, parse_yaml, read_text
from sim.ground.paths import shipped
from sim.study import scores, store
from sim.study.hindcast import WATCHED, Observed, Runs, days_until, read_observed, simulated
from sim.study.plan import Draws, StudyConfig, draw_parameters, engine_digest
from sim.study.run import Engine
from sim.study.store import month_labels

if TYPE_CHECKING:
    from sim.ground.parameters import Parameter
    from sim.scenario.theatre import Theatre

FREE_AT_MOST = 10
RANGE: Literal["weibull"] = "weibull"
"""Quantiles of few accepted draws that hold a new draw as often as they say; NumPy's default is too narrow."""
RECOVERED = 100
"""Draws that are taken for the truth, one after the other, to see whether calibration finds them again."""


@dataclass(frozen=True)
class Plan:
    """What may move and what is kept; the content of configs/calibration/THEATRE.yaml.

    `free` maps at most ten parameters to the reason; `accept` is the kept share of draws, `at_least` its minimum;
    `share_weight` how much wrong prefecture shares weigh against log1p deaths.
    """

    theatre: str
    accept: float
    at_least: int
    share_weight: float
    free: Mapping[str, str]

    def kept(self, draws: int) -> int:
        """How many of `draws` draws are accepted."""
        return min(draws, max(self.at_least, round(self.accept * draws)))


def read_plan(path: Path, parameters: Mapping[str, Parameter]) -> Plan:
    """A calibration plan. Raises BadInput for unknown keys or parameters, or too many of them."""
    raw = parse_yaml(read_text(path, limit=YAML_BYTES), path.name).value
    keys = {"schema_version", "theatre", "accept", "at_least", "share_weight", "free"}
    if not isinstance(raw, dict) or set(raw) != keys:
        wrong = sorted(keys ^ set(raw))[0] if isinstance(raw, dict) else "free"
        raise BadInput(f"{wrong!r} is missing or unknown", where=path.name,
                       instead="the keys " + ", ".join(sorted(keys)))  # fmt: skip
    free = raw["free"]
    for name in free:
        if name not in parameters:
            raise BadInput(f"unknown parameter {name!r}", where=f"{path.name}: free",
                           instead=did_you_mean(name, parameters))  # fmt: skip
    if not 1 <= len(free) <= FREE_AT_MOST:
        raise BadInput(f"{len(free)} free parameters", where=f"{path.name}: free",
                       why="so few months tell no more apart", instead=f"1 to {FREE_AT_MOST}")  # fmt: skip
    if not 0.0 < raw["accept"] <= 1.0:
        raise BadInput(f"accept: {raw['accept']}", where=path.name, instead="a share above 0, such as 0.05")
    return Plan(raw["theatre"], float(raw["accept"]), int(raw["at_least"]), float(raw["share_weight"]), free)


# ------------------------------------------------------------------------------------------------ distance


@dataclass(frozen=True)
class Statistics:
    """What is compared, a row a draw. `logs[stage]` [draws, months] log1p of monthly deaths, `shares[stage]`
    [draws, prefectures] shares of the whole span (zero where nobody died). NaN rows: the draw failed."""

    logs: tuple[Any, ...]
    shares: tuple[Any, ...]

    def row(self, draw: int) -> Statistics:
        """One draw, as something to be compared with."""
        return Statistics(tuple(a[[draw]] for a in self.logs), tuple(a[[draw]] for a in self.shares))


def distances(drawn: Statistics, target: Statistics, share_weight: float) -> Any:
    """Distance [draws] of each draw from the one row of `target`; infinity for a failed draw.

    Root of the mean squared difference of log1p monthly deaths, plus `share_weight` x the total variation distance
    of prefecture shares. Each start weighs the same, however many months it has.
    """
    squares = [np.mean((a - b) ** 2, axis=1) for a, b in zip(drawn.logs, target.logs, strict=True)]
    apart = []
    for a, b in zip(drawn.shares, target.shares, strict=True):
        empty = (a.sum(axis=1) == 0) | (b.sum() == 0)
        apart.append(np.where(empty, 1.0, 0.5 * np.abs(a - b).sum(axis=1)))
    total = np.sqrt(np.mean(squares, axis=0)) + share_weight * np.mean(apart, axis=0)
    return np.where(np.isfinite(total), total, math.inf)


def statistics_of(by_stage: Sequence[Runs], draws: int) -> Statistics:
    """Simulated statistics, averaged over the replicates of a draw."""
    logs: list[Any] = []
    shares: list[Any] = []
    for runs in by_stage:
        log, share = np.log1p(runs.deaths.sum(axis=(2, 3))), _row_shares(runs.deaths.sum(axis=(1, 3)))
        of_draw = np.array([draw for draw, _ in runs.keys])
        for values, kept in ((log, logs), (share, shares)):
            mean = np.full((draws, values.shape[1]), math.nan)
            for draw in np.unique(of_draw):
                mean[draw] = values[of_draw == draw].mean(axis=0)
            kept.append(mean)
    return Statistics(tuple(logs), tuple(shares))


def observed_statistics(observed: Observed, by_stage: Sequence[Runs]) -> Statistics:
    """The observed counterpart of `statistics_of`, for the months that the runs cover."""
    logs, shares = [], []
    for runs in by_stage:
        logs.append(np.log1p(observed.deaths(runs.months))[None])
        seen = observed.shares(runs.months, "prefecture")
        shares.append(_row_shares(np.array([[seen.get(name, 0.0) for name in runs.prefectures]])))
    return Statistics(tuple(logs), tuple(shares))


def _row_shares(deaths: Any) -> Any:
    return deaths / np.maximum(deaths.sum(axis=1, keepdims=True), 1e-12)


# ------------------------------------------------------------------------------------------------ posterior


def accepted(distance: Any, keep: int) -> Any:
    """Numbers of the `keep` nearest draws, nearest first. Raises FailedWork when fewer than that succeeded."""
    order = np.argsort(distance, kind="stable")[:keep]
    if not np.isfinite(distance[order]).all() or len(order) < keep:
        raise FailedWork(
            f"only {int(np.isfinite(distance).sum())} draws ended well, and {keep} are to be kept", where="calibration",
            instead="more draws=, or a model that breaks off less often",
        )  # fmt: skip
    return order


def prior_to_posterior(drawn: Mapping[str, Any], keep: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    """A row a parameter: median and 90 % range before and after, and the contraction 1 - width after / before."""
    rows = []
    for name in names:
        values = np.asarray(drawn[name], float)
        before, after = (np.quantile(part, [0.05, 0.5, 0.95], method=RANGE) for part in (values, values[keep]))
        width = before[2] - before[0]
        rows.append({
            "parameter": name,
            "prior_q05": before[0], "prior_median": before[1], "prior_q95": before[2],
            "posterior_q05": after[0], "posterior_median": after[1], "posterior_q95": after[2],
            "contraction": 1.0 - (after[2] - after[0]) / width if width > 0 else 0.0,
        })  # fmt: skip
    return rows


def recover(
    drawn: Mapping[str, Any], statistics: Statistics, plan: Plan, *, truths: Sequence[int] | None = None, seed: int = 1
) -> dict[str, Any]:
    """Whether calibration finds a truth that is known: each of `truths` (draw numbers; default 100 by lot) is put
    in the place of the observed data, and the other draws are accepted or not as they are for the real data.

    A row a parameter: how often its true value lay in the 50 % and the 90 % range of the accepted draws, and the
    mean contraction. Coverage near the level says that ranges can be trusted, contraction that the data speak.
    """
    finite = np.flatnonzero(np.isfinite(sum(a.sum(axis=1) for a in statistics.logs)))
    if truths is None:
        truths = np.random.default_rng(seed).permutation(finite)[:RECOVERED].tolist()
    names = list(plan.free)
    table = np.stack([np.asarray(drawn[name], float) for name in names], axis=1)
    keep = plan.kept(len(table) - 1)
    held = np.zeros((2, len(names)))
    width = np.zeros(len(names))
    for truth in truths:
        distance = distances(statistics, statistics.row(truth), plan.share_weight)
        distance[truth] = math.inf
        near = table[accepted(distance, keep)]
        q05, q25, q75, q95 = np.quantile(near, [0.05, 0.25, 0.75, 0.95], axis=0, method=RANGE)
        held[0] += (q25 <= table[truth]) & (table[truth] <= q75)
        held[1] += (q05 <= table[truth]) & (table[truth] <= q95)
        width += q95 - q05
    prior = np.quantile(table, 0.95, axis=0) - np.quantile(table, 0.05, axis=0)
    count = len(truths)
    return {
        "truths": count,
        "covered_50": float(held[0].sum() / (count * len(names))),
        "covered_90": float(held[1].sum() / (count * len(names))),
        "parameters": {
            name: {
                "covered_50": float(held[0, n] / count),
                "covered_90": float(held[1, n] / count),
                "contraction": float(1.0 - width[n] / count / prior[n]),
            }
            for n, name in enumerate(names)
        },
    }


def screening(drawn: Mapping[str, Any], distance: Any, most: int = 20) -> list[dict[str, Any]]:
    """The parameters whose values go most with the distance (Spearman), strongest first: candidates to be free."""
    ended = np.isfinite(distance)
    rows: list[dict[str, Any]] = []
    for name, values in drawn.items():
        with_distance = scores.rank_correlation(np.asarray(values, float)[ended], distance[ended])
        if math.isfinite(with_distance):
            rows.append({"parameter": name, "correlation_with_distance": with_distance})
    return sorted(rows, key=lambda row: -abs(row["correlation_with_distance"]))[:most]


# ------------------------------------------------------------------------------------------------ the whole


@dataclass(frozen=True)
class Calibration:
    """A finished calibration: every draw, its distance, which are kept, the table, the settings."""

    plan: Plan
    drawn: dict[str, Any]
    statistics: Statistics
    distance: Any
    keep: Any
    table: list[dict[str, Any]]
    settings: dict[str, Any]


def prior_draws(theatre: Theatre, draws: int, seed: int, parameters: Mapping[str, Parameter]) -> Draws:
    """Draws from the ranges of every parameter, as a study makes them, without what was calibrated before."""
    elsewhere = theatre.path / "observed"  # a folder without calibration/posterior.csv
    return draw_parameters(replace(theatre, path=elsewhere), draws, seed, parameters)


def calibrate(
    theatre: Theatre | str | Path,
    *,
    draws: int = 512,
    replicates: int = 1,
    seed: int = 1,
    workers: int | None = None,
    output: str | Path = "outputs/calibration",
    plan: Plan | None = None,
    engine: Engine | None = None,
    progress: bool | None = None,
) -> Calibration:
    """Calibrate a theatre on its training months, from every start that lies in them; see the module.

    `plan` defaults to configs/calibration/THEATRE.yaml. The same call completes what an interrupted one left in
    `output`. Raises BadInput and FailedWork.
    """
    from sim.scenario.read import read_theatre

    theatre = read_theatre(theatre) if isinstance(theatre, (str, Path)) else theatre
    engine = engine or Engine(simulate=WATCHED)
    parameters = engine.find("parameters")
    observed = read_observed(theatre)
    if plan is None:
        path = shipped("configs") / "calibration" / f"{theatre.name}.yaml"
        plan = read_plan(path, parameters)
    config = StudyConfig(
        scenario=theatre.name, runs=draws * replicates, replicates=replicates, seed=seed, workers=workers
    )
    prior = prior_draws(theatre, draws, seed, parameters)
    drawn = {name: np.array([row[name] for row in prior.rows]) for name in prior.rows[0]}
    last = observed.training[1]
    starts = [stage for stage in theatre.stages if f"{stage.start:%Y-%m}" <= last]
    folder = Path(output)
    by_stage = [
        simulated(
            read_theatre(theatre.path, stage.name), observed.policy, config, folder / stage.name, prior.rows,
            days=days_until(stage.start, last), engine=engine, progress=progress,
        )
        for stage in starts
    ]  # fmt: skip
    statistics = statistics_of(by_stage, draws)
    distance = distances(statistics, observed_statistics(observed, by_stage), plan.share_weight)
    keep = accepted(distance, plan.kept(draws))
    settings = {
        "schema_version": 1,
        "theatre": theatre.name,
        "theatre_digest": theatre.digest,
        "engine_digest": engine.version or engine_digest(),
        "policy": observed.policy,
        "months": {stage.name: [labels[0], labels[-1]] for stage in starts
                   if (labels := month_labels(stage.start, days_until(stage.start, last)))},
        "draws": draws,
        "replicates": replicates,
        "seed": seed,
        "failed_draws": int((~np.isfinite(distance)).sum()),
        "accepted": len(keep),
        "accept": plan.accept,
        "share_weight": plan.share_weight,
        "distance": "root mean square of log1p monthly reported deaths, each start alike, plus share_weight x total "
                    "variation of prefecture shares",
        "distance_best": float(distance[keep[0]]),
        "distance_accepted": float(distance[keep[-1]]),
        "distance_median": float(np.median(distance[np.isfinite(distance)])),
        "free": dict(plan.free),
        "others": f"{len(drawn) - len(plan.free)} other parameters drawn from their stated ranges",
        "recovery": recover(drawn, statistics, plan, seed=seed),
        "screening": screening(drawn, distance),
    }  # fmt: skip
    table = prior_to_posterior(drawn, keep, list(plan.free))
    # whole draws: the free parameters were accepted together with the others that went with them
    _write_csv(folder / "posterior.csv", {name: values[keep] for name, values in drawn.items()})
    _write_csv(folder / "table.csv", {key: [row[key] for row in table] for key in table[0]})
    store.write_json(folder / "settings.json", settings)
    return Calibration(plan, drawn, statistics, distance, keep, table, settings)


def publish(output: Path, theatre: Theatre) -> Path:
    """Put a finished calibration into the theatre's folder; studies draw from it from now on."""
    target = theatre.path / "calibration"
    target.mkdir(exist_ok=True)
    for name in ("posterior.csv", "table.csv", "settings.json"):
        shutil.copyfile(output / name, target / name)
    return target


def _write_csv(path: Path, columns: Mapping[str, Any]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([cell if isinstance(cell, str) else f"{float(cell):.6g}" for cell in row])
    path.write_text(text.getvalue(), encoding="utf-8")


def _told(calibration: Calibration) -> str:
    settings = calibration.settings
    lines = [
        f"{settings['accepted']} of {settings['draws']} draws accepted, distance {settings['distance_best']:.2f} to "
        f"{settings['distance_accepted']:.2f} (median of all {settings['distance_median']:.2f}); "
        f"{settings['failed_draws']} draws failed",
        f"known truths: {settings['recovery']['covered_90']:.0%} of values in the 90 % range, "
        f"{settings['recovery']['covered_50']:.0%} in the 50 % range ({settings['recovery']['truths']} truths)",
        f"{'parameter':<22}{'prior median (90 %)':>30}{'posterior median (90 %)':>34}{'contraction':>13}",
    ]
    for row in calibration.table:
        before, after = (
            f"{row[f'{part}_median']:.3g} ({row[f'{part}_q05']:.3g} to {row[f'{part}_q95']:.3g})"
            for part in ("prior", "posterior")
        )
        lines.append(f"{row['parameter']:<22}{before:>30}{after:>34}{row['contraction']:>13.2f}")
    return "\n".join(lines) + "\n"


_NUMBERS = {"draws": 512, "replicates": 1, "seed": 1, "workers": None}


def main(words: Sequence[str]) -> int:
    """Carry out the command ``python -m sim.study.calibrate KEY=VALUE...``; the exit status."""
    from sim.scenario.read import read_theatre

    given: dict[str, str] = {}
    try:
        known = ("scenario", "output", "publish", *_NUMBERS)
        for word in words:
            name, equals, value = word.partition("=")
            if not equals or name not in known:
                raise BadInput(f"{word!r} is no setting", where="calibrate", instead=did_you_mean(name, known))
            given[name] = value
        numbers: dict[str, Any] = dict(_NUMBERS)
        for name in _NUMBERS:
            if name in given:
                if not given[name].isdecimal():
                    raise BadInput(f"{name}={given[name]} is no whole number", where=name, instead=f"{name}=2")
                numbers[name] = int(given[name])
        if given.get("publish", "false") not in ("true", "false"):
            raise BadInput(f"publish={given['publish']}", where="publish", instead="publish=true or publish=false")
        theatre = read_theatre(given.get("scenario", "car_2013"))
        output = Path(given.get("output", "outputs/calibration"))
        found = calibrate(theatre, output=output, **numbers)
        sys.stdout.write(_told(found))
        if given.get("publish") == "true":
            sys.stdout.write(f"published to {publish(output, theatre)}\n")
        else:
            sys.stdout.write(f"in {output}; publish=true hands it to later studies\n")
        return 0
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except FailedWork as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("stopped; finished runs are kept, and the same command completes them\n")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
