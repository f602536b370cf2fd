"""The families of instruments. Each is read from YAML and moves levers, or sends people; none edits an outcome."""

from __future__ import annotations

from typing import Any

from sim.ground.check import BadInput, did_you_mean
from sim.interventions.base import Instrument, Lead
from sim.interventions.families.border import border_closure
from sim.interventions.families.embargo import arms_embargo
from sim.interventions.families.evacuation import evacuation
from sim.interventions.families.force import force
from sim.interventions.families.mediation import mediation
from sim.interventions.families.relief import relief
from sim.interventions.families.sanctions import targeted_sanctions
from sim.interventions.reading import Reader, duration
from sim.scenario.theatre import Theatre
from sim.world.index import Index

FAMILIES = {
    "force": force,
    "targeted_sanctions": targeted_sanctions,
    "arms_embargo": arms_embargo,
    "mediation": mediation,
    "border_closure": border_closure,
    "evacuation": evacuation,
    "relief": relief,
}


def make(raw: Any, where: str, theatre: Theatre, index: Index, slot: int, lead: Lead, reader: Reader) -> Instrument:
    """Read one instrument. `slot` is the number of expeditions already used by the policy."""
    family = reader.take("instrument", str)
    common = {
        "name": reader.take("name", str, family),
        "family": family,
        "lead": lead,
        "duration": duration(reader, where),
        "payer": reader.take("payer", str, "unassigned"),
        "decided_by": reader.take("decided_by", str, ""),
    }
    common["sender"] = reader.take("sender", str, common["payer"])
    common["announced"] = reader.take("announced", bool, True)
    if family not in FAMILIES:
        raise BadInput(f"unknown instrument {family!r}", where=where, instead=did_you_mean(family, FAMILIES))
    made: Instrument = FAMILIES[family](reader, where, theatre, index, slot, common)
    reader.end()
    return made
