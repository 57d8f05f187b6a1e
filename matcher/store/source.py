"""A stored network as a source that runs read: a snapshot of one moment, which the database then forgets."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from matcher.documents.read import NetworkSource, Person, open_network
from matcher.domain.network import Network
from matcher.store.documents import write_document


class StoredSource(NetworkSource):
    """The people of a stored network as they were at one moment.

    `path` is None; `sha256` is that of the network's JSON Lines, the same for the same content.
    """

    def __init__(self, snapshot: NetworkSource, sha256: str) -> None:
        self.header = snapshot.header
        self.path = None
        self.format = "store"
        self._snapshot = snapshot
        self._sha256 = sha256

    def people(self) -> Iterator[Person]:
        """See `NetworkSource`."""
        return self._snapshot.people()

    def network(self) -> Network:
        """See `NetworkSource`."""
        return self._snapshot.network()

    @property
    def sha256(self) -> str:
        """Of the JSON Lines that the network is."""
        return self._sha256


@contextmanager
def stored_source(connection: Connection, network: str) -> Iterator[StoredSource]:
    """A network as it stands, for the length of the block; the transaction may end earlier.

    Raises `NotFound`.
    """
    with tempfile.TemporaryDirectory(prefix="peerloom-") as folder:
        path = Path(folder) / "network.jsonl"
        sha256 = write_document(connection, network, path)
        yield StoredSource(open_network(path), sha256)
