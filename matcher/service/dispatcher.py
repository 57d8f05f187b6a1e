"""The thread of a server that sends mails when they are due."""

from __future__ import annotations

import os
import socket
from threading import Event

from matcher.mail.senders import Sender, sender_of
from matcher.service.acceptance import Links, chase
from matcher.service.chore import Chore
from matcher.service.mailing import Pass, send_all
from matcher.store.ids import new_id
from matcher.wiring import Services

EVERY_SECONDS = 5.0


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


class Dispatcher(Chore):
    """Looks into the outbox every few seconds. Without mail it does nothing."""

    what = "mails"

    def __init__(self, services: Services, every_seconds: float = EVERY_SECONDS) -> None:
        super().__init__(services, every_seconds)
        self._sender = sender_of(services.settings)
        self._owner = owner_name()

    @property
    def wanted(self) -> bool:
        """Whether mails are sent at all."""
        return self._sender is not None

    def do(self, stopping: Event) -> None:
        """Send what is due, and end and remind of questions."""
        assert self._sender is not None
        run_once(self._services, self._sender, self._owner, stopping)
