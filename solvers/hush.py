"""Keeps what a library prints by itself off the standard output, which belongs to results."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_OUT = 1
_LOCK = threading.Lock()
_held: list[int] = []
"""A copy of the standard output for each block that is inside; the first is the real one."""


@contextmanager
def hushed() -> Iterator[None]:
    """Discard what is written to the standard output inside, by whatever part of the process.

    HiGHS prints a line in its search now and then, whatever its options say. It goes through C's buffer,
    which is emptied on both sides, so that nothing of it comes later and nothing of ours is lost.
    """
    with _LOCK:
        _flush()
        _held.append(os.dup(_OUT))
        if len(_held) == 1:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, _OUT)
            os.close(nowhere)
    try:
        yield
    finally:
        with _LOCK:
            _flush()
            if len(_held) == 1:
                os.dup2(_held[0], _OUT)
            os.close(_held.pop())


def _flush() -> None:
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()
    ctypes.CDLL(None).fflush(None)
