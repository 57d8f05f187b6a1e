"""With PEERLOOM_TESTS=all every test runs, and none may skip in silence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SAMPLE = """
import pytest

def test_runs(): pass

@pytest.mark.slow
def test_slow(): pass

def test_skips(): pytest.skip("no such thing here")
"""


def run(folder: Path, root: Path, **environment: str) -> str:
    """Pytest's summary over a sample beside a copy of our conftest."""
    (folder / "tests").mkdir()
    (folder / ".ci").mkdir()
    (folder / ".ci" / "allowed-skips.txt").write_text(environment.pop("allowed", "# none\n"))
    (folder / "tests" / "conftest.py").write_text((root / "tests" / "conftest.py").read_text())
    (folder / "tests" / "test_sample.py").write_text(SAMPLE)
    (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\nmarkers = ["slow"]\n')
    known = {key: value for key, value in os.environ.items() if key != "PEERLOOM_TESTS"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder, env={**known, **environment}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.stdout


def test_slow_ones_are_left_out_and_skips_are_fine_without_the_variable(tmp_path, root):
    assert "1 passed, 1 skipped, 1 deselected" in run(tmp_path, root)


def test_everything_runs_and_a_skip_fails_with_it(tmp_path, root):
    said = run(tmp_path, root, PEERLOOM_TESTS="all")
    assert "1 failed, 2 passed" in said
    assert "no such thing here" in said


def test_a_skip_that_is_listed_with_its_reason_may_pass(tmp_path, root):
    listed = "tests/test_sample.py::test_skips needs a machine with such a thing\n"
    assert "2 passed, 1 skipped" in run(tmp_path, root, PEERLOOM_TESTS="all", allowed=listed)


def test_listed_skips_exist_and_have_reasons(root, sources):
    for line in (root / ".ci" / "allowed-skips.txt").read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        test, _, reason = line.partition(" ")
        file, _, name = test.partition("::")
        assert reason.strip(), f"{test} needs a reason"
        assert f"def {name.partition('[')[0].rpartition('::')[2]}(" in sources[file]
