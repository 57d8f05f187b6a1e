"""Evolution Data Server: the calendars of Evolution, GNOME Calendar and the clock of the desktop."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.clients.story import Shown

PYTHON = "/usr/bin/python3"
"""The system's own: the bindings are for it."""

SERVICES = Path("/usr/share/dbus-1/services")
CHILD = Path(__file__).with_name("evolution_child.py")
MISSING = (
    "no Evolution Data Server: apt-get install --no-install-recommends evolution-data-server gir1.2-ecal-2.0 "
    "python3-gi dbus-daemon"
)


def has_evolution() -> bool:
    """Whether it is installed, with its bindings."""
    if shutil.which("dbus-run-session") is None or not Path(PYTHON).exists():
        return False
    binding = "import gi; gi.require_version('ECal', '2.0'); from gi.repository import ECal"
    there = subprocess.run([PYTHON, "-c", binding], capture_output=True, check=False).returncode == 0
    return (
        there and Path("/usr/share/dbus-1/services/org.gnome.evolution.dataserver.Calendar8.service").exists()
    )


class Evolution:
    """One D-Bus session with the server in it, and the calendars that were added."""

    def __init__(self, folder: Path) -> None:
        own = {
            f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "CACHE", "STATE")
        }
        running = folder / "run"
        running.mkdir(mode=0o700)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        own |= {"HOME": str(folder), "XDG_RUNTIME_DIR": str(running), "GSETTINGS_BACKEND": "memory"}
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            ["dbus-run-session", "--", PYTHON, str(CHILD)],
            env={**kept, **own, "GIO_USE_VFS": "local"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
        )  # fmt: skip

    def ask(self, name: str, *arguments: Any) -> Any:
        """What a function of the child answers."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([name, *arguments]), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, "Evolution Data Server ended"
        said = json.loads(line)
        assert "error" not in said, said["error"]
        return said["value"]

    def subscribe(self, name: str, url: str) -> None:
        """Add an address, as the dialog "New calendar, on the web" does."""
        self.ask("subscribe", name, url)

    def look(self, name: str) -> list[Shown]:
        """Ask for a reload, which goes on for a while; all that is in the calendar."""
        self.ask("refresh", name)
        return sorted(map(_shown, self.ask("look", name)))

    def walls(self, name: str, zone: str) -> dict[str, str]:
        """The times on the wall by title, as somebody in that zone sees them."""
        return {one["title"]: one["wall"] for one in self.ask("look", name, zone)}

    def take(self, method: str, data: bytes, address: str) -> None:
        """Put an invitation into the calendar, as its button "Accept" does."""
        self.ask("take", data.decode())

    def held(self) -> list[Shown]:
        """All that invitations have put into the calendar."""
        return sorted(map(_shown, self.ask("look", "own")))

    def stop(self) -> None:
        """End it."""
        self.process.communicate(timeout=60)
        self.log.close()


def _shown(one: dict[str, Any]) -> Shown:
    return Shown(datetime.fromtimestamp(one["start"], UTC), one["title"], one["cancelled"], one["uid"])
