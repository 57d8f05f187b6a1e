"""The three ways in: a maildir, a mail server over SMTP and LMTP, and that each gives the same."""

from __future__ import annotations

import smtplib
import threading
from contextlib import closing

import pytest

from matcher.domain.errors import InputError
from matcher.service.attendance import inbox
from matcher.service.attendance.listener import open_listener
from matcher.service.attendance.maildir import Collector, check_maildir, collect
from matcher.store.database import DatabaseUnavailable
from tests.answer_mails import event, google, outlook


@pytest.fixture
def maildir(tmp_path):
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


def reply(ours, invitation, partstat="ACCEPTED", number=1, program=google):
    return program(invitation, event(invitation, "REPLY", partstat, ours.stamp()), number)


def test_new_messages_of_a_maildir_are_read_once_and_marked(correspond, maildir):
    ours = correspond()
    mine = ours.invitations()
    (maildir / "new" / "1.host").write_bytes(reply(ours, mine["ada"][0]))
    (maildir / "new" / "2.host:2,").write_bytes(reply(ours, mine["gus"][0], "DECLINED", 2))
    (maildir / "new" / "3.host").write_bytes(b"Subject: Hello\n\nI cannot find the room.\n")
    (maildir / "new" / ".hidden").write_bytes(b"not yet")
    found = collect(ours.services, maildir)
    assert [one.outcome for one in found] == ["done", "done", "ignored"]
    assert (ours.answer("ada"), ours.answer("gus")) == ("accepted", "declined")
    assert sorted(path.name for path in (maildir / "cur").iterdir()) == [
        "1.host:2,S",
        "2.host:2,S",
        "3.host:2,S",
    ]
    assert collect(ours.services, maildir) == []


def test_a_message_that_was_read_but_not_moved_does_nothing_twice(correspond, maildir):
    ours = correspond()
    data = reply(ours, ours.invitations()["ada"][0])
    (maildir / "new" / "1").write_bytes(data)
    collect(ours.services, maildir)
    (maildir / "new" / "1").write_bytes(b"Received: again\r\n" + data)
    assert [one.seen for one in collect(ours.services, maildir)] == [2]


def test_messages_wait_while_the_database_is_away(correspond, maildir, monkeypatch):
    ours = correspond()
    (maildir / "new" / "1").write_bytes(reply(ours, ours.invitations()["ada"][0]))

    def away(*_):
        raise DatabaseUnavailable("not now")

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_stored", away)
        with pytest.raises(DatabaseUnavailable):
            collect(ours.services, maildir)
    assert ours.answer("ada") is None
    assert [one.outcome for one in collect(ours.services, maildir)] == ["done"]


def test_too_large_messages_are_told_and_not_read(correspond, maildir):
    ours = correspond(settings={"inbox_megabytes": 1})
    (maildir / "new" / "1").write_bytes(b"Subject: large\r\n\r\n" + b"a" * 3_000_000)
    assert [one.reason for one in collect(ours.services, maildir)] == ["too-large"]


def test_a_folder_that_is_no_maildir_is_refused(correspond, tmp_path):
    with pytest.raises(InputError, match="is no maildir"):
        check_maildir(tmp_path)


def test_a_server_collects_by_itself(correspond, maildir):
    ours = correspond(settings={"inbox_maildir": maildir})
    (maildir / "new" / "1").write_bytes(reply(ours, ours.invitations()["ada"][0]))
    collector = Collector(ours.services, every_seconds=0.02)
    collector.start()
    try:
        stop = threading.Event()
        for _ in range(500):
            if ours.answer("ada") == "accepted" and not list((maildir / "new").iterdir()):
                break
            stop.wait(0.02)
    finally:
        collector.stop()
    assert ours.answer("ada") == "accepted"


@pytest.fixture
def listening(correspond):
    """Makes a correspondence with a listener; gives it and where it listens."""
    started = []

    def make(protocol="smtp", **settings):
        ours = correspond(settings={"inbox_listen": f"{protocol}://127.0.0.1:0", **settings})
        listener = open_listener(ours.services)
        address = listener.start()
        started.append(listener)
        assert address.startswith(f"{protocol}://127.0.0.1:")
        return ours, int(address.rpartition(":")[2])

    yield make
    for one in started:
        one.stop()


def client(protocol, port):
    kind = smtplib.LMTP if protocol == "lmtp" else smtplib.SMTP
    return closing(kind("127.0.0.1", port, local_hostname="test"))


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
def test_a_mail_server_hands_answers_over(listening, protocol):
    ours, port = listening(protocol)
    first = ours.invitations()["ada"][0]
    with client(protocol, port) as server:
        server.sendmail(
            "ada@mail.example", [first.organizer], reply(ours, first, "TENTATIVE", program=outlook)
        )
    assert ours.answer("ada") == "tentative"
    (row,) = ours.messages()
    assert (row.source, row.outcome) == ("smtp", "done")


def test_mail_for_others_is_refused(listening):
    _, port = listening()
    with client("smtp", port) as server, pytest.raises(smtplib.SMTPRecipientsRefused) as error:
        server.sendmail("ada@mail.example", ["somebody@else.example"], b"Subject: Hello\r\n\r\nText")
    assert error.value.recipients["somebody@else.example"][0] == 550
    with client("smtp", port) as server:
        server.sendmail("x@mail.example", ["Robot+anything@MAIL.example"], b"Subject: Hello\r\n\r\nText")


def test_the_address_of_the_envelope_is_enough(listening):
    ours, port = listening()
    first = ours.invitations()["ada"][0]
    tagged, first.organizer = first.organizer, "peerloom@localhost.localdomain"
    with client("smtp", port) as server:
        server.sendmail("ada@mail.example", [tagged], reply(ours, first))
    assert ours.answer("ada") == "accepted"


def test_messages_that_are_too_large_are_refused_at_the_door(listening):
    _, port = listening(inbox_megabytes=1)
    with client("smtp", port) as server, pytest.raises(smtplib.SMTPResponseException) as error:
        server.sendmail("x@mail.example", ["robot@mail.example"], b"Subject: a\r\n\r\n" + b"a\r\n" * 500_000)
    assert error.value.smtp_code == 552


def test_over_lmtp_each_recipient_has_an_answer(listening):
    ours, port = listening("lmtp")
    first, second = ours.invitations()["ada"]
    with client("lmtp", port) as server:
        refused = server.sendmail("x@mail.example", [first.organizer, second.organizer], reply(ours, first))
    assert {who: code for who, (code, _) in refused.items()} == {second.organizer: 452}


def test_a_database_that_is_away_lets_the_mail_server_try_again(listening, monkeypatch):
    ours, port = listening()
    first = ours.invitations()["ada"][0]

    def away(*_):
        raise DatabaseUnavailable("not now")

    with client("smtp", port) as server, monkeypatch.context() as patch:
        patch.setattr(inbox, "_stored", away)
        with pytest.raises(smtplib.SMTPDataError) as error:
            server.sendmail("ada@mail.example", [first.organizer], reply(ours, first))
    assert error.value.smtp_code == 451


def test_an_address_that_is_taken_is_told_in_a_sentence(listening):
    ours, port = listening()
    taken = ours.settings.model_copy(update={"inbox_listen": f"smtp://127.0.0.1:{port}"})
    object.__setattr__(ours.services, "settings", taken)
    with pytest.raises(InputError, match="PEERLOOM_INBOX_LISTEN"):
        open_listener(ours.services).start()


def test_what_nobody_thought_of_is_told_as_our_fault_and_may_come_again(correspond, monkeypatch):
    ours = correspond()
    data = reply(ours, ours.invitations()["ada"][0])

    def broken(*_):
        raise RuntimeError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_answered", broken)
        assert ours.take(data).reason == "internal"
    assert ours.answer("ada") is None
    again = ours.take(data)
    assert (again.outcome, again.seen, ours.answer("ada")) == ("done", 1, "accepted")


def test_of_two_processes_with_one_message_one_handles_it(correspond):
    ours = correspond()
    first, second = ours.invitations()["ada"]
    messages = [reply(ours, one, number=number) for number, one in enumerate([first, second] * 2)]
    messages += messages
    start, found = threading.Barrier(len(messages)), []

    def hand_in(data):
        start.wait()
        found.append(ours.take(data))

    threads = [threading.Thread(target=hand_in, args=(data,)) for data in messages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.outcome for one in found} == {"done"}
    rows = ours.messages()
    assert len(rows) == len({one.id for one in found}) == 4
    assert sum(one.seen for one in rows) == 8
    assert (ours.answer("ada"), ours.answer("ada", 1)) == ("accepted", "accepted")
