"""`peerloom network`, `import --network`, `export`, and commands on a network of the database."""

from __future__ import annotations

import json

import pytest

from api.cli.main import main
from fixtures.demo import demo_network
from matcher.documents.read import open_network
from matcher.documents.write import network_record, write_network

SHEET = """id,name,organization,time zone,skills,skills sought,availability,seniority
ada,Ada,North,UTC,,Python,Mon-Fri 09:00-17:00,3
bob,Bob,South,UTC,Python (5),,Mon-Fri 09:00-17:00,6
"""


@pytest.fixture
def run(database_url, capsys, tmp_path, monkeypatch):
    """Runs a command on a fresh database in an empty folder: exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PEERLOOM_DATABASE", database_url)

    def call(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main([str(one) for one in arguments])
        told = capsys.readouterr()
        return int(stopped.value.code or 0), told.out, told.err

    return call


def test_a_document_goes_in_and_comes_out_exactly(run, tmp_path):
    demo = demo_network()
    write_network(tmp_path / "net.json", demo)
    assert run("network", "create", demo.id, "--name", demo.name)[0] == 0
    code, out, err = run("import", "net.json", "--network", demo.id)
    assert (code, f"network {demo.id} of " in err) == (0, True)
    assert f"{len(demo.members):,} members added" in out
    for name in ("out.json", "out.jsonl.gz"):
        assert run("export", "--network", demo.id, "-o", name)[0] == 0
        assert network_record(open_network(tmp_path / name).network()) == network_record(demo)
    assert f"{demo.id}  " in run("network", "list")[1]


def test_a_sheet_becomes_a_network_that_the_commands_work_on(run, tmp_path):
    (tmp_path / "people.csv").write_text(SHEET)
    run("network", "create", "net")
    code, out, _ = run("import", "people.csv", "--network", "net", "--cycle-start", "2026-09-28")
    assert (code, "2 members added" in out, "--network net" in out) == (0, True, True)
    code, out, err = run("edges", "--network", "net")
    assert (code, json.loads(out)["learner"], "network net of " in err) == (0, "ada", True)
    assert "Eligible: Ada (ada) with Bob (bob)" in run("edges", "--network", "net", "--why", "ada", "bob")[1]
    assert run("solve", "pairs", "--network", "net", "-o", "out.json", "-q")[0] == 0
    plan = json.loads((tmp_path / "out.json").read_text())
    assert [(one["learner"], one["guide"]) for one in plan["pairs"]] == [("ada", "bob")]
    assert plan["network"]["path"] is None
    assert run("audit", "--network", "net", "out.json", "-q")[:2] == (0, "")
    assert run("explain", "out.json", "--network", "net", "--pair", "ada", "bob")[0] == 0
    done = run("calendars", "--network", "net", "out.json", "-o", "cal", "--organizer", "p@x.example")
    assert (done[0], (tmp_path / "cal" / "sessions.json").exists()) == (0, True)
    assert run("frontier", "pairs", "--network", "net", "-q", "--json", "f.json")[0] == 0
    run("export", "--network", "net", "-o", "net.jsonl")
    assert plan["network"]["sha256"] == open_network(tmp_path / "net.jsonl").sha256
    (tmp_path / "people.csv").write_text(SHEET.replace("ada,Ada", "ada,Eva"))
    assert "1 updated, 1 as they were" in run("import", "people.csv", "--network", "net")[1]
    code, _, err = run("explain", "out.json", "--network", "net", "--member", "ada")
    assert (code, "is not what was solved" in err) == (1, True)


def test_bad_rows_store_nothing_and_say_so(run, tmp_path):
    (tmp_path / "people.csv").write_text(SHEET + "cem,Cem,North,Mars,,,,99\n")
    run("network", "create", "net")
    code, _, err = run("import", "people.csv", "--network", "net")
    assert (code, "Nothing was stored" in err, "line 4" in err) == (1, True, True)
    assert "0 active members" in run("network", "list")[1]
    assert run("import", "people.csv", "--network", "net", "--skip-bad")[0] == 0
    assert "2 active members" in run("network", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("edges",), 2, "--network ID"),
        (("solve", "pairs"), 2, "--network ID"),
        (("solve", "pairs", "net.json", "--network", "net"), 2, "Give either FILE"),
        (("audit", "--network", "net"), 2, "RESULT"),
        (("calendars", "a", "b", "--network", "net", "-o", "x", "--organizer", "a@b"), 1, "b"),
        (("edges", "--network", "nowhere"), 1, "There is no network 'nowhere' here."),
        (("export", "--network", "nowhere", "-o", "x.json"), 1, "There is no network 'nowhere' here."),
        (("import", "people.csv", "--network", "nowhere"), 1, "There is no network 'nowhere' here."),
        (("import", "people.csv", "--sync"), 2, "--network"),
        (("import", "people.csv", "--network", "net", "-o", "x.json"), 2, "--output"),
        (("import", "net.json", "--network", "net", "--sync"), 2, "--force"),
        (("network", "create", ""), 1, "id"),
        (("network", "create", "a", "--name", "\0"), 1, "NUL"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(run, tmp_path, arguments, code, told):
    (tmp_path / "people.csv").write_text(SHEET)
    found, _, err = run(*arguments)
    assert (found, told in err) == (code, True), err
    assert "Traceback" not in err
    assert not (tmp_path / "x.json").exists()
