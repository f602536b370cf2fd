"""Policy files: complete, sourced, readable back, and each wrong line refused in words."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from sim.ground.check import BadInput
from sim.interventions.base import NONE, Policy
from sim.interventions.registry import load_policy, policy_names, read_policy
from sim.scenario import read_theatre
from tests.interventions.cases import CASES, NAMES, PORTFOLIOS, ROOT, file_of, one, raw_policy, sahra

WRITTEN = sorted([
    *(ROOT / "configs/policy").glob("*.yaml"), *(ROOT / "scenarios").glob("*/policies/*.yaml"),
])  # fmt: skip
# the rule of what outsiders did copies the dates and sizes of the calendar, which carries their sources
SOURCED = [path for path in WRITTEN if path.stem != "factual_rule"]
FILES = pytest.mark.parametrize("path", SOURCED, ids=lambda path: path.relative_to(ROOT).as_posix())


def bare_numbers(node: Any, at: str = "") -> list[str]:
    """Key paths of numbers that stand without a source."""
    if isinstance(node, dict):
        if "value" in node:
            return []
        return [found for key, child in node.items() for found in bare_numbers(child, f"{at}.{key}")]
    if isinstance(node, list):
        return [found for n, child in enumerate(node) for found in bare_numbers(child, f"{at}[{n}]")]
    return [at] if isinstance(node, (int, float)) and not isinstance(node, bool) else []


def written(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


@FILES
def test_every_number_has_a_source(path: Path) -> None:
    """A choice of when and for how long, or of a window to look at, is no evidence and needs none."""
    chosen = (".day", ".days", ".within_days", ".for_days", ".every_days", ".duration_days")
    assert not [at for at in bare_numbers(written(path)) if not at.endswith(chosen)]


@FILES
def test_a_judgement_has_a_range(path: Path) -> None:
    def judged(node: Any) -> list[dict[str, Any]]:
        if isinstance(node, dict):
            return ([node] if "value" in node else []) + [found for child in node.values() for found in judged(child)]
        return [found for child in node for found in judged(child)] if isinstance(node, list) else []

    found = judged(written(path))
    assert found or path.stem in PORTFOLIOS  # these may leave every number to the catalogue
    assert not [one for one in found if one["grade"] in ("assumption", "memory") and one["low"] == one["high"]]


@FILES
def test_the_card_says_what_is_assumed(path: Path) -> None:
    raw = written(path)
    assert raw["name"] == path.stem
    assert raw["summary"].strip()
    assert raw["assumption"].startswith("assumes a ")
    assert "decision" in raw["assumption"]
    date = raw["decided_on"].get("date")
    assert date is None or str(date) in raw["assumption"]
    if any(step.get("force") == "battlegroup" for step in raw["instruments"]):
        assert "no battlegroup was ever sent" in raw["assumption"]


@FILES
def test_somebody_pays(path: Path) -> None:
    known = {"eu", "un", "member_states", "african_union"}
    here = read_theatre(path.parent.parent.name if path.parent.parent.parent.name == "scenarios" else "sahra")
    payers = {step.instrument.payer for step in read_policy(written(path), here).steps}
    assert payers <= known | {f"eu_{fund}" for fund in ("edf", "edf_b", "dci", "eidhr", "ifs", "ipa", "enpi")}


@pytest.mark.parametrize("theatre", ["sahra", "car_2013"])
def test_every_policy_fits_every_start(theatre: str) -> None:
    for stage in read_theatre(theatre).stages:
        here = read_theatre(theatre, stage.name)
        for name in policy_names(here):
            policy = load_policy(name, here)
            assert policy.name == name
            assert name == "none" or policy.steps


def test_the_policies_of_the_first_comparison_are_there() -> None:
    wanted = {"none", "factual_rule", "targeted_sanctions", "mediation", "preventive_deployment", "maro_battlegroup"}
    assert wanted <= set(policy_names(read_theatre("car_2013")))
    assert {"targeted_sanctions", "mediation", "preventive_deployment", "maro_battlegroup"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_reading_what_was_read_gives_the_same(name: str) -> None:
    raw = file_of(name)
    again = yaml.safe_load(yaml.safe_dump(raw, allow_unicode=True))
    assert again == raw
    assert read_policy(again, sahra()) == read_policy(raw, sahra()) == load_policy(name, sahra())


def test_the_theatres_own_file_wins() -> None:
    shipped = read_policy(written(ROOT / "configs/policy/maro_battlegroup.yaml"), sahra())
    assert load_policy("maro_battlegroup", sahra()) != shipped


def test_reading_leaves_the_file_alone() -> None:
    raw = file_of("preventive_deployment")
    before = copy.deepcopy(raw)
    read_policy(raw, sahra())
    assert raw == before


# --- two policies together


def test_two_policies_are_one() -> None:
    both = load_policy("mediation+targeted_sanctions", sahra())
    apart = [load_policy(name, sahra()) for name in ("mediation", "targeted_sanctions")]
    assert both.name == "mediation+targeted_sanctions"
    assert both.steps == apart[0].steps + apart[1].steps
    assert all(policy.assumption in both.assumption for policy in apart)


def test_nothing_added_to_a_policy_changes_no_step() -> None:
    policy = one("force")
    assert policy.combined(NONE).steps == policy.steps == NONE.combined(policy).steps


def test_two_forces_do_not_become_one() -> None:
    both = load_policy("maro_battlegroup+preventive_deployment+observers", sahra())
    senders = [step.instrument.expedition for step in both.steps]
    assert senders == [0, 1, 2, 3]
    actors = {getattr(step.instrument, "actor", None) for step in both.steps}
    assert len(actors) == 4


def test_more_forces_than_a_run_can_hold_are_refused() -> None:
    many = one("force")
    for _ in range(11):
        many = many.combined(one("force"))
    with pytest.raises(BadInput, match="more than 12 forces"):
        many.combined(one("force"))
    with pytest.raises(BadInput, match="more than 12 forces"):
        read_policy(raw_policy(*[CASES["force"]] * 13), sahra())


# --- what is refused

WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    ("unknown organisation", "targeted_sanctions", {"targets": ["armee"]}, "no armed organisation 'armee'"),
    ("no target", "targeted_sanctions", {"targets": []}, "targets is empty"),
    ("target twice", "arms_embargo", {"targets": ["army", "army"]}, "names one twice"),
    ("target a number", "targeted_sanctions", {"targets": [3]}, "not a name"),
    ("unknown place", "force", {"places": ["Atlantis"]}, "no place 'Atlantis'"),
    ("no place", "force", {"places": []}, "places is empty"),
    ("place twice", "force", {"places": ["capital", "Kessira"]}, "names one twice"),
    ("place of relief", "relief", {"places": ["Atlantis"]}, "no place 'Atlantis'"),
    ("group", "evacuation", {"groups": ["nobody"]}, "no group 'nobody'"),
    ("unknown key", "mediation", {"levarage": 0.3}, "did you mean 'leverage'"),
    ("key of another family", "relief", {"severity": 0.3}, "unknown key 'severity'"),
    ("unknown family", "force", {"instrument": "magic"}, "unknown instrument 'magic'"),
    ("unknown force", "force", {"force": "battlegroupe"}, "did you mean 'battlegroup'"),
    ("posture", "force", {"posture": "conquer"}, "posture is 'conquer'"),
    ("mobility", "force", {"mobility": "horse"}, "mobility is 'horse'"),
    ("consent", "force", {"consent": "maybe"}, "consent is 'maybe'"),
    ("own organisation", "force", {"actor": "coalition"}, "no outside force"),
    ("negative size", "force", {"size": -1}, "size is -1"),
    ("roe over 1", "force", {"roe": 1.1}, "roe is 1.1"),
    ("severity not a number", "targeted_sanctions", {"severity": float("nan")}, "severity is nan"),
    ("severity a word", "targeted_sanctions", {"severity": "high"}, "severity is 'high'"),
    ("severity yes", "targeted_sanctions", {"severity": True}, "severity is True"),
    ("compliance missing", "arms_embargo", {"compliance": ...}, "'compliance' is missing"),
    ("no duration", "relief", {"duration_days": 0}, "duration_days is 0"),
    ("lead without source", "relief", {"lead_days": {"value": 1, "low": 1, "high": 1}}, "'source' is missing"),
    ("lead missing", "relief", {"lead_days": ...}, "'lead_days' is missing"),
    ("lead out of its range", "relief",
     {"lead_days": {"value": 9, "low": 1, "high": 2, "source": "x", "grade": "assumption"}}, "outside low..high"),
    ("value out of its range", "relief",
     {"people_covered": {"value": 9, "low": 1, "high": 2, "source": "x", "grade": "assumption"}}, "outside low..high"),
    ("grade", "relief",
     {"people_covered": {"value": 2, "low": 1, "high": 2, "source": "x", "grade": "sure"}}, "grade is 'sure'"),
    ("empty source", "relief",
     {"people_covered": {"value": 2, "low": 1, "high": 2, "source": " ", "grade": "report"}}, "source is empty"),
    ("stage", "relief", {"stages": ["spring"]}, "no stage 'spring'"),
    ("own decision", "relief", {"decided_on": {"day": 1, "date": "2030-02-01"}}, "2 ways to decide"),
]  # fmt: skip


@pytest.mark.parametrize(("family", "change", "says"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_wrong_line_is_refused_in_words(family: str, change: dict[str, Any], says: str) -> None:
    raw = raw_policy({**CASES[family], **change})
    raw["instruments"][0] = {key: value for key, value in raw["instruments"][0].items() if value is not ...}
    with pytest.raises(BadInput) as told:
        read_policy(raw, sahra())
    assert says in str(told.value)
    assert "policy tried" in str(told.value), "it must say where"


@pytest.mark.parametrize(
    ("decided", "says"),
    [
        ({}, "0 ways to decide"), ({"date": "soon"}, "date is 'soon'"), ({"date": "2030-02-01 10:00"}, "date is"),
        ({"day": 1.5}, "day is 1.5"), ({"day": 1, "date": "2030-02-01"}, "2 ways to decide"),
        ({"when": {"within_days": 3}}, "'reported_deaths' is missing"),
        ({"when": {"reported_deaths": 0}}, "reported_deaths is 0"),
        ({"when": {"reported_deaths": 5, "prefecture": "Marsch"}}, "did you mean 'Marsh'"),
        ({"when": {"deaths": 5, "reported_deaths": 5}}, "unknown key 'deaths'"), ({"whem": 3}, "unknown key 'whem'"),
    ],
)  # fmt: skip
def test_a_wrong_decision_is_refused_in_words(decided: dict[str, Any], says: str) -> None:
    raw = raw_policy(CASES["relief"])
    raw["decided_on"] = decided
    with pytest.raises(BadInput) as told:
        read_policy(raw, sahra())
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("name", "says"),
    [("mediatoin", "did you mean 'mediation'"), ("mediation+", "no policy ''"), ("../none", "no policy")],
)
def test_a_wrong_name_is_refused_in_words(name: str, says: str) -> None:
    with pytest.raises(BadInput) as told:
        load_policy(name, sahra())
    assert says in str(told.value)


def test_a_policy_is_a_value() -> None:
    assert isinstance(one("force"), Policy)
    assert one("force") == one("force")
    assert one("force") != one("force", size=601)
    with pytest.raises(BadInput, match="delay of -1"):
        one("force").delayed(-1)
