"""What publications replaced, kept so that they can be taken back."""

from __future__ import annotations

import gzip

from sqlalchemy import Connection, delete, insert, select

from matcher.store.errors import NotFound
from matcher.store.tables import publications


def add_publication(connection: Connection, network: str, plan: str, body: str) -> None:
    """Keep what a plan's publication replaced (JSON)."""
    data = gzip.compress(body.encode(), compresslevel=3, mtime=0)
    connection.execute(insert(publications).values(network_id=network, plan=plan, body=data))


def replace_publication(connection: Connection, network: str, plan: str, body: str) -> None:
    """Keep something else of what a plan's publication replaced (JSON), after its sessions changed again."""
    own = (publications.c.network_id == network, publications.c.plan == plan)
    connection.execute(delete(publications).where(*own))
    add_publication(connection, network, plan, body)


def find_publication(connection: Connection, network: str, plan: str) -> bytes:
    """What a plan's publication replaced (JSON). Raises `NotFound`."""
    query = select(publications.c.body).where(
        publications.c.network_id == network, publications.c.plan == plan
    )
    body = connection.execute(query).scalar()
    if body is None:
        raise NotFound("publication", plan)
    return gzip.decompress(body)
