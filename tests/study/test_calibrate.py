"""Calibration on stand-ins: distance, acceptance, recovery of known truths, resuming, and what a user may get wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine import model
from sim.ground.check import BadInput, FailedWork
from sim.ground.parameters import PARAMETERS
from sim.scenario.read import read_theatre
from sim.study import calibrate as module
from sim.study.calibrate import Plan, Statistics, calibrate, distances, prior_to_posterior, recover
from sim.study.hindcast import read_observed
from sim.study.plan import draw_parameters, read_posterior
from tests.study.fake_engine import ENGINE
from tests.study.fake_engine import PARAMETERS as FAKE

assert model.simulate  # importing the engine declares the parameters
PLAN = Plan("car_2013", 0.25, 4, 1.0, {"violence": "the only one"})


def linear(draws: int = 400, noise: float = 0.3) -> tuple[dict[str, Any], Statistics]:
    """A model whose months follow `level`, and where `idle` does nothing."""
    rng = np.random.default_rng(5)
    drawn = {"level": rng.uniform(2, 6, draws), "idle": rng.uniform(0, 1, draws)}
    logs = drawn["level"][:, None] + rng.normal(0, noise, (draws, 12))
    return drawn, Statistics((logs,), (np.tile([0.5, 0.5], (draws, 1)),))


def test_distance_weighs_starts_alike_and_adds_shares() -> None:
    drawn = Statistics(
        (np.array([[1.0, 1.0, 1.0], [4.0, 4.0, 4.0]]), np.array([[2.0], [2.0]])),
        (np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[0.5, 0.5], [0.0, 0.0]])),
    )
    target = Statistics(
        (np.array([[1.0, 1.0, 1.0]]), np.array([[2.0]])), (np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]]))
    )
    assert distances(drawn, target, 2.0).tolist() == pytest.approx([0.0, np.sqrt(9 / 2) + 2.0 * 0.5])


def test_a_failed_draw_is_never_accepted() -> None:
    drawn, statistics = linear(20)
    statistics.logs[0][3] = np.nan
    found = distances(statistics, statistics.row(0), 1.0)
    assert np.isinf(found[3])
    with pytest.raises(FailedWork, match="only 19 draws ended well, and 20"):
        module.accepted(found, 20)


def test_what_the_data_speak_of_contracts_and_the_rest_does_not() -> None:
    drawn, statistics = linear()
    keep = module.accepted(distances(statistics, statistics.row(7), 1.0), 40)
    level, idle = prior_to_posterior(drawn, keep, ["level", "idle"])
    assert level["contraction"] > 0.7
    assert abs(idle["contraction"]) < 0.25
    assert level["posterior_q05"] < drawn["level"][7] < level["posterior_q95"]


def test_known_truths_are_recovered_as_often_as_the_ranges_say() -> None:
    """Of 20 accepted draws: with NumPy's default quantiles the 90 % range would hold 81 % of the truths."""
    drawn, statistics = linear(noise=1.5)
    found = recover(drawn, statistics, Plan("toy", 0.05, 20, 1.0, {"level": "", "idle": ""}), truths=range(400))
    assert found["truths"] == 400
    idle, level = found["parameters"]["idle"], found["parameters"]["level"]
    assert idle["covered_90"] == pytest.approx(0.9, abs=0.04)
    assert idle["covered_50"] == pytest.approx(0.5, abs=0.06)
    assert abs(idle["contraction"]) < 0.15
    assert level["covered_90"] >= 0.86  # a tolerance can only widen what is found
    assert level["contraction"] > 0.3


def test_calibrating_resumes_and_hands_its_posterior_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theatre = read_theatre("car_2013")
    log = tmp_path / "log"
    monkeypatch.setenv("FAKE_ENGINE", json.dumps({"log": str(log)}))
    monkeypatch.setattr(module, "read_observed", lambda t: _with_policy(t, "none"))

    def once() -> module.Calibration:
        return calibrate(theatre, draws=16, workers=1, output=tmp_path / "out", plan=PLAN, engine=ENGINE)

    first = once()
    assert first.settings["months"] == {
        "a_2012_12": ["2012-12", "2013-12"], "b_2013_04": ["2013-04", "2013-12"],
        "c_2013_09": ["2013-09", "2013-12"], "d_2013_12": ["2013-12", "2013-12"],
    }  # fmt: skip
    assert len(log.read_text().splitlines()) == 16 * 4
    assert len(first.keep) == 4
    assert first.distance[first.keep].max() <= np.sort(first.distance)[4]
    again = once()
    assert len(log.read_text().splitlines()) == 16 * 4
    assert again.settings == first.settings
    with (tmp_path / "out/posterior.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = first.drawn["violence"][first.keep].tolist()
    assert [float(row["violence"]) for row in rows] == pytest.approx(wanted, rel=1e-5)


def _with_policy(theatre: Any, policy: str) -> Any:
    from dataclasses import replace

    return replace(read_observed(theatre), policy=policy)


def test_a_published_posterior_is_what_studies_draw_from(root: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "car_2013"
    shutil.copytree(root / "scenarios/car_2013", folder, ignore=shutil.ignore_patterns("calibration"))
    (tmp_path / "out").mkdir()
    for name, text in (("posterior.csv", "violence\n0.3\n0.4\n"), ("table.csv", "\n"), ("settings.json", "{}\n")):
        (tmp_path / "out" / name).write_text(text, encoding="utf-8")
    theatre = read_theatre(folder)
    module.publish(tmp_path / "out", theatre)
    assert read_posterior(folder, FAKE) == {"violence": [0.3, 0.4]}
    drawn = draw_parameters(theatre, 8, 1, FAKE)
    assert {row["violence"] for row in drawn.rows} == {0.3, 0.4}
    prior = module.prior_draws(theatre, 8, 1, FAKE)
    assert len({row["violence"] for row in prior.rows}) == 8


def test_the_plan_of_the_theatre_is_good(root: Path) -> None:
    plan = module.read_plan(root / "configs/calibration/car_2013.yaml", PARAMETERS)
    assert plan.theatre == "car_2013"
    assert len(plan.free) <= module.FREE_AT_MOST
    assert all(len(reason) > 20 for reason in plan.free.values())
    assert plan.kept(512) == 26
    for name in plan.free:
        assert PARAMETERS[name].low < PARAMETERS[name].high


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("  ladder_rat: reason\n", "unknown parameter 'ladder_rat'"),
        ("".join(f"  {name}: reason\n" for name in sorted(PARAMETERS)[:11]), "11 free parameters"),
    ],
)
def test_a_plan_that_cannot_be_used_is_told(tmp_path: Path, change: str, told: str) -> None:
    file = tmp_path / "plan.yaml"
    head = "schema_version: 1\ntheatre: car_2013\naccept: 0.05\nat_least: 20\nshare_weight: 1.0\nfree:\n"
    file.write_text(head + change, encoding="utf-8")
    with pytest.raises(BadInput) as error:
        module.read_plan(file, PARAMETERS)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["draw=3"], "did you mean 'draws'?"),
        (["draws=many"], "draws=many is no whole number"),
        (["scenario=sahra"], "nothing to be scored against"),
        (["publish=yes"], "publish=true or publish=false"),
    ],
)
def test_wrong_words_are_told(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert module.main(words) == 2
    assert told in capsys.readouterr().err
