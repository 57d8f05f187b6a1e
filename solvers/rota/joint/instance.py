"""What is asked when times and turns are chosen together: series that may move, people who may lead them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.faults import require, within
from solvers.rota.times.chosen import Chosen
from solvers.rota.times.options import Options

Index = NDArray[np.int32]


@dataclass(frozen=True)
class Seat:
    """A turn to lead (role 0) or to co-facilitate (1) a session, whenever that is held.

    able: people who may take it at any time at which they are free. now: who has it at present, -1 nobody.
    """

    group: int
    session: int
    role: int
    able: tuple[int, ...]
    now: int = -1


@dataclass(frozen=True)
class JointInstance:
    """Times as they are, groups that may move, and the seats of their sessions. n people as in the times.

    options, now: every way to hold the groups, and the present one. groups: numbers of those that may move;
    each is held without dropping single sessions. seats: of their sessions.
    elsewhere: (begin, end) in steps of the turns that each person has in other groups, pins included.
    room, hours_left (n,): turns and hours that these leave. hours: (group, person) -> what a turn takes.
    spans: (steps, most): of turns that begin within so many steps nobody takes more, elsewhere included.
    organization (n,); organization_room (k,): turns that these leave, -1 for any. mixed: nobody leads a
    session with a co-facilitator of their organization.
    """

    options: Options
    now: Chosen
    groups: tuple[int, ...]
    seats: tuple[Seat, ...]
    elsewhere: Mapping[int, tuple[tuple[int, int], ...]]
    room: Index
    hours_left: Index
    hours: Mapping[tuple[int, int], int]
    spans: tuple[tuple[int, int], ...]
    organization: Index
    organization_room: Index
    mixed: bool = True

    @property
    def n_people(self) -> int:
        """Number of people."""
        return self.options.instance.n_people

    @property
    def units(self) -> list[int]:
        """Units that may move."""
        return [u for g in self.groups for u in self.options.units_of[g]]

    def __post_init__(self) -> None:
        n = self.n_people
        require("groups", len(set(self.groups)) == len(self.groups), "names a group twice")
        for name, array in (("room", self.room), ("hours_left", self.hours_left)):
            require(name, array.shape == (n,), f"has the shape {array.shape}, needs {(n,)}")
            within(name, array, 0, 1_000_000)
        within("organization", self.organization, 0, len(self.organization_room) - 1)
        free = set(self.groups)
        for k, seat in enumerate(self.seats):
            require("seats", seat.group in free, f"has one ({k}) of a group that does not move")
            require("seats", seat.role in (0, 1), f"has one ({k}) that is neither lead nor co-facilitator")
            known = all((seat.group, i) in self.hours for i in seat.able)
            require("seats", known, f"has one ({k}) for somebody whose hours are not told")
