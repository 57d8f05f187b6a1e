"""Addresses of members' calendars: added, polled, failing, removed; their secrets stay secret."""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from api.http.app import create_app
from matcher.service.busy.polling import Polled, Poller, poll
from matcher.settings import Settings
from matcher.store.database import Database
from matcher.wiring import Services
from tests.api.http.people import details, problem
from tests.api.http.test_busy import TABLES, TIMES, WEEKLY, busy_in_runs
from tests.https_site import HOST, certificate, guard, say, site
from tests.matcher.calendar.busy.conftest import calendar, event

__all__ = ["certificate", "guard", "site"]

SECRET = "private-4711"
FILE = calendar(WEEKLY)


@pytest.fixture
def services(database_url, clock, tmp_path, guard):
    settings = Settings(database=database_url, data=tmp_path / "data", secret="a secret of this test")
    made = Services(settings, Database(database_url), clock, guard=guard)
    yield made
    made.close()


@pytest.fixture
def add(client, people, site):
    """Adds an address of ada's calendar."""

    def run(path=f"/{SECRET}.ics", member="ada", url=None, **more):
        body = {"url": url or site.url(path), **more}
        return client.post(f"/v1/members/{member}/busy", body)

    return run


def everything_stored(services):
    """All values in the database, as one text."""
    with services.database.read() as connection:
        return "\n".join(
            str(value)
            for (table,) in connection.exec_driver_sql(TABLES[services.database.sqlite]).all()
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')
            for value in row
        )


def test_an_address_is_read_at_once_and_never_shown(client, add, site, services, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    site.answers[f"/{SECRET}.ics"] = say(200, FILE, ETag='"1"')
    made = add()
    assert made.status_code == 201
    source = made.get_json()
    told = (source["kind"], source["host"], source["intervals"], source["problem"])
    assert told == ("address", HOST, 3, None)
    assert busy_in_runs(services) == TIMES
    shown = [client.get(path) for path in ("/v1/members/ada/busy", "/v1/busy")]
    answers = [one.get_data(as_text=True) for one in (made, *shown)]
    for text in (*answers, everything_stored(services), caplog.text, *capfd.readouterr()):
        assert SECRET not in text
        assert "Secret" not in text


def test_what_has_not_changed_is_not_read_again_for_a_week(client, add, site, services, clock):
    site.answers[f"/{SECRET}.ics"] = say(200, FILE, ETag='"1"')
    add()
    assert poll(services).read == 0
    clock.forward(hours=6)

    def conditional(handler):
        (say(304) if handler.headers.get("If-None-Match") else say(200, FILE))(handler)

    site.answers[f"/{SECRET}.ics"] = conditional
    assert (poll(services).read, busy_in_runs(services)) == (1, TIMES)
    assert site.asked[-1][2]["If-None-Match"] == '"1"'
    clock.forward(days=7)
    assert poll(services).read == 1
    assert "If-None-Match" not in site.asked[-1][2]
    source = client.get("/v1/busy").get_json()["items"][0]
    assert source["read_at"] == source["tried_at"] == clock().isoformat().replace("+00:00", "Z")


def test_times_follow_the_zone_of_the_profile(client, add, site, services, clock):
    floating = calendar(event("DTSTART:20260907T100000", "DURATION:PT1H"))
    site.answers[f"/{SECRET}.ics"] = say(200, floating, ETag='"1"')
    add()
    profile = client.get("/v1/members/ada").get_json()
    body = {key: value for key, value in profile.items() if key not in ("channel", "version", "changed_at")}
    client.put("/v1/members/ada", {**body, "time_zone": "Asia/Tokyo"})
    clock.forward(hours=6)
    poll(services)
    assert busy_in_runs(services) == [{"start": "2026-09-07T01:00:00Z", "end": "2026-09-07T02:00:00Z"}]


def test_a_calendar_that_fails_keeps_its_times_says_why_and_stops_no_other(
    client, add, site, services, clock
):
    site.answers["/good.ics"] = say(200, FILE)
    site.answers["/bad.ics"] = say(200, FILE)
    bad = add("/bad.ics").get_json()
    add("/good.ics", member="bea")
    clock.forward(hours=6)
    site.answers["/bad.ics"] = say(410)
    done = poll(services)
    assert (done.read, done.failed) == (1, 1)
    (failing,) = client.get("/v1/busy?failing=true").get_json()["items"]
    assert (failing["id"], failing["problem"], failing["failures"]) == (bad["id"], "not-there", 1)
    assert "give the new address" in failing["detail"]
    assert busy_in_runs(services) == busy_in_runs(services, "bea") == TIMES
    waits = []
    for _ in range(7):
        source = client.get("/v1/busy?failing=true").get_json()["items"][0]
        due = clock().fromisoformat(source["due_at"])
        waits.append((due - clock()) // timedelta(hours=1))
        clock.time = due
        poll(services)
    assert waits == [1, 2, 4, 8, 16, 24, 24]
    site.answers["/bad.ics"] = say(200, calendar())
    assert client.post(f"/v1/members/ada/busy/{bad['id']}/read").get_json()["problem"] is None
    assert busy_in_runs(services) == []
    assert client.get("/v1/busy?failing=true").get_json()["items"] == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (say(200, b"<html>Sign in</html>"), "not-a-calendar"),
        (say(200, calendar(*[event("DTSTART:20260908T100000Z")] * 5_001)), "too-many-components"),
        (say(401), "login-needed"),
    ],
)
def test_an_address_that_cannot_be_read_now_is_kept_and_told(add, site, answer, code):
    site.answers[f"/{SECRET}.ics"] = answer
    made = add()
    assert made.status_code == 201
    assert (made.get_json()["problem"], made.get_json()["intervals"]) == (code, 0)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://calendar.example.org/a.ics", "not-https"),
        ("https://10.0.0.1/a.ics", "private-address"),
        ("https://inner.example.org/a.ics", "private-address"),
        ("https://user:pass@calendar.example.org/a.ics", "credentials-in-address"),
        ("https://calendar.example.org:22/a.ics", "port-not-allowed"),
    ],
)
def test_an_address_that_may_not_be_asked_is_refused_and_not_kept(client, add, site, url, code):
    body = problem(add(url=url), 422, "unusable-address")
    assert details(body) == {("#/url", code)}
    assert client.get("/v1/busy").get_json()["items"] == []
    assert site.asked == []


def test_a_caldav_collection_is_asked_with_its_login(add, site, services):
    site.answers["/cal/"] = say(200, calendar("BEGIN:VFREEBUSY|FREEBUSY:20260907T100000Z/PT2H|END:VFREEBUSY"))
    made = add("/cal/", kind="caldav", name="ada", password="pass-4711")
    assert made.get_json()["intervals"] == 1
    assert site.asked[-1][0] == "REPORT"
    assert site.asked[-1][2]["Authorization"] == "Basic YWRhOnBhc3MtNDcxMQ=="
    assert "pass-4711" not in everything_stored(services)
    assert busy_in_runs(services) == TIMES[:1]


def test_another_secret_of_the_installation_is_told(client, add, site, services, clock):
    site.answers[f"/{SECRET}.ics"] = say(200, FILE)
    add()
    clock.forward(hours=6)
    other = replace(services, settings=services.settings.model_copy(update={"secret": "another"}))
    assert poll(other).failed == 1
    assert client.get("/v1/busy").get_json()["items"][0]["problem"] == "sealed-otherwise"
    assert busy_in_runs(services) == TIMES


def test_without_a_secret_no_address_is_kept(services, as_key, people):
    bare = replace(services, settings=services.settings.model_copy(update={"secret": ""}))
    client = as_key("net")
    client._client = create_app(bare).test_client()
    refused = client.post("/v1/members/ada/busy", {"url": f"https://{HOST}/a.ics"})
    assert "PEERLOOM_SECRET" in problem(refused, 409, "conflict")["detail"]
    assert client.get("/v1/busy").get_json()["items"] == []


def test_a_member_has_ten_calendars_at_most(add, site):
    site.answers[f"/{SECRET}.ics"] = say(200, FILE)
    assert [add().status_code for _ in range(11)] == [201] * 10 + [409]


def test_calendars_of_people_who_left_are_not_read(client, add, site, services, clock):
    site.answers[f"/{SECRET}.ics"] = say(200, FILE)
    add()
    profile = client.get("/v1/members/ada").get_json()
    body = {key: value for key, value in profile.items() if key not in ("channel", "version", "changed_at")}
    client.put("/v1/members/ada", {**body, "status": "left"})
    clock.forward(hours=6)
    assert poll(services) == poll(services, all_of_them=True) == Polled()
    assert len(site.asked) == 1


def test_files_are_not_read_again_and_a_repeated_request_adds_once(client, add, site, people):
    site.answers[f"/{SECRET}.ics"] = say(200, FILE)
    sent = client.put("/v1/members/ada/busy", data=FILE, content_type="text/calendar").get_json()
    assert problem(client.post(f"/v1/members/ada/busy/{sent['id']}/read"), 409, "conflict")
    once = {"headers": {"Idempotency-Key": "k"}}
    body = {"url": site.url(f"/{SECRET}.ics")}
    both = [client.post("/v1/members/ada/busy", body, **once).get_json()["id"] for _ in range(2)]
    assert both[0] == both[1]
    assert len(client.get("/v1/busy").get_json()["items"]) == 2


def test_two_processes_never_read_one_calendar_twice(add, site, services, clock):
    for number in range(6):
        site.answers[f"/{number}.ics"] = say(200, FILE)
        add(f"/{number}.ics")
    clock.forward(hours=6)
    before = len(site.asked)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(poll, [services, services]))
    assert sum(one.read for one in done) == len(site.asked) - before == 6
    assert poll(services, all_of_them=True).read == 6


def test_a_server_reads_what_is_due_by_itself(add, site, services, clock, client):
    site.answers[f"/{SECRET}.ics"] = say(500)
    add()
    site.answers[f"/{SECRET}.ics"] = say(200, FILE)
    clock.forward(hours=2)
    poller = Poller(services, every_seconds=0.01)
    poller.start()
    end = time.monotonic() + 20
    while client.get("/v1/busy").get_json()["items"][0]["problem"] is not None:
        assert time.monotonic() < end
        time.sleep(0.05)
    poller.stop()
    assert json.dumps(busy_in_runs(services)) == json.dumps(TIMES)
