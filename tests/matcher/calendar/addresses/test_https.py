"""Requests to a real server: bounded in time and size, redirects under the guard, hosts looked up once."""

from __future__ import annotations

import gzip
import socket
import time
from dataclasses import replace

import pytest

from matcher.calendar.addresses.calendars import Validators, fetch_file
from matcher.calendar.addresses.guard import Guard
from matcher.calendar.addresses.https import ask
from matcher.calendar.addresses.problems import AddressProblem
from matcher.calendar.busy.report import MOST_BYTES
from tests.https_site import HOST, say
from tests.matcher.calendar.busy.conftest import calendar, event

BODY = calendar(event("DTSTART:20261005T080000Z", "DURATION:PT1H"))
NOTHING_KNOWN = Validators()


def code_of(guard, site, path="/me.ics", **options):
    """The problem that a path ends in."""
    with pytest.raises(AddressProblem) as problem:
        fetch_file(guard, site.url(path), NOTHING_KNOWN, **options)
    assert HOST not in str(problem.value)
    return problem.value.code


def test_a_file_is_fetched_and_not_again_while_it_stays_the_same(guard, site):
    site.answers["/me.ics"] = say(200, BODY, ETag='"one"', Last_Modified="Mon, 05 Oct 2026 08:00:00 GMT")
    first = fetch_file(guard, site.url("/me.ics"), NOTHING_KNOWN)
    assert (first.data, first.validators.etag) == (BODY, '"one"')
    site.answers["/me.ics"] = say(304)
    second = fetch_file(guard, site.url("/me.ics"), first.validators)
    assert (second.data, second.validators) == (None, first.validators)
    headers = site.asked[-1][2]
    assert headers["If-None-Match"] == '"one"'
    assert headers["If-Modified-Since"] == "Mon, 05 Oct 2026 08:00:00 GMT"
    assert headers["Accept-Encoding"] == "identity"
    assert headers["Host"] == f"{HOST}:{site.port}"


def test_a_file_that_is_compressed_unasked_is_unpacked(guard, site):
    site.answers["/me.ics"] = say(200, gzip.compress(BODY), Content_Encoding="gzip")
    assert fetch_file(guard, site.url("/me.ics"), NOTHING_KNOWN).data == BODY


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (say(401), "login-needed"),
        (say(403), "login-needed"),
        (say(404), "not-there"),
        (say(410), "not-there"),
        (say(500), "server-error"),
        (say(204), "server-error"),
        (say(304), "server-error"),
        (say(200, b"x" * (MOST_BYTES + 1)), "answer-too-large"),
        (say(200, b"x", Content_Length=str(MOST_BYTES + 1)), "answer-too-large"),
        (say(200, b"cut off", Content_Length="1000"), "bad-answer"),
        (say(200, b"x", Content_Encoding="br"), "encoded-answer"),
        (say(200, b"no gzip", Content_Encoding="gzip"), "bad-answer"),
        (say(200, gzip.compress(BODY)[:-9], Content_Encoding="gzip"), "bad-answer"),
        (say(200, gzip.compress(b"x" * (MOST_BYTES + 1)), Content_Encoding="gzip"), "answer-too-large"),
        (lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n"), "bad-answer"),
        (lambda handler: handler.connection.close(), "bad-answer"),
    ],
)
def test_what_a_server_may_do_wrong(guard, site, answer, code):
    def run(handler):
        answer(handler)
        handler.close_connection = True

    site.answers["/me.ics"] = run
    assert code_of(guard, site) == code


def test_an_endless_answer_ends_at_the_limit(guard, site):
    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 65_536)

    site.answers["/me.ics"] = endless
    assert code_of(guard, site) == "answer-too-large"


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_server_that_sends_a_byte_now_and_then_is_left_in_time(guard, site, part):
    def drip(handler):
        if part == "body":
            handler.send_response(200)
            handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    site.answers["/me.ics"] = drip
    began = time.monotonic()
    assert code_of(guard, site, seconds=0.6) == "answer-too-slow"
    assert time.monotonic() - began < 3


def test_a_server_that_never_begins_is_left_in_time(guard):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(AddressProblem) as problem:
            ask(replace(guard, also={("127.0.0.1", port)}), f"https://{HOST}:{port}/", seconds=0.5)
        assert problem.value.code == "answer-too-slow"
        assert time.monotonic() - began < 3


def test_redirects_are_followed_three_times_and_never_inwards(guard, site):
    site.answers["/me.ics"] = say(302, Location="/two.ics")
    site.answers["/two.ics"] = say(301, Location=site.url("/three.ics"))
    site.answers["/three.ics"] = say(307, Location="four.ics")
    site.answers["/four.ics"] = say(200, BODY)
    assert fetch_file(guard, site.url("/me.ics"), NOTHING_KNOWN).data == BODY
    site.answers["/four.ics"] = say(308, Location="/me.ics")
    assert code_of(guard, site) == "too-many-redirects"


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("https://inner.example.org/", "private-address"),
        ("https://10.0.0.1/", "private-address"),
        ("http://calendar.example.org/", "not-https"),
        ("file:///etc/passwd", "not-https"),
        ("https://user:pass@calendar.example.org/", "credentials-in-address"),
        ("//inner.example.org:22/", "port-not-allowed"),
    ],
)
def test_redirects_that_lead_astray_are_refused(guard, site, location, code):
    site.answers["/me.ics"] = say(302, Location=location)
    assert code_of(guard, site) == code


def test_a_host_is_looked_up_once_for_each_request(certificate, site):
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    guard = Guard(lambda host, port: next(answers), str(certificate[0]), {("127.0.0.1", site.port)})
    site.answers["/me.ics"] = say(200, BODY)
    assert fetch_file(guard, site.url("/me.ics"), NOTHING_KNOWN).data == BODY
    with pytest.raises(AddressProblem) as problem:  # it points inwards by now
        fetch_file(guard, site.url("/me.ics"), NOTHING_KNOWN)
    assert problem.value.code in ("private-address", "port-not-allowed")
    assert len(site.asked) == 1


def test_only_the_one_port_of_loopback_is_let_through(guard, site):
    with pytest.raises(AddressProblem) as problem:
        fetch_file(guard, f"https://{HOST}:{site.port + 1}/", NOTHING_KNOWN)
    assert problem.value.code == "port-not-allowed"


def test_certificates_must_be_valid_and_of_the_host(guard, site):
    site.answers["/me.ics"] = say(200, BODY)
    assert code_of(replace(guard, authorities=None), site) == "bad-certificate"
    other = replace(guard, resolve=lambda host, port: ["127.0.0.1"])
    with pytest.raises(AddressProblem) as problem:
        ask(other, f"https://other.example.org:{site.port}/me.ics")
    assert problem.value.code == "bad-certificate"
    assert site.asked == []


def test_a_server_that_is_not_there(guard, site):
    nobody = replace(guard, also={("127.0.0.1", 9)})
    with pytest.raises(AddressProblem) as problem:
        ask(nobody, f"https://{HOST}:9/me.ics")
    assert problem.value.code == "unreachable"
