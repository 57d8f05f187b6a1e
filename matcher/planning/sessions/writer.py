"""Sessions written against those of the schedule before, so that what did not change is the very same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from matcher.domain.errors import Fault, InputError
from matcher.domain.rota_policy import RoleName
from matcher.domain.session import SeriesKey, Session, SessionKey, State
from matcher.domain.session_text import SessionText
from matcher.texts.sessions import View, description, title

_VIEW = View()
"""English, with every name that profiles show: what the console and documents hold."""


@dataclass(frozen=True)
class Meeting:
    """What is decided about one session of a series."""

    index: int
    start: datetime
    length: timedelta
    time_zone: str
    attendees: tuple[str, ...]
    text: SessionText
    roles: Mapping[str, RoleName] = field(default_factory=dict)
    guests: tuple[str, ...] = ()


class SessionWriter:
    """Makes the sessions of one run. `plan` and `changed_at` are written on what changes."""

    def __init__(self, plan: str | None, domain: str, changed_at: datetime) -> None:
        self._plan = plan
        self._domain = domain
        self._changed_at = changed_at.astimezone(UTC)

    def session(self, series: SeriesKey, meeting: Meeting, old: Session | None) -> Session:
        """A session that takes place; the very `old` one where nothing of it changes."""
        key = SessionKey(**dict(series), index=meeting.index)
        new = Session(
            **dict(key),
            uid=old.uid if old else key.make_uid(self._domain),
            plan=self._plan,
            attendees=meeting.attendees,
            roles=dict(meeting.roles),
            guests=meeting.guests,
            start=meeting.start,
            end=meeting.start + meeting.length,
            time_zone=meeting.time_zone,
            changed_at=self._changed_at,
            title=title(meeting.text, _VIEW),
            description=description(meeting.text, _VIEW),
            text=meeting.text,
            conference=old.conference if old else None,
        )
        if old is None:
            return new
        texts = (old.title, old.description, old.text) == (new.title, new.description, new.text)
        same = texts and old.guests == new.guests and what_counts(old) == what_counts(new)
        return old if same else succeeding(old, new)

    def changed(self, old: Session, changes: Mapping[str, object]) -> Session:
        """The next version of a session that takes place, with these fields changed."""
        told = {"plan": self._plan, "changed_at": self._changed_at}
        return succeeding(old, old.model_copy(update={**changes, **told}))

    def cancelled(self, old: Session) -> Session:
        """A session that does not take place any more."""
        if old.state is State.CANCELLED:
            return old
        changes = {"state": State.CANCELLED, "plan": self._plan, "changed_at": self._changed_at}
        return succeeding(old, old.model_copy(update=changes))


def succeeding(old: Session, new: Session) -> Session:
    """`new` as the next version of `old`: SEQUENCE one higher where the change counts, and those who attended
    and do not any more have left it at the moment of the change."""
    gone = dict.fromkeys(old.attendees, new.changed_at) | old.left
    changes = {
        "sequence": old.sequence + (what_counts(old) != what_counts(new)),
        "changed_at": max(old.changed_at, new.changed_at),
        "left": {one: since for one, since in gone.items() if one not in new.attendees},
    }
    return new.model_copy(update=changes)


def what_counts(session: Session) -> tuple[object, ...]:
    """What raises the SEQUENCE where it changes: time, place, state, who attends, and who facilitates."""
    when = session.start, session.end, session.time_zone, session.conference
    return *when, session.state, frozenset(session.attendees), frozenset(session.roles.items())


def check_instants(*instants: datetime | None) -> None:
    """Raise InputError for an instant without an offset."""
    if any(instant is not None and instant.utcoffset() is None for instant in instants):
        raise InputError("changed_at and not_before must be instants: give them an offset, such as UTC.")


def foreign_sessions(previous: Sequence[Session], scope: tuple[object, ...]) -> Iterator[Fault]:
    """Sessions of a schedule before that are none of this network, program, cycle and kind (or family)."""
    for position, session in enumerate(previous):
        what = session.kind or session.family
        if (session.network, session.program, session.cycle, what) != scope:
            reason = f"belongs to {session.program}/{session.cycle}/{what}; give it as a commitment"
            yield Fault(f"previous[{position}]", reason)
