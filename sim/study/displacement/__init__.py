"""The displacement sub-model against the refugee-camp benchmark of FLEE, in the benchmark's own files."""

from sim.study.displacement.benchmark import Scored, benchmark

__all__ = ["Scored", "benchmark"]
