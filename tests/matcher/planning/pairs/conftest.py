"""Small networks in which everybody may meet everybody of another organization, but for what a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, time
from types import SimpleNamespace
from typing import Any

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.history import EndedPair, RunningPair
from matcher.domain.member import Capacities, Member, WeeklySpan
from matcher.domain.network import Network
from matcher.domain.organization import Organization
from matcher.domain.plan import PairsPlan
from matcher.domain.policy import Kind, PairPolicy, Policy
from matcher.domain.program import Cycle, PinnedPair, Program
from matcher.domain.skill import Offer, Seek, Skill
from matcher.planning.pairs.plan import plan_pairs
from solvers.limits import Limits

WEEK = tuple(WeeklySpan(day=day, start=time(9), end=time(17)) for day in (1, 2, 3, 4, 5))


def learner(name: str, organization: str, /, wants: int = 1, **more: Any) -> Member:
    """Somebody junior who seeks Python."""
    fields: dict[str, Any] = {
        "name": name.title(),
        "seeks": (Seek(skill="python", priority=3, level=3),),
        "seniority": 3,
        "time_zone": "UTC",
        "availability": WEEK,
        "capacities": Capacities(guides_wanted=wants, learners=0),
        **more,
    }
    return Member(id=name, organization=organization, **fields)


def guide(name: str, organization: str, /, places: int = 1, least: int = 0, **more: Any) -> Member:
    """Somebody senior who offers Python."""
    fields: dict[str, Any] = {
        "name": name.title(),
        "offers": (Offer(skill="python", level=4),),
        "seniority": 6,
        "time_zone": "UTC",
        "availability": WEEK,
        "hours_per_month": 40,
        "capacities": Capacities(guides_wanted=0, learners=places, min_learners=least),
        **more,
    }
    return Member(id=name, organization=organization, **fields)


def network(
    *people: Member,
    pins: Iterable[tuple[str, str, str]] = (),
    ended: Iterable[EndedPair] = (),
    running: Iterable[RunningPair] = (),
    carried: dict[str, int] | None = None,
    groups: dict[str, str] | None = None,
    kinds: tuple[Kind, ...] = (Kind.MENTORING,),
    **policy: Any,
) -> Network:
    """A network of these people; `policy` are fields of `PairPolicy`."""
    names = dict.fromkeys(one.organization for one in people)
    program = Program(
        id="mentoring",
        name="Mentoring",
        kinds=kinds,
        policy="default",
        cycle=Cycle(id="2026-4", start=date(2026, 9, 28), end=date(2026, 12, 20)),
        pins=tuple(
            PinnedPair.model_validate({"learner": a, "guide": b, "must": must}) for a, b, must in pins
        ),
    )
    return Network(
        id="small",
        name="Small",
        skills=(Skill(id="python", name="Python"), Skill(id="law", name="Law")),
        organizations=tuple(
            Organization(
                id=name,
                name=name.title(),
                carried_pairs=(carried or {}).get(name, 0),
                group=(groups or {}).get(name),
            )
            for name in names
        ),
        policies=(Policy(id="default", pairs=PairPolicy(**policy)),),
        programs=(program,),
        members=people,
        ended=tuple(ended),
        running=tuple(running),
    )


def plan(net: Network, previous: PairsPlan | None = None, **more: Any) -> PairsPlan:
    """The audited plan of a network."""
    limits = Limits(seconds=30, seed=more.pop("seed", 1))
    return plan_pairs(NetworkSource.of(net), limits=limits, previous=previous, **more)


def pairs_of(result: PairsPlan) -> set[tuple[str, str]]:
    """The pairs of a plan."""
    return {(pair.learner, pair.guide) for pair in result.pairs}


@pytest.fixture(scope="session")
def small() -> SimpleNamespace:
    """The builders above, by name."""
    names: dict[str, Callable[..., Any]] = {
        "learner": learner,
        "guide": guide,
        "network": network,
        "plan": plan,
        "pairs_of": pairs_of,
    }
    return SimpleNamespace(**names)
