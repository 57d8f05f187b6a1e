"""The whole document of a network, put in the place of what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from matcher.documents.read import NetworkSource
from matcher.domain.errors import Fault, InputError
from matcher.store.database import Connection
from matcher.store.documents import Stored, store_document
from matcher.store.errors import Conflict
from matcher.store.networks import change_network, lock_network
from matcher.store.uses import live_plans


def replace_document(
    connection: Connection, network: str, source: NetworkSource, now: datetime, *, force: bool = False
) -> Stored:
    """Make a network hold exactly this document, all or nothing; what is the same keeps its version.

    Members who are not in it go, with their pairs, sessions and feeds, and without mails. So it is refused
    while plans are approved or published, unless `force`. Raises `InputError` with every fault, `Conflict`,
    `NotFound`.
    """
    row = lock_network(connection, network)
    if source.header.id != network:
        reason = f"is {source.header.id!r}, where the network is {network!r}: write the same"
        place = "header.id" if source.format.startswith("jsonl") else "id"
        raise InputError("The document is of another network.", [Fault(place, reason)])
    plans = live_plans(connection, network)
    if plans and not force:
        raise Conflict(
            "Plans are approved or published, and the people of their sessions may not be in the document: "
            "retract them first, or force it.",
            [Fault("", f"plan {plan!r}") for plan in plans],
        )
    if source.header.name != row.name:
        change_network(connection, network, source.header.name, row.settings, now)
    return store_document(connection, source, now)


@contextmanager
def named(path: Path, name: str) -> Iterator[None]:
    """Speak of a temporary file by a name that its sender understands."""
    try:
        yield
    except InputError as error:
        sentence = str(error).replace(str(path), name)
        raise InputError(sentence[0].upper() + sentence[1:], error.faults) from None
