"""Feeds: what they hold, when they change, and how they end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import text

from matcher.domain.feed import FeedScope
from matcher.domain.settings import Channel
from matcher.service.feeds import TOMBSTONE_FOR, Ended, FeedUses, look_up, rotate
from matcher.store.errors import Conflict, NotFound
from matcher.store.feeds import find_feed, list_feeds, revoke_feed


def events(rendered):
    """(UID, SEQUENCE, STATUS, start) of each event."""
    found = Calendar.from_ical(rendered.data).walk("VEVENT")
    return [(str(e["UID"]), e.get("SEQUENCE"), str(e.get("STATUS")), e["DTSTART"].dt) for e in found]


def revoke(world, feed):
    with world.database.write() as connection:
        return revoke_feed(connection, "net", feed.id, world.now)


def test_a_feed_holds_the_members_sessions_and_nobody_elses(world):
    here = world()
    here.publish(here.plan(("ada", "gus"), ("ben", "hal")))
    _, token = here.subscribe("gus")
    rendered = here.read(token)
    wanted = here.sessions(member="gus")
    assert [(uid, start) for uid, _, _, start in events(rendered)] == [(s.uid, s.start) for s in wanted]
    assert {status for _, _, status, _ in events(rendered)} == {"CONFIRMED"}
    assert b"ATTENDEE" not in rendered.data
    assert b"mail.example" not in rendered.data


def test_the_token_is_stored_as_a_hash_only(world):
    here = world()
    _, token = here.subscribe("ada")
    assert len(token) >= 43
    with here.database.read() as connection:
        rows = connection.execute(text("SELECT * FROM feeds")).all()
    assert token not in str(rows)


def test_the_etag_changes_with_the_bytes_and_only_then(world):
    here = world()
    one = here.plan(("ada", "gus"), ("ben", "hal"))
    here.publish(one)
    _, ada = here.subscribe("ada")
    _, ben = here.subscribe("ben")
    first, other = here.read(ada), here.read(ben)
    here.later(days=1)
    assert here.read(ada) == first
    here.publish(here.plan(("ada", "gus"), ("ben", "ivy")))
    assert here.read(ada) == first
    second = here.read(ben)
    assert second.etag != other.etag
    assert second.modified_at > other.modified_at
    here.change(organizer_name="Else")  # the network's own words are in every feed
    assert here.read(ada).etag != first.etag


def test_two_changes_within_a_second_have_different_last_modified(world):
    here = world()
    one = here.plan(("ada", "gus"))
    here.publish(one)
    _, token = here.subscribe("ada")
    first = here.read(token)
    here.retract(one)
    second = here.read(token)
    assert second.etag != first.etag
    assert second.modified_at >= first.modified_at + timedelta(seconds=1)


def test_what_is_known_of_the_bytes_holds_until_something_changes(world):
    here = world(cancelled_days=14)
    one = here.plan(("ada", "gus"), ("ada", "hal"))
    here.publish(one)
    _, token = here.subscribe("ada")
    assert not look_up(here.database, token, here.now).fresh
    etag = here.read(token).etag
    state = look_up(here.database, token, here.now)
    assert (state.fresh, state.etag) == (True, etag)
    here.publish(here.plan(("ada", "gus")))
    assert not look_up(here.database, token, here.now).fresh
    here.read(token)
    assert look_up(here.database, token, here.now + timedelta(days=13)).fresh
    assert not look_up(here.database, token, here.now + timedelta(days=14)).fresh


def test_cancelled_sessions_leave_after_a_while_but_never_the_last_one(world):
    here = world(cancelled_days=14)
    one = here.plan(("ada", "gus"), ("ben", "hal"))
    here.publish(one)
    _, ada = here.subscribe("ada")
    assert len(events(here.read(ada))) == 2
    here.retract(one)
    assert {(status, seq) for _, seq, status, _ in events(here.read(ada))} == {("CANCELLED", 1)}
    here.later(days=13)
    assert len(events(here.read(ada))) == 2
    here.later(days=1)
    assert len(events(here.read(ada))) == 1


def test_a_revoked_feed_says_so_for_a_month_and_is_gone_then(world, libical):
    here = world()
    here.publish(here.plan(("ada", "gus")))
    feed, token = here.subscribe("ada")
    here.read(token)
    revoke(here, feed)
    with pytest.raises(Conflict, match="ended already"):
        revoke(here, feed)
    tombstone = here.read(token)
    (note,) = Calendar.from_ical(tombstone.data).walk("VEVENT")
    assert str(note["UID"]).startswith(feed.id)
    assert b"Mentoring" not in tombstone.data
    assert libical(tombstone.data) == []
    here.later(seconds=TOMBSTONE_FOR.total_seconds() - 1)
    assert here.read(token) == tombstone
    here.later(seconds=1)
    with pytest.raises(Ended):
        here.read(token)


def test_a_feed_with_days_ends_by_itself(world):
    here = world()
    here.publish(here.plan(("ada", "gus")))
    _, token = here.subscribe("ada", days=10)
    here.later(days=10, seconds=-1)
    assert b"Mentoring" in here.read(token).data
    here.later(seconds=1)
    assert b"has ended" in here.read(token).data


def test_rotation_ends_the_old_address_and_keeps_the_day_of_its_end(world):
    here = world()
    here.publish(here.plan(("ada", "gus")))
    feed, token = here.subscribe("ada", days=10)
    with here.database.write() as connection:
        fresh, other = rotate(connection, "net", feed.id, here.now)
    assert other != token
    assert (fresh.subject, fresh.expires_at) == (feed.subject, feed.expires_at)
    assert b"has ended" in here.read(token).data
    assert b"Mentoring" in here.read(other).data
    with here.database.read() as connection:
        assert [one.id for one in list_feeds(connection, "net", "", 10, FeedScope.MEMBER, "ada")] == [
            feed.id,
            fresh.id,
        ]


def test_wrong_tokens_and_strangers_get_nothing(world):
    here = world()
    with pytest.raises(NotFound):
        here.read("x" * 43)
    with pytest.raises(NotFound):
        here.subscribe("nobody")


def test_members_with_invites_have_no_feed(world):
    here = world(channel="invites")
    with pytest.raises(Conflict, match="gets invites"):
        here.subscribe("ada")


def test_a_switch_to_invites_empties_the_feed_with_cancelled_events(world):
    here = world()
    one = here.plan(("ada", "gus"))
    here.publish(one)
    _, token = here.subscribe("ada")
    before = events(here.read(token))
    here.later(hours=1)
    here.switch("ada", Channel.INVITES)
    after = events(here.read(token))
    assert [(uid, seq, status) for uid, seq, status, _ in after] == [
        (uid, seq + 1, "CANCELLED") for uid, seq, _, _ in before
    ]
    here.publish(here.plan(("ada", "gus"), ("ada", "hal")))  # new sessions never enter it
    assert {uid for uid, *_ in events(here.read(token))} == {uid for uid, *_ in before}
    here.later(days=1)
    here.switch("ada", Channel.FEED)
    again = {uid: (seq, status) for uid, seq, status, _ in events(here.read(token))}
    assert len(again) == 4
    assert all(again[uid] == (seq + 2, "CONFIRMED") for uid, seq, _, _ in before)


def test_reads_are_counted_in_memory_and_written_hourly(world):
    here = world()
    feed, token = here.subscribe("ada")
    uses = FeedUses()

    def read(times):
        for _ in range(times):
            uses.note(here.database, look_up(here.database, token, here.now), here.now)
        with here.database.read() as connection:
            found = find_feed(connection, "net", feed.id)
        return found.accesses, found.accessed_at

    start = here.now
    assert read(1) == (1, start)
    here.later(minutes=59)
    assert read(3) == (1, start)
    here.later(minutes=1)
    assert read(1) == (5, here.now)
