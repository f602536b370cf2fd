"""Every claim of the fourteen behaviours, in their order, with the diagnosis of those that the model fails."""

from __future__ import annotations

from dataclasses import replace

from experiments.behaviours import killing, leaders, protection, society
from experiments.behaviours.claim import Claim
from experiments.behaviours.diagnoses import DIAGNOSES

CLAIMS: tuple[Claim, ...] = tuple(
    replace(claim, fails=DIAGNOSES.get(claim.name, ""))
    for claim in sorted(
        (*killing.CLAIMS, *protection.CLAIMS, *leaders.CLAIMS, *society.CLAIMS), key=lambda claim: claim.behaviour
    )
)
