"""What a study of each row would have done with the panel, and what lots and twins say of the same.

`study` sees the runs in which somebody comes where it burns. `trial` sees the runs in which lots are drawn, and the same
runs without anybody, which share their random numbers. Both give one figure on the same scale.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from experiments.evidence.estimators import (
    Estimate,
    fixed_effects,
    logit,
    matched_ratio,
    moved_share,
    negative_binomial,
    paired,
    ratio_of_sums,
)
from experiments.evidence.panel import STATE, Panel

Study = Callable[[Panel], Estimate]
Trial = Callable[[Panel, Panel], Estimate]
Outcome = Callable[[Panel], Any]  # float64 [theatre, month]
Dose = Callable[[Panel], Any]  # float64 [theatre, month, regressor]; the first one is asked about
MAJOR = 83  # fighters killed in a month: the pace of 1,000 in a year, the usual bound of a war


# ---- outcomes and doses ---------------------------------------------------------------------------------------------


def civilians(panel: Panel) -> Any:
    """Civilians killed by anybody."""
    return panel.seen.killed.sum(axis=(2, 3)).astype(float)


def by_state(panel: Panel) -> Any:
    """Civilians killed by the army, guard and police."""
    return panel.seen.killed[..., STATE].sum(axis=2).astype(float)


def battle(panel: Panel) -> Any:
    """Fighters killed."""
    return panel.seen.fighters.astype(float)


def sent(unit: float) -> Dose:
    """People sent, in units of `unit`."""
    return lambda panel: (panel.seen.people_sent.sum(axis=2) / unit)[..., None]


def there(panel: Panel) -> Any:
    """Whether people were sent who are there."""
    return (panel.seen.people_sent.sum(axis=2) >= 1.0).astype(float)[..., None]


def in_force(panel: Panel) -> Any:
    """Share of the month under the measure."""
    return panel.seen.in_force[..., None]


def threatened(panel: Panel) -> Any:
    """Share of the month under the threat."""
    return panel.seen.threatened[..., None]


def early_and_late(panel: Panel) -> Any:
    """Share of the month under the measure, in its first three months, and after them."""
    early = panel.seen.age < 90.0
    return np.stack([panel.seen.in_force * early, panel.seen.in_force * ~early], axis=2)


# ---- countries and months ---------------------------------------------------------------------------------------------


def _controls(panel: Panel, before: Any) -> Any:
    """Last month's outcome, time, stage: float64 [theatre, month - 1, control]."""
    month = panel.month[:, 1:, 0] / 12.0
    late = np.broadcast_to(panel.late[:, None], month.shape)
    return np.stack([np.ones(month.shape), np.log1p(before), month, month**2, late], axis=2)


def count_study(outcome: Outcome, dose: Dose) -> Study:
    """Negative binomial of a month's count on last month's dose and count: the mean's ratio for a unit of the dose."""

    def study(panel: Panel) -> Estimate:
        y, doses = outcome(panel), dose(panel)
        x = np.concatenate([doses[:, :-1], _controls(panel, y[:, :-1])], axis=2)
        found = negative_binomial(y[:, 1:].ravel(), x.reshape(-1, x.shape[2]), panel.theatre[:, 1:, 0].ravel())
        return found[0].through(np.exp)

    return study


def count_trial(outcome: Outcome, dose: Dose) -> Trial:
    """The same ratio from twins: with the dose of lots, and without."""

    def trial(lot: Panel, none: Panel) -> Estimate:
        x = dose(lot)[:, :-1]
        y, base = (outcome(panel)[:, 1:].ravel() for panel in (lot, none))
        return paired(y, base, x.reshape(-1, x.shape[2]), lot.theatre[:, 1:, 0].ravel())[0].through(np.exp)

    return trial


# ---- places and months ------------------------------------------------------------------------------------------------


def local_study(side: int) -> Study:
    """Killed by one side in places with peacekeepers, over what matched places without them had."""

    def study(panel: Panel) -> Estimate:
        killed = panel.seen.killed
        before = killed[:, :-1].sum(axis=3)
        nearby = np.stack([before[:, :, panel.prefecture == p].sum(axis=2) for p in panel.prefecture], axis=2)
        shape = before.shape
        traits = [
            np.digitize(before, (1, 5, 20)), np.digitize(nearby, (1, 10, 40)), panel.month[:, 1:] // 3,
            np.broadcast_to(panel.urban.astype(int), shape), np.broadcast_to(panel.late[:, None, None].astype(int), shape),
        ]  # fmt: skip
        return matched_ratio(
            killed[:, 1:, :, side].ravel().astype(float), panel.protected[:, :-1].ravel(),
            [one.ravel() for one in traits], panel.theatre[:, 1:].ravel(),
        )  # fmt: skip

    return study


def local_trial(side: int) -> Trial:
    """The same ratio in places that lots gave peacekeepers, with and without them."""

    def trial(lot: Panel, none: Panel) -> Estimate:
        here = lot.protected[:, :-1].ravel()
        y, base = (panel.seen.killed[:, 1:, :, side].ravel() * here for panel in (lot, none))
        return ratio_of_sums(y.astype(float), base.astype(float), lot.theatre[:, 1:].ravel())

    return trial


def relocation_study(panel: Panel) -> Estimate:
    """Deaths by place and month on peacekeepers there and next door a month before; place and country-month effects."""
    y = panel.seen.killed[:, 1:].sum(axis=3).ravel().astype(float)
    theatres, _, places = panel.shape
    where = (panel.theatre * places + panel.place)[:, 1:].ravel()
    when = (panel.theatre * panel.shape[1] + panel.month)[:, 1:].ravel()
    own, near = (one[:, :-1].ravel().astype(float) for one in (panel.protected, panel.beside))
    return moved_share(y, own, near, [where, when], panel.theatre[:, 1:].ravel())


def relocation_trial(lot: Panel, none: Panel) -> Estimate:
    """Deaths added next door, over those taken away where peacekeepers are, against the same runs without."""
    change = (lot.seen.killed - none.seen.killed)[:, 1:].sum(axis=3).astype(float)
    own, near = lot.protected[:, :-1], lot.beside[:, :-1]
    return ratio_of_sums((change * near).ravel(), (-change * own).ravel(), lot.theatre[:, 1:].ravel())


# ---- radio ------------------------------------------------------------------------------------------------------------


def radio_study(panel: Panel) -> Estimate:
    """Men in crowds by place on reception, within prefectures: the share that is due to the radio."""
    men = panel.seen.crowds.mean(axis=1)
    theatres, _, places = panel.shape
    every = np.broadcast_to(np.log(panel.people), men.shape)
    towns = np.broadcast_to(panel.urban, men.shape)
    x = np.stack([panel.seen.heard, every, towns], axis=2).reshape(-1, 3)
    cluster = np.repeat(np.arange(theatres), places)
    level = cluster * (panel.prefecture.max() + 1) + np.tile(panel.prefecture, theatres)
    found = fixed_effects(np.log1p(men).ravel(), x, [level], cluster)[0]
    return found.through(lambda beta: _due(beta, men, panel.seen.heard))


def radio_trial(lot: Panel, none: Panel) -> Estimate:
    """The same share, from men in crowds with reception by lot, and with full reception."""
    men, full = (panel.seen.crowds.mean(axis=1) for panel in (lot, none))
    reception = lot.seen.heard
    cluster = np.repeat(np.arange(men.shape[0]), men.shape[1])
    found = paired(men.ravel(), full.ravel(), (reception - 1.0).reshape(-1, 1), cluster)[0]
    return found.through(lambda beta: _due(beta, men, reception))


def _due(beta: float, men: Any, reception: Any) -> float:
    """Share of `men` that would not be there without reception, if it multiplies them by exp(beta x reception)."""
    return float(1.0 - (men * np.exp(-beta * reception)).sum() / men.sum())


# ---- mediation --------------------------------------------------------------------------------------------------------


def escalation_study(panel: Panel) -> Estimate:
    """Odds that a month of low intensity is followed by one of war, under mediation over without."""
    y = battle(panel)
    low = (y[:, :-1] < MAJOR).ravel()
    x = np.concatenate([panel.seen.in_force[:, :-1, None], _controls(panel, y[:, :-1])], axis=2).reshape(-1, 6)
    war = (y[:, 1:] >= MAJOR).ravel().astype(float)
    return logit(war[low], x[low], panel.theatre[:, 1:, 0].ravel()[low])[0].through(np.exp)


def escalation_trial(lot: Panel, none: Panel) -> Estimate:
    """The same odds ratio from twins, in months that follow one of low intensity in the run without."""
    low = (battle(none)[:, :-1] < MAJOR).ravel()
    y, base = ((battle(panel)[:, 1:] >= MAJOR).ravel().astype(float)[low] for panel in (lot, none))
    x = lot.seen.in_force[:, :-1].reshape(-1, 1)[low]
    return paired(y, base, x, lot.theatre[:, 1:, 0].ravel()[low])[0].through(np.exp)


def deals_a_week(panel: Panel) -> Estimate:
    """Truces agreed in a week of talks."""
    weeks = panel.seen.in_force * 30.0 / 7.0
    return ratio_of_sums(panel.seen.deals.ravel().astype(float), weeks.ravel(), panel.theatre[:, :, 0].ravel())

