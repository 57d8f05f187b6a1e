"""The code blocks of the README run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_example_of_the_library_prints_what_it_says(capsys):
    readme = (ROOT / "README.md").read_text("utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", readme, flags=re.S)
    exec(compile(block, "README.md", "exec"), {})
    said = re.findall(r"# prints: (.*)", block)
    assert said
    assert capsys.readouterr().out.splitlines() == said


def test_each_command_of_the_spreadsheet_example_works(tmp_path, peerloom, sheet):
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = re.findall(r"^peerloom ([^#\n]*)", readme, flags=re.M)
    assert len(commands) >= 6
    (tmp_path / "people.csv").write_text(sheet, "utf-8")
    for command in commands:
        words = command.split()
        if words[0] == "import":
            words += ["--cycle-start", "2026-09-28"]
        if words[0] == "calendars":
            words += ["--at", "2026-09-01T09:00Z"]
        peerloom(tmp_path, *words)
