"""Two plans side by side: who gains, who loses, which pairs differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from matcher.store.documents import base_of
from matcher.store.errors import NotFound
from matcher.store.plans import PlanRow, find_plan, points_of_pairs
from matcher.store.policies import policy_version

if TYPE_CHECKING:
    from matcher.store.database import Connection
    from matcher.wiring import Services

Verdict = Literal["gains", "loses", "changes"]


@dataclass(frozen=True)
class LearnerChange:
    """One learner whose guides or points differ: guide -> points in the first plan, and in the second.

    `places` and `points`: second minus first. `verdict` weighs places first, then points where both plans
    give points alike; "changes" where neither tells.
    """

    learner: str
    first: dict[str, int]
    second: dict[str, int]
    places: int
    points: int
    verdict: Verdict


@dataclass(frozen=True)
class Comparison:
    """A second plan against a first.

    same_people: both were made from the same snapshot; otherwise pairs are compared only. same_points: both
    policies give points alike. `changes`: learners who differ, by id.
    """

    first: PlanRow
    second: PlanRow
    same_people: bool
    same_points: bool
    kept: int
    added: int
    dropped: int
    changes: tuple[LearnerChange, ...]


def compare_plans(services: Services, network: str, first: str, second: str) -> Comparison:
    """Compare the latest revisions of two plans. Raises `NotFound`."""
    with services.database.read() as connection:
        one, two = find_plan(connection, network, first), find_plan(connection, network, second)
        before = points_of_pairs(connection, network, first)
        after = points_of_pairs(connection, network, second)
        same_people = base_of(connection, network, one.snapshot) == base_of(connection, network, two.snapshot)
        same_points = _points(connection, one) == _points(connection, two)
    changes = []
    kept = 0
    for learner in sorted(before.keys() | after.keys()):
        old, new = before.get(learner, {}), after.get(learner, {})
        kept += len(old.keys() & new.keys())
        if old == new or (old.keys() == new.keys() and not same_points):
            continue
        places, points = len(new) - len(old), sum(new.values()) - sum(old.values())
        change = LearnerChange(learner, old, new, places, points, _verdict(places, points, same_points))
        changes.append(change)
    total_before = sum(map(len, before.values()))
    total_after = sum(map(len, after.values()))
    return Comparison(
        first=one,
        second=two,
        same_people=same_people,
        same_points=same_points,
        kept=kept,
        added=total_after - kept,
        dropped=total_before - kept,
        changes=tuple(changes),
    )


def _verdict(places: int, points: int, same_points: bool) -> Verdict:
    measure = places or (points if same_points else 0)
    return "gains" if measure > 0 else "loses" if measure < 0 else "changes"


def _points(connection: Connection, plan: PlanRow) -> Any:
    """What decides the points of a pair in a plan's policy."""
    try:
        policy = policy_version(connection, plan.network, plan.policy, plan.policy_version).pairs
    except NotFound:  # its policy was removed, so nothing can be said
        return plan.id
    return policy.maxima, policy.full_common_hours, policy.seniority_gap, plan.kind
