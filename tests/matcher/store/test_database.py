"""The database: its schema, its transactions, its version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from matcher.domain.errors import InputError
from matcher.domain.settings import NetworkSettings
from matcher.store.database import Database, DatabaseUnavailable
from matcher.store.errors import Conflict, NotFound, Stale
from matcher.store.networks import add_network, change_network, find_network, list_networks, remove_network
from matcher.store.tables import members, metadata, networks, organizations


def test_migrations_make_exactly_the_tables(database):
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_every_table_names_its_network():
    for table in metadata.tables.values():
        assert "network_id" in table.c or table is networks, table.name


def test_a_database_of_another_version_is_refused_with_what_to_do(tmp_path):
    empty = Database(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(DatabaseUnavailable, match="peerloom serve"):
        empty.check_version()
    empty.upgrade()
    empty.check_version()


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/x", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url):
    with pytest.raises(InputError):
        Database(url)


def test_a_password_is_never_shown():
    assert "geheim" not in Database("postgresql://me:geheim@127.0.0.1:1/none").shown


def test_a_server_that_does_not_answer_is_told_in_a_sentence():
    with pytest.raises(DatabaseUnavailable, match="cannot be reached"):
        Database("postgresql://me:geheim@127.0.0.1:1/none").check_version()


def test_a_write_that_raises_stores_nothing(database, now):
    def fail():
        with database.write() as connection:
            add_network(connection, "a", "A", NetworkSettings(), now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.read() as connection, pytest.raises(NotFound):
        find_network(connection, "a")


def test_a_reader_sees_one_state_while_another_writes(database, network, now):
    with database.read() as reader:
        before = find_network(reader, network)
        with database.write() as writer:
            change_network(writer, network, "Renamed", NetworkSettings(), now)
        assert find_network(reader, network) == before
    with database.read() as reader:
        assert find_network(reader, network).name == "Renamed"


def test_instants_come_back_in_utc_and_need_an_offset(database, now):
    local = datetime(2026, 9, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    with database.write() as connection:
        add_network(connection, "a", "A", NetworkSettings(), local)
    with database.read() as connection:
        found = find_network(connection, "a").created_at
    assert found == now
    assert found.tzinfo is UTC
    with pytest.raises(StatementError, match="no offset"), database.write() as connection:
        add_network(connection, "b", "B", NetworkSettings(), datetime(2026, 9, 1))


def test_a_network_keeps_its_settings_and_counts_its_versions(database, network, now):
    settings = NetworkSettings(time_zone="Europe/Berlin", hold_minutes=5)
    with database.write() as connection:
        assert change_network(connection, network, "New", settings, now, version=1).version == 2
    with database.read() as connection:
        assert find_network(connection, network).settings == settings
    with pytest.raises(Stale), database.write() as connection:
        change_network(connection, network, "Late", settings, now, version=1)


def test_network_ids_are_taken_once_and_listed_by_code_point(database, now):
    with database.write() as connection:
        for one in ("b", "B", "é", "a-2", "a_1"):
            add_network(connection, one, one, NetworkSettings(), now)
    with pytest.raises(Conflict), database.write() as connection:
        add_network(connection, "b", "again", NetworkSettings(), now)
    with database.read() as connection:
        assert [row.id for row in list_networks(connection, "", 10)] == ["B", "a-2", "a_1", "b", "é"]
        assert [row.id for row in list_networks(connection, "a-2", 2)] == ["a_1", "b"]


def test_no_row_points_into_another_network(database, now):
    row = {"position": 0, "body": "{}", "changed_at": now}
    with database.write() as connection:
        for one in ("a", "b"):
            add_network(connection, one, one, NetworkSettings(), now)
        connection.execute(insert(organizations).values(network_id="a", id="north", **row))
    person = {"id": "m", "organization": "north", "name": "M", "name_key": "m", "status": "active"}
    foreign = {"network_id": "b", **person, **row}
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(insert(members).values(foreign))
    with database.write() as connection:
        connection.execute(insert(members).values({**foreign, "network_id": "a"}))
        remove_network(connection, "a")
        assert connection.execute(select(members)).all() == []
