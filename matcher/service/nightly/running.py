"""Nights from their beginning to their end: from the command line, and by the thread of a server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from threading import Event
from time import monotonic
from zoneinfo import ZoneInfo

from matcher.domain.night import Night, NightState
from matcher.domain.settings import NightHours
from matcher.service.chore import Chore
from matcher.service.nightly.advance import advance
from matcher.service.nightly.due import begin_nights, due_programs, network_ids
from matcher.store.database import DatabaseUnavailable
from matcher.store.networks import find_network
from matcher.store.nights import last_night, running_nights
from matcher.wiring import Services

EVERY_SECONDS, RUNNING_SECONDS = 20.0, 1.0
"""Between looks: as a rule, and while a night runs."""
LATE = timedelta(hours=26)
"""A program whose last good night ended longer ago has missed one."""

_log = logging.getLogger("peerloom.nightly")


def see_through(
    services: Services,
    nights: Sequence[Night],
    *,
    every_seconds: float = 0.5,
    tell: Callable[[Night], None] = lambda _: None,
    give_up_after: float | None = None,
) -> list[Night]:
    """Advance these nights until all have ended; `tell` is called whenever one moved. Something has to run
    the jobs meanwhile. Nights that did not end within `give_up_after` seconds are returned as they are."""
    began = monotonic()
    latest = {one.id: one for one in nights}
    while True:
        for one in list(latest.values()):
            if one.state is NightState.RUNNING:
                after = advance(services, one.network, one.id)
                if after != one:
                    tell(after)
                latest[one.id] = after
        if all(one.state is not NightState.RUNNING for one in latest.values()):
            return list(latest.values())
        if give_up_after is not None and monotonic() - began > give_up_after:
            return list(latest.values())
        Event().wait(every_seconds)


def in_hours(hours: NightHours, moment: datetime, zone: str) -> bool:
    """Whether a moment is within hours of a zone's day, which may run over midnight."""
    now = moment.astimezone(ZoneInfo(zone)).time()
    if hours.start <= hours.end:
        return hours.start <= now < hours.end
    return now >= hours.start or now < hours.end


def tick(services: Services) -> int:
    """Begin what is due in every network's night hours, and advance what runs; returns how many nights are
    open after it. One network's or program's trouble never stops the others."""
    for network in network_ids(services):
        try:
            with services.database.read() as connection:
                settings = find_network(connection, network).settings
            if settings.night_hours is not None and in_hours(
                settings.night_hours, services.now(), settings.time_zone
            ):
                begin_nights(services, network)
        except DatabaseUnavailable:
            raise
        except Exception:
            _log.exception("the night of network %s cannot begin", network)
    open_nights = 0
    with services.database.read() as connection:
        found = running_nights(connection)
    for one in found:
        try:
            open_nights += advance(services, one.network, one.id).state is NightState.RUNNING
        except DatabaseUnavailable:
            raise
        except Exception:
            _log.exception("the night %s of program %s waits", one.id, one.program)
            open_nights += 1
    return open_nights


def missed(
    services: Services, networks: Iterable[str] | None = None
) -> list[tuple[str, str, datetime | None]]:
    """Programs that are due and had no good night for `LATE`: network, program, end of the last one."""
    now = services.now()
    found: list[tuple[str, str, datetime | None]] = []
    for network in network_ids(services) if networks is None else networks:
        with services.database.read() as connection:
            zone = find_network(connection, network).settings.time_zone
            for due in due_programs(connection, network, now.astimezone(ZoneInfo(zone)).date()):
                last = last_night(connection, network, due.program.id, (NightState.DONE, NightState.HELD))
                ended = last.ended_at if last is not None else None
                if ended is None or now - ended > LATE:
                    found.append((network, due.program.id, ended))
    return found


class NightWatch(Chore):
    """Begins nights in their hours and sees them through. One that runs when it is stopped goes on when a
    server starts again."""

    what = "nights"

    def __init__(self, services: Services, every_seconds: float = EVERY_SECONDS) -> None:
        super().__init__(services, every_seconds)

    def do(self, stopping: Event) -> float | None:
        """Begin and advance; look again soon while a night runs."""
        return RUNNING_SECONDS if tick(self._services) else None
