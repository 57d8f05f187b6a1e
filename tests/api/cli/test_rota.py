"""The story of a rota on the command line: solved, audited, in calendars, and made again."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from api.cli.main import cli


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The network of a small rota as a file: two pods in two zones, and people who may lead them."""
    where = tmp_path_factory.mktemp("rota")
    week = [{"day": day, "start": "09:00", "end": "17:00"} for day in range(1, 6)]

    def member(number, **fields):
        return {
            "id": f"m{number}",
            "name": f"Member {number}",
            "organization": "ab"[number % 2],
            "time_zone": "Europe/Berlin",
            "availability": week,
            "email": f"m{number}@example.org",
            "training": "lead" if number > 3 else "none",
            **fields,
        }

    network = {
        "format": "peerloom-network/1",
        "id": "small",
        "name": "Small",
        "skills": [{"id": "python", "name": "Python"}],
        "organizations": [{"id": one, "name": one.upper()} for one in "ab"],
        "policies": [{"id": "default", "rota": {"facilitators": {"pod": {"lead": 1}}}}],
        "programs": [
            {
                "id": "learning",
                "name": "Learning",
                "cycle": {"id": "autumn", "start": "2026-10-05", "end": "2026-11-29"},
                "policy": "default",
            }
        ],
        "problems": [{"id": "water", "title": "Water", "sponsor": "a", "least_people": 2}],
        "running_pods": [{"pod": "water", "members": ["m0", "m1", "m2"]}],
        "forums": [{"id": "talks", "title": "Talks", "expert": "m3", "members": ["m0", "m1"]}],
        "members": [member(number) for number in range(8)],
    }
    (where / "net.json").write_text(json.dumps(network))
    return where


def run(*arguments, code=0):
    found = CliRunner().invoke(cli, [str(one) for one in arguments], catch_exceptions=False)
    assert found.exit_code == code, found.output
    return found.output


def test_a_rota_from_the_command_line(folder):
    told = run("solve", "rota", folder / "net.json", "-o", folder / "rota.json", "--seconds", 20)
    assert "Every turn is taken." in told
    assert "Water" in told
    assert "Talks" in told
    assert "given these meeting times" in told
    plan = json.loads((folder / "rota.json").read_text())
    assert plan["format"] == "peerloom-rota/1"
    assert "All is well" in run("audit", folder / "net.json", folder / "rota.json")
    calendars = ["calendars", folder / "net.json", folder / "rota.json", "-o", folder / "out"]
    told = run(*calendars, "--organizer", "desk@example.org", "--at", "2026-09-20T09:00Z")
    assert "8 sessions for 2 groups" in told
    sessions = json.loads((folder / "out" / "sessions.json").read_text())["sessions"]
    led = [one for one in sessions if one["family"] == "pods"]
    assert len(led) == 4
    assert all("lead" in one["roles"].values() for one in led)
    assert all("Agenda" in one["description"] for one in led)
    told = run("explain", folder / "rota.json", "--turn", "water", 2, "lead")
    assert "Who could take it" in told
    assert "training" in told
    assert "all 4 sessions to come" in run("explain", folder / "rota.json", "--group", "talks")
    assert "turns" in run("explain", folder / "rota.json", "--member", "m4")
    moment = ["--previous", folder / "rota.json", "--as-of", "2026-10-25T12:00Z"]
    told = run("solve", "rota", folder / "net.json", *moment, "-o", folder / "again.json")
    assert "8 sessions and 12 turns kept; 0 moved" in told
    again = ["audit", folder / "net.json", folder / "again.json"]
    assert "All is well" in run(*again, "--previous", folder / "rota.json")
    assert "Nothing differs." in run("changes", folder / "rota.json", folder / "again.json")


def test_what_differs_between_two_rotas_is_told_with_its_reason(folder):
    before, after = folder / "before.json", folder / "after.json"
    run("solve", "rota", folder / "net.json", "-o", before, "--seconds", 20, "-q")
    taker = next(
        turn["member"]
        for one in json.loads(before.read_text())["series"] if one["key"] == ["water"]
        for turn in one["sessions"][1]["turns"] if turn["role"] == "lead"
    )  # fmt: skip
    network = json.loads((folder / "net.json").read_text())
    next(one for one in network["members"] if one["id"] == taker)["status"] = "left"
    (folder / "later.json").write_text(json.dumps(network))
    run("solve", "rota", folder / "later.json", "--previous", before, "-o", after, "--seconds", 20, "-q")
    told = json.loads(run("changes", before, after, "--member", taker, "--json"))
    assert {(one["change"], one["before"], one["reason"]) for one in told} == {("taken_over", taker, "left")}
    assert (["water"], 2) in [(one["key"], one["index"]) for one in told]
    assert [one["start"] for one in told] == sorted(one["start"] for one in told)
    shown = run("changes", before, after)
    assert f"takes over from {taker}" in shown.replace("\n", " ")
    blind = json.loads(run("changes", after, before, "--member", taker, "--json"))
    assert {(one["after"], one["reason"]) for one in blind} == {(taker, "replanned")}


def test_a_rota_over_rounds_is_refused_and_keeps_clear_of_their_sessions(folder):
    from matcher.domain.errors import InputError

    rounds = folder / "rounds.json"
    run("solve", "pods", folder / "net.json", "--rounds", 2, "--size", 2, "-o", rounds, "--seconds", 5)
    with pytest.raises(InputError, match=r"meet once each.*give their sessions.json as --sessions"):
        run("solve", "rota", folder / "net.json", "--groups", rounds)
    calendars = [
        "calendars",
        folder / "net.json",
        rounds,
        "-o",
        folder / "met",
        "--organizer",
        "desk@example.org",
    ]
    run(*calendars, "--at", "2026-09-20T09:00Z")
    given = ["--sessions", folder / "met" / "sessions.json"]
    beside = folder / "beside.json"
    run("solve", "rota", folder / "net.json", *given, "-o", beside, "--seconds", 10)
    met = json.loads((folder / "met" / "sessions.json").read_text())["sessions"]
    assert met
    for series in json.loads(beside.read_text())["series"]:
        for one in series["sessions"]:
            here = {*one["attending"], *(turn["member"] for turn in one["turns"])}
            for other in met:
                apart = one["end"] <= other["start"] or other["end"] <= one["start"]
                assert apart or not here & set(other["attendees"])
    assert "All is well" in run("audit", folder / "net.json", beside, *given)


def test_a_rota_asks_for_what_it_needs(folder):
    from matcher.domain.errors import InputError

    run("solve", "rota", folder / "net.json", "--as-of", "tomorrow", code=2)
    with pytest.raises(InputError, match="is a network document: give another file"):
        run("changes", folder / "net.json", folder / "net.json")
    with pytest.raises(InputError, match="no result of 'peerloom solve pods' or 'pairs'"):
        run("solve", "rota", folder / "net.json", "--groups", folder / "net.json")
