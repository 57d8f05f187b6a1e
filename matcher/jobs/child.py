"""The child of a job: `python -m matcher.jobs.child FOLDER [WORK]`. It never touches the database.

It reads FOLDER/request.json, does the work that the module WORK lists under the job's kind, and leaves files
in FOLDER. Standard output holds progress, one JSON object a line: phase, seconds, tier, value, bound, detail.
A line on standard input, or SIGTERM, asks for the best answer so far; the end of standard input means that
the parent died, and ends the child at once. Exit codes: 0 done, 3 problem.json says why not, others: a crash.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

from matcher.domain.errors import InputError, PeerloomError
from matcher.jobs.kind import PROBLEM, REQUEST, JobFailure, Task, Work
from solvers.limits import Limits, Progress

TOLD = 3
EVERY_SECONDS = 0.1
DEFAULT_WORK = "matcher.jobs.work"


class _Report:
    """Writes progress to a descriptor, whole lines, not more often than `EVERY_SECONDS` within a phase."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = Lock()
        self._last = -EVERY_SECONDS
        self._at: tuple[str, str | None] = ("", None)

    def __call__(self, progress: Progress) -> None:
        with self._lock:
            now = monotonic()
            at = (progress.phase, progress.tier)
            if at == self._at and now - self._last < EVERY_SECONDS:
                return
            self._at, self._last = at, now
            line = json.dumps(vars(progress)) + "\n"
            os.write(self._descriptor, line.encode())


def _listen(stop: Event) -> None:
    """Until the parent says stop, or is gone."""
    while os.read(0, 4096):
        stop.set()
    os._exit(1)


def run(folder: Path, work: dict[str, Work], report: _Report, stop: Event) -> int:
    """Do what a folder asks. Returns the exit code."""
    asked: dict[str, Any] = json.loads((folder / REQUEST).read_bytes())
    limits = Limits(seconds=asked["seconds"], seed=asked.get("seed", 1), report=report, cancelled=stop.is_set)
    try:
        work[asked["kind"]](Task(folder, asked["request"], limits))
    except PeerloomError as error:
        (folder / PROBLEM).write_text(json.dumps(_failure(error).problem), "utf-8")
        return TOLD
    return 0


def _failure(error: PeerloomError) -> JobFailure:
    if isinstance(error, JobFailure):
        return error
    faults = error.faults if isinstance(error, InputError) else ()
    told = tuple({"path": fault.path, "detail": fault.reason} for fault in faults[:100])
    return JobFailure("input" if isinstance(error, InputError) else "refused", str(error), told)


def main() -> None:
    """Run from the command line."""
    folder = Path(sys.argv[1])
    module = sys.argv[2] if len(sys.argv) > 2 else DEFAULT_WORK
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    Thread(target=_listen, args=(stop,), daemon=True).start()
    progress = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not look like progress
    work: dict[str, Work] = import_module(module).WORK
    sys.exit(run(folder, work, _Report(progress), stop))


if __name__ == "__main__":
    main()
