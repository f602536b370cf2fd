"""Bodies beside the main line: each costs or saves days, or changes what is decided; switched off, it does neither."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.actors.bodies import Case
from sim.actors.headquarters import Headquarters
from sim.ground.check import BadInput
from sim.warning.process import MANY, Process, load_book
from sim.warning.sources import STATISTICS
from sim.world.report import Dispatch
from tests.actors.crises import RISK, between, headquarters, live, process, sudden, told, with_traits

BODIES = {
    "cmpd": "advisers", "pmg": "advisers", "civcom": "advisers", "eumc": "advisers", "conops": "planners",
    "oplan": "planners", "cpcc": "planners", "devco": "planners", "civil_protection": "pools",
    "european_council": "councils", "eums_int": "sources",
}  # fmt: skip


def willing(one: Process) -> Process:
    return with_traits(one, values=3.0, ties=0.0, permanent_ties=0.0, aversion=0.0, thrift=0.1)


@pytest.mark.parametrize("name", BODIES)
def test_each_body_is_there_and_some_path_or_house_uses_it(name: str) -> None:
    one = process()
    assert name in getattr(one, BODIES[name])
    users = [path.name for path in one.paths.values() if name in (*path.prepare, *path.plans, path.force)]
    users += [council.name for council in one.councils.values() if council.appeal == name]
    users += [house.name for house in one.houses.values() if name in house.sources]
    assert users


@pytest.mark.parametrize(
    ("path", "stage", "names"),
    [
        ("eu_force", "concept", ("cmpd", "pmg", "eumc")), ("battlegroup", "concept", ("cmpd", "eumc")),
        ("police", "concept", ("cmpd", "civcom")), ("observers", "concept", ("civcom",)),
    ],
)  # fmt: skip
def test_advice_takes_its_days_before_the_decision(path: str, stage: str, names: tuple[str, ...]) -> None:
    """Without advisers the same luck decides earlier by what they take, less the wait for the next meeting."""
    one = willing(process())
    bare = replace(one, paths={**one.paths, path: replace(one.paths[path], prepare=())})
    with_it, without = (live(headquarters(made, [path]), sudden, 300).ledger()[0] for made in (one, bare))
    assert one.paths[path].prepare == names
    assert stage not in without.days
    assert with_it.days["agenda"] < with_it.days[stage] <= with_it.days.get("decision", 300)
    assert with_it.days[stage] - with_it.days["agenda"] >= sum(one.advisers[n].days for n in names) / 3
    if "decision" in without.days:
        assert with_it.days.get("decision", 300) >= without.days["decision"]


def test_the_plan_of_a_force_is_two_papers_one_after_the_other() -> None:
    """CONOPS, then OPLAN: about two months together (Libya 2011)."""
    one = willing(process())
    short = replace(one, planners={**one.planners, "oplan": replace(one.planners["oplan"], days=0.0)})
    lines = [live(headquarters(made, ["eu_force"]), sudden, 400).ledger() for made in (one, short)]
    days = [between(line, "mandate", "plan") for line in lines]
    assert days[0]
    assert days[0][0] > days[1][0] >= 5


def test_military_advice_takes_fear_away_and_turns_a_vote() -> None:
    """A member that weighs the risk more than the lives agrees once advice has taken enough of the risk away."""
    one = with_traits(process(), values=0.3, will=0.0, exposure=0.0, ties=0.0, aversion=0.6, thrift=0.0, fatigue=0.0)
    hq = headquarters(one, ["eu_force"])
    fac, path, grave = hq.bodies["fac"], one.path("eu_force"), Case("here", 0.6, 100.0, 0.5, 0.0)
    gains = [[fac.gain(member, path, grave, 0.1, assured) for member in fac.council.members] for assured in (0.0, 1.0)]
    assert all(after >= before for before, after in zip(*gains, strict=True))
    assert sum(gain > 0 for gain in gains[1]) > sum(gain > 0 for gain in gains[0])


def test_what_ministers_fail_to_agree_on_goes_to_heads_of_state() -> None:
    """One firm opponent: refused until the appeal, then decided by the European Council; without one, never."""
    one = with_traits(process(), values=0.6, exposure=0.0, ties=0.0, permanent_ties=0.0, aversion=0.9, thrift=0.0)
    one = with_traits(one, pressure=0.3)
    councils = {
        **one.councils,
        "fac": replace(one.councils["fac"], appeal_after=2.0, appeal_from=0.0),
        "european_council": replace(one.councils["european_council"], pressure=10.0),
    }
    appealed = replace(one, councils=councils)
    never = replace(one, councils={**councils, "fac": replace(councils["fac"], appeal_after=MANY)})
    lines = [live(headquarters(made, ["eu_force"]), sudden, 500).ledger()[0] for made in (appealed, never)]
    assert "decision" in lines[0].days
    assert "decision" not in lines[1].days
    assert lines[1].rests == "fac"


def test_a_platform_takes_the_place_of_the_line_in_an_acute_crisis() -> None:
    """Opened at any level the warning is read sooner, and what waits for line management may begin."""
    one = replace(process(), news_from=2.0)
    one = replace(one, acceptance=replace(one.acceptance, base=10.0))
    house = one.houses["eu"]
    assert house.platform is not None
    lines = []
    for opens in (0.0, 10.0):
        made = replace(house, platform=replace(house.platform, opens_at=opens))
        hq = live(headquarters(replace(one, houses={**one.houses, "eu": made}), ["mediation"]), sudden, 200)
        lines.append((hq.ledger()[0], [name for name, _ in hq.analysts["eu"].country("here")["believed"]]))
    (early, open_), (late, shut) = lines
    assert "crisis_response_platform" in open_
    assert "crisis_response_platform" not in shut
    assert early.days["acceptance"] < late.days["acceptance"]


def test_the_half_yearly_overview_makes_a_country_less_of_a_surprise() -> None:
    fits = []
    for overview in (0.0, 1.0):
        one = process()
        house = replace(one.houses["eu"], overview=overview, report_at=0.0, hedge=0.0)
        hq = headquarters(replace(one, houses={**one.houses, "eu": house}), ["relief"])
        seen: list[float] = []
        for _ in range(120):
            live(hq, sudden, 1)
            seen += [paper["fit"] for paper in hq.papers if paper["kind"] == "warning"]
        fits.append(seen[0])
    assert fits[1] > fits[0]
    assert fits[1] == pytest.approx(1.0)


def test_who_plans_programmes_takes_months_of_a_programme() -> None:
    one = willing(process())
    line = live(headquarters(one, ["rights_programme"]), sudden, 500).ledger()[0]
    assert line.days["plan"] - line.days["decision"] >= 60 * 0.5


# ---- whose turn it is -----------------------------------------------------------------------------------------------


def many(priority: str, files: float, days: int = 120) -> Headquarters:
    """Twelve countries: ten calm, one that burns, one that burns where nobody reports."""
    from sim.actors.headquarters import Option

    one = process()
    one = replace(one, priority=priority, houses={**one.houses, "eu": replace(one.houses["eu"], files=files)})
    names = [f"country {n}" for n in range(12)]
    from sim.ground.draw import run_key

    hq = Headquarters(one, [Option(n, "relief", "relief", name) for n, name in enumerate(names)], run_key(2, 0, 0), {})
    for day in range(days):
        for name in names:
            if day == 0:
                hq.receive(name, [Dispatch(STATISTICS, 0, 0, RISK)])
            elif day % 7 == 0:
                hq.receive(name, told(one, sudden if name == "country 7" else lambda _: 0.0, day))
        hq.step()
    return hq


def test_with_few_hands_most_files_wait_and_the_rule_says_which() -> None:
    """By risk, the one that burns is read as soon as with many hands; in rotation it waits."""
    plain = many("by_risk", MANY).analysts["eu"].country("country 7")["marks"]["warning"]
    first = many("by_risk", 7.0).analysts["eu"].country("country 7")["marks"]["warning"]
    turn = many("rotating", 7.0).analysts["eu"].country("country 7")["marks"]["warning"]
    assert plain <= first <= turn
    assert many("by_risk", 7.0).analysts["eu"].mind["unread"], "every file was read: this test looks at nothing"


def test_rules_put_cases_in_their_own_order() -> None:
    grave, loud = Case("a", 0.9, 10.0, 0.1, 0.0, 0.1), Case("b", 0.5, 10.0, 0.9, 0.0, 0.9)

    def first(priority: str) -> str:
        hq = headquarters(replace(process(), priority=priority), ["relief"])
        hq.options[9] = replace(hq.options[0], number=9, theatre="a")
        hq.options[8] = replace(hq.options[0], number=8, theatre="b")
        return min((grave, loud), key=lambda one: hq.turn(one, 5 if one is grave else 2)).theatre

    assert first("by_risk") == "a"
    assert first("severity_tractability") == "b"
    assert first("media") == "b"
    assert first("first_come") == "b"


def test_an_unknown_rule_of_turns_is_refused_in_words() -> None:
    import json

    from sim.warning.process import Book

    book = load_book("eu_2012")
    assert book is not None
    content = {**json.loads(book.content), "priority": "by_size"}
    with pytest.raises(BadInput, match="by_size"):
        Book("eu_2012", json.dumps(content)).process()
