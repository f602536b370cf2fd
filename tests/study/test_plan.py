"""The plan: draws and seeds that do not depend on the policy, on how many are asked for, or on the
workers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.ground.check import BadInput
from sim.ground.parameters import Parameter
from sim.scenario.read import read_theatre
from sim.scenario.theatre import Theatre, Valued
from sim.study.plan import StudyConfig, config_hash, draw_parameters, identity

KNOWN = {
    "a": Parameter("a", 0.2, 0.0, 1.0, "share", "skewed", "for this test"),
    "b": Parameter("b", 5.0, 5.0, 9.0, "days", "value at the lower end", "for this test"),
    "c": Parameter("c", 3.0, 3.0, 3.0, "days", "fixed", "for this test"),
}


@pytest.fixture(scope="module")
def theatre() -> Theatre:
    return replace(read_theatre("sahra"), priors={})


def test_a_longer_study_begins_with_the_draws_of_a_shorter_one(theatre: Theatre) -> None:
    short = draw_parameters(theatre, 3, 7, KNOWN).rows
    assert draw_parameters(theatre, 50, 7, KNOWN).rows[:3] == short
    assert draw_parameters(theatre, 3, 8, KNOWN).rows != short


def test_draws_fill_the_ranges_and_the_stated_value_is_the_median(theatre: Theatre) -> None:
    rows = draw_parameters(theatre, 256, 1, KNOWN).rows
    a, b = (np.array([row[name] for row in rows]) for name in "ab")
    assert 0.0 <= a.min() < 0.01
    assert 0.99 < a.max() <= 1.0
    assert np.mean(a < 0.2) == 0.5  # exact for a power of two of Sobol points
    assert 5.0 <= b.min()
    assert 8.9 < b.max() <= 9.0
    assert np.mean(b < 7.0) == 0.5  # no mass sits on the end of a range
    assert {row["c"] for row in rows} == {3.0}
    assert rows[0]["a"] != 0.2  # the first draw is a draw like the others


def test_the_priors_of_a_theatre_replace_those_of_the_model(theatre: Theatre) -> None:
    own = replace(theatre, priors={"a": Valued(0.5, 0.4, 0.6, "for this test", "assumption")})
    values = [row["a"] for row in draw_parameters(own, 64, 1, KNOWN).rows]
    assert 0.4 <= min(values) < max(values) <= 0.6
    with pytest.raises(BadInput, match="did you mean 'aa'"):
        draw_parameters(
            replace(theatre, priors={"aaa": own.priors["a"]}), 1, 1, {"aa": replace(KNOWN["a"], name="aa")}
        )


def test_accepted_draws_are_used_where_a_calibration_left_them(theatre: Theatre, tmp_path: Path) -> None:
    (tmp_path / "calibration").mkdir()
    file = tmp_path / "calibration" / "posterior.csv"
    file.write_text("a\n0.11\n0.12\n0.13\n")
    calibrated = replace(theatre, path=tmp_path)
    draws = draw_parameters(calibrated, 6, 1, KNOWN)
    values = [row["a"] for row in draws.rows]
    assert sorted(values) == [0.11, 0.11, 0.12, 0.12, 0.13, 0.13]
    assert sorted(values[:3]) == [0.11, 0.12, 0.13]  # none twice before all were used
    assert draws.origin.startswith("posterior")
    assert draws.from_posterior == ("a",)
    assert len({row["b"] for row in draws.rows}) == 6
    file.write_text("a,nonsense\n1,2\n")
    with pytest.raises(BadInput, match="nonsense"):
        draw_parameters(calibrated, 2, 1, KNOWN)
    file.write_text("a\n0.1\nnan\n")
    with pytest.raises(BadInput, match="posterior.csv:3"):
        draw_parameters(calibrated, 2, 1, KNOWN)


def test_runs_are_counted_draw_by_draw() -> None:
    config = StudyConfig(runs=6, replicates=4)
    assert config.draws == 2
    assert config.run_numbers() == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1)]
    assert config.run_numbers(2) == [(0, 0), (0, 1)]


def test_the_identity_of_a_study_is_what_decides_its_results(theatre: Theatre) -> None:
    config = StudyConfig(runs=4)
    draws = draw_parameters(theatre, 1, 1, KNOWN)

    def named(changed: StudyConfig, policies: dict[str, str] | None = None) -> str:
        return config_hash(identity(changed, theatre, policies or {"none": "x"}, draws, "engine"))

    assert named(replace(config, workers=3, output="elsewhere")) == named(config)
    assert named(replace(config, days=theatre.days)) == named(config)
    for other in (replace(config, runs=8), replace(config, seed=2), replace(config, days=30)):
        assert named(other) != named(config)
    assert named(config, {"none": "y"}) != named(config)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"runs": 0}, "runs"), ({"runs": 2.5}, "runs"), ({"runs": True}, "runs"), ({"seed": -1}, "seed"),
        ({"workers": 0}, "workers"), ({"days": 0}, "days"), ({"timing_runs": 65}, "timing_runs"),
        ({"policies": ()}, "policies"), ({"policies": ("none", "none")}, "policies"),
        ({"policies": ("none",), "baseline": "nonne"}, "baseline"),
    ],
)  # fmt: skip
def test_unusable_settings_are_refused_by_name(changes: dict[str, object], where: str) -> None:
    with pytest.raises(BadInput) as error:
        StudyConfig(**changes)  # type: ignore[arg-type]
    assert error.value.problem.where == where
