"""Names and numbers: which row of an array is which place, group or organisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.ground.check import BadInput
from sim.ground.graph import compress
from sim.scenario.theatre import Theatre

EXPEDITIONS = 12  # slots for forces that a policy may send; every run has them, so that no policy changes a shape
CROWD = "unorganised_crowd"


@dataclass(frozen=True)
class Index:
    """Names and their numbers in the arrays of one theatre's worlds."""

    places: tuple[str, ...]
    groups: tuple[str, ...]
    actors: tuple[str, ...]
    prefectures: tuple[str, ...]
    edge: Any  # [road slot] link number
    people_per_row: int

    def place(self, name: str, where: str) -> int:
        """Number of a place; BadInput if there is none of that name."""
        return _number(self.places, name, where, "place")

    def actor(self, name: str, where: str) -> int:
        """Number of an armed organisation; BadInput if there is none of that name."""
        return _number(self.actors, name, where, "armed organisation")

    def group(self, name: str, where: str) -> int:
        """Number of a group; BadInput if there is none of that name."""
        return _number(self.groups, name, where, "group")


def _number(names: tuple[str, ...], name: str, where: str, kind: str) -> int:
    try:
        return names.index(name)
    except ValueError:
        raise BadInput(
            f"no {kind} {name!r} in this theatre", where=where, instead=f"one of: {', '.join(sorted(names))}"
        ) from None


def index_of(theatre: Theatre) -> Index:
    """The numbering of a theatre; the same for every run and policy."""
    places = tuple(place.name for place in theatre.places)
    at = {name: number for number, name in enumerate(places)}
    _, _, edge = compress(len(places), [(at[link.from_], at[link.to]) for link in theatre.links])
    actors = (*(actor.name for actor in theatre.actors), CROWD, *(f"expedition_{n + 1}" for n in range(EXPEDITIONS)))
    return Index(
        places, tuple(group.name for group in theatre.groups), actors, theatre.prefectures, edge, theatre.people_per_row
    )
