"""The report: self-contained, complete, safe with hostile names, and plain about what is missing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sim.ground.check import BadInput
from sim.study.words import skill
from sim.view.outputs import read_outputs
from sim.view.report import write_report
from tests.view.conftest import hindcast, theatre, write_outputs

SECTIONS = (
    "answers",
    "after",
    "differences",
    "time",
    "where",
    "hindcast",
    "assumptions",
    "limits",
    "provenance",
)
Edit = Callable[[Path, Callable[[dict[str, Any]], None]], None]


class Page(HTMLParser):
    """The tags, the visible text and the scripts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.scripts: list[tuple[str | None, str]] = []
        self._in = ""
        self.feed(text)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in = tag
        if tag == "script":
            self.scripts.append((dict(attrs).get("type"), ""))

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "script":
            kind, body = self.scripts[-1]
            self.scripts[-1] = kind, body + data
        elif self._in != "style":
            self.words.append(data)


def page_of(folder: Path) -> Page:
    return Page(write_report(folder).read_text(encoding="utf-8"))


def test_the_page_is_whole(outputs: Path) -> None:
    page = page_of(outputs)
    ids = [attrs.get("id") for _, attrs in page.tags]
    assert [name for name in SECTIONS if name not in ids] == []
    named = [value for value in ids if value]
    assert len(named) == len(set(named))
    for heading in ("1. Which option saves lives", "2. By when must it be decided", "3. Whom does it leave"):
        assert heading in page.text
    assert page.text.index("In this model, under these assumptions,") < page.text.index("1. Which option")
    assert "fewer simulated civilians die under “Preventive deployment” than under doing nothing" in page.text
    assert "assumes a political decision on 2030-01-15; no battlegroup was ever sent" in page.text
    assert "1,500 people" in page.text
    assert "in Amsir, Lac;" in page.text
    assert "Amsir A" not in page.text  # nothing finer than prefecture
    assert "EUR 190 million" in page.text
    assert "62 % of the numbers" in page.text
    assert not re.search(r"[{}]|\bnan\b|None", page.text)
    assert page.text.count("Simulated; excludes model error.") >= 8


def test_every_picture_has_words(outputs: Path) -> None:
    pictures = [attrs for tag, attrs in page_of(outputs).tags if tag == "svg" and attrs.get("role") == "img"]
    assert len(pictures) > 20
    assert all((attrs.get("aria-label") or "").strip() for attrs in pictures)


def test_no_address_leaves_the_page(outputs: Path) -> None:
    text = write_report(outputs).read_text(encoding="utf-8")
    for tag, attrs in Page(text).tags:
        for key in ("src", "href", "srcset", "action", "data", "poster", "xlink:href"):
            address = attrs.get(key) or ""
            assert address.startswith("#") or address in ("", "data:,"), (tag, key, address[:80])
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.S)
    assert not re.search(r"url\(|@import|https?://", markup)


def test_the_policy_names_each_script_that_runs(outputs: Path) -> None:
    from plotly.offline import get_plotlyjs

    page = page_of(outputs)
    policy = next(
        attrs["content"] or ""
        for tag, attrs in page.tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    )
    for rule in ("default-src 'none'", "connect-src 'none'", "img-src data:", "style-src 'unsafe-inline'"):
        assert rule in policy
    assert "unsafe-eval" not in policy
    running = [body for kind, body in page.scripts if kind is None]
    assert len(running) == 1
    for body in (running[0], get_plotlyjs()):
        assert "sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() in policy
    assert not any(key.startswith("on") for _, attrs in page.tags for key in attrs)


def test_the_explorer_holds_weekly_values_by_prefecture(outputs: Path) -> None:
    data = next(json.loads(body) for kind, body in page_of(outputs).scripts if kind == "application/json")
    assert set(data["quantiles"]) == {"deaths", "displaced"}
    places = data["quantiles"]["deaths"]
    assert {"the whole country", "Amsir", "Lac"} <= set(places)
    low, _, middle, _, high = places["the whole country"][0]
    assert len(middle) == len(data["chart"]["x"]) == 40
    assert all(a <= b <= c for a, b, c in zip(low, middle, high, strict=True))


def test_hostile_names_stay_text(outputs: Path, edit: Edit) -> None:
    bad = "<script>alert(1)</script><img src=x onerror=alert(2)>"

    def change(summary: dict[str, Any]) -> None:
        policy = summary["policies"]["preventive_deployment"]
        policy["title"] = policy["assumption"] = policy["summary"] = bad
        policy["instruments"][0]["payer"] = bad
        policy["euros_by_payer"] = {bad: 1e6}
        summary["hindcast"] = hindcast(0.5) | {"patterns": [{"statement": bad, "fact": bad}]}

    edit(outputs, change)
    page = page_of(outputs)
    assert not any(tag == "img" for tag, _ in page.tags)
    assert [kind for kind, _ in page.scripts] == ["application/json", "text/plain", None]
    assert "<script>alert(1)</script>" in page.text
    data = next(json.loads(body) for kind, body in page.scripts if kind == "application/json")
    assert bad in [policy["title"] for policy in data["policies"]]


def test_the_card_is_shown_with_facts_and_what_has_no_counterpart(
    outputs: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.view.outputs._theatre", lambda summary, manifest: None)
    row = {"kind": "fact", "statement": "Few are killed.", "stage": "d_2013", "observed": "20 to 30", "q05": 400.0,
           "median": 500.0, "q95": 600.0, "share_of_runs_inside": 0.0, "verdict": "missed", "source": "a report"}
    made = {"role_said": "A near-miss control.", "summary": "Of 1 windows and facts, 1 are missed.", "rows": [row],
            "not_scored": [{"statement": "Houses burn.", "why": "no measure"}]}  # fmt: skip
    edit(outputs, lambda summary: summary.update(hindcast={"sentence": "Scored.", "card": made}))
    text = page_of(outputs).text
    for part in ("A near-miss control.", "Few are killed.", "20 to 30", "500 (400 to 600)", "missed", "a report",
                 "Houses burn. (no measure)"):  # fmt: skip
        assert part in text


@pytest.mark.parametrize(("crps", "said"), [(0.61, True), (0.40, False)])
def test_poor_skill_is_said_before_any_number(
    outputs: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch, crps: float, said: bool
) -> None:
    monkeypatch.setattr("sim.view.outputs._theatre", lambda summary, manifest: None)
    found = hindcast(crps)

    def change(summary: dict[str, Any]) -> None:
        warning = skill(found).warning
        summary.update(hindcast=found, lives_saved=summary["lives_saved"] | {"warning": warning})

    edit(outputs, change)
    page = page_of(outputs)
    assert ("Read this first." in page.text) is said
    if said:
        assert page.text.index("does worse than") < page.text.index("In this model, under these assumptions")
    assert f"Scored, the model has a CRPS of {crps:.2f}, beside 0.54." in page.text
    assert "The peak is in December 2013. 5 December d_2013 30 to 60 41 never in 25 % 75 %" in page.text
    assert "It ends. d_2013 1 never 0 %" in page.text
    assert "guard 60 % 50 % (30 % to 90 %)" in page.text
    assert "ghost" not in page.text
    assert f"this model {crps:.2f} {crps - 0.01:.2f}" in page.text
    assert "0.45, the last twelve months taken as a forecast" in page.text
    assert "187,000 observed; simulated median 110,000" in page.text.replace("190,000", "187,000")
    assert any("90 % band in" in (attrs.get("aria-label") or "") for _, attrs in page.tags)


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("hindcast", "There is no hindcast in this folder"),
        ("timing", "the cost of deciding later was not computed"),
        ("assumption_share", "The share of assumptions was not computed."),
        ("placebo", "No placebo"),
    ],
)
def test_a_missing_part_is_said(outputs: Path, edit: Edit, gone: str, said: str) -> None:
    edit(outputs, lambda summary: summary.pop(gone, None))
    assert said in page_of(outputs).text


def test_bare_policies_still_make_a_page(outputs: Path, edit: Edit) -> None:
    edit(outputs, lambda summary: summary.update(policies={name: {} for name in summary["policies"]}))
    page = page_of(outputs)
    assert "Its force, cost and consent are not recorded" in page.text
    assert "The model cannot tell “targeted sanctions” from doing nothing." in page.text


def test_one_policy_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.view.outputs._theatre", lambda summary, manifest: None)
    folder = write_outputs(tmp_path / "one", {"none": 1.0})
    text = page_of(folder).text
    assert "there is no option to compare" in text
    assert "There is no map" in text


def test_what_was_done_alone_is_the_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.view.outputs._theatre", lambda summary, manifest: theatre())
    folder = write_outputs(tmp_path / "done", {"none": 1.0, "factual_rule": 0.5})
    assert (
        "fewer simulated civilians die under “Factual rule” than under doing nothing" in page_of(folder).text
    )


def test_no_deadline_for_what_does_not_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.view.outputs._theatre", lambda summary, manifest: theatre())
    text = page_of(write_outputs(tmp_path / "bad", {"none": 0.5, "alpha": 1.5})).text
    assert "no option saves lives:" in text
    assert "more simulated civilians die under “Alpha” than under doing nothing" in text
    assert "so no deadline follows" in text
    assert "none can be said to protect anyone here" in text
    assert re.search(r"Under “Alpha”, more die than under doing nothing in", text)


def test_equal_policies_get_no_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.view.outputs._theatre", lambda summary, manifest: theatre())
    folder = write_outputs(tmp_path / "same", {"none": 1.0, "zeta": 0.4, "alpha": 0.4})
    text = page_of(folder).text
    assert "die under “Alpha” or “Zeta”, which the model cannot tell apart," in text
    assert "It cannot tell “Zeta” and “Alpha” from each other." in text


@pytest.mark.parametrize(
    "name", ["summary.json", "manifest.json", "runs.parquet", "series.parquet", "places.parquet"]
)
@pytest.mark.parametrize("fault", ["missing", "nonsense"])
def test_a_broken_file_is_named(outputs: Path, name: str, fault: str) -> None:
    if fault == "missing":
        (outputs / name).unlink()
    else:
        (outputs / name).write_bytes(b"\x00nonsense" * 50)
    with pytest.raises(BadInput, match=re.escape(name)):
        write_report(outputs)
    assert not (outputs / "report.html").exists()


def test_a_flipped_bit_is_noticed(outputs: Path) -> None:
    path = outputs / "runs.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(BadInput, match=re.escape("runs.parquet")):
        write_report(outputs)


def test_failed_runs_are_left_out_not_counted_as_quiet(outputs: Path, edit: Edit) -> None:
    import numpy as np
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    for name in ("runs.parquet", "series.parquet"):
        table = pq.read_table(outputs / name)
        failed = pc.and_(pc.equal(table["policy"], "targeted_sanctions"), pc.less(table["draw"], 8))
        pq.write_table(table.filter(pc.invert(failed)), outputs / name)
    edit(outputs, lambda summary: summary.update(failed_runs=32))
    read = read_outputs(outputs)
    assert read.weekly.of("deaths", "targeted_sanctions").shape == (32, 40)
    assert read.effect("targeted_sanctions", "none").draws == 8
    by_run = read.weekly.of("deaths", "targeted_sanctions").sum(axis=1)
    assert np.array_equal(by_run, read.runs["targeted_sanctions"]["civilian_deaths"])
    both = read.prefecture_effect("targeted_sanctions", "none").values()
    assert sum(e.mean for e in both) == pytest.approx(read.effect("targeted_sanctions", "none").mean)
    assert "32 runs failed and are left out" in page_of(outputs).text


def test_a_broken_last_week_is_not_drawn(outputs: Path, edit: Edit) -> None:
    edit(outputs, lambda summary: summary.update(days=275))
    data = next(json.loads(body) for kind, body in page_of(outputs).scripts if kind == "application/json")
    assert len(data["chart"]["x"]) == 39
    assert "39 weeks from 1 January 2030" in page_of(outputs).text


def test_the_page_says_what_the_study_found_and_nothing_else(outputs: Path, edit: Edit) -> None:
    edit(outputs, lambda summary: summary["lives_saved"].update(sentence="The one finding.", lead=[]))
    page = page_of(outputs)
    assert "The one finding." in page.text
    assert "so no deadline follows" in page.text
    edit(outputs, lambda summary: summary.pop("lives_saved"))
    with pytest.raises(BadInput, match="no finding under `lives_saved`"):
        write_report(outputs)


def test_a_placebo_that_moves_is_said(outputs: Path, edit: Edit) -> None:
    assert "which must then end as those of doing nothing; every one did, to the bit." in page_of(outputs).text
    edit(outputs, lambda summary: summary["placebo"]["preventive_deployment"].update(identical=False))
    assert "the runs of “Preventive deployment” did not, which is a fault" in page_of(outputs).text


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such output folder"):
        write_report(tmp_path / "nowhere")


def test_same_folder_same_page(outputs: Path) -> None:
    first = write_report(outputs).read_bytes()
    assert write_report(outputs).read_bytes() == first
