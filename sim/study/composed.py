"""A study file put together from several: its `defaults:` list, composed by Hydra.

    defaults:
      - base                 # base.yaml beside the study file
      - uncertainties: few   # uncertainties/few.yaml, which becomes the block `uncertainties`
      - crisis: car          # crisis/car.yaml, whose keys become keys of the study

Later files replace what earlier ones say, block by block; the study file itself comes last unless it says `_self_`
elsewhere. A word `crisis=sahra` chooses another file of a folder. Every file is read by this package's own reader, so
no tag, alias or interpolation of YAML or Hydra means anything in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.ground.check import BadInput, did_you_mean
from sim.ground.files import YAML_BYTES, YamlText, parse_yaml, read_text

SELF = "_self_"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,60}")
_STUDY = "_study_"
EXAMPLE = "defaults: [base, {uncertainties: few}]"


def composed(
    raw: Mapping[str, Any], path: Path, words: Sequence[str], keys: Sequence[str], where: str
) -> tuple[dict[str, Any], list[str], list[tuple[str, YamlText]]]:
    """What the study file `path`, read as `raw`, says with its `defaults`; the words that choose no file; and the other
    files, each with the name to be shown and its lines.

    A folder named like one of the `keys` of a study holds contents of that key. Raises BadInput for an entry that is no
    name, a file that is not there, and a file with a `defaults` list of its own.
    """
    listed = _listed(raw["defaults"], where)
    choices = {group: name for group, name in listed if group}
    chosen, rest = _chosen(choices, words, path.parent)
    files, nodes = [], []
    for group, name in listed:
        if name == SELF:
            continue
        picked = chosen.get(group, name)
        shown = f"{group}/{picked}.yaml" if group else f"{picked}.yaml"
        parsed = _read(path.parent, group, picked, where)
        under = group if group in keys else "_global_"
        nodes.append((group, picked, parsed.value, under))
        files.append((shown, parsed if under == "_global_" else _below(parsed, group)))
    defaults = [{group: name} if group else name for group, name in listed]
    own = {key: value for key, value in raw.items() if key != "defaults"}
    own["defaults"] = defaults if SELF in defaults else [*defaults, SELF]
    return _by_hydra([("", _STUDY, own, "_global_"), *nodes], chosen, where), rest, files


def _listed(defaults: Any, where: str) -> list[tuple[str, str]]:
    """(folder or "", name) of each entry."""
    if not isinstance(defaults, list) or not defaults:
        raise BadInput("defaults names no file", where=where, instead=EXAMPLE)
    found = []
    for entry in defaults:
        pairs = list(entry.items()) if isinstance(entry, dict) else [("", entry)]
        group, name = pairs[0] if len(pairs) == 1 else ("", None)
        good = isinstance(name, str) and (name == SELF and not group or _NAME.fullmatch(name))
        if not good or (group and not _NAME.fullmatch(str(group))) or group == "hydra":
            raise BadInput(
                f"{str(entry)[:40]!r} is no entry of defaults", where=where,
                why="an entry is a file beside the study file, or a folder and a file in it, without .yaml",
                instead=EXAMPLE,
            )  # fmt: skip
        found.append((str(group), str(name)))
    if len(set(found)) < len(found) or len({g for g, _ in found if g}) < sum(1 for g, _ in found if g):
        raise BadInput("defaults names a file or folder twice", where=where, instead="each once")
    return found


def _chosen(choices: Mapping[str, str], words: Sequence[str], folder: Path) -> tuple[dict[str, str], list[str]]:
    """folder -> the file that the words choose in it; and the words that choose none."""
    chosen, rest = {}, []
    for word in words:
        group, _, name = word.partition("=")
        if group in choices and _NAME.fullmatch(name):
            chosen[group] = name
        else:
            rest.append(word)
    return chosen, rest


def _read(folder: Path, group: str, name: str, where: str) -> YamlText:
    path = folder / group / f"{name}.yaml"
    shown = f"{group}/{name}.yaml" if group else path.name
    if not path.is_file():
        there = sorted(found.stem for found in path.parent.glob("*.yaml"))
        raise BadInput(
            f"there is no {shown} beside the study file", where=where,
            instead=did_you_mean(name, there) if there else f"a file {shown}",
        )  # fmt: skip
    parsed = parse_yaml(read_text(path, limit=YAML_BYTES, shown=shown), shown)
    if not isinstance(parsed.value, dict):
        raise BadInput("it holds no key: value lines", where=shown, instead="key: value lines, as in docs/studies.md")
    if "defaults" in parsed.value:
        raise BadInput(
            "it has a defaults list of its own", where=f"{shown}:{parsed.line(('defaults',))}",
            why="only the study file itself says of what it is made", instead="list all files in the study file",
        )  # fmt: skip
    return parsed


def _below(parsed: YamlText, key: str) -> YamlText:
    return YamlText({key: parsed.value}, {(key,): 1, **{(key, *path): line for path, line in parsed.lines.items()}})


def _by_hydra(
    nodes: Sequence[tuple[str, str, Any, str]], chosen: Mapping[str, str], where: str
) -> dict[str, Any]:
    """The files as one content."""
    from hydra import compose, initialize
    from hydra.core.config_store import ConfigStore
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    kept = ConfigStore.instance()
    before = dict(kept.repo)
    try:
        for group, name, node, package in nodes:
            kept.store(group=group or None, name=name, node=node, package=package)
        with initialize(version_base="1.3", config_path=None):
            overrides = [f"{group}={name}" for group, name in chosen.items()]
            found: Any = OmegaConf.to_container(compose(_STUDY, overrides=overrides), resolve=False)
    except (HydraException, OmegaConfBaseException) as error:
        raise BadInput(
            "the files of defaults do not go together", where=where, why=str(error).strip().splitlines()[0],
            instead="blocks where blocks are, and lists where lists are",
        ) from None  # fmt: skip
    finally:
        kept.repo.clear()
        kept.repo.update(before)
    return dict(found)
