"""The matrix, the country assessment and the watch list, from made-up dispatches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.scenario.theatre import RISK_FACTORS
from sim.warning.matrix import AREAS, LAYERS, assess, country_assessment, watch_list
from sim.warning.process import Process, load_book
from sim.warning.sources import SIGNALS, STATISTICS, Picture, Source
from sim.world.report import Dispatch


def process() -> Process:
    book = load_book("eu_2012")
    assert book is not None
    return book.process()


def source(name: str, credibility: float) -> Source:
    return Source(name, tuple(SIGNALS), 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, credibility)


def picture(*said: Dispatch, denial: float = 0.5) -> Picture:
    made = Picture([source("sure", 0.9), source("doubtful", 0.1), source(STATISTICS, 1.0)], {}, denial)
    for one in said:
        made.hear(one)
    return made


def test_the_most_alarming_credible_source_is_believed_first() -> None:
    """0.9 x 10 + 0.1 x 0.1 x 5: what the sure one says, and in doubt a little of what the other says."""
    mean, variance, corroboration = picture(
        Dispatch("sure", 3, 21, {"killed": 10.0}), Dispatch("doubtful", 3, 21, {"killed": 5.0})
    ).week("killed", 3)
    assert mean == pytest.approx(0.9 * 10 + 0.1 * 0.1 * 5)
    assert corroboration == pytest.approx(1 - 0.1 * 0.9)
    assert variance > 0


def test_a_denial_takes_away_from_what_is_believed_and_silence_is_nothing() -> None:
    heard = picture(Dispatch("sure", 3, 21, {"killed": 10.0}, contested=1.0))
    assert heard.week("killed", 3)[0] == pytest.approx(0.45 * 10)
    assert heard.week("killed", 2) == (0.0, 0.0, 0.0)
    assert heard.week("clashes", 3)[0] == 0.0


def test_windows_sum_average_and_rise() -> None:
    heard = picture(*(Dispatch("sure", week, 7 * week, {"armed": 100.0 * week}) for week in range(1, 5)))
    assert heard.over("armed", 4, 4, "sum")[0] == pytest.approx(0.9 * 1000)
    assert heard.over("armed", 4, 4, "mean")[0] == pytest.approx(0.9 * 250)
    assert heard.over("armed", 4, 4, "most")[0] == pytest.approx(0.9 * 400)
    assert heard.over("armed", 4, 4, "rise")[0] == pytest.approx(0.9 * 200)


def test_old_news_is_forgotten_and_statistics_are_not() -> None:
    heard = picture(Dispatch(STATISTICS, 0, 0, {"risk:low_development": 0.7}), Dispatch("sure", 1, 7, {"killed": 5.0}))
    for week in range(2, 40):
        heard.hear(Dispatch("sure", week, 7 * week, {"killed": 0.0}))
    assert heard.week("killed", 1)[0] == 0.0
    assert heard.published("risk:low_development") == (0.7, 0.0)
    assert heard.published("risk:unknown")[1] == 0.5


def test_without_the_lens_instability_is_watched_and_atrocity_is_not() -> None:
    """Incitement, targeted killing and orders to kill alone do not move the matrix of 2012; with the lens they do."""
    one = process()
    quiet = [Dispatch(STATISTICS, 0, 0, {"risk:low_development": 0.5})]
    signs = [Dispatch("sure", 8, 56, {"speech": 0.5, "targeted": 50.0, "orders": 4.0, "armed": 3000.0})]

    def level(said: list[Dispatch], lens: bool) -> float:
        return assess(picture(*said), one.indicators, one.weights, 8, lens=lens).level

    assert level(quiet + signs, lens=False) == level(quiet, lens=False)
    assert level(quiet + signs, lens=True) > level(quiet, lens=True) + 1.0


def test_calm_in_one_reading_does_not_hide_alarm_in_the_other() -> None:
    """Fighting without atrocity: the lens takes nothing away."""
    one = process()
    fighting = picture(*(Dispatch("sure", week, 7 * week, {"clashes": 20.0, "killed": 30.0}) for week in range(13)))
    seen = [assess(fighting, one.indicators, one.weights, 12, lens=lens).level for lens in (False, True)]
    assert seen[1] >= seen[0] > 1.0


def test_scores_stay_between_nothing_and_ten_and_doubt_shows() -> None:
    one = process()
    flood = dict.fromkeys(SIGNALS, 1e9)
    matrix = assess(
        picture(*(Dispatch("doubtful", week, 7 * week, flood) for week in range(27))), one.indicators, one.weights, 26,
        lens=True,
    )  # fmt: skip
    assert all(0.0 <= score <= 10.0 and spread >= 0.0 for score, spread in matrix.scores.values())
    assert 0.0 <= matrix.level <= 10.0
    sure = assess(picture(), one.indicators, one.weights, 0, lens=True)
    assert sure.level == 0.0
    assert matrix.acute == matrix.layers[LAYERS.index("trigger")]


def test_the_country_assessment_has_ten_areas_and_says_where_nobody_looks() -> None:
    one = process()
    matrix = assess(picture(), one.indicators, one.weights, 0, lens=False)
    areas = country_assessment(matrix, one.indicators)
    assert tuple(areas) == AREAS
    assert len(AREAS) == 10
    assert areas["intercommunal_relations"] is None, "without the lens no indicator speaks of it"
    assert country_assessment(replace(matrix, scores={}), one.indicators)["security"] is None


def test_every_area_is_looked_at_with_the_lens() -> None:
    one = process()
    areas = country_assessment(assess(picture(), one.indicators, one.weights, 0, lens=True), one.indicators)
    assert None not in areas.values()


def test_the_watch_list_is_the_highest_levels() -> None:
    assert watch_list({"a": 1.0, "c": 3.0, "b": 3.0, "d": 0.5}, 3) == ("b", "c", "a")
    assert watch_list({}, 3) == ()


def test_structural_indicators_are_factors_that_a_scenario_has() -> None:
    """A misspelt factor would be read as 'anything is possible' for ever."""
    named = {one.signal.removeprefix("risk:") for one in process().indicators if one.signal.startswith("risk:")}
    assert named
    assert named <= set(RISK_FACTORS)
