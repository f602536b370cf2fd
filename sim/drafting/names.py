"""Names that a theatre can hold: identifiers, and labels of armed groups without any person in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

_PERSON = re.compile(
    r"\s*\(.*?\)|\s+-\s+\S.*\bfaction\b.*"
    r"|\b(forces|supporters|troops|faction|militia|army|followers)\s+(of|loyal to)\b.*",
    re.IGNORECASE,
)


def identifier(label: str, taken: Container[str] = ()) -> str:
    """`label` as lower_snake of at most 40 letters, unlike those `taken`."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:36].strip("_")
    name = name if name[:1].isalpha() else f"x_{name}".strip("_")
    number, found = 2, name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def group_label(name: str) -> str:
    """The name of an armed group as UCDP writes it, without factions and forces named after a person."""
    label = " ".join(_PERSON.sub("", name).split()).strip(" -,/")
    return label if len(label) > 1 else "Armed faction"
