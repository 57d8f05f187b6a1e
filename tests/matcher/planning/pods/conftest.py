"""A small network that two pods can form in, to change bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.member import Member, WeeklySpan
from matcher.domain.network import Network
from matcher.domain.organization import Organization
from matcher.domain.pod_policy import PodPolicy
from matcher.domain.policy import Policy
from matcher.domain.problem import Circle, Need, Problem
from matcher.domain.program import Cycle, Program, ProgramPods
from matcher.domain.skill import Offer, Seek, Skill
from solvers.limits import Limits

WORKDAYS = tuple(WeeklySpan(day=day, start=time(9), end=time(17)) for day in range(1, 6))


def member(number: int, **fields: Any) -> Member:
    """Member "m1", "m2", ...: of organizations a, b, c in turn, free on workdays in Berlin."""
    values: dict[str, Any] = {
        "id": f"m{number}",
        "name": f"Member {number}",
        "organization": "abc"[number % 3],
        "time_zone": "Europe/Berlin",
        "availability": WORKDAYS,
        "joined": date(2024, 1, 1),
        "offers": (Offer(skill="python" if number % 2 else "law", level=4),),
        "seeks": (Seek(skill="law" if number % 2 else "python"),),
        **fields,
    }
    return Member(**values)


def problem(name: str, **fields: Any) -> Problem:
    values: dict[str, Any] = {
        "id": name,
        "title": f"Problem {name}",
        "sponsor": "a",
        "needs": (Need(skill="python", people=2), Need(skill="law")),
        "least_people": 3,
        "most_people": 4,
        **fields,
    }
    return Problem(**values)


def small_network(**fields: Any) -> Network:
    """Eight members, problems "p1" and "p2" of 3 to 4 people. Fields of `ProgramPods` and `PodPolicy` by
    `pods` and `policy`."""
    pods, policy = fields.pop("pods", {}), fields.pop("policy", {})
    values: dict[str, Any] = {
        "id": "small",
        "name": "Small",
        "skills": (Skill(id="python", name="Python"), Skill(id="law", name="Law")),
        "organizations": tuple(Organization(id=name, name=name.upper()) for name in "abc"),
        "policies": (Policy(id="default", pods=PodPolicy(**policy)),),
        "programs": (
            Program(
                id="learning",
                name="Learning",
                cycle=Cycle(id="c", start=date(2026, 9, 28), end=date(2026, 12, 20)),
                policy="default",
                pods=ProgramPods(**pods),
            ),
        ),
        "problems": (problem("p1"), problem("p2")),
        "members": tuple(member(number) for number in range(1, 9)),
        **fields,
    }
    return Network(**values)


@pytest.fixture(scope="session")
def make_member() -> Callable[..., Member]:
    return member


@pytest.fixture(scope="session")
def make_problem() -> Callable[..., Problem]:
    return problem


@pytest.fixture(scope="session")
def make_circle() -> Callable[..., Circle]:
    def made(**fields: Any) -> Circle:
        values: dict[str, Any] = {"id": "python", "title": "Python circle", "skill": "python", **fields}
        return Circle(**values)

    return made


@pytest.fixture(scope="session")
def small() -> Callable[..., Network]:
    return small_network


@pytest.fixture(scope="session")
def plan() -> Callable[..., Any]:
    """Plan the pods of a network."""
    from matcher.planning.pods.plan import plan_pods

    def planned(network: Network, before: Any = None, seconds: float = 0.3) -> Any:
        return plan_pods(NetworkSource.of(network), limits=Limits(seconds=seconds), before=before)

    return planned


@pytest.fixture(scope="session")
def prepared() -> Callable[..., Any]:
    """State the instance of a network."""
    from matcher.planning.pods.instance import prepare

    def stated(network: Network, before: Any = None) -> Any:
        return prepare(NetworkSource.of(network), None, before)

    return stated
