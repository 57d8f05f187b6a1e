"""Idempotency-Key: a POST that is sent again with its key gets the first answer again, and does nothing."""

from __future__ import annotations

import hashlib

from flask import Flask, Response, g, request

from api.http.problems import Problem
from api.http.requests import services
from matcher.domain.errors import Fault
from matcher.store import replies

HEADER = "Idempotency-Key"
_KEPT_HEADERS = ("Content-Type", "Location", "ETag")


def replay_repeated_posts(app: Flask) -> None:
    """Keep the answers to POSTs that carry a key, and replay them for 24 hours.

    Where `g.kept_body` is set, that is kept instead of the body: an answer without its secrets.
    """

    @app.before_request
    def look_up() -> Response | None:
        text = request.headers.get(HEADER)
        if text is None or request.method != "POST" or not request.path.startswith("/v1"):
            return None
        if not 1 <= len(text) <= 200 or not text.isprintable():
            fault = Fault(HEADER, "must be 1-200 printable characters")
            raise Problem("invalid-request", "The Idempotency-Key cannot be used.", [fault])
        digest = hashlib.sha256(request.full_path.encode() + b"\0" + request.get_data()).hexdigest()
        parts = services()
        with parts.database.write() as connection:
            found = replies.reserve(connection, g.key.id, text, g.network, digest, parts.now())
        if found is None:
            g.idempotency_key = text
            return None
        if found.request_hash != digest:
            raise Problem("invalid-key", "This Idempotency-Key came with another request before.")
        if found.status is None:
            raise Problem(
                "conflict",
                "The first request with this Idempotency-Key is still at work, or was cut off: look whether "
                "it was done, then use a fresh key.",
                headers={"Retry-After": "5"},
            )
        headers = {**found.headers, "Idempotent-Replayed": "true"}
        return Response(found.body, found.status, headers=headers)

    @app.after_request
    def keep(response: Response) -> Response:
        text = g.pop("idempotency_key", None)
        if text is None:
            return response
        with services().database.write() as connection:
            if response.status_code < 400 and not response.is_streamed:
                headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
                body = g.pop("kept_body", None) or response.get_data()
                replies.keep(connection, g.key.id, text, response.status_code, headers, body)
            else:  # a refused request changed nothing, and may be sent again
                replies.release(connection, g.key.id, text)
        return response
