"""`peerloom solve rota --instance` and `peerloom bench oncall`: tables, files, exit codes, sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.cli.main import main

SMALL: dict[str, Any] = {
    "people": [{"id": "Ada", "organization": "north"}, {"id": "Bo", "organization": "south"}],
    "turns": [{"id": "Monday"}, {"id": "Tuesday"}, {"id": "Wednesday"}],
    "windows": [{"rule": "spacing", "turns": ["Monday", "Tuesday"], "most": 1}],
}


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    return int(ended.value.code or 0)


def written(folder: Path, content: dict[str, Any]) -> Path:
    path = folder / "turns.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def test_an_instance_is_answered_in_tables_and_in_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    assert run("solve", "rota", "--instance", written(tmp_path, SMALL), "-o", out, "--seconds", 20) == 0
    shown = capsys.readouterr().out
    assert "optimal" in shown
    assert "Monday" in shown
    found = json.loads(out.read_text("utf-8"))
    assert found["format"] == "peerloom-turns/1"
    assert found["turns"][0]["person"] != found["turns"][1]["person"]
    assert all(tier["proven"] for tier in found["tiers"])


TIMES: dict[str, Any] = {
    "minutes": 60,
    "steps": 8,
    "people": [{"id": "ada", "free": [[0, 8]]}, {"id": "bo", "free": [[0, 2], [4, 6]], "carried": 3}],
    "burden": [[5, 5, 0, 0, 5, 5, 0, 0]],
    "groups": [{"id": "water", "members": ["ada", "bo"], "length": 2, "starts": [[0, 4], [2, 6]]}],
}


def test_groups_get_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    assert run("solve", "rota", "--instance", written(tmp_path, TIMES), "-o", out, "--seconds", 20) == 0
    assert "water" in capsys.readouterr().out
    found = json.loads(out.read_text("utf-8"))
    assert found["format"] == "peerloom-times/1"
    assert [one["step"] for one in found["groups"][0]["sessions"]] == [0, 4]
    assert {tier["name"]: tier["value"] for tier in found["tiers"]}["attendance"] == 4


def test_options_of_documents_do_not_go_with_an_instance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("solve", "rota", "--instance", written(tmp_path, TIMES), "--mode", "stable") in (1, 2)
    assert "--instance" in capsys.readouterr().err


def test_clashing_pins_are_named_with_exit_code_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    turns = [{"id": "lead", "session": "s"}, {"id": "co", "session": "s", "role": "co"}]
    clash = {"people": SMALL["people"], "turns": turns, "pinned": [["lead", "Ada"], ["co", "Ada"]]}
    assert run("solve", "rota", "--instance", written(tmp_path, clash), "--seconds", 20) == 3
    assert "pinned lead Ada; pinned co Ada" in capsys.readouterr().out.replace("\n", " ")


def test_a_fault_is_told_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("solve", "rota", "--instance", written(tmp_path, {**SMALL, "people": [{"id": 7}]})) == 1
    assert "people[0].id: must be a text" in capsys.readouterr().err
    assert run("solve", "rota", "--instance", tmp_path / "none.json") == 1
    assert "none.json" in capsys.readouterr().err


def test_rosters_are_solved_and_told_when_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "num_staff = 2; work_load = [100, 100]; num_days = 6; unavailable = [{}, {}]; fixed = [{}, {}];"
        "weekend_offset = 4; adj_days_str = 1; wed_before_weekend_str = 1;"
    )
    fine, bad, never = (tmp_path / name for name in ("fine.dzn", "bad.dzn", "never.dzn"))
    fine.write_text(text, "utf-8")
    bad.write_text(text.replace("num_days = 6;", ""), "utf-8")
    never.write_text(text.replace("unavailable = [{}, {}]", "unavailable = [{3}, {3}]"), "utf-8")
    assert run("bench", "oncall", fine, never) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:2] == ["fine", lines[1].split()[2]]
    assert "optimal" in lines[1]
    assert "infeasible" in lines[2]
    assert run("bench", "oncall", bad) == 1
    assert "num_days: is missing" in capsys.readouterr().err
