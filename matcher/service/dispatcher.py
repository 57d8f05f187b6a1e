"""The thread of a server that sends mails when they are due."""

from __future__ import annotations

import logging
import os
import socket
from threading import Event, Thread

from matcher.mail.senders import sender_of
from matcher.service.mailing import send_all
from matcher.store.database import DatabaseUnavailable
from matcher.store.ids import new_id
from matcher.wiring import Services

EVERY_SECONDS = 5.0
_log = logging.getLogger("peerloom.mail")


def owner_name() -> str:
    """A name for this process, different from every other's."""
    return f"{socket.gethostname()}:{os.getpid()}:{new_id('mailer')}"[:200]


class Dispatcher:
    """Looks into the outbox every few seconds, until it is stopped. Without mail it does nothing."""

    def __init__(self, services: Services, every_seconds: float = EVERY_SECONDS) -> None:
        self._services = services
        self._every = every_seconds
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="mail", daemon=True)

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
                address = services.settings.mail_from
                send_all(services.database, sender, address, owner, services.now, self._stopping)
            except DatabaseUnavailable as error:
                _log.warning("mails wait: %s", error)
            except Exception:
                _log.exception("mails wait")
