"""What does not change during a run: theatre, numbering, policy, parameters, and how things stood on the first day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine.populate import world_people
from sim.interventions.base import Policy
from sim.scenario.theatre import Theatre
from sim.world.index import Index, index_of
from sim.world.world import World


@dataclass(frozen=True)
class Setting:
    """Fixed facts of a run; arrays are copies of the first day and are never written."""

    theatre: Theatre
    index: Index
    policy: Policy
    parameters: dict[str, Any]  # family -> namedtuple, from sim.ground.parameters.resolve
    capital: int
    pay: Any  # float64 [actor]
    contact: Any  # float64 [group]
    room: Any  # float64 [place]
    arms: Any  # float64 [actor]
    discipline: Any  # float64 [actor]
    hostile: Any  # float64 [actor, actor]
    target: Any  # float64 [actor, group]
    people: Any  # float64 [place, group] whose home it is, the displaced included
    own: Any  # bool [actor] the theatre's own organisations
    spoils: Any  # float64 [actor] motive of looting
    epoch: int  # days between the meetings of organisations

    @classmethod
    def of(cls, theatre: Theatre, policy: Policy, parameters: dict[str, Any], start: World, epoch: int) -> Setting:
        """The setting of a run that begins in the world `start`."""
        index, actors = index_of(theatre), start.actors
        spoils = np.zeros(len(index.actors))
        spoils[: len(theatre.actors)] = [actor.spoils for actor in theatre.actors]
        own = np.zeros(len(index.actors), dtype=bool)
        own[: len(theatre.actors)] = [not actor.outsider for actor in theatre.actors]
        return cls(
            theatre, index, policy, parameters,
            next(p for p, place in enumerate(theatre.places) if place.kind == "capital"),
            actors.pay.copy(), start.cells.contact.copy(), start.places.room.copy(),
            actors.arms.copy(), actors.discipline.copy(), actors.hostile.copy(),
            actors.target.copy(), world_people(theatre, index).astype(np.float64), own, spoils, epoch,
        )  # fmt: skip
