"""R's own data files (``.rda``, ``.RData``), as far as data frames go: columns of numbers, text and factors.

Polity and UNHCR publish theirs in R packages. The layout is that of "Serialization Formats" in R Internals (XDR,
versions 2 and 3). Functions, environments and the like are refused: nothing in a file is ever run.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from sim.ground.check import BadInput

Frames = dict[str, dict[str, list[Any]]]

_LIMIT = 400_000_000  # bytes unpacked
_OPEN: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}
_NIL, _REFERENCE, _ALTREP = 254, 255, 238
_SYMBOL, _PAIRS, _CHARS, _LOGICAL, _INTEGER, _REAL, _TEXT, _LIST = 1, 2, 9, 10, 13, 14, 16, 19
_NA_INTEGER = -(2**31)


class _Symbol(str):
    """A name of R, which later items may refer to by number."""


class _Vector:
    """Values with the attributes R keeps beside them (names, levels, class)."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values
        self.attributes: dict[str, Any] = {}


def read_frames(path: Path) -> Frames:
    """The data frames in an R file: name -> column -> values (None where R has NA).

    Raises BadInput when the file is no R data file, is cut off, or holds no data frame.
    """
    try:
        found = _Reader(_unpacked(path)).top()
    except (struct.error, IndexError, ValueError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(
            "the file is damaged, or no R data file", where=path.name,
            why=f"reading stopped with: {error}", instead="download it again; .rda or .RData with data frames",
        ) from None  # fmt: skip
    frames = {name: frame for name, item in found.items() if (frame := _frame(item)) is not None}
    if not frames:
        raise BadInput("there is no data frame in the file", where=path.name, instead="an .rda file of a data set")
    return frames


def _unpacked(path: Path) -> bytes:
    try:
        with open(path, "rb") as plain:
            start = plain.read(2)
        with _OPEN.get(start, open)(path, "rb") as file:
            data = bytes(file.read(_LIMIT + 1))
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise BadInput(
            "the file cannot be unpacked", where=path.name, why=str(error), instead="download it again"
        ) from None
    if len(data) > _LIMIT:
        raise BadInput(f"the file holds more than {_LIMIT:,} bytes", where=path.name, instead="a smaller extract")
    if data[:5] not in (b"RDX2\n", b"RDX3\n") or data[5:7] != b"X\n":
        raise BadInput(
            "this is no R data file in the usual (XDR) form", where=path.name, instead="a file written by R's save()"
        )
    return data


def _frame(item: Any) -> dict[str, list[Any]] | None:
    if not isinstance(item, _Vector) or "data.frame" not in _texts(item.attributes.get("class")):
        return None
    return {
        name: _column(values) for name, values in zip(_texts(item.attributes.get("names")), item.values, strict=True)
    }


def _texts(item: Any) -> list[Any]:
    return item.values if isinstance(item, _Vector) else []


def _column(item: Any) -> list[Any]:
    levels = _texts(item.attributes.get("levels"))
    if levels:
        return [None if value is None else levels[int(value) - 1] for value in item.values]
    return list(item.values)


class _Reader:
    """One pass over the bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 7
        self.seen: list[Any] = []

    def top(self) -> dict[str, Any]:
        """The saved objects by name."""
        version, _, _ = self.whole(), self.whole(), self.whole()
        if version == 3:
            encoding = self.whole()  # the length of its name; each text says its own
            self.at += encoding
        item = self.item()
        if not isinstance(item, dict):
            raise ValueError("no list of saved objects")
        return item

    def whole(self) -> int:
        (value,) = struct.unpack_from(">i", self.data, self.at)
        self.at += 4
        return int(value)

    def length(self) -> int:
        count = self.whole()
        if count < 0 or count > len(self.data):
            raise ValueError(f"a length of {count}")
        return count

    def item(self) -> Any:
        flags = self.whole()
        kind, has_attributes = flags & 0xFF, bool(flags & 0x200)
        if kind == _NIL:
            return None
        if kind == _REFERENCE:
            return self.seen[(flags >> 8 or self.whole()) - 1]
        if kind == _SYMBOL:
            name = _Symbol(self.item() or "")
            self.seen.append(name)
            return name
        if kind == _PAIRS:
            return self.pairs(flags)
        if kind == _CHARS:
            return self.text(flags)
        if kind == _ALTREP:
            return self.compact()
        made = _Vector(self.values(kind))
        if has_attributes:
            made.attributes = self.item() or {}
        return made

    def pairs(self, flags: int) -> dict[str, Any]:
        """A pairlist, which R chains: one item after the other until nil. Untagged ones are numbered."""
        made: dict[str, Any] = {}
        while True:
            if flags & 0x200:
                self.item()
            tag = self.item() if flags & 0x400 else f"[{len(made)}]"
            made[str(tag)] = self.item()
            flags = self.whole()
            if flags & 0xFF == _NIL:
                return made
            if flags & 0xFF != _PAIRS:
                raise ValueError(f"type {flags & 0xFF} in a list")

    def text(self, flags: int) -> str | None:
        count = self.whole()
        if count == -1:
            return None
        raw = self.data[self.at : self.at + count]
        if len(raw) != count:
            raise ValueError("the file ends inside a text")
        self.at += count
        try:
            return raw.decode("latin-1" if flags >> 12 & 0x4 else "utf-8")
        except UnicodeDecodeError:  # text in the machine's own encoding, which is Latin-1 wherever it is not UTF-8
            return raw.decode("latin-1")

    def values(self, kind: int) -> list[Any]:
        count = self.length()
        if kind in (_TEXT, _LIST):
            return [self.item() for _ in range(count)]
        if kind in (_LOGICAL, _INTEGER):
            whole = np.frombuffer(self.data, ">i4", count, self.at)
            self.at += 4 * count
            return [None if value == _NA_INTEGER else value for value in whole.tolist()]
        if kind == _REAL:
            real = np.frombuffer(self.data, ">f8", count, self.at)
            self.at += 8 * count
            return [None if value != value else value for value in real.tolist()]
        raise ValueError(f"type {kind}, which no table of data needs")

    def compact(self) -> _Vector:
        """A vector that R stores as a rule: a sequence, or one wrapped with notes, or text not yet made of numbers."""
        info, state, attributes = self.item(), self.item(), self.item()
        kind = str(next(iter(info.values())))
        if kind == "compact_intseq" or kind == "compact_realseq":
            count, first, step = state.values
            made = _Vector([first + step * number for number in range(int(count))])
        elif kind.startswith("wrap_"):
            made = _Vector(state.values[0].values if isinstance(state, _Vector) else next(iter(state.values())).values)
        elif kind == "deferred_string":
            made = _Vector([None if one is None else f"{one:g}" for one in next(iter(state.values())).values])
        else:
            raise ValueError(f"compact vector {kind!r}")
        made.attributes = attributes or {}
        return made
