"""Hours a month that sessions of other plans take: a person has one budget for pairs, pods and turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta

from matcher.domain.family import Family
from matcher.domain.network import NetworkHeader
from matcher.domain.policy import Kind, Policy
from matcher.domain.program import Cycle, Program
from matcher.domain.session import Session, State

Pair = tuple[str, str, Kind | None]
"""Learner, guide and kind."""

MONTH_MINUTES_A_DAY = 2
"""An hour in a month of 30 days is so many minutes a day."""


def within(cycle: Cycle, session: Session) -> bool:
    """Whether a session takes place on a day of the cycle (UTC)."""
    return session.state is State.SCHEDULED and cycle.start <= session.start.date() <= cycle.end


def hours_taken(
    header: NetworkHeader,
    program: Program,
    sessions: Iterable[Session],
    known: Collection[Pair] = (),
) -> Counter[str]:
    """Hours a month that the groups behind these sessions take from each person in a program's cycle.

    A pair takes `learner_hours` and `guide_hours` of its own program's policy, a pod `pod_hours` from each of
    its members, as long as it meets in the cycle; who facilitates a session gives `turn_minutes`, and the
    session itself where they are no members of the group. Circles of rounds take none, as in rounds
    themselves. `known`: pairs that are counted elsewhere.
    """
    policies = {one.id: one for one in header.policies}
    policy_of = {one.id: policies.get(one.policy) for one in header.programs}
    days = (program.cycle.end - program.cycle.start).days + 1
    hours: Counter[str] = Counter()
    minutes: Counter[str] = Counter()
    counted: set[tuple[object, ...]] = set()
    for session in sessions:
        policy = policy_of.get(session.program) or policy_of.get(program.id)
        if policy is None or not within(program.cycle, session):
            continue
        group = (session.family, session.kind, session.program, session.cycle, session.key)
        for person, share in _shares(session, policy, known):
            if (person, *group) not in counted:
                counted.add((person, *group))
                hours[person] += share
        length = (session.end - session.start) // timedelta(minutes=1)
        for person in session.roles:
            minutes[person] += policy.rota.turn_minutes + length * (person in session.guests)
    for person, spent in minutes.items():
        hours[person] += -(-spent // (MONTH_MINUTES_A_DAY * days))
    return hours


def _shares(session: Session, policy: Policy, known: Collection[Pair]) -> list[tuple[str, int]]:
    """Who gives how many hours a month to the group of a session."""
    if session.family is Family.PODS:
        return [(one, policy.pods.pod_hours) for one in session.attendees if one not in session.guests]
    if session.family is Family.PAIRS:
        learner, guide = session.key
        if (learner, guide, session.kind) not in known:
            return [(learner, policy.pairs.learner_hours), (guide, policy.pairs.guide_hours)]
    return []
