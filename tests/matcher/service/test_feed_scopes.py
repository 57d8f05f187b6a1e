"""Feeds that several people read: of a group, an organization and a program."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from icalendar import Calendar

from matcher.documents.read import NetworkSource
from matcher.domain.feed import FeedGroup, FeedScope
from matcher.domain.network import Network
from matcher.domain.settings import Channel
from matcher.service.feeds import Form, look_up, read_feed
from matcher.store.documents import header_of, store_document
from matcher.store.errors import NotFound

ADA_GUS = FeedGroup(program="main", kind="mentoring", key=("ada", "gus"))
WATER = FeedGroup(program="main", family="pods", key=("water",))


def events(rendered):
    return {str(one["UID"]): one for one in Calendar.from_ical(rendered.data).walk("VEVENT")}


def texts(rendered):
    return rendered.data.decode().replace("\r\n ", "")


@pytest.fixture
def here(world):
    """Two published pairs."""
    made = world()
    made.publish(made.plan(("ada", "gus"), ("ben", "hal")))
    return made


def test_a_groups_feed_holds_that_groups_sessions_with_the_names_that_profiles_show(here):
    _, token = here.subscribe(ADA_GUS)
    found = here.read(token)
    assert set(events(found)) == {one.uid for one in here.sessions(member="ada")}
    assert "X-WR-CALNAME:Peerloom: Mentoring: Ada and Gus" in texts(found)
    assert "Learner: Ada. Guide: Gus." in texts(found)


def test_a_pod_has_a_feed_of_its_own_over_every_plan(world):
    here = world()
    here.publish(here.pods(water=("ada", "ben", "cem")))
    _, token = here.subscribe(WATER)
    first = events(here.read(token))
    assert len(first) == 4
    assert b"With Ada\\, Ben and Cem." in here.read(token).data
    here.publish(here.pods(water=("ada", "ben", "dee")))
    again = events(here.read(token))
    assert set(again) == set(first)
    assert all(again[uid]["SEQUENCE"] > first[uid]["SEQUENCE"] for uid in first)


def test_an_organizations_feed_names_its_own_people_only(here):
    _, token = here.subscribe("of-ada", scope=FeedScope.ORGANIZATION)
    found = here.read(token)
    assert set(events(found)) == {one.uid for one in here.sessions(member="ada")}
    assert "SUMMARY:Mentoring: Ada and a member of of-gus" in texts(found)
    assert "Gus" not in texts(found)
    assert "X-WR-CALNAME:Peerloom: ada" in texts(found)


def test_an_organization_sees_a_session_cancelled_once_its_people_left_it(world):
    here = world()
    here.publish(here.pods(water=("ada", "ben", "cem")))
    _, token = here.subscribe("of-cem", scope=FeedScope.ORGANIZATION)
    before = events(here.read(token))
    here.later(days=1)
    here.publish(here.pods(water=("ada", "ben")))
    after = events(here.read(token))
    assert set(after) == set(before)
    for uid, event in after.items():
        assert event["STATUS"] == "CANCELLED"
        assert event["SEQUENCE"] == before[uid]["SEQUENCE"] + 1
    _, ada = here.subscribe("of-ada", scope=FeedScope.ORGANIZATION)
    assert {str(one["STATUS"]) for one in events(here.read(ada)).values()} == {"CONFIRMED"}


def test_who_changes_organization_takes_their_sessions_along(here):
    _, ada = here.subscribe("of-ada", scope=FeedScope.ORGANIZATION)
    _, cem = here.subscribe("of-cem", scope=FeedScope.ORGANIZATION)
    assert (len(events(here.read(ada))), len(events(here.read(cem)))) == (2, 0)
    moved = tuple(
        one.model_copy(update={"organization": "of-cem"}) if one.id == "ada" else one
        for one in here.network.members
    )
    whole = here.network.model_copy(update={"members": moved})
    with here.database.write() as connection:
        store_document(connection, NetworkSource.of(Network.model_validate(whole.model_dump())), here.now)
    assert not look_up(here.database, ada, here.now).fresh
    assert (len(events(here.read(ada))), len(events(here.read(cem)))) == (0, 2)


@pytest.mark.parametrize("named", [False, True])
def test_a_programs_feed_names_people_where_the_network_says_so(world, named):
    here = world(names_in_program_feeds=named)
    here.publish(here.plan(("ada", "gus"), ("ben", "hal")))
    here.publish(here.plan(("cem", "ivy"), program="second"))
    _, token = here.subscribe("main", scope=FeedScope.PROGRAM)
    found = here.read(token)
    assert set(events(found)) == {one.uid for one in here.sessions(program="main")}
    assert ("Mentoring: Ada and Gus" in texts(found)) is named
    assert ("Mentoring: a member of of-ada and a member of of-gus" in texts(found)) is not named


@pytest.mark.parametrize(
    ("scope", "name"),
    [(FeedScope.ORGANIZATION, "of-ada"), (FeedScope.PROGRAM, "main"), (FeedScope.GROUP, ADA_GUS)],
)
def test_shared_feeds_are_fresh_until_their_own_sessions_change(here, scope, name):
    _, token = here.subscribe(name, scope=scope)
    first = here.read(token)
    assert look_up(here.database, token, here.now).fresh
    here.switch("ada", Channel.INVITES)  # of one person alone
    assert look_up(here.database, token, here.now).fresh
    assert here.read(token) == first
    here.later(days=1)
    here.publish(here.plan(("ada", "hal"), ("ben", "gus")))
    assert not look_up(here.database, token, here.now).fresh
    assert here.read(token).etag != first.etag


def test_another_groups_change_leaves_a_feed_as_it_is(here):
    _, token = here.subscribe(ADA_GUS)
    first = here.read(token)
    here.later(days=1)
    here.publish(here.plan(("ada", "gus"), ("ben", "ivy")))
    assert look_up(here.database, token, here.now).fresh
    assert here.read(token) == first


def test_a_feed_speaks_the_language_that_was_chosen(here):
    _, german = here.subscribe("main", scope=FeedScope.PROGRAM, language="de-AT")
    _, english = here.subscribe("main", scope=FeedScope.PROGRAM)
    assert "jemand von of-ada" in texts(here.read(german))
    assert "a member of of-ada" in texts(here.read(english))
    assert look_up(here.database, german, here.now).fresh
    assert look_up(here.database, english, here.now).fresh


def test_every_scope_lints(here, libical):
    names = {FeedScope.MEMBER: "ada", FeedScope.ORGANIZATION: "of-ada", FeedScope.PROGRAM: "main"}
    for scope, name in names.items():
        _, token = here.subscribe(name, scope=scope)
        assert libical(here.read(token).data) == []
    _, token = here.subscribe(ADA_GUS)
    assert libical(here.read(token).data) == []


def test_feeds_of_what_is_not_there_are_refused(here):
    for scope in (FeedScope.ORGANIZATION, FeedScope.PROGRAM, FeedScope.MEMBER):
        with pytest.raises(NotFound):
            here.subscribe("nobody", scope=scope)
    with pytest.raises(NotFound):
        here.subscribe(FeedGroup(program="none", family="pods", key=("water",)))


def test_a_feed_goes_with_what_it_is_about(here):
    _, token = here.subscribe("second", scope=FeedScope.PROGRAM)
    assert here.read(token)
    whole = here.network.model_copy(update={"programs": here.network.programs[:1]})
    with here.database.write() as connection:
        store_document(connection, NetworkSource.of(whole), here.now)
        assert [one.id for one in header_of(connection, "net").programs] == ["main"]
    with pytest.raises(NotFound):
        here.read(token)


def test_json_says_what_the_calendar_says(here):
    _, token = here.subscribe("ada")
    calendar = here.read(token)
    data = read_feed(here.database, token, here.now, Form.JSON)
    assert (data.etag, data.modified_at) == (calendar.etag, calendar.modified_at)
    found = json.loads(data.data)
    assert found["name"] == "Peerloom: Ada"
    assert found["ended_at"] is None
    stored = {str(uid): event for uid, event in events(calendar).items()}
    assert len(found["events"]) == len(stored) == 2
    for one in found["events"]:
        event = stored[one["uid"]]
        assert one["title"] == str(event["SUMMARY"])
        assert one["description"] == str(event["DESCRIPTION"])
        assert one["sequence"] == event["SEQUENCE"]
        assert datetime.fromisoformat(one["start"]) == event["DTSTART"].dt
        assert datetime.fromisoformat(one["end"]) == event["DTEND"].dt
    assert found["events"] == sorted(found["events"], key=lambda one: (one["start"], one["uid"]))


def test_jcal_reads_back_as_the_same_calendar(here):
    _, token = here.subscribe("ada")
    jcal = json.loads(read_feed(here.database, token, here.now, Form.JCAL).data)
    assert jcal[0] == "vcalendar"
    again = Calendar.from_jcal(jcal)
    before = Calendar.from_ical(here.read(token).data)
    assert {str(e["UID"]): e["DTSTART"].dt for e in again.walk("VEVENT")} == {
        str(e["UID"]): e["DTSTART"].dt for e in before.walk("VEVENT")
    }
