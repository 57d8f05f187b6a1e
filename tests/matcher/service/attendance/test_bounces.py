"""Reports of failed delivery: which mail failed, and which address gets no more."""

from __future__ import annotations

import pytest

from matcher.mail.tags import tag_of
from matcher.store.outbox import list_suppressions, unsuppress
from matcher.store.repairs import list_bounces
from tests.answer_mails import bounce


def suppressed(ours):
    with ours.here.database.read() as connection:
        return [(one.address, one.reason) for one in list_suppressions(connection, "net", "", 10)]


def counted(ours):
    with ours.here.database.read() as connection:
        return [(one.address, one.count, one.status) for one in list_bounces(connection, "net", "", 10)]


def test_an_address_that_fails_for_good_gets_no_more_mail(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    message = ours.take(bounce(first, 1))
    assert (message.kind, message.outcome, message.member) == ("bounce", "done", "ada")
    said = "Bounced: 5.1.1 550 5.1.1 No such user"
    assert suppressed(ours) == [("ada@mail.example", said)]
    failed = ours.here.mails("failed")
    assert [(mail.letter.uid, mail.problem) for mail in failed] == [(first.uid, said)]
    ours.here.later(hours=1)
    ours.here.publish(ours.here.plan(("ada", "gus")), narrow=True)
    assert list(ours.send()) == ["gus"]
    assert {mail.problem for mail in ours.here.mails("failed", "ada")} == {said}


def test_mail_goes_again_to_a_new_address_or_once_it_is_taken_off_the_list(correspond):
    ours = correspond()
    ours.take(bounce(ours.invitations()["ada"][0], 1))
    ours.here.set_email("ada", "new@mail.example")
    ours.here.later(hours=1)
    ours.here.publish(ours.here.plan(("ada", "gus")), narrow=True)
    assert sorted(ours.send()) == ["gus", "new"]
    ours.here.set_email("ada", "ada@mail.example")
    with ours.here.database.write() as connection:
        unsuppress(connection, "net", "ada@mail.example")
    ours.here.later(hours=1)
    ours.here.publish(ours.here.plan())
    assert "ada" in ours.send()


@pytest.mark.parametrize(
    ("change", "status", "failed"),
    [
        ({"status": "4.2.2", "action": "failed"}, "4.2.2", True),
        ({"status": "4.4.1", "action": "delayed"}, "4.4.1", False),
        ({"status": "5.1.1", "action": "delayed"}, "5.1.1", False),
    ],
)
def test_failures_that_may_pass_are_counted(correspond, change, status, failed):
    ours = correspond()
    first, second = ours.invitations()["ada"]
    ours.take(bounce(first, 1, **change))
    ours.take(bounce(second, 2, **change))
    assert (counted(ours), suppressed(ours)) == ([("ada@mail.example", 2, status)], [])
    assert len(ours.here.mails("failed")) == (2 if failed else 0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: one, "bad-signature"),
        (lambda one: one.replace(tag_of(one), tag_of(one)[:-1] + "0"), "bad-signature"),
        (lambda one: "robot@mail.example", "bad-signature"),
    ],
)
def test_a_report_counts_only_at_the_address_that_the_mail_was_sent_from(correspond, change, reason):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    first.bounces = change(first.organizer)
    message = ours.take(bounce(first, 1))
    assert (message.kind, message.outcome, message.reason) == ("bounce", "ignored", reason)
    assert suppressed(ours) == []


def test_a_report_of_success_changes_nothing(correspond):
    ours = correspond()
    message = ours.take(bounce(ours.invitations()["ada"][0], 1, "2.0.0", "delivered"))
    assert (message.outcome, message.reason) == ("ignored", "no-failure")


def test_the_status_is_found_in_what_the_server_said(correspond):
    ours = correspond()
    first, second = ours.invitations()["ada"]
    ours.take(bounce(first, 1, status="", said="smtp; 450 Come back later"))
    assert counted(ours) == [("ada@mail.example", 1, "4.0.0")]
    ours.take(bounce(second, 2, status="", said="smtp; 550 Never"))
    assert [address for address, _ in suppressed(ours)] == ["ada@mail.example"]


def test_without_signed_addresses_no_report_counts(correspond):
    ours = correspond(settings={"mail_tags": "off"})
    message = ours.take(bounce(ours.invitations()["ada"][0], 1))
    assert (message.outcome, message.reason, suppressed(ours)) == ("ignored", "not-signed", [])
