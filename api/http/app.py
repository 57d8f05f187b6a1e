"""The Flask app: a table of contents."""

from __future__ import annotations

from importlib.metadata import version

from flask import Flask, Response, g, request
from flask_openapi import Info, OpenAPI

from api.http.answers import acceptances, answers
from api.http.attendance import attendance
from api.http.audit_log import audit_log, log_changes
from api.http.auth import require_keys
from api.http.busy import busy
from api.http.calendars import calendars
from api.http.candidates import candidates
from api.http.channels import channels
from api.http.cycles import cycles
from api.http.document import document
from api.http.edits import edits
from api.http.explain import explain
from api.http.exports import exports
from api.http.feeds import feed_files, feeds
from api.http.health import health
from api.http.history import history
from api.http.idempotency import replay_repeated_posts
from api.http.inbox import inbox
from api.http.jobs import jobs
from api.http.logs import hide_secrets
from api.http.mail_pages import mail_pages
from api.http.mails import mails
from api.http.members import members
from api.http.metrics import metrics, time_requests
from api.http.networks import networks
from api.http.nights import nights
from api.http.parts import PART_RESOURCES
from api.http.plans import plans
from api.http.pods import pods
from api.http.policies import policies
from api.http.problems import ProblemDetails, handle_problems
from api.http.publication import publication
from api.http.rotas import rotas
from api.http.rounds import rounds
from api.http.sessions import sessions
from api.http.swaps import swaps
from api.http.turn_pages import turn_pages
from api.http.webhooks import webhooks
from matcher.store.ids import new_id
from matcher.wiring import Services

RESOURCES = (
    *(networks, document, *PART_RESOURCES, policies, members, channels, busy, candidates),
    *(jobs, plans, pods, rounds, rotas, history, swaps, explain, edits, publication, sessions, feeds),
    *(feed_files, exports, mails, mail_pages, inbox, attendance, acceptances, answers, turn_pages, cycles),
    *(calendars, nights, webhooks, audit_log),
)


def create_app(services: Services) -> OpenAPI:
    """The service over HTTP, joined from `services`."""
    app = OpenAPI(
        __name__,
        info=Info(title="Peerloom", version=version("peerloom")),
        security_schemes={"key": {"type": "http", "scheme": "bearer", "description": "peerloom key create"}},
        validation_error_model=ProblemDetails,
        doc_prefix="/docs",
        static_folder=None,
    )
    app.openapi_version = "3.1.0"
    join(app, services)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    handle_problems(app)
    hide_secrets()
    _name_requests(app)
    time_requests(app)
    require_keys(app)
    replay_repeated_posts(app)
    log_changes(app)
    app.register_blueprint(health)
    app.register_blueprint(metrics)
    for resource in RESOURCES:
        app.register_api(resource)
    return app


def join(app: Flask, services: Services) -> None:
    """Let an app serve `services`."""
    app.extensions["peerloom"] = services
    app.config["MAX_CONTENT_LENGTH"] = services.settings.body_megabytes * 1_000_000


def _name_requests(app: OpenAPI) -> None:
    """Give each request an id, and each answer the headers that all have."""

    @app.before_request
    def begin() -> None:
        g.request_id = new_id("req")

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["Request-Id"] = g.get("request_id", "")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        if request.path.startswith("/v1"):
            response.headers.setdefault("Cache-Control", "private, no-cache")
            response.headers.add("Vary", "Authorization")
        return response
