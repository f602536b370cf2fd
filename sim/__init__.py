"""Forestall: how violence against civilians escalates, and what stops it.

    import sim
    theatre = sim.read_theatre("sahra")
    study = sim.compare(theatre, ["none", "preventive_deployment"], runs=64, seed=1)
    print("\\n".join(study.summary["finding"]))
    print(sim.write_report(study.output))

Names are imported when they are first used: `import sim` alone loads nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.engine.model import simulate as simulate
    from sim.ground.check import BadInput as BadInput
    from sim.ground.check import FailedWork as FailedWork
    from sim.interventions.registry import load_policy as load_policy
    from sim.scenario.read import find_scenarios as find_scenarios
    from sim.scenario.read import read_theatre as read_theatre
    from sim.scenario.theatre import Theatre as Theatre
    from sim.study.compare import Study as Study
    from sim.study.compare import compare as compare
    from sim.study.compare import run as run
    from sim.study.store import verify as verify
    from sim.view.report import write_report as write_report

_HOMES = {
    "BadInput": "sim.ground.check",
    "FailedWork": "sim.ground.check",
    "Study": "sim.study.compare",
    "Theatre": "sim.scenario.theatre",
    "compare": "sim.study.compare",
    "find_scenarios": "sim.scenario.read",
    "load_policy": "sim.interventions.registry",
    "read_theatre": "sim.scenario.read",
    "run": "sim.study.compare",
    "simulate": "sim.engine.model",
    "verify": "sim.study.store",
    "write_report": "sim.view.report",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
