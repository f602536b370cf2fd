"""The one door to Numba: every compiled function of the project is made here.

Numba's own cache does not notice when a callee in another file changes, so the cache folder is named after every
file that a kernel can come from (`COMPILED`), the Python version and the machine; Numba itself adds its own version
and the CPU model. An unwritable cache folder is not an error: functions are then compiled in
memory, with one warning.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, overload

F = TypeVar("F", bound=Callable[..., Any])


COMPILED = ("ground", "classics", "world", "mechanisms", "engine/phases.py")  # a house test holds kernels to these


def code_digest(parts: tuple[str, ...] = ("",)) -> str:
    """Hex digest of the Python files under `parts` of `sim/` (all by default), as stored on disk."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(
        path for part in parts for path in ([root / part] if part.endswith(".py") else (root / part).rglob("*.py"))
    ):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> Path | None:
    base = os.environ.get("FORESTALL_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    name = f"{code_digest(COMPILED)}-py{sys.version_info.major}{sys.version_info.minor}-{platform.machine()}"
    folder = Path(base) / "forestall" / "numba" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return None
    return folder


_FOLDER = _cache_folder() if "NUMBA_CACHE_DIR" not in os.environ else Path(os.environ["NUMBA_CACHE_DIR"])
if _FOLDER is None:
    warnings.warn("the compile cache folder cannot be written: kernels are compiled in memory", stacklevel=2)
else:
    os.environ["NUMBA_CACHE_DIR"] = str(_FOLDER)

import numba  # noqa: E402  (the cache folder has to be named first)


@overload
def kernel(function: F, /) -> F: ...


@overload
def kernel(*, scratch: bool) -> Callable[[F], F]: ...


def kernel(function: F | None = None, /, *, scratch: bool = False) -> F | Callable[[F], F]:
    """Compile a function without the GIL, without Python's division checks, cached on disk.

    Strict IEEE arithmetic (no fastmath) and no automatic threads: the same inputs give the same bits on any number
    of threads and processes.

    References to arrays are not counted: the caller keeps them, and counting took two fifths of a day of small cells.
    A kernel that makes arrays of its own, also in passing (`a[:] = b * c`), says `@kernel(scratch=True)`; else Numba
    refuses to compile it ("NRT required but not enabled").
    """
    if function is None:
        return lambda one: _compile(one, scratch)
    return _compile(function, scratch)


def _compile(function: F, scratch: bool) -> F:
    compiled: F = numba.njit(nogil=True, cache=_FOLDER is not None, error_model="numpy", _nrt=scratch)(function)
    if _FOLDER is not None:
        _forgive(compiled._cache)  # type: ignore[attr-defined]
    return compiled


def _forgive(cache: Any) -> None:
    """Compile anew where a file of the cache is damaged (a full disk, a power cut); Numba would fail for ever."""
    load, save = cache.load_overload, cache.save_overload

    def load_or_none(*asked: Any) -> Any:
        try:
            return load(*asked)
        except Exception:  # whatever unpickling damaged bytes may raise
            with contextlib.suppress(OSError):
                cache.flush()
            return None

    def save_or_not(*made: Any) -> None:
        with contextlib.suppress(OSError):
            save(*made)

    cache.load_overload, cache.save_overload = load_or_none, save_or_not
