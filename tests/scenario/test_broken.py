"""Each broken theatre is refused with exactly one message: what, where and what to write instead.

Every case is the good theatre `sahra` with one edit, so the message can only come from that edit.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sim.ground.check import BadInput
from sim.scenario import check_theatre, read_theatre

Edit = Callable[[Path], object]


@dataclass(frozen=True)
class Case:
    """One edit of a good theatre, and what the message must hold."""

    name: str
    edit: Edit
    where: str
    what: str
    instead: str


def put(file: str, old: str, new: str, count: int = 1) -> Edit:
    """Replace `old`, which must be there, by `new`."""

    def edit(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"{file} lacks {old!r}: this case would test nothing"
        (folder / file).write_text(text.replace(old, new, count), encoding="utf-8")

    return edit


def cell(file: str, key: str, column: str, value: str) -> Edit:
    """Set the cell `column` of the first row that begins with `key`."""

    def edit(folder: Path) -> None:
        lines = (folder / file).read_text(encoding="utf-8").split("\n")
        at = lines[0].split(",").index(column)
        row = next(number for number, line in enumerate(lines) if line.startswith(key + ","))
        cells = lines[row].split(",")
        cells[at] = value
        lines[row] = ",".join(cells)
        (folder / file).write_text("\n".join(lines), encoding="utf-8")

    return edit


def add(file: str, row: str) -> Edit:
    """Append a row."""
    return lambda folder: (folder / file).open("a", encoding="utf-8").write(row + "\n")


def raw(file: str, data: bytes) -> Edit:
    """Replace the whole file."""
    return lambda folder: (folder / file).write_bytes(data)


def remove(file: str) -> Edit:
    return lambda folder: (folder / file).unlink()


def drop_rows(file: str, pattern: str) -> Edit:
    """Drop every row that matches `pattern`."""

    def edit(folder: Path) -> None:
        lines = (folder / file).read_text(encoding="utf-8").split("\n")
        kept = [line for line in lines if not re.search(pattern, line)]
        assert len(kept) < len(lines)
        (folder / file).write_text("\n".join(kept), encoding="utf-8")

    return edit


def again(file: str, key: str) -> Edit:
    """Append the row that begins with `key` a second time."""

    def edit(folder: Path) -> None:
        lines = (folder / file).read_text(encoding="utf-8").split("\n")
        add(file, next(line for line in lines if line.startswith(key + ",")))(folder)

    return edit


def both(*edits: Edit) -> Edit:
    def edit(folder: Path) -> None:
        for one in edits:
            one(folder)

    return edit


def link_out(folder: Path) -> None:
    secret = folder.parent / "elsewhere.csv"
    shutil.move(folder / "groups.csv", secret)
    (folder / "groups.csv").symlink_to(secret)


def policies_out(folder: Path) -> None:
    shutil.move(folder / "policies", folder.parent / "policies_elsewhere")
    (folder / "policies").symlink_to(folder.parent / "policies_elsewhere")


def loop_link(folder: Path) -> None:
    (folder / "units.csv").unlink()
    (folder / "units.csv").symlink_to(folder / "units.csv")


def table_is_folder(folder: Path) -> None:
    (folder / "control.csv").unlink()
    (folder / "control.csv").mkdir()


def latin_1(folder: Path) -> None:
    text = (folder / "groups.csv").read_text(encoding="utf-8").replace("Orin,", "Örin,")
    (folder / "groups.csv").write_bytes(text.encode("latin-1"))


def utf_16(folder: Path) -> None:
    text = (folder / "groups.csv").read_text(encoding="utf-8")
    (folder / "groups.csv").write_bytes(text.encode("utf-16"))


def semicolons(folder: Path) -> None:
    text = (folder / "population.csv").read_text(encoding="utf-8")
    (folder / "population.csv").write_text(text.replace(",", ";"), encoding="utf-8")


BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
YAML, PLACES, PEOPLE, ACTORS = "scenario.yaml", "places.csv", "population.csv", "actors.csv"
CALENDAR, POLICY = "calendar.csv", "policies/factual_rule.yaml"
TAIL = "fictional,assumption"

GROUPS_WITH_RECOGNISED = b"""name,label,status,mobilisation,recognised,source,grade
tama,Tama,dominant,0.45,-0.1,fictional,assumption
orin,Orin,included,0.4,,fictional,assumption
bele,Bele,excluded,0.4,0.9,fictional,assumption
sahir,Sahir,discriminated,0.4,1,fictional,assumption
"""

CASES = [
    # files
    Case("missing table", remove("links.csv"), "links.csv", "missing", "links.csv"),
    Case("missing settings", remove(YAML), YAML, "missing", "add a file"),
    Case("empty table", raw("groups.csv", b""), "groups.csv", "empty", "header"),
    Case("blank table", raw("groups.csv", b"\n \n"), "groups.csv", "empty", "header"),
    Case("empty settings", raw(YAML, b""), YAML, "empty", "settings"),
    Case(
        "ten megabytes of text",
        raw(PEOPLE, b"nonsense," * 1_165_085),
        PEOPLE,
        "10,485,765 bytes",
        "right file",
    ),
    Case("ten megabytes of noise", raw(YAML, bytes(range(1, 256)) * 41_000), YAML, "too large", "right file"),
    Case("binary", raw("units.csv", b"PK\x03\x04\0\0\0stage"), "units.csv:1", "NUL", "UTF-8 text"),
    Case("latin-1", latin_1, "groups.csv:3", "0xd6", "UTF-8"),
    Case("utf-16", utf_16, "groups.csv", "UTF-16", "UTF-8"),
    Case("table is a folder", table_is_folder, "control.csv", "is a folder", "text file"),
    Case("link out of the folder", link_out, "groups.csv", "outside the folder", "copy the file"),
    Case("policies outside", policies_out, "policies", "no folder of this theatre", "folder policies/"),
    Case("link to itself", loop_link, "units.csv", "cannot be opened", "plain file"),
    # tables
    Case(
        "header only",
        raw("groups.csv", b"name,label,status,mobilisation,source,grade\n"),
        "groups.csv",
        "no rows",
        "at least one row",
    ),
    Case("missing column", put("units.csv", "posture", "source2"), "units.csv:1", "source2", "posture"),
    Case(
        "column left out", put(PLACES, ",urban", ""), f"{PLACES}:1", "'urban' is missing", "the header name"
    ),
    Case("misspelt column", put(PLACES, "terrain", "terain"), f"{PLACES}:1", "'terain'", "'terrain'"),
    Case("column twice", put(PLACES, "lat,lon", "lat,lat"), f"{PLACES}:1", "'lat' is there twice", "once"),
    Case("separated by semicolons", semicolons, f"{PEOPLE}:1", "semicolons", "commas"),
    Case(
        "too few cells", add("relations.csv", "tama,orin,0.1"), "relations.csv:14", "3 cells", "cell for each"
    ),
    Case(
        "comma without quotes",
        add(CALENDAR, f"2030-06-01,,election,,a vote, at last,,,,,world,{TAIL}"),
        f"{CALENDAR}:16",
        "13 cells",
        "quotes",
    ),
    Case("open quote", add("relations.csv", '"tama'), "relations.csv:14", "valid CSV", "quotes in pairs"),
    # numbers
    Case(
        "share over 1",
        cell("control.csv", "tension,Kessira", "share", "80"),
        "control.csv:2 (share)",
        "80",
        "0.8",
    ),
    Case(
        "share below 0",
        cell("groups.csv", "tama", "mobilisation", "-0.2"),
        "groups.csv:2 (mobilisation)",
        "negative",
        "0 to 1",
    ),
    Case(
        "negative population",
        cell(PEOPLE, "Kessira,tama", "people", "-5"),
        f"{PEOPLE}:2 (people)",
        "negative",
        "0 to",
    ),
    Case(
        "population as share",
        cell(PEOPLE, "Kessira,tama", "people", "0.52"),
        f"{PEOPLE}:2 (people)",
        "0.52 is not a whole number",
        "not as a share",
    ),
    Case(
        "half a person",
        cell(PEOPLE, "Kessira,tama", "people", "119600.5"),
        f"{PEOPLE}:2 (people)",
        "whole number",
        "whole number",
    ),
    Case(
        "thousands separated",
        cell(PEOPLE, "Kessira,tama", "people", "119 600"),
        f"{PEOPLE}:2 (people)",
        "'119 600'",
        "119600",
    ),
    Case(
        "not a number",
        cell(PLACES, "Kessira", "lat", "north"),
        f"{PLACES}:2 (lat)",
        "'north'",
        "number -90 to 90",
    ),
    Case("NaN", cell(PLACES, "Kessira", "lat", "NaN"), f"{PLACES}:2 (lat)", "'NaN'", "finite"),
    Case(
        "infinity", cell("links.csv", "Kessira,Port Duma", "km", "inf"), "links.csv:2 (km)", "'inf'", "finite"
    ),
    Case(
        "overflowing number",
        cell("links.csv", "Kessira,Port Duma", "km", "1e999"),
        "links.csv:2 (km)",
        "finite",
        "finite",
    ),
    Case(
        "latitude", cell(PLACES, "Kessira", "lat", "97"), f"{PLACES}:2 (lat)", "97 is above 90", "-90 to 90"
    ),
    Case(
        "longitude", cell(PLACES, "Kessira", "lon", "-200"), f"{PLACES}:2 (lon)", "below -180", "-180 to 180"
    ),
    Case(
        "low above high",
        both(
            cell("units.csv", "tension,army", "strength_low", "2000"),
            cell("units.csv", "tension,army", "strength_high", "1000"),
        ),
        "units.csv:2 (strength)",
        "2000 is above",
        "smaller number",
    ),
    Case(
        "value outside its range",
        cell(PEOPLE, "Kessira,tama", "people_high", "100000"),
        f"{PEOPLE}:2 (people)",
        "outside its own range",
        "low <= value <= high",
    ),
    Case(
        "empty cell",
        cell(PEOPLE, "Kessira,tama", "people", ""),
        f"{PEOPLE}:2 (people)",
        "empty",
        "whole number",
    ),
    Case("no source", cell("groups.csv", "tama", "source", ""), "groups.csv:2 (source)", "empty", "citation"),
    Case(
        "unknown grade",
        cell("groups.csv", "tama", "grade", "assumtion"),
        "groups.csv:2 (grade)",
        "'assumtion'",
        "'assumption'",
    ),
    Case("flag", cell(ACTORS, "army", "latent", "2"), f"{ACTORS}:2 (latent)", "not 0 or 1", "0 or 1"),
    Case(
        "rung of the ladder",
        cell(ACTORS, "army", "intent", "5"),
        f"{ACTORS}:2 (intent)",
        "5 is above 4",
        "0 to 4",
    ),
    # names and references
    Case(
        "duplicate place",
        add(PLACES, f"Kessira,Marsh,town,6,19,1,0,0,,,0,,,,FIC,{TAIL}"),
        f"{PLACES}:30",
        "twice (first in line 2)",
        "another name",
    ),
    Case(
        "duplicate actor",
        again(ACTORS, "militia"),
        f"{ACTORS}:13",
        "'militia' is there twice",
        "another name",
    ),
    Case(
        "duplicate population row",
        add(PEOPLE, f"Kessira,tama,5,,,{TAIL}"),
        f"{PEOPLE}:98",
        "twice",
        "one row",
    ),
    Case(
        "unknown group",
        cell("institutions.csv", "tama_elders", "group", "tamma"),
        "institutions.csv:2 (group)",
        "'tamma'",
        "'tama'",
    ),
    Case(
        "unit at unknown place",
        cell("units.csv", "tension,army", "place", "Kesira"),
        "units.csv:2 (place)",
        "'Kesira'",
        "'Kessira'",
    ),
    Case(
        "unit of unknown actor",
        cell("units.csv", "tension,army", "actor", "armee"),
        "units.csv:2 (actor)",
        "'armee'",
        "army",
    ),
    Case(
        "unit in unknown stage",
        cell("units.csv", "tension,army", "stage", "tenson"),
        "units.csv:2 (stage)",
        "'tenson'",
        "'tension'",
    ),
    Case(
        "name that is no identifier",
        cell("institutions.csv", "un", "name", "United Nations"),
        "institutions.csv:10 (name)",
        "no identifier",
        "united_nations",
    ),
    Case(
        "actor and institution of one name",
        cell("institutions.csv", "un", "name", "army"),
        "institutions.csv:10",
        "actor too",
        "another name",
    ),
    Case(
        "trailing semicolon",
        cell(ACTORS, "army", "targets", "sahir;"),
        f"{ACTORS}:2 (targets)",
        "empty name",
        "without a ';'",
    ),
    # the graph
    Case(
        "unreachable place",
        drop_rows("links.csv", "^(Gold Hill,Ushani|Ushani,Karrad)"),
        f"{PLACES}:18",
        "'Ushani' cannot be reached",
        "links.csv",
    ),
    Case(
        "unreachable outside node",
        drop_rows("links.csv", "Lake Camp"),
        f"{PLACES}:28",
        "'Lake Camp'",
        "links.csv",
    ),
    Case(
        "link to itself in the graph",
        add("links.csv", f"Vell,Vell,3,track,{TAIL}"),
        "links.csv:42",
        "to itself",
        "two different",
    ),
    Case(
        "link twice",
        add("links.csv", f"Port Duma,Kessira,50,paved,{TAIL}"),
        "links.csv:42",
        "linked twice",
        "one row",
    ),
    Case(
        "no capital", cell(PLACES, "Kessira", "kind", "town"), f"{PLACES} (kind)", "no capital", "exactly one"
    ),
    Case(
        "two capitals",
        cell(PLACES, "Port Duma", "kind", "capital"),
        f"{PLACES} (kind)",
        "2 capitals",
        "exactly one",
    ),
    Case("nobody lives there", drop_rows(PEOPLE, "^Karrad,"), f"{PLACES}:20", "nobody lives", "Karrad,GROUP"),
    Case(
        "residents abroad",
        add(PEOPLE, f"Bahr Gate,tama,5,,,{TAIL}"),
        f"{PEOPLE}:98 (place)",
        "outside node",
        "inside place",
    ),
    Case(
        "country as in Norway",
        cell(PLACES, "Bahr Gate", "country", "NO"),
        f"{PLACES}:27 (country)",
        "'NO'",
        "three capital letters",
    ),
    Case(
        "neighbour at home",
        cell(PLACES, "Bahr Gate", "country", "FIC"),
        f"{PLACES}:27 (country)",
        "neighbour cannot lie",
        "kind camp",
    ),
    Case(
        "unprintable place",
        put(PLACES, "Sebkha", "Seb\u0007kha"),
        f"{PLACES}:23 (name)",
        "is no name",
        "printable",
    ),
    # actors
    Case(
        "patrons in a circle",
        cell(ACTORS, "army", "patrons", "militia"),
        f"{ACTORS}:8 (patrons)",
        "army -> militia -> army",
        "drop one",
    ),
    Case(
        "splinters in a circle",
        cell(ACTORS, "northern_columns", "splinters", "coalition"),
        f"{ACTORS}:6 (splinters)",
        "coalition -> northern_columns -> coalition",
        "drop one",
    ),
    Case(
        "splinter that exists",
        cell(ACTORS, "militia", "splinters", "guard"),
        f"{ACTORS}:8 (splinters)",
        "'guard' is not latent",
        "latent 1",
    ),
    Case(
        "latent splinters in a circle",
        both(
            cell(ACTORS, "northern_columns", "splinters", "gold_brigade"),
            cell(ACTORS, "gold_brigade", "splinters", "northern_columns"),
        ),
        f"{ACTORS}:7 (splinters)",
        "northern_columns -> gold_brigade -> northern_columns",
        "drop one",
    ),
    Case(
        "own patron",
        cell(ACTORS, "guard", "patrons", "guard"),
        f"{ACTORS}:3 (patrons)",
        "its own patrons",
        "other actors",
    ),
    Case(
        "latent actor with units",
        add("units.csv", f"tension,orin_committees,Halluk,50,,,foot,hold,{TAIL}"),
        "units.csv:40 (actor)",
        "latent actor 'orin_committees'",
        "later stage",
    ),
    Case(
        "control over the whole",
        add("control.csv", f"tension,Kessira,guard,0.3,,,{TAIL}"),
        "control.csv:56 (share)",
        "sum to 1.1",
        "1 at most",
    ),
    Case(
        "group that hates itself",
        add("relations.csv", f"tama,tama,0.5,,,0.5,,,{TAIL}"),
        "relations.csv:14",
        "relates to itself",
        "two different",
    ),
    # calendar
    Case(
        "wrong date",
        cell(CALENDAR, "2030-01-20", "date", "20.1.2030"),
        f"{CALENDAR}:2 (date)",
        "'20.1.2030'",
        "YYYY-MM-DD",
    ),
    Case(
        "no such day",
        cell(CALENDAR, "2030-01-20", "date", "2030-02-30"),
        f"{CALENDAR}:2 (date)",
        "no day",
        "day that exists",
    ),
    Case(
        "date outside",
        cell(CALENDAR, "2030-01-20", "date", "2040-01-20"),
        f"{CALENDAR}:2 (date)",
        "outside",
        "in between",
    ),
    Case(
        "end before start",
        cell(CALENDAR, "2030-02-10", "end", "2030-02-01"),
        f"{CALENDAR}:3 (end)",
        "before it begins",
        "after the date",
    ),
    Case(
        "own organisation in the calendar",
        cell(CALENDAR, "2030-02-10", "who", "Northern Coalition"),
        f"{CALENDAR}:3 (who)",
        "own organisation 'coalition'",
        "outsiders' acts",
    ),
    Case(
        "own act told in other words",
        cell(CALENDAR, "2030-02-10", "who", "the Palace guard and others"),
        f"{CALENDAR}:3 (who)",
        "own organisation 'guard'",
        "drop the row",
    ),
    Case(
        "world row of a factual kind",
        cell(CALENDAR, "2030-01-20", "kind", "force"),
        f"{CALENDAR}:2 (kind)",
        "does not fit",
        "season, election",
    ),
    Case(
        "unknown target",
        cell(CALENDAR, "2030-02-10", "target", "coalitoin"),
        f"{CALENDAR}:3 (target)",
        "'coalitoin'",
        "'coalition'",
    ),
    # settings
    Case(
        "unknown key",
        put(YAML, "people_per_row:", "people_per_rows:"),
        f"{YAML}:13 (people_per_rows)",
        "unknown key",
        "'people_per_row'",
    ),
    Case("missing key", put(YAML, "title:", "# title:"), YAML, "'title' is missing", "title:"),
    Case(
        "key twice",
        put(YAML, "country: FIC", "country: FIC\ncountry: FIC"),
        f"{YAML}:11",
        "given twice",
        "keep one",
    ),
    Case(
        "wrong start",
        put(YAML, "start: 2030-01-01", "start: 1/1/2030"),
        f"{YAML}:11 (start)",
        "no date",
        "YYYY-MM-DD",
    ),
    Case("no days", put(YAML, "days: 365", "days: 0"), f"{YAML}:12 (days)", "below 1", "1 to 3,660"),
    Case(
        "text for a number",
        put(YAML, "days: 365", "days: a year"),
        f"{YAML}:12 (days)",
        "'a year'",
        "whole number",
    ),
    Case(
        "yes for a share",
        put(YAML, "value: 0.65", "value: true"),
        f"{YAML}:28 (risk_factors.regime_instability.value)",
        "True is not a number",
        "share 0 to 1",
    ),
    Case(
        "not a number in YAML",
        put(YAML, "value: 0.65", "value: .nan"),
        f"{YAML}:28 (risk_factors.regime_instability.value)",
        "finite",
        "finite",
    ),
    Case(
        "factor over 1",
        put(YAML, "value: 0.65", "value: 65"),
        f"{YAML}:28 (risk_factors.regime_instability.value)",
        "above 1",
        "write 0.65",
    ),
    Case(
        "unknown factor",
        put(YAML, "  regime_autocracy:", "  autocracy:"),
        f"{YAML}:95 (risk_factors.autocracy)",
        "'autocracy'",
        "regime_autocracy",
    ),
    Case(
        "factor of an unknown stage",
        put(YAML, "by_stage: {advance: 0.8}", "by_stage: {advanse: 0.8}"),
        f"{YAML}:34 (risk_factors.regime_instability.by_stage.advanse)",
        "'advanse'",
        "'advance'",
    ),
    Case(
        "day of the year",
        put(YAML, 'from: "05-15"', 'from: "15-05"'),
        f"{YAML}:164 (seasons.1.from)",
        "'15-05'",
        "MM-DD",
    ),
    Case(
        "season of an unknown road",
        put(YAML, "laterite: 0.6", "gravel: 0.6, laterite: 0.6"),
        f"{YAML}:166 (seasons.1.road_speed.gravel)",
        "'gravel'",
        "use one of",
    ),
    Case("settings that are a list", raw(YAML, b"- a\n- b\n"), YAML, "a list", "key: value"),
    # YAML as a weapon
    Case(
        "tag that runs code",
        raw(YAML, b"name: !!python/object/apply:os.system [ls]\n"),
        f"{YAML}:1",
        "!!python/object/apply:os.system",
        "plain value",
    ),
    Case("harmless tag", raw(YAML, b"name: !!str 5\n"), f"{YAML}:1", "tag !!str", "plain value"),
    Case("anchor bomb", raw(YAML, BOMB), f"{YAML}:1", "anchor &a", "write the value out"),
    Case("merge key", raw(YAML, b"a: 1\n<<: {b: 2}\n"), f"{YAML}:2", "merge key", "write the keys out"),
    Case(
        "deep nesting",
        raw(YAML, b"a: " + b"[" * 500 + b"]" * 500),
        f"{YAML}:1",
        "deeper than 20",
        "flat file",
    ),
    Case("two documents", raw(YAML, b"a: 1\n---\nb: 2\n"), f"{YAML}:2", "second document", "one document"),
    Case("tabs in YAML", raw(YAML, b"a:\n\tb: 1\n"), f"{YAML}:2", "valid YAML", "spaces"),
    Case(
        "anchor in a policy",
        put(POLICY, "name: factual_rule", "name: &x factual_rule"),
        f"{POLICY}:1",
        "anchor &x",
        "write the value out",
    ),
    Case(
        "unknown key in a policy",
        put(POLICY, "decided_on:", "decidedon:"),
        f"{POLICY}:6 (decidedon)",
        "'decidedon'",
        "'decided_on'",
    ),
    Case(
        "policy of another name",
        put(POLICY, "name: factual_rule", "name: factual"),
        f"{POLICY}:1 (name)",
        "'factual'",
        "name: factual_rule",
    ),
    Case(
        "policy named up the tree",
        put(POLICY, "name: factual_rule", "name: ../../factual_rule"),
        f"{POLICY}:1 (name)",
        "'../../factual_rule'",
        "name: factual_rule",
    ),
    # what was known before a start
    Case(
        "killing after every start", add("killed.csv", f"2030-07-01,2030-07-31,North,coalition,,5,,,{TAIL}"),
        "killed.csv:5", "not before any start", "must come out of the model",
    ),
    Case(
        "killing that ends before it begins", add("killed.csv", f"2030-05-02,2030-05-01,North,coalition,,5,,,{TAIL}"),
        "killed.csv:5 (to)", "ends on 2030-05-01", "from <= to",
    ),
    Case(
        "killing in no prefecture", add("killed.csv", f"2030-05-01,2030-05-02,Nord,coalition,,5,,,{TAIL}"),
        "killed.csv:5 (prefecture)", "unknown prefecture 'Nord'", "North",
    ),
    Case(
        "killing by nobody known", add("killed.csv", f"2030-05-01,2030-05-02,North,bandits,,5,,,{TAIL}"),
        "killed.csv:5 (actor)", "unknown actor 'bandits'", "one of",
    ),
    Case(
        "displaced from a camp", add("displaced.csv", f"advance,Airfield Camp,Dalgo,tama,5,,,{TAIL}"),
        "displaced.csv:7 (from)", "outside node", "an inside place",
    ),
    Case(
        "displaced to their home", add("displaced.csv", f"advance,Dalgo,Dalgo,orin,5,,,{TAIL}"),
        "displaced.csv:7", "are displaced to 'Dalgo'", "another place",
    ),
    Case(
        "more displaced than live there", add("displaced.csv", f"advance,Red Dunes,Dalgo,tama,501,,,{TAIL}"),
        "displaced.csv:7 (people)", "where 500 live", "at most 500",
    ),
    Case(
        "displaced at no stage", add("displaced.csv", f"retreat,Red Dunes,Dalgo,tama,50,,,{TAIL}"),
        "displaced.csv:7 (stage)", "unknown stage 'retreat'", "advance",
    ),
    Case(
        "more than all are spared", cell("actors.csv", "army", "spares", "1.2"),
        "actors.csv:2 (spares)", "above 1", "share",
    ),
    Case(
        "recognised below nothing", raw("groups.csv", GROUPS_WITH_RECOGNISED),
        "groups.csv:2 (recognised)", "negative", "share",
    ),
]


@pytest.fixture
def copy(tmp_path: Path, root: Path) -> Path:
    """A good theatre to break."""
    return shutil.copytree(root / "scenarios" / "sahra", tmp_path / "sahra")


def test_the_unbroken_copy_is_good(copy: Path) -> None:
    assert check_theatre(copy) == []
    assert read_theatre(copy).digest == read_theatre("sahra").digest


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_clear_message(case: Case, copy: Path) -> None:
    case.edit(copy)
    problems = check_theatre(copy)
    assert len(problems) == 1, "\n".join(map(str, problems))
    problem = problems[0]
    assert problem.where == case.where or ("(" not in case.where and problem.where.startswith(case.where)), (
        str(problem)
    )
    assert case.what in problem.what, str(problem)
    assert case.instead in problem.instead, str(problem)
    with pytest.raises(BadInput) as error:
        read_theatre(copy)
    assert str(error.value) == str(problem)


def test_at_least_forty() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_unreadable_file(copy: Path) -> None:
    (copy / "groups.csv").chmod(0)
    assert "cannot be read" in check_theatre(copy)[0].what


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ("sahara", "no scenario or folder 'sahara'"),
        ("", "no scenario is named"),
        ("sahra\0", "no scenario is named"),
        ("../nowhere", "no scenario or folder"),
        ("x" * 5000, "no scenario or folder"),
    ],
)
def test_no_such_scenario(asked: str, what: str) -> None:
    with pytest.raises(BadInput) as error:
        read_theatre(asked)
    assert what in error.value.problem.what
    assert asked != "sahara" or "'sahra'" in error.value.problem.instead


def test_folder_that_is_a_file(copy: Path) -> None:
    with pytest.raises(BadInput) as error:
        read_theatre(copy / "scenario.yaml")
    assert "is a file, not a folder" in str(error.value)
    assert str(copy) in error.value.problem.instead


@pytest.mark.parametrize("stage", ["advanced", "2031-01-01", ""])
def test_no_such_stage(stage: str) -> None:
    with pytest.raises(BadInput) as error:
        read_theatre("sahra", stage)
    assert "no stage" in error.value.problem.what
    assert "advance (2030-06-15)" in error.value.problem.instead


def test_many_problems_are_told_together(copy: Path) -> None:
    for case in CASES[23:27]:
        case.edit(copy)
    cell(CALENDAR, "2030-01-20", "date", "soon")(copy)
    problems = check_theatre(copy)
    assert {problem.where.split(":")[0] for problem in problems} == {
        "control.csv",
        "groups.csv",
        PEOPLE,
        CALENDAR,
    }
    with pytest.raises(BadInput, match=f"and {len(problems) - 1} more problems"):
        read_theatre(copy)


@pytest.mark.parametrize(
    ("file", "data"),
    [
        ("places.csv", b"nonsense," * 880_000),
        ("places.csv", b"name,prefecture\n" + b"x,y\n" * 1_900_000),
        ("places.csv", b'"' + b"x" * 7_000_000),
        ("scenario.yaml", b"".join(b"key%d: 1\n" % number for number in range(70_000))),
        ("scenario.yaml", b"x" * 900_000 + b": 1\n"),
        ("scenario.yaml", b"a: " + b"9" * 900_000),
        ("scenario.yaml", b"[" * 999_000),
    ],
    ids=["header", "rows", "cell", "keys", "key", "number", "brackets"],
)
def test_nonsense_under_the_size_limit_is_refused_in_short_time_and_words(
    file: str, data: bytes, copy: Path
) -> None:
    (copy / file).write_bytes(data)
    begin = time.perf_counter()
    problems = check_theatre(copy)
    assert time.perf_counter() - begin < 10
    assert 1 <= len(problems) <= 200
    assert all(len(str(problem)) < 3000 for problem in problems)
