"""Countries that stood high at risk and stayed quiet: the model should leave them alone (docs/quiet_controls.md)."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

from experiments.quiet_controls.live import MECHANISMS, live
from experiments.quiet_controls.measure import (
    CONTROL_COLUMNS,
    CONTROLS,
    COUNT,
    FACTOR_COLUMNS,
    FACTORS,
    HERE,
    ONSET,
    YEARS,
    drafted,
    drawn,
    interval,
    measured,
    named,
    told,
)
from experiments.quiet_controls.page import PAGE, known, page, pooled, table_of
from sim.drafting import Library
from sim.drafting.controls import STRATUM
from sim.scenario.read import read_theatre
from sim.scenario.theatre import MITIGATORS, RISK_FACTORS

LAST = known()


def most() -> float:
    """Share of control-years that may have an alarm: the upper end (90 %) of the rate of onset in the stratum."""
    rows = table_of(HERE / "base_rate.csv")
    return interval(sum(int(row["onsets"]) for row in rows), sum(int(row["calm_before"]) for row in rows))[1]


def test_the_controls_are_of_the_stratum_and_were_quiet() -> None:
    rows = table_of(CONTROLS)
    assert tuple(rows[0]) == CONTROL_COLUMNS
    assert len({row["country"] for row in rows}) == len(rows) == COUNT >= 24
    for row in rows:
        assert int(row["year"]) in YEARS
        assert 1 <= int(row["rank"]) <= STRATUM
        assert max(float(row["one_sided_before"]), float(row["one_sided"])) < ONSET
        assert row["source"].startswith("UCDP")


def test_no_factor_is_younger_than_its_theatre() -> None:
    """The vintage rule, for each of the 17 factors of each control."""
    start = {row["name"]: datetime.date(int(row["year"]), 1, 1) for row in table_of(CONTROLS)}
    rows = table_of(FACTORS)
    assert tuple(rows[0]) == FACTOR_COLUMNS
    assert len(rows) == len(start) * (len(RISK_FACTORS) + len(MITIGATORS))
    for row in rows:
        assert datetime.date.fromisoformat(row["as_of"]) < start[row["name"]]
        assert row["retrospective"] in ("yes", "no")
        if row["published"] != "judgement":
            assert datetime.date.fromisoformat(row["published"]) <= start[row["name"]]


def test_the_draw_and_its_table_agree(downloads: Library) -> None:
    made = {(named(one), str(one.rank), str(one.index)) for one in drawn(downloads)}
    assert made == {(row["name"], row["rank"], row["index"]) for row in table_of(CONTROLS)}


def test_the_page_is_made_from_the_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(LAST), "python -m experiments.quiet_controls page"


def test_every_control_has_a_result_of_one_measurement() -> None:
    assert list(LAST) == [row["name"] for row in table_of(CONTROLS)], "python -m experiments.quiet_controls DATA"
    assert len({(one["model"], one["drafting"], one["code"], one["runs"]) for one in LAST.values()}) == 1


def test_every_death_has_one_mechanism_and_one_organisation() -> None:
    """Mechanisms of an incident sum to its deaths, and rows by organisation to the mean of all runs."""
    theatre = read_theatre("sahra")
    lives = [live(theatre, {}, 1, draw, 120) for draw in range(2)]
    for one in lives:
        assert one.column("deaths").sum() > 0, "nobody is killed, so this would test nothing"
        assert one.mechanism.shape == (len(one.incidents), len(MECHANISMS))
        np.testing.assert_allclose(one.mechanism.sum(axis=1), one.column("deaths"))
    said = told(theatre, lives)
    total = sum(sum(row.values()) for row in said["by"].values())
    assert total == pytest.approx(np.mean(said["true"]), abs=0.2)
    assert all(a >= b for a, b in zip(said["true"], said["one_sided"], strict=True))


def test_looking_daily_changes_nothing() -> None:
    """The run is the model's own: the same deaths as without looking at it."""
    from sim.engine.model import Model
    from sim.ground.draw import run_key
    from sim.interventions.base import NONE

    theatre = read_theatre("sahra")
    model = Model(theatre, NONE, {}, run_key(1, 0, 0))
    model.walk(120)
    assert live(theatre, {}, 1, 0, 120).column("deaths").sum() == model.world.actors.victims.sum()


def test_an_interval_of_a_share() -> None:
    """Jeffreys' interval: the values of Brown, Cai and DasGupta 2001 for 0 and 5 of 10, here at 90 %."""
    assert interval(0, 10)[0] == 0.0
    assert interval(10, 10)[1] == 1.0
    low, high = interval(5, 10)
    assert low + high == pytest.approx(1.0)
    assert 0.2 < low < 0.3


@pytest.mark.validate
@pytest.mark.xfail(
    strict=True,
    reason="alarms in close to half of these quiet years: armies and beaten rebels climb the ladder, deaths grow with "
    "the size of an army, and deserters arm self-defence in peace (docs/quiet_controls.md)",
)
def test_quiet_controls_stay_quiet(downloads: Library, tmp_path: Path) -> None:
    """No more false alarms than onsets are to be expected at such risk, the whole 90 % interval over controls."""
    found = {}
    for one in drawn(downloads):
        found[named(one)] = measured(drafted(one, downloads, tmp_path), 4)
    _, _, high = pooled(found, "reported_one_sided")
    assert high <= most()


@pytest.mark.validate
@pytest.mark.xfail(strict=True, reason="see above: the committed measurement of 16 runs a control")
def test_the_last_measurement_is_quiet() -> None:
    """The same claim of what is committed, for whoever has no downloads."""
    _, _, high = pooled(LAST, "reported_one_sided")
    assert high <= most()
