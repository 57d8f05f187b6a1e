"""vdirsyncer, which fetches, and khal, which shows."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.clients.story import Shown

SPAN = "2026-01-01", "1100d"


class Folder:
    """A folder of events, as khal shows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "events").mkdir(parents=True)

    def show(self, form: str, zone: str, first: str, length: str) -> list[tuple[str, ...]]:
        """What khal lists in a zone: rows with the fields of `form` ("|" between them), sorted."""
        options = ("list", "--once", "--day-format", "", "--format", form, first, length)
        lines = self.khal(zone, *options).splitlines()
        return sorted(tuple(line.split("|")) for line in lines if "|" in line)

    def shown(self) -> list[Shown]:
        """All that khal shows; it tells no UIDs, and vdirsyncer makes its own."""
        rows = self.show("{start-date} {start-time}|{cancelled}|{title}", "UTC", *SPAN)
        return sorted(
            Shown(_moment(start), title, cancelled == "CANCELLED ") for start, cancelled, title in rows
        )

    def khal(self, zone: str, *arguments: str) -> str:
        """What khal prints for somebody in a zone."""
        config = self.folder / f"khal-{zone.replace('/', '-')}"
        config.write_text(
            f"[calendars]\n[[feed]]\npath = {self.folder}/events\n[sqlite]\npath = {self.folder}/khal.db\n"
            f"[locale]\nlocal_timezone = {zone}\ndefault_timezone = {zone}\ntimeformat = %H:%M\n"
            "dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\n"
            "longdatetimeformat = %Y-%m-%d %H:%M\n"
        )
        return self.run("khal", "-c", str(config), "--no-color", *arguments).stdout

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its good end."""
        done = subprocess.run(
            [sys.executable, "-m", program, *arguments],
            cwd=self.folder, env={**os.environ, "HOME": str(self.folder)},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{program} {arguments}\n{done.stdout}\n{done.stderr}"
        return done


class Client(Folder):
    """A subscription to one address: vdirsyncer fills the folder."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder)
        (folder / "vdirsyncer").write_text(
            f'[general]\nstatus_path = "{folder}/status"\n'
            '[pair feed]\na = "remote"\nb = "local"\ncollections = null\npartial_sync = "revert"\n'
            f'[storage remote]\ntype = "http"\nurl = "{url}"\n'
            f'[storage local]\ntype = "filesystem"\npath = "{folder}/events"\nfileext = ".ics"\n'
        )
        self.run("vdirsyncer", "-c", "vdirsyncer", "discover")

    def fetch(self) -> None:
        """Bring the folder in line with the feed."""
        done = self.run("vdirsyncer", "-c", "vdirsyncer", "sync")
        assert "error" not in (done.stdout + done.stderr).lower(), done

    def sync(self) -> list[tuple[str, ...]]:
        """Fetch; then what khal shows from today: (start, title), sorted."""
        self.fetch()
        today = datetime.now(UTC).strftime("%Y-%m-%d")
        return self.show("{start-date} {start-time}|{title}", "UTC", today, "90d")


class Khal:
    """Several subscriptions, and a folder for what comes by mail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.feeds: dict[str, Client] = {}
        self.own = Folder(folder / "own")

    def subscribe(self, name: str, url: str) -> None:
        """Add an address."""
        self.feeds[name] = Client(self.folder / name, url)

    def look(self, name: str) -> list[Shown]:
        """Fetch; all that is shown."""
        self.feeds[name].fetch()
        return self.feeds[name].shown()

    def walls(self, name: str, zone: str) -> dict[str, str]:
        """The times on the wall by title, as somebody in that zone sees them."""
        rows = self.feeds[name].show("{start-date} {start-time}|{title}", zone, *SPAN)
        return {title: start for start, title in rows}

    def take(self, method: str, data: bytes, address: str) -> None:
        """Import the calendar part of a mail, as people do from their mail program."""
        part = self.folder / "part.ics"
        part.write_bytes(data)
        self.own.khal("UTC", "import", "--batch", str(part))

    def held(self) -> list[Shown]:
        """All that invitations have put into the calendar."""
        return self.own.shown()


def _moment(text: str) -> datetime:
    """All-day events have no time: they begin at midnight."""
    return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
