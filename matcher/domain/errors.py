"""The one tree of errors: each carries data, and its message says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: where it is (a path such as `members[3].offers[0].level`), and why.

    `line` is the 1-based line of a CSV or JSON Lines file, None elsewhere.
    """

    path: str
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line is not None else ""
        place = ", ".join(part for part in (line, self.path) if part)
        return f"{place}: {self.reason}" if place else self.reason


class PeerloomError(Exception):
    """Anything a person can put right; `str()` is the sentence they read."""


class InputError(PeerloomError):
    """A document, file or option that cannot be used as it is; `faults` lists every problem found."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class PolicyError(InputError):
    """A policy that asks for things that exclude each other; `rule` is the code of the field or rule."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message, (Fault(path=f"policy.{rule}", reason=message),))
        self.rule = rule


class UnknownIdError(PeerloomError):
    """An id that the network does not hold."""

    def __init__(self, kind: str, identifier: str, hint: str = "") -> None:
        super().__init__(f"There is no {kind} {identifier!r} in this network.{' ' + hint if hint else ''}")
        self.kind = kind
        self.identifier = identifier
