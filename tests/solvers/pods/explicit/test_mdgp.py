"""Files of the maximally diverse grouping problem."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.pods.explicit.mdgp import read_mdgp
from solvers.pods.solve import solve

SMALL = "4 2 ss 2 2 2 2\n0 1 1.5\n0 2 2\n0 3 9.25\n1 2 8\n1 3 1\n2 3 3\n"
DATA = Path(os.environ.get("PEERLOOM_BENCHMARK_DATA", Path(__file__).parents[4].parent / "shared" / "data"))


def test_distances_become_whole_numbers_of_the_last_decimal(tmp_path: Path) -> None:
    path = tmp_path / "small.txt"
    path.write_text(SMALL)
    grouping = read_mdgp(path)
    assert grouping.scale == 100
    answer = solve(grouping.instance, Limits(seconds=0.2), annealed=1.0)
    assert answer.value == 925 + 800
    assert [tier.value for tier in answer.tiers if tier.name == "placed"] == [4]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "line 1"),
        ("4 2 xx 2 2 2 2\n", "line 1"),
        ("4 2 ss 2 2\n", "line 1"),
        ("4 1 ss 3 2\n", "line 1"),
        ("4 1 ss 4 4\n0 1 x\n", "line 2"),
        ("4 1 ss 4 4\n0 1 1\n\n1 0 2\n", "line 4"),
        ("4 1 ss 4 4\n0 1 nan\n", "line 2"),
        ("4 1 ss 4 4\n0 1 1\n0 1 2\n", "file"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(text: str, field: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text)
    with pytest.raises(InstanceError) as fault:
        read_mdgp(path)
    assert fault.value.field == field


def test_a_public_file_of_twelve_is_read() -> None:
    path = DATA / "mdgp" / "RanInt_n012_ss_01.txt"
    if not path.exists():
        pytest.skip(
            "the files of MDGPLIB are not there; PEERLOOM_BENCHMARK_DATA may name the folder that holds mdgp/"
        )
    grouping = read_mdgp(path)
    assert grouping.scale == 1
    assert grouping.instance.n_members == 12
    assert {(pod.least, pod.most) for pod in grouping.instance.pods} == {(3, 3)}
