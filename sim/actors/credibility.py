"""Credibility: what leaders have learnt about who keeps its word.

A promise is an announced intervention; it is kept when it takes effect, broken when it is lifted first or when its date
passes. Each observer remembers each sender's record as counts that fade (a Beta posterior; Press 2005 for the sceptical
view that records hardly matter, Weisiger & Yarhi-Milo 2015 for the evidence that they do), on top of what the sender's
conduct in other theatres is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.ground.parameters import Parameter, declare

Credibility = declare(
    "Credibility", __name__,
    Parameter("record_elsewhere", 4.0, 2.0, 10.0, "cases", "what conduct in other theatres counts for, against cases seen here", "assumption"),
    Parameter("word_at_first", 0.5, 0.2, 0.8, "share", "belief in a sender of which nothing else is said", "assumption"),
    Parameter("bluff_counts", 1.5, 1.0, 2.0, "cases", "what a broken promise counts for, against a kept one", "assumption"),
    Parameter("record_half_life", 1200.0, 730.0, 1825.0, "days", "time in which half of a record is forgotten", "assumption"),
    Parameter("grace_days", 30.0, 10.0, 90.0, "days", "delay after which a promise counts as broken", "assumption"),
    Parameter("double_standard", 1.0, 0.0, 2.0, "1/year", "promises broken, in the eyes of a perpetrator, by a sender that acts against others and not against it", "assumption"),
)  # fmt: skip
MEMORY = "credibility"  # key of `minds`


@dataclass(frozen=True)
class Promise:
    """One step of a policy that is announced or in force, as it stands today.

    `takes_effect` is the day now announced for it; `against` are the organisations at which it is aimed, () = no one in
    particular. A step that was lifted is no longer there.
    """

    step: int
    sender: str
    takes_effect: int
    against: tuple[int, ...] = ()


class Records:
    """The records of all senders in the eyes of all organisations, kept in the `minds` of a world and saved with it.

    `counts` is sender -> [kept, broken], each float [actor]; `open` is step -> [sender, day promised]. Nothing is
    written before the first promise.
    """

    def __init__(self, minds: dict[str, Any], par: Any, actors: int) -> None:
        self.minds = minds
        self.par = par
        self.actors = actors

    @property
    def is_empty(self) -> bool:
        """Whether nobody has promised anything yet."""
        return MEMORY not in self.minds

    def belief(self, sender: str, elsewhere: float | None) -> Any:
        """How far each organisation believes the sender, float64 [actor] in 0..1; `elsewhere` None = nothing is said."""
        weight, prior = self.par.record_elsewhere, self.par.word_at_first if elsewhere is None else elsewhere
        counts = self.minds.get(MEMORY, {}).get("counts", {})
        kept, broken = np.array(counts.get(sender, [[0.0] * self.actors] * 2))
        return (weight * prior + kept) / (weight + kept + broken)

    def learn(self, today: int, days: int, promises: Sequence[Promise], guilty: Any) -> None:
        """What `days` up to today have shown: promises kept, late or dropped, and who is spared.

        `guilty` [actor] in 0..1 is how far each organisation does what promises are to stop.
        """
        if self.is_empty and not promises:
            return
        memory = self.minds.setdefault(MEMORY, {"counts": {}, "open": {}, "closed": []})
        self._fade(memory, days)
        self._spared(memory, days, [one for one in promises if one.takes_effect <= today], guilty)
        self._settle(memory, today, {str(one.step): one for one in promises})

    def _settle(self, memory: dict[str, Any], today: int, promises: dict[str, Promise]) -> None:
        for step in [step for step in memory["open"] if step not in promises]:  # lifted before it took effect: a bluff
            sender, _ = memory["open"].pop(step)
            self._count(memory, sender, 1, self.par.bluff_counts)
        for step, promise in promises.items():
            if step in memory["closed"]:
                continue
            if step not in memory["open"]:
                if promise.takes_effect > today:
                    memory["open"][step] = [promise.sender, promise.takes_effect]
            elif promise.takes_effect <= today:
                memory["open"].pop(step)
                memory["closed"].append(step)
                self._count(memory, promise.sender, 0, 1.0)
            elif promise.takes_effect > memory["open"][step][1] + self.par.grace_days:
                memory["open"][step][1] = promise.takes_effect
                self._count(memory, promise.sender, 1, self.par.bluff_counts)

    def _spared(self, memory: dict[str, Any], days: int, in_force: Sequence[Promise], guilty: Any) -> None:
        """Perpetrators against whom a sender does not act, while it acts against others, learn that it does not mean them."""
        aimed: dict[str, set[int]] = {}
        for one in in_force:
            if one.against:
                aimed.setdefault(one.sender, set()).update(one.against)
        for sender, targets in aimed.items():
            spared = np.array(guilty, dtype=np.float64)
            spared[list(targets)] = 0.0
            if spared.any():
                self._count(memory, sender, 1, self.par.double_standard * days / 365.0 * spared)

    def _fade(self, memory: dict[str, Any], days: int) -> None:
        kept = 0.5 ** (days / self.par.record_half_life)
        for counts in memory["counts"].values():
            counts[:] = (kept * np.array(counts)).tolist()

    def _count(self, memory: dict[str, Any], sender: str, column: int, cases: Any) -> None:
        counts = memory["counts"].setdefault(sender, [[0.0] * self.actors, [0.0] * self.actors])
        counts[column] = (np.array(counts[column]) + cases).tolist()
