"""`peerloom mail`: mails sent, and answers read, from the command line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click


@click.group()
def mail() -> None:
    """Send mails that are due, and read answers."""


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


@mail.command()
@click.argument("place", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--database", help="SQLAlchemy's address of the database (PEERLOOM_DATABASE).")
def read(place: Path | None, database: str | None) -> None:
    """Read answers to invitations, and reports of failed delivery, that came in.

    PLACE is a maildir, or a file with one message (.eml); without it, that of PEERLOOM_INBOX_MAILDIR. What
    was read from a maildir moves into its folder "cur". 'peerloom serve' reads that of the setting by itself.
    """
    from matcher.domain.errors import InputError
    from matcher.service.attendance.inbox import take_in
    from matcher.service.attendance.maildir import check_maildir, collect
    from matcher.service.attendance.reasons import REASONS
    from matcher.settings import settings_from
    from matcher.wiring import open_services

    settings = settings_from(database=database)
    place = place or settings.inbox_maildir
    if place is None:
        raise InputError("Name a maildir or a message, or set PEERLOOM_INBOX_MAILDIR.")
    if place.is_dir() or not place.exists():
        check_maildir(place)
    services = open_services(settings)
    try:
        if place.is_file():
            found = [take_in(services, place.read_bytes(), "maildir")]
        else:
            found = collect(services, place)
    finally:
        services.close()
    reasons = Counter(one.reason for one in found if one.reason is not None)
    again = sum(one.seen > 1 for one in found)
    click.echo(
        f"{len(found)} read, {sum(one.outcome == 'done' for one in found)} done, "
        f"{reasons.total()} ignored, {again} came before.",
        err=True,
    )
    for reason, count in sorted(reasons.items()):
        click.echo(f"  {count} x {reason}: {REASONS[reason]}", err=True)
