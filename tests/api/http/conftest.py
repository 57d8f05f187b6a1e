"""The app over a fresh database, and clients with keys. `peer` asks it over a real socket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.http.app import create_app
from matcher.domain.settings import NetworkSettings
from matcher.settings import Settings
from matcher.store.database import Database
from matcher.store.keys import add_key
from matcher.store.networks import add_network
from matcher.wiring import Services

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
        self._headers = {"Authorization": f"Bearer {secret}"} if secret else {}

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


@pytest.fixture
def app(services):
    return create_app(services)


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
