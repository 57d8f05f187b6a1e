"""Measured child processes: wall seconds from process start, and the highest memory."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Measured:
    """Runs of one command: wall seconds of each, the highest memory (MB, 10^6 bytes), and the last output."""

    seconds: tuple[float, ...]
    megabytes: int
    output: str

    @property
    def median(self) -> float:
        """Median of the wall seconds."""
        return statistics.median(self.seconds)


def measure(*command: str, folder: Path, runs: int = 1, warm: int = 0) -> Measured:
    """Run Python with these arguments, `warm` times unmeasured before. RuntimeError when a run fails."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    seconds: list[float] = []
    peak = 0
    text = ""
    for number in range(warm + runs):
        log = folder / "output.txt"
        with log.open("wb") as out:
            began = time.perf_counter()
            child = subprocess.Popen(
                [sys.executable, *command], cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT
            )
            _, status, usage = os.wait4(child.pid, 0)
            took = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        text = log.read_text("utf-8", "replace")
        if child.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}:\n{text[-2000:]}")
        if number >= warm:
            seconds.append(took)
            scale = 1 if sys.platform == "darwin" else 1024
            peak = max(peak, int(usage.ru_maxrss * scale / 1e6))
    return Measured(tuple(seconds), peak, text)


def machine() -> str:
    """The machine in one line."""
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{model}, {os.cpu_count()} cores{load}; {platform.system()}, Python {platform.python_version()}"


def commit() -> str:
    """The commit that was measured; "+" when files differ from it."""
    try:
        head, changes = _git("rev-parse", "--short", "HEAD"), _git("status", "--porcelain")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.strip() + ("+" if changes.strip() else "")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout
