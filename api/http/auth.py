"""Who asks: an API key, and the one network that the request is sealed to."""

from __future__ import annotations

from flask import Flask, g, request

from api.http.problems import Problem
from api.http.requests import key, services
from matcher.store.keys import key_of, note_use, use_is_due
from matcher.store.networks import find_network

NETWORK_HEADER = "Peerloom-Network"
SAFE = ("GET", "HEAD", "OPTIONS")


def require_keys(app: Flask) -> None:
    """Refuse every request under /v1 without a valid key, and seal the others to their network."""

    @app.before_request
    def check_key() -> None:
        if not request.path.startswith("/v1"):
            return
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Problem("unauthorized", "There is no key in the request.", headers=_CHALLENGE)
        parts = services()
        now = parts.now()
        with parts.database.read() as connection:
            found = key_of(connection, secret.strip(), now)
            if found is None:
                raise Problem("unauthorized", "The key is unknown, revoked or expired.", headers=_CHALLENGE)
            asked = request.headers.get(NETWORK_HEADER)
            if found.network is not None and asked not in (None, found.network):
                raise Problem(
                    "forbidden", f"The key belongs to the network {found.network!r}, not to {asked!r}."
                )
            if found.access == "read" and request.method not in SAFE:
                raise Problem("forbidden", "This key reads only: make one with --access write for changes.")
            if found.network is None and asked is not None:
                find_network(connection, asked)
        if use_is_due(found, now):
            with parts.database.write() as connection:
                note_use(connection, found, now)
        g.key, g.network = found, found.network or asked


def require_installation_key() -> None:
    """Refuse a network's own key. Raises `Problem`."""
    if key().network is not None:
        raise Problem(
            "forbidden",
            "Only a key of the installation may do this: 'peerloom key create' without --network.",
        )


_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="peerloom"'}
