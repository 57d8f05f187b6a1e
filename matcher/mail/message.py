"""A mail as bytes: text, HTML and an iTIP part in one message (RFC 6047, section 2.4; RFC 2045-2047)."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from matcher.calendar.events import Mailbox, plain
from matcher.calendar.invite import NO_ANSWER, render_cancel, render_request
from matcher.domain.session import Session, State
from matcher.texts.words import ENGLISH, Words


@dataclass(frozen=True)
class Envelope:
    """Who writes to whom. `sender` is the installation's own address, where bounces go; `organizer` the
    mailbox that people answer to; `bounces`: SMTP's sender, where it is another; `choices` the address at
    which the recipient chooses their mails."""

    recipient: Mailbox
    organizer: Mailbox
    sender: str
    message_id: str
    written_at: datetime
    bounces: str | None = None
    choices: str | None = None


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
    words: Words = ENGLISH,
    news: str | None = None,
    others: tuple[Mailbox, ...] = (),
    leads: bool = False,
    more: str = "",
    answer: str = NO_ANSWER,
) -> Outgoing:
    """An invitation to a session, which is in words already, its update (`news`: what is new in a sentence),
    or its cancellation, in these `words`; `leads`: the recipient leads it; `more`: what the text says at its
    end, and the calendar does not; `answer`: the recipient's PARTSTAT.

    multipart/mixed of the alternatives text, HTML and text/calendar, and the same calendar as a file; the
    `method` of the part is the METHOD of the calendar. `zone` is the reader's own. The same arguments give
    the same bytes.
    """
    cancelled = session.state is State.CANCELLED
    if cancelled:
        method = "CANCEL"
        calendar = render_cancel(session, envelope.recipient, envelope.organizer, words)
        kind, first = "cancelled", words("mail.cancelled.first")
    else:
        method = "REQUEST"
        calendar = render_request(
            session, envelope.recipient, envelope.organizer, others=others, leads=leads, answer=answer
        )
        kind, first = "changed" if news else "invited", news or words("mail.invited.first")
    when = words.span(session.start, session.end, zone)
    title = plain(session.title, one_line=True)
    lines = [first, "", title, when]
    if session.conference is not None and not cancelled:
        lines += [words("session.join") + ":", session.conference]
    if session.description and not cancelled:
        lines += ["", plain(session.description)]
    if more and not cancelled:
        lines += ["", plain(more)]
    subject = words(f"mail.{kind}.subject", title=title, when=when)
    filename = "cancel.ics" if cancelled else "invite.ics"
    return calendar_mail(subject, "\n".join(lines), calendar, method, filename, envelope, words)


def calendar_mail(
    subject: str,
    text: str,
    calendar: bytes,
    method: str,
    filename: str,
    envelope: Envelope,
    words: Words = ENGLISH,
) -> Outgoing:
    """A mail that carries an iTIP message, beside what it says in words."""
    message = _message(subject, envelope)
    _add_texts(message, text, envelope, words)
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
    return _finished(message, envelope, words)


def text_mail(subject: str, text: str, envelope: Envelope, words: Words = ENGLISH) -> Outgoing:
    """A mail of text alone, and of HTML that says the same; addresses in it become links."""
    message = _message(subject, envelope)
    _add_texts(message, text, envelope, words)
    return _finished(message, envelope, words)


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
    by_mail = f"<mailto:{envelope.organizer.address}?subject=Unsubscribe>"
    if envelope.choices is None:
        message["List-Unsubscribe"] = by_mail
    else:
        message["List-Unsubscribe"] = f"<{envelope.choices}>, {by_mail}"
        if envelope.choices.startswith("https:"):  # RFC 8058, section 3.1
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return message


def _add_texts(message: EmailMessage, text: str, envelope: Envelope, words: Words) -> None:
    if envelope.choices is not None:
        text += f"\n\n{words('mail.choices')}\n{envelope.choices}"
    message.set_content(text + "\n", cte="quoted-printable")
    message.add_alternative(_html(text, words.language), subtype="html", cte="quoted-printable")


def _html(text: str, language: str) -> str:
    lines = []
    for line in text.split("\n"):
        shown = html.escape(line)
        if line.startswith(("https://", "http://")) and " " not in line:
            shown = f'<a href="{shown}">{shown}</a>'
        lines.append(shown)
    body = f"<p>{'<br>'.join(lines)}</p>"
    return f'<!doctype html><html lang="{language}"><body>{body}</body></html>\n'


def _address(box: Mailbox) -> Address:
    return Address(display_name=plain(box.name, one_line=True), addr_spec=box.address)


def _finished(message: EmailMessage, envelope: Envelope, words: Words) -> Outgoing:
    message["Content-Language"] = words.language
    # one boundary for each level, from the Message-ID: the library's own are random
    stem = "".join(c for c in envelope.message_id if c.isalnum())[:40]
    for level, part in enumerate(p for p in message.walk() if p.is_multipart()):
        part.set_boundary(f"={stem}={level}=")
    sender = envelope.bounces or envelope.sender
    return Outgoing(envelope.message_id, sender, envelope.recipient.address, message.as_bytes())
