"""Rival theories: each says what it sets and whose claim it is, and spans the structural range."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import sim.engine.model  # noqa: F401  (declares the parameters)
from sim.cli import _WHERE
from sim.ground.check import BadInput
from sim.ground.parameters import PARAMETERS
from sim.scenario import read_theatre
from sim.scenario.theatre import Theatre
from sim.study.compare import compare
from sim.study.plan import AS_STATED, draw_parameters
from sim.study.theory import load_theory, theory_names, under


def small() -> Theatre:
    """The fictional country with few rows."""
    return replace(read_theatre("sahra"), people_per_row=1000)


@pytest.mark.parametrize("name", theory_names())
def test_every_rival_makes_a_claim_and_changes_the_model(name: str) -> None:
    rival = load_theory(name, PARAMETERS)
    assert rival.name == name
    assert rival.claim
    assert rival.literature
    assert any(PARAMETERS[key].value != value for key, value in rival.sets.items())


def test_as_stated_changes_nothing() -> None:
    draws = draw_parameters(small(), 3, 1, PARAMETERS)
    assert under(load_theory(AS_STATED, PARAMETERS), draws) is draws


def test_a_rival_sets_its_values_in_every_draw_and_leaves_the_rest() -> None:
    draws = draw_parameters(small(), 3, 1, PARAMETERS)
    rival = load_theory("predation", PARAMETERS)
    moved = under(rival, draws)
    for before, after in zip(draws.rows, moved.rows, strict=True):
        assert {name for name in before if before[name] != after[name]} <= set(rival.sets)
        assert all(after[name] == value for name, value in rival.sets.items())
    assert "predation" in moved.origin


def test_the_help_names_every_rival() -> None:
    assert all(name in _WHERE for name in theory_names())


def test_an_unknown_theory_is_refused_with_a_guess() -> None:
    with pytest.raises(BadInput, match="no theory 'predatoin'") as refused:
        load_theory("predatoin", PARAMETERS)
    assert "predation" in str(refused.value)


def test_the_structural_range_spans_the_model_and_its_rivals(tmp_path: Path) -> None:
    study = compare(
        small(), ["none", "relief"], runs=2, replicates=1, days=20, timing_runs=0, structure_runs=2, workers=1,
        output=tmp_path, progress=False,
    )  # fmt: skip
    saved = study.summary["lives_saved"]["policies"]["relief"]
    rivals = study.summary["theories"]
    assert set(rivals) == set(theory_names())
    means = [saved["mean"], *(row["saved"]["relief"] for row in rivals.values())]
    assert saved["structural_low"] == min(means)
    assert saved["structural_high"] == max(means)
    assert "structural range: not computed" not in study.summary["lives_saved"]["sentence"]
    again = compare(
        small(), ["none", "relief"], runs=2, replicates=1, days=20, timing_runs=0, structure_runs=2, workers=1,
        output=tmp_path, progress=False,
    )  # fmt: skip
    assert again.summary["theories"] == rivals
