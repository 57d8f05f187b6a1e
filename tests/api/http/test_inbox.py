"""Answers over HTTP: a message is handed in, and shows in sessions."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from matcher.domain.settings import NetworkSettings
from matcher.service.acceptance import Links
from matcher.service.mailing import send_all
from matcher.settings import Settings
from matcher.store.networks import change_network
from matcher.store.tables import members
from tests.answer_mails import Invitation, bounce, event, outlook
from tests.api.http.people import problem
from tests.matcher.service.conftest import Recorder

SECRET = "a long random text"
RAW = "message/rfc822"


@pytest.fixture
def services(services):
    """With a secret, so that addresses are signed, and messages of at most 1 MB."""
    changed = services.settings.model_copy(update={"secret": SECRET, "inbox_megabytes": 1})
    object.__setattr__(services, "settings", changed)
    return services


@pytest.fixture
def invited(services, people, publish, client):
    """Publishes a pair and sends its invitations; gives them by reader, the first session's."""
    with services.database.write() as connection:
        for row in connection.execute(members.select()).all():
            body = row.body.replace('"id":', f'"email":"{row.id}@mail.example","id":', 1)
            connection.execute(update(members).where(members.c.id == row.id).values(body=body))
        chosen = NetworkSettings(channel="invites", hold_minutes=0, quiet_hours=None)
        change_network(connection, "net", "The network", chosen, services.now())
    publish(("ada", "gil"))
    sender, links = Recorder(), Links.of(Settings(secret=SECRET))
    send_all(services.database, sender, "robot@mail.example", "me", services.now, links=links)
    found = {}
    for mail in sorted(map(Invitation.of, sender.sent), key=lambda one: one.start):
        found.setdefault(mail.attendee.partition("@")[0], mail)
    return found


def reply(invitation, partstat="ACCEPTED", number=1, stamp="20260901T120000Z", **change):
    return outlook(invitation, event(invitation, "REPLY", partstat, stamp, **change), number)


def hand_in(client, data, **options):
    return client.post("/v1/inbox", data=data, content_type=RAW, **options)


def test_an_answer_is_handed_in_and_shows_in_the_session(client, invited):
    answer = hand_in(client, reply(invited["ada"], "TENTATIVE", more=["COMMENT:Maybe\\, or not"]))
    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["kind"], told["outcome"], told["member"], told["seen"]) == ("reply", "done", "ada", 1)
    session = client.get(f"/v1/sessions/{told['session']}").get_json()
    given = {"state": "tentative", "answered_at": "2026-09-01T12:00:00Z", "note": "Maybe, or not"}
    assert session["answers"] == {"ada": given}
    listed = client.get("/v1/sessions").get_json()["items"]
    assert [one["answers"] for one in listed if one["answers"]] == [{"ada": given}]


def test_ignored_messages_say_why_and_are_listed(client, invited):
    told = hand_in(client, reply(invited["ada"], attendee="eve@mail.example")).get_json()
    assert (told["outcome"], told["reason"]) == ("ignored", "not-invited")
    assert told["sentence"].startswith("No attendee that it names")
    hand_in(client, reply(invited["gil"], number=2))
    listed = client.get("/v1/inbox?limit=1").get_json()
    assert [one["id"] for one in listed["items"]] == [told["id"]]
    rest = client.get(f"/v1/inbox?after={listed['next']}").get_json()["items"]
    assert [one["outcome"] for one in rest] == ["done"]
    for query, count in (("outcome=ignored", 1), ("kind=reply", 2), ("kind=bounce", 0)):
        assert len(client.get(f"/v1/inbox?{query}").get_json()["items"]) == count


def test_the_same_message_again_is_told_as_such(client, invited):
    first = hand_in(client, reply(invited["ada"])).get_json()
    again = hand_in(client, reply(invited["ada"])).get_json()
    assert again == {**first, "seen": 2}


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 1000, b"Content-Type: multipart/mixed\r\n\r\n", b"\xff\xfe" * 99]
)
def test_whatever_is_handed_in_is_answered(client, invited, data):
    told = hand_in(client, data)
    assert (told.status_code, told.get_json()["outcome"]) == (200, "ignored")


def test_what_is_no_message_or_too_large_is_refused(client, invited):
    problem(client.post("/v1/inbox", {"a": 1}), 415, "unsupported-media-type")
    problem(hand_in(client, b"a" * 1_000_001), 413, "too-large")
    assert client.get("/v1/inbox").get_json()["items"] == []


def test_a_key_of_the_installation_takes_messages_for_all_networks(client, root, stranger_key, invited):
    assert hand_in(stranger_key, reply(invited["ada"])).get_json()["reason"] == "unknown-event"
    assert hand_in(root, reply(invited["ada"])).get_json()["network"] == "net"
    assert hand_in(root, b"Subject: Hello\r\n\r\nText").get_json()["network"] is None
    assert [one["reason"] for one in root.get("/v1/inbox").get_json()["items"]] == ["no-calendar"]
    assert [one["outcome"] for one in client.get("/v1/inbox").get_json()["items"]] == ["done"]
    assert len(stranger_key.get("/v1/inbox").get_json()["items"]) == 1


def test_the_invitation_of_a_session_has_the_address_for_answers(client, invited):
    session = client.get("/v1/sessions").get_json()["items"][0]["id"]
    text = client.get(f"/v1/sessions/{session}/invite.ics?member=ada").get_data(as_text=True)
    assert invited["ada"].organizer in text.replace("\r\n ", "")


def counter(invitation, start, number=50, **change):
    lines = ["DURATION:PT1H"]
    text = event(invitation, "COUNTER", "TENTATIVE", "20260901T120000Z", start=start, more=lines, **change)
    return outlook(invitation, text, number)


def first_session(client):
    return client.get("/v1/sessions").get_json()["items"][0]


def test_answers_are_listed_by_member_and_state(client, invited):
    hand_in(client, reply(invited["ada"], "DECLINED"))
    hand_in(client, reply(invited["gil"], "ACCEPTED", 2))
    listed = client.get("/v1/attendance?limit=1").get_json()
    rest = client.get(f"/v1/attendance?after={listed['next']}").get_json()
    both = [*listed["items"], *rest["items"]]
    assert [(one["member"], one["state"]) for one in both] == [("ada", "declined"), ("gil", "accepted")]
    assert rest["next"] is None
    for query, count in (("member=ada", 1), ("state=accepted", 1), ("member=ada&state=accepted", 0)):
        assert len(client.get(f"/v1/attendance?{query}").get_json()["items"]) == count


def test_a_proposal_is_taken_up_and_moves_the_session(client, invited):
    before = first_session(client)
    later = before["start"].replace("-", "").replace(":", "")
    hour = int(later[9:11])
    proposed = f":{later[:9]}{hour + 1:02d}{later[11:]}"
    assert hand_in(client, counter(invited["ada"], proposed)).get_json()["outcome"] == "done"
    (one,) = client.get("/v1/proposals?state=open").get_json()["items"]
    assert client.get(f"/v1/proposals/{one['id']}").get_json() == one
    done = client.post(f"/v1/proposals/{one['id']}/accept")
    assert (done.status_code, done.get_json()["state"]) == (200, "taken")
    after = client.get(f"/v1/sessions/{before['id']}").get_json()
    assert (after["start"], after["sequence"], after["answers"]) == (one["start"], 1, {})
    problem(client.post(f"/v1/proposals/{one['id']}/refuse"), 409, "conflict")


def test_a_proposal_that_does_not_fit_says_what_stands_against_it(client, invited):
    day = first_session(client)["start"][:10].replace("-", "")
    hand_in(client, counter(invited["ada"], f":{day}T200000Z"))
    (one,) = client.get(f"/v1/proposals?session={first_session(client)['id']}").get_json()["items"]
    body = problem(client.post(f"/v1/proposals/{one['id']}/accept"), 409, "conflict")
    assert any("ada has not offered the time" in each["detail"] for each in body["errors"])
    assert client.post(f"/v1/proposals/{one['id']}/refuse").get_json()["state"] == "refused"
    assert client.get("/v1/mails?state=held").get_json()["items"][0]["kind"] == "refusal"


def test_what_answers_broke_is_listed_and_closes(client, invited):
    hand_in(client, reply(invited["ada"], "DECLINED"))
    (one,) = client.get("/v1/repairs?state=open").get_json()["items"]
    assert (one["kind"], one["coming"], one["needed"]) == ("quorum", 1, 2)
    assert client.get(f"/v1/repairs/{one['id']}").get_json() == one
    problem(client.get(f"/v1/repairs/{one['id']}/stand-ins"), 409, "conflict")
    hand_in(client, reply(invited["ada"], "ACCEPTED", 2, "20260901T120000Z"))
    assert client.get("/v1/repairs?state=open").get_json()["items"] == []
    assert client.get(f"/v1/repairs/{one['id']}").get_json()["closed_because"] == "Enough people come again."


def test_bounces_suppress_or_count_and_are_listed(client, invited):
    told = hand_in(client, bounce(invited["ada"], 1)).get_json()
    assert (told["kind"], told["member"]) == ("bounce", "ada")
    hand_in(client, bounce(invited["gil"], 2, "4.2.2"))
    (gone,) = client.get("/v1/suppressions").get_json()["items"]
    assert (gone["address"], gone["reason"][:14]) == ("ada@mail.example", "Bounced: 5.1.1")
    (soft,) = client.get("/v1/bounces").get_json()["items"]
    assert (soft["address"], soft["count"], soft["status"]) == ("gil@mail.example", 1, "4.2.2")
    assert client.delete("/v1/suppressions/ada@mail.example").status_code == 204


@pytest.mark.parametrize("path", ["proposals/x", "repairs/x", "repairs/x/stand-ins"])
def test_what_is_not_there_is_not_found(client, people, path):
    problem(client.get(f"/v1/{path}"), 404, "not-found")
