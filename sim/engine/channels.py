"""What levers do to places and groups beyond a plain copy: contact, humanitarian access, room in camps."""

from __future__ import annotations

import numpy as np

from sim.actors.organisation import rung_of_harm
from sim.engine.setting import Setting
from sim.world.levers import Levers
from sim.world.world import World


def reach_places(world: World, setting: Setting, levers: Levers) -> None:
    """Write contact [group], relief [place] and room [place] as the levers of today leave them."""
    places, actors = world.places, world.actors
    lives = setting.people / np.maximum(setting.people.sum(axis=0), 1.0)  # [place, group] where the group lives
    world.cells.contact[:] = np.clip(setting.contact + lives.T @ levers.contact, 0.0, 1.0)
    places.room[:] = setting.room + levers.room
    # holders who harm civilians let nobody through who is taken for the other side's
    refused = np.minimum(actors.control @ (rung_of_harm(actors.intent) * setting.own), 1.0)
    met = np.minimum(levers.relief, 1.0)
    places.relief[:] = met * (1.0 - refused * np.minimum(np.maximum(levers.politicised, 0.0), 1.0))
