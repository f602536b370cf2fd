"""Reading text and YAML that a stranger wrote: size, encoding, and a plain subset of YAML.

The subset is YAML 1.2 core without tags, anchors and aliases: mappings with text keys, lists, text, numbers,
true/false,
null. `no`, `on` and `12:30` are text, dates are text. Nothing a file holds can run code or grow beyond its
size.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.ground.check import BadInput

YAML_BYTES = 1_000_000
YAML_DEPTH = 20

Key = tuple[str | int, ...]


@dataclass(frozen=True)
class YamlText:
    """The plain `value` of a YAML file, and the line (from 1) on which each key path stands."""

    value: Any
    lines: dict[Key, int] = field(default_factory=dict)

    def line(self, path: Key) -> int:
        """The line of `path`, or of its nearest parent."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_text(path: Path, *, limit: int, shown: str = "", inside: Path | None = None) -> str:
    """The text of a UTF-8 file of at most `limit` bytes; a byte-order mark is dropped.

    `shown` is the name used in messages; with `inside`, a file that lies (through a link) outside that
    folder is
    refused. Raises BadInput when the file is missing, no plain file, unreadable, too large, binary or not
    UTF-8.
    """
    shown = shown or path.name
    try:
        real = path.resolve(strict=True)
    except FileNotFoundError:
        raise BadInput(
            "the file is missing", where=shown, why="every theatre needs it", instead=f"add a file {path.name}"
        ) from None
    except (OSError, RuntimeError) as error:
        raise BadInput(f"the file cannot be opened ({_reason(error)})", where=shown, instead="a plain file") from None
    if inside is not None and not real.is_relative_to(inside.resolve()):
        raise BadInput(
            f"the file is a link that leads outside the folder, to {real}",
            where=shown,
            why="a theatre is complete in its own folder, and must not read your other files",
            instead="copy the file into the folder",
        )
    if not real.is_file():
        what = "is a folder" if real.is_dir() else "is no plain file"
        raise BadInput(f"{path.name} {what}", where=shown, instead=f"a text file {path.name}")
    try:
        with open(real, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(limit + 1)
    except OSError as error:
        raise BadInput(
            f"the file cannot be read ({_reason(error)})", where=shown, instead="give yourself the right to read it"
        ) from None
    if len(data) > limit:
        raise BadInput(
            f"the file is too large: {size:,} bytes",
            where=shown,
            why=f"the limit is {limit:,} bytes",
            instead="a table or settings file of a sensible size; is this the right file?",
        )
    return _decode(data, shown)


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


def _decode(data: bytes, shown: str) -> str:
    if not data.strip():
        raise BadInput("the file is empty", where=shown, instead="at least the header line, or the settings")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BadInput("the file is UTF-16, not UTF-8", where=shown, instead="save it as 'CSV UTF-8' or 'UTF-8'")
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise BadInput(
            "the file holds a NUL byte, so it is binary",
            where=f"{shown}:{line}",
            why="only plain text can be read",
            instead="save it as UTF-8 text (CSV, not a spreadsheet)",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadInput(
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            where=f"{shown}:{line}",
            why="accents and other scripts would be read wrongly",
            instead="save the file as UTF-8",
        ) from None


def parse_yaml(text: str, shown: str) -> YamlText:
    """The value of one YAML document in the plain subset, with line numbers.

    Raises BadInput, with the line, for broken YAML, tags, anchors, aliases, merge keys, duplicate or
    non-text keys,
    several documents and nesting deeper than `YAML_DEPTH`.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(shown)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        what = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed")
        raise BadInput(
            f"this is not valid YAML: {what}",
            where=f"{shown}:{line}",
            instead="'key: value' lines indented by spaces; put text with ': ' or '#' in quotes",
        ) from None
    return YamlText(builder.value, builder.lines)


class _Builder:
    """Builds plain values from parser events, so that depth and references are refused before anything
    grows.
    """

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.value: Any = None
        self.lines: dict[Key, int] = {}
        self._open: list[tuple[Any, Key]] = []
        self._key: list[str | None] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        line = event.start_mark.line + 1
        if kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                self._refuse("a second document starts here ('---')", line, "one document a file")
        elif kind == "AliasEvent":
            self._refuse(f"the alias *{event.anchor} is not allowed", line, "write the value out", _NO_REFERENCES)
        elif kind in ("ScalarEvent", "SequenceStartEvent", "MappingStartEvent"):
            self._node(event, kind, line)
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            self._open.pop()
            self._key.pop()

    def _node(self, event: Any, kind: str, line: int) -> None:
        if event.anchor is not None:
            self._refuse(f"the anchor &{event.anchor} is not allowed", line, "write the value out", _NO_REFERENCES)
        if event.tag is not None:
            self._refuse(
                f"the tag {_tag(event.tag)} is not allowed",
                line,
                "the plain value without a tag",
                "tags can make a reader run code",
            )
        if kind == "ScalarEvent":
            plain = event.style is None or event.style == ""
            if self._wants_key():
                self._take_key(event.value, plain, line)
                return
            self._place(_scalar(event.value) if plain else event.value, line)
            return
        if self._wants_key():
            self._refuse("a list or mapping cannot be a key", line, "a plain word as key")
        if len(self._open) >= YAML_DEPTH:
            self._refuse(f"nested deeper than {YAML_DEPTH} levels", line, "a flat file as in docs/scenarios.md")
        made: Any = [] if kind == "SequenceStartEvent" else {}
        path = self._place(made, line)
        self._open.append((made, path))
        self._key.append(None)

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][0], dict) and self._key[-1] is None

    def _take_key(self, key: str, plain: bool, line: int) -> None:
        made, path = self._open[-1]
        if plain and key == "<<":
            self._refuse("the merge key << is not allowed", line, "write the keys out", _NO_REFERENCES)
        if key in made:
            first = self.lines[(*path, key)]
            self._refuse(
                f"the key {key!r} is given twice (first in line {first})",
                line,
                "keep one of the two",
                "one of the two values would be lost",
            )
        self._key[-1] = key
        self.lines[(*path, key)] = line

    def _place(self, value: Any, line: int) -> Key:
        if not self._open:
            self.value = value
            self.lines[()] = line
            return ()
        parent, path = self._open[-1]
        here: Key
        if isinstance(parent, list):
            here = (*path, len(parent))
            parent.append(value)
            self.lines[here] = line
        else:
            key = self._key[-1]
            assert key is not None
            here = (*path, key)
            parent[key] = value
            self._key[-1] = None
        return here

    def _refuse(self, what: str, line: int, instead: str, why: str = "") -> None:
        raise BadInput(what, where=f"{self.shown}:{line}", why=why, instead=instead)


_NO_REFERENCES = "references can blow a small file up to gigabytes"
_INT = re.compile(r"[-+]?[0-9]{1,15}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,20}|[0-9]{1,20}(\.[0-9]{0,20})?)([eE][-+]?[0-9]{1,3})?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "", 1))
    return text


def _tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
