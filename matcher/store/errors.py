"""What can be wrong with a request to the store."""

from __future__ import annotations

from matcher.domain.errors import PeerloomError


class NotFound(PeerloomError):
    """A thing that this network does not hold (or that is another network's: nobody is told which)."""

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"There is no {kind} {identifier!r} here.")
        self.kind = kind
        self.identifier = identifier


class Conflict(PeerloomError):
    """A change that the present state does not allow; the sentence says what to do."""


class Stale(PeerloomError):
    """A change of something that others changed since it was read."""

    def __init__(self, kind: str, identifier: str, version: int) -> None:
        super().__init__(
            f"The {kind} {identifier!r} is at version {version} now: read it again, then change it."
        )
        self.kind = kind
        self.identifier = identifier
        self.version = version
