"""Institutions on a run: an instant decision and one that nobody took change no bit; what was decided begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine.model import Model, simulate
from sim.engine.observe import Observer
from sim.engine.outside import drawn_process
from sim.ground.check import BadInput
from sim.ground.draw import run_key
from sim.interventions.base import NONE, Decision, Policy, Step
from sim.interventions.registry import load_policy, read_policy
from sim.warning.process import Process, load_book
from sim.warning.sources import STATISTICS
from sim.world.world import World
from tests.engine.cases import run, sahra
from tests.interventions.cases import CASES, raw_policy

SEED, DAYS = 3, 200


def process(draw: int = 0, **more: Any) -> Process:
    book = load_book("eu_2012")
    assert book is not None
    return replace(drawn_process(book, SEED, draw), **more)


def eager() -> Process:
    """Ranks that believe everything, members that agree with everything."""
    one = process()
    return replace(
        one,
        acceptance=replace(one.acceptance, base=50.0),
        traits=replace(one.traits, values=5.0, ties=0.0, permanent_ties=0.0, aversion=0.0, thrift=0.1),
        houses={name: replace(house, warn_at=2.0, hedge=0.0) for name, house in one.houses.items()},
        councils={name: replace(council, consent=1.0) for name, council in one.councils.items()},
    )


def model(policy: Policy, made: Process | None, replicate: int = 1, **more: Any) -> Model:
    return Model(sahra(), policy, None, run_key(SEED, 0, replicate), process=made, **more)


def equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one.keys() == other.keys() and all(
        np.array_equal(np.asarray(one[key]), np.asarray(other[key]), equal_nan=isinstance(one[key], float))
        for key in one
    )


@pytest.mark.parametrize("name", ["maro_battlegroup", "targeted_sanctions+mediation", "factual_rule"])
def test_instant_equals_no_chain_to_the_bit(name: str) -> None:
    """Digest, every outcome and every table."""
    policy = load_policy(name, sahra())
    plain = simulate(sahra(), policy, seed=SEED, days=DAYS)
    instant = simulate(sahra(), policy, seed=SEED, days=DAYS, decision="instant")
    assert instant.digest == plain.digest
    for table in ("outcomes", "weekly", "monthly", "places"):
        assert equal(getattr(instant, table), getattr(plain, table)), table
    assert instant.chain == ()


@pytest.mark.parametrize("name", ["none", "factual_dated", "factual_rule"])
def test_what_was_really_done_needs_nobody_to_decide_it(name: str) -> None:
    policy = load_policy(name, sahra())
    plain = simulate(sahra(), policy, seed=SEED, days=DAYS)
    chained = simulate(sahra(), policy, seed=SEED, days=DAYS, decision="eu_2012")
    assert chained.digest == plain.digest
    assert chained.chain == ()


def test_watching_changes_nothing() -> None:
    """Sources look, analysts warn, nobody decides within the horizon: the bits of `none`."""
    policy = load_policy("maro_battlegroup", sahra()).delayed(DAYS + 1)
    chained = simulate(sahra(), policy, seed=SEED, days=DAYS, decision="eu_2012")
    assert chained.digest == simulate(sahra(), NONE, seed=SEED, days=DAYS).digest
    assert chained.chain[0].days.get("report") is not None, "somebody looked"


def test_what_was_decided_acts_as_if_decided_on_that_day() -> None:
    """Talks that nobody foresees: the chain's run has the bits of the same policy dated to its arrival."""
    policy = read_policy(raw_policy({**CASES["mediation"]}, lead=5, duration=None), sahra())
    made = model(policy, eager())
    run(made, DAYS)
    assert made.outside is not None
    (line,) = made.outside.ledger()
    assert 0 < line.days["arrival"] < DAYS - 20
    dated = Decision(line.days["arrival"] - 5)
    twin = model(replace(policy, steps=(Step(policy.steps[0].instrument, dated),)), None)
    run(twin, DAYS)
    assert made.world.digest() == twin.world.digest()
    idle = model(NONE, None)
    run(idle, DAYS)
    assert made.world.digest() != idle.world.digest(), "the talks did nothing: this test looks at nothing"


def test_a_force_arrives_on_the_day_of_the_ledger_and_not_before() -> None:
    policy = load_policy("un_mission", sahra())
    made = model(policy, eager())
    actor = policy.steps[0].instrument.actor  # type: ignore[attr-defined]
    there = []
    for _ in range(DAYS):
        made.step()
        there.append(bool((made.world.units.strength[made.world.units.actor == actor] > 0).any()))
    assert made.outside is not None
    (line,) = made.outside.ledger()
    assert there.index(True) == line.days["arrival"]


def test_a_day_rule_puts_an_option_on_the_table_and_no_more() -> None:
    """Decided on day 120 by rule: institutions that would agree at once do so on that day or later."""
    raw = raw_policy({**CASES["mediation"]}, lead=5, duration=None, decided={"day": 120})
    made = model(read_policy(raw, sahra()), eager())
    run(made, DAYS)
    assert made.outside is not None
    assert made.outside.ledger()[0].days["decision"] >= 120


def test_quiet_days_in_one_call_are_days_for_the_institutions_too() -> None:
    """Walking over days on which nobody has anything to do: the bits and the ledger of every day by itself."""
    policy = load_policy("un_mission+mediation", sahra())
    for made in (eager(), process()):
        stepped, walked = model(policy, made), model(policy, made)
        run(stepped, DAYS)
        walked.walk(DAYS)
        assert walked.world.digest() == stepped.world.digest()
        assert walked.outside is not None
        assert stepped.outside is not None
        assert walked.outside.ledger() == stepped.outside.ledger()


@pytest.mark.parametrize("day", [1, 50, 91])
def test_a_saved_run_goes_on_with_its_institutions(day: int, tmp_path: Path) -> None:
    policy = load_policy("un_mission+mediation", sahra())
    whole = model(policy, eager())
    run(whole, DAYS)
    first = model(policy, eager())
    run(first, day)
    first.world.save(tmp_path / "world.npz")
    again = model(policy, eager(), world=World.load(tmp_path / "world.npz"))
    run(again, DAYS - day)
    assert again.world.digest() == whole.world.digest()
    assert again.outside is not None
    assert whole.outside is not None
    assert again.outside.ledger() == whole.outside.ledger()


def test_threads_do_not_show() -> None:
    policy = load_policy("un_mission", sahra())
    one = simulate(sahra(), policy, seed=SEED, days=100, decision="eu_2012")
    two = simulate(sahra(), policy, seed=SEED, days=100, decision="eu_2012", threads=2)
    assert one.digest == two.digest
    assert one.chain == two.chain


def test_replicates_share_the_numbers_of_their_draw_and_not_their_luck() -> None:
    book = load_book("eu_2012")
    assert book is not None
    assert drawn_process(book, 1, 4) == drawn_process(book, 1, 4)
    assert drawn_process(book, 1, 4) != drawn_process(book, 1, 5)
    policy = load_policy("mediation", sahra())
    lines = [
        simulate(sahra(), policy, seed=SEED, replicate=n, days=DAYS, decision="eu_2012").chain[0] for n in range(4)
    ]
    assert len({tuple(line.days.items()) for line in lines}) > 1


def test_an_unknown_process_or_path_is_refused_before_the_first_day() -> None:
    with pytest.raises(BadInput, match="eu_2021"):
        simulate(sahra(), NONE, seed=1, days=1, decision="eu_2021")
    raw = raw_policy({**CASES["mediation"], "decided_by": "oracle"})
    with pytest.raises(BadInput, match="nobody decides on 'oracle'"):
        simulate(sahra(), read_policy(raw, sahra()), seed=1, days=1, decision="eu_2012")


# ---- what sources see ---------------------------------------------------------------------------------------------


def observed(days: int, made: Process) -> tuple[Model, list[Any]]:
    """A run of `none` and everything that its sources said."""
    one = model(NONE, None)
    observer, said = Observer(one.setting, made, one.world.key, {}), []
    for _ in range(days):
        if one.world.day % 7 == 0:
            said += observer.dispatches(one.world)
        one.step()
    return one, said


def with_sources(**more: float) -> Process:
    one = process()
    return replace(one, sources={name: replace(source, **more) for name, source in one.sources.items()})  # type: ignore[arg-type]


def killed_by(said: list[Any], name: str) -> float:
    return float(sum(one.said.get("killed", 0.0) for one in said if one.source == name and one.week > 0))


def test_sources_miss_what_they_do_not_cover_and_never_hear_early() -> None:
    blind = observed(DAYS, with_sources(coverage=0.0))[1]
    assert killed_by(blind, "media") == 0.0
    one, said = observed(DAYS, with_sources(coverage=0.3, noise=0.0, bias=1.0, duplicates=0.0))
    true = float(one.world.ledger.deaths[: int(one.world.ledger.count[0])].sum())
    assert 0.0 < killed_by(said, "media") < true
    assert all(dispatch.arrives >= 7 * dispatch.week for dispatch in said)


def test_a_source_that_misses_nothing_counts_right_and_doubles_when_it_doubles() -> None:
    """Coverage one in places with full access: the ledger itself; with duplicates everything twice."""
    perfect = {"coverage": 1.0, "noise": 0.0, "bias": 1.0}

    def said(duplicates: float) -> tuple[float, float]:
        one = Model(sahra(), NONE, None, run_key(SEED, 0, 1))
        observer = Observer(one.setting, with_sources(**perfect, duplicates=duplicates), one.world.key, {})
        heard = []
        for _ in range(183):
            one.world.places.access[:] = 1.0
            if one.world.day % 7 == 0:
                heard += observer.dispatches(one.world)
            one.step()
        ledger, written = one.world.ledger, int(one.world.ledger.count[0])
        true = float(ledger.deaths[:written][ledger.day[:written] < 182].sum())
        return killed_by(heard, "media"), true

    once, true = said(0.0)
    assert once == true > 0
    assert said(1.0)[0] == 2 * true


def test_a_host_without_a_free_press_denies() -> None:
    made = replace(process(), denial=1.0)
    quiet = replace(sahra(), risk={**sahra().risk, "free_press": replace(sahra().risk["free_press"], value=0.0)})
    one = Model(quiet, NONE, None, run_key(SEED, 0, 1))
    observer, said = Observer(one.setting, made, one.world.key, {}), []
    for _ in range(100):
        if one.world.day % 7 == 0:
            said += observer.dispatches(one.world)
        one.step()
    contested = [dispatch for dispatch in said if dispatch.contested]
    assert contested
    assert all(dispatch.said["killed"] > 0 for dispatch in contested)


def test_statistics_lie_in_the_ranges_of_the_scenario() -> None:
    _, said = observed(1, process())
    (published,) = [one for one in said if one.source == STATISTICS]
    for name, one in sahra().risk.items():
        low, high = (one.value if edge is None else edge for edge in (one.low, one.high))
        assert low <= published.said[f"risk:{name}"] <= high
