"""The stored results of all theatres and the page that is made of them: on a small theatre, with real runs."""

from __future__ import annotations

import csv
import importlib.util
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from sim.scenario.read import read_theatre
from sim.study import facts

HEADER = ",".join(facts.COLUMNS)


def load(root: Path, path: str) -> Any:
    name = Path(path).stem
    spec = importlib.util.spec_from_file_location(name, root / path)
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def made(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three theatres with stored results: one scored by facts, one never scored, one of the real one's name."""
    folder = tmp_path_factory.mktemp("all")
    rows = [
        "dead,Nobody dies,civilian_deaths,0,0,0,people,,,made up,assumption",
        "gone,Somebody flees.,displaced_inside,1,,,people,,,made up,assumption",
        "all,Everybody flees.,refugees_abroad,9e8,,,people,,,made up,assumption",
        "burnt,Houses burn.,houses burned,3,4,5,houses,,,made up,assumption",
    ]
    for name in ("sahra_a", "sahra_b"):
        place = folder / "scenarios" / name
        shutil.copytree(root / "scenarios/sahra", place)
        file = place / "scenario.yaml"
        file.write_text(file.read_text(encoding="utf-8").replace("name: sahra\n", f"name: {name}\n"), encoding="utf-8")
        (place / "observed").mkdir()
        (place / "observed/outcomes.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    (folder / "scenarios/sahra_b/observed/scoring.yaml").write_text(
        "schema_version: 1\npolicy: none\nrole: never_scored\nwhy: Kept apart.\n", encoding="utf-8"
    )
    words = ["--scenarios", str(folder / "scenarios"), "--results", str(folder / "results"),
             "--output", str(folder / "runs"), "--runs", "4", "--workers", "1"]  # fmt: skip
    run_all = load(root, "experiments/hindcast/run_all.py")
    assert run_all.main(words) == 0
    shutil.copytree(root / "scenarios/car_2013", folder / "scenarios/car_2013")
    assert run_all.main(["car_2013", "--parameters", "own", *words]) == 0
    return folder


def test_results_are_kept_and_rounded(made: Path) -> None:
    found = json.loads((made / "results/stated/sahra_a.json").read_text(encoding="utf-8"))
    assert found["card"]["measured"] == 3
    assert found["runs"] == 4
    assert {row["name"]: row["side"] for row in found["facts"] and found["card"]["rows"]}["dead"] == "high"
    assert not (made / "results/own/sahra_a.json").exists()


def test_the_page_tells_of_every_theatre_and_keeps_what_was_seen(root: Path, made: Path) -> None:
    module = load(root, "experiments/calibration/write_validation.py")
    results = module.read_results(made / "results")
    page = module.page(results, made / "scenarios", made / "no_pooled")
    assert list(results) == ["car_2013", "sahra_a", "sahra_b"]
    first = {line.split(" | ")[0].strip("| "): line for line in page.splitlines() if line.startswith("| ")}
    assert "1 of 3" in first["sahra_a"]
    assert "killing 1 too high; flight 1 too low" in first["sahra_a"]
    assert "never scored" in first["sahra_b"]
    assert "of 3" not in first["sahra_b"]
    assert "Months are scored in 1 theatres" in page
    assert "1 published facts have no counterpart" in page
    assert "No pooled posterior" in page or "no pooled posterior" in page
    assert "This hindcast is no blind test." in page
    assert "A clean score needs a theatre, or months, that nobody has looked at." in " ".join(page.split())
    for heading in ("### Hindcast", "#### Months", "#### Every start", "#### Patterns that must come out",
                    "### Calibration", "#### Known truths"):  # fmt: skip
        assert f"\n{heading}\n" in page
    assert "scored months were seen while the model was built" in page


def test_the_page_is_not_written_without_the_real_theatre(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = load(root, "experiments/calibration/write_validation.py")
    monkeypatch.setattr(module, "DOCS", tmp_path / "validation.md")
    monkeypatch.setattr(sys, "argv", ["write_validation.py", "--results", str(tmp_path), "--to", str(module.DOCS)])
    assert module.main() == 2
    assert "sections would be lost" in capsys.readouterr().err
    assert not module.DOCS.exists()


# ------------------------------------------------------------------------------------------------ measures of facts


def test_facts_get_the_measures_that_fit_their_theatre(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load(root, "experiments/hindcast/name_measures.py")
    folder = tmp_path / "sahra"
    shutil.copytree(root / "scenarios/sahra", folder)
    (folder / "observed").mkdir()
    file = folder / "observed/outcomes.csv"
    rules = folder / "rules.csv"
    rules.write_text(
        "theatre,name,stated,measure,note\nsahra,f0,,one_sided_deaths,\nmali_2012,.*,.*,all_deaths,\n"
        "sahra,.*,civilians killed in (.*),civilian_deaths in \\1,\nsahra,f5,,dead of one side,\n", encoding="utf-8"
    )  # fmt: skip
    monkeypatch.setattr(module, "LIST", rules)
    stated = ("deaths_one_sided", "civilians killed in North", "civilians killed in Atlantis", "houses burned",
              "displaced_per_death", "combatant_deaths")  # fmt: skip
    rows = [f"f{n},F.,{words},1,2,3,people,,,made up,assumption" for n, words in enumerate(stated)]
    file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    before = file.read_text(encoding="utf-8")
    assert module.main(["--scenarios", str(tmp_path)]) == 0
    assert file.read_text(encoding="utf-8") == before
    assert module.main(["--scenarios", str(tmp_path), "--write"]) == 0
    after = facts.read_facts(read_theatre(folder))
    assert [fact.stated for fact in after] == [
        "one_sided_deaths", "civilian_deaths in North", "civilians killed in Atlantis", "houses burned",
        "displaced_per_death", "dead of one side",
    ]  # fmt: skip
    assert [bool(fact.measure) for fact in after] == [True, True, False, False, True, False]


def test_every_rule_names_a_measure_or_says_why_there_is_none(root: Path) -> None:
    with (root / "experiments/hindcast/measures.csv").open(encoding="utf-8", newline="") as file:
        rules = list(csv.DictReader(file))
    for rule in rules:
        assert rule["name"] or rule["stated"]
        first = rule["measure"].split(" ")[0]
        assert first in facts.MEASURES or (rule["theatre"] and rule["name"])
