"""The app over a fresh database, and clients with keys. `peer` asks it over a real socket."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from api.http.app import create_app, join
from matcher.documents.read import NetworkSource
from matcher.documents.write import write_network
from matcher.domain.member import Member
from matcher.domain.network import Network
from matcher.domain.policy import PairPolicy, Policy
from matcher.domain.settings import NetworkSettings
from matcher.jobs import work
from matcher.jobs.engine import Engine
from matcher.jobs.kind import Task
from matcher.planning.filed import FiledPlan
from matcher.planning.sessions.sessions import schedule_sessions
from matcher.service.kinds import KINDS
from matcher.service.publication import publish as publish_plan
from matcher.service.publication import scope_of
from matcher.settings import Settings
from matcher.store.clock import utc_now
from matcher.store.database import Database
from matcher.store.documents import keep_snapshot, packed, store_document
from matcher.store.ids import new_id
from matcher.store.jobs import find_job
from matcher.store.keys import add_key
from matcher.store.networks import add_network
from matcher.store.plans import add_plan, find_plan, series_values
from matcher.store.sessions import sessions_in
from matcher.store.tables import plan_seats, plan_series, plans, policies, snapshots
from matcher.wiring import Services
from solvers.limits import Limits

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that tests move."""

    def __init__(self):
        self.time = NOW

    def __call__(self):
        return self.time

    def forward(self, **span):
        self.time += timedelta(**span)


class Client:
    """Sends JSON with a key."""

    def __init__(self, app, secret):
        self._client = app.test_client()
        self.authorization = f"Bearer {secret}" if secret else None
        self._headers = {"Authorization": self.authorization} if secret else {}

    def __call__(self, method, path, json=None, *, headers=None, **options):
        options["headers"] = {**self._headers, **(headers or {})}
        if json is not None:
            options["json"] = json
        return self._client.open(path, method=method, **options)

    def get(self, path, **options):
        return self("GET", path, **options)

    def post(self, path, json=None, **options):
        return self("POST", path, json, **options)

    def put(self, path, json=None, **options):
        return self("PUT", path, json, **options)

    def delete(self, path, **options):
        return self("DELETE", path, **options)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def services(database_url, clock, tmp_path):
    made = Services(Settings(database=database_url, data=tmp_path / "data"), Database(database_url), clock)
    yield made
    made.close()


@pytest.fixture(scope="session")
def _app():
    return create_app(Services(Settings(), Database("sqlite:////nowhere/peerloom.db"), utc_now))


@pytest.fixture
def app(services, _app):
    """One app for all tests, whose routes take longer to make than most tests run; with this test's parts."""
    join(_app, services)
    return _app


@pytest.fixture
def as_key(app, services, clock):
    """A client with a fresh key, of the installation or of one network."""

    def make(network=None, **options):
        with services.database.write() as connection:
            _, secret = add_key(connection, network, "test", clock(), **options)
        return Client(app, secret)

    return make


@pytest.fixture
def root(as_key):
    return as_key()


@pytest.fixture
def network(services, clock):
    """The id of a network, made."""
    with services.database.write() as connection:
        add_network(connection, "net", "The network", NetworkSettings(), clock())
    return "net"


@pytest.fixture
def client(as_key, network):
    """A client with the network's own key."""
    return as_key(network)


@pytest.fixture
def stranger(app):
    """A client without a key."""
    return Client(app, None)


# -- a small network with a program, and an engine that is run by hand ----


def _person(name, organization, **more):
    week = [{"day": day, "start": "09:00", "end": "17:00"} for day in range(1, 6)]
    return {
        "id": name, "name": name.title(), "organization": organization, "time_zone": "UTC",
        "availability": week, "hours_per_month": 40, **more,
    }  # fmt: skip


def _learner(name, organization, **more):
    seeks = [{"skill": "python", "priority": 3, "level": 3}]
    places = {"guides_wanted": 1, "learners": 0}
    return _person(name, organization, seeks=seeks, seniority=3, capacities=places, **more)


def _guide(name, organization, places=1, **more):
    offers = [{"skill": "python", "level": 4}]
    room = {"guides_wanted": 0, "learners": places}
    return _person(name, organization, offers=offers, seniority=6, capacities=room, **more)


NETWORK = {
    "format": "peerloom-network/1",
    "id": "net",
    "name": "The network",
    "skills": [{"id": "python", "name": "Python"}, {"id": "law", "name": "Law"}],
    "organizations": [{"id": one, "name": one.title()} for one in ("north", "south", "west")],
    "policies": [{"id": "default", "version": 1}],
    "programs": [
        {
            "id": "mentoring", "name": "Mentoring", "policy": "default", "kinds": ["mentoring"],
            "cycle": {"id": "2026-4", "start": "2026-09-28", "end": "2026-12-20"},
        }
    ],
    "members": [
        _learner("ada", "north"),
        _learner("bea", "north", avoids=["hal"]),
        _learner("cyd", "west"),
        _learner("dan", "west"),
        _guide("gil", "south"),
        _guide("hal", "south"),
        _guide("ida", "north"),
        _person("joe", "west", seniority=5, capacities={"guides_wanted": 0, "learners": 1},
                offers=[{"skill": "law", "level": 4}]),
    ],
}  # fmt: skip
"""Four learners, three guides who can help them, one whose skill nobody seeks; bea avoids hal in secret."""


@pytest.fixture
def people(services, network):
    """The network's people and its one program, stored."""
    source = NetworkSource.of(Network.model_validate(NETWORK))
    with services.database.write() as connection:
        store_document(connection, source, NOW)
    return source


@pytest.fixture
def second_policy(services, people):
    """One more policy, "strict"."""
    row = {"network_id": "net", "id": "strict", "version": 1, "position": 1, "created_at": NOW}
    body = Policy(id="strict", pairs=PairPolicy(changes="frozen")).model_dump_json()
    with services.database.write() as connection:
        connection.execute(insert(policies).values(**row, body=body))


def _ended(services, job):
    with services.database.read() as connection:
        return find_job(connection, "net", job).ended


@pytest.fixture
def solve(services, client):
    """Runs what is queued until the job at an address ends; returns the job."""
    engine = Engine(services, KINDS)

    def run(location):
        if not engine.started:
            engine.start()
        end = time.monotonic() + 120
        while not _ended(services, location.rpartition("/")[2]):
            assert time.monotonic() < end, location
            time.sleep(0.05)
        return client.get(location).get_json()

    yield run
    engine.stop()


@pytest.fixture(scope="session")
def solved_folder(tmp_path_factory):
    """The files of a run on the network below, as a child leaves them: solved once for all tests."""
    folder = tmp_path_factory.mktemp("solved")
    write_network(folder / work.BASE, Network.model_validate(NETWORK))
    (folder / work.OVERLAY).write_text('{"program": "mentoring"}')
    work.solve(Task(folder, {"family": "pairs", "kind": "mentoring"}, Limits(seconds=60)))
    return folder


@pytest.fixture
def new_plan(services, people, solved_folder):
    """Stores a proposed plan of the network; returns its id."""
    filed = FiledPlan.read(solved_folder / work.RESULT)
    body = packed(solved_folder / work.BASE)

    def make():
        with services.database.write() as connection:
            keep_snapshot(connection, "net", filed.head["snapshot"], body, NOW)
            return add_plan(connection, "net", filed, None, NOW).id

    return make


@pytest.fixture
def plan(new_plan):
    """The id of a proposed plan."""
    return new_plan()


@pytest.fixture
def stranger_key(as_key, services, clock):
    """A client with the key of another network."""
    with services.database.write() as connection:
        add_network(connection, "other", "Other", NetworkSettings(), clock())
    return as_key("other")


@pytest.fixture
def root_folder():
    return Path(__file__).parents[3]


# -- a plan that is published without an engine ----


@pytest.fixture
def approved(services, people):
    """Makes approved plans of the given pairs."""

    def make(*pairs):
        identifier = new_id("plan")
        row = {
            "network_id": "net", "id": identifier, "program": "mentoring", "cycle": "2026-4",
            "kind": "mentoring", "policy": "default", "policy_version": 1, "state": "approved",
            "status": "optimal", "sentence": "s", "snapshot": "0" * 64, "created_at": NOW, "changed_at": NOW,
        }  # fmt: skip
        kept = {"network_id": "net", "sha256": "0" * 64, "body": b"", "created_at": NOW}
        with services.database.write() as connection:
            if connection.execute(select(snapshots)).first() is None:
                connection.execute(insert(snapshots).values(kept))
            connection.execute(insert(plans).values(row))
            for learner, guide in pairs:
                own = {"network_id": "net", "plan": identifier, **series_values((learner, guide))}
                connection.execute(insert(plan_series).values(**own, points=500, body="{}"))
                for one in (learner, guide):
                    connection.execute(insert(plan_seats).values(**own, member=one))
        return identifier

    return make


@pytest.fixture
def publish(services, people, approved, clock):
    """Publishes a plan of the given pairs, as its job would; returns its id."""

    def run(*pairs, hour=None):
        identifier, now = approved(*pairs), clock()
        found = {one.id: one for one in people.people() if isinstance(one, Member)}
        if hour is not None:
            span = {"day": 1, "start": f"{hour:02d}:00", "end": f"{hour + 1:02d}:00"}
            found = {
                one: Member.model_validate(member.model_dump() | {"availability": [span]})
                for one, member in found.items()
            }
        with services.database.write() as connection:
            plan = find_plan(connection, "net", identifier)
            previous = sessions_in(connection, "net", scope_of(connection, plan))
            schedule = schedule_sessions(
                pairs, found, people.header.programs[0], seed=1, changed_at=now, network="net",
                plan=identifier, previous=previous, not_before=now,
            )  # fmt: skip
            publish_plan(connection, plan, schedule, previous, now)
        return identifier

    return run
