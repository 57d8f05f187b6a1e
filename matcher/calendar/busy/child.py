"""The process that reads one calendar: request and bytes on stdin, one JSON document on stdout.

Started with `python -m`; it bounds its own memory and processor time, and imports nothing that is heavy.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from matcher.calendar.busy.reading import read
from matcher.calendar.busy.report import Refused, Skipped

COMPONENT_SECONDS = 0.5
PROCESSOR_SECONDS = 5
MEMORY_BYTES = 512_000_000


def main() -> None:
    """Read, and answer."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + PROCESSOR_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (spent, spent))
    if sys.platform == "linux":  # others know no such limit, or one that their interpreter is above
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    request = json.loads(sys.stdin.buffer.readline())
    try:
        found = read(sys.stdin.buffer.read(), request["zone"], tuple(request["window"]), _timed)
    except Refused as error:
        answer: dict[str, object] = {"refused": error.code}
    else:
        told = [vars(one) for one in found.report.told]
        counts = {"read": found.report.read, "skipped": found.report.skipped}
        answer = {"spans": found.spans, "told": told, **counts}
    json.dump(answer, sys.stdout)


@contextmanager
def _timed() -> Iterator[None]:
    """End a component that takes too long."""
    before = signal.signal(signal.SIGVTALRM, _too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, COMPONENT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _too_slow(_: int, __: FrameType | None) -> None:
    raise Skipped("too-slow")


if __name__ == "__main__":
    main()
