"""Decision processes as files: ranges are drawn, reforms change what they say, and mistakes are refused in words."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict

import numpy as np
import pytest
from scipy.stats import beta, kstest

from sim.ground.check import BadInput
from sim.warning.process import Book, Process, _change, book_names, joined, load_book


def book(name: str = "eu_2012") -> Book:
    found = load_book(name)
    assert found is not None
    return found


def with_change(*at: str, value: object) -> Book:
    content = json.loads(book().content)
    node = content
    for key in at[:-1]:
        node = node[key]
    node[at[-1]] = value
    return Book("eu_2012", json.dumps(content))


@pytest.mark.parametrize("name", book_names())
def test_every_shipped_process_can_be_read_and_drawn(name: str) -> None:
    made = book(name).process(lambda _: 0.9)
    assert isinstance(made, Process)
    assert made.name == name
    assert 0.5 < book(name).assumption_share <= 1.0


REFORMS = tuple(name for name in book_names() if name.startswith("reform_"))


def differences(one: Process, other: Process) -> set[str]:
    left, right = asdict(one), asdict(other)
    return {key for key in left if left[key] != right[key]} - {"name", "title", "summary"}


def test_there_are_six_reforms_and_each_changes_something() -> None:
    """The six recommendations of the Task Force."""
    assert REFORMS == tuple(f"reform_{n}" for n in range(1, 7))
    for name in REFORMS:
        assert differences(book(name).process(), book().process()), name


def test_reforms_can_be_joined_in_any_order() -> None:
    """All six: the order of the words changes no number; what one changes is changed in the whole."""
    there, back = book("+".join(REFORMS)).process(), book("+".join(reversed(REFORMS))).process()
    assert not differences(there, back)
    for name in REFORMS:
        assert differences(book(name).process(), book().process()) <= differences(there, book().process())


def test_what_a_reform_leaves_alone_is_drawn_alike() -> None:
    """Common numbers: a process and its reform differ by what the reform says, under any coin."""

    def coin(place: str) -> float:
        return zlib.crc32(place.encode()) / 2**32

    before, after = book().process(coin), book("reform_5").process(coin)
    assert differences(before, after) == {"advisers", "planners", "pools", "paths", "councils"}
    assert after.planners["nato"] == before.planners["nato"]
    assert after.planners["conops"].days < before.planners["conops"].days
    assert after.councils["fac"] == before.councils["fac"]
    assert after.councils["structured_cooperation"].members == before.councils["fac"].members
    assert after.paths["battlegroup"].appetite > before.paths["battlegroup"].appetite


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"at": "planners.conops.days"}, "not one way to change"),
        ({"at": "planners.conops.days", "set": 1, "times": 2}, "not one way to change"),
        ({"at": "planners.moon.days", "set": 1}, "there is no 'planners.moon'"),
        ({"at": "planners.conops.weeks", "times": 2}, "there is no 'planners.conops.weeks'"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_in_words(change: dict[str, object], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        _change(json.loads(book().content), change, "reform_0", "decision reform_0.changes[0]")


def test_a_number_is_drawn_from_its_range_by_its_place() -> None:
    """The stated value is the median; the coin sees the place in the file, never the name of the process."""
    asked: list[str] = []

    def coin(place: str) -> float:
        asked.append(place)
        return 0.0 if place == "planners.conops.days" else 0.5

    drawn = book().process(coin)
    assert "planners.conops.days" in asked
    assert drawn.planners["conops"].days == 20.0
    assert drawn.planners["nato"].days == 14.0
    assert book().process(lambda _: 0.999999).planners["conops"].days == pytest.approx(30.0, abs=0.01)


def test_instant_is_no_process_at_all() -> None:
    assert load_book("instant") is None


def test_the_record_of_battlegroups_is_a_beta_distribution() -> None:
    """Never sent in n occasions: Beta(1, n + 1), so that the chance is small and not zero (mean 1 in n + 2)."""
    fixed = with_change("paths", "battlegroup", "occasions", value=4)
    uniform = np.random.default_rng(1).random(4000)
    chances = [fixed.process(lambda _, u=u: u).paths["battlegroup"].appetite for u in uniform]
    assert kstest(chances, beta(1, 5).cdf).pvalue > 0.01
    assert min(chances) > 0.0
    assert np.mean(chances) == pytest.approx(1 / 6, abs=0.01)
    sent = with_change("paths", "battlegroup", "sent", value=2)
    assert sent.process(lambda _: 0.5).paths["battlegroup"].appetite > 0.3
    assert fixed.process().paths["relief"].appetite == 1.0


@pytest.mark.parametrize(
    ("at", "value", "told"),
    [
        (("lens",), "yes", "lens"),
        (("sources", "media", "coverage"), 3, "coverage"),
        (("sources", "media", "sees"), ["rumour"], "rumour"),
        (("councils", "fac", "rule"), "dictate", "dictate"),
        (("paths", "relief", "rank"), "nobody", "nobody"),
        (("paths", "relief", "house"), "nowhere", "nowhere"),
        (("paths", "relief", "colour"), "red", "colour"),
        (("planners", "conops", "days"), {"value": 90, "low": 50, "high": 70, "source": "x", "grade": "report"}, "90"),
        (("planners", "nato", "days"), {"value": 60, "low": 50, "high": 70, "source": "", "grade": "report"}, "source"),
    ],
)
def test_a_mistake_is_refused_in_words(at: tuple[str, ...], value: object, told: str) -> None:
    with pytest.raises(BadInput, match=told) as caught:
        with_change(*at, value=value).process()
    assert "decision eu_2012" in caught.value.problem.where


@pytest.mark.parametrize("name", ["eu_2013", "", "instant+eu_2012", "eu_2012+eu_2012", "a" * 300])
def test_an_unknown_process_is_refused_in_words(name: str) -> None:
    with pytest.raises(BadInput) as caught:
        load_book(name)
    assert "Traceback" not in str(caught.value)


def test_reforms_can_be_named_shortly_or_in_a_list() -> None:
    """The same changes, however they are written; a whole process cannot be in the list."""
    whole = book("reform_1+reform_3+reform_5").process()
    for name in ("reform_1+3+5", "[reform_1,reform_3,reform_5]", "[reform_5, reform_3+1]"):
        assert not differences(book(name).process(), whole), name
    assert joined([5, 1]) == "reform_1+reform_5"
    assert joined([]) == "eu_2012"
    for name in ("reform_1+reform_9", "reform_1+1", "3", "[reform_1", "eu_2012+3", "[eu_2012,reform_1]"):
        with pytest.raises(BadInput):
            load_book(name)


def test_a_star_stands_for_every_name_at_its_level() -> None:
    before, after = book().process(), book("faster_warning").process()
    for name, source in before.sources.items():
        assert after.sources[name].lag == pytest.approx(source.lag * 0.25)
    ranks = zip(after.houses["un"].ranks, before.houses["un"].ranks, strict=True)
    assert all(rank.days < old.days for rank, old in ranks)
    with pytest.raises(BadInput, match="there is no 'sources.delegation.weight'"):
        _change(json.loads(book().content), {"at": "sources.*.weight", "times": 2}, "x", "x")
