from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from api.cli.main import main
from matcher.documents.read import open_network


def run(*arguments: str) -> int:
    try:
        main(["fixture", *arguments])
    except SystemExit as stopped:
        return stopped.code if isinstance(stopped.code, int) else 1
    return 0


@pytest.mark.parametrize("name", ["net.json", "net.jsonl", "net.json.gz", "net.jsonl.gz"])
def test_every_ending_holds_the_same_network(name: str, tmp_path: Path) -> None:
    plain, other = tmp_path / "plain.json", tmp_path / name
    options = ("-n", "60", "-k", "6", "-p", "3", "--seed", "4", "--running", "20", "-o")
    assert run(*options, str(plain)) == 0
    assert run(*options, str(other)) == 0
    assert open_network(other).network() == open_network(plain).network()
    assert len(open_network(plain).network().members) == 60


def test_the_same_command_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz"
    for path in (one, other):
        assert run("-n", "40", "-k", "4", "-o", str(path)) == 0
    assert one.read_bytes() == other.read_bytes()
    assert gzip.decompress(one.read_bytes()).startswith(b'{"header":')


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-n", "1", "-k", "2"), "members: must lie between 2 and 10,000,000, not 1"),
        (("-n", "10", "-k", "11"), "11 organizations need as many members, not 10"),
        (("-n", "10", "-k", "2", "--running", "99"), "running: must lie between 0 and 80, not 99"),
        (("-n", "10", "-k", "2", "--guides-percent", "0"), "guides_percent: must lie between 15 and 85"),
    ],
)
def test_bad_numbers_get_a_sentence_and_write_nothing(
    arguments: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments, "-o", str(tmp_path / "net.json")) == 1
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["net.xml", "net", "net.gz"])
def test_an_unknown_ending_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-n", "10", "-k", "2", "-o", str(tmp_path / name)) == 1
    assert "must end in .json, .jsonl or .ndjson" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
