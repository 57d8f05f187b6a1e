"""The one place where the parts of a service are joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from matcher.calendar.addresses.guard import Guard
from matcher.jobs.askers import Askers
from matcher.settings import Settings
from matcher.store.clock import Clock, utc_now
from matcher.store.database import Database


@dataclass(frozen=True)
class Services:
    """What every request and every job may use. `wake` is set when a job was queued: the engine looks at
    once. `askers` answer questions about plans. `guard` says which addresses may be asked for calendars.
    `checks`: parts of this process that have to be at work, by name."""

    settings: Settings
    database: Database
    now: Clock
    wake: Event = field(default_factory=Event)
    askers: Askers = field(default_factory=Askers)
    guard: Guard = field(default_factory=Guard)
    checks: dict[str, Callable[[], bool]] = field(default_factory=dict)

    def close(self) -> None:
        """Give back what is held."""
        self.askers.close()
        self.database.close()


def open_services(settings: Settings, now: Clock = utc_now, *, upgrade: bool = False) -> Services:
    """Join the parts. With `upgrade` the database is made, or brought up to this version; without, another
    version raises `DatabaseUnavailable`."""
    database = Database(settings.database)
    if upgrade:
        database.upgrade()
    else:
        database.check_version()
    return Services(settings, database, now)
