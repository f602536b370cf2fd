"""Stylised facts: hand-made data give known answers, and the page says what the results say."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from experiments.stylised import observed, page, simulated
from experiments.stylised.__main__ import main
from experiments.stylised.distances import distance as apart
from experiments.stylised.distances import ks, on_grid
from experiments.stylised.facts import (
    FACTS,
    Year,
    displaced,
    distance,
    front,
    sizes,
    spells,
    state_share,
    zero_months,
)
from experiments.stylised.figure import cumulative
from sim.drafting import Library
from sim.ground.check import BadInput


def year(days: list[int], killed: list[int], lat: list[float] | None = None) -> Year:
    at = np.array(lat or [0.0] * len(days))
    return Year(np.array(days), np.array(killed), np.zeros(len(days), dtype=bool), at, np.zeros(len(days)))


def test_months_and_sizes_of_a_year() -> None:
    one = year([0, 40, 364], [3, 0, 25])
    assert one.months.tolist() == [3, *[0] * 10, 25]
    assert sizes(one) == [3.0, 25.0], "an incident without a death is none"


def test_zero_months_and_spells() -> None:
    months = [20, 5, 0, 1, 0, 0, 2, 3, 4, 0, 0, 0]
    assert zero_months(months) == [0.5]
    assert spells(months) == [2.0, 1.0, 3.0]
    assert spells([1] * 25) == [25.0]
    assert zero_months([24, *[0] * 11]) == spells([24, *[0] * 11]) == [], "below 25 deaths a year is quiet"


def test_front_loading_counts_from_an_onset() -> None:
    assert front([0, 0, 30, 30, 10, 10, 10, 10, 99]) == [0.6]
    assert front([*[0] * 12, 30, 30, 10, 10, 10, 10], calm=12) == [0.6]
    assert front([*[0] * 11, 25, 30, 30, 10, 10, 10, 10], calm=12) == [], "25 dead in the year before are no calm"
    assert front([30, 0, 0]) == [], "six months are not seen"


def test_ratios_need_deaths() -> None:
    assert displaced(5000.0, 50.0) == [100.0]
    assert displaced(5000.0, 24.0) == displaced(0.0, 50.0) == []
    assert state_share(10.0, 40.0) == [0.25]
    assert state_share(10.0, 24.0) == []


def test_distance_to_the_nearest_of_the_month_before() -> None:
    """A degree of latitude is 111.2 km; the same day is no spread, and 31 days ago is too long."""
    found = distance(year([0, 0, 5, 36, 40], [1] * 5, [0.0, 3.0, 1.0, 9.0, 9.0]))
    assert found[0] == pytest.approx(111.2, abs=0.1)
    assert found[1:] == [1.0]


def test_distances_of_samples() -> None:
    """Equal samples lie nowhere apart; a shift by a decade is one decade; what does not overlap is 1 apart."""
    one = [[1.0, 2.0, 3.0], [4.0, 5.0]]
    same = apart(one, one, "linear")
    assert same is not None
    assert (same.ks[0], same.wasserstein[0]) == (0.0, 0.0)
    shifted = apart(one, [[10.0 * value for value in unit] for unit in one], "log")
    assert shifted is not None
    assert shifted.wasserstein[0] == pytest.approx(1.0)
    assert shifted.ks == (1.0, 1.0, 1.0)
    assert shifted.observed == shifted.simulated == 5
    assert apart(one, [[], []], "linear") is None


def test_resampling_counts_is_resampling_values() -> None:
    """The distances of counts on a grid are scipy's of the values."""
    rng = np.random.default_rng(2)
    one, other = rng.integers(1, 30, 200).astype(float), rng.integers(1, 50, 90).astype(float)
    grid = np.unique(np.concatenate([one, other]))
    counts = [np.bincount(np.searchsorted(grid, side), minlength=grid.size) for side in (one, other)]
    assert on_grid(grid, *counts) == pytest.approx((ks(one, other), stats.wasserstein_distance(one, other)))


def test_an_interval_resamples_units_whole() -> None:
    """One country of a thousand events is one observation: its interval is wider than that of a thousand countries."""
    rng = np.random.default_rng(1)
    values = [rng.normal(n % 2, 0.1, 200).tolist() for n in range(6)]
    single = [[value] for unit in values for value in unit]
    other = [[0.5]] * 50
    grouped, apart_each = apart(values, other, "linear"), apart(single, other, "linear")
    assert grouped is not None
    assert apart_each is not None
    assert grouped.ks[2] - grouped.ks[1] > 2 * (apart_each.ks[2] - apart_each.ks[1])


def test_the_exponent_is_that_of_the_behaviours() -> None:
    """2.2 put in comes back: 20,000 sizes over ten units."""
    drawn = np.floor(20.0 * (1.0 - np.random.default_rng(3).random(20_000)) ** (-1.0 / 1.2) + 0.5).reshape(10, -1)
    figure, low, high, number = page.exponents(drawn.tolist())["20"]
    assert abs(figure - 2.2) < 0.1
    assert low < figure < high
    assert number == (drawn >= 20).sum()
    assert page.exponents([[1.0, 2.0]])["20"] is None, "two incidents have no tail"


def test_published_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "ged_2025.csv").write_text(
        '"id","conflict_new_id","conflict_name","country","best","type_of_violence","date"\n'
        '1,1,"x","A",20,3,2025-01-18\n2,1,"x","A",7,3,2025-12-31\n3,1,"x","A",9,1,2025-02-01\n4,1,"x","B",0,3,2025-02-01\n',
        encoding="utf-8",
    )
    ((country, one),) = observed.candidate(tmp_path)
    assert (country, one.months.tolist()) == ("A", [20, *[0] * 10, 7])
    months = ",A,B,Unnamed: 3\n1989-01-31,1,2,0\n1989-02-28,3,4,0\n"
    (tmp_path / "Hist_country_month.csv").write_text(months, encoding="utf-8")
    assert dict(observed.by_month(tmp_path)) == {"A": [1, 3], "B": [2, 4]}
    with pytest.raises(BadInput, match=r"there is no ged_v23_1_CAR\.csv"):
        list(observed.central_african(tmp_path))
    assert main([str(tmp_path)]) == 2


def test_the_committed_record_is_that_of_the_files(
    downloads: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = observed.TABLE.read_text(encoding="utf-8")
    monkeypatch.setattr(observed, "TABLE", tmp_path / "observed.csv")
    monkeypatch.setattr(observed, "SOURCES", tmp_path / "sources.csv")
    assert downloads.folder is not None
    observed.write(downloads.folder)
    assert observed.TABLE.read_text(encoding="utf-8") == committed


def test_every_fact_has_a_source() -> None:
    record, sources = observed.known()
    assert set(record) == set(sources) == {fact.name for fact in observed.RECORDED_FACTS}
    assert {fact.name for fact in FACTS} < set(record)
    assert all(sum(map(len, units)) > 20 for units in record.values())
    with open(observed.TABLE, encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == observed.COLUMNS


def test_the_page_is_made_from_the_results() -> None:
    made = page.known()
    assert made == page.results(), "python -m experiments.stylised page"
    assert page.PAGE.read_text(encoding="utf-8") == page.page(made), "python -m experiments.stylised page"
    for name, svg in page.figures().items():
        assert (page.FIGURES / name).read_text(encoding="utf-8") == svg


def test_every_theatre_was_measured_with_one_model() -> None:
    found = simulated.known()
    assert {"car_2013", "sahra"} < set(found)
    assert sum(name.startswith(page.DRAFTS) for name in found) == 24
    assert len({(one["model"], one["code"]) for one in found.values()}) == 1


def test_theatres_that_are_added_join() -> None:
    """A further theatre is a population of its own, and part of all that are pooled."""
    found = simulated.known()
    before, sides = page.populations(found), page.populations({**found, "another": found["sahra"]})
    assert set(sides) == {*before, "another"}
    assert len(sides["all pooled"]) == len(found) + 1


def test_a_figure_draws_every_sample() -> None:
    svg = cumulative({"recorded": [1.0, 10.0, 100.0], "one": [1.0, 1.0, 5.0]}, "log", "deaths <of> one")
    assert svg.count("<polyline") == 2
    assert "deaths &lt;of&gt; one" in svg
    assert "nan" not in svg
