"""Signs of life on stderr: one live line on a terminal, one plain line per phase elsewhere."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from types import FrameType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from solvers.limits import Progress

REFRESH_SECONDS = 0.1


class ProgressLine:
    """Shows `Progress`; call it with every sign of life, and close it before anything else is printed."""

    def __init__(self, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._quiet = quiet
        self._live = not quiet and self._stream.isatty()
        self._shown = 0.0
        self._phase = ""
        self._dirty = False

    def __call__(self, progress: Progress) -> None:
        """Show one sign of life."""
        if self._quiet:
            return
        fresh = progress.phase != self._phase
        if self._live:
            now = perf_counter()
            if fresh or now - self._shown >= REFRESH_SECONDS:
                self._shown = now
                width = shutil.get_terminal_size().columns - 1
                self._stream.write("\r\x1b[K" + line(progress)[:width])
                self._stream.flush()
                self._dirty = True
        elif fresh:
            self._stream.write(line(progress) + "\n")
            self._stream.flush()
        self._phase = progress.phase

    def close(self) -> None:
        """Take the live line away."""
        if self._dirty:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._dirty = False


def line(progress: Progress) -> str:
    """One sign of life in words: seconds, phase, and the tier at work with its value and bound."""
    words = f"{progress.seconds:6.1f} s  {progress.phase}"
    if progress.tier is not None:
        words += f": {progress.tier}"
    if progress.value is not None:
        words += f" {progress.value:,}"
    if progress.bound is not None:
        words += f" (at most {progress.bound:,})"
    if progress.detail:
        words += f"  {progress.detail}"
    return words


class Stop:
    """Whether the person asked to stop; `Limits.cancelled` asks it."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> bool:
        return self.asked


@contextmanager
def stopping(say: TextIO | None = None) -> Iterator[Stop]:
    """The first Ctrl-C asks for the best answer so far, the second one ends at once."""
    stop = Stop()
    stream = say if say is not None else sys.stderr

    def on_interrupt(_: int, __: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True
        stream.write("\nStopping with the best answer so far; press Ctrl-C again to stop at once.\n")
        stream.flush()

    try:
        before = signal.signal(signal.SIGINT, on_interrupt)
    except ValueError:  # not in the main thread: there is no Ctrl-C to catch
        yield stop
        return
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
