"""A small network that two pods and a forum meet in, to change bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from matcher.documents.read import NetworkSource, open_network
from matcher.documents.write import write_network
from matcher.domain.forum import Forum
from matcher.domain.history import RunningPod
from matcher.domain.member import Member, Training, WeeklySpan
from matcher.domain.network import Network
from matcher.domain.organization import Organization
from matcher.domain.policy import Policy
from matcher.domain.problem import Circle, Need, Problem
from matcher.domain.program import Cycle, Program, ProgramRota
from matcher.domain.rota_plan import RotaPlan
from matcher.domain.rota_policy import RotaPolicy
from matcher.domain.skill import Offer, Skill
from matcher.planning.rota.plan import Asked, plan_rota
from solvers.limits import Limits

WORKDAYS = tuple(WeeklySpan(day=day, start=time(9), end=time(17)) for day in range(1, 6))


def make_member(number: int, **fields: Any) -> Member:
    """Member "m0", "m1", ...: of organizations a, b, c, d in turn, free on workdays in Berlin. From m8 on
    they may lead, and are in no group."""
    values: dict[str, Any] = {
        "id": f"m{number}",
        "name": f"Member {number}",
        "organization": "abcd"[number % 4],
        "time_zone": "Europe/Berlin",
        "availability": WORKDAYS,
        "offers": (Offer(skill="python", level=4),) if number % 2 else (),
        "training": Training.LEAD if number >= 8 else Training.NONE,
        **fields,
    }
    return Member(**values)


def make_network(changed: dict[int, dict[str, Any]] | None = None, **fields: Any) -> Network:
    """Twelve members: m0-m3 in the pod "water", m4-m7 in the circle "python/1"; m8-m11 may lead. Cycle of
    eight weeks from Monday, 5 October 2026, a session every two weeks. `changed`: fields of members by
    number; `policy`, `rota`: fields of `RotaPolicy` and `ProgramRota`."""
    policy, rota, changed = fields.pop("policy", {}), fields.pop("rota", {}), changed or {}
    cycle = fields.pop("cycle", {})
    values: dict[str, Any] = {
        "id": "small",
        "name": "Small",
        "skills": (Skill(id="python", name="Python"), Skill(id="law", name="Law")),
        "organizations": tuple(Organization(id=one, name=one.upper()) for one in "abcd"),
        "policies": (
            Policy(
                id="default",
                rota=RotaPolicy(**{"holidays": False, "facilitators": {"pod": {"lead": 1}}, **policy}),
            ),
        ),
        "programs": (
            Program(
                id="learning",
                name="Learning",
                cycle=Cycle(
                    **{"id": "autumn", "start": date(2026, 10, 5), "end": date(2026, 11, 29), **cycle}
                ),
                policy="default",
                rota=ProgramRota(**rota),
            ),
        ),
        "problems": (
            Problem(id="water", title="Water", sponsor="a", needs=(Need(skill="python"),), least_people=2),
        ),
        "circles": (Circle(id="python", title="Python circle", skill="python"),),
        "running_pods": (
            RunningPod(pod="water", members=("m0", "m1", "m2", "m3")),
            RunningPod(pod="python/1", members=("m4", "m5", "m6", "m7")),
        ),
        "members": tuple(make_member(k, **changed.get(k, {})) for k in range(12)),
        **fields,
    }
    return Network(**values)


@pytest.fixture
def network() -> Callable[..., Network]:
    return make_network


@pytest.fixture
def member() -> Callable[..., Member]:
    return make_member


@pytest.fixture
def forum() -> Callable[..., Forum]:
    def make(**fields: Any) -> Forum:
        return Forum(**{"id": "talks", "title": "Talks", "expert": "m0", "members": ("m1", "m4"), **fields})

    return make


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., NetworkSource]:
    def make(network: Network | None = None, **fields: Any) -> NetworkSource:
        path = tmp_path / "network.json"
        write_network(path, network or make_network(**fields))
        return open_network(path)

    return make


@pytest.fixture
def solved(source: Callable[..., NetworkSource]) -> Callable[..., RotaPlan]:
    def solve(
        network: Network | None = None, seconds: float = 20, asked: Asked | None = None, **fields: Any
    ) -> RotaPlan:
        return plan_rota(source(network, **fields), limits=Limits(seconds=seconds), asked=asked)

    return solve
