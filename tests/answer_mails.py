"""Answers to invitations in the shapes that calendar programs give them, made from a mail that was sent."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage

from icalendar import Calendar


@dataclass
class Invitation:
    """What a program has read of an invitation."""

    uid: str
    sequence: int
    organizer: str
    attendee: str
    bounces: str
    start: str
    lines: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, mail):
        """From an outgoing mail."""
        message = message_from_bytes(mail.data)
        (part,) = (one for one in message.walk() if one.get_content_type() == "text/calendar")
        data = part.get_payload(decode=True)
        (event,) = Calendar.from_ical(data).walk("VEVENT")
        unfolded = data.replace(b"\r\n ", b"").decode()
        return cls(
            uid=str(event["UID"]),
            sequence=int(event["SEQUENCE"]),
            organizer=str(event["ORGANIZER"]).removeprefix("mailto:"),
            attendee=str(event["ATTENDEE"]).removeprefix("mailto:"),
            bounces=mail.sender,
            start=re.search(r"\nDTSTART([^\r]*)", unfolded.partition("BEGIN:VEVENT")[2])[1],
            lines=re.findall(r"BEGIN:VTIMEZONE.*END:VTIMEZONE", unfolded, re.DOTALL),
        )


def event(invitation, method, partstat, stamp, **change):
    """The lines of an answer, folded as RFC 5545 asks."""
    what = {
        "uid": invitation.uid, "sequence": invitation.sequence, "start": invitation.start,
        "attendee": invitation.attendee, "organizer": invitation.organizer, "more": [], **change,
    }  # fmt: skip
    status = f";PARTSTAT={partstat}" if partstat else ""
    lines = [
        "BEGIN:VCALENDAR", "PRODID:-//Example//Calendar//EN", "VERSION:2.0", f"METHOD:{method}",
        *invitation.lines, "BEGIN:VEVENT", f"UID:{what['uid']}", f"SEQUENCE:{what['sequence']}",
        f"DTSTAMP:{stamp}", f"DTSTART{what['start']}", f"ORGANIZER:mailto:{what['organizer']}",
        f"ATTENDEE{status};CN=Ada:mailto:{what['attendee']}", *what["more"], "SUMMARY:Titles are not kept",
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(fold(line) for line in lines)


def fold(line):
    return "\r\n ".join(line[i : i + 70] for i in range(0, len(line), 70)) or ""


def headers(invitation, number, sender=None):
    return (
        f"From: Ada <{sender or invitation.attendee}>\r\nTo: <{invitation.organizer}>\r\n"
        f"Message-ID: <{number}@mail.example>\r\nDate: Tue, 01 Sep 2026 12:00:00 +0000\r\n"
        "MIME-Version: 1.0\r\n"
    )


def google(invitation, text, number, sender=None):
    """multipart/mixed of an alternative with text/calendar in base64, and the same as invite.ics."""
    method = re.search(r"METHOD:(\w+)", text)[1]
    data = base64.encodebytes(text.encode()).decode().replace("\n", "\r\n")
    return (
        f"{headers(invitation, number, sender)}"
        'Content-Type: multipart/mixed; boundary="000000000000aa"\r\n\r\n'
        '--000000000000aa\r\nContent-Type: multipart/alternative; boundary="000000000000bb"\r\n\r\n'
        '--000000000000bb\r\nContent-Type: text/plain; charset="UTF-8"; format=flowed; delsp=yes\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\nQWRhIGhhcyBhY2NlcHRlZC4=\r\n"
        f'--000000000000bb\r\nContent-Type: text/calendar; charset="UTF-8"; method={method}\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{data}--000000000000bb--\r\n"
        '--000000000000aa\r\nContent-Type: application/ics; name="invite.ics"\r\n'
        'Content-Disposition: attachment; filename="invite.ics"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{data}--000000000000aa--\r\n"
    ).encode()


def outlook(invitation, text, number, sender=None):
    """multipart/alternative, quoted-printable, and a calendar full of Microsoft's own properties."""
    more = (
        "CLASS:PUBLIC\r\nPRIORITY:5\r\nTRANSP:OPAQUE\r\nSTATUS:CONFIRMED\r\n"
        "X-MICROSOFT-CDO-APPT-SEQUENCE:7\r\nX-MICROSOFT-CDO-OWNERAPPTID:2118593219\r\n"
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\nX-MICROSOFT-CDO-INTENDEDSTATUS:BUSY\r\n"
        "X-MICROSOFT-CDO-ALLDAYEVENT:FALSE\r\nX-MICROSOFT-CDO-IMPORTANCE:1\r\n"
        "X-MICROSOFT-CDO-INSTTYPE:0\r\nX-MICROSOFT-DONOTFORWARDMEETING:FALSE\r\n"
        "X-MICROSOFT-DISALLOW-COUNTER:FALSE\r\nX-MS-OLK-FORCEINSPECTOROPEN:TRUE\r\n"
    )
    text = text.replace("END:VEVENT", f"{more}END:VEVENT").replace("CN=Ada", 'CN="Lovelace, Ada"')
    method = re.search(r"METHOD:(\w+)", text)[1]
    message = EmailMessage()
    message.set_content(text, subtype="calendar", charset="utf-8", cte="quoted-printable")
    part = message.get_payload().replace("\n", "\r\n")
    return (
        f"{headers(invitation, number, sender)}"
        "Thread-Topic: Water\r\nX-MS-Has-Attach:\r\nX-MS-TNEF-Correlator:\r\nContent-Language: en-US\r\n"
        'Content-Type: multipart/alternative;\r\n\tboundary="_000_AM0PR01MB_"\r\n\r\n'
        '--_000_AM0PR01MB_\r\nContent-Type: text/plain; charset="us-ascii"\r\n\r\n\r\n'
        f'--_000_AM0PR01MB_\r\nContent-Type: text/calendar; charset="utf-8"; method={method}\r\n'
        f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{part}\r\n--_000_AM0PR01MB_--\r\n"
    ).encode()


def apple(invitation, text, number, sender=None):
    """multipart/mixed with a signature, and a calendar that is attached, 7bit."""
    text = text.replace("METHOD:", "CALSCALE:GREGORIAN\r\nMETHOD:")
    return (
        f"{headers(invitation, number, sender)}"
        'Content-Type: multipart/mixed; boundary="Apple-Mail=_5D"\r\nX-Mailer: iPhone Mail (21A329)\r\n\r\n'
        "--Apple-Mail=_5D\r\nContent-Type: text/plain;\r\n\tcharset=us-ascii\r\n\r\nAda accepts.\r\n"
        "--Apple-Mail=_5D\r\nContent-Disposition: attachment;\r\n\tfilename=iCal-20260901-120000.ics\r\n"
        "Content-Type: text/calendar;\r\n\tx-unix-mode=0644;\r\n\tname=iCal-20260901-120000.ics\r\n"
        f"Content-Transfer-Encoding: 7bit\r\n\r\n{text}\r\n--Apple-Mail=_5D--\r\n"
    ).encode()


def thunderbird(invitation, text, number, sender=None):
    """multipart/mixed of an alternative, 8bit, with bare line feeds."""
    method = re.search(r"METHOD:(\w+)", text)[1]
    body = (
        f"{headers(invitation, number, sender)}User-Agent: Mozilla Thunderbird\r\n"
        'Content-Type: multipart/mixed; boundary="------------T1"\r\n\r\n'
        '--------------T1\r\nContent-Type: multipart/alternative; boundary="------------T2"\r\n\r\n'
        "--------------T2\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nAda has accepted\r\n"
        f"--------------T2\r\nContent-Type: text/calendar; method={method}; charset=UTF-8\r\n"
        f"Content-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n--------------T2--\r\n"
        '--------------T1\r\nContent-Type: application/ics; name="invite.ics"\r\n'
        f"Content-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n--------------T1--\r\n"
    )
    return body.replace("\r\n", "\n").encode()


def bare(invitation, text, number, sender=None):
    """text/calendar and nothing else."""
    method = re.search(r"METHOD:(\w+)", text)[1]
    return (
        f"{headers(invitation, number, sender)}Content-Type: text/calendar; method={method}\r\n\r\n{text}"
    ).encode()


PROGRAMS = (google, outlook, apple, thunderbird, bare)


def bounce(invitation, number, status="5.1.1", action="failed", said="smtp; 550 5.1.1 No such user"):
    """A report of a mail server (RFC 3464) to the address that the mail was sent from."""
    return (
        f"From: MAILER-DAEMON@mail.example\r\nTo: {invitation.bounces}\r\nSubject: Undelivered\r\n"
        f"Message-ID: <{number}@mail.example>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="AB/mail"\r\n\r\n'
        "--AB/mail\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nI could not deliver it.\r\n"
        "--AB/mail\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n"
        "Arrival-Date: Tue, 1 Sep 2026 12:00:00 +0000\r\n\r\n"
        f"Final-Recipient: rfc822; {invitation.attendee}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: {said}\r\n\r\n"
        "--AB/mail\r\nContent-Type: message/rfc822\r\n\r\nSubject: Invitation\r\n\r\nText\r\n--AB/mail--\r\n"
    ).encode()
