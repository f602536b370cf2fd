"""Charts as inline SVG that needs no script.

Positions across are percentages, so that text keeps its size on a phone. Every function returns one HTML
fragment with a text alternative; titles and labels are escaped here. Colours are those of Okabe and Ito,
told apart under the common colour-vision deficiencies; the maps use Cividis.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from sim.study.words import count, fewer, number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.study.outcomes import Effect

    Floats = NDArray[np.floating[Any]]

INK = "#1b2430"
BASELINE_COLOUR = "#5a6472"
OKABE_ITO = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#000000")
"""Okabe and Ito's colours for a white page: without yellow and with a darker orange, for contrast."""
CAVEAT = "Simulated; excludes model error."


def colour(index: int) -> str:
    """The colour of the policy at `index`; 0 is the baseline."""
    return BASELINE_COLOUR if index == 0 else OKABE_ITO[(index - 1) % len(OKABE_ITO)]


@dataclass(frozen=True, slots=True)
class Axis:
    """Maps a value to a percentage 0..100; `kind` is linear, sqrt or log (of 1 + value), the last two from
    0 up."""

    low: float
    high: float
    kind: str = "linear"

    def _bend(self, value: float) -> float:
        if self.kind == "sqrt":
            return math.sqrt(max(value, 0.0))
        return math.log1p(max(value, 0.0)) if self.kind == "log" else value

    def at(self, value: float) -> float:
        """The position of `value` in per cent, kept within the axis."""
        low, high = self._bend(self.low), self._bend(self.high)
        if not math.isfinite(value) or high <= low:
            return 0.0
        return min(max(100.0 * (self._bend(value) - low) / (high - low), 0.0), 100.0)

    def ticks(self, about: int = 5) -> list[float]:
        """Round values that lie on the axis, about that many."""
        if self.kind == "linear":
            return _round_ticks(self.low, self.high, about)
        powers = [m * 10.0**e for e in range(0, 8) for m in (1, 3)]
        inside = [0.0, *(v for v in powers if v <= self.high)]
        if self.kind == "sqrt":
            inside = _round_ticks(0, self.high, about)
            finer = [v for v in powers if v < (inside[1] if len(inside) > 1 else 0) / 3]
            inside = [0.0, *finer[-1:], *inside[1:]]
        kept: list[float] = []
        for tick in reversed(inside):
            if not kept or self.at(kept[-1]) - self.at(tick) > 60 / about:
                kept.append(tick)
        return sorted(kept)


def _round_ticks(low: float, high: float, about: int) -> list[float]:
    if high <= low:
        return [low]
    step = 10 ** math.floor(math.log10((high - low) / about))
    step *= next((m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= about), 10)
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _svg(height: int, body: str, label: str, css: str = "") -> str:
    return (
        f'<svg class="chart {css}" width="100%" height="{height}" role="img" aria-label="{escape(label)}">'
        f"{body}</svg>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float, more: str = "") -> str:
    return (
        f'<line x1="{x1:.2f}%" y1="{y1:.1f}" x2="{x2:.2f}%" y2="{y2:.1f}" stroke="{stroke}" '
        f'stroke-width="{width}" {more}/>'
    )


def _text(x: float, y: float, words: str, anchor: str = "middle", css: str = "tick", dx: int = 0) -> str:
    at = f'x="{x:.2f}%" y="{y:.1f}" dx="{dx}" text-anchor="{anchor}"'
    return f'<text class="{css}" {at}>{escape(words)}</text>'


def _ring(x: float, y: float, paint: str) -> str:
    return f'<circle cx="{x:.2f}%" cy="{y:.1f}" r="4.8" fill="#fff" stroke="{paint}" stroke-width="2.3"/>'


def _x_axis(axis: Axis, name: str, signed: bool = False) -> str:
    marks = []
    for tick in axis.ticks():
        x = axis.at(tick)
        words = number(abs(tick)) if signed else number(tick)
        anchor = "start" if x < 4 else "end" if x > 96 else "middle"
        marks.append(_line(x, 0, x, 5, "#8a93a0", 1) + _text(x, 18, words, anchor))
    body = _line(0, 0.5, 100, 0.5, "#8a93a0", 1) + "".join(marks)
    named = f'<div class="axis-name">{escape(name)}</div>'
    return f'<div class="axis" aria-hidden="true">{_svg(22, body, name)}{named}</div>'


def _caveat(more: str = "") -> str:
    return f'<p class="caveat">{CAVEAT}{" " + escape(more) if more else ""}</p>'


def forest(rows: Sequence[tuple[str, str, Effect]], against: str, unit: str = "civilian deaths") -> str:
    """Differences against one reference. `rows` are (title, colour, effect); left of zero is fewer deaths."""
    ends = [
        end
        for _, _, e in rows
        for end in (e.param_low, e.param_high, e.mc_low, e.mc_high, e.mean)
        if math.isfinite(end)
    ]
    if not ends:
        return '<p class="none">There is nothing to compare.</p>'
    low, high = min(0.0, *ends), max(0.0, *ends)
    pad = 0.06 * ((high - low) or 1.0)
    axis = Axis(low - pad, high + pad)
    zero = axis.at(0)
    parts = []
    for title, paint, e in rows:
        body = _line(zero, 0, zero, 26, "#8a93a0", 1.5, 'stroke-dasharray="3 3"')
        if math.isfinite(e.param_low):
            body += _line(axis.at(e.param_low), 13, axis.at(e.param_high), 13, paint, 2)
            for end in (e.param_low, e.param_high):
                body += _line(axis.at(end), 8, axis.at(end), 18, paint, 2)
        if math.isfinite(e.mc_low):
            body += _line(axis.at(e.mc_low), 13, axis.at(e.mc_high), 13, paint, 8)
        body += _ring(axis.at(e.mean), 13, paint)
        said = f"{fewer(e.mean)}" + ("" if e.sign else ", not told apart")
        label = f"{title}: {fewer(e.mean)} {unit} than under {against}"
        parts.append(
            f'<div class="row"><div class="row-head"><b>{escape(title)}</b><span>{escape(said)}</span></div>'
            f"{_svg(26, body, label)}</div>"
        )
    sides = (
        f'<div class="sides" aria-hidden="true"><span>\u2190 fewer {escape(unit)}</span>'
        f"<span>more {escape(unit)} \u2192</span></div>"
    )
    name = f"difference in simulated {unit} against {against}"
    key = "Circle: mean. Thick bar: 90 % Monte Carlo interval. Thin bar: 90 % of parameter draws."
    return f'<div class="plot">{sides}{"".join(parts)}{_x_axis(axis, name, signed=True)}</div>' + _caveat(key)


def gantt(rows: Sequence[tuple[str, Mapping[str, float]]], runs: int, days: float, paint: str, title: str) -> str:
    """When each stage was reached. `rows` are (stage, quantiles q05, q25, q50, q75, q95 in days, and runs `reached`).

    `days` is the length of the axis, `runs` how many runs there were in all.
    """
    if not rows:
        return '<p class="none">No run saw a first sign.</p>'
    axis = Axis(0.0, max(days, 1.0))
    parts = []
    for stage, row in rows:
        body = _line(axis.at(row["q05"]), 9, axis.at(row["q95"]), 9, paint, 2)
        body += _line(axis.at(row["q25"]), 9, axis.at(row["q75"]), 9, paint, 8)
        body += _ring(axis.at(row["q50"]), 9, paint)
        said = f"day {row['q50']:.0f} ({row['q05']:.0f} to {row['q95']:.0f}), {row['reached'] / runs:.0%} of runs"
        parts.append(
            f'<div class="row"><div class="row-head"><b>{escape(stage)}</b><span>{escape(said)}</span></div>'
            f"{_svg(18, body, f'{title}, {stage}: median {said}')}</div>"
        )
    return f'<div class="plot">{"".join(parts)}{_x_axis(axis, "days from the first day")}</div>'


def dotplot(rows: Sequence[tuple[str, str, Floats]], unit: str = "civilian deaths", dots: int = 20) -> str:
    """Quantile dotplots: each dot is an equal share of the runs. `rows` are (title, colour, runs)."""
    import numpy as np

    values = {
        title: np.quantile(runs[np.isfinite(runs)], (np.arange(dots) + 0.5) / dots)
        for title, _, runs in rows
        if np.isfinite(runs).any()
    }
    if not values:
        return '<p class="none">No run has this outcome.</p>'
    tails = {title: float(np.quantile(runs[np.isfinite(runs)], 1 - 1 / dots)) for title, _, runs in rows
             if title in values}  # fmt: skip
    top = max(float(v.max()) for v in values.values())
    low = min(float(v.min()) for v in values.values())
    kind = "log" if top > 20 * max(low, 1.0) else "linear"
    axis = Axis(0.0 if kind == "linear" or low < 5 else low * 0.8, max(top * 1.03, 1.0), kind)
    bins = 40
    parts = []
    for title, paint, _ in rows:
        if title not in values:
            continue
        places = [min(int(axis.at(float(v)) / 100 * bins), bins - 1) for v in values[title]]
        tallest = max(places.count(b) for b in set(places))
        step = 10 if tallest <= 8 else max(80 / tallest, 4)
        height = round(step * tallest + 6)
        stacked: dict[int, int] = {}
        body = _line(0, height - 0.5, 100, height - 0.5, "#c4cad2", 1)
        for b in places:
            level = stacked.get(b, 0)
            stacked[b] = level + 1
            x, y = 100 * (b + 0.5) / bins, height - 6 - step * level
            body += f'<circle cx="{x:.2f}%" cy="{y:.1f}" r="4.2" fill="{paint}"/>'
        middle = float(np.median(values[title]))
        said = f"median {count(middle)}; 1 run in {dots} above {count(tails[title])}"
        parts.append(
            f'<div class="row"><div class="row-head"><b>{escape(title)}</b><span>{said}</span></div>'
            f"{_svg(height, body, f'{title}: {said} {unit}')}</div>"
        )
    name = f"simulated {unit} in a run" + (" (logarithmic axis)" if kind == "log" else "")
    key = f"Each dot is {number(100 / dots)} of 100 runs."
    return f'<div class="plot">{"".join(parts)}{_x_axis(axis, name)}</div>' + _caveat(key)


def _path(points: Sequence[tuple[float, float]], close: bool = False) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if close else "")


def _frame(
    height: int, drawn: str, y_axis: Axis, x_labels: Sequence[tuple[float, str]], over: str, label: str
) -> str:
    """A chart with y in pixels and x in per cent; `drawn` lives in a 1000 x 1000 box stretched over it."""
    grid = ""
    for tick in y_axis.ticks(4):
        y = height - height * y_axis.at(tick) / 100
        grid += _line(0, y, 100, y, "#e3e7ec", 1) + _text(0, y + 4, _tick(tick), "end", dx=-6)
    for x, words in x_labels:
        anchor = "start" if x < 8 else "end" if x > 92 else "middle"
        grid += _line(x, height, x, height + 4, "#8a93a0", 1) + _text(x, height + 17, words, anchor)
    grid += _line(0, height, 100, height, "#8a93a0", 1)
    box = 'viewBox="0 0 1000 1000" preserveAspectRatio="none"'
    inner = f'<svg x="0" y="0" width="100%" height="{height}" {box}>'
    return _svg(height + 22, f"{grid}{inner}{drawn}</svg>{over}", label)


def _tick(value: float) -> str:
    return f"{number(value / 1000)}k" if abs(value) >= 10_000 else number(value)


def _bands(quantiles: Floats, axis: Axis, paint: str) -> str:
    """Bands and median of `quantiles` [5, steps] (5, 25, 50, 75, 95 %) as paths in the 1000 x 1000 box."""
    steps = quantiles.shape[1]
    across = [1000 * i / max(steps - 1, 1) for i in range(steps)]
    lines = [
        [(x, 1000 - 10 * axis.at(float(v))) for x, v in zip(across, row, strict=True)] for row in quantiles
    ]
    drawn = ""
    for low, high, opacity in ((0, 4, 0.22), (1, 3, 0.42)):
        around = _path(lines[low] + lines[high][::-1], close=True)
        drawn += f'<path d="{around}" fill="{paint}" fill-opacity="{opacity}"/>'
    return drawn + _stroke(lines[2], paint, 2.2)


def _stroke(points: Sequence[tuple[float, float]], paint: str, width: float, opacity: float = 1.0) -> str:
    return (
        f'<path d="{_path(points)}" fill="none" stroke="{paint}" stroke-width="{width}" '
        f'stroke-opacity="{opacity}" vector-effect="non-scaling-stroke"/>'
    )


def date_labels(start: datetime.date | None, weeks: int, about: int = 4) -> list[tuple[float, str]]:
    """Labels of a weekly axis as (per cent, words): months where the start is known, else week numbers."""
    last = max(weeks - 1, 1)
    if start is None:
        step = max(1, round(weeks / about))
        return [(100 * w / last, f"week {w}") for w in range(0, weeks, step)]
    months, day = [], start.replace(day=1)
    while (day - start).days <= 7 * last:
        if day >= start:
            months.append(day)
        day = (day + datetime.timedelta(days=32)).replace(day=1)
    step = next((s for s in (1, 2, 3, 6, 12, 24) if len(months) / s <= about), 36)
    labels: list[tuple[float, str]] = []
    for month in months[::step]:
        at = 100 * (month - start).days / (7 * last)
        # the first and the last label are set inwards, so they need more room
        if not labels or at - labels[-1][0] > (40 if at > 92 or labels[-1][0] < 8 else 26):
            labels.append((at, f"{month:%b %Y}"))
    return labels


def fan(
    rows: Sequence[tuple[str, str, Floats]], start: datetime.date | None, unit: str = "civilian deaths a week"
) -> str:
    """Weekly fans, one small chart a policy on one shared axis. `rows`: (title, colour, [runs, weeks])."""
    import numpy as np

    quantiles = {
        title: np.quantile(runs, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
        for title, _, runs in rows
        if runs.size
    }
    if not quantiles:
        return '<p class="none">There is no weekly series.</p>'
    examples = {title: _examples(runs) for title, _, runs in rows if runs.size}
    top = max(max(float(q.max()) for q in quantiles.values()), 1.0)
    axis = Axis(0, 1.15 * top, "sqrt")
    parts = []
    for title, paint, _ in rows:
        if title not in quantiles:
            continue
        q = quantiles[title]
        weeks = q.shape[1]
        drawn = _bands(q, axis, paint)
        for example in examples[title]:
            points = [
                (1000 * i / max(weeks - 1, 1), 1000 - 10 * axis.at(float(v))) for i, v in enumerate(example)
            ]
            drawn += _stroke(points, INK, 0.8, 0.55 if weeks < 60 else 0.35)
        peak = int(q[2].argmax())
        label = (
            f"{title}: weekly {unit}; the median peaks at {count(float(q[2][peak]))} in week {peak + 1}, "
            f"the 95 % line at {count(float(q[4].max()))}"
        )
        parts.append(
            f'<figure class="small"><figcaption>{escape(title)}</figcaption><div class="plot fan">'
            f"{_frame(150, drawn, axis, date_labels(start, weeks), '', label)}</div></figure>"
        )
    key = (
        f"Simulated {unit}, square-root axis. Dark band: half of the runs; light band: 90 % of the "
        "runs, week by "
        "week; thick line: median; thin lines: three example runs, which may leave the bands."
    )
    return f'<div class="multiples">{"".join(parts)}</div>' + _caveat(key)


def _examples(runs: Floats) -> list[Floats]:
    # low, middle and high by total, so that the choice is the same for everyone
    order = runs.sum(axis=1).argsort(kind="stable")
    at = sorted({len(order) // 6, len(order) // 2, (5 * len(order)) // 6})
    return [runs[order[min(i, len(order) - 1)]] for i in at]


def timing(rows: Sequence[tuple[str, str, Sequence[Mapping[str, Any]]]]) -> str:
    """Deaths averted against doing nothing by days of delay, one small chart a policy."""
    points = {
        title: [
            (
                float(r["delay_days"]),
                *(float(r.get(k, math.nan)) for k in ("saved_mean", "mc_low", "mc_high")),
            )
            for r in data
            if all(isinstance(r.get(k), (int, float)) for k in ("delay_days", "saved_mean"))
        ]
        for title, _, data in rows
    }
    flat = [v for rows_ in points.values() for row in rows_ for v in row[1:] if math.isfinite(v)]
    if not flat:
        return '<p class="none">The cost of deciding later was not computed.</p>'
    low, high = min(0.0, *flat), max(0.0, *flat)
    pad = 0.08 * ((high - low) or 1.0)
    axis = Axis(low - pad, high + pad)
    last = max(row[0] for rows_ in points.values() for row in rows_) or 1.0
    parts = []
    height = 120
    for title, paint, _ in rows:
        if not points[title]:
            continue
        y_of = {row: height - height * axis.at(row[1]) / 100 for row in points[title]}
        over = _line(
            0, height - height * axis.at(0) / 100, 100, height - height * axis.at(0) / 100, "#8a93a0", 1
        )
        ordered = sorted(points[title])
        for a, b in zip(ordered, ordered[1:], strict=False):
            over += _line(_delay(a[0], last), y_of[a], _delay(b[0], last), y_of[b], paint, 1.5)
        for row in ordered:
            x = _delay(row[0], last)
            if math.isfinite(row[2]) and math.isfinite(row[3]):
                ends = [height - height * axis.at(v) / 100 for v in row[2:4]]
                over += _line(x, ends[0], x, ends[1], paint, 4, 'stroke-opacity=".45"')
            over += _ring(x, y_of[row], paint)
        labels = [(_delay(row[0], last), f"+{row[0]:.0f} d") for row in ordered]
        label = f"{title}: " + "; ".join(f"{row[0]:.0f} days later {fewer(-row[1])}" for row in ordered)
        parts.append(
            f'<figure class="small"><figcaption>{escape(title)}</figcaption><div class="plot fan">'
            f"{_frame(height, '', axis, labels, over, label)}</div></figure>"
        )
    key = (
        "Fewer simulated civilian deaths than under doing nothing, by days of delay; bars: 90 % Monte Carlo."
    )
    return f'<div class="multiples">{"".join(parts)}</div>' + _caveat(key)


def _delay(days: float, last: float) -> float:
    return 4 + 92 * days / last


def hindcast(months: Sequence[Mapping[str, Any]]) -> str:
    """Observed and simulated reported deaths by month.

    Rows carry month (YYYY-MM), q05, q25, q50, q75, q95 (simulated) and observed, observed_low, observed_high.
    """
    import numpy as np

    keys = ("q05", "q25", "q50", "q75", "q95")
    rows = [row for row in months if all(isinstance(row.get(k), (int, float)) for k in keys)]
    if len(rows) < 2:
        return '<p class="none">This folder holds no monthly series to set beside the data.</p>'
    q = np.array([[float(row[k]) for row in rows] for k in keys])
    seen = [(i, _number(r.get("observed")), _number(r.get("observed_low")), _number(r.get("observed_high")))
            for i, r in enumerate(rows)]  # fmt: skip
    top = max([float(q.max()), *(v for s in seen for v in s[1:] if math.isfinite(v)), 1.0])
    axis, height, last = Axis(0, 1.1 * top, "sqrt"), 220, len(rows) - 1
    over = ""
    for i, best, low, high in seen:
        if not math.isfinite(best):
            continue
        x = 100 * i / last
        if math.isfinite(low) and math.isfinite(high):
            ends = [height - height * axis.at(v) / 100 for v in (low, high)]
            over += _line(x, ends[0], x, ends[1], INK, 1.5)
        over += f'<circle cx="{x:.2f}%" cy="{height - height * axis.at(best) / 100:.1f}" r="4" fill="{INK}"/>'
    step = max(1, math.ceil(len(rows) / 4))
    labels = [(100 * i / last, str(rows[i]["month"])) for i in range(0, len(rows), step)]
    known = [s for s in seen if math.isfinite(s[1])]
    inside = sum(q[0][i] <= best <= q[4][i] for i, best, _, _ in known)
    label = f"Observed deaths lie within the 90 % band in {inside} of {len(known)} months"
    key = (
        "Dots: reported deaths as observed, bars their low and high count. Bands: half and 90 % of "
        "the simulated "
        "reported deaths; line: median. Square-root axis."
    )
    chart = _frame(height, _bands(q, axis, OKABE_ITO[0]), axis, labels, over, label)
    return f'<div class="plot fan">{chart}</div>' + _caveat(key)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan


def explorer(start: datetime.date | None, weeks: int) -> dict[str, Any]:
    """The Plotly layout and traces of the interactive chart; the page's script fills in the chosen rows."""
    import plotly.graph_objects as go

    chart = go.Figure()
    for name, group in (("90 % of runs", "light"), ("half of the runs", "dark")):
        chart.add_trace(
            go.Scatter(x=[], y=[], mode="lines", line={"width": 0}, hoverinfo="skip", showlegend=False)
        )
        chart.add_trace(
            go.Scatter(
                x=[], y=[], mode="lines", line={"width": 0}, fill="tonexty", name=name, legendgroup=group,
                hovertemplate="up to %{y:,.3~s}",
            )
        )  # fmt: skip
    chart.add_trace(go.Scatter(x=[], y=[], mode="lines", name="median", hovertemplate="%{y:,.3~s}"))
    chart.update_layout(
        template="plotly_white",
        margin={"l": 56, "r": 12, "t": 12, "b": 40},
        height=360,
        hovermode="x unified",
        font={"family": "system-ui, sans-serif", "size": 13, "color": INK},
        legend={"orientation": "h", "y": 1.08},
        yaxis={"rangemode": "tozero", "title": {"text": ""}},
        xaxis={"type": "date" if start else "linear", "title": {"text": "" if start else "week"}},
    )
    dates = [(start + datetime.timedelta(days=7 * w)).isoformat() if start else w for w in range(weeks)]
    spec: dict[str, Any] = chart.to_plotly_json()
    return {"data": [dict(t) for t in spec["data"]], "layout": _plain(spec["layout"]), "x": dates}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        # the full template is 30 kB of defaults that the white page does not need
        return {k: _plain(v) for k, v in value.items() if k != "template"}
    return value
