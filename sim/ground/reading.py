"""Reading values from the mappings of a file; every key is checked, nothing is ignored."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sim.ground.check import GRADES, BadInput, Source, did_you_mean

_IN_WORDS: dict[type, str] = {
    str: "text", int: "a whole number", float: "a number", dict: "a block",
    bool: "true or false", list: "a list", tuple: "a list", Mapping: "a block", datetime.date: "a day",
}  # fmt: skip


@dataclass(frozen=True)
class Graded:
    """A number with its range, source and grade."""

    value: float
    low: float
    high: float
    source: Source


class Reader:
    """Checked access to one mapping of a file: every key is read once, what is left over is refused."""

    hints: ClassVar[Mapping[str, str]] = {}  # key -> how it is written, where `key: kind` would not be enough

    def __init__(self, raw: Mapping[str, Any], where: str) -> None:
        if not isinstance(raw, Mapping):
            raise BadInput("not a mapping", where=where, instead="key: value lines")
        self._raw = dict(raw)
        self._known: set[str] = set()
        self.where = where

    def shown(self, value: Any) -> str:
        """The value, cut short, for a message."""
        text = repr(value)
        return text if len(text) <= 60 else text[:57] + "..."

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        """The value under `key`; BadInput when it is absent (no default) or of another kind."""
        self._known.add(key)
        if key not in self._raw:
            if default is ...:
                raise BadInput(f"{key!r} is missing", where=self.where, instead=f"{key}: ...")
            return default
        value = self._raw.pop(key)
        if value is None and default is None:
            return None
        if isinstance(value, bool) and kind is not bool or not isinstance(value, kind):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            wanted = " or ".join(dict.fromkeys(_IN_WORDS[k] for k in kinds if k is not int or float not in kinds))
            raise BadInput(
                f"{key} is {'empty' if value is None else self.shown(value)}",
                where=self.where, why=f"it must be {wanted}", instead=self.hints.get(key, f"{key}: {wanted}"),
            )  # fmt: skip
        return value

    def has(self, key: str) -> bool:
        """Whether the mapping has that key (which it then knows)."""
        self._known.add(key)
        return key in self._raw

    def number(self, key: str, low: float, high: float, default: Any = ...) -> float:
        """A finite number in low..high, plain or as a mapping of value, low, high, source, grade."""
        given = self.take(key, (int, float, dict), default)
        if isinstance(given, dict):
            given = read_graded(given, low, high, f"{self.where}.{key}").value
        if not low <= given <= high:  # also not NaN
            raise BadInput(
                f"{key} is {self.shown(given)}",
                where=self.where,
                instead=f"{key}: a number {low:,.15g} to {high:,.15g}",
            )
        return float(given)

    def whole(self, key: str, low: int, high: int, default: Any = ...) -> int:
        """A whole number in low..high, plain or graded like `number`."""
        value = self.number(key, low, high, default)
        if value != int(value):
            raise BadInput(
                f"{key} is {value:g}", where=self.where, instead=f"{key}: a whole number {low:,} to {high:,}"
            )
        return int(value)

    def names(self, key: str, default: Any = ...) -> tuple[str, ...]:
        """A list of names (or one name)."""
        value = self.take(key, (list, tuple, str), default)
        if isinstance(value, str):
            return (value,)
        if not all(isinstance(name, str) for name in value):
            raise BadInput(
                f"{key} holds something that is not a name", where=self.where, instead=f"{key}: [name, name]"
            )
        return tuple(value)

    def end(self) -> None:
        """Refuse what was not read."""
        for key in self._raw:
            raise BadInput(f"unknown key {key!r}", where=self.where, instead=did_you_mean(str(key), self._known))


def read_graded(raw: Any, least: float, most: float, where: str) -> Graded:
    """A mapping of value, low, high (each in least..most), source, grade."""
    reader = Reader(raw, where)
    value, low, high = (reader.number(key, least, most) for key in ("value", "low", "high"))
    text, grade = reader.take("source", str), reader.take("grade", str)
    reader.end()
    if not low <= value <= high:
        raise BadInput(
            f"value {value:g} is outside low..high {low:g}..{high:g}", where=where, instead="low <= value <= high"
        )
    if not text.strip():
        raise BadInput("source is empty", where=where, instead="a citation, or the reason for the judgement")
    if grade not in GRADES:
        raise BadInput(f"grade is {grade!r}", where=where, instead=did_you_mean(grade, GRADES))
    return Graded(value, low, high, Source(text, grade))
