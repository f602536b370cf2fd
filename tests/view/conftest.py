"""An output folder made of random numbers in the shape that the study writes, on a small theatre."""

from __future__ import annotations

import datetime import json from collections.abc import Callable from pathlib import Path from typing import Any

import numpy as np import pyarrow as pa import pyarrow.parquet as pq import pytest

from sim.scenario.theatre import Group, Place, Population, Theatre

PREFECTURES = ("Amsir", "Belkara", "Dunes", "Haut-Tessala", "Lac", "Oued Nord") WEEKS, DRAWS, REPLICATES = 40, 16, 4
STRENGTH = { "none": 1.0, "factual_rule": 0.9, "preventive_deployment": 0.45, "targeted_sanctions": 1.0, }


def theatre() -> Theatre: """A fictional country with two places a prefecture and one neighbour.""" rng =
np.random.default_rng(5) places, population = [], [] for i, prefecture in enumerate(PREFECTURES): for j in range(2):
name = f"{prefecture} {'AB'[j]}" kind = "capital" if i == j == 0 else "town" lat, lon = 10 + 2.2 * (i // 3) +
rng.uniform(0, 1.4), 15 + 2.2 * (i % 3) + rng.uniform(0, 1.6) places.append( Place(name, prefecture, kind, lat, lon,
True, 0.2, 0.1, 0.5, None, "FIC", "x", "assumption") ) population.append(Population(name, "plains", 40_000, None, None,
"x", "assumption")) places.append( Place("Over There", "Abroad", "neighbour", 16, 20, False, 0, 0, 1, None, "XXX", "x",
"assumption") ) return Theatre( path=Path("sahra"), name="sahra", title="Sahra", summary="A fictional country.",
country="FIC", start=datetime.date(2030, 1, 1), days=280, people_per_row=50, stage="start", stages=(), risk={},
seasons=(), priors={}, places=tuple(places), prefectures=PREFECTURES, groups=(Group("plains", "People of the plains",
"included", 0.2, "x", "assumption"),), population=tuple(population), relations=(), links=(), actors=(), units=(),
control=(), institutions=(), calendar=(), )


INSTRUMENTS: dict[str, list[dict[str, Any]]] = { "preventive_deployment": [ { "instrument": "force", "name": "preventive
force", "force": "battlegroup", "size": {"value": 1500, "low": 1000, "high": 2000, "source": "x", "grade":
"assumption"}, "places": ["Amsir A", "Lac A"], "lead_days": {"value": 15, "low": 10, "high": 60, "grade": "assumption"},
"ramp_days": 10, "cost_per_person_day_eur": 420, "payer": "european_union", "consent": "host", } ],
"targeted_sanctions": [ { "instrument": "targeted_sanctions", "name": "asset freeze", "targets": ["guard"], "lead_days":
30, "cost_eur_per_day": 2000, "payer": "member_states", } ], }


def write_outputs(folder: Path, strength: dict[str, float] | None = None, seed: int = 3) -> Path: """Fill `folder`;
`strength` multiplies the deaths of each policy (the first one is the baseline).""" strength = strength or STRENGTH
folder.mkdir(parents=True, exist_ok=True) rng = np.random.default_rng(seed) level = rng.lognormal(6.2, 0.7, DRAWS) shape
= np.exp(-0.5 * ((np.arange(WEEKS) - 12) / 7) ** 2) + 0.04 share = rng.dirichlet(np.ones(len(PREFECTURES)) * 1.5) runs:
list[dict[str, Any]] = [] series: dict[str, list[Any]] = { k: [] for k in ("policy", "draw", "replicate", "week",
"prefecture", "variable", "value") } places: list[dict[str, Any]] = [] policies: dict[str, Any] = {} deaths: dict[str,
np.ndarray] = {} for name, factor in strength.items(): by_place = np.zeros((DRAWS * REPLICATES, len(PREFECTURES))) moved
= ( np.where(np.arange(len(PREFECTURES)) == 4, 2.4, 1.0) if name == "preventive_deployment" else 1.0 ) for draw in
range(DRAWS): for replicate in range(REPLICATES): noise = rng.lognormal(-0.06, 0.35) mean = level[draw] * factor * noise
* np.outer(shape / shape.sum(), share * moved) weekly = rng.poisson(mean) by_place[draw * REPLICATES + replicate] =
weekly.sum(0) total = int(weekly.sum()) runs.append( { "policy": name, "draw": draw, "replicate": replicate, "seed": 1,
"digest": "ab12", "civilian_deaths": float(total), "indirect_deaths": total * 0.4, "trapped": total * 2.0,
"displaced_internal": total * 90.0, "refugees_abroad": total * 40.0, "onset_day": 30.0, "peak_day": 84.0,
"mass_killing": float(total >= 1000), "deaths_plains": float(total), "deaths_by_guard": float(total), } ) displaced =
np.cumsum(weekly, 0) * 90 for variable, cube in (("deaths", weekly), ("displaced", displaced)): for p, prefecture in
enumerate(PREFECTURES): series["policy"] += [name] * WEEKS series["draw"] += [draw] * WEEKS series["replicate"] +=
[replicate] * WEEKS series["week"] += list(range(WEEKS)) series["prefecture"] += [prefecture] * WEEKS series["variable"]
+= [variable] * WEEKS series["value"] += cube[:, p].astype(np.float32).tolist() mean_place = by_place.mean(0) for p,
prefecture in enumerate(PREFECTURES): for j in range(2): for variable, scale in (("deaths", 0.5), ("displaced", 45.0)):
value = float(mean_place[p] * scale) places.append( { "policy": name, "place": f"{prefecture} {'AB'[j]}", "variable":
variable, "mean": value, "q05": value / 3, "q50": value, "q95": value * 3, } ) mine = [row for row in runs if
row["policy"] == name] deaths[name] = np.array([row["civilian_deaths"] for row in mine]) outcomes = {} for key in
("civilian_deaths", "indirect_deaths", "displaced_internal", "refugees_abroad", "trapped"): values = np.array([row[key]
for row in mine]) outcomes[key] = { "mean": values.mean(), "median": np.median(values), "q05": np.quantile(values,
0.05), "q95": np.quantile(values, 0.95), } policies[name] = { "title": name.replace("_", " ").capitalize() if name !=
"none" else "Doing nothing", "summary": f"What {name} does.", "outcomes": outcomes, "mass_killing_share":
float((deaths[name] >= 1000).mean()), "assumption": "" if name == "none" else "assumes a political decision on
2030-01-15; no battlegroup was ever sent", "decided_on": {} if name == "none" else {"date": "2030-01-15"}, "families":
[raw["instrument"] for raw in INSTRUMENTS.get(name, [])], "instruments": INSTRUMENTS.get(name, []), "euros_by_payer":
{"european_union": 1.9e8} if name == "preventive_deployment" else {}, } baseline = next(iter(strength)) timing = {} for
name in list(strength)[1:]: effect = (deaths[name] - deaths[baseline]).reshape(DRAWS, REPLICATES).mean(1) half = 1.96 *
effect.std(ddof=1) / np.sqrt(DRAWS) mean = effect.mean() policies[name]["difference"] = { "civilian_deaths": { "mean":
mean, "mc_low": mean - half, "mc_high": mean + half, "param_low": np.quantile(effect, 0.05), "param_high":
np.quantile(effect, 0.95), } } policies[name]["p_harm"] = float((effect > 0).mean()) timing[name] = [ { "delay_days": d,
"saved_mean": -mean * k, "mc_low": -mean * k - half, "mc_high": -mean * k + half, } for d, k in ((0, 1.0), (30, 0.7),
(60, 0.4), (90, 0.1)) ] summary = { "schema_version": 1, "scenario": "sahra", "baseline": baseline, "runs": DRAWS *
REPLICATES, "draws": DRAWS, "seed": 1, "policies": policies, "timing": timing, "assumption_share": 0.62, "placebo": {
"preventive_deployment": { "what": "decided after the end", "runs": 4, "difference": 0.0, "identical": True, } }, }
(folder / "summary.json").write_text(json.dumps(summary, default=float)) (folder / "manifest.json").write_text(
json.dumps( { "scenario": "sahra", "start": "2030-01-01", "config_hash": "c0ffee", "versions": {"python": "3.11"}, } ) )
pq.write_table(pa.Table.from_pylist(runs), folder / "runs.parquet", write_page_checksum=True)
pq.write_table(pa.table(series), folder / "series.parquet", write_page_checksum=True)
pq.write_table(pa.Table.from_pylist(places), folder / "places.parquet", write_page_checksum=True) return folder


def hindcast(crps: float) -> dict[str, Any]: """A hindcast block whose best plain baseline has a CRPS of 0.54.""" months
= [f"2014-{m:02d}" for m in range(1, 13)] return { "months": 12, "covered_50": 0.5, "covered_90": 0.83, "mean_width":
2.1, "crps": crps, "crps_flat": 0.59, "crps_last12": 0.57, "crps_persistence": 0.54, "interval_score": 3.1,
"prefecture_rank_correlation": 0.6, "refugees_ard": 0.4, "patterns": [{"name": "peak in December 2013", "window": [30,
60], "simulated": 41, "met": True}], "series": [ { "month": m, "observed": 40 + 90 * (i % 4), "observed_low": 30,
"observed_high": 400, "q05": 5, "q25": 40, "q50": 100, "q75": 180, "q95": 420, } for i, m in enumerate(months) ], }


@pytest.fixture(scope="session") def made(tmp_path_factory: pytest.TempPathFactory) -> Path: """One output folder that
no test changes.""" return write_outputs(tmp_path_factory.mktemp("report") / "sahra")


@pytest.fixture def outputs(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path: """A copy of an output
folder whose scenario is the small theatre.""" import shutil

monkeypatch.setattr("sim.view.outputs._theatre", lambda summary, manifest: theatre()) shutil.copytree(made, tmp_path /
"out") return tmp_path / "out"


@pytest.fixture def edit() -> Callable[..., None]: """Change summary.json of a folder: ``edit(folder, change)`` calls
``change(summary)``."""

def change_it(folder: Path, change: Callable[[dict[str, Any]], None]) -> None: path = folder / "summary.json" data =
json.loads(path.read_text()) change(data) path.write_text(json.dumps(data))

return change_it
