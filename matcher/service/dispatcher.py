"""The thread of a server that sends mails when they are due."""

from __future__ import annotations

import logging
import os
import socket
from threading import Event, Thread

from matcher.mail.senders import Sender, sender_of
from matcher.service.acceptance import Links, chase
from matcher.service.mailing import Pass, send_all
from matcher.store.database import DatabaseUnavailable
from matcher.store.ids import new_id
from matcher.wiring import Services

EVERY_SECONDS = 5.0
_log = logging.getLogger("peerloom.mail")


def owner_name() -> str:
    """A name for this process, different from every other's."""
    return f"{socket.gethostname()}:{os.getpid()}:{new_id('mailer')}"[:200]


def run_once(services: Services, sender: Sender, owner: str, stopping: Event | None = None) -> Pass:
    """Do what is due: end and remind of questions, then send every mail."""
    settings = services.settings
    if chase(services.database, services.now()):
        services.wake.set()
    links = Links.of(settings) if settings.secret else None
    return send_all(
        services.database, sender, settings.mail_from, owner, services.now, stopping=stopping, links=links
    )


class Dispatcher:
    """Looks into the outbox every few seconds, until it is stopped. Without mail it does nothing."""

    def __init__(self, services: Services, every_seconds: float = EVERY_SECONDS) -> None:
        self._services = services
        self._every = every_seconds
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="mail", daemon=True)

    @property
    def started(self) -> bool:
        """Whether it is at work."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        if self._services.settings.mail != "off":
            self._thread.start()

    def stop(self) -> None:
        """End after the mail that is being sent."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=60)

    def _run(self) -> None:
        services = self._services
        sender = sender_of(services.settings)
        assert sender is not None
        owner = owner_name()
        while not self._stopping.wait(self._every):
            try:
                run_once(services, sender, owner, self._stopping)
            except DatabaseUnavailable as error:
                _log.warning("mails wait: %s", error)
            except Exception:
                _log.exception("mails wait")
