"""Senders, and a whole pass over the outbox, against a real SMTP server and real files."""

from __future__ import annotations

import io
import shutil
import socket
import ssl
import subprocess
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from matcher.mail.message import Outgoing
from matcher.mail.senders import ConsoleSender, FolderSender, NotSent, Refused, SmtpSender, sender_of
from matcher.settings import Settings


def mail(number=1, to="ada@one.example"):
    data = f"Subject: {number}\r\n\r\n.dot\r\nText\r\n".encode()
    return Outgoing(f"<{number}@x.example>", "robot@x.example", to, data)


class Sink:
    """What a server was given; `answers`: what it says to an address or to a message instead of yes."""

    def __init__(self):
        self.envelopes = []
        self.answers = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if b"Subject: bad" in envelope.content:
            return "552 too large"
        self.envelopes.append(envelope)
        return "250 OK"


class FreePort(Controller):
    """On any free port: `port` is the one it got."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def smtp():
    """Starts an SMTP server on a free port; gives the settings that reach it, and what it got."""
    running = []

    def start(**options):
        sink = Sink()
        controller = FreePort(sink, hostname="127.0.0.1", port=0, **options)
        controller.start()
        running.append(controller)
        return sink, Settings(mail="smtp", smtp_port=controller.port)

    yield start
    for controller in running:
        controller.stop()


def test_mails_arrive_as_they_are_over_one_connection(smtp):
    sink, settings = smtp()
    sender = sender_of(settings)
    for number in range(3):
        sender.send(mail(number))
    sender.close()
    assert [one.content for one in sink.envelopes] == [mail(number).data for number in range(3)]
    assert {one.mail_from for one in sink.envelopes} == {"robot@x.example"}
    sender.send(mail(4))  # opens again
    sender.close()
    assert len(sink.envelopes) == 4


def test_refusals_for_good_and_for_now_are_told_apart(smtp):
    sink, settings = smtp()
    sink.answers = {"gone@x.example": "550 no such user", "full@x.example": "452 mailbox full"}
    sender = SmtpSender(settings)
    with pytest.raises(Refused, match="550 no such user") as refused:
        sender.send(mail(to="gone@x.example"))
    assert refused.value.address
    with pytest.raises(Refused, match="552") as refused:
        sender.send(mail("bad"))
    assert not refused.value.address
    with pytest.raises(NotSent, match="452") as waits:
        sender.send(mail(to="full@x.example"))
    assert not waits.value.server
    sender.send(mail())
    assert len(sink.envelopes) == 1
    sender.close()


def test_a_server_that_is_not_there_is_told_of():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotSent, match="cannot be reached") as waits:
        SmtpSender(Settings(smtp_port=port)).send(mail())
    assert waits.value.server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate of localhost that signs itself: certificate and key in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing: install the Debian package openssl")
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", file, "-out", f"{file}.crt",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    file.write_bytes(file.read_bytes() + file.with_name("localhost.pem.crt").read_bytes())
    return file


def test_starttls_and_login_come_before_any_mail(smtp, certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def check(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"me", b"secret"))

    sink, plain = smtp(tls_context=context, require_starttls=True, auth_required=True, authenticator=check)
    good = {"smtp_tls": "starttls", "smtp_host": "localhost", "smtp_user": "me", "smtp_password": "secret"}
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    sender = SmtpSender(plain.model_copy(update=good))
    sender.send(mail())
    sender.close()
    assert len(sink.envelopes) == 1
    for wrong in ({"smtp_password": "guess"}, {"smtp_tls": "none"}):
        with pytest.raises(NotSent) as waits:
            SmtpSender(plain.model_copy(update={**good, **wrong})).send(mail())
        assert waits.value.server
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(NotSent, match="certificate"):  # nobody vouches for it now
        SmtpSender(plain.model_copy(update=good)).send(mail())
    assert len(sink.envelopes) == 1


def test_a_folder_holds_one_file_for_each_mail_however_often_it_is_sent(tmp_path):
    sender = FolderSender(tmp_path / "mails")
    for number in (1, 2, 1):
        sender.send(mail(number))
    sender.close()
    files = sorted((tmp_path / "mails").iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert {file.read_bytes() for file in files} == {mail(1).data, mail(2).data}


def test_a_folder_that_cannot_be_written_is_told_of(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotSent, match="cannot be written"):
        FolderSender(tmp_path / "file").send(mail())


def test_the_console_shows_heads():
    stream = io.StringIO()
    ConsoleSender(stream).send(mail())
    assert stream.getvalue() == "--- mail to ada@one.example\nSubject: 1\n\n"


def test_mail_may_be_off():
    assert sender_of(Settings(mail="off")) is None


def test_what_is_parsed_is_what_was_sent(smtp):
    sink, settings = smtp()
    SmtpSender(settings).send(mail())
    assert message_from_bytes(sink.envelopes[0].content)["Subject"] == "1"
