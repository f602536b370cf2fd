"""A decision process as values: who warns, who listens, who decides by which rule, who plans and who pays.

Read from `configs/decision/NAME.yaml`. A reform names a `base` and what it changes; `a+b` changes both. Every number
has a range; `Book.process` draws all of them, each by its place in the file, so that processes share what they share.
"""

from __future__ import annotations

import copy
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sim.ground import reading
from sim.ground.check import ASSUMED, BadInput, did_you_mean
from sim.ground.files import YAML_BYTES, parse_yaml, read_text
from sim.ground.paths import shipped
from sim.ground.reading import read_graded
from sim.warning.matrix import AREAS, LAYERS, Indicator
from sim.warning.sources import SIGNALS, Source

INSTANT = "instant"
RULES = ("unanimity", "two_thirds", "security_council", "willing", "alone", "consent")
PRIORITIES = ("by_risk", "severity_tractability", "rotating", "first_come", "media")
HOW = ("sum", "mean", "most", "rise")
MANY = 1e9
Coin = Callable[[str], float]  # the place of a number in the file -> 0..1


class Reader(reading.Reader):
    """Reads one mapping of a decision process; a number with a range is drawn from it by its place in the file."""

    def __init__(self, raw: Any, where: str, coin: Coin | None) -> None:
        super().__init__(raw, where)
        self.coin = coin

    def inner(self, key: str, default: Any = ...) -> Reader:
        """The mapping under `key`."""
        return Reader(self.take(key, dict, default), f"{self.where}.{key}", self.coin)

    def each(self, key: str) -> dict[str, Reader]:
        """The mappings under `key`, by name, in the order of the file."""
        return {str(name): Reader(raw, f"{self.where}.{key}.{name}", self.coin) for name, raw in self._block(key)}

    def _block(self, key: str) -> list[tuple[Any, Any]]:
        return list(self.take(key, dict).items())

    def number(self, key: str, low: float, high: float, default: Any = ...) -> float:
        """A number in low..high, drawn where it has a range; what reforms multiply is cut at low and high."""
        given = self.take(key, (int, float, dict), default)
        if isinstance(given, dict):
            return min(max(self._drawn(given, low, high, f"{self.where}.{key}"), low), high)
        if not low <= given <= high:
            raise BadInput(f"{key} is {self.shown(given)}", where=self.where, instead=f"{key}: {low:g} to {high:g}")
        return float(given)

    def _drawn(self, given: Any, low: float, high: float, where: str) -> float:
        if isinstance(given, (int, float)):
            return float(given)
        if "times" in given:
            return self._drawn(given["of"], low, high, where) * self._changed(given, "times", where)
        if "plus" in given:
            return self._drawn(given["of"], low, high, where) + self._changed(given, "plus", where)
        graded = read_graded(given, low, high, where)
        if self.coin is None:
            return graded.value
        u = self.coin(where.partition(".")[2])
        inside = graded.low < graded.value < graded.high
        middle = graded.value if inside else (graded.low + graded.high) / 2.0
        return middle + abs(2.0 * u - 1.0) * ((graded.low if u < 0.5 else graded.high) - middle)

    def _changed(self, given: dict[str, Any], verb: str, where: str) -> float:
        return self._drawn(given[verb], -MANY, MANY, f"{where}.{verb}.{given['by']}")

    def one_of(self, key: str, known: Any, default: Any = ...) -> str:
        """A word from a list."""
        given: str = self.take(key, str, default)
        if given not in known:
            raise BadInput(f"{key} is {given!r}", where=self.where, instead=did_you_mean(given, known))
        return given


@dataclass(frozen=True)
class Acceptance:
    """Weights of the log odds with which a rank passes a warning on."""

    base: float
    credibility: float
    specificity: float
    actionability: float
    fit: float
    severity: float
    alarms: float


@dataclass(frozen=True)
class Rank:
    """One reader on the way up: median `days` with a file, `bar` against it, `dilution` of what it says."""

    name: str
    days: float
    bar: float
    dilution: float


@dataclass(frozen=True)
class Platform:
    """A crisis platform: from a level (0..10) on, its `rank` reads a warning in place of the rank `replaces`."""

    rank: Rank
    replaces: str
    opens_at: float


@dataclass(frozen=True)
class House:
    """Analysts with their sources and the ranks above them; `files` are the countries that they can look at in a week.

    `overview` (0..1) is how much nearer a country on the half-yearly overview is to what readers think anyway.
    """

    name: str
    sources: tuple[str, ...]
    report_at: float
    warn_at: float
    hedge: float
    reputation: float
    resend_days: float
    files: float
    actionability: float
    overview: float
    ranks: tuple[Rank, ...]
    platform: Platform | None = None


@dataclass(frozen=True)
class Agenda:
    """A committee with few slots; `emerging` is what a crisis counts before killing is reported, next to others."""

    name: str
    every_days: float
    slots: float
    competing: float
    salience: float
    emerging: float
    preventive: float


@dataclass(frozen=True)
class Traits:
    """Means (values, will, aversion, thrift) and chances (exposure, ties) from which members are drawn."""

    values: float
    will: float
    exposure: float
    ties: float
    permanent_ties: float
    aversion: float
    thrift: float
    fatigue: float
    pressure: float


@dataclass(frozen=True)
class Member:
    """A member of a council; `share` of costs in 0..1."""

    name: str
    share: float
    permanent: bool = False
    defence: bool = True


@dataclass(frozen=True)
class Council:
    """A body that decides by a rule, at meetings every so many days, or sooner when it is grave.

    What failed `appeal_after` times and is as grave as `appeal_from` (0..1) goes to another council.
    """

    name: str
    rule: str
    every_days: float
    extraordinary_days: float
    extraordinary_from: float
    members: tuple[Member, ...]
    consent: float
    pressure: float = 1.0  # on a lone opponent, times that of others
    appeal: str = ""  # the council that takes up what failed here
    appeal_after: float = MANY
    appeal_from: float = 1.0


@dataclass(frozen=True)
class Planner:
    """A staff or a group of advisers: median `days` for a paper, `at_once` papers at a time.

    `assurance` (0..1): how much of the risk that members see its advice takes away.
    """

    name: str
    days: float
    at_once: float
    assurance: float = 0.0


@dataclass(frozen=True)
class Pool:
    """Where people come from: pledged by the states of a council, on a standby roster, or found in `days`."""

    name: str
    states: str
    per_week: float
    common: float
    least: float
    roster: float
    rotation_days: float
    days: float


@dataclass(frozen=True)
class Path:
    """The way of one kind of instrument. Empty names leave a stage out; `appetite` is its chance to be sent at all."""

    name: str
    house: str
    rank: str
    agenda: str
    prepare: tuple[str, ...]
    decides: str
    mandate: str
    plans: tuple[str, ...]
    force: str
    defence: bool
    inquiry_days: float
    arrives_days: float
    coercion: float
    risk: float
    cost: float
    appetite: float


@dataclass(frozen=True)
class Process:
    """A whole decision process with its numbers drawn."""

    name: str
    title: str
    summary: str
    lens: bool
    priority: str
    spread: float
    attention_half: float
    news_from: float
    alarms_before: float
    false_after_days: float
    false_below: float
    denial: float
    denial_believed: float
    weights: tuple[float, float, float]
    sources: dict[str, Source]
    indicators: tuple[Indicator, ...]
    acceptance: Acceptance
    houses: dict[str, House]
    agendas: dict[str, Agenda]
    traits: Traits
    councils: dict[str, Council]
    advisers: dict[str, Planner]
    planners: dict[str, Planner]
    pools: dict[str, Pool]
    paths: dict[str, Path]

    def path(self, name: str) -> Path:
        """The way of an instrument; BadInput when the process does not know it."""
        if name not in self.paths:
            raise BadInput(
                f"nobody decides on {name!r}", where=f"decision {self.name}.paths",
                instead=did_you_mean(name, self.paths),
            )  # fmt: skip
        return self.paths[name]


@dataclass(frozen=True)
class Book:
    """A decision process as its file says, before numbers are drawn. `content` is JSON text."""

    name: str
    content: str

    def process(self, coin: Coin | None = None) -> Process:
        """The process as stated, or every number drawn by `coin`: half of the mass lies on each side of the value."""
        return _process(Reader(json.loads(self.content), f"decision {self.name}", coin))

    @property
    def digest(self) -> str:
        """16 hex digits that name the content."""
        return hashlib.sha256(self.content.encode()).hexdigest()[:16]

    @property
    def assumption_share(self) -> float:
        """Share of its graded numbers whose grade is assumption or memory."""
        grades = list(_grades(json.loads(self.content)))
        return sum(grade in ASSUMED for grade in grades) / len(grades)


def _grades(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "grade" in node:
            yield str(node["grade"])
        for inner in node.values():
            yield from _grades(inner)


def book_names() -> tuple[str, ...]:
    """Every decision process that ships with the model; `instant` is none at all."""
    return tuple(sorted(path.stem for path in (shipped("configs") / "decision").glob("*.yaml")))


@cache
def load_book(name: str) -> Book | None:
    """A decision process by name, several reforms joined by `+` or in a list (see `parts_of`); None for `instant`.

    Raises BadInput for an unknown name and for a file that cannot be read.
    """
    parts = parts_of(name)
    if parts == [INSTANT]:
        return None
    if len(set(parts)) < len(parts) or INSTANT in parts:
        raise BadInput(
            f"decision={name} cannot be used", where="decision", why="each reform stands once, and instant alone",
            instead="decision=reform_1+3",
        )  # fmt: skip
    raw = [_file(part) for part in parts]
    base = [one for one in raw if "base" not in one]
    bases = {one["base"] for one in raw if "base" in one}
    if base and len(parts) > 1 or len(bases) > 1:
        raise BadInput(
            f"decision={name} joins whole processes", where="decision", why="only reforms of one process can be joined",
            instead="decision=reform_1+3",
        )  # fmt: skip
    content = base[0] if base else _file(bases.pop())
    for part, one in zip(parts, raw, strict=True):
        for number, change in enumerate(one.get("changes", ())):
            _change(content, change, part, f"decision {part}.changes[{number}]")
    if not base:
        content = {**content, "name": name, "title": "; ".join(str(one.get("title", "")) for one in raw)}
        content["summary"] = " ".join(str(one.get("summary", "")).strip() for one in raw)
    book = Book(name, json.dumps(content))
    book.process()  # refuses a file that cannot be used, before the first run
    return book


def parts_of(name: str) -> list[str]:
    """The files that a name joins: `reform_1+reform_3`, `reform_1+3` and `[reform_1, reform_3]` are the same two.

    Raises BadInput for a list that is not closed.
    """
    text = name.strip()
    if text.startswith("[") != text.endswith("]"):
        raise BadInput(f"decision={name} is no list", where="decision", instead="decision=[reform_1,reform_3]")
    words = text[1:-1].split(",") if text.startswith("[") else [text]
    parts: list[str] = []
    for part in (part.strip() for word in words for part in word.split("+")):
        stem, underscore, number = (parts[-1] if parts else "").rpartition("_")
        short = part.isdecimal() and underscore and number.isdecimal()
        parts.append(f"{stem}_{part}" if short else part)
    return parts


def joined(numbers: Iterable[int], base: str = "eu_2012") -> str:
    """The name of the process with these of the six reforms; of none, the `base`."""
    return "+".join(f"reform_{number}" for number in sorted(numbers)) or base


def _file(name: str) -> dict[str, Any]:
    known = (INSTANT, *book_names())
    path = shipped("configs") / "decision" / f"{name}.yaml"
    if name not in known or not path.is_file():
        raise BadInput(f"no decision process {name!r}", where="decision", instead=did_you_mean(name, known))
    content = parse_yaml(read_text(path, limit=YAML_BYTES), f"decision {name}").value
    if not isinstance(content, dict):
        raise BadInput("not a mapping", where=f"decision {name}", instead="key: value lines")
    return copy.deepcopy(content)


def _change(content: dict[str, Any], change: Any, by: str, where: str) -> None:
    """Carry out one change of a reform: `set`, `times` or `plus` at a dotted place."""
    reader = Reader(change, where, None)
    at = reader.take("at", str).split(".")
    verbs = [verb for verb in ("set", "times", "plus") if verb in change]
    if len(verbs) != 1 or len(change) != 2:
        raise BadInput("not one way to change", where=where, instead="at: ... and one of set, times, plus")
    _at(content, at, [], verbs[0], change[verbs[0]], by, where)


def _at(node: Any, at: list[str], there: list[str], verb: str, size: Any, by: str, where: str) -> None:
    """Walk to the place; `*` stands for every name at a level."""
    key, *rest = at
    if not isinstance(node, dict) or (key not in node and key != "*" and (rest or verb != "set")):
        raise BadInput(f"there is no {'.'.join([*there, key])!r}", where=where, instead="a place in the base")
    for one in list(node) if key == "*" else [key]:
        if rest:
            _at(node[one], rest, [*there, one], verb, size, by, where)
        else:
            node[one] = size if verb == "set" else {verb: size, "of": node[one], "by": by}


# ---- reading ----------------------------------------------------------------------------------------------------


def _process(top: Reader) -> Process:
    councils: dict[str, Council] = {}
    for name, reader in top.each("councils").items():
        councils[name] = _council(name, reader, councils)
    weights = top.inner("layer_weights")
    process = Process(
        name=top.take("name", str), title=top.take("title", str), summary=top.take("summary", str, ""),
        lens=top.take("lens", bool), priority=top.one_of("priority", PRIORITIES, "by_risk"),
        spread=top.number("spread", 0, 2),
        attention_half=top.number("attention_half", 1, MANY),
        news_from=top.number("news_from", 0, 1), alarms_before=top.number("alarms_before", 0, 100),
        false_after_days=top.number("false_after_days", 7, 3660), false_below=top.number("false_below", 1, MANY),
        denial=top.number("denial", 0, 1), denial_believed=top.number("denial_believed", 0, 1),
        weights=(weights.number("root", 0, 1), weights.number("proximate", 0, 1), weights.number("trigger", 0, 1)),
        sources={name: _source(name, reader) for name, reader in top.each("sources").items()},
        indicators=tuple(_indicator(name, reader) for name, reader in top.each("indicators").items()),
        acceptance=_weights(Acceptance, top.inner("acceptance"), -10, 10),
        houses={name: _house(name, reader) for name, reader in top.each("houses").items()},
        agendas={name: _agenda(name, reader) for name, reader in top.each("agendas").items()},
        traits=_weights(Traits, top.inner("traits"), 0, 10),
        councils=councils,
        advisers={name: _planner(name, reader) for name, reader in top.each("advisers").items()},
        planners={name: _planner(name, reader) for name, reader in top.each("planners").items()},
        pools={name: _pool(name, reader) for name, reader in top.each("pools").items()},
        paths={name: _path(name, reader) for name, reader in top.each("paths").items()},
    )  # fmt: skip
    weights.end()
    top.end()
    _check_names(process, top.where)
    return process


def _weights(kind: Any, reader: Reader, low: float, high: float) -> Any:
    made = kind(**{name: reader.number(name, low, high) for name in kind.__dataclass_fields__})
    reader.end()
    return made


def _source(name: str, reader: Reader) -> Source:
    sees = reader.names("sees")
    for signal in sees:
        if signal not in SIGNALS:
            raise BadInput(f"no signal {signal!r}", where=reader.where, instead=did_you_mean(signal, SIGNALS))
    source = Source(
        name, sees, reader.number("coverage", 0, 1), reader.number("lag_days", 0, 365), reader.number("noise", 0, 3),
        reader.number("bias", 0, 10), reader.number("duplicates", 0, 1), reader.number("secrecy", 0, 1),
        reader.number("credibility", 0, 1),
    )  # fmt: skip
    reader.end()
    return source


def _indicator(name: str, reader: Reader) -> Indicator:
    signal = reader.take("signal", str)
    if signal not in SIGNALS and not signal.startswith("risk:"):
        raise BadInput(f"no signal {signal!r}", where=reader.where, instead=did_you_mean(signal, SIGNALS))
    made = Indicator(
        name, reader.one_of("layer", LAYERS), reader.one_of("area", AREAS), signal,
        int(reader.number("weeks", 1, 26, 1)), reader.one_of("how", HOW, "mean"), reader.number("ten_at", 1e-6, MANY),
        reader.take("log", bool, False), reader.take("atrocity", bool, False),
    )  # fmt: skip
    reader.end()
    return made


def _house(name: str, reader: Reader) -> House:
    ranks = [_rank(rank, inner) for rank, inner in reader.each("ranks").items()]
    platform = None
    if raw := reader.take("platform", dict, {}):
        inner = Reader(raw, f"{reader.where}.platform", reader.coin)
        opens, replaces = inner.number("opens_at", 0, 10), inner.one_of("replaces", [one.name for one in ranks])
        platform = Platform(_rank(inner.take("name", str), inner), replaces, opens)
    house = House(
        name, reader.names("sources"), reader.number("report_at", 0, 10), reader.number("warn_at", 0, 10),
        reader.number("hedge", 0, 10), reader.number("reputation", 0, 10), reader.number("resend_days", 1, 3660),
        reader.number("files", 7, MANY, MANY), reader.number("actionability", 0, 1), reader.number("overview", 0, 1, 0),
        tuple(ranks), platform,
    )  # fmt: skip
    reader.end()
    return house


def _rank(name: str, inner: Reader) -> Rank:
    made = Rank(name, inner.number("days", 0, 3660), inner.number("bar", -10, 10), inner.number("dilution", 0, 1))
    inner.end()
    return made


def _agenda(name: str, reader: Reader) -> Agenda:
    agenda = Agenda(
        name, reader.number("every_days", 1, 365), reader.number("slots", 0, 100), reader.number("competing", 0, 1000),
        reader.number("salience", 0, 10), reader.number("emerging", 0, 1), reader.number("preventive", 0, 1),
    )  # fmt: skip
    reader.end()
    return agenda


def _council(name: str, reader: Reader, others: Mapping[str, Council]) -> Council:
    rule = reader.one_of("rule", RULES)
    given = reader.take("members", (int, dict, str))
    permanent = int(reader.number("permanent", 0, 100, 0))
    out = reader.names("no_defence", ())
    if isinstance(given, dict):
        total = float(sum(given.values()))
        members = tuple(Member(one, share / total, False, one not in out) for one, share in given.items())
    elif isinstance(given, str):
        if given not in others:
            raise BadInput(f"no council {given!r}", where=reader.where, instead=did_you_mean(given, others))
        members = tuple(replace(one, defence=one.name not in out) for one in others[given].members)
    else:
        members = tuple(Member(f"{name} {n + 1}", 1.0 / max(given, 1), n < permanent) for n in range(given))
    if not members:
        raise BadInput("members is empty", where=reader.where, instead="members: 15, or name: share")
    council = Council(
        name, rule, reader.number("every_days", 1, 365), reader.number("extraordinary_days", 0, 365),
        reader.number("extraordinary_from", 0, 2), members, reader.number("consent", 0, 1, 1.0),
        reader.number("pressure", 0, 10, 1.0), reader.take("appeal", str, ""),
        reader.number("appeal_after", 1, MANY, MANY), reader.number("appeal_from", 0, 1, 1.0),
    )  # fmt: skip
    reader.end()
    return council


def _planner(name: str, reader: Reader) -> Planner:
    planner = Planner(
        name, reader.number("days", 0, 3660), reader.number("at_once", 1, 100), reader.number("assurance", 0, 1, 0)
    )
    reader.end()
    return planner


def _pool(name: str, reader: Reader) -> Pool:
    pool = Pool(
        name, reader.take("states", str, ""), reader.number("per_week", 0, 100, 0), reader.number("common", 0, 1, 0),
        reader.number("least", 0, 1, 0), reader.number("roster", 0, 1, 1), reader.number("rotation_days", 1, 3660, 182),
        reader.number("days", 0, 3660, 0),
    )  # fmt: skip
    reader.end()
    return pool


def _path(name: str, reader: Reader) -> Path:
    appetite, occasions = 1.0, reader.number("occasions", 0, 1000, 0)
    if occasions > 0:
        u = reader.coin(f"paths.{name}.record") if reader.coin else 0.5
        promised = reader.number("promised", 0, 1000, 0)  # counts as if it had been sent so often beside its record
        appetite = _record(reader.number("sent", 0, occasions) + promised, occasions + promised, u)
    path = Path(
        name, reader.take("house", str), reader.take("rank", str), reader.take("agenda", str, ""),
        _some(reader, "prepare"), reader.take("decides", str), reader.take("mandate", str, ""), _some(reader, "plans"),
        reader.take("force", str, ""), reader.take("defence", bool, False), reader.number("inquiry_days", 0, 3660, 0),
        reader.number("arrives_days", 0, 3660), reader.number("coercion", 0, 1), reader.number("risk", 0, 1),
        reader.number("cost", 0, 1), appetite,
    )  # fmt: skip
    reader.end()
    return path


def _some(reader: Reader, key: str) -> tuple[str, ...]:
    """One name, several in their order, or none."""
    given = reader.take(key, (str, list), "")
    return tuple(str(one) for one in (given if isinstance(given, list) else [given]) if one)


def _record(sent: float, occasions: float, u: float) -> float:
    """Chance to be sent this time, after `sent` times in `occasions`: quantile `u` of Beta(1 + sent, 1 + rest)."""
    if sent == 0.0:
        return 1.0 - math.pow(1.0 - u, 1.0 / (occasions + 1.0))
    from scipy.special import betaincinv

    return float(betaincinv(1.0 + sent, 1.0 + occasions - sent, u))


def _check_names(process: Process, where: str) -> None:
    """Refuse a name that nothing in the file has."""

    def known(name: str, among: Mapping[str, Any] | tuple[str, ...], at: str) -> None:
        if name and name not in among:
            raise BadInput(f"there is no {name!r}", where=f"{where}.{at}", instead=did_you_mean(name, among))

    ranks = [rank.name for house in process.houses.values() for rank in house.ranks]
    ranks += [house.platform.rank.name for house in process.houses.values() if house.platform]
    bodies = [*ranks, *process.agendas, *process.councils, *process.advisers, *process.planners, *process.pools]
    for name in bodies:
        if bodies.count(name) > 1:
            raise BadInput(f"{name!r} names two bodies", where=where, instead="a name for each body")
    for house in process.houses.values():
        for source in house.sources:
            known(source, process.sources, f"houses.{house.name}.sources")
    for council in process.councils.values():
        known(council.appeal, process.councils, f"councils.{council.name}.appeal")
    for pool in process.pools.values():
        known(pool.states, process.councils, f"pools.{pool.name}.states")
    for path in process.paths.values():
        at = f"paths.{path.name}"
        known(path.house, process.houses, at)
        known(path.rank, tuple(rank.name for rank in process.houses[path.house].ranks), at)
        known(path.agenda, process.agendas, at)
        known(path.decides, process.councils, at)
        known(path.mandate, process.councils, at)
        for name in path.prepare:
            known(name, process.advisers, at)
        for name in path.plans:
            known(name, process.planners, at)
        known(path.force, process.pools, at)
