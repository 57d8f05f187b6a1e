"""Sessions at the same time with one person in both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from matcher.domain.session import Session, State


def clashes(found: Iterable[Session], others: Iterable[Session]) -> Iterator[tuple[Session, Session]]:
    """Each (session of `found`, session of `others`) that take place at one time with a person in both.

    Time grows with the number of sessions (times its logarithm) and of clashes.
    """
    of_person: dict[str, list[tuple[datetime, datetime, int, Session]]] = {}
    for side, each in enumerate((found, others)):
        for one in each:
            if one.state is State.SCHEDULED:
                for person in one.attendees:
                    of_person.setdefault(person, []).append((one.start, one.end, side, one))
    for entries in of_person.values():
        entries.sort(key=lambda entry: entry[:3])
        running: list[tuple[datetime, int, Session]] = []
        for start, end, side, one in entries:
            running = [entry for entry in running if entry[0] > start]
            for _, other_side, other in running:
                if other_side != side:
                    yield (one, other) if side == 0 else (other, one)
            running.append((end, side, one))
