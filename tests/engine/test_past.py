"""A later start begins with what was known before it, and with nothing else."""

from __future__ import annotations

import datetime
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.scenario.read import read_theatre
from sim.scenario.theatre import Displaced, Killed, Theatre
from sim.world.report import public_report
from sim.world.world import ABROAD, DISPLACED
from tests.engine.cases import recount, recount_cells, run, sahra, start

MADE_UP = ("made up", "assumption")


def with_past(killed: int = 600, days_before: int = 30, group: str = "") -> Theatre:
    theatre = sahra()
    actor = next(one for one in theatre.actors if one.targets and not one.outsider)
    last = theatre.start - datetime.timedelta(days=1)
    row = Killed(
        last - datetime.timedelta(days=days_before - 1), last, theatre.prefectures[0], actor.name, group,
        killed, None, None, *MADE_UP,
    )  # fmt: skip
    return replace(theatre, killed=(row,))


def world_of(theatre: Theatre) -> Any:
    return start(theatre).world


def test_the_past_is_remembered_as_numbers() -> None:
    """A month of killing leaves that month's dead in memory, fading like the model's own month does."""
    world = world_of(with_past(600, 30))
    keeps = (1.0 - 1.0 / 30.0) ** 30
    weekly_error = 0.1  # the first week of the memory reaches back beyond the row's first day
    assert abs(world.cells.killed_month.sum() / (600 * (1.0 - keeps)) - 1.0) < weekly_error
    assert world.people()["dead"] == 0, "the dead before the start are no deaths of the run"
    assert world.wide.killed_rate.max() > 0.0
    assert public_report(world).deaths_within(60) == 600


def test_more_killing_leaves_more_fear_hostility_grudge_and_threat() -> None:
    """Each memory rises with what was done, by the rules that the run itself goes by."""
    quiet, some, many = (world_of(theatre) for theatre in (sahra(), with_past(200), with_past(2000)))
    for memory in (
        lambda w: float(w.persons.fear.mean()),
        lambda w: float(w.persons.hostility.mean()),
        lambda w: float(w.wide.animosity.sum()),
        lambda w: float(-w.actors.legitimacy.sum()),
        lambda w: max(mind.get("threat", 0.0) for mind in w.minds.values() if isinstance(mind, dict)),
    ):
        assert memory(quiet) < memory(some) < memory(many)


def test_only_the_recorded_victims_group_is_hit() -> None:
    """A row that names the group leaves the memory with that group; one that does not spares the killers' own."""
    theatre = sahra()
    group = next(name for one in theatre.actors if one.targets and not one.outsider for name in one.targets)
    month = world_of(with_past(group=group)).cells.killed_month.sum(axis=0)
    number = [one.name for one in theatre.groups].index(group)
    assert month[number] > 0.0
    assert np.delete(month, number).sum() == 0.0


def test_the_displaced_are_away_and_counted_once() -> None:
    """Whole rows leave their home cell; every count agrees with the rows; nobody is lost."""
    theatre = sahra()
    home = next(row for row in theatre.population if row.people >= 5000)
    inside = next(place.name for place in theatre.places if place.inside and place.name != home.place)
    outside = next(place.name for place in theatre.places if theatre.is_abroad(place))
    moved = tuple(
        Displaced("", home.place, to, home.group, people, None, None, *MADE_UP)
        for to, people in ((inside, 1500), (outside, 700))
    )
    world, before = world_of(replace(theatre, displaced=moved)), world_of(theatre)
    people = world.people()
    row = theatre.people_per_row
    assert abs(people["displaced"] - 1500) <= row / 2 + 1
    assert abs(people["abroad"] - 700) <= row / 2 + 1
    assert sum(people.values()) == sum(before.people().values())
    assert people == recount(world, int(world.persons.people.sum()))
    for name, counted in recount_cells(world).items():
        assert np.array_equal(getattr(world.cells, name), counted), name
    gone = np.isin(world.persons.status, (DISPLACED, ABROAD))
    assert (world.persons.fear[gone] >= world.persons.threshold[gone] / np.float32(255.0)).all()


def test_nothing_after_the_start_is_read(tmp_path: Path) -> None:
    """A start reads what had ended before it: with all other rows of the past gone, theatre and run are the same.

    The first start of sahra has no past at all; the second one keeps the rows that ended by the day before it.
    """
    folder = tmp_path / "sahra"
    shutil.copytree(read_theatre("sahra").path, folder)
    for stage in read_theatre(folder).stages:
        whole = read_theatre(folder, stage.name)
        assert all(row.to < whole.start for row in whole.killed)
        assert all(row.stage in ("", stage.name) for row in whole.displaced)
        kept = tmp_path / stage.name
        shutil.copytree(folder, kept)
        for name, column, wanted in (("killed", "to", whole.start.isoformat()), ("displaced", "stage", stage.name)):
            lines = (kept / f"{name}.csv").read_text(encoding="utf-8").splitlines()
            at = lines[0].split(",").index(column)
            cells = {line: line.split(",")[at] for line in lines[1:]}
            past = [line for line, cell in cells.items() if (cell < wanted if name == "killed" else cell == wanted)]
            (kept / f"{name}.csv").write_text("\n".join([lines[0], *past]) + "\n", encoding="utf-8")
            assert (len(past) > 0) == (stage.name == "advance")
        alone = read_theatre(kept, stage.name)
        assert alone.killed == whole.killed
        assert alone.displaced == whole.displaced
        assert run(start(alone), 5) == run(start(whole), 5)


def test_leaders_still_measure_their_goal_by_the_homes() -> None:
    """People who were driven out before the start are part of whom the expellers have already reached."""
    theatre = sahra()
    home = next(row for row in theatre.population if row.people >= 5000)
    to = next(place.name for place in theatre.places if theatre.is_abroad(place))
    model = start(replace(theatre, displaced=(Displaced("", home.place, to, home.group, 3000, None, None, *MADE_UP),)))
    assert model.setting.people.sum() == theatre.people
    assert model.world.cells.home.sum() < theatre.people
