"""The embedded engine: claims jobs and has each done by a child process, so many at a time.

Several servers, each with its engine, may work on one database; a job whose server died is found lost by any
of them, and run again.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Semaphore, Thread, current_thread
from typing import TYPE_CHECKING

from matcher.jobs.child import DEFAULT_WORK
from matcher.jobs.kind import JobKind
from matcher.jobs.supervisor import Pace, Supervisor
from matcher.store.ids import new_id
from matcher.store.jobs import Job, any_waits, claim

if TYPE_CHECKING:
    from matcher.wiring import Services

POLL_SECONDS = 1.0
_log = logging.getLogger("peerloom.jobs")


@dataclass(frozen=True)
class _Lane:
    """Jobs of these kinds, so many at a time as `free` has room for."""

    kinds: Sequence[str]
    free: Semaphore


class Engine:
    """Runs jobs of the given kinds, `services.settings.workers` at a time, from `start` to `stop`; and beside
    them one of those that are `aside`, so that a short question waits for no long run.

    `work` is the module whose WORK the children take their functions from.
    """

    def __init__(
        self,
        services: Services,
        kinds: Mapping[str, JobKind],
        work: str = DEFAULT_WORK,
        pace: Pace | None = None,
    ) -> None:
        self._services = services
        self._kinds = kinds
        self._work = work
        self._pace = pace or Pace()
        self._stopping = Event()
        aside = [name for name, kind in kinds.items() if kind.aside]
        self._lanes = (
            _Lane(aside, Semaphore(1 if aside else 0)),
            _Lane(list(kinds), Semaphore(services.settings.workers)),
        )
        self._running: set[Thread] = set()
        self._dispatcher = Thread(target=self._dispatch, name="peerloom-jobs", daemon=True)
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{new_id('engine')}"

    @property
    def started(self) -> bool:
        """Whether it claims jobs."""
        return self._dispatcher.is_alive()

    def start(self) -> None:
        """Begin to claim jobs; without workers nothing is ever claimed."""
        if self._services.settings.workers:
            self._dispatcher.start()

    def stop(self) -> None:
        """Claim nothing more, end the children, and give their jobs back to the queue."""
        self._stopping.set()
        self._services.wake.set()
        if self._dispatcher.is_alive():
            self._dispatcher.join()
        for thread in list(self._running):
            thread.join()

    def _dispatch(self) -> None:
        while not self._stopping.is_set():
            begun = [self._begin(lane) for lane in self._lanes]
            if not any(begun):
                self._services.wake.wait(POLL_SECONDS)
                self._services.wake.clear()

    def _begin(self, lane: _Lane) -> bool:
        """Claim a job of a lane with room, and run it; whether there was one."""
        if not lane.free.acquire(blocking=False):
            return False
        job = self._claim(lane.kinds)
        if job is None:
            lane.free.release()
            return False
        thread = Thread(target=self._supervise, args=(job, lane), name=f"peerloom-{job.id}", daemon=True)
        self._running.add(thread)
        thread.start()
        return True

    def _claim(self, kinds: Sequence[str]) -> Job | None:
        stale = timedelta(seconds=self._pace.stale)
        database, now = self._services.database, self._services.now()
        try:
            with database.read() as connection:
                if not any_waits(connection, now, kinds, stale):
                    return None
            with database.write() as connection:
                return claim(connection, self.owner, now, kinds, stale)
        except Exception:
            _log.exception("no job can be claimed now")
            return None

    def _supervise(self, job: Job, lane: _Lane) -> None:
        try:
            kind = self._kinds[job.kind]
            Supervisor(self._services, job, kind, self._work, self._pace, self._stopping).run()
        finally:
            self._running.discard(current_thread())
            lane.free.release()
            self._services.wake.set()  # another job of the same program may go on
