"""Mails on their way: the product's outbox, real SMTP, and the letter box at its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

from aiosmtpd.controller import Controller

from matcher.mail.senders import sender_of
from matcher.service.mailing import send_all
from matcher.settings import Settings
from matcher.store.database import Database


@dataclass(frozen=True)
class Letter:
    """What arrived: to whom, the METHOD that the mail names, and its calendar part."""

    to: str
    method: str
    data: bytes


class LetterBox(Controller):
    """An SMTP server on a free port that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__(self, hostname="127.0.0.1", port=0)
        self.letters: list[Letter] = []

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        """Take a mail."""
        mail = message_from_bytes(envelope.content, policy=SMTP)  # type: ignore[attr-defined]
        (part,) = (one for one in mail.walk() if one.get_content_type() == "text/calendar")
        (recipient,) = envelope.rcpt_tos  # type: ignore[attr-defined]
        method = part["Content-Type"].params["method"]
        self.letters.append(Letter(recipient, method, part.get_payload(decode=True)))
        return "250 OK"

    def collect(self, database: Database) -> list[Letter]:
        """Let the outbox send what is due; what arrived, in the order of people."""
        self.letters.clear()
        sender = sender_of(Settings(mail="smtp", smtp_port=self.port))
        done = send_all(database, sender, "robot@mail.example", "test", lambda: datetime.now(UTC))
        assert (done.sent, done.failed, done.waiting) == (len(self.letters), 0, 0)
        return sorted(self.letters, key=lambda one: one.to)
