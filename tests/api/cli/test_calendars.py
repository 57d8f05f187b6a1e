"""`peerloom calendars` from the outside: pairs and pods in one folder."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from api.cli.main import cli
from fixtures.generator import document, records


def peerloom(*arguments: object) -> str:
    found = CliRunner().invoke(cli, [str(one) for one in arguments], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn network of 60 people with its pairs and its pods."""
    path = tmp_path_factory.mktemp("calendars")
    network = document(records(60, 6, 2, 5, running=20))
    (path / "net.json").write_text(json.dumps(network))
    peerloom("solve", "pairs", path / "net.json", "-o", path / "pairs.json", "--seconds", 5)
    peerloom("solve", "pods", path / "net.json", "-o", path / "pods.json", "--seconds", 1)
    return path


def test_pairs_and_pods_share_a_folder_and_nobody_is_in_two_places(folder: Path) -> None:
    options = ("-o", folder / "out", "--organizer", "us@example.org", "--at", "2026-01-01T09:00Z")

    def sessions() -> list[dict]:
        return json.loads((folder / "out" / "sessions.json").read_text("utf-8"))["sessions"]

    told = peerloom("calendars", folder / "net.json", folder / "pairs.json", *options)
    assert " pairs, " in told
    pairs = sessions()
    told = peerloom("calendars", folder / "net.json", folder / "pods.json", *options)
    assert " pods, " in told
    both = sessions()
    assert [one for one in both if one["family"] == "pairs"] == pairs
    assert {one["family"] for one in both} == {"pairs", "pods"}
    calendars: dict[str, list[tuple[str, str]]] = {}
    for one in both:
        for person in one["attendees"]:
            calendars.setdefault(person, []).append((one["start"], one["end"]))
    for mine in calendars.values():
        assert all(end <= start for (_, end), (start, _) in pairwise(sorted(mine)))
    feeds = {path.stem for path in (folder / "out" / "calendars" / "feeds").iterdir()}
    assert len(feeds) == len(calendars)
    told = peerloom("calendars", folder / "net.json", folder / "pairs.json", *options)
    assert sessions() == both


def test_archives_for_organizations_and_programs_are_the_same_twice(folder: Path) -> None:
    out = folder / "zipped"
    options = ("-o", out, "--organizer", "us@example.org", "--at", "2026-01-01T09:00Z", "--zip")
    told = peerloom("calendars", folder / "net.json", folder / "pairs.json", *options)
    assert "Archives: " in told
    found = sorted((out / "calendars" / "organizations").iterdir())
    assert len(found) > 1
    network = json.loads((folder / "net.json").read_text())
    people = {one["id"]: one["organization"] for one in network["members"]}
    for path in found:
        with ZipFile(path) as archive:
            assert archive.testzip() is None
            names = [Path(one).stem for one in archive.namelist() if one.startswith("members/")]
        assert {people[name] for name in names} == {path.stem}
    (program,) = (out / "calendars" / "programs").iterdir()
    assert b"METHOD:PUBLISH" in program.read_bytes()
    before = {path: path.read_bytes() for path in (*found, program)}
    peerloom("calendars", folder / "net.json", folder / "pairs.json", *options)
    assert {path: path.read_bytes() for path in before} == before
