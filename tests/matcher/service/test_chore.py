"""What a server does again and again: goes on after failures, and ends when it is told to."""

from __future__ import annotations

import logging
import time

import pytest

from matcher.service.chore import Chore
from matcher.settings import Settings
from matcher.store.database import DatabaseUnavailable
from matcher.wiring import Services


class Counting(Chore):
    what = "counts"

    def __init__(self, faults=(), every_seconds=0.005, wait=None):
        super().__init__(Services(Settings(), None, None), every_seconds)
        self.faults, self.wait, self.done = list(faults), wait, []

    def do(self, stopping):
        self.done.append(time.monotonic())
        if self.faults:
            raise self.faults.pop(0)
        return self.wait


class Secret(Counting):
    telling = False


def run(chore, times):
    chore.start()
    end = time.monotonic() + 20
    while len(chore.done) < times:
        assert time.monotonic() < end
        time.sleep(0.005)
    assert chore.started
    chore.stop()
    assert not chore.started
    return chore


def test_failures_are_logged_and_end_nothing(caplog):
    faults = [DatabaseUnavailable("it is away"), OSError(28, "No space left"), ValueError("odd")]
    with caplog.at_level(logging.WARNING):
        run(Counting(faults), 5)
    told = [record.getMessage() for record in caplog.records]
    assert told[:3] == ["counts wait: it is away", "counts wait: No space left", "counts wait"]


def test_a_log_that_may_hold_secrets_names_the_kind_of_error_only(caplog):
    run(Secret([ValueError("https://private.example/token")]), 2)
    assert "counts wait: ValueError" in caplog.text
    assert "private.example" not in caplog.text


@pytest.mark.parametrize(("wait", "least"), [(None, 0.0), (0.2, 0.19)])
def test_it_waits_as_long_as_it_says(wait, least):
    first, second = run(Counting(wait=wait), 2).done[:2]
    assert second - first >= least


def test_what_is_not_wanted_is_not_begun():
    class Unwanted(Counting):
        wanted = False

    chore = Unwanted()
    chore.start()
    chore.stop()
    assert not chore.done
