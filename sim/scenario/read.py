"""Read a theatre from its folder, and refuse at the door what does not hold together.

`read_theatre` gives a `Theatre` or raises BadInput; `check_theatre` lists every problem it can find.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.ground.check import BadInput, Problem, did_you_mean
from sim.ground.files import YAML_BYTES, YamlText, parse_yaml, read_text
from sim.ground.paths import shipped
from sim.scenario import schema
from sim.scenario.draft import BAD, Draft, Row, Rows, short
from sim.scenario.rules import check
from sim.scenario.schema import Column, Table
from sim.scenario.theatre import (
    MITIGATORS,
    RISK_FACTORS,
    ROADS,
    Range,
    Season,
    Stage,
    Theatre,
    Valued,
)

SETTINGS_FILE = "scenario.yaml"
MAX_PROBLEMS = 200


def find_scenarios() -> list[tuple[str, str, Path]]:
    """(name, title, folder) of every scenario that comes with the project, by name; broken ones say so as
    title.
    """
    found: list[tuple[str, str, Path]] = []
    home = shipped("scenarios")
    for folder in sorted(home.iterdir()) if home.is_dir() else []:
        if (folder / SETTINGS_FILE).is_file():
            try:
                settings = parse_yaml(
                    read_text(folder / SETTINGS_FILE, limit=YAML_BYTES), SETTINGS_FILE
                ).value
                title = settings.get("title", "") if isinstance(settings, dict) else ""
            except BadInput as error:
                title = f"(cannot be read: {error.problem.what})"
            found.append((folder.name, str(title), folder))
    return found


def read_theatre(name_or_folder: str | Path, stage: str | datetime.date | None = None) -> Theatre:
    """The theatre `name_or_folder` (a name of `find_scenarios`, or a folder) as of `stage`.

    `stage` is the name or the start date of a stage; None is the first one. Raises BadInput with the first
    problem
    and the number of further ones.
    """
    folder = _folder(name_or_folder)
    reading = _Reading(folder)
    reading.run()
    if reading.problems:
        first, more = reading.problems[0], len(reading.problems) - 1
        if more:
            also = f"{more} more problem{'s' if more > 1 else ''}: forestall check {folder}"
            first = Problem(first.what, first.where, first.why, f"{first.instead}\n  and {also}")
        raise BadInput.of(first)
    return reading.theatre(reading.choose(stage))


def check_theatre(folder: str | Path) -> list[Problem]:
    """Every problem found in a theatre's folder (or the theatre of that name), at most `MAX_PROBLEMS`; []
    when good.
    """
    try:
        reading = _Reading(_folder(folder))
    except BadInput as error:
        return [error.problem]
    reading.run()
    return reading.problems[:MAX_PROBLEMS]


def _folder(name_or_folder: str | Path) -> Path:
    text = str(name_or_folder)
    if isinstance(name_or_folder, str) and re.fullmatch(schema.NAME, text):
        known = shipped("scenarios") / text
        if (known / SETTINGS_FILE).is_file():
            return known
    folder = Path(name_or_folder)
    if not text or "\0" in text:
        raise BadInput("no scenario is named", where="scenario", instead="a name such as sahra, or a folder")
    try:
        if folder.is_dir():
            return folder
        exists = folder.exists()
    except OSError:
        exists = False
    if exists:
        raise BadInput(
            f"{text!r} is a file, not a folder",
            where="scenario",
            why="a theatre is a folder with scenario.yaml in it",
            instead=f"the folder, {str(folder.parent)!r}" if folder.name == SETTINGS_FILE else "a folder",
        )
    names = [name for name, _, _ in find_scenarios()]
    raise BadInput(
        f"there is no scenario or folder {text[:200]!r}", where="scenario", instead=did_you_mean(text, names)
    )


class _Reading(Draft):
    """One pass over a folder; collects problems instead of stopping at the first."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.risk: dict[str, tuple[Valued, dict[str, float]]] = {}
        self.priors: dict[str, Valued] = {}
        self.seasons: list[Season] = []
        self.policies: dict[str, dict[str, Any]] = {}

    def run(self) -> None:
        self._read_settings()
        for item in schema.TABLES:
            self.tables[item.name] = self._read_table(item)
        self._read_policies()
        check(self)

    # --- settings

    def _read_settings(self) -> None:
        try:
            text = read_text(self.folder / SETTINGS_FILE, limit=YAML_BYTES, inside=self.folder)
            read = parse_yaml(text, SETTINGS_FILE)
        except BadInput as error:
            self.problems.append(error.problem)
            return
        if not isinstance(read.value, dict):
            self.tell(
                f"{short(read.value)} is no block of keys",
                SETTINGS_FILE,
                instead="'key: value' lines, one per setting",
            )
            return
        block = _Block(self, read, ())
        self.settings = block.take(schema.SETTINGS, also=tuple(schema.BLOCKS))
        self._read_stages(read)
        self._read_risk(read, "risk_factors", RISK_FACTORS)
        self._read_risk(read, "mitigators", MITIGATORS)
        self._read_seasons(read)
        for name in self._children(read, "priors"):
            values = _Block(self, read, ("priors", name)).take(schema.VALUED)
            self._name(name, _at(read, ("priors", name)))
            if _complete(values) and self._ordered(values, read, ("priors", name)):
                self.priors[name] = Valued(as_of=None, **values)

    def _children(self, read: YamlText, block: str) -> list[str]:
        value = read.value.get(block)
        if value is None:
            if block in read.value or block not in schema.OPTIONAL_BLOCKS:
                missing = block not in read.value
                self.tell(
                    f"the block {block!r} is {'missing' if missing else 'empty'}",
                    SETTINGS_FILE if missing else _at(read, (block,)),
                    instead=f"{block}: {schema.BLOCKS[block]}",
                )
            return []
        if not isinstance(value, dict) or not value:
            self.tell(
                f"{block} is {short(value)}", _at(read, (block,)), instead=f"{block}: {schema.BLOCKS[block]}"
            )
            return []
        return list(value)

    def _read_stages(self, read: YamlText) -> None:
        self.stages_sound = True
        for name in self._children(read, "stages"):
            values = _Block(self, read, ("stages", name)).take(schema.STAGE)
            self._name(name, _at(read, ("stages", name)))
            if _complete(values):
                self.stages.append(Stage(name, **values))
            else:
                self.stages_sound = False
        if "stages" not in read.value:
            start, days = self.settings.get("start"), self.settings.get("days")
            self.stages_sound = isinstance(start, datetime.date) and isinstance(days, int)
            if isinstance(start, datetime.date) and isinstance(days, int):
                self.stages = [Stage("start", start, days)]
        starts: dict[datetime.date, str] = {}
        for stage in self.stages:
            if stage.start in starts:
                self.tell(
                    f"stages {starts[stage.start]!r} and {stage.name!r} both start on {stage.start}",
                    _at(read, ("stages", stage.name)),
                    why="a stage can be chosen by its date",
                    instead="one stage a date",
                )
            starts.setdefault(stage.start, stage.name)

    def _read_risk(self, read: YamlText, block: str, names: tuple[str, ...]) -> None:
        children = self._children(read, block)
        missing = [name for name in names if name not in children]
        for name in children:
            at = (block, name)
            if name not in names:
                hint = did_you_mean(name, missing or names)
                self.tell(f"unknown name {short(name)} in {block}", _at(read, at), instead=hint)
                missing = [other for other in missing if hint != f"did you mean {other!r}?"]
                continue
            values = _Block(self, read, at).take(schema.RISK, also=("by_stage",))
            if _complete(values) and self._ordered(values, read, at):
                self.risk[name] = (Valued(**values), self._by_stage(read, at))
        if children and missing:
            self.tell(
                f"{block} lacks {', '.join(repr(name) for name in missing)}",
                _at(read, (block,)),
                why="every factor acts on the model, so none may be left unsaid",
                instead=f"{missing[0]}: {{value, low, high, source, grade, as_of}}",
            )

    def _by_stage(self, read: YamlText, at: tuple[str, ...]) -> dict[str, float]:
        value = read.value[at[0]][at[1]].get("by_stage")
        path = (*at, "by_stage")
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.tell(f"by_stage is {short(value)}", _at(read, path), instead="by_stage: {STAGE: value}")
            return {}
        known = {stage.name for stage in self.stages}
        found: dict[str, float] = {}
        for stage, number in value.items():
            where = _at(read, (*path, stage))
            if self.stages_sound and stage not in known:
                self.tell(f"unknown stage {short(stage)}", where, instead=did_you_mean(stage, known))
            checked = self.value(schema.RISK[0], number, where)
            if checked is not BAD:
                found[stage] = checked
        return found

    def _read_seasons(self, read: YamlText) -> None:
        value = read.value.get("seasons")
        if value is None:
            return
        if not isinstance(value, list):
            self.tell(
                f"seasons is {short(value)}", _at(read, ("seasons",)), instead="a list: '- name: rains' ..."
            )
            return
        names: set[str] = set()
        for index in range(len(value)):
            path = ("seasons", index)
            values = _Block(self, read, path).take(schema.SEASON, also=("road_speed",))
            speeds = self._road_speed(read, (*path, "road_speed"), value[index])
            if not _complete(values) or speeds is None:
                continue
            if values["name"] in names:
                self.tell(
                    f"two seasons are named {values['name']!r}", _at(read, path), instead="a name for each"
                )
            names.add(values["name"])
            self.seasons.append(
                Season(
                    values["name"], values["from"], values["to"], speeds, values["source"], values["grade"]
                )
            )

    def _road_speed(
        self, read: YamlText, path: schema_key, season: Any
    ) -> tuple[float, float, float, float] | None:
        if not isinstance(season, dict):
            return None
        value = season.get("road_speed")
        if not isinstance(value, dict):
            self.tell(
                f"the season's road_speed is {short(value)}",
                _at(read, path),
                instead="road_speed: {paved: 1, laterite: 0.6, track: 0.25, river: 1}",
            )
            return None
        for road in value:
            if road not in ROADS:
                self.tell(
                    f"unknown road {short(road)}",
                    _at(read, (*path, road)),
                    instead=did_you_mean(str(road), ROADS),
                )
        share = Column("road_speed", "share", "", low=0, high=1)
        found: list[float] = []
        for road in ROADS:
            if road not in value:
                self.tell(
                    f"road_speed lacks {road!r}",
                    _at(read, path),
                    instead=f"{road}: 1 when it does not change",
                )
                return None
            checked = self.value(share, value[road], _at(read, (*path, road)))
            if checked is BAD:
                return None
            found.append(checked)
        return (found[0], found[1], found[2], found[3])

    def _ordered(self, values: Mapping[str, Any], read: YamlText, path: schema_key) -> bool:
        if values["low"] <= values["value"] <= values["high"]:
            return True
        self.tell(
            "value {value:.12g} is not between low {low:.12g} and high {high:.12g}".format(**values),
            _at(read, path),
            instead="low <= value <= high",
        )
        return False

    def _name(self, name: Any, where: str) -> None:
        self.value(Column("name", "name", ""), name, where)

    # --- tables

    def _read_table(self, item: Table) -> Rows:
        made = Rows(item)
        if item.optional and not (self.folder / item.file).exists():
            made.sound = True
            return made
        try:
            text = read_text(self.folder / item.file, limit=schema.TABLE_BYTES, inside=self.folder)
            records = _records(text, item.file)
            header_line, header = next(records)
        except BadInput as error:
            self.problems.append(error.problem)
            return made
        if not self._header(item, header, f"{item.file}:{header_line}"):
            return made
        made.sound = True
        try:
            for line, cells in records:
                if len(self.problems) > MAX_PROBLEMS:
                    break
                if len(cells) != len(header):
                    self.tell(
                        f"the row has {len(cells)} cells, the header {len(header)}",
                        f"{item.file}:{line}",
                        why="a cell would be read under the wrong column",
                        instead='a cell for each column; text with a comma in quotes: "a, b"',
                    )
                    made.sound = False
                    continue
                made.rows.append(self._row(item, dict(zip(header, cells, strict=True)), line))
        except BadInput as error:
            self.problems.append(error.problem)
            made.sound = False
        if not made.rows and not item.bare and made.sound:
            self.tell("the table has no rows", item.file, instead="at least one row below the header")
            made.sound = False
        return made

    def _header(self, item: Table, header: list[str], where: str) -> bool:
        known = item.column_names()
        needed = [column.name for column in item.columns if not column.optional]
        if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
            mark = "semicolons" if ";" in header[0] else "tabs"
            self.tell(f"the columns are separated by {mark}", where, instead="commas: " + ",".join(needed))
            return False
        if len(header) > 10 * len(known):
            self.tell(
                f"the header has {len(header):,} columns", where, instead="the header " + ",".join(needed)
            )
            return False
        good = True
        unknown = [name for name in header if name not in known]
        missing = [name for name in needed if name not in header]
        for name in sorted(name for name, count in Counter(header).items() if count > 1):
            self.tell(f"the column {name!r} is there twice", where, instead="each column once")
            good = False
        for name in unknown:
            hint = did_you_mean(name, missing or known)
            if len(unknown) == len(missing) == 1:
                hint = f"did you mean {missing[0]!r}?"
            self.tell(
                f"unknown column {name[:60]!r}", where, why=f"{item.file} has no such column", instead=hint
            )
            good = False
            missing = [other for other in missing if hint != f"did you mean {other!r}?"]
        if missing and len(set(header)) == len(header):
            names = ", ".join(repr(name) for name in missing)
            self.tell(
                f"the column {names} is missing" if len(missing) == 1 else f"the columns {names} are missing",
                where,
                instead="the header " + ",".join(needed),
            )
            good = False
        return good

    def _row(self, item: Table, raw: dict[str, str], line: int) -> Row:
        cells: dict[str, Any] = {}
        ranges: list[Range] = []
        for column in item.columns:
            where = f"{item.file}:{line} ({column.name})"
            cells[column.name] = self._cell(column, raw.get(column.name, ""), where)
            if column.ranged:
                ends = [
                    self._cell(
                        _end_of(column, end),
                        raw.get(f"{column.name}_{end}", ""),
                        f"{item.file}:{line} ({column.name}_{end})",
                    )
                    for end in ("low", "high")
                ]
                if BAD in ends or ends == [None, None]:
                    continue
                low, high = ends
                value = cells[column.name]
                if self._in_range(column.name, value, low, high, where) and value is not BAD:
                    ranges.append(
                        Range(column.name, value if low is None else low, value if high is None else high)
                    )
        for name in ("people", "strength"):
            if f"{name}_low" in cells:
                self._in_range(
                    name,
                    cells[name],
                    cells[f"{name}_low"],
                    cells[f"{name}_high"],
                    f"{item.file}:{line} ({name})",
                )
        return Row(cells, tuple(ranges), line)

    def _in_range(self, name: str, value: Any, low: Any, high: Any, where: str) -> bool:
        low = None if low is BAD else low
        high = None if high is BAD else high
        if low is not None and high is not None and low > high:
            self.tell(
                f"{name}_low {low:.12g} is above {name}_high {high:.12g}",
                where,
                instead="the smaller number as low",
            )
            return False
        if value is BAD or value is None:
            return False
        if (low is not None and value < low) or (high is not None and value > high):
            span = f"{'' if low is None else f'{low:.12g}'}..{'' if high is None else f'{high:.12g}'}"
            self.tell(
                f"{name} {value:.12g} is outside its own range {span}", where, instead="low <= value <= high"
            )
            return False
        return True

    def _cell(self, column: Column, text: str, where: str) -> Any:
        if not text:
            if column.empty:
                return column.missing
            self.tell(
                f"{column.name} is empty", where, instead=f"{column.meaning} ({schema.describe(column)})"
            )
            return BAD
        if column.many:
            parts = [part.strip() for part in text.split(";")]
            if "" in parts:
                self.tell(
                    f"{text!r} has an empty name in its list", where, instead="a;b without a ';' at the end"
                )
                return BAD
            values = [self._one(column, part, where) for part in parts]
            if BAD in values:
                return BAD
            if len(set(values)) < len(values):
                self.tell(f"{text!r} names one twice", where, instead="each name once")
                return BAD
            return tuple(values)
        return self._one(column, text, where)

    def _one(self, column: Column, text: str, where: str) -> Any:
        if column.kind in ("share", "number", "whole", "flag"):
            number = self._number(column, text, where)
            return BAD if number is BAD else self.value(column, number, where)
        return self.value(column, text, where)

    def _number(self, column: Column, text: str, where: str) -> Any:
        if _NUMBER.fullmatch(text):
            return float(text) if _FRACTION.search(text) else int(text)
        hint = schema.describe(column)
        if re.fullmatch(r"[-+]?(nan|inf(inity)?)", text.lower()):
            hint = (
                "a finite number, or an empty cell where that is allowed"
                if column.empty
                else "a finite number"
            )
        elif re.fullmatch(r"-?\d+,\d+", text) and column.kind in ("share", "number"):
            hint = f"a decimal point: {text.replace(',', '.')}"
        elif re.fullmatch(r"\d{1,3}([ ,'._\u00a0\u202f]\d{3})+", text):
            hint = f"no separators: {re.sub(r'[^0-9]', '', text)}"
        elif re.fullmatch(r"\d+(\.\d+)?\s*%", text):
            hint = f"a share: {float(text.rstrip('% ')) / 100:.12g}"
        self.tell(f"{short(text)} is not a number", where, instead=hint)
        return BAD

    # --- policies

    def _read_policies(self) -> None:
        folder = self.folder / "policies"
        if not folder.exists():
            return
        if not folder.is_dir() or not folder.resolve().is_relative_to(self.folder.resolve()):
            self.tell(
                "policies is no folder of this theatre",
                "policies",
                instead="a folder policies/ with YAML files",
            )
            return
        for file in sorted(folder.iterdir()):
            if file.suffix == ".yml":
                self.tell(
                    "the file would be overlooked", f"policies/{file.name}", instead=f"{file.stem}.yaml"
                )
            if file.suffix != ".yaml":
                continue
            shown = f"policies/{file.name}"
            try:
                text = read_text(file, limit=YAML_BYTES, shown=shown, inside=self.folder)
                read = parse_yaml(text, shown)
            except BadInput as error:
                self.problems.append(error.problem)
                continue
            self._policy(file.stem, read, shown)

    def _policy(self, stem: str, read: YamlText, shown: str) -> None:
        raw = read.value
        if not isinstance(raw, dict):
            self.tell(f"{short(raw)} is no policy", shown, instead="keys " + ", ".join(schema.POLICY_KEYS))
            return
        for key in raw:
            if key not in schema.POLICY_KEYS:
                where = f"{shown}:{read.line((key,))} ({key})"
                self.tell(f"unknown key {short(key)}", where, instead=did_you_mean(key, schema.POLICY_KEYS))
        where = f"{shown}:{read.line(('name',))} (name)"
        if raw.get("name") != stem:
            self.tell(
                f"the policy is named {short(raw.get('name'))}",
                where,
                why="a policy is chosen by its file name",
                instead=f"name: {stem}",
            )
        self._name(stem, where)
        instruments = raw.get("instruments")
        where = f"{shown}:{read.line(('instruments',))} (instruments)"
        if not isinstance(instruments, list) or not all(isinstance(one, dict) for one in instruments):
            self.tell(f"instruments is {short(instruments)}", where, instead="a list of blocks; [] for none")
        self.policies[stem] = raw

    # --- the result

    def choose(self, stage: str | datetime.date | None) -> Stage:
        """The stage named `stage`, or starting on that date; the first one when None."""
        if stage is None:
            return self.stages[0]
        for known in self.stages:
            if stage in (known.name, known.start) or stage == known.start.isoformat():
                return known
        names = [known.name for known in self.stages]
        raise BadInput(
            f"there is no stage {str(stage)!r}",
            where=f"{self.settings['name']} (stage)",
            instead="one of: " + ", ".join(f"{known.name} ({known.start})" for known in self.stages)
            if len(names) < 20
            else did_you_mean(str(stage), names),
        )

    def theatre(self, stage: Stage) -> Theatre:
        """The values of `stage`; only to be called without problems."""
        made: dict[str, Any] = {name: tuple(self._build(rows, stage)) for name, rows in self.tables.items()}
        settings = {key: value for key, value in self.settings.items() if key != "schema_version"}
        inside = [
            place.prefecture
            for place in made["places"]
            if place.prefecture and place.country == settings["country"]
        ]
        return Theatre(
            **(settings | {"start": stage.start, "days": stage.days}),
            path=self.folder,
            stage=stage.name,
            stages=tuple(self.stages),
            prefectures=tuple(dict.fromkeys(inside)),
            seasons=tuple(self.seasons),
            risk={name: _staged(*self.risk[name], stage.name) for name in RISK_FACTORS + MITIGATORS},
            priors=self.priors,
            policies=self.policies,
            **made,
        )

    def _build(self, rows: Rows, stage: Stage) -> Iterator[Any]:
        name = rows.table.name
        formed = {row.cells["actor"] for row in self.tables["units"].rows if row.cells["stage"] == stage.name}
        for row in rows.rows:
            cells = {column.field: row.cells[column.name] for column in rows.table.columns}
            if name in ("units", "control", "displaced") and cells["stage"] not in ("", stage.name):
                continue
            if name == "killed" and cells["to"] >= stage.start:
                continue
            if name == "places":
                cells["country"] = cells["country"] or self.settings["country"]
                for share in ("terrain", "spoils", "access"):
                    cells[share] = cells[share] or 0.0
            if name == "actors" and cells["name"] in formed:
                cells["latent"] = False
            if any(column.ranged for column in rows.table.columns):
                cells["ranges"] = row.ranges
            yield rows.table.row(**cells)


schema_key = tuple[str | int, ...]


class _Block:
    """One mapping of a settings file, read by its declared keys."""

    def __init__(self, reading: _Reading, read: YamlText, path: schema_key) -> None:
        self.reading, self.read, self.path = reading, read, path
        self.value: Any = read.value
        for key in path:
            self.value = self.value[key]

    def take(self, columns: tuple[Column, ...], also: tuple[str, ...] = ()) -> dict[str, Any]:
        """Checked values by key, `BAD` where refused; unknown and missing keys are told."""
        if not isinstance(self.value, dict):
            wanted = ", ".join(column.name for column in columns)
            self.reading.tell(
                f"{short(self.value)} is no block", _at(self.read, self.path), instead=f"the keys {wanted}"
            )
            return {column.name: BAD for column in columns}
        known = [column.name for column in columns] + list(also)
        missing = [column.name for column in columns if column.name not in self.value and not column.optional]
        for key in self.value:
            if key not in known and len(self.reading.problems) <= MAX_PROBLEMS:
                hint = did_you_mean(key, missing or known)
                self.reading.tell(
                    f"unknown key {short(key)}", _at(self.read, (*self.path, key)), instead=hint
                )
                missing = [name for name in missing if hint != f"did you mean {name!r}?"]
        found: dict[str, Any] = {}
        for column in columns:
            where = _at(self.read, (*self.path, column.name))
            given = self.value.get(column.name)
            if column.name not in self.value:
                found[column.name] = column.missing if column.optional else BAD
            elif given is None or given == "":
                if not column.empty:
                    hint = f"{column.name}: {schema.describe(column)}"
                    self.reading.tell(f"{column.name} is empty", where, instead=hint)
                found[column.name] = column.missing if column.empty else BAD
            else:
                found[column.name] = self.reading.value(column, given, where)
        if missing:
            names = ", ".join(repr(name) for name in missing)
            instead = f"{missing[0]}: {schema.describe(next(c for c in columns if c.name == missing[0]))}"
            word = f"the key {names} is missing" if len(missing) == 1 else f"the keys {names} are missing"
            self.reading.tell(word, _at(self.read, self.path), instead=instead)
        return found


_NUMBER = re.compile(r"[-+]?([0-9]{1,15}(\.[0-9]{1,20})?|\.[0-9]{1,20})([eE][-+]?[0-9]{1,3})?")
_FRACTION = re.compile(r"[.eE]")

# --- small things


def _records(text: str, shown: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of a CSV text, blank lines left out; quoted line breaks are part of a cell."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput(
                f"this is not valid CSV: {error}",
                where=f"{shown}:{line}",
                instead='quotes in pairs around text with commas: "a, b"; a quote inside as ""',
            ) from None
        if any(cell.strip() for cell in cells):
            yield line, [cell.strip() for cell in cells]
        line = reader.line_num + 1


def _end_of(column: Column, end: str) -> Column:
    return Column(
        f"{column.name}_{end}",
        column.kind,
        f"{end} end of the plausible range",
        column.low,
        column.high,
        empty=True,
    )


def _staged(valued: Valued, by_stage: dict[str, float], stage: str) -> Valued:
    """The value of a stage; its range keeps its width around it, within 0..1."""
    if stage not in by_stage or valued.low is None or valued.high is None:
        return valued
    value = by_stage[stage]
    shift = value - valued.value
    low, high = max(0.0, min(value, valued.low + shift)), min(1.0, max(value, valued.high + shift))
    return Valued(value, low, high, valued.source, valued.grade, valued.as_of)


def _complete(values: Mapping[str, Any]) -> bool:
    return BAD not in values.values()


def _at(read: YamlText, path: schema_key) -> str:
    if not path:
        return SETTINGS_FILE
    return f"{SETTINGS_FILE}:{read.line(path)} ({'.'.join(str(key) for key in path)})"
