"""Whom killing hits: men or everybody, those meant or those mistaken for them, those caught on the road."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from sim.actors.society import Mediators
from sim.engine.model import Model
from sim.ground.draw import run_key
from sim.interventions.base import NONE
from sim.scenario.theatre import Theatre
from sim.world.world import World
from tests.engine.cases import sahra

DAYS = 150
RUNS = 4


@cache
def theatre_of(spares: float, recognised: float = 1.0) -> Theatre:
    """Sahra with a rebel coalition that exterminates, spares so much, and may not recognise its victims."""
    like = sahra()
    actors = tuple(
        replace(one, spares=spares, intent=4 if one.name == "coalition" else one.intent) if not one.outsider else one
        for one in like.actors
    )
    return replace(like, actors=actors, groups=tuple(replace(one, recognised=recognised) for one in like.groups))


def worlds(theatre: Theatre, **parameters: float) -> list[World]:
    found = []
    for replicate in range(RUNS):
        model = Model(theatre, NONE, parameters, run_key(7, 0, replicate))
        for _ in range(DAYS):
            model.step()
        found.append(model.world)
    return found


def aimed(world: World) -> tuple[int, int]:
    """(killed, men among them) in incidents that were no crossfire."""
    ledger, written = world.ledger, int(world.ledger.count[0])
    meant = ledger.collateral[:written] == 0
    return int(ledger.deaths[:written][meant].sum()), int(ledger.men[:written][meant].sum())


def test_massacre_of_men_and_expulsion_of_the_others_can_be_expressed() -> None:
    """Srebrenica 1995: of those killed nearly all were men and boys; women and children were expelled (ICTY, Krstic).

    Where killers spare the others wholly, every victim of aimed violence is a man of fighting age, and the others
    flee; where they spare nobody, men are hit by their share of the people (`men_share`, a fifth), within four standard
    errors.
    """
    killed, men = np.sum([aimed(world) for world in worlds(theatre_of(1.0))], axis=0)
    assert killed > 100
    assert men == killed
    for world in worlds(theatre_of(1.0)):
        others_away = world.cells.away.sum() - world.persons.men[world.persons.status % 2 == 1].sum()
        assert others_away > killed / RUNS, "the others are driven out"
    killed, men = np.sum([aimed(world) for world in worlds(theatre_of(0.0))], axis=0)
    assert abs(men / killed - 0.2) < 4.0 * np.sqrt(0.2 * 0.8 / killed)


def test_killers_who_cannot_tell_members_hit_others() -> None:
    """Political or class groups: with doubtful membership a larger share of the dead belongs to nobody's target."""

    def missed(theatre: Theatre) -> float:
        target = next(one for one in theatre.actors if one.name == "coalition").targets
        meant = np.isin([one.name for one in theatre.groups], target)
        number = [one.name for one in theatre.actors].index("coalition")
        victims = sum(world.actors.victims[number] for world in worlds(theatre))
        return float(victims[~meant].sum() / victims.sum())

    assert missed(theatre_of(0.0, 0.4)) > missed(theatre_of(0.0)) + 0.1


def test_people_caught_at_checkpoints_are_killed() -> None:
    """Rwanda 1994: roadblocks killed who tried to flee (Straus 2006). More reach over the stopped, more dead."""
    closed = {"block_exterminate": 0.97, "block_mass": 0.9, "block_repress": 0.9}
    without, with_ = (
        sum(aimed(world)[0] for world in worlds(theatre_of(0.0), captured=captured, **closed))
        for captured in (0.0, 300.0)
    )
    assert with_ > without


def test_a_stalemate_must_be_seen_by_both_and_is_learnt_by_fighting_and_talking() -> None:
    """Fearon 1995: private information keeps parties from a deal that they would both prefer to fighting on.

    With equal sides nobody misjudged, the stalemate is full; with errors it is less on the mean over runs, and the
    error wears down with fighters lost and with weeks of mediation.
    """

    class Report:
        totals = np.array([1000.0, 1000.0])
        weight = np.array([900.0, 900.0])
        killed = np.array([0, 0])

    model = Model(sahra(), NONE, None, run_key(1, 0, 0))
    talks: Mediators = model.mediators

    def seen(killed: int, talked: int) -> float:
        report = Report()
        report.killed = np.array([killed, 0])
        talks.mind["talked"] = {"0 1": talked}
        keys = [run_key(3, 0, replicate) for replicate in range(64)]
        return float(np.mean([talks.stalemate(report, key, 0, 1) for key in keys]))  # type: ignore[arg-type]

    fresh = seen(0, 0)
    assert fresh < 0.9
    assert fresh < seen(200, 0) < 1.0
    assert fresh < seen(0, 120) < 1.0
    assert seen(2000, 2000) > 0.999
