"""Everything in a database as one file, and back: the same file for SQLite and PostgreSQL.

Gzipped JSON Lines: a header, then for each table a line with its columns followed by its rows, and an end
line with the number of rows of each table. Instants are ISO 8601 in UTC, bytes are base 64.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from gzip import GzipFile
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, LargeBinary, Table, func, insert, select
from sqlalchemy.exc import IntegrityError

from matcher.domain.errors import InputError
from matcher.store.database import Database
from matcher.store.errors import Conflict
from matcher.store.tables import metadata
from matcher.store.types import Instant

FORMAT = "peerloom-backup/1"
BATCH = 1_000


@dataclass(frozen=True)
class Backup:
    """What a backup holds: when it was made, of which version of the schema, and how many rows a table."""

    made_at: datetime
    schema: str
    rows: dict[str, int]


def write_backup(database: Database, path: Path, now: datetime) -> Backup:
    """Write all of a database, as it stands at one moment, while others go on working. The file appears whole
    or not at all, readable by its owner only: it holds all that the database knows.

    Addresses of calendars stay sealed in it: what opens them, PEERLOOM_SECRET, is not in it.
    """
    rows: dict[str, int] = {}
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
            with GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as file:
                with database.read() as connection:
                    schema = _schema(connection)
                    _line(file, {"format": FORMAT, "made_at": now.isoformat(), "schema": schema})
                    for table in metadata.sorted_tables:
                        rows[table.name] = _write_table(file, connection, table)
                _line(file, {"end": rows})
            raw.flush()
            os.fsync(raw.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return Backup(now, schema, rows)


def _write_table(file: GzipFile, connection: Connection, table: Table) -> int:
    columns = list(table.columns)
    _line(file, {"table": table.name, "columns": [one.name for one in columns]})
    count = 0
    query = select(*columns).order_by(*table.primary_key.columns)
    result = connection.execute(query, execution_options={"yield_per": BATCH})
    for some in result.partitions(BATCH):
        for row in some:
            _line(file, [_out(value) for value in row])
        count += len(some)
    return count


def read_backup(database: Database, path: Path) -> Backup:
    """Put a backup into an empty database that has this program's schema; all of it or nothing.

    Raises `InputError` for a file that is no backup, is cut off, or is of another version; `Conflict` for a
    database that holds anything.
    """
    with database.write() as connection:
        for table in metadata.sorted_tables:
            if connection.execute(select(func.count()).select_from(table)).scalar_one():
                raise Conflict(
                    f"The database {database.shown} holds {table.name} already: restore into an empty one."
                )
        try:
            with gzip.open(path, "rb") as file:
                return _restore(connection, path, _lines(file))
        except (EOFError, gzip.BadGzipFile, ValueError, KeyError, IntegrityError) as error:
            what = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            raise InputError(f"{path} is no backup, or is damaged ({what}): nothing was restored.") from None


def _restore(connection: Connection, path: Path, lines: Iterator[Any]) -> Backup:
    head = next(lines, None)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise InputError(f"{path} is no backup of the format {FORMAT}.")
    schema = _schema(connection)
    if head["schema"] != schema:
        raise InputError(
            f"{path} has schema {head['schema']}, this database {schema}: restore with the version of "
            "Peerloom that wrote it, then start the newer one."
        )
    tables = {table.name: table for table in metadata.sorted_tables}
    rows: dict[str, int] = {}
    table: Table | None = None
    columns: list[str] = []
    waiting: list[dict[str, Any]] = []
    for line in lines:
        if isinstance(line, list) and table is not None:
            waiting.append({name: _in(table, name, value) for name, value in zip(columns, line, strict=True)})
            rows[table.name] += 1
            if len(waiting) < BATCH:
                continue
        if waiting:
            assert table is not None
            connection.execute(insert(table), waiting)
            waiting = []
        if isinstance(line, dict) and "end" in line:
            if line["end"] != rows:
                raise InputError(f"{path} does not hold what its end says: nothing was restored.")
            return Backup(datetime.fromisoformat(head["made_at"]), schema, rows)
        if isinstance(line, dict):
            table, columns = tables[line["table"]], line["columns"]
            rows[table.name] = 0
    raise InputError(f"{path} is cut off: nothing was restored.")


def _schema(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or "none"


def _line(file: GzipFile, value: Any) -> None:
    file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def _lines(file: GzipFile) -> Iterator[Any]:
    for line in file:
        yield json.loads(line)


def _out(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return value


def _in(table: Table, name: str, value: Any) -> Any:
    kind = table.columns[name].type
    if value is None:
        return None
    if isinstance(kind, Instant):
        return datetime.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return value
