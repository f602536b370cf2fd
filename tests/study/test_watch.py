"""Watching many countries: no watcher touches a world, scores are those of the definitions, and the command."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.cli import main
from sim.config import watch_config
from sim.ground.check import BadInput
from sim.ground.draw import run_key
from sim.scenario import read_theatre
from sim.study.watch import YEAR, CountryYear, Seen, WatchConfig, attend, heated, lines, live, scores, watch
from sim.warning.process import PRIORITIES, load_book
from sim.warning.sources import STATISTICS
from sim.world.report import Dispatch
from tests.actors.crises import RISK
from tests.actors.crises import told as told_by

SMALL = WatchConfig(countries=4, years=2, seed=3)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return watch(SMALL)


def test_equal_watches_are_equal(found: dict[str, Any]) -> None:
    assert json.dumps(watch(SMALL), sort_keys=True) == json.dumps(found, sort_keys=True)


def test_who_watches_changes_no_world() -> None:
    """The same country-year under one watcher and two: the same deaths, and the same word to the first."""
    alone, both = live(replace(SMALL, decisions=("eu_2012",)), 0, 1), live(SMALL, 0, 1)
    assert (alone.deaths, alone.onset, alone.heat) == (both.deaths, both.onset, both.heat)
    assert alone.said["eu_2012"] == both.said["eu_2012"]


def test_heat_scales_what_makes_a_country_dangerous_and_nothing_else() -> None:
    base = read_theatre("sahra")
    cold, hot = heated(base, 0.0), heated(base, 1.0)
    assert hot.units == base.units
    assert all(one.hostility == 0.0 for one in cold.relations)
    assert cold.risk["low_development"].value == 0.0
    assert cold.risk["free_press"] == base.risk["free_press"], "a mitigator is no risk"
    state = {one.name for one in base.actors if one.kind in ("state", "guard", "police", "peacekeeper")}
    for before, after in zip(base.units, cold.units, strict=True):
        assert after.strength == (before.strength if before.actor in state else 1)


def made(number: int, deaths: int, onset: int | None) -> CountryYear:
    return CountryYear(0, number, 0.5, deaths, onset, {})


def test_scores_are_those_of_the_definitions() -> None:
    """Eight countries by hand: two mass killings to come, one under way already and left out of the forecast."""
    lived = [made(n, 10, None) for n in range(5)] + [made(5, 2000, 200), made(6, 1500, 300), made(7, 5000, 20)]
    seen = [Seen(float(n), 0.0, 0.0, {}) for n in range(5)]
    seen[4] = Seen(4.0, 0.0, 0.0, {"warning": 100})
    seen += [
        Seen(6.0, 0.0, 0.0, {"warning": 150, "acceptance": 210}),
        Seen(3.5, 0.0, 0.0, {}),
        Seen(9.0, 0.0, 0.0, {"warning": 30}),
    ]
    table = scores(lived, seen)
    assert (table["at_risk"], table["events"]) == (7, 2)
    assert table["forecasters"]["matrix"]["auc"] == pytest.approx((5 + 4) / 10)
    assert table["forecasters"]["root_causes"]["auc"] == 0.5
    alarm = table["warnings"]
    assert (alarm["issued"], alarm["right"], alarm["false_a_year"]) == (3, 2, 1.0)
    assert (alarm["warning_reached"], alarm["warning_before_onset"]) == (2, 1)
    assert alarm["warning_lead_days"] == np.median([50, -10])
    assert (alarm["acceptance_before_onset"], alarm["acceptance_lead_days"]) == (0, -10.0)


def test_the_command_answers_people_and_programs(found: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "countries=4", "years=2", "seed=3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(found))
    told = "\n".join(lines(found))
    assert "Skill inside the simulated world." in told
    assert "decision=reform_4" in told


@pytest.mark.parametrize(
    "word", ["countries=1", "years=0", "decisions=[instant]", "decisions=[moon]", "years=few", "runs=3"]
)
def test_bad_settings_are_refused_in_words(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", word]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_settings_are_read_as_written() -> None:
    config = watch_config(["countries=12", "decisions=[eu_2012, reform_4+reform_6]"])
    assert (config.countries, config.decisions) == (12, ("eu_2012", "reform_4+reform_6"))
    with pytest.raises(BadInput, match="twice"):
        watch_config(["decisions=[eu_2012,eu_2012]"])


def test_rules_of_whose_turn_it_is_stand_side_by_side(found: dict[str, Any]) -> None:
    """Every rule saw the same worlds; alarm fatigue is told with and without memory."""
    row = found["decisions"]["eu_2012"]
    assert tuple(row["priorities"]) == PRIORITIES
    assert len({rule["mass_killings"] for rule in row["priorities"].values()}) == 1
    assert len(row["fatigue"]) == SMALL.years
    told = "\n".join(lines(found))
    for word in ("alarm fatigue", "severity tractability", "first come", "structural"):
        assert word in told


def test_false_alarms_remembered_make_fewer_warnings() -> None:
    """Eight countries that burn a little: with nine alarms before, fewer are warned of and believed than with none."""
    process = load_book("eu_2012").process()  # type: ignore[union-attr]
    said = {}
    for n in range(8):
        heard = [Dispatch(STATISTICS, 0, 0, RISK)]
        for day in range(7, YEAR, 7):
            heard += told_by(process, lambda day: 40.0, day)
        said[n] = made(n, 300, None)
        said[n] = replace(said[n], said={"eu_2012": heard})
    counts = []
    for alarms in (0, 9):
        seen, _ = attend(process, run_key(1, 0, 1), list(said.values()), "eu_2012", alarms)
        believed = sum(one.days.get("acceptance", YEAR) for one in seen)
        counts.append((sum("warning" in one.days for one in seen), believed))
    assert counts[1][0] < counts[0][0] or counts[1][1] > counts[0][1]


@pytest.mark.parametrize("word", ["priorities=[by_size]", "priorities=[media,media]"])
def test_unknown_rules_are_refused_in_words(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", word]) == 2
    assert "Traceback" not in capsys.readouterr().err
