"""Small profiles for tests of the people of a network."""

from __future__ import annotations

import json

ORGANIZATIONS = [{"id": "north", "name": "North"}, {"id": "south", "name": "South"}]
SKILLS = [
    {"id": "kubernetes", "name": "Kubernetes", "synonyms": ["k8s"]},
    {"id": "python", "name": "Python", "related": [{"skill": "kubernetes"}]},
]
CYCLE = {"id": "2026-4", "start": "2026-09-28", "end": "2026-12-20"}


def member(identifier, **fields):
    """A profile that can be stored in the network of `settle`."""
    basic = {"id": identifier, "name": f"Name {identifier}", "organization": "north", "time_zone": "UTC"}
    return {**basic, **fields}


def settle(client):
    """Two organizations and two skills."""
    for name, parts in (("organizations", ORGANIZATIONS), ("skills", SKILLS)):
        for part in parts:
            assert client.put(f"/v1/{name}/{part['id']}", part).status_code == 201


def lines(profiles):
    """Profiles as JSON Lines."""
    return "".join(json.dumps(one) + "\n" for one in profiles).encode()


def problem(response, status, code):
    """The body of a problem, checked to be one."""
    assert response.status_code == status, response.get_data()
    assert response.content_type == "application/problem+json"
    body = response.get_json()
    assert body["type"] == f"/problems/{code}"
    return body


def details(body):
    """What is wrong, by pointer."""
    return {(one["pointer"], one["detail"]) for one in body.get("errors", ())}


def pointers(body):
    """Where something is wrong."""
    return {one["pointer"] for one in body.get("errors", ())}
