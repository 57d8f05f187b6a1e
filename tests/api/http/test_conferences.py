"""Where sessions are held online, over HTTP."""

from __future__ import annotations

import pytest


def test_a_session_or_its_series_gets_an_address(client, publish):
    publish(("ada", "gil"))
    first, *rest = client.get("/v1/sessions?member=ada").get_json()["items"]
    path = f"/v1/sessions/{first['id']}/conference"
    answer = client.put(path, {"url": "https://meet.example.org/a"})
    assert answer.get_json() == {"changed": [first["id"]]}
    shown = client.get(f"/v1/sessions/{first['id']}").get_json()
    assert (shown["conference"], shown["sequence"]) == ("https://meet.example.org/a", first["sequence"] + 1)
    answer = client.put(path, {"url": "https://meet.example.org/b", "series": True})
    assert len(answer.get_json()["changed"]) == len(rest) + 1
    assert client.put(path, {"url": None}).get_json() == {"changed": [first["id"]]}
    assert client.get(f"/v1/sessions/{first['id']}").get_json()["conference"] is None


@pytest.mark.parametrize("url", ["meet.example.org", "javascript:x", "https://a b", "https://x\r\nX:1", ""])
def test_only_addresses_of_the_web_are_taken(client, publish, url):
    publish(("ada", "gil"))
    first = client.get("/v1/sessions?member=ada").get_json()["items"][0]
    assert client.put(f"/v1/sessions/{first['id']}/conference", {"url": url}).status_code == 422


def test_unknown_sessions_have_none(client, people):
    assert client.put("/v1/sessions/none/conference", {"url": None}).status_code == 404
