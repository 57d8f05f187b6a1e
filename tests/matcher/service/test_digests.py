"""Mails about changes to readers of a feed: at once, once a day, once a week, or of turns only."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

import pytest

from matcher.domain.settings import Channel, Notices
from matcher.mail.timing import next_digest
from matcher.service.mail_links import set_notices
from matcher.store.errors import NotFound


def choose(here, person, notices):
    with here.database.write() as connection:
        set_notices(connection, "net", person, notices)


def sent(here):
    """(recipient's id, subject, text) of mails sent since last asked."""
    found = [email.message_from_bytes(one.data, policy=email.policy.default) for one in here.sender.sent]
    here.sender.sent.clear()
    return [
        (mail["To"].addresses[0].username, mail["Subject"], mail.get_body(("plain",)).get_content())
        for mail in found
    ]


@pytest.fixture
def here(world):
    """Ada wants to know all at once, ben daily, gus weekly; hal chose nothing."""
    made = world()
    choose(made, "ada", Notices.ALL)
    choose(made, "ben", Notices.DAILY)
    choose(made, "gus", Notices.WEEKLY)
    return made


def test_each_reader_hears_when_they_chose_to(here):
    here.publish(here.plan(("ada", "gus"), ("ben", "hal")))  # on a Tuesday at noon, UTC
    here.send()
    ((who, subject, text),) = sent(here)
    assert (who, subject) == ("ada", "Your sessions have changed")
    assert text.count("New: Mentoring: Ada and Gus") == 2
    here.now = datetime(2026, 9, 2, 5, 59, tzinfo=UTC)  # 7:59 in Berlin
    here.send()
    assert sent(here) == []
    here.later(minutes=1)
    here.send()
    ((who, _, text),) = sent(here)
    assert who == "ben"
    assert text.count("New:") == 2
    assert here.send().sent == 0


def test_a_digest_tells_the_sum_of_all_changes_once(here):
    first = here.plan(("ada", "gus"), ("ben", "hal"))
    here.publish(first)
    here.later(hours=1)
    here.publish(here.plan(("ada", "gus"), ("ben", "ivy")))
    here.later(hours=1)
    assert len(here.mails("held", "ben")) == 1
    here.now = datetime(2026, 9, 2, 6, 0, tzinfo=UTC)
    here.send()
    told = {who: text for who, _, text in sent(here)}
    assert told["ben"].count("Mentoring: Ben and Ivy") == 2
    assert "Hal" not in told["ben"]  # came and went between two digests


def test_what_is_taken_back_before_a_digest_is_no_news(here):
    plan = here.plan(("ben", "hal"))
    here.publish(plan)
    here.retract(plan)
    here.now = datetime(2026, 9, 2, 6, 0, tzinfo=UTC)
    assert here.send().withdrawn == 1
    assert sent(here) == []


def test_what_is_near_does_not_wait_for_a_digest(world):
    here = world()
    choose(here, "gus", Notices.WEEKLY)
    here.now = datetime(2026, 9, 8, 12, tzinfo=UTC)  # a Tuesday; the next digest would go on the 14th
    here.publish(here.plan(("ada", "gus")))
    assert min(one.start for one in here.sessions(member="gus")) < datetime(2026, 9, 14, 6, tzinfo=UTC)
    assert [one.letter.due_at for one in here.mails("held", "gus")] == [here.now]


def test_a_moved_session_is_told_with_both_times(here):
    here.publish(here.plan(("ada", "gus")))
    here.send()
    sent(here)
    before = {one.uid: one.start for one in here.sessions()}
    here.publish(here.plan(("ada", "gus")), narrow=True)
    moved = [one for one in here.sessions() if before[one.uid] != one.start]
    here.send()
    text = {who: text for who, _, text in sent(here)}["ada"]
    assert text.count("Changed: Mentoring: Ada and Gus") == len(moved) > 0
    assert "(before: Mentoring: Ada and Gus" in text


def test_who_chose_nothing_hears_of_turns_only(here):
    here.publish(here.plan(("ben", "hal")))
    assert here.mails(member="hal") == []


def test_readers_of_invites_are_told_by_those(here):
    here.publish(here.plan(("ada", "gus")))
    here.send()
    sent(here)
    here.switch("ada", Channel.INVITES)
    here.send()
    assert {subject.partition(":")[0] for _, subject, _ in sent(here)} == {"Invitation"}
    here.publish(here.plan(("ada", "hal")))
    here.send()
    assert "Your sessions have changed" not in [subject for who, subject, _ in sent(here) if who == "ada"]


def test_strangers_choose_nothing(here):
    with pytest.raises(NotFound):
        choose(here, "nobody", Notices.DAILY)


@pytest.mark.parametrize(
    ("moment", "weekly", "zone", "wanted"),
    [
        ("2026-09-01T05:59", False, "Europe/Berlin", "2026-09-01T06:00"),
        ("2026-09-01T06:00", False, "Europe/Berlin", "2026-09-02T06:00"),
        ("2026-09-01T06:00", True, "Europe/Berlin", "2026-09-07T06:00"),
        ("2026-10-24T12:00", False, "Europe/Berlin", "2026-10-25T07:00"),  # clocks went back
        ("2026-09-01T02:14", False, "Asia/Kathmandu", "2026-09-01T02:15"),
        ("2026-09-06T20:30", True, "Asia/Kathmandu", "2026-09-07T02:15"),
    ],
)
def test_digests_go_at_eight_in_the_readers_zone(moment, weekly, zone, wanted):
    found = next_digest(datetime.fromisoformat(f"{moment}+00:00"), weekly, zone)
    assert found == datetime.fromisoformat(f"{wanted}+00:00")
