"""Importers, one a published format; `Library` finds the files in a user's folder by what is in them."""

from sim.drafting.sources.library import Library

__all__ = ["Library"]
