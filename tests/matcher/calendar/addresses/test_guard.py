"""Which addresses may be asked."""

from __future__ import annotations

import time

import pytest

from matcher.calendar.addresses.guard import Guard, checked_url, is_public
from matcher.calendar.addresses.problems import AddressProblem


def refusal(found, url="https://calendar.example.org/me.ics"):
    """The code with which a host that resolves to these addresses is refused."""
    guard = Guard(resolve=lambda host, port: [found] if isinstance(found, str) else found)
    with pytest.raises(AddressProblem) as problem:
        guard.place(url, 5)
    assert "example.org" not in str(problem.value)
    return problem.value.code


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b::7f00:1",
        "2002:a00:1::",
        "2002:7f00:1::1",
        "2001:0:5ef5:79fd::f5ff:fffe",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "not an address",
    ],
)
def test_inner_addresses_are_refused_in_whatever_form(address):
    assert not is_public(address)
    assert refusal(address) == "private-address"
    assert refusal(["93.184.215.14", address]) == "private-address"


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:220:1::1", "::ffff:93.184.215.14", "64:ff9b::808:808"]
)
def test_public_addresses_may_be_asked_at_what_was_found(address):
    found = Guard(resolve=lambda host, port: [address]).place("https://Example.org/a/b.ics?key=1#part", 5)
    assert (found.host, found.port, found.target, found.address) == (
        "example.org",
        443,
        "/a/b.ics?key=1",
        address,
    )


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.org/a.ics", "not-https"),
        ("ftp://example.org/a.ics", "not-https"),
        ("file:///etc/passwd", "not-https"),
        ("gopher://example.org/", "not-https"),
        ("example.org/a.ics", "bad-address"),
        ("https://", "bad-address"),
        ("https:///a.ics", "bad-address"),
        ("https://user:pass@example.org/a.ics", "credentials-in-address"),
        ("https://user@example.org/a.ics", "credentials-in-address"),
        ("https://example.org@10.0.0.1/", "credentials-in-address"),
        ("https://@example.org/", "credentials-in-address"),
        ("https://example.org:99999/", "bad-address"),
        ("https://example.org:0/", "bad-address"),
        ("https://example.org:x/", "bad-address"),
        ("https://[::1/", "bad-address"),
        ("https://example.org\\@10.0.0.1/", "bad-address"),
        ("https://example.org/a b", "bad-address"),
        ("https://example.org/\r\nHost: inner", "bad-address"),
        ("https://example.org/" + "a" * 2_000, "bad-address"),
        ("https://exаmple.org/", "bad-address"),
    ],
)
def test_addresses_of_other_forms_are_refused_before_anything_is_looked_up(url, code):
    def never(host, port):
        raise AssertionError("looked up")

    with pytest.raises(AddressProblem) as problem:
        Guard(resolve=never).place(url, 5)
    assert problem.value.code == code


@pytest.mark.parametrize("port", [22, 25, 80, 8080, 8443, 5432])
def test_other_ports_are_refused(port):
    assert refusal("93.184.215.14", f"https://example.org:{port}/") == "port-not-allowed"
    assert (
        Guard(resolve=lambda host, port: ["93.184.215.14"]).place("https://example.org:443/", 5).port == 443
    )


def test_webcal_is_https():
    assert checked_url("webcal://example.org/a.ics").geturl() == "https://example.org/a.ics"


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost", "[::1]", "[::ffff:7f00:1]"]
)
def test_names_and_odd_forms_of_loopback_are_refused_by_what_the_system_makes_of_them(host):
    with pytest.raises(AddressProblem) as problem:
        Guard().place(f"https://{host}/", 5)
    assert problem.value.code in ("private-address", "unknown-host")


def test_hosts_that_nobody_knows_and_slow_lookups():
    assert refusal([]) == "unknown-host"

    def fails(host, port):
        raise OSError("no such host")

    with pytest.raises(AddressProblem) as problem:
        Guard(resolve=fails).place("https://example.org/", 5)
    assert problem.value.code == "unknown-host"

    def slow(host, port):
        time.sleep(1)
        return ["93.184.215.14"]

    with pytest.raises(AddressProblem) as problem:
        Guard(resolve=slow).place("https://example.org/", 0.1)
    assert problem.value.code == "answer-too-slow"
