"""Delimited files of every make are read with the right lines, or refused with a sentence."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from matcher.documents.headings import (
    MEMBER_HEADINGS,
    ORGANIZATION_HEADINGS,
    ColumnMapping,
    locate,
    recognized,
)
from matcher.documents.sheet import Row, Sheet, open_sheet
from matcher.documents.words import plain
from matcher.domain.errors import InputError

TEXT = 'id,name,organization\r\n1,Zoë,"Acme, Inc."\r\n\r\n2,"Ann ""A""",Birch\r\n'


def opened(path: Path, data: bytes) -> Sheet:
    path.write_bytes(data)
    return open_sheet(path, lambda headings: recognized(headings, MEMBER_HEADINGS, None))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "m.csv"


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("cp1252", "Windows-1252")],
)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_encodings_and_line_ends(path: Path, encoding: str, told: str, end: str) -> None:
    sheet = opened(path, TEXT.replace("\r\n", end).encode(encoding))
    assert sheet.described.startswith(told)
    assert sheet.headings == ["id", "name", "organization"]
    assert list(sheet.rows()) == [Row(2, ["1", "Zoë", "Acme, Inc."]), Row(4, ["2", 'Ann "A"', "Birch"])]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(path: Path, delimiter: str) -> None:
    rows = [
        ["id", "name", "Skills offered"],
        ["1", "Ann", "Python (4); SQL, basic | x"],
        ["2", "Bo", "a;b;c;d"],
    ]
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    sheet = open_sheet(path, lambda headings: recognized(headings, MEMBER_HEADINGS, None))
    assert sheet.delimiter == delimiter
    assert [row.cells for row in sheet.rows()] == rows[1:]


def test_excel_says_its_separator_on_the_first_line(path: Path) -> None:
    sheet = opened(path, b"sep=;\r\nid;name\r\n1;Ann\r\n")
    assert (sheet.delimiter, sheet.heading_line) == (";", 2)
    assert list(sheet.rows()) == [Row(3, ["1", "Ann"])]


def test_lines_count_newlines_inside_quotes(path: Path) -> None:
    sheet = opened(path, b'\nid,name\n1,"two\nlines"\n2,"three\n\nlines"\n3,Bo\n')
    assert [row.line for row in sheet.rows()] == [3, 5, 8]


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"id,name\n1,Ann,more\n", 2, "has 3 cells, the headings 2"),
        (b'id,name\n1,Ann\n2,"Bo\n3,Cy\n', 3, "never closed"),
        (b'id,name\n1,"Ann" A\n2,Bo\n', 2, "after a closing quote"),
        (b"id,name\n1,A\x00nn\n", 2, "NUL"),
        (b'id,name\n1,Ann\n2,"' + b"x" * 140_000 + b"\n", 3, "quote never closed?"),
    ],
)
def test_a_damaged_row_is_a_fault_with_its_line(path: Path, data: bytes, line: int, words: str) -> None:
    bad = [row for row in opened(path, data).rows() if row.fault]
    assert bad[0].line == line
    assert words in str(bad[0].fault)


def test_short_rows_are_filled_and_empty_surplus_is_cut(path: Path) -> None:
    sheet = opened(path, b"id,name,unit,\n1,Ann\n2,Bo,x,,,\n")
    assert [row.cells for row in sheet.rows()] == [["1", "Ann", ""], ["2", "Bo", "x"]]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n \n,,\n", "is empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel workbook"),
        ("id,name\n".encode("utf-16-le") * 50, "UTF-16 without"),
        (b"id,name\n1,\x81\x8d\n", "byte 11"),
        (b"\xff\xfei\x00d\x00,", "UTF-16"),
        (b'"id', "never closed"),
    ],
)
def test_files_that_are_no_sheet_are_refused(path: Path, data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=r".*") as caught:
        opened(path, data)
    assert words in str(caught.value)


def test_places_without_a_sheet(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        open_sheet(tmp_path / "none.csv", len)
    with pytest.raises(InputError, match="is a folder"):
        open_sheet(tmp_path, len)


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (
            [
                "First name",
                "Last Name",
                "E-Mail",
                "Organisation",
                "Skills offered",
                "Wants to learn",
                "Time zone",
            ],
            ["first_name", "last_name", "email", "organization", "offers", "seeks", "time_zone"],
        ),
        (
            [
                "Vorname",
                "Nachname",
                "E-Mail-Adresse",
                "Firma",
                "Bietet",
                "Möchte lernen",
                "Zeitzone",
                "Verfügbarkeit",
            ],
            [
                "first_name",
                "last_name",
                "email",
                "organization",
                "offers",
                "seeks",
                "time_zone",
                "availability",
            ],
        ),
        (
            [
                "Prénom",
                "Nom",
                "Courriel",
                "Entreprise",
                "Compétences proposées",
                "Souhaite apprendre",
                "Fuseau horaire",
            ],
            ["first_name", "last_name", "email", "organization", "offers", "seeks", "time_zone"],
        ),
        (
            [
                "Nombre",
                "Apellidos",
                "Correo electrónico",
                "Empresa",
                "Ofrece",
                "Busca",
                "Zona horaria",
                "Idiomas",
            ],
            ["first_name", "last_name", "email", "organization", "offers", "seeks", "time_zone", "languages"],
        ),
        (
            [
                "Nome",
                "Sobrenome",
                "Endereço de e-mail",
                "Organização",
                "Oferece",
                "Quer aprender",
                "Fuso horário",
            ],
            ["first_name", "last_name", "email", "organization", "offers", "seeks", "time_zone"],
        ),
        (["ID", "Nom", "Société"], ["id", "name", "organization"]),
        (["Seniority (1-10) *", "Hours per month:"], ["seniority", "hours_per_month"]),
    ],
)
def test_headings_in_five_languages(headings: Sequence[str], fields: list[str]) -> None:
    assert list(locate(headings, MEMBER_HEADINGS, None).positions) == fields


def test_no_heading_is_claimed_by_two_fields() -> None:
    for table in (MEMBER_HEADINGS, ORGANIZATION_HEADINGS):
        owners: dict[str, str] = {}
        for field, listed in table.items():
            for heading in listed.split(","):
                assert owners.setdefault(plain(heading), field) == field, heading


def test_a_mapping_says_which_column_is_which() -> None:
    mapping = ColumnMapping(columns={"name": "Who", "attributes.track": "T"}, defaults={"time_zone": "UTC"})
    found = locate(["T", "Who", "Other"], MEMBER_HEADINGS, mapping)
    assert found.positions == {"attributes.track": 0, "name": 1}
    assert found.unused == ("Other",)


def test_a_mapping_that_does_not_fit_is_refused_whole() -> None:
    mapping = ColumnMapping(
        columns={"nmae": "Name", "email": "Mial", "unit": "Twice"}, defaults={"time_zon": "UTC"}
    )
    with pytest.raises(InputError) as caught:
        locate(["Name", "Mail", "Twice", "Twice"], MEMBER_HEADINGS, mapping)
    told = [str(fault) for fault in caught.value.faults]
    assert len(told) == 4
    for words, fault in zip(("'name'", "'Mail'", "2 columns", "'time_zone'"), told, strict=True):
        assert words in fault
