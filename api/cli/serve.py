"""`peerloom serve`: the service over HTTP."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from api.cli.options import DATABASE

if TYPE_CHECKING:
    from matcher.jobs.process import ChildProcess

THREADS = 16
LOW_PRIORITY = 15
"""Of the process that compiles kernels, as `nice` has it."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="0: any free one."
)
@DATABASE
def serve(host: str, port: int, database: str | None) -> None:
    """Run the service: HTTP API, interactive documents at /docs, jobs, mails and answers to them.

    The database is made, or brought up to this version, when the service starts. Settings are environment
    variables, see docs/service.md.
    """
    from waitress.server import create_server

    from api.http.app import create_app
    from matcher.jobs.engine import Engine
    from matcher.service.attendance.listener import open_listener
    from matcher.service.attendance.maildir import Collector
    from matcher.service.busy.polling import Poller
    from matcher.service.dispatcher import Dispatcher
    from matcher.service.kinds import KINDS
    from matcher.service.nightly.running import NightWatch
    from matcher.service.webhooks.sending import WebhookSender
    from matcher.settings import settings_from
    from matcher.wiring import open_services

    settings = settings_from(database=database, base_url=_reached_at(host, port, os.environ))
    services = open_services(settings, upgrade=True)
    warming: ChildProcess | None = None
    engine = Engine(services, KINDS)
    mails = Dispatcher(services)
    calendars = Poller(services)
    letters = Collector(services)
    listener = open_listener(services)
    nights = NightWatch(services)
    hooks = WebhookSender(services)
    signal.signal(signal.SIGTERM, _leave)
    try:
        app = create_app(services)
        server = create_server(app, host=host, port=port, threads=THREADS, ident="peerloom")
        if settings.warm == "on" and settings.workers:
            warming = _warm(settings.data)
        click.echo(f"Peerloom listens on http://{host}:{server.effective_port}, its documents are at /docs.")
        engine.start()
        mails.start()
        calendars.start()
        letters.start()
        if listener is not None:
            click.echo(f"Answers are taken at {listener.start()}.")
        nights.start()
        hooks.start()
        services.checks["calendars"] = lambda: calendars.started
        services.checks["webhooks"] = lambda: hooks.started
        services.checks["nights"] = lambda: nights.started
        if settings.inbox_maildir is not None:
            services.checks["answers"] = lambda: letters.started
        if settings.workers:
            services.checks["jobs"] = lambda: engine.started
        if settings.mail != "off":
            services.checks["mails"] = lambda: mails.started
        server.run()  # until SIGINT or SIGTERM
    finally:
        if warming is not None:
            warming.kill()
        engine.stop()
        nights.stop()
        hooks.stop()
        mails.stop()
        calendars.stop()
        letters.stop()
        if listener is not None:
            listener.stop()
        services.close()


def _reached_at(host: str, port: int, environment: Mapping[str, str]) -> str | None:
    """Where people reach this server, unless a setting says so or the port is not known yet."""
    if "PEERLOOM_BASE_URL" in environment or port == 0:
        return None
    name = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


def _warm(data: Path) -> ChildProcess:
    """Compile kernels beside the work, in a process that yields to every other."""
    from psutil import Process

    from matcher.jobs.process import ChildProcess

    folder = data / "warm"
    folder.mkdir(parents=True, exist_ok=True)
    child = ChildProcess(folder, "peerloom", ["warm", "--quiet"])
    Process(child.pid).nice(LOW_PRIORITY)
    return child


def _leave(_: int, __: FrameType | None) -> None:
    raise SystemExit(0)
