"""The whole API against its own document: odd requests of every operation, on a network with data.

No answer may be a 5xx, every status and content type must be documented, every body must fit its schema, what
does not fit the document must be refused, and nothing may be had without a key.
"""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from functools import cache

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks

from api.http.app import create_app, join
from matcher.domain.feed import FeedScope, Subject
from matcher.service.busy.sources import put_file
from matcher.service.feeds import subscribe
from matcher.settings import Settings
from matcher.store.database import Database
from matcher.store.jobs import cancel_job
from matcher.wiring import Services
from tests.api.http.people import pointers, problem

checks.load_all_checks()
schemathesis.serializer.alias("message/rfc822", "text/plain")
CHECKS = checks.CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "ignored_auth",
    ]
)
REFUSES = checks.CHECKS.get_by_names(["negative_data_rejection"])
"""Not where there is a query: an unknown parameter that is an empty list is left out on its way."""
TAKES_ANYTHING = {"POST /v1/inbox"}
"""Whatever comes by mail is a message."""
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
QUICK, LONG = 8, 40
TEXT_OF_FILES = {"application/jsonl", "text/csv", "text/calendar", "message/rfc822", "multipart/form-data"}


@cache
def api():
    """The document of an app, and the app; each test gives it services of its own."""
    nowhere = Services(Settings(), Database("sqlite:////nowhere/peerloom.db"), lambda: datetime.now(UTC))
    return schemathesis.openapi.from_wsgi("/docs/openapi.json", create_app(nowhere))


@cache
def operations():
    return {found.ok().label: found.ok() for found in api().get_all_operations()}


@pytest.fixture
def existing(services, new_plan, publish, client, clock):
    """Sets a network up for an operation; returns the ids of what is there, by path parameters."""

    def make(operation):
        resource = operation.path.split("/")[2]
        ids = {"network": "net", "program": "mentoring", "version": 1}
        if resource == "sessions":
            publish(("ada", "gil"), ("cyd", "hal"))
            ids["session"] = client.get("/v1/sessions").get_json()["items"][0]["id"]
        else:
            ids["plan"] = new_plan()
        named = {"members": "ada", "policies": "default", "skills": "python", "organizations": "north"}
        ids["id"] = named.get(resource, "mentoring")
        with services.database.write() as connection:
            feed, token = subscribe(connection, "net", Subject(FeedScope.MEMBER, "ada"), clock(), None)
        ids |= {"feed": feed.id, "token": token}
        file = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
        ids["source"] = put_file(services.database, "net", "ada", file, clock()).id
        ids["job"] = client.post("/v1/programs/mentoring/plans", {}).get_json()["id"]
        with services.database.write() as connection:  # a stream of its events ends at once
            cancel_job(connection, "net", ids["job"], "drop", clock())
        return ids

    return make


def send_many(operation, ids, authorization, most):
    """Send up to `most` requests of an operation; the paths of half of them name what exists."""

    @settings(
        max_examples=most,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of([operation.as_strategy(mode) for mode in MODES]), there=st.booleans())
    def send(case, there):
        if there and case.path_parameters:
            case.path_parameters.update({k: ids[k] for k in case.path_parameters if k in ids})
        headers = {"Authorization": authorization, "Accept-Encoding": "identity"}
        lenient = operation.query or operation.label in TAKES_ANYTHING
        case.call_and_validate(headers=headers, checks=CHECKS if lenient else CHECKS + REFUSES)

    send()


def check(label, services, existing, as_key, most):
    operation = operations()[label]
    join(operation.app, services)
    ids = existing(operation)
    send_many(operation, ids, as_key("net").authorization, most)


@pytest.mark.parametrize("label", operations())
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_operation_keeps_to_the_document(label, services, existing, as_key):
    check(label, services, existing, as_key, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("label", operations())
def test_every_operation_keeps_to_the_document_for_long(label, services, existing, as_key):
    check(label, services, existing, as_key, LONG)


def test_the_document_is_valid_openapi():
    assert api().raw_schema["openapi"] == "3.1.0"
    api().validate()


def texts(schema, where, seen):
    """The texts and whole numbers of a JSON Schema that are free to hold anything, by where they stand."""
    document = api().raw_schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            seen.add(name)
            yield from texts(document["components"]["schemas"][name], name, seen)
        return
    if schema.get("type") == "string" and not {"enum", "const", "format"} & set(schema):
        pattern = schema.get("pattern")
        if pattern is None or re.search(pattern, "a\0b"):
            yield where
    if schema.get("type") == "integer" and not {"maximum", "exclusiveMaximum", "enum"} & set(schema):
        yield where
    inner = [
        (one, where) for key in ("anyOf", "oneOf", "allOf", "prefixItems") for one in schema.get(key, ())
    ]
    inner += [(one, f"{where}.{name}") for name, one in schema.get("properties", {}).items()]
    inner += [
        (schema[key], where) for key in ("items", "additionalProperties", "propertyNames") if key in schema
    ]
    for one, place in inner:
        if isinstance(one, dict):
            yield from texts(one, place, seen)


def test_no_text_may_hold_nul_and_no_number_is_without_bounds():
    free, seen = set(), set()
    for path, methods in api().raw_schema["paths"].items():
        for method, operation in methods.items():
            label = f"{method.upper()} {path}"
            for one in operation.get("parameters", ()):
                free |= set(texts(one["schema"], f"{label} {one['name']}", seen))
            for kind, body in operation.get("requestBody", {}).get("content", {}).items():
                if kind not in TEXT_OF_FILES:
                    free |= set(texts(body["schema"], label, seen))
    zones = {"Member.time_zone", "NetworkSettings.time_zone", "ProgramPods.time_zone"}
    assert free == zones, "these must be names of zones"


# -- what generators seldom find, on both databases ----


def cursor(*position):
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


NUL_ADDRESSES = [
    ("GET", "/v1/members/a%00b", "#/id"),
    ("GET", "/v1/members?q=%00", "#/q"),
    ("GET", "/v1/jobs?kind=%00", "#/kind"),
    ("GET", "/v1/sessions?member=%00a", "#/member"),
    ("DELETE", "/v1/suppressions/a%00b@c", "#/address"),
    ("GET", "/v1/programs/mentoring/candidates?member=ada&audience=member:%00", "#/audience"),
    ("GET", f"/v1/members?after={cursor('a' + chr(0))}", "#/after"),
    ("GET", f"/v1/policies/default/versions?after={cursor(10**30)}", "#/after"),
    ("GET", "/v1/sessions?from=0001-01-01T00:00:00%2B14:00", "#/from"),
    ("GET", "/v1/policies/default/versions/99999999999999999999", "#/version"),
]


@pytest.mark.parametrize(("method", "address", "place"), NUL_ADDRESSES)
def test_addresses_that_no_database_could_look_for_are_refused(client, people, method, address, place):
    assert pointers(problem(client(method, address), 422, "invalid-request")) == {place}


@pytest.mark.parametrize("text", ["%ED%A0%80", "%FF%FE", "%F0%9F%92%A1", "%2e%2e", "%0d%0a"])
def test_odd_bytes_in_an_address_name_nothing(client, people, text):
    for address in (f"/v1/members/x{text}x", f"/v1/plans/x{text}x", f"/v1/jobs/x{text}x/events"):
        problem(client.get(address), 404, "not-found")
    assert client.get(f"/v1/members?q=x{text}").get_json()["items"] == []


BODIES = [
    (b'{"id": "a", "name": "a\\ud800b"}', 400),
    (b'{"id": "a", "name": "a\\u0000b"}', 422),
    (b'{"id": "a", "name": "a", "synonyms": ["\\u0000"]}', 422),
    (b'{"id": "a", "name": ' + b"9" * 5000 + b"}", 422),
    (b'{"id": "a", "name": NaN}', 422),
    (b"[" * 100_000, 400),
    (b'{"id": "a", "name": "\xff"}', 400),
    (b"", 400),
]


@pytest.mark.parametrize(("body", "status"), BODIES)
def test_odd_bodies_are_refused(client, people, body, status):
    found = client.put("/v1/skills/a", data=body, content_type="application/json")
    problem(found, status, "invalid-json" if status == 400 else "invalid-request")
    assert client.get("/v1/skills/a").status_code == 404


ODD_HEADERS = [
    {"If-Match": '"' + "9" * 400 + '"'},
    {"If-Match": "\xff"},
    {"If-None-Match": "W/"},
    {"Accept-Encoding": ";;q=x"},
    {"Accept": "/;q=nan"},
    {"Content-Type": "application/json; charset=\xff"},
    {"Range": "bytes=-9999999999999999999"},
    {"If-Modified-Since": "Mon, 99 Foo 0000"},
    {"Last-Event-ID": "\u00b2"},
    {"Idempotency-Key": "\xa0\xff"},
    {"Peerloom-Network": "\xff"},
    {"Content-Length": "-1"},
    {"Host": "\xff:x"},
]


@pytest.mark.parametrize("headers", ODD_HEADERS)
def test_odd_headers_are_answered(client, people, plan, headers):
    feed = client.post("/v1/feeds", {"member": "ada"}).get_json()
    job = client.post("/v1/programs/mentoring/plans", {}).get_json()["id"]
    client.post(f"/v1/jobs/{job}/cancel", {})
    for address in (
        "/v1/members/ada",
        "/v1/document",
        f"/v1/plans/{plan}/document",
        f"/v1/jobs/{job}/events",
    ):
        answer = client.get(address, headers=headers)
        answer.close()  # a stream of events is held until then
        assert answer.status_code < 500
    assert client.get(f"/feeds/{feed['token']}.ics", headers=headers).status_code < 500
    skill = {"id": "a", "name": "A"}
    assert client.put("/v1/skills/a", skill, headers=headers).status_code < 500
    assert client.post("/v1/feeds", {"member": "ada"}, headers=headers).status_code < 500
