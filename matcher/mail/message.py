"""A mail as bytes: text, HTML and an iTIP part in one message (RFC 6047, section 2.4; RFC 2045-2047)."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from matcher.calendar.events import Mailbox, plain
from matcher.calendar.invite import NO_ANSWER, render_cancel, render_request
from matcher.domain.session import Session, State


@dataclass(frozen=True)
class Envelope:
    """Who writes to whom. `sender` is the installation's own address, where bounces go; `organizer` the
    mailbox that people answer to. `bounces`: SMTP's sender, where it is another."""

    recipient: Mailbox
    organizer: Mailbox
    sender: str
    message_id: str
    written_at: datetime
    bounces: str | None = None


@dataclass(frozen=True)
class Outgoing:
    """A finished mail: SMTP's sender and recipient, and the message with CRLF line ends."""

    message_id: str
    sender: str
    recipient: str
    data: bytes


def session_mail(
    session: Session,
    envelope: Envelope,
    zone: str,
    *,
    news: str | None = None,
    others: tuple[Mailbox, ...] = (),
    leads: bool = False,
    more: str = "",
    answer: str = NO_ANSWER,
) -> Outgoing:
    """An invitation to a session, its update (`news`: what is new in a sentence), or its cancellation;
    `leads`: the recipient leads it; `more`: what the text says at its end, and the calendar does not;
    `answer`: the recipient's PARTSTAT.

    multipart/mixed of the alternatives text, HTML and text/calendar, and the same calendar as a file; the
    `method` of the part is the METHOD of the calendar. `zone` is the reader's own. The same arguments give
    the same bytes.
    """
    cancelled = session.state is State.CANCELLED
    if cancelled:
        method, calendar = "CANCEL", render_cancel(session, envelope.recipient, envelope.organizer)
        word, first = "Cancelled", "This session does not take place."
    else:
        method = "REQUEST"
        calendar = render_request(
            session, envelope.recipient, envelope.organizer, others=others, leads=leads, answer=answer
        )
        word = "Changed" if news else "Invitation"
        first = news or "You are invited to this session."
    when = _when(session, zone)
    title = plain(session.title, one_line=True)
    lines = [first, "", title, when]
    if session.description and not cancelled:
        lines += ["", plain(session.description)]
    if more and not cancelled:
        lines += ["", plain(more)]
    filename = "cancel.ics" if cancelled else "invite.ics"
    return calendar_mail(f"{word}: {title}, {when}", "\n".join(lines), calendar, method, filename, envelope)


def calendar_mail(
    subject: str, text: str, calendar: bytes, method: str, filename: str, envelope: Envelope
) -> Outgoing:
    """A mail that carries an iTIP message, beside what it says in words."""
    message = _message(subject, envelope)
    _add_texts(message, text)
    message.add_alternative(
        calendar,
        maintype="text",
        subtype="calendar",
        cte="base64",
        params={"method": method, "charset": "utf-8"},
    )
    message.make_mixed()
    message.add_attachment(
        calendar,
        maintype="application",
        subtype="ics",
        cte="base64",
        filename=filename,
    )
    return _finished(message, envelope)


def text_mail(subject: str, text: str, envelope: Envelope) -> Outgoing:
    """A mail of text alone, and of HTML that says the same; addresses in it become links."""
    message = _message(subject, envelope)
    _add_texts(message, text)
    return _finished(message, envelope)


def _message(subject: str, envelope: Envelope) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = plain(subject, one_line=True)
    message["From"] = _address(envelope.organizer)
    message["To"] = _address(envelope.recipient)
    if envelope.sender != envelope.organizer.address:
        message["Sender"] = _address(Mailbox("", envelope.sender))
    message["Date"] = format_datetime(envelope.written_at)
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<mailto:{envelope.organizer.address}?subject=Unsubscribe>"
    return message


def _add_texts(message: EmailMessage, text: str) -> None:
    message.set_content(text + "\n", cte="quoted-printable")
    message.add_alternative(_html(text), subtype="html", cte="quoted-printable")


def _html(text: str) -> str:
    lines = []
    for line in text.split("\n"):
        shown = html.escape(line)
        if line.startswith(("https://", "http://")) and " " not in line:
            shown = f'<a href="{shown}">{shown}</a>'
        lines.append(shown)
    return f"<!doctype html><html><body><p>{'<br>'.join(lines)}</p></body></html>\n"


def _address(box: Mailbox) -> Address:
    return Address(display_name=plain(box.name, one_line=True), addr_spec=box.address)


def _finished(message: EmailMessage, envelope: Envelope) -> Outgoing:
    # one boundary for each level, from the Message-ID: the library's own are random
    stem = "".join(c for c in envelope.message_id if c.isalnum())[:40]
    for level, part in enumerate(p for p in message.walk() if p.is_multipart()):
        part.set_boundary(f"={stem}={level}=")
    sender = envelope.bounces or envelope.sender
    return Outgoing(envelope.message_id, sender, envelope.recipient.address, message.as_bytes())


def _when(session: Session, zone: str) -> str:
    table = ZoneInfo(zone)
    start, end = session.start.astimezone(table), session.end.astimezone(table)
    last = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%a %Y-%m-%d %H:%M}"
    return f"{start:%a %Y-%m-%d %H:%M}-{last} ({zone})"
