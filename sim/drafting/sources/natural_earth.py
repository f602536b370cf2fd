"""Natural Earth: the shapes of countries (GeoJSON), to tell land from sea."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.drafting.sources.table import Format
from sim.ground.check import BadInput


@dataclass(frozen=True)
class Shape:
    """An area of one or more polygons; `rings` float64 [corner, (lon, lat)] each, holes included."""

    rings: tuple[Any, ...]

    def holds(self, lat: Any, lon: Any) -> Any:
        """Which of the points (degrees, any shape) lie inside: an odd number of edges lies east of them."""
        lat, lon = np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)
        inside = np.zeros(lat.shape, dtype=bool)
        for ring in self.rings:
            x, y = ring[:, 0], ring[:, 1]
            for x0, y0, x1, y1 in zip(x[:-1], y[:-1], x[1:], y[1:], strict=True):
                if y0 != y1:
                    crosses = ((y0 > lat) != (y1 > lat)) & (lon < x0 + (lat - y0) / (y1 - y0) * (x1 - x0))
                    inside ^= crosses
        return inside


@dataclass
class Borders:
    """ISO code -> `Shape`."""

    shapes: dict[str, Shape] = field(default_factory=dict)

    def on_land(self, lat: Any, lon: Any) -> Any:
        """Which of the points lie in any country."""
        found = np.zeros(np.shape(lat), dtype=bool)
        for shape in self.shapes.values():
            found |= shape.holds(lat, lon)
        return found


def read_features(path: Path) -> list[tuple[dict[str, Any], Shape]]:
    """(properties by lower-case name, shape) of each feature of a GeoJSON file. Raises BadInput when it is broken."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadInput(
            "the file is no JSON", where=path.name, why=str(error), instead="download it again; it may be cut off"
        ) from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise BadInput("there are no features in the file", where=path.name, instead="a GeoJSON FeatureCollection")
    return [_feature(path, number, one) for number, one in enumerate(features, start=1)]


def _feature(path: Path, number: int, feature: Any) -> tuple[dict[str, Any], Shape]:
    try:
        geometry = feature["geometry"] or {"type": "MultiPolygon", "coordinates": []}
        areas = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}[geometry["type"]]
        rings = tuple(np.array(ring, dtype=float)[:, :2] for area in areas for ring in area)
        return {str(key).casefold(): value for key, value in feature["properties"].items()}, Shape(rings)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise BadInput(
            "the feature is no polygon with properties", where=f"{path.name}: feature {number}", why=repr(error),
            instead="the file as published, in degrees (WGS 84)",
        ) from None  # fmt: skip


def _read(path: Path) -> Borders:
    made = Borders()
    for properties, shape in read_features(path):
        # France and Norway carry -99 as ISO code; the code of Natural Earth itself is theirs
        codes = (str(properties.get(key)) for key in ("iso_a3_eh", "iso_a3", "adm0_a3"))
        code = next((code for code in codes if len(code) == 3 and code.isalpha()), "")
        if code:
            made.shapes[{"KOS": "XKX", "SDS": "SSD"}.get(code, code)] = shape
    if not made.shapes:
        raise BadInput(
            "no feature has a country code", where=path.name, instead="ne_110m_admin_0_countries as published"
        )
    return made


COUNTRIES = Format(
    "natural_earth", "Natural Earth, countries", "Natural Earth (public domain)", ("adm0_a3", "admin-0 country"), (),
    0, 2009, _read, kind="json",
)  # fmt: skip
