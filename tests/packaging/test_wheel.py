"""The wheel, built from this tree, unpacked elsewhere, in a folder that cannot be written to."""

from __future__ import annotations

import ctypes
import json
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEFT_OUT = ("build", "dist", ".git", ".venv", "tests", "benchmarks", "docs", "peerloom-demo", "out")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built without network from a copy, so that nothing stays behind in the tree."""
    from shutil import copytree, ignore_patterns

    copy = tmp_path_factory.mktemp("source") / "peerloom"
    copytree(ROOT, copy, ignore=ignore_patterns(*LEFT_OUT, "__pycache__", "*.egg-info", ".*_cache"))
    out = tmp_path_factory.mktemp("wheel")
    run = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-index", "--no-build-isolation"]
    done = subprocess.run([*run, "-w", str(out), str(copy)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (built,) = out.glob("peerloom-*.whl")
    return built


def test_the_wheel_holds_all_packages_their_data_and_their_types(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in ("api", "matcher", "solvers", "fixtures"):
        tree = {p.relative_to(ROOT).as_posix() for p in (ROOT / package).rglob("*") if p.suffix == ".py"}
        assert tree <= names
        assert f"{package}/py.typed" in names
    data = {f"fixtures/data/{path.name}" for path in (ROOT / "fixtures" / "data").iterdir()}
    assert data | {"fixtures/README.md", "peerloom.py"} <= names


def test_the_wheel_holds_nothing_else(wheel):
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"api", "matcher", "solvers", "fixtures", "peerloom.py", "peerloom-0.1.0.dist-info"}


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel in a folder of its own, which is read-only while tests run."""
    home = tmp_path_factory.mktemp("elsewhere") / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*pip, "--target", str(home), str(wheel)], check=True, timeout=300)
    writable = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
    folders = [home, *(path for path in home.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(folder.stat().st_mode & ~writable)
    yield home
    for folder in folders:
        folder.chmod(folder.stat().st_mode | stat.S_IWUSR)


def obey_permissions() -> Callable[[], object] | None:
    """For root on Linux, who may write everywhere: what drops that right in a child before it starts."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or sys.platform != "linux":
        return None
    drop_bounding, override = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(drop_bounding, override, 0, 0, 0)


def outside(installed: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the installed wheel, in another folder."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("NUMBA_", "PYTHON", "XDG_"))
    }
    environment = {**kept, "PYTHONPATH": str(installed), "HOME": str(folder), "COLUMNS": "120"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        preexec_fn=obey_permissions(),
    )


def test_the_package_folder_cannot_be_written_and_kernels_are_cached_elsewhere(installed, tmp_path):
    code = "import os, solvers, solvers.kernels; print(solvers.__file__, os.environ['NUMBA_CACHE_DIR'])"
    done = outside(installed, tmp_path, "-c", code)
    assert done.returncode == 0, done.stderr
    file, cache = done.stdout.split()
    assert Path(file) == installed / "solvers" / "__init__.py"
    assert Path(cache) == tmp_path / ".cache" / "peerloom" / "kernels"


def test_a_home_that_cannot_be_written_either_gives_a_temporary_cache(installed, tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    code = "import os, solvers.kernels; c = os.environ['NUMBA_CACHE_DIR']; print(c); os.rmdir(c)"
    done = outside(installed, home, "-c", code)
    assert done.returncode == 0, done.stderr
    assert "peerloom-kernels-" in done.stdout


@pytest.mark.slow
def test_the_demo_runs_from_another_folder(installed, tmp_path):
    done = outside(installed, tmp_path, str(installed / "bin" / "peerloom"), "demo")
    assert done.returncode == 0, done.stderr
    out = tmp_path / "peerloom-demo"
    plan = json.loads((out / "pairs.json").read_text("utf-8"))
    assert plan["status"] == "optimal"
    assert len(plan["pairs"]) > 150
    assert len(list((out / "calendars" / "feeds").glob("*.ics"))) > 200
    assert "Done in" in done.stdout
    again = outside(installed, tmp_path, str(installed / "bin" / "peerloom"), "demo", "-q")
    assert again.returncode == 0, again.stderr
    assert again.stdout == ""


def test_the_version_is_that_of_the_project(installed, tmp_path):
    done = outside(installed, tmp_path, str(installed / "bin" / "peerloom"), "--version")
    assert done.stdout.strip() == "peerloom, version 0.1.0"
