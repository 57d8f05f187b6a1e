"""Answers that a mail server hands over by SMTP (RFC 5321) or LMTP (RFC 2033)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from matcher.domain.errors import InputError
from matcher.mail.tags import untagged
from matcher.service.attendance.inbox import take_in
from matcher.store.database import DatabaseUnavailable
from matcher.store.networks import list_networks

if TYPE_CHECKING:
    from matcher.wiring import Services

TIMEOUT_SECONDS = 60
KNOWN_FOR_SECONDS = 60.0
"""How long the addresses that mail is taken for are remembered."""
_log = logging.getLogger("peerloom.inbox")


class Listener:
    """Takes messages in a thread of its own. Only for addresses of ours, with any tag: it relays nothing."""

    def __init__(self, services: Services, protocol: str, host: str, port: int) -> None:
        self._protocol, self._host, self._port = protocol, host, port
        handler = Handler(services, single=protocol == "lmtp")
        most = services.settings.inbox_megabytes * 1_000_000
        server = LMTP if protocol == "lmtp" else SMTP

        def connection() -> SMTP:
            return server(handler, data_size_limit=most, timeout=TIMEOUT_SECONDS, ident="Peerloom")

        self._controller = _Controller(connection, host, port)

    def start(self) -> str:
        """Begin to listen; returns the address. Raises `InputError` where that fails."""
        try:
            self._controller.start()
        except (OSError, OverflowError) as error:  # the latter: no such port
            raise InputError(f"PEERLOOM_INBOX_LISTEN: {self._host}:{self._port}: {error}") from None
        return f"{self._protocol}://{self._host}:{self._controller.port}"

    def stop(self) -> None:
        """Listen no more."""
        self._controller.stop(no_assert=True)


class _Controller(Controller):
    """A server whose connections `make` makes. `port` is the real one, also where 0 was asked for."""

    def __init__(self, make: Callable[[], SMTP], host: str, port: int) -> None:
        super().__init__(None, hostname=host, port=port)
        self._make = make

    def factory(self) -> SMTP:
        """One connection."""
        return self._make()

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class Handler:
    """What the server says to recipients and messages. `single`: it takes one recipient at a time, because a
    message over LMTP needs an answer for each of them, and the library gives one."""

    def __init__(self, services: Services, *, single: bool) -> None:
        self._services = services
        self._single = single
        self._known: frozenset[str] = frozenset()
        self._known_until = 0.0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take mail for our own addresses only."""
        if self._single and envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        if len(envelope.rcpt_tos) >= 100:
            return "452 4.5.3 Too many recipients"
        try:
            known = await asyncio.get_running_loop().run_in_executor(None, self._addresses)
        except DatabaseUnavailable:
            return "451 4.3.0 Not now, try again"
        if untagged(address) not in known:
            return "550 5.1.1 There is no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Look at a message; whatever is in it, it is taken."""
        data = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            await asyncio.get_running_loop().run_in_executor(
                None, lambda: take_in(self._services, data, "smtp", came_to=tuple(envelope.rcpt_tos))
            )
        except DatabaseUnavailable:
            return "451 4.3.0 Not now, try again"
        return "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Answer to what nobody thought of."""
        _log.error("a connection failed: %s", type(error).__name__)
        return "451 4.3.0 Our fault, try again"

    def _addresses(self) -> frozenset[str]:
        """The organizers of all networks, and the sender of all mails, without tags."""
        if time.monotonic() >= self._known_until:
            found = {untagged(self._services.settings.mail_from)}
            after = ""
            with self._services.database.read() as connection:
                while rows := list_networks(connection, after, 500):
                    found |= {untagged(one.settings.organizer_email) for one in rows}
                    after = rows[-1].id
            self._known, self._known_until = frozenset(found), time.monotonic() + KNOWN_FOR_SECONDS
        return self._known


def open_listener(services: Services) -> Listener | None:
    """The listener that an installation asks for; None where it asks for none. It does not listen yet."""
    if not services.settings.inbox_listen:
        return None
    protocol, _, rest = services.settings.inbox_listen.partition("://")
    host, _, port = rest.rpartition(":")
    return Listener(services, protocol, host, int(port))
