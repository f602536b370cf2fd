"""The pooled calibration: its sampler against a posterior that is known exactly, its distances, and the whole on a
small theatre."""

from __future__ import annotations

import csv
import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from sim.engine import model
from sim.ground.check import BadInput, FailedWork
from sim.ground.parameters import PARAMETERS
from sim.scenario.read import read_theatre
from sim.study import hindcast, pooled
from sim.study.facts import COLUMNS
from sim.study.plan import StudyConfig
from sim.study.pooled import Item, Plan, Pool, Task

assert model.simulate  # importing the engine declares the parameters


# ------------------------------------------------------------------------------------------------ the sampler


def sampled(apart: Any, sizes: list[int], keep: float, seed: int, dims: int = 1) -> tuple[Any, Any, Any]:
    """(points, importance, distance) of a sampler on a toy: `apart` maps points and a generator to distances."""
    rng = np.random.default_rng([seed, 9])
    points = pooled.first_points(sizes[0], dims, seed)
    distance = apart(points, rng)
    proposals: list[pooled.Proposal] = []
    for n in range(1, len(sizes)):
        near = pooled.weights_of(distance, pooled.importance(points, proposals, sizes[:n]), round(keep * len(points)))
        proposals.append(pooled.proposal_around(points, near))
        new = proposals[-1].points(sizes[n], rng)
        points, distance = np.concatenate([points, new]), np.concatenate([distance, apart(new, rng)])
    return points, pooled.importance(points, proposals, sizes), distance


def test_the_sampler_finds_a_posterior_that_is_known_exactly() -> None:
    """Even prior on 0..1, an observation of 0.3 with normal noise of 0.1, kept within a tolerance e.

    The posterior given |x - 0.3| <= e is proportional to P(|theta + noise - 0.3| <= e), which is integrated here.
    Tolerance: four standard errors of 1,200 kept draws for the mean, the same for the tails. pyabc 0.13 on this toy
    (2,000 particles, 4 generations, e = 0.033; it needs some 45 packages, so it is no extra of ours) gives mean 0.305
    and the quantiles 0.136, 0.305, 0.469, which the exact posterior of that e is held against below, as is ours.
    """
    noise, seen = 0.1, 0.3
    points, important, distance = sampled(
        lambda p, rng: np.abs(p[:, 0] + rng.normal(0, noise, len(p)) - seen), [4000, 4000, 4000], 0.1, 3
    )
    keep = 1200
    weights = pooled.weights_of(distance, important, keep)
    bound = float(np.sort(distance)[keep - 1])

    def likely(theta: float) -> float:
        return float(stats.norm.cdf((seen + bound - theta) / noise) - stats.norm.cdf((seen - bound - theta) / noise))

    whole, _ = integrate.quad(likely, 0, 1)
    theirs = [0.13625867, 0.30532753, 0.46944821]
    for level, at in zip((0.05, 0.5, 0.95), theirs, strict=True):
        assert stats.norm(seen, math.hypot(noise, 0.033 / math.sqrt(3))).cdf(at) == pytest.approx(level, abs=0.03)
    mean, _ = integrate.quad(lambda t: t * likely(t) / whole, 0, 1)
    sd = math.sqrt(integrate.quad(lambda t: (t - mean) ** 2 * likely(t) / whole, 0, 1)[0])
    number = pooled.effective(weights)
    assert number > 400
    assert float((weights * points[:, 0]).sum()) == pytest.approx(mean, abs=4 * sd / math.sqrt(number))
    for level in (0.05, 0.5, 0.95):
        at = float(pooled.weighted_quantiles(points[:, 0], weights, [level])[0])
        below, _ = integrate.quad(lambda t: likely(t) / whole, 0, at)
        assert below == pytest.approx(level, abs=4 * math.sqrt(level * (1 - level) / number))


def test_every_set_of_theatres_is_the_same_draws_weighted_anew() -> None:
    """Two theatres, each telling of one of two parameters: without one, its parameter is as free as before."""
    noise = 0.05
    rng = np.random.default_rng(8)
    store: dict[str, list[Any]] = {"a": [], "b": []}

    def apart(points: Any, _: Any) -> Any:
        for name, column, truth in (("a", 0, 0.25), ("b", 1, 0.7)):
            store[name].append(np.abs(points[:, column] + rng.normal(0, noise, len(points)) - truth))
        return (store["a"][-1] + store["b"][-1]) / 2

    points, important, _ = sampled(apart, [3000, 3000, 3000], 0.1, 5, dims=2)
    distance = {name: np.concatenate(parts) for name, parts in store.items()}
    pool = Pool(Plan(0.1, 40, 3.0, {"x": "", "y": ""}), (), {}, points, important, {}, {}, distance, 3000)
    for theatres, known, free in ((["a"], 0, 1), (["b"], 1, 0)):
        weights = pool.weights(theatres)
        told, left = (pooled.weighted_quantiles(points[:, n], weights, [0.05, 0.5, 0.95]) for n in (known, free))
        assert told[1] == pytest.approx((0.25, 0.7)[known], abs=0.06)
        assert told[2] - told[0] < 0.45
        assert (left[0], left[1], left[2]) == pytest.approx((0.05, 0.5, 0.95), abs=0.1)
    both = pooled.weighted_quantiles(points[:, 0], pool.weights(["a", "b"]), [0.05, 0.95])
    assert both[1] - both[0] < 0.6


def test_a_proposal_is_a_density_and_its_points_follow_it() -> None:
    proposal = pooled.Proposal(np.array([[0.05], [0.8]]), np.array([0.3, 0.7]), np.array([0.2]))
    grid = np.linspace(0, 1, 2001)
    density = proposal.density(grid[:, None])
    assert np.trapezoid(density, grid) == pytest.approx(1.0, abs=1e-3)
    points = proposal.points(20_000, np.random.default_rng(1))
    assert (points >= 0).all()
    assert (points <= 1).all()
    cumulated = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2) / 2000])
    assert stats.kstest(points[:, 0], lambda x: np.interp(x, grid, cumulated)).pvalue > 1e-4


def test_importance_is_one_on_average_over_its_draws() -> None:
    """Prior over mixture, averaged over draws from the mixture, is the prior's mass: 1."""
    points, important, _ = sampled(lambda p, rng: np.abs(p[:, 0] - 0.9), [2000, 1000, 1000], 0.1, 2)
    assert important.mean() == pytest.approx(1.0, abs=0.05)
    assert important.max() <= 2.0 + 1e-9  # the first generation is half of all draws


def test_weighted_quantiles_of_equal_weights_are_those_of_weibull() -> None:
    rng = np.random.default_rng(4)
    column = rng.normal(size=57)
    found = pooled.weighted_quantiles(column, np.full(57, 1 / 57), [0.05, 0.5, 0.95])
    assert found == pytest.approx(np.quantile(column, [0.05, 0.5, 0.95], method="weibull"))


def test_failed_draws_are_never_kept() -> None:
    with pytest.raises(FailedWork, match="only 2 draws ended well, and 3"):
        pooled.weights_of(np.array([1.0, math.inf, 2.0]), np.ones(3), 3)


# ------------------------------------------------------------------------------------------------ distances


def test_distances_count_what_lies_outside_and_cap_it() -> None:
    measured = np.array([[5.0, 0.5], [12.0, 0.5], [400.0, math.nan], [-math.inf, -math.inf]])
    found = pooled.distances(measured, np.array([4.0, 0.0]), np.array([10.0, 0.4]), np.array([2.0, 0.1]), 3.0)
    assert found.tolist() == pytest.approx([0.5, 1.0, 3.0, math.inf])
    assert pooled.spreads(np.array([[1.0, math.nan], [2.0, 7.0], [4.0, 7.0]])).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("low", "high", "logs"),
    [
        (0.7, 1.0, False), (1.0, 1.0, False), (0.0, 40.0, True), (700, 3000, True), (-0.5, 0.9, False),
        (5, math.inf, True),
    ],
)
def test_counts_are_compared_as_logs_and_shares_as_they_are(low: float, high: float, logs: bool) -> None:
    assert pooled._scale(low, high) is logs


# ------------------------------------------------------------------------------------------------ theatres


HEADER = ",".join(COLUMNS)


@pytest.fixture
def two(root: Path, tmp_path: Path) -> list[Path]:
    """Two copies of the small theatre with facts of their own."""
    made = []
    for name, row in (
        ("sahra", "dead,Few are killed.,civilian_deaths,5,20,60,people,2030-01-01,2030-03-31,made up,assumption"),
        ("sahra_two", "gone,Many flee.,displaced_inside,5000,9000,20000,people,2030-01-01,2030-03-31,x,assumption"),
    ):
        folder = tmp_path / name
        shutil.copytree(root / "scenarios/sahra", folder)
        file = folder / "scenario.yaml"
        text = file.read_text(encoding="utf-8").replace("name: sahra\n", f"name: {name}\n")
        file.write_text(text, encoding="utf-8")
        (folder / "observed").mkdir()
        (folder / "observed/outcomes.csv").write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
        made.append(folder)
    return made


SMALL = Plan(0.25, 4, 3.0, {"days_of_violence": "", "lethality_mass": "", "fear_weight": ""})


def test_two_theatres_are_calibrated_resumed_and_used(
    two: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out"

    def once() -> tuple[Pool, dict[str, Any]]:
        return pooled.calibrate(two, draws=8, count=2, workers=1, output=output, plan=SMALL, progress=False)

    pool, settings = once()
    assert settings["draws"] == [8, 4]
    assert list(settings["theatres"]) == ["sahra", "sahra_two"]
    assert set(pool.posteriors) == {
        "pooled", "without_sahra", "without_sahra_two", "only_sahra", "only_sahra_two",
    }  # fmt: skip
    assert (pool.posteriors["without_sahra"] == pool.posteriors["only_sahra_two"]).all()
    assert settings["recovery"]["truths"] == 8
    assert pool.tasks[0].days == {"tension": 90}  # no longer than its facts need
    for rows, folder in (("generation-0", "sahra"), ("generation-1", "sahra_two")):
        assert json.loads((output / rows / folder / "tension/manifest.json").read_text())["status"] == "complete"
    monkeypatch.setattr("sim.study.hindcast.execute", lambda *a: pytest.fail("nothing is left to compute"))
    again, stored = once()
    assert stored == settings
    assert (again.points == pool.points).all()
    monkeypatch.undo()

    monkeypatch.setattr(pooled, "shipped", lambda name: tmp_path / name)
    (tmp_path / "configs/calibration").mkdir(parents=True)
    pooled.publish(output)
    theatre = read_theatre(two[0])
    with (output / "posterior.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    for choice, column in (("pooled", "pooled"), ("left_out", "without_sahra")):
        config = StudyConfig(scenario="sahra", runs=6, replicates=1, parameters=choice)
        drawn = hindcast.parameter_sets(theatre, config)
        allowed = {float(row["lethality_mass"]) for row in table if float(row[column]) > 0}
        assert {row["lethality_mass"] for row in drawn.rows} <= allowed
        assert len({row["ladder_rate"] for row in drawn.rows}) == 6
        assert ("never saw sahra" in drawn.origin) is (choice == "left_out")


def test_a_known_truth_is_found_again_where_the_facts_speak_of_it() -> None:
    """Thirty windows that follow `level`: a 90 % range should hold it nine times in ten, and be narrow.

    Tolerance: three standard errors of 100 truths, and a range that a tolerance can only widen.
    """
    rng = np.random.default_rng(6)
    points = pooled.first_points(600, 2, 1)
    measured = 4 * points[:, [0]] + rng.normal(0, 0.6, (600, 30))
    items = tuple(Item(f"pattern_{n}", "s", 1.0, 1.0, False) for n in range(30))

    class Named:
        name = "toy"

    task = Task(Named, "none", items, {})  # type: ignore[arg-type]
    plan = Plan(0.05, 30, 3.0, {"level": "", "idle": ""})
    pool = Pool(plan, (task,), {}, points, np.ones(600), {"toy": measured}, {"toy": np.ones(30)},
                {"toy": np.zeros(600)}, 600)  # fmt: skip
    found = pooled.recover(pool)
    level, idle = found["parameters"]["level"], found["parameters"]["idle"]
    assert found["truths"] == 100
    assert level["covered_90"] >= 0.81
    assert level["contraction"] > 0.6
    assert idle["covered_90"] == pytest.approx(0.9, abs=0.09)
    assert idle["covered_50"] == pytest.approx(0.5, abs=0.15)
    assert abs(idle["contraction"]) < 0.1


def test_only_training_months_of_a_theatre_are_fitted() -> None:
    """The months of 2014 are scored: no window that looks at them is compared, and no run goes there."""
    task = pooled.task_of(read_theatre("car_2013"))
    assert task.days == {"a_2012_12": 396, "b_2013_04": 275, "c_2013_09": 122, "d_2013_12": 31}
    names = {item.name for item in task.items}
    assert {"pattern_december_level", "pattern_capital_attacked", "pattern_seleka_kills_first"} <= names
    assert not names & {"pattern_militia_share_2014", "pattern_plateau", "pattern_fall_by_march",
                        "pattern_muslims_leave_bangui"}  # fmt: skip


def test_months_before_a_start_in_the_middle_of_a_month_cut_nothing(two: list[Path]) -> None:
    """The baselines know the month in which such a theatre starts; its windows are still compared."""
    months = [f"{year}-{n:02d}" for year in (2029, 2030) for n in range(1, 13)]
    observed = two[0] / "observed"
    observed.joinpath("history.csv").write_text("month,type,low,best,high,source,grade\n" + "".join(
        f"{month},all_types,3,3,3,made up,assumption\n" for month in months), encoding="utf-8")  # fmt: skip
    text = (
        "schema_version: 1\npolicy: none\nrole: case\nwhy: ''\ndeaths: all_types\ntraining: ['2029-06', '2030-06']\n"
        "scored: ['2030-07', '2030-12']\nstage: advance\nmonths_ahead: [3]\ncaveat: ''\n"
    )
    observed.joinpath("scoring.yaml").write_text(text, encoding="utf-8")
    row = "late,Few die.,civilian_deaths,5,20,60,people,2030-06-20,2030-08-31,made up,assumption"
    same = "all,All die.,organised_violence_deaths,5,20,60,people,2030-06-20,2030-08-31,made up,assumption"
    observed.joinpath("outcomes.csv").write_text(f"{HEADER}\n{row}\n{same}\n", encoding="utf-8")
    task = pooled.task_of(read_theatre(two[0]))
    assert task.days == {"advance": 78}
    assert [item.name for item in task.items] == ["fact_late"]  # what the scored months count is not fitted


def test_a_theatre_that_is_never_scored_is_never_fitted(two: list[Path]) -> None:
    text = "schema_version: 1\npolicy: none\nrole: never_scored\nwhy: Kept apart.\n"
    (two[0] / "observed/scoring.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="nothing may be fitted to it"):
        pooled.task_of(read_theatre(two[0]))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["draw=3"], "did you mean 'draws'?"),
        (["draws=0"], "draws=0 is no whole number"),
        (["cost=maybe"], "cost=true or cost=false"),
        (["theatres=[sahra]"], "nothing to be scored against"),
        (["theatres=[car_2013,car_2013]"], "car_2013 is named twice"),
    ],
)
def test_wrong_words_are_told(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert pooled.main(words) == 2
    assert told in capsys.readouterr().err


def test_without_a_published_posterior_it_is_said(two: list[Path], tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(pooled, "shipped", lambda name: tmp_path / name)
    config = StudyConfig(scenario="sahra", runs=2, parameters="pooled")
    with pytest.raises(BadInput, match="there is no pooled posterior"):
        hindcast.parameter_sets(read_theatre(two[0]), config)


def test_the_plan_is_good(root: Path) -> None:
    plan = pooled.read_plan(root / "configs/calibration/pooled.yaml", PARAMETERS)
    assert len(plan.free) <= 10
    assert all(len(reason) > 20 for reason in plan.free.values())
    assert plan.kept(320) == 40
