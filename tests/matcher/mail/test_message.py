"""Mails as programs read them: parts, METHOD, line ends, the same bytes for the same mail."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from matcher.calendar.events import Mailbox
from matcher.domain.session import State
from matcher.mail.message import Envelope, session_mail, text_mail

ADA = Mailbox("Ada Ångström", "ada@one.example")
ORGANIZER = Mailbox("Peer Learning", "peers@north.example")


def envelope(**changes):
    values = {
        "recipient": ADA,
        "organizer": ORGANIZER,
        "sender": "robot@north.example",
        "message_id": "<abc@north.example>",
        "written_at": datetime(2026, 2, 1, 8, 30, tzinfo=UTC),
    }
    return Envelope(**{**values, **changes})


def parsed(mail):
    return message_from_bytes(mail.data, policy=policy.default)


@pytest.mark.parametrize(("state", "method"), [(State.SCHEDULED, "REQUEST"), (State.CANCELLED, "CANCEL")])
def test_a_session_goes_as_text_html_and_calendar_and_as_a_file(session, libical, state, method):
    mail = session_mail(session(state=state), envelope(), "Europe/Paris")
    message = parsed(mail)
    assert message.get_content_type() == "multipart/mixed"
    alternative, file = message.iter_parts()
    assert alternative.get_content_type() == "multipart/alternative"
    text, html, calendar = alternative.iter_parts()
    assert [text.get_content_type(), html.get_content_type()] == ["text/plain", "text/html"]
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_param("method") == method
    assert calendar.get_param("charset") == "utf-8"
    assert calendar["Content-Transfer-Encoding"] == "base64"
    data = calendar.get_payload(decode=True)
    assert data.count(b"\n") == data.count(b"\r\n")
    assert f"METHOD:{method}\r\n".encode() in data
    assert data == file.get_payload(decode=True)
    assert file.get_filename() == ("invite.ics" if method == "REQUEST" else "cancel.ics")
    assert libical(data) == []


def test_heads_say_who_writes_and_where_answers_go(session):
    message = parsed(session_mail(session(), envelope(), "Europe/Paris"))
    assert message["From"] == "Peer Learning <peers@north.example>"
    assert message["Sender"] == "robot@north.example"
    assert message["To"].addresses[0].display_name == "Ada Ångström"
    assert message["Message-ID"] == "<abc@north.example>"
    assert message["Date"].datetime == datetime(2026, 2, 1, 8, 30, tzinfo=UTC)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"].startswith("<mailto:peers@north.example")


def test_times_are_those_of_the_reader(session):
    message = parsed(session_mail(session(), envelope(), "Asia/Kolkata"))
    assert "Mon, 2 Mar 2026, 14:30\N{EN DASH}15:30 (Asia/Kolkata)" in message["Subject"]
    text = next(message.walk()).get_body(("plain",)).get_content()
    assert "Mon, 2 Mar 2026, 14:30\N{EN DASH}15:30 (Asia/Kolkata)" in text
    assert "Check-in" in text


def test_a_change_says_so(session):
    kept = session_mail(session(), envelope(), "UTC")
    moved = session_mail(session(), envelope(), "UTC", news="This session has a new time.")
    assert parsed(kept)["Subject"].strip().startswith("Invitation: ")
    assert parsed(moved)["Subject"].strip().startswith("Changed: ")


def test_the_same_mail_twice_is_the_same_bytes_all_in_short_ascii_lines(session):
    long = session(title="Ünïcödé " * 40, description="é" * 3000 + "\nline")
    one, two = (session_mail(long, envelope(), "UTC") for _ in range(2))
    assert one == two
    assert one.data.isascii()
    assert max(map(len, one.data.split(b"\r\n"))) <= 998
    assert one.data.count(b"\n") == one.data.count(b"\r\n")


def test_what_people_wrote_cannot_become_markup_or_heads(session):
    hostile = session(title="<script>x</script>\r\nBcc: all@x.example", description="<b>&")
    message = parsed(session_mail(hostile, envelope(), "UTC"))
    assert message["Bcc"] is None
    html = next(message.walk()).get_body(("html",)).get_content()
    assert "<script>" not in html
    assert "&lt;b&gt;&amp;" in html


def test_a_text_mail_has_links(session):
    mail = text_mail("Please answer", "Dear Ada\nhttps://x.example/answer/1?a=1&b=2\n", envelope())
    message = parsed(mail)
    assert message.get_content_type() == "multipart/alternative"
    assert '<a href="https://x.example/answer/1?a=1&amp;b=2">' in message.get_body(("html",)).get_content()
