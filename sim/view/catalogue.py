"""The catalogue of instruments in words, and docs/instruments.md made from it: ``python -m sim.view.catalogue``.

Channels are not written by hand: each instrument is put on the fictional theatre and asked which levers it moves.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sim.ground.check import BadInput
from sim.interventions.base import Instrument
from sim.interventions.families.catalogue import SECTIONS, Card, card, cards, envelopes
from sim.interventions.registry import read_policy
from sim.scenario import read_theatre
from sim.scenario.theatre import Theatre
from sim.warning.process import Path as Way
from sim.warning.process import Process, load_book
from sim.world.index import index_of
from sim.world.levers import Levers

PAGE = Path(__file__).resolve().parents[2] / "docs/instruments.md"
SHOWN_ON, DECIDED_AS = "sahra", "eu_2012"
AGES = (0, 7, 30, 90, 365)  # days at which an instrument is asked what it moves
CHANNELS = {
    "elite cost": ("elite_cost", "witnesses"),
    "elite incentive": ("elite_gain", "reward"),
    "resources": ("pay", "loot", "arms"),
    "hardship": ("hardship", "relief", "politicised"),
    "speech": ("incitement", "counter_speech"),
    "cohesion": ("contact", "brokerage"),
    "accountability": ("accountability", "impunity"),
    "politics": ("exclusion", "instability", "vote"),
    "security sector": ("discipline", "cohesion", "release", "pool"),
    "bargaining": ("guarantee", "talks", "reassurance"),
    "protection": ("haven",),  # and people sent
    "deterrence": ("deterrence",),
    "observation": ("observation",),
    "exit": ("exit", "border", "room"),
    "legitimacy": ("acceptance",),
}
"""Channel -> the levers that are its hands."""
FIELDS_TOLD = {"lead_days", "duration_days", "cost", "payer", "decided_by", "instrument", "name", "sender"}

HEAD = """\
# Instruments of prevention and response

Made from `configs/instrument/` by `python -m sim.view.catalogue`; `forestall instruments` prints the same. A policy
file names an instrument (`instrument: travel_ban`) and changes what it wants: targets, places, size, dates
([policies.md](policies.md)). None edits an outcome: each moves the channels named here, and the model does the rest.

**What the numbers are.** Every value has a range that studies draw from. Most are judgements: the literature gives
signs more often than sizes, leans on Africa and on civil wars, and says little about states that kill in peacetime.
What is said under *evidence* is what was published; no value here was set from it. Lead times run from the decision,
unless a [decision process](decision.md) is used: then each decides on its own path."""


@cache
def _theatre() -> Theatre:
    return read_theatre(SHOWN_ON)


@cache
def _process() -> Process:
    book = load_book(DECIDED_AS)
    assert book is not None
    return book.process()


def made(name: str) -> Instrument:
    """The instrument as its card has it, on the fictional theatre."""
    raw = {"name": name, "title": name, "instruments": [{"instrument": name}]}
    return read_policy(raw, _theatre()).steps[0].instrument


def levers_moved(instrument: Instrument) -> tuple[str, ...]:
    """Names of the levers that it moves by itself, in the order in which they are declared."""
    index = index_of(_theatre())
    shape = (len(index.places), len(index.actors))
    rest, found = Levers.at_rest(*shape), set()
    for age in AGES:
        if instrument.runs(age):
            levers = Levers.at_rest(*shape)
            instrument.apply(levers, age)
            found |= {name for name in vars(rest) if (getattr(levers, name) != getattr(rest, name)).any()}
    return tuple(name for name in vars(rest) if name in found)


def channels(instrument: Instrument) -> tuple[str, ...]:
    """The channels through which it acts."""
    moved, sends = levers_moved(instrument), bool(instrument.strength(0))
    return tuple(
        channel for channel, hands in CHANNELS.items() if set(hands) & set(moved) or (sends and channel == "protection")
    )


def entry(name: str) -> dict[str, Any]:
    """Everything that is said of an instrument, as plain values; BadInput for an unknown name."""
    one = card(name)
    given, instrument = one.fields(), made(name)
    fund = envelopes().get(one.envelope)
    return {
        "name": one.name,
        "title": one.title,
        "sections": [SECTIONS[section] for section in one.sections],
        "mode": one.mode,
        "does": one.does,
        "family": one.family,
        "channels": list(channels(instrument)),
        "levers": list(levers_moved(instrument)),
        "decided_by": {"path": instrument.path, **_decides(_process().path(instrument.path))},
        "lead_days": dict(given["lead_days"]),
        "duration_days": given["duration_days"],
        "cost": given.get("cost") or given.get("cost_eur_per_day") or given.get("cost_per_person_day_eur"),
        "cost_is": _cost_is(given),
        "payer": given["payer"],
        "envelope": fund and {"name": fund.name, "title": fund.title, "consent": fund.consent, "rule": fund.rule},
        "needs": list(one.needs),
        "pitfalls": list(one.pitfalls),
        "evidence": [vars(found) for found in one.evidence],
        "values": {
            key: value for key, value in given.items() if key not in FIELDS_TOLD and not key.startswith("cost_")
        },
    }


def _cost_is(given: Mapping[str, Any]) -> str:
    if "cost" in given:
        return "EUR over its duration (a year when it has no end)"
    return "EUR a day" if "cost_eur_per_day" in given else "EUR a person and day"


def _decides(way: Way) -> dict[str, str]:
    process = _process()
    rule = process.councils[way.decides].rule
    return {"warned": way.rank, "agenda": way.agenda, "decides": way.decides, "rule": rule, "mandate": way.mandate}


def listing() -> list[dict[str, str]]:
    """Name, title, section and what it does, of every instrument, by section."""
    return [
        {"name": one.name, "title": one.title, "section": SECTIONS[section], "mode": one.mode, "does": one.does}
        for section in SECTIONS
        for one in _of(section)
    ]


def _of(section: str) -> list[Card]:
    return [one for one in cards().values() if one.sections[0] == section]


def number(given: Any) -> str:
    """A value with its range and grade, in words."""
    if isinstance(given, Mapping) and "value" in given:
        value, low, high = (f"{given[key]:,.12g}" for key in ("value", "low", "high"))
        return f"{value} ({given['grade']})" if low == high else f"{value} ({low} to {high}; {given['grade']})"
    if isinstance(given, (list, tuple)):
        return ", ".join(str(one) for one in given) or "none"
    return f"{given:,}" if isinstance(given, (int, float)) and not isinstance(given, bool) else str(given)


def lines(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(heading, text) of what is said of one instrument."""
    body = told["decided_by"]
    decides = f"{body['decides']} ({body['rule']})"
    decides += f", on the agenda of {body['agenda']}" if body["agenda"] else ""
    decides += f", with the mandate of {body['mandate']}" if body["mandate"] else ""
    lasts = "to the end of the run" if told["duration_days"] is None else f"{told['duration_days']:,} days"
    rows = [
        ("does", told["does"]),
        ("channels", ", ".join(told["channels"]) + f" (levers: {', '.join(told['levers'])})"),
        ("who decides", f"{decides}; path {body['path']}"),
        ("lead time", f"{number(told['lead_days'])} days; in force {lasts}"),
        ("cost", f"{number(told['cost'])} {told['cost_is']}, paid by {told['payer']}"),
        ("needs", ", ".join(told["needs"]) or "nothing but the will"),
    ]
    if told["envelope"]:
        asks = "with" if told["envelope"]["consent"] else "without"
        rows.append(
            ("paid from", f"{told['envelope']['title']}, {asks} the host's consent. {told['envelope']['rule']}")
        )
    rows.append(("values", "; ".join(f"{key} {number(value)}" for key, value in told["values"].items())))
    rows += [("pitfall", text) for text in told["pitfalls"]]
    rows += [
        ("evidence", f"{one['finding']}. Size: {one['range']}. {one['source']} ({one['grade']})")
        for one in told["evidence"]
    ]
    return rows


def page() -> str:
    """docs/instruments.md."""
    parts = [HEAD, _funds()]
    for section, title in SECTIONS.items():
        parts.append(f"## {title}")
        for one in _of(section):
            told = entry(one.name)
            rows = [f"- *{heading}:* {text}" for heading, text in lines(told)[1:]]
            also = [SECTIONS[other] for other in one.sections[1:]]
            also_in = f" Also in: {', '.join(also)}." if also else ""
            parts.append(f"### {one.name}\n\n**{one.title}** ({one.mode}). {one.does}{also_in}\n\n" + "\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _funds() -> str:
    rows = [
        f"| `{one.name}` | {one.title} | {one.amount.value / 1e9:g} | {number(one.lead)} | "
        f"{'needed' if one.consent else 'not needed'} | {one.rule} |"
        for one in envelopes().values()
    ]
    head = (
        "| envelope | fund | billion euros 2007-13 | lead days | host's consent | rule |\n|---|---|---|---|---|---|\n"
    )
    return "## Envelopes that pay\n\n" + head + "\n".join(rows)


def main() -> int:
    """Rewrite docs/instruments.md of this checkout; 0, or 2 when the catalogue cannot be read."""
    try:
        PAGE.write_text(page(), encoding="utf-8")
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{PAGE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
