"""The ways a mail leaves: SMTP, a folder of files, the console."""

from __future__ import annotations

import hashlib
import os
import smtplib
import ssl
import sys
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TextIO

from matcher.mail.message import Outgoing
from matcher.settings import Settings

TIMEOUT_SECONDS = 30


class Refused(Exception):
    """The mail server will never take this mail. `address`: it is the recipient's address that it refuses."""

    def __init__(self, reason: str, *, address: bool) -> None:
        super().__init__(reason)
        self.address = address


class NotSent(Exception):
    """The mail did not leave this time; a later attempt may succeed. `server`: none would leave now."""

    def __init__(self, reason: str, *, server: bool) -> None:
        super().__init__(reason)
        self.server = server


class Sender(Protocol):
    """Sends mails one by one; `close` ends what is open, and the next `send` opens it again."""

    def send(self, mail: Outgoing) -> None:
        """Send one mail. Raises `Refused`, `NotSent`."""

    def close(self) -> None:
        """Give back what is held."""


def sender_of(settings: Settings) -> Sender | None:
    """The sender that an installation asks for; None where mail is off."""
    if settings.mail == "off":
        return None
    if settings.mail == "console":
        return ConsoleSender(sys.stdout)
    if settings.mail == "file":
        return FolderSender(settings.mail_folder)
    return SmtpSender(settings)


class ConsoleSender:
    """Prints who would get what."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def send(self, mail: Outgoing) -> None:
        """Print the mail's head."""
        head = mail.data.partition(b"\r\n\r\n")[0].decode("ascii", "replace").replace("\r\n", "\n")
        print(f"--- mail to {mail.recipient}\n{head}\n", file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing is held."""


class FolderSender:
    """Writes each mail as one file, whole or not at all. Its name comes from the Message-ID: a mail that is
    sent again is the same file, so there is exactly one for each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, mail: Outgoing) -> None:
        """Write the file. Raises `NotSent`."""
        target = self._folder / f"{hashlib.sha256(mail.message_id.encode()).hexdigest()[:40]}.eml"
        temporary = self._folder / f".{target.name}.{os.getpid()}.tmp"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(mail.data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except OSError as error:
            raise NotSent(f"{target.parent} cannot be written: {error.strerror}", server=True) from None

    def close(self) -> None:
        """Nothing is held."""


class SmtpSender:
    """Sends over one SMTP connection, opened when it is needed (RFC 5321)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: smtplib.SMTP | None = None

    def send(self, mail: Outgoing) -> None:
        """Hand the mail to the server. Raises `Refused`, `NotSent`."""
        try:
            server = self._server()
            server.sendmail(mail.sender, [mail.recipient], mail.data)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = error.recipients[mail.recipient]
            reason = _said(code, said)
            if 500 <= code < 600:
                raise Refused(reason, address=True) from None
            raise NotSent(reason, server=False) from None
        except smtplib.SMTPDataError as error:
            reason = _said(error.smtp_code, error.smtp_error)
            if 500 <= error.smtp_code < 600:
                raise Refused(reason, address=False) from None
            raise NotSent(reason, server=False) from None
        except smtplib.SMTPResponseException as error:  # who we are or where we send from is refused: ours
            self.close()
            raise NotSent(_said(error.smtp_code, error.smtp_error), server=True) from None
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise NotSent(f"The mail server cannot be reached: {error}", server=True) from None

    def close(self) -> None:
        """End the connection."""
        server, self._open = self._open, None
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()

    def _server(self) -> smtplib.SMTP:
        if self._open is not None:
            return self._open
        settings = self._settings
        host, port = settings.smtp_host, settings.smtp_port
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if settings.smtp_tls == "tls":
            server = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        try:
            if settings.smtp_tls == "starttls":
                server.starttls(context=context)
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
        except BaseException:
            server.close()
            raise
        self._open = server
        return server


def _said(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {said}".strip()
