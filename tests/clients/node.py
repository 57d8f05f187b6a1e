"""ical.js, of which Thunderbird and many web calendars are made, and node-ical."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.clients.story import Shown, fetch

FOLDER = "PEERLOOM_TEST_NODE"
"""Names the folder in which `npm install` put them."""

LIBRARIES = "ical.js@2.2.1 node-ical@0.27.2"
"""As npm names them; `.ci/run` installs these."""

MISSING = (
    f"no ical.js and node-ical: npm install --prefix FOLDER {LIBRARIES}, and name the FOLDER in {FOLDER}"
)


def node_folder() -> Path | None:
    """Where the two libraries are; None without them, or without Node.js."""
    folder = Path(os.environ.get(FOLDER) or "/nowhere").resolve()
    there = all((folder / "node_modules" / one).is_dir() for one in ("ical.js", "node-ical"))
    return folder if there and shutil.which("node") else None


class Node:
    """The process that reads."""

    def __init__(self, folder: Path) -> None:
        command = ["node", str(Path(__file__).with_name("node.mjs")), str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(self, library: str, data: bytes, zone: str | None = None) -> list[dict[str, Any]]:
        """The events of a calendar, with their times on the wall in that zone."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {"library": library, "text": data.decode(), "zone": zone}
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        found: list[dict[str, Any]] = json.loads(self.process.stdout.readline())
        return found

    def stop(self) -> None:
        """End it."""
        self.process.communicate(timeout=30)


class Reader:
    """Several addresses, read anew each time by one library."""

    def __init__(self, node: Node, library: str) -> None:
        self.node, self.library = node, library
        self.urls: dict[str, str] = {}
        self.own: dict[str, dict[str, Any]] = {}

    def subscribe(self, name: str, url: str) -> None:
        """Add an address."""
        self.urls[name] = url

    def look(self, name: str) -> list[Shown]:
        """All that is in the feed."""
        return sorted(map(_shown, self.node.read(self.library, fetch(self.urls[name]))))

    def walls(self, name: str, zone: str) -> dict[str, str]:
        """The times on the wall by title, as somebody in that zone sees them."""
        found = self.node.read(self.library, fetch(self.urls[name]), zone)
        return {one["title"]: one["wall"] for one in found}

    def take(self, method: str, data: bytes, address: str) -> None:
        """Keep what a mail says, unless something later is known: the libraries only read."""
        (one,) = self.node.read(self.library, data)
        known = self.own.get(one["uid"])
        if known is None or known["sequence"] < one["sequence"]:
            self.own[one["uid"]] = one

    def held(self) -> list[Shown]:
        """All that was kept."""
        return sorted(map(_shown, self.own.values()))


def _shown(one: dict[str, Any]) -> Shown:
    start = datetime.fromtimestamp(one["start"] / 1000, UTC)
    return Shown(start, one["title"], one["status"] == "CANCELLED", one["uid"])
