"""Scenarios: a theatre's files read into plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.scenario.read import check_theatre, find_scenarios, read_theatre
    from sim.scenario.theatre import Theatre

__all__ = ["Theatre", "check_theatre", "find_scenarios", "read_theatre"]


def __getattr__(name: str) -> Any:
    # late, so that `python -m sim.scenario.schema` does not find itself imported already
    if name == "Theatre":
        from sim.scenario.theatre import Theatre

        return Theatre
    if name in __all__:
        from sim.scenario import read

        return getattr(read, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
