"""`peerloom busy`: calendars into documents and into the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.matcher.calendar.busy.conftest import calendar, event

SOON = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=3)
FILE = calendar(
    event(f"DTSTART:{SOON:%Y%m%dT%H%M%SZ}", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2"),
    event("DTSTART:x", uid="odd"),
)
TIMES = [
    {"start": f"{at:%Y-%m-%dT%H:%M:%SZ}", "end": f"{at + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"}
    for at in (SOON, SOON + timedelta(days=1))
]


@pytest.fixture
def run(tmp_path, root_folder):
    """Runs the command in a folder that holds a network and a calendar; returns the finished process."""
    environment = {
        **os.environ, "PYTHONPATH": str(root_folder), "PEERLOOM_DATABASE": f"sqlite:///{tmp_path}/p.db",
    }  # fmt: skip

    def command(*arguments, code=0, **more):
        done = subprocess.run(
            [sys.executable, "-m", "peerloom", *map(str, arguments)],
            cwd=tmp_path, env={**environment, **more}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert "Secret" not in done.stdout + done.stderr
        return done

    (tmp_path / "me.ics").write_bytes(FILE)
    command("fixture", "-n", "20", "-k", "4", "-o", "net.json")
    return command


@pytest.fixture
def root_folder(request):
    return request.config.rootpath


def busy_of(path, member):
    """The busy times of a member in a document."""
    people = json.loads(path.read_text("utf-8"))["members"]
    return next(one for one in people if one["id"] == member).get("busy", [])


def test_into_a_document_times_are_added_once(run, tmp_path):
    member = json.loads((tmp_path / "net.json").read_text("utf-8"))["members"][0]["id"]
    before = busy_of(tmp_path / "net.json", member)
    done = run("busy", "read", "me.ics", "net.json", "--member", member, "-o", "one.json")
    assert f"2 taken times of {member}." in done.stdout
    assert "VEVENT odd: One of its dates, times or lengths cannot be read." in done.stdout
    after = busy_of(tmp_path / "one.json", member)
    assert (len(after), after[-2:]) == (len(before) + 2, TIMES)
    run("busy", "read", "me.ics", "one.json", "--member", member, "-o", "two.json")
    assert (tmp_path / "two.json").read_bytes() == (tmp_path / "one.json").read_bytes()


def test_what_cannot_be_done_is_told_in_a_sentence(run, tmp_path):
    (tmp_path / "letter.ics").write_text("Dear all,")
    member = json.loads((tmp_path / "net.json").read_text("utf-8"))["members"][0]["id"]
    into = ("net.json", "-o", "out.json", "--member")
    assert "BEGIN:VCALENDAR" in run("busy", "read", "letter.ics", *into, member, code=1).stderr
    assert "'nobody'" in run("busy", "read", "me.ics", *into, "nobody", code=1).stderr
    assert not (tmp_path / "out.json").exists()
    assert "Usage" in run("busy", "read", "me.ics", "--member", "m01", code=2).stderr


def test_a_network_of_the_database(run, tmp_path):
    run("network", "create", "net")
    (tmp_path / "people.csv").write_text("id,name,organization,time_zone\nada,Ada,North,UTC\n")
    run("import", "people.csv", "--network", "net")
    there = ("--member", "ada", "--network", "net")
    assert "2 taken times" in run("busy", "read", "me.ics", *there).stdout
    listed = run("busy", "list", "--network", "net").stdout
    assert "ada  file  2 taken times, read " in listed
    assert run("busy", "list", "--network", "net", "--failing").stdout == ""
    run("export", "--network", "net", "-o", "out.json")
    assert busy_of(tmp_path / "out.json", "ada") == TIMES
    run("busy", "remove", listed.split()[0], *there)
    assert run("busy", "list", "--network", "net").stdout == ""
    assert run("busy", "poll").stdout == "0 calendars read, 0 with a problem.\n"
    refused = run("busy", "add", "https://10.0.0.1/me.ics", *there, code=1, PEERLOOM_SECRET="s" * 40)
    assert "private network" in refused.stderr
    assert "PEERLOOM_SECRET" in run("busy", "add", "https://10.0.0.1/me.ics", *there, code=1).stderr
