"""The catalogue: every named instrument is a family of code with its own defaults, ranges, rules and evidence.

One file an instrument in `configs/instrument/`, one a fund in `configs/instrument/envelopes/`. A policy that says
`instrument: NAME` gets the defaults of that file and changes what it wants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sim.ground.check import GRADES, BadInput, did_you_mean
from sim.ground.files import YAML_BYTES, parse_yaml, read_text
from sim.ground.paths import shipped
from sim.ground.reading import Graded, Reader, read_graded

SECTIONS = {
    "structural": "Structural prevention (months to years)",
    "direct": "Direct prevention (days to months)",
    "coercive": "Coercive response (hours to months)",
    "maro": "Mass atrocity response operations",
    "further": "Also asked for",
}
MODES = ("assistance", "incentive", "conditionality", "mediation", "observation", "protection", "sanction", "coercion")
NEEDS = ("consent", "mandate", "unanimity", "capability", "request", "access", "money")


@dataclass(frozen=True)
class Evidence:
    """What is known about an instrument: the finding, the size published or to be expected, and its source."""

    finding: str
    range: str
    source: str
    grade: str


@dataclass(frozen=True)
class Card:
    """One instrument of the catalogue. `defaults` are the fields of a policy file that it stands for."""

    name: str
    title: str
    sections: tuple[str, ...]
    mode: str
    does: str
    family: str
    envelope: str
    needs: tuple[str, ...]
    pitfalls: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    defaults: Mapping[str, Any]

    def fields(self) -> dict[str, Any]:
        """The fields of a policy file, the rules of the envelope included."""
        return dict(expanded({"instrument": self.name}, f"instrument {self.name}"))


@dataclass(frozen=True)
class Envelope:
    """A fund of the European Union for 2007-13: what is in it, how fast it can move, and whose consent it needs."""

    name: str
    title: str
    amount: Graded  # EUR
    lead: Mapping[str, Any]  # days, as a policy file says it
    consent: bool  # of the host
    decided_by: str
    payer: str
    rule: str


@cache
def names() -> tuple[str, ...]:
    """The names of all instruments."""
    return tuple(sorted(path.stem for path in _folder().glob("*.yaml")))


def cards() -> dict[str, Card]:
    """Every instrument of the catalogue by name."""
    return {name: card(name) for name in names()}


@cache
def envelopes() -> dict[str, Envelope]:
    """Every fund by name."""
    return {path.stem: _envelope(path) for path in sorted((_folder() / "envelopes").glob("*.yaml"))}


def fund(name: Any, where: str) -> Envelope:
    """One fund; BadInput for an unknown name."""
    if not isinstance(name, str) or name not in envelopes():
        raise BadInput(f"no envelope {name!r}", where=where, instead=did_you_mean(str(name), envelopes()))
    return envelopes()[name]


@cache
def card(name: str) -> Card:
    """One instrument; BadInput for an unknown name."""
    if name not in names():
        raise BadInput(f"no instrument {name[:60]!r}", where="instrument", instead=did_you_mean(name, names()))
    return _card(_folder() / f"{name}.yaml")


def _folder() -> Path:
    return shipped("configs") / "instrument"


def expanded(raw: Any, where: str) -> Any:
    """The mapping of a policy file with the catalogue's defaults filled in; what names no card comes back as it is.

    Raises BadInput for an unknown envelope, and for a cost that is more than the whole envelope.
    """
    if not isinstance(raw, Mapping):
        return raw
    name = raw.get("instrument")
    if not isinstance(name, str) or name not in names():
        return raw
    one = card(name)
    given = {"name": one.name, **({"envelope": one.envelope} if one.envelope else {}), **one.defaults, **raw}
    given["instrument"] = one.family
    envelope = given.pop("envelope", "")
    return _funded(given, fund(envelope, where), where) if envelope else given


def _funded(given: dict[str, Any], paid_from: Envelope, where: str) -> dict[str, Any]:
    """Lead time, payer and decision as the fund has them, unless the file says otherwise."""
    cost = given.get("cost", 0)
    amount = cost["value"] if isinstance(cost, Mapping) and "value" in cost else cost
    if isinstance(amount, (int, float)) and amount > paid_from.amount.value:
        raise BadInput(
            f"costs {amount:,.0f} euros", where=where,
            why=f"{paid_from.name} held {paid_from.amount.value:,.0f} for the whole world",
            instead="a smaller programme, or another envelope",
        )  # fmt: skip
    return {
        "lead_days": dict(paid_from.lead), "payer": paid_from.payer, "decided_by": paid_from.decided_by, **given
    }  # fmt: skip


def _card(path: Path) -> Card:
    where = f"configs/instrument/{path.name}"
    reader = Reader(parse_yaml(read_text(path, limit=YAML_BYTES), where).value, where)
    found = Card(
        reader.take("name", str),
        reader.take("title", str),
        reader.names("sections"),
        reader.take("mode", str),
        " ".join(reader.take("does", str).split()),
        reader.take("instrument", str),
        reader.take("envelope", str, ""),
        reader.names("needs"),
        reader.names("pitfalls"),
        tuple(_evidence(one, where) for one in reader.take("evidence", list)),
        reader.take("defaults", dict),
    )
    reader.end()
    if found.name != path.stem:
        raise BadInput(f"name is {found.name!r}", where=where, instead=f"name: {path.stem}")
    for words, known in (((found.mode,), MODES), (found.sections, SECTIONS), (found.needs, NEEDS)):
        for word in words:
            if word not in known:
                raise BadInput(f"unknown word {word!r}", where=where, instead=did_you_mean(word, known))
    return found


def _evidence(raw: Any, where: str) -> Evidence:
    reader = Reader(raw, f"{where} evidence")
    found = Evidence(*(" ".join(reader.take(key, str).split()) for key in ("finding", "range", "source", "grade")))
    reader.end()
    if found.grade not in GRADES:
        raise BadInput(f"grade is {found.grade!r}", where=where, instead=did_you_mean(found.grade, GRADES))
    return found


def _envelope(path: Path) -> Envelope:
    where = f"configs/instrument/envelopes/{path.name}"
    reader = Reader(parse_yaml(read_text(path, limit=YAML_BYTES), where).value, where)
    lead = reader.take("lead_days", dict)
    read_graded(lead, 0, 3660, f"{where} lead_days")
    found = Envelope(
        reader.take("name", str),
        reader.take("title", str),
        read_graded(reader.take("amount_eur", dict), 0, 1e12, f"{where} amount_eur"),
        lead,
        reader.take("consent", bool),
        reader.take("decided_by", str),
        reader.take("payer", str),
        " ".join(reader.take("rule", str).split()),
    )
    reader.end()
    if found.name != path.stem:
        raise BadInput(f"name is {found.name!r}", where=where, instead=f"name: {path.stem}")
    return found
