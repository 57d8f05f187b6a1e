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


Wanted = tuple[str, tuple[str, ...]]
"""A distribution and the extras that are asked of it."""


def wanted(text: str) -> Wanted:
    from packaging.requirements import Requirement

    requirement = Requirement(text)
    return plain(requirement.name), tuple(sorted(requirement.extras))


def needed_by(one: Wanted) -> set[Wanted]:
    """What an installed distribution requires here, by its own metadata."""
    from packaging.requirements import Requirement

    name, extras = one
    out = set()
    for text in metadata.requires(name) or ():
        marker = Requirement(text).marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            out.add(wanted(text))
    return out


def test_everything_that_is_installed_is_pinned(pins):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    queue = {wanted(text) for text in listed}
    done: set[Wanted] = set()
    while queue:
        one = queue.pop()
        done.add(one)
        queue |= needed_by(one) - done
    seen = {name for name, _ in done}
    assert sorted(seen - set(pins)) == []
    assert sorted(set(pins) - seen - {"colorama", "tzdata"}) == []


def test_pins_meet_what_the_project_asks_for(pins):
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for text in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[plain(requirement.name)]), text
