"""A coordinator's spreadsheet, and the command as a shell would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SHEET = """\
Email,Full name,Company,Offers,Wants to learn,Languages,Time zone,Availability,Seniority,Mentees,Avoid
ada@north.example,Ada Lund,North Rail,,SQL (3); Statistics (2),en,Europe/Oslo,Mon-Thu 09:00-12:00,junior,,
ben@north.example,Ben Aas,North Rail,Public speaking 5; SQL 4,,en; no,Europe/Oslo,Mon-Fri 08:00-11:00,lead,2,
cem@south.example,Cem Kaya,South Bank,SQL 5; Statistics 4,,en; tr,Europe/Istanbul,Mon-Fri 10:00-14:00,lead,1,
dee@south.example,Dee Roy,South Bank,,Public speaking (4),en,Asia/Kolkata,Mon-Fri 12:00-17:00,junior,,
eva@west.example,Eva Ruiz,West Power,,SQL (3),en; es,Europe/Madrid,Tue-Thu 10:00-13:00,junior,,
fay@west.example,Fay Gil,West Power,Python (5); SQL (3),,en,Europe/Madrid,Mon-Wed 09:00-12:00,senior,1,
gil@north.example,Gil Moe,North Rail,,Python (4),en,Europe/Oslo,Mon-Fri 09:00-11:00,junior,,
hal@south.example,Hal Can,South Bank,,Python (3),tr,Europe/Istanbul,Mon-Fri 10:00-14:00,junior,,
"""


@pytest.fixture(scope="module")
def sheet() -> str:
    """Eight people of three organizations, in the columns of somebody's spreadsheet."""
    return SHEET


@pytest.fixture(scope="session")
def peerloom() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `peerloom ARGUMENTS` in a folder, in a process of its own."""

    def run(folder: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        done = subprocess.run(
            [sys.executable, "-m", "peerloom", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path, "COLUMNS": "120"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
        )
        assert done.returncode == code, f"peerloom {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done

    return run
