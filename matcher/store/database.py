"""One database: where it is, its transactions, and its version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from matcher.domain.errors import InputError, PeerloomError

__all__ = ["Connection", "Database", "DatabaseUnavailable"]

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30


class DatabaseUnavailable(PeerloomError):
    """The database cannot be reached, or is not of this program's version."""


class Database:
    """An engine with two kinds of transaction. SQLite runs in WAL mode: readers never wait for the writer.

    `url` is SQLAlchemy's; "postgresql://..." uses psycopg 3. Raises `InputError` for other databases.
    """

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        if self.sqlite:
            self.engine = _sqlite(self.url)
        else:
            self.engine = create_engine(self.url, pool_size=20, max_overflow=20, pool_pre_ping=True)

    @property
    def sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write: all of it is stored when the block ends, nothing when it raises."""
        with self._answering(), self._connected() as connection, connection.begin():
            if self.sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database throughout, and writes nothing."""
        with self._answering(), self._connected() as connection:
            if self.sqlite:
                with connection.begin():
                    connection.exec_driver_sql("BEGIN DEFERRED")
                    yield connection
                return
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    def upgrade(self) -> None:
        """Bring the schema up to this program's version, or make it."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def check_version(self) -> None:
        """Raise `DatabaseUnavailable` unless the schema is exactly this program's."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        wanted = ScriptDirectory.from_config(config).get_current_head()
        with self.read() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
        if found != wanted:
            raise DatabaseUnavailable(
                f"The database {self.shown} has schema {found or 'none'}, this program needs {wanted}: "
                "start 'peerloom serve', which brings it up to date."
            )

    @property
    def shown(self) -> str:
        """The address without its password."""
        return self.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Tell of a database that went away, or stayed locked, in the middle of a transaction."""
        try:
            yield
        except OperationalError as error:
            raise DatabaseUnavailable(f"The database {self.shown} does not answer: {error.orig}") from error

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            connection = self.engine.connect()
        except OperationalError as error:
            raise DatabaseUnavailable(f"The database {self.shown} cannot be reached: {error.orig}") from None
        with connection:
            yield connection


def _checked(url: str) -> URL:
    try:
        found = make_url(url)
    except ArgumentError:
        raise InputError(
            f"{url!r} is no database address: write sqlite:///peerloom.db or postgresql://user@host/name."
        ) from None
    if found.get_backend_name() == "postgresql":
        return found.set(drivername="postgresql+psycopg")
    if found.get_backend_name() == "sqlite":
        return found
    raise InputError(f"{found.get_backend_name()} is not supported: use SQLite or PostgreSQL.")


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise InputError("SQLite in memory is one connection's own: name a file, sqlite:///peerloom.db.")
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; the driver's own habit hides when
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -65536")
        cursor.close()

    return engine
