"""The scenario format, declared once: tables, columns, keys, types and ranges.

Reading (`sim.scenario.read`), the published JSON Schema and the tables of docs/scenarios.md all come from
here:

    python -m sim.scenario.schema > scenarios/schema.json     # the JSON Schema
    python -m sim.scenario.schema tables                      # the block of docs/scenarios.md
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from sim.ground.check import GRADES
from sim.scenario import theatre as t

SCHEMA_VERSION = 1
TABLE_BYTES = 8_000_000
NAME = r"^[a-z][a-z0-9_]{0,39}$"
COUNTRY = r"^[A-Z]{3}$"
DATE = r"^\d{4}-\d{2}-\d{2}$"
DAY_OF_YEAR = r"^\d{2}-\d{2}$"

INSTRUMENTS = (
    "force",
    "targeted_sanctions",
    "arms_embargo",
    "mediation",
    "border_closure",
    "evacuation",
    "relief",
)
WORLD_KINDS = ("season", "election", "deadline", "anniversary", "harvest")
FACTUAL_KINDS = (
    "force",
    "embargo",
    "sanctions",
    "mediation",
    "peace_offer",
    "resolution",
    "border",
    "evacuation",
    "humanitarian",
    "warning",
    "justice",
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table or key of a settings block.

    `kind` is name (identifier), title (a place or prefecture), text, country, grade, share (0..1), number,
    whole
    (whole number), flag (0 or 1), choice, date or day (MM-DD). `empty` says whether it may be left empty and
    `missing` what is read then. `many` marks a ``;``-separated list, `refers` the tables whose names it
    holds,
    `ranged` a judgement that may have columns X_low and X_high, `optional` a column that may be left out.
    """

    name: str
    kind: str
    meaning: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    empty: bool = False
    missing: Any = None
    many: bool = False
    refers: tuple[str, ...] = ()
    ranged: bool = False
    optional: bool = False
    attribute: str = ""

    @property
    def field(self) -> str:
        """The attribute of the row class that holds this column."""
        return self.attribute or self.name


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file: the class of its rows, its columns, the columns that identify a row, whether it may be
    bare, and whether the file may be absent.
    """

    name: str
    row: type
    meaning: str
    columns: tuple[Column, ...]
    unique: tuple[str, ...]
    bare: bool = False
    optional: bool = False

    @property
    def file(self) -> str:
        """The file name."""
        return f"{self.name}.csv"

    def column_names(self) -> tuple[str, ...]:
        """Every column that the header may hold, ranges included."""
        names: list[str] = []
        for column in self.columns:
            names.append(column.name)
            if column.ranged:
                names += [f"{column.name}_low", f"{column.name}_high"]
        return tuple(names)


def _share(name: str, meaning: str, **more: Any) -> Column:
    return Column(name, "share", meaning, low=0, high=1, ranged=True, **more)


def _people(name: str, meaning: str, **more: Any) -> Column:
    return Column(name, "whole", meaning, low=0, high=1_000_000_000, **more)


SOURCE = (
    Column("source", "text", "where the row comes from: a citation, or the reason for a judgement"),
    Column("grade", "grade", "how good that evidence is", choices=GRADES),
)

TABLES: tuple[Table, ...] = (
    Table(
        "places",
        t.Place,
        "The nodes of the graph: populated places inside, camps and neighbours outside.",
        (
            Column("name", "title", "its name, unique, up to 60 characters, no semicolon"),
            Column(
                "prefecture",
                "title",
                "the district it is counted in; results are published no finer",
                empty=True,
                missing="",
            ),
            Column(
                "kind",
                "choice",
                "capital, town, village_area are inside (exactly one capital); camp and neighbour "
                "are outside nodes that take displaced people",
                choices=t.INSIDE_KINDS + t.OUTSIDE_KINDS,
            ),
            Column("lat", "number", "latitude, degrees north", low=-90, high=90),
            Column("lon", "number", "longitude, degrees east", low=-180, high=180),
            Column("urban", "flag", "1 when it is a town"),
            _share(
                "terrain",
                "0 open country to 1 closed forest or mountain; empty = 0 (outside nodes only)",
                empty=True,
                missing=0.0,
            ),
            _share(
                "spoils",
                "what it is worth to a looter (mines, markets, customs); empty = 0 (outside nodes only)",
                empty=True,
                missing=0.0,
            ),
            _share(
                "access",
                "how well outside observers see it; empty = 0 (outside nodes only)",
                empty=True,
                missing=0.0,
            ),
            _people("room", "people an outside node can take; empty = no limit", empty=True),
            Column(
                "country",
                "country",
                "ISO 3166 code of three letters, FIC when fictional; empty = the theatre's "
                "own (inside places only)",
                empty=True,
                missing="",
            ),
            *SOURCE,
        ),
        ("name",),
    ),
    Table(
        "population",
        t.Population,
        "Who lives where on the first day; every inside place needs a row.",
        (
            Column("place", "title", "an inside place", refers=("places",)),
            Column("group", "name", "a group", refers=("groups",)),
            _people("people", "how many, a whole number (not a share)"),
            _people("people_low", "lowest plausible number", empty=True, optional=True),
            _people("people_high", "highest plausible number", empty=True, optional=True),
            *SOURCE,
        ),
        ("place", "group"),
    ),
    Table(
        "groups",
        t.Group,
        "The groups that civilians belong to.",
        (
            Column("name", "name", "identifier"),
            Column("label", "text", "the name that people read"),
            Column(
                "status",
                "choice",
                "political standing",
                choices=("dominant", "included", "excluded", "discriminated"),
            ),
            _share("mobilisation", "readiness to organise in self-defence"),
            _share(
                "recognised",
                "how surely others can tell who belongs to it (a political group or a class: less than 1); "
                "empty or left out = 1",
                empty=True,
                optional=True,
                missing=1.0,
            ),
            *SOURCE,
        ),
        ("name",),
    ),
    Table(
        "relations",
        t.Relation,
        "Directed feelings between groups; a pair without a row has hostility 0.05 and interdependence 0.5.",
        (
            Column("group", "name", "who feels", refers=("groups",)),
            Column("towards", "name", "towards whom", refers=("groups",)),
            _share("hostility", "0 none to 1 hatred"),
            _share("interdependence", "0 none to 1 neither can live without the other"),
            *SOURCE,
        ),
        ("group", "towards"),
        bare=True,
    ),
    Table(
        "links",
        t.Link,
        "Roads and waterways, both ways. Every place must be reachable from the capital.",
        (
            Column("from", "title", "a place", refers=("places",), attribute="from_"),
            Column("to", "title", "another place", refers=("places",)),
            Column("km", "number", "length by road", low=0.1, high=20_000),
            Column(
                "road",
                "choice",
                "surface in the dry season; speeds are parameters of the model",
                choices=t.ROADS,
            ),
            *SOURCE,
        ),
        (),
    ),
    Table(
        "actors",
        t.Actor,
        "Armed organisations (organisations and offices, never persons).",
        (
            Column("name", "name", "identifier"),
            Column("label", "text", "the name that people read"),
            Column(
                "kind",
                "choice",
                "what it is; peacekeeper and foreign_force are outside forces",
                choices=(
                    "state",
                    "guard",
                    "police",
                    "rebel",
                    "militia",
                    "herders",
                    "foreign_rebel",
                    "peacekeeper",
                    "foreign_force",
                ),
            ),
            Column(
                "group",
                "name",
                "the group it recruits from; empty = none",
                empty=True,
                missing="",
                refers=("groups",),
            ),
            Column(
                "goal",
                "choice",
                "what its leaders want",
                choices=("rule", "seize_power", "loot", "defend", "expel", "survive", "protect", "observe"),
            ),
            _share("cohesion", "how well it holds together"),
            _share("arms", "how well it is armed"),
            _share("discipline", "how far orders reach the ranks"),
            _share("exclusion", "how far its aims exclude another group"),
            _share("spoils", "how far it fights for gain"),
            _share("legitimacy", "in the eyes of its own group"),
            Column(
                "intent",
                "whole",
                "rung on the ladder at the start: 0 restrain, 1 permit (prey, extort), "
                "2 repress selectively, 3 mass violence, 4 extermination",
                low=0,
                high=4,
                ranged=True,
            ),
            _share(
                "spares",
                "how far its killing spares women, children and the old: 0 none, 1 only men of fighting age are "
                "killed; empty or left out = 0",
                empty=True,
                optional=True,
                missing=0.0,
            ),
            _share("pay", "share of its pay that arrives"),
            Column(
                "patrons",
                "name",
                "actors or institutions that arm, pay or shelter it",
                empty=True,
                many=True,
                missing=(),
                refers=("actors", "institutions"),
            ),
            Column(
                "hostile_to",
                "name",
                "actors it fights",
                empty=True,
                many=True,
                missing=(),
                refers=("actors",),
            ),
            Column(
                "targets",
                "name",
                "groups whose civilians it may turn on",
                empty=True,
                many=True,
                missing=(),
                refers=("groups",),
            ),
            Column(
                "latent",
                "flag",
                "1 = exists only as a possibility at the first stage; units at a later stage mean "
                "that it has formed by then",
            ),
            Column(
                "splinters",
                "name",
                "latent actors it may split into",
                empty=True,
                many=True,
                missing=(),
                refers=("actors",),
            ),
            *SOURCE,
        ),
        ("name",),
        bare=True,
    ),
    Table(
        "units",
        t.Unit,
        "Where the armed people stand on the first day of a stage.",
        (
            Column(
                "stage", "name", "a stage; empty = every stage", empty=True, missing="", refers=("stages",)
            ),
            Column("actor", "name", "an actor", refers=("actors",)),
            Column("place", "title", "a place", refers=("places",)),
            Column("strength", "whole", "armed people, a whole number", low=1, high=10_000_000),
            _people("strength_low", "lowest plausible strength", empty=True, optional=True),
            _people("strength_high", "highest plausible strength", empty=True, optional=True),
            Column("mobility", "choice", "how it moves", choices=("foot", "vehicle", "air")),
            Column("posture", "choice", "whether it holds its place or roams", choices=("hold", "roam")),
            *SOURCE,
        ),
        ("stage", "actor", "place", "mobility", "posture"),
        bare=True,
    ),
    Table(
        "control",
        t.Control,
        "Who controls a place on the first day of a stage; the rows of a place sum to 1 at most.",
        (
            Column(
                "stage", "name", "a stage; empty = every stage", empty=True, missing="", refers=("stages",)
            ),
            Column("place", "title", "an inside place", refers=("places",)),
            Column("actor", "name", "an actor", refers=("actors",)),
            _share("share", "share of the place it controls"),
            *SOURCE,
        ),
        ("stage", "place", "actor"),
        bare=True,
    ),
    Table(
        "killed",
        t.Killed,
        "Civilians killed before a later start, as far as it was known then. A start reads the rows that "
        "ended before it: they become memory (fear, hostility, threat, legitimacy), never deaths of the run.",
        (
            Column("from", "date", "first day", attribute="from_"),
            Column("to", "date", "last day"),
            Column("prefecture", "title", "a prefecture of places.csv"),
            Column("actor", "name", "who killed", refers=("actors",)),
            Column(
                "group",
                "name",
                "whom; empty = not recorded, taken to be everybody but the killer's own constituency, by numbers",
                empty=True,
                missing="",
                refers=("groups",),
            ),
            _people("people", "how many, a whole number"),
            _people("people_low", "lowest plausible number", empty=True, optional=True),
            _people("people_high", "highest plausible number", empty=True, optional=True),
            *SOURCE,
        ),
        ("from", "to", "prefecture", "actor", "group"),
        bare=True,
        optional=True,
    ),
    Table(
        "displaced",
        t.Displaced,
        "People who were away from home on the first day of a stage, by home and by where they were. They are "
        "part of the population of their home in population.csv.",
        (
            Column(
                "stage", "name", "a stage; empty = every stage", empty=True, missing="", refers=("stages",)
            ),
            Column("from", "title", "the inside place that is their home", refers=("places",), attribute="from_"),
            Column("to", "title", "the place where they are", refers=("places",)),
            Column("group", "name", "a group", refers=("groups",)),
            _people("people", "how many, a whole number"),
            _people("people_low", "lowest plausible number", empty=True, optional=True),
            _people("people_high", "highest plausible number", empty=True, optional=True),
            *SOURCE,
        ),
        ("stage", "from", "to", "group"),
        bare=True,
        optional=True,
    ),
    Table(
        "institutions",
        t.Institution,
        "Unarmed institutions: leaderships, media, patrons, organisations of states.",
        (
            Column("name", "name", "identifier"),
            Column("label", "text", "the name that people read"),
            Column(
                "kind",
                "choice",
                "what it is",
                choices=(
                    "community",
                    "media",
                    "patron",
                    "regional_body",
                    "un",
                    "eu",
                    "au",
                    "member_state",
                    "court",
                    "faith",
                ),
            ),
            Column(
                "group",
                "name",
                "the group it speaks to; empty = all",
                empty=True,
                missing="",
                refers=("groups",),
            ),
            Column(
                "place",
                "title",
                "where it sits; empty = everywhere, or outside",
                empty=True,
                missing="",
                refers=("places",),
            ),
            Column("stance", "choice", "towards violence", choices=("moderate", "hardliner", "neutral")),
            _share("reach", "share of its public, or of its subject, that it reaches"),
            *SOURCE,
        ),
        ("name",),
        bare=True,
    ),
    Table(
        "calendar",
        t.CalendarEntry,
        "Natural and legal dates (world) and what outsiders really did (factual). Never an act of the "
        "theatre's own organisations: that must come out of the model.",
        (
            Column("date", "date", "first day"),
            Column("end", "date", "last day; empty = open or one day", empty=True),
            Column(
                "kind",
                "choice",
                "world: season ... harvest; factual: force ... justice",
                choices=WORLD_KINDS + FACTUAL_KINDS,
            ),
            Column(
                "who", "text", "the outsider who acts; may stay empty for world rows", empty=True, missing=""
            ),
            Column("what", "text", "what happened, in a few words"),
            Column(
                "instrument",
                "choice",
                "the family that carries it out; empty = recorded, no effect modelled",
                choices=INSTRUMENTS,
                empty=True,
                missing="",
            ),
            Column(
                "target",
                "name",
                "actors it is aimed at; for a force the actor that is the force",
                empty=True,
                many=True,
                missing=(),
            ),
            Column("place", "title", "where", empty=True, many=True, missing=(), refers=("places",)),
            _people("size", "people", empty=True),
            Column("applies", "choice", "world or factual", choices=("world", "factual")),
            *SOURCE,
        ),
        (),
        bare=True,
    ),
)

VALUED: tuple[Column, ...] = (
    Column("value", "number", "best estimate"),
    Column("low", "number", "lowest plausible value"),
    Column("high", "number", "highest plausible value"),
    *SOURCE,
)
RISK: tuple[Column, ...] = (
    Column("value", "share", "best estimate", low=0, high=1),
    Column("low", "share", "lowest plausible value", low=0, high=1),
    Column("high", "share", "highest plausible value", low=0, high=1),
    *SOURCE,
    Column("as_of", "date", "the date that the value describes"),
)
STAGE: tuple[Column, ...] = (
    Column("start", "date", "first day"),
    Column("days", "whole", "default horizon of this stage", low=1, high=3660),
    Column("note", "text", "what is known on that day", empty=True, missing="", optional=True),
)
SEASON: tuple[Column, ...] = (
    Column("name", "name", "identifier"),
    Column("from", "day", "first day of the year, MM-DD", attribute="first"),
    Column(
        "to", "day", "last day of the year, MM-DD; may be before `from` (over the new year)", attribute="last"
    ),
    *SOURCE,
)
SETTINGS: tuple[Column, ...] = (
    Column("schema_version", "whole", "1", low=1, high=1),
    Column("name", "name", "identifier"),
    Column("title", "text", "one line"),
    Column("summary", "text", "a paragraph: what the theatre is, and what it leaves out"),
    Column("country", "country", "ISO 3166 code of three letters, FIC when fictional"),
    Column("start", "date", "first day when there are no stages"),
    Column("days", "whole", "default horizon", low=1, high=3660),
    Column("people_per_row", "whole", "people that one sampled row stands for", low=1, high=5000),
    Column("currency_note", "text", "anything to know about money", empty=True, missing="", optional=True),
)
BLOCKS: dict[str, str] = {
    "stages": "alternative starts, NAME: {start, days, note}; the first one is the default",
    "risk_factors": "the twelve risk factors, FACTOR: {value, low, high, source, grade, as_of, by_stage}",
    "mitigators": "the five mitigators, in the same shape",
    "seasons": "list of {name, from, to, road_speed, source, grade}",
    "priors": "this theatre's own priors of model parameters, PARAMETER: {value, low, high, source, grade}",
}
OPTIONAL_BLOCKS = frozenset({"stages", "seasons", "priors"})
POLICY_KEYS = ("name", "title", "summary", "decided_on", "assumption", "instruments")


def table(name: str) -> Table:
    """The table called `name`."""
    return next(item for item in TABLES if item.name == name)


# --- the published JSON Schema


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of scenario.yaml; ``$defs`` holds the row of each table.

    A row is meant as a JSON object: empty cells absent, numbers as numbers, ``;``-separated lists as arrays.
    """
    properties = {column.name: _value_schema(column) for column in SETTINGS}
    properties["stages"] = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": NAME},
        "additionalProperties": _object(STAGE),
    }
    risk = _object(RISK)
    risk["properties"]["by_stage"] = {
        "type": "object",
        "propertyNames": {"pattern": NAME},
        "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
    }
    for block, names in (("risk_factors", t.RISK_FACTORS), ("mitigators", t.MITIGATORS)):
        properties[block] = {
            "type": "object",
            "required": list(names),
            "additionalProperties": False,
            "properties": {name: {"$ref": "#/$defs/risk"} for name in names},
        }
    season = _object(SEASON)
    season["properties"]["road_speed"] = {
        "type": "object",
        "required": list(t.ROADS),
        "additionalProperties": False,
        "properties": {road: {"type": "number", "minimum": 0, "maximum": 1} for road in t.ROADS},
        "description": "factor on the dry speed of each kind of road",
    }
    season["required"].append("road_speed")
    properties["seasons"] = {"type": "array", "items": season}
    properties["priors"] = {
        "type": "object",
        "propertyNames": {"pattern": NAME},
        "additionalProperties": _object(VALUED),
    }
    for block, meaning in BLOCKS.items():
        properties[block]["description"] = meaning
    required = [column.name for column in SETTINGS if not column.optional]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Forestall scenario",
        "description": "scenario.yaml of a theatre; $defs holds one row of each CSV table as a JSON object "
        "(empty cells absent, numbers as numbers, ';' lists as arrays). Made by sim/scenario/schema.py.",
        "type": "object",
        "additionalProperties": False,
        "required": required + [block for block in BLOCKS if block not in OPTIONAL_BLOCKS],
        "properties": properties,
        "$defs": {"risk": risk} | {item.name: _row_schema(item) for item in TABLES},
    }


def _row_schema(item: Table) -> dict[str, Any]:
    made = _object(item.columns)
    for column in item.columns:
        if column.ranged:
            for end, word in (("low", "lowest"), ("high", "highest")):
                made["properties"][f"{column.name}_{end}"] = {
                    "type": "number",
                    "minimum": column.low,
                    "maximum": column.high,
                    "description": f"{word} plausible {column.name}",
                }
    made["description"] = item.meaning
    return made


def _object(columns: tuple[Column, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [column.name for column in columns if not column.empty],
        "properties": {column.name: _value_schema(column) for column in columns},
    }


def _value_schema(column: Column) -> dict[str, Any]:
    made: dict[str, Any]
    match column.kind:
        case "name":
            made = {"type": "string", "pattern": NAME}
        case "title":
            made = {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[^;]+$"}
        case "country":
            made = {"type": "string", "pattern": COUNTRY}
        case "date":
            made = {"type": "string", "pattern": DATE}
        case "day":
            made = {"type": "string", "pattern": DAY_OF_YEAR}
        case "choice" | "grade":
            made = {"enum": list(column.choices)}
        case "share" | "number":
            made = {"type": "number"}
        case "whole":
            made = {"type": "integer"}
        case "flag":
            made = {"enum": [0, 1]}
        case _:
            made = {"type": "string", "minLength": 1}
    if column.low is not None:
        made["minimum"] = column.low
    if column.high is not None:
        made["maximum"] = column.high
    if column.many:
        made = {"type": "array", "items": made, "uniqueItems": True}
    made["description"] = column.meaning
    return made


# --- the tables of docs/scenarios.md


def markdown() -> str:
    """The generated block of docs/scenarios.md: settings and each table with its columns."""
    parts = ["### scenario.yaml", "", *_markdown_table(SETTINGS, "key")]
    parts += [
        f"| `{block}` | block | {'no' if block in OPTIONAL_BLOCKS else 'yes'} | {meaning} |"
        for block, meaning in BLOCKS.items()
    ]
    for title, columns in (
        ("A risk factor or mitigator", RISK),
        ("A stage", STAGE),
        ("A season", SEASON),
        ("A prior", VALUED),
    ):
        parts += ["", f"#### {title}", "", *_markdown_table(columns, "key")]
    parts += ["", "Risk factors: " + ", ".join(f"`{name}`" for name in t.RISK_FACTORS) + ".", ""]
    parts += ["Mitigators: " + ", ".join(f"`{name}`" for name in t.MITIGATORS) + "."]
    for item in TABLES:
        bare = " May hold no rows (header only)." if item.bare else ""
        bare = " The file may be absent." if item.optional else bare
        parts += [
            "",
            f"### {item.file}",
            "",
            item.meaning + bare,
            "",
            *_markdown_table(item.columns, "column"),
        ]
    return "\n".join(parts) + "\n"


def _markdown_table(columns: tuple[Column, ...], word: str) -> list[str]:
    rows = [f"| {word} | holds | needed | meaning |", "|---|---|---|---|"]
    for column in columns:
        needed = "may be left out" if column.optional else "may be empty" if column.empty else "yes"
        ranged = f" (may have `{column.name}_low`, `{column.name}_high`)" if column.ranged else ""
        rows.append(f"| `{column.name}` | {describe(column)} | {needed} | {column.meaning}{ranged} |")
    return rows


def describe(column: Column) -> str:
    """What a column holds, in words for people."""
    span = f" {_number(column.low)} to {_number(column.high)}" if column.low is not None else ""
    words = {
        "name": "identifier (lower_snake, up to 40)",
        "title": "name",
        "text": "text",
        "country": "3 capital letters",
        "grade": "one of " + ", ".join(f"`{choice}`" for choice in column.choices),
        "share": "share 0 to 1",
        "number": f"number{span}",
        "whole": f"whole number{span}",
        "flag": "0 or 1",
        "choice": "one of " + ", ".join(f"`{choice}`" for choice in column.choices),
        "date": "date YYYY-MM-DD",
        "day": "day MM-DD",
    }
    held = words[column.kind]
    if column.refers:
        held = f"{'/'.join(column.refers)} name"
    return f"list of {held}, `;` between" if column.many else held


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"


def main(arguments: list[str]) -> int:
    """Print the JSON Schema, or with ``tables`` the block of docs/scenarios.md."""
    if arguments == ["tables"]:
        sys.stdout.write(markdown())
    else:
        sys.stdout.write(json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
