"""Answers of a study: known indices, planted boxes, and decisions that follow from the runs alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sim.cli import main
from sim.ground.check import BadInput
from sim.study import campaign, discovery, harm, outcomes, robustness, sensitivity
from sim.study.answer import answer, lines
from sim.study.campaign import carry_out, plan, reach
from sim.study.design import Design, Uncertainty, draw
from sim.study.folder import StudyFolder
from sim.study.sequential import carry_on, decided
from sim.study.study import read_study
from tests.study.fake_engine import ENGINE

ANGLES = [Uncertainty(name, "uniform", -np.pi, np.pi) for name in "abc"]


def ishigami(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def test_sobol_indices_of_ishigamis_function_are_the_known_ones() -> None:
    """Ishigami and Homma 1990 with 7 and 0.1: first 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437 (exact)."""
    pytest.importorskip("SALib")
    points = draw(Design("sobol", 1024, second_order=True), ANGLES, 1, 0, 1024)
    found = sensitivity.sobol("abc", ishigami(points.values), second_order=True, seed=1)
    assert found is not None
    assert list(found["first"].values()) == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert list(found["total"].values()) == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)
    assert found["pairs"]["a x c"] == pytest.approx(0.2437, abs=0.03)
    assert sensitivity.sobol("abc", np.ones(8192), second_order=True, seed=1) is None


def test_morris_effects_of_a_linear_function_are_its_slopes() -> None:
    pytest.importorskip("SALib")
    points = draw(Design("morris", 20), ANGLES, 1, 0, 20)
    values = points.unit @ np.array([3.0, -2.0, 0.0]) + 5.0
    found = sensitivity.morris("abc", points.unit, values, seed=1)
    assert found is not None
    assert list(found["mu_star"].values()) == pytest.approx([3.0, 2.0, 0.0], abs=1e-9)
    assert list(found["mu"].values()) == pytest.approx([3.0, -2.0, 0.0], abs=1e-9)
    assert list(found["sigma"].values()) == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


@pytest.fixture(scope="module")
def planted() -> tuple[np.ndarray, np.ndarray]:
    """600 points, failures in a box of two of four numbers, one in twenty of the others wrong by chance."""
    rng = np.random.default_rng(0)
    x = rng.random((600, 4))
    fails = (x[:, 0] > 0.6) & (x[:, 2] < 0.5)
    return x, fails ^ (rng.random(600) < 0.02)


def test_prim_finds_a_planted_box(planted: tuple[np.ndarray, np.ndarray]) -> None:
    pytest.importorskip("ema_workbench")
    found = discovery.prim("abcd", *planted)
    assert {"a", "c"} <= set(found["limits"])
    assert found["limits"]["a"]["low"] == pytest.approx(0.6, abs=0.06)
    assert found["limits"]["c"]["high"] == pytest.approx(0.5, abs=0.06)
    assert found["limits"]["a"]["p"] < 0.001
    assert min(found["coverage"], found["density"]) > 0.85


def test_a_tree_finds_the_planted_box(planted: tuple[np.ndarray, np.ndarray]) -> None:
    pytest.importorskip("sklearn")
    best = discovery.cart("abcd", *planted, seed=1)[0]
    assert best["limits"]["a"]["low"] == pytest.approx(0.6, abs=0.03)
    assert best["limits"]["c"]["high"] == pytest.approx(0.5, abs=0.03)
    assert best["density"] > 0.95
    assert best["coverage"] > 0.85


def test_no_rule_is_drawn_from_a_handful() -> None:
    assert "3 of 50 points fail" in discovery.too_few(np.arange(50) < 3)
    assert "47 of 50" in discovery.too_few(np.arange(50) < 47)
    assert discovery.too_few(np.arange(50) < 25) == ""


def test_regret_and_satisficing_are_those_worked_by_hand() -> None:
    """Savage's regret of three options in three states, as in any textbook of decision theory."""
    means = np.array([[10.0, 20.0, 15.0], [30.0, 5.0, 12.0], [7.0, 8.0, 7.5]])
    assert robustness.regret(means).tolist() == [[0.0, 10.0, 5.0], [25.0, 0.0, 7.0], [0.0, 1.0, 0.5]]
    told = robustness.table("abc", means, "a", 1)
    assert [told[name]["largest_regret"] for name in "abc"] == [25.0, 10.0, 7.0]
    assert told["b"]["worse_than_baseline"] == pytest.approx(2 / 3)
    assert sum(row["minimax_regret_share"] for row in told.values()) == pytest.approx(1.0)
    assert robustness.minimax_regret("abc", means) == ["c"]
    tied = means[:, [2, 0, 2]]
    assert robustness.minimax_regret("abc", tied) == ["a", "c"]
    told = robustness.table("abc", tied, "a", 1)
    assert told["a"]["minimax_regret_share"] == pytest.approx(told["c"]["minimax_regret_share"])
    assert robustness.satisficing({"x": means}, {"x": 12.0}) == pytest.approx([2 / 3, 2 / 3, 2 / 3])
    assert robustness.pareto(np.array([[1.0, 5.0], [2.0, 2.0], [2.0, 3.0], [5.0, 1.0]])) == [0, 1, 3]
    steps = robustness.frontier("abcd", np.array([0.0, 3.0, 1.0, 2.0]), np.array([9.0, 4.0, 9.5, 6.0]))
    assert [step["arm"] for step in steps] == ["a", "d", "b"]


def test_an_objective_is_harm_to_be_made_less_or_nothing() -> None:
    for name in harm.HARMS:
        assert harm.objective(name, "here") == name
        assert name in outcomes.OUTCOMES
        for direction in ("maximise", "max", -1, None, "minimise harm to us"):
            with pytest.raises(BadInput, match="minimise harm"):
                harm.objective(name, "here", direction)
    assert harm.objective("euros_eu", "here") == "euros_eu"
    for name in ("-civilian_deaths", "1/civilian_deaths", "reported_deaths", "onset_day", "deaths_gamo",
                 "deaths_by_army", "lives", "", "civilian_deaths*-1", None, ["civilian_deaths"]):  # fmt: skip
        with pytest.raises(BadInput):
            harm.objective(name, "here")


# ------------------------------------------------------------------------------------------------- whole studies


BASE = """\
name: small
scenario: sahra
days: 60
policies: [none, protect, harm]
uncertainties: {violence: {low: 0.2, high: 0.9}}
replicates: 2
"""


def study_of(folder: Path, more: str, base: str = BASE) -> StudyFolder:
    (folder / "small.yaml").write_text(base + more)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(campaign, "PILOT_RUNS", 0)
        return plan(read_study(folder / "small.yaml"), output=folder / "out", engine=ENGINE)


def grown(study: StudyFolder) -> dict[str, object]:
    def compute() -> None:
        carry_out(study, workers=1, engine=ENGINE, progress=False)

    return carry_on(study, compute, ENGINE)


def test_the_one_uncertain_number_carries_all_of_the_variance(tmp_path: Path) -> None:
    pytest.importorskip("SALib")
    study = study_of(
        tmp_path, "design: {kind: sobol, points: 64}\n",
        BASE.replace("0.9}}", "0.9}, fixed: {low: 1, high: 3}}"),
    )  # fmt: skip
    grown(study)
    told = answer(study)["cases"]["sahra"]["sensitivity"]
    assert told["outcome"]["none"]["total"]["violence"] == pytest.approx(1.0, abs=0.1)
    assert told["outcome"]["none"]["total"]["fixed"] == 0.0
    assert told["difference"]["protect"]["total"]["violence"] == pytest.approx(1.0, abs=0.1)
    assert told["rank"]["none"] is None  # protect always comes first: there is nothing to explain
    assert any("hangs on: violence" in line for line in lines(answer(study)))


def test_where_a_policy_fails_is_found(tmp_path: Path) -> None:
    pytest.importorskip("ema_workbench")
    study = study_of(
        tmp_path,
        "design: {kind: latin_hypercube, points: 80}\n"
        "answer: {fails_above: 250, acceptable: {civilian_deaths: 200, displaced_peak: 2400}}\n",
    )
    grown(study)
    case = answer(study)["cases"]["sahra"]
    found = case["discovery"]["arms"]
    assert found["none"]["prim"]["limits"]["violence"]["low"] > 0.3
    assert case["robustness"]["minimax_regret"] == ["protect"]
    share = case["robustness"]["acceptable"]["share"]
    assert share["protect"] > share["none"] > share["harm"]
    assert case["robustness"]["pareto"]["arms"] == ["none", "protect"]  # free, and fewest deaths
    assert case["arms"]["harm"]["difference"]["civilian_deaths"]["mean"] > 0


def test_a_study_grows_until_its_interval_is_as_narrow_as_was_asked(tmp_path: Path) -> None:
    study = study_of(
        tmp_path, "design: {kind: latin_hypercube, points: 4}\n"
        "stop: {policy: protect, half_width: 8.0, at_most: 100000}\n",
    )  # fmt: skip
    found = grown(study)
    assert found["decided"]
    samples = study.samples(study.plan.cases[0])
    effect = outcomes.effect(samples["protect"], samples["none"])
    assert (effect.mc_high - effect.mc_low) / 2 == found["half_width"] <= 8.0
    assert 10 <= found["points"] < 2000
    before = study.plan.runs
    assert grown(study) == found
    assert study.plan.runs == before
    assert any("reached" in line for line in lines(answer(study)))


def test_the_budget_ends_a_study_that_is_not_narrow_enough(tmp_path: Path) -> None:
    study = study_of(
        tmp_path,
        "design: {kind: latin_hypercube, points: 4}\nstop: {policy: protect, half_width: 0.01, at_most: 150}\n",
    )
    found = grown(study)
    assert not found["decided"]
    assert found["next"] == {}
    assert 144 <= study.plan.runs <= 150
    assert "not reached within the budget" in lines(answer(study))[-1]


@pytest.mark.parametrize("method", ["kn", "ocba"])
def test_the_least_harmful_policy_is_chosen_and_the_others_cost_little(method: str, tmp_path: Path) -> None:
    study = study_of(
        tmp_path, "design: {kind: latin_hypercube, points: 4}\n"
        f"select: {{method: {method}, indifference: 5, at_most: 5000}}\n",
    )  # fmt: skip
    found = grown(study)
    assert found["decided"]
    assert found["chosen"] == "protect"
    assert decided(StudyFolder(study.folder)) == found
    assert study.plan.runs < 5000
    assert study.verify().ok


def test_a_selection_stops_at_its_budget_and_dropped_arms_get_no_more_runs(tmp_path: Path) -> None:
    study = study_of(
        tmp_path, "design: {kind: latin_hypercube, points: 10}\n"
        "select: {method: kn, indifference: 20, at_most: 200}\n",
        BASE.replace("[none, protect, harm]", "[none, useless, harm]"),
    )  # fmt: skip
    found = grown(study)
    assert not found["decided"]
    assert found["still_in"] == ["none", "useless"]  # they are the same to the bit
    assert study.plan.runs <= 200
    reached = reach(study.plan)
    assert reached[0] == reached[1] > reached[2]
    assert study.verify().ok


SEARCH = """\
name: small
scenario: sahra
days: 60
policies: [none, preventive_deployment, useless]
combine: 2
levers:
  preventive_deployment.instruments.0.size: {low: 500, high: 2000, step: 100}
  preventive_deployment.delay_days: {low: 0, high: 30, step: 15}
uncertainties: {violence: {low: 0.2, high: 0.9}}
design: {kind: latin_hypercube, points: 10}
replicates: 1
search: {trials: 30, batch: 9, confirm: 12, within: {euros: 1500000}}
"""


def test_a_search_finds_the_dose_that_the_money_allows(tmp_path: Path) -> None:
    """The stand-in's deaths fall with size, earlier is better, 1,000 euros pay for one: 1,400 at once is the best."""
    pytest.importorskip("optuna")
    study = study_of(tmp_path, "", SEARCH)
    found = grown(study)
    assert found["decided"]
    assert len(study.plan.arms) == found["trials"] == 30
    best = next(arm for arm in study.plan.arms if arm.label == found["confirmed"][0])
    assert best.delay_days == 0
    assert 1200 <= max(best.levers.values()) <= 1400
    assert all("size=2000" not in name for name in found["confirmed"])
    assert found["fresh_points"] == 12
    assert found["fresh"][best.label]["mc_high"] < 0
    assert decided(StudyFolder(study.folder)) == found
    assert study.verify().ok
    assert any("on 12 fresh points" in line for line in lines(answer(study)))


def test_an_interrupted_search_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    whole, cut = (study_of(tmp_path / name, "", SEARCH) for name in ("one", "two"))
    grown(whole)
    rounds = 0

    def compute() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            raise KeyboardInterrupt
        carry_out(cut, workers=1, engine=ENGINE, progress=False)

    with pytest.raises(KeyboardInterrupt):
        carry_on(cut, compute, ENGINE)
    grown(StudyFolder(cut.folder))
    assert StudyFolder(cut.folder).plan.arms == whole.plan.arms
    assert StudyFolder(cut.folder).verify().digest == whole.verify().digest


def test_a_study_that_decides_grows_between_the_arrays_of_a_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sim.study.command._engine", lambda: ENGINE)
    study = study_of(
        tmp_path, "design: {kind: latin_hypercube, points: 4}\n"
        "stop: {policy: protect, half_width: 8.0, at_most: 100000}\n",
    )  # fmt: skip
    told = ""
    for _ in range(12):
        carry_out(StudyFolder(study.folder), workers=1, engine=ENGINE, progress=False)
        assert main(["study", "expand", str(study.folder)]) == 0
        told = capsys.readouterr().out
        if told.startswith("0 runs added"):
            break
    assert told == "0 runs added: it is decided, or at its limit\n"
    assert decided(StudyFolder(study.folder))["decided"]


def test_a_search_ends_when_there_is_nothing_left_to_try(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    text = SEARCH.replace("{low: 500, high: 2000, step: 100}", "[500, 2000]").replace("combine: 2\n", "")
    study = study_of(tmp_path, "", text.replace("within: {euros: 1500000}", "within: {civilian_deaths: 0}"))
    found = grown(study)
    assert found["decided"]
    assert found["trials"] == 1 + 1 + 1 + 2 * 3  # nothing, as written, useless, and 2 sizes at 3 delays
    assert found["within_limits"] == 0
    assert "  none is within the limits" in lines(answer(study))


def test_how_long_a_policy_can_wait_and_what_money_buys(tmp_path: Path) -> None:
    study = study_of(
        tmp_path, "design: {kind: latin_hypercube, points: 30}\nanswer: {budgets: [0, 5000, 2000000]}\n",
        BASE.replace("harm]", "harm]\nlevers: {protect.delay_days: [0, 20, 50], harm.delay_days: [0, 60]}"),
    )  # fmt: skip
    grown(study)
    case = answer(study)["cases"]["sahra"]
    told = case["timing"]["protect"]
    assert told["least_harm"] == [0]
    assert told["protects_until"] == 20  # of 60 days; decided on day 10 + 50 it has no day to act
    assert told["waiting"]["sign"] == 1
    assert case["timing"]["harm"]["protects_until"] is None
    assert [row["least_harm"] for row in case["budgets"]] == ["none", "protect", "protect"]
    said = lines(answer(study))
    assert any("timing of protect: least harm when decided 0 days later; less harm than none up to 20" in line
               for line in said)  # fmt: skip
    assert any("for 0 euros: none" in line for line in said)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("design: {kind: grid}\nstop: {half_width: 3, at_most: 10}\n", "does not go with a grid"),
        ("stop: {half_width: 3, at_most: 10}\nselect: {indifference: 3, at_most: 10}\n", "both given"),
        ("select: {indifference: 3, at_most: 10, objective: onset_day}\n", "no objective"),
        ("stop: {policy: none, half_width: 3, at_most: 10}\n", "not compared"),
    ],
)
def test_what_cannot_be_decided_is_refused(more: str, told: str, tmp_path: Path) -> None:
    design = "" if "design" in more else "design: {kind: latin_hypercube, points: 4}\n"
    with pytest.raises(BadInput) as error:
        study_of(tmp_path, more + design)
    assert told in str(error.value)


def test_the_command_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sim.study.command._engine", lambda: ENGINE)
    study = study_of(tmp_path, "design: {kind: latin_hypercube, points: 4}\n")
    assert main(["study", "answer", str(study.folder)]) == 1
    assert "no run is finished yet" in capsys.readouterr().err
    assert main(["study", "run", str(study.folder), "workers=1"]) == 0
    assert "excludes model error" in capsys.readouterr().out
    assert main(["study", "answer", str(study.folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["cases"]["sahra"]["arms"]["protect"]["difference"]["civilian_deaths"]["mean"] < 0
    assert json.loads((study.folder / "answer.json").read_text())["cases"] == told["cases"]
