"""The road graph as compressed rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sim.ground.graph import compress


def test_a_small_graph_by_hand() -> None:
    """Three places, 0-2 and 2-1: place 2 has two slots, sorted by where they lead."""
    first, to, edge = compress(4, [(0, 2), (2, 1)])
    assert first.tolist() == [0, 1, 2, 4, 4]
    assert to.tolist() == [2, 2, 0, 1]
    assert edge.tolist() == [0, 1, 0, 1]


def test_a_graph_without_roads() -> None:
    first, to, edge = compress(3, [])
    assert first.tolist() == [0, 0, 0, 0]
    assert to.size == edge.size == 0


@given(st.data())
def test_every_road_leads_both_ways_and_the_order_of_the_file_does_not_matter(data: st.DataObject) -> None:
    """Slots are a sorted union of both directions; a shuffled table gives the same rows and draws."""
    places = data.draw(st.integers(2, 12))
    place = st.integers(0, places - 1)
    pairs = st.tuples(place, place).filter(lambda pair: pair[0] < pair[1])
    edges = data.draw(st.lists(pairs, unique=True, max_size=30))
    first, to, edge = compress(places, edges)
    assert first[0] == 0
    assert first[-1] == to.size == 2 * len(edges)
    found = []
    for place in range(places):
        slots = range(first[place], first[place + 1])
        ends = [int(to[slot]) for slot in slots]
        assert ends == sorted(ends)
        for slot in slots:
            assert {place, int(to[slot])} == set(edges[edge[slot]])
            found.append((place, int(to[slot])))
    assert sorted(found) == sorted([*edges, *((b, a) for a, b in edges)])
    again = compress(places, data.draw(st.permutations(edges)))
    assert again[0].tolist() == first.tolist()
    assert again[1].tolist() == to.tolist()
