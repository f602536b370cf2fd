"""What a theatre holds once it is read."""

from __future__ import annotations

import datetime
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sim.ground.check import GRADES, BadInput, Problem, Source, did_you_mean
from sim.ground.files import parse_yaml
from sim.scenario import check_theatre, find_scenarios, read_theatre
from sim.scenario.theatre import MITIGATORS, RISK_FACTORS, Range


@pytest.fixture
def copy(tmp_path: Path, root: Path) -> Path:
    return shutil.copytree(root / "scenarios" / "sahra", tmp_path / "sahra")


def test_sahra_is_complete() -> None:
    """The default theatre exercises every part of the format."""
    theatre = read_theatre("sahra")
    assert theatre.country == "FIC"
    assert 1_100_000 < theatre.people < 1_300_000
    assert sum(place.inside for place in theatre.places) == 24
    assert [theatre.is_abroad(place) for place in theatre.places if not place.inside] == [
        True,
        True,
        True,
        False,
    ]
    assert theatre.prefectures == ("Kessira", "Marsh", "Middle Plain", "East Ridge", "North")
    assert tuple(theatre.risk) == RISK_FACTORS + MITIGATORS
    assert {actor.kind for actor in theatre.actors} >= {
        "state",
        "guard",
        "police",
        "rebel",
        "militia",
        "herders",
    }
    assert sum(actor.latent for actor in theatre.actors) == 4
    assert {entry.applies for entry in theatre.calendar} == {"world", "factual"}
    assert "factual_rule" in theatre.policies
    assert theatre.assumption_share == 1.0


def test_sahra_says_that_it_is_invented() -> None:
    theatre = read_theatre("sahra")
    rows = [
        *theatre.places,
        *theatre.groups,
        *theatre.actors,
        *theatre.units,
        *theatre.calendar,
        *theatre.links,
    ]
    assert all(row.source.startswith("fictional") and row.grade == "assumption" for row in rows)


def test_first_stage_is_the_default_and_a_stage_can_be_chosen_by_name_or_date() -> None:
    first, second = read_theatre("sahra"), read_theatre("sahra", "advance")
    assert (first.stage, first.start, first.days) == ("tension", datetime.date(2030, 1, 1), 365)
    assert second.start == datetime.date(2030, 6, 15)
    assert (
        {unit.stage for unit in second.units} == {control.stage for control in second.control} == {"advance"}
    )
    by_date = [read_theatre("sahra", when) for when in ("2030-06-15", datetime.date(2030, 6, 15))]
    assert {theatre.digest for theatre in by_date} == {second.digest} != {first.digest}


def test_by_stage_moves_value_and_range() -> None:
    first, second = (read_theatre("sahra", stage).risk["armed_conflict"] for stage in ("tension", "advance"))
    assert (first.value, first.low, first.high) == (0.5, 0.3, 0.7)
    assert (second.value, second.low, second.high) == (0.8, pytest.approx(0.6), 1.0)


def test_latent_actor_with_units_at_a_later_stage_has_formed_there() -> None:
    latent = [
        {actor.name for actor in read_theatre("sahra", stage).actors if actor.latent}
        for stage in ("tension", "advance")
    ]
    assert latent[0] - latent[1] == {"tama_committees"}


def test_values_are_plain() -> None:
    theatre = read_theatre("sahra")
    army = theatre.actors[0]
    assert army.patrons == ("kora_ministry",)
    assert army.targets == ("sahir", "bele")
    assert army.splinters == ()
    assert Range("cohesion", 0.25, 0.55) in army.ranges
    assert (theatre.places[0].room, theatre.places[26].room) == (None, 150_000)
    assert theatre.places[0].urban is True
    assert theatre.calendar[0].end is None
    assert theatre.links[0].from_ == "Kessira"


def test_seasons_cover_the_year_and_may_run_over_the_new_year() -> None:
    theatre = read_theatre("sahra")
    names = {}
    for month, day in ((1, 1), (5, 14), (5, 15), (10, 31), (11, 1), (12, 31)):
        season = theatre.season_on(datetime.date(2030, month, day))
        names[month, day] = season.name if season else ""
    assert list(names.values()) == ["dry", "dry", "rains", "rains", "dry", "dry"]


def test_digest_is_of_the_content_not_of_the_folder_or_the_layout(copy: Path) -> None:
    before = read_theatre("sahra").digest
    for file in copy.glob("*.csv"):
        text = file.read_text(encoding="utf-8")
        file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() + b"\r\n")
    settings = copy / "scenario.yaml"
    settings.write_bytes(b"\xef\xbb\xbf# a comment\r\n" + settings.read_bytes().replace(b"\n", b"\r\n"))
    assert read_theatre(copy).digest == before
    places = copy / "places.csv"
    places.write_text(places.read_text(encoding="utf-8-sig").replace("0.7,0.5,0.9", "0.71,0.5,0.9"))
    assert read_theatre(copy).digest != before


def test_quoted_commas_quotes_and_line_breaks_are_text(copy: Path) -> None:
    with (copy / "calendar.csv").open("a", encoding="utf-8") as file:
        file.write(
            '2030-06-01,,deadline,,"a vote, ""at last""\nin two lines",,,,,world,fictional,assumption\n'
        )
        file.write("soon,,deadline,,x,,,,,world,fictional,assumption\n")
    problems = check_theatre(copy)
    assert [problem.where for problem in problems] == ["calendar.csv:18 (date)"], (
        "lines count as an editor does"
    )
    lines = (copy / "calendar.csv").read_text(encoding="utf-8").split("\n")
    (copy / "calendar.csv").write_text("\n".join(lines[:-2]) + "\n", encoding="utf-8")
    assert read_theatre(copy).calendar[-1].what == 'a vote, "at last"\nin two lines'


def test_columns_may_stand_in_any_order(copy: Path) -> None:
    file = copy / "groups.csv"
    turned = [",".join(reversed(line.split(","))) for line in file.read_text(encoding="utf-8").splitlines()]
    file.write_text("\n".join(turned), encoding="utf-8")
    assert read_theatre(copy).digest == read_theatre("sahra").digest


def test_assumption_share_counts_each_number_once_and_memory_too(copy: Path) -> None:
    """96 rows of one number (people) against 4 of two (mobilisation, recognised); ranges are not counted."""
    kept = {}
    for name in ("population", "groups"):
        file = copy / f"{name}.csv"
        good = file.read_text(encoding="utf-8")
        file.write_text(good.replace("assumption", "memory"), encoding="utf-8")
        assert read_theatre(copy).assumption_share == 1.0
        file.write_text(good.replace("assumption", "data"), encoding="utf-8")
        kept[name] = 1 - read_theatre(copy).assumption_share
        file.write_text(good, encoding="utf-8")
    assert kept["population"] == pytest.approx(kept["groups"] * 96 / 8)


@pytest.mark.parametrize("name", ["sahra", "car_2013"])
def test_shipped_theatres_are_good_at_every_stage(name: str) -> None:
    assert check_theatre(name) == []
    for stage in read_theatre(name).stages:
        assert read_theatre(name, stage.name).start == stage.start


def test_scenarios_are_found(root: Path) -> None:
    found = {name: (title, path) for name, title, path in find_scenarios()}
    assert found["sahra"] == ("Sahra: a fictional country on the edge", root / "scenarios" / "sahra")


def test_reading_imports_nothing_heavy() -> None:
    code = (
        "import sys; from sim.scenario import read_theatre; read_theatre('sahra'); "
        "print([m for m in ('numpy', 'mesa', 'numba', 'pandas', 'jsonschema', 'hydra') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"), ("on", "on"), ("12:30", "12:30"), ("2013-12-05", "2013-12-05"),
        ("0777", 777), ("1_000", "1_000"),
        ("0x1F", "0x1F"), ("true", True), ("~", None), ("'5'", "5"), ("5", 5), ("-.5", -0.5), ("1e3", 1000.0),
        ("9" * 400, "9" * 400), ("[a, {b: 1}]", ["a", {"b": 1}]), ("|\n  x\n  y\n", "x\ny\n"),
    ],
)  # fmt: skip
def test_yaml_scalars_are_read_as_version_1_2_has_them(text: str, value: object) -> None:
    assert parse_yaml(f"a: {text}", "x.yaml").value == {"a": value}


def test_errors_survive_a_process_boundary_and_say_everything() -> None:
    error = BadInput("share 80 is above 1", where="control.csv:2 (share)", why="it is a share", instead="0.8")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is BadInput
    assert again.problem == Problem("share 80 is above 1", "control.csv:2 (share)", "it is a share", "0.8")
    assert str(again) == "control.csv:2 (share): share 80 is above 1\n  why: it is a share\n  instead: 0.8"


def test_hints() -> None:
    assert did_you_mean("laterit", ["laterite", "track"]) == "did you mean 'laterite'?"
    assert did_you_mean("x", ["b", "a"]) == "use one of: a, b"


def test_sources_have_a_known_grade() -> None:
    assert [grade for grade in GRADES if Source("x", grade).is_assumption] == ["memory", "assumption"]
    with pytest.raises(ValueError, match="is none of"):
        Source("x", "guess")
