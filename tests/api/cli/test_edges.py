"""`peerloom edges` writes every eligible pair, and answers why not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.main import cli
from fixtures.demo import demo_network
from matcher.candidates.context import Context
from matcher.candidates.points import parts_of
from matcher.candidates.rules import eligible, reasons
from matcher.documents.write import write_network
from matcher.domain.errors import InputError, UnknownIdError
from matcher.domain.policy import Kind


@pytest.fixture(scope="module")
def network():
    return demo_network()


@pytest.fixture(scope="module")
def document(network, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("edges") / "net.json"
    write_network(path, network)
    return path


@pytest.fixture(scope="module")
def context(network) -> Context:
    people = (*network.members, *network.ended, *network.running)
    return Context.of(network, people, network.programs[0], network.policies[0].pairs, Kind.MENTORING)


@pytest.fixture
def run(document) -> Callable[..., Result]:
    def called(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["edges", str(document), *arguments])

    return called


def test_edges_are_exactly_the_eligible_pairs_with_their_parts(run, network, context, tmp_path):
    out = tmp_path / "edges.jsonl"
    result = run("-o", str(out))
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert f"{len(lines):,} eligible pairs" in result.stderr
    member = {one.id: one for one in network.members}
    found = {(line["learner"], line["guide"]) for line in lines}
    assert len(found) == len(lines) > 1000
    for line in lines[::97]:
        parts = parts_of(context, member[line["learner"]], member[line["guide"]])
        assert line["parts"] == parts
        assert line["points"] == sum(parts.values())
    some = network.members[::12]
    expected = {(a.id, b.id) for a in some for b in some if a is not b and eligible(context, a, b)}
    ids = {one.id for one in some}
    assert {pair for pair in found if set(pair) <= ids} == expected


def test_edges_go_to_standard_output_when_no_file_is_named(run):
    result = run("--kind", "shadowing")
    assert result.exit_code == 0
    first = json.loads(result.stdout.splitlines()[0])
    assert list(first) == ["learner", "guide", "points", "parts"]
    assert "What each rule takes away" in result.stderr


def test_why_names_every_rule_against_a_pair(run, network, context):
    a, b = next(
        (a, b)
        for a in network.members
        for b in network.members
        if len(reasons(context, a, b)) >= 3 and a is not b
    )
    result = run("--why", a.id, b.id)
    assert result.exit_code == 0
    for reason in reasons(context, a, b):
        assert reason.code in result.stdout
    assert "Not eligible" in result.stdout


def test_why_shows_the_points_of_an_eligible_pair(run, network, context):
    a, b = next((a, b) for a in network.members for b in network.members if eligible(context, a, b))
    result = run("--why", a.id, b.id)
    assert f"{sum(parts_of(context, a, b).values())} points" in result.stdout


def test_why_counts_what_rules_take_from_one_person(run, network, context):
    a = next(a for a in network.members for b in network.members if eligible(context, a, b))
    others = sum(eligible(context, a, b) for b in network.members if a is not b)
    result = run("--why", a.id)
    assert result.exit_code == 0
    assert f"{others:,} eligible" in " ".join(result.stdout.split())
    assert "seniority" in result.stdout


def test_unknown_people_and_wrong_usage_are_sentences(run, network, tmp_path):
    result = run("--why", network.members[0].id + "x")
    assert isinstance(result.exception, UnknownIdError)
    assert network.members[0].id in str(result.exception)
    assert run("--why").exit_code == 2
    assert run("someone").exit_code == 2
    assert run("--why", "a", "-o", str(tmp_path / "x")).exit_code == 2
    assert run("--kind", "golf").exit_code == 2
    out = tmp_path / "folder"
    out.mkdir()
    assert isinstance(run("-o", str(out)).exception, InputError)
