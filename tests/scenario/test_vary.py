"""Versions of a theatre: every judgement moves within its own range, and nothing else moves."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from sim.engine.model import simulate
from sim.interventions.base import NONE
from sim.interventions.registry import load_policy
from sim.interventions.registry import varied as varied_policy
from sim.scenario.read import read_theatre
from sim.scenario.theatre import Theatre
from sim.scenario.vary import varied

VERSIONS = range(1, 41)


@pytest.fixture(scope="module", params=["sahra", "car_2013"])
def theatre(request: pytest.FixtureRequest) -> Theatre:
    name = str(request.param)
    return read_theatre(name, "advance" if name == "sahra" else "d_2013_12")


def test_the_stated_theatre_is_version_nought(theatre: Theatre) -> None:
    assert varied(theatre, 0) is theatre


def test_equal_numbers_give_equal_theatres_and_others_differ(theatre: Theatre) -> None:
    assert varied(theatre, 3).digest == varied(theatre, 3).digest
    assert len({varied(theatre, number).digest for number in VERSIONS}) == len(VERSIONS)


def test_every_value_stays_in_its_range_and_moves_both_ways(theatre: Theatre) -> None:
    """Half of the draws lie below the stated value and half above: in 40 versions both sides must be seen."""
    versions = [varied(theatre, number) for number in VERSIONS]
    for table, column in (("units", "strength"), ("population", "people"), ("killed", "people")):
        for at, row in enumerate(getattr(theatre, table)):
            low, high, stated = getattr(row, f"{column}_low"), getattr(row, f"{column}_high"), getattr(row, column)
            drawn = [getattr(getattr(one, table)[at], column) for one in versions]
            if low is None or high is None:
                assert set(drawn) == {stated}
            else:
                assert low <= min(drawn) or min(drawn) == 1
                assert max(drawn) <= high
                assert min(drawn) < stated or low in (stated, stated - 1)
                assert max(drawn) > stated or high in (stated, stated + 1)
    for table in ("places", "groups", "relations", "actors", "institutions"):
        for at, row in enumerate(getattr(theatre, table)):
            for one in row.ranges:
                drawn = [getattr(getattr(version, table)[at], one.column) for version in versions]
                assert one.low <= min(drawn)
                assert max(drawn) <= one.high
    for name, stated in theatre.risk.items():
        drawn = [one.risk[name].value for one in versions]
        assert stated.low is not None
        assert stated.low <= min(drawn) <= stated.value <= max(drawn)


def test_what_has_no_range_stays(theatre: Theatre) -> None:
    version = varied(theatre, 5)
    same = ("links", "calendar", "seasons", "priors", "policies", "stages", "start", "days", "prefectures")
    for name in same:
        assert getattr(version, name) == getattr(theatre, name)
    assert {f.name for f in fields(theatre)} >= set(same)
    for one, other in zip(theatre.actors, version.actors, strict=True):
        assert (one.name, one.kind, one.hostile_to, one.targets) == (
            other.name, other.kind, other.hostile_to, other.targets,
        )  # fmt: skip


def test_a_version_still_holds_together(theatre: Theatre) -> None:
    """No place is held more than once, and no more people are displaced than live there."""
    for number in VERSIONS:
        version = varied(theatre, number)
        held: dict[str, float] = {}
        for row in version.control:
            held[row.place] = held.get(row.place, 0.0) + row.share
        assert max(held.values()) <= 1.0 + 1e-9
        living = {(row.place, row.group): row.people for row in version.population}
        for row in version.displaced:
            living[row.from_, row.group] -= row.people
        assert min(living.values()) >= 0


def test_units_of_one_organisation_are_doubted_together(theatre: Theatre) -> None:
    """One estimate stands behind all units of an organisation, so their errors do not cancel."""
    name = max((unit.actor for unit in theatre.units), key=[unit.actor for unit in theatre.units].count)
    stated = [unit.strength for unit in theatre.units if unit.actor == name]
    for number in VERSIONS:
        drawn = [unit.strength for unit in varied(theatre, number).units if unit.actor == name]
        signs = {int(np.sign(one - other)) for one, other in zip(drawn, stated, strict=True)} - {0}
        assert len(signs) <= 1


def test_policies_are_varied_within_their_ranges_but_not_in_what_is_chosen() -> None:
    theatre = read_theatre("sahra")
    stated = load_policy("preventive_deployment", theatre)
    seen = set()
    for number in VERSIONS:
        version = varied_policy(stated, theatre, number)
        for one, other in zip(version.steps, stated.steps, strict=True):
            force, was = one.instrument, other.instrument
            assert force.size == was.size  # type: ignore[attr-defined]
            assert force.duration == was.duration
            assert force.lead == was.lead
            assert force.expedition == was.expedition
            seen.add(round(force.arms, 6))  # type: ignore[attr-defined]
    assert len(seen) > 40
    assert varied_policy(stated, theatre, 0) is stated


def test_a_run_uses_the_version_that_its_parameters_name() -> None:
    """The number is a parameter like any other, so draws, posteriors and stores carry it without knowing of it."""
    theatre = replace(read_theatre("sahra"), people_per_row=1000)
    ways = [
        simulate(varied(theatre, 9), NONE, seed=1, days=60).digest,
        simulate(theatre, NONE, parameters={"theatre_draw": 9.7}, seed=1, days=60).digest,
        simulate(theatre, NONE, seed=1, days=60).digest,
    ]
    assert ways[0] == ways[1] != ways[2]
