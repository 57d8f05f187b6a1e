"""Answers that a mail server puts into a maildir: one file a message, new ones in "new"."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from matcher.domain.errors import InputError
from matcher.service.attendance.inbox import take_in
from matcher.service.chore import Chore
from matcher.store.inbox import Message

if TYPE_CHECKING:
    from matcher.wiring import Services

EVERY_SECONDS = 10.0
BATCH = 500
"""Messages that one pass reads at most."""
_SEEN = ":2,S"


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


class Collector(Chore):
    """Reads the maildir of the settings every few seconds. Without a maildir it does nothing."""

    what = "answers"

    def __init__(self, services: Services, every_seconds: float = EVERY_SECONDS) -> None:
        super().__init__(services, every_seconds)
        self._folder = services.settings.inbox_maildir

    @property
    def wanted(self) -> bool:
        """Whether there is a maildir to read. Raises `InputError` where what the settings name is none."""
        if self._folder is not None:
            check_maildir(self._folder)
        return self._folder is not None

    def do(self, stopping: Event) -> None:
        """Read what came."""
        assert self._folder is not None
        collect(self._services, self._folder, stopping)
