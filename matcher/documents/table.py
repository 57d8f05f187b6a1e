"""Import of a coordinator's spreadsheet: every bad row is listed, nothing is written unless all is good."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

from pydantic_core import to_json

from matcher.documents.books import OrganizationBook, SkillBook, slug
from matcher.documents.headings import MEMBER_HEADINGS, ColumnMapping, Columns, locate, recognized
from matcher.documents.import_report import ImportReport, look_alikes, notes_on
from matcher.documents.organizations import read_organizations
from matcher.documents.parse import Unreadable, gathered, parse
from matcher.documents.read import NetworkSource, open_network
from matcher.documents.rows import Fields, People, RowReader
from matcher.documents.sheet import Row, Sheet, open_sheet
from matcher.documents.write import NetworkWriter, record
from matcher.domain.errors import Fault, InputError
from matcher.domain.member import Member
from matcher.domain.network import NetworkHeader
from matcher.domain.policy import Kind, Policy
from matcher.domain.program import Cycle, Program

CYCLE_WEEKS = 12


def read_mapping(path: Path) -> ColumnMapping:
    """The mapping of a JSON file. Raises `InputError`."""
    try:
        return parse(ColumnMapping, path.read_bytes())
    except Unreadable as error:
        gathered(error).raise_if_any(str(path))
        raise
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None


def first_program(cycle_start: date) -> Program:
    """The program of a new network: all kinds of pairs, the default policy, a cycle of 12 weeks."""
    end = cycle_start + timedelta(weeks=CYCLE_WEEKS, days=-1)
    cycle = Cycle(id=cycle_start.isoformat(), start=cycle_start, end=end)
    return Program(id="mentoring", name="Mentoring", kinds=tuple(Kind), cycle=cycle, policy="default")


def import_members(
    path: Path,
    output: Path,
    *,
    cycle_start: date,
    organizations: Path | None = None,
    mapping: ColumnMapping | None = None,
    into: Path | None = None,
    skip_bad: bool = False,
    name: str | None = None,
) -> ImportReport:
    """Turn a members' sheet into the network document `output` (JSON, or JSON Lines by its name).

    `organizations`: their sheet; without one they are made from the members' column. `into`: a network
    document whose members are updated by id (or e-mail address, where the sheet has no ids) and extended; an
    empty cell changes nothing, "-" empties a list. A new network gets a default policy and a program whose
    12-week cycle begins on `cycle_start`. Nothing is written when a row is bad, unless `skip_bad` leaves such
    rows out. The report's `output` is None when nothing was written: raise its `error()` then. Raises
    `InputError` when the sheet cannot be used at all.
    """
    mapping = mapping or ColumnMapping()
    for read in filter(None, (path, organizations)):
        if output.exists() and read.exists() and output.samefile(read):
            raise InputError(f"{output} is a sheet that is read: name another file to write.")
    source = open_network(into) if into is not None else None
    sheet = open_sheet(path, lambda headings: recognized(headings, MEMBER_HEADINGS, mapping))
    columns = locate(sheet.headings, MEMBER_HEADINGS, mapping)
    _refuse_without_needed_columns(sheet, columns, mapping, source is not None)
    job = _Import(sheet, columns, mapping, source, organizations, cycle_start, name)
    job.read()
    report = job.report
    if not report.rows:
        raise InputError(f"{path} has headings but no rows below them.")
    if job.good and (skip_bad or not report.all_bad):
        with suppress(_Refused):
            job.write(output, skip_bad)
    return report


class _Refused(Exception):
    """Leaves the file unwritten."""


def _refuse_without_needed_columns(
    sheet: Sheet, columns: Columns, mapping: ColumnMapping, updates: bool
) -> None:
    have = {*columns.positions, *mapping.defaults}
    missing = []
    if not have & {"id", "email"}:
        missing.append("an id or an e-mail address")
    if not updates:
        if not have & {"name", "first_name", "last_name"}:
            missing.append("the name")
        if "organization" not in have:
            missing.append("the organization")
        if "time_zone" not in have:
            missing.append("the time zone")
    if missing:
        raise InputError(
            f"{sheet.path} has no column for {', '.join(missing)}. It has "
            f"{', '.join(map(repr, sheet.headings))} ({sheet.described}). Rename one, or say which is which "
            'in a mapping: {"columns": {"name": "Heading"}, "defaults": {"time_zone": "Europe/Berlin"}}.'
        )


class _Import:
    """One run: first all rows are read and checked, then the document is written."""

    def __init__(
        self,
        sheet: Sheet,
        columns: Columns,
        mapping: ColumnMapping,
        source: NetworkSource | None,
        organizations: Path | None,
        cycle_start: date,
        name: str | None,
    ) -> None:
        headings = {key: sheet.headings[position] for key, position in columns.positions.items()}
        self.report = ImportReport(
            str(sheet.path), sheet.described, headings, columns.guessed, columns.unused
        )
        self.good: dict[str, tuple[int, bytes]] = {}
        """id -> line and JSON: a whole member when new, the changed fields of one in the network already."""
        self._sheet, self._source, self._columns = sheet, source, columns
        self._cycle_start, self._name = cycle_start, name
        present = source.header.organizations if source is not None else ()
        if organizations is not None:
            listed, faults = read_organizations(organizations, present)
            self.report.bad_organizations += faults
            self.report.rows += len({fault.line for fault in faults})
            present = tuple(listed.values())
        skills = source.header.skills if source is not None else ()
        self._skills = SkillBook(skills, closed=bool(skills))
        self._organizations = OrganizationBook(present, closed=bool(present) or organizations is not None)
        self._reader = RowReader(sheet.headings, columns, mapping, self._skills, self._organizations)
        self._people = People()
        self._present: set[str] = set()
        self._wishes: dict[str, tuple[int, dict[str, list[str]]]] = {}

    def read(self) -> None:
        """Read every row; afterwards `good` and the report's `bad` are known."""
        if self._source is not None:
            for person in self._source.people():
                if isinstance(person, Member):
                    self._present.add(person.id)
                    self._people.add(person.id, person.email, person.name)
        first_lines: dict[str, int] = {}
        for row in self._sheet.rows():
            self.report.rows += 1
            if row.fault is not None:
                self.report.bad.append(Fault("", row.fault, row.line))
                continue
            key = self._key(row)
            first = first_lines.setdefault(key, row.line) if key else row.line
            fields, faults = self._reader.read(row, key, with_defaults=key not in self._present)
            if first != row.line:
                faults.insert(0, self._twice(key, row.line, first))
                if key in self.good:
                    self._drop(key, self._twice(key, first, row.line))
                elif key in first_lines:
                    self.report.bad.append(self._twice(key, first, row.line))
            if not key:
                faults.insert(0, Fault(self._reader.heading("id"), "is missing", row.line))
            self._keep(fields, key, row.line, faults)
        self._settle_wishes()
        self._finish()

    def _key(self, row: Row) -> str:
        key = self._reader.key(row)
        if key and self._source is not None and "id" not in self._columns.positions:
            return self._people.by_email(key) or key
        return key

    def _twice(self, key: str, line: int, other: int) -> Fault:
        return Fault(self._reader.heading("id"), f"{key!r} stands on line {other} too: keep one", line)

    def _keep(self, fields: Fields, key: str, line: int, faults: list[Fault]) -> None:
        """Check one row's fields as a member, and keep them when they are good."""
        wishes: dict[str, list[str]] = {
            name: fields.pop(name) for name in ("prefers", "avoids") if name in fields
        }
        built = self._reader.member(fields, line) if key not in self._present else None
        if isinstance(built, list):
            told = {fault.path for fault in faults}
            faults += [fault for fault in built if fault.path not in told]
        if not faults and self._reader.names_new(fields):
            faults = self._reader.settle(fields, line)
            built = Member.model_validate(fields) if built is not None else None
        if faults:
            self.report.bad += faults
            return
        if isinstance(built, Member):
            self._people.add(key, built.email, built.name)
            self.good[key] = (line, record(built))
        else:
            self.good[key] = (line, to_json(fields))
        if wishes:
            self._wishes[key] = (line, wishes)

    def _drop(self, key: str, *faults: Fault) -> None:
        """Take a row that looked good back."""
        _, data = self.good.pop(key)
        self._wishes.pop(key, None)
        self.report.bad += faults
        if key not in self._present:
            fields = json.loads(data)
            self._people.remove(key, fields.get("email"), fields["name"])

    def _settle_wishes(self) -> None:
        """Turn the people named in wishes into ids; rows that name nobody known are bad, and so on."""
        while True:
            bad: dict[str, list[Fault]] = {}
            found: dict[str, dict[str, list[str]]] = {}
            for key, (line, wishes) in self._wishes.items():
                found[key], faults = self._resolved(key, line, wishes)
                if faults:
                    bad[key] = faults
            if not bad:
                break
            for key, faults in bad.items():
                self._drop(key, *faults)
        for key, resolved in found.items():
            line, data = self.good[key]
            self.good[key] = (line, json.dumps(json.loads(data) | resolved, ensure_ascii=False).encode())

    def _resolved(
        self, key: str, line: int, wishes: dict[str, list[str]]
    ) -> tuple[dict[str, list[str]], list[Fault]]:
        found: dict[str, list[str]] = {}
        faults: list[Fault] = []
        for name, texts in wishes.items():
            found[name] = []
            for text in texts if texts != ["-"] else ():
                try:
                    person = self._people.find(text)
                    if person == key:
                        raise ValueError(f"{text!r} is the member's own")
                    if person in found.get("prefers", ()) and name == "avoids":
                        raise ValueError(f"{text!r} is wished for as well: a person is wished for or avoided")
                    if person not in found[name]:
                        found[name].append(person)
                except ValueError as error:
                    faults.append(Fault(self._reader.heading(name), str(error), line))
        return found, faults

    def _finish(self) -> None:
        report = self.report
        self._count_bad()
        report.skills_added = [skill.name for skill in self._skills.added]
        report.organizations_added = [organization.name for organization in self._organizations.added]
        report.notes += look_alikes(report.skills_added)
        if self._source is None:
            report.notes += notes_on(self._columns.positions)

    def _count_bad(self) -> None:
        report = self.report
        report.bad.sort(key=lambda fault: fault.line or 0)
        lines = {fault.line for fault in report.bad} | {
            -(fault.line or 0) for fault in report.bad_organizations
        }
        report.bad_rows = len(lines)

    def write(self, output: Path, skip_bad: bool) -> None:
        """Write the document. A row that does not fit the member it updates is bad too, found only here."""
        with NetworkWriter(output, self._header()) as writer:
            for key, data in self._parts():
                writer.add_record(key, data)
            self._count_bad()
            if self.report.bad and not skip_bad:
                self.report.added = self.report.updated = self.report.kept = 0
                raise _Refused
        self.report.output = str(output)
        self.report.lines = {key: line for key, (line, _) in self.good.items()}

    def _header(self) -> NetworkHeader:
        skills = tuple(self._skills.skills.values())
        organizations = tuple(self._organizations.organizations.values())
        if self._source is not None:
            return self._source.header.model_copy(update={"skills": skills, "organizations": organizations})
        title = self._name or self._sheet.path.name.partition(".")[0] or "Network"
        return NetworkHeader(
            id=slug(title, (), "network"),
            name=title,
            skills=skills,
            organizations=organizations,
            policies=(Policy(id="default"),),
            programs=(first_program(self._cycle_start),),
        )

    def _parts(self) -> Iterator[tuple[bytes, bytes]]:
        """All members and pairs of the document, those of the network first."""
        new = [(key, data) for key, (_, data) in self.good.items() if key not in self._present]
        self.report.added = len(new)
        flushed = False
        for person in self._source.people() if self._source is not None else ():
            if isinstance(person, Member):
                yield b"member", self._updated(person)
                continue
            if not flushed:
                yield from ((b"member", data) for _, data in new)
                flushed = True
            yield b"running" if hasattr(person, "rematch") else b"ended", record(person)
        if not flushed:
            yield from ((b"member", data) for _, data in new)

    def _updated(self, member: Member) -> bytes:
        if member.id not in self.good:
            self.report.kept += 1
            return record(member)
        line, data = self.good[member.id]
        fields = member.model_dump(mode="json", exclude_defaults=True)
        for name, value in json.loads(data).items():
            fields[name] = fields.get(name, {}) | value if isinstance(value, dict) else value
        built = self._reader.member(fields, line)
        faults = built if isinstance(built, list) else _contradictions(built, self._reader, line)
        if faults or isinstance(built, list):
            self.report.bad += faults
            self.report.kept += 1
            return record(member)
        self.report.updated += 1
        return record(built)


def _contradictions(member: Member, reader: RowReader, line: int) -> list[Fault]:
    both = sorted(set(member.prefers) & set(member.avoids))
    return [Fault(reader.heading("avoids"), f"{person!r} is wished for as well", line) for person in both]
