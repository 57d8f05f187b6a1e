"""`peerloom explain` and `peerloom frontier`, as people run them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from api.cli.main import main


@pytest.fixture
def solved(tmp_path: Path) -> Path:
    """A bare instance, solved: ann has gus, ben is left out, cat would rather keep gia."""
    instance = {
        "learners": [{"id": name, "organization": "a"} for name in ("ann", "ben", "cat")],
        "guides": [{"id": "gus", "organization": "b"}, {"id": "gia", "organization": "c"}],
        "edges": [["ann", "gus", 900], ["ben", "gus", 500], ["cat", "gus", 800], ["cat", "gia", 300]],
        "previous": [["cat", "gus"]],
        "changes": "bonus",
        "bonus": 10,
    }
    (tmp_path / "instance.json").write_text(json.dumps(instance))
    run("solve", "pairs", "--instance", tmp_path / "instance.json", "-o", tmp_path / "out.json", "-q")
    return tmp_path / "out.json"


def run(*arguments: Any) -> int:
    """Exit code of the command line."""
    with pytest.raises(SystemExit) as stopped:
        main([str(one) for one in arguments])
    return int(stopped.value.code or 0)


def test_a_pair_is_explained_in_words(solved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", solved, "--pair", "ben", "gus") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "They may meet, for 500 points" in told
    assert "points 800 instead of 1,200 (-400)" in told
    assert "ann - gus ends" in told


def test_json_holds_the_same(solved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", solved, "--pair", "ben", "gus", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["effect"]["exact"]
    assert found["effect"]["tiers"][-1]["gain"] == -400
    assert {(move["learner"], move["change"]) for move in found["effect"]["moves"]} == {
        ("ann", "ends"),
        ("ben", "starts"),
    }


def test_a_member_left_out_reads_what_blocks_and_what_helps(
    solved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("explain", solved, "--member", "ben") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "ben wants 1 guide and has 0" in told
    assert "share" in told or "can have" in told
    assert "One more place with gus would give them a guide" in told


def test_a_member_of_an_organization_reads_no_numbers_of_others(
    solved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("explain", solved, "--pair", "ben", "gus", "--audience", "member:ben", "--json") == 0
    told = capsys.readouterr().out
    assert "ann" not in told
    assert "900" not in told


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "either --pair"),
        (("--pair", "ben", "gus", "--member", "ben"), 2, "either --pair"),
        (("--pair", "nobody", "gus"), 1, "nobody"),
        (("--member", "ben", "--audience", "everybody"), 1, "no audience"),
        (("--member", "ben", "--audience", "member:ann"), 1, "themselves only"),
    ],
)
def test_wrong_questions_get_a_sentence(
    solved: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, told: str
) -> None:
    assert run("explain", solved, *arguments) == code
    assert told in capsys.readouterr().err


def test_a_changed_document_is_refused(solved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = solved.parent / "instance.json"
    path.write_text(path.read_text() + " ")
    assert run("explain", solved, "--member", "ben") == 1
    assert "changed since" in capsys.readouterr().err


def test_a_frontier_is_drawn_and_listed(solved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = solved.parent
    picture, numbers = folder / "frontier.svg", folder / "frontier.json"
    code = run("frontier", "pairs", "--instance", folder / "instance.json", "-o", picture, "--json", numbers)
    assert code == 0
    out = capsys.readouterr().out
    assert "corner of the hull" in out
    found = json.loads(numbers.read_text())
    assert [(row["broken"], row["points"]) for row in found["changes"]] == [(1, 1200)]
    assert [row["pairs"] for row in found["balance"]] == sorted(row["pairs"] for row in found["balance"])
    root = ElementTree.fromstring(picture.read_text())
    words = " ".join(text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "Points against pairs broken" in words
    assert "slack per organization" in words
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 1 + len(found["balance"]) - 1


def test_a_frontier_needs_one_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("frontier", "pairs") == 2
    assert "either FILE" in capsys.readouterr().err
