"""Publication, sessions, invitations and mails over HTTP."""

from __future__ import annotations

import pytest
from icalendar import Calendar
from sqlalchemy import update

from matcher.domain.settings import NetworkSettings
from matcher.store.networks import add_network, change_network
from matcher.store.outbox import suppress
from matcher.store.tables import members


def problem(response, status, code):
    assert response.status_code == status, response.get_data()
    assert response.get_json()["type"] == f"/problems/{code}"
    return response.get_json()["detail"]


def everything(client, path):
    found, start = [], path
    while path:
        page = client.get(path).get_json()
        found += page["items"]
        path = page["next"] and f"{start}{'&' if '?' in start else '?'}after={page['next']}"
    return found


@pytest.fixture
def with_addresses(services, people):
    """Everybody has an address, and gets invites."""
    with services.database.write() as connection:
        for row in connection.execute(members.select()).all():
            body = row.body.replace('"id":', f'"email":"{row.id}@mail.example","id":', 1)
            connection.execute(update(members).where(members.c.id == row.id).values(body=body))
        chosen = NetworkSettings(channel="invites", hold_minutes=30)
        change_network(connection, "net", "The network", chosen, services.now())


def test_an_approved_plan_is_published_by_a_job(client, plan, solve):
    detail = problem(client.post(f"/v1/plans/{plan}/publish"), 409, "conflict")
    assert "approve it first" in detail
    assert client.post(f"/v1/plans/{plan}/approve").status_code == 200
    problem(client.post(f"/v1/plans/{plan}/publish", headers={"If-Match": '"1"'}), 412, "stale")
    tag = {"If-Match": client.get(f"/v1/plans/{plan}").headers["ETag"]}
    answer = client.post(f"/v1/plans/{plan}/publish", headers=tag)
    assert answer.status_code == 202
    job = solve(answer.headers["Location"])
    assert job["state"] == "done", job
    pairs = everything(client, f"/v1/plans/{plan}/pairs")
    sessions = everything(client, "/v1/sessions?limit=4")
    assert {tuple(s["key"]) for s in sessions} == {(p["learner"], p["guide"]) for p in pairs}
    assert job["result"]["sessions"] == len(sessions) == 6 * len(pairs)
    assert [s["start"] for s in sessions] == sorted(s["start"] for s in sessions)
    assert client.get(f"/v1/plans/{plan}").get_json()["state"] == "published"
    assert "published already" in problem(client.post(f"/v1/plans/{plan}/publish"), 409, "conflict")
    taken = client.post(f"/v1/plans/{plan}/retract")
    assert (taken.status_code, taken.get_json()["cancelled"]) == (200, len(sessions))
    assert {s["state"] for s in everything(client, "/v1/sessions")} == {"cancelled"}
    problem(client.post(f"/v1/plans/{plan}/retract"), 409, "conflict")


def test_sessions_are_filtered_and_paged(client, publish):
    plan = publish(("ada", "gil"), ("cyd", "hal"))
    sessions = everything(client, "/v1/sessions")
    assert len(sessions) == 12
    assert everything(client, "/v1/sessions?limit=5") == sessions
    assert everything(client, "/v1/sessions?member=gil&limit=2") == [
        s for s in sessions if "gil" in s["attendees"]
    ]
    assert everything(client, f"/v1/sessions?plan={plan}&program=mentoring") == sessions
    assert everything(client, "/v1/sessions?state=cancelled") == []
    start = sessions[5]["start"]
    assert everything(client, f"/v1/sessions?from={start}") == [s for s in sessions if s["start"] >= start]
    assert everything(client, f"/v1/sessions?to={start}") == [s for s in sessions if s["start"] < start]
    one = client.get(f"/v1/sessions/{sessions[0]['id']}").get_json()
    assert one == sessions[0]
    for query in ("from=2026-09-01", "state=moved", "after=WzFd", "after=WyJ4IiwieSJd"):
        problem(client.get(f"/v1/sessions?{query}"), 422, "invalid-request")


def test_an_invitation_is_what_a_member_would_be_mailed(client, with_addresses, publish):
    plan = publish(("ada", "gil"))
    session = client.get("/v1/sessions").get_json()["items"][0]
    path = f"/v1/sessions/{session['id']}/invite.ics"
    answer = client.get(f"{path}?member=ada")
    assert answer.content_type == "text/calendar; charset=utf-8; method=REQUEST"
    calendar = Calendar.from_ical(answer.get_data())
    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], str(event["UID"])) == ("REQUEST", session["uid"])
    assert event["ATTENDEE"] == "mailto:ada@mail.example"
    problem(client.get(f"{path}?member=cyd"), 404, "not-found")
    problem(client.get(path), 422, "invalid-request")
    client.post(f"/v1/plans/{plan}/retract")
    gone = Calendar.from_ical(client.get(f"{path}?member=ada").get_data())
    assert (gone["METHOD"], gone.walk("VEVENT")[0]["SEQUENCE"]) == ("CANCEL", 1)


def test_a_member_without_an_address_has_no_invitation(client, publish):
    publish(("ada", "gil"))
    session = client.get("/v1/sessions").get_json()["items"][0]
    problem(client.get(f"/v1/sessions/{session['id']}/invite.ics?member=ada"), 409, "conflict")


def test_mails_are_listed_with_what_became_of_them(client, with_addresses, publish):
    plan = publish(("ada", "gil"))
    mails = everything(client, "/v1/mails?limit=5")
    assert len(mails) == 12
    assert {(m["kind"], m["state"], m["plan"], m["due_at"]) for m in mails} == {
        ("request", "held", plan, "2026-09-01T12:30:00Z")
    }
    assert everything(client, "/v1/mails?member=ada&state=held") == [m for m in mails if m["member"] == "ada"]
    client.post(f"/v1/plans/{plan}/retract")
    assert {m["state"] for m in everything(client, "/v1/mails")} == {"withdrawn"}


def test_addresses_that_get_no_mail_are_listed_and_freed(client, network, services, clock):
    with services.database.write() as connection:
        for number in range(3):
            suppress(connection, "net", f"U{number}@x.example", "550 unknown", clock())
    found = everything(client, "/v1/suppressions?limit=2")
    assert [(one["address"], one["reason"]) for one in found] == [
        (f"u{number}@x.example", "550 unknown") for number in range(3)
    ]
    assert client.delete("/v1/suppressions/u1@x.example").status_code == 204
    problem(client.delete("/v1/suppressions/u1@x.example"), 404, "not-found")
    assert len(everything(client, "/v1/suppressions")) == 2


def test_what_found_no_time_is_listed_with_the_reason(client, publish):
    plan = publish(("ada", "gil"), ("cyd", "gil"), hour=9)
    found = everything(client, f"/v1/plans/{plan}/unscheduled?limit=1")
    assert len(found) == 1
    assert (found[0]["key"][1], found[0]["reason"]) == ("gil", "taken")
    problem(client.get("/v1/plans/none/unscheduled"), 404, "not-found")


def test_everything_is_sealed_to_its_network(as_key, client, publish, services, clock):
    plan = publish(("ada", "gil"))
    session = client.get("/v1/sessions").get_json()["items"][0]["id"]
    with services.database.write() as connection:
        add_network(connection, "other", "Other", NetworkSettings(), clock())
        suppress(connection, "net", "u@x.example", "550", clock())
    other = as_key("other")
    for path in ("/v1/sessions", "/v1/mails", "/v1/suppressions"):
        assert other.get(path).get_json()["items"] == []
    for method, path in (
        ("GET", f"/v1/sessions/{session}"),
        ("GET", f"/v1/sessions/{session}/invite.ics?member=ada"),
        ("POST", f"/v1/plans/{plan}/publish"),
        ("POST", f"/v1/plans/{plan}/retract"),
        ("GET", f"/v1/plans/{plan}/unscheduled"),
        ("GET", "/v1/members/ada/channel"),
        ("DELETE", "/v1/suppressions/u@x.example"),
    ):
        problem(other(method, path), 404, "not-found")
    problem(other.put("/v1/members/ada/channel", {"channel": "invites"}), 404, "not-found")


def test_a_retraction_may_be_sent_again_with_its_key(client, publish):
    plan = publish(("ada", "gil"))
    headers = {"Idempotency-Key": "once"}
    first = client.post(f"/v1/plans/{plan}/retract", headers=headers)
    again = client.post(f"/v1/plans/{plan}/retract", headers=headers)
    assert (first.status_code, first.get_data()) == (again.status_code, again.get_data())
