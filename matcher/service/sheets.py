"""A spreadsheet into a stored network: the same reader and mapping as for documents, all or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from matcher.documents.faults import FaultList, counted
from matcher.documents.headings import ColumnMapping
from matcher.documents.import_report import ImportReport
from matcher.documents.read import NetworkSource, open_network
from matcher.documents.table import first_program, import_members
from matcher.documents.write import record
from matcher.domain.errors import InputError
from matcher.domain.member import Member
from matcher.domain.network import NetworkHeader
from matcher.service.bulk import Record, Upserted, upsert_members
from matcher.store.database import Connection
from matcher.store.documents import write_document
from matcher.store.networks import lock_network
from matcher.store.parts import save_part


def import_sheet(
    connection: Connection,
    network: str,
    sheet: Path,
    now: datetime,
    *,
    mapping: ColumnMapping | None = None,
    organizations: Path | None = None,
    skip_bad: bool = False,
    sync: bool = False,
    cycle_start: date | None = None,
) -> tuple[Upserted, ImportReport]:
    """Add and update members from a sheet, as `import_members` does with a document.

    Skills and organizations are added where the network lists none yet, or `organizations` (their sheet)
    names them. `cycle_start`: a network without a program gets one whose cycle begins then. `sync` as in
    `upsert_members`. Raises `InputError` with every bad row unless `skip_bad` leaves such rows out,
    `Conflict`.
    """
    lock_network(connection, network)
    with tempfile.TemporaryDirectory(prefix="peerloom-") as folder:
        before, after = Path(folder) / "before.jsonl", Path(folder) / "after.jsonl"
        write_document(connection, network, before, calendars=False)
        report = import_members(
            sheet,
            after,
            cycle_start=cycle_start or now.date(),
            organizations=organizations,
            mapping=mapping,
            into=before,
            skip_bad=skip_bad,
        )
        if report.output is None:
            faults = FaultList()
            faults.extend(report.all_bad)
            rows = counted(report.bad_rows, "row")
            raise InputError(
                f"Nothing was stored: {rows} of {report.rows:,} in {sheet} to put right.", faults.told()
            )
        source = open_network(after)
        _save_parts(connection, network, source.header, now)
        if cycle_start is not None and not source.header.programs:
            program = first_program(cycle_start)
            save_part(connection, network, "programs", program.id, record(program).decode(), now)
        done = upsert_members(connection, network, _rows(source, report), now, lines=True, sync=sync)
    report.output = None
    report.added, report.updated, report.kept = done.created, done.updated, done.unchanged
    return done, report


def _save_parts(connection: Connection, network: str, header: NetworkHeader, now: datetime) -> None:
    for skill in header.skills:
        save_part(connection, network, "skills", skill.id, record(skill).decode(), now)
    for organization in header.organizations:
        body = record(organization).decode()
        save_part(connection, network, "organizations", organization.id, body, now)


def _rows(source: NetworkSource, report: ImportReport) -> Iterator[Record]:
    """The members of the good rows, as they are after the import."""
    for person in source.people():
        if isinstance(person, Member) and person.id in report.lines:
            yield Record(report.lines[person.id], record(person))
