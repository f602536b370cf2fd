"""Every kernel equals its readable twin to the bit, on small random worlds.

A twin says what a mechanism does in array expressions (or, where every draw has an address, in a plain loop); a kernel
says it fast. Both get equal copies of one world; afterwards every array of the two worlds has the same bytes, so a
kernel that writes where its twin does not fails too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.engine import phases
from sim.ground import draw
from sim.ground.draw import STREAMS
from sim.mechanisms import economy, feeling, flight, forces, participation, violence
from sim.world.world import MOVED
from tests.house.code import kernels
from tests.twins import day as day_twins
from tests.twins import draws, worlds
from tests.twins import economy as economy_twins
from tests.twins import feeling as feeling_twins
from tests.twins import flight as flight_twins
from tests.twins import forces as forces_twins
from tests.twins import participation as participation_twins
from tests.twins import violence as violence_twins
from tests.twins.worlds import Case, cases

EXAMPLES = 20
F32 = np.float32
INCIDENTS = phases.VIOLENCE_STREAMS

Arguments = Callable[[Case], tuple[Any, ...] | None]
OF_WORLDS: dict[str, tuple[Any, Any, Arguments]] = {}
OF_NUMBERS: dict[str, tuple[Any, Any, Arguments]] = {}


def of_world(room: Any, twins: Any, name: str) -> Callable[[Arguments], Arguments]:
    """Registers how to call a kernel (and its twin) on a case; None when the case has nothing for it."""

    def register(arguments: Arguments) -> Arguments:
        OF_WORLDS[f"{twins.__name__.rsplit('.', 1)[1]}.{name}"] = (getattr(room, name), getattr(twins, name), arguments)
        return arguments

    return register


def some(c: Case, high: int) -> int:
    return int(c.random.integers(0, high))


def f32(c: Case, high: float = 1.0) -> Any:
    return F32(c.random.choice([0.0, high, c.random.uniform(0.0, high)]))


# ---- economy ------------------------------------------------------------------------------------------------------


@of_world(economy, economy_twins, "livelihood")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    lever = w.places.hardship_added
    return c.par["Economy"], w.places.inside, w.places.base_hardship, lever, w.cells, w.actors, w.places.hardship


@of_world(economy, economy_twins, "remember")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    return c.par["Economy"], w.cells, w.wide.population, w.cells.killed_month, w.places.unrest, w.wide.killed_rate


@of_world(economy, economy_twins, "sicken")
def _(c: Case) -> tuple[Any, ...]:
    w, p = c.world, c.world.places
    par = type(c.par["Economy"])(*(300.0 * rate for rate in c.par["Economy"]))  # else hardly anybody would die
    return par, w.key, w.day, STREAMS["health"], p.abroad, p.hardship, p.relief, w.cells, w.cells.dying_today


# ---- feeling ------------------------------------------------------------------------------------------------------


@of_world(feeling, feeling_twins, "drives")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    pushes = (w.cells.hostility_push, w.cells.fear_push, w.cells.fear_fade)
    return c.par["Feeling"], w.places.inside, w.places.media, w.cells, w.roads, w.wide.killed_rate, *pushes


@of_world(feeling, feeling_twins, "talk")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    return c.par["Feeling"], w.places.inside, w.roads, w.cells.hostility_mean, w.cells.talk


def a_home(c: Case) -> tuple[int, int, slice]:
    """(place, group, rows) of some home cell, with rows if there are any."""
    first, groups = c.world.cells.first, c.world.cells.home.shape[1]
    full = np.flatnonzero(np.diff(first))
    cell = int(c.random.choice(full)) if full.size else 0
    return cell // groups, cell % groups, slice(int(first[cell]), int(first[cell + 1]))


@of_world(feeling, feeling_twins, "feel")
def _(c: Case) -> tuple[Any, ...]:
    home, _, rows = a_home(c)
    p = c.world.persons
    push, mixing, mean, cooling, base = f32(c, 0.05), f32(c, 0.05), f32(c), f32(c, 0.02), f32(c)
    return (
        rows.start, rows.stop, p.place, p.susceptibility, np.uint16(home), push, mixing, mean, cooling, base,
        f32(c), f32(c, 0.2), p.hostility, p.fear,
    )  # fmt: skip


@of_world(feeling, feeling_twins, "mean_hostility")
def _(c: Case) -> tuple[Any, ...]:
    home, _, rows = a_home(c)
    p = c.world.persons
    return p.place[rows], p.people[rows], home, p.hostility[rows], 0.25


# ---- participation ------------------------------------------------------------------------------------------------


@of_world(participation, participation_twins, "circumstances")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    return c.par["Participation"], w.places.inside, w.cells, w.actors, w.places.police, w.cells.order, w.cells.threat


@of_world(participation, participation_twins, "join_fields")
def _(c: Case) -> tuple[Any, ...]:
    w, p = c.world, c.world.places
    return c.par["Participation"], p.inside, p.trigger, p.police, w.cells, w.cells.join_field, w.cells.threat_weight


def screened(c: Case, rows: slice) -> tuple[Any, Any]:
    """Arrays for flags and chances, filled as some screen would."""
    count = rows.stop - rows.start
    flag = c.random.choice(np.array([0, 1, 2, 3, 4], dtype=np.uint8), count)
    chance = np.maximum(c.random.random(count, dtype=np.float32), F32(0.01))
    return c.new("flag", flag), c.new("chance", chance)


@of_world(participation, participation_twins, "screen")
def _(c: Case) -> tuple[Any, ...]:
    home, _, rows = a_home(c)
    p = c.world.persons
    keys = [np.uint32(c.random.integers(0, 2**32)) for _ in range(2)]
    level = (
        f32(c),
        F32(c.random.normal(0.0, 3.0)),
        f32(c, 2.5),
        f32(c, 2.5),
        F32(0.5 / c.par["Participation"].join_width),
    )
    return (
        rows.start, rows.stop, p.place, p.people, p.active, p.hostility, p.fear, p.threshold,
        np.uint16(home), *keys, *level, f32(c, 0.5), f32(c, 0.25), *screened(c, rows),
    )  # fmt: skip


def no_moves(c: Case) -> Any:
    return c.new("moved", np.zeros((MOVED, *c.world.cells.home.shape), dtype=np.int64))


@of_world(participation, participation_twins, "turn")
def _(c: Case) -> tuple[Any, ...]:
    home, group, rows = a_home(c)
    w, p = c.world, c.world.persons
    flag, chance = screened(c, rows)
    flag |= np.uint8(2)  # the screen lets few through; here every row comes to the draw
    return (
        flag, chance, rows.start, home, group, w.key, w.day, STREAMS["participation"],
        p.place, p.men, p.status, p.active, no_moves(c),
    )  # fmt: skip


# ---- flight -------------------------------------------------------------------------------------------------------


@of_world(flight, flight_twins, "perceive")
def _(c: Case) -> tuple[Any, ...]:
    w, out = c.world, c.world.cells
    return c.par["Flight"], w.places.inside, w.cells, out.danger, out.onward_rate, out.return_rate


@of_world(flight, flight_twins, "blockade")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    return c.par["Flight"], w.places.inside, w.places.escort, w.actors, w.cells.blockade


@of_world(flight, flight_twins, "exits")
def _(c: Case) -> tuple[Any, ...]:
    w, p, r = c.world, c.world.places, c.world.roads
    outs = (w.cells.exit_open, w.cells.leave_rate, r.choice, r.passing)
    return c.par["Flight"], p.inside, p.room, p.border, p.haven, w.cells, r, *outs


@of_world(flight, flight_twins, "take_road")
def _(c: Case) -> tuple[Any, ...]:
    place, group, _ = a_home(c)
    r = c.world.roads
    return place, group, some(c, 2**32), some(c, 2**32), r.first, r.choice, r.passing


def at_home_only(c: Case, flag: Any, rows: slice, home: int) -> Any:
    """Flags as the screen leaves them: 4 for rows away from home, at most 3 for rows at home."""
    away = c.world.persons.place[rows] != home
    flag[:] = np.where(away, 4, flag & 3)
    flag[c.world.persons.people[rows] == 0] = 0
    return flag


@of_world(flight, flight_twins, "flee")
def _(c: Case) -> tuple[Any, ...]:
    home, group, rows = a_home(c)
    w, p, r = c.world, c.world.persons, c.world.roads
    flag = at_home_only(c, screened(c, rows)[0], rows, home)
    return (
        flag, rows.start, home, group, w.key, w.day, STREAMS["flight"], F32(0.9),
        w.places.abroad, r.first, r.to, r.choice, r.passing, p.place, p.people, p.men, p.status, p.active, no_moves(c),
    )  # fmt: skip


@of_world(flight, flight_twins, "wander")
def _(c: Case) -> tuple[Any, ...]:
    home, group, rows = a_home(c)
    w, p, r, cells = c.world, c.world.persons, c.world.roads, c.world.cells
    flag = at_home_only(c, screened(c, rows)[0], rows, home)
    keys = [np.uint32(c.random.integers(0, 2**32)) for _ in range(2)]
    return (
        flag, rows.start, home, group, w.key, w.day, STREAMS["journey"], *keys,
        f32(c), f32(c), cells.fear_push, cells.fear_fade,
        cells.onward_rate, cells.return_rate, w.places.abroad, r.first, r.to, r.choice, r.passing,
        p.place, p.people, p.men, p.threshold, p.status, p.fear, no_moves(c),
    )  # fmt: skip


# ---- forces -------------------------------------------------------------------------------------------------------


@of_world(forces, forces_twins, "gather")
def _(c: Case) -> tuple[Any, ...]:
    return c.world.units, c.world.actors.strength


@of_world(forces, forces_twins, "respond")
def _(c: Case) -> tuple[Any, ...]:
    a = c.world.actors
    return c.par["Forces"], c.world.roads, a, a.guard


@of_world(forces, forces_twins, "interdict")
def _(c: Case) -> tuple[Any, ...]:
    w, a, u = c.world, c.world.actors, c.world.units
    outs = (u.strength, u.days_left, u.to, u.shaken, a.killed)
    return c.par["Forces"]._replace(air_strikes=1.0), w.key, w.day, STREAMS["air"], w.places.terrain, a, u, *outs


@of_world(forces, forces_twins, "barred")
def _(c: Case) -> tuple[Any, ...]:
    places, organisations = c.world.actors.strength.shape
    return c.par["Forces"], some(c, places), some(c, places), some(c, organisations), 40, c.world.actors


@of_world(forces, forces_twins, "arrive")
def _(c: Case) -> tuple[Any, ...]:
    u = c.world.units
    return u, u.place, u.to, u.days_left


@of_world(forces, forces_twins, "clash")
def _(c: Case) -> tuple[Any, ...]:
    w, a = c.world, c.world.actors
    outs = (a.lost, a.broken, a.provoked, w.wide.clashes)
    return c.par["Forces"], w.key, w.day, STREAMS["clash"], w.places.inside, a, *outs


@of_world(forces, forces_twins, "attrition")
def _(c: Case) -> tuple[Any, ...]:
    w, a, u = c.world, c.world.actors, c.world.units
    outs = (u.strength, u.to, u.days_left, u.shaken, a.killed, w.wide.deserters)
    return c.par["Forces"], w.key, w.day, STREAMS["attrition"], w.places.inside, w.roads, a, u, *outs


@of_world(forces, forces_twins, "flee_to")
def _(c: Case) -> tuple[Any, ...]:
    w, a, u = c.world, c.world.actors, c.world.units
    place, actor = some(c, a.strength.shape[0]), some(c, a.intent.size)
    return c.par["Forces"], place, actor, w.roads, a, some(c, 2), w.places.inside, some(c, u.to.size), u.to, u.days_left


@of_world(forces, forces_twins, "spread_prizes")
def _(c: Case) -> tuple[Any, ...]:
    w, a = c.world, c.world.actors
    return c.par["Forces"], 1 + some(c, 4), a.prize, a.strength.sum(axis=0), w.roads, a.pull


@of_world(forces, forces_twins, "march")
def _(c: Case) -> tuple[Any, ...]:
    w, u = c.world, c.world.units
    par = c.par["Forces"]._replace(march_rate=0.8, march_noise=0.5)
    return par, w.key, w.day, STREAMS["march"], w.places.inside, w.roads, w.actors, u, u.to, u.days_left


@of_world(forces, forces_twins, "draw_of_place")
def _(c: Case) -> tuple[Any, ...]:
    places, organisations = c.world.actors.strength.shape
    return c.par["Forces"], 0.3, some(c, places), some(c, places), some(c, organisations), c.world.actors


@of_world(forces, forces_twins, "hold")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    return c.par["Forces"], w.places.inside, w.places.people_start, w.actors, w.actors.control


# ---- violence -----------------------------------------------------------------------------------------------------


@of_world(violence, violence_twins, "protect")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    return (
        c.par["Violence"],
        w.places.inside,
        w.places.urban,
        w.places.terrain,
        w.cells,
        w.actors,
        w.cells.protection,
        w.cells.menace,
    )


@of_world(violence, violence_twins, "tie_down")
def _(c: Case) -> tuple[Any, ...]:
    a = c.world.actors
    return c.par["Violence"], a, a.tied


@of_world(violence, violence_twins, "budgets")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    return c.par["Violence"], w.places.trigger, w.wide.crowd_actor, w.cells, w.actors, w.actors.budget


@of_world(violence, violence_twins, "share_out")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    p, a = some(c, w.places.inside.size), some(c, w.actors.intent.size)
    reach = w.cells.home[p] + 0.5
    return c.par["Violence"], 7.3, 4000.0, w.actors.target[a], reach, w.cells.protection[p], w.actors.budget[p, a]


@of_world(violence, violence_twins, "mistake")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    p, a = some(c, w.places.inside.size), some(c, w.actors.intent.size)
    aim = c.new("aim", np.zeros(w.cells.home.shape[1]))
    return w.cells.recognised, w.actors.target[a], w.cells.home[p].astype(np.float64), aim


@of_world(violence, violence_twins, "rivals")
def _(c: Case) -> tuple[Any, ...]:
    return c.par["Violence"], c.world.wide.animosity, c.world.cells.rivalry


@of_world(violence, violence_twins, "strike")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    return (
        c.par["Violence"], w.key, w.day, INCIDENTS, w.actors.budget, *c.sizes, w.places.access, w.wide.crowd_actor,
        w.cells, w.actors, w.ledger, w.cells.killed_today, w.cells.men_killed_today,
    )  # fmt: skip


@of_world(violence, violence_twins, "crossfire")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    rate = 20.0 * c.par["Forces"].collateral  # else hardly anybody would be hit in a small world
    return (
        c.par["Violence"], rate, w.key, w.day, INCIDENTS, w.places.access, w.cells, w.actors, w.ledger,
        w.cells.killed_today, w.cells.men_killed_today,
    )  # fmt: skip


@of_world(violence, violence_twins, "crowd_men")
def _(c: Case) -> tuple[Any, ...]:
    places, organisations = c.world.actors.strength.shape
    return c.world.cells.men_active, c.world.wide.crowd_actor, some(c, places), some(c, organisations)


@of_world(violence, violence_twins, "enter")
def _(c: Case) -> tuple[Any, ...]:
    return c.world.ledger, c.world.day, 1, 2, 0, 5, 3, 4, c.world.day + 3, some(c, 2)


@of_world(violence, violence_twins, "lay_down")
def _(c: Case) -> tuple[Any, ...] | None:
    p, cells = c.world.persons, c.world.cells
    alive = np.flatnonzero(p.people)
    if alive.size == 0:
        return None
    row = int(c.random.choice(alive))
    cell = int(np.searchsorted(cells.first, row, side="right")) - 1
    home, group = divmod(cell, cells.home.shape[1])
    place = int(p.place[row])
    of_them = int(c.random.integers(0, int(p.men[row]) + 1))
    dead = max(of_them + int(c.random.integers(0, int(p.people[row]) - int(p.men[row]) + 1)), 1)
    return (
        row, place, group, dead, of_them, place == home, p.people, p.men, p.status, p.active,
        cells.home, cells.away, cells.trapped, cells.men, cells.men_active,
    )  # fmt: skip


# ---- the day ------------------------------------------------------------------------------------------------------


@of_world(phases, day_twins, "bury")
def _(c: Case) -> tuple[Any, ...]:
    w = c.world
    return w.key, w.day, w.persons, w.cells


@of_world(phases, day_twins, "settle")
def _(c: Case) -> tuple[Any, ...]:
    return c.world.cells, c.random.integers(-9, 10, (MOVED, *c.world.cells.home.shape))


@of_world(phases, day_twins, "emerge")
def _(c: Case) -> tuple[Any, ...]:
    return c.world.persons, c.world.cells


# ---- numbers ------------------------------------------------------------------------------------------------------

whole_numbers = st.integers(0, 3000)
shares = st.floats(0.0, 1.0)
words = st.integers(0, 2**32 - 1)
keys = st.lists(words, min_size=2, max_size=2).map(lambda pair: np.array(pair, dtype=np.uint32))
addresses = st.tuples(keys, words, st.integers(0, 4000), st.integers(1, 40), st.integers(0, 400))
families = st.integers(0, 2**32 - 1).map(lambda seed: worlds.make(seed, 2, 1, 1, 1).par)


def equal(one: Any, other: Any) -> bool:
    """Equal to the bit as a number; compiled functions hand back Python's own numbers."""
    return np.asarray(one).tobytes() == np.asarray(other, dtype=np.asarray(one).dtype).tobytes()


@given(st.tuples(*[words] * 6))
def test_philox(counter: tuple[int, ...]) -> None:
    assert draw.philox(*(np.uint32(one) for one in counter)) == draws.philox(*counter)


@given(addresses, st.floats(0.0, 5000.0))
def test_draws_at_an_address(address: Any, expected: float) -> None:
    key, *rest = address
    assert draw.word(*address) == draws.word(*address)
    assert equal(draw.uniform(*address), draws.uniform(*address))
    assert draw.whole(key, expected, *rest) == draws.whole(key, expected, *rest)


@given(words, words, words, st.floats(1e-9, 1.0))
def test_the_screen(who: int, first: int, second: int, chance: float) -> None:
    coin = np.uint32(first)
    assert draw.mix(np.uint32(who), coin, np.uint32(second)) == draws.mix(who, first, second)
    assert draw.passes(coin, chance) == draws.passes(coin, chance)


@given(families, st.integers(0, 4), whole_numbers, whole_numbers, st.data())
def test_small_formulas_of_violence(par: Any, intent: int, home: int, away: int, data: st.DataObject) -> None:
    harm, trapped = par["Violence"], data.draw(st.integers(0, home))
    kept = data.draw(st.floats(0.0, 1.0)), data.draw(st.floats(0.0, 1.0))  # back by discipline, by pay
    assert equal(violence.lethality(harm, intent, *kept), violence_twins.lethality(harm, intent, *kept))
    people = (home + away, trapped, data.draw(st.integers(0, away)))
    assert equal(violence.in_reach(harm, *people), violence_twins.in_reach(harm, *people))
    legitimacy, isr = data.draw(st.floats(0.0, 1.0)), data.draw(st.floats(0.0, 1.0))
    assert equal(violence.told(harm, legitimacy, isr), violence_twins.told(harm, legitimacy, isr))


@given(addresses, st.one_of(st.floats(0.0, 3.0), st.floats(0.0, 80.0)))
def test_poisson(address: Any, mean: float) -> None:
    key, who, day, stream, _ = address
    assert violence.poisson(key, mean, who, day, stream) == violence_twins.poisson(key, mean, who, day, stream)


@given(families, addresses, shares, st.integers(1, 1000))
def test_report(par: Any, address: Any, access: float, deaths: int) -> None:
    told = violence.report(par["Violence"], *address, access, deaths)
    assert told == violence_twins.report(par["Violence"], *address, access, deaths)
    assert 0 <= told[0]
    assert told[1] >= address[2]


@given(st.lists(st.integers(0, 900), min_size=1, max_size=12), st.data())
def test_losses_of_rows_add_up(rows: list[int], data: st.DataObject) -> None:
    """The claim of `share_losses`: all the dying are shared out, and no row loses more than it has."""
    alive = sum(rows)
    assume(alive > 0)
    dying, start = data.draw(st.integers(0, alive)), data.draw(st.integers(0, alive - 1))
    stood, rest, losses = 0, start, []
    for people in rows:
        given_ = (people, dying, rest, alive)
        dead, rest = violence.share_losses(*given_)
        assert (dead, rest) == violence_twins.share_losses(*given_)
        losses.append(dead)
        stood += people
        assert sum(losses) == (stood * dying + start) // alive
    assert sum(losses) == dying
    assert all(0 <= lost <= people for lost, people in zip(losses, rows, strict=True))


@given(families, shares, whole_numbers, whole_numbers, st.floats(0, 1e12), st.booleans(), st.floats(0.1, 30.0), shares)
def test_appeal(
    par: Any, danger: float, kin: int, others: int, room: float, outside: bool, days: float, passing: float
) -> None:
    end = (par["Flight"], danger, float(kin), 1.0 + kin + others, room)
    good = flight.welcome(*end)
    assert equal(good, float(flight_twins.welcome(*end)))
    given_ = (par["Flight"], good, outside, days, passing)
    assert equal(flight.appeal(*given_), float(flight_twins.appeal(*given_)))


@given(shares, shares, whole_numbers, st.floats(0.0, 1.0, exclude_max=True))
def test_small_formulas_of_forces(arms: float, cohesion: float, strength: int, coin: float) -> None:
    assert equal(forces.weight_of(arms, cohesion, strength), forces_twins.weight_of(arms, cohesion, strength))
    assert equal(forces.gumbel(coin), forces_twins.gumbel(coin))


@given(whole_numbers, whole_numbers, st.data(), shares, st.floats(0.0, 1.0, exclude_max=True))
def test_men_among_the_dead(men: int, others: int, data: Any, spares: float, coin: float) -> None:
    """Nobody dies twice, and where women, children and the old are wholly spared only men die while there are any."""
    size = data.draw(st.integers(0, men + others))
    given_ = (size, men, others, spares, coin)
    dead = violence.men_among(*given_)
    assert dead == violence_twins.men_among(*given_)
    assert 0 <= dead <= men
    assert 0 <= size - dead <= others
    if spares == 1.0 and size <= men:
        assert dead == size


# ---- the comparison -----------------------------------------------------------------------------------------------


def assert_same(one: Case, other: Case, what: str) -> None:
    left, right = ({**case.world.arrays(), **case.scratch} for case in (one, other))
    assert left.keys() == right.keys()
    for name, array in left.items():
        assert array.dtype == right[name].dtype, name
        assert array.tobytes() == right[name].tobytes(), f"{what}: {name}\nkernel {array!r}\ntwin   {right[name]!r}"


@pytest.mark.parametrize("name", OF_WORLDS)
@settings(max_examples=EXAMPLES)
@given(case=cases())
def test_kernel_equals_twin(name: str, case: Case) -> None:
    kernel, twin, arguments = OF_WORLDS[name]
    other = case.twice()
    fast, slow = arguments(case), arguments(other)
    assume(fast is not None and slow is not None)
    told = kernel(*fast), twin(*slow)
    assert equal(*told) if told[0] is not None else told == (None, None), f"{name} returns {told}"
    assert_same(case, other, name)


@pytest.mark.parametrize("name", OF_WORLDS)
def test_the_worlds_move_every_kernel(name: str) -> None:
    """Equality would be empty on worlds in which a kernel has nothing to do."""
    kernel, _, arguments = OF_WORLDS[name]
    moved = 0
    for seed in range(24):
        case = worlds.make(seed, 5, 3, 4, 8)
        called, before = arguments(case), worlds.make(seed, 5, 3, 4, 8)
        arguments(before)
        told = kernel(*called) if called is not None else None
        after = {**case.world.arrays(), **case.scratch}
        start = {**before.world.arrays(), **before.scratch}
        moved += told is not None or any(after[one].tobytes() != start[one].tobytes() for one in after)
    assert moved >= 5, f"{name} changed {moved} of 24 worlds"


def test_every_kernel_is_compared() -> None:
    """A twin that nothing calls would prove nothing."""
    compared = {name.split(".")[1] for name in OF_WORLDS}
    alone = {
        "welcome", "appeal", "weight_of", "gumbel", "lethality", "told", "in_reach", "poisson", "report",
        "share_losses", "men_among",
    }  # fmt: skip
    compiled = {node.name for _, node in kernels("mechanisms")}
    assert compiled == (compared - {"bury", "settle", "emerge"}) | alone


# ---- whole days ---------------------------------------------------------------------------------------------------


DRIVERS = {name: getattr(phases, name) for name in ("units_day", "places_day", "persons_day", "settle", "emerge")}
TWINS: dict[str, Any] = {
    "economy": economy_twins, "feeling": feeling_twins, "flight": flight_twins, "forces": forces_twins,
    "participation": participation_twins, "violence": violence_twins, "philox": draws.philox, "bury": day_twins.bury,
}  # fmt: skip


def day_of_kernels(c: Case) -> None:
    run_day(c, **DRIVERS)


def day_of_twins(c: Case) -> None:
    """The drivers' own Python, in which every kernel that they call is replaced by its twin."""
    with pytest.MonkeyPatch.context() as patch:
        for name, twin in TWINS.items():
            patch.setattr(phases, name, twin)
        python = {name: DRIVERS[name].py_func for name in ("units_day", "places_day", "persons_day")}
        run_day(c, **python, settle=day_twins.settle, emerge=day_twins.emerge)


def run_day(c: Case, units_day: Any, places_day: Any, persons_day: Any, settle: Any, emerge: Any) -> None:
    w, par = c.world, c.par
    units_day(par["Forces"], w.key, w.day, w.places, w.roads, w.actors, w.units, w.wide)
    families_ = [par[name] for name in ("Forces", "Violence", "Economy", "Feeling", "Participation", "Flight")]
    places_day(
        *families_, *c.sizes, INCIDENTS, w.key, w.day, w.persons, w.places, w.cells, w.roads, w.actors, w.ledger, w.wide
    )
    moved = np.zeros((MOVED, *w.cells.home.shape), dtype=np.int64)
    minds = (par["Feeling"], par["Participation"], par["Flight"])
    persons_day(*minds, w.key, w.day, 0, w.cells.home.size, w.persons, w.places, w.cells, w.roads, moved)
    settle(w.cells, moved)
    emerge(w.persons, w.cells)
    w.day += 1


@settings(max_examples=EXAMPLES)
@given(case=cases())
def test_days_of_twins_equal_days_of_kernels(case: Case) -> None:
    """Kernel by kernel nothing is seen of what one hands to the next; three days in a row show it."""
    other = case.twice()
    for n in range(3):
        day_of_kernels(case)
        day_of_twins(other)
        assert_same(case, other, f"day {n}")


def test_a_day_of_cells_larger_than_a_chunk() -> None:
    """Rows beyond the first chunk keep their own numbers, and so their own draws."""
    case = worlds.make(3, 3, 2, 3, 5, rows=3 * phases.CHUNK)
    assert np.diff(case.world.cells.first).max() > phases.CHUNK
    other = case.twice()
    day_of_kernels(case)
    day_of_twins(other)
    assert_same(case, other, "one day of large cells")
