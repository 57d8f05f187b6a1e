"""What an audit found: what was checked, what is off, what could not be checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Objection:
    """One thing that is off in a result: a code, what it is about, and a sentence."""

    code: str
    about: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.about}: {self.sentence}" if self.about else self.sentence


@dataclass
class AuditReport:
    """What was checked, (what, how much) a row, what is off, and what could not be checked."""

    checked: list[tuple[str, str]] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    objections: list[Objection] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is off."""
        return not self.objections

    def object(self, code: str, about: str, sentence: str) -> None:
        """Note one thing that is off."""
        self.objections.append(Objection(code, about, sentence))

    def compare(self, code: str, about: str, said: Any, found: Any) -> bool:
        """Note where what the result says is not what was found."""
        if said == found:
            return True
        self.object(code, about, f"the result says {said}, the document gives {found}")
        return False
