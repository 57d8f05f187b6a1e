"""`peerloom busy`: when members are busy, by their own calendars."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import DATABASE, database_of

if TYPE_CHECKING:
    from matcher.store.busy import BusySource, Taken

_MEMBER = click.option("--member", required=True, metavar="ID", help="Whose calendar.")
_NETWORK = click.option("--network", required=True, metavar="ID", help="A network of the database.")


@click.group()
def busy() -> None:
    """Read members' own calendars for when they are busy; only times are kept."""


@busy.command()
@click.argument("calendar", type=click.Path(path_type=Path))
@click.argument("file", required=False, type=click.Path(path_type=Path))
@_MEMBER
@click.option("--network", metavar="ID", help="A network of the database instead of FILE.")
@DATABASE
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="With FILE: the document to write, .json or .jsonl.",
)
def read(
    calendar: Path,
    file: Path | None,
    member: str,
    network: str | None,
    database: str | None,
    output: Path | None,
) -> None:
    """Take a member's busy time from CALENDAR, an .ics file.

    Into a copy of the network document FILE it is added to what is there; into --network it comes in the
    place of the file before.
    """
    if (file is None) == (network is None) or (file is None) != (output is None):
        raise click.UsageError("Give either FILE, a network document, and --output; or --network ID.")
    from matcher.calendar.busy.report import MOST_BYTES

    with calendar.open("rb") as opened:
        data = opened.read(MOST_BYTES + 1)  # one byte more, and it is refused
    if network is not None:
        from matcher.service.busy.sources import put_file

        with database_of(database) as services:
            _tell(put_file(services.database, network, member, data, services.now()))
        return
    assert file is not None
    assert output is not None
    taken = _into_document(file, output, member, data)
    click.echo(f"{len(taken.intervals):,} taken times of {member}.")
    _tell_report(taken.report)
    click.echo(f"Written: {output}")


@busy.command()
@click.argument("address", required=False)
@_MEMBER
@_NETWORK
@click.option("--caldav", is_flag=True, help="A CalDAV collection, not an .ics file.")
@click.option("--name", default="", help="The name to log in with (CalDAV); the password is asked for.")
@DATABASE
def add(
    address: str | None, member: str, network: str, caldav: bool, name: str, database: str | None
) -> None:
    """Add the https ADDRESS of a member's calendar, which is asked for where it is not given: it is a secret.
    It is read at once, and again by 'peerloom busy poll' and 'peerloom serve'."""
    from matcher.service.busy.sources import Where, add_address

    if name and not caldav:
        raise click.UsageError("--name goes with --caldav.")
    url = address or click.prompt("Address", hide_input=True)
    password = click.prompt("Password", hide_input=True) if name else ""
    with database_of(database) as services:
        kind = "caldav" if caldav else "address"
        where = Where(url, name, password)
        _tell(add_address(services, network, member, kind, where, services.now()))  # type: ignore[arg-type]


@busy.command("list")
@_NETWORK
@click.option("--member", metavar="ID", help="Only this member's.")
@click.option("--failing", is_flag=True, help="Only those with a problem.")
@DATABASE
def list_all(network: str, member: str | None, failing: bool, database: str | None) -> None:
    """List members' calendars: how many times they take, when they were read, and what is wrong."""
    from matcher.store.busy import list_sources
    from matcher.store.networks import find_network

    after = ""
    with database_of(database) as services, services.database.read() as connection:
        find_network(connection, network)
        while rows := list_sources(connection, network, after, 1000, member=member, failing=failing):
            for source in rows:
                _tell(source)
            after = rows[-1].id


@busy.command()
@click.argument("source")
@_MEMBER
@_NETWORK
@DATABASE
def remove(source: str, member: str, network: str, database: str | None) -> None:
    """Forget the calendar SOURCE of a member, its address, and the times that came from it."""
    from matcher.store.busy import remove_source

    with database_of(database) as services:
        with services.database.write() as connection:
            remove_source(connection, network, member, source)
        click.echo(f"{source} is forgotten.")


@busy.command()
@_MEMBER
@_NETWORK
@click.option(
    "--days", type=click.IntRange(1, 365), default=30, show_default=True, help="Days until it ends."
)
@DATABASE
def link(member: str, network: str, days: int, database: str | None) -> None:
    """Print the address of a page on which the member looks after their own calendars, to be sent to them."""
    from matcher.service.busy.links import CalendarLinks
    from matcher.store.busy import member_zone

    with database_of(database) as services:
        with services.database.read() as connection:
            member_zone(connection, network, member)
        links = CalendarLinks.of(services.settings)
        url, ends_at = links.address(network, member, services.now(), days)
        click.echo(url)
        click.echo(f"Until {ends_at:%Y-%m-%d}. Whoever has it may add and remove calendars.", err=True)


@busy.command()
@click.option("--network", metavar="ID", help="Only this network's.")
@click.option("--all", "all_of_them", is_flag=True, help="Those too that are not due.")
@DATABASE
def poll(network: str | None, all_of_them: bool, database: str | None) -> None:
    """Read the addresses that are due, once, and end.

    'peerloom serve' does so by itself; this is for a nightly run. Exit code 0 also where some cannot be read:
    'peerloom busy list --failing' says which.
    """
    from matcher.service.busy.polling import poll as poll_due

    with database_of(database) as services:
        done = poll_due(services, network, all_of_them=all_of_them)
    click.echo(f"{done.read:,} calendars read, {done.failed:,} with a problem.")


def _into_document(file: Path, output: Path, member: str, data: bytes) -> Taken:
    from matcher.documents.read import open_network
    from matcher.documents.write import write_network
    from matcher.domain.errors import UnknownIdError
    from matcher.service.busy.sources import read_taken

    network = open_network(file).network()
    found = next((one for one in network.members if one.id == member), None)
    if found is None:
        raise UnknownIdError("member", member)
    taken = read_taken(data, found.time_zone, datetime.now(UTC))
    more = [one for one in taken.intervals if one not in found.busy]
    changed = found.model_copy(update={"busy": (*found.busy, *more)})
    people = tuple(changed if one.id == member else one for one in network.members)
    write_network(output, network.model_copy(update={"members": people}))
    return taken


def _tell(source: BusySource) -> None:
    place = f"{source.kind} at {source.host}" if source.host else source.kind
    when = f"read {source.read_at:%Y-%m-%d %H:%M} UTC" if source.read_at else "not read yet"
    click.echo(f"{source.id}  {source.member}  {place}  {source.count:,} taken times, {when}")
    _tell_report(source.report)
    if source.problem is not None:
        click.echo(f"  {source.problem}: {source.detail}")


def _tell_report(report: dict[str, object]) -> None:
    from matcher.calendar.busy.report import SKIPPED

    told = report.get("told", [])
    assert isinstance(told, list)
    for one in told[:10]:
        uid = f" {one['uid']}" if one["uid"] else ""
        click.echo(f"  {one['component']}{uid}: {SKIPPED[one['code']]}")
    skipped = report.get("skipped", 0)
    if isinstance(skipped, int) and skipped > 10:
        click.echo(f"  and {skipped - 10:,} more.")
