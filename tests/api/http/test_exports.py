"""Exports over HTTP."""

from __future__ import annotations

import io
import zipfile

from icalendar import Calendar


def archive(answer):
    assert answer.status_code == 200, answer.get_data()
    assert answer.mimetype == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.get_data()))


def events(data):
    return Calendar.from_ical(data).walk("VEVENT")


def test_a_program_as_one_calendar(client, publish):
    publish(("ada", "gil"), ("cyd", "hal"))
    answer = client.get("/v1/exports/calendar.ics?program=mentoring")
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="calendar.ics"'
    assert len(events(answer.get_data())) == 12
    cycle = client.get("/v1/programs/mentoring").get_json()["cycle"]["id"]
    assert (
        len(events(client.get(f"/v1/exports/calendar.ics?program=mentoring&cycle={cycle}").get_data())) == 12
    )
    assert events(client.get("/v1/exports/calendar.ics?program=mentoring&cycle=other").get_data()) == []


def test_a_folder_for_each_organization_with_its_own_people_only(client, publish):
    publish(("ada", "gil"), ("cyd", "hal"))
    whole = client.get("/v1/exports/calendars.zip")
    with archive(whole) as found:
        names = found.namelist()
        assert {name.partition("/")[0] for name in names} == {"north", "south", "west"}
        assert "north/members/ada.ics" in names
        assert len(events(found.read("north/members/ada.ics"))) == 6
        told = found.read("north/organization.ics").decode().replace("\r\n ", "")
        assert "Ada" in told
        assert "Gil" not in told
    assert client.get("/v1/exports/calendars.zip").get_data() == whole.get_data()
    with archive(client.get("/v1/exports/calendars.zip?organization=north&program=mentoring")) as found:
        assert {name.partition("/")[0] for name in found.namelist()} == {"north"}


def test_what_is_not_there_is_refused_before_anything_is_sent(client, people):
    for query in (
        "calendar.ics?program=none",
        "calendars.zip?program=none",
        "calendars.zip?organization=none",
    ):
        answer = client.get(f"/v1/exports/{query}")
        assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/not-found")
    assert client.get("/v1/exports/calendar.ics").status_code == 422


def test_exports_need_a_key(stranger, people):
    assert stranger.get("/v1/exports/calendars.zip").status_code == 401
