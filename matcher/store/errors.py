"""What can be wrong with a request to the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.domain.errors import Fault, PeerloomError


class NotFound(PeerloomError):
    """A thing that this network does not hold (or that is another network's: nobody is told which)."""

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"There is no {kind} {identifier!r} here.")
        self.kind = kind
        self.identifier = identifier


class Conflict(PeerloomError):
    """A change that the present state does not allow; the sentence says what to do, `faults` name what stands
    against it."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class Stale(PeerloomError):
    """A change of something that others changed since it was read; `version` None: there is none now."""

    def __init__(self, kind: str, identifier: str, version: int | None) -> None:
        now = f"is at version {version} now" if version is not None else "does not exist"
        super().__init__(f"The {kind} {identifier!r} {now}: read it again, then change it.")
        self.kind = kind
        self.identifier = identifier
        self.version = version


@dataclass(frozen=True)
class Expected:
    """What a change was made for: a `version` that was read, anything that is there (`present`), or nothing
    there yet (`absent`). None of them: whatever there is."""

    version: int | None = None
    present: bool = False
    absent: bool = False

    def check(self, kind: str, identifier: str, found: int | None) -> None:
        """Raise `Stale` unless the version that is there now (None: nothing) is what was expected."""
        wanted = self.present or self.version is not None
        if (
            (self.absent and found is not None)
            or (wanted and found is None)
            or (self.version is not None and found != self.version)
        ):
            raise Stale(kind, identifier, found)


ANY = Expected()
"""Whatever there is."""
