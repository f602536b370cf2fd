"""Drafts of whole theatres: they pass `check`, say where each value is from, and know nothing of the future."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from sim.cli import main
from sim.drafting import Library, draft_theatre
from sim.drafting.factors import MAPPING
from sim.drafting.sources.library import FORMATS
from sim.drafting.states import state_of
from sim.ground.check import BadInput
from sim.scenario.read import check_theatre, read_theatre
from sim.scenario.theatre import MITIGATORS, RISK_FACTORS, Theatre
from tests.drafting.samples import SAMPLES, write_samples

ROOT = Path(__file__).resolve().parents[2]
START = datetime.date(2012, 11, 1)
TWENTY = (
    "BDI", "BIH", "BOL", "CAF", "CIV", "COD", "ETH", "FJI", "GHA", "GIN", "HTI", "IDN", "IRQ", "KEN", "KGZ", "LKA",
    "MDV", "NZL", "POL", "SSD",
)  # fmt: skip
"""Large and small, islands and landlocked, old states and one that began in 2011."""


def draft(folder: Path, country: str, library: Library | None = None, start: datetime.date = START) -> Theatre:
    return read_theatre(draft_theatre("drafted", country, start, library or Library(), folder).folder)


@pytest.mark.parametrize("country", TWENTY)
def test_twenty_countries_without_any_download(country: str, tmp_path: Path) -> None:
    drafted = draft_theatre("drafted", country, START, Library(), tmp_path)
    assert check_theatre(drafted.folder) == []
    theatre = read_theatre(drafted.folder)
    assert theatre.country == country
    assert 0.5 < theatre.people / state_of(country).people < 1.2, "people of 2012, beside those of about 2020"
    assert _reached(theatre) == {place.name for place in theatre.places}, "every place can be reached by road or boat"
    assert drafted.assumption_share > 0.5, "without data most of a draft is assumption, and says so"


@pytest.mark.validate
@pytest.mark.parametrize("country", TWENTY)
def test_twenty_countries_with_the_real_files(country: str, tmp_path: Path, downloads: Library) -> None:
    drafted = draft_theatre("drafted", country, START, downloads, tmp_path)
    assert check_theatre(drafted.folder) == []
    assert drafted.groups > 1
    for one in read_theatre(drafted.folder).risk.values():
        assert one.as_of is not None
        assert one.as_of < START


def test_what_the_files_say_is_what_the_draft_holds(tmp_path: Path) -> None:
    """The samples: groups of 60 and 30 %, a mission of 300 troops, one group in battle."""
    (tmp_path / "data").mkdir()
    library = Library.of(write_samples(tmp_path / "data"))
    theatre = draft(tmp_path, "CAF", library, datetime.date(2012, 12, 1))
    people = {group.name: 0 for group in theatre.groups}
    for row in theatre.population:
        people[row.group] += row.people
    assert theatre.people == pytest.approx(4_436_200, rel=1e-3)
    assert people["hill_people"] / theatre.people == pytest.approx(0.6, abs=0.06)
    assert {group.name: group.status for group in theatre.groups}["plain_people"] == "discriminated"
    assert {"army", "police", "alba_front"} <= {actor.name for actor in theatre.actors}
    told = (tmp_path / "drafted" / "SOURCES.md").read_text(encoding="utf-8")
    assert SAMPLES["epr"][0] in told
    assert "retrospective" in told


def test_deaths_after_the_start_change_nothing(tmp_path: Path) -> None:
    """The vintage rule: rows about the first year and later change no value, only the remark
    that the edition is a later one.
    """
    good = SAMPLES["ucdp_country_years"][1]
    later = good + good.splitlines()[1].replace(",2011,", ",2012,").replace(",48,40", ",4800,4000") + "\n"
    found = []
    for number, text in enumerate((good, later)):
        data = tmp_path / f"data{number}"
        data.mkdir()
        write_samples(data, ucdp_country_years=text)
        theatre = draft(data, "CAF", Library.of(data), datetime.date(2012, 12, 1))
        rows = [replace(row, source="") for row in (*theatre.actors, *theatre.units)]
        found.append([{key: one.value for key, one in theatre.risk.items()}, rows])
    assert found[0] == found[1]


def test_a_group_at_war_is_drafted_by_what_it_fights_for_and_can_hold(tmp_path: Path) -> None:
    """Over territory it defends its land; over government it goes for power; and some 500 fighters hold no two fifths
    of a place with tens of thousands of people.
    """
    good = SAMPLES["ucdp_conflicts"][1]
    goals = []
    for number, text in enumerate((good, good.replace("Alba Front,2,,2011", "Alba Front,1,Alba,2011"), "")):
        data = tmp_path / f"data{number}"
        data.mkdir()
        write_samples(data, ucdp_conflicts=text)
        theatre = draft(data, "CAF", Library.of(data), datetime.date(2012, 12, 1))
        (one,) = [actor for actor in theatre.actors if actor.name == "alba_front"]
        goals.append(one.goal)
        assert one.intent == 0, "UCDP lists the Bands as killers of civilians, and not the Alba Front"
    assert goals == ["seize_power", "defend", "seize_power"]
    people: dict[str, int] = {}
    for row in theatre.population:
        people[row.place] = people.get(row.place, 0) + row.people
    fighters = {unit.place: unit.strength for unit in theatre.units if unit.actor == "alba_front"}
    for row in theatre.control:
        if row.actor == "alba_front":
            assert row.share == pytest.approx(0.4 * min(500 * fighters[row.place] / people[row.place], 1.0), abs=0.006)


def test_what_does_not_exist_yet_has_killed_nobody_and_targets_nobody(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    theatre = draft(tmp_path, "CAF", Library.of(write_samples(tmp_path / "data")), datetime.date(2012, 12, 1))
    latent = [actor for actor in theatre.actors if actor.latent]
    assert len(latent) == 2
    assert all(actor.intent == 0 and not actor.targets for actor in latent)


def test_the_same_country_and_day_give_the_same_files(tmp_path: Path) -> None:
    found = []
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        folder = draft_theatre("drafted", "KEN", START, Library(), tmp_path / place).folder
        found.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert found[0] == found[1]


def test_more_deaths_on_record_mean_higher_risk(tmp_path: Path) -> None:
    good = SAMPLES["ucdp_country_years"][1]
    risks = []
    for number, text in enumerate((good, good.replace(",48,40,83,64,", ",4800,4000,8300,64,"))):
        data = tmp_path / f"data{number}"
        data.mkdir()
        write_samples(data, ucdp_country_years=text)
        risks.append(draft(data, "CAF", Library.of(data), datetime.date(2012, 12, 1)).risk)
    assert risks[1]["armed_conflict"].value > risks[0]["armed_conflict"].value
    assert risks[1]["threat_framing"].value > risks[0]["threat_framing"].value


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["x", "--country", "GHX"], "did you mean 'GHA'?"),
        (["x", "--country", "Ghana"], "--country GHA"),
        (["taken", "--country", "GHA"], "is there already"),
        (["Not a name", "--country", "GHA"], "not_a_name"),
        (["car_2013", "--country", "CAF"], "comes with the program"),
        (["x", "--country", "GHA", "--from", "2012-13-01"], "is no date"),
        (["x", "--country", "GHA", "--from", "1970-01-01"], "1990-01-01 or later"),
        (["x", "--country", "GHA", "--data", "nowhere"], "there is no folder 'nowhere'"),
        (["x", "--country", "GHA", "--into", "nowhere"], "there is no folder 'nowhere'"),
        (["x", "--country", "GHA", "--data", "bad", "--from", "2012-01-01"], "EPR-2021.csv:2: status 'PARTNER'"),
    ],
)
def test_wrong_input_ends_in_one_message_and_status_2(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "bad").mkdir()
    write_samples(tmp_path / "bad", epr=SAMPLES["epr"][1].replace("SENIOR PARTNER", "PARTNER"))
    assert main(["new", *words]) == 2
    shown = capsys.readouterr().err
    assert told in shown
    assert "Traceback" not in shown
    assert not (tmp_path / "x").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad", "taken"], "nothing is left behind"


def test_the_command_answers_people_and_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "lowland", "--country", "GHA", "--from", "2012-01-01"]) == 0
    assert "Ghana, January 2012 (draft): lowland" in capsys.readouterr().out
    assert main(["check", "lowland"]) == 0
    capsys.readouterr()
    assert main(["new", "again", "--country", "GHA", "--from", "2012-01-01", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["name"], answer["start"], answer["groups"]) == ("again", "2012-01-01", 1)


def test_a_country_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadInput, match="is no country code"):
        draft_theatre("x", "XXX", START, Library())


def test_the_page_lists_every_rule_and_every_format() -> None:
    page = (ROOT / "docs/new_theatre.md").read_text(encoding="utf-8")
    rules = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", page, re.MULTILINE))
    assert rules == MAPPING
    assert list(MAPPING) == [*RISK_FACTORS, *MITIGATORS]
    for form in FORMATS:
        if form.kind != "rdata":
            assert re.search(rf"^\| {re.escape(form.title)} \|.*\| {form.lag} \| {form.since} \|$", page, re.MULTILINE)


def _reached(theatre: Theatre) -> set[str]:
    """Names of the places that the links join to the first."""
    near: dict[str, list[str]] = {place.name: [] for place in theatre.places}
    for link in theatre.links:
        near[link.from_].append(link.to)
        near[link.to].append(link.from_)
    found, todo = set(), [theatre.places[0].name]
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += near[one]
    return found


@pytest.mark.validate
@pytest.mark.parametrize("country", ["GHA", "KGZ", "NZL"])
def test_a_draft_runs(country: str, tmp_path: Path, downloads: Library) -> None:
    """`forestall run` on a draft: a month of days, people kept, and the same bits again. Says nothing about realism."""
    from sim.engine.model import simulate
    from sim.interventions.base import NONE

    theatre = draft(tmp_path, country, downloads)
    one, again = (simulate(theatre, NONE, seed=1, days=30) for _ in range(2))
    assert one.digest == again.digest
    assert 0 <= one.outcomes["civilian_deaths"] < theatre.people
