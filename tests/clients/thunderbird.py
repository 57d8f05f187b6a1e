"""Thunderbird without a screen, told what to do over Marionette, its remote control."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.clients.story import Shown

MISSING = "no Thunderbird: apt-get install --no-install-recommends thunderbird"
TOOLS = Path(__file__).with_name("thunderbird.js").read_text("utf-8")
PREFERENCES = {
    "marionette.port": 0,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.provider.enabled": False,
    "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


def has_thunderbird() -> bool:
    """Whether it is installed."""
    return shutil.which("thunderbird") is not None


class Thunderbird:
    """One process with a fresh profile, and the calendars that were added to it."""

    def __init__(self, folder: Path) -> None:
        rows = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
        (folder / "user.js").write_text("\n".join(rows))
        self.log = (folder / "log").open("wb")
        options = ("--headless", "--marionette", "--remote-allow-system-access", "--no-remote")
        self.process = subprocess.Popen(
            ["thunderbird", *options, "--profile", str(folder)],
            env={**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"},
            stdout=self.log, stderr=self.log,
        )  # fmt: skip
        self.number = 0
        end = time.monotonic() + 120
        port = folder / "MarionetteActivePort"
        while not (port.is_file() and port.read_text()):
            assert self.process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.05)
        self.socket = socket.create_connection(("127.0.0.1", int(port.read_text())), 180)
        self.stream = self.socket.makefile("rwb")
        assert self._read()["applicationType"] == "gecko"
        self._command("WebDriver:NewSession", capabilities={})
        self._command("Marionette:SetContext", value="chrome")
        self._command("WebDriver:SetTimeouts", script=120_000)
        self.version = self.ask("version")

    def ask(self, name: str, *arguments: Any) -> Any:
        """What a function of thunderbird.js answers."""
        script = f"{TOOLS}\nconst done = arguments[arguments.length - 1];\n" + (
            f"{name}(...Array.from(arguments).slice(0, -1)).then(value => done({{value}}), "
            "error => done({error: `${error}\\n${error.stack}`}));"
        )
        said = self._command("WebDriver:ExecuteAsyncScript", script=script, args=list(arguments))["value"]
        assert "error" not in said, said["error"]
        return said.get("value")

    def subscribe(self, name: str, url: str) -> None:
        """Add an address, as the dialog "New calendar, on the network" does."""
        self.ask("subscribe", name, url)

    def look(self, name: str) -> list[Shown]:
        """Reload; all that is in the calendar."""
        return sorted(map(_shown, self.ask("look", name)))

    def walls(self, name: str, zone: str) -> dict[str, str]:
        """The times on the wall by title, as somebody in that zone sees them."""
        found: dict[str, str] = self.ask("walls", name, zone)
        return found

    def take(self, method: str, data: bytes, address: str) -> None:
        """Do what the bar above a mail with an invitation offers."""
        self.ask("take", address, method, data.decode())

    def held(self) -> list[Shown]:
        """All that invitations have put into the calendar."""
        return sorted(map(_shown, self.ask("held")))

    def stop(self) -> None:
        """End it."""
        self.socket.close()
        self.process.terminate()
        self.process.wait(60)
        self.log.close()

    def _command(self, name: str, **parameters: Any) -> Any:
        self.number += 1
        data = json.dumps([0, self.number, name, parameters]).encode()
        self.stream.write(f"{len(data)}:".encode() + data)
        self.stream.flush()
        _, number, problem, result = self._read()
        assert number == self.number
        assert problem is None, problem
        return result

    def _read(self) -> Any:
        size = b""
        while (one := self.stream.read(1)) != b":":
            assert one, "Thunderbird ended"
            size += one
        return json.loads(self.stream.read(int(size)))


def _shown(one: dict[str, Any]) -> Shown:
    start = datetime.fromtimestamp(one["start"] / 1_000_000, UTC)
    return Shown(start, one["title"], one["status"] == "CANCELLED", one["uid"])
