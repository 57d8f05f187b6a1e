"""`peerloom solve pods --rounds` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.main import cli
from fixtures.generator import document, records
from matcher.domain.errors import UnknownIdError

INSTANCE = {"members": [{"id": f"p{i}"} for i in range(9)], "rounds": 4, "size": 3}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn network of 60 people."""
    path = tmp_path_factory.mktemp("rounds") / "net.json"
    path.write_text(json.dumps(document(records(60, 6, 2, 5, running=20))))
    return path


def peerloom(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(one) for one in arguments])


def test_solve_then_audit_then_go_on(network: Path, tmp_path: Path) -> None:
    out, later = tmp_path / "out.json", tmp_path / "later.json"
    result = peerloom("solve", "pods", network, "--rounds", 4, "--seconds", 2, "-o", out)
    assert result.exit_code == 0
    plan = json.loads(out.read_text())
    assert (plan["format"], len(plan["rounds"]), plan["size"]) == ("peerloom-rounds/1", 4, 4)
    assert "What was proven" in result.stdout
    assert "What people get of it" in result.stdout
    audited = peerloom("audit", network, out)
    assert (audited.exit_code, "All is well" in audited.stdout) == (0, True)
    options = ("--rounds", 5, "--previous", out, "--held", 2, "--seconds", 2, "-q", "-o", later)
    assert peerloom("solve", "pods", network, *options).output == ""
    assert json.loads(later.read_text())["rounds"][:2] != plan["rounds"][:2]  # marked as held
    assert peerloom("audit", network, later, "--previous", out).exit_code == 0
    assert peerloom("audit", network, later).exit_code == 1


def test_who_leaves_changes_few_groups_and_calendars_follow(network: Path, tmp_path: Path) -> None:
    out, later, folder = tmp_path / "out.json", tmp_path / "later.json", tmp_path / "folder"
    peerloom("solve", "pods", network, "--rounds", 3, "--seconds", 2, "-q", "-o", out)
    calendars = ("-o", folder, "--organizer", "a@example.org", "--at")
    made = peerloom("calendars", network, out, *calendars, "2026-01-01T09:00Z")
    assert made.exit_code == 0, made.output
    assert "sessions for" in made.stdout
    first = json.loads((folder / "sessions.json").read_text())["sessions"]
    assert {one["family"] for one in first} == {"rounds"}
    gone = json.loads(out.read_text())["rounds"][0]["groups"][0][0]
    changed, other = json.loads(network.read_text()), tmp_path / "other.json"
    for member in changed["members"]:
        if member["id"] == gone:
            member["status"] = "left"
    other.write_text(json.dumps(changed))
    options = ("--rounds", 3, "--previous", out, "--seconds", 2, "-o", later)
    result = peerloom("solve", "pods", other, *options)
    assert "as planned before" in result.stdout
    assert f"{gone} does not come" in result.stdout
    plan = json.loads(later.read_text())
    assert next(one for one in plan["tiers"] if one["name"] == "changed_groups")["value"] == 0
    assert peerloom("calendars", other, later, *calendars, "2026-01-02T09:00Z").exit_code == 0
    second = {one["uid"]: one for one in json.loads((folder / "sessions.json").read_text())["sessions"]}
    for one in first:
        now = second[one["uid"]]
        assert now["sequence"] == (gone in one["attendees"])
        assert now["state"] == "cancelled" or gone not in now["attendees"]


def test_why_this_group(network: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    peerloom("solve", "pods", network, "--rounds", 3, "--seconds", 2, "-q", "-o", out)
    who = json.loads(out.read_text())["rounds"][1]["groups"][0][0]
    asked = peerloom("explain", out, "--member", who)
    assert (asked.exit_code, "Round 3" in asked.stdout) == (0, True)
    assert "for the first time" in asked.stdout
    one = json.loads(peerloom("explain", out, "--member", who, "--round", 2, "--json").stdout)
    assert [row["round"] for row in one["rounds"]] == [2]
    assert peerloom("explain", out, "--member", who, "--pod", "x").exit_code == 2
    assert peerloom("explain", out, "--pair", who, who).exit_code == 2
    assert isinstance(peerloom("explain", out, "--member", who, "--round", 9).exception, UnknownIdError)


def test_pairs_are_rounds_of_two(network: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    peerloom("solve", "pods", network, "--rounds", 3, "--size", 2, "--seconds", 2, "-q", "-o", out)
    sizes = {len(group) for one in json.loads(out.read_text())["rounds"] for group in one["groups"]}
    assert sizes <= {2, 3}


def test_an_edited_result_fails_its_audit(network: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    peerloom("solve", "pods", network, "--rounds", 2, "--seconds", 1, "-q", "-o", out)
    plan = json.loads(out.read_text())
    plan["rounds"][0]["groups"][0].append(plan["rounds"][0]["groups"][1].pop())
    out.write_text(json.dumps(plan))
    assert peerloom("audit", network, out).exit_code == 1


def test_a_bare_instance(tmp_path: Path) -> None:
    path, out = tmp_path / "instance.json", tmp_path / "out.json"
    path.write_text(json.dumps(INSTANCE))
    result = peerloom("solve", "pods", "--instance", path, "-o", out, "--seconds", 5)
    assert result.exit_code == 0
    plan = json.loads(out.read_text())
    assert (plan["status"], plan["program"], plan["rounds"][0]["week_of"]) == ("optimal", None, None)
    assert {one["new_people"] for one in plan["people"]} == {8}
    assert peerloom("audit", path, out).exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--rounds", 2),
        ("net.json", "--size", 3),
        ("net.json", "--rounds", 2, "--sessions", "s.json"),
        ("net.json", "--rounds", 0),
        ("net.json", "--rounds", 2, "--size", 1),
        ("net.json", "--rounds", 2, "--held", 1),
        ("--instance", "i.json", "--rounds", 2),
    ],
)
def test_wrong_usage(arguments: tuple[object, ...]) -> None:
    assert peerloom("solve", "pods", *arguments).exit_code == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [('{"rounds": 2}', "members: is missing"), ('{"members": 3, "rounds": 1, "size": 2}', "a list")],
)
def test_a_bad_instance_is_one_sentence(
    tmp_path: Path, content: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from api.cli.main import main

    path = tmp_path / "instance.json"
    path.write_text(content)
    with pytest.raises(SystemExit) as ended:
        main(["solve", "pods", "--instance", str(path), "-o", str(tmp_path / "out.json")])
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said
    assert not (tmp_path / "out.json").exists()
