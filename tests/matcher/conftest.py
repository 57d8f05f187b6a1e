"""libical as an oracle for every calendar that we write, and a session to write."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from matcher.domain.session import Session


@pytest.fixture(scope="session")
def libical() -> Callable[[bytes], list[str]]:
    """Complaints of libical about one calendar, restrictions of its METHOD included (RFC 5546)."""
    try:
        lib = ctypes.CDLL("libical.so.3")
    except OSError:
        if os.environ.get("PEERLOOM_TESTS") == "all":
            pytest.fail("libical.so.3 is missing: apt-get install libical3")
        pytest.skip("libical.so.3 is missing: install the Debian package libical3")
    lib.icalparser_parse_string.restype = ctypes.c_void_p
    lib.icalparser_parse_string.argtypes = [ctypes.c_char_p]
    lib.icalcomponent_count_errors.argtypes = [ctypes.c_void_p]
    lib.icalrestriction_check.argtypes = [ctypes.c_void_p]
    lib.icalcomponent_as_ical_string.restype = ctypes.c_char_p
    lib.icalcomponent_as_ical_string.argtypes = [ctypes.c_void_p]
    lib.icalcomponent_free.argtypes = [ctypes.c_void_p]

    def complaints(data: bytes) -> list[str]:
        component = lib.icalparser_parse_string(data)
        if not component:
            return ["not parsed"]
        valid = lib.icalrestriction_check(component)
        errors = lib.icalcomponent_count_errors(component)
        text = lib.icalcomponent_as_ical_string(component).decode(errors="replace").replace("\r\n ", "")
        lib.icalcomponent_free(component)
        found = [line for line in text.split("\r\n") if line.startswith("X-LIC-ERROR")]
        return found or ([] if valid and not errors else ["restrictions are not met"])

    return complaints


def make_session(**changes: Any) -> Session:
    """A session in Berlin at 10:00 on Monday, 2 March 2026, and deviations from it."""
    values: dict[str, Any] = {
        "network": "n",
        "program": "p",
        "cycle": "c",
        "kind": "mentoring",
        "attendees": ("ada", "grace"),
        "index": 0,
        "start": datetime(2026, 3, 2, 9, tzinfo=UTC),
        "time_zone": "Europe/Berlin",
        "changed_at": datetime(2026, 2, 1, 8, 30, tzinfo=UTC),
        "title": "Mentoring: Ada and Grace",
        "description": "Agenda\n0:00 Check-in (5 min)",
        **changes,
    }
    values.setdefault("end", values["start"] + timedelta(hours=1))
    values.setdefault("key", values["attendees"])
    values.setdefault("uid", f"{'-'.join(values['key'])}-{values['index']}@peerloom")
    return Session(**values)


@pytest.fixture(scope="session")
def session() -> Callable[..., Session]:
    return make_session
