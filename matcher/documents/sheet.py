"""A delimited text file as rows with their physical lines; encoding and delimiter are found."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from matcher.domain.errors import InputError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE_ROWS = 30
_BLANK = " \t\r\n\u00a0" + "".join(DELIMITERS)
_WORKBOOKS = {
    b"PK\x03\x04": "an Excel or OpenDocument workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
}


class Row(NamedTuple):
    """One row: the line it starts on (1-based, of the file), its cells, what is wrong with it as a whole."""

    line: int
    cells: list[str]
    fault: str | None = None


class Sheet:
    """A delimited file that is known to decode. `headings` are the cells of its first row with any."""

    def __init__(self, path: Path, encoding: str, delimiter: str, skipped: int) -> None:
        self.path = path
        self.encoding = encoding
        self.delimiter = delimiter
        self._skipped = skipped
        first = next(self._rows(), None)
        if first is None:
            raise InputError(f"{path} is empty: its first row must hold the headings.")
        if first.fault is not None:
            raise InputError(f"{path} has no readable headings: line {first.line} {first.fault}.")
        self.heading_line = first.line
        self.headings = [cell.strip() for cell in first.cells]
        while self.headings and not self.headings[-1]:
            self.headings.pop()

    @property
    def described(self) -> str:
        """The encoding and the delimiter, for people."""
        names = {
            "utf-8": "UTF-8",
            "utf-8-sig": "UTF-8",
            "utf-16": "UTF-16",
            "cp1252": "Windows-1252 (cp1252)",
        }
        return f"{names[self.encoding]}, separated by {DELIMITERS[self.delimiter]}"

    def rows(self) -> Iterator[Row]:
        """The rows below the headings, empty ones left out, short ones filled up with empty cells."""
        width = len(self.headings)
        for row in self._rows():
            if row.line == self.heading_line:
                continue
            cells, fault = row.cells, row.fault
            if fault is None and len(cells) > width:
                if any(cell.strip() for cell in cells[width:]):
                    fault = (
                        f"has {len(cells)} cells, the headings {width}: quote cells that hold the delimiter"
                    )
                cells = cells[:width]
            elif len(cells) < width:
                cells = cells + [""] * (width - len(cells))
            yield Row(row.line, cells, fault)

    def _rows(self) -> Iterator[Row]:
        with self.path.open(encoding=self.encoding, newline="") as file:
            for _ in range(self._skipped):
                file.readline()
            yield from _parsed(file, self.delimiter, self._skipped)


def _parsed(lines: Iterator[str] | io.TextIOBase, delimiter: str, skipped: int = 0) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = skipped + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line, [], _explained(str(error)))
            continue
        text = "".join(cells)
        if "\0" in text:
            yield Row(line, cells, "holds a NUL character: the file is damaged there")
        elif text.strip(_BLANK):
            yield Row(line, cells)


def _explained(error: str) -> str:
    if "unexpected end" in error:
        return "opens a quote that is never closed"
    if "field limit" in error:
        return f"holds a cell of more than {csv.field_size_limit():,} characters: is a quote never closed?"
    if "expected after" in error:
        return "has text after a closing quote: double the quotes inside a quoted cell"
    return f"cannot be split into cells ({error})"


def open_sheet(path: Path, recognized: Callable[[Sequence[str]], int]) -> Sheet:
    """Open a delimited file: UTF-8 with or without BOM, UTF-16 with BOM, else cp1252; `, ; tab |` between.

    `recognized` counts how many of a row's headings mean something to the caller; it chooses the delimiter.
    Raises `InputError` when the file cannot be opened or is no text.
    """
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder: name the file in it.")
        with path.open("rb") as file:
            start = file.read(65536)
        encoding = _encoding(path, start)
        skipped, delimiter = _delimiter(path, encoding, recognized)
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    return Sheet(path, encoding, delimiter, skipped)


def _encoding(path: Path, start: bytes) -> str:
    for mark, name in _WORKBOOKS.items():
        if start.startswith(mark):
            raise InputError(f"{path} is {name}: save its sheet as CSV (UTF-8), and import that.")
    if start.startswith(b"\xef\xbb\xbf"):
        found = "utf-8-sig"
    elif start.startswith((b"\xff\xfe", b"\xfe\xff")):
        found = "utf-16"
    elif start[:200].count(b"\0") > 50:
        raise InputError(f"{path} looks like UTF-16 without a byte order mark: save it as UTF-8.")
    else:
        found = "utf-8"
    wrong = _first_bad_byte(path, found)
    if wrong is None:
        return found
    if found == "utf-8" and _first_bad_byte(path, "cp1252") is None:
        return "cp1252"
    raise InputError(f"{path} is not {found.upper()}: byte {wrong + 1:,} does not belong; save it as UTF-8.")


def _first_bad_byte(path: Path, encoding: str) -> int | None:
    """Where the file stops being of this encoding (0-based), None when it is all of it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(1 << 20)
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return done - held + error.start
            done += len(chunk)
            if not chunk:
                return None


def _delimiter(path: Path, encoding: str, recognized: Callable[[Sequence[str]], int]) -> tuple[int, str]:
    """How many lines to skip (Excel's `sep=;`), and the delimiter."""
    with path.open(encoding=encoding, newline="") as file:
        lines = [line for _, line in zip(range(500), file, strict=False)]
    if lines and lines[0].lower().startswith("sep=") and lines[0][4:5] in DELIMITERS:
        return 1, lines[0][4]
    best, choice = (-1, -1, -1), ","
    for delimiter in DELIMITERS:
        rows = [
            row.cells for row, _ in zip(_parsed(iter(lines), delimiter), range(_SAMPLE_ROWS), strict=False)
        ]
        if not rows:
            continue
        width = len(rows[0])
        score = (
            recognized([cell.strip() for cell in rows[0]]),
            width,
            sum(len(row) == width for row in rows),
        )
        if score > best:
            best, choice = score, delimiter
    return 0, choice
