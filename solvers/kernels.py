"""Where compiled kernels are cached. Import `njit` from here, never from numba, so that the folder is right.

Numba caches beside the source; an installed package may not be writable, so a folder of the user's own, or a
temporary one, takes its place.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


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

from numba import njit  # noqa: E402  (the folder must be set first)

__all__ = ["njit"]
