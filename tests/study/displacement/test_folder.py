"""What is read from FLEE's files, and that each broken file is refused with what, where and what to write instead."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from sim.ground.check import BadInput
from sim.study.displacement.folder import read_benchmark
from tests.study.displacement.folders import TWO_RIVERS, add, copy, needs_published, put, remove, write

INPUT, SOURCE = "input_csv", "source_data"


def read(folder: Path):  # type: ignore[no-untyped-def]
    return read_benchmark(folder / INPUT, folder / SOURCE)


def test_the_folder_is_read_as_published() -> None:
    conflict, _ = read(TWO_RIVERS)
    assert (conflict.name, conflict.start, conflict.days) == ("two_rivers", dt.date(2000, 1, 1), 60)
    assert conflict.camp_names == ("Northcamp", "Southcamp", "Eastcamp")
    assert [place.hub for place in conflict.places].count(True) == 1
    assert [(road.a, road.b, road.km, road.forced) for road in conflict.routes if road.forced] == [
        (4, 5, 100.0, (4, 5))
    ]
    assert conflict.intensity[4, :2].tolist() == [1.0, 0.0]
    assert conflict.intensity[59, :2].tolist() == [1.0, 1.0], "the last row stands for the days after it"
    assert [one.holds(20) for one in conflict.closures[:1]] == [False], "a closure ends the day before its end"


def test_the_folder_above_will_do() -> None:
    conflict, _ = read_benchmark(TWO_RIVERS, TWO_RIVERS)
    assert conflict.name == "two_rivers"


def test_counts_are_summed_interpolated_and_corrected_for_registration() -> None:
    """By hand: on 15 February the two files of Northcamp hold 2,400 + 150; before the registration, 3,000 + 200."""
    _, observed = read(TWO_RIVERS)
    north, south, east = observed.people.T
    outside = 300.0 - 200.0 * 15.0 / 20.0  # the second file, linear from 300 on day 30 to 100 on day 50
    assert north[45] == pytest.approx(2400.0 + outside)
    factor = (2400.0 + outside) / (3000.0 + 300.0 - 200.0 * 10.0 / 20.0)
    assert north[0] == pytest.approx(300.0 * factor)
    assert north[40] == pytest.approx((3000.0 + 200.0) * factor)
    assert south[20] == pytest.approx(450.0)
    assert east[0] == 100.0
    assert observed.total[0] == pytest.approx(north[0] + 100.0)


def test_a_series_that_begins_later_counts_nobody_before(tmp_path: Path) -> None:
    folder = copy(tmp_path / "late", write(f"{SOURCE}/cira-east.csv", "2000-01-11,500\n2000-01-21,700\n"))
    _, observed = read(folder)
    assert observed.people[[9, 10, 15, 59], 2].tolist() == [0.0, 500.0, 600.0, 700.0]


def test_without_conflicts_csv_the_dates_of_locations_count(tmp_path: Path) -> None:
    conflict, _ = read(copy(tmp_path / "dates", remove(f"{INPUT}/conflicts.csv")))
    assert np.flatnonzero(conflict.intensity[:, 1])[0] == 5


def test_closures_and_corrections_may_be_missing(tmp_path: Path) -> None:
    folder = copy(tmp_path / "few", remove(f"{INPUT}/closures.csv"), remove(f"{INPUT}/registration_corrections.csv"))
    conflict, _ = read(folder)
    assert (conflict.closures, conflict.corrections) == ((), ())


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (add(f"{INPUT}/closures.csv", "country,Alba,Nowhere,0,5"), "Nowhere is not in locations.csv"),
        (add(f"{INPUT}/closures.csv", "location,Nowhere,Aron,0,5"), "Nowhere is not in locations.csv"),
        (add(f"{INPUT}/registration_corrections.csv", "Nocamp,2000-01-05,normalize"), "Nocamp is not in"),
        (put(f"{INPUT}/conflicts.csv", "Dale,", "Daly,"), "column 'Daly' is not in locations.csv"),
        (put(f"{SOURCE}/data_layout.csv", "Eastcamp", "Elsewhere"), "camp Eastcamp has no series"),
        (put(f"{SOURCE}/data_layout.csv", "cira-east.csv", ""), "camp Eastcamp has no series"),
    ],
    ids=["border", "place", "correction", "column", "camp", "file"],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, edit, said: str) -> None:  # type: ignore[no-untyped-def]
    """Published files name places that they do not hold; FLEE warns and goes on, and so do we."""
    conflict, _ = read(copy(tmp_path / "odd", edit))
    assert any(said in note for note in conflict.notes)


def test_a_closure_without_end_lasts(tmp_path: Path) -> None:
    for number, end in enumerate((",0,", ",0", ",0,-1")):
        conflict, _ = read(copy(tmp_path / str(number), put(f"{INPUT}/closures.csv", ",0,20", end)))
        assert conflict.closures[0].holds(59)


BROKEN = {
    "no period": (remove(f"{INPUT}/sim_period.csv"), "sim_period.csv", "missing"),
    "no length": (put(f"{INPUT}/sim_period.csv", "Length,60", ""), "sim_period.csv", "Length is missing"),
    "length a word": (put(f"{INPUT}/sim_period.csv", "60", "sixty"), "sim_period.csv:2", "Length is 'sixty'"),
    "length zero": (put(f"{INPUT}/sim_period.csv", "60", "0"), "sim_period.csv:2", "Length is 0 days"),
    "length broken": (put(f"{INPUT}/sim_period.csv", "60", "60.5"), "sim_period.csv:2", "60.5"),
    "start no date": (put(f"{INPUT}/sim_period.csv", "2000-01-01", "1/1/2000"), "sim_period.csv:1", "is no date"),
    "no locations": (remove(f"{INPUT}/locations.csv"), "locations.csv", "missing"),
    "locations empty": (write(f"{INPUT}/locations.csv", ""), "locations.csv", "empty"),
    "locations binary": (write(f"{INPUT}/locations.csv", "a\0b"), "locations.csv:1", "binary"),
    "few columns": (put(f"{INPUT}/locations.csv", "2.0,1.0,town,,10000", ""), "locations.csv:5", "4 of 6 columns"),
    "type unknown": (put(f"{INPUT}/locations.csv", "forwarding_hub", "harbour"), "locations.csv:7", "'harbour'"),
    "people a word": (put(f"{INPUT}/locations.csv", "20000", "many"), "locations.csv:3", "population is 'many'"),
    "people negative": (put(f"{INPUT}/locations.csv", "20000", "-1"), "locations.csv:3", "population is '-1'"),
    "people not finite": (put(f"{INPUT}/locations.csv", "20000", "nan"), "locations.csv:3", "population is 'nan'"),
    "place twice": (put(f"{INPUT}/locations.csv", "Dale,", "Aron,"), "locations.csv:6", "Aron stands twice"),
    "no camp": (put(f"{INPUT}/locations.csv", ",camp,", ",town,"), "locations.csv", "there is no camp"),
    "no routes": (remove(f"{INPUT}/routes.csv"), "routes.csv", "missing"),
    "no road": (write(f"{INPUT}/routes.csv", "#name1,name2,distance\n"), "routes.csv", "there is no road"),
    "end unknown": (put(f"{INPUT}/routes.csv", "Aron,Belt", "Aron,Bolt"), "routes.csv:2", "did you mean 'Belt'?"),
    "to itself": (put(f"{INPUT}/routes.csv", "Aron,Belt", "Aron,Aron"), "routes.csv:2", "to itself"),
    "distance negative": (put(f"{INPUT}/routes.csv", "80,0", "-80,0"), "routes.csv:2", "distance is '-80'"),
    "distance missing": (put(f"{INPUT}/routes.csv", "Belt,80,0", "Belt,,0"), "routes.csv:2", "distance is ''"),
    "redirection": (put(f"{INPUT}/routes.csv", "100,2", "100,3"), "routes.csv:6", "forced_redirection is '3'"),
    "closure unknown": (put(f"{INPUT}/closures.csv", "country", "county"), "closures.csv:2", "did you mean 'country'?"),
    "closure end a word": (put(f"{INPUT}/closures.csv", "0,20", "0,x"), "closures.csv:2", "closure_end is 'x'"),
    "closure short": (put(f"{INPUT}/closures.csv", ",0,20", ""), "closures.csv:2", "3 of 4 columns"),
    "conflict no day": (write(f"{INPUT}/conflicts.csv", "#Day,Aron\n"), "conflicts.csv", "there is no day"),
    "conflict a word": (put(f"{INPUT}/conflicts.csv", "7,1,1", "7,yes,1"), "conflicts.csv:9", "conflict in Aron"),
    "conflict above one": (put(f"{INPUT}/conflicts.csv", "7,1,1", "7,3,1"), "conflicts.csv:9", "is 3"),
    "conflict row short": (put(f"{INPUT}/conflicts.csv", "7,1,1,0,0,0", "7,1"), "conflicts.csv:9", "ends before Belt"),
    "never in conflict": (write(f"{INPUT}/conflicts.csv", "#Day,Aron\n0,0\n"), "conflicts.csv", "ever in conflict"),
    "correction no date": (put(f"{INPUT}/registration_corrections.csv", "2000-02-15", "soon"),
                           "registration_corrections.csv:1", "'soon' is no date"),
    "no layout": (remove(f"{SOURCE}/data_layout.csv"), "data_layout.csv", "missing"),
    "layout twice": (add(f"{SOURCE}/data_layout.csv", "Eastcamp,cira-east.csv"), "data_layout.csv:6", "stands twice"),
    "layout outside": (put(f"{SOURCE}/data_layout.csv", "cira-east.csv", "../x.csv"), "data_layout.csv:4", "outside"),
    "layout no camp": (write(f"{SOURCE}/data_layout.csv", "total,refugees.csv\n"), "data_layout.csv", "no camp"),
    "no series": (remove(f"{SOURCE}/cira-east.csv"), "cira-east.csv", "missing"),
    "series no count": (write(f"{SOURCE}/cira-east.csv", "Date,total\n"), "cira-east.csv", "there is no count"),
    "series no date": (put(f"{SOURCE}/cira-east.csv", "2000-01-21", "2000-21-01"), "cira-east.csv:3", "is no date"),
    "series a word": (put(f"{SOURCE}/cira-east.csv", ",700", ",n/a"), "cira-east.csv:4", "people is 'n/a'"),
    "series negative": (put(f"{SOURCE}/cira-east.csv", ",700", ",-700"), "cira-east.csv:4", "people is '-700'"),
    "other years": (put(f"{INPUT}/sim_period.csv", "2000-01-01", "1970-01-01"), "data_layout.csv", "nobody is in"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused(tmp_path: Path, case: str) -> None:
    edit, where, what = BROKEN[case]
    folder = copy(tmp_path / "broken", edit)
    with pytest.raises(BadInput) as caught:
        read(folder)
    problem = caught.value.problem
    assert where in problem.where
    assert what in str(problem)
    assert problem.instead


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        read_benchmark(tmp_path / "nowhere", TWO_RIVERS)
    with pytest.raises(BadInput, match="--observed"):
        read_benchmark(TWO_RIVERS, TWO_RIVERS / INPUT / "routes.csv")


@needs_published
@pytest.mark.parametrize(
    ("name", "camps"), [("mali2012", 7), ("burundi2015", 5), ("car2013", 14), ("syria2013", 4), ("nigeria2022_adm2", 4)]
)
def test_the_published_folders_are_read(name: str, camps: int) -> None:
    from tests.study.displacement.folders import PUBLISHED

    conflict, observed = read(PUBLISHED / name)
    assert observed.people.shape == (conflict.days, camps)
    assert conflict.notes == ()
