"""`peerloom nightly`: a night from the command line, in real processes."""

from __future__ import annotations

import json

import pytest

from api.cli.main import main
from tests.matcher.service.nightly.conftest import BEGIN, Nights


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Runs a command on a database with one published program, in an empty folder."""
    address = f"sqlite:///{tmp_path / 'net.db'}"
    world = Nights(address, tmp_path, mode="propose", families=("pairs",), seconds=60)
    world.services.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PEERLOOM_DATABASE", address)

    def call(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main([str(one) for one in arguments])
        told = capsys.readouterr()
        return int(stopped.value.code or 0), told.out, told.err

    return call


def test_a_night_runs_without_a_server_and_reports(run, tmp_path):
    code, out, _ = run("nightly", "--check")
    assert (code, "missed a night: it had none yet" in out) == (1, True)
    assert (
        run("nightly", "--dry-run", "--as-of", f"{BEGIN:%Y-%m-%dT%H:%MZ}", "-q", "--report", "dry.json")[0]
        == 0
    )
    (dry,) = json.loads((tmp_path / "dry.json").read_text())
    assert (dry["rehearsal"], dry["date"]) == (True, f"{BEGIN:%Y-%m-%d}")
    code, out, err = run("nightly", "--report", "night.html")
    assert (code, "Mentoring pairs: proposed." in out, "mentoring pairs solving" in err) == (0, True, True)
    page = (tmp_path / "night.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "<h2>Mentoring pairs: proposed</h2>" in page
    code, _, err = run("nightly")
    assert (code, err) == (0, "No program has a night before it.\n")
    assert run("nightly", "--check")[:2] == (0, "Every program that is due had its night.\n")


def test_wrong_use_is_a_sentence(run):
    assert run("nightly", "--as-of", "2026-09-01T00:00Z")[0] == 2
    assert run("nightly", "--program", "mentoring")[0] == 2
    code, _, err = run("nightly", "--network", "nowhere")
    assert (code, err) == (1, "There is no network 'nowhere' here.\n")
