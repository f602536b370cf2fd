"""docs/evidence.md says what was measured, of the rows as they stand; what happens in its countries is what it says."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.evidence.page import PAGE, known, misses, page
from experiments.evidence.panel import MONTH, MONTHS, live, panel
from experiments.evidence.rows import DOWN, NONE, ROWS, UP
from experiments.evidence.sample import CASES, parameters, received, theatres
from sim.interventions import base

NAMES = (
    "UN troops", "UN police", "observers", "UN presence on rebel abuse", "UN presence on government abuse",
    "relocation", "arms embargo", "sanctions imposed", "sanctions threatened", "hate radio", "biased intervention",
    "early mediation",
)  # fmt: skip
TUNING = {"UN troops", "relocation", "hate radio", "sanctions imposed"}


def test_the_twelve_rows_are_those_that_were_fixed() -> None:
    assert tuple(row.name for row in ROWS) == NAMES
    assert {row.name for row in ROWS if row.tuning} == TUNING
    assert all(row.case in CASES and row.low < row.high for row in ROWS)


def test_the_page_is_made_from_the_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(known()), "python -m experiments.evidence page"


def test_every_row_has_a_result_of_its_wording() -> None:
    found = known()
    assert list(found) == list(NAMES), "python -m experiments.evidence"
    stale = [row.name for row in ROWS if found[row.name]["wording"] != row.wording]
    assert not stale, f"python -m experiments.evidence measures anew: {stale}"
    assert len({(one["runs"], one["code"]) for one in found.values()}) == 1, "rows of different measurements"


def test_every_miss_is_printed() -> None:
    found, told = known(), misses(list(ROWS), known())
    for row in ROWS:
        size = found[row.name].get("size", found[row.name]["study"])
        assert (f"**{row.name}, sign**" in told) != row.sign_right(found[row.name]["study"])
        assert (f"**{row.name}, size**" in told) != row.size_right(size)


def figure(value: float | None, low: float | None, high: float | None) -> dict[str, float | None]:
    return {"figure": value, "low": low, "high": high}


def test_what_counts_as_right() -> None:
    """A direction needs its whole interval; a null needs a figure near nothing, and not only a wide interval."""
    down, up, none = (next(row for row in ROWS if row.sign == sign) for sign in (DOWN, UP, NONE))
    assert down.sign_right(figure(0.8, 0.7, 0.9))
    assert not down.sign_right(figure(0.8, 0.6, 1.1))
    assert up.sign_right(figure(1.2, 1.1, 1.3))
    assert not up.sign_right(figure(0.8, 0.7, 0.9))
    assert up.on_side(figure(1.2, 0.7, 1.9))
    assert not down.on_side(figure(1.2, 0.7, 1.9))
    assert none.sign_right(figure(0.9, 0.5, 1.5))
    assert not none.sign_right(figure(0.5, 0.2, 1.5))
    assert not none.sign_right(figure(0.9, 0.85, 0.95))
    assert not any(row.sign_right(figure(None, None, None)) or row.size_right(figure(None, None, None)) for row in ROWS)


@pytest.mark.parametrize("case", CASES)
def test_lots_move_the_day_and_nothing_else(case: str) -> None:
    """Both arms send the same to the same countries; one by what is reported, the other on a day of a lot."""
    for number, theatre in enumerate(theatres(6)):
        burning, lot = (CASES[case].policy(theatre, number, by_lot) for by_lot in (False, True))
        assert [step.instrument.lead for step in burning.steps] == [step.instrument.lead for step in lot.steps]
        if case != "radio":
            assert [step.instrument for step in burning.steps] == [step.instrument for step in lot.steps]
            assert all(step.decision.when is not None for step in burning.steps)
            assert all(step.decision.is_date for step in lot.steps)


def test_lots_deal_out_the_same_receptions() -> None:
    hill, lot = (received(theatres(1)[0], 5, by_lot) for by_lot in (False, True))
    assert sorted(hill) == sorted(lot)
    assert list(hill) != list(lot)
    terrain = [place.terrain for place in theatres(1)[0].places if place.inside]
    assert np.corrcoef(hill, terrain)[0, 1] < -0.3


def test_a_panel_counts_what_a_run_did() -> None:
    """Before anybody can have come a run is its twin without a policy; then people are seen where they were sent."""
    theatre, par = theatres(2)[1], parameters(2)[1]
    sent = CASES["troops"].policy(theatre, 1, True)
    assert sent.steps
    alone, twin = live(theatre, base.NONE, par, 1), live(theatre, sent, par, 1)
    days = [(step.decision.day or 0) + int(step.instrument.lead.value) for step in sent.steps]
    quiet = min(min(step.decision.day or 0 for step in sent.steps) // MONTH, MONTHS)
    assert np.array_equal(alone.killed[:quiet], twin.killed[:quiet])
    assert not twin.people_sent[: min(days) // MONTH].any()
    assert twin.people_sent[-1].sum() > 0.0
    assert not alone.people_sent.any()
    assert alone.killed.sum() > 0
    both = panel(theatres(2), [alone, twin])
    assert both.shape == (2, MONTHS, 24)
    assert not (both.protected & both.beside).any()
    assert both.late.tolist() == [0.0, 1.0]
