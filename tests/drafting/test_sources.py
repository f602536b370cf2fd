"""Importers read the published formats: small samples of each in every run, the real files where a tester has them."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from sim.drafting import Library
from sim.drafting.names import group_label, identifier
from sim.drafting.sources import coups, epr, geo_pko, natural_earth, regimes, reign, ucdp, unhcr, wdi
from sim.drafting.sources.library import FORMATS
from tests.drafting.samples import SAMPLES, write_samples

CAR = (482,)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.of(write_samples(tmp_path))


def test_every_format_is_found_by_what_is_in_the_file(library: Library) -> None:
    """Whatever a file is called: marks are columns. (R files show theirs only when unpacked; see the real ones.)"""
    assert set(library.found) == set(SAMPLES) == {form.key for form in FORMATS if form.kind != "rdata"}
    assert library.missing() == []
    for form in FORMATS:
        if form.kind != "rdata":
            assert library.take(form) is not None


def test_what_is_fought_over(library: Library) -> None:
    """The newest year that was public counts, and a row may name several groups."""
    held: ucdp.Conflicts = library.take(ucdp.CONFLICTS)
    assert held.over(CAR, "Alba Front", 2012) == (2011, "government")
    assert held.over(CAR, "Alba Front", 2013) == (2013, "territory")
    assert held.over(CAR, "Bands", 2012) == (2010, "territory")
    assert held.over(CAR, "Alba Front", 2009) is None
    assert held.over((625,), "Alba Front", 2012) is None


def test_organised_violence(library: Library) -> None:
    years: ucdp.CountryYears = library.take(ucdp.COUNTRY_YEARS)
    row = years.of(CAR, 2011)
    assert row is not None
    assert (row.conflict.best, row.one_sided.high, row.by_government) == (112, 90, 5)
    assert (row.rebels, row.guests, row.killers) == (("Alba Front",), ("Bands",), ("Bands",))
    assert years.of((625,), 2011) == ucdp.CountryYear(), "a covered year without a row had no deaths on record"
    assert years.of(CAR, 2012) is None, "a year that is not covered is not known"


def test_one_sided_violence_in_two_countries_is_shared(library: Library) -> None:
    years: ucdp.CountryYears = library.take(ucdp.ONE_SIDED)
    here, there = years.of(CAR, 2011), years.of((625,), 2011)
    assert here is not None
    assert there is not None
    assert (here.one_sided.best, there.one_sided.best, there.by_government) == (30, 40, 10)


def test_events_groups_and_areas(library: Library) -> None:
    (event,) = library.take(ucdp.EVENTS).of(CAR, 2010, 2011)
    assert (event.date, event.kind, event.side_b, event.deaths) == (datetime.date(2011, 3, 4), 1, "Alba Front", 7)
    groups = library.take(epr.EPR).of(CAR, 2011)
    assert [(group.name, group.size) for group in groups] == [("Hill people", 0.6), ("Plain people", 0.3)]
    area = library.take(epr.GEO_EPR).of(48202000, 2011)
    assert area.holds([5.0, 5.0, 11.0], [15.0, 21.0, 15.0]).tolist() == [True, False, False]
    assert library.take(natural_earth.COUNTRIES).on_land([5.0, -5.0], [15.0, 15.0]).tolist() == [True, False]


def test_rule_and_development(library: Library) -> None:
    assert library.take(regimes.VDEM).rows["CAF", 2011] == regimes.Regime(0.31, 0.28, 0.34, 0.5, 0.4)
    assert library.take(regimes.POLITY).rows[482, 2011] == (-1.0, 8.0)
    wide: wdi.Series = library.take(wdi.WORLD_BANK)
    assert wide.of("mortality", ("CAF", "482"), 2011, 5) == (92.1, 2010), "the newest year that has a value"
    assert wide.of("military", ("CAF",), 2011, 0) == (3150.0, 2011)
    assert library.take(wdi.POPULATION).of("people", ("CAF", "482"), 2012, 1) == (4436200.0, 2011)


def test_votes_stand_in_the_calendar_when_due_or_announced(library: Library) -> None:
    """The vote of April was called in March: on 1 December 2012 nobody could know of it."""
    start = datetime.date(2012, 12, 1)
    votes = library.take(reign.ELECTIONS).between(CAR, start, datetime.date(2013, 12, 1))
    assert [vote.date.isoformat() for vote in votes] == ["2012-12-31", "2013-02-28", "2013-04-02"]
    assert [vote.known_on(start) for vote in votes] == [True, True, False]
    assert library.take(reign.REGIMES).on(CAR, start) == (datetime.date(2003, 3, 15), "personal")


def test_troops_coups_and_refugees(library: Library) -> None:
    posts = library.take(geo_pko.DEPLOYMENTS).of("Central African Republic", 2011)
    assert [(post.place, post.troops) for post in posts] == [("Birao", 200.0), ("Bangui", 0.0)]
    found: coups.Coups = library.take(coups.COUPS)
    assert found.before(CAR, datetime.date(2012, 12, 1), 10) == [(datetime.date(2003, 3, 15), True)]
    assert found.before(CAR, datetime.date(2014, 12, 1), 10) == []
    displaced: unhcr.Displaced = library.take(unhcr.POPULATION)
    assert (displaced.abroad["CAF", 2011], displaced.inside["CAF", 2011]) == (85000.0, 105000.0)


def test_of_two_files_of_a_format_the_larger_is_read(tmp_path: Path) -> None:
    """Later editions grow; which one was passed over is remembered."""
    write_samples(tmp_path)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "pop.csv").write_text("gwcode,year,pop\n482,2010,4.0\n", encoding="utf-8")
    library = Library.of(tmp_path)
    assert library.found["population"].name == "population.csv"
    assert [path.name for path in library.passed_over["population"]] == ["pop.csv"]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Alba Front", "Alba Front"),
        ("Military faction (forces of Ann Example)", "Military faction"),
        ("Alba Front - Example faction", "Alba Front"),
        ("Forces of Ann Example", "Armed faction"),
    ],
)
def test_no_person_stands_in_the_name_of_a_group(name: str, label: str) -> None:
    """Organisations only: factions named after their leader lose the name (invented names)."""
    assert group_label(name) == label


def test_identifiers_are_short_and_different() -> None:
    first = identifier("Other Riverine groups (Banziri, Songo etc.)")
    assert first == "other_riverine_groups_banziri_songo"
    assert identifier("Other Riverine groups (Banziri, Songo etc.)", {first}) == f"{first}_2"
    assert identifier("23 March") == "x_23_march"


# --- the real files


def test_the_real_files_are_read(downloads: Library) -> None:
    """Each importer on the file as published. Figures: counted in the files by other means."""
    assert len(downloads.found) >= 14, sorted(downloads.found)
    for form in FORMATS:
        if form.key in downloads.found:
            assert downloads.take(form) is not None
    years: ucdp.CountryYears = downloads.take(ucdp.COUNTRY_YEARS)
    row = years.of(CAR, 2012)
    assert row is not None
    assert (row.state_based.best, row.one_sided.best, row.by_government) == (59, 73, 36)
    assert row.rebels == ("Seleka",)
    assert row.guests == ("LRA",)
    assert [group.name for group in downloads.take(epr.EPR).of(CAR, 2012)][:3] == ["Baya", "Banda", "Sara"]
    assert downloads.take(regimes.VDEM).rows["CAF", 2012].democracy == 0.318
    assert downloads.take(wdi.MORTALITY).of("mortality", ("482",), 2021, 0) == (75.4, 2021)
    events: ucdp.Events = downloads.take(ucdp.EVENTS)
    assert sum(len(rows) for rows in events.rows.values()) > 1800


def test_the_real_r_files_are_read(downloads: Library) -> None:
    """Data frames of R: Polity5 and UNHCR."""
    polity: regimes.Polity = downloads.take(regimes.POLITY_R)
    assert polity.rows[501, 2007][0] == 7.0
    displaced: unhcr.Displaced = downloads.take(unhcr.POPULATION_R)
    assert displaced.abroad["CAF", 2012] == 164567.0
    assert displaced.inside["CAF", 2012] == 51679.0
