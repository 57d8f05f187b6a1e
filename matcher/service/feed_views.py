"""Feeds that several people read, of a group, an organization or a program: which sessions, and whose names.

A group's feed says what its members' own calendars say. An organization's feed names its own people only: the
others are "a member of" theirs, and why a pair was matched is left out, as that is about both. A program's
feed names people where the network's setting `names_in_program_feeds` says so, and nobody without.
"""

from __future__ import annotations

import json

from matcher.domain.feed import FeedScope, Subject
from matcher.domain.session import Session
from matcher.domain.settings import NetworkSettings
from matcher.store.database import Connection
from matcher.store.members import ids_of_organization
from matcher.store.parts import find_part
from matcher.store.sessions import sessions_about
from matcher.texts.sessions import View, colleagues_only, in_words
from matcher.texts.words import Words


def shared_view(
    connection: Connection, network: str, subject: Subject, settings: NetworkSettings, words: Words
) -> tuple[str, View, list[Session]]:
    """What such a feed is called, how its sessions are told, and the sessions as its readers see them."""
    found = sessions_about(connection, network, subject)
    if subject.group is not None:
        view = View(words)
        latest = max(found, key=lambda one: (one.changed_at, one.uid), default=None)
        name = in_words(latest, view).title if latest is not None else " - ".join(subject.group.key)
        return name, view, found
    part = find_part(connection, network, f"{subject.scope}s", subject.name)
    name = json.loads(part.body)["name"] if part is not None else subject.name
    if subject.scope is FeedScope.PROGRAM:
        named = settings.names_in_program_feeds
        return name, View(words, names=lambda _: named, reasons=named), found
    own = ids_of_organization(connection, network, subject.name)
    return name, colleagues_only(own, words), [session.as_seen_by_any(own) for session in found]
