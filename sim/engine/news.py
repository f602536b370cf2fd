"""Public events, as anybody hears of them: who holds the capital, who governs, who made a truce."""

from __future__ import annotations

from typing import Any

from sim.engine.setting import Setting
from sim.world.world import World

HOLDS_FROM = 0.5  # whoever has more than half of the control of the capital holds it
NOBODY = -1


def note_events(world: World, setting: Setting, news_out: dict[str, Any]) -> None:
    """Add today to the days of each event that has come since the last look: news_out["events"][event].

    At the first look nothing has happened yet: what is then is what later looks are compared with.
    """
    control = world.actors.control[setting.capital]
    holder = int(control.argmax()) if float(control.max()) > HOLDS_FROM else NOBODY
    power, truces = world.minds.get("in_power", NOBODY), world.minds.get("truces", {})
    first = not news_out
    before = news_out.setdefault("before", {"holder": holder, "power": power, "truces": dict(truces)})
    events = news_out.setdefault("events", {})
    if first:
        return
    came = {
        "capital_falls": before["holder"] != NOBODY and holder != before["holder"],
        "power_seized": power != before["power"],
        "truce": any(hold > before["truces"].get(pair, 0.0) for pair, hold in truces.items()),
    }
    for event, true in came.items():
        if true:
            events.setdefault(event, []).append(world.day)
    before["power"], before["truces"] = power, dict(truces)
    if holder != NOBODY:  # while nobody holds it, it is still lost by the last who did
        before["holder"] = holder
    elif came["capital_falls"]:
        before["holder"] = NOBODY
