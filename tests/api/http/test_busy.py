"""Members' calendars over HTTP: sent as files, shown as times, joined with profiles in documents and runs."""

from __future__ import annotations

import json

import pytest

from matcher.store.source import stored_source
from tests.api.http.people import problem
from tests.matcher.calendar.busy.conftest import calendar, event

WEEKLY = event("DTSTART:20260907T100000Z", "DURATION:PT2H", "RRULE:FREQ=WEEKLY;COUNT=3")
TIMES = [
    {"start": f"2026-09-{day:02d}T10:00:00Z", "end": f"2026-09-{day:02d}T12:00:00Z"} for day in (7, 14, 21)
]


@pytest.fixture
def send(client, people):
    """Sends a calendar of ada's."""

    def run(*components, member="ada", data=None, mimetype="text/calendar"):
        body = calendar(*components) if data is None else data
        return client.put(f"/v1/members/{member}/busy", data=body, content_type=mimetype)

    return run


def busy_in_runs(services, member="ada"):
    """The busy times that a run would see."""
    with services.database.read() as connection, stored_source(connection, "net") as source:
        found = next(one for one in source.people() if getattr(one, "id", None) == member)
    return [one.model_dump(mode="json") for one in found.busy]


def test_a_file_gives_times_and_nothing_else(client, send, services):
    found = send(WEEKLY, event("DTSTART:nonsense", uid="odd@example.org"))
    assert found.status_code == 200
    source = found.get_json()
    assert (source["kind"], source["intervals"], source["problem"]) == ("file", 3, None)
    assert source["report"]["read"] == 2
    assert source["report"]["told"] == [
        {
            "code": "bad-value",
            "component": "VEVENT",
            "uid": "odd@example.org",
            "sentence": "One of its dates, times or lengths cannot be read.",
        }
    ]
    shown = client.get("/v1/members/ada/busy")
    assert shown.get_json()["intervals"] == TIMES
    assert [one["id"] for one in shown.get_json()["sources"]] == [source["id"]]
    assert busy_in_runs(services) == TIMES
    with services.database.read() as connection:
        stored = [
            str(value)
            for (table,) in connection.exec_driver_sql(TABLES[services.database.sqlite])
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')
            for value in row
        ]
    assert not any("Secret" in value for value in stored)


TABLES = {
    True: "SELECT name FROM sqlite_master WHERE type = 'table'",
    False: "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
}


def test_the_next_file_comes_in_the_place_of_the_one_before(client, send, services):
    first = send(WEEKLY).get_json()
    second = send(event("DTSTART:20260908T100000Z", "DURATION:PT1H")).get_json()
    assert second["id"] == first["id"]
    assert busy_in_runs(services) == [{"start": "2026-09-08T10:00:00Z", "end": "2026-09-08T11:00:00Z"}]
    assert client.delete(f"/v1/members/ada/busy/{first['id']}").status_code == 204
    assert busy_in_runs(services) == []
    assert client.delete(f"/v1/members/ada/busy/{first['id']}").status_code == 404


def test_times_of_the_profile_stay_and_a_profile_is_not_changed_by_its_calendars(client, send, services):
    own = [{"start": "2026-09-07T10:00:00Z", "end": "2026-09-07T11:00:00Z"}, TIMES[1]]
    profile = client.get("/v1/members/ada").get_json()
    body = {key: value for key, value in profile.items() if key not in ("channel", "version", "changed_at")}
    version = client.put("/v1/members/ada", {**body, "busy": own}).get_json()["version"]
    send(WEEKLY)
    now = client.get("/v1/members/ada").get_json()
    assert (now["busy"], now["version"]) == (own, version)
    assert busy_in_runs(services) == [*own, *TIMES]


def test_a_document_holds_the_times_and_reading_it_in_again_changes_nothing(client, send, services):
    send(WEEKLY)
    for query in ("?format=json", "?format=jsonl"):
        text = client.get(f"/v1/document{query}").get_data()
        assert b"2026-09-14T10:00:00Z" in text
        assert b"Secret" not in text
    whole = client.get("/v1/document").get_json()
    done = client.put("/v1/document", whole).get_json()
    assert (done["updated"], done["unchanged"]) == (0, len(whole["members"]))
    assert busy_in_runs(services) == TIMES
    sheet = "id,name,organization,time_zone,goals\nada,Ada,north,UTC,Speak well\n"
    assert client.post("/v1/members/bulk", data=sheet, content_type="text/csv").status_code == 200
    assert client.get("/v1/members/ada").get_json()["busy"] == []


def test_a_member_who_goes_takes_the_calendars_along(client, send):
    send(WEEKLY, member="joe")
    assert len(client.get("/v1/busy").get_json()["items"]) == 1
    assert client.delete("/v1/members/joe").status_code == 204
    assert client.get("/v1/busy").get_json()["items"] == []


@pytest.mark.parametrize(
    ("data", "mimetype", "status", "kind"),
    [
        (b"Dear all,", "text/calendar", 422, "unusable-calendar"),
        (b"", "text/calendar", 422, "unusable-calendar"),
        (calendar(*[event("DTSTART:20260908T100000Z")] * 5_001), "text/calendar", 422, "unusable-calendar"),
        (calendar("X" * 1_000_000), "text/calendar", 413, "too-large"),
        (calendar(WEEKLY), "text/plain", 415, "unsupported-media-type"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(client, send, services, data, mimetype, status, kind):
    send(WEEKLY)
    refused = send(data=data, mimetype=mimetype)
    assert problem(refused, status, kind)
    assert "Secret" not in refused.get_data(as_text=True)
    assert busy_in_runs(services) == TIMES


def test_only_those_with_a_key_of_the_network_see_or_change_anything(client, send, stranger, stranger_key):
    source = send(WEEKLY).get_json()["id"]
    for who, status in ((stranger, 401), (stranger_key, 404)):
        assert who.get("/v1/members/ada/busy").status_code == status
        assert (
            who.put("/v1/members/ada/busy", data=calendar(), content_type="text/calendar").status_code
            == status
        )
        assert who.delete(f"/v1/members/ada/busy/{source}").status_code == status
    assert stranger_key.get("/v1/busy").get_json()["items"] == []
    assert "Secret" not in json.dumps(client.get("/v1/busy").get_json())
    assert problem(client.get("/v1/members/nobody/busy"), 404, "not-found")
