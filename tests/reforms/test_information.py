"""What warning is worth: ways are what they say, and worth is lives and euros of the same runs."""

from __future__ import annotations

import pytest
import yaml

from experiments.information.__main__ import FORCE, HERE, PAGE, WARNING, a_life, cases, main, page, ways
from experiments.reforms.blocks import markdown
from experiments.reforms.runs import HERE as REFORMS
from experiments.reforms.runs import portfolio, scaled
from experiments.reforms.tables import Change, _rows
from sim.ground.check import BadInput
from sim.warning.process import load_book

ASKED = yaml.safe_load((HERE / "study.yaml").read_text(encoding="utf-8"))


def line(what: str, measure: str, mean: float, told: bool = True, case: str = "sahra") -> Change:
    quarter = abs(mean) / 4
    return Change(case, "as_stated", what, measure, mean, mean - quarter, mean + quarter, mean, mean, told, 1, 16)


def test_every_way_can_be_decided_and_differs_from_the_process_of_2012() -> None:
    names = {way.name for way in ways(ASKED)}
    assert set(WARNING) | set(FORCE) <= names
    plain = load_book("eu_2012")
    assert plain is not None
    for way in ways(ASKED):
        book = load_book(way.arm.decision)
        assert book is not None
        assert book.content != plain.content or way.arm.scale != 1.0


def test_more_force_is_more_people_in_every_force_and_nothing_else() -> None:
    for block in portfolio(REFORMS / "portfolio.yaml")["instruments"]:
        more = scaled(block, 1.5)
        if block["instrument"] == "force":
            assert more.pop("size") > 0
        assert {key: value for key, value in block.items() if key != "size"} == more


def test_what_is_spent_for_a_life_is_said_only_where_one_is_saved() -> None:
    saved, spent = line("x", "killed", -100.0), line("x", "euros", 50e6)
    assert a_life(saved, spent) == "0.50 (0.40 to 0.67)"
    assert a_life(line("x", "killed", -100.0, told=False), spent) == "-"
    assert a_life(line("x", "killed", 100.0), spent) == "-"
    assert a_life(saved, line("x", "euros", -1e6)) == "costs nothing more"


def test_the_page_claims_no_more_than_its_lines() -> None:
    lines = [line("nothing", "killed", 5.0, told=False)]
    for way in ways(ASKED):
        told = way.name.startswith("perfect")
        lines += [line(way.name, measure, -10.0, told) for measure in ("killed", "euros", "worth")]
    text = markdown(page(ASKED, lines))
    assert "Ways of warning that save lives here: perfect warning and perfect warning 60. Ways of force: none." in text
    assert "## What it does not show" in text
    assert "yardstick" in text


def test_cases_are_those_asked_for() -> None:
    small = cases(ASKED, 4, "sahra,family")
    assert [(case.name, case.units) for case in small] == [("sahra", 4), ("family", 4)]
    with pytest.raises(BadInput, match="moon"):
        cases(ASKED, None, "moon")
    with pytest.raises(SystemExit):
        main(["--units", "none"])


@pytest.mark.skipif(not (HERE / "results.csv").is_file(), reason="the experiment has not been run yet")
def test_the_page_is_made_from_the_results() -> None:
    wanted = markdown(page(ASKED, _rows(HERE / "results.csv", Change)))
    assert PAGE.read_text(encoding="utf-8") == wanted, "python -m experiments.information --page"
