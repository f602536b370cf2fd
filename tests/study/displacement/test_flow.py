"""The flight of people to camps: what it may know, what it must keep, and that it is the model's own mechanism."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.mechanisms import flight
from sim.study.displacement import flow
from sim.study.displacement.benchmark import benchmark
from sim.study.displacement.folder import Conflict, read_benchmark
from sim.study.displacement.roads import RoadBook
from tests.study.displacement.folders import TWO_RIVERS, add, copy, put

SEED = (1, 2, 3)
NORTH, SOUTH, EAST = range(3)


def read(folder: Path = TWO_RIVERS) -> tuple[Conflict, Any]:
    return read_benchmark(folder, folder)


def people(folder: Path = TWO_RIVERS, *, told: bool = True, **how: Any) -> Any:
    conflict, observed = read(folder)
    total = observed.total if told else None
    return flow.simulate(conflict, flow.declared(conflict), observed.people[0], total, seed=SEED, **how)


def test_same_seed_same_people_and_another_seed_others() -> None:
    conflict, observed = read()
    draw = flow.declared(conflict)
    one, two, other = (flow.simulate(conflict, draw, observed.people[0], seed=seed) for seed in (SEED, SEED, (9,)))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_told_the_total_camps_hold_it_and_untold_they_hold_whole_people() -> None:
    _, observed = read()
    given, own = people(), people(told=False)
    growing = np.flatnonzero(observed.total == np.maximum.accumulate(observed.total))
    assert given.sum(axis=1)[growing] == pytest.approx(observed.total[growing])
    assert np.all(np.diff(own, axis=0) >= 0.0)
    assert own - own[0] == pytest.approx(np.round(own - own[0]))


def test_people_are_neither_made_nor_lost() -> None:
    """Deaths so many that everyone flees: home, displaced inside and camps together stay the people of the start."""
    conflict, _ = read()
    draw = replace(flow.declared(conflict), deaths=np.full(len(conflict.places), 1e6))
    run, rng = flow._Run(conflict, draw), np.random.default_rng(1)
    everyone, stock = flow.people_inside(conflict).sum(), np.zeros(len(conflict.places))
    for day in range(1, conflict.days):
        stock += run.day(day, stock, rng)
        assert run._home.sum() + run._displaced.sum() + stock.sum() == everyone
    assert stock.sum() > 0.0


def test_capacities_are_hidden_unless_asked_for(tmp_path: Path) -> None:
    smaller = copy(tmp_path / "small", put("input_csv/locations.csv", "camp,,9000", "camp,,500"))
    assert np.array_equal(people(), people(smaller))
    assert people(smaller, capacities=True)[-1, NORTH] < people(capacities=True)[-1, NORTH]


def test_which_camp_people_went_to_is_never_read(tmp_path: Path) -> None:
    """Trading the later counts of two camps leaves total and first day as they were, and so the forecast."""
    traded = copy(
        tmp_path / "traded",
        put("source_data/data_layout.csv", "Eastcamp,cira-east.csv", "Eastcamp,b.csv"),
        put("source_data/data_layout.csv", "Southcamp,bora-south.csv", "Southcamp,a.csv"),
    )
    south, east = (read()[1].people[:, camp] for camp in (SOUTH, EAST))
    for name, first, later in (("a.csv", south, east - east[0]), ("b.csv", east, south + east[0])):
        counts = np.concatenate([first[:1], later[1:]])
        rows = [f"{np.datetime64('2000-01-01') + day},{x:.9f}" for day, x in enumerate(counts)]
        (traded / "source_data" / name).write_text("\n".join(rows), encoding="utf-8")
    before, after = read()[1], read(traded)[1]
    assert after.total == pytest.approx(before.total)
    assert not np.allclose(after.people, before.people)
    assert people(traded) == pytest.approx(people())


def test_untold_only_the_first_day_is_read(tmp_path: Path) -> None:
    later = copy(tmp_path / "later", put("source_data/cira-east.csv", ",700", ",70000"))
    assert np.array_equal(people(told=False), people(later, told=False))


def test_a_shut_border_is_not_crossed_and_a_shut_camp_not_entered() -> None:
    own = people(told=False)
    assert own[19, EAST] == own[0, EAST]
    assert own[-1, EAST] > own[0, EAST]
    assert own[9, SOUTH] == own[0, SOUTH]
    assert own[-1, SOUTH] > own[0, SOUTH]


def test_a_hub_is_a_gate_of_its_camp() -> None:
    """Ferry's redirection to Northcamp is lifted on day 30; the nearest camp of its country is then the same."""
    conflict, _ = read()
    at = {place.name: number for number, place in enumerate(conflict.places)}
    book = RoadBook(conflict)
    assert [book.on(day).gate[at["Ferry"]] for day in (0, 29, 30, 59)] == [at["Northcamp"]] * 4
    assert book.on(0).gate[at["Southcamp"]] == -1, "shut"
    assert book.on(10).gate[at["Southcamp"]] == at["Southcamp"]
    assert book.on(0).gate[at["Corin"]] == -1, "a town is no refuge"


def test_forced_redirection_goes_where_the_file_says(tmp_path: Path) -> None:
    """Value 2 is from name1 to name2, value 1 the other way; a camp can send on too, and a ring sends nobody."""
    for row, sends in (("Southcamp,Eastcamp,300,2", ("Southcamp", "Eastcamp")),
                       ("Southcamp,Eastcamp,300,1", ("Eastcamp", "Southcamp"))):  # fmt: skip
        conflict, _ = read(copy(tmp_path / row[-1], add("input_csv/routes.csv", row)))
        at = {place.name: number for number, place in enumerate(conflict.places)}
        assert RoadBook(conflict).on(50).gate[at[sends[0]]] == at[sends[1]]
    ring = copy(tmp_path / "ring", add("input_csv/routes.csv", "Southcamp,Eastcamp,300,1"),
                add("input_csv/routes.csv", "Southcamp,Eastcamp,310,2"))  # fmt: skip
    conflict, _ = read(ring)
    gate, camps = RoadBook(conflict).on(50).gate, conflict.camps
    assert gate[list(camps)].tolist() == list(camps)


def test_shares_of_roads_are_those_of_the_flight_kernel() -> None:
    """Each of 4,096 evenly spread coins is sent down the road table; `take_road` must go as the shares say."""
    conflict, observed = read()
    run = flow._Run(conflict, flow.declared(conflict))
    stock = np.zeros(len(conflict.places))
    stock[list(conflict.camps)] = observed.people[0]
    run.day(25, stock, np.random.default_rng(0))
    ends = len(run._ends)
    coins = (np.arange(4096, dtype=np.uint64) << np.uint64(20)).astype(np.uint32)
    for number, place in enumerate(run._from):
        taken = [
            flight.take_road(int(place), 0, coin, np.uint32(0), run._slots.first, run._choice, run._passing)
            for coin in coins
        ]
        weights = np.diff(run._choice[number * ends : (number + 1) * ends, 0].astype(float), prepend=0.0)
        assert min(taken) >= number * ends
        counted = np.bincount(np.array(taken) - number * ends, minlength=ends)
        assert counted / 4096.0 == pytest.approx(weights / weights.sum(), abs=2.0 / 4096.0)


def test_more_deaths_send_more_and_nobody_flees_a_quiet_country() -> None:
    conflict, observed = read()
    draw = flow.declared(conflict)
    ends = [
        flow.simulate(conflict, replace(draw, deaths=draw.deaths * factor), observed.people[0], seed=SEED)[-1].sum()
        for factor in (0.0, 1.0, 4.0)
    ]
    assert ends[0] == observed.total[0]
    assert ends[0] < ends[1] < ends[2]


def test_runs_draw_parameters_from_their_stated_ranges() -> None:
    conflict, _ = read()
    made = flow.draws(conflict, 200, seed=4)
    kin = np.array([draw.way.kin_weight for draw in made])
    assert kin.min() >= 0.0
    assert kin.max() <= 4.0
    assert np.median(kin) == pytest.approx(2.0, abs=0.05)
    deaths = np.concatenate([draw.deaths for draw in made])
    assert np.median(deaths) == pytest.approx(flow.DEATHS.value, rel=0.05)
    low, high = np.quantile(deaths, [0.05, 0.95])
    assert high / low == pytest.approx(flow.DEATHS.high / flow.DEATHS.low, rel=0.1)
    assert [draw.way for draw in flow.draws(conflict, 3, seed=4)] == [draw.way for draw in flow.draws(conflict, 3, 4)]


def test_the_summary_says_what_was_told_and_scores_the_saved_forecast(tmp_path: Path) -> None:
    from sim.study.displacement.scoring import relative_difference

    found = benchmark(TWO_RIVERS, TWO_RIVERS, runs=3, seed=2)
    summary = found.summary
    assert summary["capacities"] == "hidden"
    assert "total of each day" in summary["with_daily_totals"]["told"]
    assert summary["without_daily_totals"]["told"] == "the counts of day 0"
    found.write_forecast(tmp_path / "camps.csv")
    table = np.genfromtxt(tmp_path / "camps.csv", delimiter=",", names=True)
    _, observed = read()
    saved = np.column_stack([table[name] for name in found.camps])
    assert relative_difference(saved, observed.people) == pytest.approx(summary["with_daily_totals"]["ard"], abs=1e-4)
    told = summary["with_daily_totals"]
    assert sorted(told["beats"] + told["beaten_by"]) == ["equal", "gravity", "nearest_1", "nearest_3"]
    for name in told["beats"]:
        assert told["ard"] < summary["rivals"][name]["ard"]
