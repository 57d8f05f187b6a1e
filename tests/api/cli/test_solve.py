"""`peerloom solve pairs` and `peerloom audit` from the outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.main import cli
from fixtures.generator import document, records

INSTANCE = {
    "learners": [{"id": "ann", "organization": "a"}, {"id": "bob", "organization": "a", "need": 2}],
    "guides": [{"id": "gus", "organization": "b"}, {"id": "eva", "organization": "c"}],
    "edges": [["ann", "gus", 700], ["bob", "gus", 900], ["bob", "eva", 100]],
    "previous": [["ann", "gus"]],
}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn network of 60 people."""
    path = tmp_path_factory.mktemp("cli") / "net.json"
    path.write_text(json.dumps(document(records(60, 6, 2, 5, running=20))))
    return path


def peerloom(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(one) for one in arguments])


def in_process(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_solve_then_audit(network: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out.json"
    result = peerloom("solve", "pairs", network, "-o", out)
    assert result.exit_code == 0
    plan = json.loads(out.read_text())
    assert plan["format"] == "peerloom-pairs/1"
    assert plan["pairs"]
    assert "What was proven" in result.stdout
    assert "Pairs (" in result.stdout
    assert f"Written: {out}" in result.stdout.replace("\n", "")
    assert "candidates" in result.stderr
    audited = peerloom("audit", network, out)
    assert audited.exit_code == 0
    assert "All is well" in audited.stdout
    sampled = peerloom("audit", network, out, "--sample", 3)
    assert "a sample: the pairs of 3 learners" in sampled.stdout


def test_an_edited_result_fails_its_audit(network: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    peerloom("solve", "pairs", network, "-o", out, "--quiet")
    plan = json.loads(out.read_text())
    plan["pairs"][0]["points"] -= 1
    out.write_text(json.dumps(plan))
    result = peerloom("audit", network, out)
    assert result.exit_code == 1
    assert plan["pairs"][0]["learner"] in result.stdout
    assert "points" in result.stdout


def test_quiet_says_nothing(network: Path, tmp_path: Path) -> None:
    result = peerloom("solve", "pairs", network, "-o", tmp_path / "out.json", "-q")
    assert (result.exit_code, result.output) == (0, "")


def test_a_previous_result_is_kept(network: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    peerloom("solve", "pairs", network, "-o", first, "-q")
    result = peerloom("solve", "pairs", network, "-o", second, "--previous", first)
    assert result.exit_code == 0
    assert "kept, 0 added, 0 dropped" in result.stdout
    named = [
        {(pair["learner"], pair["guide"]) for pair in json.loads(path.read_text())["pairs"]}
        for path in (first, second)
    ]
    assert named[0] == named[1]
    assert peerloom("audit", network, second, "--previous", first).exit_code == 0
    wrong = peerloom("audit", network, second, "--previous", second)
    assert wrong.exit_code == 1
    assert "previous_plan.sha256" in wrong.stdout


def test_another_kind(network: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert peerloom("solve", "pairs", network, "-o", out, "--kind", "reverse", "-q").exit_code == 0
    assert json.loads(out.read_text())["kind"] == "reverse"


def test_a_bare_instance(tmp_path: Path) -> None:
    path, out = tmp_path / "instance.json", tmp_path / "out.json"
    path.write_text(json.dumps(INSTANCE))
    result = peerloom("solve", "pairs", "--instance", path, "-o", out)
    assert result.exit_code == 0
    plan = json.loads(out.read_text())
    assert [(p["learner"], p["guide"], p["points"], p["kept"]) for p in plan["pairs"]] == [
        ("ann", "gus", 700, True),
        ("bob", "eva", 100, False),
    ]
    assert (plan["status"], plan["program"], plan["value"]) == ("optimal", None, 800)
    assert plan["unmatched"][0]["reason"] == "guides_full"
    refused = peerloom("audit", path, out)
    assert refused.exit_code == 1


def test_pins_that_clash_end_with_their_names(network: Path, tmp_path: Path) -> None:
    path, out = tmp_path / "instance.json", tmp_path / "out.json"
    path.write_text(json.dumps({**INSTANCE, "pinned": [["ann", "gus"], ["bob", "gus"]], "previous": []}))
    result = peerloom("solve", "pairs", "--instance", path, "-o", out)
    assert result.exit_code == 3
    plan = json.loads(out.read_text())
    assert (plan["status"], plan["pairs"], plan["tiers"]) == ("infeasible", [], [])
    assert len(plan["conflict"]) == 2
    assert "contradict" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("missing.json",), "There is no file"),
        (("net.json", "--program", "nope"), "no program 'nope'"),
        (("net.json", "--previous", "net.json"), "is a network document: give a result"),
        (("--instance", "net.json"), "not a usable pairs instance"),
        (("--instance", "missing.json"), "missing.json"),
    ],
)
def test_unusable_input_is_one_sentence_and_writes_nothing(
    network: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    named = [str(network) if one == "net.json" else one for one in arguments]
    out = tmp_path / "out.json"
    result = in_process("solve", "pairs", *named, "-o", out)
    assert result.returncode == 1
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert not out.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [(), ("a.json", "--instance", "b.json"), ("--instance", "b.json", "--kind", "reverse")]
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert peerloom("solve", "pairs", *arguments).exit_code == 2


def test_an_output_that_cannot_be_written(network: Path, tmp_path: Path) -> None:
    result = in_process("solve", "pairs", network, "-o", tmp_path, "-q")
    assert result.returncode == 1
    assert "is a folder" in result.stderr


def test_zero_seconds_still_answer(network: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert peerloom("solve", "pairs", network, "-o", out, "--seconds", 0, "-q").exit_code == 0
    assert json.loads(out.read_text())["pairs"]
    audited = peerloom("audit", network, out)
    assert (audited.exit_code, audited.stdout.count("What is off")) == (0, 0)


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT, which only POSIX systems have")
def test_ctrl_c_ends_with_the_best_answer_so_far(tmp_path: Path) -> None:
    path, out = tmp_path / "net.json", tmp_path / "out.json"
    path.write_text(json.dumps(document(records(1500, 40, 2, 5))))
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli", "solve", "pairs", str(path), "-o", str(out)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stderr is not None
        for line in child.stderr:
            if "solve" in line:
                break
        time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        rest = child.stderr.read()
        assert child.wait(timeout=120) == 0, rest
    assert "best answer so far" in rest
    assert json.loads(out.read_text())["pairs"]
