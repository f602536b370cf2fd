"""docs/instruments.md and `forestall instruments` say what the catalogue says, and the engine does."""

from __future__ import annotations

import json
import re

import pytest

from sim.cli import main
from sim.interventions.families.catalogue import cards
from sim.view import catalogue
from sim.world.levers import Levers


def test_the_page_is_in_step() -> None:
    """`python -m sim.view.catalogue` writes it."""
    assert catalogue.PAGE.read_text(encoding="utf-8") == catalogue.page(), "run python -m sim.view.catalogue"


def test_every_instrument_has_one_entry() -> None:
    text = catalogue.PAGE.read_text(encoding="utf-8")
    assert sorted(re.findall(r"^### (\w+)$", text, re.M)) == sorted(cards())


def test_every_lever_is_the_hand_of_one_channel() -> None:
    hands = [lever for levers in catalogue.CHANNELS.values() for lever in levers]
    assert sorted(hands) == sorted(vars(Levers.at_rest(1, 1)))


def test_channels_are_what_it_moves() -> None:
    assert catalogue.entry("travel_ban")["channels"] == ["elite cost", "elite incentive"]
    assert catalogue.entry("comprehensive_embargo")["levers"] == ["elite_gain", "pay", "loot", "hardship", "contact"]
    assert catalogue.entry("preventive_deployment_force")["channels"] == ["protection", "observation"]


def test_the_list_has_all_by_section(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["instruments"]) == 0
    printed = capsys.readouterr().out
    assert set(re.findall(r"^  (\w+) ", printed, re.M)) == set(cards())
    assert main(["instruments", "--json"]) == 0
    assert {row["name"] for row in json.loads(capsys.readouterr().out)} == set(cards())


def test_one_is_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["instruments", "good_governance"]) == 0
    printed = capsys.readouterr().out
    for heading in (
        "does",
        "channels",
        "who decides",
        "lead time",
        "cost",
        "needs",
        "paid from",
        "pitfall",
        "evidence",
    ):
        assert re.search(rf"^  {heading} ", printed, re.M), heading
    assert main(["instruments", "good_governance", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["envelope"]["name"] == "dci"
    assert told["decided_by"]["mandate"] == "host"
    assert told["lead_days"]["low"] < told["lead_days"]["high"]
    assert all(one["grade"] and one["range"] for one in told["evidence"])


def test_an_unknown_name_is_helped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["instruments", "travel_bann"]) == 2
    assert "did you mean 'travel_ban'?" in capsys.readouterr().err
