"""A page as blocks, written as Markdown and as one self-contained HTML file in the style of the reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from sim.view import figures
from sim.view.report import TEMPLATES


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the page's title."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Words:
    """A paragraph; `kind` is "", "first" (the sentence that is read first) or "warning"."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Points:
    """A list."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Table:
    """A table; the first column are words, the others numbers."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Forest:
    """Intervals as a figure, in HTML alone. `rows` are (title, effect)."""

    rows: Sequence[tuple[str, Any]]
    against: str
    unit: str = "civilian deaths"


Block = Heading | Words | Points | Table | Forest


def markdown(blocks: Sequence[Block]) -> str:
    """The page for a repository."""
    parts = []
    for block in blocks:
        match block:
            case Heading(text, level):
                parts.append(f"{'#' * level} {text}")
            case Words(text, kind):
                parts.append(f"**{text}**" if kind else text)
            case Points(lines):
                parts.append("\n".join(f"- {line}" for line in lines))
            case Table(head, rows):
                told = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
                parts.append("\n".join([*told, *("| " + " | ".join(row) + " |" for row in rows)]))
    return "\n\n".join(parts) + "\n"


def html(blocks: Sequence[Block]) -> str:
    """The page for a reader with a browser and no network."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "")
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    body = "\n".join(_html(block) for block in blocks)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{css}</style></head>\n'
        f"<body><main>{body}</main></body></html>\n"
    )


def _html(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{_inline(text)}</h{level}>"
        case Words(text, kind):
            return f'<p class="{kind}">{_inline(text)}</p>' if kind else f"<p>{_inline(text)}</p>"
        case Points(lines):
            return "<ul>" + "".join(f"<li>{_inline(line)}</li>" for line in lines) + "</ul>"
        case Table(head, rows):
            top = "".join(f'<th class="{"n" if n else ""}">{_inline(one)}</th>' for n, one in enumerate(head))
            inner = "".join(
                "<tr>" + "".join(f'<td class="{"n" if n else ""}">{_inline(one)}</td>' for n, one in enumerate(row)) + "</tr>"
                for row in rows
            )
            return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{inner}</tbody></table></div>'
        case Forest(rows, against, unit):
            return figures.forest([(title, figures.colour(n), one) for n, (title, one) in enumerate(rows)], against, unit)


def _inline(text: str) -> str:
    """Code marks are the only markup in a line."""
    parts = escape(text, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))
