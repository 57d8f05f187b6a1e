"""The times instance: groups that meet in series, and when each session may begin. Numbers only.

Time is counted in steps of `minutes` minutes from the first moment of the cycle, step 0 being the first. The
builder puts weekly wall times on real dates, so weeks in which clocks change are right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from solvers.faults import require, within

Index = NDArray[np.int32]
Flags = NDArray[np.bool_]

MAX_STEPS = 40_000
MAX_BURDEN = 10_000


@dataclass(frozen=True)
class Group:
    """One series. S slots (weekly times) and T sessions.

    members: person numbers, rising. starts (S, T): step at which session t begins in slot s; -1: it cannot
    (outside the cycle, a holiday of the group). length: steps that a session lasts.
    rotating: each session has a slot of its own; else the whole series has one, and sessions that cannot be
    held in it do not take place.
    quorum: so many members must be free at each session. required: members who must be free at each one (an
    expert). least_percent: each member but the `spared` must be free at so many percent, rounded up, of the
    sessions that take place and are not fixed.
    facilitators: people who may facilitate, members or not; facing: so many of them must be free for a
    session to count as covered; 0: no such count.
    fixed: (session, step) of sessions whose time may not change; their rules are not asked again.
    closed: sessions that do not take place (past ones that did not). previous: (session, step) of sessions
    announced at a time that may change.
    """

    members: tuple[int, ...]
    starts: Index
    length: int
    rotating: bool = False
    quorum: int = 1
    required: tuple[int, ...] = ()
    least_percent: int = 0
    spared: tuple[int, ...] = ()
    facilitators: tuple[int, ...] = ()
    facing: int = 0
    fixed: tuple[tuple[int, int], ...] = ()
    closed: tuple[int, ...] = ()
    previous: tuple[tuple[int, int], ...] = ()

    @property
    def n_slots(self) -> int:
        """Number of weekly times to choose from."""
        return len(self.starts)

    @property
    def n_sessions(self) -> int:
        """Number of sessions of the series."""
        return int(self.starts.shape[1])

    @cached_property
    def fixed_at(self) -> dict[int, int]:
        """Session -> step of those that are fixed."""
        return dict(self.fixed)


@dataclass(frozen=True)
class TimesInstance:
    """What to solve. n people, H steps of `minutes` minutes.

    free (n, H): who can come when (availability, busy time, leave, holidays, night, commitments).
    profile (n,): row of `burden` for each person. burden (profiles, H): how unsocial a step is,
    0..MAX_BURDEN; a session's burden for somebody is that of its worst step, and is borne by those who are
    free at it.
    carried (n,): burden of cycles before.
    """

    person_ids: Sequence[str]
    group_ids: Sequence[str]
    groups: tuple[Group, ...]
    minutes: int
    free: Flags
    profile: Index
    burden: Index
    carried: Index
    changes: Literal["tier", "off"] = "tier"

    @property
    def n_people(self) -> int:
        """Number of people."""
        return len(self.person_ids)

    @property
    def n_groups(self) -> int:
        """Number of series."""
        return len(self.group_ids)

    @property
    def n_steps(self) -> int:
        """Number of steps in the cycle."""
        return int(self.free.shape[1])

    def __post_init__(self) -> None:
        n, steps = self.n_people, self.n_steps
        require("free", self.free.shape == (n, steps), f"needs {n} rows")
        require("free", steps <= MAX_STEPS, f"has {steps} steps; {MAX_STEPS} is the most")
        require("minutes", 1 <= self.minutes <= 24 * 60, "must lie in 1..1440")
        require("groups", len(self.groups) == self.n_groups, f"needs {self.n_groups} entries")
        for name, ids in (("people", self.person_ids), ("groups", self.group_ids)):
            require(name, len(set(ids)) == len(ids), "names something twice")
        profiles = self.burden.shape[0]
        require("burden", self.burden.shape == (profiles, steps), f"needs {steps} columns")
        within("burden", self.burden, 0, MAX_BURDEN)
        for name, array, low, high in (
            ("profile", self.profile, 0, profiles - 1),
            ("carried", self.carried, 0, 1_000_000_000),
        ):
            require(name, array.shape == (n,), f"has the shape {array.shape}, needs {(n,)}")
            within(name, array, low, high)
        require("changes", self.changes in ("tier", "off"), "must be 'tier' or 'off'")
        for name, group in zip(self.group_ids, self.groups, strict=True):
            self._check_group(f"groups {name!r}", group)

    def _check_group(self, name: str, group: Group) -> None:
        steps, sessions = self.n_steps, group.n_sessions
        require(name, len(group.members) >= 1, "has no members")
        for field, people in (
            ("members", group.members),
            ("required", group.required),
            ("spared", group.spared),
            ("facilitators", group.facilitators),
        ):
            known = all(0 <= i < self.n_people for i in people)
            require(
                name, known and len(set(people)) == len(people), f"{field} names somebody twice, or nobody"
            )
        require(name, set(group.required) <= set(group.members), "requires somebody who is not a member")
        require(name, 0 <= group.quorum <= len(group.members), "quorum must lie in 0..members")
        require(name, 0 <= group.least_percent <= 100, "least_percent must lie in 0..100")
        require(name, 0 <= group.facing <= 10, "facing must lie in 0..10")
        require(name, 1 <= group.length <= steps, "length must lie in 1..steps")
        require(name, group.starts.ndim == 2, "starts needs a row per slot and a column per session")
        within(name, group.starts, -1, steps - group.length)
        ends = np.where(group.starts >= 0, group.starts + group.length, 0)
        before = np.maximum.accumulate(ends, axis=1)[:, :-1]
        later = group.starts[:, 1:]
        rising = bool(((later < 0) | (later >= before)).all())
        require(name, rising, "starts has a slot in which a session begins before the one before it ends")
        told: set[int] = set()
        for field, rows in (("fixed", group.fixed), ("previous", group.previous)):
            for t, step in rows:
                inside = 0 <= t < sessions and 0 <= step <= steps - group.length
                require(name, inside and t not in told, f"{field} names one twice, or outside the cycle")
                told.add(t)
        fine = told.isdisjoint(group.closed) and all(0 <= t < sessions for t in group.closed)
        require(name, fine, "closed names a session that takes place, or none")
