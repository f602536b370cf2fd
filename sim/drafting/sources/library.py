"""The files a user downloaded: found by what is in them, whatever they are called, and read when first wanted."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.drafting.sources import coups, epr, geo_pko, natural_earth, regimes, reign, ucdp, unhcr, wdi
from sim.drafting.sources.table import Format, header_of, lower
from sim.ground.check import BadInput

FORMATS: tuple[Format, ...] = (
    ucdp.COUNTRY_YEARS, ucdp.ONE_SIDED, ucdp.EVENTS, ucdp.CONFLICTS, epr.EPR, epr.GEO_EPR, regimes.VDEM, regimes.POLITY,
    regimes.POLITY_R, wdi.WORLD_BANK, wdi.MORTALITY, wdi.INCOME, wdi.POPULATION, coups.COUPS, reign.ELECTIONS,
    reign.REGIMES, geo_pko.DEPLOYMENTS, unhcr.POPULATION, unhcr.POPULATION_R, natural_earth.COUNTRIES,
)  # fmt: skip
_TEXT = (".csv", ".tsv", ".txt", ".tab")
_JSON = (".json", ".geojson")
_RDATA = (".rda", ".rdata")
_MAX_FILES = 5_000
_HEAD = 1 << 20


@dataclass
class Library:
    """A folder of downloads. `found` says which file holds which format; `take` reads it once."""

    folder: Path | None = None
    found: dict[str, Path] = field(default_factory=dict)
    passed_over: dict[str, list[Path]] = field(default_factory=dict)
    _read: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: str | Path | None) -> Library:
        """What lies in `folder` and below. None is an empty library. Raises BadInput when there is no such folder."""
        if folder is None:
            return cls()
        where = Path(folder)
        if not where.is_dir():
            raise BadInput(
                f"there is no folder {str(folder)!r}", where="--data",
                instead="the folder with the files you downloaded; docs/new_theatre.md lists them",
            )  # fmt: skip
        made = cls(where)
        for path in _files(where):
            for form in _recognise(path):
                made._keep(form, path)
        return made

    def _keep(self, form: Format, path: Path) -> None:
        """Of two files of one format the larger one: later versions grow, extracts are small."""
        held = self.found.get(form.key)
        if held is None or path.stat().st_size > held.stat().st_size:
            self.found[form.key], path = path, held or path
        if path != self.found[form.key]:
            self.passed_over.setdefault(form.key, []).append(path)

    def take(self, form: Format) -> Any:
        """What the importer of `form` made of its file; None when there is no such file."""
        if form.key not in self.found:
            return None
        if form.key not in self._read:
            self._read[form.key] = form.read(self.found[form.key])
        return self._read[form.key]

    def missing(self) -> list[Format]:
        """The formats of which no file was found; of alternatives (in R and as a table) neither."""
        have = {key.removesuffix("_r") for key in self.found}
        return [form for form in FORMATS if form.key.removesuffix("_r") not in have and not form.key.endswith("_r")]


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders.sort()
        found += [Path(parent, name) for name in sorted(names)]
        if len(found) > _MAX_FILES:
            raise BadInput(
                f"there are more than {_MAX_FILES:,} files in {str(folder)!r}", where="--data",
                instead="a folder that holds the downloads only",
            )  # fmt: skip
    return [path for path in found if path.suffix.lower() in (*_TEXT, *_JSON, *_RDATA) and path.is_file()]


def _recognise(path: Path) -> list[Format]:
    suffix = path.suffix.lower()
    try:
        if suffix in _TEXT:
            headers = [set(lower(names)) for names in header_of(path)]
            return [
                form
                for form in FORMATS
                if form.kind == "table" and any(set(lower(list(form.marks))) <= names for names in headers)
            ]
        if suffix in _JSON:
            with open(path, "rb") as file:
                head = file.read(_HEAD).decode("utf-8", errors="replace").casefold()
            return [f for f in FORMATS if f.kind == "json" and all(f'"{mark.casefold()}"' in head for mark in f.marks)]
        return [form for form in FORMATS if form.kind == "rdata" and path.stem.casefold() == form.stem]
    except OSError as error:
        raise BadInput(
            f"the file cannot be read ({error.strerror})", where=str(path), instead="give yourself the right to read it"
        ) from None
