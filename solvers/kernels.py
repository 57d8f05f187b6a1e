"""How kernels are compiled, cached and loaded. Import `njit` from here, never from numba.

Numba caches beside the source; an installed package may not be writable, so a folder of the user's own, or a
temporary one, takes its place. A kernel that is in the cache is loaded without what only compiling needs.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _cache_folder() -> str | None:
    if os.environ.get("NUMBA_CACHE_DIR"):
        return None
    if os.access(Path(__file__).parent, os.W_OK):
        return None
    for base in (os.environ.get("XDG_CACHE_HOME"), os.path.expanduser("~/.cache")):
        if base:
            folder = Path(base) / "peerloom" / "kernels"
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError:
                continue
            if os.access(folder, os.W_OK):
                return str(folder)
    return tempfile.mkdtemp(prefix="peerloom-kernels-")


_folder = _cache_folder()
if _folder is not None:
    os.environ["NUMBA_CACHE_DIR"] = _folder

import numba  # noqa: E402  (the folder must be set first)
from numba.core import types  # noqa: E402
from numba.core.caching import FunctionCache  # noqa: E402
from numba.core.runtime.nrt import rtsys  # noqa: E402

__all__ = ["is_cached", "njit"]


class _Cache(FunctionCache):
    """Numba's cache of a function, less the set-up before each first look into it.

    Numba imports every implementation that it could compile with (0.3 s) even if nothing will be compiled;
    the compiler asks for them by itself where the cache has no fitting entry.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled function for this signature, None if it is not in the cache."""
        rtsys.initialize(target_context)  # what compiled code calls to allocate arrays
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


def _widen(argument: Any) -> Any:
    """The type that a kernel is compiled for when another one hands it this: one for all whole numbers."""
    plain = types.unliteral(argument)
    if isinstance(plain, types.Integer) and getattr(plain, "signed", False):
        return types.int64
    return plain


def njit(function: Callable[..., Any] | None = None, *, cache: bool = False, **options: Any) -> Any:
    """`numba.njit`, with or without arguments; `cache=True` keeps compiled kernels as described above."""

    def compiled(python: Callable[..., Any]) -> Any:
        dispatcher = numba.njit(**options)(python)
        asked = dispatcher.get_call_template

        def widened(args: Any, kws: Any) -> Any:
            template, signature, _, _ = asked(
                tuple(map(_widen, args)), {name: _widen(one) for name, one in kws.items()}
            )
            return template, signature, *dispatcher._compiler.fold_argument_types(args, kws)[1:], {}

        dispatcher.get_call_template = widened
        if cache:
            dispatcher._cache = _Cache(python)
        return dispatcher

    return compiled if function is None else compiled(function)


def is_cached(kernel: Any) -> bool:
    """Whether a compiled form of a kernel, as its source stands now, is in the cache."""
    return bool(kernel._cache._cache_file._load_index())
