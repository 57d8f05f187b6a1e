"""/v1/networks: made by a key of the installation, seen and set by their own keys."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict

from api.http.auth import require_installation_key
from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES, Problem
from api.http.requests import answer, if_match, key, services, validated
from matcher.domain.base import Identifier, Model, Name
from matcher.domain.settings import NetworkSettings
from matcher.store import networks as store

networks = APIBlueprint(
    "networks",
    __name__,
    url_prefix="/v1/networks",
    abp_tags=[Tag(name="networks")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class NewNetwork(Model):
    """A network to make."""

    id: Identifier
    name: Name
    settings: NetworkSettings = NetworkSettings()


class NetworkChange(Model):
    """What to set of a network."""

    name: Name
    settings: NetworkSettings = NetworkSettings()


class NetworkView(BaseModel):
    """A network."""

    id: str
    name: str
    settings: NetworkSettings
    version: int
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, row: store.NetworkRow) -> NetworkView:
        """As it is shown."""
        return cls.model_validate(row, from_attributes=True)


class NetworkPage(BaseModel):
    """Some networks."""

    items: list[NetworkView]
    next: str | None


class NetworkPath(BaseModel):
    """Which network."""

    model_config = ConfigDict(extra="forbid")
    network: Identifier


def _sealed(network: str) -> str:
    if key().network not in (None, network):
        raise Problem("not-found", f"There is no network {network!r} here.")
    return network


@networks.get("", responses={200: NetworkPage})
@validated
def list_networks(query: PageQuery) -> Response:
    """List networks
    Those that the key may see, by id."""
    own = key().network
    with services().database.read() as connection:
        if own is not None:
            rows = [store.find_network(connection, own)]
        else:
            (after,) = place_of(query.after, "")
            rows = store.list_networks(connection, str(after), query.limit + 1)
    return page(
        rows,
        query,
        lambda row: cursor_of(row.id),
        lambda items, following: NetworkPage(items=[NetworkView.of(one) for one in items], next=following),
    )


@networks.post("", responses={201: NetworkView})
@validated
def add_network(body: NewNetwork) -> Response:
    """Make a network
    Needs a key of the installation."""
    require_installation_key()
    parts = services()
    with parts.database.write() as connection:
        row = store.add_network(connection, body.id, body.name, body.settings, parts.now())
    return answer(NetworkView.of(row), 201, row.version, Location=f"/v1/networks/{row.id}")


@networks.get("/<network>", responses={200: NetworkView})
@validated
def get_network(path: NetworkPath) -> Response:
    """Read a network"""
    with services().database.read() as connection:
        row = store.find_network(connection, _sealed(path.network))
    return answer(NetworkView.of(row), version=row.version)


@networks.put("/<network>", responses={200: NetworkView})
@validated
def change_network(path: NetworkPath, body: NetworkChange) -> Response:
    """Rename a network, or set its settings
    Send If-Match with the ETag that was read, so that nobody's change is lost."""
    parts = services()
    with parts.database.write() as connection:
        row = store.change_network(
            connection, _sealed(path.network), body.name, body.settings, parts.now(), if_match()
        )
    return answer(NetworkView.of(row), version=row.version)


@networks.delete("/<network>", responses={204: None})
@validated
def remove_network(path: NetworkPath) -> Response:
    """Remove a network with everything in it
    Needs a key of the installation. There is no way back."""
    require_installation_key()
    with services().database.write() as connection:
        store.remove_network(connection, path.network)
    return Response(status=204)
