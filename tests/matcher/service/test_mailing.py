"""The outbox: hold time, quiet hours, limits, failures, and that nothing is lost or doubled."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import update

from matcher.domain.settings import Channel, QuietHours
from matcher.mail.senders import NotSent, Refused
from matcher.mail.timing import RETRIES
from matcher.service.mailing import LEASE
from matcher.service.retraction import retract
from matcher.store.outbox import claim, due_mails, list_suppressions, unsuppress
from matcher.store.tables import members, outbox


def invited(world, *pairs, **settings):
    here = world(**{"channel": "invites", **settings})
    here.publish(here.plan(*(pairs or (("ada", "gus"),))))
    return here


def test_each_person_gets_one_request_per_session(world):
    here = invited(world)
    assert here.send().sent == 4
    uids = {s.uid for s in here.sessions()}
    assert sorted(here.take_sent()) == sorted(
        (person, "request", uid, 0) for person in ("ada", "gus") for uid in uids
    )
    assert here.send().looked == 0
    assert {one.state for one in here.mails()} == {"sent"}
    assert len({one.letter.message_id for one in here.mails()}) == 4


def test_mails_are_held_and_changes_meanwhile_become_one(world):
    here = invited(world, ("ada", "gus"), hold_minutes=60)
    here.later(minutes=30)
    assert here.send().looked == 0
    here.publish(here.plan(("ada", "gus")), narrow=True)
    moved = {s.uid: s.sequence for s in here.sessions()}
    assert set(moved.values()) == {1}
    here.later(minutes=59)
    assert here.send().looked == 0  # the hold time begins anew with each change
    here.later(minutes=1)
    here.send()
    assert sorted(here.take_sent()) == sorted(
        (person, "request", uid, 1) for person in ("ada", "gus") for uid in moved
    )


def test_what_was_never_sent_needs_no_cancellation(world):
    here = world(channel="invites", hold_minutes=60)
    one = here.plan(("ada", "gus"))
    here.publish(one)
    here.later(minutes=1)
    here.retract(one)
    here.later(days=1)
    assert here.send().looked == 0
    assert {mail.state for mail in here.mails()} == {"withdrawn"}


def test_what_was_sent_is_cancelled_for_exactly_those_concerned(world):
    here = invited(world, ("ada", "gus"), ("ben", "hal"))
    here.send()
    here.take_sent()
    here.later(hours=1)
    here.publish(here.plan(("ada", "gus"), ("ben", "ivy")))
    here.send()
    sent = here.take_sent()
    assert sorted((person, method, seq) for person, method, _, seq in sent) == sorted(
        [("ben", "cancel", 1), ("hal", "cancel", 1), ("ben", "request", 0), ("ivy", "request", 0)] * 2
    )


def test_a_change_that_is_taken_back_within_the_hold_time_is_no_mail(world):
    here = invited(world)
    here.send()
    here.take_sent()
    here.change(hold_minutes=60)
    two = here.plan()
    here.publish(two)
    assert len(here.mails("held")) == 4
    here.later(minutes=5)
    here.retract(two)
    here.later(days=1)
    assert here.send().looked == 0
    assert {s.sequence for s in here.sessions()} == {2}


def test_nothing_is_sent_in_the_quiet_hours_of_the_readers_own_zone(world):
    here = world(channel="invites", quiet_hours=QuietHours())
    with here.database.write() as connection:
        body = '"time_zone":"Asia/Tokyo"'
        row = connection.execute(members.select().where(members.c.id == "gus")).one()
        connection.execute(
            update(members)
            .where(members.c.id == "gus")
            .values(body=row.body.replace('"time_zone":"Europe/Berlin"', body))
        )
    here.now = datetime(2026, 9, 1, 13, 0, tzinfo=UTC)  # 15:00 in Berlin, 22:00 in Tokyo
    here.publish(here.plan(("ada", "gus")))
    done = here.send()
    assert (done.sent, done.waiting) == (2, 2)
    assert {person for person, *_ in here.take_sent()} == {"ada"}
    assert {mail.letter.due_at for mail in here.mails("held")} == {datetime(2026, 9, 1, 22, 0, tzinfo=UTC)}
    here.now = datetime(2026, 9, 1, 22, 0, tzinfo=UTC)
    assert here.send().sent == 2


def test_invitations_beyond_the_weekly_limit_wait_and_cancellations_do_not(world):
    here = world(channel="invites", mails_per_week=3)
    one = here.plan(("ada", "gus"), ("ada", "hal"))
    here.publish(one)
    done = here.send()
    assert (done.sent, done.waiting) == (3 + 2 + 2, 1)
    (waiting,) = here.mails("held")
    assert waiting.letter.due_at == here.now + timedelta(days=7)
    assert "3 mails went" in waiting.problem
    starts = [s.start for s in here.sessions(member="ada")]
    assert waiting.letter.starts_at == max(starts)  # the latest session can wait best
    here.take_sent()
    here.later(days=1)
    here.retract(one)
    here.send()
    assert sorted(person for person, method, *_ in here.take_sent() if method == "cancel") == sorted(
        ["ada"] * 3 + ["gus", "hal"] * 2
    )


def test_an_invitation_to_what_has_begun_is_withdrawn(world):
    here = invited(world, hold_minutes=60)
    here.now = max(s.start for s in here.sessions())
    assert here.send().withdrawn == 4
    assert {"began" in mail.problem for mail in here.mails("withdrawn")} == {True}


def test_a_member_without_an_address_is_told_of(world):
    here = world(channel="invites")
    here.set_email("gus", None)
    here.publish(here.plan(("ada", "gus")))
    assert here.send().failed == 2
    assert {mail.problem for mail in here.mails("failed", "gus")} == {"The member has no e-mail address."}


def test_an_address_that_is_refused_for_good_gets_nothing_more_until_it_is_freed(world):
    here = invited(world)
    here.sender.fault = Refused("550 no such user", address=True)
    assert here.send().failed == 4
    with here.database.read() as connection:
        rows = list_suppressions(connection, "net", "", 10)
    assert [row.address for row in rows] == ["ada@mail.example", "gus@mail.example"]
    here.sender.fault = None
    here.later(hours=1)
    here.publish(here.plan(("ada", "hal")))
    assert (here.send().sent, {mail.problem for mail in here.mails("failed")}) == (2, {"550 no such user"})
    with here.database.write() as connection:
        unsuppress(connection, "net", "ADA@mail.example")
    here.take_sent()
    here.publish(here.plan(("ada", "ivy")))
    here.send()
    assert {person for person, *_ in here.take_sent()} == {"ada", "hal", "ivy"}


def test_a_mail_that_is_refused_for_its_content_does_not_block_the_address(world):
    here = invited(world)
    here.sender.fault = Refused("552 too large", address=False)
    assert here.send().failed == 4
    with here.database.read() as connection:
        assert list_suppressions(connection, "net", "", 10) == []


def test_failures_that_may_pass_are_tried_again_ever_later_and_then_given_up(world):
    here = invited(world)
    here.now = datetime(2026, 8, 1, tzinfo=UTC)
    with here.database.write() as connection:
        connection.execute(update(outbox).values(due_at=here.now))
    here.sender.fault = NotSent("451 try later", server=False)
    for wait in RETRIES:
        assert here.send().waiting == 4
        assert {mail.letter.due_at for mail in here.mails("held")} == {here.now + wait}
        here.now += wait
    assert here.send().failed == 4
    assert {(mail.attempts, mail.problem) for mail in here.mails("failed")} == {
        (len(RETRIES) + 1, "451 try later")
    }


def test_a_server_that_cannot_be_reached_is_tried_once_a_pass(world):
    here = invited(world)
    here.sender.fault = NotSent("cannot be reached", server=True)
    done = here.send()
    assert (done.waiting, done.ended) == (1, True)
    assert sorted(mail.attempts for mail in here.mails("held")) == [0, 0, 0, 1]
    here.sender.fault = None
    assert here.send().sent == 3
    here.later(minutes=1)
    assert here.send().sent == 1


def test_a_claim_whose_owner_died_is_sent_again_with_the_same_message_id(world):
    here = invited(world)
    with here.database.write() as connection:
        dead = due_mails(connection, here.now, 1)[0]
        claim(connection, dead, "dead", "x@y.example", here.now + LEASE)
    assert here.send("other").sent == 3
    assert dead.letter.message_id not in {mail.message_id for mail in here.sender.sent}
    here.later(seconds=LEASE.total_seconds())
    assert here.send("other").sent == 1
    assert here.sender.sent[-1].message_id == dead.letter.message_id
    assert {mail.state for mail in here.mails()} == {"sent"}


def test_two_dispatchers_share_the_work(world):
    here = invited(world, *((one, "gus") for one in ("ada", "ben", "cem")))
    threads = [threading.Thread(target=here.send, args=(f"owner {number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [mail.message_id for mail in here.sender.sent]
    assert len(ids) == len(set(ids)) == 12


def test_a_mail_does_not_leave_while_its_session_is_being_taken_back(world):
    here = world(channel="invites")
    one = here.plan(("ada", "gus"))
    here.publish(one)
    dispatcher = threading.Thread(target=here.send)
    with here.database.write() as connection:
        retract(connection, "net", one, here.now)
        dispatcher.start()
        time.sleep(0.3)
    dispatcher.join()
    assert here.sender.sent == []
    assert {mail.state for mail in here.mails()} == {"withdrawn"}


def test_a_switch_of_channel_withdraws_what_was_mailed(world):
    here = invited(world, hold_minutes=60)
    here.later(hours=1)
    here.send()
    here.take_sent()
    here.switch("ada", Channel.FEED)
    here.later(hours=1)
    here.send()
    sent = here.take_sent()
    assert {(person, method, seq) for person, method, _, seq in sent} == {("ada", "cancel", 1)}
    here.switch("ada", Channel.INVITES)
    here.later(hours=1)
    here.send()
    assert {(person, method, seq) for person, method, _, seq in here.take_sent()} == {("ada", "request", 2)}


def test_a_switch_before_anything_was_sent_is_silent(world):
    here = invited(world, hold_minutes=60)
    here.switch("ada", Channel.FEED)
    here.later(hours=2)
    here.send()
    assert {person for person, *_ in here.take_sent()} == {"gus"}


@pytest.mark.parametrize("shown", [True, False])
def test_other_addresses_are_listed_only_where_the_network_allows_it(world, shown):
    here = invited(world, show_addresses=shown)
    here.send()
    to_ada = next(mail for mail in here.sender.sent if mail.recipient == "ada@mail.example")
    parts = list(message_from_bytes(to_ada.data).walk())
    calendar = next(part for part in parts if part.get_content_type() == "text/calendar")
    assert (b"gus@mail.example" in calendar.get_payload(decode=True).replace(b"\r\n ", b"")) is shown
