"""All of a database as one file and back, from either kind into either kind."""

from __future__ import annotations

import gzip
import stat
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from fixtures.demo import demo_network
from matcher.documents.read import NetworkSource
from matcher.domain.errors import InputError
from matcher.domain.settings import NetworkSettings
from matcher.store.backup import read_backup, write_backup
from matcher.store.database import Database
from matcher.store.documents import keep_snapshot, store_document
from matcher.store.errors import Conflict
from matcher.store.jobs import enqueue
from matcher.store.keys import add_key
from matcher.store.networks import add_network
from matcher.store.tables import metadata, networks, snapshots

NOW = datetime(2026, 9, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def filled(database_url):
    database = Database(database_url)
    network = demo_network()
    with database.write() as connection:
        add_network(connection, network.id, network.name, NetworkSettings(), NOW)
        store_document(connection, NetworkSource.of(network), NOW)
        keep_snapshot(connection, network.id, "b" * 64, b"\x00\xff\r\n" * 100, NOW)
        row = {"network_id": network.id, "sha256": "a" * 64, "base": "b" * 64, "body": b"", "created_at": NOW}
        connection.execute(insert(snapshots).values(row))  # named before what it rests on
        enqueue(connection, network.id, "solve", {"text": 'Łódź\u2028"\\'}, NOW, "mentoring")
        add_key(connection, None, "root", NOW)
    yield database
    database.close()


@pytest.fixture
def empty(tmp_path):
    made = Database(f"sqlite:///{tmp_path}/other.db")
    made.upgrade()
    yield made
    made.close()


def contents(database):
    with database.read() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in metadata.sorted_tables
        }


def test_what_is_restored_is_what_was_there(filled, empty, tmp_path):
    written = write_backup(filled, tmp_path / "all.gz", NOW)
    assert stat.S_IMODE((tmp_path / "all.gz").stat().st_mode) == 0o600
    restored = read_backup(empty, tmp_path / "all.gz")
    assert restored == written
    assert restored.rows["members"] == len(demo_network().members)
    assert contents(empty) == contents(filled)
    write_backup(empty, tmp_path / "again.gz", NOW)
    assert (tmp_path / "again.gz").read_bytes() == (tmp_path / "all.gz").read_bytes()


def test_sqlite_moves_to_the_other_kind_and_loses_nothing(database_url, tmp_path):
    source, target = Database(f"sqlite:///{tmp_path}/from.db"), Database(database_url)
    source.upgrade()
    network = demo_network()
    with source.write() as connection:
        add_network(connection, network.id, network.name, NetworkSettings(), NOW)
        store_document(connection, NetworkSource.of(network), NOW)
    write_backup(source, tmp_path / "all.gz", NOW)
    read_backup(target, tmp_path / "all.gz")
    assert contents(target) == contents(source)
    source.close()
    target.close()


def test_a_database_that_holds_anything_is_left_alone(filled, tmp_path):
    write_backup(filled, tmp_path / "all.gz", NOW)
    before = contents(filled)
    with pytest.raises(Conflict, match="restore into an empty one"):
        read_backup(filled, tmp_path / "all.gz")
    assert contents(filled) == before


def without_a_member(lines):
    """The last of the members taken out, whom nothing names."""
    begin = next(k for k, line in enumerate(lines) if b'"table":"members"' in line)
    end = next(k for k in range(begin + 1, len(lines)) if not lines[k].startswith(b"["))
    return [*lines[: end - 1], *lines[end:]]


def spoil(path, change):
    lines = gzip.decompress(path.read_bytes()).splitlines()
    path.write_bytes(gzip.compress(b"\n".join(change(lines)) + b"\n"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: lines[:-1], "is cut off"),
        (without_a_member, "does not hold what its end says"),
        (lambda lines: [line for line in lines if b'"table":"networks"' not in line], "is damaged"),
        (lambda lines: [b'{"format": "other"}', *lines[1:]], "is no backup"),
        (lambda lines: [lines[0].replace(b'"0001"', b'"9999"'), *lines[1:]], "has schema 9999"),
        (lambda lines: [*lines[:3], b"{", *lines[3:]], "is no backup"),
    ],
)  # fmt: skip
def test_a_bad_file_restores_nothing(filled, empty, tmp_path, change, words):
    path = tmp_path / "all.gz"
    write_backup(filled, path, NOW)
    spoil(path, change)
    with pytest.raises(InputError, match=words):
        read_backup(empty, path)
    with empty.read() as connection:
        assert connection.execute(select(networks)).first() is None


def test_a_file_that_ends_in_the_middle_or_is_none_restores_nothing(filled, empty, tmp_path):
    path = tmp_path / "all.gz"
    write_backup(filled, path, NOW)
    whole = path.read_bytes()
    for data in (whole[: len(whole) // 2], b"nothing", b""):
        path.write_bytes(data)
        with pytest.raises(InputError, match="no backup"):
            read_backup(empty, path)
