"""What a network decides about its mails, calendars and imports."""

from __future__ import annotations

import re
from datetime import time
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from matcher.domain.base import CONFERENCE, LocalTime, Model, Text
from matcher.domain.family import Family
from matcher.domain.member import Email, TimeZone

Domain = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")
]


def _known_places(template: str) -> str:
    try:
        filled = fill_conference(template, "s", "g")
    except (KeyError, IndexError, ValueError, AttributeError):
        filled = None
    if filled is None or not re.fullmatch(CONFERENCE, filled):
        raise ValueError(
            "is no address with {session} or {series} in it: write one such as "
            "'https://meet.example.org/{series}'"
        )
    return template


def fill_conference(template: str, session: str, series: str) -> str:
    """An address from a template: "{session}" and "{series}" stand for texts that name them."""
    return template.format(session=session, series=series)


ConferenceTemplate = Annotated[Text, StringConstraints(max_length=500), AfterValidator(_known_places)]
"""Where sessions are held online: an address (http or https), in which "{session}" stands for the session's
id and "{series}" for a text that names its group or pair in the program."""


class Channel(StrEnum):
    """How a member gets sessions: one way at a time, or everything would show twice."""

    INVITES = "invites"
    FEED = "feed"


class NightHours(Model):
    """Hours of the network's zone in which the nightly run begins; may run over midnight."""

    start: LocalTime = time(2, 0)
    end: LocalTime = time(5, 0)


class Notices(StrEnum):
    """Which mails readers of a feed get about changes of their sessions: of their own turns at once; of all
    changes at once; or of all changes together, once a day or once a week."""

    TURNS = "turns"
    ALL = "all"
    DAILY = "daily"
    WEEKLY = "weekly"


class QuietHours(Model):
    """Local hours of each recipient in which no mail is sent; may run over midnight."""

    start: LocalTime = time(21, 0)
    end: LocalTime = time(7, 0)


class AcceptanceSettings(Model):
    """Whether a pair or group needs a yes from all of its members before its sessions are made, and by when.
    `families`: for which plans. Days are whole days."""

    needed: bool = False
    families: tuple[Family, ...] = (Family.PAIRS,)
    days: int = Field(default=7, ge=1, le=90)
    remind_after_days: int = Field(default=4, ge=1, le=90)

    @field_validator("families")
    @classmethod
    def _of_groups(cls, families: tuple[Family, ...]) -> tuple[Family, ...]:
        if Family.ROTA in families:
            raise ValueError("a rota asks nobody before it is published: people swap turns after")
        return families

    def needed_for(self, family: str) -> bool:
        """Whether the people of this family's plans are asked."""
        return self.needed and family in self.families


class NetworkSettings(Model):
    """All that a network decides beside its policies. `time_zone` is the network's own (its nights).

    `uid_domain` is the right side of the UIDs of its sessions: set it once, before the first publication.
    `coordinator_email` is told what answers broke: turns that were declined, quorums that were lost.
    `hold_minutes` pass between a publication and its first mails. `most_left_percent` is how many members an
    import with `sync` may mark as left, of those that are active. `night_hours`: when a server begins the
    nightly run by itself, in the network's zone; None: it is left to `peerloom nightly`.
    """

    time_zone: TimeZone = "UTC"
    organizer_name: Text = Field(default="Peerloom", max_length=200)
    organizer_email: Email = "peerloom@localhost.localdomain"
    coordinator_email: Email | None = None
    uid_domain: Domain = "peerloom"
    channel: Channel = Channel.FEED
    show_addresses: bool = False
    names_in_program_feeds: bool = False
    conference_template: ConferenceTemplate | None = None
    hold_minutes: int = Field(default=60, ge=0, le=10_080)
    quiet_hours: QuietHours | None = QuietHours()
    mails_per_week: int = Field(default=20, ge=1, le=1000)
    cancelled_days: int = Field(default=14, ge=0, le=365)
    most_left_percent: int = Field(default=5, ge=0, le=100)
    night_hours: NightHours | None = None
    acceptance: AcceptanceSettings = AcceptanceSettings()
