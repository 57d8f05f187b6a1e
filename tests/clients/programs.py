"""The calendar programs under test. Each can:

- `subscribe(name, url)`, then `look(name)`: what it shows after a reload; `walls(name, zone)`: the times on
  the wall by title, for somebody in that zone, of what it showed last;
- `take(method, data, address)`: what a mail to that address brings; then `held()`: what it shows of all
  mails (all but `recurring`).
"""

from __future__ import annotations

from tests.clients.story import Shown

PROGRAMS = ["caldav", "khal", "recurring", "ical_js", "node_ical", "thunderbird", "evolution"]
"""The names of their fixtures."""


def like(program_shows: list[Shown], expected: list[Shown]) -> list[Shown]:
    """What is expected, without what the program does not tell."""
    uids = all(one.uid is not None for one in program_shows)
    states = all(one.cancelled is not None for one in program_shows)
    return sorted(
        Shown(one.start, one.title, one.cancelled if states else None, one.uid if uids else None)
        for one in expected
    )
