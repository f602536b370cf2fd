"""An output folder read into arrays, and the paired differences that the report states."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.ground.check import BadInput
from sim.study import outcomes, words
from sim.study.outcomes import Effect, Sample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.scenario.theatre import Theatre

    Floats = NDArray[np.float64]

TABLES = ("runs.parquet", "series.parquet", "places.parquet")


@dataclass(frozen=True, slots=True)
class Weekly:
    """Weekly values of each run: `values[variable][policy, run, week, prefecture]`, float32.

    `prefectures` are sorted; "" (national) is among them for variables that have no prefecture. `runs` are
    (draw,
    replicate) pairs; `present[policy, run]` is False where a run failed, and its values mean nothing.
    """

    policies: tuple[str, ...]
    runs: tuple[tuple[int, int], ...]
    present: NDArray[np.bool_]
    weeks: int
    prefectures: tuple[str, ...]
    values: dict[str, NDArray[np.float32]]

    def of(self, variable: str, policy: str, prefecture: str = "") -> NDArray[np.float32]:
        """[runs, weeks] of a prefecture, or of the country: its national rows, or else the sum of
        prefectures.
        """
        at = self.policies.index(policy)
        cube = self.values[variable][at][self.present[at]]
        if prefecture in self.prefectures:
            chosen = cube[..., self.prefectures.index(prefecture)]
            if prefecture or chosen.any():
                return chosen  # type: ignore[no-any-return]
        return cube.sum(axis=-1)  # type: ignore[no-any-return]

    def totals(self, variable: str, policy: str) -> dict[tuple[int, int], NDArray[np.float32]]:
        """By run, the sum over the weeks [prefectures]."""
        at = self.policies.index(policy)
        sums = self.values[variable][at].sum(axis=1)
        return {key: sums[i] for i, key in enumerate(self.runs) if self.present[at, i]}


@dataclass(frozen=True)
class Outputs:
    """What one output folder holds. `runs[policy][column]` are float64 arrays [runs], policies in the
    order asked for.

    `places[policy, variable][place]` is the mean over runs. `theatre` is None where the scenario cannot be
    read any more; the report then has no map.
    """

    folder: Path
    summary: dict[str, Any]
    manifest: dict[str, Any]
    baseline: str
    policies: tuple[str, ...]
    runs: dict[str, dict[str, Floats]]
    weekly: Weekly
    places: dict[tuple[str, str], dict[str, float]]
    theatre: Theatre | None

    @property
    def options(self) -> tuple[str, ...]:
        """The policies other than the baseline."""
        return tuple(name for name in self.policies if name != self.baseline)

    @cached_property
    def start(self) -> datetime.date | None:
        """The first simulated day, or None when nothing states it."""
        text = self.manifest.get("start")
        if isinstance(text, str):
            try:
                return datetime.date.fromisoformat(text[:10])
            except ValueError:
                pass
        return self.theatre.start if self.theatre else None

    @property
    def whole_weeks(self) -> int:
        """How many simulated weeks have seven days; a shorter last one would look like a lull."""
        days = self.summary.get("days")
        return min(self.weekly.weeks, days // 7) if isinstance(days, int) and days >= 7 else self.weekly.weeks

    @property
    def saved(self) -> dict[str, Any]:
        """What summary.json says of lives saved: the headline, and the policies that it is about."""
        found = self.summary.get("lives_saved")
        if not isinstance(found, dict) or not {"warning", "sentence", "options", "lead"} <= set(found):
            raise BadInput(
                "there is no finding under `lives_saved`",
                where=str(self.folder / "summary.json"),
                why="it was written by an earlier version",
                instead="run the comparison again; finished runs are kept",
            )
        return found

    def about(self, policy: str, key: str) -> Any:
        """What summary.json says of a policy under `key`, None when it says nothing."""
        return self.summary["policies"].get(policy, {}).get(key)

    def title(self, policy: str) -> str:
        """The title of a policy for readers, else its name in words."""
        text = self.about(policy, "title")
        return text.strip() if isinstance(text, str) and text.strip() else policy.replace("_", " ")

    def quoted(self, policy: str) -> str:
        """The title for use inside a sentence."""
        return words.quoted(self.title(policy))

    def instruments(self, policy: str) -> list[dict[str, Any]]:
        """The instruments of a policy as its file states them; empty when nothing here records them."""
        stated = self.about(policy, "instruments")
        return stated if isinstance(stated, list) and all(isinstance(row, dict) for row in stated) else []

    def effect(self, policy: str, against: str) -> Effect:
        """The difference in civilian deaths, `policy` minus `against`, over the runs that share random numbers."""
        return outcomes.effect(self._sample(policy), self._sample(against))

    def _sample(self, policy: str) -> Sample:
        table = self.runs[policy]
        keys = zip(table["draw"].astype(int).tolist(), table["replicate"].astype(int).tolist(), strict=True)
        return Sample(tuple(keys), table)

    def prefecture_effect(self, policy: str, against: str, variable: str = "deaths") -> dict[str, Effect]:
        """As `effect`, by prefecture, from the weekly series."""
        import numpy as np

        mine, theirs = self.weekly.totals(variable, policy), self.weekly.totals(variable, against)
        shared = sorted(mine.keys() & theirs.keys())
        if not shared:
            return {}
        difference = np.array([mine[key] - theirs[key] for key in shared], dtype=np.float64)
        draws = np.array([draw for draw, _ in shared])
        return {
            prefecture: outcomes.paired(difference[:, column], draws)
            for column, prefecture in enumerate(self.weekly.prefectures)
            if prefecture
        }


def read_outputs(folder: Path) -> Outputs:
    """Read an output folder.

    Raises BadInput for a missing or broken file, and for tables that do not hold the policies of
    summary.json.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BadInput(
            "there is no such output folder", where=str(folder), instead="give the folder of a finished run"
        )
    summary = _read_json(folder / "summary.json")
    manifest = _read_json(folder / "manifest.json")
    described = summary.get("policies")
    baseline = summary.get("baseline")
    if not isinstance(described, dict) or not all(isinstance(item, dict) for item in described.values()):
        raise BadInput(
            "there is no mapping `policies`",
            where=str(folder / "summary.json"),
            instead="run the comparison again; the file is written by it",
        )
    if baseline is None and described:
        # a run of policies that were not compared: the first stands as the reference
        baseline = next(iter(described))
    if not isinstance(baseline, str) or baseline not in described:
        raise BadInput(
            f"the baseline {baseline!r} is none of its policies",
            where=str(folder / "summary.json"),
            instead="run the comparison again; the file is written by it",
        )
    tables = {name: _read_table(folder / name) for name in TABLES}
    runs = _runs(tables["runs.parquet"], folder / "runs.parquet", described)
    order = tuple(dict.fromkeys((baseline, *described)))
    return Outputs(
        folder=folder,
        summary=summary,
        manifest=manifest,
        baseline=baseline,
        policies=order,
        runs=runs,
        weekly=_weekly(tables["series.parquet"], folder / "series.parquet", order),
        places=_places(tables["places.parquet"], folder / "places.parquet"),
        theatre=_theatre(summary, manifest),
    )


def _missing(path: Path) -> BadInput:
    return BadInput(
        f"the file {path.name} is missing",
        where=str(path.parent),
        why="the report is made from all files of an output folder",
        instead="run or compare into this folder again; finished runs are kept",
    )


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise _missing(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"this is not readable JSON ({error})", where=str(path)) from None
    if not isinstance(data, dict):
        raise BadInput("this JSON holds no object", where=str(path))
    return data


def _read_table(path: Path) -> dict[str, list[Any] | Any]:
    if not path.is_file():
        raise _missing(path)
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, page_checksum_verification=True)
    except (OSError, pa.ArrowException) as error:
        raise BadInput(
            f"this table cannot be read ({str(error).splitlines()[0]})",
            where=str(path),
            why="it is damaged or no Parquet file",
            instead="delete it and run the comparison again; finished runs are kept",
        ) from None
    return {name: _column(table[name]) for name in table.column_names}


def _column(column: Any) -> Any:
    import pyarrow as pa

    # text stays Arrow: the weekly table has millions of rows and only its codes are needed
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return column if pa.types.is_string(kind) or pa.types.is_large_string(kind) else column.to_numpy()


def _need(table: dict[str, Any], path: Path, columns: Sequence[str]) -> None:
    absent = [name for name in columns if name not in table]
    if absent:
        raise BadInput(
            f"the column {', '.join(absent)} is missing",
            where=str(path),
            instead="run the comparison again; the file is written by it",
        )


def _codes(column: Any) -> tuple[NDArray[np.int64], list[str]]:
    import pyarrow as pa

    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    encoded = encoded.unify_dictionaries().combine_chunks()
    return encoded.indices.to_numpy(zero_copy_only=False).astype("int64"), encoded.dictionary.to_pylist()


def _runs(table: dict[str, Any], path: Path, described: dict[str, Any]) -> dict[str, dict[str, Floats]]:
    import numpy as np

    _need(table, path, ("policy", "draw", "replicate", "civilian_deaths"))
    codes, names = _codes(table["policy"])
    absent = [name for name in described if name not in names]
    if absent:
        raise BadInput(
            f"there is no run of the policy {', '.join(absent)}",
            where=str(path),
            why="summary.json lists it",
            instead="run the comparison again; finished runs are kept",
        )
    numeric = {name: column for name, column in table.items() if isinstance(column, np.ndarray)}
    return {
        name: {
            key: column[codes == code].astype(np.float64)
            for key, column in numeric.items()
            if column.dtype.kind in "iufb"
        }
        for code, name in enumerate(names)
        if name in described
    }


def _weekly(table: dict[str, Any], path: Path, policies: tuple[str, ...]) -> Weekly:
    import numpy as np

    _need(table, path, ("policy", "draw", "replicate", "week", "prefecture", "variable", "value"))
    policy_code, policy_names = _codes(table["policy"])
    place_code, place_names = _codes(table["prefecture"])
    variable_code, variables = _codes(table["variable"])
    prefectures = tuple(sorted(place_names))
    draw, replicate, week = (np.asarray(table[key]).astype(np.int64) for key in ("draw", "replicate", "week"))
    if len(week) == 0 or "deaths" not in variables:
        raise BadInput("there are no weekly deaths", where=str(path), instead="run the comparison again")
    week = week - week.min()
    keys, run_at = np.unique(draw * 1_000_000 + replicate, return_inverse=True)
    known = [policies.index(name) if name in policies else -1 for name in policy_names]
    policy_at = np.array(known)[policy_code]
    place_at = np.array([prefectures.index(name) for name in place_names])[place_code]
    shape = (len(policies), len(keys), int(week.max()) + 1, len(prefectures))
    value = np.asarray(table["value"], dtype=np.float32)
    values = {}
    present = np.zeros(shape[:2], dtype=bool)
    present[policy_at[policy_at >= 0], run_at[policy_at >= 0]] = True
    for code, variable in enumerate(variables):
        rows = (variable_code == code) & (policy_at >= 0)
        cube = np.zeros(shape, dtype=np.float32)
        cube[policy_at[rows], run_at[rows], week[rows], place_at[rows]] = value[rows]
        values[variable] = cube
    runs = tuple((int(key // 1_000_000), int(key % 1_000_000)) for key in keys)
    return Weekly(policies, runs, present, shape[2], prefectures, values)


def _places(table: dict[str, Any], path: Path) -> dict[tuple[str, str], dict[str, float]]:
    _need(table, path, ("policy", "place", "variable", "mean"))
    found: dict[tuple[str, str], dict[str, float]] = {}
    columns = [table[key].to_pylist() for key in ("policy", "variable", "place")]
    for policy, variable, place, mean in zip(*columns, table["mean"], strict=True):
        found.setdefault((policy, variable), {})[place] = float(mean)
    return found


def _theatre(summary: dict[str, Any], manifest: dict[str, Any]) -> Theatre | None:
    from sim.scenario.read import read_theatre

    stage = manifest.get("stage")
    for name in (manifest.get("scenario_path"), summary.get("scenario")):
        if isinstance(name, str) and name:
            try:
                return read_theatre(name, stage=stage if isinstance(stage, str) and stage else None)
            except BadInput:
                continue
    return None
