"""The askers of a server: a process for each plan that was asked lately, kept for the next question."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import mkdtemp
from threading import BoundedSemaphore, Event, Lock, Thread
from time import monotonic
from typing import IO, Any

from matcher.domain.errors import PeerloomError
from matcher.jobs.process import ChildProcess
from matcher.settings import Settings

_log = logging.getLogger("peerloom.askers")
MOST, AT_ONCE = 2, 4
IDLE_SECONDS, LOOK_SECONDS = 600.0, 2.0
WAIT_SECONDS, SOLVE_SECONDS = 30.0, 10.0

Key = tuple[str, str, int]
"""Network, plan, revision."""


class AskerUnavailable(PeerloomError):
    """No answer now; the sentence says why, and that the question may be put again."""


class Refused(PeerloomError):
    """A question that has no answer. `code`: not-found, invalid-request or conflict."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass
class _Asker:
    """One process. `turn` is held by the question at work, `users` counts those who wait for it too."""

    folder: Path
    most_megabytes: int
    users: int = 0
    turn: Lock = field(default_factory=Lock)
    child: ChildProcess | None = None
    said: SimpleQueue[dict[str, Any] | None] = field(default_factory=SimpleQueue)
    ready: bool = False
    used: float = field(default_factory=monotonic)

    def start(self) -> None:
        """Begin to load what lies in the folder."""
        self.said, self.ready = SimpleQueue(), False
        self.child = ChildProcess(self.folder, "matcher.jobs.asker", [str(self.folder)])
        Thread(target=_listen, args=(self.child.output, self.said), daemon=True).start()

    def hear(self, until: float) -> dict[str, Any]:
        """The next line. Raises `Refused`, and `AskerUnavailable` at the time `until` or where it ended."""
        assert self.child is not None
        try:
            found = self.said.get(timeout=max(0.0, until - monotonic()))
        except Empty:
            raise AskerUnavailable("There was no answer in time: ask again in a moment.") from None
        if found is None:
            _log.error("asker ended\n%s", self.child.last_words())
            self.end()
            raise AskerUnavailable("The process that answers ended: ask again in a moment.")
        if "problem" in found:
            raise Refused(found["problem"]["code"], found["problem"]["detail"])
        return found

    def grown(self) -> bool:
        """Whether it takes more memory than a job may."""
        child = self.child
        return child is not None and child.megabytes() > self.most_megabytes

    def end(self) -> None:
        """End the process; the next question starts another."""
        if self.child is not None:
            self.child.kill()
        self.child, self.ready = None, False


def _listen(output: IO[bytes], said: SimpleQueue[dict[str, Any] | None]) -> None:
    with output:
        for line in output:
            said.put(json.loads(line))
    said.put(None)


class Askers:
    """At most `MOST` processes: the least lately used makes room, one that is idle for ten minutes ends, and
    one that grows beyond what a job may take is killed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._askers: dict[Key, _Asker] = {}
        self._room = BoundedSemaphore(AT_ONCE)
        self._closed = Event()
        self._keeper: Thread | None = None

    def ask(
        self, settings: Settings, key: Key, load: Callable[[Path], None], question: dict[str, Any]
    ) -> dict[str, Any]:
        """Ask a plan. `load` writes its plan.json and document.jsonl into a folder, when they are needed.

        Raises `Refused`, and `AskerUnavailable` when too many ask, after 30 s of loading, which goes on, or
        30 s without an answer.
        """
        if not self._room.acquire(blocking=False):
            raise AskerUnavailable("Too many ask at once: ask again in a moment.")
        try:
            asker = self._of(settings, key)
            try:
                return _asked(asker, load, question)
            finally:
                with self._lock:
                    asker.users -= 1
        finally:
            self._room.release()

    def close(self) -> None:
        """End all processes."""
        self._closed.set()
        with self._lock:
            askers, self._askers = list(self._askers.values()), {}
        for asker in askers:
            asker.end()
            shutil.rmtree(asker.folder, ignore_errors=True)

    def _of(self, settings: Settings, key: Key) -> _Asker:
        with self._lock:
            if self._closed.is_set():
                raise AskerUnavailable("The server is going down.")
            found = self._askers.pop(key, None)
            if found is None:
                while len(self._askers) >= MOST:
                    self._drop(next((one for one in self._askers if not self._askers[one].users), None))
                parent = settings.data / "askers"
                parent.mkdir(parents=True, exist_ok=True)
                found = _Asker(Path(mkdtemp(dir=parent)).absolute(), settings.job_megabytes)
            found.users += 1
            self._askers[key] = found  # the latest stands last
            if self._keeper is None:
                self._keeper = Thread(target=self._keep, name="peerloom-askers", daemon=True)
                self._keeper.start()
            return found

    def _drop(self, key: Key | None) -> None:
        if key is None:
            raise AskerUnavailable("All who answer are busy with other plans: ask again in a moment.")
        asker = self._askers.pop(key)
        asker.end()
        shutil.rmtree(asker.folder, ignore_errors=True)

    def _keep(self) -> None:
        while not self._closed.wait(LOOK_SECONDS):
            with self._lock:
                for key, asker in list(self._askers.items()):
                    if not asker.users and (asker.grown() or monotonic() - asker.used >= IDLE_SECONDS):
                        self._drop(key)
                    elif asker.grown() and (child := asker.child) is not None:
                        child.kill()  # who waits for it is told that it ended


def _asked(asker: _Asker, load: Callable[[Path], None], question: dict[str, Any]) -> dict[str, Any]:
    if not asker.turn.acquire(timeout=WAIT_SECONDS):
        raise AskerUnavailable("Another question about this plan is at work: ask again in a moment.")
    try:
        if asker.child is None:
            load(asker.folder)
            asker.start()
        if not asker.ready:
            try:
                asker.hear(monotonic() + WAIT_SECONDS)
            except Refused:
                asker.end()
                raise
            asker.ready = True
        assert asker.child is not None
        try:
            asker.child.say(json.dumps({"seconds": SOLVE_SECONDS, **question}).encode())
            answer: dict[str, Any] = asker.hear(monotonic() + WAIT_SECONDS)["answer"]
        except AskerUnavailable:
            asker.end()  # what it may still say belongs to nobody
            raise
        except OSError:
            asker.end()
            raise AskerUnavailable("The process that answers ended: ask again in a moment.") from None
        return answer
    finally:
        asker.used = monotonic()
        asker.turn.release()
