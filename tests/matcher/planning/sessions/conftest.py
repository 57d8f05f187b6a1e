"""One known case, and factories that show each deviation from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from matcher.domain.member import Member
from matcher.domain.program import Cycle, Program
from matcher.domain.session import Schedule
from matcher.planning.sessions.check import check_schedule
from matcher.planning.sessions.sessions import schedule_sessions

NOW = datetime(2026, 2, 1, 8, 30, tzinfo=UTC)


def make_member(identifier: str, zone: str = "Europe/Berlin", hours: str = "9-17", **changes: Any) -> Member:
    """A member free on working days (or `days`) at `hours`, local; several spans are separated by commas."""
    days = changes.pop("days", (1, 2, 3, 4, 5))
    spans = [
        {"day": day, "start": _clock(start), "end": _clock(end)}
        for day in days
        for start, end in (span.split("-") for span in hours.split(",") if span)
    ]
    values = {"name": f"Name {identifier}", "organization": f"of-{identifier}", "time_zone": zone}
    return Member.model_validate({"id": identifier, "availability": spans, **values, **changes})


def _clock(text: str) -> str:
    hour, _, minute = text.partition(":")
    return "00:00" if hour == "24" else f"{int(hour):02d}:{minute or '00'}"


def make_program(start: str = "2026-03-02", weeks: int = 4, every: int = 1, minutes: int = 60) -> Program:
    first = date.fromisoformat(start)
    cycle = Cycle(
        id="spring",
        start=first,
        end=first + timedelta(days=7 * weeks - 1),
        weeks_between_sessions=every,
        session_minutes=minutes,
    )
    return Program(id="main", name="Main", cycle=cycle, policy="default")


@pytest.fixture(scope="session")
def member() -> Callable[..., Member]:
    return make_member


@pytest.fixture(scope="session")
def program() -> Callable[..., Program]:
    return make_program


@pytest.fixture(scope="session")
def schedule() -> Callable[..., Schedule]:
    """`schedule_sessions` with defaults, and the independent check run over its answer."""

    def run(
        pairs: Sequence[tuple[str, str]], people: Sequence[Member], program: Program, **options: Any
    ) -> Schedule:
        members: Mapping[str, Member] = {person.id: person for person in people}
        options = {"seed": 7, "changed_at": NOW, **options}
        made = schedule_sessions(pairs, members, program, **options)
        known = {key: options[key] for key in ("commitments", "not_before") if key in options}
        assert check_schedule(made, pairs, members, program, **known) == []
        return made

    return run
