"""What was public about one country on one day: each value with its year, the day it came out, and whether this file
is a later edition.

Vintage rule: of a data set only the years are used that its publisher had out by the start (`Format.lag`). The file
itself is often a later edition, in which old years were coded again with hindsight; that is flagged as retrospective.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sim.drafting import facts
from sim.drafting.sources import Library, coups, epr, geo_pko, regimes, reign, ucdp, unhcr, wdi
from sim.drafting.sources.table import Format
from sim.drafting.sources.ucdp import CountryYear, CountryYears
from sim.drafting.states import State, states

FACTS_UNTIL = 2024
"""The last year in the built-in tables of violence."""

_PKO_NAMES = {"COD": "DRC", "TLS": "Timor-Leste"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: `year` described, the day it was `public`, whether it was coded again `later`, and the
    year `since` which the data set exists.
    """

    citation: str
    year: int
    public: datetime.date
    later: bool
    since: int

    @property
    def as_of(self) -> datetime.date:
        """The last day that the value describes."""
        return min(datetime.date(self.year, 12, 31), self.public - datetime.timedelta(days=1))

    def __str__(self) -> str:
        flag = ", retrospective coding (a later edition" if self.later else ""
        if self.later:
            flag += f"; the first came out in {self.since})" if self.public.year < self.since else ")"
        return f"{self.citation}: {self.year}, public by {self.public}{flag}"


@dataclass(frozen=True, slots=True)
class Known:
    """A number with its origin."""

    value: float
    origin: Origin


class Evidence:
    """What `library` (with the built-in tables behind it) says about `state`, as public on `start`."""

    def __init__(self, library: Library, state: State, start: datetime.date) -> None:
        self.library, self.state, self.start = library, state, start
        self.downloaded: CountryYears | None = library.take(ucdp.COUNTRY_YEARS)
        one_sided: CountryYears | None = library.take(ucdp.ONE_SIDED)
        self.tolls = self.downloaded or facts.violence()
        self.killings = self.downloaded or one_sided or self.tolls

    # --- violence

    def tolls_of(self, state: State, back: int) -> list[tuple[int, CountryYear]]:
        """(year, deaths) of the last `back` public years of a country that are covered, the newest first."""
        last = ucdp.COUNTRY_YEARS.last_year(self.start)
        years = [(year, self.tolls.of(state.gw, year)) for year in range(last, last - back, -1)]
        return [(year, row) for year, row in years if row is not None and state.gw]

    def killings_of(self, back: int) -> list[tuple[int, CountryYear]]:
        """The same for one-sided violence in the country itself."""
        last = ucdp.ONE_SIDED.last_year(self.start)
        years = [(year, self.killings.of(self.state.gw, year)) for year in range(last, last - back, -1)]
        return [(year, row) for year, row in years if row is not None and self.state.gw]

    def tolls_origin(self, year: int) -> Origin:
        """The origin of a year of deaths."""
        name = "" if self.downloaded else " (built-in table)"
        last = self.tolls.last if self.downloaded else FACTS_UNTIL
        return _origin(ucdp.COUNTRY_YEARS, f"{ucdp.COUNTRY_YEARS.citation}{name}", year, last, self.start)

    def neighbours(self) -> list[State]:
        """The countries that share a land border."""
        return [states()[code] for code in self.state.neighbours if code in states()]

    def events(self, years: int) -> list[ucdp.Event]:
        """Dated events of the last public years; [] without the file, or where it does not cover the country."""
        held: ucdp.Events | None = self.library.take(ucdp.EVENTS)
        last = ucdp.EVENTS.last_year(self.start)
        return held.of(self.state.gw, last - years + 1, last) if held else []

    def incompatibility(self, rebels: str) -> tuple[str, Origin] | None:
        """What a group last fought the country's government over by the start, `territory` or `government`; None when
        UCDP's list of armed conflicts is missing or has no such group.
        """
        held: ucdp.Conflicts | None = self.library.take(ucdp.CONFLICTS)
        last = ucdp.CONFLICTS.last_year(self.start)
        found = held.over(self.state.gw, rebels, last) if held else None
        if held is None or found is None:
            return None
        year, over = found
        return over, _origin(ucdp.CONFLICTS, ucdp.CONFLICTS.citation, year, held.last, self.start)

    # --- rule

    def democracy(self) -> tuple[regimes.Regime, Origin] | None:
        """V-Dem of the newest public year; else Polity mapped from -10..10 to 0..1; None without either."""
        held: regimes.Regimes | None = self.library.take(regimes.VDEM)
        last = regimes.VDEM.last_year(self.start)
        for year in range(last, last - 4, -1):
            if held and (self.state.iso3, year) in held.rows:
                origin = _origin(regimes.VDEM, regimes.VDEM.citation, year, held.last, self.start)
                return held.rows[self.state.iso3, year], origin
        polity = self._polity(regimes.POLITY.last_year(self.start))
        if polity is None:
            return None
        (score, _), origin = polity
        value = (score + 10.0) / 20.0
        return regimes.Regime(value, max(value - 0.1, 0.0), min(value + 0.1, 1.0)), origin

    def _polity(self, last: int) -> tuple[tuple[float, float], Origin] | None:
        for form in (regimes.POLITY, regimes.POLITY_R):
            held: regimes.Polity | None = self.library.take(form)
            for year in range(last, last - 4, -1):
                for number in self.state.cow:
                    if held and (number, year) in held.rows:
                        return held.rows[number, year], _origin(form, form.citation, year, held.last, self.start)
        return None

    def regime_age(self) -> Known | None:
        """Years that the present regime has ruled: REIGN, else Polity."""
        held: reign.Regimes | None = self.library.take(reign.REGIMES)
        eve = self.start - datetime.timedelta(days=1)
        ruling = held.on(self.state.cow, eve) if held else None
        if held and ruling:
            age = (eve - ruling[0]).days / 365.25
            return Known(age, self._at_once(reign.REGIMES, held.last))
        polity = self._polity(regimes.POLITY.last_year(self.start))
        return Known(polity[0][1], polity[1]) if polity else None

    def coups(self, years: int) -> tuple[list[tuple[datetime.date, bool]], Origin] | None:
        """Attempts in the years before the start; None without the file, or when it ends before the start."""
        held: coups.Coups | None = self.library.take(coups.COUPS)
        if held is None or held.last < self.start.year - 2:
            return None
        return held.before(self.state.cow, self.start, years), self._at_once(coups.COUPS, held.last)

    def elections(self, days: int) -> tuple[list[reign.Election], Origin] | None:
        """Votes within `days` that stood in the calendar of the first day; None without the file or after its end."""
        held: reign.Elections | None = self.library.take(reign.ELECTIONS)
        last = self.start + datetime.timedelta(days=days)
        if held is None or held.last < self.start.year:
            return None
        found = held.between(self.state.cow, self.start, last)
        return [one for one in found if one.known_on(self.start)], self._at_once(reign.ELECTIONS, held.last)

    # --- people

    def groups(self) -> tuple[list[epr.Group], Origin] | None:
        """EPR's groups in the newest public year that it has; None without them."""
        held: epr.Groups | None = self.library.take(epr.EPR)
        if held is None:
            return None
        year = min(epr.EPR.last_year(self.start), held.last)
        found = held.of(self.state.gw, year)
        return (found, _origin(epr.EPR, epr.EPR.citation, year, held.last, self.start)) if found else None

    def series(self, name: str, form: Format, back: int = 5) -> Known | None:
        """`mortality`, `income`, `people` or `military`: from the downloads, else from the built-in table."""
        wide: wdi.Series | None = self.library.take(wdi.WORLD_BANK)
        long: wdi.Series | None = self.library.take(form)
        for held, own, note, reach in (
            (wide, wdi.WORLD_BANK, "", back),
            (long, form, "", back),
            (facts.development(), form, " (built-in table, every fifth year)", max(back, 9)),
        ):
            found = held.of(name, self.state.codes, form.last_year(self.start), reach) if held else None
            if held and found:
                until = held.last if not note else 2021
                return Known(found[0], _origin(own, f"{own.citation}{note}", found[1], until, self.start, form))
        return None

    def peacekeepers(self) -> tuple[list[geo_pko.Post], Origin] | None:
        """United Nations troops in the country in the year before the start; None without the file or any troops."""
        held: geo_pko.Deployments | None = self.library.take(geo_pko.DEPLOYMENTS)
        year = geo_pko.DEPLOYMENTS.last_year(self.start)
        name = _PKO_NAMES.get(self.state.iso3, self.state.name)
        posts = [post for post in held.of(name, year) if post.troops >= 1] if held else []
        if not held or not posts:
            return None
        return posts, _origin(geo_pko.DEPLOYMENTS, geo_pko.DEPLOYMENTS.citation, year, held.last, self.start)

    def displaced(self) -> tuple[float, float, Origin] | None:
        """(refugees abroad, displaced inside) at the end of the newest public year; None without the file."""
        form = unhcr.POPULATION
        held: unhcr.Displaced | None = self.library.take(form) or self.library.take(unhcr.POPULATION_R)
        if held is None:
            return None
        year = min(form.last_year(self.start), held.last)
        origin = _origin(form, form.citation, year, held.last, self.start)
        key = (self.state.iso3, year)
        return held.abroad.get(key, 0.0), held.inside.get(key, 0.0), origin

    def _at_once(self, form: Format, last: int) -> Origin:
        """Coups, votes and changes of regime are public the same day; the list of them came later."""
        eve = self.start - datetime.timedelta(days=1)
        return Origin(form.citation, eve.year, eve, last >= self.start.year, form.since)


def _origin(
    form: Format, citation: str, year: int, last: int, start: datetime.date, rhythm: Format | None = None
) -> Origin:
    """`last` is the year the file reaches: an edition that reaches further than was public on the start came later."""
    rhythm = rhythm or form
    return Origin(citation, year, rhythm.published(year), rhythm.published(last) > start, form.since)
