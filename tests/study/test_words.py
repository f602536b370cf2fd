"""The words of a report come from its numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.words import (
    LIKELIHOOD,
    count,
    decided,
    fewer,
    likelihood,
    listed,
    money,
    number,
    percent,
    skill,
    span,
    timing_sentence,
    waiting,
)

WORDS = [word for _, word in LIKELIHOOD]


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
    assert skill({"failed": "no run ended"}).below is None
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
        "fewer; 60 days later: 20 fewer. Decided 60 days later, the model cannot tell it from doing nothing "
        "with these runs."
    )
    assert waiting(rows[:2]) == "more than half of the effect is gone when it is decided 30 days later"
    assert waiting(rows[:1]) == "over half of the effect remains when it is decided as planned"
    assert "than under “B”" in timing_sentence("A", rows, "“B”")
    assert "was not computed" in timing_sentence("A", [])
    unclear = [{"delay_days": 0, "saved_mean": 400, "mc_low": -90, "mc_high": 900, "runs": 8}]
    said = timing_sentence("A", unclear)
    assert said == "A: with the 8 runs spent on each delay the model cannot tell what waiting costs."


def test_a_decision_is_told_in_words() -> None:
    assert decided({"date": "2013-11-01"}) == "on 2013-11-01"
    assert decided({"day": 0}) == "on the first day"
    rule = {"reported_deaths": {"value": 82, "low": 50, "high": 200}, "within_days": 30, "prefecture": "Lac"}
    assert decided({"when": rule}) == "when reports reach 82 deaths within 30 days in Lac"
    assert decided(None) == ""


def test_a_theatre_scored_by_facts_alone_says_how_many_it_meets() -> None:
    told = skill({"card": {"met": 3, "measured": 14, "missed": 8}})
    assert told.below is None
    assert told.phrase == "no months scored; 3 of 14 published windows and facts met"
    assert "8 are missed" in told.warning
    assert skill({"card": {"met": 0, "measured": 0, "missed": 0}}).phrase == "not measured"
