"""The words of a report come from its numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.view.words import (
    LIKELIHOOD,
    Effect,
    count,
    fewer,
    first_sentence,
    leading,
    likelihood,
    listed,
    money,
    number,
    percent,
    skill,
    span,
    timing_sentence,
)

WORDS = [word for _, word in LIKELIHOOD]


def effect(mean: float, half: float, better: int = 95, draws: int = 100) -> Effect:
    """An effect with a symmetric Monte Carlo interval, and parameter bars twice as wide."""
    return Effect(
        mean, mean - half, mean + half, mean - 2 * half, mean + 2 * half, draws - better, better, draws
    )


FEWER = effect(-1234.0, 200.0)
MORE = effect(310.0, 100.0, better=3)
UNCLEAR = effect(-40.0, 90.0, better=55)
NONE = skill(None)


@pytest.mark.parametrize(
    ("times", "of", "word"),
    [
        (0, 8, "unlikely"),
        (0, 64, "very unlikely"),
        (0, 999, "exceptionally unlikely"),
        (25, 100, "unlikely"),
        (50, 100, "about as likely as not"),
        (70, 100, "likely"),
        (95, 100, "very likely"),
        (999, 999, "virtually certain"),
    ],
)
def test_likelihood_words(times: int, of: int, word: str) -> None:
    assert likelihood(times, of) == word


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_more_draws_never_give_a_less_likely_word(case: tuple[int, int]) -> None:
    times, of = case
    assert WORDS.index(likelihood(times + 1, of)) <= WORDS.index(likelihood(times, of))


@pytest.mark.parametrize(("times", "of"), [(0, 0), (-1, 4), (5, 4)])
def test_no_word_without_a_share(times: int, of: int) -> None:
    with pytest.raises(ValueError, match="no share of draws"):
        likelihood(times, of)


def test_the_scale_covers_everything_once() -> None:
    bounds = [bound for bound, _ in LIKELIHOOD]
    assert bounds == sorted(set(bounds), reverse=True)
    assert bounds[-1] == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234, "1,200"),
        (0.0347, "0.035"),
        (7.0, "7"),
        (99.6, "100"),
        (-51.2, "\u221251"),
        (0, "0"),
        (math.nan, "n/a"),
    ],
)
def test_two_significant_figures(value: float, text: str) -> None:
    assert number(value) == text


def test_counts_are_whole() -> None:
    assert [count(v) for v in (0.2, 1.4, 12.3, 0.0)] == ["under 1", "1", "12", "0"]
    assert [percent(v) for v in (0.002, 0.42, 0.999, 1.0)] == ["under 1 %", "42 %", "over 99 %", "100 %"]
    assert money(189_000_000) == "EUR 190 million"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_ranges_say_their_direction() -> None:
    assert span(-2100, -300) == "300 to 2,100 fewer"
    assert span(-900, 120) == "900 fewer to 120 more"
    assert span(30, 120) == "30 to 120 more"
    assert fewer(0) == "as many"
    assert span(math.nan, 1) == "not known, too few draws"


def test_told_apart_needs_both_intervals_and_draws() -> None:
    assert FEWER.sign == -1
    assert MORE.sign == 1
    assert UNCLEAR.sign == 0
    assert (
        effect(-1234.0, 200.0, better=50).sign == 0
    )  # the mean is clear, its direction over the draws is not
    assert effect(math.nan, math.nan, better=0, draws=0).sign == 0


def test_first_sentence_fewer() -> None:
    said = first_sentence({"A": FEWER, "B": UNCLEAR}, ["A"], "doing nothing", NONE)
    assert said == (
        "In this model, under these assumptions, 1,200 fewer simulated civilians die under A than "
        "under doing nothing "
        "(range: 830 to 1,600 fewer; structural range: not computed). No historical data observe "
        "this counterfactual; "
        "hindcast skill: not measured in this folder."
    )


def test_first_sentence_more() -> None:
    said = first_sentence({"A": MORE, "B": UNCLEAR}, [], "doing nothing", NONE)
    assert "no option saves lives: 310 more simulated civilians die under A than under doing nothing" in said


def test_first_sentence_indistinguishable() -> None:
    said = first_sentence({"A": UNCLEAR, "B": UNCLEAR}, [], "doing nothing", NONE)
    assert "no option can be told apart from doing nothing" in said
    assert "fewer simulated civilians die" not in said


def test_first_sentence_does_not_order_what_cannot_be_told_apart() -> None:
    effects = {"B": FEWER, "A": effect(-900.0, 200.0)}
    said = first_sentence(effects, ["B", "A"], "doing nothing", NONE, structural="500 to 2,000 fewer")
    assert (
        "900 to 1,200 fewer simulated civilians die under A or B, which the model cannot tell apart," in said
    )
    assert "structural range: 500 to 2,000 fewer" in said
    near = first_sentence({"B": FEWER, "A": effect(-1180.0, 200.0)}, ["B", "A"], "doing nothing", NONE)
    assert "about 1,200 fewer simulated civilians die under A or B" in near


def test_leading_leaves_out_what_is_told_apart_as_worse() -> None:
    against = {"b": FEWER, "a": FEWER, "c": FEWER, "d": UNCLEAR}
    flat = effect(0.0, 50.0, better=50)
    pairs = {(x, y): flat for x in "abc" for y in "abc" if x != y}
    assert leading(against, pairs) == ["a", "b", "c"]
    pairs["a", "c"], pairs["c", "a"] = FEWER, MORE
    assert leading(against, pairs) == ["a", "b"]


@pytest.mark.parametrize(("crps", "below"), [(0.5, False), (0.56, True), (0.7, True)])
def test_skill_beside_the_best_baseline(crps: float, below: bool) -> None:
    told = skill({"crps": crps, "crps_flat": 0.59, "crps_last12": 0.57, "crps_persistence": 0.54})
    assert told.below is below
    assert "against 0.54" in told.phrase
    assert bool(told.warning) is below
    assert not any(character.isdigit() for character in told.warning)


def test_skill_unknown() -> None:
    assert skill(None).below is None
    assert skill({"crps": None, "crps_flat": 0.5}).below is None
    assert "not been scored" in skill({}).warning
    assert "fictional" in skill({"crps": 0.1, "crps_flat": 0.5}, fictional=True).phrase


def test_timing_says_when_the_effect_is_gone() -> None:
    rows = [
        {"delay_days": 0, "saved_mean": 400, "mc_low": 300, "mc_high": 500},
        {"delay_days": 30, "saved_mean": 150, "mc_low": 60, "mc_high": 240},
        {"delay_days": 60, "saved_mean": 20, "mc_low": -50, "mc_high": 90},
    ]
    assert timing_sentence("A", rows) == (
        "A, decided as planned: 400 fewer simulated civilian deaths than under doing nothing; 30 "
        "days later: 150 "
        "fewer; 60 days later: 20 fewer. From 60 days on, the model cannot tell it from doing nothing."
    )
    assert "More than half of the effect is gone after 30 days" in timing_sentence("A", rows[:2])
    assert "was not computed" in timing_sentence("A", [])
    unclear = [{"delay_days": 0, "saved_mean": 400, "mc_low": -90, "mc_high": 900, "runs": 8}]
    assert "With the 8 runs spent on each delay, the model cannot tell" in timing_sentence("A", unclear)
