"""The report on warning and decision: a section where institutions decided, in words and pictures, escaped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.view.figures import gantt
from sim.view.report import write_report

QUANTILES = ("q05", "q25", "q50", "q75", "q95")


def stage(middle: float, reached: int) -> dict[str, float]:
    return {"reached": reached, **{name: middle + 10 * n for n, name in enumerate(QUANTILES, start=-2)}}


CHAIN = {
    "preventive_deployment": [
        {
            "step": 0, "instrument": "troops & <police>", "runs": 40,
            "stages": {"sign": stage(30, 40), "decision": stage(120, 10)},
            "rests": [{"where": "line_management", "why": "not grave enough", "runs": 30}],
        }
    ]
}  # fmt: skip
DECISION = {"name": "eu_2012", "title": "As in 2012", "summary": "Reports climb.", "assumption_share": 0.9}


def test_no_section_where_each_policy_was_decided_by_its_own_rule(outputs: Path) -> None:
    assert 'id="chain"' not in write_report(outputs).read_text(encoding="utf-8")


def test_the_section_says_when_where_and_why(outputs: Path, edit: Callable[..., None]) -> None:
    def add(summary: dict[str, Any]) -> None:
        summary |= {"chain": CHAIN, "decision": DECISION}

    edit(outputs, add)
    page = write_report(outputs).read_text(encoding="utf-8")
    section = page.split('<section id="chain"')[1].split("</section>")[0]
    assert "As in 2012" in section
    assert "Reports climb. 90% of the numbers of this process are assumptions." in section
    assert "day 30 (10 to 50), 100% of runs" in section
    assert "day 120 (100 to 140), 25% of runs" in section
    assert "line management" in section
    assert "not grave enough" in section
    assert "75%" in section
    assert "<police>" not in section
    assert 'href="#chain"' in page


def test_a_chart_has_words_for_every_stage_and_stays_on_its_axis() -> None:
    drawn = gantt([("first sign", stage(30, 4)), ("decision", stage(500, 1))], 4, 365, "#000", "troops")
    assert drawn.count('aria-label="troops, ') == 2
    assert 'aria-label="troops, decision: median day 500 (480 to 520), 25% of runs"' in drawn
    positions = [float(part.split('%"')[0]) for part in drawn.split('x1="')[1:]]
    assert all(0.0 <= at <= 100.0 for at in positions)
    assert "No run saw a first sign." in gantt([], 4, 365, "#000", "troops")
