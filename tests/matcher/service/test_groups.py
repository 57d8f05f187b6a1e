"""Sessions of groups: published beside pairs, changed person by person, and seen by nobody else."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from matcher.domain.family import Family
from matcher.domain.settings import Channel
from matcher.service.invites import invitation
from matcher.store.documents import header_of
from matcher.store.plans import list_series, series_of
from matcher.store.sessions import session_id
from matcher.store.uses import uses_of_member

WATER = ("ada", "ben", "cem", "gus")


def of_pods(here):
    return here.sessions(family=Family.PODS)


def statuses(here, token):
    return Counter(str(event["STATUS"]) for event in Calendar.from_ical(here.read(token).data).walk("VEVENT"))


def test_pods_are_published_beside_the_pairs_of_their_program(world):
    here = world()
    pairs = here.plan(("ada", "gus"), ("ben", "hal"))
    here.publish(pairs)
    before = here.sessions()
    pods = here.pods(water=WATER)
    done = here.publish(pods)
    assert (here.state(pairs), here.state(pods), done["superseded"]) == ("published", "published", None)
    assert [one for one in here.sessions() if one.family is Family.PAIRS] == before
    assert {(one.key, one.plan) for one in of_pods(here)} == {(("water",), pods)}
    later = here.pods(water=WATER)
    assert here.publish(later)["superseded"] == pods
    assert here.publish(here.plan(("ada", "gus")))["superseded"] == pairs
    assert {one.plan for one in of_pods(here)} == {pods}


def test_nobody_of_a_pod_is_in_a_session_of_a_pair_then(world):
    here = world()
    here.publish(here.plan(("ada", "gus")))
    taken = here.sessions()[0].start
    local = taken.astimezone(ZoneInfo("Europe/Berlin"))
    here.publish(here.pods(water=WATER), weekday=local.isoweekday(), hour=local.hour)
    for one in of_pods(here):
        clash = [s for s in here.sessions(family=Family.PAIRS) if s.start < one.end and one.start < s.end]
        assert set(one.attendees) == set(WATER) - {p for other in clash for p in other.attendees}
    assert any(len(one.attendees) == 2 for one in of_pods(here))


def test_one_who_leaves_is_told_and_nobody_else(world):
    here = world(channel=Channel.INVITES)
    here.publish(here.pods(water=WATER))
    here.send()
    assert Counter(kind for _, kind, _, _ in here.take_sent()) == {"request": 16}
    here.later(days=1)
    here.publish(here.pods(water=("ada", "ben", "gus")))
    here.send()
    told = here.take_sent()
    assert {(person, kind, sequence) for person, kind, _, sequence in told} == {("cem", "cancel", 1)}
    assert len(told) == 4
    here.later(days=1)
    here.publish(here.pods(water=WATER))
    here.send()
    back = here.take_sent()
    assert {(person, kind, sequence) for person, kind, _, sequence in back} == {("cem", "request", 2)}
    assert {uid for _, _, uid, _ in back} == {uid for _, _, uid, _ in told}


def test_the_feed_of_one_who_left_shows_the_sessions_as_cancelled(world):
    here = world()
    here.publish(here.pods(water=WATER))
    _, cem = here.subscribe("cem")
    _, ada = here.subscribe("ada")
    assert statuses(here, cem) == {"CONFIRMED": 4}
    here.later(days=1)
    here.publish(here.pods(water=("ada", "ben", "gus"), food=("dee", "hal")))
    assert statuses(here, cem) == {"CANCELLED": 4}
    assert statuses(here, ada) == {"CONFIRMED": 4}
    here.later(days=3)
    here.publish(here.pods(water=("ada", "ben", "gus")), hour=14)
    assert statuses(here, cem) == {"CANCELLED": 4}
    here.later(days=13)
    assert sum(statuses(here, cem).values()) == 1  # it is 14 days since they left, whatever moved later


def test_a_retraction_brings_back_who_left_and_lets_go_who_came(world):
    here = world(channel=Channel.INVITES)
    one = here.pods(water=("ada", "ben", "cem"))
    here.publish(one)
    here.send()
    here.take_sent()
    here.later(hours=1)
    two = here.pods(water=("ada", "ben", "dee"))
    here.publish(two)
    here.send()
    here.take_sent()
    here.later(hours=1)
    done = here.retract(two)
    assert (done["restored"], done["published_again"], here.state(one)) == (4, one, "published")
    assert {(s.attendees, tuple(s.left), s.sequence) for s in of_pods(here)} == {
        (("ada", "ben", "cem"), ("dee",), 2)
    }
    here.send()
    assert {(person, kind) for person, kind, _, _ in here.take_sent()} == {
        ("cem", "request"),
        ("dee", "cancel"),
    }
    here.later(hours=1)
    here.retract(one)
    here.send()
    assert {(person, kind) for person, kind, _, _ in here.take_sent()} == {
        (person, "cancel") for person in ("ada", "ben", "cem")
    }


def test_a_switch_to_the_feed_withdraws_the_invites_of_that_person_only(world):
    here = world(channel=Channel.INVITES)
    here.publish(here.pods(water=WATER))
    here.send()
    here.take_sent()
    here.later(hours=1)
    here.switch("ben", Channel.FEED)
    here.send()
    assert {(person, kind) for person, kind, _, _ in here.take_sent()} == {("ben", "cancel")}
    _, ben = here.subscribe("ben")
    assert statuses(here, ben) == {"CONFIRMED": 4}


@pytest.mark.parametrize("shown", [False, True])
def test_an_invitation_lists_the_others_only_where_addresses_are_shown(world, shown):
    here = world(show_addresses=shown)
    here.publish(here.pods(water=WATER))
    session = session_id(of_pods(here)[0])
    with here.database.read() as connection:
        method, data = invitation(connection, "net", session, "ada")
    listed = data.decode().replace("\r\n ", "").count("ATTENDEE")
    assert (method, listed) == ("REQUEST", 4 if shown else 1)
    here.later(hours=1)
    here.publish(here.pods(water=("ben", "cem", "gus")))
    with here.database.read() as connection:
        method, data = invitation(connection, "net", session, "ada")
    assert (method, data.count(b"ATTENDEE"), b"SEQUENCE:1" in data) == ("CANCEL", 1, True)


def test_a_member_who_is_taken_out_of_the_network_leaves_the_others_meeting(world):
    here = world()
    plan = here.pods(water=WATER, food=("dee", "hal"))
    here.publish(plan)
    with here.database.read() as connection:
        assert uses_of_member(connection, "net", "hal") == ["1 x seat in a plan", "4 x session"]
    here.replace_people("ada", "ben", "dee", "gus")
    assert {(one.key, one.attendees, one.sequence) for one in of_pods(here)} == {
        (("water",), ("ada", "ben", "gus"), 0)
    }
    with here.database.read() as connection:
        assert series_of(connection, "net", plan) == [("water",)]
        assert uses_of_member(connection, "net", "dee") == []


def test_lists_of_a_plan_name_groups_by_id_and_member(world):
    here = world()
    plan = here.pods(water=WATER, food=("ada", "hal"))
    with here.database.read() as connection:
        assert series_of(connection, "net", plan) == [("food",), ("water",)]
        assert len(list_series(connection, "net", plan, ("", ""), 9, "ada")) == 2
        assert len(list_series(connection, "net", plan, ("food", ""), 9, "ada")) == 1
        assert len(list_series(connection, "net", plan, ("", ""), 9, "hal")) == 1


def history(here):
    """What the document says runs, and what ended: pods with their members, and cycles ago."""
    with here.database.read() as connection:
        header = header_of(connection, "net")
    return (
        {pod.pod: pod.members for pod in header.running_pods},
        {(pod.pod, pod.cycles_ago) for pod in header.ended_pods},
    )


def test_published_pods_run_until_a_further_cycle_ends_them(world):
    here = world()
    one = here.pods(water=WATER, food=("dee", "hal"))
    here.publish(one)
    assert history(here) == ({"water": WATER, "food": ("dee", "hal")}, set())
    here.later(hours=1)
    two = here.pods(water=("ada", "ben", "gus"))
    here.publish(two)
    assert history(here) == ({"water": ("ada", "ben", "gus")}, set())
    here.later(hours=1)
    here.retract(two)
    assert history(here) == ({"water": WATER, "food": ("dee", "hal")}, set())
    here.later(hours=1)
    three = here.pods(cycle="winter", water=("ada", "ben", "dee"))
    here.publish(three)
    assert history(here) == ({"water": ("ada", "ben", "dee")}, {("food", 1)})
    here.later(hours=1)
    four = here.pods(cycle="spring", food=("dee", "hal"))
    here.publish(four)
    assert history(here) == ({"food": ("dee", "hal")}, {("food", 2), ("water", 1)})
    here.later(hours=1)
    here.retract(four)
    assert history(here) == ({"water": ("ada", "ben", "dee")}, {("food", 1)})


def test_pods_of_another_program_stay_as_they_are(world):
    here = world()
    here.publish(here.pods(water=WATER))
    here.publish(here.pods(program="second", food=("dee", "hal")))
    assert history(here)[0] == {"water": WATER, "food": ("dee", "hal")}
    here.later(hours=1)
    here.publish(here.pods(water=("ada", "ben")))
    assert history(here)[0] == {"water": ("ada", "ben"), "food": ("dee", "hal")}
