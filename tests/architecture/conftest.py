"""The tree as the architecture tests see it."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPPED = {".git", ".venv", "build", "dist", "node_modules", "out", "peerloom-demo"}


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of pyproject.toml."""
    return ROOT


@pytest.fixture(scope="session")
def tree() -> list[Path]:
    """Every file of the project, without environments, caches and what runs leave behind."""
    found = []
    folders = [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            cache = path.name.endswith((".egg-info", "_cache", ".hypothesis")) or path.name == "__pycache__"
            if path.name in SKIPPED or cache:
                continue
            (folders if path.is_dir() else found).append(path)
    return found


@pytest.fixture(scope="session")
def sources(tree: list[Path]) -> dict[str, str]:
    """Python files by their path from the root, with "/" between folders."""
    return {p.relative_to(ROOT).as_posix(): p.read_text("utf-8") for p in tree if p.suffix == ".py"}
