"""Policies: a change is a new version; two versions are compared field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matcher.domain.errors import Fault, InputError
from matcher.domain.policy import Policy
from matcher.service.headers import header_faults, named_things
from matcher.store.database import Connection
from matcher.store.documents import header_of
from matcher.store.errors import Conflict, Expected, NotFound
from matcher.store.networks import lock_network
from matcher.store.policies import PolicyRow, add_version, find_policy


@dataclass(frozen=True)
class Difference:
    """One field in which two versions differ, by its path, such as `pairs.give_and_take.slack`. A value that
    is missing on one side is None there."""

    path: str
    old: Any
    new: Any


PARTS_OF_POLICY = ("pairs", "pods", "rota", "nightly")
"""What a policy decides about, by its fields."""


def get_policy(
    connection: Connection, network: str, identifier: str, version: int | None = None
) -> PolicyRow:
    """One version of a policy, or its latest. Raises `NotFound`."""
    found = find_policy(connection, network, identifier, version)
    if found is None:
        kind = "policy" if version is None else f"version {version} of the policy"
        raise NotFound(kind, identifier)
    return found


def put_policy(
    connection: Connection,
    network: str,
    identifier: str,
    parts: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> tuple[PolicyRow, bool]:
    """Make the next version of a policy, or its first; what the latest says already makes none. The second
    value says whether one was made. `parts`: of `PARTS_OF_POLICY`, by name; the others are as in the latest
    version.

    Raises `InputError` when it names what is not there (paths lead into `{"pairs": ...}`), `Stale`.
    """
    lock_network(connection, network)
    found = find_policy(connection, network, identifier)
    expected.check("policy", identifier, found.policy.version if found is not None else None)
    latest = found.policy if found is not None else Policy(id=identifier)
    change = dict(parts)
    if found is not None and latest.model_copy(update=change) == latest:
        return found, False
    version = latest.version + 1 if found is not None else 1
    policy = latest.model_copy(update={**change, "version": version})
    header = header_of(connection, network)
    others = tuple(one for one in header.policies if one.id != identifier)
    changed = header.model_copy(update={"policies": (*others, policy)})
    prefix = f"policies[{len(others)}]."
    own: list[Fault] = []
    elsewhere: list[Fault] = []
    for fault in header_faults(connection, changed):
        if fault.path.startswith(prefix):
            own.append(Fault(fault.path.removeprefix(prefix), fault.reason))
        else:
            elsewhere.append(named_things(changed, fault))
    if own:
        raise InputError(f"The policy {identifier!r} cannot be stored; see errors.", own)
    if elsewhere:
        raise Conflict("The network does not hold together.", elsewhere)
    return add_version(connection, network, policy, now), True


def differences(old: Policy, new: Policy) -> list[Difference]:
    """The fields in which two policies differ, in the order of the model; lists are compared whole."""
    found: list[Difference] = []
    for part in PARTS_OF_POLICY:
        one, other = (getattr(policy, part).model_dump(mode="json") for policy in (old, new))
        found += _compare(one, other, part)
    return found


def _compare(old: Any, new: Any, path: str) -> list[Difference]:
    if old == new:
        return []
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return [Difference(path, old, new)]
    found: list[Difference] = []
    for name in (*old, *(name for name in new if name not in old)):
        found += _compare(old.get(name), new.get(name), f"{path}.{name}")
    return found
