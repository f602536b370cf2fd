"""Why two policies of a finished study differ, in the model: which channels, instruments, perpetrators, places, months.

Runs of the study are computed again with one channel of policy b switched back to what it is under policy a, and with
that channel alone, under the same random numbers. What is left out is muted, not taken out of the policy: its rules
run, so that nothing else moves. The idea of comparing by chains of causes is that of the Athena simulation (Jet
Propulsion Laboratory); the intervals are ours.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.ground.check import BadInput, did_you_mean
from sim.interventions.base import PRESENCE, Instrument, Policy, Step
from sim.interventions.registry import load_policy
from sim.study import outcomes, store, words
from sim.study.plan import draw_parameters, engine_digest
from sim.study.run import Engine, Job, Watcher, execute
from sim.study.store import RunId
from sim.world.index import index_of
from sim.world.levers import Levers

if TYPE_CHECKING:
    from sim.scenario.theatre import Theatre

FILE = "explain.json"
CHANNELS: dict[str, tuple[str, ...]] = {
    "people sent": (PRESENCE,),
    "elite cost": ("elite_cost",),
    "elite incentive": ("elite_gain",),
    "resources": ("pay", "arms"),
    "hardship": ("hardship", "relief"),
    "speech": ("incitement", "counter_speech"),
    "cohesion": ("brokerage",),
    "accountability": ("accountability",),
    "security sector": ("discipline",),
    "bargaining": ("talks", "guarantee"),
    "deterrence": ("deterrence",),
    "observation": ("observation",),
    "exit": ("exit", "border"),
}
"""Channels by the levers that carry them; a lever that is not listed is a channel of its own name."""
AGES = (0, 1, 7, 30, 60, 120, 240, 365, 730)
SHAPLEY_UP_TO = 4
"""Channels up to which every combination is computed: 2 to the power of 4 is hardly more than two runs for each."""
_BAR = "|"


# ---------------------------------------------------------------------------------------------- mixtures


def mixed(a: Policy, b: Policy, kind: str, kept: frozenset[str]) -> Policy:
    """Policy b of which only the channels (or instruments) `kept` act; of the others, those of a do.

    Steps that both policies have act in full. With everything kept it is b to the bit, with nothing kept it is a (to
    the bit where a sends no expedition).
    """
    shared, added, removed = compared(a, b)
    place = dict(shared)  # step of a -> its number in the mixture
    place |= {n: len(b.steps) + i for i, n in enumerate(removed)}
    sent = 1 + max((step.instrument.expedition for step in b.steps), default=-1)
    steps = [_muted(step, _off(kind, step, kept)) if n in added else step for n, step in enumerate(b.steps)]
    for n in removed:
        step = a.steps[n].with_rules(
            lambda rule: rule if rule.after is None else rule.moved(place[rule.after.step] - rule.after.step)
        )
        if step.instrument.expedition >= 0:
            step = replace(step, instrument=step.instrument.renumbered(sent - step.instrument.expedition))
            sent += 1
        steps.append(_muted(step, _everything() - _off(kind, step, kept)))
    rules = b.rules + tuple((rule, tuple(place[n] for n in numbers)) for rule, numbers in a.rules)
    return replace(b, steps=tuple(steps), rules=rules)


def compared(a: Policy, b: Policy) -> tuple[dict[int, int], list[int], list[int]]:
    """(step of a -> the same step in b, steps of b alone, steps of a alone)."""
    shared: dict[int, int] = {}
    if not a.rules and not b.rules:
        for n, step in enumerate(a.steps):
            same = (m for m, other in enumerate(b.steps) if m not in shared.values() and _plain(other) == _plain(step))
            found = next(same, None)
            if found is not None:
                shared[n] = found
    added = [n for n in range(len(b.steps)) if n not in shared.values()]
    return shared, added, [n for n in range(len(a.steps)) if n not in shared]


def _plain(step: Step) -> Step:
    """A step without the numbers that depend on what stands before it."""
    made = step.instrument
    made = made.renumbered(-made.expedition) if made.expedition > 0 else made
    return replace(step, instrument=made).with_rules(lambda rule: replace(rule, after=None))


def _everything() -> frozenset[str]:
    return frozenset((*(one.name for one in fields(Levers)), PRESENCE))


def _muted(step: Step, mutes: frozenset[str]) -> Step:
    return replace(step, mutes=step.mutes | mutes) if mutes else step


def _off(kind: str, step: Step, kept: frozenset[str]) -> frozenset[str]:
    """The levers of a step that are not among what is kept."""
    if kind == "instruments":
        return frozenset() if step.instrument.name in kept else _everything()
    return frozenset(lever for lever in _everything() if channel_of(lever) not in kept)


def channel_of(lever: str) -> str:
    """The channel that a lever carries."""
    return next((name for name, levers in CHANNELS.items() if lever in levers), lever.replace("_", " "))


def moved_by(instrument: Instrument, theatre: Theatre) -> set[str]:
    """Channels that an instrument moves at some age, or before it comes."""
    index = index_of(theatre)
    rest = Levers.at_rest(len(index.places), len(index.actors))
    found: set[str] = set()
    for age in (-10, *(age for age in AGES if instrument.runs(age))):
        levers = Levers.at_rest(len(index.places), len(index.actors))
        if age >= 0:
            instrument.apply(levers, age)
        elif instrument.announced:
            instrument.foreseen(levers, -age, np.ones(len(index.actors)))
        found |= {
            channel_of(one.name) for one in fields(Levers)
            if not np.array_equal(getattr(levers, one.name), getattr(rest, one.name))
        }  # fmt: skip
        if age >= 0 and instrument.strength(age):
            found.add(channel_of(PRESENCE))
    return found


def load_mixture(name: str, theatre: Theatre) -> Policy:
    """A mixture by the name that `_named` gives it, or a policy by its own name."""
    if _BAR not in name:
        return load_policy(name, theatre)
    a, b, kind, *kept = name.split(_BAR)
    return mixed(load_policy(a, theatre), load_policy(b, theatre), kind, frozenset(kept))


def _named(a: str, b: str, kind: str, kept: Sequence[str]) -> str:
    return _BAR.join((a, b, kind, *sorted(kept)))


# ---------------------------------------------------------------------------------------------- the answer


@dataclass(frozen=True)
class Finished:
    """A finished study: where it is, what it computed, and under which random numbers."""

    folder: Path
    theatre: Theatre
    config: Mapping[str, Any]
    rows: Sequence[dict[str, float]]

    @classmethod
    def of(cls, folder: Path) -> Finished:
        """Read a study's folder. Raises BadInput when it was computed by other code or on other data than these."""
        from sim.scenario.read import read_theatre

        manifest = store.read_manifest(folder)
        config = manifest["config"]
        theatre = read_theatre(manifest["scenario_path"], manifest["stage"])
        engine = Engine()
        rows = draw_parameters(theatre, manifest["draws"], config["seed"], engine.find("parameters")).rows
        for what, there, here in (
            ("scenario", manifest["theatre_digest"], theatre.digest),
            ("code", manifest["engine_digest"], engine_digest()),
        ):
            if there != here:
                raise BadInput(
                    f"it was computed with another {what} than this one", where=str(folder),
                    why="runs computed again would not be its runs", instead="compute the study again, then explain it",
                )  # fmt: skip
        return cls(folder, theatre, config, rows)

    def runs(self, policy: str) -> list[tuple[int, int, str]]:
        """(draw, replicate, digest) of every finished run of a policy."""
        table = store.read_parquet(self.folder / "runs.parquet")
        rows = table.select(["policy", "draw", "replicate", "digest"]).to_pylist()
        return [(row["draw"], row["replicate"], row["digest"]) for row in rows if row["policy"] == policy]


def explain(
    folder: str | Path, a: str, b: str, *, runs: int = 32, workers: int = 1, watcher: Watcher | None = None
) -> dict[str, Any]:
    """Explain the difference b minus a of a finished study, and write it into its ``explain.json``.

    `runs` paired runs of the study, spread over its parameter draws, are computed again for each channel and
    instrument. Raises BadInput for a policy that is not in the study, and for a study that this code did not compute.
    """
    study = Finished.of(Path(folder))
    known = study.config["policies"]
    for name in (a, b):
        if name not in known:
            raise BadInput(
                f"no policy {name!r} in this study", where=str(folder), instead=did_you_mean(name, known)
            )
    if a == b:
        raise BadInput(f"{a!r} is named twice", where="explain", instead="two different policies")
    keys = _spread(study, a, b, runs)
    players = {kind: _players(kind, a, b, study.theatre) for kind in ("channels", "instruments")}
    wanted = {kind: _combinations(names) for kind, names in players.items()}
    plan = {_named(a, b, kind, kept) for kind, sets in wanted.items() for kept in sets} | {a, b}
    deaths = _computed(study, sorted(plan), keys, workers, watcher or Watcher())
    for name in (a, b):
        told = {(draw, replicate): digest for draw, replicate, digest in study.runs(name)}
        if any(told[key] != digest for key, digest in deaths[name].digests.items()):
            raise BadInput(
                f"the runs of {name!r} do not come out as they are stored", where=str(folder),
                why="another machine or another version of a library computed them", instead="compute the study again",
            )  # fmt: skip
    found = {
        "a": a, "b": b, "runs": len(keys), "seed": study.config["seed"],
        "difference_is": f"{b} minus {a}, civilians killed in the model: negative means fewer",
        "total": _effect(deaths[b].deaths - deaths[a].deaths, keys),
        **{
            kind: _ranked(_shares(names, {kept: deaths[_named(a, b, kind, kept)].deaths for kept in sets}, keys))
            for (kind, names), sets in zip(players.items(), wanted.values(), strict=True)
        },
        **_where_and_who(study, a, b),
    }  # fmt: skip
    found["instruments"] = _marked(found["instruments"], a, b, study.theatre)
    found["words"] = in_words(found)
    everything = read(study.folder)
    store.write_json(study.folder / FILE, {**everything, f"{a} -> {b}": found})
    return found


def read(folder: Path) -> dict[str, Any]:
    """What has been explained of a study so far: "a -> b" to what `explain` returned; {} when nothing was."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class _Runs:
    deaths: Any  # float64 [keys]
    digests: dict[tuple[int, int], str]


def _spread(study: Finished, a: str, b: str, runs: int) -> list[tuple[int, int]]:
    """Keys of runs that both policies have, draws before replicates: many draws tell more than many replicates."""
    both = {(d, r) for d, r, _ in study.runs(a)} & {(d, r) for d, r, _ in study.runs(b)}
    if not both:
        raise BadInput("the two policies share no finished run", where=str(study.folder), instead="compute it again")
    return sorted(sorted(both, key=lambda key: (key[1], key[0]))[: max(runs, 1)])


def _players(kind: str, a: str, b: str, theatre: Theatre) -> list[str]:
    """What can be switched: channels moved by, or instruments that are, in one of the policies and not in the other."""
    one, other = load_policy(a, theatre), load_policy(b, theatre)
    _, added, removed = compared(one, other)
    steps = [other.steps[n] for n in added] + [one.steps[n] for n in removed]
    if kind == "instruments":
        return sorted({step.instrument.name for step in steps})
    return sorted(set().union(*(moved_by(step.instrument, theatre) for step in steps)))


def _marked(rows: list[dict[str, Any]], a: str, b: str, theatre: Theatre) -> list[dict[str, Any]]:
    """The same rows, with the instruments marked that policy b does without."""
    one, other = load_policy(a, theatre), load_policy(b, theatre)
    _, added, removed = compared(one, other)
    gone = {one.steps[n].instrument.name for n in removed} - {other.steps[n].instrument.name for n in added}
    return [{**row, "removed": row["name"] in gone} for row in rows]


def _combinations(names: Sequence[str]) -> list[tuple[str, ...]]:
    """The sets of names kept from b: all of them where that is cheap, else each alone and all but each."""
    if len(names) <= SHAPLEY_UP_TO:
        return [kept for size in range(len(names) + 1) for kept in combinations(names, size)]
    alone = [(name,) for name in names]
    return [(), tuple(names), *alone, *(tuple(other for other in names if other != name) for name in names)]


def _computed(
    study: Finished, plan: Sequence[str], keys: Sequence[tuple[int, int]], workers: int, watcher: Watcher
) -> dict[str, _Runs]:
    """Civilian deaths of every policy of the plan in the runs `keys`."""
    todo = [RunId(name, 0, *key) for name in plan for key in keys]
    with tempfile.TemporaryDirectory() as scratch:
        job = Job(
            study.theatre, study.rows, study.config["seed"], study.config["days"], Path(scratch),
            Engine(load_policy="sim.study.explain:load_mixture"), keep=(), decision=study.config["decision"],
        )  # fmt: skip
        watcher.start(len(todo), 0, workers)
        try:
            failed = execute(job, todo, workers, watcher)
        finally:
            watcher.stop()
        if failed:
            raise BadInput(failed[0].error, where="explain", instead="policies whose mixture a run can hold")
        rows: dict[str, dict[tuple[int, int], tuple[float, str]]] = {name: {} for name in plan}
        for path in sorted((Path(scratch) / "shards").glob("*/runs.parquet")):
            for row in store.read_parquet(path).to_pylist():
                rows[row["policy"]][row["draw"], row["replicate"]] = (row["civilian_deaths"], row["digest"])
    return {
        name: _Runs(np.array([one[key][0] for key in keys]), {key: one[key][1] for key in keys})
        for name, one in rows.items()
    }


def _effect(difference: Any, keys: Sequence[tuple[int, int]]) -> dict[str, Any]:
    found = outcomes.paired(difference, np.array([draw for draw, _ in keys]))
    numbers = {name: outcomes.as_json(getattr(found, name)) for name in ("mean", "mc_low", "mc_high")}
    return {**numbers, "told_apart": found.told_apart}


def _shares(
    names: Sequence[str], of: Mapping[tuple[str, ...], Any], keys: Sequence[tuple[int, int]]
) -> list[dict[str, Any]]:
    """What each name makes: switched back (b minus b without it), alone (it alone minus a), and its Shapley value."""
    rows = []
    every = tuple(sorted(names))
    for name in every:
        rest = tuple(other for other in every if other != name)
        row = {
            "name": name,
            "switched_back": _effect(of[every] - of[rest], keys),
            "alone": _effect(of[name,] - of[()], keys),
        }
        if 1 < len(every) <= SHAPLEY_UP_TO:
            share = sum(
                math.factorial(size) * math.factorial(len(rest) - size) / math.factorial(len(every))
                * (of[tuple(sorted((*others, name)))] - of[others])
                for size in range(len(rest) + 1) for others in combinations(rest, size)
            )  # fmt: skip
            row["shapley"] = _effect(share, keys)
        rows.append(row)
    return rows


def _ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By effect size, what is told apart from nothing first."""

    def size(row: Mapping[str, Any]) -> tuple[bool, float]:
        told = headline(row)
        return told["told_apart"], abs(told["mean"] or 0.0)

    return sorted(rows, key=size, reverse=True)


def headline(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The effect by which a row is ranked: its Shapley value, or what switching it back undoes."""
    told: Mapping[str, Any] = row.get("shapley") or row.get("effect") or row["switched_back"]
    return told


def _where_and_who(study: Finished, a: str, b: str) -> dict[str, list[dict[str, Any]]]:
    """The difference in deaths by perpetrator, by prefecture and by month, over all runs of the study."""
    rows = store.read_parquet(study.folder / "monthly.parquet").to_pylist()
    keys = _spread(study, a, b, len(study.runs(a)))
    at = {key: number for number, key in enumerate(keys)}
    labels = {actor.name: actor.label for actor in study.theatre.actors}
    labels |= {name: name.replace("_", " ") for name in index_of(study.theatre).actors if name not in labels}
    found = {}
    for title, column in (("perpetrators", "actor"), ("places", "prefecture"), ("months", "month")):
        by: dict[str, Any] = {}
        for row in rows:
            key = (row["draw"], row["replicate"])
            if row["policy"] in (a, b) and key in at:
                sign = 1.0 if row["policy"] == b else -1.0
                by.setdefault(row[column], np.zeros(len(keys)))[at[key]] += sign * row["deaths_true"]
        told = [
            {"name": name, "label": labels.get(name, name) if column == "actor" else name,
             "effect": _effect(difference, keys)}
            for name, difference in sorted(by.items()) if np.any(difference)
        ]  # fmt: skip
        found[title] = told if column == "month" else _ranked(told)
    return found


# ---------------------------------------------------------------------------------------------- in words


def in_words(found: Mapping[str, Any]) -> list[str]:
    """The answer as sentences."""
    a, b, total = found["a"], found["b"], found["total"]
    over = f"In the model, over {found['runs']} paired runs,"
    if total["told_apart"]:
        said = [f"{over} {_killed(total)} under {b} than under {a}."]
    else:
        said = [f"{over} {b} cannot be told from {a} by civilians killed ({_interval(total)}). "
                "What follows may be chance."]  # fmt: skip
    for kind in ("channels", "instruments"):
        told = [row for row in found[kind] if headline(row)["told_apart"]]
        said += [f"{_title(row).capitalize()}: {_killed(headline(row))}." for row in told]
        rest = [row for row in found[kind] if not headline(row)["told_apart"]]
        unsure = [_title(row) for row in rest if not _is_idle(row)]
        idle = [_title(row) for row in rest if _is_idle(row)]
        if unsure:
            said.append(f"{kind.capitalize()} of which no effect can be told from chance: {words.listed(unsure)}. "
                        "That does not show that they do nothing.")  # fmt: skip
        if idle:
            said.append(f"{kind.capitalize()} that changed no death in any of these runs: {words.listed(idle)}.")
    for kind, lead in (("perpetrators", "By perpetrator"), ("places", "By prefecture"), ("months", "By month")):
        told = [row for row in found[kind] if row["effect"]["told_apart"]][:SHOWN]
        each = "; ".join(f"{_title(row)}, {_killed(row['effect'])}" for row in told)
        said.append(f"{lead}: {each}." if told else f"{lead}, no difference can be told from chance.")
    return said


SHOWN = 6


def _title(row: Mapping[str, Any]) -> str:
    return f"{'without ' if row.get('removed') else ''}{row.get('label', row['name'])}"


def _is_idle(row: Mapping[str, Any]) -> bool:
    told = headline(row)
    return bool(told["mean"] == 0.0 and told["mc_low"] == 0.0 and told["mc_high"] == 0.0)


def _killed(effect: Mapping[str, Any]) -> str:
    mean = effect["mean"]
    return f"{words.fewer(mean if mean is not None else math.nan)} killed ({_interval(effect)})"


def _interval(effect: Mapping[str, Any]) -> str:
    low, high = (effect[name] if effect[name] is not None else math.nan for name in ("mc_low", "mc_high"))
    return f"90 % {words.span(low, high)}"


def lines(found: Mapping[str, Any]) -> list[str]:
    """The answer as text for a terminal: the sentences, and a table a part."""
    shown = list(found["words"])
    for kind in ("channels", "instruments", "perpetrators", "places", "months"):
        rows = found[kind]
        told = [row for row in rows if headline(row)["told_apart"]]
        if not rows or (kind == "months" and not told):
            continue
        rows = rows if kind in ("channels", "instruments") else (told or rows)[:SHOWN]
        shown += ["", f"{kind:<40} {'killed':>10}  90 % interval"]
        for row in rows:
            one = headline(row)
            mark = "" if one["told_apart"] else "  not told from chance"
            shown.append(f"  {_title(row)[:38]:<38} {_number(one['mean'])}  "
                         f"{_number(one['mc_low']).strip()} to {_number(one['mc_high']).strip()}{mark}")  # fmt: skip
        if len(rows) < len(found[kind]):
            shown.append(f"  and {len(found[kind]) - len(rows)} more in {FILE}")
    return shown


def _number(value: float | None) -> str:
    return f"{'n/a':>10}" if value is None else f"{value:>10,.1f}"
