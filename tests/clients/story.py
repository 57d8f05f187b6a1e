"""What every calendar program is shown: one group's sessions around the changes of six clocks, and what then
happens to them.

Stored as publishing stores them, and served by the product's own server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.request import urlopen
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from matcher.documents.read import NetworkSource
from matcher.domain.family import Family
from matcher.domain.network import Network
from matcher.domain.session import Session, SessionKey, State
from matcher.domain.settings import Channel, NetworkSettings
from matcher.service.notices import announce
from matcher.store.database import Database
from matcher.store.documents import store_document
from matcher.store.keys import add_key
from matcher.store.networks import add_network, find_network
from matcher.store.sessions import put_sessions
from matcher.store.tables import plans, snapshots
from tests.serving import Server

CHANGES = {
    "Europe/Berlin": ("2027-03-28", "2027-10-31"),
    "America/New_York": ("2027-03-14", "2027-11-07"),
    "America/Sao_Paulo": ("2027-03-28", "2027-10-31"),
    "Africa/Casablanca": ("2026-02-15", "2026-03-22"),
    "Australia/Sydney": ("2027-04-04", "2027-10-03"),
    "Asia/Kathmandu": ("2027-03-28", "2027-10-31"),
}
"""The days on which the clocks of a zone change, in 2027; those of Berlin where they do not. Of Morocco those
of 2026: it gave up changing them later that year, and not every machine knows so yet."""

TIMES = ((-1, "23:15"), (0, "00:15"), (0, "03:30"), (0, "12:00"), (1, "09:30"), (7, "17:45"))
"""The sessions around each: days after it, and the time on the wall."""

REPEATED = datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
"""Both are 02:30 in Berlin."""

PEOPLE = ("ada", "gus", "ivy")


@dataclass(frozen=True, order=True)
class Shown:
    """An event as a program shows it: when it begins (UTC), its title, whether it is cancelled, its UID.

    `cancelled` is None for programs that keep no status, `uid` for those that make UIDs of their own.
    """

    start: datetime
    title: str
    cancelled: bool | None = None
    uid: str | None = None


def _starts() -> dict[str, tuple[datetime, str]]:
    found = {}
    for zone, days in CHANGES.items():
        for season, day in zip(("first", "second"), days, strict=True):
            for after, wall in TIMES:
                local = datetime.fromisoformat(f"{day}T{wall}").replace(tzinfo=ZoneInfo(zone))
                start = (local + timedelta(days=after)).astimezone(UTC)
                found[f"{zone.partition('/')[2]} {season} {after} {wall}"] = start, zone
    for name, start in zip(("once", "again"), REPEATED, strict=True):
        found[f"Berlin half past two {name}"] = start, "Europe/Berlin"
    return found


def _person(name: str) -> dict[str, object]:
    return {"id": name, "name": name.title(), "organization": "north", "email": f"{name}@mail.example"}


@dataclass
class Story:
    """One network on a server that may hold many: each program under test has its own, and changes it.

    `only`: the sessions whose titles end so.
    """

    server: Server
    database: Database
    network: str
    channel: Channel = Channel.FEED
    only: str = ""
    sessions: dict[str, Session] = field(default_factory=dict)
    key: str = ""

    def __post_init__(self) -> None:
        """The network, and its group's sessions, published."""
        now = datetime.now(UTC)
        settings = NetworkSettings(
            channel=self.channel, hold_minutes=0, quiet_hours=None, mails_per_week=1000
        )
        cycle = {"id": "2027", "start": "2027-01-04", "end": "2027-12-19"}
        document = {
            "format": "peerloom-network/1", "id": self.network, "name": "Net",
            "organizations": [{"id": "north", "name": "North"}],
            "programs": [{"id": "main", "name": "Main", "policy": "default", "cycle": cycle}],
            "members": [{**_person(one), "time_zone": "Europe/Berlin"} for one in PEOPLE],
        }  # fmt: skip
        plan = {
            "network_id": self.network, "id": "plan", "program": "main", "cycle": "2027", "family": "pods",
            "kind": "", "policy": "default", "policy_version": 1, "state": "published", "status": "optimal",
            "sentence": "s", "snapshot": "0" * 64, "created_at": now, "changed_at": now,
        }  # fmt: skip
        kept = {"network_id": self.network, "sha256": "0" * 64, "body": b"", "created_at": now}
        with self.database.write() as connection:
            add_network(connection, self.network, "Net", settings, now)
            store_document(connection, NetworkSource.of(Network.model_validate(document)), now)
            connection.execute(insert(snapshots).values(kept))
            connection.execute(insert(plans).values(plan))
            _, self.key = add_key(connection, self.network, "test", now)
        self.sessions = {
            title: self._session(index, title, start, zone)
            for index, (title, (start, zone)) in enumerate(_starts().items())
            if title.endswith(self.only)
        }
        self._store(list(self.sessions.values()))

    def _session(self, index: int, title: str, start: datetime, zone: str) -> Session:
        key = {"network": self.network, "program": "main", "cycle": "2027", "family": Family.PODS}
        identity = SessionKey(**key, key=("pod",), index=index)
        return Session(
            **identity.model_dump(), uid=identity.make_uid("peerloom"), plan="plan", attendees=PEOPLE,
            start=start, end=start + timedelta(minutes=45), time_zone=zone, title=title,
            changed_at=datetime.now(UTC), description="With, signs;\\ and ümlauts: 日本\n0:00 Check-in",
        )  # fmt: skip

    def _store(self, changed: list[Session]) -> None:
        now = datetime.now(UTC)
        with self.database.write() as connection:
            put_sessions(connection, self.network, changed, now)
            announce(connection, find_network(connection, self.network), changed, "plan", now)
        self.sessions |= {one.title: one for one in changed}

    def _change(self, title: str, **values: object) -> None:
        old = self.sessions[title]
        new = {"changed_at": datetime.now(UTC), "sequence": old.sequence + 1, **values}
        self._store([old.model_copy(update=new)])

    def move(self, title: str, span: timedelta) -> None:
        """Give a session another time."""
        old = self.sessions[title]
        self._change(title, start=old.start + span, end=old.end + span)

    def cancel(self, title: str) -> None:
        """Let a session not take place."""
        self._change(title, state=State.CANCELLED)

    def leave(self, person: str, title: str) -> None:
        """Let one person not attend a session any more; for the others nothing changes."""
        old = self.sessions[title]
        rest = tuple(one for one in old.attendees if one != person)
        now = datetime.now(UTC)
        self._change(title, attendees=rest, left={**old.left, person: now}, sequence=old.sequence + 1)

    def subscribe(self, person: str) -> tuple[str, str]:
        """A feed's id and address."""
        self.server.key = self.key
        feed = self.server("POST", "/v1/feeds", {"member": person})
        return feed["id"], f"{self.server.url}/feeds/{feed['token']}.ics"

    def revoke(self, feed: str) -> None:
        """End a feed."""
        self.server.key = self.key
        self.server("DELETE", f"/v1/feeds/{feed}")

    def seen_by(self, person: str) -> list[Shown]:
        """What that person's program must show, by start."""
        found = []
        for one in self.sessions.values():
            seen = one.as_seen_by(person)
            gone = seen.state is State.CANCELLED
            title = f"Cancelled: {one.title}" if gone else one.title
            found.append(Shown(one.start, title, gone, one.uid))
        return sorted(found)


def fetch(url: str) -> bytes:
    """A feed's bytes, for programs that read files."""
    try:
        with urlopen(url, timeout=30) as answer:
            return bytes(answer.read())
    except HTTPError as error:
        raise AssertionError(f"{url}: {error.code}") from error
