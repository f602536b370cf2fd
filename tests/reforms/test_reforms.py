"""The flagship experiment: exact shares, checkpoints that are resumed and never mixed, and words that claim no more."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.reforms import page, tables
from experiments.reforms.__main__ import main
from experiments.reforms.blocks import html, markdown
from experiments.reforms.runs import (
    NEVER,
    NOTHING,
    Arm,
    Case,
    Found,
    carry_out,
    compute,
    found,
    missing,
    nobody_warned,
    opened,
    parameters_of,
    policy_of,
    theatre_of,
    watched_by,
)
from experiments.reforms.sums import (
    ALL,
    DAYS,
    REFORMS,
    alike,
    arm,
    capped,
    changes,
    every_set,
    few_sets,
    label,
    shapley,
)
from experiments.reforms.sums import told as tells
from experiments.reforms.tables import Change, Combination, Tables
from sim.engine.model import simulate
from sim.ground.check import BadInput
from sim.study.outcomes import paired
from sim.warning.process import load_book
from sim.warning.stages import STAGES

SMALL = Case("sahra", "sahra", (arm(frozenset()), arm(ALL), NOTHING), 1, 2, 3, days=60)


# ---- sums -----------------------------------------------------------------------------------------------------------


def test_there_are_sixty_four_combinations_and_each_is_a_process() -> None:
    sets = every_set()
    assert len(set(sets)) == 64
    assert sets[0] == frozenset()
    for one in few_sets():
        assert load_book(arm(one).decision) is not None
    assert len(few_sets()) == 14


def test_shares_are_those_of_shapley() -> None:
    """A game by hand: reform 1 saves 10 alone, 2 and 3 save 6 only together, 4 undoes half of 1; the rest do nothing.

    Shares: 1 gets 10 - 2.5, 4 gets -2.5, 2 and 3 get 3 each, and they sum to what all six do.
    """
    value = {}
    for one in every_set():
        total = 10.0 * (1 in one) + 6.0 * ({2, 3} <= one) - 5.0 * ({1, 4} <= one)
        value[one] = np.array([total, 2.0 * total])
    share = shapley(value)
    assert [float(share[n][0]) for n in REFORMS] == pytest.approx([7.5, 3.0, 3.0, -2.5, 0.0, 0.0])
    assert sum(share.values()) == pytest.approx(value[ALL] - value[frozenset()])


def made(
    killed: dict[frozenset[int], float], draws: int = 20, noise: float = 1.0
) -> tuple[list[frozenset[int]], Found]:
    """Runs in which a combination kills so many on average; all 64, and nothing at all last."""
    luck, sets, runs = np.random.default_rng(1), list(every_set()), 2 * draws
    base = luck.normal(0.0, 50.0, runs)
    means = [killed.get(one, 0.0) for one in [*sets, frozenset({9})]]
    rows = np.array([mean + base + luck.normal(0.0, noise, runs) for mean in means])
    shape = rows.shape
    stages = np.full((*shape, len(STAGES)), NEVER, dtype=np.int32)
    stages[1, :, list(STAGES).index("arrival")] = 30
    found = Found(np.repeat(np.arange(draws), 2), rows, rows, np.ones((*shape, 4)), stages,
                  np.zeros(shape, dtype=np.int32), 100, np.ones(2 * draws))  # fmt: skip
    return sets, found


def additive(sizes: dict[int, float]) -> dict[frozenset[int], float]:
    return {one: 1000.0 + sum(sizes.get(n, 0.0) for n in one) for one in every_set()}


def test_equal_reforms_are_not_told_apart_and_unequal_ones_are() -> None:
    sets, runs = made(additive({1: -100.0, 2: -100.0, 3: -10.0}))
    same = alike(sets, runs)
    equal = [(1, 2), (4, 5), (4, 6), (5, 6)]
    assert sum(same[pair] for pair in equal) >= 3, "one in ten may be told apart by chance"
    assert not same[1, 3]
    told = changes(sets, runs, "killed")
    assert told["share 1"].mean == pytest.approx(-100.0, abs=1.0)
    assert told["all"].mean == pytest.approx(-210.0, abs=1.0)
    assert told["last 3"].mean == pytest.approx(-10.0, abs=2.0)
    assert not tells(told["share 6"])
    assert tells(told["share 1"])


def test_calm_draws_in_which_nothing_can_change_do_not_speak_against_a_change() -> None:
    """A third of the draws lose 50 to 60, the others nothing: told; where a third of those that move gain, not."""
    draws = np.arange(60)
    moved = np.where(draws % 3 == 0, -50.0 - draws % 10, 0.0)
    assert tells(paired(moved, draws))
    assert not tells(paired(np.where(draws % 9 == 0, -moved, moved), draws))
    assert not tells(paired(np.zeros(60), draws))


def test_what_never_comes_counts_as_the_last_day() -> None:
    sets, runs = made(additive({}))
    assert (capped(runs, "arrival")[0] == 100).all()
    first = sets.index(frozenset({1}))
    assert changes(sets, runs, "day_arrival")["alone 1"].mean == -70.0
    assert first == 1


# ---- runs -----------------------------------------------------------------------------------------------------------


def test_what_was_stopped_is_completed_to_the_bit_and_nothing_is_computed_twice(tmp_path: Path) -> None:
    carry_out([SMALL], tmp_path, 1, lambda _: None)
    whole = found(SMALL, tmp_path)
    file = tmp_path / "sahra" / "00001.npz"
    kept = (tmp_path / "sahra" / "00000.npz").stat().st_mtime_ns
    file.write_bytes(file.read_bytes()[:100])  # a machine that lost power
    assert missing(SMALL, tmp_path) == [1]
    carry_out([SMALL], tmp_path, 1, lambda _: None)
    again = found(SMALL, tmp_path)
    assert (tmp_path / "sahra" / "00000.npz").stat().st_mtime_ns == kept
    assert np.array_equal(again.killed, whole.killed)
    assert np.array_equal(again.stages, whole.stages)
    assert len(np.unique(found(replace(SMALL, units=1), tmp_path).draws)) == 1, "a smaller call takes what is there"


def test_a_run_in_which_nobody_warned_is_that_of_every_process_that_watches_alike() -> None:
    """What `compute` reuses, against each run by itself: digest and ledger; reforms of councils change none."""
    theatre, compared = theatre_of("sahra", 0)[0], 0
    policy = policy_of(SMALL, SMALL.arms[0], theatre, math.nan)
    for draw in range(6):
        common = {"parameters": parameters_of("sahra", 64, 3)[draw], "seed": 3, "draw": draw, "days": 150}
        plain = simulate(theatre, policy, decision="eu_2012", **common)
        watching = watched_by("eu_2012", 3, draw)
        assert watched_by("reform_1+3+5", 3, draw) == watching
        assert all(watched_by(f"reform_{n}", 3, draw) != watching for n in (2, 4, 6))
        if nobody_warned(plain.chain):
            compared += 1
            other = simulate(theatre, policy, decision="reform_1+3+5", **common)
            assert other.digest == plain.digest
            assert [line.days for line in other.chain] == [line.days for line in plain.chain]
    assert compared, "somebody always warned: this test looks at nothing"


def test_results_of_two_models_are_not_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(SMALL, tmp_path)
    opened(replace(SMALL, units=50), tmp_path)  # more of the same
    for other in (replace(SMALL, seed=4), replace(SMALL, days=61), replace(SMALL, arms=SMALL.arms[1:])):
        with pytest.raises(BadInput, match="something else"):
            opened(other, tmp_path)
    monkeypatch.setattr("experiments.reforms.runs.engine_digest", lambda: "0" * 16)
    with pytest.raises(BadInput, match="results of two models are not mixed") as caught:
        opened(SMALL, tmp_path)
    assert "engine" in str(caught.value)


def test_the_family_goes_from_calm_to_tense_with_two_thousand_persons() -> None:
    heats = [theatre_of("family", n)[1] for n in range(60)]
    assert min(heats) < 0.1
    assert max(heats) > 0.9
    theatre, heat = theatre_of("family", 0)
    assert 1700 < theatre.people / theatre.people_per_row < 2600
    assert theatre_of("family", 0)[1] == heat


def test_a_perfect_warning_comes_on_the_day_of_the_true_onset_and_never_without_one() -> None:
    """Decided on that day or the next meeting; where nobody is killed, nothing is decided and nothing spent."""
    arms = (NOTHING, Arm("perfect", "perfect_warning", at_onset=0), Arm("early", "perfect_warning", at_onset=-60))
    seen = 0
    for unit in range(4):
        case = Case("x", "sahra", arms, 2, 8, 1)
        result = compute(case, unit)
        decision = result["stages"][:, :, list(STAGES).index("decision")]
        for number in range(2):
            if decision[1, number] == NEVER:
                assert result["killed"][1, number] == result["killed"][0, number]
                assert result["euros"][1, number].sum() == 0.0
                continue
            seen += 1
            assert decision[2, number] <= decision[1, number]
            assert result["killed"][0, number] >= 25, "an onset is 25 civilians killed"
            assert result["arrived"][1, number] > 0
    assert seen, "no run had an onset: this test looks at nothing"


# ---- words ----------------------------------------------------------------------------------------------------------


def drawn(*, signs: bool, same: tuple[tuple[str, int, int], ...]) -> Tables:
    """Tables as a run would write them."""
    lines = []
    for what in [*(f"{key} {n}" for key in ("share", "alone", "last") for n in REFORMS), "all", "policy"]:
        for measure in ("killed", "euros", *(f"day_{stage}" for stage in DAYS)):
            size = -float(len(what))
            ends = size - 1, size + 1, size - 9, size + 9
            lines.append(Change("sahra", "as_stated", what, measure, size, *ends, signs, 1, 32))
    sets = tuple(Combination("sahra", label(one), 1.0, 1e6, 2.0, 90.0) for one in every_set())
    case = {
        "units": 32, "replicates": 2, "days": 365, "seed": 1, "combinations": 64, "nothing": 900.0, "engine": "a" * 16,
        "rows": None,
    }  # fmt: skip
    about = {"cases": {"sahra": case}}
    return Tables(tuple(lines), sets, same, about)


def test_no_order_is_printed_between_reforms_that_are_not_told_apart() -> None:
    pairs = tuple(("sahra", a, b) for a, b in itertools.combinations(REFORMS, 2))
    text = markdown(page.page(drawn(signs=True, same=pairs)))
    assert "cannot tell any two of the six apart here, so none is better than another" in text
    order = [text.index(f"| {n} {page.title(n)} |") for n in REFORMS]
    assert order == sorted(order), "reforms stand by their number, whatever they save"
    some = markdown(page.page(drawn(signs=True, same=pairs[1:])))
    assert "tells apart 1 and 2. Between the others it states no order" in some


def test_nothing_is_claimed_that_the_runs_do_not_show() -> None:
    text = markdown(page.page(drawn(signs=False, same=())))
    assert "all six cannot be told from the process of 2012" in text.split("\n\n")[1]
    assert "not told apart" in text
    gained = text.partition("Days gained")[2].partition("## ")[0]
    assert "+" not in gained.partition("| --- ")[2], "no days are claimed"


def test_the_page_says_its_sizes_and_its_limits_and_needs_no_network() -> None:
    blocks = page.page(drawn(signs=True, same=()))
    text = markdown(blocks)
    assert text.count("| 5 `") >= 8
    assert "## What this does not show" in text
    assert "structural range not computed" in text
    shown = html(blocks)
    assert "default-src 'none'" in shown
    assert "src=" not in shown
    assert "<script" not in shown


def test_tables_are_read_as_they_were_written(tmp_path: Path) -> None:
    before = drawn(signs=True, same=(("sahra", 1, 2),))
    tables.write(before, tmp_path)
    after = tables.read(tmp_path)
    assert after == before
    odd = replace(before, changes=(replace(before.changes[0], mc_low=math.nan),))
    tables.write(odd, tmp_path)
    assert math.isnan(tables.read(tmp_path).changes[0].mc_low)


@pytest.mark.skipif(not (page.HERE / "results" / "about.json").is_file(), reason="the experiment has not been run yet")
def test_the_page_is_made_from_the_results() -> None:
    wanted = markdown(page.page(tables.read(page.HERE / "results")))
    assert page.PAGE.read_text(encoding="utf-8") == wanted, "python -m experiments.reforms --page"


def test_bad_words_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadInput, match="moon"):
        main([str(tmp_path), "--only", "moon"])
    for word in ("0", "many", "-3"):
        with pytest.raises(SystemExit) as caught:
            main([str(tmp_path), "--runs", word])
        assert caught.value.code == 2
    assert "whole number" in capsys.readouterr().err
