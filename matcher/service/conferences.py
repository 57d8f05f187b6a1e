"""Where sessions are held online: from the network's template, or as a coordinator says."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from matcher.domain.session import Session, State
from matcher.domain.settings import NetworkSettings, fill_conference
from matcher.service.notices import announce
from matcher.service.turn_news import tell_turns
from matcher.store.database import Connection
from matcher.store.errors import Conflict
from matcher.store.networks import lock_network
from matcher.store.sessions import find_session, put_sessions, series_of, session_id


def with_conference(session: Session, settings: NetworkSettings) -> Session:
    """A new session with the address that the network's template gives it."""
    template = settings.conference_template
    if template is None or session.conference is not None or session.state is State.CANCELLED:
        return session
    address = fill_conference(template, session_id(session), _series_name(session))
    return session.model_copy(update={"conference": address})


def set_conference(
    connection: Connection, network: str, session: str, address: str | None, series: bool, now: datetime
) -> list[Session]:
    """Set where a session is held, or (`series`) it and all of its series to come, and tell its people.

    Returns the sessions that changed, each one SEQUENCE further. Raises `NotFound`, `Conflict` for a session
    that is cancelled or has begun.
    """
    whole = lock_network(connection, network)
    found = find_session(connection, network, session)
    if found.state is State.CANCELLED or found.start <= now:
        why = "is cancelled" if found.state is State.CANCELLED else "has begun"
        raise Conflict(f"The session {session!r} {why}: nothing of it changes any more.")
    about = series_of(connection, network, found) if series else [found]
    changed = [
        one.model_copy(update={"conference": address, "sequence": one.sequence + 1, "changed_at": now})
        for one in about
        if one.conference != address and one.state is State.SCHEDULED and one.start > now
    ]
    before = {one.uid: one for one in about}
    put_sessions(connection, network, changed, now)
    announce(connection, whole, changed, None, now)
    tell_turns(connection, whole, before, changed, None, now)
    return changed


def _series_name(session: Session) -> str:
    """A text that names a series in its network, whatever the cycle: a hash of its identity."""
    what = session.kind or session.family
    identity = [session.network, session.program, what.value, *session.key, session.uid.partition("@")[2]]
    text = json.dumps(identity, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]
