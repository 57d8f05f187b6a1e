"""`peerloom demo`: the whole way, twice into one folder."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from api.cli.main import cli
from fixtures.demo import demo_network


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("pairs.json", "pods.json", "rounds.json", "rota.json")
    }


def meet_again_for_their_language(rounds) -> int:
    """Pairs that meet again in a group whose people all speak the language of most: nothing forces them."""
    people = {one.id: one for one in demo_network().members}
    free = 0
    for one in rounds["rounds"]:
        group_of = {member: group for group in one["groups"] for member in group}
        for pair in one["again"]:
            free += all("en" in people[member].languages for member in group_of[pair[0]])
    return free


def test_the_demo_runs_twice_into_one_folder(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    first = CliRunner().invoke(cli, ["demo", "-o", str(folder)])
    assert first.exit_code == 0, first.output
    written = contents(folder)
    plan = json.loads((folder / "pairs.json").read_text())
    assert len(plan["pairs"]) > 150
    assert plan["unmatched"]
    assert plan["changes"]["ended"]
    pods = json.loads((folder / "pods.json").read_text())
    assert len(pods["pods"]) > 10
    assert {pod["kind"] for pod in pods["pods"]} == {"problem", "circle"}
    rounds = json.loads((folder / "rounds.json").read_text())
    assert [len(one["groups"]) > 50 for one in rounds["rounds"]] == [True] * 6
    assert meet_again_for_their_language(rounds) == 0
    rota = json.loads((folder / "rota.json").read_text())
    kinds = {one["kind"] for one in rota["series"] if one["sessions"]}
    assert kinds >= {"pod", "circle"}
    assert (
        sum(
            turn["member"] is not None
            for one in rota["series"]
            for s in one["sessions"]
            for turn in s["turns"]
        )
        > 100
    )
    edges = [json.loads(line) for line in written["edges.jsonl"].splitlines()]
    assert len(edges) == plan["effort"]["counts"]["eligible_pairs"]
    known = {(edge["learner"], edge["guide"]): edge["points"] for edge in edges}
    free = [pair for pair in plan["pairs"] if not pair["overrides"]]
    assert all(known[pair["learner"], pair["guide"]] == pair["points"] for pair in free)
    assert sum(name.endswith(".ics") for name in written) > 300
    for words in (
        "members of",
        "What was proven",
        "Pairs (",
        "Learners with fewer guides",
        "Give and take",
        "Sessions",
        "Pods (",
        "Groups of round 1 (",
        "What people get of it",
        "When they meet, and who facilitates (",
        "Try next",
    ):
        assert words in first.stdout
    own = folder / "notes.txt"
    own.write_text("mine")
    second = CliRunner().invoke(cli, ["demo", "-o", str(folder), "--quiet"])
    assert (second.exit_code, second.output, second.exception) == (0, "", None)
    assert own.read_text() == "mine"
    own.unlink()
    assert contents(folder) == written
    again = json.loads((folder / "pairs.json").read_text())
    assert {key: value for key, value in again.items() if key != "effort"} == {
        key: value for key, value in plan.items() if key != "effort"
    }
    audited = CliRunner().invoke(cli, ["audit", str(folder / "network.json"), str(folder / "pairs.json")])
    assert audited.exit_code == 0, audited.stdout
    audited = CliRunner().invoke(cli, ["audit", str(folder / "network.json"), str(folder / "rounds.json")])
    assert audited.exit_code == 0, audited.stdout
    around = ["audit", *(str(folder / name) for name in ("network.json", "pods.json"))]
    audited = CliRunner().invoke(cli, [*around, "--sessions", str(folder / "sessions.json")])
    assert audited.exit_code == 0, audited.stdout
    around = ["audit", *(str(folder / name) for name in ("network.json", "rota.json"))]
    made_from = ["--sessions", str(folder / "sessions.json"), "--groups", str(folder / "pods.json")]
    audited = CliRunner().invoke(cli, [*around, *made_from])
    assert audited.exit_code == 0, audited.stdout
    refused = CliRunner().invoke(cli, around)
    assert refused.exit_code == 1
