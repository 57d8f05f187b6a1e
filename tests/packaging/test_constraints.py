"""The pins hold everything that either line of the README installs, and nothing but versions."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([0-9][A-Za-z0-9.]*)")


def plain(name: str) -> str:
    """A name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    found = [PIN.fullmatch(line) for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()]
    assert all(found), "constraints.txt holds NAME==VERSION lines only"
    return {plain(match[1]): match[2] for match in found if match}


def needed_by(name: str, extras: tuple[str, ...] = ("",)) -> set[str]:
    """Names that an installed distribution requires here, by its own metadata."""
    from packaging.requirements import Requirement

    out = set()
    for text in metadata.requires(name) or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            out.add(plain(requirement.name))
    return out


def test_everything_that_is_installed_is_pinned(pins):
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    queue = {plain(Requirement(text).name) for text in listed}
    seen: set[str] = set()
    while queue:
        name = queue.pop()
        seen.add(name)
        queue |= needed_by(name) - seen
    assert sorted(seen - set(pins)) == []
    assert sorted(set(pins) - seen - {"colorama", "tzdata"}) == []


def test_pins_meet_what_the_project_asks_for(pins):
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for text in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[plain(requirement.name)]), text
