"""Answers that a mail server puts into a maildir: one file a message, new ones in "new"."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from matcher.domain.errors import InputError
from matcher.service.attendance.inbox import take_in
from matcher.store.database import DatabaseUnavailable
from matcher.store.inbox import Message

if TYPE_CHECKING:
    from matcher.wiring import Services

EVERY_SECONDS = 10.0
BATCH = 500
"""Messages that one pass reads at most."""
_SEEN = ":2,S"
_log = logging.getLogger("peerloom.inbox")


def check_maildir(folder: Path) -> None:
    """Raise `InputError` unless a folder is a maildir."""
    if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
        raise InputError(f"{folder} is no maildir: it needs the folders new and cur.")


def collect(services: Services, folder: Path, stopping: Event | None = None) -> list[Message]:
    """Read up to `BATCH` new messages of a maildir, and move each into "cur", marked as seen.

    A message moves after what it asks is stored: where that is cut off, it is read again, and does nothing
    twice. Several processes may read one maildir. Raises `DatabaseUnavailable`; the rest then stays new.
    """
    found = []
    most = services.settings.inbox_megabytes * 1_000_000
    for path in sorted((folder / "new").iterdir())[:BATCH]:
        if stopping is not None and stopping.is_set():
            break
        if path.name.startswith(".") or not path.is_file():
            continue
        with suppress(FileNotFoundError):  # another process was quicker
            with path.open("rb") as file:
                data = file.read(most + 1)
            found.append(take_in(services, data, "maildir"))
            path.rename(folder / "cur" / f"{path.name.partition(':')[0]}{_SEEN}")
    return found


class Collector:
    """A thread of a server that reads the maildir of the settings every few seconds, until it is stopped.
    Without a maildir it does nothing."""

    def __init__(self, services: Services, every_seconds: float = EVERY_SECONDS) -> None:
        self._services = services
        self._every = every_seconds
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="inbox", daemon=True)

    @property
    def started(self) -> bool:
        """Whether it is at work."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin. Raises `InputError` where there is no maildir at the place that the settings name."""
        if self._services.settings.inbox_maildir is not None:
            check_maildir(self._services.settings.inbox_maildir)
            self._thread.start()

    def stop(self) -> None:
        """End after the message that is being read."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=60)

    def _run(self) -> None:
        folder = self._services.settings.inbox_maildir
        assert folder is not None
        while not self._stopping.wait(self._every):
            try:
                collect(self._services, folder, self._stopping)
            except (DatabaseUnavailable, OSError) as error:
                _log.warning("answers wait: %s", error)
            except Exception:
                _log.exception("answers wait")
