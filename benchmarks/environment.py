"""Other libraries in an environment of their own, each run in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT


class Environment:
    """A fresh virtual environment with those of the wanted packages that install, and `beside` for each."""

    def __init__(self, folder: Path, packages: Iterable[str], beside: tuple[str, ...] = ("numpy",)) -> None:
        venv.create(folder, with_pip=True)
        self.python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
        self.there = {package for package in sorted(set(packages)) if self._installs(package, beside)}

    def _installs(self, package: str, beside: tuple[str, ...]) -> bool:
        pip = [str(self.python), "-m", "pip", "install", "-q", *beside, package]
        return subprocess.run(pip, capture_output=True, timeout=900).returncode == 0

    def run(self, package: str, ways: str, way: str, path: Path, limit: float) -> dict[str, Any] | str:
        """What `ways` (a script of this folder) prints as JSON for one way and instance, or what went wrong.

        `package`: the library it needs; empty for this project, which runs in the present environment.
        """
        if package and package not in self.there:
            return "does not install"
        command = [str(self.python) if package else sys.executable, str(ROOT / "benchmarks" / ways)]
        environment = {**os.environ, "PYTHONPATH": "" if package else str(ROOT)}
        try:
            done = subprocess.run(
                [*command, way, str(path)], capture_output=True, text=True, timeout=limit, env=environment
            )
        except subprocess.TimeoutExpired:
            return f"no answer after {limit:.0f} s"
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no output"])[-1]
            return f"failed: {last[:80].replace('|', '/')}"
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found
