"""Who bears arms on the first day, and where: the state, groups that UCDP names, United Nations troops, and the
self-defence that might form.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.drafting.evidence import Evidence, Origin
from sim.drafting.factors import Factor
from sim.drafting.geography import distance_km
from sim.drafting.names import group_label, identifier
from sim.drafting.people import IN_POWER, People, Settled
from sim.drafting.sources import wdi

SOLDIERS, POLICE = (2.0, 0.7, 5.0), (2.0, 1.0, 3.5)
"""Soldiers and police per 1,000 people where no data say: value, low, high (assumption)."""
IN_CAPITAL = 0.35
"""Share of the army in the capital (assumption)."""
FIGHTERS_A_DEATH = 10.0
"""Fighters for each death a year in battles with the group (assumption; a third to three times that)."""
FEWEST, MOST = 300.0, 8000.0
"""Fighters of a group, at least and at most (assumption; Cunningham, Gleditsch & Salehyan 2013 for the order)."""
KIN_FROM = 0.02
"""Share of everybody below which a group is too small for self-defence of its own (assumption)."""
HELD_AT_MOST, TO_HOLD = 0.4, 2.0
"""Share of a place that a group at war holds at most, and its fighters per 1,000 people there from which it does
(assumption, 1 to 4: as `garrison_need` of the model). A few hundred hold villages, not two fifths of a big province.
"""
JUDGED = "Scores 0..1 and the starting rung: judgement"

Scores = dict[str, tuple[float, float]]


@dataclass
class Armed:
    """Rows of actors.csv, units.csv and control.csv, with what had to be guessed."""

    actors: list[dict[str, object]] = field(default_factory=list)
    units: list[dict[str, object]] = field(default_factory=list)
    control: list[dict[str, object]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rebel:
    """A group in battle: identifier, label, kind of actor, deaths a year, whether UCDP lists it as killing civilians,
    its name there, and what it fights for with where that is from.
    """

    key: str
    label: str
    kind: str
    deaths: float
    killer: bool
    origin: Origin
    name: str
    goal: str
    told: str


class Muster:
    """Gathers the armed of one country on its first day."""

    def __init__(self, evidence: Evidence, places: list[Settled], among: list[People], risk: dict[str, Factor]) -> None:
        self.evidence, self.places, self.among = evidence, places, among
        self.risk = {name: factor.value for name, factor in risk.items()}
        self.made = Armed()
        self.towns = [number for number, place in enumerate(places) if place.urban]
        self.held: dict[int, dict[str, float]] = {}
        self.taken: set[str] = {"crowd"}

    def all(self) -> Armed:
        """The state first, then whoever fights it, then the possible."""
        rebels = self._rebels()
        self._state([rebel.key for rebel in rebels])
        for rebel in rebels:
            self._fighters(rebel)
        self._peacekeepers()
        self._self_defence([rebel.key for rebel in rebels])
        self._control()
        return self.made

    # --- rows

    def _actor(self, name: str, label: str, kind: str, scores: Scores, source: str, **more: object) -> None:
        row: dict[str, object] = {
            "name": name, "label": label, "kind": kind, "group": "", "patrons": "", "hostile_to": "", "targets": "",
            "latent": 0, "splinters": "", "source": f"{source}. {JUDGED}", "grade": "assumption",
        }  # fmt: skip
        for column, (value, half) in scores.items():
            value = min(max(value, 0.0), 1.0)
            row[column] = round(value, 2)
            row[f"{column}_low"], row[f"{column}_high"] = round(max(value - half, 0), 2), round(min(value + half, 1), 2)
        self.taken.add(name)
        self.made.actors.append(row | more)

    def _unit(self, actor: str, place: int, people: float, source: str, **more: object) -> None:
        low, high = (more.pop(key, factor * people) for key, factor in (("low", 0.4), ("high", 2.5)))
        row: dict[str, object] = {
            "stage": "", "actor": actor, "place": self.places[place].name, "strength": max(round(people), 1),
            "strength_low": int(float(str(low))), "strength_high": int(float(str(high))) + 1, "mobility": "foot",
            "posture": "hold", "source": source, "grade": "assumption",
        }  # fmt: skip
        self.made.units.append(row | more)

    # --- the state

    def _state(self, rebels: list[str]) -> None:
        weak, free = self.risk["low_development"], 1.0 - self.risk["regime_autocracy"]
        # pay and discipline fail where a poor state is also unsteady or at war; poverty alone does not make looters
        failing = weak * (0.5 * self.risk["regime_instability"] + 0.5 * self.risk["armed_conflict"])
        ruling = next((group.name for group in self.among if group.standing == "dominant"), "")
        ruling = ruling or next((group.name for group in self.among if group.standing in IN_POWER), "")
        years = self.evidence.killings_of(2)
        killed = sum(row.by_government for _, row in years)
        intent = 2 if killed >= 25 else 1 if killed > 0 else 0
        told = f"civilians killed by governments in {years[-1][0]}-{years[0][0]}: {killed:.0f} (UCDP)" if years else ""
        scores: Scores = {
            "cohesion": (0.7 - 0.7 * failing, 0.2), "arms": (0.55 - 0.3 * failing, 0.2),
            "discipline": (0.7 - 0.6 * failing - 0.1 * weak, 0.2), "spoils": (0.05 + 0.5 * failing, 0.15),
            "exclusion": (self.risk["exclusionary_ideology"], 0.18),
            "legitimacy": (0.35 + 0.35 * free, 0.2), "pay": (1.0 - 1.2 * failing, 0.2),
        }  # fmt: skip
        more = {
            "goal": "rule",
            "group": ruling,
            "intent": intent,
            "intent_low": max(intent - 1, 0),
            "intent_high": min(intent + 1, 3),
        }
        outcasts = ";".join(group.name for group in self.among if group.standing == "discriminated")
        self._actor(
            "army", "Armed forces", "state", scores,
            f"Army of {self.evidence.state.name}; {told or 'conduct not known'}",
            hostile_to=";".join(rebels), targets=outcasts, **more,
        )  # fmt: skip
        scores |= {"arms": (0.3, 0.15), "exclusion": (0.05, 0.05)}
        self._actor(
            "police", "Police", "police", scores, "Police and gendarmerie", goal="protect", intent=0, intent_low=0,
            intent_high=1, hostile_to="", targets="",
        )  # fmt: skip
        self._garrisons()

    def _garrisons(self) -> None:
        people = sum(place.people for place in self.places)
        known = self.evidence.series("military", wdi.WORLD_BANK)
        army = [rate * people / 1000.0 for rate in SOLDIERS]
        source = "assumption: 2 soldiers per 1,000 people (0.7 to 5)"
        if known:
            army, source = [known.value, 0.8 * known.value, 1.2 * known.value], str(known.origin)
        else:
            self.made.gaps.append("strength of the armed forces: 2 per 1,000 people is assumed")
        police = [rate * people / 1000.0 for rate in POLICE]
        self.made.gaps.append("strength of the police (2 per 1,000 people), and where soldiers and police stand")
        townspeople = sum(self.places[town].people for town in self.towns)
        for town in self.towns:
            share = self.places[town].people / townspeople
            part = (1.0 - IN_CAPITAL) * share + IN_CAPITAL * (town == 0)
            where = f"{source}; {IN_CAPITAL:.0%} in the capital, the rest as townspeople: assumption"
            self._unit("army", town, part * army[0], where, mobility="vehicle", low=part * army[1], high=part * army[2])
            where = "assumption: 2 police per 1,000 people (1 to 3.5), over towns as their people"
            self._unit("police", town, share * police[0], where, low=share * police[1], high=share * police[2])

    # --- others who bear arms

    def _rebels(self) -> list[Rebel]:
        """Each group in state-based conflict in the newest public year."""
        years = self.evidence.tolls_of(self.evidence.state, 1)
        if not years or years[0][1].state_based.best < 1:
            return []
        year, row = years[0]
        origin = self.evidence.tolls_origin(year)
        named = [(name, "rebel") for name in row.rebels] + [(name, "foreign_rebel") for name in row.guests]
        if not named and row.state_based.best >= 25 and not self.evidence.downloaded:
            named = [("Armed opposition", "rebel")]
            self.made.gaps.append("who fights the state: the built-in table counts deaths and names nobody")
        found: list[Rebel] = []
        taken = {"army", "police"}
        for name, kind in named:
            key = identifier(group_label(name), taken)
            taken.add(key)
            deaths = row.state_based.best / len(named)
            goal, told = self._fights_for(name) if kind == "rebel" else ("survive", "it fights another government")
            found.append(Rebel(key, group_label(name), kind, deaths, name in row.killers, origin, name, goal, told))
        return found

    def _fights_for(self, name: str) -> tuple[str, str]:
        """Goal of a group at war with the government, by what UCDP says is fought over, and where that is from.

        Government: power in the capital. Territory: the group's own land (`defend`), and no march on the capital.
        """
        fought = self.evidence.incompatibility(name)
        if fought is None:
            self.made.gaps.append(f"what {group_label(name)} fights for: power is assumed")
            return "seize_power", "what it fights for is not known, power is assumed"
        over, origin = fought
        return ("defend" if over == "territory" else "seize_power"), f"incompatibility: {over} ({origin})"

    def _fighters(self, one: Rebel) -> None:
        key, label, origin = one.key, one.label, one.origin
        weak = self.risk["low_development"]
        kin = next((group.name for group in self.among if _names(group.label, label)), "")
        scores: Scores = {
            "cohesion": (0.45, 0.25), "arms": (0.45, 0.2), "discipline": (0.35, 0.2), "exclusion": (0.2, 0.2),
            "spoils": (0.2 + 0.3 * weak, 0.25), "legitimacy": (0.25, 0.2), "pay": (0.4, 0.3),
        }  # fmt: skip
        # one standard for states and rebels: who has no civilians on record does not start by killing them
        intent = 2 if one.killer else 0
        targets = (
            [group.name for group in self.among if group.standing in IN_POWER and group.name != kin]
            if one.killer
            else []
        )
        self._actor(
            key, label, one.kind, scores,
            f"In armed conflict in {origin.year} ({origin}); {one.told}; people behind it not known",
            goal=one.goal, group=kin, intent=intent, intent_low=max(intent - 1, 0),
            intent_high=intent + 1, hostile_to="army", targets=";".join(targets),
        )  # fmt: skip
        strength = min(max(FIGHTERS_A_DEATH * one.deaths, FEWEST), MOST)
        where = self._where_they_fought(one.name)
        self.made.gaps.append(f"strength of {label}: {strength:.0f} is guessed from deaths in battle")
        if not where:
            self.made.gaps.append(
                f"where {label} stands: put as far from the capital as can be (no events of UCDP here)"
            )
            where = {self._remotest(): 1.0}
        told = "assumption: 10 fighters for each death a year in battle, 300 to 8,000; where the events of UCDP lie"
        for place, share in where.items():
            part = share * strength
            self._unit(key, place, part, told, posture="roam", low=part / 3, high=part * 3)
            full = TO_HOLD * self.places[place].people / 1000.0
            self.held.setdefault(place, {})[key] = HELD_AT_MOST * min(part / max(full, 1.0), 1.0)

    def _where_they_fought(self, name: str) -> dict[int, float]:
        counts: dict[int, float] = {}
        for event in self.evidence.events(2):
            if name in (event.side_a, event.side_b):
                place = self._nearest(event.lat, event.lon)
                counts[place] = counts.get(place, 0.0) + 1.0
        top = sorted(counts, key=lambda place: (-counts[place], place))[:4]
        total = sum(counts[place] for place in top)
        return {place: counts[place] / total for place in top}

    def _nearest(self, lat: float, lon: float) -> int:
        rural = [number for number, place in enumerate(self.places) if not place.urban] or self.towns
        return min(rural, key=lambda n: distance_km((lat, lon), (self.places[n].lat, self.places[n].lon)))

    def _remotest(self) -> int:
        seat = self.places[0]
        rural = [number for number, place in enumerate(self.places) if not place.urban] or self.towns
        return max(rural, key=lambda n: distance_km((seat.lat, seat.lon), (self.places[n].lat, self.places[n].lon)))

    def _peacekeepers(self) -> None:
        found = self.evidence.peacekeepers()
        if found is None:
            return
        posts, origin = found
        scores: Scores = {
            "cohesion": (0.6, 0.2), "arms": (0.55, 0.2), "discipline": (0.7, 0.2), "exclusion": (0.0, 0.1),
            "spoils": (0.05, 0.05), "legitimacy": (0.5, 0.2), "pay": (0.95, 0.05),
        }  # fmt: skip
        for mission in sorted({post.mission for post in posts}):
            key = identifier(mission, self.taken)
            self._actor(
                key, mission, "peacekeeper", scores, f"United Nations mission ({origin}); mandate not read",
                goal="protect", intent=0, intent_low=0, intent_high=0,
            )  # fmt: skip
            troops: dict[int, float] = {}
            for post in posts:
                if post.mission == mission:
                    town = min(
                        self.towns,
                        key=lambda n: distance_km((post.lat, post.lon), (self.places[n].lat, self.places[n].lon)),
                    )
                    troops[town] = troops.get(town, 0.0) + post.troops
            for town, count in troops.items():
                where = f"{origin}; counted at the nearest town of the draft"
                self._unit(
                    key, town, count, where, mobility="vehicle", grade="derived", low=0.7 * count, high=1.3 * count
                )

    # --- what might form

    def _self_defence(self, rebels: list[str]) -> None:
        """A latent militia of each group, where there is more than one: units none, until the model forms it.

        It starts on the lowest rung and targets nobody: what does not exist has killed nobody, and no source says whom
        it would turn on. The model learns that as groups come to hate each other.
        """
        if len(self.among) < 2:
            self.made.gaps.append("self-defence and communal violence: none can form without data on groups")
            return
        scores: Scores = {
            "cohesion": (0.3, 0.2), "arms": (0.15, 0.15), "discipline": (0.2, 0.15), "exclusion": (0.3, 0.25),
            "spoils": (0.25, 0.2), "legitimacy": (0.4, 0.25), "pay": (0.05, 0.05),
        }  # fmt: skip
        for group in self.among:
            if not group.number or group.share < KIN_FROM:
                continue
            self._actor(
                identifier(f"{group.name[:24]} defence", self.taken), f"Possible self-defence of {group.label}",
                "militia", scores, "A possibility, no organisation that is known", goal="defend", group=group.name,
                latent=1, intent=0, intent_low=0, intent_high=1, hostile_to=";".join(rebels), targets="",
            )  # fmt: skip

    def _control(self) -> None:
        weak = self.risk["low_development"]
        for number, place in enumerate(self.places):
            rebels = self.held.get(number, {})
            taken = min(sum(rebels.values()), 0.6)
            full = 0.95 - 0.1 * weak if place.urban else 0.9 - 0.3 * weak
            for actor, share in [
                ("army", full * (1.0 - taken)),
                *((name, part * taken / sum(rebels.values())) for name, part in rebels.items()),
            ]:
                if round(share, 2) == 0.0:
                    continue
                self.made.control.append(
                    {
                        "stage": "", "place": place.name, "actor": actor, "share": round(share, 2),
                        "share_low": round(max(share - 0.2, 0.0), 2), "share_high": round(min(share + 0.2, 1.0), 2),
                        "source": "assumption: the state holds towns, and less of the country if poor or at war",
                        "grade": "assumption",
                    }
                )  # fmt: skip
        self.made.gaps.append("who controls each place")


def _names(group: str, label: str) -> bool:
    """Whether the label of an armed group names that people: one of its words of five letters or more."""
    words = {word for word in group.casefold().replace("-", " ").replace("/", " ").split() if len(word) >= 5}
    return any(word in label.casefold() for word in words)
