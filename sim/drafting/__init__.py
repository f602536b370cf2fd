"""A country's name into a theatre: open data read in their published formats, mapped, and written as scenario files."""

from sim.drafting.sources import Library
from sim.drafting.theatre import Drafted, draft_theatre

__all__ = ["Drafted", "Library", "draft_theatre"]
