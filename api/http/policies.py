"""/v1/policies: every change is a new version, old ones stay; any two can be compared."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import answer, expected, network_id, services, validated
from matcher.domain.base import Identifier, Model
from matcher.domain.nightly import NightlyPolicy
from matcher.domain.pod_policy import PodPolicy
from matcher.domain.policy import PairPolicy
from matcher.domain.rota_policy import RotaPolicy
from matcher.service.policies import PARTS_OF_POLICY, differences, get_policy, put_policy
from matcher.store.errors import Expected
from matcher.store.policies import PolicyRow, list_policies, list_versions

policies = APIBlueprint(
    "policies",
    __name__,
    url_prefix="/v1/policies",
    abp_tags=[Tag(name="policies")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)
_MOST_VERSION = 2_000_000_000


class PolicyChange(Model):
    """What the next version of a policy says. Of the parts that may be left out, one that is stays as in the
    latest version."""

    pairs: PairPolicy
    pods: PodPolicy | None = None
    rota: RotaPolicy | None = None
    nightly: NightlyPolicy | None = None

    @property
    def parts(self) -> dict[str, Model]:
        """Those that were sent, by name."""
        found = {name: getattr(self, name) for name in PARTS_OF_POLICY}
        return {name: part for name, part in found.items() if part is not None}


class NewPolicy(PolicyChange):
    """What the next version of a policy says, with its id."""

    id: Identifier


class PolicyView(BaseModel):
    """One version of a policy."""

    id: str
    version: int
    pairs: PairPolicy
    pods: PodPolicy
    rota: RotaPolicy
    nightly: NightlyPolicy
    created_at: datetime

    @classmethod
    def of(cls, row: PolicyRow) -> PolicyView:
        """As it is shown."""
        found = row.policy
        return cls(**dict(found), created_at=row.created_at)


class PolicyPage(BaseModel):
    """Some policies, or some versions of one."""

    items: list[PolicyView]
    next: str | None


class DifferenceView(BaseModel):
    """A field in which two versions differ; null where one does not have it."""

    model_config = ConfigDict(from_attributes=True)
    path: str
    old: Any
    new: Any


class Comparison(BaseModel):
    """What changed from one version of a policy to another."""

    id: str
    old_version: int
    new_version: int
    differences: list[DifferenceView]


class PolicyPath(BaseModel):
    """Which policy."""

    model_config = ConfigDict(extra="forbid")
    id: Identifier


class VersionPath(PolicyPath):
    """Which version of which policy."""

    version: int = Field(ge=1, le=_MOST_VERSION)


class CompareQuery(BaseModel):
    """Which two versions."""

    model_config = ConfigDict(extra="forbid")
    old: int = Field(alias="from", ge=1, le=_MOST_VERSION)
    new: int = Field(alias="to", ge=1, le=_MOST_VERSION)


def _shown(rows: list[PolicyRow], following: str | None) -> PolicyPage:
    return PolicyPage(items=[PolicyView.of(row) for row in rows], next=following)


@policies.get("", responses={200: PolicyPage})
@validated
def list_latest(query: PageQuery) -> Response:
    """List policies
    The latest version of each, by id."""
    (after,) = place_of(query.after, "")
    with services().database.read() as connection:
        rows = list_policies(connection, network_id(), str(after), query.limit + 1)
    return page(rows, query, lambda row: cursor_of(row.policy.id), _shown)


@policies.post("", responses={200: PolicyView, 201: PolicyView})
@validated
def add_policy(body: NewPolicy) -> Response:
    """Make the next version of a policy, or its first
    What the latest version says already makes none, and is answered with 200."""
    return _put(body.id, body, Expected())


@policies.get("/<path:id>", responses={200: PolicyView})
@validated
def get_latest(path: PolicyPath) -> Response:
    """Read the latest version of a policy"""
    with services().database.read() as connection:
        row = get_policy(connection, network_id(), path.id)
    return answer(PolicyView.of(row), version=row.policy.version)


@policies.put("/<path:id>", responses={200: PolicyView, 201: PolicyView})
@validated
def change_policy(path: PolicyPath, body: PolicyChange) -> Response:
    """Make the next version of a policy, or its first
    Send If-Match with the ETag that was read, so that nobody's version is passed over. What the latest
    version says already makes none, and is answered with 200."""
    return _put(path.id, body, expected())


def _put(identifier: str, change: PolicyChange, wanted: Expected) -> Response:
    parts = services()
    now = parts.now()
    with parts.database.write() as connection:
        row, is_new = put_policy(connection, network_id(), identifier, change.parts, wanted, now)
    version = row.policy.version
    place = f"/v1/policies/{quote(identifier, safe='')}/versions/{version}"
    return answer(PolicyView.of(row), 201 if is_new else 200, version, Location=place)


@policies.get("/<path:id>/versions", responses={200: PolicyPage})
@validated
def list_all_versions(path: PolicyPath, query: PageQuery) -> Response:
    """List the versions of a policy
    The oldest first."""
    (after,) = place_of(query.after, 0)
    with services().database.read() as connection:
        get_policy(connection, network_id(), path.id)
        rows = list_versions(connection, network_id(), path.id, int(after), query.limit + 1)
    return page(rows, query, lambda row: cursor_of(row.policy.version), _shown)


@policies.get("/<path:id>/versions/<version>", responses={200: PolicyView})
@validated
def get_version(path: VersionPath) -> Response:
    """Read a version of a policy"""
    with services().database.read() as connection:
        row = get_policy(connection, network_id(), path.id, path.version)
    return answer(PolicyView.of(row), version=row.policy.version)


@policies.get("/<path:id>/compare", responses={200: Comparison})
@validated
def compare_versions(path: PolicyPath, query: CompareQuery) -> Response:
    """Compare two versions of a policy
    Every field in which they differ, with both values; lists are compared whole."""
    with services().database.read() as connection:
        old = get_policy(connection, network_id(), path.id, query.old).policy
        new = get_policy(connection, network_id(), path.id, query.new).policy
    return answer(
        Comparison(
            id=path.id,
            old_version=query.old,
            new_version=query.new,
            differences=[DifferenceView.model_validate(one) for one in differences(old, new)],
        )
    )
