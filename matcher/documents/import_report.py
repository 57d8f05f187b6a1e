"""What an import found and did."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from matcher.documents.faults import FaultList, counted
from matcher.domain.errors import Fault, InputError
from matcher.domain.skill import skill_key

_MOST_COMPARED = 400


@dataclass
class ImportReport:
    """What an import found and did. `bad` lists every fault of every bad row; its `path` is the heading.

    `lines`: where each good row stands, by the member's id.
    """

    file: str
    described: str
    columns: dict[str, str]
    guessed: bool
    unused: tuple[str, ...]
    output: str | None = None
    rows: int = 0
    bad_rows: int = 0
    bad: list[Fault] = field(default_factory=list)
    bad_organizations: list[Fault] = field(default_factory=list)
    added: int = 0
    updated: int = 0
    kept: int = 0
    skills_added: list[str] = field(default_factory=list)
    organizations_added: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data for JSON."""
        lists = ("bad", "bad_organizations")
        plain = {name: value for name, value in vars(self).items() if name not in (*lists, "lines")}
        told = {
            name: [
                {"line": fault.line, "field": fault.path, "reason": fault.reason}
                for fault in getattr(self, name)
            ]
            for name in lists
        }
        return {"format": "peerloom-import/1", **plain, **told}

    @property
    def all_bad(self) -> list[Fault]:
        """The faults of both sheets; those of organizations say so."""
        return [
            *(
                Fault(f"organizations, {fault.path}", fault.reason, fault.line)
                for fault in self.bad_organizations
            ),
            *self.bad,
        ]

    def error(self) -> InputError:
        """The bad rows as the error that refuses them; up to 100 faults are told."""
        faults = FaultList()
        faults.extend(self.all_bad)
        sentence = (
            f"{self.file} was not imported: {counted(self.bad_rows, 'row')} of {self.rows:,} to put right "
            "(or skip bad rows with --skip-bad). Nothing was written."
        )
        return InputError(sentence, faults.told())


def look_alikes(names: Sequence[str]) -> list[str]:
    """A note on new skills that may be one, misspelled; none for long lists, where that would take long."""
    found: list[str] = []
    for k, name in enumerate(names if len(names) <= _MOST_COMPARED else ()):
        keys = [skill_key(other) for other in names[:k]]
        for key in get_close_matches(skill_key(name), keys, n=1, cutoff=0.85):
            other = names[keys.index(key)]
            if re.sub(r"\D", "", name) == re.sub(r"\D", "", other):
                found.append(f"{other!r} and {name!r}")
    if not found:
        return []
    more = f" and {len(found) - 10} more" if len(found) > 10 else ""
    return [
        f"Skills that look alike: {'; '.join(found[:10])}{more}. If two are one, write them the same way."
    ]


def notes_on(have: Iterable[str]) -> list[str]:
    """What matching will lack when a sheet has columns for these fields only."""
    have = set(have)
    notes = []
    if "availability" not in have:
        notes.append(
            "No column for availability: nobody has free time,"
            " so the rule on common hours would exclude everyone. "
            'Add one, or a default such as "availability": "Mon-Fri 09:00-17:00" in the mapping, or set '
            "min_common_hours to 0 in the policy."
        )
    notes += [
        f"No column for {what}: {lack}."
        for key, what, lack in (
            ("offers", "skills offered", "nobody can be a guide"),
            ("seeks", "skills sought", "nobody can be a learner"),
        )
        if key not in have
    ]
    return notes
