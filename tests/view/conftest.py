"""An output folder made of random numbers in the shape that the study writes, on a small theatre."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.scenario.theatre import Group, Place, Population, Theatre
from sim.study import outcomes
from sim.study.outcomes import Sample

PREFECTURES = ("Amsir", "Belkara", "Dunes", "Haut-Tessala", "Lac", "Oued Nord")
WEEKS, DRAWS, REPLICATES = 40, 16, 4
STRENGTH = {"none": 1.0, "factual_rule": 0.9, "preventive_deployment": 0.45, "targeted_sanctions": 1.0}
OUTCOMES = ("civilian_deaths", "indirect_deaths", "displaced_internal", "refugees_abroad", "trapped")


def theatre() -> Theatre:
    """A fictional country with two places a prefecture and one neighbour."""
    rng = np.random.default_rng(5)
    graded = ("x", "assumption")
    places, population = [], []
    for i, prefecture in enumerate(PREFECTURES):
        for j in range(2):
            name = f"{prefecture} {'AB'[j]}"
            kind = "capital" if i == j == 0 else "town"
            lat, lon = 10 + 2.2 * (i // 3) + rng.uniform(0, 1.4), 15 + 2.2 * (i % 3) + rng.uniform(0, 1.6)
            places.append(Place(name, prefecture, kind, lat, lon, True, 0.2, 0.1, 0.5, None, "FIC", *graded))
            population.append(Population(name, "plains", 40_000, None, None, *graded))
    places.append(Place("Over There", "Abroad", "neighbour", 16, 20, False, 0, 0, 1, None, "XXX", *graded))
    return Theatre(
        path=Path("sahra"), name="sahra", title="Sahra", summary="A fictional country.", country="FIC",
        start=datetime.date(2030, 1, 1), days=280, people_per_row=50, stage="start", stages=(), risk={},
        seasons=(), priors={}, places=tuple(places), prefectures=PREFECTURES,
        groups=(Group("plains", "People of the plains", "included", 0.2, *graded),),
        population=tuple(population), relations=(), links=(), actors=(), units=(), control=(),
        killed=(), displaced=(), institutions=(), calendar=(),
    )  # fmt: skip


INSTRUMENTS: dict[str, list[dict[str, Any]]] = {
    "preventive_deployment": [
        {
            "instrument": "force",
            "name": "preventive force",
            "force": "battlegroup",
            "size": {"value": 1500, "low": 1000, "high": 2000, "source": "x", "grade": "assumption"},
            "places": ["Amsir A", "Lac A"],
            "lead_days": {"value": 15, "low": 10, "high": 60, "grade": "assumption"},
            "ramp_days": 10,
            "cost_per_person_day_eur": 420,
            "payer": "european_union",
            "consent": "host",
        }
    ],
    "targeted_sanctions": [
        {
            "instrument": "targeted_sanctions",
            "name": "asset freeze",
            "targets": ["guard"],
            "lead_days": 30,
            "cost_eur_per_day": 2000,
            "payer": "member_states",
        }
    ],
}


def write_outputs(folder: Path, strength: dict[str, float] | None = None, seed: int = 3) -> Path:
    """Fill `folder`; `strength` multiplies the deaths of each policy (the first one is the baseline)."""
    strength = strength or STRENGTH
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    level = rng.lognormal(6.2, 0.7, DRAWS)
    shape = np.exp(-0.5 * ((np.arange(WEEKS) - 12) / 7) ** 2) + 0.04
    share = rng.dirichlet(np.ones(len(PREFECTURES)) * 1.5)
    runs: list[dict[str, Any]] = []
    columns = ("policy", "draw", "replicate", "week", "prefecture", "variable", "value")
    series: dict[str, list[Any]] = {name: [] for name in columns}
    places: list[dict[str, Any]] = []
    policies: dict[str, Any] = {}
    deaths: dict[str, np.ndarray[Any, Any]] = {}
    for name, factor in strength.items():
        by_place = np.zeros((DRAWS * REPLICATES, len(PREFECTURES)))
        spared = np.where(np.arange(len(PREFECTURES)) == 4, 2.4, 1.0)
        local = spared if name == "preventive_deployment" else np.ones(len(PREFECTURES))
        for draw in range(DRAWS):
            for replicate in range(REPLICATES):
                noise = rng.lognormal(-0.06, 0.35)
                mean = level[draw] * factor * noise * np.outer(shape / shape.sum(), share * local)
                weekly = rng.poisson(mean)
                by_place[draw * REPLICATES + replicate] = weekly.sum(0)
                runs.append(_run(name, draw, replicate, int(weekly.sum())))
                for variable, cube in (("deaths", weekly), ("displaced", np.cumsum(weekly, 0) * 90)):
                    for p, prefecture in enumerate(PREFECTURES):
                        fixed = (name, draw, replicate, None, prefecture, variable)
                        for column, value in zip(columns, fixed, strict=False):
                            series[column] += [value] * WEEKS if column != "week" else list(range(WEEKS))
                        series["value"] += cube[:, p].astype(np.float32).tolist()
        for p, value in enumerate(by_place.mean(0)):
            for letter in "AB":
                for variable, scale in (("deaths", 0.5), ("displaced", 45.0)):
                    row = {"policy": name, "place": f"{PREFECTURES[p]} {letter}", "variable": variable}
                    places.append(row | dict.fromkeys(("mean", "q05", "q50", "q95"), float(value) * scale))
        mine = [row for row in runs if row["policy"] == name]
        deaths[name] = np.array([row["civilian_deaths"] for row in mine])
        policies[name] = _card(name, mine)
    baseline = next(iter(strength))
    timing = {}
    for name in list(strength)[1:]:
        effect = (deaths[name] - deaths[baseline]).reshape(DRAWS, REPLICATES).mean(1)
        half, mean = 1.75 * effect.std(ddof=1) / np.sqrt(DRAWS), effect.mean()
        low, high = np.quantile(effect, [0.05, 0.95])
        policies[name]["difference"] = {
            "civilian_deaths": {"mean": mean, "mc_low": mean - half, "mc_high": mean + half,
                                "param_low": low, "param_high": high}
        }  # fmt: skip
        policies[name]["p_harm"] = float((effect > 0).mean())
        timing[name] = [
            {
                "delay_days": d,
                "saved_mean": -k * mean,
                "mc_low": -k * mean - half,
                "mc_high": -k * mean + half,
            }
            for d, k in ((0, 1.0), (30, 0.7), (60, 0.4), (90, 0.1))
        ]
    keys = tuple((draw, replicate) for draw in range(DRAWS) for replicate in range(REPLICATES))
    samples = {name: Sample(keys, {"civilian_deaths": column.astype(float)}) for name, column in deaths.items()}
    titles = {name: card["title"] for name, card in policies.items()}
    placebo = {"runs": 4, "difference": 0.0, "outcomes_moved": [], "identical": True}
    summary = {
        "schema_version": 1, "scenario": "sahra", "baseline": baseline, "runs": DRAWS * REPLICATES,
        "draws": DRAWS, "seed": 1, "policies": policies, "timing": timing, "assumption_share": 0.62,
        "placebo": {"preventive_deployment": placebo},
        "lives_saved": outcomes.lives_saved(samples, baseline, titles, None),
        "indistinguishable": outcomes.indistinguishable(samples),
    }  # fmt: skip
    manifest = {
        "scenario": "sahra",
        "start": "2030-01-01",
        "config_hash": "c0ffee",
        "versions": {"python": "3"},
    }
    (folder / "summary.json").write_text(json.dumps(summary, default=float))
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for file, table in (
        ("runs", pa.Table.from_pylist(runs)),
        ("series", pa.table(series)),
        ("places", pa.Table.from_pylist(places)),
    ):
        pq.write_table(table, folder / f"{file}.parquet", write_page_checksum=True)
    return folder


def _run(policy: str, draw: int, replicate: int, total: int) -> dict[str, Any]:
    return {
        "policy": policy, "draw": draw, "replicate": replicate, "seed": 1, "digest": "ab12",
        "civilian_deaths": float(total), "indirect_deaths": total * 0.4, "trapped": total * 2.0,
        "displaced_internal": total * 90.0, "refugees_abroad": total * 40.0, "onset_day": 30.0,
        "peak_day": 84.0, "mass_killing": float(total >= 1000), "deaths_plains": float(total),
        "deaths_by_guard": float(total),
    }  # fmt: skip


def _card(name: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    outcomes = {}
    for key in OUTCOMES:
        values = np.array([row[key] for row in runs])
        low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
        outcomes[key] = {"mean": values.mean(), "median": middle, "q05": low, "q95": high}
    option = name != "none"
    text = "assumes a political decision on 2030-01-15; no battlegroup was ever sent"
    return {
        "title": name.replace("_", " ").capitalize() if option else "Doing nothing",
        "summary": f"What {name} does.",
        "outcomes": outcomes,
        "mass_killing_share": float(np.mean([row["mass_killing"] for row in runs])),
        "assumption": text if option else "",
        "decided_on": {"date": "2030-01-15"} if option else {},
        "families": [raw["instrument"] for raw in INSTRUMENTS.get(name, [])],
        "instruments": INSTRUMENTS.get(name, []),
        "euros_by_payer": {"european_union": 1.9e8} if name == "preventive_deployment" else {},
    }


def hindcast(crps: float) -> dict[str, Any]:
    """A hindcast block whose best plain baseline has a CRPS of 0.54."""
    bands = {"q05": 5, "q25": 40, "q50": 100, "q75": 180, "q95": 420}
    return {
        "months": 12, "covered_50": 0.5, "covered_90": 0.83, "mean_width": 2.1, "crps": crps,
        "crps_flat": 0.59, "crps_last12": 0.57, "crps_persistence": 0.54, "interval_score": 3.1,
        "prefecture_rank_correlation": 0.6, "refugees_ard": 0.4,
        "sentence": f"Scored, the model has a CRPS of {crps:.2f}, beside 0.54.",
        "without_largest_event": {"crps": crps - 0.01, "covered_90": 0.9},
        "perpetrator_shares": {"guard": {"observed": 0.6, "q05": 0.3, "q50": 0.5, "q95": 0.9},
                               "ghost": {"observed": 0.0, "q05": 0.0, "q50": 0.0, "q95": 0.001}},
        "refugees": [{"month": "2014-12", "observed": 187_000, "q05": 90, "q50": 110_000, "q95": 360_000}],
        "per_stage": {"d_2013": {"3": {"crps": 0.4, "crps_flat": 0.5, "crps_last12": 0.45, "covered_90": 1.0}}},
        "patterns": [
            {"name": "peak", "stage": "d_2013", "statement": "The peak is in December 2013.", "fact": "5 December",
             "low": 30, "high": 60, "median": 41.0, "share_of_runs_inside": 0.75, "share_never": 0.25},
            {"name": "gone", "stage": "d_2013", "statement": "It ends.", "fact": "", "low": 1, "high": 1,
             "median": None, "share_of_runs_inside": 0.0, "share_never": 1.0},
        ],
        "series": [
            {"month": f"2014-{i + 1:02d}", "observed": 40 + 90 * (i % 4), "observed_low": 30,
             "observed_high": 400, **bands} for i in range(12)
        ],
    }  # fmt: skip


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One output folder that no test changes."""
    return write_outputs(tmp_path_factory.mktemp("report") / "sahra")


@pytest.fixture
def outputs(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of an output folder whose scenario is the small theatre."""
    monkeypatch.setattr("sim.view.outputs._theatre", lambda summary, manifest: theatre())
    shutil.copytree(made, tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def edit() -> Callable[..., None]:
    """Change summary.json of a folder: ``edit(folder, change)`` calls ``change(summary)``."""

    def change_it(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
        path = folder / "summary.json"
        data = json.loads(path.read_text())
        change(data)
        path.write_text(json.dumps(data))

    return change_it
