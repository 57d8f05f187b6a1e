"""Policies: each change is a new version, and old versions stay as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from matcher.documents.write import record
from matcher.domain.policy import Policy
from matcher.store.errors import NotFound
from matcher.store.tables import plans, policies


@dataclass(frozen=True)
class PolicyRow:
    """One version of a policy, and when it was made."""

    policy: Policy
    position: int
    created_at: datetime


def list_policies(connection: Connection, network: str, after: str, most: int) -> list[PolicyRow]:
    """The latest versions of up to `most` policies with ids above `after`, by id."""
    ids = (
        select(policies.c.id, func.max(policies.c.version).label("latest"))
        .where(policies.c.network_id == network, policies.c.id > after)
        .group_by(policies.c.id)
        .order_by(policies.c.id)
        .limit(most)
        .subquery()
    )
    query = (
        select(policies)
        .join(ids, (policies.c.id == ids.c.id) & (policies.c.version == ids.c.latest))
        .where(policies.c.network_id == network)
        .order_by(policies.c.id)
    )
    return [_read(row) for row in connection.execute(query)]


def list_versions(
    connection: Connection, network: str, identifier: str, after: int, most: int
) -> list[PolicyRow]:
    """Up to `most` versions of a policy above `after`, the oldest first."""
    query = select(policies).where(
        policies.c.network_id == network, policies.c.id == identifier, policies.c.version > after
    )
    return [_read(row) for row in connection.execute(query.order_by(policies.c.version).limit(most))]


def find_policy(
    connection: Connection, network: str, identifier: str, version: int | None = None
) -> PolicyRow | None:
    """One version of a policy, or the latest; None where there is none."""
    query = select(policies).where(policies.c.network_id == network, policies.c.id == identifier)
    if version is not None:
        query = query.where(policies.c.version == version)
    row = connection.execute(query.order_by(policies.c.version.desc()).limit(1)).first()
    return _read(row) if row is not None else None


def policy_version(connection: Connection, network: str, identifier: str, version: int) -> Policy:
    """One version of a policy. Raises `NotFound`."""
    found = find_policy(connection, network, identifier, version)
    if found is None:
        raise NotFound("version of a policy", f"{identifier}/{version}")
    return found.policy


def latest_policies(connection: Connection, network: str) -> list[Policy]:
    """The latest version of each policy, in document order."""
    found: dict[str, Policy] = {}
    query = select(policies).where(policies.c.network_id == network)
    for row in connection.execute(query.order_by(policies.c.position, policies.c.id, policies.c.version)):
        found[row.id] = _read(row).policy
    return list(found.values())


def add_version(connection: Connection, network: str, policy: Policy, now: datetime) -> PolicyRow:
    """Store a version, which is above all that the policy has."""
    mine = select(policies.c.position).where(policies.c.network_id == network, policies.c.id == policy.id)
    position = connection.execute(mine.limit(1)).scalar()
    if position is None:
        last = connection.execute(
            select(func.max(policies.c.position)).where(policies.c.network_id == network)
        ).scalar()
        position = 0 if last is None else last + 1
    row = PolicyRow(policy, position, now)
    connection.execute(
        insert(policies).values(
            network_id=network,
            id=policy.id,
            version=policy.version,
            position=position,
            body=record(policy).decode(),
            created_at=now,
        )
    )
    return row


def newest_used_version(connection: Connection, network: str, identifier: str) -> int:
    """The newest version of a policy that a plan was made with; 0 where there is none."""
    query = select(func.max(plans.c.policy_version)).where(
        plans.c.network_id == network, plans.c.policy == identifier
    )
    return connection.execute(query).scalar() or 0


def drop_versions(connection: Connection, network: str, identifier: str, least: int) -> None:
    """Take the versions of a policy from `least` on away."""
    connection.execute(
        delete(policies).where(
            policies.c.network_id == network, policies.c.id == identifier, policies.c.version >= least
        )
    )


def order_policies(connection: Connection, network: str, identifiers: Iterable[str]) -> None:
    """Put policies into this order, and take all others away with all of their versions."""
    kept = list(identifiers)
    connection.execute(delete(policies).where(policies.c.network_id == network, policies.c.id.not_in(kept)))
    for position, identifier in enumerate(kept):
        connection.execute(
            update(policies)
            .where(policies.c.network_id == network, policies.c.id == identifier)
            .values(position=position)
        )


def _read(row: Row[Any]) -> PolicyRow:
    document = json.dumps(json.loads(row.body) | {"version": row.version})
    return PolicyRow(Policy.model_validate_json(document), row.position, row.created_at)
