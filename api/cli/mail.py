"""`peerloom mail`: the outbox, sent from the command line."""

from __future__ import annotations

import click


@click.group()
def mail() -> None:
    """Send mails that are due."""


@mail.command()
@click.option("--database", help="SQLAlchemy's address of the database (PEERLOOM_DATABASE).")
def send(database: str | None) -> None:
    """Send every mail that is due, once, and end. Reminds of open questions, and ends those that are overdue.

    'peerloom serve' does so by itself; this is for installations that send from a timer.
    """
    from matcher.domain.errors import InputError
    from matcher.mail.senders import sender_of
    from matcher.service.dispatcher import owner_name, run_once
    from matcher.settings import settings_from
    from matcher.wiring import open_services

    settings = settings_from(database=database)
    sender = sender_of(settings)
    if sender is None:
        raise InputError("Mail is off: set PEERLOOM_MAIL to console, file or smtp.")
    services = open_services(settings)
    try:
        done = run_once(services, sender, owner_name())
    finally:
        services.close()
    click.echo(
        f"{done.sent} sent, {done.failed} failed, {done.waiting} wait, {done.withdrawn} withdrawn.", err=True
    )
