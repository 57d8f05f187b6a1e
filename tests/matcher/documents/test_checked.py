"""Files of ours read back: the right kind, or one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matcher.documents.checked import read_checked
from matcher.documents.read import open_network
from matcher.domain.errors import InputError
from matcher.domain.plan import PairsPlan
from matcher.domain.session import Schedule

RESULT = {"format": "peerloom-pairs/1", "status": "optimal"}
NETWORK = {"format": "peerloom-network/1", "id": "n", "name": "N"}
EDGES = {"learners": [], "guides": [], "edges": []}


@pytest.mark.parametrize(
    ("content", "said"), [(RESULT, "is a result of"), (EDGES, "is an instance of bare edges")]
)
def test_what_is_no_network_is_called_what_it_is(tmp_path: Path, content: object, said: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=f"{said}.*give a network document") as raised:
        open_network(path)
    assert raised.value.faults == ()


def test_what_is_no_result_is_called_what_it_is_or_its_faults_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(NETWORK))
    with pytest.raises(InputError, match="is a network document: give a result"):
        read_checked(path, PairsPlan, "is not a result.")
    path.write_text(json.dumps(RESULT))
    with pytest.raises(InputError, match="is not a result") as raised:
        read_checked(path, PairsPlan, "is not a result.")
    assert any("is missing" in fault.reason for fault in raised.value.faults)


def test_a_missing_file_is_left_to_the_caller_and_a_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_checked(tmp_path / "none.json", Schedule, "is no schedule.")
    with pytest.raises(InputError, match="cannot be read"):
        read_checked(tmp_path, Schedule, "is no schedule.")


def test_a_good_file_comes_with_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{}")
    assert read_checked(path, Schedule, "is no schedule.") == (Schedule(), b"{}")
