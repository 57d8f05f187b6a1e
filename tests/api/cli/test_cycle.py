"""`peerloom cycle close`: what a cycle that is over adds to the ledgers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from matcher.documents.read import open_network
from matcher.store.database import Database
from tests.api.cli.test_network import run
from tests.matcher.service.conftest import PEOPLE, World, series

__all__ = ["run"]

MONDAY = date(2020, 3, 2)


@pytest.fixture
def make(database_url):
    """Makes a network of which a rota was published for four weeks from a Monday on."""
    database = Database(database_url)

    def world(monday):
        here = World(database, (f"{monday}", f"{monday + timedelta(days=27)}"))
        here.now = datetime(monday.year, monday.month, monday.day, tzinfo=UTC)
        days = [monday + timedelta(days=2 + 7 * week) for week in range(4)]
        leads = ("gus", "ada", "gus", "ivy")
        held = [(week, f"{day} 12:00", {"lead": leads[week]}) for week, day in enumerate(days)]
        here.publish(here.rota(series("pod", "water", ("ada", "ben", "cem"), held)))
        return here

    yield world
    database.close()


def test_a_cycle_that_is_over_goes_into_the_ledgers_once(run, make):
    make(MONDAY)
    code, out, _ = run("cycle", "close", "--network", "net", "--program", "main")
    assert (code, "main, cycle autumn: closed on " in out) == (0, True)
    cells = [line.replace("│", " ").split() for line in out.splitlines()]
    assert [one for one in cells if one and one[0] in PEOPLE] == [
        ["ada", "1", "-", "-", "-"], ["gus", "2", "-", "-", "-"], ["ivy", "1", "-", "-", "-"],
    ]  # fmt: skip
    assert run("cycle", "close", "--network", "net", "--program", "main", "--cycle", "autumn")[1] == out
    run("export", "--network", "net", "-o", "net.json")
    ledgers = {one.id: one.ledger for one in open_network(Path("net.json")).network().members}
    assert {one: (ledger.lead, ledger.cycles) for one, ledger in ledgers.items() if ledger.lead} == {
        "ada": (1, 1), "gus": (2, 1), "ivy": (1, 1),
    }  # fmt: skip


def test_a_cycle_that_is_not_over_or_has_no_rota_is_refused_in_a_sentence(run, make):
    make(date.today() + timedelta(days=7 - date.today().weekday()))
    code, out, err = run("cycle", "close", "--network", "net", "--program", "main")
    assert (code, out, "lasts until" in err) == (1, "", True)
    code, out, err = run("cycle", "close", "--network", "net", "--program", "second")
    assert (code, out, "published rota" in err) == (1, "", True)
    code, out, err = run("cycle", "close", "--network", "net")
    assert (code, out, "second" in err) == (1, "", True)
    assert run("cycle", "close", "--network", "none")[0] == 1
