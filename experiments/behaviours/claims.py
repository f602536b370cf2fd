"""Every claim of the fourteen behaviours, in their order."""

from __future__ import annotations

from experiments.behaviours import killing, leaders, protection, society
from experiments.behaviours.claim import Claim

CLAIMS: tuple[Claim, ...] = tuple(
    sorted((*killing.CLAIMS, *protection.CLAIMS, *leaders.CLAIMS, *society.CLAIMS), key=lambda claim: claim.behaviour)
)
