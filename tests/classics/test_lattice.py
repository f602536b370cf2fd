"""The torus: views have the shape that was asked for, wherever one stands."""

from __future__ import annotations

import numpy as np
import pytest

from sim.classics.lattice import diamond, disc, lattice, rows_and_columns
from sim.ground.check import BadInput
from tests.twins.lattice import view


def test_shapes_have_the_sizes_of_their_sources() -> None:
    """Vision 1.7 is the Moore neighbourhood, 7 has 148 sites (NetLogo's in-radius); Mesa's von Neumann 7 has 112."""
    assert sorted(disc(1.7)) == sorted((r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if (r, c) != (0, 0))
    assert len(disc(7.0)) == 148
    assert len(diamond(7)) == 112


@pytest.mark.parametrize("side", [24, 40])
@pytest.mark.parametrize("steps", [disc(1.7), disc(7.0), diamond(7)], ids=["moore", "disc", "diamond"])
def test_a_view_is_what_its_steps_say(side: int, steps: list[tuple[int, int]]) -> None:
    """Against plain arithmetic modulo the side, from every site."""
    torus = lattice(side, 1, steps)
    rows, columns = rows_and_columns(side, np.arange(side * side))
    site_at = {(int(r), int(c)): site for site, (r, c) in enumerate(zip(rows, columns, strict=True))}
    assert len(site_at) == side * side
    for (row, column), site in site_at.items():
        expected = {site_at[(row + r) % side, (column + c) % side] for r, c in steps}
        seen = view(torus.near, torus.masks, site)
        assert len(seen) == len(expected)
        assert set(seen) == expected


@pytest.mark.parametrize(("side", "steps"), [(16, [(0, 1)]), (30, [(0, 1)]), (40, [(0, 8)]), (40, [(0, 0)])])
def test_a_torus_that_cannot_be_kept_is_refused(side: int, steps: list[tuple[int, int]]) -> None:
    with pytest.raises(BadInput, match="instead"):
        lattice(side, 1, steps)
