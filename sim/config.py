"""Settings of a command: ``key=value`` words, checked by name, composed by Hydra, handed on as a
`StudyConfig`.

Hydra ends here and in sim/study/composed.py, which puts study files together: nothing else in the package imports it,
and no scenario or policy file passes through it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from sim.ground.check import BadInput, did_you_mean
from sim.study.plan import StudyConfig

if TYPE_CHECKING:
    from sim.study.watch import WatchConfig

_COMMON = ("scenario", "runs", "replicates", "draws", "seed", "stage", "days", "workers", "output")
_DECIDED = ("decision", "theory")
SETTINGS: dict[str, tuple[str, ...]] = {
    "run": (*_COMMON, *_DECIDED, "policy"),
    "compare": (*_COMMON, *_DECIDED, "policies", "baseline", "timing_runs", "structure_runs"),
    "explain": ("runs", "workers"),
    "policy check": ("scenario", "stage", "decision"),
    "watch": ("countries", "years", "decisions", "priorities", "seed", "workers"),
    "hindcast": ("scenario", "runs", "replicates", "draws", "seed", "stage", "workers", "output", "parameters"),
}
"""The settings that each command takes."""

_TEXT = ("scenario", "policy", "baseline", "stage", "output", "decision", "theory", "parameters")
_WHOLE = ("runs", "replicates", "draws", "seed", "timing_runs", "structure_runs", "days", "workers")
_ABSENT = ("draws", "timing_runs", "stage", "days", "workers", "output")


@dataclass
class _Settings:
    """The structured config behind configs/study/defaults.yaml: every setting with its type."""

    scenario: str = "sahra"
    policy: str = "none"
    policies: list[str] = field(default_factory=list)
    baseline: str = "none"
    runs: int = 64
    replicates: int = 4
    draws: int | None = None
    seed: int = 1
    timing_runs: int | None = None
    structure_runs: int = 0
    theory: str = "as_stated"
    stage: str | None = None
    days: int | None = None
    workers: int | None = None
    output: str | None = None
    decision: str = "instant"
    parameters: str = "own"


def study_config(command: str, words: Sequence[str]) -> StudyConfig:
    """The study that `command` (run, compare or hindcast) with the settings `words` asks for.

    Raises BadInput for a word that is no setting of the command, and for a value that it cannot take.
    """
    given = _named(command, words)
    composed = _compose(given)
    runs, draws, replicates = composed["runs"], composed["draws"], composed["replicates"]
    if draws is not None:
        if draws < 1:
            raise BadInput(f"draws={draws} cannot be used", where="draws", instead="a whole number from 1")
        if "runs" in given:
            raise BadInput(
                "both runs and draws are given", where="draws", why="runs = draws x replicates",
                instead="one of the two",
            )  # fmt: skip
        runs = draws * replicates
    policies, baseline, late = (composed["policy"],), composed["policy"], 0
    if command == "compare":
        baseline = composed["baseline"]
        named = composed["policies"]
        if named.count(baseline) < 2:  # twice the same is refused below, also for the baseline
            named = [name for name in named if name != baseline]
        policies = (baseline, *named)
        late = composed["timing_runs"]
        if late is None:
            late = -(-runs // 4)
    return StudyConfig(
        scenario=composed["scenario"],
        policies=policies,
        baseline=baseline,
        runs=runs,
        replicates=replicates,
        seed=composed["seed"],
        timing_runs=late,
        structure_runs=composed["structure_runs"] if command == "compare" else 0,
        theory=composed["theory"],
        stage=composed["stage"],
        days=composed["days"],
        workers=composed["workers"],
        output=composed["output"],
        decision=composed["decision"],
        parameters=composed["parameters"],
    )


def policy_config(words: Sequence[str]) -> StudyConfig:
    """Where and under whom a policy is to be checked; raises BadInput as `study_config` does."""
    given = _named("policy check", words)
    decision = given.get("decision", "instant")
    return StudyConfig(given.get("scenario", "sahra"), stage=given.get("stage"), decision=decision)


def explain_config(words: Sequence[str]) -> StudyConfig:
    """How many runs are to be computed again, and by how many workers; raises BadInput as `study_config` does."""
    given = _named("explain", words)
    for name, value in given.items():
        if not re.fullmatch(r"[0-9]{1,6}", value):
            raise BadInput(f"{name}={value[:40]} is no whole number", where=name, instead=f"{name}={_example(name)}")
    workers = int(given["workers"]) if "workers" in given else None
    return StudyConfig(runs=int(given.get("runs", "32")), workers=workers)


def watch_config(words: Sequence[str]) -> WatchConfig:
    """The watch over many countries that the settings `words` ask for; raises BadInput as `study_config` does."""
    from sim.study.watch import WatchConfig

    given = _named("watch", words)
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name in ("decisions", "priorities"):
            values[name] = tuple(part.strip().strip("'\"") for part in value.strip("[]").split(","))
        elif re.fullmatch(r"[0-9]{1,10}", value):
            values[name] = int(value)
        else:
            raise BadInput(f"{name}={value[:40]} is no whole number", where=name, instead=f"{name}=1")
    return WatchConfig(**values)


def _named(command: str, words: Sequence[str]) -> dict[str, str]:
    """setting -> text of its value, every name known and used once."""
    known = SETTINGS[command]
    given: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            hint = (
                f"{_guess(word, known)}=..."
                if _guess(word, known)
                else "settings are written key=value: runs=64 seed=1"
            )
            raise BadInput(f"{word!r} is no setting", where=f"forestall {command}", instead=hint)
        if name not in known:
            why = (
                f"forestall {command} does not take it" if name in {f.name for f in fields(_Settings)} else ""
            )
            raise BadInput(
                f"unknown setting {name!r}",
                where=f"forestall {command}",
                why=why,
                instead=did_you_mean(name, known),
            )
        if name in given:
            raise BadInput(
                f"{name} is given twice", where=f"forestall {command}",
                why=f"{name}={given[name]} and {word}",
                instead="one of the two",
            )  # fmt: skip
        given[name] = _readable(command, value.strip())
        if not given[name]:
            raise BadInput(
                f"{name}= has no value", where=f"forestall {command}", instead=f"{name}={_example(name)}"
            )
    return given


def _readable(command: str, value: str) -> str:
    """The value, unless it holds bytes that are no text: no table or manifest could name it."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadInput(
            f"{ascii(value)} is not UTF-8 text", where=f"forestall {command}",
            why="names are written into tables and reports", instead="a name in UTF-8",
        ) from None  # fmt: skip
    return value


def _guess(word: str, known: Sequence[str]) -> str:
    text = did_you_mean(word.lstrip("-"), known)
    found = re.fullmatch(r"did you mean '(.+)'\?", text)
    return found.group(1) if found else ""


def _compose(given: dict[str, str]) -> dict[str, Any]:
    """Plain values of all settings."""
    from hydra import compose, initialize_config_dir
    from hydra.core.config_store import ConfigStore
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from sim.ground.paths import shipped

    ConfigStore.instance().store(name="study", node=_Settings)
    for name in _WHOLE:
        value = given.get(name, "0")
        absent = value == "null" and name in _ABSENT
        if not absent and not re.fullmatch(r"[+-]?[0-9]+(_[0-9]+)*", value[:40]):
            raise BadInput(
                f"{name}={value} is no whole number", where=name, instead=f"{name}={_example(name)}"
            )
    with initialize_config_dir(version_base="1.3", config_dir=str(shipped("configs") / "study")):
        try:
            overrides = [f"{name}={_quoted(name, value)}" for name, value in given.items()]
            composed: Any = OmegaConf.to_container(compose("defaults", overrides=overrides), resolve=True)
        except (HydraException, OmegaConfBaseException) as error:
            name = next((n for n in ("policies", *given) if n in given and n in str(error)), "settings")
            raise BadInput(
                f"{name}={given.get(name, '')} cannot be used", where=name,
                why=str(error).strip().splitlines()[0],
                instead=f"{name}={_example(name)}",
            ) from None  # fmt: skip
    return dict(composed)


def _quoted(name: str, value: str) -> str:
    """The value in Hydra's grammar: text is quoted, so that any path or date is one."""
    if value == "null" and name in _ABSENT:
        return value
    if name in _TEXT:
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if name == "policies":
        inner = value.removeprefix("[").removesuffix("]")
        if value.startswith("[") != value.endswith("]") or re.search(r"[\[\]{}]", inner):
            raise BadInput(
                f"policies={value} is no list", where="policies", why="a shell may need quotes around it",
                instead=f"'policies={_example('policies')}'",
            )  # fmt: skip
        names = [part.strip().strip("'\"") for part in inner.split(",")]
        if not all(names):
            raise BadInput(
                f"policies={value} names an empty policy", where="policies",
                instead=f"'policies={_example('policies')}'",
            )  # fmt: skip
        return "[" + ",".join("'" + part.replace("'", "\\'") + "'" for part in names) + "]"
    return value


def _example(name: str) -> str:
    return {
        "scenario": "car_2013", "policy": "none", "policies": "[none,preventive_deployment]",
        "baseline": "none",
        "stage": "2013-12-01", "output": "outputs/mine", "days": "365", "workers": "2", "runs": "64",
        "draws": "16", "decision": "eu_2012",
    }.get(name, "1")  # fmt: skip
