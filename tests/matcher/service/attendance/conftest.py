"""A world whose mails carry signed addresses, and to which people answer."""

from __future__ import annotations

import itertools

import pytest

from matcher.domain.settings import Channel
from matcher.service.acceptance import Links
from matcher.service.attendance.inbox import take_in
from matcher.service.mailing import send_all
from matcher.settings import Settings
from matcher.store.attendance import find_answer, list_proposals
from matcher.store.inbox import list_messages
from matcher.store.repairs import list_repairs
from matcher.store.sessions import session_id
from matcher.wiring import Services
from tests.answer_mails import Invitation, event, google


class Correspondence:
    """What is sent from a world, and what comes back."""

    def __init__(self, here, **settings):
        self.here = here
        self.settings = Settings(secret="a long random text", mail_from="robot@mail.example", **settings)
        self.services = Services(self.settings, here.database, lambda: here.now)
        self._numbers = itertools.count(1)

    def send(self):
        """Send what is due; returns the mails by the ids of their readers, in order."""
        self.here.sender.sent.clear()
        links = Links.of(self.settings)
        database, now = self.here.database, self.services.now
        send_all(database, self.here.sender, "robot@mail.example", "me", now, links=links)
        found = {}
        for mail in self.here.sender.sent:
            found.setdefault(mail.recipient.partition("@")[0], []).append(mail)
        return found

    def invitations(self):
        """The invitations of each reader that are sent now, by start."""
        found = {
            who: sorted((Invitation.of(mail) for mail in mails), key=lambda one: one.start)
            for who, mails in self.send().items()
        }
        return {who: mails[0] if len(mails) == 1 else mails for who, mails in found.items()}

    def stamp(self):
        return f"{self.here.now:%Y%m%dT%H%M%SZ}"

    def reply(
        self, invitation, partstat="ACCEPTED", program=google, *, method="REPLY", sender=None, **change
    ):
        """An answer comes in."""
        stamp = change.pop("stamp", self.stamp())
        number = change.pop("number", next(self._numbers))
        data = program(invitation, event(invitation, method, partstat, stamp, **change), number, sender)
        return self.take(data)

    def take(self, data, **options):
        return take_in(self.services, data, "http", **options)

    def answer(self, who, number=0):
        """What somebody's answer to a session is."""
        session = sorted(self.here.sessions(), key=lambda one: one.start)[number]
        with self.here.database.read() as connection:
            found = find_answer(connection, "net", session_id(session), who)
        return found and found.state

    def messages(self):
        with self.here.database.read() as connection:
            return list_messages(connection, "net", "", 100)

    def proposals(self, state=None):
        with self.here.database.read() as connection:
            return list_proposals(connection, "net", "", 100, state)

    def repairs(self, state=None):
        with self.here.database.read() as connection:
            return list_repairs(connection, "net", "", 100, state)


@pytest.fixture
def correspond(world):
    """Makes a world in which everybody gets invites, a pair or more is published, and its correspondence."""

    def make(*pairs, settings=None, **more):
        here = world(**{"channel": Channel.INVITES, **more})
        here.publish(here.plan(*(pairs or (("ada", "gus"),))))
        return Correspondence(here, **(settings or {}))

    return make
