"""Small networks whose members have time for every round, but for what a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, time
from types import SimpleNamespace
from typing import Any

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.history import EndedPair, RunningPair
from matcher.domain.member import Member, WeeklySpan
from matcher.domain.network import Network
from matcher.domain.organization import Organization
from matcher.domain.program import Cycle, Program, ProgramRounds, RoundPin
from matcher.domain.rounds_plan import RoundsPlan
from matcher.planning.rounds.instance import Asked
from matcher.planning.rounds.plan import plan_rounds
from solvers.limits import Limits

WEEK = tuple(WeeklySpan(day=day, start=time(9), end=time(17)) for day in (1, 2, 3, 4, 5))
CYCLE = Cycle(id="2026-4", start=date(2026, 9, 28), end=date(2026, 12, 20))


def people(number: int, organizations: int = 4, **of: dict[str, Any]) -> list[Member]:
    """Members a00, a01, ... dealt to organizations o0, o1, ...; `of` are further fields by id."""
    out = []
    for i in range(number):
        name = f"a{i:02d}"
        fields = {"time_zone": "UTC", "availability": WEEK, **of.get(name, {})}
        out.append(Member(id=name, name=name.upper(), organization=f"o{i % organizations}", **fields))
    return out


def network(
    members: Iterable[Member],
    competitors: dict[str, tuple[str, ...]] | None = None,
    ended: Iterable[EndedPair] = (),
    running: Iterable[RunningPair] = (),
    cycle: Cycle = CYCLE,
    pins: Iterable[RoundPin] = (),
) -> Network:
    """A network of these people with one program."""
    members = tuple(members)
    return Network(
        id="small",
        name="Small",
        organizations=tuple(
            Organization(id=name, name=name.title(), competitors=(competitors or {}).get(name, ()))
            for name in sorted({one.organization for one in members})
        ),
        programs=(
            Program(
                id="circles",
                name="Circles",
                policy="default",
                cycle=cycle,
                rounds=ProgramRounds(pins=tuple(pins)),
            ),
        ),
        members=members,
        ended=tuple(ended),
        running=tuple(running),
    )


def plan(
    net: Network, rounds: int, size: int = 4, previous: RoundsPlan | None = None, **more: Any
) -> RoundsPlan:
    """The audited plan of a network."""
    limits = Limits(seconds=more.pop("seconds", 2.0), seed=more.pop("seed", 1))
    return plan_rounds(NetworkSource.of(net), None, Asked(rounds, size, **more), limits, previous)


@pytest.fixture(scope="session")
def small() -> SimpleNamespace:
    """The builders above, by name; kernels are compiled before any time limit counts."""
    plan(network(people(15)), 7, size=3, seconds=10)
    names: dict[str, Callable[..., Any]] = {"people": people, "network": network, "plan": plan}
    return SimpleNamespace(**names, cycle=CYCLE)
