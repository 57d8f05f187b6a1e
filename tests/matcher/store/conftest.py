"""A fresh database for each test, of either kind."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from matcher.domain.settings import NetworkSettings
from matcher.store.database import Database
from matcher.store.networks import add_network

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def database(database_url):
    made = Database(database_url)
    yield made
    made.close()


@pytest.fixture
def network(database):
    """The id of a network, made."""
    with database.write() as connection:
        add_network(connection, "net", "The network", NetworkSettings(), NOW)
    return "net"
