"""`peerloom seats` and `peerloom solve pods` on the demo network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.main import cli
from fixtures.demo import demo_network
from matcher.documents.write import write_network
from matcher.domain.errors import UnknownIdError


@pytest.fixture(scope="module")
def document(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("pods") / "net.json"
    write_network(path, demo_network())
    return path


@pytest.fixture
def run(document) -> Callable[..., Result]:
    def called(command: str, *arguments: str) -> Result:
        first, *rest = command.split()
        return CliRunner().invoke(cli, [first, *rest, str(document), *arguments])

    return called


def test_seats_are_written_with_their_points(run, tmp_path):
    out = tmp_path / "seats.jsonl"
    result = run("seats", "-o", str(out))
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert f"{len(lines):,} eligible seats" in result.stderr
    assert {"member", "pod", "points"} == set(lines[0])
    assert {line["pod"].partition("-")[0] for line in lines} == {"problem", "circle"}


def test_seats_tell_why(run):
    seat = run("seats", "--why", "m003", "problem-003")
    assert seat.exit_code == 0, seat.output
    assert "Points by part" in seat.stdout
    assert "Best weekly times" in seat.stdout
    member = run("seats", "--why", "m003")
    assert "what each rule takes away of the pods" in member.stdout
    assert "left after it" in member.stdout
    barred = run("seats", "--why", "m018", "problem-003")
    assert "Not eligible" in barred.stdout
    assert "language" in barred.stdout


@pytest.mark.parametrize(("arguments", "kind"), [(("nobody",), "member"), (("m003", "problem-999"), "pod")])
def test_strangers_are_told_with_a_hint(run, arguments, kind):
    result = run("seats", "--why", *arguments)
    assert isinstance(result.exception, UnknownIdError)
    assert result.exception.kind == kind


@pytest.mark.parametrize("arguments", [("--why",), ("m003",), ("--why", "m003", "-o", "x.jsonl")])
def test_wrong_use_is_told(run, arguments):
    assert run("seats", *arguments).exit_code == 2


def test_pods_are_solved_shown_and_audited(run, document, tmp_path):
    out = tmp_path / "pods.json"
    result = run("solve pods", "-o", str(out), "--seconds", "1")
    assert result.exit_code == 0, result.output
    for words in ("members in a pod", "Pods (", "Members without a pod", "weeks", "Written"):
        assert words in result.stdout
    audited = CliRunner().invoke(cli, ["audit", str(document), str(out)])
    assert audited.exit_code == 0, audited.stdout
    text = out.read_text()
    edited = tmp_path / "edited.json"
    plan = json.loads(text)
    plan["pods"][0]["seats"][0]["points"] += 1
    edited.write_text(json.dumps(plan))
    refused = CliRunner().invoke(cli, ["audit", str(document), str(edited)])
    assert refused.exit_code == 1
    assert "What is off" in refused.stdout
    again = run("solve pods", "--seconds", "1", "--previous", str(out))
    assert again.exit_code == 0, again.output
    assert "Changes" in again.stdout


def test_a_result_of_pods_is_no_result_of_pairs(run, document, tmp_path):
    out = tmp_path / "pods.json"
    assert run("solve pods", "-q", "-o", str(out), "--seconds", "0").exit_code == 0
    result = run("solve pairs", "--previous", str(out))
    assert "solve pods" in str(result.exception)
    sampled = CliRunner().invoke(cli, ["audit", str(document), str(out), "--sample", "3"])
    assert sampled.exit_code == 0
    assert "bounds on a sample" in sampled.output
