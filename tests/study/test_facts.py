"""Published facts: what a file of them may hold, what is measured in their place, and the card that is made of both."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.cli import main
from sim.engine.model import simulate
from sim.ground.check import BadInput
from sim.interventions.registry import load_policy
from sim.scenario.read import read_theatre
from sim.study import card, facts, hindcast, patterns
from sim.study.facts import Part, Record

HEADER = ",".join(facts.COLUMNS)
GOOD = "dead,People are killed.,reported_deaths,1,20,400,people,,,made up,assumption"


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    """A copy of the small theatre, which can be scored against nothing."""
    shutil.copytree(root / "scenarios/sahra", tmp_path / "sahra")
    (tmp_path / "sahra/observed").mkdir()
    return tmp_path / "sahra"


def write(folder: Path, *rows: str, header: str = HEADER) -> None:
    (folder / "observed/outcomes.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def scoring(folder: Path, text: str) -> None:
    (folder / "observed/scoring.yaml").write_text(text, encoding="utf-8")


# ------------------------------------------------------------------------------------------------ the file


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("dead,People are killed.,reported_deaths,1,20,400,people,,,made up", "the row has 10 cells, the header 11"),
        (",People are killed.,reported_deaths,1,20,400,people,,,made up,data", "name is empty"),
        ("dead,People are killed.,reported_deaths,1,20,400,people,,,,data", "source is empty"),
        ("dead,People are killed.,reported_deaths,1,900,400,people,,,made up,data", "do not rise"),
        ('dead,People are killed.,reported_deaths,1,"1,900",4000,people,,,made up,data', "best '1,900' is no number"),
        ("dead,People are killed.,reported_deaths,1,nan,400,people,,,made up,data", "best 'nan' is no number"),
        ("dead,People are killed.,reported_deaths,1,20,400,people,5 May,,made up,data", "first_day '5 May' is no date"),
        ("d,Killed.,reported_deaths,1,2,4,people,2030-02-01,2030-01-01,x,data", "lies before first_day"),
        ("dead,People are killed.,reported_deaths,1,20,400,people,,,made up,guess", "unknown grade 'guess'"),
    ],
)
def test_a_broken_fact_is_told_with_its_line(folder: Path, row: str, told: str) -> None:
    write(folder, GOOD, row)
    with pytest.raises(BadInput) as error:
        facts.read_facts(read_theatre(folder))
    assert told in str(error.value)
    assert "observed/outcomes.csv:3" in str(error.value)
    assert error.value.problem.instead


@pytest.mark.parametrize(
    ("rows", "header", "told"),
    [
        ([GOOD, GOOD], HEADER, "'dead' is named twice"),
        ([], HEADER, "no fact in it"),
        ([GOOD], HEADER.replace("unit", "units"), "the column 'unit' is missing, unknown or named twice"),
        ([GOOD], HEADER + ",unit", "the column 'unit' is missing, unknown or named twice"),
    ],
)
def test_a_broken_table_is_told(folder: Path, rows: list[str], header: str, told: str) -> None:
    write(folder, *rows, header=header)
    with pytest.raises(BadInput, match="outcomes.csv") as error:
        facts.read_facts(read_theatre(folder))
    assert told in str(error.value)


def test_check_tells_of_a_broken_fact(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, GOOD.replace("assumption", "guess"))
    assert main(["check", str(folder)]) == 2
    assert "unknown grade 'guess'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("measure", "why"),
    [
        ("houses burned", "'houses burned' is no measure of the model"),
        ("reported_deaths by armi", "did you mean 'army'?"),
        ("reported_deaths near army", "'near' after reported_deaths is not understood"),
        ("combatant_deaths by army", "cannot be narrowed by 'by'"),
        ("places_held", "places_held needs by"),
        ("refugees_abroad in Nowhere", "'Nowhere' is not in this theatre"),
    ],
)
def test_a_fact_that_no_measure_fits_is_kept_and_says_why(folder: Path, measure: str, why: str) -> None:
    write(folder, GOOD.replace("reported_deaths", measure))
    theatre = read_theatre(folder)
    (fact,) = facts.read_facts(theatre)
    assert fact.measure == ""
    assert why in facts.stage_of(fact, theatre.stages)[1]


def test_missing_ends_of_a_range_are_the_best_or_open(folder: Path) -> None:
    write(folder, "a,A.,reported_deaths,,20,,people,,,x,data", "b,B.,reported_deaths,5,,,people,,,x,data",
          "c,C.,reported_deaths,,,5,people,,,x,data", "d,D.,reported_deaths,,,,people,,,x,data")  # fmt: skip
    a, b, c = facts.read_facts(read_theatre(folder))[:3]
    assert (a.low, a.best, a.high) == (20, 20, 20)
    assert (b.low, b.high) == (5, np.inf)
    assert (c.low, c.high) == (-np.inf, 5)
    assert facts.read_facts(read_theatre(folder))[3].unscored == "no figure is stated"


def test_a_fact_is_told_from_the_latest_start_before_it() -> None:
    theatre = read_theatre("car_2013")

    def fact(first: str, last: str) -> facts.Fact:
        days = [datetime.date.fromisoformat(day) if day else None for day in (first, last)]
        return facts.Fact("f", "", "", 0, 1, 2, "", *days, "", "data", "reported_deaths", Part(), "")

    for first, last, stage in (
        ("", "", "a_2012_12"), ("2012-12-01", "2013-03-31", "a_2012_12"), ("2013-10-01", "2013-10-31", "c_2013_09"),
        ("2013-12-01", "2014-12-31", "d_2013_12"),
    ):  # fmt: skip
        assert facts.stage_of(fact(first, last), theatre.stages) == (stage, "")
    assert "begins before the first start" in facts.stage_of(fact("2012-01-01", "2012-12-31"), theatre.stages)[1]
    assert "ends after the last simulated day" in facts.stage_of(fact("2014-01-01", "2015-12-31"), theatre.stages)[1]


# ------------------------------------------------------------------------------------------------ measures


def record() -> Record:
    """Ten days, places in P and Q and one in the country UGA: four incidents of two organisations."""
    away = np.zeros((10, 3), dtype=np.int64)
    away[:, 0], away[4:, 1], away[6:, 2] = 5, 40, 100
    away[8:, 1] = 30
    control = np.zeros((10, 3, 2))
    control[:, :, 0] = 0.5
    control[5:, 1, 1] = 0.9
    dead = np.array([0, 0, 0, 2, 2, 2, 7, 7, 7, 7.0])
    return Record(
        10, ("army", "rebels"), ("a", "b"), ("P", "Q"), ("FIC", "FIC", "UGA"), np.array([0, 1, -1]),
        np.array([True, True, False]), np.array([False, False, True]), np.array([1, 2, 2, 8]), np.array([1, 2, 3, 9]),
        np.array([0, 1, 1, 0]), np.array([0, 1, 1, 0]), np.array([0, 0, 1, 1]), np.array([10, 20, 600, 500]),
        np.array([8, 15, 0, 300]), np.array([0, 1, 0, 0]), away, control, dead, dead / 7,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "part", "days", "wanted"),
    [
        ("civilian_deaths", Part(), (0, 9), 1130),
        ("civilian_deaths", Part(by=("rebels",)), (0, 9), 620),
        ("civilian_deaths", Part(where=("Q",), of=("b",)), (0, 7), 600),
        ("reported_deaths", Part(), (0, 8), 23),
        ("one_sided_deaths", Part(), (0, 9), 308),
        ("clash_deaths", Part(), (0, 9), 15),
        ("share_of_deaths", Part(by=("army",)), (0, 8), 8 / 23),
        ("share_of_deaths", Part(by=("army",)), (4, 5), None),
        ("combatant_deaths", Part(), (3, 6), 7),
        ("combatant_deaths", Part(), (4, 6), 5),
        ("intervener_deaths", Part(), (0, 9), 1),
        ("organised_violence_deaths", Part(), (0, 9), 323 + 8),
        ("worst_day", Part(), (2, 9), 0),
        ("worst_day", Part(by=("army",)), (0, 9), 8),
        ("worst_day", Part(), (4, 5), None),
        ("mass_killing", Part(), (0, 9), 1),
        ("mass_killing", Part(of=("a",)), (0, 9), 0),
        ("displaced_inside", Part(), (0, 9), 35),
        ("displaced_inside", Part(where=("Q",)), (0, 5), 40),
        ("displaced_peak", Part(), (0, 9), 45),
        ("displaced_new", Part(), (0, 9), 30),
        ("refugees_abroad", Part(), (0, 5), 0),
        ("refugees_peak", Part(where=("UGA",)), (0, 9), 100),
        ("refugees_new", Part(), (7, 9), 0),
        ("all_deaths", Part(), (0, 9), 1130 + 8),
        ("displaced_per_death", Part(), (0, 9), 135 / 1138),
        ("displaced_per_civilian", Part(), (0, 9), 135 / 1130),
        ("places_held", Part(by=("rebels",)), (0, 4), 0),
        ("places_held", Part(by=("rebels",)), (0, 9), 0.5),
    ],
)
def test_measures(measure: str, part: Part, days: tuple[int, int], wanted: float | None) -> None:
    found = facts.MEASURES[measure](record(), part, *days)
    assert np.isnan(found) if wanted is None else found == pytest.approx(wanted)


def test_a_mass_killing_needs_its_thousand_within_a_year() -> None:
    """600 on day 0 and 500 on day 365 are 366 days apart, both ends counted; a day earlier they are one."""
    for last, wanted in ((365, 0.0), (364, 1.0)):
        far = record()
        for name, values in (("day", [0, 0, 0, last]), ("killed", [0, 0, 600, 500])):
            object.__setattr__(far, name, np.array(values))
        assert facts.mass_killing(far, Part(), 0, 400) == wanted


def test_facts_of_a_run_are_those_of_its_own_outcomes(folder: Path) -> None:
    """The recorder counts the same things on its own way: both must agree."""
    write(
        folder, *(f"{name},F.,{name},0,,,people,,,x,data" for name in (
            "civilian_deaths", "reported_deaths", "combatant_deaths", "intervener_deaths", "refugees_abroad",
            "displaced_inside")),
    )  # fmt: skip
    theatre = read_theatre(folder)
    policy = load_policy("none", theatre)
    plain = simulate(theatre, policy, seed=5)
    watched = patterns.simulate(theatre, policy, seed=5)
    assert watched.digest == plain.digest
    for name in ("civilian_deaths", "combatant_deaths", "intervener_deaths", "refugees_abroad"):
        assert watched.outcomes[f"fact_{name}"] == plain.outcomes[name]
    assert watched.outcomes["fact_displaced_inside"] == plain.outcomes["displaced_internal"]
    armed = sum(value for name, value in watched.outcomes.items() if name.startswith(patterns.ARMED_PREFIX))
    assert armed == plain.outcomes["combatant_deaths"] + plain.outcomes["intervener_deaths"]
    assert 0 < watched.outcomes["fact_reported_deaths"] <= plain.outcomes["reported_deaths"]


# ------------------------------------------------------------------------------------------------ the card


def row(values: Any, low: float, high: float, best: float = float("nan")) -> dict[str, Any]:
    fact = facts.Fact("f", "F.", "m", low, best, high, "people", None, None, "x", "data", "reported_deaths", Part(), "")
    return card.row_of_fact(fact, "start", values)


@pytest.mark.parametrize(
    ("values", "window", "wanted", "told"),
    [
        ([10.0] * 6 + [90.0] * 4, (5, 20), "met", "60 % of 10 runs inside"),
        ([10.0] * 2 + [90.0] * 8, (5, 20), "reached", "too high, by a factor of 4.5"),
        ([900.0] * 10, (5, 20), "missed", "too high, by a factor of 45.0"),
        ([0.0] * 10, (5, 20), "missed", "too low"),
        ([float("nan")] * 10, (5, 20), "missed", "It happens in no run; 5 to 20 observed."),
        ([10.0] * 5 + [float("nan")] * 5, (5, 20), "met", "never in 50 %"),
        ([], (5, 20), "unmeasured", "Not measured"),
        ([1.0, 2.0, 3.0, 4.0, 5.0], (3.5, 3.5), "met", "0 % of 5 runs inside"),
        ([1.0, 2.0, 3.0, 4.0, 5.0], (4.5, 4.5), "reached", "too low"),
        ([3.0] * 10, (2, np.inf), "met", "at least 2 observed"),
        ([3.0] * 10, (-np.inf, 2), "missed", "at most 2 observed"),
    ],
)
def test_verdicts_and_words_follow_from_the_numbers(
    values: list[float], window: tuple[float, float], wanted: str, told: str
) -> None:
    made = row(values, *window)
    assert card.verdict(made) == wanted
    assert told in card.said(made)


def test_a_theatre_with_facts_alone_has_a_card(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, GOOD, "none,Nobody dies.,civilian_deaths,0,0,0,people,,,made up,assumption",
          "burnt,Houses burn.,houses burned,3,4,5,houses,,,made up,assumption")  # fmt: skip
    output = folder.parent / "out"
    words = ["hindcast", str(folder), "runs=4", "replicates=1", "workers=1", "parameters=stated", f"output={output}"]
    assert main(words) == 0
    told = capsys.readouterr().out
    found = json.loads((output / "hindcast.json").read_text(encoding="utf-8"))
    assert {row["name"]: row["verdict"] for row in found["card"]["rows"]}["none"] == "missed"
    assert found["card"]["measured"] == 2
    assert [row["name"] for row in found["card"]["not_scored"]] == ["burnt"]
    assert found["card"]["runs"] == found["runs"] == 4
    assert "crps" not in found
    text = (output / "card.txt").read_text(encoding="utf-8")
    assert text in told
    for part in ("Wrong", "Nobody dies.", "no measure of the model", "do not cover this theatre by month"):
        assert part in text


def test_what_is_never_scored_counts_nothing(folder: Path) -> None:
    write(folder, GOOD)
    scoring(folder, "schema_version: 1\npolicy: none\nrole: never_scored\nwhy: Kept for the last.\n")
    found = hindcast.hindcast(read_theatre(folder), runs=2, workers=1, output=folder.parent / "out", progress=False)
    made = found["card"]
    assert (made["met"], made["missed"], made["measured"]) == (0, 0, 0)
    assert made["rows"][0]["verdict"] == "not scored"
    assert "Never scored" in found["sentence"]
    assert "Kept for the last." in found["sentence"]
    assert "crps" not in found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("schema_version: 1\npolicy: none\nrole: nearmiss\nwhy: x\n", "did you mean 'near_miss'?"),
        ("schema_version: 1\npolicy: none\nrole: case\n", "'why' is missing or unknown"),
        ("schema_version: 1\npolicy: none\n", "'caveat' is missing or unknown"),
        ("- 1\n", "'caveat' is missing or unknown"),
    ],
)
def test_a_broken_role_is_told(folder: Path, text: str, told: str) -> None:
    scoring(folder, text)
    with pytest.raises(BadInput) as error:
        hindcast.read_scoring(read_theatre(folder))
    assert told in str(error.value)


def test_an_unknown_posterior_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, GOOD)
    assert main(["hindcast", str(folder), "parameters=poole"]) == 2
    assert "did you mean 'pooled'?" in capsys.readouterr().err


def test_the_page_lists_every_measure(root: Path) -> None:
    assert facts.measures_table() in (root / "docs/scenarios.md").read_text(encoding="utf-8")
