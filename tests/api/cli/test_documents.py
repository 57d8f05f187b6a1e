"""`peerloom import` and `peerloom schema` at the shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from api.cli.documents import _next_monday
from api.cli.main import main
from matcher.documents.read import open_network

GOOD = (
    "Name;Email;Company;Time zone;Offers;Seeks;Availability;Shoe size\n"
    "Ana;ana@a.example;Acme;UTC;SQL 4;;Mon 9-12;39\n"
)
BAD = GOOD + "Ben;ben@b.example;Birch;Mars;;SQL;Mon 9-12;41\n"


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


Shell = Callable[..., Done]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run the command line in an empty folder that holds `people.csv`."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, sheet: str = GOOD) -> Done:
        (tmp_path / "people.csv").write_text(sheet, "utf-8")
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        told = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return Done(caught.value.code, told.out, told.err)

    return run


def test_import_tells_its_guess_and_writes_a_network(shell: Shell, tmp_path: Path) -> None:
    done = shell("import", "people.csv", "-o", "net.json", "--cycle-start", "2026-11-30", "--name", "River")
    assert done.returncode == 0, done.stderr
    for words in (
        "UTF-8, separated by semicolon",
        "name          <-  Name",
        "not used: Shoe size",
        "1 members added",
    ):
        assert words in done.stdout
    network = open_network(tmp_path / "net.json").network()
    assert (network.name, network.programs[0].cycle.start) == ("River", date(2026, 11, 30))


def test_bad_rows_stop_the_import_and_are_listed(shell: Shell, tmp_path: Path) -> None:
    done = shell("import", "people.csv", "-o", "net.json", "--report", "report.json", sheet=BAD)
    assert done.returncode == 1
    assert "Nothing was written" in done.stderr
    assert "line 3, Time zone: 'Mars' is no IANA time zone" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "net.json").exists()
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["bad"] == [
        {
            "line": 3,
            "field": "Time zone",
            "reason": "'Mars' is no IANA time zone: write one such as Europe/Berlin",
        }
    ]


def test_skipped_rows_are_listed_and_the_rest_written(shell: Shell, tmp_path: Path) -> None:
    done = shell("import", "people.csv", "-o", "net.jsonl", "--skip-bad", sheet=BAD)
    assert done.returncode == 0
    assert "1 of 2 rows were skipped" in done.stderr
    assert len(open_network(tmp_path / "net.jsonl").network().members) == 1


def test_a_mapping_and_an_update_in_place(shell: Shell, tmp_path: Path) -> None:
    shell("import", "people.csv", "-o", "net.json")
    (tmp_path / "map.json").write_text('{"columns": {"email": "Email", "unit": "Shoe size"}}')
    done = shell("import", "people.csv", "--into", "net.json", "--mapping", "map.json")
    assert "as mapped" in done.stdout, done.stderr
    assert open_network(tmp_path / "net.json").network().members[0].unit == "39"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("import", "people.csv"), 2, "-o net.json"),
        (("import", "none.csv", "-o", "net.json"), 1, "There is no file"),
        (("import", "people.csv", "-o", "people.csv/net.json"), 1, "cannot be written"),
        (("import", "people.csv", "-o", "net.json", "--into", "none.json"), 1, "There is no file"),
        (("import", "people.csv", "-o", "net.json", "--cycle-start", "soon"), 2, "soon"),
        (("schema", "poem"), 2, "poem"),
    ],
)
def test_wrong_use_is_a_sentence(shell: Shell, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = shell(*arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("document", ["network", "pairs-instance", "pairs-result", "rounds-result"])
def test_schemas_are_printed(shell: Shell, document: str) -> None:
    assert json.loads(shell("schema", document).stdout)["$schema"].endswith("2020-12/schema")


def test_next_monday_is_never_today() -> None:
    assert _next_monday(date(2026, 11, 22)) == date(2026, 11, 23)
    assert _next_monday(date(2026, 11, 23)) == date(2026, 11, 30)


def test_the_command_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(BAD.encode("utf-16"))
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "import", "people.csv", "-o", "net.json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "UTF-16" in done.stdout
    assert "line 3, Time zone" in done.stderr
