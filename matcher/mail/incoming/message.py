"""A mail that came in (RFC 5322, RFC 2045-2047, RFC 6047), read without trusting any of it.

Sizes, lines and parts are bounded before the parser sees them, because its time grows with their product.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses

from matcher.domain.errors import PeerloomError
from matcher.mail.incoming.bounces import Report, report_of

MOST_LINES = 100_000
MOST_PARTS = 30
MOST_CALENDARS = 5
LONGEST_HEADER = 10_000
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to")
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
_TEXT_CODECS = re.compile(
    r"(ascii|utf-8|utf-8-sig|utf-16(-[bl]e)?|iso8859-\d+|cp\d+|koi8-[rtu]|mac-\w+|big5\w*|gb\w+|euc_\w+"
    r"|shift_jis\w*|iso2022_\w+|tis-620|hz)"
)
"""Names (of `codecs.lookup`) that turn bytes into text in one pass; others may take long."""


class Unreadable(PeerloomError):
    """A message that is not looked at; `code` is a reason of `matcher.service.attendance.reasons`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Incoming:
    """What a message says, as far as anybody needs it. Addresses are in lower case; `recipients` are
    those of its headers. `calendars`: in UTF-8, parts of text/calendar before attached files. `content`:
    SHA-256 of its body, in hex."""

    message_id: str | None
    senders: tuple[str, ...]
    recipients: tuple[str, ...]
    calendars: tuple[bytes, ...]
    report: Report | None
    content: str


def read_message(data: bytes, most_bytes: int) -> Incoming:
    """A message from its bytes. Raises `Unreadable`: "too-large", "too-many-parts", "unreadable"."""
    if len(data) > most_bytes:
        raise Unreadable("too-large")
    if data.count(b"\n") > MOST_LINES or data.lower().count(b"boundary") > MOST_PARTS:
        raise Unreadable("too-many-parts")
    try:
        message = BytesParser(policy=compat32).parsebytes(data)
        parts = list(_parts(message))
        return Incoming(
            message_id=_message_id(message),
            senders=_addresses(message, ("from",)),
            recipients=_addresses(message, _RECIPIENTS),
            calendars=tuple(_calendars(parts)),
            report=report_of(message, parts),
            content=_hash_of_body(data),
        )
    except Unreadable:
        raise
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        # what the standard library's parser raises on broken input differs from version to version
        raise Unreadable("unreadable") from None


def _parts(message: Message) -> Iterator[Message]:
    """The leaves of a message, without what is inside attached messages."""
    waiting = [message]
    count = 0
    while waiting:
        part = waiting.pop(0)
        count += 1
        if count > MOST_PARTS:
            raise Unreadable("too-many-parts")
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting = [one for one in payload if isinstance(one, Message)] + waiting
        else:
            yield part


def _calendars(parts: list[Message]) -> Iterator[bytes]:
    """Calendar texts in UTF-8, each content once."""
    seen: set[bytes] = set()
    ranked = sorted((rank, place) for place, part in enumerate(parts) if (rank := _rank(part)) is not None)
    for _, place in ranked:
        data = parts[place].get_payload(decode=True)
        if not isinstance(data, bytes):
            continue
        text = _text(data, str(parts[place].get_param("charset") or ""))
        if text not in seen:
            seen.add(text)
            yield text
        if len(seen) == MOST_CALENDARS:
            return


def _rank(part: Message) -> int | None:
    """0 for text/calendar, 1 for an attached file; None for what is no calendar."""
    kind = part.get_content_type()
    if kind == "text/calendar":
        return 0
    name = str(part.get_filename() or "").lower()
    attached = kind in ("application/ics", "text/x-vcalendar") or name.endswith((".ics", ".ical"))
    return 1 if attached else None


def _text(data: bytes, charset: str) -> bytes:
    """UTF-8 of a text; a charset that is unknown or wrong counts as UTF-8."""
    try:
        name = codecs.lookup(charset.strip("\"' ")).name if charset.isascii() else ""
    except (LookupError, ValueError):
        name = ""
    if not _TEXT_CODECS.fullmatch(name) or name == "utf-8":
        return data
    try:
        return data.decode(name).encode()
    except ValueError:
        return data


def _addresses(message: Message, names: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses in these headers, in lower case, each once."""
    values = [str(value)[:LONGEST_HEADER] for key, value in message.items()[:1000] if key.lower() in names]
    found = [address.strip().lower() for _, address in getaddresses(values)]
    return tuple(dict.fromkeys(one for one in found if "@" in one and one.isprintable() and len(one) <= 320))


def _message_id(message: Message) -> str | None:
    found = _MESSAGE_ID.search(str(message.get("message-id", ""))[:LONGEST_HEADER])
    return found[0] if found is not None and found[0].isprintable() else None


def _hash_of_body(data: bytes) -> str:
    """Of the body, because servers add to the headers; line ends count as one."""
    body = re.split(rb"\r?\n\r?\n", data, maxsplit=1)[-1]
    return hashlib.sha256(body.replace(b"\r\n", b"\n").strip()).hexdigest()
