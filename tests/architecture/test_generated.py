"""What `docs/draw.py` writes is what is committed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_picture_and_the_trace_come_from_a_run_of_the_demo(root, tmp_path):
    before = [(root / "docs" / name).read_text("utf-8") for name in ("pictures/demo.svg", "trace.md")]
    copy = tmp_path / "docs"
    (copy / "pictures").mkdir(parents=True)
    run = {"cwd": root, "env": {**os.environ, "PYTHONPATH": str(root)}, "timeout": 300, "check": True}
    demo = tmp_path / "demo"
    subprocess.run([sys.executable, "-m", "peerloom", "demo", "-q", "-o", str(demo)], **run)
    subprocess.run([sys.executable, "docs/draw.py", str(demo), "--into", str(copy)], **run)
    after = [(copy / name).read_text("utf-8") for name in ("pictures/demo.svg", "trace.md")]
    assert before == after, "run `python docs/draw.py` and commit what it writes"
