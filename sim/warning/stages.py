"""The stages of a chain from warning to effect, in order, and their names for a reader."""

from __future__ import annotations

STAGES: dict[str, str] = {
    "sign": "first sign",
    "report": "report",
    "warning": "warning",
    "acceptance": "believed",
    "agenda": "on the agenda",
    "concept": "concept",
    "decision": "decision",
    "mandate": "mandate",
    "plan": "plan",
    "force": "force",
    "arrival": "arrival",
    "effect": "full effect",
}
"""An instrument that needs no agenda, concept, mandate, plan or force has no day for it."""
