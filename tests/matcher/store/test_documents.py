"""A whole document through the database and back."""

from __future__ import annotations

import pytest

from fixtures.demo import demo_network
from matcher.documents.read import NetworkSource, open_network
from matcher.documents.write import network_record
from matcher.domain.settings import NetworkSettings
from matcher.store.documents import (
    header_of,
    keep_snapshot,
    packed,
    store_document,
    write_document,
    write_snapshot,
)
from matcher.store.networks import add_network


@pytest.fixture
def demo():
    return demo_network()


@pytest.fixture
def stored(database, demo, now):
    with database.write() as connection:
        add_network(connection, demo.id, demo.name, NetworkSettings(), now)
        store_document(connection, NetworkSource.of(demo), now)
    return demo.id


@pytest.mark.parametrize("name", ["net.jsonl", "net.json"])
def test_a_document_comes_back_as_it_went_in(database, stored, demo, tmp_path, name):
    with database.read() as connection:
        write_document(connection, stored, tmp_path / name)
        assert header_of(connection, stored).model_dump() == NetworkSource.of(demo).header.model_dump()
    assert network_record(open_network(tmp_path / name).network()) == network_record(demo)


def test_snapshots_are_the_same_bytes_and_kept_once(database, stored, now, tmp_path):
    for _ in range(2):
        with database.write() as connection:
            sha256 = write_document(connection, stored, tmp_path / "net.jsonl")
            keep_snapshot(connection, stored, sha256, packed(tmp_path / "net.jsonl"), now)
    with database.read() as connection:
        write_snapshot(connection, stored, sha256, tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "net.jsonl").read_bytes()
    assert open_network(tmp_path / "again.jsonl").sha256 == sha256
