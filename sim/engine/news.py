"""Public events, as anybody hears of them: who holds the capital, who governs, who made a truce."""

from __future__ import annotations

from typing import Any

from sim.engine.setting import Setting
from sim.world.world import World

HOLDS_FROM = 0.5  # the side with more than half of the control of the capital holds it
NOBODY = -1
STATE = -2  # army, guard and police are one side


def note_events(world: World, setting: Setting, news_out: dict[str, Any]) -> None:
    """Add today to the days of each event that has come since the last look: news_out["events"][event].

    At the first look nothing has happened yet: what is then is what later looks are compared with.
    """
    holder, power = holder_of_capital(world, setting), world.minds.get("in_power", NOBODY)
    truces = world.minds.get("truces", {})
    first = not news_out
    before = news_out.setdefault("before", {"holder": holder, "power": power, "truces": dict(truces)})
    events = news_out.setdefault("events", {})
    if first:
        return
    came = {
        "capital_falls": NOBODY not in (holder, before["holder"]) and holder != before["holder"],
        "power_seized": power != before["power"],
        "truce": any(hold > before["truces"].get(pair, 0.0) for pair, hold in truces.items()),
    }
    for event, true in came.items():
        if true:
            events.setdefault(event, []).append(world.day)
    before["power"], before["truces"] = power, dict(truces)
    if holder != NOBODY:  # a capital that is fought over is still his who held it last
        before["holder"] = holder


def holder_of_capital(world: World, setting: Setting) -> int:
    """Number of the organisation that holds the capital, `STATE` for the forces of the state, or `NOBODY`."""
    control = world.actors.control[setting.capital]
    state = [n for n, actor in enumerate(setting.theatre.actors) if actor.kind in ("state", "guard", "police")]
    if float(control[state].sum()) > HOLDS_FROM:
        return STATE
    own = [n for n in range(len(setting.theatre.actors)) if setting.own[n] and n not in state]
    return next((n for n in own if float(control[n]) > HOLDS_FROM), NOBODY)
