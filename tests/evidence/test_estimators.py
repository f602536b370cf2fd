"""The estimators of the evidence ledger find effects that were put into made-up data, and only those."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

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

CLUSTERS, EACH = 150, 20
CLUSTER = np.repeat(np.arange(CLUSTERS), EACH)


def holds(found: Estimate, truth: float) -> bool:
    return found.low < truth < found.high


def luck(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("truth", [-0.5, 0.0, 0.8])
def test_negative_binomial_finds_the_effect_on_the_mean(truth: float) -> None:
    """Overdispersed counts whose level differs between clusters."""
    some = luck(1)
    x = np.column_stack([some.normal(size=CLUSTER.size), np.ones(CLUSTER.size)])
    mean = np.exp(truth * x[:, 0] + 1.5 + 0.3 * some.normal(size=CLUSTERS)[CLUSTER])
    y = some.poisson(mean * some.gamma(1.0, 1.0, CLUSTER.size)).astype(float)
    found = negative_binomial(y, x, CLUSTER)[0]
    assert holds(found, truth)
    assert found.high - found.low < 0.3
    assert found.clusters == CLUSTERS


def test_errors_of_what_a_cluster_shares_are_wider() -> None:
    """A regressor that is one number a cluster carries one observation a cluster, however many rows there are."""
    some = luck(2)
    x = np.column_stack([some.normal(size=CLUSTERS)[CLUSTER], np.ones(CLUSTER.size)])
    y = some.poisson(np.exp(1.0 + some.normal(size=CLUSTERS)[CLUSTER])).astype(float)
    wide, narrow = (negative_binomial(y, x, one)[0] for one in (CLUSTER, np.arange(CLUSTER.size)))
    assert wide.high - wide.low > 2.0 * (narrow.high - narrow.low)


def test_pairs_find_the_effect_whatever_their_level() -> None:
    """Level and treatment go together, as where help goes where it burns; pairs are not misled, a regression is."""
    some = luck(3)
    level = some.gamma(1.0, 5.0, CLUSTER.size)
    x = (level / 10.0 + some.random(CLUSTER.size))[:, None]
    with_it, without = (some.poisson(level * factor).astype(float) for factor in (np.exp(-0.7 * x[:, 0]), 1.0))
    assert holds(paired(with_it, without, x, CLUSTER)[0], -0.7)
    naive = negative_binomial(with_it, np.column_stack([x, np.ones(len(x))]), CLUSTER)[0]
    assert naive.low > -0.7


def test_pairs_without_treatment_say_nothing() -> None:
    found = paired(np.ones(4), np.ones(4), np.zeros((4, 1)), np.arange(4))[0]
    assert np.isnan(found.figure)
    assert found.rows == 0


def test_logit_finds_the_odds_and_refuses_what_is_separated() -> None:
    some = luck(4)
    x = np.column_stack([some.normal(size=CLUSTER.size), np.ones(CLUSTER.size)])
    y = (some.random(CLUSTER.size) < 1.0 / (1.0 + np.exp(-(0.9 * x[:, 0] - 0.5)))).astype(float)
    assert holds(logit(y, x, CLUSTER)[0], 0.9)
    assert np.isnan(logit((x[:, 0] > 0.0).astype(float), x, CLUSTER)[0].figure)


def test_fixed_effects_take_out_what_a_level_shares() -> None:
    """The regressor follows the level of its cluster, which least squares without effects would take for its own."""
    some = luck(5)
    level, period = some.normal(size=CLUSTERS)[CLUSTER], np.tile(np.arange(EACH), CLUSTERS)
    x = level + 0.1 * period + some.normal(size=CLUSTER.size)
    y = 3.0 * level - 0.2 * period + 0.4 * x + some.normal(size=CLUSTER.size)
    assert holds(fixed_effects(y, x[:, None], [CLUSTER, period], CLUSTER)[0], 0.4)
    assert fixed_effects(y, x[:, None], [np.zeros_like(CLUSTER)], CLUSTER)[0].low > 0.4


def local(moved: float) -> tuple[Any, ...]:
    """Deaths by place and month: two a month less where the treated are, `moved` of that more beside them."""
    some = luck(6)
    places = CLUSTER * 4 + np.tile(np.repeat(np.arange(4), EACH // 4), CLUSTERS)
    own = (some.random(CLUSTER.size) < 0.3).astype(float)
    near = ((some.random(CLUSTER.size) < 0.3) & (own == 0.0)).astype(float)
    taken = 2.0 * own - 2.0 * moved * near * own.sum() / near.sum()
    y = some.normal(size=CLUSTERS * 4)[places] + 5.0 - taken + some.normal(size=CLUSTER.size)
    return y, own, near, [places], CLUSTER


@pytest.mark.parametrize("moved", [0.0, 0.4])
def test_moved_share_finds_what_was_moved(moved: float) -> None:
    assert holds(moved_share(*local(moved)), moved)


def test_matching_compares_like_with_like() -> None:
    """Help goes to the burning half: raw means call it harmful, matched ones find that it halves."""
    some = luck(7)
    burning = some.random(CLUSTER.size) < 0.5
    treated = some.random(CLUSTER.size) < np.where(burning, 0.6, 0.05)
    y = some.poisson(np.where(burning, 10.0, 1.0) * np.where(treated, 0.5, 1.0)).astype(float)
    assert holds(matched_ratio(y, treated, [burning.astype(int)], CLUSTER), 0.5)
    assert y[treated].mean() > y[~treated].mean()


def test_a_ratio_of_sums_without_anything_below_has_no_figure() -> None:
    none = ratio_of_sums(np.ones(6), np.zeros(6), np.arange(6))
    assert np.isnan(none.figure)
    assert np.isnan(none.low)
    assert ratio_of_sums(np.full(6, 3.0), np.full(6, 2.0), np.arange(6)).figure == 1.5
