"""Readable twin of sim.mechanisms.feeling. `p` places, `g` groups; rows are float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.twins.sums import ends, in_order

F32 = np.float32


def drives(
    par: Any,
    inside: Any,
    media: Any,
    cells: Any,
    roads: Any,
    killed_rate: Any,
    hostility_push_out: Any,
    fear_push_out: Any,
    fear_fade_out: Any,
) -> None:
    """Fear rises with killing here, in the worst neighbouring place and in the news, with rumour and with menace."""
    people = cells.home + cells.away + 1.0
    local = 1e4 * cells.killed_today / people
    near = np.zeros_like(local)
    np.maximum.at(near, ends(roads.first), local[roads.to] / (1.0 + roads.days)[:, None])
    month = 1e4 * in_order(cells.killed_month.T) / (1.0 + (cells.home + cells.away).sum(axis=0))
    hunted = 1.0 + par.hunted * month / (month + par.victim_half)
    shock = (
        local / (local + par.fear_half)
        + par.near_weight * near / (near + par.fear_half)
        + par.media_weight * media[:, None] * killed_rate / (killed_rate + par.fear_half)
        + par.rumour_weight * cells.speech
        + par.menace_weight * hunted * cells.menace / (cells.menace + par.menace_half)
    )
    month = 1e4 * cells.killed_month / people
    push = par.speech_rate * cells.speech + par.victim_rate * month / (month + par.victim_half)
    hostility_push_out[:] = push * inside[:, None]
    fear_push_out[:] = np.minimum(par.fear_rate * shock, 1.0) * inside[:, None]
    fear_fade_out[:] = par.fear_fade + par.calm_by_protection * cells.protection


def talk(par: Any, inside: Any, roads: Any, mean: Any, talk_out: Any) -> None:
    """Road by road, the place at its other end counts by 1 / (1 + days), if it is inside."""
    here, close = ends(roads.first), inside[roads.to] / (1.0 + roads.days)
    near, weight = np.zeros_like(mean), np.zeros(len(mean))
    np.add.at(near, here, close[:, None] * mean[roads.to])
    np.add.at(weight, here, close)
    some = weight > 0.0
    talk_out[:] = mean
    talk_out[some] += par.talk_of_near * (near[some] / weight[some, None] - mean[some])


def feel(
    first_row: int,
    end_row: int,
    place: Any,
    susceptibility: Any,
    home: Any,
    push: Any,
    mixing: Any,
    mean: Any,
    cooling: Any,
    base: Any,
    fear_push: Any,
    fear_fade: Any,
    hostility_out: Any,
    fear_out: Any,
) -> None:
    """a += push (1-a) + mixing (mean-a) - cooling (a-base); f += push (1-f) - fade f; both within 0..1, at home."""
    rows, one = slice(first_row, end_row), F32(1.0)
    a, f = hostility_out[rows], fear_out[rows]
    rise = push * (susceptibility[rows].astype(F32) * F32(1 / 128))
    moved = a + rise * (one - a) + mixing * (mean - a) - cooling * (a - base)
    felt = f + fear_push * (one - f) - fear_fade * f
    here = place[rows] == home
    hostility_out[rows] = np.where(here, np.clip(moved, F32(0.0), one), a)
    fear_out[rows] = np.where(here, np.clip(felt, F32(0.0), one), f)


def mean_hostility(place: Any, people: Any, home: Any, hostility: Any, before: float) -> float:
    here = place == home
    count = int(people[here].sum())
    return float(in_order(hostility[here].astype(np.float64) * people[here]) / count) if count else before
