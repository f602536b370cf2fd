"""Readable twin of sim.classics.epstein: the same people and draws, with lists of sites for what is in view."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.classics.epstein import ACTIVE, BACK, BLUE, BORN, COPS, FREE, GONE, GREEN, ORDER, STREAM, TURN
from tests.twins.draws import philox
from tests.twins.lattice import put, seen, take

OTHER = {BLUE: GREEN, GREEN: BLUE}


def part(word: Any, parts: Any) -> int:
    return int(word) * int(parts) // 2**32


def choice(word: Any, things: list[int]) -> int:
    """One of them, as a random word says."""
    return things[part(word, len(things))]


def in_view(lattice: Any, layer: int, site: Any) -> list[int]:
    return seen(lattice.board, lattice.near, lattice.masks, layer, site)


def shuffle(key: Any, tick: int, order_out: Any) -> None:
    """Each newcomer takes the place of somebody in the line, who goes to its end."""
    line: list[int] = []
    for i in range(order_out.size):
        word = philox(key[0], key[1], i - i % 4, tick, STREAM, ORDER)[i % 4]
        line.append(i)
        j = part(word, i + 1)
        line[i], line[j] = line[j], i
    order_out[:] = line


def stand(board: Any, who: Any, kind: Any, site: Any, i: Any) -> None:
    who[site] = i
    take(board, FREE, site)
    put(board, kind, site)


def leave(board: Any, kind: Any, site: Any) -> None:
    for layer in (ACTIVE, kind):
        take(board, layer, site)
    put(board, FREE, site)


def clone(key: Any, tick: int, i: Any, rule: Any, lattice: Any, actors: Any, size_out: Any) -> None:
    child, free = int(size_out[0]), in_view(lattice, FREE, actors.site[i])
    if not free or child == actors.kind.size:
        return
    where, courage, age, _ = philox(key[0], key[1], i, tick, STREAM, BORN)
    made = {
        "kind": actors.kind[i],
        "site": choice(where, free),
        "away": 0,
        "death": tick + 1 + part(age, rule.age),
        "hardship": actors.hardship[i],
        "risk": courage // 256 / 2**24,
    }
    for name, value in made.items():
        getattr(actors, name)[child] = value
    stand(lattice.board, lattice.who, made["kind"], made["site"], child)
    size_out[0] += 1


def act(
    key: Any, tick: int, cops: int, legitimacy: float, rule: Any, deterrence: Any, order: Any, lattice: Any,
    actors: Any, size_out: Any,
) -> None:  # fmt: skip
    for i in order:
        if actors.away[i]:
            continue
        walk, whom, term, luck = philox(key[0], key[1], i, tick, STREAM, TURN)
        if free := in_view(lattice, FREE, actors.site[i]):
            leave(lattice.board, actors.kind[i], actors.site[i])
            actors.site[i] = choice(walk, free)
            stand(lattice.board, lattice.who, actors.kind[i], actors.site[i], i)
        rebels = in_view(lattice, ACTIVE, actors.site[i])
        if i < cops:
            if rebels:
                remove(lattice, actors, choice(whom, rebels), 1 + part(term, rule.term))
            continue
        danger = deterrence[len(in_view(lattice, COPS, actors.site[i])), len(rebels)]
        grievance = float(actors.hardship[i]) * (1.0 - legitimacy)
        if grievance - float(actors.risk[i]) * danger > rule.threshold:
            put(lattice.board, ACTIVE, actors.site[i])
            if foes := in_view(lattice, OTHER[int(actors.kind[i])], actors.site[i]):
                actors.death[remove(lattice, actors, choice(whom, foes), GONE)] = 0
        else:
            take(lattice.board, ACTIVE, actors.site[i])
        if luck < rule.cloning:
            clone(key, tick, i, rule, lattice, actors, size_out)


def remove(lattice: Any, actors: Any, site: int, ticks: int) -> int:
    """Whoever stands at a site is taken off the lattice for a while; who it was."""
    j = int(lattice.who[site])
    leave(lattice.board, actors.kind[j], site)
    actors.away[j] = ticks
    return j


def post(duty: int, cops: int, lattice: Any, actors: Any) -> None:
    for i in range(cops):
        if i < duty and actors.away[i] == GONE:
            actors.away[i] = 1
        if i >= duty:
            if actors.away[i] == 0:
                leave(lattice.board, COPS, actors.site[i])
            actors.away[i] = GONE


def come_back(key: Any, tick: int, size: int, lattice: Any, actors: Any) -> None:
    for i in range(size):
        if actors.away[i] in (0, GONE):
            continue
        free = in_view(lattice, FREE, actors.site[i])
        if actors.away[i] > 1 or free:
            actors.away[i] -= 1
        if actors.away[i] == 0:
            actors.site[i] = choice(philox(key[0], key[1], i, tick, STREAM, BACK)[0], free)
            stand(lattice.board, lattice.who, actors.kind[i], actors.site[i], i)


def bury(tick: int, cops: int, lattice: Any, actors: Any, size_out: Any) -> None:
    ids = np.arange(size_out[0])
    dead = (actors.death[: ids.size] <= tick) & (ids >= cops)
    for i in ids[dead & (actors.away[: ids.size] == 0)]:
        leave(lattice.board, actors.kind[i], actors.site[i])
    left = ids[~dead]
    for column in actors:
        column[: left.size] = column[left]
    for i in range(cops, left.size):
        if actors.away[i] == 0 and left[i] != i:
            lattice.who[actors.site[i]] = i
    size_out[0] = left.size


def census(cops: int, size: int, board: Any, actors: Any, row_out: Any) -> None:
    agents = slice(cops, size)
    row_out[:] = [
        sum(int(word).bit_count() for word in board[:, ACTIVE]),
        (actors.kind[agents] == BLUE).sum(),
        (actors.kind[agents] == GREEN).sum(),
        (actors.away[agents] > 0).sum(),
        sum(int(word).bit_count() for word in board[:, COPS]),
    ]


def advance(
    key: Any, first: int, cops: int, duty: Any, legitimacy: Any, rule: Any, deterrence: Any, order: Any, lattice: Any,
    actors: Any, size: Any, series_out: Any,
) -> int:  # fmt: skip
    done = 0
    for posted, course, row in zip(duty, legitimacy, series_out, strict=True):
        tick = first + done
        post(posted, cops, lattice, actors)
        turns = order[: size[0]]
        shuffle(key, tick, turns)
        act(key, tick, cops, course, rule, deterrence, turns, lattice, actors, size)
        come_back(key, tick, size[0], lattice, actors)
        bury(tick, cops, lattice, actors, size)
        census(cops, size[0], lattice.board, actors, row)
        done += 1
        if row[1:3].min() < rule.least:
            break
    return done
