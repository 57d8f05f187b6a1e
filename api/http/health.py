"""Whether the service lives, and whether it can work; and what each problem type means."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from api.http.problems import PROBLEMS, Problem
from api.http.requests import services
from matcher.domain.errors import PeerloomError

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
def readyz() -> Response:
    """The database answers, and has this program's schema; what else this process has to do is at work."""
    parts = services()
    try:
        parts.database.check_version()
    except PeerloomError as error:
        raise Problem("unavailable", str(error), headers={"Retry-After": "5"}) from None
    if stopped := sorted(name for name, works in parts.checks.items() if not works()):
        told = f"Not at work in this process: {', '.join(stopped)}. Look into its log, then start it again."
        raise Problem("unavailable", told, headers={"Retry-After": "5"})
    return jsonify(status="ready", at_work=sorted(parts.checks))


@health.get("/problems/<code>")
def problem(code: str) -> Response:
    """What a problem type means, and what to do."""
    if code not in PROBLEMS:
        raise Problem("not-found", f"There is no problem type {code!r}.")
    status, title, todo = PROBLEMS[code]
    return jsonify(type=f"/problems/{code}", status=status, title=title, what_to_do=todo)
