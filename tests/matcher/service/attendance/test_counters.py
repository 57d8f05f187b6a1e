"""Other times that people propose, and invitations that they ask for again."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes

import pytest
from icalendar import Calendar

from matcher.service.attendance.proposals import refuse, take_up
from matcher.store.errors import Conflict
from tests.answer_mails import PROGRAMS, Invitation
from tests.matcher.service.conftest import series


def moved(ours, number=0, **span):
    """The start of a session, moved, as a DTSTART in UTC, with its end."""
    session = sorted(ours.here.sessions(), key=lambda one: one.start)[number]
    start = session.start + timedelta(**span)
    return {
        "start": f":{start:%Y%m%dT%H%M%SZ}",
        "more": [f"DTEND:{start + (session.end - session.start):%Y%m%dT%H%M%SZ}", "COMMENT:Could we?"],
    }


def propose(ours, invitation, partstat="TENTATIVE", **change):
    found = {**moved(ours, minutes=30), **change}
    return ours.reply(invitation, partstat, method="COUNTER", **found)


def take(ours, number=-1):
    with ours.here.database.write() as connection:
        return take_up(connection, "net", ours.proposals()[number].id, ours.here.now)


def test_a_proposal_is_stored_with_its_answer_and_its_words(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    message = propose(ours, first)
    assert (message.kind, message.outcome, message.reason) == ("counter", "done", None)
    (one,) = ours.proposals()
    session = sorted(ours.here.sessions(), key=lambda each: each.start)[0]
    assert (one.start, one.end) == (
        session.start + timedelta(minutes=30),
        session.end + timedelta(minutes=30),
    )
    assert (one.member, one.state, one.note, ours.answer("ada")) == ("ada", "open", "Could we?", "tentative")
    assert session.sequence == 0


@pytest.mark.parametrize("program", PROGRAMS)
def test_proposals_of_every_program_are_read_in_the_zone_that_they_name(correspond, program):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    assert first.start.startswith(";TZID=Europe/Berlin:2026")
    day, hour = first.start.partition(":")[2].split("T")
    later = f";TZID=Europe/Berlin:{day}T{int(hour[:2]) + 1:02d}3000"
    message = propose(ours, first, program=program, start=later, more=["DURATION:PT1H"])
    assert message.outcome == "done"
    (one,) = ours.proposals()
    assert one.start == datetime.fromisoformat(f"{day[:4]}-{day[4:6]}-{day[6:]}T{int(hour[:2]) + 1}:30+02:00")
    assert one.end - one.start == timedelta(hours=1)


def test_a_later_proposal_takes_the_place_of_an_open_one(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    propose(ours, first)
    ours.here.later(minutes=5)
    propose(ours, first, **moved(ours, minutes=60))
    assert [one.state for one in ours.proposals()] == ["overtaken", "open"]
    old = f"{ours.here.now - timedelta(hours=1):%Y%m%dT%H%M%SZ}"
    assert propose(ours, first, stamp=old).reason == "older-answer"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"start": ":20260230T100000"}, "no-time"),
        ({"start": ";VALUE=DATE:20260909", "more": []}, "no-time"),
        ({"more": ["DTEND:20200101T100000Z"]}, "no-time"),
        ({"start": ":20260801T100000Z", "more": ["DURATION:PT1H"]}, "past-time"),
        ({"sequence": 4}, "unknown-version"),
        ({"sender": "eve@mail.example"}, "wrong-sender"),
    ],
)
def test_what_proposes_nothing_is_ignored(correspond, change, reason):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    assert propose(ours, first, **change).reason == reason
    assert propose(ours, first, **moved(ours)).reason == "same-time"
    assert ours.proposals() == []


def test_a_proposal_that_is_taken_up_moves_the_session_once(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    ours.reply(ours.invitations().get("gus", [first])[0])
    propose(ours, first)
    ours.here.later(minutes=1)
    proposal, session = take(ours)
    assert (proposal.state, session.start, session.sequence) == ("taken", proposal.start, 1)
    sent = ours.send()
    assert sorted(sent) == ["ada", "gus"]
    (again,) = sent["ada"]
    assert (Invitation.of(again).uid, Invitation.of(again).sequence) == (first.uid, 1)
    assert b"PARTSTAT=NEEDS-ACTION" in message_from_bytes(again.data).get_payload(1).get_payload(decode=True)
    with pytest.raises(Conflict, match="is taken"):
        take(ours)


def test_a_session_does_not_move_where_somebody_cannot_come(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    propose(ours, first, **moved(ours, hours=10))
    with pytest.raises(Conflict) as error:
        take(ours)
    assert any("has not offered the time" in fault.reason for fault in error.value.faults)
    propose(ours, first, **moved(ours, minutes=15))
    with pytest.raises(Conflict) as error:
        take(ours)
    assert any("half-hour grid" in fault.reason for fault in error.value.faults)
    assert {one.sequence for one in ours.here.sessions()} == {0}
    assert {one.state for one in ours.proposals()} == {"overtaken", "open"}


def test_a_session_does_not_move_into_another(correspond):
    ours = correspond(("ada", "gus"), ("ada", "hal"))
    one, other = sorted(ours.here.sessions(), key=lambda each: each.start)[:2]
    mine = {each.uid: each for each in ours.invitations()["ada"]}
    start = {"start": f":{other.start:%Y%m%dT%H%M%SZ}", "more": [f"DTEND:{other.end:%Y%m%dT%H%M%SZ}"]}
    propose(ours, mine[one.uid], **start)
    with pytest.raises(Conflict) as error:
        take(ours)
    assert any("ada is in another session" in fault.reason for fault in error.value.faults)


def test_a_session_that_a_rota_holds_is_moved_in_the_rota(correspond):
    ours = correspond()
    water = series("pod", "water", ("ben", "cem", "dee"), [(0, "2026-09-09 12:00", {"lead": "ivy"})])
    ours.here.publish(ours.here.pods(water=("ben", "cem", "dee")))
    ours.here.later(minutes=1)
    ours.here.publish(ours.here.rota(water))
    found = ours.invitations()["ben"]
    first = found if isinstance(found, Invitation) else min(found, key=lambda one: one.start)
    ours.reply(first, "", method="COUNTER", start=":20260909T130000Z", more=["DURATION:PT1H"])
    with pytest.raises(Conflict, match="make a plan of the family rota"):
        take(ours)


def test_a_change_of_the_session_overtakes_proposals(correspond):
    ours = correspond()
    propose(ours, ours.invitations()["ada"][0])
    ours.here.later(hours=1)
    ours.here.publish(ours.here.plan(("ada", "gus")), narrow=True)
    assert [one.state for one in ours.proposals()] == ["overtaken"]


def test_who_is_refused_gets_a_declinecounter(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    propose(ours, first)
    with ours.here.database.write() as connection:
        refuse(connection, "net", ours.proposals()[0].id, ours.here.now)
    sent = ours.send()
    assert list(sent) == ["ada"]
    (mail,) = sent["ada"]
    message = message_from_bytes(mail.data)
    part = message.get_payload(0).get_payload(2)
    assert (part.get_content_type(), part.get_param("method")) == ("text/calendar", "DECLINECOUNTER")
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    (event,) = calendar.walk("VEVENT")
    assert (str(calendar["METHOD"]), str(event["UID"])) == ("DECLINECOUNTER", first.uid)
    assert str(event["ORGANIZER"]) == f"mailto:{first.organizer}"
    assert "stays at its time" in message.get_payload(0).get_payload(0).get_payload()
    with pytest.raises(Conflict, match="is refused"):
        take(ours)


def test_a_refusal_that_the_session_overtakes_is_not_sent(correspond):
    ours = correspond()
    propose(ours, ours.invitations()["ada"][0])
    with ours.here.database.write() as connection:
        refuse(connection, "net", ours.proposals()[0].id, ours.here.now)
    ours.here.publish(ours.here.plan())
    assert "refusal" not in {mail.letter.kind for mail in ours.here.mails("held")} or ours.send()
    assert {mail.letter.kind: mail.state for mail in ours.here.mails()}["refusal"] == "withdrawn"


@pytest.mark.parametrize("program", PROGRAMS)
def test_who_asks_gets_the_present_invitation_again(correspond, program):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    message = ours.reply(first, "", program, method="REFRESH")
    assert (message.kind, message.outcome) == ("refresh", "done")
    sent = ours.send()
    assert list(sent) == ["ada"]
    again = Invitation.of(sent["ada"][0])
    assert (again.uid, again.sequence, again.organizer) == (first.uid, 0, first.organizer)


def test_an_invitation_is_sent_again_five_times_a_day_at_most(correspond):
    ours = correspond()
    first = ours.invitations()["ada"][0]
    found = [ours.reply(first, "", method="REFRESH").reason for _ in range(6)]
    assert found == [None] * 5 + ["too-often"]
    ours.here.later(days=1, minutes=1)
    assert ours.reply(first, "", method="REFRESH").reason is None
