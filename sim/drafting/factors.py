"""From evidence to the twelve risk factors and five mitigators. Every constant here is a judgement (an assumption): the
mapping, its reasons and its uncertainty stand in docs/new_theatre.md, which a test compares with `MAPPING`.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass

from sim.drafting.evidence import Evidence, Known, Origin
from sim.drafting.sources import epr, regimes, wdi
from sim.drafting.sources.ucdp import CountryYear
from sim.drafting.states import State

MAPPING: dict[str, str] = {
    "regime_instability": "0.1 + 0.35 coups + 0.2 youth + 0.15 hybrid + 0.2 armed_conflict",
    "vulnerability_moment": "0.1 + 0.3 if a vote of the executive or legislature is due + 0.15 youth + 0.15 coups",
    "threat_framing": "0.1 + 0.2 sqrt(excluded) + 0.25 armed_conflict + 0.15 past_atrocities",
    "exclusionary_ideology": "0.05 + 0.5 sqrt(discriminated) + 0.15 sqrt(excluded)",
    "perpetrator_capacity": "0.2 + 0.4 armed_conflict + 0.2 neighbour_conflict",
    "past_atrocities": "level of one-sided deaths over 15 years, each halved per 7 years of age",
    "rights_violations": "1 - physical integrity (V-Dem); else 0.1 + 0.45 (1 - democracy) + 0.45 state killing",
    "low_development": "mean of ln(mortality / 3) / ln(100 / 3) and ln(60000 / income) / ln(60000 / 400)",
    "low_interdependence": "0.25 + 0.25 sqrt(excluded) + 0.1 low_development",
    "regime_autocracy": "1 - democracy (electoral democracy of V-Dem; Polity as (score + 10) / 20)",
    "armed_conflict": "level of battle and non-state deaths in the newest public year, or half of the year before",
    "neighbour_conflict": "the highest armed_conflict among neighbours, + 0.1 when two or more are above 0.4",
    "moderate_leadership": "0.35 + 0.15 democracy",
    "peace_committees": "0.15",
    "free_press": "freedom of expression (V-Dem); else 0.1 + 0.8 democracy",
    "cross_cutting_ties": "0.5 - 0.2 sqrt(excluded)",
    "foreign_witnesses": "0.25 + 0.2 if UN troops are there + 0.1 if 50,000 or more are displaced",
}
"""Factor -> the rule in words. `level` is 0.05 + 0.21 log10(1 + deaths, weighed by people), 0.95 at most."""

_UNSURE = {"regime_autocracy": 0.0, "low_development": 0.08, "armed_conflict": 0.12, "neighbour_conflict": 0.15}
_USUAL = 0.18
"""Half the width of a factor's range where its value comes from data by a rule (the rule is a judgement)."""
_GUESS = 0.25
"""The same where evidence the rule wants is missing."""

NO_DEMOCRACY = regimes.Regime(0.45, 0.15, 0.75)
"""Democracy without data: about the middle of the world, and nearly its whole width."""
_LARGE = 20e6
"""People above which the same deaths count less: they happen to a smaller part of the country."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One risk factor as a scenario file holds it. `published` is None for a judgement without data."""

    value: float
    low: float
    high: float
    source: str
    grade: str
    as_of: datetime.date
    published: datetime.date | None
    retrospective: bool


def factors(evidence: Evidence) -> dict[str, Factor]:
    """Every risk factor and mitigator of a country on its first day, in the order of `MAPPING`."""
    return _Mapping(evidence).all()


def level(deaths: float, people: float) -> float:
    """Deaths of a year on the scale 0..1: none 0.05, 25 0.35, 1,000 0.68, 10,000 0.89; less above 20 million people."""
    weighed = deaths * min(1.0, math.sqrt(_LARGE / max(people, 1.0)))
    return min(0.05 + 0.21 * math.log10(1.0 + weighed), 0.95)


class _Mapping:
    """The rules, over one country's evidence. Each value keeps the origins it was made of."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        found = evidence.democracy()
        self.regime = found[0] if found else NO_DEMOCRACY
        self.regime_origin = found[1] if found else None
        groups = evidence.groups()
        self.groups_origin = groups[1] if groups else None
        self.excluded = _share(groups[0] if groups else [], ("excluded", "discriminated"))
        self.discriminated = _share(groups[0] if groups else [], ("discriminated",))
        people = evidence.series("people", wdi.POPULATION)
        self.people = people.value if people else float(evidence.state.people)
        self.conflict, self.conflict_origin = self._conflict(evidence.state, self.people)
        self.atrocities = self._atrocities()
        self.coups, self.coups_origin = self._coups()
        age = evidence.regime_age()
        self.youth = max(1.0 - age.value / 5.0, 0.0) if age else 0.3
        self.age_origin = age.origin if age else None

    def all(self) -> dict[str, Factor]:
        made = {name: getattr(self, name)() for name in MAPPING}
        assert all(0.0 <= one.low <= one.value <= one.high <= 1.0 for one in made.values())
        return made

    # --- parts

    def _conflict(self, state: State, people: float) -> tuple[float, Origin | None]:
        years = self.evidence.tolls_of(state, 2)
        if not years:
            return 0.15, None
        weighed = [row.conflict.best * (1.0 if at == 0 else 0.5) for at, (_, row) in enumerate(years)]
        return level(max(weighed), people), self.evidence.tolls_origin(years[0][0])

    def _atrocities(self) -> tuple[float, Origin | None]:
        years = self.evidence.killings_of(15)
        if not years:
            return 0.2, None
        newest = years[0][0]
        past = sum(row.one_sided.best * 0.5 ** ((newest - year) / 7.0) for year, row in years)
        return level(past, self.people), self.evidence.tolls_origin(newest)

    def _coups(self) -> tuple[float, Origin | None]:
        found = self.evidence.coups(10)
        if found is None:
            return 0.1, None
        start = self.evidence.start
        weight = sum((1.0 if won else 0.6) * 0.5 ** ((start - day).days / 1826.0) for day, won in found[0])
        return 1.0 - 0.5**weight, found[1]

    def _state_killing(self) -> float:
        years: list[tuple[int, CountryYear]] = self.evidence.killings_of(5)
        return level(sum(row.by_government for _, row in years), self.people) - 0.05 if years else 0.15

    def _made(self, name: str, value: float, *origins: Origin | None, told: str = "") -> Factor:
        """The factor from its value: wider where an origin is missing, an assumption where all are."""
        known = [origin for origin in origins if origin is not None]
        half = _UNSURE.get(name, _USUAL) if len(known) == len(origins) else _GUESS
        return self._ranged(name, value, value - half, value + half, known, len(known) < len(origins), told)

    def _ranged(
        self, name: str, value: float, low: float, high: float, known: list[Origin], gap: bool, told: str = ""
    ) -> Factor:
        eve = self.evidence.start - datetime.timedelta(days=1)
        rule = MAPPING[name]
        missing = "; part of the evidence is missing and assumed" if gap and known else ""
        because = "; ".join(dict.fromkeys(str(origin) for origin in known)) or "no data, so a judgement"
        value = min(max(value, 0.0), 1.0)
        return Factor(
            round(value, 2),
            round(min(max(low, 0.0), round(value, 2)), 2),
            round(max(min(high, 1.0), round(value, 2)), 2),
            f"{told + '. ' if told else ''}{because}{missing}. Rule (assumption): {rule}",
            "derived" if known and not gap else "assumption",
            max((origin.as_of for origin in known), default=eve),
            max((origin.public for origin in known), default=None),
            any(origin.later for origin in known),
        )

    # --- risk factors

    def regime_instability(self) -> Factor:
        hybrid = 1.0 if 0.25 <= self.regime.democracy <= 0.6 else 0.0
        value = 0.1 + 0.35 * self.coups + 0.2 * self.youth + 0.15 * hybrid + 0.2 * self.conflict
        origins = (self.coups_origin, self.age_origin, self.regime_origin, self.conflict_origin)
        return self._made("regime_instability", value, *origins)

    def vulnerability_moment(self) -> Factor:
        found = self.evidence.elections(365)
        due = [one for one in found[0] if "referendum" not in one.kind] if found else []
        told = f"{len(due)} vote(s) due within a year" if found else "whether a vote is due is not known"
        value = 0.1 + 0.3 * bool(due) + 0.15 * self.youth + 0.15 * self.coups
        origins = (found[1] if found else None, self.age_origin, self.coups_origin)
        return self._made("vulnerability_moment", value, *origins, told=told)

    def threat_framing(self) -> Factor:
        value = 0.1 + 0.2 * math.sqrt(self.excluded) + 0.25 * self.conflict + 0.15 * self.atrocities[0]
        factor = self._made("threat_framing", value, self.groups_origin, self.conflict_origin, self.atrocities[1])
        return _judged(factor, "nobody counts what is said; guessed from what usually goes with it")

    def exclusionary_ideology(self) -> Factor:
        value = 0.05 + 0.5 * math.sqrt(self.discriminated) + 0.15 * math.sqrt(self.excluded)
        told = f"{self.discriminated:.0%} of the people in discriminated groups, {self.excluded:.0%} out of power"
        return self._made("exclusionary_ideology", value, self.groups_origin, told=told if self.groups_origin else "")

    def perpetrator_capacity(self) -> Factor:
        abroad = self.neighbour_conflict()
        value = 0.2 + 0.4 * self.conflict + 0.2 * abroad.value
        return self._made("perpetrator_capacity", value, self.conflict_origin)

    def past_atrocities(self) -> Factor:
        return self._made("past_atrocities", *self.atrocities)

    def rights_violations(self) -> Factor:
        if self.regime.integrity is not None:
            return self._made("rights_violations", 1.0 - self.regime.integrity, self.regime_origin)
        value = 0.1 + 0.45 * (1.0 - self.regime.democracy) + 0.45 * self._state_killing()
        return self._made("rights_violations", value, self.regime_origin, self.atrocities[1])

    def low_development(self) -> Factor:
        mortality = self.evidence.series("mortality", wdi.MORTALITY)
        income = self.evidence.series("income", wdi.INCOME)
        parts = [_scaled(mortality, 3.0, 100.0), _scaled(income, 60000.0, 400.0)]
        known = [part for part in parts if part is not None]
        value = sum(known) / len(known) if known else 0.5
        told = [f"{mortality.value:.3g} infant deaths per 1,000" if mortality else "infant mortality not known"]
        told.append(f"{income.value:,.0f} dollars a head" if income else "income not known")
        origins = (mortality.origin if mortality else None, income.origin if income else None)
        return self._made("low_development", value, *origins, told=", ".join(told))

    def low_interdependence(self) -> Factor:
        value = 0.25 + 0.25 * math.sqrt(self.excluded) + 0.1 * self.low_development().value
        return _judged(
            self._made("low_interdependence", value, self.groups_origin), "trade between groups is not counted"
        )

    def regime_autocracy(self) -> Factor:
        regime, origins = self.regime, [self.regime_origin] if self.regime_origin else []
        return self._ranged(
            "regime_autocracy", 1.0 - regime.democracy, 1.0 - regime.high, 1.0 - regime.low, origins, not origins
        )

    def armed_conflict(self) -> Factor:
        years = self.evidence.tolls_of(self.evidence.state, 1)
        told = f"{years[0][1].conflict.best:,.0f} deaths in {years[0][0]}" if years else ""
        return self._made("armed_conflict", self.conflict, self.conflict_origin, told=told)

    def neighbour_conflict(self) -> Factor:
        levels: list[tuple[float, str]] = []
        origins: list[Origin | None] = []
        for state in self.evidence.neighbours():
            value, origin = self._conflict(state, float(state.people))
            levels.append((value, state.name))
            origins.append(origin)
        if not levels:
            return self._made("neighbour_conflict", 0.05, self.conflict_origin, told="no land border")
        worst = max(levels)
        value = worst[0] + 0.1 * (sum(one > 0.4 for one, _ in levels) >= 2)
        return self._made("neighbour_conflict", min(value, 0.95), *origins, told=f"worst in {worst[1]}")

    # --- mitigators

    def moderate_leadership(self) -> Factor:
        factor = self._made("moderate_leadership", 0.35 + 0.15 * self.regime.democracy, self.regime_origin)
        return _judged(factor, "nobody counts moderate leaders")

    def peace_committees(self) -> Factor:
        return self._ranged("peace_committees", 0.15, 0.05, 0.35, [], True, "peace committees are not counted anywhere")

    def free_press(self) -> Factor:
        free = self.regime.expression
        return self._made("free_press", 0.1 + 0.8 * self.regime.democracy if free is None else free, self.regime_origin)

    def cross_cutting_ties(self) -> Factor:
        factor = self._made("cross_cutting_ties", 0.5 - 0.2 * math.sqrt(self.excluded), self.groups_origin)
        return _judged(factor, "marriage and friendship across groups are not counted")

    def foreign_witnesses(self) -> Factor:
        troops, displaced = self.evidence.peacekeepers(), self.evidence.displaced()
        aid = bool(displaced and displaced[0] + displaced[1] >= 50_000)
        value = 0.25 + 0.2 * bool(troops) + 0.1 * aid
        return self._made(
            "foreign_witnesses", value, *((troops[1],) if troops else ()), displaced[2] if displaced else None
        )


def _share(groups: list[epr.Group], standing: tuple[str, ...]) -> float:
    return min(sum(group.size for group in groups if epr.STATUS[group.status] in standing), 1.0)


def _scaled(known: Known | None, best: float, worst: float) -> float | None:
    """A number on the scale 0 (best) to 1 (worst), by its logarithm."""
    if known is None or known.value <= 0:
        return None
    return min(max(math.log(known.value / best) / math.log(worst / best), 0.0), 1.0)


def _judged(factor: Factor, why: str) -> Factor:
    """The factor as what it is: a judgement, whatever data it leans on, with the range of one."""
    return Factor(
        factor.value,
        round(max(factor.value - _GUESS, 0.0), 2),
        round(min(factor.value + _GUESS, 1.0), 2),
        f"{why[0].upper()}{why[1:]}. {factor.source}",
        "assumption",
        factor.as_of,
        factor.published,
        factor.retrospective,
    )
