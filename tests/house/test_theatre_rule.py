"""A calendar holds outsiders' acts and natural or legal dates; what its own parties do must emerge."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.code import rows, theatres

OWN_ACTORS = {"state", "guard", "police", "rebel", "militia", "herders", "foreign_rebel"}
OWN_INSTITUTIONS = {"community", "media", "faith"}


def own_organisation(who: str, actors: list[dict[str, str]], institutions: list[dict[str, str]]) -> str:
    """The theatre's own organisation that `who` (`;`-separated) names, or an empty string."""
    own = [row for row in actors if row["kind"] in OWN_ACTORS]
    own += [row for row in institutions if row["kind"] in OWN_INSTITUTIONS]
    names = {name.casefold() for row in own for name in (row["name"], row["label"]) if name}
    told = [one.strip() for one in who.casefold().split(";")]
    told += [one.replace(" ", "_") for one in told]
    hits = (
        name for name in sorted(names) for one in told if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", one)
    )
    return next(hits, "")


@pytest.mark.parametrize("theatre", theatres(), ids=lambda path: path.name)
def test_the_calendar_holds_no_act_of_the_theatres_own(theatre: Path) -> None:
    actors, institutions = rows(theatre / "actors.csv"), rows(theatre / "institutions.csv")
    calendar = rows(theatre / "calendar.csv")
    assert actors
    found = [
        f"calendar.csv:{line} {row['date']} {row['who']!r} names {own!r}"
        for line, row in enumerate(calendar, start=2)
        if (own := own_organisation(row["who"], actors, institutions))
    ]
    assert not found, "these have to emerge from the model:\n" + "\n".join(found)


@pytest.mark.parametrize("theatre", theatres(), ids=lambda path: path.name)
def test_a_dated_act_is_an_outsiders_and_the_rest_is_nature_or_law(theatre: Path) -> None:
    natural = {"season", "election", "deadline", "anniversary", "harvest"}
    outside = {
        "force", "embargo", "sanctions", "mediation", "peace_offer", "resolution", "border", "evacuation",
        "humanitarian", "warning", "justice",
    }  # fmt: skip
    kinds = {"world": natural, "factual": outside}
    wrong = [
        f"calendar.csv:{line} applies {row['applies']!r} kind {row['kind']!r}"
        for line, row in enumerate(rows(theatre / "calendar.csv"), start=2)
        if row["kind"] not in kinds.get(row["applies"], set())
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("who", "own"),
    [
        ("un", ""),
        ("Alba Front", "alba front"),
        ("un; alba_front", "alba_front"),
        ("the Radio Sel", "radio sel"),
    ],
)
def test_the_rule_catches_names_and_labels(who: str, own: str) -> None:
    """The check above is only worth what this comparison sees (invented names)."""
    actors = [
        {"name": "alba_front", "label": "Alba Front", "kind": "rebel"},
        {"name": "un", "label": "UN", "kind": "peacekeeper"},
    ]
    media = [{"name": "radio_sel", "label": "Radio Sel", "kind": "media"}]
    assert own_organisation(who, actors, media) == own


def test_there_are_theatres() -> None:
    """The tests above run once a theatre; this one fails when they would run on none."""
    assert theatres()
