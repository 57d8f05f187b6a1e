"""Two plans side by side: who gains, who loses, which pairs or seats differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from matcher.service.families import ends_of
from matcher.store.documents import base_of
from matcher.store.errors import Conflict, NotFound
from matcher.store.plans import PlanRow, find_plan
from matcher.store.policies import policy_version

if TYPE_CHECKING:
    from matcher.store.database import Connection
    from matcher.wiring import Services

Verdict = Literal["gains", "loses", "changes"]


@dataclass(frozen=True)
class MemberChange:
    """One learner whose guides differ, or one member whose pods do: guide or pod -> points in the first plan,
    and in the second.

    `places` and `points`: second minus first. `verdict` weighs places first, then points where both plans
    give points alike; "changes" where neither tells.
    """

    member: str
    first: dict[str, int]
    second: dict[str, int]
    places: int
    points: int
    verdict: Verdict


@dataclass(frozen=True)
class Comparison:
    """A second plan against a first.

    same_people: both were made from the same snapshot; otherwise places are compared only. same_points: both
    policies give points alike. `kept`, `added`, `dropped` count pairs or seats. `changes`: people who differ,
    by id.
    """

    first: PlanRow
    second: PlanRow
    same_people: bool
    same_points: bool
    kept: int
    added: int
    dropped: int
    changes: tuple[MemberChange, ...]


def compare_plans(services: Services, network: str, first: str, second: str) -> Comparison:
    """Compare the latest revisions of two plans. Raises `NotFound`, `Conflict` for plans of two families."""
    with services.database.read() as connection:
        one, two = find_plan(connection, network, first), find_plan(connection, network, second)
        if one.family != two.family:
            raise Conflict(
                f"{first!r} holds {one.family}, and {second!r} {two.family}: compare plans of one."
            )
        before, after = (ends_of(plan).points(connection, plan) for plan in (one, two))
        same_people = base_of(connection, network, one.snapshot) == base_of(connection, network, two.snapshot)
        same_points = _weights(connection, one) == _weights(connection, two)
    changes = []
    kept = 0
    for member in sorted(before.keys() | after.keys()):
        old, new = before.get(member, {}), after.get(member, {})
        kept += len(old.keys() & new.keys())
        if old == new or (old.keys() == new.keys() and not same_points):
            continue
        places, points = len(new) - len(old), sum(new.values()) - sum(old.values())
        change = MemberChange(member, old, new, places, points, _verdict(places, points, same_points))
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


def _weights(connection: Connection, plan: PlanRow) -> Any:
    """What decides points in a plan's policy."""
    try:
        policy = policy_version(connection, plan.network, plan.policy, plan.policy_version)
    except NotFound:  # its policy was removed, so nothing can be said
        return plan.id
    return ends_of(plan).weights(policy), plan.kind
