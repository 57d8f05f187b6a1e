"""Answers: who sent them, what they are about, and which of them count."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes

import pytest

from matcher.domain.settings import NetworkSettings
from matcher.mail.tags import tag_of, untagged
from matcher.store.networks import add_network
from tests.answer_mails import PROGRAMS, Invitation, bare, event, google


def outcome(message):
    return message.kind, message.outcome, message.reason


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(
    ("partstat", "state"), [("ACCEPTED", "accepted"), ("DECLINED", "declined"), ("TENTATIVE", "tentative")]
)
def test_answers_of_every_program_are_stored(correspond, program, partstat, state):
    ours = correspond()
    first, second = ours.invitations()["ada"]
    assert outcome(ours.reply(first, partstat, program)) == ("reply", "done", None)
    assert (ours.answer("ada"), ours.answer("ada", 1), ours.answer("gus")) == (state, None, None)
    (row,) = ours.messages()
    assert (row.uid, row.member, row.sender, row.seen) == (first.uid, "ada", "ada@mail.example", 1)
    assert first.uid != second.uid


def test_every_person_and_session_has_an_address_of_its_own(correspond):
    ours = correspond()
    found = ours.invitations()
    organizers = {one.organizer for mails in found.values() for one in mails}
    bounces = {one.bounces for mails in found.values() for one in mails}
    assert len(organizers) == len(bounces) == 4
    assert {untagged(one) for one in organizers} == {"peerloom@localhost.localdomain"}
    assert {untagged(one) for one in bounces} == {"robot@mail.example"}
    assert all(len(one.partition("@")[0]) <= 64 for one in (*organizers, *bounces))


def test_the_same_message_does_nothing_twice(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    one = ours.reply(first, "ACCEPTED", number=1, stamp="20260901T120000Z")
    ours.here.later(hours=1)
    ours.reply(first, "DECLINED", number=2)
    again = ours.reply(first, "ACCEPTED", number=1, stamp="20260901T120000Z")
    assert (again.id, again.seen, ours.answer("ada")) == (one.id, 2, "declined")
    assert len(ours.messages()) == 2


def test_a_forged_message_does_not_spend_the_true_one(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    forged = ours.reply(
        first, "DECLINED", number=1, organizer="peerloom@localhost.localdomain", sender="eve@x.example"
    )
    assert forged.outcome == "ignored"
    assert outcome(ours.reply(first, "DECLINED", number=1)) == ("reply", "done", None)


def test_later_answers_count_and_older_ones_do_not(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    ours.here.later(hours=2)
    ours.reply(first, "DECLINED")
    old = f"{ours.here.now - timedelta(hours=1):%Y%m%dT%H%M%SZ}"
    assert outcome(ours.reply(first, "ACCEPTED", stamp=old)) == ("reply", "ignored", "older-answer")
    assert ours.answer("ada") == "declined"
    ours.here.later(minutes=1)
    ours.reply(first, "ACCEPTED")
    assert ours.answer("ada") == "accepted"


def test_a_clock_that_is_ahead_does_not_shut_its_owner_out(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    ours.reply(first, "DECLINED", stamp="20991231T000000Z")
    ours.here.later(minutes=1)
    ours.reply(first, "ACCEPTED")
    assert ours.answer("ada") == "accepted"


def plain_organizer(one):
    return {"organizer": untagged(one.organizer)}


def of_somebody_else(one):
    return {"organizer": one.organizer.replace(tag_of(one.organizer), "a" * 26)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: {"sender": "eve@mail.example"}, "wrong-sender"),
        (lambda one: {"attendee": "eve@mail.example", "sender": "eve@mail.example"}, "not-invited"),
        (lambda one: {"attendee": "ben@mail.example", "sender": "ben@mail.example"}, "not-invited"),
        (lambda one: {"attendee": "gus@mail.example", "sender": "gus@mail.example"}, "bad-signature"),
        (lambda one: {"uid": "nobody@knows"}, "unknown-event"),
        (lambda one: {"partstat": "DELEGATED"}, "no-answer"),
        (lambda one: {"partstat": ""}, "no-answer"),
        (lambda one: {"sequence": 9}, "unknown-version"),
        (lambda one: {"more": ["RECURRENCE-ID:20200101T000000Z"]}, "other-occurrence"),
        (lambda one: {"method": "REQUEST"}, "not-an-answer"),
        (lambda one: {"uid": ""}, "no-uid"),
    ],
)
def test_what_does_not_count_is_ignored_with_its_reason(correspond, change, reason):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    message = ours.reply(first, **change(first))
    assert (message.outcome, message.reason) == ("ignored", reason)
    assert ours.answer("ada") is None


@pytest.mark.parametrize("change", [plain_organizer, of_somebody_else])
def test_an_answer_must_come_to_the_address_that_was_made_for_it(correspond, change):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    first.organizer = change(first)["organizer"]
    assert outcome(ours.reply(first)) == ("reply", "ignored", "bad-signature")


def test_the_address_may_stand_in_any_header_of_delivery(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    tagged, first.organizer = first.organizer, untagged(first.organizer)
    data = bare(first, event(first, "REPLY", "ACCEPTED", ours.stamp()), 7)
    assert ours.take(data).reason == "bad-signature"
    assert (
        ours.take(
            b"Delivered-To: " + tagged.upper().encode() + b"\r\n" + data.replace(b"<7@", b"<8@")
        ).outcome
        == "done"
    )
    assert ours.take(data.replace(b"<7@", b"<9@"), came_to=[tagged]).outcome == "done"


def test_without_a_secret_nothing_is_signed_and_no_answer_counts(correspond):
    ours = correspond(settings={"mail_tags": "off"})
    first = ours.invitations()["ada"][0]
    assert (tag_of(first.organizer), first.bounces) == ("", "robot@mail.example")
    assert outcome(ours.reply(first)) == ("reply", "ignored", "not-signed")


def test_answers_to_a_time_that_the_session_has_no_more_are_stale(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    ours.reply(first)
    ours.here.later(hours=1)
    ours.here.publish(ours.here.plan(("ada", "gus")), narrow=True)
    assert outcome(ours.reply(first, "DECLINED")) == ("reply", "ignored", "stale")
    moved = ours.invitations()["ada"][0]
    assert (moved.uid, moved.sequence) == (first.uid, 1)
    assert outcome(ours.reply(first, "DECLINED")) == ("reply", "ignored", "stale")
    assert outcome(ours.reply(moved, "DECLINED")) == ("reply", "done", None)


def test_an_answer_to_an_older_version_at_the_same_time_counts(correspond):
    ours = correspond()
    here = ours.here
    here.publish(here.pods(water=("ben", "cem", "dee")))
    first = ours.invitations()["ben"][0]
    here.later(hours=1)
    here.publish(here.pods(water=("ben", "cem", "dee", "ivy")))  # SEQUENCE rises, and nobody else is told
    assert outcome(ours.reply(first)) == ("reply", "done", None)


def test_cancelled_and_past_sessions_take_no_answers(correspond):
    ours = correspond()
    first, second = ours.invitations()["ada"]
    ours.here.later(days=10)
    assert outcome(ours.reply(first)) == ("reply", "ignored", "over")
    ours.here.publish(ours.here.plan())
    ours.send()
    assert outcome(ours.reply(second)) == ("reply", "ignored", "cancelled")


def test_who_changed_their_address_may_answer_at_both(correspond):
    ours = correspond()
    first, second = ours.invitations()["ada"]
    ours.here.set_email("ada", "new@mail.example")
    assert ours.reply(first).outcome == "done"
    second.attendee = "new@mail.example"
    assert ours.reply(second).outcome == "done"


def partstat(mail):
    data = message_from_bytes(mail.data).get_payload(1).get_payload(decode=True)
    return next(word for word in data.decode().replace("\r\n ", "").split(";") if word.startswith("PARTSTAT"))


def test_later_requests_keep_an_answer_until_the_time_changes(correspond):
    ours = correspond()
    first, _ = ours.invitations()["ada"]
    ours.reply(first, "TENTATIVE")
    ours.here.later(minutes=1)
    assert ours.reply(first, "", method="REFRESH").outcome == "done"
    (again,) = ours.send()["ada"]
    assert Invitation.of(again).uid == first.uid
    assert partstat(again) == "PARTSTAT=TENTATIVE"
    ours.here.later(hours=1)
    ours.here.publish(ours.here.plan(("ada", "gus")), narrow=True)
    assert {partstat(mail) for mail in ours.send()["ada"]} == {"PARTSTAT=NEEDS-ACTION"}


def test_a_network_sees_its_own_sessions_only(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    with ours.here.database.write() as connection:
        add_network(connection, "elsewhere", "Elsewhere", NetworkSettings(), ours.here.now)
    data = google(first, event(first, "REPLY", "ACCEPTED", ours.stamp()), 5)
    assert outcome(ours.take(data, network="elsewhere")) == ("reply", "ignored", "unknown-event")
    assert outcome(ours.take(data, network="net")) == ("reply", "done", None)
