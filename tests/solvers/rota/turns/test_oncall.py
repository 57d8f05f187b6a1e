"""On-call rosters of the MiniZinc Challenge, read into turns: rules as in its model, optima met."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.result import Status
from solvers.rota.turns.explicit.oncall import read_oncall
from solvers.rota.turns.solve import solve

DATA = Path(os.environ.get("PEERLOOM_BENCHMARK_DATA", Path(__file__).parents[4].parent / "shared" / "data"))

ROSTER = """
num_staff = 3;  % three of them
work_load = [100, 100, 50];
num_days = 12;
unavailable = [{1, 99}, {}, 11..12];
fixed = [{4, 5}, {}, {3}];
weekend_offset = 4; adj_days_str = 2; wed_before_weekend_str = 1;
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "roster.dzn"
    path.write_text(text, "utf-8")
    return path


def test_days_become_turns_with_the_rules_of_the_model(tmp_path: Path) -> None:
    instance = read_oncall(written(tmp_path, ROSTER))
    windows = instance.windows
    rows = {
        (windows.codes[windows.code[w]], tuple((windows.turns(w) + 1).tolist()), int(windows.cost[w]))
        for w in range(len(windows))
    }
    assert [t + 1 for t in instance.class_of.nonzero()[0].tolist()] == [5, 10]
    assert {row[1] for row in rows if row[0] == "beside_weekend"} == {(4, 5), (5, 6), (9, 10), (10, 11)}
    assert {row[1] for row in rows if row[0] == "weekends_running"} == {(5, 10)}
    assert ("three_running", (3, 4, 5), 0) not in rows  # all three are fixed
    assert ("three_running", (4, 5, 6), 0) in rows
    assert {row[1:] for row in rows if row[0] == "before_weekend"} == {((3, 5), 1), ((8, 10), 1)}
    assert {row[1:] for row in rows if row[0] == "adjacent_days"} == {((d, d + 1), 2) for d in range(1, 11)}
    assert instance.choices.entry(3, 0) >= 0
    assert instance.choices.entry(3, 1) == -1  # fixed for somebody else
    assert instance.choices.entry(0, 0) == instance.choices.entry(11, 2) == -1  # unavailable


def test_a_roster_that_clashes_with_itself_leaves_a_day_open(tmp_path: Path) -> None:
    answer = solve(read_oncall(written(tmp_path, ROSTER)), Limits(seconds=30, workers=1))
    assert answer.tiers[0].value == answer.tiers[0].bound == 1  # day 4 beside the weekend, both fixed


def test_sets_may_be_joined_empty_or_behind_a_mark_of_byte_order(tmp_path: Path) -> None:
    plain = read_oncall(written(tmp_path, ROSTER))
    other = ROSTER.replace("{1, 99}", "{1} union 99..99").replace("{}", "5..4", 1)
    same = read_oncall(written(tmp_path, "\ufeff" + other))
    assert same.choices.turn.tolist() == plain.choices.turn.tolist()
    assert same.choices.person.tolist() == plain.choices.person.tolist()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "num_staff"),
        (ROSTER.replace("num_days = 12;", ""), "num_days"),
        (ROSTER + "num_days = 3;", "num_days"),
        (ROSTER + "colour = 3;", "colour"),
        (ROSTER.replace("[100, 100, 50]", "[100, 100]"), "work_load"),
        (ROSTER.replace("{4, 5}", "{1}"), "fixed[1]"),
        (ROSTER.replace("{3}]", "{4}]"), "fixed[3]"),
        (ROSTER.replace("weekend_offset = 4", "weekend_offset = 5"), "weekend_offset"),
        (ROSTER.replace("[{1, 99}, {}, 11..12]", "[{1, 99}, 7, 11..12]"), "unavailable[2]"),
        (ROSTER.replace("{1, 99}", "{1, x}"), "unavailable"),
        (ROSTER.replace("adj_days_str = 2;", "adj_days_str = 2 wed"), "adj_days_str"),
        (ROSTER + "?", "file"),
        (ROSTER.replace("[{1, 99}, {}, 11..12]", "[" * 20_000), "unavailable"),
        (ROSTER.replace("11..12", "11..12 union 3"), "unavailable"),
        ("num_staff = [1", "num_staff"),
    ],
)
def test_a_fault_is_named(text: str, field: str, tmp_path: Path) -> None:
    with pytest.raises(InstanceError) as caught:
        read_oncall(written(tmp_path, text))
    assert caught.value.field == field


@pytest.mark.parametrize(("name", "cost"), [("4s-10d", 1), ("4s-23d", 2), ("10s-50d", 0)])
def test_the_public_files_are_solved_to_their_optima(name: str, cost: int) -> None:
    path = DATA / "on-call-rostering" / f"{name}.dzn"
    if not path.exists():
        pytest.skip(
            "the MiniZinc Challenge's files are not there; PEERLOOM_BENCHMARK_DATA may name the folder"
        )
    answer = solve(read_oncall(path), Limits(seconds=60, workers=1))
    assert answer.status is Status.OPTIMAL
    assert (answer.tiers[0].value, answer.value) == (0, cost)
