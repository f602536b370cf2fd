"""The output folder of a study: shards while it runs, merged tables when it is done.

A shard is a folder of Parquet files with page checksums; it is written under another name, flushed to disk
and then renamed, so a shard that exists is whole. Merged tables do not depend on how the runs were cut into
shards.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import platform
import shutil
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.ground.check import BadInput, FailedWork
from sim.warning.stages import STAGES
from sim.world.index import index_of

if TYPE_CHECKING:
    from sim.scenario.theatre import Theatre

SCHEMA_VERSION = 1

_TEXT = pa.dictionary(pa.int32(), pa.string())
_KEY = [("policy", _TEXT), ("draw", pa.int32()), ("replicate", pa.int32())]
SCHEMAS: dict[str, pa.Schema] = {
    "series": pa.schema(
        [*_KEY, ("week", pa.int32()), ("prefecture", _TEXT), ("variable", _TEXT), ("value", pa.float32())]
    ),
    "monthly": pa.schema(
        [*_KEY, ("month", _TEXT), ("prefecture", _TEXT), ("actor", _TEXT), ("deaths_reported", pa.int32()),
         ("deaths_true", pa.int32())]
    ),
    "monthly_refugees": pa.schema([*_KEY, ("month", _TEXT), ("refugees", pa.int64())]),
    "chain": pa.schema(
        [*_KEY, ("step", pa.int32()), ("instrument", _TEXT), *((stage, pa.int32()) for stage in STAGES),
         ("rests", _TEXT), ("why", _TEXT)]
    ),
    "place_runs": pa.schema([*_KEY, ("place", _TEXT), ("deaths", pa.int64()), ("displaced", pa.int64())]),
}  # fmt: skip
"""Tables of a shard beside `runs`, whose columns are those of `RUN_KEY` and one float64 column an outcome."""

RUN_KEY: tuple[str, ...] = ("policy", "delay_days", "draw", "replicate", "seed", "digest")
TABLES: tuple[str, ...] = ("runs", "delayed", "series", "monthly", "monthly_refugees", "places", "parameters")
"""The merged Parquet tables of a finished study."""
CHAIN = "chain"
"""One more, where institutions had something to decide."""


class RunId(NamedTuple):
    """One run: a policy decided `delay_days` later than it says, under one draw and replicate."""

    policy: str
    delay_days: int
    draw: int
    replicate: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that ended with an error; it is tried again when the study is resumed."""

    policy: str
    delay_days: int
    draw: int
    replicate: int
    seed: int
    error: str


# ---------------------------------------------------------------------------------------------- a shard


def tables_of(
    theatre: Theatre, seed: int, results: Sequence[tuple[RunId, Any]], keep: Sequence[str] = tuple(SCHEMAS)
) -> dict[str, pa.Table]:
    """The shard tables of finished runs; `results` holds pairs of a RunId and the engine's RunResult.

    `keep` names the tables beside `runs`. Series, months and places are kept for undelayed policies only. `monthly`
    has a row where a count is not zero.
    """
    if not keep:
        return {"runs": _runs(seed, results)}
    months = month_labels(theatre.start, theatre.days * 2)
    parts: dict[str, list[pa.Table]] = {name: [] for name in SCHEMAS}
    for run, result in results:
        if run.delay_days:
            continue
        parts["series"].append(_series(run, result, theatre.prefectures))
        parts["monthly"].append(_monthly(run, result, theatre, months))
        refugees = np.asarray(result.monthly["refugees"], dtype=np.int64)
        parts["monthly_refugees"].append(
            _table("monthly_refugees", run, len(refugees), month=months[: len(refugees)], refugees=refugees)
        )
        deaths, displaced = (
            np.asarray(result.places[name], dtype=np.int64) for name in ("deaths", "displaced")
        )
        parts["chain"].append(_chain(run, getattr(result, "chain", ())))
        names = [place.name for place in theatre.places]
        parts["place_runs"].append(
            _table("place_runs", run, len(names), place=names, deaths=deaths, displaced=displaced)
        )
    tables = {
        name: pa.concat_tables([SCHEMAS[name].empty_table(), *found]).unify_dictionaries()
        for name, found in parts.items()
    }
    return {"runs": _runs(seed, results), **{name: tables[name] for name in keep}}


def absent(outcome: str) -> float:
    """What a run stands for that does not report `outcome`: a payer who paid nothing, else not a number."""
    return 0.0 if outcome.startswith("euros_") else float("nan")


def month_labels(start: datetime.date, days: int) -> list[str]:
    """``YYYY-MM`` of each calendar month touched by `days` days from `start`."""
    last = start + datetime.timedelta(days=max(days, 1) - 1)
    count = (last.year - start.year) * 12 + last.month - start.month + 1
    first = start.year * 12 + start.month - 1
    return [f"{(first + i) // 12:04d}-{(first + i) % 12 + 1:02d}" for i in range(count)]


def _runs(seed: int, results: Sequence[tuple[RunId, Any]]) -> pa.Table:
    names = sorted({name for _, result in results for name in result.outcomes})
    columns: dict[str, Any] = {
        "policy": [run.policy for run, _ in results],
        "delay_days": pa.array([run.delay_days for run, _ in results], pa.int32()),
        "draw": pa.array([run.draw for run, _ in results], pa.int32()),
        "replicate": pa.array([run.replicate for run, _ in results], pa.int32()),
        "seed": pa.array([seed] * len(results), pa.int64()),
        "digest": [result.digest for _, result in results],
    }
    for name in names:
        columns[name] = np.array([float(result.outcomes.get(name, absent(name))) for _, result in results])
    return pa.table(columns)


def _table(name: str, run: RunId, rows: int, **columns: Any) -> pa.Table:
    everything = {
        "policy": _repeat(run.policy, rows),
        "draw": np.full(rows, run.draw, np.int32),
        "replicate": np.full(rows, run.replicate, np.int32),
        **columns,
    }
    schema = SCHEMAS[name]
    return pa.table([_array(everything[field.name], field.type) for field in schema], schema=schema)


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    if kind == _TEXT:
        return pa.array(values, pa.string()).dictionary_encode()
    return pa.array(values, kind)


def _chain(run: RunId, lines: Sequence[Any]) -> pa.Table:
    """A row a step that institutions had to decide: the day of each stage, where it rests and why."""
    days = {stage: pa.array([line.days.get(stage) for line in lines], pa.int32()) for stage in STAGES}
    return _table(
        "chain", run, len(lines), step=[line.option.number for line in lines],
        instrument=[line.option.name for line in lines], **days,
        rests=[line.rests for line in lines], why=[line.why for line in lines],
    )  # fmt: skip


def _repeat(text: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([text]))


def _coded(codes: np.ndarray[Any, Any], names: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32)), pa.array(list(names), pa.string())
    )


def _series(run: RunId, result: Any, prefectures: Sequence[str]) -> pa.Table:
    """Long weekly table; prefecture '' is the whole country, for the variables by prefecture their sum."""
    names = sorted(result.weekly)
    weeks, where, which, values = [], [], [], []
    for code, name in enumerate(names):
        value = np.asarray(result.weekly[name], dtype=np.float32)
        national = value if value.ndim == 1 else value.sum(axis=1, dtype=np.float64).astype(np.float32)
        columns = [national] if value.ndim == 1 else [national, *value.T]
        for column, cells in enumerate(columns):
            weeks.append(np.arange(len(cells), dtype=np.int32))
            where.append(np.full(len(cells), column, np.int32))
            which.append(np.full(len(cells), code, np.int32))
            values.append(cells)
    joined = np.concatenate(values) if values else np.zeros(0, np.float32)
    return _table(
        "series", run, len(joined), week=np.concatenate(weeks) if weeks else np.zeros(0, np.int32),
        prefecture=_coded(np.concatenate(where) if where else np.zeros(0), ["", *prefectures]),
        variable=_coded(np.concatenate(which) if which else np.zeros(0), names), value=joined,
    )  # fmt: skip


def _monthly(run: RunId, result: Any, theatre: Theatre, months: Sequence[str]) -> pa.Table:
    reported = np.asarray(result.monthly["deaths_reported"])
    true = np.asarray(result.monthly["deaths_true"])
    month, prefecture, actor = np.nonzero((reported != 0) | (true != 0))
    return _table(
        "monthly", run, len(month), month=_coded(month, months),
        prefecture=_coded(prefecture, theatre.prefectures),
        actor=_coded(actor, index_of(theatre).actors),
        deaths_reported=reported[month, prefecture, actor].astype(np.int32),
        deaths_true=true[month, prefecture, actor].astype(np.int32),
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------- the folder


STALE_SECONDS = 3600.0
"""An unfinished shard that nobody has touched for so long belongs to a writer that is gone."""


class Store:
    """The output folder of one study. Use as a context manager: it is locked while a study writes to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shards = folder / "shards"
        self._lock: Any = None
        self._doubles: dict[Path, set[RunId]] = {}

    def open(self, identified: dict[str, Any], name: str) -> dict[str, Any]:
        """Take the folder for the study `identified` (hash `name`), or continue it; its manifest so far.

        Raises BadInput when the folder holds something else, FailedWork when another process works in it.
        """
        folder = self.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(
                f"the output folder cannot be made ({error.strerror})", where=f"output={folder}",
                instead="output= a folder that you may write to",
            ) from None  # fmt: skip
        manifest = read_manifest(folder) if (folder / "manifest.json").is_file() else None
        if manifest is None and not self._barely_begun():
            raise BadInput(
                "the folder is not empty and holds no study", where=f"output={folder}",
                why="nothing of yours is overwritten", instead="output= a new or empty folder",
            )  # fmt: skip
        if manifest is not None and manifest.get("config_hash") != name:
            raise BadInput(
                "the folder holds the results of another configuration", where=f"output={folder}",
                why=_differences(manifest.get("identity", {}), identified),
                instead="another output=, or leave output= away: each configuration gets its own folder",
            )  # fmt: skip
        with writing(folder):
            self._take_lock()
            self.shards.mkdir(exist_ok=True)
        self.tidy(0.0)
        return manifest or {}

    def tidy(self, seconds: float = STALE_SECONDS) -> None:
        """Remove what writers that were killed left behind: shards unfinished for `seconds`, by the disk's own clock.

        0 where nobody else can be writing.
        """
        left = list(self.shards.glob("*.tmp"))
        if left and seconds:
            probe = self.shards / f".clock-{platform.node()}-{os.getpid()}"
            probe.touch()
            now = probe.stat().st_mtime
            probe.unlink()
            left = [folder for folder in left if now - _changed(folder, now) > seconds]
        for folder in left:
            shutil.rmtree(folder, ignore_errors=True)

    def _barely_begun(self) -> bool:
        """Whether nothing is in the folder but what a study leaves that was stopped before its first manifest."""
        names = {entry.name for entry in self.folder.iterdir()}
        return names <= {".lock", "manifest.json.tmp", "shards"} and not (
            self.shards.exists() and any(self.shards.iterdir())
        )

    def _take_lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # no such lock on this system
            return
        self._lock = (self.folder / ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            self._lock = None
            raise FailedWork(
                "another process is working in this folder", where=f"output={self.folder}",
                instead="wait until it has finished, or give another output=",
            ) from None  # fmt: skip

    def close(self) -> None:
        """Release the folder."""
        if self._lock is not None:
            (self.folder / ".lock").unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def done(self) -> set[RunId]:
        """The runs that whole shards hold; a shard whose files are damaged is removed, so that it is
        computed again."""
        found: set[RunId] = set()
        for shard, runs, damage in self.examine():
            if damage:
                shutil.rmtree(shard)
            found.update(runs)
        return found

    def examine(self) -> Iterator[tuple[Path, list[RunId], str]]:
        """Each shard with the runs it holds, or with none and what is wrong with it: every byte is read."""
        for shard, record in self._records():
            files = record.get("files", {})
            wrong = [name for name, entry in files.items() if sha256(shard / name) != entry["sha256"]]
            wrong = wrong or (["record.json"] if not files else [])
            if wrong:
                yield shard, [], f"{', '.join(wrong)} missing or not as written"
            else:
                yield shard, [RunId(*run) for run in record["runs"]], ""

    def whole_shards(self) -> Iterator[tuple[Path, list[RunId]]]:
        """Each shard with a sound record, and the runs it says it holds; the tables are not read."""
        for shard, record in self._records():
            if record.get("files"):
                yield shard, [RunId(*run) for run in record["runs"]]

    def _records(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        for shard in sorted(self.shards.iterdir()) if self.shards.is_dir() else []:
            if shard.is_dir() and shard.suffix != ".tmp":
                try:
                    record = json.loads((shard / "record.json").read_text(encoding="utf-8"))
                    sound = isinstance(record, dict) and record.get("checksum") == checksum(record)
                except (OSError, ValueError):
                    sound = False
                yield shard, record if sound else {"runs": []}  # damaged: `done` removes it

    def merge(
        self, policies: Sequence[str], parameters: Sequence[dict[str, float]]
    ) -> dict[str, dict[str, Any]]:
        """Write the merged tables; file name -> rows and sha256. Sorted by policy (in the given order),
        draw, replicate; a shard may hold runs of several policies, and each run counts once."""
        by_policy: dict[str, list[Path]] = {policy: [] for policy in policies}
        seen: set[RunId] = set()
        self._doubles = {}
        for shard, runs in self.whole_shards():
            for policy in dict.fromkeys(run.policy for run in runs):
                by_policy[policy].append(shard)
            if there := seen.intersection(runs):  # two writers computed the same run
                self._doubles[shard] = there
            seen.update(runs)
        shards = list(dict.fromkeys(shard for mine in by_policy.values() for shard in mine))
        if not shards:
            return {}
        table = _in_order(self._read_all("runs", shards), policies)
        written = [
            self._write(
                "runs", [table.filter(pc.equal(table["delay_days"], 0)).drop_columns(["delay_days"])]
            ),
            self._write("delayed", [table.filter(pc.not_equal(table["delay_days"], 0))]),
            self._write("parameters", [_parameter_table(parameters)]),
        ]
        for name in ("series", "monthly", "monthly_refugees"):
            written.append(self._write(name, (_sorted(part) for part in self._by_policy(name, by_policy))))
        written.append(self._write("places", (_places(part) for part in self._by_policy("place_runs", by_policy))))
        chains = [_sorted(part) for part in self._by_policy("chain", by_policy)]
        if any(chain.num_rows for chain in chains):
            written.append(self._write("chain", chains))
        return dict(written)

    def _by_policy(self, name: str, by_policy: Mapping[str, Sequence[Path]]) -> Iterator[pa.Table]:
        """The rows of each policy, one policy after the other, out of the shards that hold some of it."""
        for policy, shards in by_policy.items():
            if shards:
                table = self._read_all(name, shards)
                yield table.filter(pc.equal(table["policy"], policy))

    def _read_all(self, name: str, shards: Sequence[Path]) -> pa.Table:
        parts = []
        for shard in shards:
            table = read_parquet(shard / f"{name}.parquet")
            if shard in self._doubles:
                late = table["delay_days"].to_pylist() if "delay_days" in table.column_names else [0] * table.num_rows
                keys = zip(table["policy"].to_pylist(), late, table["draw"].to_pylist(),
                           table["replicate"].to_pylist(), strict=True)  # fmt: skip
                table = table.filter(pa.array([key not in self._doubles[shard] for key in keys], pa.bool_()))
            parts.append(table)
        return pa.concat_tables(parts, promote_options="default").unify_dictionaries()

    def _write(self, name: str, tables: Iterable[pa.Table]) -> tuple[str, dict[str, Any]]:
        path = self.folder / f"{name}.parquet"
        with writing(path):
            rows = _write_parquet(path.with_suffix(".tmp"), tables)
            os.replace(path.with_suffix(".tmp"), path)
        return path.name, {"rows": rows, "sha256": sha256(path)}

    def seconds(self, shard: Path) -> float:
        """How long a whole shard's runs took in their process, writing not included."""
        return float(json.loads((shard / "record.json").read_text(encoding="utf-8"))["seconds"])

    def together(self, shards: Sequence[Path], to: Path) -> int:
        """Bytes that `shards` would take as one, tried out in the new folder `to`."""
        to.mkdir()
        for name in sorted(path.name for path in shards[0].glob("*.parquet")):
            parts = [read_parquet(shard / name) for shard in shards]
            write_table(to / name, pa.concat_tables(parts, promote_options="default").unify_dictionaries())
        records = sum((shard / "record.json").stat().st_size for shard in shards)
        return records + sum(path.stat().st_size for path in to.iterdir())

    def join(self, shards: Sequence[Path]) -> None:
        """Put whole `shards` together into one, then remove them. Raises FailedWork when one of them is damaged."""
        if len(shards) < 2:
            return
        records = [json.loads((shard / "record.json").read_text(encoding="utf-8")) for shard in shards]
        tables: dict[str, pa.Table] = {}
        for name in sorted({file for record in records for file in record["files"]}):
            parts = [read_parquet(s / name) for s, r in zip(shards, records, strict=True) if name in r["files"]]
            told = name.removesuffix(".parquet")
            tables[told] = with_absent(pa.concat_tables(parts, promote_options="default")).unify_dictionaries()
        runs = [RunId(*run) for record in records for run in record["runs"]]
        cpus = ", ".join(dict.fromkeys(record.get("cpu", "") for record in records))
        with writing(self.shards):
            _put_shard(self.folder, runs, tables, sum(float(record["seconds"]) for record in records), cpus)
        self.drop(shards)

    def drop(self, shards: Sequence[Path]) -> None:
        """Remove shards whose runs another one holds: renamed first, so that none is ever seen in part."""
        with writing(self.shards):
            for shard in shards:
                gone = shard.with_name(f"{shard.name}-dropped.tmp")
                shard.rename(gone)
                shutil.rmtree(gone)

    def drop_shards(self) -> None:
        """Remove the shards, once the merged tables hold every run."""
        shutil.rmtree(self.shards, ignore_errors=True)


def write_shard(folder: Path, runs: Sequence[RunId], tables: Mapping[str, pa.Table], seconds: float) -> None:
    """Put a shard of `runs` into the study's `folder`: all of it, or nothing.

    Raises FailedWork when the disk does not take it.
    """
    with _undisturbed(), writing(folder / "shards"):
        _put_shard(folder, runs, tables, seconds)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C, or the end of a time limit, waits until what is being written is whole, lest it be computed again."""
    if threading.current_thread() is not threading.main_thread():  # signals go to the main one
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number, handler in before.items():
        if handler is not None:  # None: not set from Python, and not to be touched
            signal.signal(number, lambda told, _: came.append(told))
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)
        for told in came[:1]:
            signal.raise_signal(told)


def _put_shard(
    folder: Path, runs: Sequence[RunId], tables: Mapping[str, pa.Table], seconds: float, cpu: str = ""
) -> None:
    first, last = runs[0], runs[-1]
    key = f"{first.policy}-{first.delay_days}-{first.draw}.{first.replicate}-{last.draw}.{last.replicate}"
    name = f"{hashlib.sha256(repr(list(runs)).encode()).hexdigest()[:16]}"
    target = folder / "shards" / name
    working = target.with_name(f"{name}-{platform.node()}-{os.getpid()}.tmp")  # another may write the same
    working.mkdir(parents=True, exist_ok=True)
    files = {}
    for table, content in tables.items():
        path = working / f"{table}.parquet"
        rows = _write_parquet(path, [content])
        files[path.name] = {"rows": rows, "sha256": sha256(path)}
    record = {
        "key": key,
        "runs": [list(run) for run in runs],
        "files": files,
        "seconds": seconds,
        "cpu": cpu or cpu_name(),
    }
    write_json(working / "record.json", {**record, "checksum": checksum(record)})
    _flush(working)
    if target.exists():
        shutil.rmtree(target, ignore_errors=True)
    try:
        os.replace(working, target)
    except OSError:
        if not (target / "record.json").is_file():
            raise
        shutil.rmtree(working)  # another process was first with the same runs
    _flush(target.parent)


def checksum(content: Mapping[str, Any]) -> str:
    """sha256 (hex) of JSON content without its own key `checksum`."""
    plain = {key: value for key, value in content.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


class Digest:
    """sha256 over runs: identity, digest of the last day, and every outcome to the bit.

    It depends neither on the order of the runs nor on how they were cut into tables.
    """

    def __init__(self) -> None:
        self._total = self._count = 0

    def add(self, table: pa.Table) -> None:
        """Take in the rows of a `runs` table, each run once in all."""
        names = sorted(set(table.column_names) - set(RUN_KEY))
        values = np.zeros((table.num_rows, len(names)))
        given = np.zeros(values.shape, bool)  # a column that other runs brought along is no outcome of this one
        for i, name in enumerate(names):
            values[:, i] = table[name].to_numpy()
            given[:, i] = values[:, i] != absent(name) if absent(name) == 0.0 else ~np.isnan(values[:, i])
        keys = zip(*(table[name].to_pylist() for name in RUN_KEY), strict=True)
        said: dict[bytes, str] = {}  # few sets of outcomes occur
        for key, row, there in zip(keys, values, given, strict=True):
            told = said.get(there.tobytes())
            if told is None:
                told = said[there.tobytes()] = repr([names[i] for i in np.flatnonzero(there)])
            run = hashlib.sha256(f"{key!r} {told}".encode() + row[there].tobytes())
            self._total = (self._total + int.from_bytes(run.digest(), "big")) % (1 << 256)
            self._count += 1

    def hex(self) -> str:
        """64 hex digits."""
        return hashlib.sha256(f"{self._count} {self._total:064x}".encode()).hexdigest()


def _changed(folder: Path, default: float) -> float:
    """When anything in the folder was last written; `default` when it is gone."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    except OSError:
        return default


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say it plainly when the disk is full or the folder is gone."""
    try:
        yield
    except OSError as error:
        raise FailedWork(
            f"it cannot be written ({error.strerror or error})", where=str(path),
            why="what was written before it is kept",
            instead="make room, or a folder that can be written to, and give the same command again",
        ) from None  # fmt: skip


def _write_parquet(path: Path, tables: Iterable[pa.Table]) -> int:
    writer: Any = None
    rows = 0
    with path.open("wb") as file:
        for table in tables:
            if writer is None:
                floats = [f.name for f in table.schema if pa.types.is_floating(f.type)]
                writer = pq.ParquetWriter(
                    file, table.schema, compression="zstd", write_page_checksum=True,
                    use_dictionary=[f.name for f in table.schema if f.name not in floats],
                    column_encoding=dict.fromkeys(floats, "BYTE_STREAM_SPLIT") or None,
                )  # fmt: skip
            writer.write_table(table)
            rows += table.num_rows
        if writer is not None:
            writer.close()
        file.flush()
        os.fsync(file.fileno())
    return rows


def read_parquet(path: Path, without: Sequence[str] = ()) -> pa.Table:
    """Read a table, checking every page against its checksum; columns in `without` are left on the disk.

    Raises FailedWork when the file is damaged.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            names = [name for name in file.schema_arrow.names if name not in without]
            return file.read(columns=names)
    except (OSError, pa.ArrowException) as error:
        raise FailedWork(
            "the file cannot be read", where=str(path), why=str(error).splitlines()[0],
            instead="remove the output folder and compute the study again",
        ) from None  # fmt: skip


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an output folder. Raises BadInput when there is none or it is no manifest."""
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(manifest, dict) and "config_hash" in manifest:
            return manifest
    except (OSError, ValueError):
        pass
    raise BadInput(
        "this is no output folder of a study", where=str(folder), why="it has no readable manifest.json",
        instead="the folder that `forestall run` or `forestall compare` named at its end",
    )  # fmt: skip


def verify(folder: Path) -> list[str]:
    """Merged files of a study that are missing or not as they were written; [] when all is well."""
    files: dict[str, Any] = read_manifest(folder).get("files", {})
    return [
        name for name, entry in files.items()
        if not (folder / name).is_file() or sha256(folder / name) != entry["sha256"]
    ]  # fmt: skip


def write_json(path: Path, content: Any) -> None:
    """Write JSON so that a reader sees the old file or the whole new one. NaN and infinity are refused.

    Raises FailedWork when the disk does not take it.
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    working = path.with_name(path.name + ".tmp")
    with writing(path):
        with working.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(working, path)


def cpu_name() -> str:
    """The processor's model name, or what the platform calls it."""
    import platform

    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _in_order(table: pa.Table, policies: Sequence[str]) -> pa.Table:
    key = [name for name in RUN_KEY if name in table.column_names]
    table = table.select([*key, *sorted(set(table.column_names) - set(key))])
    rank = pc.index_in(table["policy"], pa.array(policies))
    order = pc.sort_indices(
        table.append_column("rank", rank),
        sort_keys=[(name, "ascending") for name in ("rank", "delay_days", "draw", "replicate")],
    )
    table = table.take(order)
    return with_absent(table)


def with_absent(table: pa.Table) -> pa.Table:
    """The table with what runs do not report filled in (see `absent`)."""
    for position, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            table = table.set_column(
                position, field.name, pc.fill_null(table[field.name], absent(field.name))
            )
    return table.combine_chunks()


def write_table(path: Path, table: pa.Table) -> str:
    """Write a Parquet file with page checksums, whole or not at all; its sha256."""
    with writing(path):
        working = path.with_suffix(".tmp")
        _write_parquet(working, [table])
        os.replace(working, path)
    return sha256(path)


def _sorted(table: pa.Table) -> pa.Table:
    order = pc.sort_indices(table, sort_keys=[("draw", "ascending"), ("replicate", "ascending")])
    return table.take(order)


def _parameter_table(rows: Sequence[dict[str, float]]) -> pa.Table:
    columns: dict[str, Any] = {"draw": pa.array(range(len(rows)), pa.int32())}
    for name in sorted(rows[0]) if rows else []:
        columns[name] = np.array([row[name] for row in rows])
    return pa.table(columns)


def _places(table: pa.Table) -> pa.Table:
    """policy, place, variable, mean, q05, q50, q95 over the runs of one policy."""
    if not table.num_rows:
        return pa.table({
            "policy": pa.array([], pa.string()), "place": pa.array([], pa.string()),
            "variable": pa.array([], pa.string()),
            **{name: pa.array([], pa.float64()) for name in ("mean", "q05", "q50", "q95")},
        })  # fmt: skip
    names = table["place"].combine_chunks()
    places = names.dictionary.to_pylist()
    codes = names.indices.to_numpy()
    rows: dict[str, list[Any]] = {
        name: [] for name in ("policy", "place", "variable", "mean", "q05", "q50", "q95")
    }
    policy = table["policy"][0].as_py()
    order = sorted(range(len(places)), key=lambda code: places[code])
    for variable in ("deaths", "displaced"):
        values = table[variable].to_numpy()
        for code in order:
            here = values[codes == code]
            low, middle, high = np.quantile(here, [0.05, 0.5, 0.95])
            for name, value in zip(
                rows, (policy, places[code], variable, here.mean(), low, middle, high), strict=True
            ):
                rows[name].append(value)
    return pa.table(rows)


def _differences(there: dict[str, Any], asked: dict[str, Any]) -> str:
    old, new = there.get("config", {}), asked.get("config", {})
    told = [f"{name}: {old.get(name)} there, {new[name]} asked" for name in new if old.get(name) != new[name]]
    told += [
        f"the {label} has changed since"
        for part, label in (("theatre", "theatre"), ("policies", "text of a policy"),
                            ("parameters", "parameter ranges"),
                            ("engine", "code of the model"))
        if there.get(part) != asked.get(part)
        and not (told and part in ("policies", "parameters"))
    ]  # fmt: skip
    return "; ".join(told) or "its manifest does not say what it is"


def sha256(path: Path) -> str:
    """sha256 (hex) of a file; "" when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _flush(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # folders cannot be opened on this system
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
