"""A child process of ours: started, heard, asked to come to its end, weighed, killed with all it started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Lock, Thread
from typing import IO, Any

import psutil

import matcher

ERRORS = "stderr.txt"
TOLD_BYTES = 4_000


class ChildProcess:
    """`python -m MODULE ARGUMENTS...` in a process group of its own; JSON lines come, lines go.

    What it says on standard error lands in `folder`/stderr.txt.
    """

    def __init__(self, folder: Path, module: str, arguments: Sequence[str]) -> None:
        root = str(Path(matcher.__file__).parents[1])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._errors = (folder / ERRORS).open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        self.folder = folder

    @property
    def pid(self) -> int:
        """Its process id, and that of its group."""
        return self._process.pid

    @property
    def output(self) -> IO[bytes]:
        """What it says."""
        assert self._process.stdout is not None
        return self._process.stdout

    def wait(self, seconds: float) -> int | None:
        """Its exit code (negative: the signal that ended it), None while it still runs after `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def say(self, line: bytes) -> None:
        """Send it a line. Raises `BrokenPipeError` where it is gone."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()

    def stop(self) -> None:
        """Ask for the best answer so far."""
        with contextlib.suppress(OSError, ValueError):
            self.say(b"stop")

    def kill(self) -> None:
        """End it and everything that it started, at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.close()

    def close(self) -> None:
        """Give back the pipes of a process that has ended."""
        for file in (self._process.stdin, self._errors):
            if file is not None:
                with contextlib.suppress(OSError):
                    file.close()

    def megabytes(self) -> int:
        """Resident memory of it and its descendants, in MB (10^6 bytes); 0 when it is gone."""
        total = 0
        with contextlib.suppress(psutil.Error):
            own = psutil.Process(self.pid)
            for process in (own, *own.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    total += process.memory_info().rss
        return total // 1_000_000

    def last_words(self) -> str:
        """The end of what it said on standard error."""
        data = (self.folder / ERRORS).read_bytes()
        return data[-TOLD_BYTES:].decode("utf-8", "replace")


class LatestProgress:
    """The latest sign of life of a child, read in a thread of its own so that its pipe never fills up."""

    def __init__(self, child: ChildProcess) -> None:
        self._lock = Lock()
        self._latest: dict[str, Any] | None = None
        self._thread = Thread(target=self._read, args=(child.output,), daemon=True)
        self._thread.start()

    def take(self) -> dict[str, Any] | None:
        """The latest since the last call; None when nothing came."""
        with self._lock:
            found, self._latest = self._latest, None
        return found

    def close(self) -> None:
        """Wait for the last words of a child that has ended."""
        self._thread.join(5)

    def _read(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                try:
                    said = json.loads(line)
                except ValueError:
                    continue
                if isinstance(said, dict):
                    with self._lock:
                        self._latest = said
