"""Calendars at addresses, read again when they are due: one bad one never holds up the others."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

from matcher.service.busy.sources import read_source
from matcher.service.chore import Chore
from matcher.store.busy import BusySource, claim_source, due_sources
from matcher.wiring import Services

EVERY_SECONDS = 60.0
AT_ONCE = 4
BATCH = 40
"""Taken at a time: so few that all are read well within the lease."""
LEASE = timedelta(minutes=10)


@dataclass
class Polled:
    """How many calendars one pass read, and how many of them had a problem."""

    read: int = 0
    failed: int = 0


def poll(
    services: Services,
    network: str | None = None,
    *,
    all_of_them: bool = False,
    stopping: Event | None = None,
) -> Polled:
    """Read every calendar that is due, of one network or of all; with `all_of_them` the others too.

    Each takes at most some 25 seconds, `AT_ONCE` at a time, and is read by one process only. What went wrong
    is kept with its source. Ends early when `stopping` is set.
    """
    done = Polled()
    stop = stopping or Event()

    def read(source: BusySource) -> bool | None:
        return None if stop.is_set() else read_source(services, source)

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="calendars") as pool:
        for some in _claimed(services, network, all_of_them, stop):
            for well in pool.map(read, some):
                done.read += well is True
                done.failed += well is False
    return done


def _claimed(
    services: Services, network: str | None, all_of_them: bool, stop: Event
) -> Iterator[list[BusySource]]:
    """Sources to read, some at a time, taken so that no other process reads them too."""
    after, begun = "", services.now()
    while not stop.is_set():
        with services.database.read() as connection:
            found = due_sources(connection, None if all_of_them else begun, BATCH, network, after)
        if not found:
            return
        with services.database.write() as connection:
            until = services.now() + LEASE
            mine = [one for one in found if claim_source(connection, one, until)]
        yield mine
        if all_of_them:
            after = found[-1].id


class Poller(Chore):
    """Reads the calendars that are due, every minute."""

    what = "calendars"
    telling = False

    def __init__(self, services: Services, every_seconds: float = EVERY_SECONDS) -> None:
        super().__init__(services, every_seconds)

    def do(self, stopping: Event) -> None:
        """Read what is due."""
        poll(self._services, stopping=stopping)
