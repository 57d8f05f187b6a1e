"""The limits that cross pairs: give and take, quotas, and the hours of people in both roles.

Pins and frozen pairs come first: where they already pass a limit, it is widened to exactly what they need (an
organization beyond its limit may stay, not go further), and what was widened is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.errors import PolicyError
from matcher.domain.policy import PairPolicy
from matcher.planning.words import signed
from solvers.pairs.edges import Edges, Index, IntArray
from solvers.pairs.instance import Balance, Budget, Quota

if TYPE_CHECKING:
    from matcher.candidates.candidates import Candidates
    from matcher.domain.network import NetworkHeader


@dataclass(frozen=True)
class Widened:
    """A limit that pinned pairs already pass: its rule code, what it is about, its members by side."""

    rule: str
    name: str
    sentence: str
    learners: frozenset[int]
    guides: frozenset[int]


def net_of(candidates: Candidates, pairs: Edges) -> IntArray:
    """Pairs received minus pairs given per organization number."""
    count = len(candidates.organization_ids)
    received = np.bincount(candidates.learner_org[pairs.learner], minlength=count)
    given = np.bincount(candidates.guide_org[pairs.guide], minlength=count)
    return (received - given).astype(np.int64)


def balance_of(
    candidates: Candidates, header: NetworkHeader, policy: PairPolicy, pinned: Edges
) -> tuple[Balance | None, list[Widened]]:
    """Bounds on received minus given per organization and group; None where the policy asks for none.

    least = min(0, -slack - carried), most = max(0, slack - carried): the ledger counts, zero is allowed.
    """
    rule = policy.give_and_take
    if rule is None:
        return None, []
    ids = candidates.organization_ids
    unknown = sorted(set(rule.slack_of) - set(ids))
    known = {organization.id: organization for organization in header.organizations}
    if unknown and (strangers := [name for name in unknown if name not in known]):
        raise PolicyError(
            "give_and_take.slack_of", f"names organizations that do not exist: {', '.join(strangers)}"
        )
    carried = np.array([known[name].carried_pairs for name in ids], np.int64)
    slack = np.array([rule.slack_of.get(name, rule.slack) for name in ids], np.int64)
    least, most = _around(slack, carried)
    net = net_of(candidates, pinned)
    widened: list[Widened] = []
    for number in np.flatnonzero((net < least) | (net > most)).tolist():
        limit = int(most[number] if net[number] > most[number] else least[number])
        widened.append(
            _widened(
                candidates,
                "give_and_take",
                ids[number],
                f"Pairs that must stay put {ids[number]} at {signed(int(net[number]))} "
                f"(received minus given), beyond its limit of {signed(limit)}: it may stay, not go further.",
                np.array([number]),
            )
        )
    least, most = np.minimum(least, net), np.maximum(most, net)
    group = np.full(len(ids), -1, np.int32)
    group_least = group_most = np.zeros(0, np.int64)
    if rule.group_slack is not None and len(candidates.group_ids):
        group = np.asarray(candidates.organization_group, np.int32)
        size = len(candidates.group_ids)
        inside = group >= 0
        group_carried = np.bincount(group[inside], weights=carried[inside], minlength=size).astype(np.int64)
        group_net = np.bincount(group[inside], weights=net[inside], minlength=size).astype(np.int64)
        group_least, group_most = _around(np.full(size, rule.group_slack, np.int64), group_carried)
        for number in np.flatnonzero((group_net < group_least) | (group_net > group_most)).tolist():
            name = candidates.group_ids[number]
            reached = signed(int(group_net[number]))
            sentence = f"Pairs that must stay put group {name} at {reached}, beyond its limit."
            widened.append(
                _widened(candidates, "give_and_take", name, sentence, np.flatnonzero(group == number))
            )
        group_least, group_most = np.minimum(group_least, group_net), np.maximum(group_most, group_net)
    return Balance(least, most, group, group_least, group_most), widened


def _around(slack: IntArray, carried: IntArray) -> tuple[IntArray, IntArray]:
    zero = np.zeros_like(slack)
    return np.minimum(zero, -slack - carried), np.maximum(zero, slack - carried)


def _widened(candidates: Candidates, rule: str, name: str, sentence: str, organizations: IntArray) -> Widened:
    learners = np.flatnonzero(np.isin(candidates.learner_org, organizations))
    guides = np.flatnonzero(np.isin(candidates.guide_org, organizations))
    return Widened(rule, name, sentence, frozenset(learners.tolist()), frozenset(guides.tolist()))


def quota_members(candidates: Candidates, scope: str, identifier: str, side: str) -> Index:
    """Learner numbers (received) or guide numbers (given) that one quota speaks of."""
    organizations = candidates.learner_org if side == "received" else candidates.guide_org
    units = candidates.learner_unit if side == "received" else candidates.guide_unit
    if scope == "unit":
        number = _position(candidates.unit_ids, identifier)
        return np.flatnonzero(units == number).astype(np.int32)
    if scope == "organization":
        number = _position(candidates.organization_ids, identifier)
        return np.flatnonzero(organizations == number).astype(np.int32)
    number = _position(candidates.group_ids, identifier)
    inside = np.flatnonzero(np.asarray(candidates.organization_group) == number)
    return np.flatnonzero(np.isin(organizations, inside)).astype(np.int32)


def _position(ids: list[str], identifier: str) -> int:
    """Where an id stands; -2 when it is not there (nobody of it takes part), which matches nobody."""
    try:
        return ids.index(identifier)
    except ValueError:
        return -2


def quotas_of(
    candidates: Candidates, policy: PairPolicy, pinned: Edges
) -> tuple[tuple[Quota, ...], list[Widened]]:
    """The policy's quotas on people's numbers. Raises PolicyError where one scope and side has two."""
    quotas: list[Quota] = []
    widened: list[Widened] = []
    seen: set[str] = set()
    for position, quota in enumerate(policy.quotas):
        name = f"{quota.scope} {quota.id} {quota.side}"
        if name in seen:
            raise PolicyError(f"quotas[{position}]", f"a second quota on {name}: keep one of the two")
        seen.add(name)
        members = quota_members(candidates, quota.scope, quota.id, quota.side)
        if not len(members):
            continue
        column = pinned.learner if quota.side == "received" else pinned.guide
        used = int(np.isin(column, members).sum())
        if used > quota.most:
            sides = {"received": (frozenset(members.tolist()), frozenset[int]())}
            learners, guides = sides.get(quota.side, (frozenset[int](), frozenset(members.tolist())))
            sentence = (
                f"{used} pairs that must stay pass the quota of {quota.most} on {name}: no further ones."
            )
            widened.append(Widened("quota", name, sentence, learners, guides))
        quotas.append(Quota(name, quota.side, members, max(used, quota.most)))
    return tuple(quotas), widened


def budgets_of(
    candidates: Candidates, policy: PairPolicy, need: Index, capacity: Index, hours: IntArray, pinned: Edges
) -> tuple[tuple[Budget, ...], list[Widened]]:
    """Shared hours of people in both roles, only where both roles together could pass them.

    `hours` is what each learner has left in a month, shape (learners,).
    """
    cost, given_cost = policy.learner_hours, policy.guide_hours
    guide_of = np.asarray(candidates.guide_of_learner)
    both = np.flatnonzero(guide_of >= 0)
    if not len(both):
        return (), []
    guides = guide_of[both]
    wanted = need[both].astype(np.int64) * cost + capacity[guides].astype(np.int64) * given_cost
    tight = (wanted > hours[both]) & (need[both] > 0) & (capacity[guides] > 0)
    as_learner = np.bincount(pinned.learner, minlength=len(need))
    as_guide = np.bincount(pinned.guide, minlength=len(capacity))
    budgets: list[Budget] = []
    widened: list[Widened] = []
    for learner, guide in zip(both[tight].tolist(), guides[tight].tolist(), strict=True):
        most = int(hours[learner])
        used = int(as_learner[learner]) * cost + int(as_guide[guide]) * given_cost
        if used > most:
            name = candidates.learner_ids[learner]
            sentence = (
                f"Pairs that must stay take {used} of the {most} hours a month of {name}: no further ones."
            )
            widened.append(Widened("hours_budget", name, sentence, frozenset({learner}), frozenset({guide})))
        budgets.append(Budget(learner, guide, cost, given_cost, max(most, used)))
    return tuple(budgets), widened
