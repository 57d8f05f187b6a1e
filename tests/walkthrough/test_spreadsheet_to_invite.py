"""The README's way with a spreadsheet of one's own: import, edges, solve, audit, explain, calendars."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

CALENDARS = ("-o", "cal", "--organizer", "peers@north.example")
AT = "2026-09-01T09:00Z"
PAIRS = {
    ("ada@north.example", "cem@south.example"),
    ("dee@south.example", "ben@north.example"),
    ("eva@west.example", "ben@north.example"),
    ("gil@north.example", "fay@west.example"),
}


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, peerloom, sheet) -> Path:
    """Everything that the commands of the README leave behind, in one folder."""
    here = tmp_path_factory.mktemp("walkthrough")
    (here / "people.csv").write_text(sheet, "utf-8")
    peerloom(here, "import", "people.csv", "-o", "net.json", "--cycle-start", "2026-09-28")
    peerloom(here, "edges", "net.json", "-o", "edges.jsonl")
    peerloom(here, "solve", "pairs", "net.json", "-o", "out.json")
    peerloom(here, "calendars", "net.json", "out.json", *CALENDARS, "--at", AT)
    return here


def test_the_sheet_becomes_a_network(folder):
    network = json.loads((folder / "net.json").read_text("utf-8"))
    ada = next(member for member in network["members"] if member["id"] == "ada@north.example")
    assert (ada["organization"], ada["time_zone"]) == ("north-rail", "Europe/Oslo")
    assert [(seek["skill"], seek.get("level", 3)) for seek in ada["seeks"]] == [("sql", 3), ("statistics", 2)]
    assert len(network["members"]) == 8


def test_edges_are_the_eligible_pairs_with_points_that_sum_up(folder):
    edges = lines(folder / "edges.jsonl")
    assert {(e["learner"], e["guide"]) for e in edges} == PAIRS | {
        ("ada@north.example", "fay@west.example"),
        ("eva@west.example", "cem@south.example"),
    }
    assert all(sum(edge["parts"].values()) == edge["points"] for edge in edges)


def test_why_somebody_has_no_candidate_names_the_rules(folder, peerloom):
    said = peerloom(folder, "edges", "net.json", "--why", "hal@south.example").stdout
    assert "language" in said
    assert "0 eligible" in said


def test_the_answer_is_proven_and_takes_its_points_from_the_edges(folder):
    plan = json.loads((folder / "out.json").read_text("utf-8"))
    points = {(e["learner"], e["guide"]): e["points"] for e in lines(folder / "edges.jsonl")}
    assert plan["status"] == "optimal"
    assert {(p["learner"], p["guide"]): p["points"] for p in plan["pairs"]} == {
        pair: points[pair] for pair in PAIRS
    }
    assert [(t["name"], t["value"], t["bound"]) for t in plan["tiers"]] == [
        ("places_1", 4, 4),
        ("points", sum(points[pair] for pair in PAIRS), sum(points[pair] for pair in PAIRS)),
    ]
    assert [(one["learner"], one["reason"]) for one in plan["unmatched"]] == [
        ("hal@south.example", "no_eligible_guide")
    ]


def test_the_audit_agrees_and_sees_a_result_that_was_tampered_with(folder, peerloom):
    assert "All is well" in peerloom(folder, "audit", "net.json", "out.json").stdout
    plan = json.loads((folder / "out.json").read_text("utf-8"))
    plan["pairs"][0]["points"] += 1
    (folder / "forged.json").write_text(json.dumps(plan), "utf-8")
    assert "points" in peerloom(folder, "audit", "net.json", "forged.json", code=1).stdout


def test_everybody_in_a_pair_gets_a_feed_and_an_invite_and_nobody_else(folder):
    with (folder / "cal" / "calendars" / "members.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["member"]: row for row in csv.DictReader(file)}
    assert set(rows) == {person for pair in PAIRS for person in pair}
    for row in rows.values():
        feed = (folder / "cal" / "calendars" / row["feed"]).read_bytes()
        assert feed.count(b"BEGIN:VEVENT") == int(row["sessions"])
    assert len(list((folder / "cal" / "calendars" / "invites").rglob("*-request.ics"))) == 2 * len(PAIRS)


def test_an_invite_says_who_when_and_where_to_answer(folder):
    (invite,) = (folder / "cal" / "calendars" / "invites").glob("ada-*/with-cem-*-request.ics")
    text = invite.read_bytes().replace(b"\r\n ", b"").decode()
    assert "METHOD:REQUEST" in text
    assert "ORGANIZER;CN=Peerloom:mailto:peers@north.example" in text
    assert "mailto:ada@north.example" in text
    assert "DTSTART;TZID=Europe/Istanbul:202610" in text or "DTSTART;TZID=Europe/Istanbul:202609" in text
    assert r"Why you were matched\n- Cem" in text


def test_run_again_nothing_changes(folder, peerloom):
    def contents() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (folder / "cal").rglob("*") if path.is_file()}

    before = contents()
    later = "2026-09-02T09:00Z"
    peerloom(folder, "calendars", "net.json", "out.json", *CALENDARS, "--at", later)
    assert contents() == before


def test_a_pair_that_is_forbidden_later_is_cancelled_under_its_own_uid(folder, peerloom):
    network = json.loads((folder / "net.json").read_text("utf-8"))
    pin = {"learner": "ada@north.example", "guide": "cem@south.example", "must": "not_pair"}
    network["programs"][0]["pins"] = [pin]
    (folder / "net2.json").write_text(json.dumps(network), "utf-8")
    before = json.loads((folder / "cal" / "sessions.json").read_text("utf-8"))["sessions"]
    peerloom(folder, "solve", "pairs", "net2.json", "--previous", "out.json", "-o", "out2.json")
    changes = json.loads((folder / "out2.json").read_text("utf-8"))["changes"]
    assert [(c["learner"], c["guide"]) for c in changes["ended"] + changes["dropped"]] == [
        ("ada@north.example", "cem@south.example")
    ]
    new = ["calendars", "net2.json", "out2.json", *CALENDARS]
    peerloom(folder, *new, "--at", "2026-09-03T09:00Z")
    after = json.loads((folder / "cal" / "sessions.json").read_text("utf-8"))["sessions"]
    of = {session["uid"]: session for session in after}
    for session in before:
        if session["key"][0] == "ada@north.example":
            assert of[session["uid"]]["state"] == "cancelled"
            assert of[session["uid"]]["sequence"] == session["sequence"] + 1
        elif session["key"][0] == "dee@south.example":
            assert of[session["uid"]] == session

    def cancelled_in_feed() -> int:
        (feed,) = (folder / "cal" / "calendars" / "feeds").glob("ada-*.ics")
        return feed.read_bytes().count(b"STATUS:CANCELLED")

    assert cancelled_in_feed() == sum(session["key"][0] == "ada@north.example" for session in before) > 1
    peerloom(folder, *new, "--at", "2026-09-20T09:00Z")
    assert cancelled_in_feed() == 1  # a feed never becomes empty


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("Time zone", "Europe/Olso", "Europe/Oslo"),
        ("Wants to learn", "SQL (9)", "1"),
        ("Company", "", "Company"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(tmp_path, peerloom, sheet, column, cell, reason):
    rows = list(csv.DictReader(sheet.splitlines()))
    rows[0][column] = cell
    with (tmp_path / "bad.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    said = peerloom(
        tmp_path, "import", "bad.csv", "-o", "net.json", "--cycle-start", "2026-09-28", code=1
    ).stderr
    assert f"line 2, {column}" in said
    assert reason in said
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]
