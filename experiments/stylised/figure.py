"""One SVG of cumulative shares, in the colours of the reports (sim/view); it needs no script."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

import numpy as np

from sim.view.figures import BASELINE_COLOUR, INK, OKABE_ITO

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720, 300, 52, 16, 62
POINTS = 120
RECORDED = "recorded"


def cumulative(samples: Mapping[str, Sequence[float]], scale: str, across: str) -> str:
    """Share of values of each sample that are at most so large; the record is drawn thick and grey."""
    every = np.concatenate([np.asarray(one, dtype=float) for one in samples.values()])
    low, high = float(every.min()), float(np.quantile(every, 0.999))
    if scale == "log":
        low, high = max(low, 1e-3), max(high, 10.0 * max(low, 1e-3))
    elif low >= 0.0:
        low, high = 0.0, 1.0 if high <= 1.0 else high
    high = high if high > low else low + 1.0

    def bend(value: float) -> float:
        return math.log10(value) if scale == "log" else value

    def x(value: float) -> float:
        at = (bend(min(max(value, low), high)) - bend(low)) / (bend(high) - bend(low))
        return LEFT + at * (WIDTH - LEFT - 16)

    def y(share: float) -> float:
        return TOP + (1.0 - share) * (HEIGHT - TOP - BOTTOM)

    body = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>']
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        body.append(f'<line x1="{LEFT}" x2="{WIDTH - 16}" y1="{y(share):.1f}" y2="{y(share):.1f}" stroke="#dde1e6"/>')
        body.append(f'<text x="{LEFT - 8}" y="{y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    for tick in _ticks(low, high, scale):
        body.append(f'<text x="{x(tick):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick:,.3g}</text>')
    body.append(f'<text x="{LEFT}" y="{HEIGHT - BOTTOM + 36}">{escape(across)}</text>')
    for number, (name, sample) in enumerate(samples.items()):
        paint, width = (BASELINE_COLOUR, 4) if name == RECORDED else (OKABE_ITO[(number - 1) % len(OKABE_ITO)], 2)
        body.append(
            f'<polyline fill="none" stroke="{paint}" stroke-width="{width}" points="{_steps(sample, x, y)}"/>'
        )
        at = LEFT + number * (WIDTH - LEFT) / max(len(samples), 1)
        body.append(f'<rect x="{at:.0f}" y="{HEIGHT - 16}" width="14" height="4" fill="{paint}"/>')
        body.append(f'<text x="{at + 19:.0f}" y="{HEIGHT - 10}">{escape(name)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(across)}: cumulative shares" font-family="sans-serif" font-size="12" fill="{INK}">'
        + "\n".join(body)
        + "</svg>\n"
    )


def _ticks(low: float, high: float, scale: str) -> list[float]:
    if scale == "log":
        return [10.0**n for n in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]
    return [low + (high - low) * n / 4 for n in range(5)]


def _steps(sample: Sequence[float], x: Callable[[float], float], y: Callable[[float], float]) -> str:
    some = np.sort(np.asarray(sample, dtype=float))
    kept = np.unique(np.append(np.linspace(0, some.size - 1, POINTS).astype(int), np.searchsorted(some, np.unique(some)[:60])))
    points: list[str] = []
    before = 0.0
    for n in kept:
        share = float(np.searchsorted(some, some[n], side="right")) / some.size
        points += [f"{x(some[n]):.1f},{y(before):.1f}", f"{x(some[n]):.1f},{y(share):.1f}"]
        before = share
    return " ".join(points)
