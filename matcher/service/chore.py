"""A thread of a server that does something again and again, until it is stopped."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from threading import Event, Thread
from typing import ClassVar

from matcher.store.database import DatabaseUnavailable
from matcher.wiring import Services

STOP_SECONDS = 60.0
"""How long a stop waits for what is being done."""


class Chore(ABC):
    """Something that a server does beside requests. `what` names it in its thread and its log; a failure is
    logged and never ends it."""

    what: ClassVar[str]
    telling: ClassVar[bool] = True
    """Whether its log may hold what an error says: not where that may be somebody's secret."""

    def __init__(self, services: Services, every_seconds: float) -> None:
        self._services = services
        self._every = every_seconds
        self._stopping = Event()
        self._log = logging.getLogger(f"peerloom.{self.what}")
        self._thread = Thread(target=self._run, name=self.what, daemon=True)

    @property
    def wanted(self) -> bool:
        """Whether the settings leave anything to do."""
        return True

    @property
    def started(self) -> bool:
        """Whether it is at work."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin, where it is wanted."""
        if self.wanted:
            self._thread.start()

    def stop(self) -> None:
        """End after what is being done, or after `STOP_SECONDS`."""
        self._stopping.set()
        if self.started:
            self._thread.join(timeout=STOP_SECONDS)

    @abstractmethod
    def do(self, stopping: Event) -> float | None:
        """Do what is due now; soon after `stopping` is set, return. Returns the seconds until the next time,
        None for as long as ever."""

    def _run(self) -> None:
        wait = self._every
        while not self._stopping.wait(wait):
            wait = self._every
            try:
                wait = self.do(self._stopping) or wait
            except DatabaseUnavailable as error:
                self._log.warning("%s wait: %s", self.what, error)
            except OSError as error:
                self._log.warning("%s wait: %s", self.what, error.strerror or type(error).__name__)
            except Exception as error:
                if self.telling:
                    self._log.exception("%s wait", self.what)
                else:
                    self._log.error("%s wait: %s", self.what, type(error).__name__)
