"""What a study computes: which policies, which parameter draws, how many replicates, under which identity.

Runs are parameter draws x replicates. Run number `r` of a policy is replicate ``r % replicates`` of draw
``r // replicates``; when `runs` is no multiple of `replicates` the last draw has fewer. The draws of a
longer study begin with those of a shorter one, and they are the same for every policy, as are the seeds
(common random numbers).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.ground.check import BadInput, Problem, did_you_mean
from sim.ground.files import read_text
from sim.ground.parameters import Parameter

if TYPE_CHECKING:
    from sim.scenario.theatre import Theatre

DELAYS: tuple[int, ...] = (0, 30, 60, 90)
"""Days by which the timing question moves each policy's decision."""

AS_STATED = "as_stated"
"""The theory that changes nothing: the model as it is."""

MOST_RUNS = 100_000
"""Runs of a policy: more take weeks on one machine, and their parameter draws gigabytes."""

_POSTERIOR_BYTES = 20_000_000
_SOBOL_BITS = 30  # fixed, so that the first points do not depend on how many are asked for


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """One study, as asked for.

    `policies` holds every compared policy, the baseline first; `baseline` is None when nothing is compared.
    `runs` (>= 1) counts the runs of each policy, `replicates` (>= 1) those that share a parameter draw,
    `timing_runs` the runs of each delayed variant (0 = no timing question), `structure_runs` those of each policy under
    each rival theory (0 = no structural range). `parameters`, for a hindcast, names the posterior that
    it draws from. `workers` and `output` never change a result.
    """

    scenario: str = "sahra"
    policies: tuple[str, ...] = ("none",)
    baseline: str | None = None
    runs: int = 64
    replicates: int = 4
    seed: int = 1
    timing_runs: int = 0
    stage: str | None = None
    days: int | None = None
    workers: int | None = None
    output: str | None = None
    decision: str = "instant"
    structure_runs: int = 0
    theory: str = AS_STATED
    parameters: str = "own"

    def __post_init__(self) -> None:
        for name, low, high in (
            ("runs", 1, MOST_RUNS), ("replicates", 1, MOST_RUNS), ("seed", 0, 2**63 - 1),
            ("timing_runs", 0, self.runs), ("structure_runs", 0, MOST_RUNS), ("days", 1, 3660), ("workers", 1, 4096),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is None and name in ("days", "workers"):
                continue
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise BadInput(
                    f"{name}={str(value)[:40]} cannot be used", where=name,
                    instead=f"a whole number {low} to {high}",
                )
        if not self.policies:
            raise BadInput(
                "no policy is named", where="policies", instead="policies=[none,preventive_deployment]"
            )
        doubled = sorted({name for name in self.policies if self.policies.count(name) > 1})
        if doubled:
            raise BadInput(
                f"policy {doubled[0]!r} is named twice", where="policies", why="a policy is compared once",
                instead="each policy once",
            )  # fmt: skip
        if self.baseline is not None and self.baseline not in self.policies:
            raise BadInput(
                f"the baseline {self.baseline!r} is not among the policies", where="baseline",
                instead=did_you_mean(self.baseline, self.policies),
            )  # fmt: skip

    @property
    def draws(self) -> int:
        """Parameter draws of the study; the last one may have fewer replicates than the others."""
        return math.ceil(self.runs / self.replicates)

    def run_numbers(self, runs: int | None = None) -> list[tuple[int, int]]:
        """(draw, replicate) of the first `runs` runs (default: all)."""
        return [divmod(number, self.replicates) for number in range(self.runs if runs is None else runs)]


@dataclass(frozen=True, slots=True)
class Draws:
    """Parameter values of a study: ``rows[draw][name]``; `origin` says where they come from, in words."""

    rows: tuple[dict[str, float], ...]
    origin: str
    from_posterior: tuple[str, ...]
    ranges: dict[str, tuple[float, float, float]]


def draw_parameters(theatre: Theatre, draws: int, seed: int, parameters: Mapping[str, Parameter]) -> Draws:
    """The sets of `draw_columns` row by row."""
    columns, origin, posterior = draw_columns(theatre, draws, seed, parameters)
    rows = tuple({name: float(values[draw]) for name, values in columns.items()} for draw in range(draws))
    return Draws(rows, origin, posterior, stated_ranges(theatre, parameters))


def draw_columns(
    theatre: Theatre, draws: int, seed: int, parameters: Mapping[str, Parameter], *, first: int = 0
) -> tuple[dict[str, NDArray[np.float64]], str, tuple[str, ...]]:
    """Sample `draws` sets of all `parameters` of the model: name -> values [draws - first] from set `first` on.

    And where they come from in words, and which come from a posterior.

    Prior: scrambled Sobol points, one dimension a parameter; half of the mass lies evenly between `low` and
    the stated value and half between the value and `high`, so the stated value is the median (evenly over
    the whole range when the value is one of its ends). A theatre's `priors` replace the ranges of the
    model. Where the theatre's folder has ``calibration/posterior.csv`` (columns = parameter names, rows =
    accepted draws), its rows are used instead, in a seeded order, for the parameters that it names.
    """
    import warnings

    from scipy.stats import qmc

    ranges = stated_ranges(theatre, parameters)
    names = sorted(ranges)
    free = [name for name in names if ranges[name][1] < ranges[name][2]]
    columns = {name: np.full(draws - first, ranges[name][0]) for name in names}
    if free:
        with warnings.catch_warnings():  # a number of draws that is no power of two is fine here
            warnings.simplefilter("ignore", UserWarning)
            sequence = qmc.Sobol(len(free), scramble=True, bits=_SOBOL_BITS, rng=np.random.default_rng(seed))
            if first:
                sequence.fast_forward(first)
            points = sequence.random(draws - first)
        for position, name in enumerate(free):
            value, low, high = ranges[name]
            u = points[:, position]
            middle = value if low < value < high else (low + high) / 2.0
            columns[name] = np.where(
                u < 0.5, low + 2.0 * u * (middle - low), middle + (2.0 * u - 1.0) * (high - middle)
            )
    posterior = read_posterior(theatre.path, parameters)
    origin = f"priors: scrambled Sobol points over the stated ranges of {len(free)} uncertain parameters"
    if posterior:
        accepted = len(next(iter(posterior.values())))
        order = np.random.default_rng([seed, 1]).permutation(accepted)
        picked = order[np.arange(first, draws) % accepted]
        for name, values in posterior.items():
            columns[name] = np.asarray(values)[picked]
        others = len(set(free) - set(posterior))
        origin = (
            f"posterior: rows of calibration/posterior.csv ({accepted} draws of {len(posterior)} "
            f"parameters); {others} other parameters from their stated ranges"
        )
    return columns, origin, tuple(sorted(posterior))


def theatre_problems(theatre: Theatre) -> list[Problem]:
    """What would stop a study of a theatre whose tables are in order: a policy of its own, a prior, the posterior.

    [] when there is nothing. Loads the engine (a second or two).
    """
    from sim.interventions.registry import policy_problems

    found = policy_problems(theatre)
    if not theatre.priors and not _posterior(theatre.path).is_file():
        return found
    import sim.engine.model  # noqa: F401  (declares the parameters)
    from sim.ground.parameters import PARAMETERS

    for check in (lambda: stated_ranges(theatre, PARAMETERS), lambda: read_posterior(theatre.path, PARAMETERS)):
        try:
            check()
        except BadInput as error:
            found.append(error.problem)
    return found


def refuse_impossible(parameter: Parameter, value: float, where: str) -> None:
    """Refuse what a parameter of that unit cannot be, wherever its range lies."""
    share = parameter.unit == "share"
    most = max(1.0, parameter.high) * (1.0 if share else 1000.0)
    if not min(0.0, parameter.low) <= value <= most:
        raise BadInput(
            f"{parameter.name} is {value:g}", where=where,
            why="it is a share, 0 to 1" if share else "it is negative, or far beyond what the model can use",
            instead=f"a number near {parameter.low:g} to {parameter.high:g}, its range in the model",
        )  # fmt: skip


def _posterior(folder: Path) -> Path:
    return folder / "calibration" / "posterior.csv"


def stated_ranges(theatre: Theatre, parameters: Mapping[str, Parameter]) -> dict[str, tuple[float, float, float]]:
    """name -> (value, low, high), the theatre's priors in place of the model's."""
    ranges = {name: (float(p.value), float(p.low), float(p.high)) for name, p in parameters.items()}
    for name, prior in theatre.priors.items():
        if name not in ranges:
            raise BadInput(
                f"unknown parameter {name!r}", where=f"{theatre.name}/scenario.yaml: priors",
                why="priors replace the ranges of the model's own parameters",
                instead=did_you_mean(name, ranges),
            )  # fmt: skip
        low = prior.value if prior.low is None else prior.low
        high = prior.value if prior.high is None else prior.high
        for value in (low, prior.value, high):
            refuse_impossible(parameters[name], value, f"{theatre.name}/scenario.yaml: priors.{name}")
        ranges[name] = (float(prior.value), float(low), float(high))
    return ranges


def read_posterior(folder: Path, parameters: Mapping[str, Parameter]) -> dict[str, list[float]]:
    """Accepted draws of `folder`'s ``calibration/posterior.csv``: name -> values; {} without that file."""
    path = _posterior(folder)
    if not path.is_file():
        return {}
    where = f"{folder.name}/calibration/posterior.csv"
    text = read_text(path, limit=_POSTERIOR_BYTES, shown=where, inside=folder)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except csv.Error as error:
        raise BadInput(
            f"it is no CSV table: {error}", where=where, instead="one parameter a column, one draw a row"
        ) from None
    if len(rows) < 2:
        raise BadInput(
            "no accepted draw in it", where=where, instead="a header and at least one row, or no file"
        )
    header = [name.strip() for name in rows[0]]
    if len(set(header)) < len(header):
        raise BadInput("a column is named twice", where=f"{where}:1", instead="each parameter once")
    for name in header:
        if name not in parameters:
            raise BadInput(
                f"unknown parameter {name!r}", where=f"{where}:1",
                why="every column is a parameter of the model",
                instead=did_you_mean(name, parameters),
            )  # fmt: skip
    columns: dict[str, list[float]] = {name: [] for name in header}
    for number, row in enumerate(rows[1:], start=2):
        try:
            values = [float(cell) for cell in row]
        except ValueError:
            values = []
        if len(values) != len(header) or not all(math.isfinite(value) for value in values):
            raise BadInput(
                "not a finite number in every column",
                where=f"{where}:{number}",
                instead="one number a column",
            )
        for name, value in zip(header, values, strict=True):
            refuse_impossible(parameters[name], value, f"{where}:{number} ({name})")
            columns[name].append(value)
    return columns


def is_factual(policy: str) -> bool:
    """Whether a policy is nothing but what outsiders really did, which nobody can still decide later."""
    return all(part.startswith("factual_") for part in policy.split("+"))


_ENGINE_FLOORS = ("ground", "world", "mechanisms", "interventions", "warning", "actors", "scenario", "engine")


def engine_digest() -> str:
    """sha256 (16 hex digits) of the code that computes a run: all of `sim/` below this floor."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for floor in _ENGINE_FLOORS:
        for path in sorted((root / floor).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def identity(
    config: StudyConfig, theatre: Theatre, policies: dict[str, str], draws: Draws, engine: str
) -> dict[str, Any]:
    """Everything that decides a study's results, as plain JSON values.

    `policies` maps names to digests of their content; `engine` is the digest of the code that computes a run.
    """
    free = ("workers", "output", "scenario", "parameters")  # the parameters themselves are in the identity
    asked = {f.name: getattr(config, f.name) for f in fields(config) if f.name not in free}
    asked["policies"] = list(config.policies)
    asked["days"] = config.days or theatre.days
    asked["stage"] = theatre.stage
    return {
        "config": asked,
        "theatre": theatre.digest,
        "policies": policies,
        "parameters": hashlib.sha256(json.dumps(draws.rows, sort_keys=True).encode()).hexdigest()[:16],
        "engine": engine,
    }


def config_hash(identified: dict[str, Any]) -> str:
    """Ten hex digits that name an `identity`."""
    return hashlib.sha256(json.dumps(identified, sort_keys=True).encode()).hexdigest()[:10]
