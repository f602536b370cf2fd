"""Small constructed theatres, each with the outline of a family of cases. They stand for no real place.

Sizes follow the cases that are named (people, forces, exits); everything else is a default or a round number. None was
fitted to what it is meant to show.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from sim.scenario.read import read_theatre
from sim.scenario.theatre import (
    MITIGATORS,
    RISK_FACTORS,
    Actor,
    CalendarEntry,
    Control,
    Displaced,
    Group,
    Institution,
    Link,
    Place,
    Population,
    Relation,
    Season,
    Theatre,
    Unit,
    Valued,
)

MADE_UP = ("constructed for a test of behaviour", "assumption")
START = datetime.date(2030, 1, 1)
DRY = Season("dry", (1, 1), (12, 31), (1.0, 1.0, 1.0, 1.0), *MADE_UP)
TRIGGER = 20  # day on which a communal trigger falls in the theatres that have one


@cache
def sahra(stage: str | None = None) -> Theatre:
    """The fictional country with fewer, larger rows."""
    return replace(read_theatre("sahra", stage), people_per_row=1000)


def valued(value: float) -> Valued:
    return Valued(value, None, None, *MADE_UP)


def risks(usual: float = 0.3, **at: float) -> dict[str, Valued]:
    """All risk factors and mitigators at `usual`, but those named."""
    unknown = set(at) - {*RISK_FACTORS, *MITIGATORS}
    assert not unknown, unknown
    return {name: valued(at.get(name, usual)) for name in (*RISK_FACTORS, *MITIGATORS)}


def at_risk(theatre: Theatre, **at: float) -> Theatre:
    """The theatre with some factors at a value that no draw moves."""
    return replace(theatre, risk={**theatre.risk, **{name: valued(value) for name, value in at.items()}})


def town(name: str, *, urban: bool = True, capital: bool = False, terrain: float = 0.2, spoils: float = 0.3) -> Place:
    """A place inside; a village area where not `urban`. Each is its own prefecture, so that tables tell them apart."""
    kind = "capital" if capital else "town" if urban else "village_area"
    return Place(name, name, kind, 0.0, 0.0, urban, terrain, spoils, 0.6, None, "FIC", *MADE_UP)


def abroad(name: str) -> Place:
    """A neighbour that takes everybody who gets there."""
    return Place(name, "", "neighbour", 0.0, 1.0, False, 0.0, 0.0, 1.0, None, "ABR", *MADE_UP)


def armed(name: str, kind: str, group: str, goal: str, intent: int, **other: Any) -> Actor:
    """An armed organisation with middling qualities, but those named."""
    usual: dict[str, Any] = {
        "cohesion": 0.5, "arms": 0.5, "discipline": 0.4, "exclusion": 0.3, "spoils": 0.3, "legitimacy": 0.5,
        "intent": intent, "spares": 0.4, "pay": 0.7, "patrons": (), "hostile_to": (), "targets": (), "latent": False,
        "splinters": (), "source": MADE_UP[0], "grade": MADE_UP[1],
    }  # fmt: skip
    return Actor(name=name, label=name, kind=kind, group=group, goal=goal, **{**usual, **other})


def unit(actor: str, place: str, strength: int, *, vehicle: bool = True, roam: bool = True) -> Unit:
    mobility, posture = "vehicle" if vehicle else "foot", "roam" if roam else "hold"
    return Unit("", actor, place, strength, None, None, mobility, posture, *MADE_UP)


def on_day(day: int, kind: str, places: Sequence[str] = ()) -> CalendarEntry:
    """A date of the world: an election triggers fully where politics is wholly factional and unstable."""
    date = START + datetime.timedelta(days=day)
    return CalendarEntry(date, None, kind, "", "a date", "", (), tuple(places), None, "world", *MADE_UP)


def theatre(
    name: str,
    places: Sequence[Place],
    people: Mapping[str, Mapping[str, int]],
    links: Sequence[tuple[str, str, float]],
    *,
    hostility: float = 0.6,
    actors: Sequence[Actor] = (),
    units: Sequence[Unit] = (),
    control: Sequence[tuple[str, str, float]] = (),
    risk: Mapping[str, Valued] | None = None,
    calendar: Sequence[CalendarEntry] = (),
    institutions: Sequence[Institution] = (),
    seasons: Sequence[Season] = (DRY,),
    displaced: Sequence[Displaced] = (),
    road: str = "laterite",
    mobilisation: float = 0.5,
    days: int = 120,
    people_per_row: int = 200,
) -> Theatre:
    """A theatre of the groups that `people` [place][group] names, each as hostile to the others as said."""
    groups = sorted({group for row in people.values() for group in row})
    return replace(
        sahra(), name=name, title=name, summary=name, start=START, days=days, people_per_row=people_per_row,
        risk=dict(risk or risks()), seasons=tuple(seasons), priors={}, policies={}, killed=(),
        places=tuple(places), prefectures=tuple(place.name for place in places if place.inside),
        groups=tuple(Group(one, one, "included", mobilisation, 1.0, *MADE_UP) for one in groups),
        population=tuple(
            Population(place, group, number, None, None, *MADE_UP)
            for place, row in people.items() for group, number in row.items() if number
        ),
        relations=tuple(
            Relation(one, other, hostility, 0.3, *MADE_UP) for one in groups for other in groups if one != other
        ),
        links=tuple(Link(a, b, km, road, *MADE_UP) for a, b, km in links),
        actors=tuple(actors), units=tuple(units), displaced=tuple(displaced),
        control=tuple(Control("", place, actor, share, *MADE_UP) for place, actor, share in control),
        institutions=tuple(institutions), calendar=tuple(calendar),
    )  # fmt: skip


@cache
def riot(trigger: int = TRIGGER, radio: bool = False) -> Theatre:
    """A communal riot: two towns and four rural areas, half of each group, a border near, no organisation behind it.

    Outline of southern Kyrgyzstan in June 2010 (about 400,000 of the minority, 470 dead in five days, most of the
    minority in flight, a border 5 to 60 km away): a factional and unstable country with unpunished violence behind it.
    """
    people = {"City": 250_000, "Market": 100_000, **{f"Valley {n}": 100_000 for n in range(4)}}
    places = [town("City", capital=True), town("Market"), *(town(f"Valley {n}", urban=False) for n in range(4))]
    links = [("City", "Market", 60.0), *((f"Valley {n}", "City" if n < 2 else "Market", 25.0) for n in range(4))]
    places.append(abroad("Border"))
    links += [("City", "Border", 10.0), ("Market", "Border", 15.0), ("Valley 0", "Border", 20.0)]
    police = armed("police", "police", "", "protect", 0, discipline=0.6)
    station = Institution("radio", "radio", "media", "many", "", "hardliner", 1.0, *MADE_UP)
    return theatre(
        "riot", places, {place: {"many": n // 2, "few": n // 2} for place, n in people.items()}, links,
        actors=[police], units=[unit("police", place, n * 3 // 2000, roam=False) for place, n in people.items()],
        risk=risks(
            0.5, exclusionary_ideology=1.0, regime_instability=1.0, threat_framing=1.0, past_atrocities=1.0,
            moderate_leadership=0.1, peace_committees=0.1,
        ),
        hostility=0.7, mobilisation=0.9, institutions=(station,) if radio else (),
        calendar=[on_day(trigger, "election")], road="paved", days=trigger + 100,
    )  # fmt: skip


@cache
def enclave() -> Theatre:
    """An enclave of 40,000 of the targeted group taken by an army that kills its men.

    Outline of Srebrenica, July 1995: about 40,000 people, 2,000 attackers, safety 70 km away beyond their lines, about
    8,000 men killed, 25,000 to 30,000 people expelled.
    """
    places = [town("Capital", capital=True), town("Enclave"), town("Siege"), town("Lines", urban=False), town("Safety")]
    people = {
        "Capital": {"many": 100_000, "few": 0}, "Enclave": {"many": 0, "few": 40_000},
        "Siege": {"many": 20_000, "few": 0}, "Lines": {"many": 20_000, "few": 0},
        "Safety": {"many": 120_000, "few": 0},
    }  # fmt: skip
    army = armed(
        "army", "rebel", "many", "expel", 4, exclusion=0.9, arms=0.9, cohesion=0.8, discipline=0.7, spares=0.9, pay=0.9,
        targets=("few",),
    )  # fmt: skip
    links = [
        ("Capital", "Siege", 80.0),
        ("Siege", "Enclave", 10.0),
        ("Enclave", "Lines", 30.0),
        ("Lines", "Safety", 40.0),
    ]
    return theatre(
        "enclave", places, people, links, actors=[army],
        units=[unit("army", "Enclave", 1500, roam=False), unit("army", "Siege", 500, roam=False), unit("army", "Lines", 500, roam=False)],
        control=[("Siege", "army", 0.8), ("Lines", "army", 0.8), ("Enclave", "army", 0.6)],
        risk=risks(0.5, exclusionary_ideology=0.9, armed_conflict=1.0), road="paved", people_per_row=100, days=35,
    )  # fmt: skip


@cache
def expulsion(rains: bool = False) -> Theatre:
    """A state's mobile columns expel nine tenths of a province's people across two open borders.

    Outline of Kosovo, March to June 1999: 1.8 million people, some 40,000 police and soldiers, 10,000 dead and
    860,000 refugees in 78 days, in three waves.
    """
    districts = [f"District {n}" for n in range(8)]
    people = {"Capital": {"many": 500_000, "few": 0}, **{d: {"many": 20_000, "few": 205_000} for d in districts}}
    places = [
        town("Capital", capital=True), *(town(d, urban=n % 4 == 0) for n, d in enumerate(districts)),
        abroad("West"), abroad("South"),
    ]  # fmt: skip
    links = [
        ("Capital", districts[0], 120.0),
        *((a, b, 30.0) for a, b in zip(districts[:-1], districts[1:], strict=True)),
    ]
    links += [
        (districts[2], "West", 30.0),
        (districts[5], "West", 30.0),
        (districts[7], "South", 20.0),
        (districts[0], districts[4], 50.0),
    ]
    state = armed(
        "state", "state", "many", "expel", 3, exclusion=0.8, arms=0.9, cohesion=0.7, discipline=0.5, pay=0.9,
        targets=("few",), hostile_to=("rebels",), spares=0.6,
    )  # fmt: skip
    rebels = armed("rebels", "rebel", "few", "defend", 0, hostile_to=("state",), arms=0.3, discipline=0.6)
    wet = Season("rains", (1, 1), (5, 31), (0.9, 0.05, 0.05, 1.0), *MADE_UP)
    return theatre(
        "expulsion", places, people, links, actors=[state, rebels],
        units=[*(unit("state", districts[0], 5000) for _ in range(8)), *(unit("rebels", districts[n], 800) for n in (1, 3, 6))],
        control=[(d, "state", 0.4) for d in districts],
        risk=risks(0.5, exclusionary_ideology=0.8, armed_conflict=1.0, regime_autocracy=0.8),
        seasons=(wet, DRY) if rains else (DRY,), days=365,
    )  # fmt: skip


@cache
def extermination(radio: bool = True, terrain: float = 0.3) -> Theatre:
    """A government and its militia exterminate a tenth of the people, with a crowd that it orders to take part.

    Outline of Rwanda, April to July 1994, a quarter of its size: 1.75 million people, 12 % targeted, militias of 4 per
    1,000, roads blocked, half of the victims dead within about two weeks, three quarters in the end.
    """
    names = ["Capital", *(f"Prefecture {n}" for n in range(7))]
    people = {name: {"many": 220_000, "few": 30_000} for name in names}
    places = [
        town("Capital", capital=True, terrain=terrain),
        *(town(name, urban=False, terrain=terrain) for name in names[1:]), abroad("Border"),
    ]  # fmt: skip
    links = [
        *(("Capital", name, 60.0) for name in names[1:]),
        *((a, b, 50.0) for a, b in zip(names[1:-1], names[2:], strict=True)),
    ]
    links += [("Prefecture 0", "Border", 50.0), ("Prefecture 6", "Border", 50.0)]
    state = armed(
        "government", "state", "many", "expel", 4, exclusion=1.0, arms=0.7, cohesion=0.7, discipline=0.5, pay=0.8,
        targets=("few",), hostile_to=("rebels",), spares=0.0,
    )  # fmt: skip
    militia = armed(
        "militia", "militia", "many", "expel", 4, exclusion=1.0, arms=0.3, cohesion=0.5, discipline=0.3, targets=("few",),
        hostile_to=("rebels",), spares=0.0,
    )  # fmt: skip
    rebels = armed(
        "rebels",
        "rebel",
        "few",
        "seize_power",
        0,
        hostile_to=("government", "militia"),
        arms=0.6,
        cohesion=0.8,
        discipline=0.8,
        pay=0.8,
    )
    station = Institution("radio", "radio", "media", "many", "", "hardliner", 1.0, *MADE_UP)
    return theatre(
        "extermination", places, people, links, hostility=0.5, actors=[state, militia, rebels],
        units=[
            unit("government", "Capital", 2500, roam=False), *(unit("government", name, 400, roam=False) for name in names[1:]),
            *(unit("militia", name, 1000, vehicle=False) for name in names), unit("rebels", "Prefecture 6", 4000),
        ],
        control=[(name, "government", 0.7) for name in names[:-1]],
        risk=risks(0.7, exclusionary_ideology=1.0, armed_conflict=1.0, regime_instability=1.0, threat_framing=1.0, free_press=0.1, moderate_leadership=0.1, peace_committees=0.0),
        institutions=(station,) if radio else (), people_per_row=250, calendar=[on_day(0, "election")],
    )  # fmt: skip


@cache
def valley(capital_held: str = "", parity: float = 1.0, third: int = 0) -> Theatre:
    """Two militias, each of one group, around a mixed town with six rural areas; each would drive the other out.

    Outline of Bunia and Ituri, 2003: a town of 200,000, rural areas of 60,000, a few thousand fighters on each side.
    """
    names = ["Town", *(f"Rural {n}" for n in range(6))]
    places = [
        town("Far capital", capital=True),
        *(town(name, urban=name == "Town") for name in names),
        abroad("Border"),
    ]
    people: dict[str, dict[str, int]] = {
        "Far capital": {"others": 300_000},
        "Town": {"reds": 100_000, "blues": 100_000},
    }
    people |= {
        f"Rural {n}": {"reds": 40_000, "blues": 20_000} if n % 2 else {"reds": 20_000, "blues": 40_000}
        for n in range(6)
    }
    links = [
        ("Far capital", "Town", 500.0),
        *(("Town", f"Rural {n}", 25.0) for n in range(6)),
        *((f"Rural {n}", f"Rural {(n + 1) % 6}", 30.0) for n in range(6)),
    ]
    links.append(("Rural 3", "Border", 30.0))
    sides = []
    for own, other in (("reds", "blues"), ("blues", "reds")):
        sides.append(
            armed(
                f"{own} front",
                "militia",
                own,
                "expel",
                3,
                exclusion=0.7,
                discipline=0.25,
                arms=0.4,
                spoils=0.6,
                pay=0.4,
                targets=(other,),
                hostile_to=(f"{other} front", *(("spoiler",) if third else ())),
                legitimacy=0.4,
            )  # fmt: skip
        )
    units = [unit("reds front", place, 400) for place in ("Town", "Rural 1", "Rural 3", "Rural 5")]
    units += [unit("blues front", place, round(400 * parity)) for place in ("Town", "Rural 0", "Rural 2", "Rural 4")]
    if third:
        sides.append(armed("spoiler", "rebel", "", "loot", 1, hostile_to=("reds front", "blues front"), spoils=0.8))
        units.append(unit("spoiler", "Rural 2", third))
    control = [(f"Rural {n}", "reds front" if n % 2 else "blues front", 0.6) for n in range(6)]
    if capital_held:
        control.append(("Far capital", capital_held, 0.95))
        units.append(unit(capital_held, "Far capital", 200, roam=False))
    return theatre(
        "valley", places, people, links, actors=sides, units=units, control=control, hostility=0.5,
        risk=risks(0.5, armed_conflict=1.0, exclusionary_ideology=0.6), days=240, people_per_row=400,
    )  # fmt: skip


@cache
def regime(committed: bool) -> Theatre:
    """The state of the expulsion, two years, either committed (to driving a group out, by ideology, under existential
    threat) or wavering (it leans to the same goal in calmer times and has gone as far as selective repression; left
    alone it spends about half of its weeks there, which is what wavering means here).
    """
    at = {"exclusionary_ideology": 1.0, "regime_instability": 1.0, "armed_conflict": 1.0} if committed else {
        "exclusionary_ideology": 0.3, "regime_instability": 0.5, "armed_conflict": 0.5}  # fmt: skip
    own: dict[str, Any] = (
        {"exclusion": 1.0, "goal": "expel", "intent": 3}
        if committed
        else {"exclusion": 0.5, "goal": "expel", "intent": 2}
    )
    base = at_risk(expulsion(), **at)
    actors = tuple(replace(one, **own) if one.name == "state" else one for one in base.actors)
    return replace(base, actors=actors, days=730, people_per_row=2000)


@cache
def campaign(number: int) -> Theatre:
    """A campaign of a state and its militia against a part of the people, who may have an army on their side: versions
    of the extermination with the targeted share, strengths, aims and exits drawn anew, ten years.
    """
    rng = np.random.default_rng((14, number))
    share, ruling, armed_side = rng.uniform(0.05, 0.4), int(rng.uniform(2000, 10_000)), int(10 ** rng.uniform(2, 4))
    base = extermination()
    sizes = {"government": ruling // 8, "militia": int(rng.uniform(200, 1200)), "rebels": armed_side}
    kept = {"government", "militia"}
    exclusion, intent = float(rng.uniform(0.4, 1.0)), int(rng.integers(2, 5))
    risk = {
        name: valued(float(rng.uniform(0.4, 1.0)))
        for name in ("exclusionary_ideology", "regime_instability", "armed_conflict", "threat_framing")
    }
    return replace(
        base, name=f"campaign {number}", days=3650, people_per_row=1000, calendar=(), risk={**base.risk, **risk},
        population=tuple(
            replace(row, people=int(250_000 * (share if row.group == "few" else 1.0 - share))) for row in base.population
        ),
        actors=tuple(replace(one, exclusion=exclusion, intent=intent) if one.name in kept else one for one in base.actors),
        units=tuple(replace(one, strength=sizes[one.actor], posture="roam" if one.actor == "rebels" else one.posture) for one in base.units),
    )  # fmt: skip


@cache
def valley_of_state() -> Theatre:
    """The valley in which one of the two sides is the state."""
    base = valley()
    return replace(
        base, actors=tuple(replace(one, kind="state") if one.name == "reds front" else one for one in base.actors)
    )


def gathered(base: Theatre, group: str, into: str, share: float) -> Theatre:
    """The theatre with a share of a group's people moved from everywhere else to one place before the start."""
    rows = tuple(
        Displaced("", row.place, into, group, int(row.people * share), None, None, *MADE_UP)
        for row in base.population if row.group == group and row.place != into and int(row.people * share)
    )  # fmt: skip
    return replace(base, displaced=(*base.displaced, *rows))
