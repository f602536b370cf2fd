"""Why two policies differ: mixtures are what they say to the bit, and a difference that is known is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine.model import simulate
from sim.ground.check import BadInput
from sim.interventions.base import NONE, Policy
from sim.interventions.registry import load_policy
from sim.scenario import read_theatre
from sim.study import explain as explaining
from sim.study import store
from sim.study.compare import compare
from sim.study.explain import channel_of, compared, headline, in_words, lines, mixed, moved_by

THEATRE = read_theatre("sahra")
A, B = "mediation", "preventive_deployment+mediation+relief"
ALL = frozenset({"people sent", "deterrence", "observation", "hardship"})


def digest(policy: Policy) -> str:
    return simulate(THEATRE, policy, seed=3, days=120).digest


def both() -> tuple[Policy, Policy]:
    return load_policy(A, THEATRE), load_policy(B, THEATRE)


def test_what_both_have_is_shared() -> None:
    shared, added, removed = compared(*both())
    assert (len(shared), len(added), removed) == (1, 3, [])


def test_everything_kept_is_the_second_and_nothing_kept_the_first() -> None:
    a, b = both()
    assert digest(a) != digest(b)
    for kind, names in (("channels", ALL), ("instruments", frozenset(s.instrument.name for s in b.steps))):
        assert digest(mixed(a, b, kind, names)) == digest(b)
        assert digest(mixed(a, b, kind, frozenset())) == digest(a)
    assert digest(mixed(NONE, b, "channels", frozenset())) == digest(NONE)


def test_one_channel_kept_is_neither() -> None:
    a, b = both()
    assert digest(mixed(a, b, "channels", frozenset({"people sent"}))) not in (digest(a), digest(b))


def test_the_channels_of_an_instrument_are_those_it_moves() -> None:
    _, b = both()
    moved = {step.instrument.family: moved_by(step.instrument, THEATRE) for step in b.steps}
    assert moved["relief"] == {"hardship"}
    assert moved["force"] >= {"people sent", "observation"}
    assert channel_of("a_lever_to_come") == "a lever to come"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained") / "study"
    names = ["none", "strong_police"]
    compare("sahra", names, runs=8, replicates=1, days=150, seed=3, timing_runs=0, workers=1, output=folder)
    return folder


def test_it_is_told_and_leaves_the_results_alone(study: Path) -> None:
    found = explaining.explain(study, "none", "strong_police", runs=3)
    assert store.verify(study) == []
    assert explaining.read(study)["none -> strong_police"]["total"] == found["total"]
    assert found["runs"] == 3
    assert found["total"]["mean"] == pytest.approx(_mean(study, found["runs"]))
    assert {row["name"] for row in found["channels"]} >= {"people sent", "observation"}
    assert all(line.startswith(("In the model", "By ")) or ":" in line for line in found["words"])
    assert any("people sent" in line for line in lines(found))


def _mean(study: Path, runs: int) -> float:
    rows = store.read_parquet(study / "runs.parquet").to_pylist()
    deaths = {(row["policy"], row["draw"]): row["civilian_deaths"] for row in rows}
    return float(np.mean([deaths["strong_police", n] - deaths["none", n] for n in range(runs)]))


@pytest.mark.parametrize(
    ("a", "b", "says"), [("none", "strong_polce", "did you mean 'strong_police'"), ("none", "none", "named twice")]
)
def test_what_cannot_be_explained_is_told(study: Path, a: str, b: str, says: str) -> None:
    with pytest.raises(BadInput) as told:
        explaining.explain(study, a, b, runs=1)
    assert says in str(told.value)


def test_runs_of_other_code_are_not_explained(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "engine_digest", lambda: "0" * 16)
    with pytest.raises(BadInput, match="another code"):
        explaining.explain(study, "none", "strong_police", runs=1)


# ---- the arithmetic, on effects that are known


def known(names: tuple[str, ...]) -> dict[tuple[str, ...], Any]:
    """Deaths of 6 runs: x saves 10, y saves 20, together 5 more, z does nothing."""
    luck = np.arange(6.0)
    found = {}
    for kept in explaining._combinations(names):
        saved = 10.0 * ("x" in kept) + 20.0 * ("y" in kept) + 5.0 * ({"x", "y"} <= set(kept))
        found[kept] = 100.0 - saved + luck * 0.1 * len(kept)
    return found


def test_shares_add_up_and_are_ranked() -> None:
    names, keys = ("x", "y", "z"), [(n, 0) for n in range(6)]
    rows = explaining._ranked(explaining._shares(names, known(names), keys))
    assert [row["name"] for row in rows] == ["y", "x", "z"]
    by = {row["name"]: headline(row)["mean"] for row in rows}
    assert by["x"] == pytest.approx(-12.5 + 0.25)
    assert by["y"] == pytest.approx(-22.5 + 0.25)
    assert sum(by.values()) == pytest.approx(-35.0 + 0.75), "Shapley values add up to the whole difference"
    alone = {row["name"]: row["alone"]["mean"] for row in rows}
    assert alone["x"] == pytest.approx(-10.0 + 0.25)


def test_with_many_names_each_is_switched_alone() -> None:
    names = tuple("abcdef")
    assert len(explaining._combinations(names)) == 2 + 6 + 6


def test_what_cannot_be_told_is_said_to_be_so() -> None:
    unsure = {"mean": -3.0, "mc_low": -9.0, "mc_high": 3.0, "told_apart": False}
    idle = {"mean": 0.0, "mc_low": 0.0, "mc_high": 0.0, "told_apart": False}
    found = {
        "a": "none", "b": "b", "runs": 4, "total": unsure, "perpetrators": [], "places": [], "months": [],
        "channels": [{"name": "speech", "switched_back": unsure}, {"name": "exit", "switched_back": idle}],
        "instruments": [],
    }  # fmt: skip
    told = " ".join(in_words(found))
    assert "cannot be told from none" in told
    assert "no effect can be told from chance: speech" in told
    assert "changed no death in any of these runs: exit" in told
