"""experiments/hindcast/build_months.py: what is made of published files, and that it can be scored with."""

from __future__ import annotations

import csv
import importlib.util
import math
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.drafting.states import states
from sim.scenario.read import read_theatre
from sim.study import hindcast

YEARS = range(1989, 2015)
ISO = ("MLI", "KEN", "FRA", "TCD", "NER", "SEN", "GHA", "TGO", "BEN", "UGA", "PER", "CHL", "NPL", "THA", "POL", "ITA")


@pytest.fixture(scope="module")
def module(root: Path) -> Any:
    path = root / "experiments/hindcast/build_months.py"
    spec = importlib.util.spec_from_file_location("build_months", path)
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    sys.modules["build_months"] = made
    spec.loader.exec_module(made)
    return made


def level(number: int) -> int:
    """Deaths a month of the country of that number, the same in every year."""
    return 0 if number % 4 == 3 else 5 * number


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Small files in the published formats: sixteen countries whose months never change."""
    folder = tmp_path_factory.mktemp("published")
    names = {iso: states()[iso].name for iso in ISO}
    gw = {iso: states()[iso].gw[0] for iso in ISO}

    def write(name: str, header: list[str], rows: list[list[Any]]) -> str:
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return str(folder / name)

    both = [(iso, year) for iso in ISO for year in YEARS]
    levels = [level(number) for number in range(len(ISO))]
    months = [[f"{year}-{n:02d}-28", *levels, 0] for year in YEARS for n in range(1, 13)]
    deaths = ["sb_total_deaths_best_cy", "ns_total_deaths_best_cy", "os_total_deaths_best_cy"]
    return [
        "--country-month", write("months.csv", ["", *names.values(), "Unnamed: 17"], months),
        "--country-year", write(
            "years.csv", ["country_id_cy", "country_cy", "year_cy", *deaths],
            [[gw[iso], names[iso], year, 12 * level(ISO.index(iso)), 0, 0] for iso, year in both],
        ),
        "--population", write("people.csv", ["gwcode", "year", "pop"], [[gw[iso], year, 9000] for iso, year in both]),
        "--mortality", write("infants.csv", ["gwcode", "year", "infmort"], [[gw[iso], year, 50] for iso, year in both]),
        "--regimes", write(
            "regimes.csv", ["country_text_id", "year", "v2x_polyarchy"], [[iso, year, 0.5] for iso, year in both]
        ),
    ]  # fmt: skip


@pytest.fixture
def scenarios(root: Path, tmp_path: Path) -> Path:
    """A folder with one theatre of the list: the small country under Mali's name and dates."""
    folder = tmp_path / "mali_2012"
    shutil.copytree(root / "scenarios/sahra", folder)
    for path in (*folder.glob("*.*"), *(folder / "policies").glob("*.yaml")):
        text = path.read_text(encoding="utf-8").replace("2031", "2013").replace("2030", "2012").replace("2029", "2011")
        path.write_text(text.replace("name: sahra", "name: mali_2012"), encoding="utf-8")
    return tmp_path


def test_the_files_are_made_and_the_theatre_is_scored_by_month(
    module: Any, files: list[str], scenarios: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "NEAREST", 240)
    monkeypatch.setattr(module, "ALIASES", {})
    assert module.main(["--scenarios", str(scenarios), *files]) == 0
    told = capsys.readouterr().out
    assert "mali_2012: near_miss, months scored" in told
    assert "kenya_2007: not there yet" in told
    theatre = read_theatre(scenarios / "mali_2012")
    scoring, observed = hindcast.read_scoring(theatre), hindcast.read_observed(theatre)
    assert (scoring.role, scoring.months) == ("near_miss", True)
    assert (observed.kind, observed.scored) == ("all_types", ("2012-01", "2012-11"))  # 365 days of a leap year
    assert observed.training == ("2010-12", "2011-12")
    assert set(observed.deaths(hindcast.span(*observed.scored))) == {float(level(0))}
    assert {stage for stage, _ in observed.structural} == {stage.name for stage in theatre.stages}
    found = hindcast.hindcast(theatre, runs=2, replicates=1, workers=1, parameters="stated", progress=False,
                              output=scenarios / "out")  # fmt: skip
    for key in ("crps", "log_score", "covered_50", "covered_90", "crps_flat", "crps_last12", "crps_persistence",
                "crps_structural", "log_structural"):  # fmt: skip
        assert math.isfinite(found[key])
    assert "four simple forecasts" in found["sentence"]
    assert "near-miss control" in found["card"]["role_said"]


def test_the_regression_finds_a_relation_that_is_there(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Months that are their country's level of the year before, with noise: the forecast is that level and noise."""
    rng = np.random.default_rng(3)
    gw = {f"c{n}": n + 1 for n in range(80)}
    months: dict[str, dict[str, float]] = {}
    for number, name in enumerate(gw):
        log = 1.0 + number / 20
        months[name] = {
            f"{year}-{n:02d}": float(np.expm1(max(log + rng.normal(0, 0.4), 0))) for year in YEARS for n in range(1, 13)
        }
    both = [(n, year) for n in gw.values() for year in YEARS]
    same = dict.fromkeys(both, 1.0)
    countries = module.Countries(months, gw, dict.fromkeys(both, (0.0, 0.0, 0.0)), same, same, same)
    fitted = module.fit(countries, 1, 2010, "all_types")
    assert len(fitted.seen) == 79 * 19 * 12
    for level_now in (2.0, 4.0):
        mean, sd = fitted.forecast([*countries.known(1, 2009), level_now])
        assert mean == pytest.approx(level_now, abs=0.1)
        assert sd == pytest.approx(0.4, abs=0.06)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"theatres": ["atlantis_1999"]}, "'atlantis_1999' is not in the list"),
        ({"--population": "years.csv"}, "no column 'gwcode'"),
        ({"--regimes": "none.csv"}, "the file cannot be read"),
    ],
)
def test_what_cannot_be_used_is_told(
    module: Any, files: list[str], scenarios: Path, change: dict[str, Any], told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    words = [*change.get("theatres", []), "--scenarios", str(scenarios), *files]
    for flag in ("--population", "--regimes"):
        if flag in change:
            words[words.index(flag) + 1] = str(Path(files[1]).parent / change[flag])
    assert module.main(words) == 2
    assert told in capsys.readouterr().err


def test_every_theatre_of_the_list_has_a_role_that_is_known(module: Any) -> None:
    from sim.study import card

    for row in module.read_list().values():
        assert row.role in card.ROLES
        assert row.months in ("scored", "not_scored", "own")
        assert row.caveat or row.months == "own" or row.role == "never_scored"
        assert row.why or row.role == "case"
    assert module.read_list()["macedonia_2001"].role == "never_scored"
