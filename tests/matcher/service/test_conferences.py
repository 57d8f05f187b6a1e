"""Where sessions are held online: from the network's template, and as a coordinator says."""

from __future__ import annotations

import email
import email.policy

import pytest
from icalendar import Calendar

from matcher.domain.errors import InputError
from matcher.domain.settings import NetworkSettings
from matcher.service.conferences import set_conference
from matcher.store.errors import Conflict
from matcher.store.sessions import session_id

TEMPLATE = "https://meet.example.org/{series}/{session}"


def put(here, session, address, series=False):
    with here.database.write() as connection:
        return set_conference(connection, "net", session_id(session), address, series, here.now)


def events(rendered):
    return {str(one["UID"]): one for one in Calendar.from_ical(rendered.data).walk("VEVENT")}


def test_a_template_gives_each_series_and_session_its_address(world):
    here = world(conference_template=TEMPLATE)
    here.publish(here.plan(("ada", "gus"), ("ben", "hal")))
    found = {(one.key, one.index): one.conference for one in here.sessions()}
    assert len(set(found.values())) == len(found) == 4
    rooms = {
        key: {address.split("/")[3] for (k, _), address in found.items() if k == key} for key, _ in found
    }
    assert {len(names) for names in rooms.values()} == {1}
    assert rooms[("ada", "gus")] != rooms[("ben", "hal")]
    assert all(one.conference.endswith(session_id(one)) for one in here.sessions())


def test_clients_find_the_address(world, libical):
    here = world(conference_template=TEMPLATE)
    here.publish(here.plan(("ada", "gus")))
    _, token = here.subscribe("ada")
    rendered = here.read(token)
    for session in here.sessions():
        event = events(rendered)[session.uid]
        assert str(event["LOCATION"]) == session.conference
        assert str(event["CONFERENCE"]) == session.conference
        assert event["CONFERENCE"].params["VALUE"] == "URI"
    assert b"CONFERENCE;" in rendered.data
    assert libical(rendered.data) == []


def test_addresses_stay_when_sessions_move_or_a_plan_is_taken_back(world):
    here = world(conference_template=TEMPLATE)
    here.publish(here.plan(("ada", "gus")))
    before = {one.uid: one.conference for one in here.sessions()}
    here.change(conference_template=None)
    second = here.plan(("ada", "gus"))
    here.later(days=1)
    here.publish(second, narrow=True)
    assert {one.uid: one.conference for one in here.sessions()} == before
    session = here.sessions()[0]
    put(here, session, "https://other.example/x")
    here.retract(second)
    assert {one.uid: one.conference for one in here.sessions()} == {
        **before,
        session.uid: "https://other.example/x",
    }


def test_one_session_gets_another_place_and_its_people_are_told(world):
    here = world(channel="invites")
    here.publish(here.plan(("ada", "gus"), ("ben", "hal")))
    here.send()
    here.take_letters()
    session = here.sessions(member="ada")[0]
    here.later(hours=1)
    (changed,) = put(here, session, "https://meet.example.org/ours")
    assert (changed.sequence, changed.conference) == (session.sequence + 1, "https://meet.example.org/ours")
    assert put(here, session, "https://meet.example.org/ours") == []
    here.send()
    mails = [email.message_from_bytes(one.data, policy=email.policy.default) for one in here.sender.sent]
    assert sorted(mail["To"] for mail in mails) == ["Ada <ada@mail.example>", "Gus <gus@mail.example>"]
    text = mails[0].get_body(("plain",)).get_content()
    assert "This session has a new place." in text
    assert "https://meet.example.org/ours" in text
    assert {one[2:] for one in here.take_sent()} == {(session.uid, 1)}


def test_a_whole_series_changes_its_place(world):
    here = world()
    here.publish(here.plan(("ada", "gus"), ("ben", "hal")))
    session = here.sessions(member="ada")[0]
    changed = put(here, session, "https://meet.example.org/ours", series=True)
    assert {one.uid for one in changed} == {one.uid for one in here.sessions(member="ada")}
    assert {one.conference for one in here.sessions(member="ben")} == {None}
    assert len(put(here, session, None, series=True)) == 2


def test_what_is_over_or_cancelled_stays_as_it_is(world):
    here = world()
    plan = here.plan(("ada", "gus"))
    here.publish(plan)
    session = here.sessions()[0]
    here.retract(plan)
    with pytest.raises(Conflict, match="is cancelled"):
        put(here, session, "https://meet.example.org/ours")
    here.publish(here.plan(("ada", "gus")))
    here.later(days=40)
    with pytest.raises(Conflict, match="has begun"):
        put(here, here.sessions()[0], "https://meet.example.org/ours")


@pytest.mark.parametrize(
    "template",
    ["meet.example.org", "https://x.example/{who}", "https://x.example/{", "javascript:x", "https://x y"],
)
def test_templates_are_addresses_with_known_places(template):
    with pytest.raises((ValueError, InputError), match="conference_template"):
        NetworkSettings(conference_template=template)
