"""The hindcast: what is read, how runs become scores, and that watching a run changes nothing."""

from __future__ import annotations

import datetime
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine.model import simulate
from sim.ground.check import BadInput
from sim.interventions.registry import load_policy
from sim.scenario.read import read_theatre
from sim.study import hindcast, patterns
from sim.study.hindcast import Runs
from sim.study.store import month_labels
from sim.world.index import index_of

MONTHS = [f"2014-{n:02d}" for n in range(1, 13)]


@pytest.fixture(scope="module")
def theatre() -> Any:
    return read_theatre("car_2013", "d_2013_12")


@pytest.fixture(scope="module")
def observed(theatre: Any) -> hindcast.Observed:
    return hindcast.read_observed(theatre)


def runs_like(theatre: Any, deaths: Any, refugees: Any = None) -> Runs:
    """Runs that hold `deaths` [runs, months, prefectures, actors] from the theatre's start."""
    months = tuple(month_labels(theatre.start, 396))[: deaths.shape[1]]
    keys = tuple((n, 0) for n in range(len(deaths)))
    abroad = np.zeros(deaths.shape[:2]) if refugees is None else refugees
    none = np.zeros(deaths.shape[:2])
    return Runs(months, theatre.prefectures, index_of(theatre).actors, keys, deaths, none, abroad, {})


def truth(theatre: Any, observed: hindcast.Observed, copies: int = 8) -> Any:
    """Runs that did exactly what was observed (deaths without a prefecture left out of it)."""
    actors, months = index_of(theatre).actors, month_labels(theatre.start, 396)
    deaths = np.zeros((copies, len(months), len(theatre.prefectures), len(actors)))
    for month, prefecture, who, best in observed.cells:
        if month in months:
            where = theatre.prefectures.index(prefecture or "Bangui")
            deaths[:, months.index(month), where, actors.index(who)] += best
    return deaths


def test_observed_tables_are_read_and_agree(observed: hindcast.Observed) -> None:
    seen = observed.deaths(MONTHS)
    assert (observed.kind, observed.stage, observed.scored) == ("one_sided", "d_2013_12", ("2014-01", "2014-12"))
    assert seen[0] == pytest.approx(675, abs=1)
    assert seen.sum() == pytest.approx(2295, abs=1)
    for by in ("prefecture", "perpetrator"):
        assert sum(observed.shares(MONTHS, by).values()) <= seen.sum() + 1e-6
    shares = observed.shares(MONTHS, "perpetrator")
    assert shares["anti_balaka"] == pytest.approx(1293, abs=1)
    assert shares["seleka"] == pytest.approx(826, abs=1)
    assert all(observed.low[m] <= observed.best[m] <= observed.high[m] for m in MONTHS)


def test_the_largest_event_is_that_of_the_months_asked_for(observed: hindcast.Observed) -> None:
    assert sum(observed.largest_event(["2013-12", *MONTHS]).values()) == 800
    later = observed.largest_event(MONTHS)
    assert sorted(later) == ["2014-02", "2014-03"]
    assert sum(later.values()) == pytest.approx(198)


def test_a_perfect_model_scores_perfectly(theatre: Any, observed: hindcast.Observed) -> None:
    months = month_labels(theatre.start, 396)
    abroad = np.array([[observed.refugees[m] + 5000.0 for m in months]] * 8)
    runs = runs_like(theatre, truth(theatre, observed), abroad)
    found = hindcast.scored(theatre, observed, {stage.name: runs for stage in theatre.stages})
    assert found["crps"] == pytest.approx(0.0, abs=1e-3)
    assert found["covered_90"] == 1.0 or found["mean_width"] < 1e-9
    assert found["prefecture_rank_correlation"] > 0.9
    assert found["perpetrator_share_distance"] < 1e-3
    assert found["refugees_ard"] == pytest.approx(0.0, abs=1e-9)
    assert "better than the best of four simple forecasts, one-step persistence" in found["sentence"]
    assert found["perpetrator_shares"]["anti_balaka"]["q50"] == pytest.approx(0.563, abs=0.002)
    wanted = {
        "months", "covered_50", "covered_90", "mean_width", "crps", "crps_flat", "crps_last12", "crps_persistence",
        "interval_score", "prefecture_rank_correlation", "refugees_ard", "patterns",
    }  # fmt: skip
    assert wanted <= set(found)
    assert [row["month"] for row in found["series"]] == MONTHS
    assert json.dumps(found, allow_nan=False)


def test_a_bad_model_is_told_to_be_bad(theatre: Any, observed: hindcast.Observed) -> None:
    runs = runs_like(theatre, 30.0 * truth(theatre, observed) + 1.0)
    found = hindcast.scored(theatre, observed, {stage.name: runs for stage in theatre.stages})
    assert found["crps"] > 3.0
    assert found["bias"] > 3.0
    assert "worse than the best of four simple forecasts, one-step persistence" in found["sentence"]


def test_leaving_out_the_largest_event_moves_the_months_it_touches_only(
    theatre: Any, observed: hindcast.Observed
) -> None:
    found = hindcast.scored(
        theatre, observed, {s.name: runs_like(theatre, truth(theatre, observed)) for s in theatre.stages}
    )
    rest = found["without_largest_event"]
    assert rest["deaths_left_out"] == pytest.approx(198)
    missed = np.log1p(observed.best["2014-02"]) - np.log1p(observed.best["2014-02"] - 93.9661)
    missed += np.log1p(observed.best["2014-03"]) - np.log1p(observed.best["2014-03"] - 104.0339)
    assert rest["crps"] == pytest.approx(missed / 12, abs=1e-3)


def test_splinters_are_scored_with_those_they_left(theatre: Any, observed: hindcast.Observed) -> None:
    deaths = np.zeros((2, 13, len(theatre.prefectures), len(index_of(theatre).actors)))
    for name in ("seleka", "fprc", "upc", "mpc"):
        deaths[:, 2, 0, index_of(theatre).actors.index(name)] = 10
    found = hindcast.perpetrators(theatre, runs_like(theatre, deaths), MONTHS)
    assert found["seleka"].tolist() == [40.0, 40.0]
    assert "fprc" not in found


def test_per_stage_counts_the_months_that_calibration_saw(theatre: Any, observed: hindcast.Observed) -> None:
    found = hindcast.scored(
        theatre, observed, {s.name: runs_like(theatre, truth(theatre, observed)) for s in theatre.stages}
    )
    rows = found["per_stage"]["d_2013_12"]
    assert list(rows) == ["3", "6", "12"]
    assert [rows[n]["months_calibrated_on"] for n in rows] == [1, 1, 1]
    assert (rows["3"]["first"], rows["3"]["last"]) == ("2013-12", "2014-02")
    assert all(rows[n]["crps_flat"] > 0 for n in rows)


@pytest.mark.parametrize(
    ("start", "month", "days"),
    [((2013, 12, 1), "2014-12", 396), ((2012, 12, 1), "2012-12", 31), ((2013, 9, 1), "2014-02", 181)],
)
def test_days_until_the_end_of_a_month(start: tuple[int, int, int], month: str, days: int) -> None:
    assert hindcast.days_until(datetime.date(*start), month) == days


def test_a_theatre_without_observed_data_is_refused() -> None:
    with pytest.raises(BadInput, match="nothing to be scored against"):
        hindcast.hindcast("sahra", runs=1)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("stage: d_2013_12", "stage: e_2015", "no stage 'e_2015'"),
        ("months_ahead", "horizons", "'horizons' is missing or unknown"),
        ("refugees: corrected_stock", "", "'refugees' is missing or unknown"),
    ],
)
def test_a_broken_scoring_file_is_told(root: Path, tmp_path: Path, old: str, new: str, told: str) -> None:
    shutil.copytree(root / "scenarios/car_2013", tmp_path / "car_2013")
    file = tmp_path / "car_2013/observed/scoring.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as error:
        hindcast.read_observed(read_theatre(tmp_path / "car_2013"))
    assert told in str(error.value)


# ------------------------------------------------------------------------------------------------ patterns


def test_every_pattern_of_the_theatre_has_a_measure(theatre: Any) -> None:
    listed = patterns.read_patterns(theatre.path)
    assert len(listed) == 21
    assert {pattern.stage for pattern in listed} == {stage.name for stage in theatre.stages}
    assert {pattern.measure_id for pattern in listed} == set(patterns.MEASURES)


def test_watching_a_run_changes_nothing_and_counts_one_sided_deaths(theatre: Any) -> None:
    policy = load_policy("none", theatre)
    plain = simulate(theatre, policy, seed=3, days=62)
    watched = patterns.simulate(theatre, policy, seed=3, days=62)
    assert watched.digest == plain.digest
    more = set(watched.outcomes) - set(plain.outcomes)
    assert {name for name in more if name.startswith(patterns.PREFIX)} == {
        f"pattern_{p.name}" for p in patterns.read_patterns(theatre.path) if p.stage == "d_2013_12"
    }
    clash = sum(value for name, value in watched.outcomes.items() if name.startswith(patterns.CLASH_PREFIX))
    all_told = plain.monthly["deaths_reported"].sum()
    assert watched.monthly["deaths_reported"].sum() + clash == all_told
    assert (watched.monthly["deaths_reported"] >= 0).all()


def course(**changes: Any) -> patterns.Course:
    """Forty days, two places, three organisations: rebels take East on day 5 and Town on day 25."""
    control = np.zeros((40, 2, 3), dtype=np.float32)
    control[:, :, 0] = 0.6
    control[5:, 1, 1] = 0.9
    control[25:, 0, 2] = 0.9
    present = np.full((40, 2, 2), 100, dtype=np.int64)
    present[30:, 0, 1] = 10
    return replace(
        patterns.Course(
            datetime.date(2013, 12, 1), ("Town", "East"), ("army", "rebels", "splinter"), ("a", "b"), ("P", "Q"),
            np.array([True, True]), control, present,
            np.array([1, 3, 3, 33]), np.array([0, 1, 1, 0]), np.array([0, 1, 1, 2]), np.array([4.0, 6.0, 7.0, 3.0]),
        ),
        **changes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "arguments", "wanted"),
    [
        ("days_first_to_nth_takeover", {"by": ["rebels", "splinter"], "of": ["army"], "nth": 2}, 20.0),
        ("days_first_to_nth_takeover", {"by": ["rebels"], "of": ["army"], "nth": 2}, None),
        ("day_of_takeover", {"by": ["splinter"], "of": ["army"], "place": "Town"}, 25.0),
        ("day_of_takeover", {"by": ["rebels"], "of": ["army"], "place": "Town"}, None),
        ("longest_halt", {"by": ["rebels", "splinter"], "of": ["army"], "nth": 1, "place": "Town"}, 20.0),
        ("deaths_until_takeover", {"by": ["rebels"], "of": ["army"], "place": "East", "latest": 30}, 17.0),
        ("deaths_until_takeover", {"by": ["rebels"], "of": ["army"], "place": "Town", "latest": 2}, 4.0),
        ("share_of_actors", {"actors": ["rebels"], "days": [0, 30]}, 13 / 17),
        ("share_of_actors", {"actors": ["rebels"], "days": [0, 60]}, None),
        ("share_of_actors_in_months", {"actors": ["army"], "months": ["2013-12", "2013-12"]}, 4 / 17),
        ("ratio_of_actors", {"actors": ["army"], "to": ["splinter"], "days": [0, 39]}, 4 / 3),
        ("ratio_of_actors", {"actors": ["army"], "to": ["splinter"], "days": [0, 9]}, None),
        ("first_attack", {"actors": ["rebels"], "prefectures": ["P", "Q"], "deaths": 13}, 3.0),
        ("first_attack", {"actors": ["rebels"], "prefectures": ["P", "Q"], "deaths": 14}, None),
        ("mean_per_month", {"days": [0, 9]}, 17 / (10 / patterns.MONTH_DAYS)),
        ("mean_of_months", {"months": ["2013-12", "2013-12"]}, 17.0),
        ("mean_of_months", {"months": ["2013-12", "2014-01"]}, None),
        ("largest_month_over", {"months": ["2013-12", "2013-12"], "reference": 8.5}, 2.0),
        ("month_of_peak", {"months": ["2013-12", "2013-12"]}, 1.0),
        ("leads", {"prefecture": "Q", "days": [0, 30]}, 1.0),
        ("leads", {"prefecture": "P", "days": [0, 30]}, 0.0),
        ("first_month_led", {"prefecture": "Q", "months": ["2013-12", "2014-01"]}, 1.0),
        ("first_month_led", {"prefecture": "P", "months": ["2013-12", "2013-12"]}, None),
        ("largest_monthly_share", {"prefecture": "P", "months": ["2013-12", "2013-12"]}, 4 / 17),
        ("share_gone", {"groups": ["b"], "place": "Town", "day": 35}, 0.9),
        ("share_gone", {"groups": ["a", "b"], "place": "Town", "day": 35}, 0.45),
    ],
)
def test_measures(measure: str, arguments: dict[str, Any], wanted: float | None) -> None:
    found = patterns.MEASURES[measure](course(), **arguments)
    assert np.isnan(found) if wanted is None else found == pytest.approx(wanted)


def test_the_fall_between_two_months() -> None:
    long = np.zeros((62, 2, 3), dtype=np.float32)
    found = patterns.fall_between(course(control=long), ["2013-12", "2014-01"])
    assert found == pytest.approx(1 - 3 / 17)


def test_runs_where_it_never_happened_lie_outside(theatre: Any) -> None:
    first = patterns.read_patterns(theatre.path)[0]
    assert (first.low, first.high) == (10, 40)
    (row,) = patterns.judged([first], {first.name: [10.0, 40.0, 41.0, float("nan")]})
    assert (row["share_of_runs_inside"], row["median"], row["share_never"]) == (0.5, 40.0, 0.25)
    (row,) = patterns.judged([first], {})
    assert row["share_of_runs_inside"] is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("measure_id: longest_halt", "measure_id: longest_hall", "did you mean 'longest_halt'?"),
        ("nth: 6}", "nmb: 6}", "does not fit its arguments"),
    ],
)
def test_a_broken_pattern_is_told(root: Path, tmp_path: Path, old: str, new: str, told: str) -> None:
    (tmp_path / "observed").mkdir()
    text = (root / "scenarios/car_2013/observed/patterns.yaml").read_text(encoding="utf-8")
    (tmp_path / "observed/patterns.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as error:
        patterns.read_patterns(tmp_path)
    assert told in str(error.value)
