"""Bennett's insurgency: what holds in every run, and the trade-off of the paper on a few."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.classics.bennett import Inputs, _map, insurgency
from sim.ground.draw import run_key

SMALL = Inputs(side=20, civilians=120, soldiers=20)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("accuracy", "effectiveness"), [(1.0, 1.0), (0.5, 0.5), (0.0, 0.3)])
def test_insurgents_are_accounted_for(seed: int, accuracy: float, effectiveness: float) -> None:
    inputs = replace(SMALL, accuracy=accuracy, effectiveness=effectiveness)
    one = insurgency(inputs, run_key(seed, 0, 0), 200)
    assert one == insurgency(inputs, run_key(seed, 0, 0), 200)
    assert 0 <= one.removed <= one.attacks <= 200
    assert one.removed + one.left <= inputs.civilians
    assert accuracy < 1.0 or one.hurt == 0
    assert effectiveness < 1.0 or one.removed == one.attacks


def test_a_perfect_army_meets_each_insurgent_once() -> None:
    """Nobody is hurt, nobody is missed: as many attacks as insurgents of the first day who reach a soldier."""
    key = run_key(3, 0, 0)
    one = insurgency(replace(SMALL, accuracy=1.0, effectiveness=1.0), key, 500)
    assert one.attacks == one.removed == one.started - one.left
    crowd, alone = (insurgency(replace(SMALL, soldiers=many), key, 500) for many in (200, 0))
    assert crowd.left == 0
    assert alone.attacks == 0


def test_the_map_has_edges_and_one_cell_for_each() -> None:
    """Neighbours are those at most three rows and columns away; the corner has fewer than the middle."""
    around, exposed = _map(Inputs(side=30, civilians=800, soldiers=100), run_key(1, 0, 0))
    assert (around == around.T).all()
    assert not around.diagonal().any()
    assert around.sum(axis=1).max() <= 48
    assert around.sum(axis=1).min() <= 15  # the corner sees 4 x 4 cells, its own included
    assert 0 < exposed.mean() <= 1


def test_better_careful_than_effective() -> None:
    """The paper's conclusion on ten pairs of runs: longer in the median when the army is effective and careless."""
    careful, careless = (
        np.median([insurgency(Inputs(effectiveness=e, accuracy=a), run_key(8, 0, k), 2000).attacks for k in range(10)])
        for e, a in ((0.4, 0.8), (0.8, 0.4))
    )
    assert careful < careless
