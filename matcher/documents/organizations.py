"""The organizations' sheet: id, name, group, country, competitors."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from matcher.documents import cells
from matcher.documents.books import slug
from matcher.documents.faults import reason_of
from matcher.documents.headings import ORGANIZATION_HEADINGS, locate, recognized
from matcher.documents.sheet import Row, open_sheet
from matcher.domain.errors import Fault, InputError
from matcher.domain.organization import Organization
from matcher.domain.skill import skill_key


def read_organizations(
    path: Path, present: Iterable[Organization] = ()
) -> tuple[dict[str, Organization], list[Fault]]:
    """The organizations of a sheet by id, laid over those that are `present`, and the faults of its bad rows.

    Bad rows are left out of the answer. Without an id column ids are made of names. Raises `InputError` when
    the sheet cannot be read at all.
    """
    sheet = open_sheet(path, lambda headings: recognized(headings, ORGANIZATION_HEADINGS, None))
    columns = locate(sheet.headings, ORGANIZATION_HEADINGS, None).positions
    if "name" not in columns:
        raise InputError(
            f"{path} has no column for the organizations' names: head one 'Name'. It has "
            f"{', '.join(map(repr, sheet.headings))}."
        )
    found = {organization.id: organization.model_dump(exclude_unset=True) for organization in present}
    by_name = {skill_key(str(fields["name"])): key for key, fields in found.items()}
    faults: list[Fault] = []
    lines: dict[str, int] = {}
    rows: dict[str, dict[str, Any]] = {}
    titles = {field: sheet.headings[position] for field, position in columns.items()}
    for row in sheet.rows():
        if row.fault is not None:
            faults.append(Fault("", row.fault, row.line))
            continue
        fields, wrong = _fields(row, columns, titles)
        name = str(fields.get("name", ""))
        key = str(
            fields.get("id") or by_name.get(skill_key(name)) or slug(name, {**found, **rows}, "organization")
        )
        if key in lines:
            title = titles.get("id", titles["name"])
            wrong.append(Fault(title, f"{key!r} stands on line {lines[key]} too: keep one", row.line))
            if key in rows:
                del rows[key]
                faults.append(Fault(title, f"{key!r} stands on line {row.line} too: keep one", lines[key]))
        else:
            lines[key] = row.line
        if wrong:
            faults += wrong
        else:
            rows[key] = fields | {"id": key}
    return _settled(found, rows, lines, titles, faults)


def _fields(row: Row, columns: dict[str, int], titles: dict[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    fields: dict[str, Any] = {}
    faults: list[Fault] = []
    for field, position in columns.items():
        cell = (
            " ".join(row.cells[position].split()) if field != "competitors" else row.cells[position].strip()
        )
        if not cell:
            if field in ("id", "name"):
                faults.append(Fault(titles[field], "is missing", row.line))
            continue
        try:
            if field == "country":
                fields[field] = cells.country(cell)
            else:
                fields[field] = cells.texts(cell) if field == "competitors" else cell
        except ValueError as error:
            faults.append(Fault(titles[field], str(error), row.line))
    return fields, faults


def _settled(
    found: dict[str, dict[str, Any]],
    rows: dict[str, dict[str, Any]],
    lines: dict[str, int],
    titles: dict[str, str],
    faults: list[Fault],
) -> tuple[dict[str, Organization], list[Fault]]:
    """Resolve competitors by id or name, until no row names one that was left out."""
    while True:
        merged = found | {key: found.get(key, {}) | fields for key, fields in rows.items()}
        names = {skill_key(str(fields["name"])): key for key, fields in merged.items()}
        organizations: dict[str, Organization] = {}
        bad: list[str] = []
        for key, fields in merged.items():
            wrong: list[Fault] = []
            competitors: list[str] = []
            for text in fields.get("competitors", ()):
                competitor = text if text in merged else names.get(skill_key(text))
                if competitor is None or competitor == key:
                    reason = "is the organization itself" if competitor else "is no organization of the sheet"
                    wrong.append(Fault(titles.get("competitors", ""), f"{text!r} {reason}", lines.get(key)))
                else:
                    competitors.append(competitor)
            try:
                organizations[key] = Organization.model_validate(fields | {"competitors": competitors})
            except ValidationError as error:
                for details in error.errors(include_url=False):
                    field = str(details["loc"][0])
                    reason = reason_of(details, Organization)
                    wrong.append(Fault(titles.get(field, field), reason, lines.get(key)))
            if wrong and key in rows:
                faults += wrong
                bad.append(key)
        if not bad:
            return organizations, faults
        for key in bad:
            del rows[key]
