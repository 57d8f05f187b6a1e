"""The folder of calendars: repeatable, atomic, and careful with what is not ours."""

from __future__ import annotations

import csv
import json
import os
from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from matcher.calendar import folder as folder_module
from matcher.calendar.events import Mailbox
from matcher.calendar.files import file_names, write_calendars
from matcher.calendar.folder import MANIFEST, replace_files
from matcher.domain.errors import InputError
from matcher.domain.member import Member
from matcher.domain.organization import Organization
from matcher.domain.session import Obstacle, Schedule, State, Unscheduled

ORGANIZER = Mailbox("Peerloom", "calendar@peerloom.example")
ORGANIZATIONS = [Organization(id="one", name="One Ltd"), Organization(id="two", name="=Two")]


def person(identifier, organization="one", **changes):
    values = {"name": identifier.title(), "time_zone": "Europe/London", "email": f"{identifier}@x.example"}
    return Member(id=identifier, organization=organization, **{**values, **changes})


MEMBERS = {m.id: m for m in (person("ada"), person("grace", "two"), person("joan", email=None))}


@pytest.fixture
def schedule(session):
    def week(index):
        return datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(weeks=index)

    with_grace = [session(index=i, start=week(i)) for i in range(3)]
    with_joan = [
        session(index=i, start=week(i) + timedelta(hours=2), attendees=("ada", "joan")) for i in range(2)
    ]
    missing = Unscheduled(
        network="n",
        program="p",
        cycle="c",
        kind="mentoring",
        key=("ada", "joan"),
        attendees=("ada", "joan"),
        index=2,
        reason=Obstacle.NO_COMMON_TIME,
        free_minutes=(60, 120),
        common_minutes=0,
        sentence="Never free at once.",
    )
    return Schedule(sessions=(*with_grace, *with_joan), unscheduled=(missing,))


def write(target, schedule, **options):
    return write_calendars(target, schedule, MEMBERS, ORGANIZATIONS, organizer=ORGANIZER, **options)


def tree(target):
    return {str(p.relative_to(target)): p.read_bytes() for p in target.rglob("*") if p.is_file()}


def test_everybody_gets_a_feed_and_the_first_invite_of_each_pair(tmp_path, schedule, libical):
    made = write(tmp_path, schedule)
    assert (made.feeds, made.invites, made.without_address) == (3, 3, ("joan",))
    found = tree(tmp_path)
    assert set(found) == {
        MANIFEST,
        "README.txt",
        "members.csv",
        "unscheduled.csv",
        "feeds/ada.ics",
        "feeds/grace.ics",
        "feeds/joan.ics",
        "invites/ada/with-grace-mentoring-01-request.ics",
        "invites/ada/with-joan-mentoring-01-request.ics",
        "invites/grace/with-ada-mentoring-01-request.ics",
    }
    assert [libical(data) for path, data in found.items() if path.endswith(".ics")] == [[]] * 6
    events = icalendar.Calendar.from_ical(found["feeds/ada.ics"]).walk("VEVENT")
    assert {str(event["UID"]) for event in events} == {s.uid for s in schedule.sessions}
    assert b"ATTENDEE" not in found["feeds/ada.ics"]
    assert b"grace@x.example" not in found["invites/ada/with-grace-mentoring-01-request.ics"]


def test_the_tables_open_in_a_spreadsheet_without_running_anything(tmp_path, schedule):
    write(tmp_path, schedule)
    with (tmp_path / "members.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["member"] for row in rows] == ["ada", "grace", "joan"]
    assert rows[0]["sessions"] == "5"
    assert rows[0]["first session"] == "2026-03-02 09:00"
    assert rows[1]["organization"] == "'=Two"
    with (tmp_path / "unscheduled.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["session"], row["reason"], row["why"]) == ("3", "no_common_time", "Never free at once.")


def test_all_invites_or_none_and_both_people_where_allowed(tmp_path, schedule):
    assert write(tmp_path, schedule, invites="all").invites == 8
    assert write(tmp_path, schedule, invites="none").invites == 0
    assert not (tmp_path / "invites").exists()
    write(tmp_path, schedule, list_others=True)
    path = tmp_path / "invites/ada/with-grace-mentoring-01-request.ics"
    assert b"grace@x.example" in path.read_bytes().replace(b"\r\n ", b"")
    members = {**MEMBERS, "grace": person("grace", "two", visibility={"email": "organization"})}
    write_calendars(tmp_path, schedule, members, (), organizer=ORGANIZER, list_others=True)
    assert b"grace@x.example" not in path.read_bytes().replace(b"\r\n ", b"")


def test_a_cancelled_pair_gets_cancellations(tmp_path, schedule):
    gone = [
        s.model_copy(update={"state": State.CANCELLED, "sequence": 1}) if "grace" in s.key else s
        for s in schedule.sessions
    ]
    write(tmp_path, schedule)
    write(tmp_path, schedule.model_copy(update={"sessions": tuple(gone)}))
    assert [p.name for p in (tmp_path / "invites/grace").iterdir()] == ["with-ada-mentoring-01-cancel.ics"]
    assert b"STATUS:CANCELLED" in (tmp_path / "feeds/grace.ics").read_bytes()


def test_twice_into_one_folder_touches_nothing(tmp_path, schedule):
    first = write(tmp_path / "new", schedule)
    before = {path: os.stat(tmp_path / "new" / path).st_mtime_ns for path in tree(tmp_path / "new")}
    second = write(tmp_path / "new", schedule)
    assert (first.change.written, first.change.unchanged) == (9, 0)
    assert (second.change.written, second.change.unchanged, second.change.removed) == (0, 9, 0)
    assert before == {path: os.stat(tmp_path / "new" / path).st_mtime_ns for path in before}
    assert set(before) == set(tree(tmp_path / "new"))


def test_people_no_longer_concerned_lose_their_files_and_foreign_files_stay(tmp_path, schedule):
    write(tmp_path, schedule)
    (tmp_path / "feeds/notes.txt").write_text("mine")
    (tmp_path / "pairs.json").write_text("{}")
    fewer = schedule.model_copy(update={"sessions": schedule.sessions[:3]})
    made = write(tmp_path, fewer)
    found = tree(tmp_path)
    assert "feeds/joan.ics" not in found
    assert "invites/ada/with-joan-mentoring-01-request.ics" not in found
    assert (found["feeds/notes.txt"], found["pairs.json"]) == (b"mine", b"{}")
    assert made.change.removed == 2


def test_a_foreign_file_in_the_way_stops_everything(tmp_path, schedule):
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds/ada.ics").write_text("mine")
    with pytest.raises(InputError, match="not ours stand in the way") as told:
        write(tmp_path, schedule)
    assert told.value.faults[0].path == "feeds/ada.ics"
    assert tree(tmp_path) == {"feeds/ada.ics": b"mine"}


def test_a_run_that_was_killed_can_be_repeated(tmp_path, schedule, monkeypatch):
    real, calls = folder_module.write_whole, []

    def dies(path, data):
        calls.append(path)
        if len(calls) == 5:
            raise KeyboardInterrupt
        real(path, data)

    monkeypatch.setattr(folder_module, "write_whole", dies)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, schedule)
    monkeypatch.setattr(folder_module, "write_whole", real)
    assert not any(path.endswith(".tmp") for path in tree(tmp_path))
    assert write(tmp_path, schedule).change.unchanged == 3
    clean = tmp_path / "clean"
    write(clean, schedule)
    assert tree(clean) == {p: d for p, d in tree(tmp_path).items() if not p.startswith("clean/")}


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path, monkeypatch):
    replace_files(tmp_path, {"a.txt": b"old"})

    def fails(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_module.os, "replace", fails)
    with pytest.raises(OSError, match="No space"):
        replace_files(tmp_path, {"a.txt": b"new"})
    assert tree(tmp_path)["a.txt"] == b"old"
    assert set(tree(tmp_path)) == {"a.txt", MANIFEST}


def test_a_list_of_files_that_was_tampered_with_removes_nothing_outside(tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    target = tmp_path / "target"
    replace_files(target, {"a.txt": b"a"})
    document = json.loads((target / MANIFEST).read_text())
    document["files"].update({"../outside.txt": "", str(outside): ""})
    (target / MANIFEST).write_text(json.dumps(document))
    assert replace_files(target, {}).removed == 1
    assert outside.read_text() == "mine"
    (target / MANIFEST).write_text("not json")
    with pytest.raises(InputError, match="not readable"):
        replace_files(target, {"a.txt": b"a"})


def test_a_file_of_ours_that_somebody_edited_is_not_removed(tmp_path):
    replace_files(tmp_path, {"a.txt": b"a", "b.txt": b"b"})
    (tmp_path / "a.txt").write_text("edited")
    assert replace_files(tmp_path, {}).removed == 1
    assert tree(tmp_path)["a.txt"] == b"edited"


def test_file_names_hold_any_id_on_any_file_system():
    ids = [
        "ada",
        "Ada",
        "m-001",
        "../etc/passwd",
        "con",
        "zoë@x",
        "x" * 100,
        "a/b",
        "a b",
        ".hidden",
        "日本",
        "dot.",
    ]
    names = file_names(ids)
    assert names["m-001"] == "m-001"
    assert len({name.casefold() for name in names.values()}) == len(ids)
    assert all(not set(name) & set('/\\:*?"<>| .') and len(name) <= 60 for name in names.values())
    assert names["ada"].startswith("ada~")


def test_a_group_has_one_invite_each_and_who_left_it_a_cancellation(tmp_path, session, libical):
    since = datetime(2026, 2, 10, tzinfo=UTC)
    changes = {"family": "pods", "kind": None, "key": ("water",), "sequence": 1, "title": "Pod: Water"}
    one = session(attendees=("ada", "joan"), left={"grace": since}, **changes)
    members = {**MEMBERS, "joan": person("joan")}
    write_calendars(tmp_path, Schedule(sessions=(one,)), members, (), organizer=ORGANIZER, list_others=True)
    found = tree(tmp_path)
    assert {path for path in found if path.startswith("invites/")} == {
        "invites/ada/water-pods-01-request.ics",
        "invites/grace/water-pods-01-cancel.ics",
        "invites/joan/water-pods-01-request.ics",
    }
    assert [libical(data) for path, data in found.items() if path.endswith(".ics")] == [[]] * 6
    invited = found["invites/ada/water-pods-01-request.ics"].replace(b"\r\n ", b"")
    assert (invited.count(b"ATTENDEE"), b"grace" in invited) == (2, False)
    statuses = {name: b"STATUS:CANCELLED" in found[f"feeds/{name}.ics"] for name in members}
    assert statuses == {"ada": False, "grace": True, "joan": False}
    assert b"SEQUENCE:1" in found["invites/grace/water-pods-01-cancel.ics"]
    assert b"DTSTAMP:20260210T000000Z" in found["feeds/grace.ics"]
