"""A facilitator declines by mail: the coordinator is told, finds a stand-in, and calendars follow."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.network import Network
from matcher.domain.settings import NetworkSettings
from matcher.mail.message import Outgoing
from matcher.store.database import Database
from matcher.store.documents import store_document
from matcher.store.keys import add_key
from matcher.store.networks import add_network
from tests.answer_mails import Invitation, event, outlook
from tests.serving import Server
from tests.walkthrough.test_rota_story import document, publish

SETTINGS = {
    "channel": "invites", "hold_minutes": 0, "quiet_hours": None, "coordinator_email": "lead@net.example",
    "organizer_email": "peers@net.example", "mails_per_week": 100,
}  # fmt: skip


@pytest.fixture
def mail(tmp_path, monkeypatch):
    """A maildir to which people answer, and the folder into which mails are sent."""
    for name in ("new", "cur"):
        (tmp_path / "maildir" / name).mkdir(parents=True)
    monkeypatch.setenv("PEERLOOM_SECRET", "a long random text")
    monkeypatch.setenv("PEERLOOM_INBOX_MAILDIR", str(tmp_path / "maildir"))
    monkeypatch.setenv("PEERLOOM_MAIL", "file")
    monkeypatch.setenv("PEERLOOM_MAIL_FOLDER", str(tmp_path / "sent"))
    monkeypatch.setenv("PEERLOOM_DATABASE", f"sqlite:///{tmp_path}/peerloom.db")
    return tmp_path


@pytest.fixture
def server(mail):
    running = Server(mail, f"sqlite:///{mail}/peerloom.db")
    yield running
    if running.process.poll() is None:
        running.stop()


def sent(peerloom, folder):
    """What `peerloom mail send` sends now: messages by recipient."""
    known = set((folder / "sent").glob("*.eml"))
    peerloom(folder, "mail", "send")
    found = {}
    for path in sorted(set((folder / "sent").glob("*.eml")) - known, key=os.path.getmtime):
        data = path.read_bytes()
        to = data.partition(b"\r\nTo: ")[2].partition(b"\r\n")[0].decode()
        found.setdefault(to.rpartition("<")[2].rstrip(">").partition("@")[0], []).append(data)
    return found


def invitations(mails):
    return [Invitation.of(Outgoing("", "", "", data)) for data in mails]


def until(what):
    """Ask until there is an answer."""
    end = time.monotonic() + 60
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.2)
    return found


@pytest.mark.slow
def test_a_declined_turn_is_repaired(server, peerloom, mail):
    database = Database(f"sqlite:///{mail}/peerloom.db")
    today = datetime.now(UTC)
    with database.write() as connection:
        add_network(connection, "net", "Net", NetworkSettings(**SETTINGS), today)
        whole = document(today.date() + timedelta(days=7 - today.weekday()))
        for one in whole["members"]:
            one["email"] = f"{one['id']}@net.example"
        store_document(connection, NetworkSource.of(Network.model_validate(whole)), today)
        _, server.key = add_key(connection, "net", "test", today)
    database.close()
    publish(server, "pods")
    rota = publish(server, "rota")
    turns = server("GET", f"/v1/plans/{rota}/turns")["items"]
    own = next(one for one in turns if one["key"] == ["water"])
    session = own["id"].rsplit("-", 2)[0]

    first = next(
        one for one in invitations(sent(peerloom, mail)[own["member"]]) if one.uid.startswith(session)
    )
    text = event(first, "REPLY", "DECLINED", f"{today:%Y%m%dT%H%M%SZ}", more=["COMMENT:On leave\\, sorry"])
    (mail / "maildir" / "new" / "1.host").write_bytes(outlook(first, text, 1))
    (repair,) = until(lambda: server("GET", "/v1/repairs?state=open")["items"])
    assert (repair["kind"], repair["member"], repair["role"]) == ("turn", own["member"], "lead")
    (declined,) = server("GET", f"/v1/plans/{rota}/turns?declined=true")["items"]
    assert declined["id"] == own["id"]
    answers = server("GET", f"/v1/sessions/{session}")["answers"]
    assert (answers[own["member"]]["state"], answers[own["member"]]["note"]) == (
        "declined",
        "On leave, sorry",
    )
    told = sent(peerloom, mail)
    assert list(told) == ["lead"]
    assert b"has declined" in told["lead"][0]

    found = server("GET", f"/v1/repairs/{repair['id']}/stand-ins")
    assert (found["plan"], found["turn"]) == (rota, own["id"])
    other = next(one["member"] for one in found["explanation"]["stand_ins"] if one["gives"] is None)
    job = server("POST", f"/v1/plans/{rota}/swaps", {"turn": own["id"], "member": other})["job"]
    assert server.wait_for(job)["changed"] == 1
    closed = server("GET", f"/v1/repairs/{repair['id']}")
    assert (closed["state"], closed["closed_because"]) == ("closed", "Somebody else takes the turn.")
    assert other in sent(peerloom, mail)
    assert server.stop() == 0
