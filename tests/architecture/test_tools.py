"""What linters, the type checker and the import contracts say. Each runs as it would from a shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def run(root: Path, *command: str) -> None:
    done = subprocess.run([sys.executable, *command], cwd=root, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-6000:]}{done.stderr[-3000:]}"


def test_imports_point_inward(root):
    run(root, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache")


def test_ruff_has_nothing_to_say(root):
    run(root, "-m", "ruff", "check", "--no-cache", ".")


def test_files_are_formatted(root):
    run(root, "-m", "ruff", "format", "--check", "--no-cache", ".")


@pytest.mark.slow
def test_types_hold_strictly(root, tmp_path):
    run(root, "-m", "mypy", "--cache-dir", str(tmp_path))
