"""Feeds over HTTP, as calendar programs ask for them."""

from __future__ import annotations

import gzip
import logging

import pytest
from icalendar import Calendar

from api.http.logs import without_secrets
from matcher.domain.settings import NetworkSettings
from matcher.store.networks import add_network


def problem(response, status, code):
    assert response.status_code == status, response.get_data()
    assert response.get_json()["type"] == f"/problems/{code}"
    return response.get_json()


def path_of(feed):
    return "/" + feed["url"].split("/", 3)[3]


@pytest.fixture
def feed(client, publish):
    """ada's feed, just made."""
    publish(("ada", "gil"), ("cyd", "hal"))
    answer = client.post("/v1/feeds", {"member": "ada"})
    assert answer.status_code == 201
    return answer.get_json()


def test_the_address_is_shown_once(client, feed, services):
    base = services.settings.base_url
    assert feed["url"] == f"{base}/feeds/{feed['token']}.ics"
    assert feed["webcal"] == feed["url"].replace("http://", "webcal://")
    shown = client.get(f"/v1/feeds/{feed['id']}").get_json()
    assert shown == {key: feed[key] for key in shown}
    assert not {"token", "url", "webcal", "google"} & shown.keys()
    cid = feed["webcal"].replace(":", "%3A").replace("/", "%2F")
    assert feed["google"] == f"https://calendar.google.com/calendar/render?cid={cid}"
    assert client.get("/v1/feeds?member=ada").get_json()["items"] == [shown]
    assert client.get("/v1/feeds?member=cyd").get_json()["items"] == []


def test_a_repeated_post_makes_no_second_feed_and_keeps_no_secret(client, publish, services):
    publish(("ada", "gil"))
    headers = {"Idempotency-Key": "k"}
    first = client.post("/v1/feeds", {"member": "ada"}, headers=headers)
    again = client.post("/v1/feeds", {"member": "ada"}, headers=headers)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_json() == {
        **first.get_json(),
        "token": None,
        "url": None,
        "webcal": None,
        "google": None,
    }
    with services.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT body FROM idempotency").all()
    assert first.get_json()["token"].encode() not in bytes(rows[0][0])


def test_a_calendar_needs_no_key_and_says_how_long_it_holds(stranger, feed):
    answer = stranger.get(path_of(feed))
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["ETag"].startswith('"')
    assert "Set-Cookie" not in answer.headers
    assert len(Calendar.from_ical(answer.get_data()).walk("VEVENT")) == 6


def test_what_was_seen_is_not_sent_again(stranger, feed, publish):
    path = path_of(feed)
    first = stranger.get(path)
    tag, since = first.headers["ETag"], first.headers["Last-Modified"]
    for headers in ({"If-None-Match": tag}, {"If-Modified-Since": since}, {"If-None-Match": f'"x", {tag}'}):
        answer = stranger.get(path, headers=headers)
        assert (answer.status_code, answer.get_data()) == (304, b"")
        assert answer.headers["ETag"] == tag
        assert answer.headers["Cache-Control"] == "private, max-age=300"
    other = {"If-None-Match": '"other"', "If-Modified-Since": since}  # the ETag has the say
    assert stranger.get(path, headers=other).status_code == 200
    publish(("ada", "hal"))
    fresh = stranger.get(path, headers={"If-None-Match": tag})
    assert (fresh.status_code, fresh.headers["ETag"] != tag) == (200, True)


def test_304_comes_without_rendering(stranger, feed, monkeypatch):
    tag = stranger.get(path_of(feed)).headers["ETag"]

    def must_not(*_, **__):
        raise AssertionError("rendered")

    monkeypatch.setattr("matcher.service.feeds.render_feed", must_not)
    assert stranger.get(path_of(feed), headers={"If-None-Match": tag}).status_code == 304


def test_head_and_gzip(stranger, feed):
    path = path_of(feed)
    plain = stranger.get(path)
    head = stranger("HEAD", path)
    assert (head.status_code, head.get_data()) == (200, b"")
    assert (head.headers["ETag"], head.content_length) == (plain.headers["ETag"], len(plain.get_data()))
    zipped = stranger.get(path, headers={"Accept-Encoding": "gzip, deflate"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.get_data()) == plain.get_data()
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    assert {plain.headers["Vary"], zipped.headers["Vary"]} == {"Accept, Accept-Encoding"}
    both = {"Accept-Encoding": "gzip", "If-None-Match": zipped.headers["ETag"]}
    assert stranger.get(path, headers=both).status_code == 304
    assert stranger.get(path, headers={**both, "Accept-Encoding": "gzip;q=0"}).status_code == 200


def test_wrong_addresses_open_nothing_and_are_not_repeated(stranger, feed):
    body = problem(stranger.get("/feeds/wrong-token.ics"), 404, "not-found")
    assert "wrong-token" not in str(body)
    problem(stranger.get(f"/feeds/{feed['token']}"), 404, "not-found")
    assert stranger.get("/v1/feeds").status_code == 401


def test_a_revoked_feed_holds_a_note_for_a_month_and_is_gone_then(client, stranger, feed, clock):
    path = path_of(feed)
    tag = stranger.get(path).headers["ETag"]
    revoked = client.delete(f"/v1/feeds/{feed['id']}")
    assert (revoked.status_code, revoked.get_json()["revoked_at"] is not None) == (200, True)
    problem(client.delete(f"/v1/feeds/{feed['id']}"), 409, "conflict")
    answer = stranger.get(path, headers={"If-None-Match": tag})
    assert (answer.status_code, b"has ended" in answer.get_data()) == (200, True)
    assert stranger.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    clock.forward(days=30)
    problem(stranger.get(path), 410, "gone")


def test_rotation_and_days(client, stranger, feed, clock):
    answer = client.post(f"/v1/feeds/{feed['id']}/rotate")
    fresh = answer.get_json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/feeds/{fresh['id']}")
    assert b"has ended" in stranger.get(path_of(feed)).get_data()
    assert b"has ended" not in stranger.get(path_of(fresh)).get_data()
    short = client.post("/v1/feeds", {"member": "ada", "days": 2}).get_json()
    clock.forward(days=2)
    assert b"has ended" in stranger.get(path_of(short)).get_data()
    for body in ({"member": "ada", "days": 0}, {"member": "ada", "day": 1}, {}):
        problem(client.post("/v1/feeds", body), 422, "invalid-request")
    problem(client.post("/v1/feeds", {"member": "nobody"}), 404, "not-found")


def test_feeds_are_sealed_to_their_network(as_key, client, feed, services, clock):
    with services.database.write() as connection:
        add_network(connection, "other", "Other", NetworkSettings(), clock())
    other = as_key("other")
    assert other.get("/v1/feeds").get_json()["items"] == []
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/rotate")):
        problem(other(method, f"/v1/feeds/{feed['id']}{path}"), 404, "not-found")
    problem(other.post("/v1/feeds", {"member": "ada"}), 404, "not-found")


def test_uses_are_counted(client, stranger, feed, clock):
    stranger.get(path_of(feed))
    shown = client.get(f"/v1/feeds/{feed['id']}").get_json()
    assert (shown["accesses"], shown["accessed_at"]) == (1, "2026-09-01T12:00:00Z")


def test_the_secret_part_is_taken_out_of_what_the_server_logs(app, caplog):
    token = "x" * 43
    assert token not in without_secrets(f"GET /feeds/{token}.ics?a=1 failed")
    with caplog.at_level(logging.INFO, "waitress"):
        logging.getLogger("waitress").info("Client disconnected while serving %s", f"/feeds/{token}.ics")
    assert [record.getMessage() for record in caplog.records] == [
        "Client disconnected while serving /feeds/..."
    ]


def test_a_members_channel_is_read_and_set(client, stranger, people, publish, feed):
    answer = client.get("/v1/members/ada/channel")
    nobody_chose = {"notices": "turns", "mail_refused": None, "choices": None}
    assert answer.get_json() == {"member": "ada", "channel": "feed", "own": True, **nobody_chose}
    assert client.get("/v1/members/joe/channel").get_json()["own"] is False
    tag = {"If-Match": answer.headers["ETag"]}
    problem(client.put("/v1/members/ada/channel", {"channel": "invites"}, headers=tag), 409, "conflict")
    problem(client.put("/v1/members/ada/channel", {"channel": "fax"}), 422, "invalid-request")
    problem(client.get("/v1/members/nobody/channel"), 404, "not-found")
    stale = {"If-Match": '"7"'}
    problem(client.put("/v1/members/ada/channel", {"channel": "feed"}, headers=stale), 412, "stale")
    assert client.put("/v1/members/ada/channel", {"channel": "feed"}, headers=tag).status_code == 200
