"""A feed in JSON: for web pages and scripts, which then need no reader of iCalendar."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from icalendar import Calendar

from matcher.domain.session import Session


def feed_json(name: str, sessions: Iterable[Session], ended_at: datetime | None = None) -> bytes:
    """What a feed holds as one object: `name`, `ended_at`, and `events` by start, each with `uid`,
    `sequence`, `status`, `start` and `end` (UTC, RFC 3339), `time_zone`, `title`, `description`,
    `conference` and `changed_at`. An ended one has no events. The same data give the same bytes."""
    whole = {
        "name": name,
        "ended_at": _instant(ended_at) if ended_at is not None else None,
        "events": [_event(session) for session in sessions],
    }
    return _bytes(whole)


def feed_jcal(calendar: bytes) -> bytes:
    """A feed's iCalendar bytes as jCal (RFC 7265)."""
    return _bytes(Calendar.from_ical(calendar).to_jcal())


def _event(session: Session) -> dict[str, Any]:
    return {
        "uid": session.uid,
        "sequence": session.sequence,
        "status": session.state.value,
        "start": _instant(session.start),
        "end": _instant(session.end),
        "time_zone": session.time_zone,
        "title": session.title,
        "description": session.description,
        "conference": session.conference,
        "changed_at": _instant(session.changed_at),
    }


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _bytes(whole: object) -> bytes:
    return (json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
