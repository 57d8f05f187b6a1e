"""`peerloom calendars`: sessions for what a result forms, as feeds and invites in a folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from api.cli.options import DATABASE, NETWORK, SEED, file_and_result, instant, network_source


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.argument("result", required=False, type=click.Path(path_type=Path))
@NETWORK
@DATABASE
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder: sessions.json, and calendars/ with feeds and invites.",
)
@click.option(
    "--organizer", required=True, metavar="ADDRESS", help="The mailbox that answers to invites go to."
)
@click.option("--name", default="Peerloom", show_default=True, help="The name people see on their calendar.")
@click.option(
    "--invites",
    type=click.Choice(["first", "all", "none"]),
    default="first",
    show_default=True,
    help="Invites for the first session of each pair or pod, for all, or for none.",
)
@click.option(
    "--zip", "archives", is_flag=True, help="Also a ZIP for each organization, and each program as one file."
)
@SEED
@click.option(
    "--at", metavar="INSTANT", help="When this is published, such as 2026-09-01T09:00Z; default: now."
)
def calendars(
    file: Path | None,
    result: Path | None,
    network: str | None,
    database: str | None,
    output: Path,
    organizer: str,
    name: str,
    invites: str,
    archives: bool,
    seed: int,
    at: str | None,
) -> None:
    """Write the calendars of RESULT, which 'peerloom solve' made of FILE or --network.

    Pairs, pods and rounds are given times here; a rota comes with its own, and with facilitators.

    Run it again into the same folder after a new result: what is still possible stays, what moves keeps its
    event and raises its SEQUENCE, and what is gone is cancelled. Results of all kinds may share a folder:
    nobody is in two sessions at once, and sessions of a group that a rota holds are moved, not doubled.
    """
    from matcher.calendar.events import Mailbox
    from matcher.calendar.exports import export_files
    from matcher.calendar.files import write_calendars
    from matcher.documents.write import write_json
    from matcher.domain.family import Family
    from matcher.domain.member import Member
    from matcher.planning.families import ends_of
    from matcher.planning.files import command_of
    from matcher.planning.sessions.scheduling import Occasion, beside, read_schedule

    file, result = file_and_result(file, result, network)
    moment = instant(at, "--at") if at is not None else datetime.now(UTC).replace(microsecond=0)
    if "@" not in organizer.strip("@"):
        raise click.BadParameter(f"{organizer!r} is no e-mail address.", param_hint="--organizer")
    whole = read_schedule(output / "sessions.json")
    ends = ends_of(command_of(result) or Family.PAIRS)
    plan = ends.read(result)
    before, others = beside(whole, plan)
    with network_source(file, network, database) as source:
        when = Occasion(
            seed=seed,
            changed_at=moment,
            previous=before.sessions,
            commitments=others.sessions,
            not_before=moment,
        )
        made, members = ends.schedule(source, plan, when)
        if more := {person for session in others.sessions for person in session.people} - members.keys():
            people = (one for one in source.people() if isinstance(one, Member))
            members = {**members, **{one.id: one for one in people if one.id in more}}
    schedule = made.with_others(others)
    # First: where the calendars cannot be written, the next run finds what this one decided.
    write_json(output / "sessions.json", schedule)
    mailbox = Mailbox(name, organizer)
    files = write_calendars(
        output / "calendars",
        schedule,
        members,
        source.header.organizations,
        organizer=mailbox,
        name=name,
        invites=invites,  # type: ignore[arg-type]
        more=export_files(schedule, members, source.header, mailbox) if archives else {},
        as_of=moment,
    )
    what = "groups" if plan.family is Family.ROTA else plan.family
    click.echo(
        f"{len(made.sessions):,} sessions for {sum(1 for _ in ends.series(plan)):,} {what}, "
        f"{len(made.unscheduled):,} without a time (calendars/unscheduled.csv says why)."
    )
    if files.without_address:
        click.echo(f"No address, so no invite: {', '.join(files.without_address[:10])}")
    if archives:
        click.echo(f"Archives: {files.more:,} in {output / 'calendars'} (organizations/, programs/)")
    click.echo(f"Written: {files.feeds:,} feeds and {files.invites:,} invites in {output / 'calendars'}")
