"""The bodies of the chain: what makes a warning believed, an agenda full, a council block, and a force late."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sim.actors.bodies import Case
from sim.actors.headquarters import Headquarters
from sim.ground.check import BadInput
from sim.warning.sources import STATISTICS
from sim.world.report import Dispatch
from tests.actors.crises import (
    RISK,
    between,
    chains,
    creeping,
    headquarters,
    live,
    process,
    quiet,
    sudden,
    told,
    with_traits,
)

GRAVE = Case("here", 0.7, 100.0, 0.5, 0.0)
WARNING = {
    "kind": "warning", "theatre": "here", "house": "eu", "path": "", "issue": 1, "level": 5.0, "credibility": 0.5,
    "specificity": 0.5, "actionability": 0.3, "fit": 0.5, "route": [["acceptance", "delegation_head"]], "came": 0,
    "why": "",
}  # fmt: skip


def odds(hq: Headquarters, case: Case = GRAVE, **paper: float) -> float:
    return float(sum(hq.bodies["delegation_head"].odds({**WARNING, **paper}, case).values()))


@pytest.mark.parametrize("term", ["credibility", "specificity", "actionability", "fit", "level"])
def test_a_warning_is_believed_more_with(term: str) -> None:
    """Direction of each: Meyer, De Franco and Otto 2020."""
    hq = headquarters(process(), ["relief"])
    assert odds(hq, **{term: 0.9}) > odds(hq, **{term: 0.1})


def test_false_alarms_are_remembered_at_every_rank_and_in_every_vote() -> None:
    hq = headquarters(process(), ["targeted_sanctions"])
    tired = replace(GRAVE, alarms=5.0)
    assert odds(hq, tired) < odds(hq)
    path, fac = hq.process.path("targeted_sanctions"), hq.bodies["fac"]
    member = fac.council.members[0]
    assert fac.gain(member, path, tired, 0.0) < fac.gain(member, path, GRAVE, 0.0)


def test_a_refused_warning_says_what_was_missing_and_is_sent_again() -> None:
    """A reader who believes nothing: refusals with reasons, a new issue after each, nothing on the table."""
    deaf = process()
    deaf = replace(deaf, acceptance=replace(deaf.acceptance, base=-50.0), news_from=2.0)
    hq = live(headquarters(deaf, ["relief"]), sudden, 250)
    country = hq.analysts["eu"].country("here")
    assert country["issue"] > 3
    assert country["refused"][0] == "delegation_head"
    line = hq.ledger()[0]
    assert line.rests == "delegation_head"
    assert "acceptance" not in line.days


def test_what_is_all_over_the_news_needs_no_warning() -> None:
    """The same deaf ranks: when everybody has heard of it, nobody asks them."""
    deaf = process()
    deaf = replace(deaf, acceptance=replace(deaf.acceptance, base=-50.0))
    line = live(headquarters(deaf, ["relief"]), sudden, 250).ledger()[0]
    assert "acceptance" in line.days


def test_each_rank_passes_on_less_than_it_was_told() -> None:
    hq = headquarters(process(), ["targeted_sanctions"])
    live(hq, creeping, 365)
    country = hq.analysts["eu"].country("here")
    kept = 1.0
    for rank in hq.process.houses["eu"].ranks:
        kept *= 1.0 - rank.dilution
    if country["accepted"]:
        assert country["trust"] == pytest.approx(kept)
    assert kept < 1.0


def test_a_false_alarm_is_learnt() -> None:
    """Alarm for two months, then nothing for a year: readers remember one more than before."""
    credulous = process()
    credulous = replace(credulous, acceptance=replace(credulous.acceptance, base=50.0))
    hq = headquarters(credulous, ["relief"])
    before = hq.analysts["eu"].mind["alarms"]
    live(hq, lambda day: 150.0 if 60 <= day < 90 else 0.0, 500)
    assert hq.analysts["eu"].mind["alarms"] == before + 1
    assert not hq.analysts["eu"].country("here")["accepted"]


def test_current_crises_crowd_out_emerging_ones() -> None:
    """The same severity before and after killing is reported; slots taken by other countries count."""
    committee = headquarters(process(), ["targeted_sanctions"]).bodies["psc"]
    emerging = Case("here", 0.5, 0.0, 0.0, 0.0)
    current = replace(emerging, killed=10.0)
    assert committee.chance(emerging) < committee.chance(current) < committee.chance(replace(current, attention=0.9))
    assert committee.chance(current, taken=1) < committee.chance(current)
    assert committee.chance(emerging, taken=99) == committee.agenda.preventive


def test_one_member_with_ties_blocks_unanimity_and_not_the_willing() -> None:
    bound = with_traits(process(), ties=0.08, pressure=0.0, thrift=0.0, fatigue=0.0)
    hq = headquarters(bound, ["targeted_sanctions"])
    path, fac = hq.process.path("targeted_sanctions"), hq.bodies["fac"]
    tied = [one.name for one in fac.council.members if hq.luck.coin(f"{one.name} ties here") < 0.08]
    assert 0 < len(tied) < 6, "chosen so that a few of 27 have ties"
    case = replace(GRAVE, severity=0.1, attention=0.0)
    agreed, why = fac.vote(path, case, 0.0)
    assert not agreed
    assert "against" in why
    fac.council = replace(fac.council, rule="willing")
    assert fac.vote(path, case, 0.0)[0]


def test_the_security_council_can_be_vetoed() -> None:
    """Nine of fifteen, and no permanent member against (Charter, article 27)."""
    vetoed = with_traits(process(), permanent_ties=1.0, pressure=0.0, values=0.3)
    hq = headquarters(vetoed, ["arms_embargo"])
    path, council = hq.process.path("arms_embargo"), hq.bodies["security_council"]
    case = replace(GRAVE, severity=0.3, attention=0.0)
    assert council.vote(path, case, 0.0) == (False, "veto")
    free = with_traits(process(), permanent_ties=0.0, values=2.0)
    council = headquarters(free, ["arms_embargo"]).bodies["security_council"]
    assert council.vote(path, GRAVE, 0.0)[0]
    assert sum(one.permanent for one in council.council.members) == 5


def test_a_member_without_defence_does_not_vote_on_it() -> None:
    """Denmark, protocol 22: 26 vote on a force, 27 on sanctions."""
    fac = headquarters(process(), ["eu_force"]).bodies["fac"]
    assert [one.name for one in fac.council.members if not one.defence] == ["Denmark"]
    assert len(fac.council.members) == 27


def test_who_pays_decides_how_soon_a_force_comes_together() -> None:
    """Common costs instead of costs that lie where they fall: pledges come sooner."""
    lonely, shared = process(), process()
    pools = {**shared.pools, "member_states": replace(shared.pools["member_states"], common=0.9)}
    days = []
    for one in (lonely, replace(shared, pools=pools)):
        eager = with_traits(one, values=3.0, ties=0.0, permanent_ties=0.0, thrift=0.9)
        hq = live(headquarters(eager, ["eu_force"]), sudden, 400)
        days += between(hq.ledger(), "plan", "force")
    assert len(days) == 2
    assert days[1] < days[0]


def test_a_force_without_contributors_never_comes() -> None:
    one = process()
    pools = {**one.pools, "member_states": replace(one.pools["member_states"], common=0.0, least=0.9)}
    eager = with_traits(replace(one, pools=pools), values=3.0, ties=0.0, permanent_ties=0.0)
    line = live(headquarters(eager, ["eu_force"]), sudden, 400).ledger()[0]
    assert (line.rests, line.why) == ("member_states", "too few states gave people and money")
    assert "plan" in line.days


def test_planners_work_on_so_many_plans_at_once() -> None:
    """Two sent at once and two hands: both in time; with one hand the second waits for the first."""
    one = with_traits(process(), values=3.0, ties=0.0, permanent_ties=0.0)
    busy = replace(one, planners={**one.planners, "cpcc": replace(one.planners["cpcc"], at_once=1.0)})
    ends = []
    for made in (one, busy):
        lines = live(headquarters(made, ["police", "observers"]), sudden, 400).ledger()
        ends.append(sorted(line.days["plan"] for line in lines))
    assert ends[1][1] > ends[0][1]


def test_delays_and_days_on_the_table_are_kept() -> None:
    line = live(headquarters(process(), ["mediation"], from_day=200), sudden, 365).ledger()[0]
    assert line.days["decision"] >= 200
    late = live(headquarters(process(), ["mediation"], delay=100), sudden, 365).ledger()[0]
    assert late.days["arrival"] - late.days["decision"] >= 100


def test_a_saved_chain_goes_on_as_if_nothing_had_been() -> None:
    """All memory is plain data."""
    paths = ["targeted_sanctions", "eu_force", "un_mission"]
    whole = live(headquarters(process("eu_2012", 3), paths, 3), sudden, 300)
    half = live(headquarters(process("eu_2012", 3), paths, 3), sudden, 120)
    mind = json.loads(json.dumps(half.mind))
    again = live(headquarters(process("eu_2012", 3), paths, 3, mind), sudden, 180)
    assert again.ledger() == whole.ledger()
    assert json.dumps(again.mind, sort_keys=True) == json.dumps(whole.mind, sort_keys=True)


def test_an_instrument_does_not_change_the_luck_of_another() -> None:
    """Sanctions alone, and beside a mission: the same days."""
    alone = live(headquarters(process("eu_2012", 5), ["targeted_sanctions"], 5), sudden, 300).ledger()[0]
    beside = live(headquarters(process("eu_2012", 5), ["targeted_sanctions", "un_mission"], 5), sudden, 300).ledger()[0]
    assert alone.days == beside.days


def test_what_is_decided_is_announced_and_arrives_when_it_arrives() -> None:
    """The announced day is never past before it is true, and is the arrival once there is one."""
    hq = headquarters(with_traits(process(), values=3.0, ties=0.0, permanent_ties=0.0), ["eu_force"])
    told_before = False
    for _ in range(400):
        live(hq, sudden, 1)
        for day in hq.announced().values():
            arrived = hq.ledger()[0].days.get("arrival")
            assert day == arrived if arrived is not None else day > hq.mind["day"] - 1
            told_before = told_before or arrived is None
    assert told_before
    assert "arrival" in hq.ledger()[0].days


def test_the_lens_sees_what_comes_before_the_killing() -> None:
    """Arming, incitement and orders to kill without a death: half a point of ten more with the lens."""
    levels = []
    for lens in (False, True):
        hq = headquarters(replace(process(), lens=lens, alarms_before=0.0), ["targeted_sanctions"])
        hq.receive("here", [Dispatch(STATISTICS, 0, 0, RISK)])
        for day in range(150):
            if day and day % 7 == 0:
                said = {"speech": 0.5, "orders": 4.0, "armed": 500.0 * day / 7, "targeted": 0.0}
                hq.receive(
                    "here",
                    [
                        Dispatch(one.source, one.week, one.arrives, {k: said.get(k, v) for k, v in one.said.items()})
                        for one in told(hq.process, quiet, day)
                    ],
                )
            hq.step()
        levels.append(hq.analysts["eu"].country("here")["level"])
    assert levels[1] > levels[0] + 0.5


def test_half_a_year_renews_the_country_assessment() -> None:
    hq = live(headquarters(process(), ["relief"]), sudden, 100)
    first = hq.analysts["eu"].assessment("here")
    assert len(first) == 10
    assert first["security"] is not None
    live(hq, sudden, 120)
    assert hq.analysts["eu"].assessment("here")["security"] > first["security"]  # type: ignore[operator]


def test_nobody_decides_on_what_no_path_knows() -> None:
    with pytest.raises(BadInput, match="nobody decides on 'wishing'"):
        headquarters(process(), ["wishing"])


def test_ledgers_differ_between_runs_and_not_within_one() -> None:
    """Otherwise the distributions would be empty."""
    found = chains("targeted_sanctions", sudden)
    assert len({tuple(sorted(one.days.items())) for one in found}) > 10
    again = live(headquarters(process("eu_2012", 7), ["targeted_sanctions"], 7), sudden, 365).ledger()[0]
    assert again == found[7]
