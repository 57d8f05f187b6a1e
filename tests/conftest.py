"""Which tests run, and what a skip means.

Plain `pytest` leaves out the tests marked `slow`. With `PEERLOOM_TESTS=all` in the environment every test
runs, and one that skips fails, unless `.ci/allowed-skips.txt` names it with a reason.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

ALLOWED_SKIPS = Path(__file__).parents[1] / ".ci" / "allowed-skips.txt"


def run_all() -> bool:
    """Whether every test must run."""
    return os.environ.get("PEERLOOM_TESTS") == "all"


def allowed_skips(text: str) -> dict[str, str]:
    """The committed exceptions, test id -> reason: one a line, a space between; # starts a comment."""
    rows = (line.strip() for line in text.splitlines())
    split = (row.partition(" ") for row in rows if row and not row.startswith("#"))
    return {test: reason.strip() for test, _, reason in split}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out slow tests, unless all were asked for or `-m` speaks of them."""
    if run_all() or "slow" in (config.option.markexpr or ""):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


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
