"""One calibration of all theatres together: sequential approximate Bayesian computation on windows and published facts.

    python -m sim.study.pooled theatres=[car_2013,mali_2012] draws=160 generations=3 workers=2 output=outputs/pooled

A few parameters are the same everywhere (configs/calibration/pooled.yaml says which, and why); the others are drawn
from their stated ranges anew for every draw, so that their uncertainty stays in the result. The first generation comes
from the stated ranges, each later one from around the draws that came nearest so far (population Monte Carlo, Beaumont
and others 2009). Every draw of every generation is kept and weighted by prior over the mixture of all proposals
(Cornuet and others 2012), so that the posterior of any set of theatres is the same draws weighted anew: all together,
all but one (what a hindcast of that one may use), or one alone. No theatre weighs more than another.

Only windows and facts are compared, never the months that a hindcast scores. The folder gets, generation by generation,
the runs; an interrupted calibration goes on where it stopped when the same command is given. At the end it gets
posterior.csv (a row a draw that any posterior keeps, a column of weights for each posterior), table.csv (prior to
posterior) and settings.json. With ``publish=true`` the three go to configs/calibration/pooled/.
"""

from __future__ import annotations

import csv
import io
import math
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.ground.check import BadInput, FailedWork, did_you_mean
from sim.ground.files import YAML_BYTES, parse_yaml, read_text
from sim.ground.paths import shipped
from sim.study import facts, patterns, store
from sim.study.calibrate import FREE_AT_MOST, RECOVERED, prior_draws
from sim.study.hindcast import WATCHED, days_until, read_observed, read_scoring, simulated, whole_months
from sim.study.plan import Draws, StudyConfig, engine_digest
from sim.study.run import Engine

if TYPE_CHECKING:
    from sim.ground.parameters import Parameter
    from sim.scenario.theatre import Theatre

POOLED = "pooled"
FILES = ("posterior.csv", "table.csv", "settings.json")


@dataclass(frozen=True)
class Plan:
    """configs/calibration/pooled.yaml. `accept` is the share of all draws that a posterior keeps, `at_least` its
    minimum; `cap` the most that one window can weigh, in units of its spread over the first generation."""

    accept: float
    at_least: int
    cap: float
    free: Mapping[str, str]

    def kept(self, draws: int) -> int:
        """How many of `draws` draws a posterior keeps."""
        return min(draws, max(self.at_least, round(self.accept * draws)))


def read_plan(path: Path, parameters: Mapping[str, Parameter]) -> Plan:
    """The plan of the pooled calibration. Raises BadInput for unknown keys or parameters, or too many of them."""
    raw = parse_yaml(read_text(path, limit=YAML_BYTES), path.name).value
    keys = {"schema_version", "accept", "at_least", "cap", "free"}
    if not isinstance(raw, dict) or set(raw) != keys:
        wrong = sorted(keys ^ set(raw))[0] if isinstance(raw, dict) else "free"
        raise BadInput(f"{wrong!r} is missing or unknown", where=path.name,
                       instead="the keys " + ", ".join(sorted(keys)))  # fmt: skip
    for name in raw["free"]:
        if name not in parameters:
            raise BadInput(f"unknown parameter {name!r}", where=f"{path.name}: free",
                           instead=did_you_mean(name, parameters))  # fmt: skip
        if not parameters[name].low < parameters[name].high:
            raise BadInput(f"{name} has no range", where=f"{path.name}: free", instead="a parameter that can vary")
    if not 1 <= len(raw["free"]) <= FREE_AT_MOST:
        raise BadInput(f"{len(raw['free'])} free parameters", where=f"{path.name}: free",
                       why="so few facts tell no more apart", instead=f"1 to {FREE_AT_MOST}")  # fmt: skip
    if not 0.0 < raw["accept"] <= 1.0:
        raise BadInput(f"accept: {raw['accept']}", where=path.name, instead="a share above 0, such as 0.1")
    return Plan(float(raw["accept"]), int(raw["at_least"]), float(raw["cap"]), raw["free"])


# ------------------------------------------------------------------------------------------------ the sampler
# Points lie in the unit cube, where the prior is even; `values` carries them into the ranges.


@dataclass(frozen=True)
class Proposal:
    """A mixture of normals around `centres` [n, dims], cut off at the cube; `weights` [n] add up to 1, `sd` [dims]."""

    centres: Any
    weights: Any
    sd: Any

    def points(self, count: int, rng: np.random.Generator) -> Any:
        """`count` points [count, dims]."""
        from scipy.stats import truncnorm

        middle = self.centres[rng.choice(len(self.centres), size=count, p=self.weights)]
        low, high = (0.0 - middle) / self.sd, (1.0 - middle) / self.sd
        return np.asarray(truncnorm.rvs(low, high, loc=middle, scale=self.sd, random_state=rng))

    def density(self, points: Any) -> Any:
        """Density [points] in the cube, where the prior's is 1."""
        from scipy.stats import norm

        z = (points[:, None, :] - self.centres[None]) / self.sd
        inside = norm.cdf((1.0 - self.centres) / self.sd) - norm.cdf((0.0 - self.centres) / self.sd)
        return (np.prod(norm.pdf(z) / self.sd / inside[None], axis=2) * self.weights).sum(axis=1)


def proposal_around(points: Any, weights: Any) -> Proposal:
    """The next proposal: normals of twice the weighted variance around the kept points (Beaumont and others 2009)."""
    kept = weights > 0
    share = weights[kept] / weights[kept].sum()
    middle = (share[:, None] * points[kept]).sum(axis=0)
    spread = np.sqrt(2.0 * (share[:, None] * (points[kept] - middle) ** 2).sum(axis=0))
    return Proposal(points[kept], share, np.maximum(spread, 0.01))  # a spread of nothing would never move again


def first_points(count: int, dims: int, seed: int) -> Any:
    """Points [count, dims] of the prior, spread evenly (scrambled Sobol)."""
    import warnings

    from scipy.stats import qmc

    with warnings.catch_warnings():  # a number of draws that is no power of two is fine here
        warnings.simplefilter("ignore", UserWarning)
        return qmc.Sobol(dims, scramble=True, rng=np.random.default_rng(seed)).random(count)


def importance(points: Any, proposals: Sequence[Proposal], sizes: Sequence[int]) -> Any:
    """Prior over the mixture of all generations [points]; `sizes` are their draws, the first from the prior itself."""
    density = np.full(len(points), float(sizes[0]))
    for proposal, size in zip(proposals, sizes[1:], strict=True):
        density += size * proposal.density(points)
    return sum(sizes) / density


def weights_of(distance: Any, important: Any, keep: int) -> Any:
    """Weights [draws] of a posterior, adding up to 1: the `keep` nearest draws, each by its importance.

    Raises FailedWork when fewer draws than that ended well.
    """
    order = np.argsort(distance, kind="stable")[:keep]
    if len(order) < keep or not np.isfinite(distance[order]).all():
        raise FailedWork(f"only {int(np.isfinite(distance).sum())} draws ended well, and {keep} are to be kept",
                         where="pooled calibration", instead="more draws=")  # fmt: skip
    weights = np.zeros(len(distance))
    weights[order] = important[order]
    return weights / weights.sum()


def effective(weights: Any) -> float:
    """Effective number of draws: 1 / sum of squared weights."""
    return float(1.0 / np.sum(weights**2))


def weighted_quantiles(values: Any, weights: Any, levels: Sequence[float]) -> Any:
    """Quantiles of weighted draws; of equal weights those of Weibull, which hold a new draw as often as they say."""
    kept = weights > 0
    order = np.argsort(values[kept], kind="stable")
    cumulated = np.cumsum(weights[kept][order])
    number = effective(weights)
    return np.interp(levels, cumulated / cumulated[-1] * number / (number + 1.0), values[kept][order])


def values(points: Any, names: Sequence[str], parameters: Mapping[str, Parameter]) -> Any:
    """Parameter values [points, names]: half of the mass below the stated value, half above (as a study draws them)."""
    made = np.empty_like(points)
    for n, name in enumerate(names):
        p = parameters[name]
        middle = p.value if p.low < p.value < p.high else (p.low + p.high) / 2.0
        u = points[:, n]
        made[:, n] = np.where(
            u < 0.5, p.low + 2.0 * u * (middle - p.low), middle + (2.0 * u - 1.0) * (p.high - middle)
        )
    return made


# ------------------------------------------------------------------------------------------------ what is compared


@dataclass(frozen=True)
class Item:
    """One window or fact that is compared: low..high on the scale on which it is (`logs`: log1p), and its stage."""

    name: str
    stage: str
    low: float
    high: float
    logs: bool


@dataclass(frozen=True)
class Task:
    """One theatre in the calibration: what is compared, and how many days each of its starts is run."""

    theatre: Theatre
    policy: str
    items: tuple[Item, ...]
    days: Mapping[str, int]


def _scale(low: float, high: float) -> bool:
    """Whether a window is told on log1p: counts and days are, shares, flags and falls are not."""
    bound = high if math.isfinite(high) else low
    return not (bound <= 1.0 or (math.isfinite(low) and low < 0.0))


def task_of(theatre: Theatre) -> Task:
    """What of a theatre is compared. Raises BadInput for one that must not be, or has nothing to compare.

    Where a theatre's training months reach into its simulated days, nothing after them is looked at. Where its months
    are scored, facts that count the same deaths (organised_violence_deaths) are left out.
    """
    scoring = read_scoring(theatre)
    if scoring.role == "never_scored":
        raise BadInput(f"{theatre.name} is never scored, so nothing may be fitted to it", where="theatres",
                       why=scoring.why, instead="the other theatres")  # fmt: skip
    observed = read_observed(theatre) if scoring.months else None
    last = observed.training[1] if observed else ""
    scored = next((stage for stage in theatre.stages if observed and stage.name == observed.stage), None)
    cut = scored is not None and any(month <= last for month in whole_months(scored.start, scored.days))
    items: list[Item] = []
    days: dict[str, int] = {}
    for stage in theatre.stages:
        if cut and f"{stage.start:%Y-%m}" > last:
            continue
        length = min(stage.days, days_until(stage.start, last)) if cut else stage.days
        found: list[tuple[str, float, float]] = []
        looked = [0]
        for pattern in patterns.read_patterns(theatre.path):
            end = patterns.last_day(pattern, stage.start)
            if pattern.stage == stage.name and (end is None or end < length):
                found.append((patterns.PREFIX + pattern.name, pattern.low, pattern.high))
                looked.append(length if end is None else end + 1)
        for fact in facts.read_facts(theatre):
            if facts.stage_of(fact, theatre.stages)[0] != stage.name:
                continue
            same = observed is not None and fact.measure == "organised_violence_deaths"
            end = (fact.last - stage.start).days if fact.last else stage.days - 1
            if end < length and not same:
                found.append((facts.PREFIX + fact.name, fact.low, fact.high))
                looked.append(end + 1)
        for name, low, high in found:
            logs = _scale(low, high)
            ends = [math.log1p(max(x, 0.0)) if logs and math.isfinite(x) else x for x in (low, high)]
            items.append(Item(name, stage.name, ends[0], ends[1], logs))
        if found:
            days[stage.name] = max(looked)
    if not items:
        raise BadInput(f"{theatre.name} has no window and no fact to be compared", where="theatres",
                       instead="a theatre with observed/patterns.yaml or outcomes.csv")  # fmt: skip
    return Task(theatre, scoring.policy, tuple(items), days)


def spreads(measured: Any) -> Any:
    """Spread [items] of the first generation: median distance from the median, over draws where it can be said."""
    made = np.ones(measured.shape[1])
    for n, column in enumerate(measured.T):
        known = column[np.isfinite(column)]
        if len(known):
            near = float(np.median(np.abs(known - np.median(known))))
            made[n] = near or float(known.std()) or 1.0
    return made


def distances(measured: Any, low: Any, high: Any, spread: Any, cap: float) -> Any:
    """Distance [draws] from the windows: mean over items of how far outside they lie in spreads, `cap` at most.

    `measured` [draws, items]; what never happened (NaN) counts `cap`. A row that is all -inf failed: infinity.
    """
    outside = np.maximum(np.maximum(low - measured, measured - high), 0.0) / spread
    outside = np.where(np.isnan(measured), cap, np.minimum(outside, cap))
    found = outside.mean(axis=1)
    return np.where(np.isneginf(measured).all(axis=1), math.inf, found)


def _measure(
    task: Task, rows: Sequence[dict[str, float]], config: StudyConfig, folder: Path, engine: Engine,
    progress: bool | None,
) -> Any:  # fmt: skip
    """Measured items [draws, items] on their scales, mean over replicates; a draw without a run is all -inf."""
    from sim.scenario.read import read_theatre

    table = np.full((len(rows), len(task.items)), math.nan)
    ended = np.zeros(len(rows), dtype=bool)
    for stage, days in task.days.items():
        runs = simulated(
            read_theatre(task.theatre.path, stage), task.policy, config, folder / task.theatre.name / stage, rows,
            days=days, engine=engine, progress=progress,
        )  # fmt: skip
        of_draw = np.array([draw for draw, _ in runs.keys])
        ended[np.unique(of_draw)] = True
        for n, item in enumerate(task.items):
            if item.stage != stage:
                continue
            kind = patterns.PREFIX if item.name.startswith(patterns.PREFIX) else facts.PREFIX
            told = (runs.patterns if kind == patterns.PREFIX else runs.facts)[item.name.removeprefix(kind)]
            told = np.log1p(np.maximum(told, 0.0)) if item.logs else told
            for draw in np.unique(of_draw):
                known = told[(of_draw == draw) & np.isfinite(told)]
                if len(known):
                    table[draw, n] = known.mean()
    table[~ended] = -math.inf
    return table


# ------------------------------------------------------------------------------------------------ the whole


@dataclass(frozen=True)
class Pool:
    """All draws of a pooled calibration. `points`, `importance` [draws]; `measured[theatre]` [draws, items] with the
    `spread` of the first generation, and `distance[theatre]` [draws]."""

    plan: Plan
    tasks: tuple[Task, ...]
    parameters: Mapping[str, Parameter]
    points: Any
    importance: Any
    measured: Mapping[str, Any]
    spread: Mapping[str, Any]
    distance: Mapping[str, Any]
    first: int  # draws of the first generation

    @property
    def keep(self) -> int:
        """How many draws a posterior keeps."""
        return self.plan.kept(len(self.points))

    def weights(self, theatres: Sequence[str]) -> Any:
        """Weights [draws] of the posterior of these theatres, each counting alike."""
        apart = np.mean([self.distance[name] for name in theatres], axis=0)
        return weights_of(apart, self.importance, self.keep)

    @property
    def posteriors(self) -> dict[str, Any]:
        """Name -> weights: `pooled`, and for each theatre `without_NAME` (where others are left) and `only_NAME`."""
        names = [task.theatre.name for task in self.tasks]
        made = {POOLED: self.weights(names)}
        for name in names:
            rest = [other for other in names if other != name]
            if rest:
                made[f"without_{name}"] = self.weights(rest)
            made[f"only_{name}"] = self.weights([name])
        return made


def generations(draws: int, count: int) -> list[int]:
    """Draws of each generation: the first has `draws`, each later one half of that."""
    return [draws, *[max(1, draws // 2)] * (count - 1)]


def simulate_pool(
    tasks: Sequence[Task], plan: Plan, *, draws: int, count: int, replicates: int, seed: int, workers: int | None,
    output: Path, engine: Engine, progress: bool | None = None,
) -> Pool:  # fmt: skip
    """Run every generation, or read what is there of it."""
    parameters = engine.find("parameters")
    names, sizes = list(plan.free), generations(draws, count)
    points = np.zeros((0, len(names)))
    proposals: list[Proposal] = []
    measured: dict[str, Any] = {task.theatre.name: np.zeros((0, len(task.items))) for task in tasks}
    spread: dict[str, Any] = {}
    distance: dict[str, Any] = {}
    for generation, size in enumerate(sizes):
        if generation == 0:
            new = first_points(size, len(names), seed)
        else:
            apart = np.mean([distance[task.theatre.name] for task in tasks], axis=0)
            near = weights_of(apart, importance(points, proposals, sizes[:generation]), plan.kept(len(points)))
            proposals.append(proposal_around(points, near))
            new = proposals[-1].points(size, np.random.default_rng([seed, generation]))
        points = np.concatenate([points, new])
        free = values(new, names, parameters)
        config = StudyConfig(runs=size * replicates, replicates=replicates, seed=seed + generation, workers=workers)
        for task in tasks:
            others = prior_draws(task.theatre, size, seed + generation, parameters)
            rows = [
                {**row, **dict(zip(names, map(float, mine), strict=True))}
                for row, mine in zip(others.rows, free, strict=True)
            ]
            name = task.theatre.name
            found = _measure(task, rows, replace(config, scenario=name), output / f"generation-{generation}", engine,
                             progress)  # fmt: skip
            measured[name] = np.concatenate([measured[name], found])
            if generation == 0:
                spread[name] = spreads(np.where(np.isneginf(found), math.nan, found))
            low, high = (np.array([getattr(item, end) for item in task.items]) for end in ("low", "high"))
            distance[name] = distances(measured[name], low, high, spread[name], plan.cap)
    return Pool(
        plan, tuple(tasks), parameters, points, importance(points, proposals, sizes), measured, spread, distance,
        sizes[0],
    )  # fmt: skip


def recover(pool: Pool, *, truths: Sequence[int] | None = None, seed: int = 1) -> dict[str, Any]:
    """Whether a known truth is found again: draws of the first generation (100 by lot) stand in for what happened,
    each in windows as wide as the published ones, and all other draws are weighted as for the real facts.

    A row a parameter: how often its true value lay in the 50 % and 90 % range, and the mean contraction.
    """
    if truths is None:
        good = np.flatnonzero(np.isfinite(np.mean(list(pool.distance.values()), axis=0))[: pool.first])
        truths = np.random.default_rng(seed).permutation(good)[:RECOVERED].tolist()
    names = list(pool.plan.free)
    held = np.zeros((2, len(names)))
    width = np.zeros(len(names))
    for truth in truths:
        apart = np.zeros(len(pool.points))
        for task in pool.tasks:
            measured, spread = pool.measured[task.theatre.name], pool.spread[task.theatre.name]
            there = np.isfinite(measured[truth])
            half = [(i.high - i.low) / 2.0 if math.isfinite(i.high - i.low) else 0.0 for i in task.items]
            middle = measured[truth]
            away = np.maximum(np.abs(measured - middle) - half, 0.0) / spread
            # what never happened in the truth is met by what never happens
            same = np.isnan(measured) & ~there
            away = np.where(same, 0.0, np.where(np.isnan(away), pool.plan.cap, np.minimum(away, pool.plan.cap)))
            apart += np.where(np.isneginf(measured).all(axis=1), math.inf, away.mean(axis=1)) / len(pool.tasks)
        apart[truth] = math.inf
        weights = weights_of(apart, pool.importance, pool.keep)
        for n in range(len(names)):
            q05, q25, q75, q95 = weighted_quantiles(pool.points[:, n], weights, (0.05, 0.25, 0.75, 0.95))
            held[0, n] += q25 <= pool.points[truth, n] <= q75
            held[1, n] += q05 <= pool.points[truth, n] <= q95
            width[n] += q95 - q05
    count = max(len(truths), 1)
    return {
        "truths": len(truths),
        "covered_50": float(held[0].mean() / count),
        "covered_90": float(held[1].mean() / count),
        "parameters": {
            name: {"covered_50": float(held[0, n] / count), "covered_90": float(held[1, n] / count),
                   "contraction": float(1.0 - width[n] / count / 0.9)}
            for n, name in enumerate(names)
        },
    }  # fmt: skip


def contraction(pool: Pool) -> list[dict[str, Any]]:
    """A row a posterior and free parameter: median and 90 % range before and after, and the contraction of the range
    in the cube, 1 - width after / 0.9."""
    names = list(pool.plan.free)
    made = values(pool.points, names, pool.parameters)
    prior = values(np.tile(np.array([[0.05], [0.5], [0.95]]), (1, len(names))), names, pool.parameters)
    rows = []
    for posterior, weights in pool.posteriors.items():
        for n, name in enumerate(names):
            low, middle, high = weighted_quantiles(made[:, n], weights, (0.05, 0.5, 0.95))
            inside = weighted_quantiles(pool.points[:, n], weights, (0.05, 0.95))
            rows.append({
                "posterior": posterior, "parameter": name,
                "prior_q05": prior[0, n], "prior_median": prior[1, n], "prior_q95": prior[2, n],
                "posterior_q05": low, "posterior_median": middle, "posterior_q95": high,
                "contraction": 1.0 - (inside[1] - inside[0]) / 0.9,
            })  # fmt: skip
    return rows


def cost(tasks: Sequence[Task], draws: int, count: int, replicates: int, engine: Engine) -> dict[str, Any]:
    """What a calibration takes: runs, and CPU minutes by one timed run of every start at the stated values."""
    from sim.scenario.read import read_theatre

    run, load = engine.find("simulate"), engine.find("load_policy")
    each = sum(generations(draws, count)) * replicates
    rows: list[dict[str, Any]] = []
    for task in tasks:
        for stage, days in task.days.items():
            theatre = read_theatre(task.theatre.path, stage)
            policy = load(task.policy, theatre)
            run(theatre, policy, seed=1, days=2)  # compiled, and read once
            begun = time.process_time()
            run(theatre, policy, seed=1, days=days)
            rows.append({"theatre": task.theatre.name, "stage": stage, "days": days,
                         "seconds": time.process_time() - begun})  # fmt: skip
    seconds = each * math.fsum(row["seconds"] for row in rows)
    return {"runs": each * len(rows), "minutes": seconds / 60.0, "rows": rows}


def told_cost(found: Mapping[str, Any], workers: int | None) -> str:
    """The cost in words."""
    lines = [f"{row['theatre']:<18}{row['stage']:<14}{row['days']:>5} days {row['seconds']:>6.2f} s a run"
             for row in found["rows"]]  # fmt: skip
    spread_over = f", spread over {workers} workers" if workers else ""
    lines.append(f"{found['runs']:,} runs, about {found['minutes']:.0f} CPU minutes{spread_over}")
    return "\n".join(lines) + "\n"


def calibrate(
    theatres: Sequence[Theatre | str | Path], *, draws: int = 160, count: int = 3, replicates: int = 1, seed: int = 1,
    workers: int | None = None, output: str | Path = "outputs/pooled", plan: Plan | None = None,
    engine: Engine | None = None, progress: bool | None = None,
) -> tuple[Pool, dict[str, Any]]:  # fmt: skip
    """Calibrate all `theatres` together; see the module. The pool of draws and the settings that are stored.

    `count` is the number of generations. The same call completes what an interrupted one left in `output`. Raises
    BadInput and FailedWork.
    """
    engine = engine or Engine(simulate=WATCHED)
    plan = plan or read_plan(shipped("configs") / "calibration" / "pooled.yaml", engine.find("parameters"))
    tasks, folder = tasks_of(theatres), Path(output)
    total = sum(generations(draws, count))
    if plan.kept(draws) >= draws:
        raise BadInput(
            f"draws={draws} are no more than are kept", where="draws",
            why=f"every posterior keeps {plan.kept(total)} draws", instead=f"draws={4 * plan.at_least}",
        )  # fmt: skip
    pool = simulate_pool(tasks, plan, draws=draws, count=count, replicates=replicates, seed=seed, workers=workers,
                         output=folder, engine=engine, progress=progress)  # fmt: skip
    posteriors = pool.posteriors
    settings = {
        "schema_version": 1,
        "engine_digest": engine.version or engine_digest(),
        "theatres": {
            task.theatre.name: {
                "digest": task.theatre.digest, "policy": task.policy, "days": dict(task.days),
                "items": [item.name for item in task.items],
                "distance_prior": _finite_mean(pool.distance[task.theatre.name][: pool.first]),
                **_after(pool, task.theatre.name, posteriors),
            }
            for task in tasks
        },
        "draws": generations(draws, count), "replicates": replicates, "seed": seed,
        "kept": pool.keep, "cap": plan.cap,
        "failed_draws": int((~np.isfinite(np.mean(list(pool.distance.values()), axis=0))).sum()),
        "effective_draws": {name: effective(weights) for name, weights in posteriors.items()},
        "distance": "mean over theatres of the mean over windows and facts of how far outside they lie, in spreads of "
                    "the first generation, capped",
        "free": dict(plan.free),
        "others": "every other parameter drawn from its stated range, anew for each draw and theatre",
        "recovery": recover(pool, seed=seed),
    }  # fmt: skip
    _write(pool, posteriors, settings, folder)
    return pool, settings


def _after(pool: Pool, theatre: str, posteriors: Mapping[str, Any]) -> dict[str, float]:
    """The mean distance of a theatre under the posterior of all, of all but it, and of it alone."""
    keys = {"pooled": POOLED, "without": f"without_{theatre}", "only": f"only_{theatre}"}
    apart = pool.distance[theatre]
    return {
        f"distance_{name}": float((posteriors[key] * np.where(posteriors[key] > 0, apart, 0.0)).sum())
        for name, key in keys.items() if key in posteriors
    }  # fmt: skip


def _finite_mean(column: Any) -> float:
    return float(np.mean(column[np.isfinite(column)]))


def tasks_of(theatres: Sequence[Theatre | str | Path]) -> list[Task]:
    """What of each theatre is compared. Raises BadInput, also for a theatre that is named twice."""
    from sim.scenario.read import read_theatre

    tasks = [task_of(read_theatre(t) if isinstance(t, (str, Path)) else t) for t in theatres]
    names = [task.theatre.name for task in tasks]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled or not names:
        raise BadInput(f"{doubled[0]} is named twice" if doubled else "no theatre is named", where="theatres",
                       instead="theatres=[car_2013,mali_2012]")  # fmt: skip
    return tasks


def _write(pool: Pool, posteriors: Mapping[str, Any], settings: Mapping[str, Any], folder: Path) -> None:
    kept = np.any([weights > 0 for weights in posteriors.values()], axis=0)
    made = values(pool.points, list(pool.plan.free), pool.parameters)[kept]
    columns = {name: made[:, n] for n, name in enumerate(pool.plan.free)}
    _write_csv(folder / "posterior.csv", columns | {name: weights[kept] for name, weights in posteriors.items()})
    table = contraction(pool)
    _write_csv(folder / "table.csv", {key: [row[key] for row in table] for key in table[0]})
    store.write_json(folder / "settings.json", settings)


def _write_csv(path: Path, columns: Mapping[str, Any]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([cell if isinstance(cell, str) else f"{float(cell):.5g}" for cell in row])
    path.write_text(text.getvalue(), encoding="utf-8")


def publish(output: Path) -> Path:
    """Put a finished calibration where hindcasts find it."""
    target = folder_of()
    target.mkdir(exist_ok=True)
    for name in FILES:
        shutil.copyfile(output / name, target / name)
    return target


def folder_of() -> Path:
    """Where the published pooled calibration is."""
    return shipped("configs") / "calibration" / POOLED


def drawn(stated: Draws, parameters: Mapping[str, Parameter], seed: int, *, without: str = "") -> Draws:
    """The parameter sets of `stated` with the pooled parameters from their posterior, or, with the name of a theatre,
    from the one that never saw it. Raises BadInput when there is none."""
    path = folder_of() / "posterior.csv"
    where = "configs/calibration/pooled/posterior.csv"
    if not path.is_file():
        raise BadInput("there is no pooled posterior", where=where, why="the theatres were not calibrated together",
                       instead="python -m sim.study.pooled publish=true, or parameters=stated")  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(read_text(path, limit=20_000_000, shown=where))))
    column = f"without_{without}" if without and f"without_{without}" in rows[0] else POOLED
    if without and column == POOLED and f"only_{without}" in rows[0]:
        raise BadInput(f"no posterior without {without}", where=where, why="it was calibrated alone",
                       instead="parameters=stated")  # fmt: skip
    names = [name for name in rows[0] if name in parameters]
    weights = np.array([float(row[column]) for row in rows])
    rng = np.random.default_rng([seed, 2])
    count = len(stated.rows)
    marks = (np.arange(count) + rng.random()) / count
    at = np.minimum(np.searchsorted(np.cumsum(weights / weights.sum()), marks), len(rows) - 1)
    picked = [rows[n] for n in rng.permutation(at)]
    made = tuple(
        {**row, **{name: float(mine[name]) for name in names}} for row, mine in zip(stated.rows, picked, strict=True)
    )
    seen = f"that never saw {without}" if without else "of all theatres"
    origin = f"pooled posterior {seen}: {len(names)} parameters; the others from their stated ranges"
    return Draws(made, origin, tuple(names), stated.ranges)


# ------------------------------------------------------------------------------------------------ the command


def _told(pool: Pool, settings: Mapping[str, Any]) -> str:
    found = settings["recovery"]
    lines = [
        f"{sum(settings['draws'])} draws in {len(settings['draws'])} generations, {settings['kept']} kept by each "
        f"posterior, {settings['failed_draws']} failed",
        f"known truths: {found['covered_90']:.0%} of values in the 90 % range, {found['covered_50']:.0%} in the 50 % "
        f"range ({found['truths']} truths)",
        f"{'theatre':<20}{'distance: prior':>16}{'pooled':>9}{'without it':>12}{'alone':>8}",
    ]
    for name, row in settings["theatres"].items():
        without = f"{row['distance_without']:.2f}" if "distance_without" in row else ""
        lines.append(f"{name:<20}{row['distance_prior']:>16.2f}{row['distance_pooled']:>9.2f}{without:>12}"
                     f"{row['distance_only']:>8.2f}")  # fmt: skip
    lines.append(f"{'parameter':<22}{'prior median (90 %)':>30}{'pooled median (90 %)':>34}{'contraction':>13}")
    for row in contraction(pool):
        if row["posterior"] == POOLED:
            before, after = (
                f"{row[f'{part}_median']:.3g} ({row[f'{part}_q05']:.3g} to {row[f'{part}_q95']:.3g})"
                for part in ("prior", "posterior")
            )
            lines.append(f"{row['parameter']:<22}{before:>30}{after:>34}{row['contraction']:>13.2f}")
    return "\n".join(lines) + "\n"


_NUMBERS: dict[str, int | None] = {"draws": 160, "generations": 3, "replicates": 1, "seed": 1, "workers": None}
_FLAGS = ("publish", "cost")


def main(words: Sequence[str]) -> int:
    """Carry out the command ``python -m sim.study.pooled KEY=VALUE...``; the exit status.

    ``cost=true`` times one run of every start, says what the calibration would take, and stops.
    """
    given: dict[str, str] = {}
    try:
        known = ("theatres", "output", *_FLAGS, *_NUMBERS)
        for word in words:
            name, equals, value = word.partition("=")
            if not equals or name not in known:
                raise BadInput(f"{word!r} is no setting", where="pooled", instead=did_you_mean(name, known))
            given[name] = value
        numbers = dict(_NUMBERS)
        for name in _NUMBERS:
            if name in given:
                if not given[name].isdecimal() or int(given[name]) < 1:
                    raise BadInput(f"{name}={given[name]} is no whole number", where=name, instead=f"{name}=2")
                numbers[name] = int(given[name])
        for name in _FLAGS:
            if given.get(name, "false") not in ("true", "false"):
                raise BadInput(f"{name}={given[name]}", where=name, instead=f"{name}=true or {name}=false")
        named = [part.strip() for part in given.get("theatres", "").strip("[]").split(",") if part.strip()]
        theatres: list[Any] = list(named) or [str(path) for path in all_theatres()]
        output, count = Path(given.get("output", "outputs/pooled")), numbers.pop("generations") or 1
        settings: dict[str, Any] = numbers
        engine = Engine(simulate=WATCHED)
        tasks = tasks_of(theatres)
        expected = cost(tasks, settings["draws"], count, settings["replicates"], engine)
        sys.stdout.write(told_cost(expected, settings["workers"]))
        sys.stdout.flush()
        if given.get("cost") == "true":
            return 0
        chosen = [task.theatre for task in tasks]
        pool, stored = calibrate(chosen, count=count, output=output, engine=engine, **settings)
        sys.stdout.write(_told(pool, stored))
        if given.get("publish") == "true":
            sys.stdout.write(f"published to {publish(output)}\n")
        else:
            sys.stdout.write(f"in {output}; publish=true hands it to later hindcasts\n")
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


def all_theatres() -> list[Path]:
    """The shipped theatres that may be fitted: those with windows or facts, and not never scored."""
    from sim.scenario.read import read_theatre
    from sim.study.hindcast import scorable

    found = []
    for path in sorted(shipped("scenarios").glob("*/scenario.yaml")):
        theatre = read_theatre(path.parent)
        if scorable(theatre) and read_scoring(theatre).role != "never_scored":
            found.append(path.parent)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
