"""What starting the command costs, and what it imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("numpy", "numba", "pydantic", "ortools", "rich", "icalendar", "scipy", "pandas")


def python(code: str, root: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60, check=True
    )
    return done.stdout


def test_help_imports_nothing_heavy(root):
    code = (
        "import atexit, sys; sys.argv = ['peerloom', '--help']\n"
        "atexit.register(lambda: print('LOADED', *sorted(sys.modules)))\n"
        "from peerloom import main; main()"
    )
    said, _, loaded = python(code, root).rpartition("LOADED ")
    assert "Commands:" in said
    assert [name for name in HEAVY if name in loaded.split()] == []


def test_a_command_leaves_its_objects_out_of_the_last_collection(root):
    code = (
        "import atexit, gc, sys; sys.argv = ['peerloom', '--help']\n"
        "atexit.register(lambda: print('LEFT', len(gc.get_objects()), gc.get_freeze_count()))\n"
        "from peerloom import main; main()"
    )
    left, frozen = map(int, python(code, root).rpartition("LEFT ")[2].split())
    assert left < 100 < frozen


@pytest.mark.parametrize(
    "package", ["solvers.pairs.solve", "solvers.pairs.explicit.loading", "solvers.pods.rounds.explicit"]
)
def test_solvers_alone_need_no_pydantic(root, package):
    code = f"import sys, {package}; print(*sorted(name.partition('.')[0] for name in sys.modules))"
    loaded = set(python(code, root).split())
    assert not loaded & {"pydantic", "icalendar", "click", "rich", "matcher", "api", "fixtures"}


@pytest.mark.parametrize("name", ["api", "matcher", "solvers", "fixtures"])
def test_a_foreign_package_of_our_name_is_told_in_one_sentence(root, tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("raise RuntimeError('the foreign one ran')\n")
    done = subprocess.run(
        [sys.executable, "-m", "peerloom", "--help"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}"},
        timeout=60,
    )
    assert done.returncode == 70
    assert f"The package '{name}' is taken from {tmp_path.resolve()}; Peerloom's is in {root}." in done.stderr
    assert "environment of its own" in done.stderr
    assert "Traceback" not in done.stderr
