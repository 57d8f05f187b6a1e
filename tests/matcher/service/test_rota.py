"""Publication of a rota: it moves what pairs and pods announced, never twice, and brings facilitators in."""

from __future__ import annotations

from collections import Counter

import pytest
from icalendar import Calendar

from matcher.domain.family import Family
from matcher.domain.session import State
from matcher.domain.settings import Channel
from matcher.service.invites import invitation
from matcher.store.errors import Conflict
from matcher.store.sessions import session_id
from tests.matcher.service.conftest import series

WATER = ("ada", "ben", "cem")
WEEKS = ("2026-09-09", "2026-09-16", "2026-09-23", "2026-09-30")


def water(*leads, hour="12", members=WATER, **more):
    sessions = [(week, f"{WEEKS[week]} {hour}:00", {"lead": who}) for week, who in enumerate(leads)]
    return series("pod", "water", members, sessions, **more)


def of_pods(here, **wanted):
    return here.sessions(family=Family.PODS, **wanted)


def events(here, token):
    return Calendar.from_ical(here.read(token).data).walk("VEVENT")


def test_a_rota_moves_the_sessions_of_a_pod_and_brings_its_facilitators(world):
    here = world()
    here.publish(here.pods(water=WATER))
    before = {one.uid: one for one in of_pods(here)}
    assert len(before) == 4
    here.later(hours=1)
    rota = here.rota(water("gus", "ada", "gus", "ivy"))
    done = here.publish(rota)
    after = {one.uid: one for one in of_pods(here)}
    assert (done["sessions"], done["changed"]) == (4, 4)
    assert after.keys() == before.keys()
    assert {one.sequence for one in after.values()} == {1}
    found = sorted(after.values(), key=lambda one: one.start)
    assert [f"{one.start:%Y-%m-%d %H}" for one in found] == [f"{day} 12" for day in WEEKS]
    assert [one.attendees for one in found] == [(*WATER, "gus"), WATER, (*WATER, "gus"), (*WATER, "ivy")]
    assert [one.guests for one in found] == [("gus",), (), ("gus",), ("ivy",)]
    assert found[1].roles == {"ada": "lead"}
    assert "Led by: Gus." in found[0].description
    assert "Half is lost." in found[0].description
    assert "0:00 Opening" in found[0].description


def test_feeds_show_the_role_and_move_without_a_second_event(world):
    here = world()
    _, ada = here.subscribe("ada")
    here.publish(here.pods(water=WATER))
    uids = {str(event["UID"]) for event in events(here, ada)}
    here.later(hours=1)
    here.publish(here.rota(water("gus", "ada", "gus", "ivy")))
    shown = events(here, ada)
    assert {str(event["UID"]) for event in shown} == uids
    assert Counter(str(event["SUMMARY"]) for event in shown) == {"Pod: Water": 3, "Pod: Water (you lead)": 1}
    _, gus = here.subscribe("gus")
    assert [str(event["SUMMARY"]) for event in events(here, gus)] == ["Pod: Water (you lead)"] * 2


def test_who_loses_a_turn_has_it_cancelled_for_them_alone(world):
    here = world(channel=Channel.INVITES)
    here.publish(here.rota(water("gus", "ada", "gus", "ivy")))
    here.send()
    here.take_sent()
    here.later(hours=1)
    here.publish(here.rota(water("gus", "ada", "hal", "ivy")))
    here.send()
    letters = here.take_letters()
    assert {(one.member, one.kind) for one in letters} == {("gus", "cancel"), ("hal", "request")}
    third = sorted(of_pods(here), key=lambda one: one.start)[2]
    assert {one.uid for one in letters} == {third.uid}
    assert (third.sequence, set(third.left)) == (1, {"gus"})


def test_a_member_whose_role_changes_is_told_and_nobody_else(world):
    here = world(channel=Channel.INVITES)
    here.publish(here.rota(water("ada", "ben", "ada", "ben")))
    here.send()
    here.take_sent()
    here.later(hours=1)
    here.publish(here.rota(water("ada", "ben", "ada", "cem")))
    here.send()
    mails = list(here.sender.sent)
    assert {(one.member, one.kind) for one in here.take_letters()} == {("ben", "request"), ("cem", "request")}
    texts = "\n".join(mail.data.decode(errors="replace") for mail in mails)
    assert "You lead in this session now." in texts
    assert "You no longer facilitate this session." in texts


def test_who_leads_is_invited_as_its_chair(world):
    here = world()
    here.publish(here.rota(water("gus", "ada")))
    session = session_id(of_pods(here)[0])
    for person, role in (("gus", b"ROLE=CHAIR"), ("ada", b"ROLE=REQ-PARTICIPANT")):
        with here.database.read() as connection:
            method, data = invitation(connection, "net", session, person)
        assert (method, role in data.replace(b"\r\n ", b"")) == ("REQUEST", True)


def test_a_retraction_puts_the_simple_slots_back(world):
    here = world(channel=Channel.INVITES)
    pods = here.pods(water=WATER)
    here.publish(pods)
    before = {one.uid: (one.start, one.attendees) for one in of_pods(here)}
    here.send()
    here.take_sent()
    here.later(hours=1)
    rota = here.rota(
        water("gus", "ada"), series("forum", "open", WATER, [(1, "2026-09-17 12:00", {})], expert="hal")
    )
    here.publish(rota)
    assert len(here.sessions(family=Family.ROTA, state=State.SCHEDULED)) == 1
    assert [one.attendees for one in here.sessions(family=Family.ROTA)] == [(*WATER, "hal")]
    here.send()
    here.take_sent()
    here.later(hours=1)
    done = here.retract(rota)
    assert (done["restored"], done["cancelled"], done["published_again"]) == (4, 1, None)
    assert {one.uid: (one.start, one.attendees) for one in of_pods(here)} == before
    assert here.state(pods) == "published"
    here.send()
    told = {(person, kind) for person, kind, _, _ in here.take_sent()}
    assert {("gus", "cancel"), ("hal", "cancel"), ("ada", "request")} <= told


def test_a_later_plan_of_pods_keeps_the_times_of_the_rota(world):
    here = world()
    here.publish(here.pods(water=WATER, food=("dee", "ivy")))
    here.later(hours=1)
    here.publish(here.rota(water("gus", "ada", "gus", "gus")))
    times = {one.uid: one.start for one in of_pods(here) if one.key == ("water",)}
    here.later(hours=1)
    pods = here.pods(water=("ada", "ben", "dee"), food=("cem", "ivy"))
    here.publish_beside_rota(pods)
    held = [one for one in of_pods(here) if one.key == ("water",)]
    assert {one.uid: one.start for one in held} == times
    assert {one.attendees for one in held} == {("ada", "ben", "dee", "gus"), ("ada", "ben", "dee")}
    assert {tuple(one.left) for one in held} == {("cem",)}
    other = [one for one in of_pods(here) if one.key == ("food",)]
    assert {one.start.hour for one in other} == {8}
    here.later(hours=1)
    here.retract(pods)
    held = [one for one in of_pods(here) if one.key == ("water",)]
    assert {one.uid: one.start for one in held} == times
    assert {one.attendees for one in held} == {(*WATER, "gus"), WATER}


def test_a_rota_taken_back_after_a_later_plan_of_pods_leaves_that_plan_its_people(world):
    here = world()
    here.publish(here.pods(water=WATER))
    simple = {one.uid: one.start for one in of_pods(here)}
    here.later(hours=1)
    rota = here.rota(water("gus", "ada", "gus", "gus"))
    here.publish(rota)
    here.later(hours=1)
    here.publish_beside_rota(here.pods(water=("ada", "ben", "dee")))
    here.later(hours=1)
    here.retract(rota)
    assert {one.uid: one.start for one in of_pods(here)} == simple
    assert {(one.attendees, one.guests) for one in of_pods(here)} == {(("ada", "ben", "dee"), ())}


def test_a_rota_taken_back_after_a_later_plan_of_pods_leaves_the_times_of_that_plan(world):
    here = world()
    _, ada = here.subscribe("ada")
    here.publish(here.pods(water=WATER))
    simple = {one.uid: (one.start, one.attendees, one.description) for one in of_pods(here)}
    here.later(hours=1)
    rota = here.rota(water("gus", "ada", "gus", "gus"))
    here.publish(rota)
    sequences = {one.uid: one.sequence for one in of_pods(here)}
    here.later(hours=1)
    people = {"water": ("ada", "ben", "dee"), "food": ("cem", "ivy")}
    pods = here.pods(**people)
    here.publish_beside_rota(pods, hour=15)
    here.later(hours=1)
    food = {one.uid: one for one in of_pods(here) if one.key == ("food",)}
    done = here.retract(rota)
    assert (done["restored"], done["cancelled"], done["without_time"]) == (4, 0, 0)
    after = {one.uid: one for one in of_pods(here)}
    assert {uid: after[uid] for uid in food} == food
    mine = {uid: one for uid, one in after.items() if one.key == ("water",)}
    assert mine.keys() == simple.keys()
    assert {(one.start.hour, one.attendees, one.guests) for one in mine.values()} == {
        (13, people["water"], ())
    }
    assert {(one.state, one.plan, tuple(one.roles)) for one in mine.values()} == {("scheduled", pods, ())}
    assert all(one.sequence > sequences[uid] for uid, one in mine.items())
    assert [event["DTSTART"].dt.hour for event in events(here, ada)] == [15] * 4
    here.later(hours=1)
    here.retract(pods)
    told = {one.uid: (one.start, one.attendees, one.description) for one in of_pods(here, state="scheduled")}
    assert told == simple


def test_a_rota_published_again_holds_the_groups_that_it_had(world):
    here = world()
    here.publish(here.pods(water=WATER))
    here.later(hours=1)
    first = here.rota(water("gus", "ada", "gus", "gus"))
    here.publish(first)
    here.later(hours=1)
    second = here.rota(water("gus", "ada", "gus", "gus", hour="13"))
    here.publish(second)
    here.later(hours=1)
    here.publish_beside_rota(here.pods(water=("ada", "ben", "dee")), hour=15)
    here.later(hours=1)
    assert here.retract(second)["published_again"] == first
    assert {one.start.hour for one in of_pods(here)} == {12}
    assert {one.attendees[:3] for one in of_pods(here)} == {("ada", "ben", "dee")}


def test_a_group_that_found_its_own_time_beside_a_rota_keeps_it_when_the_rota_goes(world):
    here = world()
    here.publish(here.pods(water=WATER))
    here.later(hours=1)
    rota = here.rota(water("ada", "ada", "ben", "ben", hour="05"))
    here.publish(rota)
    here.later(hours=1)
    here.publish_beside_rota(here.pods(water=("ada", "dee", "ivy")), hour=15)  # two are not free at five
    before = of_pods(here)
    assert {(one.start.hour, one.attendees) for one in before} == {(13, ("ada", "dee", "ivy"))}
    here.later(hours=1)
    here.retract(rota)
    assert of_pods(here) == before


def test_a_rota_for_other_members_than_the_pod_has_now_is_refused(world):
    here = world()
    here.publish(here.pods(water=("ada", "ben", "dee")))
    rota = here.rota(water("gus", "ada"))
    with pytest.raises(Conflict, match="other members"):
        here.publish(rota)


def test_pairs_keep_their_identity_under_a_rota(world):
    here = world()
    here.publish(here.plan(("ada", "gus")))
    before = {one.uid: one for one in here.sessions()}
    here.later(hours=1)
    moved = series(
        "pair", ("ada", "gus"), ("ada", "gus"),
        [(0, "2026-09-10 09:15", {}), (1, "2026-09-24 09:15", {})], pairing="mentoring",
    )  # fmt: skip
    here.publish(here.rota(moved))
    after = {one.uid: one for one in here.sessions()}
    assert after.keys() == before.keys()
    assert {uid: one.description for uid, one in after.items()} == {
        uid: one.description for uid, one in before.items()
    }
    assert {(one.start.hour, one.start.minute, one.attendees) for one in after.values()} == {
        (9, 15, ("ada", "gus"))
    }


def texts(here):
    """The texts of mails sent since last asked, by their subject's first words and recipient."""
    found = [(mail.recipient, mail.data.decode()) for mail in here.sender.sent]
    here.sender.sent.clear()
    return [(who.partition("@")[0], text.replace("=\r\n", "")) for who, text in found]


def test_readers_of_feeds_are_mailed_when_their_turns_to_come_change(world):
    here = world(hold_minutes=60)
    here.publish(here.rota(water("gus", "ada", "gus", "ivy")))
    here.later(minutes=61)
    here.send()
    sent = texts(here)
    assert sorted(who for who, _ in sent) == ["ada", "gus", "ivy"]
    (mine,) = [text for who, text in sent if who == "gus"]
    assert mine.count("New: Pod: Water") >= 2
    here.later(hours=1)
    second = here.rota(water("gus", "ada", "hal", "ivy"))
    here.publish(second)
    here.later(minutes=10)
    here.publish(here.rota(water("gus", "ada", "hal", "ivy", hour="13")))
    here.later(minutes=61)
    here.send()
    told = dict(texts(here))
    assert told.keys() == {"gus", "ada", "hal", "ivy"}
    assert "Not yours any more: Pod: Water, Wed, 23 Sept 2026" in told["gus"]
    assert "New: Pod: Water, Wed, 23 Sept 2026, 15:00" in told["hal"]
    assert "Changed: Pod: Water, Wed, 16 Sept 2026, 15:00" in told["ada"]
    assert "cem" not in told


def test_a_change_of_turns_that_is_taken_back_is_no_news(world):
    here = world(hold_minutes=60)
    here.publish(here.rota(water("gus", "ada", "gus", "ivy")))
    here.later(minutes=61)
    here.send()
    texts(here)
    here.later(hours=1)
    rota = here.rota(water("gus", "ada", "hal", "ivy"))
    here.publish(rota)
    here.later(minutes=5)
    here.retract(rota)
    here.later(minutes=61)
    done = here.send()
    assert (texts(here), done.withdrawn) == ([], 2)
