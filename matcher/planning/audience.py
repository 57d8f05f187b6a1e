"""Who reads an explanation, and what they may see.

Coordinators see all. An organization sees its own people; a member sees themselves and those they are paired
with or ask about. Both read "private rule" for rules that are secret, no points that rest on secrets (wishes,
pulses), counts in place of other organizations' people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from matcher.domain.errors import InputError

SECRET_PARTS = ("wishes", "pulse")
"""Parts of points that rest on what people said of each other in confidence."""


@dataclass(frozen=True)
class Audience:
    """One reader: coordinators, an organization or a member by id."""

    kind: Literal["coordinator", "organization", "member"] = "coordinator"
    id: str = ""

    @classmethod
    def of(cls, text: str) -> Audience:
        """From "coordinator", "organization:ID" or "member:ID"; InputError for anything else."""
        kind, _, identifier = text.partition(":")
        if kind == "coordinator" and not identifier:
            return cls()
        if kind in ("organization", "member") and identifier:
            return cls("organization" if kind == "organization" else "member", identifier)
        raise InputError(f"{text!r} is no audience: write coordinator, organization:ID or member:ID.")

    @property
    def sees_all(self) -> bool:
        """Whether nothing is hidden."""
        return self.kind == "coordinator"

    def sees(
        self, person: str, organization_of: Mapping[str, str], partners: frozenset[str] = frozenset()
    ) -> bool:
        """Whether the reader may read this person's name; `partners` are the member's own."""
        if self.kind == "organization":
            return organization_of.get(person) == self.id
        return self.sees_all or person == self.id or person in partners

    def may_ask(self, people: tuple[str, ...], organization_of: Mapping[str, str]) -> bool:
        """Whether the reader may ask about these people: one of them must be theirs."""
        if self.kind == "organization":
            return any(organization_of.get(person) == self.id for person in people)
        return self.sees_all or self.id in people
