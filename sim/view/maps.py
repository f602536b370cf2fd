"""Prefecture maps as inline SVG.

A prefecture's area is made of the cells nearest to its modelled places, inside their hull: it shows where
the model's people are, it is not an administrative border, and it needs no boundary file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from sim.study.words import count, number

if TYPE_CHECKING:
    from sim.scenario.theatre import Theatre

CIVIDIS = ("#fdea45", "#cbba69", "#a69d75", "#7d7c78", "#575d6d", "#31446b", "#00224e")
"""Seven steps of the Cividis map, light to dark."""
EMPTY = "#f1f3f5"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shapes:
    """Drawn areas by prefecture, in a box of `width` x `height`: `cells` polygons, `borders` segments,
    `centres`."""

    width: float
    height: float
    cells: dict[str, list[list[Point]]]
    borders: list[tuple[Point, Point]]
    centres: dict[str, Point]


def shapes(theatre: Theatre, width: float = 320) -> Shapes | None:
    """The areas of the theatre's prefectures, or None when fewer than three places lie inside."""
    inside = [place for place in theatre.places if place.inside]
    spots: dict[Point, str] = {}
    for place in inside:
        spots.setdefault((place.lon, place.lat), place.prefecture)
    if len(spots) < 3:
        return None
    squeeze = math.cos(math.radians(sum(lat for _, lat in spots) / len(spots)))
    flat = {(lon * squeeze, -lat): prefecture for (lon, lat), prefecture in spots.items()}
    hull = _widened(_hull(list(flat)))
    if len(hull) < 3:
        return None
    left, right = min(x for x, _ in hull), max(x for x, _ in hull)
    top, bottom = min(y for _, y in hull), max(y for _, y in hull)
    scale = (width - 4) / (right - left)

    def drawn(point: Point) -> Point:
        return 2 + (point[0] - left) * scale, 2 + (point[1] - top) * scale

    cells: dict[str, list[list[Point]]] = {}
    borders: list[tuple[Point, Point]] = []
    for spot, prefecture in flat.items():
        polygon: list[tuple[Point, Point | None]] = [(corner, None) for corner in hull]
        for other in flat:
            if other != spot:
                polygon = _clipped(polygon, spot, other)
        corners = [drawn(corner) for corner, _ in polygon]
        if len(corners) < 3:
            continue
        cells.setdefault(prefecture, []).append(corners)
        for i, (_, across) in enumerate(polygon):
            # an edge carries the neighbour beyond it; each shared border is drawn once
            if across is None or (flat[across] != prefecture and spot < across):
                borders.append((corners[i], corners[(i + 1) % len(corners)]))
    centres = {prefecture: _centre(polygons) for prefecture, polygons in cells.items()}
    return Shapes(width, 4 + (bottom - top) * scale, cells, borders, centres)


def _hull(points: list[Point]) -> list[Point]:
    """The convex hull (Andrew's monotone chain)."""
    ordered = sorted(points)

    def half(sequence: Sequence[Point]) -> list[Point]:
        chain: list[Point] = []
        for p in sequence:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], p) <= 0:
                chain.pop()
            chain.append(p)
        return chain[:-1]

    return half(ordered) + half(ordered[::-1])


def _weighed(polygon: list[Point]) -> tuple[float, float, float]:
    """Area and centre of a polygon."""
    doubled = x = y = 0.0
    for a, b in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        cross = a[0] * b[1] - b[0] * a[1]
        doubled, x, y = doubled + cross, x + (a[0] + b[0]) * cross, y + (a[1] + b[1]) * cross
    if abs(doubled) < 1e-9:
        return 0.0, *polygon[0]
    return abs(doubled) / 2, x / (3 * doubled), y / (3 * doubled)


def _centre(polygons: list[list[Point]]) -> Point:
    """The middle of the largest cell."""
    _, x, y = max(_weighed(polygon) for polygon in polygons)
    return x, y


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _widened(hull: list[Point], by: float = 0.09) -> list[Point]:
    """The hull of discs around the corners, so that places at the edge keep an area."""
    reach = by * max(
        max(x for x, _ in hull) - min(x for x, _ in hull), max(y for _, y in hull) - min(y for _, y in hull)
    )
    turns = [2 * math.pi * k / 24 for k in range(24)]
    return _hull([(x + reach * math.cos(t), y + reach * math.sin(t)) for x, y in hull for t in turns])


def _clipped(
    polygon: list[tuple[Point, Point | None]], here: Point, there: Point
) -> list[tuple[Point, Point | None]]:
    """What of the polygon is nearer to `here` than to `there`; each corner carries what lies beyond the
    edge after it."""
    half = ((there[0] ** 2 + there[1] ** 2) - (here[0] ** 2 + here[1] ** 2)) / 2

    def beyond(p: Point) -> float:
        return p[0] * (there[0] - here[0]) + p[1] * (there[1] - here[1]) - half

    kept: list[tuple[Point, Point | None]] = []
    for i, (corner, edge) in enumerate(polygon):
        following = polygon[(i + 1) % len(polygon)][0]
        a, b = beyond(corner), beyond(following)
        if a <= 0:
            kept.append((corner, edge))
        if (a <= 0) != (b <= 0):
            t = a / (a - b)
            cut = (corner[0] + t * (following[0] - corner[0]), corner[1] + t * (following[1] - corner[1]))
            kept.append((cut, there if a <= 0 else edge))
    return kept


def classes(values: Sequence[float]) -> list[float]:
    """Round class bounds that span the values from 1 up, at most seven; the largest are kept."""
    seen = [value for value in values if value >= 1]
    if not seen:
        return []
    steps = (1, 2, 5) if max(seen) < 100 * min(seen) else (1, 3)
    ladder = [m * 10.0**e for e in range(0, 9) for m in steps]
    first = max(bound for bound in ladder if bound <= min(seen))
    return [bound for bound in ladder if first <= bound <= max(seen)][-len(CIVIDIS) :]


def _shade(step: int, steps: int) -> str:
    """The colour of class `step` (0 = below all bounds) of `steps`, spread over the whole of Cividis."""
    if step == 0:
        return EMPTY
    return CIVIDIS[-1] if steps == 1 else CIVIDIS[round((step - 1) * (len(CIVIDIS) - 1) / (steps - 1))]


def choropleth(
    area: Shapes, values: Mapping[str, float], bounds: Sequence[float], title: str, unit: str
) -> str:
    """One map. `values` by prefecture; the colour is the class among `bounds`; numbers stand on the map."""
    shades = {
        name: _shade(sum(values.get(name, 0.0) >= b for b in bounds), len(bounds)) for name in area.cells
    }
    labels = {name: _short(values.get(name, 0.0)) for name in area.cells}
    titles = {name: f"{name}: {count(values.get(name, 0.0))} {unit}" for name in area.cells}
    ordered = "; ".join(f"{name} {count(values.get(name, 0.0))}" for name in sorted(area.cells))
    said = f"{title}, {unit} by prefecture: {ordered}"
    return (
        f'<figure class="small map"><figcaption>{escape(title)}</figcaption>'
        f"{_drawn(area, shades, labels, titles, said)}</figure>"
    )


def key_map(area: Shapes) -> str:
    """The map that names the prefectures, by number."""
    names = sorted(area.cells)
    labels = {name: str(i + 1) for i, name in enumerate(names)}
    said = "Where the prefectures lie: " + ", ".join(names)
    drawn = _drawn(area, dict.fromkeys(names, EMPTY), labels, {name: name for name in names}, said)
    items = "".join(f"<li>{escape(name)}</li>" for name in names)
    return (
        '<figure class="small map key"><figcaption>The prefectures</figcaption>'
        f"{drawn}<ol>{items}</ol></figure>"
    )


def _short(value: float) -> str:
    if 0 < value < 1:
        return "<1"
    return f"{number(value / 1000)}k" if value >= 1000 else count(value)


def _drawn(
    area: Shapes, shades: Mapping[str, str], labels: Mapping[str, str], titles: Mapping[str, str], said: str
) -> str:
    body = ""
    for name, polygons in area.cells.items():
        path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in polygon) + "Z" for polygon in polygons)
        body += (
            f'<path d="{path}" fill="{shades[name]}" stroke="{shades[name]}" stroke-width=".7">'
            f"<title>{escape(titles[name])}</title></path>"
        )
    lines = "".join(f"M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}" for a, b in area.borders)
    body += f'<path d="{lines}" fill="none" stroke="#fff" stroke-width="1.6"/>'
    body += f'<path d="{lines}" fill="none" stroke="#39424e" stroke-width=".6"/>'
    spots = _spread(area)
    for name in _too_small(area):
        x, y = spots[name]
        disc = f'fill="{shades[name]}" stroke="#39424e" stroke-width=".8"'
        body += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="10" {disc}/>'
    for name, (x, y) in spots.items():
        on_dark = " on-dark" if shades[name] in CIVIDIS[3:] else ""
        at = f'x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle"'
        body += f'<text class="map-number{on_dark}" {at}>{escape(labels[name])}</text>'
    box = f"0 0 {area.width:.0f} {area.height:.0f}"
    return f'<svg viewBox="{box}" role="img" aria-label="{escape(said)}">{body}</svg>'


def _too_small(area: Shapes) -> list[str]:
    """Prefectures whose drawn area would not show its colour, a capital district for example."""
    sizes = {name: sum(_weighed(polygon)[0] for polygon in polygons) for name, polygons in area.cells.items()}
    return sorted(name for name, size in sizes.items() if size < 0.012 * sum(sizes.values()))


def _spread(area: Shapes) -> dict[str, Point]:
    """Label positions moved downwards where two would overlap."""
    placed: dict[str, Point] = {}
    for name, (x, y) in sorted(area.centres.items(), key=lambda item: item[1][1]):
        for other in sorted(placed.values(), key=lambda spot: spot[1]):
            if abs(other[0] - x) < 24 and abs(other[1] - y) < 14:
                y = other[1] + 14
        placed[name] = (min(max(x, 14), area.width - 14), min(max(y, 10), area.height - 8))
    return placed


def legend(bounds: Sequence[float], unit: str) -> str:
    """The colour classes of the maps in words."""
    steps = ["under 1" if not bounds else f"under {count(bounds[0])}"]
    steps += [f"{count(low)}\u2013{count(high)}" for low, high in zip(bounds, bounds[1:], strict=False)]
    if bounds:
        steps.append(f"{count(bounds[-1])} and more")
    shades = [_shade(step, len(bounds)) for step in range(len(bounds) + 1)]
    items = "".join(
        f'<span><i style="background:{shade}"></i>{escape(words)}</span>'
        for shade, words in zip(shades, steps, strict=True)
    )
    return f'<p class="legend">{escape(unit)}: {items}</p>'
